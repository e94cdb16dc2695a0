"""What a percentage is a share of: its whole N and its numerator, by name and by arithmetic.

A name is believed where the numbers of nearly every row agree, or where no row shows all three. Knows nothing of groups' sizes or of what
follows from a percentage: that is `small_cells`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from scanners.aggregate import words as w
from scanners.aggregate.headers import Header
from scanners.aggregate.headers import read as header_of
from scanners.aggregate.layout import UNBOUNDED, AuditColumn, Layout, is_total

HOLDS = 0.95
"""Of the rows that show percentage, numerator and whole: those in which they must agree."""
FEWEST_ROWS = 3
"""Rows that must agree where no name tells."""
MOST_ROWS = 4_000
"""Rows that are looked at where every pair of columns is tried."""
MOST_TRIED = 60
"""Columns of counts among which numerator and whole are looked for without a name."""
_EDGE = 1e-6

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Share:
    """`percent` = `numerator` / `whole`, where these stand in the table. `fraction`: 0.95 is written for 95 %."""

    percent: AuditColumn
    numerator: AuditColumn | None
    whole: AuditColumn | None
    fraction: bool


_known: WeakKeyDictionary[Layout, list[Share]] = WeakKeyDictionary()


def shares(layout: Layout) -> list[Share]:
    """One for each percentage of the table, in the order of its columns."""
    if layout not in _known:
        table = _Table(layout)
        _known[layout] = [table.share(column) for column in layout.columns if column.role == "percent"]
    return _known[layout]


def is_fraction(column: AuditColumn) -> bool:
    """0.95 for 95 %: nothing above 1, something with decimals, no percent sign. Of what is rare, `0.5` may be half a percent."""
    shown = {id(c): c for c in column.cells if c.kind in ("number", "percent") or c.percent}.values()
    numbers = [c for c in shown if c.kind == "number"]
    if not numbers or any(c.kind == "percent" or "%" in c.text for c in shown) or not all(0 <= c.low <= 1 for c in numbers):
        return False
    least = 2 if w.words_of(column.name) & w.RARE else 1
    return any(c.decimals >= least and c.low != int(c.low) for c in numbers) or any(c.decimals >= 2 for c in numbers)


class _Table:
    """The columns of a table as numbers, NaN where none is shown."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.headers = {id(c): header_of(c.name) for c in layout.columns}
        self.place = {id(c): i for i, c in enumerate(layout.columns)}
        self.counts = {id(c): _shown(c) for c in layout.counts}
        self.told_totals = {label: is_total(label) for key in layout.keys for label in {c.text for c in key.cells}}

    def share(self, percent: AuditColumn) -> Share:
        fraction = is_fraction(percent)
        if w.words_of(percent.name) & w.NO_SHARES:
            return Share(percent, None, None, fraction)
        low, high = _interval(percent, 100.0 if fraction else 1.0)
        numerators = list(self._numerators(percent))
        wholes = list(self._wholes(percent))
        for numerator in numerators:
            for whole in wholes:
                if whole is not numerator and self._agree(numerator, whole, low, high, least=1):
                    return Share(percent, numerator, whole, fraction)
        for numerator in (*numerators, *(c for c in wholes if c.groups == percent.groups and c not in numerators)):
            if self._of_column(numerator, low, high):
                return Share(percent, numerator, None, fraction)
        if pair := self._by_arithmetic(numerators, wholes, low, high, percent):
            return Share(percent, *pair, fraction)
        only = [c for c in self.layout.counts if c not in wholes and c.groups == percent.groups]
        if len(only) == 1:  # nothing else can be the numerator
            for whole in wholes:
                if self._agree(only[0], whole, low, high, least=1):
                    return Share(percent, only[0], whole, fraction)
        return self._unproven(percent, numerators, wholes, low, high, fraction)

    def _unproven(
        self, percent: AuditColumn, numerators: list[AuditColumn], wholes: list[AuditColumn], low: Numbers, high: Numbers, fraction: bool
    ) -> Share:
        """By name alone where no row shows all three; a whole alone where each percentage is a whole number of it."""
        for numerator in numerators:
            for whole in wholes:
                if whole is not numerator and not self._seen(numerator, whole, low).any():
                    return Share(percent, numerator, whole, fraction)
        for whole in wholes:
            if whole not in numerators and self._whole_numbers(whole, low, high):
                return Share(percent, None, whole, fraction)
        if not wholes and len(numerators) == 1 and self._whole_numbers(numerators[0], low, high):
            return Share(percent, None, numerators[0], fraction)
        return Share(percent, None, None, fraction)

    # -- by name -----------------------------------------------------------------------------------------------------------

    def _numerators(self, percent: AuditColumn) -> Iterator[AuditColumn]:
        """Counts of the same thing in the same groups, the nearest first; then such as share the words for it."""
        own = _core(percent.measure)
        same = [
            c for c in self.layout.counts if c.groups == percent.groups and c.measure == percent.measure and not self._is_base(c, percent)
        ]
        alike = [c for c in self.layout.counts if c not in same and own and c.groups == percent.groups and _core(c.measure) == own]
        yield from sorted(same, key=lambda c: self._distance(c, percent))
        yield from sorted(alike, key=lambda c: self._distance(c, percent))

    def _is_base(self, column: AuditColumn, percent: AuditColumn) -> bool:
        """A bare `N` beside a bare `%` is the whole, where another column could not be."""
        return column.denominator and not _core(percent.measure) and "n" in self.headers[id(column)].said

    def _wholes(self, percent: AuditColumn) -> Iterator[AuditColumn]:
        """Counts that the header names (`% of cohort`), then those that are called totals of the same groups or of fewer."""
        header: Header = self.headers[id(percent)]
        base = _core(header.base)
        if base:
            named = [c for c in self.layout.counts if base <= _words(c.measure) and set(c.groups) <= set(percent.groups)]
            yield from sorted(named, key=lambda c: (-len(c.groups), len(c.measure.split()), self._distance(c, percent)))
        rest = [c for c in self.layout.counts if c.denominator and set(c.groups) <= set(percent.groups)]
        yield from sorted(rest, key=lambda c: (-len(c.groups), self.place[id(c)] > self.place[id(percent)], self._distance(c, percent)))
        if not base and not rest and len(self.layout.counts) == 1:
            yield self.layout.counts[0]

    def _distance(self, a: AuditColumn, b: AuditColumn) -> int:
        return abs(self.place[id(a)] - self.place[id(b)])

    # -- by arithmetic -----------------------------------------------------------------------------------------------------

    def _by_arithmetic(
        self, numerators: list[AuditColumn], wholes: list[AuditColumn], low: Numbers, high: Numbers, percent: AuditColumn
    ) -> tuple[AuditColumn, AuditColumn] | None:
        """The pair that agrees in the rows; a pair of which one is named first, the nearest first."""
        if np.isnan(low).all() or len(self.layout.counts) > MOST_TRIED:
            return None
        near = sorted(self.layout.counts, key=lambda c: self._distance(c, percent))
        tried: dict[tuple[int, int], None] = {}
        for some, others in ((numerators, near), (near, wholes), (near, near)):
            for numerator in some:
                for whole in others:
                    if numerator is whole or (id(numerator), id(whole)) in tried:
                        continue
                    tried[id(numerator), id(whole)] = None
                    if self._agree(numerator, whole, low, high, least=FEWEST_ROWS):
                        return numerator, whole
        return None

    def _seen(self, numerator: AuditColumn, whole: AuditColumn, low: Numbers) -> npt.NDArray[np.bool_]:
        seen: npt.NDArray[np.bool_] = ~np.isnan(low) & ~np.isnan(self.counts[id(numerator)]) & (self.counts[id(whole)] > 0)
        return seen

    def _agree(self, numerator: AuditColumn, whole: AuditColumn, low: Numbers, high: Numbers, least: int) -> bool:
        rows = np.flatnonzero(self._seen(numerator, whole, low))[:MOST_ROWS]
        if len(rows) < least:
            return False
        part, total = self.counts[id(numerator)][rows], self.counts[id(whole)][rows]
        if least >= FEWEST_ROWS and (len(np.unique(part / total)) < FEWEST_ROWS or not (high[rows] - low[rows] < 100).all()):
            return False
        quotient = 100.0 * part / total
        return bool(((low[rows] - _EDGE <= quotient) & (quotient <= high[rows] + _EDGE)).sum() >= HOLDS * len(rows))

    def _whole_numbers(self, whole: AuditColumn, low: Numbers, high: Numbers) -> bool:
        """Is each percentage a whole number of this count? An average of percentages hardly ever is."""
        total = self.counts[id(whole)]
        rows = np.flatnonzero(~np.isnan(low) & (total > 0))
        fits = np.floor(high[rows] * total[rows] / 100 + _EDGE) >= np.ceil(low[rows] * total[rows] / 100 - _EDGE)
        return bool(fits.sum() >= HOLDS * len(rows))

    def _of_column(self, numerator: AuditColumn, low: Numbers, high: Numbers) -> bool:
        """Is each percentage the row's part of the column, of its total row or of all rows with the same other labels?"""
        counts, keys = self.counts[id(numerator)], self.layout.keys
        if not keys or self.layout.rows > MOST_ROWS:
            return False
        for position in range(len(keys)):
            groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for row in range(self.layout.rows):
                groups[tuple(k.cells[row].text.casefold() for i, k in enumerate(keys) if i != position)].append(row)
            seen = held = 0
            for rows in groups.values():
                total, parts = self._total(rows, keys[position], counts)
                if not total or len(parts) < 2:
                    continue
                for row in rows:
                    if not np.isnan(counts[row]) and not np.isnan(low[row]):
                        seen += 1
                        held += bool(low[row] - _EDGE <= 100 * counts[row] / total <= high[row] + _EDGE)
            if seen >= 2 and held >= HOLDS * seen:
                return True
        return False

    def _total(self, rows: Sequence[int], key: AuditColumn, counts: Numbers) -> tuple[float, list[int]]:
        """The count of all, and the rows that are parts of it."""
        all_ = [row for row in rows if self.told_totals[key.cells[row].text]]
        parts = [row for row in rows if row not in all_]
        if len(all_) == 1 and not np.isnan(counts[all_[0]]):
            return float(counts[all_[0]]), parts
        added = float(np.sum(counts[parts])) if parts else 0.0
        return (0.0 if np.isnan(added) else added), parts


