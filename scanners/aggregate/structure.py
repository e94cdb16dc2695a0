"""The count cells of all tables as variables: a cell is what its labels say, so one count in two tables is one variable.

A variable's identity is its members in every dimension (totals left out), what is counted, and the population: the tables that agree
wherever they show the same cell. Which variables add up is asked in `partitions`; what follows, in `disclosure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from scanners.aggregate import words as w
from scanners.aggregate.dimensions import Codes, Dimension, Dimensions, dimensions
from scanners.aggregate.families import canonical, folded, means_all
from scanners.aggregate.layout import UNBOUNDED, AuditColumn, Layout
from scanners.aggregate.rounding import Percents, percents
from scanners.aggregate.shares import Share, shares
from scanners.header import words

Flags = npt.NDArray[np.bool_]

SHOWN, HIDDEN, BLANK, IMPLIED = range(4)
"""States of a cell: a number stands there; a token; nothing; or it is the numerator of a percentage that stands there."""

EVERYBODY = frozenset(
    """total totals number num no n count counts of students student pupils pupil enrollment enrolled enrolment population cohort headcount
    all the membership learners children overall size""".split()
)
"""Words of a measure that counts whoever is in the group."""
AGREEING = 0.95
"""Of the cells that two tables both show, that must be equal for them to be about the same people."""
FEWEST_COMMON = 3
"""Cells that tables of different releases must both show, to be about the same people."""


@dataclass(frozen=True)
class Source:
    """One block of one published table."""

    table: int
    layout: Layout
    place: str = ""
    release: str = ""

    @property
    def said(self) -> str:
        """How a witness names it."""
        return self.place or self.release or f"table {self.table + 1}"


@dataclass(frozen=True)
class CountColumn:
    """A column that counts, or a percentage whose numerator stands in no column (`share`). `whole` is the position of its N."""

    block: int
    column: AuditColumn
    share: Share | None = None


@dataclass
class Shared:
    """A percentage column: the variables of its numerators and of its N, one a row (-1: none)."""

    block: int
    share: Share
    told: Percents
    numerators: Codes
    wholes: Codes


@dataclass
class Structure:
    """Cells (arrays, one entry a cell) and variables (arrays, one a variable). `of[(block, column)]` is the variable of each row, or -1.

    `codes` is variables × dimensions. Of a variable that is not `placed` two cells of one table claim the same labels, so that nothing
    can be said across rows. `loose` are the populations of tables that share no cell which both show. `made_of` are variables without a
    cell, and the parts that they are the sum of.
    """

    sources: Sequence[Source]
    dimensions: Dimensions
    columns: list[CountColumn]
    cell_column: Codes
    cell_row: Codes
    cell_low: Codes
    cell_high: Codes
    cell_state: Codes
    cell_variable: Codes
    low: Codes
    high: Codes
    state: Codes
    first: Codes
    population: Codes
    codes: Codes
    placed: Flags
    of: list[Codes]
    shared: list[Shared]
    loose: frozenset[int] = frozenset()
    notes: dict[int, list[str]] = field(default_factory=dict)
    made_of: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def address(self, cell: int) -> tuple[str, ...]:
        """A cell as its finding names it: the row's key values and the column."""
        counted = self.columns[self.cell_column[cell]]
        return (*self.sources[counted.block].layout.key(int(self.cell_row[cell])), counted.column.name)

    def table(self, cell: int) -> int:
        return self.sources[self.columns[int(self.cell_column[cell])].block].table


