"""Relations as a sparse matrix of whole numbers: one row a relation (two where a coefficient is no short fraction), known variables put in.

Everything that is proven later is proven over these rows, in arithmetic without rounding. What a row says is never more than what its
relation says: a coefficient that no short fraction hits is rounded so that the row allows more. How bounds follow from rows is elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain
from math import inf, lcm

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LARGEST = 2.0**50
"""Whole numbers up to here add and divide in floating point without error. What is larger is taken as unbounded."""
DECIMALS = range(1, 10)
NEAR = 1e-6
"""How far a coefficient times a power of ten may be from a whole number: what floating point does to `67.3 / 100`."""
LARGEST_DENOMINATOR = 10**6


@dataclass(frozen=True, slots=True)
class Relation:
    """low ≤ Σ coefficients × variables ≤ high; an equation where low == high. Either end may be infinite."""

    variables: tuple[int, ...]
    coefficients: tuple[float, ...]
    low: float
    high: float


@dataclass(frozen=True)
class System:
    """Row r, over unknown variables only: `low[r]` ≤ Σ `coefficients` × `variables` of entries `starts[r]` … `starts[r + 1]` ≤ `high[r]`.

    `relation[r]` is the position of the relation that the row comes from, `scale[r]` what that was multiplied by, `equation[r]` whether it
    was an equation as given (a row can become one when its ends are rounded). No row is empty.
    `width` is the number of all variables. `broken` are the relations that cannot hold whatever the unknown are.
    """

    width: int
    starts: Ints
    variables: Ints
    coefficients: Ints
    low: Floats
    high: Floats
    relation: Ints
    scale: Floats
    equation: Flags
    broken: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.low)

    @cached_property
    def row_of(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(self.rows), np.diff(self.starts))

    @cached_property
    def by_variable(self) -> tuple[Ints, Ints]:
        """Rows of each variable: the rows in the order of the variables, and where each variable's begin."""
        order = np.argsort(self.variables, kind="stable")
        counts = np.bincount(self.variables, minlength=self.width)
        return self.row_of[order], np.concatenate(([0], np.cumsum(counts)))

    def row(self, at: int) -> tuple[list[int], list[int]]:
        part = slice(self.starts[at], self.starts[at + 1])
        return self.variables[part].tolist(), self.coefficients[part].tolist()

    def rows_of(self, variables: Ints) -> Ints:
        """The rows, each once, that hold any of these variables."""
        rows, starts = self.by_variable
        return np.unique(rows[ranges(starts[variables], starts[variables + 1])])

    def entries(self, rows: Ints) -> Ints:
        return ranges(self.starts[rows], self.starts[rows + 1])


