"""Differences between releases, periods and overlapping filters: step 8 of POLICY.md's "Is a data set truly aggregate?".

Two numbers of the same cell in two releases, or of two groups one of which lies within the other, differ by a group that nobody shows.
Where that group is smaller than k it is disclosed. Both numbers must be shown; different school years are different people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scanners.aggregate.dimensions import Codes
from scanners.aggregate.families import canonical, folded
from scanners.aggregate.findings import AuditFinding, AuditSettings
from scanners.aggregate.structure import SHOWN, Structure
from scanners.header import words

SAME_COLUMNS = 0.5
"""Of the smaller table's headers, that two tables must share to be two releases of one."""
EQUAL = 0.5
"""Of the common cells, that must be equal where two tables of one release are compared."""
FEWEST_PERIODS = 3
MINUS = " − "

RANGE = re.compile(r"(?:grades?|gr|ages?|levels?)?\s*(pk|k|\d{1,2})\s*(?:-|–|to|through|thru)\s*(\d{1,2})(?:\s*(?:grades?|years?))?")
EXCEPT = re.compile(r"(?:all|everyone|total|students)\b.*?\b(?:but|except|excluding|excl|without|other than|not including)\b\s*(.+)")
MOMENTS = frozenset(
    """aug august june july sept september summer spring fall final preliminary revised updated unofficial official initial with
    including included plus""".split()
)
"""Words that tell two counts of one cohort apart by the day of counting, or by who is added."""
CUMULATIVE = frozenset("ytd cumulative todate running".split())
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Difference:
    """A difference that is a small group; `block` and `row` are those of the later or wider cell."""

    table: int
    block: int
    row: int
    finding: AuditFinding


def differences(s: Structure | None, settings: AuditSettings) -> Iterator[Difference]:
    """Every shown pair that differs by more than nobody and fewer than k."""
    if s is not None:
        yield from _releases(s, settings.minimum_cell_size)
        yield from _within(s, settings.minimum_cell_size)


def _difference(s: Structure, later: int, earlier: int, names: tuple[str, str], k: int) -> Iterator[Difference]:
    """`later` and `earlier` are cells, `names` say which is which."""
    a, b = int(s.cell_low[later]), int(s.cell_low[earlier])
    if not 0 < abs(a - b) < k:
        return
    left, right = (f"{names[0]} {a:,}", f"{names[1]} {b:,}") if a > b else (f"{names[1]} {b:,}", f"{names[0]} {a:,}")
    witness = f"{left}{MINUS}{right} = {abs(a - b):,}"
    finding = AuditFinding("differencing", s.address(later), float(abs(a - b)), float(abs(a - b)), witness)
    yield Difference(s.table(later), s.columns[s.cell_column[later]].block, int(s.cell_row[later]), finding)


# -- releases ----------------------------------------------------------------------------------------------------------------


def _releases(s: Structure, k: int) -> Iterator[Difference]:
    if len(s.sources) < 2:
        return
    order = sorted(range(len(s.sources)), key=lambda block: (s.sources[block].release, block))
    shown = (s.cell_state == SHOWN) & (s.cell_low == s.cell_high)
    cells: dict[tuple[int, str], dict[bytes, int]] = {}
    names: dict[int, list[str]] = {}
    for at, c in enumerate(s.columns):
        if c.share is None:
            name = folded(c.column.name)
            names.setdefault(c.block, []).append(name)
            cells[c.block, name] = _by_identity(s, np.flatnonzero(shown & (s.cell_column == at)))
    for place, block in enumerate(order):
        for name in names.get(block, ()):
            mine = cells[block, name]
            for other in reversed(order[:place]):
                theirs = cells.get((other, name), {})
                common = [i for i in mine if i in theirs] if _alike(names, block, other) else []
                if not common:
                    continue
                equal = sum(s.cell_low[mine[i]] == s.cell_low[theirs[i]] for i in common)
                if s.sources[block].release == s.sources[other].release and equal < EQUAL * len(common):
                    continue
                for i in common:
                    said = (s.sources[block].said, s.sources[other].said)
                    labels = tuple(f"{p}: {s.columns[s.cell_column[mine[i]]].column.name}" for p in said)
                    yield from _difference(s, mine[i], theirs[i], (labels[0], labels[1]), k)
                break


