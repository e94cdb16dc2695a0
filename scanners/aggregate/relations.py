"""The sums, parts and shares of a structure as relations between its variables; what does not add up is left out and noted.

A relation with one open cell and a known whole is a bound at once (`Bounds`); the rest goes to the solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Literal

import numpy as np

from scanners.aggregate.dimensions import Codes
from scanners.aggregate.families import means_all
from scanners.aggregate.layout import UNBOUNDED
from scanners.aggregate.linear import Relation
from scanners.aggregate.partitions import HOLDING, MOST_DENSE, Axis, Counts, Sum, beyond, sums
from scanners.aggregate.structure import BLANK, Flags, Shared, Structure

MOST_NOTES = 50
"""Of one table; the rest is counted."""
FEWEST_SHOWN = 3
MOST_ALIGNED = 4_000_000
"""Contexts × members up to which each member keeps a column of its own."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`sum`: whole = Σ parts. `disjoint`: whole ≥ Σ parts. `part`: the one part is at most the whole. `share`: part / whole is in `ratio`.

    `text` is the percentage as it stands in the table.
    """

    kind: Literal["sum", "disjoint", "part", "share"]
    whole: int
    parts: tuple[int, ...]
    ratio: tuple[float, float] = (0.0, 1.0)
    text: str = ""

    @property
    def relations(self) -> tuple[Relation, ...]:
        if self.kind == "share":
            below = () if self.ratio[0] <= 0 else (Relation((self.parts[0], self.whole), (1.0, -self.ratio[0]), 0.0, inf),)
            return (*below, Relation((self.parts[0], self.whole), (1.0, -self.ratio[1]), -inf, 0.0))
        return (Relation((self.whole, *self.parts), (1.0, *(-1.0 for _ in self.parts)), 0.0, 0.0 if self.kind == "sum" else inf),)


@dataclass
class Bounds:
    """Bounds of every variable that follow from one rule and a known number, and the rules that say so."""

    low: Codes
    high: Codes
    low_rule: dict[int, Rule] = field(default_factory=dict)
    high_rule: dict[int, Rule] = field(default_factory=dict)

    def at_least(self, variable: int, value: int, rule: Rule) -> None:
        if self.low[variable] < value <= self.high[variable]:
            self.low[variable] = value
            self.low_rule[variable] = rule

    def at_most(self, variable: int, value: int, rule: Rule) -> None:
        if self.low[variable] <= value < self.high[variable]:
            self.high[variable] = value
            self.high_rule[variable] = rule


@dataclass
class Related:
    """All that is known: the bounds, the rules for the solver, and of each table what does not add up."""

    bounds: Bounds
    rules: list[Rule]
    notes: dict[int, list[str]]


def relate(s: Structure) -> Related:
    """Learn how the cells add up, and apply it where a cell is hidden."""
    bounds = Bounds(s.low.copy(), s.high.copy())
    counts = Counts(bounds.low, bounds.high, s.state)
    rules: dict[tuple[str, int, frozenset[int]], Rule] = {}
    notes = Notes(s)
    shares = list(_shares(s, bounds))
    axes = [*dimension_axes(s), *column_axes(s)]
    learned = [(axis, sums(axis, counts)) for axis in axes]
    for rule in shares:
        rules.setdefault((rule.kind + rule.text, rule.whole, frozenset(rule.parts)), rule)
    for axis, known in learned:
        for sum_ in known:
            for rule in instances(axis, sum_, beyond(sum_, known), counts, notes):
                rules.setdefault((rule.kind, rule.whole, frozenset(rule.parts)), rule)
    for axis in axes:
        if axis.said or axis.firm:
            for rule in _parts(axis, counts, bounds):
                rules.setdefault((rule.kind, rule.whole, frozenset(rule.parts)), rule)
    for rule in _parts_of_columns(s, bounds):
        rules.setdefault((rule.kind, rule.whole, frozenset(rule.parts)), rule)
    return Related(bounds, list(rules.values()), notes.by_table())


# -- axes --------------------------------------------------------------------------------------------------------------------


def dimension_axes(s: Structure) -> Iterator[Axis]:
    """Each dimension, within everything else; and, where its members fix another (a school its district), across that one as well."""
    sizes = [len(d.labels) for d in s.dimensions.all]
    usable = np.flatnonzero(s.placed)
    for d, size in enumerate(sizes):
        if size < 2:
            continue
        fixed = s.dimensions.determines.get(d, ())
        for n in range(len(fixed) + 1):
            dropped = fixed[:n]
            sure = all((d, e) in s.dimensions.surely for e in dropped)
            if (axis := _axis(s, usable, d, dropped, sizes, sure)) is not None:
                yield axis


def _axis(s: Structure, usable: Codes, d: int, dropped: Sequence[int], sizes: Sequence[int], sure: bool) -> Axis | None:
    codes = s.codes[usable]
    whole: Flags = np.all(codes[:, [d, *dropped]] < 0, axis=1)
    if dropped:
        kept = np.flatnonzero(whole | (codes[:, [d, *dropped]] >= 0).all(axis=1))
        usable, codes, whole = usable[kept], codes[kept], whole[kept]
    if not len(usable):
        return None
    context = s.population[usable].copy()
    for at, size in enumerate(sizes):
        if at == d or at in dropped:
            continue
        context = np.unique(context * (size + 1) + codes[:, at] + 1, return_inverse=True)[1].reshape(-1)
    context = np.unique(context, return_inverse=True)[1].reshape(-1)
    cells = np.bincount(context)
    parts = np.bincount(context, weights=~whole)
    wholes = np.bincount(context, weights=whole)
    member = np.where(whole, 0, codes[:, d] + 1)
    labels = tuple(s.dimensions.all[d].labels)
    many = sizes[d] > MOST_DENSE and sizes[d] * len(cells) > MOST_ALIGNED
    good = (cells >= 2) & (parts >= 1) & (wholes >= 1 if many or dropped else True)
    keep = good[context]
    if not keep.any():
        return None
    usable, context, member = usable[keep], context[keep], member[keep]
    context = np.unique(context, return_inverse=True)[1].reshape(-1)
    if many:  # the parts of a context side by side, whichever they are
        order = np.lexsort((member, context))
        usable, context, member = usable[order], context[order], member[order]
        start = np.searchsorted(context, np.arange(context.max() + 1))
        has_whole = np.bincount(context, weights=member == 0).astype(np.int64)
        member = np.where(member == 0, 0, np.arange(len(context)) - start[context] - has_whole[context] + 1)
    width = int(member.max())
    matrix = np.full((int(context.max()) + 1, max(width, len(labels) if not many else 0) + 1), -1, np.int64)
    matrix[context, member] = usable
    group = np.zeros(len(matrix), np.int64)
    group[context] = s.population[usable]
    said = any(d in totals for totals in s.dimensions.totals) or _total_column_beside(s, d)
    firm = sure and not (set(np.unique(group).tolist()) & s.loose)
    return Axis(labels, matrix, group, said, firm)


def _total_column_beside(s: Structure, d: int) -> bool:
    """Is there a column called total in a table whose headers name members of the dimension?"""
    headed = {c.block for at, c in enumerate(s.columns) if c.column.groups and _heads(s, at, d)}
    return any(c.block in headed and not c.column.groups and means_all(c.column.name) for c in s.columns)


def _heads(s: Structure, column: int, d: int) -> bool:
    variables = s.of[column][s.of[column] >= 0]
    block = s.columns[column].block
    return len(variables) > 0 and bool((s.dimensions.of_block[block][:, d] < 0).all() and (s.codes[variables, d] >= 0).any())


def column_axes(s: Structure) -> Iterator[Axis]:
    """The counts of one row, of all blocks with the same columns."""
    blocks: dict[tuple[str, ...], list[list[int]]] = {}
    for block in range(len(s.sources)):
        mine = [at for at, c in enumerate(s.columns) if c.block == block]
        if len(mine) >= 2:
            blocks.setdefault(tuple(s.columns[at].column.name for at in mine), []).append(mine)
    for same in blocks.values():
        columns = [s.columns[at] for at in same[0]]
        whole = next((i for i, c in enumerate(columns) if means_all(c.column.name)), -1)
        whole = whole if whole >= 0 else next((i for i, c in enumerate(columns) if c.column.denominator), -1)
        order = [i for i in range(len(columns)) if i != whole]
        stacked = np.concatenate([np.stack([s.of[at] for at in mine], axis=1) for mine in same])
        first = stacked[:, [whole]] if whole >= 0 else np.full((len(stacked), 1), -1, np.int64)
        matrix = np.concatenate([first, stacked[:, order]], axis=1)
        labels = tuple(" ".join(columns[i].column.groups) or columns[i].column.name for i in order)
        said = whole >= 0 and means_all(columns[whole].column.name)
        yield Axis(labels, matrix, np.zeros(len(matrix), np.int64), said, True)


# -- rules -------------------------------------------------------------------------------------------------------------------


class Notes:
    """What does not add up, by table, each with its place."""

    def __init__(self, s: Structure) -> None:
        self.structure = s
        self.found: dict[int, dict[str, None]] = {}

    def add(self, whole: int, parts: int, total: int) -> None:
        cell = int(self.structure.first[whole])
        place = " / ".join(self.structure.address(cell))
        text = f"{place} is {total:,}, but its parts add up to {parts:,}: this total is not trusted"
        self.found.setdefault(self.structure.table(cell), {}).setdefault(text)

    def by_table(self) -> dict[int, list[str]]:
        notes = {table: list(texts) for table, texts in self.structure.notes.items()}
        for table, texts in self.found.items():
            kept = list(texts)[:MOST_NOTES]
            if len(texts) > MOST_NOTES:
                kept.append(f"{len(texts) - MOST_NOTES:,} more totals do not add up")
            notes.setdefault(table, []).extend(kept)
        return notes


def instances(axis: Axis, sum_: Sum, others: Sequence[int], counts: Counts, notes: Notes) -> Iterator[Rule]:
    """The sum in every context in which a cell is hidden, and in which `others` (members that it leaves out) are nobody."""
    w, p = axis.matrix[:, sum_.whole], axis.matrix[:, list(sum_.parts)]
    rows = (w >= 0) & (p >= 0).any(axis=1) & np.isin(axis.group, list(sum_.groups))
    o = axis.matrix[:, list(others)]
    shown = counts.low[o] == counts.high[o]
    rows &= ((o < 0) | (~shown & (counts.state[o] == BLANK)) | (shown & (counts.low[o] == 0))).all(axis=1)
    w, p = w[rows], p[rows]
    there = p >= 0
    low, high = np.where(there, counts.low[p], 0), np.where(there, counts.high[p], 0)
    open_ = low != high
    blank = there & open_ & (counts.state[p] == BLANK)
    if sum_.zeros:
        there &= ~blank
        low, high, open_ = np.where(blank, 0, low), np.where(blank, 0, high), open_ & ~blank
    least, most = low.sum(axis=1), np.minimum(high.sum(axis=1), UNBOUNDED)
    whole_open = counts.low[w] != counts.high[w]
    equation = np.full(len(w), sum_.complete) & (there.all(axis=1) | sum_.zeros) & there.any(axis=1)
    broken = (least > counts.high[w]) | (equation & (most < counts.low[w]))
    for row in np.flatnonzero(broken).tolist():
        notes.add(int(w[row]), int(least[row]), int(counts.low[w[row]]))
    for row in np.flatnonzero((open_.any(axis=1) | whole_open) & ~broken).tolist():
        parts = tuple(p[row][there[row]].tolist())
        if parts:
            yield Rule("sum" if equation[row] else "disjoint", int(w[row]), parts)


def _parts(axis: Axis, counts: Counts, bounds: Bounds) -> Iterator[Rule]:
    """No member is more than everybody, where no context that shows both says otherwise."""
    w = axis.matrix[:, 0]
    for member in range(1, axis.matrix.shape[1]):
        p = axis.matrix[:, member]
        rows = (w >= 0) & (p >= 0)
        yield from _no_more(w[rows], p[rows], axis.group[rows], counts, bounds, said=axis.said)


def _parts_of_columns(s: Structure, bounds: Bounds) -> Iterator[Rule]:
    """No numerator is more than its N."""
    counts = Counts(bounds.low, bounds.high, s.state)
    wholes: dict[int, dict[int, None]] = {}
    for shared in s.shared:
        rows = (shared.numerators >= 0) & (shared.wholes >= 0)
        w, p = shared.wholes[rows], shared.numerators[rows]
        yield from _no_more(w, p, np.zeros(len(w), np.int64), counts, bounds, said=True)
    for at, c in enumerate(s.columns):
        if c.column.denominator and not c.column.groups:
            wholes.setdefault(c.block, {}).setdefault(at)
    for block, denominators in wholes.items():
        others = [at for at, c in enumerate(s.columns) if c.block == block and at not in denominators]
        for whole in list(denominators)[:1]:
            for at in others:
                rows = (s.of[whole] >= 0) & (s.of[at] >= 0)
                w, p = s.of[whole][rows], s.of[at][rows]
                yield from _no_more(w, p, np.zeros(len(w), np.int64), counts, bounds, said=means_all(s.columns[whole].column.name))


def _no_more(w: Codes, p: Codes, group: Codes, counts: Counts, bounds: Bounds, *, said: bool) -> Iterator[Rule]:
    if not len(w):
        return
    broken = counts.low[p] > counts.high[w]
    shown = (counts.low[p] == counts.high[p]) & (counts.low[w] == counts.high[w])
    for g in np.unique(group).tolist():
        mine = group == g
        if broken[mine].any() and broken[mine].sum() > (1 - HOLDING) * max(shown[mine].sum(), 1):
            continue
        if not said and shown[mine].sum() < FEWEST_SHOWN:
            continue
        open_ = mine & ~broken & ((counts.low[p] != counts.high[p]) | (counts.low[w] != counts.high[w]))
        for whole, part in zip(w[open_].tolist(), p[open_].tolist(), strict=True):
            if whole == part:
                continue
            rule = Rule("part", whole, (part,))
            if counts.low[whole] == counts.high[whole]:
                bounds.at_most(part, int(counts.high[whole]), rule)
            elif counts.low[part] == counts.high[part]:
                bounds.at_least(whole, int(counts.low[part]), rule)
            else:
                yield rule


def _shares(s: Structure, bounds: Bounds) -> Iterator[Rule]:
    """What a percentage tells of a hidden numerator, or of a hidden N."""
    for shared in s.shared:
        usable = np.flatnonzero((shared.numerators >= 0) & (shared.wholes >= 0) & ~np.isnan(shared.told.low))
        w, p = shared.wholes[usable], shared.numerators[usable]
        some = (s.low[p] != s.high[p]) | (s.low[w] != s.high[w])
        least, most = shared.told.counts(*_of(s, shared))
        for row in usable[some].tolist():
            yield from _share(shared, row, s, bounds, int(least[row]), int(most[row]))


def _of(s: Structure, shared: Shared) -> tuple[Codes, Codes]:
    there = shared.wholes >= 0
    fixed = there & (s.low[shared.wholes] == s.high[shared.wholes])
    return np.where(fixed, s.low[shared.wholes], -1), np.where(fixed, s.high[shared.wholes], -1)


def _share(shared: Shared, row: int, s: Structure, bounds: Bounds, least: int, most: int) -> Iterator[Rule]:
    whole, part = int(shared.wholes[row]), int(shared.numerators[row])
    low, high = float(shared.told.low[row]) / 100, float(shared.told.high[row]) / 100
    rule = Rule("share", whole, (part,), (max(low, 0.0), min(high, 1.0)), shared.share.percent.cells[row].text)
    if s.low[whole] == s.high[whole]:
        if most >= 0:
            bounds.at_least(part, least, rule)
            bounds.at_most(part, most, rule)
    else:
        yield rule
