"""Every sum that the cells of tables make, whether or not a cell in it is hidden: what matters once more cells are.

`relations` has those in which a cell is hidden now. Sums that do not add up are left out here too.
"""

from __future__ import annotations

import numpy as np

from scanners.aggregate.layout import UNBOUNDED
from scanners.aggregate.linear import Relation
from scanners.aggregate.partitions import Counts, sums
from scanners.aggregate.relations import Notes, column_axes, dimension_axes, instances
from scanners.aggregate.structure import Structure


def every_sum(s: Structure) -> list[Relation]:
    """The sums, learned from what is shown, over all variables."""
    shown = Counts(s.low, s.high, s.state)
    free = Counts(np.zeros(len(s.low), np.int64), np.full(len(s.low), UNBOUNDED, np.int64), s.state)
    found: dict[tuple[str, int, frozenset[int]], Relation] = {}
    for axis in (*dimension_axes(s), *column_axes(s)):
        known = sums(axis, shown)
        for sum_ in known:
            for rule in instances(axis, sum_, (), free, Notes(s)):
                least, most = int(s.low[list(rule.parts)].sum()), int(s.high[list(rule.parts)].sum())
                if least > s.high[rule.whole] or (rule.kind == "sum" and most < s.low[rule.whole]):
                    continue  # it does not add up
                for relation in rule.relations:
                    found.setdefault((rule.kind, rule.whole, frozenset(rule.parts)), relation)
    return list(found.values())
