"""The audit of one table: its steps in their order, and what they found as one shape.

A later step (exact disclosure, intervals, differencing) gets a module of its own and a line in `audit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from scanners.aggregate.grain import grain, tracks_enrollment
from scanners.aggregate.layout import Layout, layout
from scanners.aggregate.small_cells import small_cells
from scanners.schemas import TextTable

Check = Literal["grain", "small_cell", "zero_or_full", "exact_disclosure", "interval", "differencing", "reidentification"]

MOST_FINDINGS = 5_000
"""Of one table: beyond that nobody reads on, and the table is withdrawn anyhow."""


@dataclass(frozen=True)
class AuditSettings:
    """`minimum_cell_size` is k. `enrollment` are the numbers of students of the district, its schools and grades."""

    minimum_cell_size: int = 10
    enrollment: frozenset[int] = frozenset()


@dataclass(frozen=True)
class AuditFinding:
    """What one step found. `cell` holds the row's key values and the column (empty: the whole table), as they stand in the file.

    `low` and `high` bound the count of the cell, None where the finding is about no cell. `witness` is why it is known.
    """

    check_id: Check
    cell: tuple[str, ...]
    low: float | None
    high: float | None
    witness: str
    verdict: Literal["FAIL", "INCONCLUSIVE"] = "FAIL"


def audit(table: TextTable, students: Sequence[int], settings: AuditSettings) -> list[AuditFinding]:
    """What makes this table disclose single students; empty: nothing was found under the assumptions of the steps that there are.

    `students` has one number a row: the student of the roster whom the row's identifiers match, negative where none. A table whose rows
    are persons has no cells, so the first step ends the audit.
    """
    shape = layout(table)
    if not shape.rows:
        return []
    if why := grain(shape, students) or tracks_enrollment(shape, settings.enrollment):
        return [AuditFinding("grain", (), None, None, why)]
    return list(_findings(shape, settings))[:MOST_FINDINGS]


def _findings(shape: Layout, settings: AuditSettings) -> Iterator[AuditFinding]:
    for small in small_cells(shape, settings.minimum_cell_size):
        yield AuditFinding("small_cell", (*shape.key(small.row), small.column), float(small.low), float(small.high), small.witness)
