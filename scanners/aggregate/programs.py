"""The tightest bounds of one component: linear programs for every variable, then a search over whole numbers where those are not attained.

Nothing that a solver says in floating point is believed. A bound counts if the multipliers that the program gives prove it in whole-number
arithmetic (Neumaier and Shcherbina 2004, "Safe bounds in linear and mixed-integer linear programming"); a point counts if it satisfies
every row exactly. A bound that such a point attains is the tightest, so its program is never run (optimisation-based bound tightening).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from time import monotonic

import numpy as np

from scanners.aggregate.propagate import HIGH, LOW, Multipliers, ratio
from scanners.aggregate.simplex import Simplex, Status
from scanners.aggregate.system import LARGEST, Floats, System

DENOMINATORS = (1, 2, 3, 4, 6, 12, 60, 420, 10**6)
"""What the multipliers of a program are tried to be whole multiples of."""
PAYS = 0.9
"""Points for many variables at once are looked for while each leaves less than this share of them open."""
MOST_STEPS = 200
"""That the search moves a bound, one by one: it is for what is left between the linear program's bound and whole numbers."""
MOST_NODES = 3_000
"""Of one search over whole numbers."""


@dataclass(frozen=True)
class Certificate:
    """The objective is at least `value`, by these rows' multipliers and the variables' bounds. Exact."""

    value: Fraction
    rows: Multipliers


@dataclass
class Found:
    """What a component's programs found, in its own numbering of rows and variables.

    `moves` are new bounds in their order: (variable, side, value, rows with multipliers; empty where only the search over whole numbers
    proves it). `conflict` are rows that cannot hold together, with multipliers where there are. `unfinished` are the variables whose
    bounds may not be the tightest.
    """

    moves: list[tuple[int, int, float, Multipliers]] = field(default_factory=list)
    conflict: Multipliers = field(default_factory=dict)
    unfinished: set[int] = field(default_factory=set)


