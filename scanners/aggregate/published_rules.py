"""How far the published rules let a percentage be told, by the size of its group: POLICY.md, last line of "Is a data set truly aggregate?".

300 and more 99/1 · 100–299 98/2 · 40–99 95/5 · 20–39 90/10 · 10–19 80/20: of a group of 20 no percentage above 90 or below 10 is told
closer than that (`>90%`, `<10%`). Ranges in between (`21-40%`) keep to the rule where they are as wide as its ends. Smaller groups have
none. Here belong the rules and the coded cells that are finer; what a percentage says that is shown belongs to `small_cells`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scanners.aggregate.layout import UNBOUNDED, Layout
from scanners.aggregate.rounding import percents
from scanners.aggregate.shares import shares

RULES = ((300, 1), (100, 2), (40, 5), (20, 10), (10, 20))
"""(smallest N, percentage points at either end that are told as one)."""
EDGE = 1e-9


@dataclass(frozen=True)
class Coded:
    """A coded percentage that tells more than the rule for its N: `low` and `high` bound the count that it is of N."""

    row: int
    column: str
    low: int
    high: int
    witness: str

    @property
    def exact(self) -> bool:
        return self.low == self.high


def end(n: int) -> int | None:
    """The percentage points at either end that are told as one in a group of `n`; None: the group is too small for any percentage."""
    return next((points for least, points in RULES if n >= least), None)


def keeps(low: float, high: float, n: int) -> bool:
    """Does a percentage told as `low` … `high` keep to the rule for a group of `n`?"""
    points = end(n)
    if points is None:
        return low <= EDGE and high >= 100 - EDGE
    return high - low >= points - EDGE


def code(percentage: float, n: int) -> str | None:
    """What the rule writes for a percentage of a group of `n`: `>=90%`, `<=10%`, `*` where it has no rule; None: it may stand."""
    points = end(n)
    if points is None:
        return "*"
    if percentage >= 100 - points:
        return f">={100 - points}%"
    return f"<={points}%" if percentage <= points else None


def finer_than_allowed(layout: Layout, width: int) -> Iterator[Coded]:
    """Coded percentages beside their N that break its rule and leave few counts: high − low < `width`. Without N nothing follows."""
    for share in shares(layout):
        if share.whole is None:
            continue
        whole = share.whole
        told = percents(share.percent.cells, share.fraction)
        known = (whole.low == whole.high) & (whole.low > 0) & (whole.high < UNBOUNDED) & told.coded
        if share.numerator is not None:  # the count itself is shown
            known &= ~((share.numerator.low == share.numerator.high) & (share.numerator.low >= 0))
        low, high = told.counts(whole.low, whole.high)
        for row in np.flatnonzero(known & (high >= 0) & (high - low < width)).tolist():
            n, least, most = int(whole.low[row]), int(low[row]), int(high[row])
            if not keeps(float(told.low[row]), float(told.high[row]), n):
                is_ = f"exactly {least:,}" if least == most else f"between {least:,} and {most:,}"
                witness = f"{share.percent.cells[row].text} of {whole.name} {n:,} is {is_}"
                yield Coded(row, share.percent.name, least, most, witness)
