"""Nobody or everybody of a group: step 4 of POLICY.md's "Is a data set truly aggregate?".

A percentage of 0 or 100, or a numerator that is 0 or all of its N, tells the same of every student of the group, whatever its size.
A percentage counts only where no other whole number of its N rounds to it: 100.0 % of 5,000 may be one short. A plain count counts only
where it is an outcome (proficient, suspended); that a school has no students of one race is told by percentages and their numerators.
Columns whose groups are structure (grades, schools, years) tell nothing of anybody. Hidden cells are no matter of this step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scanners.aggregate.layout import UNBOUNDED, AuditColumn, Layout, is_total
from scanners.aggregate.parts import Parts
from scanners.aggregate.rounding import Flags, Percents
from scanners.aggregate.shares import Share
from scanners.aggregate.small_cell import Place
from scanners.aggregate.words import OUTCOMES, PEOPLE, PERCENTAGES, STRUCTURE, words_of

PLAIN = (PEOPLE - OUTCOMES) | PERCENTAGES | {"of", "the", "in", "and"}
"""Words of a header that do not say which group it is."""


@dataclass(frozen=True)
class ZeroOrFull:
    """A cell that says 0 or all of a group. `low` and `high` bound the count, None where the group's size is not known.

    `place` is its row and the position of its column, `beside` other cells that say the same (the count beside its percentage).
    """

    row: int
    column: str
    low: int | None
    high: int | None
    witness: str
    place: Place
    beside: tuple[Place, ...] = ()


def zero_or_full(layout: Layout) -> Iterator[ZeroOrFull]:
    """Every cell that tells the same of a whole group, row by row; the count and the percentage of one thing are told once."""
    if not layout.rows:
        return
    parts = Parts(layout)
    found: dict[tuple[int, int, int | None], ZeroOrFull] = {}
    for share, told in zip(parts.shares, parts.percents, strict=True):
        if is_structure(share.percent):
            continue
        thing = parts.at(share.numerator if share.numerator is not None else share.percent)
        for it in _by_percentage(parts, share, told):
            group = parts.at(share.whole) if it.high != 0 and share.whole is not None else None  # nobody of many is nobody of some
            found.setdefault((it.row, thing, group), it)
    for part, whole in parts.pairs:
        shared = any(share.numerator is layout.columns[part] for share in parts.shares)
        if (shared or _is_outcome(layout.columns[part])) and not is_structure(layout.columns[part]):
            for it in _by_count(parts, part, whole):
                found.setdefault((it.row, part, whole if it.high != 0 else None), it)
    yield from sorted(found.values(), key=lambda it: it.place)


def is_structure(column: AuditColumn) -> bool:
    """Does the header name nothing but grades, schools or years?"""
    said = words_of(column.name) - PLAIN
    return bool(said) and all(word in STRUCTURE or word.isdigit() or word[:-2].isdigit() for word in said)


def _is_outcome(column: AuditColumn) -> bool:
    return bool(words_of(column.name) & OUTCOMES)


def _by_percentage(parts: Parts, share: Share, told: Percents) -> Iterator[ZeroOrFull]:
    at = parts.at(share.percent)
    nearly = told.shown & ((told.low <= 0) | (told.high >= 100))
    if not nearly.any():
        return
    whole = parts.counts.get(parts.at(share.whole)) if share.whole is not None else None
    if share.whole is None:
        yield from _of_no_known_size(parts, share, nearly) if _is_outcome(share.percent) else ()
        return
    size = whole if whole is not None else np.full(parts.layout.rows, -1)
    low, high = told.counts(size, size)
    count = parts.counts.get(parts.at(share.numerator)) if share.numerator is not None else None
    if count is not None:  # the count is surer than the percentage
        low, high = np.where(count >= 0, count, low), np.where(count >= 0, count, high)
    beside = (parts.at(share.numerator),) if share.numerator is not None else ()
    for row in np.flatnonzero(nearly & (size > 0) & (((high == 0) & (low == 0)) | (low == size))).tolist():
        n, text = int(low[row]), share.percent.cells[row].text
        witness = f"{n:,} of {size[row]:,} students ({text if '%' in text else text + ' %'}): the whole group"
        yield ZeroOrFull(row, share.percent.name, n, n, witness, (row, at), tuple((row, it) for it in beside))
    yield from _of_hidden_size(parts, share, told, nearly & (size < 0))


def _of_hidden_size(parts: Parts, share: Share, told: Percents, rows: Flags) -> Iterator[ZeroOrFull]:
    """Beside an N that is suppressed a group is small: 100 % are all of it. Of 0 % it must be sure that it has students."""
    assert share.whole is not None
    least, most = share.whole.low, share.whole.high
    for row in np.flatnonzero(rows & (most > 0)).tolist():
        full = told.high[row] >= 100
        if not full and least[row] < 1:
            continue
        if most[row] < UNBOUNDED:
            one = told.counts(most, most)
            if (full and one[0][row] != most[row]) or (not full and one[1][row] != 0):
                continue
        token = share.whole.cells[row].text
        high = (int(most[row]) if most[row] < UNBOUNDED else None) if full else 0
        low = max(1, int(least[row])) if full else 0
        witness = f"{share.percent.cells[row].text} of {share.whole.name} {token}: the whole group"
        yield ZeroOrFull(row, share.percent.name, low, high, witness, (row, parts.at(share.percent)))


def _of_no_known_size(parts: Parts, share: Share, rows: Flags) -> Iterator[ZeroOrFull]:
    """Where the table has no N, an outcome of a group is told; not of a row for all, of which whole percentages are not exact."""
    at = parts.at(share.percent)
    for row in np.flatnonzero(rows).tolist():
        cell = share.percent.cells[row]
        if cell.low not in (0, 1, 100) or any(is_total(label) for label in parts.layout.key(row)):
            continue
        full = cell.low > 0
        if cell.low == 1 and not share.fraction:
            continue
        witness = f"{cell.text} of a group whose size is not shown: the whole group"
        yield ZeroOrFull(row, share.percent.name, None if full else 0, None if full else 0, witness, (row, at))


def _by_count(parts: Parts, part: int, whole: int) -> Iterator[ZeroOrFull]:
    n, size = parts.counts.get(part), parts.counts.get(whole)
    if n is None or size is None:
        return
    for row in np.flatnonzero((size > 0) & (n >= 0) & ((n == 0) | (n == size))).tolist():
        count = int(n[row])
        yield ZeroOrFull(row, parts.names[part], count, count, f"{count:,} of {size[row]:,} students: the whole group", (row, part))
