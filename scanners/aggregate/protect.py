"""What to suppress, to coarsen or to leave out so that tables pass the audit.

Small cells are hidden first, percentages are coded as the published rules write them, and more cells are hidden so that none can be
computed (`complementary`). The changed tables are audited again until they pass; what the last audit said is what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scanners.aggregate.all_sums import every_sum
from scanners.aggregate.cells import parse
from scanners.aggregate.complementary import Cells, Complementary
from scanners.aggregate.drafts import Draft, Place
from scanners.aggregate.findings import Audited, AuditFinding, AuditSettings, Published
from scanners.aggregate.layout import UNBOUNDED, AuditColumn, layouts
from scanners.aggregate.linear import Relation
from scanners.aggregate.published_rules import code, finer_than_allowed, keeps
from scanners.aggregate.rounding import percents
from scanners.aggregate.shares import Share, shares
from scanners.aggregate.small_cells import small_cells
from scanners.aggregate.structure import BLANK, HIDDEN, IMPLIED, SHOWN, Source, Structure, structure
from scanners.aggregate.zero_or_full import zero_or_full

AuditTables = Callable[[Sequence[Published], AuditSettings], list[Audited]]

ROUNDS = 8
"""Audits of the changed tables, at most."""
LAST = 3
"""Of them, in which rows, then columns, then tables are left out that still disclose something."""
FEW = 0.05
"""Of a table's rows, that may be left out for that."""
HALF = 0.5
"""Of a column's cells, or of those of one group: where more would be hidden it is left out."""
FEWEST_CELLS = 6
"""Of a column or a group, from which it is left out rather than hidden cell by cell."""
WITHDRAWN = frozenset({"grain", "reidentification"})


@dataclass(frozen=True)
class Suggestion:
    """One change. `table` is the position of the published table, `cell` the address as in a finding: empty for a whole table, a column's
    name or a group's label for what is left out. `write` is what shall stand in the cell.
    """

    table: int
    action: Literal["suppress", "code", "leave_out"]
    cell: tuple[str, ...]
    why: str
    write: str = ""


@dataclass(frozen=True)
class Protected:
    """`passes` is what the audit said of the tables with all suggestions carried out. `tables` are these, None where one is left out."""

    suggestions: tuple[Suggestion, ...]
    passes: bool
    tables: tuple[Published | None, ...] = ()


def protect(published: Sequence[Published], settings: AuditSettings, audit_tables: AuditTables) -> Protected:
    """Suggest changes with which the tables pass `audit_tables`. The tables that are given stay as they are."""
    drafts = [Draft(p) for p in published]
    audited = _audited(drafts, settings, audit_tables)
    last, found_before = ROUNDS, -1
    while last and (found_now := sum(len(a.findings) for a in audited.values())):
        last = min(last, LAST) if found_now == found_before else last  # more of the same will not help
        changes = sum(d.changes for d in drafts)
        _changed(drafts, audited, settings, last)
        while last > 1 and sum(d.changes for d in drafts) == changes:
            last = min(last - 1, LAST)
            _changed(drafts, audited, settings, last)
        audited, found_before, last = _audited(drafts, settings, audit_tables), found_now, last - 1
    found = [Suggestion(at, *said) for at, draft in enumerate(drafts) for said in draft.suggestions()]
    passes = not any(a.findings for a in audited.values())
    return Protected(tuple(found), passes, tuple(None if d.left_out else d.published() for d in drafts))


def _audited(drafts: Sequence[Draft], settings: AuditSettings, audit_tables: AuditTables) -> dict[int, Audited]:
    kept = [at for at, draft in enumerate(drafts) if not draft.left_out]
    return dict(zip(kept, audit_tables([drafts[at].published() for at in kept], settings), strict=True)) if kept else {}


