"""Which more cells to hide so that the hidden ones cannot be computed: complementary suppression over relations between variables.

Greedy: whatever hidden cell can be narrowed too far gets one more hidden cell beside it, in a relation that narrows it the one of least
loss, until none can be. Which cells must be hidden in the first place, and how a table shows it, is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from scanners.aggregate.linear import UNBOUNDED, Narrowed, Relation, solve

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_ROUNDS = 200
"""Of hiding one more cell for each that is narrowed too far. Few are needed; the number only ends what would not end."""
SECONDS = 30.0


@dataclass
class Cells:
    """One entry a variable. `low` … `high` is what a reader is shown of it, `value` what it is (-1: not known).

    `hidden`: no number is shown. `told`: its bounds are a token that may stand, however narrow. `absent`: blank, hidden only once it is
    proven to be somebody. `movable`: it could be hidden.
    """

    low: Ints
    high: Ints
    value: Ints
    hidden: Flags
    told: Flags
    absent: Flags
    movable: Flags


@dataclass
class Complementary:
    """`because` has for each cell that was hidden the one that it protects."""

    cells: Cells
    relations: Sequence[Relation]
    width: int
    because: dict[int, int] = field(default_factory=dict)
    hopeless: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._of: dict[int, list[int]] = {}
        for at, relation in enumerate(self.relations):
            for variable in relation.variables:
                self._of.setdefault(variable, []).append(at)
        self._wholes: dict[int, int] = {}
        for relation in self.relations:
            if len(relation.variables) > 2:  # the whole comes first; it is the more total the more sums it tops
                self._wholes[relation.variables[0]] = self._wholes.get(relation.variables[0], 0) + len(relation.variables)

    def run(self, narrowed_too_far: Iterable[int] = ()) -> list[int]:
        """Hide until no hidden cell is narrowed to fewer than `width` + 1 values. Returns the cells that were hidden, in their order.

        `narrowed_too_far` are cells that someone else has narrowed, by relations that are not known here.
        """
        new = self._hidden_beside(dict.fromkeys(narrowed_too_far))
        found = list(new)
        changed = np.flatnonzero(self.cells.hidden).tolist()
        for _ in range(MOST_ROUNDS):
            bad = self._narrowed(changed)
            if not bad:
                break
            new = self._hidden_beside(bad)
            found += new
            changed = [*new, *bad]
            if not new and all(v in self.hopeless for v in bad):
                break
        return found

    def _narrowed(self, changed: Iterable[int]) -> dict[int, Narrowed | None]:
        """The hidden cells of these cells' components that can be narrowed too far."""
        variables, relations = self._component(changed)
        if not relations:
            return {}
        number = {v: i for i, v in enumerate(variables)}
        at = np.array(variables, np.int64)
        local = [
            Relation(tuple(number[v] for v in r.variables), r.coefficients, r.low, r.high) for r in (self.relations[i] for i in relations)
        ]
        solved = solve(self.cells.low[at], self.cells.high[at], local, seconds=SECONDS)
        found: dict[int, Narrowed | None] = {}
        for i, narrowed in solved.narrowed.items():
            v = variables[i]
            if not self.cells.hidden[v] or v in self.hopeless or narrowed.high - narrowed.low >= self.width:
                continue
            as_told = (narrowed.low, narrowed.high) == (self.cells.low[v], self.cells.high[v])
            if (as_told and self.cells.told[v]) or (self.cells.absent[v] and narrowed.low <= 0):
                continue
            steps = tuple((relations[step], factor) for step, factor in narrowed.steps)
            found[v] = Narrowed(narrowed.low, narrowed.high, narrowed.exact, steps)
        return found

    def _component(self, changed: Iterable[int]) -> tuple[list[int], list[int]]:
        """(variables, relations) that hang together with these cells through cells that are not known."""
        cells = self.cells
        variables: dict[int, None] = {}
        relations: dict[int, None] = {}
        waiting = [v for v in changed if cells.low[v] < cells.high[v]]
        seen = set(waiting)
        while waiting:
            v = waiting.pop()
            for at in self._of.get(v, ()):
                if at in relations:
                    continue
                relations[at] = None
                for other in self.relations[at].variables:
                    variables[other] = None
                    if other not in seen and cells.low[other] < cells.high[other]:
                        seen.add(other)
                        waiting.append(other)
        return list(variables), list(relations)

    def _hidden_beside(self, bad: dict[int, Narrowed | None]) -> list[int]:
        """Hide one cell for each of these, the same one for several where it serves them."""
        new: list[int] = []
        touched: set[int] = set()
        for v, narrowed in sorted(bad.items(), key=lambda it: -int(self.cells.value[it[0]])):
            if v in touched:
                continue
            proof = [at for at, _ in narrowed.steps] if narrowed is not None else []
            choice = self._choice(proof) or self._choice(self._of.get(v, ())) or self._choice(self._component([v])[1])
            if choice is None:
                self.hopeless.add(v)
                continue
            self.hide(choice)
            self.because[choice] = v
            new.append(choice)
            for at in self._of[choice]:
                touched.update(it for it in self.relations[at].variables if it in bad)
        return new

    def hide(self, v: int) -> None:
        """No number of this cell is shown any more."""
        self.cells.hidden[v], self.cells.movable[v], self.cells.told[v] = True, False, False
        self.cells.low[v], self.cells.high[v] = 0, UNBOUNDED

    def _choice(self, relations: Iterable[int]) -> int | None:
        candidates = {v for at in relations for v in self.relations[at].variables if self.cells.movable[v]}
        return min(candidates, key=self._loss) if candidates else None

    def _loss(self, v: int) -> tuple[int, int, int, int, int]:
        """Nobody and the total of all last; then the relations in which it would be the only hidden cell, how total it is, its size."""
        alone = sum(
            not any(self.cells.low[other] < self.cells.high[other] for other in self.relations[at].variables if other != v)
            for at in self._of[v]
        )
        whole = self._wholes.get(v, 0)
        part = any(self.relations[at].variables[0] != v for at in self._of[v])
        value = int(self.cells.value[v])
        return int(whole > 0 and not part), int(value == 0), alone, whole, value
