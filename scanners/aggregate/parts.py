"""The counts that a table shows, and what is part of what within its rows: a numerator and its N, two parts that make up a whole.

Read from headers, from percentages and from arithmetic that holds in nearly every row. Nothing here judges whether a count may be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from scanners.aggregate.layout import UNBOUNDED, AuditColumn, Layout
from scanners.aggregate.rounding import Flags, Percents, Whole, percents
from scanners.aggregate.shares import Share, shares
from scanners.aggregate.words import DENOMINATORS, GENERIC, NO_SHARES, PEOPLE, words_of

HOLDS = 0.95
"""Of the rows in which a sum can be checked: where it holds in so many, it is one. The rest are slips of whoever made the table."""
FEWEST_ROWS = 3
"""Rows from which a sum is believed without a word for it."""
NEVER_MORE = 0.99
"""Of a column's rows, in which a part must not be more than its whole."""

ACCIDENT = 0.05
"""The chance from which a fit proves nothing."""


class Parts:
    """Columns are told by their positions in the layout. `counts` holds what each column of counts shows, -1 elsewhere.

    `shares` are the percentages that are shares of students, `percents` their intervals, in the same order.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.names = [column.name for column in layout.columns]
        self._position = {id(column): i for i, column in enumerate(layout.columns)}
        self.counts: dict[int, Whole] = {self.at(c): shown(layout, c) for c in layout.counts}
        self.shares: list[Share] = [s for s in shares(layout) if not words_of(s.percent.name) & NO_SHARES]
        self.percents: list[Percents] = [percents(s.percent.cells, s.fraction) for s in self.shares]
        self.shares = [self._with_numerator(s, told) for s, told in zip(self.shares, self.percents, strict=True)]

    def at(self, column: AuditColumn) -> int:
        return self._position[id(column)]

    def is_hidden(self, row: int, at: int) -> bool:
        return self.layout.columns[at].cells[row].kind == "suppressed"

    def _with_numerator(self, share: Share, told: Percents) -> Share:
        """Where no N stands in the table: a count of the same thing, if in every row some N fits both, and that is no accident."""
        if share.numerator is not None or share.whole is not None or not share.percent.measure:
            return share
        for column in self.layout.counts:
            if (column.measure, column.groups) != (share.percent.measure, share.percent.groups):
                continue
            n = self.counts[self.at(column)]
            checked = told.shown & (n > 0) & (told.low > 0)
            low, _ = told.wholes(n)
            chance = np.clip(100 * n[checked] / told.low[checked] - 100 * n[checked] / told.high[checked], 0, 1)
            if checked.any() and (low[checked] >= 0).all() and float(chance.prod()) <= ACCIDENT:
                return replace(share, numerator=column)
        return share

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """(part, its whole N), each pair once: told by a percentage of both, else by the headers."""
        found: dict[tuple[int, int], None] = {}
        for share in self.shares:
            if share.numerator is not None and share.whole is not None:
                found[self.at(share.numerator), self.at(share.whole)] = None
        told = {part for part, _ in found}
        wholes = self._wholes()
        for part in self.counts:
            if part not in told and (whole := self._whole_of(part, wholes)) is not None:
                found[part, whole] = None
        return list(found)

    def other_part(self, part: int, whole: int) -> int | None:
        """The column that is all of `whole` but `part`: by arithmetic in enough rows, or in every one where their headers say so."""
        n, total = self.counts[part], self.counts[whole]
        for other, m in self.counts.items():
            if other in (part, whole):
                continue
            both = (n >= 0) & (total >= 0) & (m >= 0)
            seen, held = int(both.sum()), int((n[both] + m[both] == total[both]).sum())
            if (seen >= FEWEST_ROWS and held >= HOLDS * seen) or (held == seen and self._opposites(part, other)):
                return other
        return None

    def whole_numbers(self, which: int) -> bool:
        """Is each of a share's percentages a whole number of its N? An average of percentages hardly ever is."""
        share, told = self.shares[which], self.percents[which]
        if share.whole is None:
            return False
        whole = self.counts.get(self.at(share.whole))
        if whole is None:
            return False
        seen = told.shown & (whole > 0)
        return int((told.counts(whole, whole)[1][seen] >= 0).sum()) >= HOLDS * int(seen.sum())

    def counted(self, which: int) -> int | None:
        """The column of a share's numerator, or of the rest of its N: told, or fitting in every row."""
        share, told = self.shares[which], self.percents[which]
        if share.numerator is not None:
            return self.at(share.numerator)
        if share.whole is None or (whole := self.counts.get(self.at(share.whole))) is None:
            return None
        low, high = told.counts(whole, whole)
        for at, n in self.counts.items():
            seen = told.shown & (n >= 0) & (high >= 0)
            if at == self.at(share.whole) or not seen.any():
                continue
            if ((low <= n) & (n <= high))[seen].all() or ((whole - high <= n) & (n <= whole - low))[seen].all():
                return at
        return None

    def _wholes(self) -> list[int]:
        """The columns of which the others of a row are parts: called so, and not smaller than they are."""
        columns = self.layout.columns
        named = [at for at in self.counts if columns[at].denominator]
        return [
            whole
            for whole in named
            if all(_never_more(self.counts[at], self.counts[whole]) for at in self.counts if at not in named and self._within(at, whole))
        ]

    def _within(self, part: int, whole: int) -> bool:
        """Do their headers let one be a part of the other: is the whole of no group that the part is not of?"""
        return part != whole and set(self.layout.columns[whole].groups) <= set(self.layout.columns[part].groups)

    def _whole_of(self, part: int, wholes: Sequence[int]) -> int | None:
        """The closest whole: of the most groups in common, to the left, near. A whole is part of another if both only say people."""
        columns = self.layout.columns
        fits = [whole for whole in wholes if self._within(part, whole)]
        if columns[part].denominator:
            plain = words_of(columns[part].name) <= DENOMINATORS | PEOPLE
            fits = [it for it in fits if part in wholes and plain and _never_more(self.counts[part], self.counts[it], strictly=True)]
        if not fits:
            return None
        return max(fits, key=lambda it: (len(columns[it].groups), it < part, it if it < part else -it))

    def _opposites(self, one: int, other: int) -> bool:
        """Two groups of one kind, or a thing and not that thing, by their headers."""
        a, b = self.layout.columns[one], self.layout.columns[other]
        if a.groups and b.groups and len(a.groups) == len(b.groups) and a.measure == b.measure:
            return sum(x != y for x, y in zip(a.groups, b.groups, strict=True)) == 1
        return words_of(a.name) ^ words_of(b.name) in ({"not"}, {"non"})


def shown(layout: Layout, column: AuditColumn) -> Whole:
    """The counts of people that a column shows, one a row; -1 elsewhere."""
    there: Flags = (column.low == column.high) & (column.low >= 0) & (column.low < UNBOUNDED)
    if words_of(column.name) <= GENERIC:
        there = there & np.array([layout.counts_people(column, row) for row in range(layout.rows)], bool)
    return np.where(there, column.low, -1)


def _never_more(part: Whole, whole: Whole, *, strictly: bool = False) -> bool:
    both = (part >= 0) & (whole >= 0)
    if strictly and not (part[both] < whole[both]).any():
        return False
    return int((part[both] <= whole[both]).sum()) >= NEVER_MORE * int(both.sum())
