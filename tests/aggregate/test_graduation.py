"""A city's graduation file, imitated with known truth: what one subtraction gives away is found, and nothing is claimed wrongly."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa
import pytest

from scanners.aggregate import AuditFinding, AuditSettings, Published, audit_tables
from scanners.aggregate.disclosure import disclosures
from scanners.aggregate.layout import layouts
from scanners.aggregate.structure import Source
from scanners.schemas import TextTable
from tests.aggregate.graduates import COHORTS, MEASURES, PAIRS, TOTAL, City, Key, city, rows
from tests.aggregate.witnesses import true

Line = Mapping[str, str | None]

WORDS = {
    "Male": "Boys", "Female": "Girls", "English Language Learners": "LEP", "English Proficient Students": "Non-LEP",
    "Special Education Students": "SWD", "General Education Students": "Non-SWD", TOTAL: "All Students",
}  # fmt: skip


def table(lines: list[dict[str, str | None]], columns: Iterable[str] | None = None) -> TextTable:
    return TextTable("", pa.table({name: pa.array([line.get(name) for line in lines], pa.string()) for name in columns or lines[0]}))


def audited(*tables: TextTable) -> list[AuditFinding]:
    published = [Published(t, (), f"table{i}.csv", "2026") for i, t in enumerate(tables)]
    return [finding for found in audit_tables(published, AuditSettings()) for finding in found.findings]


def computed(findings: Iterable[AuditFinding]) -> dict[tuple[str, ...], AuditFinding]:
    return {f.cell: f for f in findings if f.check_id in ("exact_disclosure", "interval")}


def checked(found: City, findings: Iterable[AuditFinding], cell: Callable[[Key, str], tuple[str, ...]], least: int = 0) -> int:
    """Nothing is claimed wrongly, every witness is true, all of `least` and more that one subtraction gives is found: how many cells."""
    claims = computed(findings)
    keys = {cell(key, measure): found.truth[key][measure] for key in found.truth for measure in MEASURES}
    assert set(claims) <= set(keys), [c for c in claims if c not in keys][:3]
    for address, claim in claims.items():
        assert claim.low is not None
        assert claim.high is not None
        assert claim.low <= keys[address] <= claim.high, claim
        assert true(claim.witness, claim.low, claim.high), claim.witness
    simple = {cell(key, measure): n for (key, measure), n in found.by_subtraction.items() if n >= least}
    missed = [c for c, n in simple.items() if c not in claims or claims[c].low != n or claims[c].high != n]
    assert not missed, (len(missed), missed[:3])
    return len(simple)


def plain(found: City) -> Callable[[Key, str], tuple[str, ...]]:
    return lambda key, measure: (key[2], key[0], found.names[key[0]], key[1], measure)


def test_one_subtraction_gives_thousands_of_cells_away() -> None:
    found = city(60)
    (shape,) = layouts(table(rows(found)))
    disclosed = disclosures([Source(0, shape)], AuditSettings())
    assert checked(found, [d.finding for d in disclosed.found], plain(found)) > 2_766
    assert not disclosed.unfinished


@pytest.mark.parametrize("token", ["<20", "*", ""])
def test_other_tokens(token: str) -> None:
    found = city(12, seed=3)
    least = 0 if token else 1  # a blank may be a group that is not there
    assert checked(found, audited(table(rows(found, token, percents=False))), plain(found), least) > 100


def test_other_words_in_another_order() -> None:
    found = city(12, seed=4)
    lines = rows(found, words=WORDS)
    names = list(lines[0])
    random.Random(4).shuffle(names)
    keys = [name for name in names if name in ("Demographic", "DBN", "School Name", "Cohort")]

    def cell(key: Key, measure: str) -> tuple[str, ...]:
        said = {"Demographic": WORDS.get(key[2], key[2]), "DBN": key[0], "School Name": found.names[key[0]], "Cohort": key[1]}
        return (*(said[name] for name in keys), measure)

    assert checked(found, audited(table(lines, names)), cell) > 100


def test_the_total_stands_in_another_table() -> None:
    found = city(12, seed=5)
    lines = rows(found, percents=False)
    groups = [line for line in lines if line["Demographic"] != TOTAL]
    totals = [{name: text for name, text in line.items() if name != "Demographic"} for line in lines if line["Demographic"] == TOTAL]
    findings = [f for f in audited(table(groups), table(totals)) if f.cell[0] != f.cell[0] or len(f.cell) == 5]
    simple = {key for key, _ in found.by_subtraction}
    assert len(simple) > 20
    claims = computed(findings)
    for key, measure in found.by_subtraction:
        claim = claims[plain(found)(key, measure)]
        assert claim.low == claim.high == found.truth[key][measure]
        assert true(claim.witness, claim.low, claim.high), claim.witness


def test_wide_by_sex() -> None:
    found = city(30, ("2005",), seed=6)
    lines: list[dict[str, str | None]] = []
    expected: dict[tuple[str, ...], int] = {}
    for school, cohort, group in found.truth:
        if group != TOTAL:
            continue
        counts = {g: found.truth.get((school, cohort, g), {}).get("Total Grads - n", 0) for g in ("Male", "Female")}
        line: dict[str, str | None] = {"School": found.names[school]}
        small = [g for g, n in counts.items() if n < 10]
        line |= {g: "*" if g in small else str(n) for g, n in counts.items()}
        line["Total"] = str(sum(counts.values()))
        if len(small) == 1:
            expected[(found.names[school], small[0])] = counts[small[0]]
        lines.append(line)
    claims = {cell: f for cell, f in computed(audited(table(lines))).items() if f.check_id == "exact_disclosure"}
    assert expected
    assert {cell: claims[cell].low for cell in expected} == expected
    assert all(true(f.witness, f.low, f.high) for f in claims.values())


def test_august_is_the_same_cohort() -> None:
    found = city(10, ("2006", "2006 Aug"), seed=7)
    differences = {f.cell: f for f in audited(table(rows(found))) if f.check_id == "differencing"}
    expected = {}
    for key in found.truth:
        earlier = (key[0], "2006", key[2])
        if key[1] == "2006 Aug" and earlier in found.truth and not {key, earlier} & found.hidden:
            for measure in (TOTAL, *MEASURES):
                if 0 < (less := abs(found.truth[key][measure] - found.truth[earlier][measure])) < 10:
                    expected[plain(found)(key, measure)] = less
    assert expected
    assert {cell: f.low for cell, f in differences.items()} == expected
    assert all(true(f.witness, f.low, f.high) for f in differences.values())


def test_what_is_properly_suppressed_is_not_claimed() -> None:
    """Where one side of a pair is hidden the other one is as well."""
    found = city(20, COHORTS[:3], seed=8)
    sides = dict(PAIRS)
    sides |= {b: a for a, b in sides.items()}
    found.hidden |= {(s, c, sides[g]) for s, c, g in found.hidden if g in sides and (s, c, sides[g]) in found.truth}
    found.hidden |= {key for key in found.truth if key[2] in ("Asian", "Black", "Hispanic", "White")}
    lines = rows(found, percents=False)
    for line in lines:
        if line["Total Grads - n"] == "s":
            line[TOTAL] = "s"
    exact = [f for f in computed(audited(table(lines))).values() if f.check_id == "exact_disclosure" and f.low]
    truths = {plain(found)(key, m): n for key, counts in found.truth.items() for m, n in counts.items()}
    assert all(truths[f.cell] == f.low for f in exact)
    assert len(exact) < 0.02 * len(found.hidden) * len(MEASURES)
