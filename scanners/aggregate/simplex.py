"""The linear programs' solver (HiGHS) as this folder uses it: silent, one thread, one model whose prices and bounds change from run to run.

What it says is floating point and proves nothing by itself; who uses it checks.
"""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import Any, Literal

import highspy
import numpy as np

from scanners.aggregate.system import Floats, Ints

Status = Literal["optimal", "infeasible", "unbounded", "unknown"]
STATUSES: dict[highspy.HighsModelStatus, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "unbounded",
}
DUAL, PRIMAL = 1, 4
"""HiGHS's `simplex_strategy`: the last point stays feasible when prices change, which suits the primal method; not so when bounds do."""


class _Silent(highspy.Highs):
    def enableCallbacks(self) -> Any:
        """The first thing a new solver does, and what would print its banner."""
        self.setOptionValue("output_flag", False)
        return super().enableCallbacks()  # type: ignore[no-untyped-call]


class Simplex:
    """Minimise prices · x with low ≤ x ≤ high and row_low ≤ A·x ≤ row_high. A by rows: `starts`, `columns`, `factors`.

    Each run starts from the basis of the last one. `deadline` is of `time.monotonic`.
    """

    def __init__(
        self,
        starts: Ints,
        columns: Ints,
        factors: Floats,
        rows: tuple[Floats, Floats],
        bounds: tuple[Floats, Floats],
        deadline: float = inf,
    ) -> None:
        program = highspy.HighsLp()
        width = len(bounds[0])
        program.num_col_, program.num_row_ = width, len(rows[0])
        program.col_cost_ = np.zeros(width)
        program.col_lower_, program.col_upper_ = bounds
        program.row_lower_, program.row_upper_ = rows
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = starts.astype(np.int32)
        program.a_matrix_.index_ = columns.astype(np.int32)
        program.a_matrix_.value_ = factors
        self._model: Any = _Silent()  # type: ignore[no-untyped-call]
        for name, value in (("threads", 1), ("presolve", "off"), ("solver", "simplex")):
            self._model.setOptionValue(name, value)
        self._model.passModel(program)
        self._priced: set[int] = set()
        self._strategy = 0
        self._everything = np.arange(width, dtype=np.int32)
        self._deadline = deadline

    def run(self, prices: dict[int, float]) -> Status:
        """Variables without a price have the price 0."""
        changed = sorted(self._priced | prices.keys())
        if changed:
            self._model.changeColsCost(len(changed), np.array(changed, np.int32), np.array([prices.get(it, 0.0) for it in changed]))
        self._priced = set(prices)
        if self._deadline < inf:
            self._model.setOptionValue("time_limit", self._model.getRunTime() + max(0.01, self._deadline - monotonic()))
        status = self._solved(PRIMAL if prices else DUAL)
        if status == "unknown" and monotonic() < self._deadline:
            self._model.clearSolver()
            status = self._solved(DUAL)
        return status

    def _solved(self, strategy: int) -> Status:
        if strategy != self._strategy:
            self._strategy = strategy
            self._model.setOptionValue("simplex_strategy", strategy)
        self._model.run()
        return STATUSES.get(self._model.getModelStatus(), "unknown")

    def values(self) -> Floats:
        return np.array(self._model.getSolution().col_value)

    def multipliers(self) -> Floats:
        """One a row: what they prove of the prices' sum is its minimum."""
        return np.array(self._model.getSolution().row_dual)

    def ray(self) -> Floats | None:
        """After `infeasible`: multipliers of the rows that prove it."""
        _, there, ray = self._model.getDualRay()
        return np.array(ray) if there else None

    def bound(self, variable: int, low: float, high: float) -> None:
        self._model.changeColBounds(variable, low, high)

    def bounds(self, low: Floats, high: Floats) -> None:
        self._model.changeColsBounds(len(low), self._everything, low, high)

    def row(self, at: int, low: float, high: float) -> None:
        self._model.changeRowBounds(at, low, high)