def _by_identity(s: Structure, cells: Codes) -> dict[bytes, int]:
    """Cells by their labels; labels that two cells have are left out."""
    found: dict[bytes, int] = {}
    twice: set[bytes] = set()
    for cell in cells.tolist():
        identity = s.codes[s.cell_variable[cell]].tobytes()
        if found.setdefault(identity, cell) != cell:
            twice.add(identity)
    return {i: cell for i, cell in found.items() if i not in twice}


def _alike(names: dict[int, list[str]], a: int, b: int) -> bool:
    mine, theirs = set(names.get(a, ())), set(names.get(b, ()))
    return len(mine & theirs) >= SAME_COLUMNS * min(len(mine), len(theirs))


# -- within a dimension ------------------------------------------------------------------------------------------------------


def _within(s: Structure, k: int) -> Iterator[Difference]:
    for d, dimension in enumerate(s.dimensions.all):
        pairs = list(dict.fromkeys([*_nested(dimension.labels), *_excepted(dimension.labels), *_moments(dimension.labels)]))
        runs = _periods(dimension.labels)
        if pairs or len(runs) >= 2:
            yield from _compared(s, d, pairs, runs, k)


def _compared(s: Structure, d: int, pairs: Sequence[tuple[int, int, int]], runs: Sequence[int], k: int) -> Iterator[Difference]:
    """`pairs` are (wider or later member, the other one, a member that is the difference or -2), -1 is everybody; `runs` are in time."""
    usable = np.flatnonzero(s.placed & (s.low == s.high) & (s.state == SHOWN))
    codes = s.codes[usable].copy()
    members = codes[:, d].tolist()
    codes[:, d] = -1
    contexts: dict[bytes, dict[int, int]] = {}
    for v, code, member, population in zip(usable.tolist(), codes, members, s.population[usable].tolist(), strict=True):
        contexts.setdefault(code.tobytes() + population.to_bytes(4, "little"), {})[member] = v
    labels = s.dimensions.all[d].labels
    for shown in contexts.values():
        for a, b, rest in pairs:
            if a in shown and b in shown and rest not in shown:
                yield from _pair(s, d, shown, a, b, labels, k)
    if len(runs) >= 2 and _accumulates(s, contexts, runs, labels):
        for shown in contexts.values():
            for earlier, later in pairwise([m for m in runs if m in shown]):
                yield from _pair(s, d, shown, later, earlier, labels, k)


def _pair(s: Structure, d: int, shown: dict[int, int], a: int, b: int, labels: Sequence[str], k: int) -> Iterator[Difference]:
    later, earlier = int(s.first[shown[a]]), int(s.first[shown[b]])
    block = s.columns[s.cell_column[later]].block
    names = [labels[m] if m >= 0 else s.dimensions.totals[block].get(d) or "All" for m in (a, b)]
    yield from _difference(s, later, earlier, (names[0], names[1]), k)


