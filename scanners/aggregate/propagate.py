"""Bounds from single rows, over and over until nothing moves, and which row moved what: the proof of each bound.

A row bounds each of its variables by what the others can be at least and at most. All rows whose variables moved are looked at together,
so hundreds of thousands of totals take a few passes over arrays. What several rows must be combined for is elsewhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

import numpy as np

from scanners.aggregate.system import LARGEST, Floats, Ints, System, subsystem

MOST_MOVES = 60
"""Of one bound: two rows can lower each other's bounds by one for ever. What is left then is for the linear program."""
LOW, HIGH = 0, 1

Number = int | Fraction
Multipliers = dict[int, Number]
"""Row → what it is multiplied by."""


def ratio(number: int, by: int) -> Number:
    """Exact; a whole number as int, which adds ten times as fast."""
    return Fraction(number, by) if number % by else number // by


@dataclass(frozen=True, slots=True)
class Proof:
    """Rows with multipliers from which a bound follows, and the bounds of other variables that go into it.

    `rest` is the variable minus the sum of the rows: (variable, factor), each bounded by what was known before.
    """

    rows: Mapping[int, Number]
    rest: tuple[tuple[int, Number], ...] = ()


@dataclass
class Bounds:
    """The bounds of all variables, and how each came about. `high` is infinite where nothing bounds it."""

    low: Floats
    high: Floats
    turn: int = 0
    moves: list[tuple[int, int, Ints, Ints]] = field(default_factory=list)
    """(turn, side, variables, rows) of each pass."""
    proofs: dict[tuple[int, int], list[tuple[int, int | Proof]]] = field(default_factory=dict)
    """What moved a bound, by (variable, side), oldest first: (turn, row or proof)."""
    read: int = 0

    def history(self, variable: int, side: int) -> list[tuple[int, int | Proof]]:
        for turn, moved, variables, rows in self.moves[self.read :]:
            for at, row in zip(variables.tolist(), rows.tolist(), strict=True):
                self.proofs.setdefault((at, moved), []).append((turn, row))
        self.read = len(self.moves)
        return self.proofs.get((variable, side), [])

    def move(self, variable: int, side: int, value: float, proof: Proof) -> None:
        """A bound that something else has proven."""
        self.history(variable, side)
        self.turn += 1
        self.proofs.setdefault((variable, side), []).append((self.turn, proof))
        (self.high if side else self.low)[variable] = value

    def forget(self, variables: Ints, low: Floats, high: Floats) -> None:
        """Back to these bounds: what proved the others is no longer trusted."""
        self.history(0, LOW)
        self.low[variables], self.high[variables] = low[variables], high[variables]
        for at in variables.tolist():
            self.proofs.pop((at, LOW), None)
            self.proofs.pop((at, HIGH), None)


def propagate(whole: System, bounds: Bounds, rows: Ints, component: Ints) -> Ints:
    """Narrow the bounds by these rows, and by all that follow. Returns variables whose bounds contradict each other.

    A component (`component[variable]`) in which that happens stands still from then on.
    """
    moves = np.zeros((2, whole.width), np.int16)
    stuck = np.zeros(whole.width, bool)
    conflicts: list[Ints] = []
    while len(rows):
        bounds.turn += 1
        moved = []
        for side, (variables, values, by) in enumerate(_pass(whole, bounds, rows)):
            free = moves[side, variables] < MOST_MOVES
            variables, values, by = variables[free], values[free], by[free]
            (bounds.high if side else bounds.low)[variables] = values
            moves[side, variables] += 1
            bounds.moves.append((bounds.turn, side, variables, by))
            moved.append(variables)
        changed = np.unique(np.concatenate(moved))
        crossed = changed[bounds.low[changed] > bounds.high[changed]]
        if len(crossed):
            conflicts.append(crossed)
            stuck[component[crossed]] = True
        rows = whole.rows_of(changed[~stuck[component[changed]]])
    return np.concatenate(conflicts) if conflicts else np.zeros(0, np.int64)


def _pass(whole: System, bounds: Bounds, rows: Ints) -> list[tuple[Ints, Floats, Ints]]:
    """For each side: the variables that these rows narrow, their new bound, and the row that gives the narrowest."""
    entries = whole.entries(rows)
    counts = whole.starts[rows + 1] - whole.starts[rows]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    variables, factors = whole.variables[entries], whole.coefficients[entries].astype(np.float64)
    up = factors > 0
    at_low, at_high = factors * bounds.low[variables], factors * bounds.high[variables]
    least, most = np.where(up, at_low, at_high), np.where(up, at_high, at_low)
    others_least, others_most = _others(least, starts, counts, -inf), _others(most, starts, counts, inf)
    with np.errstate(invalid="ignore"):
        top = np.repeat(whole.high[rows], counts) - others_least
        floor = np.repeat(whole.low[rows], counts) - others_most
    top[np.abs(top) > LARGEST] = inf
    floor[np.abs(floor) > LARGEST] = -inf
    new_high = np.floor(np.where(up, top, floor) / factors)
    new_low = np.ceil(np.where(up, floor, top) / factors)
    of_row = np.repeat(rows, counts)
    return [
        _narrowest(variables, new_low, of_row, bounds.low, counts, 1.0),
        _narrowest(variables, new_high, of_row, bounds.high, counts, -1.0),
    ]


