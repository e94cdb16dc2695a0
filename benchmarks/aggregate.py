"""`python -m benchmarks.aggregate`: what the disclosure audit takes on a state's report that grows, and whether it finds what can be found.

A report has a row for each place, group of students and year, and its counts add up over groups, over schools to districts to the state,
and over outcomes. It is suppressed by a naive rule (counts of small groups hidden, nothing else) or by a correct one (more cells hidden
until no hidden cell can be told, as the solver confirms). `--random` compares the solver with trying out all whole numbers on small tables.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from random import Random

import altair as alt
import numpy as np
import pyarrow as pa

from scanners.aggregate.audit import AuditSettings, Published, audit_tables
from scanners.aggregate.linear import UNBOUNDED, Relation, Solved, solve
from scanners.schemas import TextTable
from tests.aggregate.small_tables import random_table, tried, wrong

RACES = ("Asian", "Black", "Hispanic", "White", "Multiracial", "Pacific Islander")
PARTITIONS = (
    ("Male", "Female"),
    ("English Proficient Students", "English Language Learners"),
    ("Special Education Students", "General Education Students"),
    ("Economically Disadvantaged", "Not Economically Disadvantaged"),
    RACES,
)
CROSSED = tuple(f"{race} {sex}" for race in RACES for sex in PARTITIONS[0])
GROUPS = ("Total Cohort", *(name for part in PARTITIONS for name in part), *CROSSED, "Migrant")
"""28, as such files have."""
OUTCOMES = ("Advanced Regents", "Regents w/o Advanced", "Local", "Still Enrolled", "Dropped Out", "Other")
MEASURES = ("Total Cohort", "Total Grads", "Total Regents", *OUTCOMES[:5])
PARTS = ((1, (2, 5)), (2, (3, 4)))
"""Graduates are Regents and local diplomas; Regents are advanced and others."""
SMALL = 20
WIDTH = 5
"""An interval at least so wide tells nothing (`minimum_interval_width`)."""
SCHOOLS_OF_A_DISTRICT = 7


@dataclass
class Report:
    """Counts by place, year, group and measure, what is hidden of them, and what their labels say adds up."""

    places: list[tuple[str, str]]
    years: list[str]
    counts: np.ndarray
    hidden: np.ndarray
    relations: list[Relation] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return int(np.prod(self.counts.shape[:3]))

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        counts, hidden = self.counts.ravel(), self.hidden.ravel()
        return np.where(hidden, 0, counts), np.where(hidden, UNBOUNDED, counts)

    def text(self) -> str:
        """The CSV as it is published: a hidden count is `s`, and its percentage too."""
        named = [f"{name} - n" for name in MEASURES[1:]]
        lines = ["Demographic,DBN,School Name,Cohort,Total Cohort," + ",".join(f"{it},{it[:-1]}% of cohort" for it in named)]
        for at, (number, place) in enumerate(self.places):
            for group, label in enumerate(GROUPS):
                for year, cohort in enumerate(self.years):
                    counts, hidden = self.counts[at, year, group], self.hidden[at, year, group]
                    cells = ["s" if hidden[0] else str(counts[0])]
                    for count, secret in zip(counts[1:].tolist(), hidden[1:].tolist(), strict=True):
                        shown = not secret and not hidden[0]
                        cells += ["s" if secret else str(count), f"{100 * count / counts[0]:.1f}%" if shown and counts[0] else "s"]
                    lines.append(f"{label},{number},{place},{cohort},{','.join(cells)}")
        return "\n".join(lines) + "\n"


# -- a report ---------------------------------------------------------------------------------------------------------------------


def report(seed: int, schools: int, years: int, *, correct: bool = False) -> Report:
    """Students drawn for each school and year, counted, and hidden by one of the two rules."""
    dice = np.random.default_rng(seed)
    by_school = np.stack([[_counted(dice) for _ in range(years)] for _ in range(schools)])
    district_of = np.arange(schools) // SCHOOLS_OF_A_DISTRICT
    districts = int(district_of[-1]) + 1
    by_district = np.stack([by_school[district_of == it].sum(0) for it in range(districts)])
    counts = np.concatenate((by_school, by_district, by_district.sum(0, keepdims=True)))
    places = [
        *((f"{district_of[it] + 1:02}M{it:03}", f"School {it:03}") for it in range(schools)),
        *((f"{it + 1:02}", f"District {it + 1}") for it in range(districts)),
        ("00", "State"),
    ]
    small = counts[..., :1] < SMALL
    hidden = np.broadcast_to(small, counts.shape).copy()
    hidden[..., 0] = False
    made = Report(places, [str(2001 + it) for it in range(years)], counts, hidden)
    made.relations = list(_relations(made, district_of))
    return protected(made) if correct else made


def _counted(dice: np.random.Generator) -> np.ndarray:
    """One school and year: groups × measures."""
    size = int(dice.integers(25, 400))
    races = dice.choice(len(RACES), size, p=dice.dirichlet((1, 2, 2, 2, 0.3, 0.1)))
    male, proficient, special, poor, migrant = (dice.random(size) < share for share in (0.5, 0.88, 0.15, 0.6, 0.01))
    outcome = dice.choice(len(OUTCOMES), size, p=(0.2, 0.35, 0.1, 0.2, 0.1, 0.05))
    members = [np.ones(size, bool)]
    for flag in (male, proficient, special, poor):
        members += [flag, ~flag]
    members += [races == it for it in range(len(RACES))]
    members += [(races == it) & sex for it in range(len(RACES)) for sex in (male, ~male)]
    members.append(migrant)
    each = np.array([np.bincount(outcome[it], minlength=len(OUTCOMES)) for it in members])
    regents = each[:, 0] + each[:, 1]
    return np.column_stack((each.sum(1), regents + each[:, 2], regents, each[:, :5]))


def _relations(made: Report, district_of: np.ndarray) -> list[Relation]:
    number = np.arange(made.counts.size).reshape(made.counts.shape)
    found: list[Relation] = []

    def add_up(whole: np.ndarray, parts: np.ndarray) -> None:
        """`parts` has one axis more than `whole`, the last."""
        minus = tuple([1.0] * parts.shape[-1] + [-1.0])
        for total, of in zip(whole.ravel().tolist(), parts.reshape(-1, parts.shape[-1]).tolist(), strict=True):
            found.append(Relation((*of, total), minus, 0.0, 0.0))

    place = {name: at for at, name in enumerate(GROUPS)}
    for part in PARTITIONS:
        add_up(number[:, :, 0], np.moveaxis(number[:, :, [place[it] for it in part]], 2, -1))
    for at, race in enumerate(RACES):
        add_up(number[:, :, place[race]], np.moveaxis(number[:, :, [place[it] for it in CROSSED[2 * at : 2 * at + 2]]], 2, -1))
    for at, sex in enumerate(PARTITIONS[0]):
        add_up(number[:, :, place[sex]], np.moveaxis(number[:, :, [place[it] for it in CROSSED[at::2]]], 2, -1))
    schools = len(district_of)
    for district in range(int(district_of[-1]) + 1):
        add_up(number[schools + district], np.moveaxis(number[:schools][district_of == district], 0, -1))
    add_up(number[-1], np.moveaxis(number[schools:-1], 0, -1))
    for whole, parts in PARTS:
        add_up(number[..., whole], number[..., list(parts)])
    for row in number.reshape(-1, len(MEASURES)).tolist():
        found.append(Relation((row[0], row[1], row[6], row[7]), (1.0, -1.0, -1.0, -1.0), 0.0, np.inf))
    return found


def protected(made: Report) -> Report:
    """Hide more until the solver tells no hidden cell: of the shown cells that tell one, the smallest."""
    counts, hidden = made.counts.ravel(), made.hidden.reshape(-1)
    while True:
        solved = solve(*made.bounds(), made.relations, enough=WIDTH)
        before = int(hidden.sum())
        for at in told(solved):
            shown = {it for step, _ in solved.narrowed[at].steps for it in made.relations[step].variables if not hidden[it]}
            if shown:
                hidden[min(shown, key=lambda it: (counts[it] == 0, counts[it], it))] = True
        if int(hidden.sum()) == before:
            return made


def told(solved: Solved) -> list[int]:
    return [at for at, it in solved.narrowed.items() if it.low == it.high]


# -- what it takes ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """Of one report: rows, hidden cells and how many of them are told; seconds; the process's highest resident memory in bytes."""

    what: str
    rows: int
    hidden: int
    told: int
    unfinished: int
    seconds: float
    peak: int
    false: int = 0