class Programs:
    """One component: its model, its bounds, and the whole-number points seen so far.

    A variable that takes values at least `enough` apart in those is of no more interest.
    """

    def __init__(self, part: System, low: Floats, high: Floats, deadline: float, enough: float = inf) -> None:
        self._part, self.low, self.high, self._deadline, self._enough = part, low.copy(), high.copy(), deadline, enough
        self._factors = part.coefficients.astype(np.float64)
        self._model = Simplex(part.starts, part.variables, self._factors, (part.low, part.high), (low, high), deadline)
        self._seen = np.full(part.width, inf), np.full(part.width, -inf)
        self.found = Found()

    def run(self, whole: bool) -> Found:
        """All bounds. `whole` False: without the search over whole numbers."""
        if not self._feasible():
            return self.found
        self._look_around()
        for variable in range(self._part.width):
            for side in (LOW, HIGH):
                self._bound(variable, side)
        if whole:
            for variable in range(self._part.width):
                for side in (LOW, HIGH):
                    if not self._search(variable, side):
                        return self.found
        self.found.unfinished = {it for it in self.found.unfinished if not (self._settled(it, LOW) and self._settled(it, HIGH))}
        return self.found

    def impossible(self) -> bool:
        """Is it proven that no whole numbers solve the component?"""
        if (self.low > self.high).any():
            return True
        if self._run({}) == "infeasible":
            return self._contradiction() is not None
        if np.isfinite(self._seen[0]).all():
            return False
        return self._point(self.low.copy(), self.high.copy()) is False

    # -- linear programs ----------------------------------------------------------------------------------------------------------

    def _run(self, prices: dict[int, float]) -> Status:
        """Minimise; keeps the point if it is whole and true."""
        status = self._model.run(prices)
        if status == "optimal":
            self._keep(np.rint(self._model.values()))
        return status

    def _keep(self, point: Floats) -> bool:
        """Is it a solution? Then its values are attained."""
        part = self._part
        if (
            (point < self.low).any()
            or (point > self.high).any()
            or np.abs(point).max(initial=0.0) * np.abs(self._factors).max() > LARGEST / 64
        ):
            return False
        sums = np.add.reduceat(self._factors * point[part.variables], part.starts[:-1])
        if (sums < part.low).any() or (sums > part.high).any():
            return False
        np.minimum(self._seen[0], point, out=self._seen[0])
        np.maximum(self._seen[1], point, out=self._seen[1])
        return True

    def _feasible(self) -> bool:
        if self._run({}) != "infeasible":
            return True
        proof = self._contradiction()
        self.found.conflict = proof.rows if proof else dict.fromkeys(range(self._part.rows), 0)
        return False

    def _look_around(self) -> None:
        """Points that go up and down with many variables at once: each attains many bounds. As long as that pays."""
        for side in (HIGH, LOW):
            before = inf
            while monotonic() < self._deadline:
                open_ones = [it for it in range(self._part.width) if not self._settled(it, side)]
                bounded = [it for it in open_ones if side == LOW or self.high[it] < inf]
                if len(bounded) < 2 or len(open_ones) > PAYS * before:
                    break
                before = len(open_ones)
                self._run(dict.fromkeys(bounded, -1.0 if side else 1.0))

    def _settled(self, variable: int, side: int) -> bool:
        least, most = self._seen[0][variable], self._seen[1][variable]
        if most - least >= self._enough:
            return True
        return bool((most == self.high[variable]) if side else (least == self.low[variable]))

    def _bound(self, variable: int, side: int) -> None:
        """The tightest bound that the linear program proves."""
        if self._settled(variable, side):
            return
        if monotonic() > self._deadline:
            self.found.unfinished.add(variable)
            return
        sign = -1.0 if side else 1.0
        status = self._run({variable: sign})
        if status != "optimal":
            if status != "unbounded":
                self.found.unfinished.add(variable)
            return
        best = self._certified(self._model.multipliers(), {variable: int(sign)})
        if best is None:
            return
        value = float(-(-best.value.numerator // best.value.denominator)) * sign
        if (value < self.high[variable]) if side else (value > self.low[variable]):
            self._move(variable, side, value, {row: by * int(sign) for row, by in best.rows.items()})

    def _move(self, variable: int, side: int, value: float, proof: Multipliers) -> None:
        (self.high if side else self.low)[variable] = value
        self._model.bound(variable, self.low[variable], self.high[variable])
        self.found.moves.append((variable, side, value, proof))

    def _certified(
        self, duals: Floats, objective: dict[int, int], low: Floats | None = None, high: Floats | None = None
    ) -> Certificate | None:
        """The best lower bound of the objective that multipliers near these prove under the bounds."""
        part = self._part
        low, high = self.low if low is None else low, self.high if high is None else high
        best: Certificate | None = None
        for denominator in DENOMINATORS:
            times = np.rint(duals * denominator)
            rows = np.flatnonzero(times)
            if not len(rows) or np.abs(times).max() > 1e9:
                continue
            entries = part.entries(rows)
            counts = part.starts[rows + 1] - part.starts[rows]
            rest = -np.bincount(part.variables[entries], np.repeat(times[rows], counts) * self._factors[entries], minlength=part.width)
            for at, price in objective.items():
                rest[at] += price * denominator
            used = np.flatnonzero(rest)
            ends = np.where(times[rows] > 0, part.low[rows], part.high[rows])
            bounds = np.where(rest[used] > 0, low[used], high[used])
            if not (np.isfinite(ends).all() and np.isfinite(bounds).all()):
                continue
            terms = np.concatenate((times[rows] * ends, rest[used] * bounds))
            if np.abs(terms).sum() > LARGEST:
                continue
            value = Fraction(int(terms.sum()), denominator)
            if best is None or value > best.value:
                best = Certificate(
                    value,
                    {int(row): ratio(int(times[row]), denominator) for row in rows},
                )
            if np.abs(times - duals * denominator).max() < 1e-9 * denominator:
                break
        return best

    def _contradiction(self, low: Floats | None = None, high: Floats | None = None) -> Certificate | None:
        """Multipliers that prove that no point is within the bounds, after a run that found none."""
        ray = self._model.ray()
        if ray is None:
            return None
        size = np.abs(ray).max(initial=0.0)
        if not size:
            return None
        least = np.abs(ray[np.abs(ray) > 1e-9 * size]).min()
        for scaled in (ray / least, ray / size, -ray / least, -ray / size):
            proof = self._certified(scaled, {}, low, high)
            if proof is not None and proof.value > 0:
                return proof
        return None

    # -- whole numbers ------------------------------------------------------------------------------------------------------------

    def _search(self, variable: int, side: int) -> bool:
        """Move the bound to what whole numbers attain. False where no whole numbers solve the component at all."""
        for _ in range(MOST_STEPS):
            if self._settled(variable, side):
                return True
            now = (self.high if side else self.low)[variable]
            if now == inf:
                return True
            found = self._whole_point(variable, side, now)
            if found is None:
                break
            if found:
                return True
            new = now - 1 if side else now + 1
            if not self.low[variable] <= new <= self.high[variable]:
                self.found.conflict = dict.fromkeys(range(self._part.rows), 0)
                return False
            self._move(variable, side, new, {})
        self.found.unfinished.add(variable)
        return True

    def _whole_point(self, variable: int, side: int, value: float) -> bool | None:
        """Is there a whole-number point in which the variable has this value? None: not known in time. Branch and bound, depth first."""
        low, high = self.low.copy(), self.high.copy()
        low[variable] = high[variable] = value
        return self._point(low, high)

    def _point(self, low: Floats, high: Floats) -> bool | None:
        """Is there a whole-number point within these bounds?"""
        stack = [(low, high)]
        answer: bool | None = False
        for nodes in range(MOST_NODES + 1):
            if not stack:
                break
            if nodes == MOST_NODES or monotonic() > self._deadline:
                answer = None
                break
            low, high = stack.pop()
            self._model.bounds(low, high)
            status = self._run({})
            if status == "infeasible" and self._contradiction(low, high):
                continue
            values = np.clip(self._model.values(), low, high) if status == "optimal" else low
            if self._keep(np.rint(values)):
                answer = True
                break
            halves = _branches(values, low, high)
            if halves is None:
                answer = None
                break
            stack.extend(halves)
        self._model.bounds(self.low, self.high)
        return answer


def _branches(values: Floats, low: Floats, high: Floats) -> list[tuple[Floats, Floats]] | None:
    """Two halves of a node, the likelier last: cut where a value is furthest from whole, else where the bounds are furthest apart."""
    away = np.abs(values - np.rint(values))
    open_ones = low < high
    if not open_ones.any():
        return []
    away[~open_ones] = -1.0
    at = int(away.argmax())
    cut = np.floor(values[at])
    if away[at] < 1e-7:
        widths = np.where(open_ones, high - low, -1.0)
        at = int(widths.argmax())
        if not np.isfinite(widths[at]):
            cut = values[at]
        else:
            cut = np.floor((low[at] + high[at]) / 2)
    cut = min(max(cut, low[at]), high[at] - 1)
    below, above = high.copy(), low.copy()
    below[at], above[at] = cut, cut + 1
    halves = [(low, below), (above, high)]
    return halves if values[at] - cut > 0.5 else halves[::-1]