def structure(sources: Sequence[Source]) -> Structure | None:
    """Read the tables together; None where nothing is counted."""
    layouts = [s.layout for s in sources]
    dims = dimensions(layouts)
    shared = [shares(layout) for layout in layouts]
    columns = _columns(layouts, shared)
    if not columns:
        return None
    groups = _group_members(columns, dims)
    width = len(dims.all)
    dims.of_block = [_wider(matrix, width) for matrix in dims.of_block]
    parts = [_cells(at, c, layouts[c.block]) for at, c in enumerate(columns)]
    column, row, low, high, state = (np.concatenate([p[i] for p in parts]) for i in range(5))
    codes = np.concatenate(
        [_placed(dims.of_block[c.block], groups[at])[p[1]] for at, (c, p) in enumerate(zip(columns, parts, strict=True))]
    )
    measures = _measures(columns, groups)
    unit_of_column, units = _units(columns, measures)
    identity = _identities(codes, [len(d.labels) for d in dims.all])
    unit = np.array(unit_of_column, np.int64)[column]
    placed, notes = _unambiguous(identity, unit, low, high, units, sources)
    population, loose = _populations(identity, unit, low, high, placed, units, sources)
    populations = population[unit]
    variable, conflicts = _variables(identity, populations, placed, low, high, state)
    for cell in conflicts[:20]:
        block = columns[column[cell]].block
        what = " / ".join((*layouts[block].key(int(row[cell])), columns[column[cell]].column.name))
        notes.setdefault(sources[block].table, []).append(f"{what} is {low[cell]:,} here and another number elsewhere: not compared")
    placed[conflicts] = False
    n = int(variable.max()) + 1 if len(variable) else 0
    var_low, var_high = np.zeros(n, np.int64), np.full(n, UNBOUNDED, np.int64)
    np.maximum.at(var_low, variable, low)
    np.minimum.at(var_high, variable, high)
    var_state = np.full(n, IMPLIED, np.int64)
    np.minimum.at(var_state, variable, np.where(state == IMPLIED, IMPLIED, state))
    first = np.full(n, len(variable), np.int64)
    np.minimum.at(first, variable, np.arange(len(variable)))
    of = []
    for at, c in enumerate(columns):
        here = np.full(layouts[c.block].rows, -1, np.int64)
        mine = column == at
        here[row[mine]] = variable[mine]
        of.append(here)
    return Structure(
        sources,
        dims,
        columns,
        column,
        row,
        low,
        high,
        state,
        variable,
        var_low,
        var_high,
        var_state,
        first,
        populations[first] if n else np.zeros(0, np.int64),
        codes[first] if n else np.zeros((0, width), np.int64),
        placed[first] if n else np.zeros(0, bool),
        of,
        _shared(columns, shared, of),
        loose,
        notes,
    )


def _columns(layouts: Sequence[Layout], shared: Sequence[Sequence[Share]]) -> list[CountColumn]:
    found = []
    for block, layout in enumerate(layouts):
        found += [CountColumn(block, c) for c in layout.counts]
        found += [CountColumn(block, s.percent, s) for s in shared[block] if s.numerator is None and s.whole is not None]
    return found


def _cells(at: int, counted: CountColumn, layout: Layout) -> tuple[Codes, Codes, Codes, Codes, Codes]:
    """(column, row, low, high, state) of the cells of one column."""
    column = counted.column
    if counted.share is not None and counted.share.whole is not None:
        told = percents(column.cells, counted.share.fraction)
        low, high = told.counts(counted.share.whole.low, counted.share.whole.high)
        state = np.array(
            [{"blank": BLANK, "suppressed": HIDDEN, "number": IMPLIED, "percent": IMPLIED}.get(c.kind, BLANK) for c in column.cells],
            np.int64,
        )
        low, high = np.where(high < 0, 0, low), np.where(high < 0, UNBOUNDED, high)
        low, high = (
            np.where(counted.share.whole.low == counted.share.whole.high, low, 0),
            np.where(counted.share.whole.low == counted.share.whole.high, high, UNBOUNDED),
        )
        kept = np.array([c.kind != "label" for c in column.cells], bool) & (counted.share.whole.high >= 0)
    else:
        low, high = column.low, column.high
        blank = np.array([c.kind == "blank" for c in column.cells], bool)
        hidden = np.array([c.kind == "suppressed" for c in column.cells], bool)
        state = np.where(blank, BLANK, np.where(hidden, HIDDEN, SHOWN))
        kept = blank | (low >= 0)
        low, high = np.where(blank, 0, low), np.where(blank, UNBOUNDED, high)
        if words(column.name) and w.words_of(column.name) <= w.GENERIC:
            kept = kept & np.array([layout.counts_people(column, row) for row in range(layout.rows)], bool)
    rows = np.flatnonzero(kept)
    return np.full(len(rows), at, np.int64), rows, low[rows], high[rows], state[rows]