def _changed(drafts: Sequence[Draft], audited: dict[int, Audited], settings: AuditSettings, last: int) -> None:
    """One round: withdraw, hide or code what is too small, and hide more beside it."""
    for at, audit in audited.items():
        if why := next((f.witness for f in audit.findings if f.check_id in WITHDRAWN), None):
            drafts[at].leave_out(why)
    if last <= LAST:
        _leave_out_what_fails(drafts, audited, last)
        return
    findings = [(at, f) for at, audit in audited.items() for f in audit.findings]
    _restored(drafts, _sources(drafts), findings)
    tied = _Round(drafts, _sources(drafts), settings).run(findings)
    for at, draft in enumerate(drafts):
        if not draft.left_out:
            draft.leave_out_what_is_mostly_hidden(HALF, FEWEST_CELLS, tied.get(at, set()))


def _sources(drafts: Sequence[Draft]) -> list[Source]:
    return [
        Source(at, layout, draft.place, draft.release)
        for at, draft in enumerate(drafts)
        if not draft.left_out
        for layout in layouts(draft.published().table)
        if layout.rows
    ]


def _restored(drafts: Sequence[Draft], sources: Sequence[Source], findings: Sequence[tuple[int, AuditFinding]]) -> None:
    """Nobody, hidden for the sake of other cells, that is found out all the same was hidden in vain: it is shown again."""
    nobody = {(table, f.cell) for table, f in findings if f.check_id == "exact_disclosure" and f.high == 0}
    for source in sources if nobody else ():
        tables = {cell for table, cell in nobody if table == source.table}
        names = {cell[-1] for cell in tables}
        for position, column in enumerate(source.layout.columns):
            for row in range(source.layout.rows) if column.name in names else ():
                if (*source.layout.key(row), column.name) in tables:
                    drafts[source.table].restore(Place(source.layout, row, position))


def _leave_out_what_fails(drafts: Sequence[Draft], audited: dict[int, Audited], last: int) -> None:
    """Few rows that still disclose something, else the columns, at last the whole table."""
    why = "what is hidden in it can still be computed"
    for at, audit in audited.items():
        if not audit.findings or drafts[at].left_out:
            continue
        cells = [f.cell for f in audit.findings]
        if last <= 1 or not all(cells):
            drafts[at].leave_out(why)
        elif last == 2 or not drafts[at].leave_out_rows({cell[:-1] for cell in cells}, FEW, why):
            gone = [drafts[at].leave_out_column(name, why) for name in dict.fromkeys(cell[-1] for cell in cells)]
            if not any(gone):
                drafts[at].leave_out(why)