def ranges(begins: Ints, ends: Ints) -> Ints:
    """begin … end − 1 of each pair, one after the other."""
    counts = ends - begins
    total = int(counts.sum())
    if not total:
        return np.zeros(0, np.int64)
    offsets = np.repeat(begins - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    return np.arange(total) + offsets


def system(low: Ints | Floats, high: Ints | Floats, relations: Sequence[Relation]) -> System:
    """The rows of these relations, the variables with low == high put in. A ValueError where a relation is none."""
    sizes = np.fromiter((len(it.variables) for it in relations), np.int64, len(relations))
    if any(len(it.coefficients) != len(it.variables) for it in relations):
        raise ValueError("a relation needs one coefficient for each of its variables")
    total = int(sizes.sum())
    variables = np.fromiter(chain.from_iterable(it.variables for it in relations), np.int64, total)
    values = np.fromiter(chain.from_iterable(it.coefficients for it in relations), np.float64, total)
    if total and (variables.min() < 0 or variables.max() >= len(low)):
        raise ValueError(f"a relation names a variable that is none of the {len(low)}")
    floor = np.fromiter((it.low for it in relations), np.float64, len(relations))
    top = np.fromiter((it.high for it in relations), np.float64, len(relations))
    if not np.isfinite(values).all() or np.isnan(floor).any() or np.isnan(top).any():
        raise ValueError("a relation's numbers must be numbers; only its ends may be infinite")
    whole = _Whole(sizes, variables, values, floor, top, np.arange(len(relations)))
    return _simplest(*_without_known(whole.made(), low, high), len(low))


@dataclass
class _Rows:
    row: Ints
    variable: Ints
    coefficient: Ints
    low: Floats
    high: Floats
    relation: Ints
    scale: Floats
    equation: Flags


class _Whole:
    """Relations multiplied so that their coefficients are whole numbers."""

    def __init__(self, sizes: Ints, variables: Ints, values: Floats, low: Floats, high: Floats, relation: Ints) -> None:
        self.row = np.repeat(np.arange(len(sizes)), sizes)
        self.variables, self.values, self.low, self.high, self.relation = variables, values, low, high, relation
        self.scale = np.zeros(len(sizes))
        self.sizes = sizes

    def made(self) -> _Rows:
        for places in (0, *DECIMALS):
            factor = 10.0**places
            off = np.abs(self.values * factor - np.rint(self.values * factor)) > (0 if places == 0 else NEAR)
            off |= np.abs(self.values * factor) > LARGEST_DENOMINATOR**2
            bad = np.bincount(self.row[off], minlength=len(self.sizes)) > 0
            self.scale[(self.scale == 0) & ~bad] = factor
            if (self.scale > 0).all():
                break
        hard = np.flatnonzero(self.scale == 0)
        scaled = self.values * self.scale[self.row]
        rows = _Rows(
            self.row,
            self.variables,
            np.rint(scaled).astype(np.int64),
            self.low * self.scale,
            self.high * self.scale,
            self.relation,
            self.scale,
            self.low == self.high,
        )
        return self._with_hard(rows, hard) if len(hard) else rows

    def _with_hard(self, rows: _Rows, hard: Ints) -> _Rows:
        """Relations with thirds and the like, one by one; where a coefficient is no short fraction, a row for each end."""
        entry: list[int] = []
        coefficient: list[int] = []
        row: list[int] = []
        low: list[float] = []
        high: list[float] = []
        relation: list[int] = []
        scale: list[float] = []

        def add(entries: Sequence[int], factors: Sequence[int], at: int, ends: tuple[float, float], by: float) -> None:
            row.extend([len(self.sizes) + len(low)] * len(entries))
            entry.extend(entries)
            coefficient.extend(factors)
            low.append(ends[0])
            high.append(ends[1])
            relation.append(int(self.relation[at]))
            scale.append(by)

        starts = np.concatenate(([0], np.cumsum(self.sizes)))
        for at in hard.tolist():
            entries = list(range(starts[at], starts[at + 1]))
            values = self.values[entries].tolist()
            if fractions := _fractions(values):
                times = lcm(*(it.denominator for it in fractions))
                add(entries, [int(it * times) for it in fractions], at, (self.low[at] * times, self.high[at] * times), times)
                continue
            times = LARGEST_DENOMINATOR
            exact = [Fraction(it) * times for it in values]
            add(entries, [-(-it.numerator // it.denominator) for it in exact], at, (self.low[at] * times, inf), times)
            add(entries, [it.numerator // it.denominator for it in exact], at, (-inf, self.high[at] * times), times)
        easy = ~np.isin(rows.row, hard)
        took = np.array(entry, np.int64)
        ends = np.isin(np.arange(len(self.sizes)), hard)
        return _Rows(
            np.concatenate((rows.row[easy], np.array(row, np.int64))),
            np.concatenate((rows.variable[easy], self.variables[took])),
            np.concatenate((rows.coefficient[easy], np.array(coefficient, np.int64))),
            np.concatenate((np.where(ends, -inf, rows.low), low)),
            np.concatenate((np.where(ends, inf, rows.high), high)),
            np.concatenate((rows.relation, np.array(relation, np.int64))),
            np.concatenate((rows.scale, scale)),
            np.concatenate((rows.equation & ~ends, np.array(low) == np.array(high))),
        )


def _fractions(values: Sequence[float]) -> list[Fraction]:
    """The short fractions that these numbers are, up to floating point; empty where one is none."""
    found = [Fraction(it).limit_denominator(1_000) for it in values]
    good = all(abs(float(it) - value) <= 1e-13 * max(1.0, abs(value)) for it, value in zip(found, values, strict=True))
    return found if good and lcm(*(it.denominator for it in found)) <= LARGEST_DENOMINATOR else []


def _without_known(rows: _Rows, low: Ints | Floats, high: Ints | Floats) -> tuple[_Rows, Flags]:
    """Known variables moved to the rows' ends, a variable named twice in a row added up. Ends are whole numbers afterwards.

    Also flags rows whose numbers are too large to be exact: they say nothing.
    """
    count = len(rows.low)
    known = low[rows.variable] == high[rows.variable]
    moved = rows.coefficient[known].astype(np.float64) * low[rows.variable[known]]
    shift = np.bincount(rows.row[known], moved, minlength=count)
    size = np.bincount(rows.row[known], np.abs(moved), minlength=count)
    room = NEAR * np.maximum(1.0, rows.scale / 10**6)
    rows.low = np.ceil(rows.low - np.where(rows.scale == 1, 1e-9, room)) - shift
    rows.high = np.floor(rows.high + np.where(rows.scale == 1, 1e-9, room)) - shift
    rows.low[np.abs(rows.low) > LARGEST] = -inf
    rows.high[np.abs(rows.high) > LARGEST] = inf
    large = size > LARGEST
    rows.low[large], rows.high[large] = -inf, inf
    row, variable, coefficient = rows.row[~known], rows.variable[~known], rows.coefficient[~known]
    order = np.lexsort((variable, row))
    row, variable, coefficient = row[order], variable[order], coefficient[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (variable[1:] != variable[:-1])
    if not first.all():
        coefficient = np.add.reduceat(coefficient, np.flatnonzero(first)) if len(row) else coefficient
        row, variable = row[first], variable[first]
    there = coefficient != 0
    rows.row, rows.variable, rows.coefficient = row[there], variable[there], coefficient[there]
    return rows, (rows.low > 0) | (rows.high < 0)


def _simplest(rows: _Rows, wants: Flags, width: int) -> System:
    """Rows divided by what their coefficients share, their ends rounded inward; empty rows gone, those that cannot hold told."""
    counts = np.bincount(rows.row, minlength=len(rows.low))
    filled = counts > 0
    broken = wants & ~filled
    filled &= np.isfinite(rows.low) | np.isfinite(rows.high)
    keep = filled[rows.row]
    starts = np.concatenate(([0], np.cumsum(counts[filled])))
    low, high, scale, coefficient = rows.low[filled], rows.high[filled], rows.scale[filled], rows.coefficient[keep]
    if len(low):
        shared = np.gcd.reduceat(np.abs(coefficient), starts[:-1])
        coefficient = coefficient // np.repeat(shared, counts[filled])
        low, high, scale = np.ceil(low / shared), np.floor(high / shared), scale / shared
    parity = low > high
    told = set(rows.relation[broken].tolist()) | set(rows.relation[filled][parity].tolist())
    made = System(
        width, starts, rows.variable[keep], coefficient, low, high, rows.relation[filled], scale, rows.equation[filled], tuple(sorted(told))
    )
    return without(made, np.isin(made.relation, list(told))) if told else made


def without(whole: System, dropped: Flags) -> System:
    """The system without the rows flagged."""
    keep = np.flatnonzero(~dropped)
    entries = whole.entries(keep)
    starts = np.concatenate(([0], np.cumsum(np.diff(whole.starts)[keep])))
    return System(
        whole.width,
        starts,
        whole.variables[entries],
        whole.coefficients[entries],
        whole.low[keep],
        whole.high[keep],
        whole.relation[keep],
        whole.scale[keep],
        whole.equation[keep],
        whole.broken,
    )


def subsystem(whole: System, rows: Ints) -> tuple[System, Ints]:
    """These rows over their own variables alone, and which those are."""
    entries = whole.entries(rows)
    variables, local = np.unique(whole.variables[entries], return_inverse=True)
    starts = np.concatenate(([0], np.cumsum(whole.starts[rows + 1] - whole.starts[rows])))
    part = System(
        len(variables),
        starts,
        local,
        whole.coefficients[entries],
        whole.low[rows],
        whole.high[rows],
        whole.relation[rows],
        whole.scale[rows],
        whole.equation[rows],
    )
    return part, variables


def reduced(whole: System, low: Floats, high: Floats) -> System:
    """What these bounds leave open: fixed variables put in, rows gone that the bounds imply. `relation` is the row of `whole`.

    `broken` are rows of `whole` that cannot hold.
    """
    rows = _Rows(
        whole.row_of,
        whole.variables,
        whole.coefficients,
        whole.low.copy(),
        whole.high.copy(),
        np.arange(whole.rows),
        np.ones(whole.rows),
        whole.equation,
    )
    made = _simplest(*_without_known(rows, low, high), whole.width)
    return without(made, _implied(made, low, high)) if made.rows else made


def _implied(made: System, low: Floats, high: Floats) -> Flags:
    factors = made.coefficients.astype(np.float64)
    at_low, at_high = factors * low[made.variables], factors * high[made.variables]
    with np.errstate(invalid="ignore"):
        least = np.add.reduceat(np.minimum(at_low, at_high), made.starts[:-1])
        most = np.add.reduceat(np.maximum(at_low, at_high), made.starts[:-1])
    implied: Flags = (least >= made.low) & (most <= made.high)
    return implied


def components(whole: System) -> Ints:
    """A number for each variable, shared by those that rows connect: the least variable of the component."""
    label = np.arange(whole.width)
    if not whole.rows:
        return label
    while True:
        least = np.minimum.reduceat(label[whole.variables], whole.starts[:-1])
        new = label.copy()
        np.minimum.at(new, whole.variables, least[whole.row_of])
        np.minimum.at(new, label[whole.variables], least[whole.row_of])
        while True:
            jumped = new[new]
            if (jumped == new).all():
                break
            new = jumped
        if (new == label).all():
            return label
        label = new
