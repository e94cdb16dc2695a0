"""Record linkage: which students of the roster a row without a name can be, by the traits that the file and the roster both have.

A row joins the students who have every trait that it tells; a cell that says nothing excludes nobody. A student of whom the roster does not
know a trait joins no row that tells it. What a trait's cells say stands in `quasi_identifiers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from scanners.aggregate.quasi_identifiers import QuasiIdentifier, Reading
from scanners.aggregate.traits import DAYS_A_YEAR, StudentTraits
from scanners.fold import plain

Ints = npt.NDArray[np.int64]

ORDERED = frozenset({"grade", "birth date", "birth year", "birth month", "birth day", "age", "zip", "entry date", "exit date"})
NAMED = frozenset({"sex", "race", "school", "city", "birth place"})
LEAST_TOLD = 0.5
"""Share of the students of whom the roster must know a trait for it to be joined on."""
LEAST_READ = 0.8
MOST_PATTERNS = 200
"""Ways in which the cells of a row can be blank that are looked at, the commonest first."""
MOST_TUPLES = 20_000_000
SUBSET_ROWS = 2_000
MOST_OF_IT = 0.8
"""Share of the rows that the whole set joins which the smallest subset must join, too."""
FEWEST_TO_LEARN = 5
SURE = 0.9
SCHOOL_NOISE = frozenset("school schools elementary middle high junior senior academy the of at es ms hs sch elem public".split())


@dataclass(frozen=True)
class Shared:
    """One trait on both sides. `codes[row]`: what the row tells, -1 nothing. Student s can tell `told[first[s]:first[s + 1]]`."""

    trait: QuasiIdentifier
    codes: Ints
    first: Ints
    told: Ints

    @property
    def name(self) -> str:
        return self.trait.column.name


@dataclass(frozen=True)
class Linked:
    """`candidates[row]`: how many students a row can be (-1: not looked at); `student[row]`: the only one, else -1. `by`: the traits."""

    by: tuple[Shared, ...]
    candidates: Ints
    student: Ints

    @property
    def joined(self) -> int:
        """Rows that join exactly one student."""
        return int((self.candidates == 1).sum())


def shared_traits(traits: Sequence[QuasiIdentifier], roster: StudentTraits, years_back: int = 0) -> list[Shared]:
    """The traits to join on, in the table's order. `years_back`: the file's grades are of so many school years before the roster's."""
    kinds = {trait.kind for trait in traits}
    found = []
    for trait in traits:
        if trait.kind == "age" and kinds & {"birth date", "birth year"}:
            continue  # it tells nothing more, and is counted from a day nobody knows
        pairs = _pairs(trait, _as_race(trait, kinds), roster, years_back)
        if pairs is not None and (own := _shared(trait, pairs, len(roster))):
            found.append(own)
    return found


def link(by: Sequence[Shared], rows: int, students: int, only: Ints | None = None) -> Linked:
    """Join every row (or `only` these) with the students; cost grows with rows + students for each way of being blank."""
    candidates, student = np.full(rows, -1, np.int64), np.full(rows, -1, np.int64)
    looked_at = np.arange(rows) if only is None else only
    if not by or not len(looked_at):
        return Linked(tuple(by), candidates, student)
    blank = np.zeros(len(looked_at), np.int64)
    for at, trait in enumerate(by):
        blank |= (trait.codes[looked_at] < 0).astype(np.int64) << at
    patterns, pattern_of, counts = np.unique(blank, return_inverse=True, return_counts=True)
    for place in np.argsort(-counts, kind="stable")[:MOST_PATTERNS].tolist():
        own = looked_at[pattern_of.reshape(-1) == place]
        told = [trait for at, trait in enumerate(by) if not int(patterns[place]) >> at & 1]
        if told:
            candidates[own], student[own] = _join(told, own, students)
    return Linked(tuple(by), candidates, student)