def _tied(s: Structure, sums: Sequence[Relation]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    column = s.cell_column[s.first]
    for relation in sums:
        here = {int(column[v]) for v in relation.variables}
        if len(here) > 1:
            for at in here:
                found.setdefault(s.sources[s.columns[at].block].table, set()).add(s.columns[at].column.name)
    return found


class _Round:
    """The tables as they are in one round, their cells as variables, and what is to be written where."""

    def __init__(self, drafts: Sequence[Draft], sources: Sequence[Source], settings: AuditSettings) -> None:
        self.drafts, self.sources, self.settings = drafts, sources, settings
        self.shares: list[list[Share]] = [shares(source.layout) for source in sources]
        self.structure = structure(sources)
        if self.structure is not None:
            self._read(self.structure)

    def _read(self, s: Structure) -> None:
        self.column = {(c.block, id(c.column)): at for at, c in enumerate(s.columns)}
        order = np.argsort(s.cell_variable, kind="stable")
        self._cells_of, self._starts = order, np.searchsorted(s.cell_variable[order], np.arange(len(s.low) + 1))
        self._shared: dict[int, list[tuple[int, int, bool]]] = {}
        for i, shared in enumerate(s.shared):
            for variables, is_part in ((shared.numerators, True), (shared.wholes, False)):
                for row in np.flatnonzero(variables >= 0).tolist():
                    self._shared.setdefault(int(variables[row]), []).append((i, row, is_part))
        value = np.where(s.low == s.high, s.low, -1)
        hidden = (s.state == HIDDEN) | (s.state == BLANK)
        movable = (s.state == SHOWN) | (s.state == IMPLIED)
        low, high = s.low.copy(), s.high.copy()
        for cell in np.flatnonzero(movable[s.cell_variable] & (s.cell_high == 0)).tolist():
            counted = s.columns[s.cell_column[cell]]
            source = self.sources[counted.block]
            position = next(i for i, c in enumerate(source.layout.columns) if c is counted.column)
            if self.drafts[source.table].is_kept(Place(source.layout, int(s.cell_row[cell]), position)):
                movable[s.cell_variable[cell]] = False
        self.cells = Cells(low, high, value, hidden, self._told(s), s.state == BLANK, movable)

    def _told(self, s: Structure) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Coded percentages that keep to the rule of their N."""
        told = np.zeros(len(s.low), bool)
        for at, counted in enumerate(s.columns):
            share = counted.share
            if share is None or share.whole is None:
                continue
            bounds = percents(counted.column.cells, share.fraction)
            n = np.where(share.whole.low == share.whole.high, share.whole.low, -1)
            for row in np.flatnonzero(bounds.coded & (n > 0) & (s.of[at] >= 0)).tolist():
                if keeps(float(bounds.low[row]), float(bounds.high[row]), int(n[row])):
                    told[s.of[at][row]] = True
        return told

    def run(self, findings: Sequence[tuple[int, AuditFinding]]) -> dict[int, set[str]]:
        """Returns the names of the columns that add up with others, by table: without one of them the rest seem to add up."""
        for block, source in enumerate(self.sources):
            self._small(block, source)
        self._later_releases(findings)
        return self._complementary(self.structure, findings) if self.structure is not None else {}

    # -- what is too small, or says the same of a whole group ----------------------------------------------------------------------

    def _small(self, block: int, source: Source) -> None:
        layout = source.layout
        for cell in list(small_cells(layout, self.settings.minimum_cell_size)):
            row, at = cell.rests_on[0]
            self._hide_place(block, row, layout.columns[at], cell.witness)
        for whole in list(zero_or_full(layout)):
            for row, at in (whole.place, *whole.beside):
                self._hide_place(block, row, layout.columns[at], whole.witness)
        for coded in list(finer_than_allowed(layout, self.settings.minimum_interval_width)):
            column = next(c for c in layout.columns if c.name == coded.column)
            self._hide_place(block, coded.row, column, coded.witness)

    def _hide_place(self, block: int, row: int, column: AuditColumn, why: str) -> None:
        """Code a percentage where its rule lets it stand coded; else hide the count, and every percentage that tells it."""
        if column.cells[row].kind == "blank":
            return
        if (token := self._code(block, row, column)) is not None:
            self._write(block, row, column, token, why)
            return
        variable = self._variable(block, row, column)
        if variable is None:
            self._write(block, row, column, "*", why)
        else:
            self._hide(variable, why)

    def _variable(self, block: int, row: int, column: AuditColumn) -> int | None:
        s = self.structure
        if s is None:
            return None
        at = self.column.get((block, id(column)))
        if at is not None and s.of[at][row] >= 0:
            return int(s.of[at][row])
        for shared in s.shared:
            if shared.block == block and shared.share.percent is column and shared.numerators[row] >= 0:
                return int(shared.numerators[row])
        return None

    def _code(self, block: int, row: int, column: AuditColumn) -> str | None:
        """What the published rule writes for a percentage that has no count beside it; None: it cannot stay."""
        share = next((s for s in self.shares[block] if s.percent is column), None)
        if share is None or share.whole is None or share.numerator is not None or share.fraction:
            return None
        n, cell = int(share.whole.low[row]), column.cells[row]
        if n != share.whole.high[row] or n >= UNBOUNDED or n < 1:
            return None
        shown = cell.low if cell.kind in ("number", "percent") else (cell.high if cell.low <= 0 else cell.low)
        token = code(shown, n)
        if token in (None, "*"):
            return None
        variable = self._variable(block, row, column)
        if variable is not None:
            if self.cells.hidden[variable] and not self.cells.told[variable] and cell.kind != "suppressed":
                return None
            told = percents((parse(token),), fraction=False)
            low, high = told.counts(np.array([n]), np.array([n]))
            self.cells.low[variable], self.cells.high[variable] = low[0], high[0]
            self.cells.hidden[variable], self.cells.told[variable], self.cells.movable[variable] = True, True, False
        return token

    def _later_releases(self, findings: Sequence[tuple[int, AuditFinding]]) -> None:
        """A difference is told of the cell of the later release: the same cell is hidden there."""
        wanted = {(table, f.cell): f.witness for table, f in findings if f.check_id == "differencing" and f.cell}
        if not wanted:
            return
        for block, source in enumerate(self.sources):
            columns = {c.name: c for c in source.layout.columns}
            mine = {cell: why for (table, cell), why in wanted.items() if table == source.table}
            keys: dict[tuple[str, ...], list[int]] = {}
            for row in range(source.layout.rows if mine else 0):
                keys.setdefault(source.layout.key(row), []).append(row)
            for cell, why in mine.items():
                if cell[-1] in columns:
                    for row in keys.get(cell[:-1], ()):
                        self._hide_place(block, row, columns[cell[-1]], why)

    # -- what can be computed ------------------------------------------------------------------------------------------------------

    def _complementary(self, s: Structure, findings: Sequence[tuple[int, AuditFinding]]) -> dict[int, set[str]]:
        width = self.settings.minimum_interval_width
        for cell in np.flatnonzero(s.cell_state == HIDDEN).tolist():  # a token that tells too much by itself
            v = int(s.cell_variable[cell])
            if s.cell_high[cell] - s.cell_low[cell] < width and not self.cells.told[v]:
                self._hide(v, "the token itself tells too much")
        sums = every_sum(s)
        beside = Complementary(self.cells, sums, width)
        for v in beside.run(self._still_narrowed(s, findings)):
            protected = " / ".join(s.address(int(s.first[beside.because[v]])))
            self._hide(v, f"so that {protected} cannot be computed")
        return _tied(s, sums)

    def _still_narrowed(self, s: Structure, findings: Sequence[tuple[int, AuditFinding]]) -> list[int]:
        """Hidden cells that the audit narrows although they were protected before: by something that the sums here do not say."""
        told = {(table, f.cell) for table, f in findings if f.check_id in ("exact_disclosure", "interval") and f.cell}
        if not told or not any(draft.changes for draft in self.drafts):
            return []
        hidden = np.flatnonzero((s.cell_state == HIDDEN) | (s.cell_state == BLANK)).tolist()
        found = {int(s.cell_variable[cell]): None for cell in hidden if (s.table(cell), s.address(cell)) in told}
        return [v for v in found if not self.cells.told[v]]

    # -- writing -------------------------------------------------------------------------------------------------------------------

    def _hide(self, variable: int, why: str) -> None:
        """A star wherever the count stands, and in every percentage that tells it: of it, and of it as their N."""
        s = self.structure
        assert s is not None  # who has a variable has a structure
        for cell in self._cells_of[self._starts[variable] : self._starts[variable + 1]].tolist():
            if s.cell_state[cell] != BLANK:
                counted = s.columns[s.cell_column[cell]]
                self._write(counted.block, int(s.cell_row[cell]), counted.column, "*", why)
        self.cells.hidden[variable], self.cells.told[variable], self.cells.movable[variable] = True, False, False
        self.cells.low[variable], self.cells.high[variable] = 0, UNBOUNDED
        for i, row, is_part in self._shared.get(variable, ()):
            shared = s.shared[i]
            percent = shared.share.percent
            if percent.cells[row].kind == "blank":
                continue
            self._write(shared.block, row, percent, "*", why)
            other = int(shared.numerators[row])
            if not is_part and other >= 0 and s.state[other] == IMPLIED and not self.cells.hidden[other]:
                self._hide(other, why)

    def _write(self, block: int, row: int, column: AuditColumn, token: str, why: str) -> None:
        source = self.sources[block]
        position = next(i for i, c in enumerate(source.layout.columns) if c is column)
        address = (*source.layout.key(row), column.name)
        self.drafts[source.table].write(Place(source.layout, row, position), token, address, why)
