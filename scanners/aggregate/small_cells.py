"""Groups of fewer than k: step 3 of POLICY.md's "Is a data set truly aggregate?".

0 < n < k for numerators and denominators; complements N − n where N stands in the row, or in the column as a row that adds up others;
counts that follow from a percentage come from `recovered`. A hidden cell (`*`, `<10`) is no small cell by itself: whether totals give it
away is asked by other steps. One fact is told once: what is shown and judged is not told again as the complement of its complement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scanners.aggregate.layout import Layout
from scanners.aggregate.parts import FEWEST_ROWS, HOLDS, Parts
from scanners.aggregate.recovered import by_numerator, by_percentage
from scanners.aggregate.rounding import Whole
from scanners.aggregate.small_cell import MINUS, SmallCell, spell

__all__ = ["SmallCell", "small_cells"]


def small_cells(layout: Layout, k: int) -> Iterator[SmallCell]:
    """Every cell of fewer than `k`, row by row: what is shown, then what follows from a total, then what follows from a percentage."""
    if not layout.rows:
        return
    parts = Parts(layout)
    found = [*_shown(parts, k), *_in_rows(parts, k), *_Columns(parts, k).found(), *by_percentage(parts, k), *by_numerator(parts, k)]
    yield from sorted(found, key=lambda cell: cell.row)


def _shown(parts: Parts, k: int) -> Iterator[SmallCell]:
    for at, n in parts.counts.items():
        for row in np.flatnonzero((n > 0) & (n < k)).tolist():
            yield SmallCell(
                row, parts.names[at], int(n[row]), int(n[row]), f"{parts.names[at]} = {n[row]:,}, fewer than {k:,}", ((row, at),)
            )


def _in_rows(parts: Parts, k: int) -> Iterator[SmallCell]:
    """N − n within the row, where the column of the others does not show them."""
    for part, whole in parts.pairs:
        if part not in parts.counts or whole not in parts.counts:
            continue
        n, total = parts.counts[part], parts.counts[whole]
        rest = total - n
        rows = np.flatnonzero((n >= k) & (rest > 0) & (rest < k)).tolist()
        other = parts.other_part(part, whole) if rows else None
        for row in rows:
            if other is not None and parts.counts[other][row] >= 0:
                continue  # shown, and judged
            left = int(rest[row])
            same = (row, other) if other is not None and parts.is_hidden(row, other) else None
            witness = f"{parts.names[whole]} {total[row]:,}{MINUS}{parts.names[part]} {n[row]:,} = {left:,}"
            name = f"{parts.names[whole]}{MINUS}{parts.names[part]}"
            yield SmallCell(row, name, left, left, witness, ((row, part), (row, whole)), same)


@dataclass(frozen=True)
class _Thing:
    """What is counted in each row, shown or bounded by a percentage; -1 where not known. `of` holds the N of a percentage."""

    name: str
    at: int
    low: Whole
    high: Whole
    of: int | None = None


_Labels = tuple[int, str, str]
"""The position of a key, and two labels that stand in it."""


class _Columns:
    """N − n within a column: the row that adds up others less one of them."""

    def __init__(self, parts: Parts, k: int) -> None:
        self.parts, self.layout, self.k = parts, parts.layout, k
        self._pairs: dict[_Labels, tuple[Whole, Whole, Whole]] = {}
        self._known: dict[tuple[int, _Labels], bool] = {}

    def found(self) -> Iterator[SmallCell]:
        totals = [(total, np.array(rows)) for total, rows in self.layout.totals if len(rows) >= 2]
        for thing in self._things():
            for total, rows in totals:
                if thing.high[total] >= 0:
                    yield from self._less_one(thing, total, rows)

    def _less_one(self, thing: _Thing, total: int, rows: Whole) -> Iterator[SmallCell]:
        low, high = thing.low[rows], thing.high[rows]
        least, most = thing.low[total] - high, thing.high[total] - low
        small = np.flatnonzero((low >= self.k) & (least > 0) & (most < self.k)).tolist()
        if not small or (low > thing.high[total]).any():  # it adds up something else
            return
        for i in small:
            row, bounds = int(rows[i]), (int(least[i]), int(most[i]))
            others = [int(it) for it in rows if it != row and self._is_the_rest(thing, total, row, int(it), len(rows))]
            if any(thing.high[other] >= 0 for other in others):
                continue  # shown, and judged
            hidden = [other for other in others if self.parts.is_hidden(other, thing.at)]
            name = MINUS.join((" ".join(self.layout.key(total)), thing.name))
            witness = f"{self._told(thing, total)}{MINUS}{self._told(thing, row)} = {spell(*bounds)}"
            same = (hidden[0], thing.at) if hidden else None
            yield SmallCell(row, name, *bounds, witness, ((row, thing.at), (total, thing.at)), same)

    def _is_the_rest(self, thing: _Thing, total: int, row: int, other: int, of: int) -> bool:
        """Is this other row the only other part: by how many there are, or by what the same two labels do in the rest of the table?"""
        if thing.high[other] >= 0 and not _adds_up(thing, total, row, other):
            return False
        if of == 2:
            return True
        labels = self._labels_that_differ(row, other)
        if labels is None:
            return False
        if (thing.at, labels) not in self._known:
            self._known[thing.at, labels] = self._add_up_elsewhere(thing, labels)
        return self._known[thing.at, labels]

    def _labels_that_differ(self, row: int, other: int) -> _Labels | None:
        for key, labels in enumerate(self._labels):
            if labels[row] != labels[other]:
                return key, labels[row], labels[other]
        return None

    def _add_up_elsewhere(self, thing: _Thing, labels: _Labels) -> bool:
        """Do the rows with these two labels add up to their total wherever all three are shown?"""
        if labels not in self._pairs:
            self._pairs[labels] = self._triples(*labels)
        total, one, other = self._pairs[labels]
        there = np.minimum(np.minimum(thing.high[total], thing.high[one]), thing.high[other]) >= 0
        least, most = thing.low[one] + thing.low[other], thing.high[one] + thing.high[other]
        held = (least <= thing.high[total]) & (most >= thing.low[total]) & there
        return int(there.sum()) >= FEWEST_ROWS and int(held.sum()) >= HOLDS * int(there.sum())

    def _triples(self, key: int, first: str, second: str) -> tuple[Whole, Whole, Whole]:
        """(totals, rows of one label, rows of the other) wherever all three stand."""
        labels = self._labels[key]
        found = []
        for total, rows in self.layout.totals:
            one = next((it for it in rows if labels[it] == first), None)
            two = next((it for it in rows if labels[it] == second), None)
            if one is not None and two is not None:
                found.append((total, one, two))
        columns = np.array(found, np.int64).reshape(-1, 3)
        return columns[:, 0], columns[:, 1], columns[:, 2]

    @cached_property
    def _labels(self) -> list[list[str]]:
        return [[cell.text.casefold() for cell in column.cells] for column in self.layout.keys]

    def _things(self) -> Iterator[_Thing]:
        """The counts that are shown, and those that a percentage bounds where the table has none."""
        parts = self.parts
        for at, n in parts.counts.items():
            yield _Thing(parts.names[at], at, n, n)
        for which, (share, told) in enumerate(zip(parts.shares, parts.percents, strict=True)):
            if share.whole is None or not parts.whole_numbers(which) or parts.counted(which) is not None:
                continue
            whole = parts.counts[parts.at(share.whole)]
            low, high = told.counts(whole, whole)
            at = parts.at(share.percent)
            yield _Thing(parts.names[at], at, np.where(told.shown, low, -1), np.where(told.shown, high, -1), parts.at(share.whole))

    def _told(self, thing: _Thing, row: int) -> str:
        bounds = spell(int(thing.low[row]), int(thing.high[row]))
        if thing.of is None:
            return bounds
        return f"{self.layout.columns[thing.at].cells[row].text} of {self.parts.counts[thing.of][row]:,} ({bounds})"


def _adds_up(thing: _Thing, total: int, one: int, other: int) -> bool:
    """Can these two make up the total?"""
    return bool(thing.low[one] + thing.low[other] <= thing.high[total] and thing.high[one] + thing.high[other] >= thing.low[total])
