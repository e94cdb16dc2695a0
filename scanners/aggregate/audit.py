"""The audit of published tables: its steps in their order, over all tables together. Each step is a module of its own.

The shapes (`AuditFinding`, `AuditSettings`, `Published`, `Audited`) stand in `findings`, so that the steps can use them. Nothing is
computed here; only what two steps find of the same cell is told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanners.aggregate.deidentified import deidentified
from scanners.aggregate.differencing import differences
from scanners.aggregate.disclosure import Disclosures, disclosures
from scanners.aggregate.findings import Audited, AuditFinding, AuditSettings, Check, Published
from scanners.aggregate.grain import grain, tracks_enrollment
from scanners.aggregate.layout import Layout, layouts
from scanners.aggregate.published_rules import finer_than_allowed
from scanners.aggregate.small_cells import small_cells
from scanners.aggregate.structure import Source
from scanners.aggregate.zero_or_full import zero_or_full
from scanners.schemas import TextTable

__all__ = ["MOST_FINDINGS", "PASSED", "AuditFinding", "AuditSettings", "Audited", "Check", "Published", "audit", "audit_tables"]

MOST_FINDINGS = 500_000
"""Of one table. Where there are more, the last one says how many are left out."""
PASSED = "no disclosure found under these assumptions"
"""What a table without findings may be called."""
SECONDS = 60.0
"""That the linear programs may take."""


@dataclass
class _Table:
    """What was found of one table: findings with their (block, row), in the order of the steps."""

    found: list[tuple[int, int, AuditFinding]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, block: int, row: int, finding: AuditFinding) -> None:
        self.found.append((block, row, finding))


def audit(table: TextTable, students: Sequence[int], settings: AuditSettings) -> list[AuditFinding]:
    """What makes this table disclose single students; empty: nothing was found under the assumptions of the steps that there are.

    `students` has one number a row: the student of the roster whom the row's identifiers match, negative where none. A table whose rows
    are persons has no cells: of it only the first step and the one for de-identified rows tell anything.
    """
    return audit_tables([Published(table, students)], settings)[0].findings


def audit_tables(published: Sequence[Published], settings: AuditSettings) -> list[Audited]:
    """Audit tables that were published together, or one after the other: one `Audited` each, in their order.

    A finding belongs to the table in which its cell stands; a difference belongs to the later release.
    """
    tables = [_Table() for _ in published]
    sources: list[Source] = []
    for at, p in enumerate(published):
        for shape in layouts(p.table):
            tables[at].notes += shape.notes
            if not shape.rows:
                continue
            students = _of_block(p.students, shape)
            if why := _rows_are_students(shape, students, settings):
                tables[at].add(-1, -1, AuditFinding("grain", (), None, None, why))
                for known_again in deidentified(shape, students, settings):
                    tables[at].add(-1, -1, known_again)
            else:
                sources.append(Source(at, shape, p.place, p.release))
    computed = disclosures(sources, settings, SECONDS)
    hidden = {(d.block, d.row, d.finding.cell) for d in computed.found}
    for block, source in enumerate(sources):
        _alone(tables[source.table], block, source.layout, settings, hidden)
    _together(tables, sources, computed, settings)
    return [Audited(_shortened(_in_order(t)), list(dict.fromkeys(t.notes))) for t in tables]


def _of_block(students: Sequence[int], shape: Layout) -> Sequence[int]:
    """The students of a block's rows; rows that were added or that nobody matched have none."""
    if not len(students):
        return ()
    return [students[row] if 0 <= row < len(students) else -1 for row in shape.addresses or range(shape.rows)]


def _rows_are_students(shape: Layout, students: Sequence[int], settings: AuditSettings) -> str | None:
    return grain(shape, students, settings.roster) or tracks_enrollment(shape, settings.enrollment)


def _alone(table: _Table, block: int, shape: Layout, settings: AuditSettings, hidden: set[tuple[int, int, tuple[str, ...]]]) -> None:
    """The steps that look at one table. What `hidden` tells of the same cell is not told again."""
    for small in small_cells(shape, settings.minimum_cell_size):
        if small.same_as is not None and (block, small.same_as[0], _address(shape, *small.same_as)) in hidden:
            continue
        cell = (*shape.key(small.row), small.column)
        table.add(block, small.row, AuditFinding("small_cell", cell, float(small.low), float(small.high), small.witness))
    for whole in zero_or_full(shape):
        low, high = (None if n is None else float(n) for n in (whole.low, whole.high))
        table.add(block, whole.row, AuditFinding("zero_or_full", (*shape.key(whole.row), whole.column), low, high, whole.witness))
    for coded in finer_than_allowed(shape, settings.minimum_interval_width):
        cell = (*shape.key(coded.row), coded.column)
        if (block, coded.row, cell) not in hidden:
            check: Check = "exact_disclosure" if coded.exact else "interval"
            table.add(block, coded.row, AuditFinding(check, cell, float(coded.low), float(coded.high), coded.witness))


def _address(shape: Layout, row: int, column: int) -> tuple[str, ...]:
    return (*shape.key(row), shape.columns[column].name)


def _together(tables: Sequence[_Table], sources: Sequence[Source], computed: Disclosures, settings: AuditSettings) -> None:
    """The steps that look at all tables."""
    for disclosed in computed.found:
        tables[disclosed.table].add(disclosed.block, disclosed.row, disclosed.finding)
    for difference in differences(computed.structure, settings):
        tables[difference.table].add(difference.block, difference.row, difference.finding)
    for table, notes in computed.notes.items():
        tables[table].notes += notes
    for table, cells in computed.unfinished.items():
        why = f"{cells:,} hidden cells could not be computed to the end: whether they are disclosed is not known"
        tables[table].add(len(sources), 0, AuditFinding("interval", (), None, None, why, "INCONCLUSIVE"))


def _in_order(table: _Table) -> list[AuditFinding]:
    """By block and row; within a row in the order of the steps."""
    return [finding for _, _, finding in sorted(table.found, key=lambda f: f[:2])]


def _shortened(findings: list[AuditFinding]) -> list[AuditFinding]:
    if len(findings) <= MOST_FINDINGS:
        return findings
    left = len(findings) - MOST_FINDINGS + 1
    why = f"{left:,} more findings are left out"
    return [*findings[: MOST_FINDINGS - 1], AuditFinding(findings[-1].check_id, (), None, None, why, "INCONCLUSIVE")]