def _others(each: Floats, starts: Ints, counts: Ints, endless: float) -> Floats:
    """For each entry what the other entries of its row add up to."""
    infinite = ~np.isfinite(each) | (np.abs(each) > LARGEST)
    finite = np.where(infinite, 0.0, each)
    total = np.repeat(np.add.reduceat(finite, starts), counts) - finite
    if infinite.any():
        ends = np.repeat(np.add.reduceat(infinite.astype(np.int64), starts), counts) - infinite
        total[ends > 0] = endless
    size = np.repeat(np.add.reduceat(np.abs(finite), starts), counts)
    total[size > LARGEST] = endless
    return total


def _narrowest(variables: Ints, new: Floats, rows: Ints, now: Floats, counts: Ints, sign: float) -> tuple[Ints, Floats, Ints]:
    better = np.flatnonzero(sign * new > sign * now[variables])
    if not len(better):
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
    variables, new, rows, sizes = variables[better], new[better], rows[better], counts.repeat(counts)[better]
    order = np.lexsort((rows, sizes, -sign * new, variables))
    first = np.ones(len(order), bool)
    first[1:] = variables[order][1:] != variables[order][:-1]
    chosen = order[first]
    return variables[chosen], new[chosen], rows[chosen]


class Chains:
    """The proofs of bounds down to the rows, told from the histories that passes left."""

    def __init__(self, whole: System, bounds: Bounds) -> None:
        self._whole, self._bounds = whole, bounds
        self._known: dict[tuple[int, int, int], Multipliers] = {}

    def rows(self, variable: int, side: int) -> Multipliers:
        """Rows with multipliers that prove the bound; empty where the variable began with it. Rows are in the order they are used."""
        return self._before(variable, side, self._bounds.turn + 1)

    def _before(self, variable: int, side: int, turn: int) -> Multipliers:
        """Without recursion, since a chain may be as long as the table."""
        begin = self._key(variable, side, turn)
        if begin is None:
            return {}
        waiting = [begin]
        while waiting:
            key = waiting[-1]
            if key in self._known:
                waiting.pop()
                continue
            rows, rest = self._step(*key)
            needs = [(self._key(at, self._side(key[1], factor), self._turn(key)), factor) for at, factor in rest]
            missing = [it for it, _ in needs if it is not None and it not in self._known]
            if missing:
                waiting.extend(missing)
                continue
            total: Multipliers = {}
            for it, factor in needs:
                if it is not None:
                    _add(total, self._known[it], factor)
            _add(total, rows, 1)
            self._known[key] = total
            waiting.pop()
        return self._known[begin]

    def _key(self, variable: int, side: int, turn: int) -> tuple[int, int, int] | None:
        """(variable, side, place in its history) of the last move before this turn."""
        at = bisect_left(self._bounds.history(variable, side), turn, key=lambda it: it[0])
        return (variable, side, at - 1) if at else None

    def _turn(self, key: tuple[int, int, int]) -> int:
        return self._bounds.history(key[0], key[1])[key[2]][0]

    @staticmethod
    def _side(side: int, factor: Number) -> int:
        return side if factor > 0 else 1 - side

    def _step(self, variable: int, side: int, at: int) -> tuple[Mapping[int, Number], Sequence[tuple[int, Number]]]:
        by = self._bounds.history(variable, side)[at][1]
        if isinstance(by, Proof):
            return by.rows, by.rest
        variables, factors = self._whole.row(by)
        mine = factors[variables.index(variable)]
        rest = [(it, ratio(-factor, mine)) for it, factor in zip(variables, factors, strict=True) if it != variable]
        return {by: ratio(1, mine)}, rest


def _add(total: Multipliers, more: Mapping[int, Number], times: Number) -> None:
    for row, factor in more.items():
        total[row] = total.get(row, 0) + times * factor


def conflicting(whole: System, low: Floats, high: Floats, rows: Iterable[int]) -> bool:
    """Do these rows alone contradict each other by single steps?"""
    part, variables = subsystem(whole, np.array(sorted(rows), np.int64))
    bounds = Bounds(low[variables], high[variables])
    return bool(len(propagate(part, bounds, np.arange(part.rows), np.zeros(part.width, np.int64))))