def solver(seed: int, schools: int, years: int, correct: bool) -> Taken:
    made = report(seed, schools, years, correct=correct)
    begun = time.perf_counter()
    solved = solve(*made.bounds(), made.relations, enough=WIDTH)
    seconds = time.perf_counter() - begun
    counts = made.counts.ravel()
    false = sum(not it.low <= counts[at] <= it.high for at, it in solved.narrowed.items())
    return Taken("solver", made.rows, int(made.hidden.sum()), len(told(solved)), len(solved.unfinished), seconds, _peak(), false)


def whole_audit(seed: int, schools: int, years: int, correct: bool) -> Taken:
    """The published text alone, read as a stranger's: structure and all."""
    made = report(seed, schools, years, correct=correct)
    header, *lines = csv.reader(made.text().splitlines())
    columns = {name: pa.array([line[at] for line in lines], pa.string()) for at, name in enumerate(header)}
    table = TextTable("report", pa.table(columns))
    begun = time.perf_counter()
    findings = audit_tables([Published(table)], AuditSettings())[0].findings
    seconds = time.perf_counter() - begun
    found = Counter("unfinished" if it.verdict == "INCONCLUSIVE" else it.check_id for it in findings)
    return Taken("audit", made.rows, int(made.hidden.sum()), found["exact_disclosure"], found["unfinished"], seconds, _peak())


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def alone(measure: Callable[[int, int, int, bool], Taken], *given: int) -> Taken:
    """In a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *given).result()


# -- small tables -----------------------------------------------------------------------------------------------------------------


def small_tables(count: int, seed: int) -> str:
    """The solver against trying out all whole numbers."""
    dice, kinds, errors = Random(seed), Counter[str](), []
    hidden = certain = exact = passed = 0
    seconds = 0.0
    while passed < count:
        table = random_table(dice)
        extremes = tried(table)
        if extremes is None:
            continue
        begun = time.perf_counter()
        solved = solve(np.array(table.low), np.array(table.high), table.relations)
        seconds += time.perf_counter() - begun
        if error := wrong(table, solved, extremes):
            errors.append(f"table {passed}, {table.name}: {error}")
        passed += 1
        kinds[table.name] += 1
        hidden += len(solved.narrowed)
        certain += len(told(solved))
        exact += sum(it.exact for it in solved.narrowed.values())
    lines = [
        f"\n## {count:,} random small tables against trying out all whole numbers, seed {seed}\n",
        ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items())) + ".",
        f"{hidden:,} hidden cells, {certain:,} determined ({exact:,} by equations alone): the same ones, and the same bounds of all,"
        f" in all but {len(errors)} tables. {seconds:.1f} s.",
        *errors[:20],
    ]
    return "\n".join(lines)


# -- the page ---------------------------------------------------------------------------------------------------------------------


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--schools", type=int, nargs="*", default=[7, 14, 35, 70, 140, 195], help="sizes; 195 make 25,000 rows")
    options.add_argument("--years", type=int, default=4)
    options.add_argument("--seed", type=int, default=2006)
    options.add_argument("--random", type=int, default=0, metavar="COUNT", help="also so many random small tables")
    options.add_argument("--solver-only", action="store_true")
    options.add_argument("--correct", type=int, default=7, metavar="SCHOOLS", help="largest size that is also suppressed correctly")
    options.add_argument("--plot", type=Path, metavar="FILE", help="seconds and memory over rows, as SVG, PNG or HTML")
    given = options.parse_args()
    measures = [solver] if given.solver_only else [solver, whole_audit]
    print(f"# The disclosure audit\n\nhallpass {version('hallpass')}, {os.cpu_count()} cores, seed {given.seed}, {given.years} years.\n")
    print("| | rule | schools | rows | hidden cells | told | unfinished | not true | seconds | peak MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    naive: list[Taken] = []
    for schools in given.schools:
        for correct in (False, True)[: 1 + (schools <= given.correct)]:
            for measure in measures:
                taken = alone(measure, given.seed, schools, given.years, correct)
                naive += [] if correct else [taken]
                print(
                    f"| {taken.what} | {'correct' if correct else 'naive'} | {schools} | {taken.rows:,} | {taken.hidden:,}"
                    f" | {taken.told:,} | {taken.unfinished:,} | {taken.false:,} | {taken.seconds:.1f} | {taken.peak / 1e6:.0f} |",
                    flush=True,
                )
    if given.random:
        print(small_tables(given.random, given.seed))
    if given.plot:
        plot(naive, given.plot)


def plot(taken: list[Taken], file: Path) -> None:
    """Growth over the table's rows."""
    rows = [{"rows": it.rows, "what": it.what, "seconds": it.seconds, "peak MB": it.peak / 1e6} for it in taken]
    base = alt.Chart(alt.Data(values=rows)).mark_line(point=True).properties(width=360, height=240)
    charts = [
        base.encode(x=alt.X("rows:Q", title="rows of the table"), y=alt.Y(f"{name}:Q", title=name), color=alt.Color("what:N", title=None))
        for name in ("seconds", "peak MB")
    ]
    alt.hconcat(*charts).save(str(file))


if __name__ == "__main__":
    main()