def smallest_subset(linked: Linked, students: int) -> tuple[tuple[Shared, ...], int] | None:
    """The fewest of the traits by which most of the same rows join one student already, and how many do; None where it takes all."""
    rows = len(linked.candidates)
    only = np.arange(rows)[:: max(1, rows // SUBSET_ROWS)]
    joined = linked.candidates == 1
    wanted = MOST_OF_IT * int(joined[only].sum())
    for size in range(1, min(4 if len(linked.by) <= 6 else 3, len(linked.by))):
        tried = [(int(((link(by, rows, students, only).candidates == 1) & joined).sum()), by) for by in combinations(linked.by, size)]
        best = max(tried, key=lambda one: one[0])
        if best[0] >= max(1, wanted):
            return best[1], int(((link(best[1], rows, students).candidates == 1) & joined).sum())
    return None


def with_learned_codes(traits: Sequence[QuasiIdentifier], linked: Linked, roster: StudentTraits) -> list[QuasiIdentifier]:
    """Traits in a coding of the file's own (sex 0 and 1, schools A to F), read by the rows that join one student without them.

    A code is read only where nine of ten of its rows, five at least, agree; and codes must not all mean the same.
    """
    sole = np.flatnonzero(linked.candidates == 1)
    joined_on = {shared.name for shared in linked.by}
    kinds = {trait.kind for trait in traits}
    return [
        _learned(t, linked, sole, roster, _as_race(t, kinds)) or t for t in traits if t.kind in NAMED and t.column.name not in joined_on
    ]


def _learned(trait: QuasiIdentifier, linked: Linked, sole: Ints, roster: StudentTraits, kind: str) -> QuasiIdentifier | None:
    tokens = roster.tokens(kind)
    met: list[Counter[str]] = [Counter() for _ in trait.readings]
    for row in sole.tolist():
        if (code := int(trait.codes[row])) >= 0:
            met[code].update(tokens[int(linked.student[row])])
    readings: list[Reading | None] = []
    for counter, code in zip(met, range(len(met)), strict=True):
        rows = int((trait.codes[sole] == code).sum())
        best = counter.most_common(1)
        sure = bool(best) and rows >= FEWEST_TO_LEARN and best[0][1] >= SURE * rows
        readings.append(frozenset({best[0][0]}) if sure else None)
    if len({r for r in readings if r is not None}) < 2:
        return None
    return replace(trait, readings=tuple(readings))


def _as_race(trait: QuasiIdentifier, kinds: set[str]) -> str:
    """Hispanic comes first where the column knows it; beside a column of ethnicity, or without the word, the races stand alone."""
    if trait.kind != "race":
        return trait.kind
    knows = any(isinstance(r, frozenset) and "hispanic" in r for r in trait.readings)
    return "race" if knows or (not any(trait.readings) and "race: hispanic" not in kinds) else "race alone"


# --- one trait ---------------------------------------------------------------------------------------------------------------


def _pairs(trait: QuasiIdentifier, kind: str, roster: StudentTraits, years_back: int) -> list[tuple[int, int]] | tuple[Ints, Ints] | None:
    """(student, position of a reading) of everyone whom a reading fits; None where this trait cannot be joined on.

    It cannot where the roster tells it of fewer than half of its students.
    """
    if kind in ORDERED:
        return _of_spans(trait, roster, years_back)
    if kind not in NAMED and kind != "race alone" and not kind.startswith("race: "):
        return None
    by_token: dict[str, list[int]] = {}
    for at, reading in enumerate(trait.readings):
        for token in reading if isinstance(reading, frozenset) else ():
            by_token.setdefault(token, []).append(at)
    tokens = roster.tokens(kind)
    if sum(map(bool, tokens)) < LEAST_TOLD * len(tokens):
        return None
    if trait.kind == "school":
        by_token = _of_schools(by_token, {token for own in tokens for token in own})
    return [(s, at) for s, own in enumerate(tokens) for token in own for at in by_token.get(token, ())]


def _of_spans(trait: QuasiIdentifier, roster: StudentTraits, years_back: int) -> tuple[Ints, Ints] | None:
    kind, start = trait.kind, roster.school_year
    if kind == "age" and start is None:
        return None
    points = roster.points("birth date" if kind == "age" else kind)
    if sum(map(bool, points)) < LEAST_TOLD * len(points):
        return None
    students = np.array([s for s, own in enumerate(points) for _ in own], np.int64)
    values = np.array([value for own in points for value in own], np.int64)
    if kind == "grade":
        values = values - years_back
    order = np.argsort(values, kind="stable")
    students, values = students[order], values[order]
    who, what = [], []
    for at, reading in enumerate(trait.readings):
        if not isinstance(reading, tuple):
            continue
        low, high = reading
        if kind == "age" and start is not None:  # of that age on some day of the school year
            low, high = int(start.toordinal() - (high + 1) * DAYS_A_YEAR) + 1, int(start.toordinal() + (1 - low) * DAYS_A_YEAR)
        own = students[np.searchsorted(values, low) : np.searchsorted(values, high, "right")]
        who.append(own)
        what.append(np.full(len(own), at, np.int64))
    return (np.concatenate(who), np.concatenate(what)) if who else None


def _of_schools(by_token: dict[str, list[int]], schools: set[str]) -> dict[str, list[int]]:
    """The roster's school for each way the file writes one: the same words, with or without `Elementary School`, or a part of them."""
    words = {school: frozenset(plain(school).replace("-", " ").replace(".", " ").split()) for school in schools}
    found: dict[str, list[int]] = {}
    for token, positions in by_token.items():
        own = frozenset(token.split())
        bare = own - SCHOOL_NOISE
        same = (
            [s for s in schools if words[s] == own]
            or [s for s in schools if bare and words[s] - SCHOOL_NOISE == bare]
            or [s for s in schools if own < words[s] or words[s] < own]
        )
        if len(same) == 1:
            found.setdefault(same[0], []).extend(positions)
    return found


def _shared(trait: QuasiIdentifier, pairs: list[tuple[int, int]] | tuple[Ints, Ints], students: int) -> Shared | None:
    """None where too few of the rows can be read, or name a place that somebody of the roster is of."""
    if isinstance(pairs, tuple):
        who, what = pairs
    else:
        table = np.array(pairs, np.int64).reshape(-1, 2)
        who, what = table[:, 0], table[:, 1]
    if not len(who):
        return None
    both = np.unique(who * len(trait.readings) + what)
    who, what = both // len(trait.readings), both % len(trait.readings)
    fits = np.zeros(len(trait.readings) + 1, bool)
    fits[what] = True
    said = trait.codes >= 0
    read = np.array([reading is not None for reading in trait.readings] + [False])
    codes = np.where(read[trait.codes], trait.codes, -1)
    if trait.kind in NAMED and trait.kind != "sex" and fits[trait.codes[said]].mean() < LEAST_READ:
        return None  # names of other schools and towns, or codes
    if not said.any() or read[trait.codes[said]].mean() < LEAST_READ:
        return None
    return Shared(trait, codes, np.searchsorted(who, np.arange(students + 1)).astype(np.int64), what)


# --- the join ----------------------------------------------------------------------------------------------------------------


def _join(told: Sequence[Shared], rows: Ints, students: int) -> tuple[Ints, Ints]:
    """For rows that tell all of these traits: how many students fit each, and the one where it is one.

    Trait by trait, the rows' keys are numbered anew and students whose key no row has are dropped, so that keys and tuples stay few.
    """
    keys = np.zeros(len(rows), np.int64)
    who, have = np.arange(students), np.zeros(students, np.int64)
    for trait in sorted(told, key=lambda t: -len(t.trait.readings)):
        width = len(trait.trait.readings)
        many = trait.first[who + 1] - trait.first[who]
        if int(many.sum()) > MOST_TUPLES:
            return np.full(len(rows), -1, np.int64), np.full(len(rows), -1, np.int64)
        place = np.repeat(np.arange(len(who)), many)
        inside = np.arange(len(place)) - np.repeat(np.cumsum(many) - many, many)
        new = have[place] * width + trait.told[trait.first[who[place]] + inside]
        distinct, keys = np.unique(keys * width + trait.codes[rows], return_inverse=True)
        keys = keys.reshape(-1)
        have = np.searchsorted(distinct, new)
        met = (have < len(distinct)) & (distinct[np.minimum(have, len(distinct) - 1)] == new)
        who, have = who[place][met], have[met]
    pairs = np.unique(have * students + who)
    fit = np.bincount(pairs // students, minlength=int(keys.max()) + 1)
    only = np.full(len(fit), -1, np.int64)
    only[pairs // students] = pairs % students
    counts = fit[keys].astype(np.int64)
    return counts, np.where(counts == 1, only[keys], -1)
