"""Totals that no table shows, but that tie tables together: Male + Female of a school is what its grades add up to as well.

Only groups that are everybody by their names make such a total. It becomes a variable without a cell: nothing is ever found of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scanners.aggregate.families import families
from scanners.aggregate.layout import UNBOUNDED
from scanners.aggregate.partitions import MOST_DENSE
from scanners.aggregate.structure import HIDDEN, Structure


def add_totals(s: Structure) -> None:
    """Give the structure a variable for every total that is missing beside a plain partition whose parts are all there."""
    for d, dimension in enumerate(s.dimensions.all):
        if not 2 <= len(dimension.labels) <= MOST_DENSE:
            continue
        plain = [f.members for f in families(dimension.labels) if f.plain]
        if plain:
            _add(s, d, list(_missing(s, d, plain)))


def _missing(s: Structure, d: int, partitions: list[tuple[int, ...]]) -> Iterator[tuple[list[int], int, int]]:
    """(the parts, bounds of their sum) for each context without a total."""
    usable = np.flatnonzero(s.placed)
    codes = s.codes[usable].copy()
    member = codes[:, d].copy()
    codes[:, d] = -1
    context = s.population[usable].copy()
    for at in range(codes.shape[1]):
        column = codes[:, at] + 1
        context = np.unique(context * (int(column.max(initial=0)) + 1) + column, return_inverse=True)[1].reshape(-1)
    if not len(context):
        return
    has_total = np.bincount(context, weights=member < 0) > 0
    open_ = ~has_total[context]
    contexts: dict[int, dict[int, int]] = {}
    for v, c, m in zip(usable[open_].tolist(), context[open_].tolist(), member[open_].tolist(), strict=True):
        contexts.setdefault(c, {})[m] = v
    for variables in contexts.values():
        low, high = 0, UNBOUNDED
        parts: list[int] = []
        for members in partitions:
            mine = [variables[m] for m in members if m in variables]
            if len(mine) == len(members):
                low = max(low, sum(int(s.low[v]) for v in mine))
                high = min(high, sum(int(s.high[v]) for v in mine))
                parts = parts or mine
        if parts and low <= high:
            yield parts, low, high


def _add(s: Structure, d: int, totals: list[tuple[list[int], int, int]]) -> None:
    if not totals:
        return
    like = np.array([parts[0] for parts, _, _ in totals], np.int64)
    codes = s.codes[like].copy()
    codes[:, d] = -1
    s.made_of |= {len(s.low) + at: tuple(parts) for at, (parts, _, _) in enumerate(totals)}
    s.low = np.append(s.low, [low for _, low, _ in totals])
    s.high = np.append(s.high, [high for _, _, high in totals])
    s.state = np.append(s.state, np.full(len(like), HIDDEN, np.int64))
    s.first = np.append(s.first, s.first[like])
    s.population = np.append(s.population, s.population[like])
    s.codes = np.concatenate([s.codes, codes])
    s.placed = np.append(s.placed, np.ones(len(like), bool))
