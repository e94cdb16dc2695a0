"""Which whole numbers fit a percentage: counts from a percentage and its N, and N from a count and its percentage.

Arithmetic over arrays, one entry a row. It knows nothing of what may be shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanners.aggregate.cells import Cell
from scanners.aggregate.layout import UNBOUNDED

Whole = npt.NDArray[np.int64]
"""Counts of people, one a row; -1 where nothing is known."""
Flags = npt.NDArray[np.bool_]

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Percents:
    """A column of percentages as intervals in percent, rounding included; NaN where a cell says nothing.

    `shown`: one percentage stands there. `coded`: a bound (`>95%`) or a range (`21-40%`), of which `open_low` and `open_high` say that this
    end is not reached.
    `decimals`: to how many the column was rounded, in the column's own unit.
    """

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    shown: Flags
    coded: Flags
    open_low: Flags
    open_high: Flags
    decimals: int

    def counts(self, whole_low: Whole, whole_high: Whole) -> tuple[Whole, Whole]:
        """Bounds of the numerator, from bounds of N; -1 where either is not known or no whole number fits."""
        known = ~np.isnan(self.low) & (whole_low >= 0) & (whole_high >= 0)
        least = np.where(known, self.low, 0.0) / 100 * np.where(known, whole_low, 0)
        most = np.where(known, self.high, 0.0) / 100 * np.where(known, whole_high, 0)
        slack = TOLERANCE * np.maximum(1.0, np.abs(most))
        low = np.where(self.open_low, np.floor(least + slack) + 1, np.ceil(least - slack))
        high = np.where(self.open_high, np.ceil(most - slack) - 1, np.floor(most + slack))
        low, high = np.maximum(low, 0).astype(np.int64), np.minimum(high, np.maximum(whole_high, 0)).astype(np.int64)
        fits = known & (low <= high)
        return np.where(fits, low, -1), np.where(fits, high, -1)

    def wholes(self, part: Whole) -> tuple[Whole, Whole]:
        """Bounds of N, from a numerator above 0 and its percentage; -1 where not known or no whole number fits."""
        known = ~np.isnan(self.low) & self.shown & (part > 0) & (part < UNBOUNDED)
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.ceil(np.where(known, part / (self.high / 100), 0.0) - TOLERANCE)
            high = np.where(self.low > 0, np.floor(part / (self.low / 100) + TOLERANCE), UNBOUNDED)
        high = np.minimum(np.where(known, high, -1), UNBOUNDED)
        low = np.maximum(np.where(known, low, -1), np.where(known, part, -1))
        fits = known & (low <= high)
        return np.where(fits, low, -1).astype(np.int64), np.where(fits, high, -1).astype(np.int64)


def percents(cells: Sequence[Cell], fraction: bool) -> Percents:
    """A column's cells as intervals. `fraction`: 0.95 is written for 95 %."""
    unit = 100.0 if fraction else 1.0
    common = _common_decimals(cells)
    known: dict[int, tuple[float, float, bool, bool, bool, bool]] = {}
    rows = [known.get(id(c)) or known.setdefault(id(c), _interval(c, unit, common)) for c in cells]
    low, high, shown, coded, open_low, open_high = (np.array(side) for side in zip(*rows, strict=True)) if rows else (np.array([]),) * 6
    return Percents(
        low.astype(float), high.astype(float), shown.astype(bool), coded.astype(bool), open_low.astype(bool), open_high.astype(bool), common
    )


def _common_decimals(cells: Sequence[Cell]) -> int:
    """To how many decimals a column was rounded: `28` beside `27.9` has lost its zero, unless the column writes zeros (`28.0`)."""
    shown = {id(c): c for c in cells if c.kind in ("number", "percent")}.values()
    if any(c.decimals and c.text.rstrip("% \t").endswith("0") for c in shown):
        return 0
    found = Counter(c.decimals for c in shown if c.decimals)
    return found.most_common(1)[0][0] if found else 0


def _interval(cell: Cell, unit: float, common: int) -> tuple[float, float, bool, bool, bool, bool]:
    """(low, high, shown, coded, open below, open above) of one cell, in percent."""
    if cell.kind in ("number", "percent"):
        half = 0.5 * 10.0 ** -max(cell.decimals, common)
        return (cell.low - half) * unit, (cell.low + half) * unit, True, False, False, False
    if cell.kind != "suppressed" or not cell.percent:
        return np.nan, np.nan, False, False, False, False
    if cell.high > 1:  # `>95%` stands among fractions too
        unit = 1.0
    bottom, top = cell.low * unit, min(cell.high * unit, 100.0)
    if bottom > 0 and top < 100:  # a range of percentages that were rounded first
        return bottom - 0.5, top + 0.5, False, True, False, False
    return bottom, top, False, bottom > 0 or top < 100, cell.open and top >= 100, cell.open and bottom <= 0
