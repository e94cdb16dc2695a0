"""What goes into the audit and what comes out of it: the shapes that all of its steps share. No step is done here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from scanners.schemas import TextTable

if TYPE_CHECKING:
    from scanners.aggregate.traits import StudentTraits

Check = Literal["grain", "small_cell", "zero_or_full", "exact_disclosure", "interval", "differencing", "reidentification"]


@dataclass(frozen=True)
class AuditSettings:
    """`minimum_cell_size` is k. `enrollment` are the numbers of students of the district, its schools and grades.

    A hidden cell that can be narrowed to high − low < `minimum_interval_width` fails. `roster` is what the district knows of its
    students that may point at one of them; without it nothing can be re-identified.
    """

    minimum_cell_size: int = 10
    enrollment: frozenset[int] = frozenset()
    minimum_interval_width: int = 5
    roster: StudentTraits | None = None


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


@dataclass(frozen=True)
class Published:
    """One table as it was published.

    `students` has one number a row: the student of the roster whom the row's identifiers match, negative where none; it may be empty.
    `place` is how a witness names this table when it speaks of another one. Tables of one `release` appear together; releases sort in
    time (an ISO date, or a file's name).
    """

    table: TextTable
    students: Sequence[int] = ()
    place: str = ""
    release: str = ""


@dataclass(frozen=True)
class Audited:
    """Of one published table: its findings (none: no disclosure found under the steps' assumptions), and what was not understood."""

    findings: list[AuditFinding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
