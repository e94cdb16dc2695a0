"""Groups of fewer than k: step 3 of POLICY.md's "Is a data set truly aggregate?".

0 < n < k for numerators and denominators; complements N − n where the total N stands in the row or the column; and counts that follow
from a percentage beside its N. A hidden cell (`*`, `<10`) is no small cell: whether it can be computed is asked by other steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from scanners.aggregate.cells import Cell
from scanners.aggregate.layout import AuditColumn, Layout, is_total
from scanners.aggregate.words import NO_SHARES, words_of

MINUS = " − "


@dataclass(frozen=True)
class SmallCell:
    """A cell, by its row and the name of what is counted, with the bounds of the count and the equation that shows it."""

    row: int
    column: str
    low: int
    high: int
    witness: str


def small_cells(layout: Layout, k: int) -> Iterator[SmallCell]:
    """Every cell of fewer than `k`, row by row: what is shown, then what follows from a total, then what follows from a percentage."""
    shown = {(row, c.name) for c in layout.counts for row in range(layout.rows) if _small(_count(layout, c, row), k)}
    in_columns = list(_in_columns(layout, k, shown))
    for row in range(layout.rows):
        for column in layout.counts:
            n = _count(layout, column, row)
            if n is not None and (row, column.name) in shown:
                yield SmallCell(row, column.name, n, n, f"{column.name} = {n:,}, fewer than {k:,}")
        yield from _in_row(layout, row, k)
        yield from (cell for cell in in_columns if cell.row == row)
        yield from _by_percentage(layout, row, k)


def _count(layout: Layout, column: AuditColumn, row: int) -> int | None:
    return column.cells[row].count if layout.counts_people(column, row) else None


def _small(n: int | None, k: int) -> bool:
    return n is not None and 0 < n < k


def _denominators(layout: Layout) -> list[AuditColumn]:
    """The columns of which the others of a row are parts: called so, and never smaller than they are."""
    named = [c for c in layout.counts if c.denominator]
    return [c for c in named if all(_never_more(other, c) for other in layout.counts if other is not c and other not in named)]


def _never_more(part: AuditColumn, whole: AuditColumn) -> bool:
    pairs = [(a.count, b.count) for a, b in zip(part.cells, whole.cells, strict=True)]
    return all(a <= b for a, b in pairs if a is not None and b is not None)


def _in_row(layout: Layout, row: int, k: int) -> Iterator[SmallCell]:
    """N − n within the row, where neither n nor another count shown in the row is that small group already."""
    wholes = _denominators(layout)
    shown = {_count(layout, c, row) for c in layout.counts}
    for whole in wholes[:1]:
        total = _count(layout, whole, row)
        for part in layout.counts:
            n = _count(layout, part, row)
            if part in wholes or total is None or n is None or n < k or not 0 < total - n < k or total - n in shown:
                continue
            rest = total - n
            yield SmallCell(
                row, f"{whole.name}{MINUS}{part.name}", rest, rest, f"{whole.name} {total:,}{MINUS}{part.name} {n:,} = {rest:,}"
            )


def _in_columns(layout: Layout, k: int, shown: set[tuple[int, str]]) -> Iterator[SmallCell]:
    """N − n within a column: the row that adds up less one of the rows it adds up."""
    for all_, parts in layout.totals:
        if any(is_total(c.cells[row].text) for c in layout.keys for row in parts) or len(parts) < 2:
            continue
        for column in layout.counts:
            total = _count(layout, column, all_)
            small_ones = {_count(layout, column, row) for row in parts if (row, column.name) in shown}
            if total is None or any((c := _count(layout, column, row)) is not None and c > total for row in parts):
                continue
            for row in parts:
                n = _count(layout, column, row)
                if n is not None and n >= k and 0 < total - n < k and total - n not in small_ones:
                    others = MINUS.join((" ".join(layout.key(all_)), column.name))
                    yield SmallCell(row, f"{others}", total - n, total - n, f"{total:,}{MINUS}{n:,} = {total - n:,}")


def _by_percentage(layout: Layout, row: int, k: int) -> Iterator[SmallCell]:
    """Counts that follow from a percentage beside its N: 20 students at 95 % are one child who is not."""
    shown = [n for c in layout.counts if (n := _count(layout, c, row)) is not None]
    for column, whole in _shares(layout):
        cell, total = column.cells[row], _count(layout, whole, row)
        if cell.kind not in ("percent", "number") or not total or total < k:
            continue
        low, high = _within(cell, total, _is_fraction(column))
        if any(low <= n <= high or low <= total - n <= high for n in shown):
            continue  # the count itself is shown, and judged
        for name, least, most in ((column.name, low, high), (f"100 %{MINUS}{column.name}", total - high, total - low)):
            if 0 < least <= most < k:
                yield SmallCell(row, name, least, most, f"{cell.text} of {whole.name} {total:,} is {_spell(least, most)}")


def _shares(layout: Layout) -> list[tuple[AuditColumn, AuditColumn]]:
    """Percentages that are shares of an N in their row: each must be a whole number of it. An average of percentages hardly ever is."""
    found = []
    for column in (c for c in layout.columns if c.role == "percent" and not words_of(c.name) & NO_SHARES):
        if whole := _whole_of(layout, column):
            beside = [(c, n) for row, c in enumerate(column.cells) if c.kind in ("percent", "number") and (n := whole.cells[row].count)]
            fits = [low <= high for c, n in beside for low, high in [_within(c, n, _is_fraction(column))]]
            if sum(fits) >= 0.95 * len(fits):
                found.append((column, whole))
    return found


def _whole_of(layout: Layout, percent: AuditColumn) -> AuditColumn | None:
    """The N of a percentage: the nearest column to its left that is called one, else the only count of the table."""
    position = layout.columns.index(percent)
    named = [c for c in layout.columns[:position] if c.denominator] or [c for c in layout.columns if c.denominator]
    if named:
        return named[-1] if layout.columns.index(named[-1]) < position else named[0]
    return layout.counts[0] if len(layout.counts) == 1 else None


def _is_fraction(column: AuditColumn) -> bool:
    """0.95 for 95 %: nothing above 1, and something with decimals."""
    shown = [c for c in column.cells if c.kind == "number"]
    return (
        bool(shown) and all(c.low <= 1 for c in shown) and any(c.decimals >= 2 for c in shown) and not any(c.percent for c in column.cells)
    )


def _within(cell: Cell, total: int, fraction: bool) -> tuple[int, int]:
    """The whole numbers that round to this percentage of the total; the lowest is above the highest where there is none."""
    scale = 1.0 if fraction else 100.0
    half = 0.5 * 10.0**-cell.decimals
    low = ceil((cell.low - half) * total / scale - 1e-9)
    high = floor((cell.low + half) * total / scale + 1e-9)
    return max(low, 0), min(high, total)


def _spell(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
