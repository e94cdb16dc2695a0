"""Counts that no cell shows but a percentage gives away: with its N, with its numerator, with others of one hidden N.

A part of step 3; what is small among them is told as `SmallCell`s. Coded percentages (`>95%`) belong to `published_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scanners.aggregate.parts import HOLDS, Parts
from scanners.aggregate.rounding import Whole
from scanners.aggregate.small_cell import MINUS, SmallCell, between, spell

ALL = f"100 %{MINUS}"
LARGEST_TRIED = 60
"""The largest hidden N for which every N is tried against the percentages of its row."""


def by_percentage(parts: Parts, k: int) -> Iterator[SmallCell]:
    """The numerator and the rest of N: 20 students at 95 % are one child who is not."""
    wholes = _wholes(parts)
    for which, (share, told) in enumerate(zip(parts.shares, parts.percents, strict=True)):
        if share.whole is None or not parts.whole_numbers(which):
            continue
        at, whole = parts.at(share.percent), parts.at(share.whole)
        total_low, total_high = wholes[whole]
        low, high = told.counts(total_low, total_high)
        seen = told.shown & (high >= 0) & (total_high > 0) & ((total_low >= k) | (total_low < total_high))
        counted = parts.counted(which)
        if counted is not None:  # shown, and judged
            seen &= parts.counts[counted] < 0
        same = parts.at(share.numerator) if share.numerator is not None else None
        sides = ((parts.names[at], low, high, same), (f"{ALL}{parts.names[at]}", total_low - high, total_high - low, None))
        for name, least, most, hidden in sides:
            for row in np.flatnonzero(seen & (least > 0) & (most < k)).tolist():
                bounds = int(least[row]), int(most[row])
                n = spell(int(total_low[row]), int(total_high[row]))
                witness = f"{share.percent.cells[row].text} of {share.whole.name} {n}: {between(*bounds)}"
                if hidden is None:
                    witness = f"{witness}{' are not' if name.startswith(ALL) else ''}"
                same_as = (row, hidden) if hidden is not None and parts.is_hidden(row, hidden) else None
                yield SmallCell(row, name, *bounds, witness, ((row, at), (row, whole)), same_as)
    yield from _hidden_wholes(parts, wholes, k)


def _wholes(parts: Parts) -> dict[int, tuple[Whole, Whole]]:
    """Bounds of each whole N: shown, or of a token (`<10`) less every N that does not fit the percentages of its row."""
    found = {}
    for at in {parts.at(s.whole) for s in parts.shares if s.whole is not None}:
        column, n = parts.layout.columns[at], parts.counts.get(at, np.full(parts.layout.rows, -1))
        mine = [told for share, told in zip(parts.shares, parts.percents, strict=True) if share.whole is column]
        tried = (n < 0) & (column.low >= 0) & (column.low < column.high) & (column.high <= LARGEST_TRIED)
        tried &= np.any([told.shown for told in mine], axis=0)
        low, high = n.copy(), n.copy()
        for size in range(1, int(column.high[tried].max()) + 1 if tried.any() else 1):
            this = np.full(parts.layout.rows, size)
            fits = tried & (column.low <= size) & (size <= column.high)
            for told in mine:
                fits &= ~told.shown | (told.counts(this, this)[1] >= 0)
            low, high = np.where(fits & (low < 0), size, low), np.where(fits, size, high)
        found[at] = low, high
    return found


def _hidden_wholes(parts: Parts, wholes: dict[int, tuple[Whole, Whole]], k: int) -> Iterator[SmallCell]:
    """A hidden N that its percentages give away: of fewer than 10, only 6 has a third and a half."""
    for at, (low, high) in wholes.items():
        column = parts.layout.columns[at]
        mine = [(share, told) for share, told in zip(parts.shares, parts.percents, strict=True) if share.whole is column]
        hidden = parts.counts[at] < 0 if at in parts.counts else np.full(parts.layout.rows, True)
        for row in np.flatnonzero(hidden & (low == high) & (low > 0) & (low < k)).tolist():
            beside = [share.percent for share, told in mine if told.shown[row]]
            said = " and ".join(c.cells[row].text for c in beside)
            n = int(low[row])
            witness = f"{column.name} {column.cells[row].text}: only {n:,} gives {said}"
            yield SmallCell(row, column.name, n, n, witness, tuple((row, parts.at(c)) for c in beside), (row, at))


def by_numerator(parts: Parts, k: int) -> Iterator[SmallCell]:
    """The rest of an N that is not shown but follows: 57 at 95 % are 57 of 60, and three are not."""
    for share, told in zip(parts.shares, parts.percents, strict=True):
        if share.numerator is None or (n := parts.counts.get(parts.at(share.numerator))) is None:
            continue
        low, high = told.wholes(n)
        checked = told.shown & (n > 0)
        if int((low[checked] >= 0).sum()) < HOLDS * int(checked.sum()):
            continue
        at, part = parts.at(share.percent), parts.at(share.numerator)
        unseen = (low >= 0) & (n >= k)
        if share.whole is not None and (whole := parts.counts.get(parts.at(share.whole))) is not None:
            unseen &= whole < 0
        least, most = low - n, high - n
        for row in np.flatnonzero(unseen & (least > 0) & (most < k)).tolist():
            bounds, of = (int(least[row]), int(most[row])), spell(int(low[row]), int(high[row]))
            witness = f"{parts.names[part]} {n[row]:,} at {share.percent.cells[row].text} is {n[row]:,} of {of}: {between(*bounds)} are not"
            yield SmallCell(row, f"{ALL}{parts.names[at]}", *bounds, witness, ((row, at), (row, part)))