def _wider(matrix: Codes, width: int) -> Codes:
    return np.concatenate([matrix, np.full((len(matrix), width - matrix.shape[1]), -1, np.int64)], axis=1)


def _placed(matrix: Codes, members: dict[int, int]) -> Codes:
    """A block's rows with the members that a column's header names."""
    if not members:
        return matrix
    matrix = matrix.copy()
    for dimension, member in members.items():
        matrix[:, dimension] = member
    return matrix


def _group_members(columns: Sequence[CountColumn], dims: Dimensions) -> list[dict[int, int]]:
    """The members that each column's header names, by dimension; labels of headers may be members of another table's key."""
    found: list[dict[int, int]] = [{} for _ in columns]
    by_place: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for at, c in enumerate(columns):
        for place, label in enumerate(c.column.groups):
            if not means_all(label):
                by_place.setdefault((c.block, place), []).append((at, label))
    taken = [set(np.flatnonzero((m >= 0).any(axis=0)).tolist()) | set(t) for m, t in zip(dims.of_block, dims.totals, strict=True)]
    for (block, _place), labels in by_place.items():
        spelled = {canonical(label, "") for _, label in labels}
        overlap = [
            (len({s for s in spelled if not s.isdigit()} & set(d.codes)), -i) for i, d in enumerate(dims.all) if i not in taken[block]
        ]
        common, minus = max(overlap, default=(0, 0))
        if common:
            at_dimension = -minus
        else:
            at_dimension = len(dims.all)
            dims.all.append(Dimension())
        taken[block].add(at_dimension)
        for at, label in labels:
            found[at][at_dimension] = dims.all[at_dimension].code(canonical(label, ""), label=label)
    return found


def _measures(columns: Sequence[CountColumn], groups: Sequence[dict[int, int]]) -> list[str]:
    """What each column counts; empty: whoever is in the group."""
    said = []
    for c in columns:
        name = c.column.measure or ("" if c.column.groups else c.column.name)
        kept = [word for word in words(name.replace("%", " ")) if word not in EVERYBODY and word not in w.PERCENTAGES]
        said.append(" ".join(kept) if c.share is None else " ".join(kept) or folded(c.column.name))
    seen: dict[tuple[int, str, tuple[tuple[int, int], ...]], int] = {}
    for c, name, members in zip(columns, said, groups, strict=True):
        key = (c.block, name, tuple(sorted(members.items())))
        seen[key] = seen.get(key, 0) + 1
    return [
        folded(c.column.name) if seen[(c.block, name, tuple(sorted(members.items())))] > 1 else name
        for c, name, members in zip(columns, said, groups, strict=True)
    ]


def _units(columns: Sequence[CountColumn], measures: Sequence[str]) -> tuple[list[int], list[tuple[int, str]]]:
    """A unit is one measure of one block: (the unit of each column, the units)."""
    number: dict[tuple[int, str], int] = {}
    return [number.setdefault((c.block, m), len(number)) for c, m in zip(columns, measures, strict=True)], list(number)


def _identities(codes: Codes, sizes: Sequence[int]) -> Codes:
    identity = np.zeros(len(codes), np.int64)
    for at, size in enumerate(sizes):
        identity = np.unique(identity * (size + 1) + codes[:, at] + 1, return_inverse=True)[1].reshape(-1)
    return identity


