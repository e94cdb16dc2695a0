"""Whole-number, non-negative variables under linear relations: the tightest bounds of each, with the relations that prove them.

The steps in their order: bounds from single relations (`propagate`), exact solutions of the equations (`rowspace`), linear programs and a
search over whole numbers for each connected component that is still open (`programs`). Relations that cannot hold together are set aside
and told. What the variables stand for (the cells of tables) is of no concern here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from time import monotonic

import numpy as np
import numpy.typing as npt

from scanners.aggregate.layout import UNBOUNDED
from scanners.aggregate.programs import Found, Programs
from scanners.aggregate.propagate import HIGH, LOW, Bounds, Chains, Multipliers, Number, Proof, conflicting, propagate
from scanners.aggregate.rowspace import determined
from scanners.aggregate.system import Floats, Ints, Relation, System, components, reduced, subsystem, system

__all__ = ["UNBOUNDED", "Narrowed", "Relation", "Solved", "solve"]

Steps = tuple[tuple[int, float], ...]
"""(position of a relation, multiplier)."""

MOST_TO_SHRINK = 60
"""Relations of a contradiction, or of a proof without multipliers, from which the needless are left out one by one."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is known of one variable. `low` … `high`: the tightest whole numbers proven, `UNBOUNDED` where nothing bounds it above.

    `exact`: the equations alone determine it, no bound is needed, and Σ multiplier × relation over `steps` is the variable (known
    variables put in). Else `proves_low` and `proves_high` are the relations that prove each end, together with bounds of variables as they
    were given; `steps` is both. An end that was given has no proof. A multiplier of 0 is a relation that takes part where no sum tells
    the whole proof, since whole numbers were rounded or tried out.
    """

    low: int
    high: int
    exact: bool
    steps: Steps = ()
    proves_low: Steps = ()
    proves_high: Steps = ()


@dataclass(frozen=True)
class Solved:
    """`narrowed`: of every variable with low < high at the start.

    `contradictions`: positions of relations that cannot hold together, none of which was used. `unfinished`: variables whose bounds are
    true but perhaps not the tightest, since the time ran out or a search grew too large.
    """

    narrowed: dict[int, Narrowed]
    contradictions: tuple[tuple[int, ...], ...] = ()
    unfinished: frozenset[int] = frozenset()


def solve(
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    relations: Sequence[Relation],
    *,
    whole: bool = True,
    seconds: float = 60,
    enough: float = inf,
) -> Solved:
    """Narrow the bounds by the relations.

    `low` and `high` have one whole number a variable, inclusive; `high` is `UNBOUNDED` where nothing bounds it. `whole` False leaves out
    the search over whole numbers. `seconds` is what the programs may take; results are the same on each run in which it is enough.
    `enough`: a variable is not narrowed to the end once solutions are known in which its values are at least so far apart. Its bounds are
    true, and it is not `unfinished`.
    Raises a ValueError where bounds or relations are none.
    """
    low, high = np.asarray(low, np.int64), np.asarray(high, np.int64)
    if low.shape != high.shape or low.ndim != 1:
        raise ValueError("low and high need one number for each variable")
    if (crossed := np.flatnonzero((low > high) | (low < 0))).size:
        raise ValueError(f"variable {crossed[0]} is bounded by {low[crossed[0]]} and {high[crossed[0]]}")
    return _Solver(low, high, relations, monotonic() + seconds, enough).solved(whole)


class _Solver:
    def __init__(self, low: Ints, high: Ints, relations: Sequence[Relation], deadline: float, enough: float) -> None:
        self._whole = system(low, high, relations)
        self._low, self._high = low.astype(np.float64), np.where(high >= UNBOUNDED, inf, high.astype(np.float64))
        self._bounds = Bounds(self._low.copy(), self._high.copy())
        self._component = components(self._whole)
        self._relation, self._scale = self._whole.relation.tolist(), self._whole.scale.tolist()
        self._deadline, self._enough = deadline, enough
        self._contradictions: list[tuple[int, ...]] = [(at,) for at in self._whole.broken]
        self._exact: dict[int, Multipliers] = {}
        self._unfinished: set[int] = set()

    def solved(self, whole: bool) -> Solved:
        rows = np.arange(self._whole.rows)
        while len(rows):
            self._propagate(rows)
            again = self._determine(rows)
            if not len(again):
                again = self._programs(rows, whole)
            rows = again
        return self._told()

    # -- the steps ----------------------------------------------------------------------------------------------------------------

    def _propagate(self, rows: Ints) -> None:
        """Until no bounds contradict each other."""
        while len(rows):
            crossed = propagate(self._whole, self._bounds, rows, self._component)
            chains = Chains(self._whole, self._bounds)
            rows = self._set_aside({*chains.rows(at, LOW), *chains.rows(at, HIGH)} for at in crossed.tolist())

    def _determine(self, rows: Ints) -> Ints:
        """Solve the equations among these rows. Returns the rows of components to be done anew."""
        part, variables = subsystem(self._whole, rows)
        conflicts: list[set[int]] = []
        fixed = []
        for local, combination in determined(part, self._deadline).items():
            at = int(variables[local])
            by = {int(rows[row]): factor for row, factor in combination.items()}
            value = sum(factor * int(self._whole.low[row]) for row, factor in by.items())
            low, high = self._bounds.low[at], self._bounds.high[at]
            if value.denominator > 1:
                conflicts.append({*by})
            elif not low <= value <= high:
                conflicts.append({*by, *Chains(self._whole, self._bounds).rows(at, LOW if value < low else HIGH)})
            else:
                self._exact[at] = by
                if low < high:
                    fixed.append(at)
                    self._bounds.move(at, LOW, float(value), Proof(by))
                    self._bounds.move(at, HIGH, float(value), Proof(by))
        if conflicts:
            return self._set_aside(conflicts)
        self._propagate(self._whole.rows_of(np.array(fixed, np.int64)))
        return np.zeros(0, np.int64)

    def _programs(self, rows: Ints, whole: bool) -> Ints:
        """Linear programs for what is open among these rows. Returns the rows of components to be done anew."""
        open_rows = reduced(self._whole, self._bounds.low, self._bounds.high)
        chains = Chains(self._whole, self._bounds)
        conflicts = [self._with_bounds(chains, {at: 0}) for at in open_rows.broken]
        asked = np.isin(open_rows.relation, rows)
        for group in _groups(open_rows, asked):
            local, variables = subsystem(open_rows, group)
            if monotonic() > self._deadline:
                self._unfinished.update(variables.tolist())
                continue
            programs = Programs(local, self._bounds.low[variables], self._bounds.high[variables], self._deadline, self._enough)
            found = programs.run(whole)
            conflict = self._take(found, local, variables)
            if conflict:
                conflicts.append(conflict)
        return self._set_aside(conflicts)

    def _take(self, found: Found, local: System, variables: Ints) -> set[int]:
        """Keep what a component's programs found; returns what contradicts."""
        if found.conflict:
            rows = {int(local.relation[at]): _times(by, local.scale[at]) for at, by in found.conflict.items()}
            return self._with_bounds(Chains(self._whole, self._bounds), rows)
        last = {(at, side): number for number, (at, side, _, _) in enumerate(found.moves)}
        for number, (at, side, value, rows) in enumerate(found.moves):
            if not rows and last[at, side] != number:
                continue
            variable = int(variables[at])
            by = {int(local.relation[row]): _times(factor, local.scale[row]) for row, factor in rows.items()}
            if by:
                rest = self._rest(by)
                rest[variable] = rest.get(variable, 0) + 1
                proof = Proof(by, tuple((it, factor) for it, factor in rest.items() if factor))
            else:
                proof = self._tried(variable, side, value, local)
            self._bounds.move(variable, side, value, proof)
        self._unfinished.update(variables[sorted(found.unfinished)].tolist())
        return set()

    # -- proofs -------------------------------------------------------------------------------------------------------------------

    def _rest(self, rows: Multipliers) -> Multipliers:
        """Minus the sum of these rows: variable → factor."""
        rest: Multipliers = {}
        for row, by in rows.items():
            for it, factor in zip(*self._whole.row(row), strict=True):
                rest[it] = rest.get(it, 0) - by * factor
        return rest

    def _with_bounds(self, chains: Chains, rows: Multipliers) -> set[int]:
        """These rows and those that prove the bounds which go into their sum; of all their variables where there is no sum."""
        needed = set(rows)
        if any(rows.values()):
            sides = [(it, LOW if factor > 0 else HIGH) for it, factor in self._rest(rows).items() if factor]
        else:
            sides = [(it, side) for row in rows for it in self._whole.row(row)[0] for side in (LOW, HIGH)]
        for it, side in sides:
            needed.update(chains.rows(it, side))
        return needed

    def _tried(self, variable: int, side: int, value: float, local: System) -> Proof:
        """The rows without which trying out whole numbers would not have moved the bound here."""
        chains = Chains(self._whole, self._bounds)
        rows = self._with_bounds(chains, dict.fromkeys(local.relation.tolist(), 0))
        end, beyond = (self._low, value + 1) if side else (self._high, value - 1)
        given, end[variable] = end[variable], beyond
        needed = self._shrunk(rows, self._low, self._high)
        end[variable] = given
        return Proof(dict.fromkeys(needed, 0))

    def _set_aside(self, conflicts: Iterable[set[int]]) -> Ints:
        """Leave out relations that contradict each other; back to the start with their components. Returns the rows of those."""
        taken: set[int] = set()
        for rows in conflicts:
            if rows & taken:
                continue
            told = sorted({int(self._whole.relation[row]) for row in self._shrunk(rows, self._low, self._high)})
            self._contradictions.append(tuple(told))
            taken.update(np.flatnonzero(np.isin(self._whole.relation, told)).tolist())
        if not taken:
            return np.zeros(0, np.int64)
        out = np.array(sorted(taken))
        self._whole.low[out], self._whole.high[out] = -inf, inf
        again = np.isin(self._component, self._component[self._whole.variables[self._whole.entries(out)]])
        variables = np.flatnonzero(again)
        self._bounds.forget(variables, self._low, self._high)
        for at in variables.tolist():
            self._exact.pop(at, None)
            self._unfinished.discard(at)
        return self._whole.rows_of(variables)

    def _shrunk(self, rows: set[int], low: Floats, high: Floats) -> list[int]:
        """Without the rows that the contradiction does not need."""
        kept = sorted(rows)
        if len(kept) > MOST_TO_SHRINK or len(kept) < 2:
            return kept
        for test in (conflicting, self._impossible):
            if not test(self._whole, low, high, kept):
                continue
            for row in sorted(rows):
                fewer = [it for it in kept if it != row]
                if fewer and test(self._whole, low, high, fewer):
                    kept = fewer
            break
        return kept

    def _impossible(self, whole: System, low: Floats, high: Floats, rows: Iterable[int]) -> bool:
        part, variables = subsystem(whole, np.array(sorted(rows), np.int64))
        return bool(Programs(part, low[variables], high[variables], self._deadline).impossible())

    # -- the answer ---------------------------------------------------------------------------------------------------------------

    def _told(self) -> Solved:
        chains = Chains(self._whole, self._bounds)
        narrowed = {}
        for at in np.flatnonzero(self._low < self._high).tolist():
            low, high = self._bounds.low[at], self._bounds.high[at]
            ends = int(low), UNBOUNDED if high == inf else int(high)
            if at in self._exact:
                narrowed[at] = Narrowed(*ends, True, self._steps(self._exact[at]))
                continue
            below, above = self._steps(chains.rows(at, LOW)), self._steps(chains.rows(at, HIGH))
            narrowed[at] = Narrowed(*ends, False, tuple({**dict(above), **dict(below)}.items()), below, above)
        return Solved(narrowed, tuple(sorted(self._contradictions)), frozenset(self._unfinished))

    def _steps(self, rows: Multipliers) -> Steps:
        total: dict[int, float] = {}
        for row, by in rows.items():
            relation = self._relation[row]
            total[relation] = total.get(relation, 0.0) + float(by) * self._scale[row]
        return tuple(total.items())


def _times(by: Number, scale: float) -> Number:
    """A row of what is open, as a multiple of the row it comes from, which was divided by a whole number."""
    return by if scale == 1 else by * Fraction(1, round(1 / scale))


def _groups(open_rows: System, asked: npt.NDArray[np.bool_]) -> list[Ints]:
    """The rows of each component that programs are for, small components first.

    Where no two rows share two ways and every coefficient is 1 or −1, bounds from single rows are the tightest already.
    """
    if not open_rows.rows:
        return []
    label = components(open_rows)[open_rows.variables]
    of_row = label[open_rows.starts[:-1]]
    width = open_rows.width
    entries = np.bincount(label, minlength=width)
    nodes = np.bincount(of_row, minlength=width) + np.bincount(label[np.unique(open_rows.variables, return_index=True)[1]], minlength=width)
    unlike = np.bincount(label, np.abs(open_rows.coefficients) != 1, minlength=width) > 0
    rows = np.flatnonzero(((entries >= nodes) | unlike)[of_row] & asked)
    if not len(rows):
        return []
    rows = rows[np.argsort(of_row[rows], kind="stable")]
    groups = np.split(rows, np.flatnonzero(np.diff(of_row[rows])) + 1)
    return sorted(groups, key=len)