def _shown(column: AuditColumn) -> Numbers:
    there = (column.low == column.high) & (column.low >= 0) & (column.low < UNBOUNDED)
    return np.where(there, column.low.astype(float), np.nan)


def _interval(column: AuditColumn, unit: float) -> tuple[Numbers, Numbers]:
    """What each shown percentage was before it was rounded, in percent, NaN elsewhere. A zero at the end may have been dropped."""
    shown = {id(c): c for c in column.cells if c.kind in ("number", "percent")}
    kept = any(c.decimals and c.text.rstrip("% \t").endswith("0") for c in shown.values())
    decimals = sorted(c.decimals for c in shown.values() if c.decimals)
    common = decimals[len(decimals) // 2] if decimals and not kept else 0
    ends = {key: (c.low * unit, 0.5 * unit * 10.0 ** -max(c.decimals, common)) for key, c in shown.items()}
    middle = np.array([ends.get(id(c), (np.nan, 0.0)) for c in column.cells], float).reshape(-1, 2)
    return middle[:, 0] - middle[:, 1], middle[:, 0] + middle[:, 1]


def _words(text: str) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in text.split())


def _core(text: str) -> frozenset[str]:
    """The words that say what is counted, beside those for people."""
    return _words(text) - {"student", "pupil", "number", "of", "the", "all", "who", "were", "are"}