def _nested(labels: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Grades 3-5 and Grades 3-4: ranges one of which lies within the other and lacks one end."""
    ranges = {at: span for at, label in enumerate(labels) if (span := _range(label))}
    single = {grade: at for at, label in enumerate(labels) if (grade := _single(label)) is not None}
    for a, (low, high) in ranges.items():
        for b, (least, most) in ranges.items():
            if a != b and low <= least and most <= high:
                lacking = [n for n in range(low, high + 1) if not least <= n <= most]
                yield a, b, single.get(lacking[0], -2) if len(lacking) == 1 else -2


def _range(label: str) -> tuple[int, int] | None:
    match = RANGE.fullmatch(folded(label))
    if match is None or int(match[2]) > 25:
        return None
    low = {"pk": -1, "k": 0}.get(match[1]) if not match[1].isdigit() else int(match[1])
    return None if low is None or low >= int(match[2]) else (low, int(match[2]))


def _single(label: str) -> int | None:
    spelled = canonical(label, "grade")
    return int(spelled.split()[1]) if spelled.startswith("grade ") and spelled.split()[1].isdigit() else None


def _excepted(labels: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """All, and all but English learners."""
    spelled = {canonical(label, ""): at for at, label in enumerate(labels)}
    for at, label in enumerate(labels):
        if match := EXCEPT.fullmatch(folded(label)):
            yield -1, at, spelled.get(canonical(match[1], ""), -2)


def _moments(labels: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """2006 and 2006 Aug; 2006 June and 2006 August: one cohort, counted on two days."""
    bare: dict[tuple[str, ...], list[int]] = {}
    for at, label in enumerate(labels):
        said = words(label)
        if rest := tuple(word for word in said if word not in MOMENTS):
            bare.setdefault(rest, []).append(at)
    for rest, ats in bare.items():
        if len(ats) > 1 and any(re.fullmatch(r"(19|20)\d\d", word) for word in rest):
            ordered = sorted(ats, key=lambda at: (len(words(labels[at])), at))
            for earlier, later in pairwise(ordered):
                yield later, earlier, -2


def _periods(labels: Sequence[str]) -> list[int]:
    """The members in time, where all are months, quarters, weeks or days; years are different people."""
    ranks = [_rank(label) for label in labels]
    if len(labels) < 2 or any(rank is None for rank in ranks):
        return []
    year_starts = 8 if any("aug" in folded(label) or "sep" in folded(label) for label in labels) else 1

    def place(at: int) -> tuple[int, int, int]:
        year, month, day = ranks[at] or (0, 0, 0)
        return (year, month, day) if year else (0, (month - year_starts) % 12 if month <= 12 else month, day)

    return sorted(range(len(labels)), key=place)


def _rank(label: str) -> tuple[int, int, int] | None:
    text = " ".join(
        word for word in folded(label).replace("/", "-").split() if word not in ("ytd", "through", "thru", "to", "date", "as", "of")
    )
    if date := re.fullmatch(r"((?:19|20)\d\d)-(\d\d?)(?:-(\d\d?))?", text):
        return int(date[1]), int(date[2]), int(date[3] or 0)
    said = words(text)
    month = next((i + 1 for i, m in enumerate(MONTHS) for word in said if word.startswith(m) and word.isalpha()), 0)
    year = next((int(word) for word in said if re.fullmatch(r"(19|20)\d\d", word)), 0)
    if month:
        return year, month, 0
    if number := re.fullmatch(
        r"(?:q|quarter|week|wk|term|semester|month|mp|marking period|day)\s*0*(\d{1,3})(?:\s+((?:19|20)\d\d))?", text
    ):
        return int(number[2] or 0), 0 if number[2] else 100 + int(number[1]), int(number[1])
    return None


def _accumulates(s: Structure, contexts: dict[bytes, dict[int, int]], runs: Sequence[int], labels: Sequence[str]) -> bool:
    """Do the counts of each period contain the earlier ones: by their words, or since they never fall?"""
    said = {word for label in labels for word in words(label)} | {word for c in s.columns for word in words(c.column.name)}
    headers = " ".join(folded(c.column.name) for c in s.columns) + " " + " ".join(folded(label) for label in labels)
    if said & CUMULATIVE or "to date" in headers or "through" in said:
        return True
    series = [[int(s.low[shown[m]]) for m in runs if m in shown] for shown in contexts.values()]
    series = [numbers for numbers in series if len(numbers) >= FEWEST_PERIODS and numbers[-1] > 0]
    rising = sum(len(set(numbers)) > 1 for numbers in series)
    return rising >= FEWEST_PERIODS and all(a <= b for numbers in series for a, b in pairwise(numbers))