def _unambiguous(
    identity: Codes, unit: Codes, low: Codes, high: Codes, units: Sequence[tuple[int, str]], sources: Sequence[Source]
) -> tuple[Flags, dict[int, list[str]]]:
    """Cells whose labels no other cell of their unit has with another value."""
    n = int(identity.max()) + 1 if len(identity) else 1
    key = np.unique(unit * n + identity, return_inverse=True)[1].reshape(-1)
    least, most = np.full(len(key), UNBOUNDED, np.int64), np.full(len(key), -1, np.int64)
    width_least, width_most = least.copy(), most.copy()
    np.minimum.at(least, key, low)
    np.maximum.at(most, key, low)
    np.minimum.at(width_least, key, high)
    np.maximum.at(width_most, key, high)
    twice = np.bincount(key, minlength=len(key))[key] > 1
    clear = ~twice | ((least == most)[key] & (width_least == width_most)[key] & (low == high))
    notes: dict[int, list[str]] = {}
    for at, (block, measure) in enumerate(units):
        mine = unit == at
        unclear = int((mine & ~clear).sum())
        if unclear:
            if unclear > (1 - AGREEING) * int(mine.sum()):
                clear &= ~mine
            what = f"{unclear:,} cells{f' of {measure}' if measure else ''} have the same labels as others: not compared with other rows"
            notes.setdefault(sources[block].table, []).append(what)
    return clear, notes


def _populations(
    identity: Codes, unit: Codes, low: Codes, high: Codes, placed: Flags, units: Sequence[tuple[int, str]], sources: Sequence[Source]
) -> tuple[Codes, frozenset[int]]:
    """The population of each unit: units of one measure that agree wherever both show a cell."""
    population = np.full(len(units), -1, np.int64)
    known: list[tuple[str, set[str], dict[int, int]]] = []
    loose: set[int] = set()
    shown = placed & (low == high)
    order = np.argsort(unit, kind="stable")
    edges = np.searchsorted(unit[order], np.arange(len(units) + 1))
    for at, (block, measure) in enumerate(units):
        mine = order[edges[at] : edges[at + 1]]
        mine = mine[shown[mine]]
        values = dict(zip(identity[mine].tolist(), low[mine].tolist(), strict=True)) if len(units) > 1 else {}
        release = sources[block].release
        for number, (name, releases, theirs) in enumerate(known):
            if name != measure:
                continue
            common = [(values[i], theirs[i]) for i in values if i in theirs]
            equal = sum(a == b for a, b in common)
            enough = 1 if release in releases else FEWEST_COMMON
            if len(common) >= enough and equal >= AGREEING * len(common):
                break
            if not common and release in releases:
                loose.add(number)
                break
        else:
            number = len(known)
            known.append((measure, set(), {}))
        population[at] = number
        known[number][1].add(release)
        for i, value in values.items():
            known[number][2].setdefault(i, value)
    return population, frozenset(loose)


def _variables(identity: Codes, population: Codes, placed: Flags, low: Codes, high: Codes, state: Codes) -> tuple[Codes, list[int]]:
    """(the variable of each cell, the cells that contradict an earlier one of the same labels): those get a variable of their own."""
    n = int(identity.max()) + 1 if len(identity) else 1
    key = np.where(placed, population * n + identity, -1 - np.arange(len(identity)))
    number = np.unique(key, return_inverse=True)[1].reshape(-1)
    least, most = np.zeros(len(key), np.int64), np.full(len(key), UNBOUNDED, np.int64)
    np.maximum.at(least, number, low)
    np.minimum.at(most, number, high)
    broken = (least > most)[number]
    conflicts = np.flatnonzero(broken)
    if len(conflicts):
        key[conflicts] = -1 - len(identity) - conflicts
        number = np.unique(key, return_inverse=True)[1].reshape(-1)
    seen, back = np.unique(number, return_index=True)
    rank = np.empty(len(seen), np.int64)
    rank[np.argsort(back, kind="stable")] = np.arange(len(seen))
    return rank[number], conflicts.tolist()


def _shared(columns: Sequence[CountColumn], shared: Sequence[Sequence[Share]], of: Sequence[Codes]) -> list[Shared]:
    by_column = {id(c.column): at for at, c in enumerate(columns)}
    found = []
    for block, mine in enumerate(shared):
        for share in mine:
            numerator = share.percent if share.numerator is None else share.numerator
            if share.whole is None or id(share.whole) not in by_column or id(numerator) not in by_column:
                continue
            told = percents(share.percent.cells, share.fraction)
            found.append(Shared(block, share, told, of[by_column[id(numerator)]], of[by_column[id(share.whole)]]))
    return found
