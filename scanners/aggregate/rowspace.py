"""Which variables do the equations alone determine, whatever the bounds? Exact: a unit vector in the row space, with the combination.

First equations that have one unknown left, one after the other; then elimination in whole numbers in what remains. Which variables an
elimination determines is tried on a random vector of the kernel (a determined variable is zero in all of them), and each one that passes is
proven by its combination. The shortest combination that a linear program finds is taken: a person has to follow it.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, inf
from time import monotonic

import numpy as np

from scanners.aggregate.propagate import Multipliers, Number, ratio
from scanners.aggregate.simplex import Simplex
from scanners.aggregate.system import Flags, Ints, System, components, ranges, subsystem

PRIME = 2**61 - 1
SHORT = 2
"""Combinations up to here are not shortened."""
MOST_TO_SHORTEN = 4_000
"""Equations of a component in which shorter combinations are looked for."""


def determined(whole: System, deadline: float = inf) -> dict[int, Multipliers]:
    """Variable → the rows and multipliers that add up to it alone, for each variable that the equations determine.

    After the deadline (of `time.monotonic`) components are left out.
    """
    equations = np.flatnonzero(whole.equation & (whole.low == whole.high))
    found, open_rows = _peeled(whole, equations)
    for rows in _cyclic(whole, open_rows, found):
        if monotonic() > deadline:
            break
        found |= _of_component(whole, rows, found, deadline)
    return found


def _peeled(whole: System, equations: Ints) -> tuple[dict[int, Multipliers], Ints]:
    """What equations with one unknown give, over and over; and the equations that still have unknowns."""
    known = np.zeros(whole.width, bool)
    chosen = np.zeros(whole.rows, bool)
    chosen[equations] = True
    left = np.zeros(whole.rows, np.int64)
    left[equations] = np.diff(whole.starts)[equations]
    rest = np.bincount(whole.row_of, whole.variables.astype(np.float64), minlength=whole.rows).astype(np.int64)
    found: dict[int, Multipliers] = {}
    ready = equations[left[equations] == 1]
    while len(ready):
        ready = ready[np.lexsort((np.diff(whole.starts)[ready], rest[ready]))]
        variables, first = np.unique(rest[ready], return_index=True)
        for at, row in zip(variables.tolist(), ready[first].tolist(), strict=True):
            found[at] = _solved(whole, row, at, found)
        known[variables] = True
        rows, starts = whole.by_variable
        counts = starts[variables + 1] - starts[variables]
        touched = rows[ranges(starts[variables], starts[variables + 1])]
        np.subtract.at(left, touched, 1)
        np.subtract.at(rest, touched, np.repeat(variables, counts))
        touched = np.unique(touched)
        ready = touched[chosen[touched] & (left[touched] == 1)]
    return found, equations[left[equations] > 1]


def _solved(whole: System, row: int, variable: int, found: Mapping[int, Multipliers]) -> Multipliers:
    """The row solved for this variable, the others put in."""
    variables, factors = whole.row(row)
    mine = factors[variables.index(variable)] if len(variables) > 1 else factors[0]
    total: Multipliers = {}
    for at, factor in zip(variables, factors, strict=True):
        if at != variable:
            for other, by in found[at].items():
                total[other] = total.get(other, 0) - by * ratio(factor, mine)
    total[row] = total.get(row, 0) + ratio(1, mine)
    return {at: by for at, by in total.items() if by}


def _cyclic(whole: System, rows: Ints, found: Mapping[int, Multipliers]) -> list[Ints]:
    """The equations left, by component; without those in which no two rows share two ways: there nothing is determined."""
    if not len(rows):
        return []
    part, variables = subsystem(whole, rows)
    known = np.isin(variables, np.fromiter(found, np.int64, len(found)))
    open_entries = ~known[part.variables]
    unknown = _unknown_only(part, open_entries)
    label = components(unknown)
    of_row = label[unknown.variables[unknown.starts[:-1]]]
    entries = np.bincount(label[unknown.variables], minlength=part.width)
    nodes = np.bincount(label[~known], minlength=part.width) + np.bincount(of_row, minlength=part.width)
    order = np.argsort(of_row, kind="stable")
    of_row, rows = of_row[order], rows[order]
    groups = np.split(rows, np.flatnonzero(np.diff(of_row)) + 1)
    labels = [of_row[0], *of_row[1:][np.diff(of_row) > 0]]
    kept = [group for group, it in zip(groups, labels, strict=True) if entries[it] >= nodes[it]]
    return sorted(kept, key=len)


def _unknown_only(part: System, entries: Flags) -> System:
    counts = np.add.reduceat(entries.astype(np.int64), part.starts[:-1])
    starts = np.concatenate(([0], np.cumsum(counts)))
    return System(
        part.width,
        starts,
        part.variables[entries],
        part.coefficients[entries],
        part.low,
        part.high,
        part.relation,
        part.scale,
        part.equation,
    )


def _of_component(whole: System, rows: Ints, known: Mapping[int, Multipliers], deadline: float) -> dict[int, Multipliers]:
    equations = []
    for at in rows.tolist():
        variables, factors = whole.row(at)
        equations.append({it: factor for it, factor in zip(variables, factors, strict=True) if it not in known})
    shorter = _Shorter(equations, deadline) if len(rows) <= MOST_TO_SHORTEN else None
    found = {}
    for variable, combination in _eliminated(equations, deadline).items():
        if shorter and len(combination) > SHORT and monotonic() < deadline:
            combination = shorter.combination(variable, combination)
        total: Multipliers = {}
        for at, by in combination.items():
            row = int(rows[at])
            total[row] = total.get(row, 0) + by
            for it, factor in zip(*whole.row(row), strict=True):
                for other, times in known.get(it, {}).items():
                    total[other] = total.get(other, 0) - by * factor * times
        found[variable] = {at: by for at, by in total.items() if by}
    return found


Row = dict[int, int]
"""Variable → factor; −1 − position of an equation → its multiplier."""


def _eliminated(equations: Sequence[Mapping[int, int]], deadline: float) -> dict[int, Multipliers]:
    """Variables that these equations determine: position of an equation → multiplier. Sparse elimination, shortest rows first."""
    rows: list[Row] = [{**it, -1 - at: 1} for at, it in enumerate(equations)]
    holds: dict[int, set[int]] = {}
    for at, row in enumerate(equations):
        for variable in row:
            holds.setdefault(variable, set()).add(at)
    heap = [(len(row), at) for at, row in enumerate(rows)]
    heapq.heapify(heap)
    order: list[tuple[int, int]] = []
    done = [False] * len(rows)
    while heap:
        size, at = heapq.heappop(heap)
        if done[at] or size != len(rows[at]):
            continue
        done[at] = True
        row = rows[at]
        mine = [it for it in row if it >= 0]
        if not mine:
            continue
        if monotonic() > deadline:
            return {}
        pivot = min(mine, key=lambda it: (len(holds[it]), abs(row[it]), it))
        order.append((at, pivot))
        for variable in mine:
            holds[variable].discard(at)
        for other in sorted(holds[pivot]):
            _clear(rows, holds, other, row, pivot)
            heapq.heappush(heap, (len(rows[other]), other))
    return _proven(rows, order)


def _clear(rows: list[Row], holds: dict[int, set[int]], at: int, by: Row, pivot: int) -> None:
    """Take the pivot out of a row."""
    row = rows[at]
    shared = gcd(row[pivot], by[pivot])
    mine, others = by[pivot] // shared, row[pivot] // shared
    new = {it: mine * factor for it, factor in row.items()} if mine != 1 else dict(row)
    for it, factor in by.items():
        value = new.get(it, 0) - others * factor
        if value:
            new[it] = value
            if it >= 0:
                holds[it].add(at)
        else:
            del new[it]
            if it >= 0:
                holds[it].discard(at)
    divisor = gcd(*new.values())
    rows[at] = {it: factor // divisor for it, factor in new.items()} if divisor > 1 else new


def _proven(rows: Sequence[Row], order: Sequence[tuple[int, int]]) -> dict[int, Multipliers]:
    dice = random.Random(PRIME)
    kernel: dict[int, int] = {}
    pivots = {pivot for _, pivot in order}
    for at, pivot in reversed(order):
        for it in rows[at]:
            if it >= 0 and it not in pivots and it not in kernel:
                kernel[it] = dice.randrange(1, PRIME)
        total = sum(factor * kernel[it] for it, factor in rows[at].items() if it >= 0 and it != pivot)
        kernel[pivot] = -total * pow(rows[at][pivot], -1, PRIME) % PRIME
    row_of = {pivot: at for at, pivot in order}
    place = {pivot: number for number, (_, pivot) in enumerate(order)}
    found: dict[int, Multipliers] = {}
    for at, pivot in reversed(order):
        if kernel[pivot]:
            continue
        row = {it: Fraction(factor) for it, factor in rows[at].items()}
        while waiting := [it for it in row if it >= 0 and it != pivot and it in row_of]:
            other = min(waiting, key=place.__getitem__)
            if other in found:
                times, more = row.pop(other), {-1 - it: by for it, by in found[other].items()}
            else:
                times = row[other] / rows[row_of[other]][other]
                more = {it: Fraction(factor) for it, factor in rows[row_of[other]].items()}
            for it, factor in more.items():
                row[it] = row.get(it, Fraction(0)) - times * factor
                if not row[it]:
                    del row[it]
        if sum(it >= 0 for it in row) == 1:
            found[pivot] = {-1 - it: _simple(factor / row[pivot]) for it, factor in row.items() if it < 0}
    return found


def _simple(number: Fraction) -> Number:
    return ratio(number.numerator, number.denominator)


class _Shorter:
    """Short combinations of equations: of those that give the variable alone, the one whose multipliers' sizes add up to least."""

    def __init__(self, equations: Sequence[Mapping[int, int]], deadline: float) -> None:
        self._equations, self._deadline = equations, deadline
        self._model: Simplex | None = None
        self._rows = {variable: at for at, variable in enumerate(sorted({it for row in equations for it in row}))}

    def combination(self, variable: int, known: Multipliers) -> Multipliers:
        """One with fewer equations than the known one, or that."""
        model = self._model = self._model or self._made()
        at, count = self._rows[variable], len(self._equations)
        model.row(at, 1.0, 1.0)
        status = model.run(dict.fromkeys(range(2 * count), 1.0))
        values = model.values()
        model.row(at, 0.0, 0.0)
        if status != "optimal":
            return known
        weights = values[:count] - values[count:]
        found: Multipliers = {
            it: _simple(Fraction(weights[it]).limit_denominator(1_000)) for it in np.flatnonzero(np.abs(weights) > 1e-7).tolist()
        }
        return found if len(found) < len(known) and self._gives(found, variable) else known

    def _gives(self, combination: Multipliers, variable: int) -> bool:
        total: Multipliers = {}
        for at, by in combination.items():
            for it, factor in self._equations[at].items():
                total[it] = total.get(it, 0) + by * factor
        return {it for it, by in total.items() if by} == {variable} and total[variable] == 1

    def _made(self) -> Simplex:
        """A row for each variable: what the equations' multipliers, positive and negative parts, add up to of it."""
        count = len(self._equations)
        entries = sorted((self._rows[it], at, factor) for at, row in enumerate(self._equations) for it, factor in row.items())
        table = np.array(entries, np.int64)
        row, column, factor = (np.concatenate((part, part)) for part in table.T)
        column[len(entries) :] += count
        factor[len(entries) :] *= -1
        order = np.argsort(row, kind="stable")
        starts = np.searchsorted(row[order], np.arange(len(self._rows) + 1))
        zeros = np.zeros(len(self._rows))
        return Simplex(
            starts,
            column[order],
            factor[order].astype(np.float64),
            (zeros, zeros),
            (np.zeros(2 * count), np.full(2 * count, np.inf)),
            self._deadline,
        )
