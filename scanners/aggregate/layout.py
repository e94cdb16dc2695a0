"""What each column of a published table is: a key, a count of people, a percentage, a measure. And which rows add up the others.

Where neither header nor values say that a column counts people it counts nothing: a false alarm costs a person's evening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from scanners.aggregate import words as w
from scanners.aggregate.cells import UNBOUNDED, Cell, parse
from scanners.aggregate.grid import Block, GridColumn
from scanners.aggregate.headers import JOINT, Header, is_total
from scanners.aggregate.headers import read as headers_read
from scanners.aggregate.reshape import blocks
from scanners.aggregate.roles import LONGEST_TOKEN, RESERVED, Role, roles
from scanners.schemas import TextTable

__all__ = ["UNBOUNDED", "AuditColumn", "Layout", "Role", "is_total", "layout", "layouts"]


@dataclass(frozen=True, eq=False)
class AuditColumn:
    """One column: `cells` one a row. `name` is the header as a person would say it; several rows of headers are joined by ` / `.

    `groups` are the labels of groups in the header (`Male`, or `2023-24` and `Grade 3`), empty for a plain measure. `measure` is what
    is counted, folded, empty where unsaid: equal for the count and the percentage of one thing.
    """

    name: str
    cells: tuple[Cell, ...]
    role: Role
    denominator: bool = False
    groups: tuple[str, ...] = ()
    measure: str = ""

    @cached_property
    def low(self) -> npt.NDArray[np.int64]:
        """The least that each cell's count can be; -1 where the cell is blank or no count."""
        return self._bounds[0]

    @cached_property
    def high(self) -> npt.NDArray[np.int64]:
        """The most that each cell's count can be; -1 where the cell is blank or no count, `UNBOUNDED` where nothing bounds it."""
        return self._bounds[1]

    @cached_property
    def _bounds(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        known: dict[int, tuple[int, int]] = {}
        low, high = np.full(len(self.cells), -1, np.int64), np.full(len(self.cells), -1, np.int64)
        for row, cell in enumerate(self.cells):
            bounds = known.get(id(cell)) or known.setdefault(id(cell), _count_bounds(cell))
            low[row], high[row] = bounds
        return low, high


def _count_bounds(cell: Cell) -> tuple[int, int]:
    """Inclusive bounds of the count of people that a cell stands for."""
    if (shown := cell.count) is not None:
        return min(shown, UNBOUNDED), min(shown, UNBOUNDED)
    if cell.kind != "suppressed" or cell.percent:
        return (0, UNBOUNDED) if cell.kind == "suppressed" else (-1, -1)
    return min(max(0, ceil(cell.low)), UNBOUNDED), UNBOUNDED if cell.high >= UNBOUNDED else floor(cell.high)


@dataclass(frozen=True, eq=False)
class Layout:
    """A table's columns in the file's order.

    `addresses` is the row of the original table for each row; `name` is the block's, where a sheet has several; `notes` are lines that
    were set aside: titles, footnotes.
    """

    columns: tuple[AuditColumn, ...]
    rows: int
    addresses: tuple[int, ...] = ()
    name: str = ""
    notes: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> tuple[AuditColumn, ...]:
        return tuple(c for c in self.columns if c.role == "key")

    @cached_property
    def counts(self) -> tuple[AuditColumn, ...]:
        return tuple(c for c in self.columns if c.role == "count")

    def key(self, row: int) -> tuple[str, ...]:
        """The row's key values, blanks left out."""
        return tuple(c.cells[row].text for c in self.keys if c.cells[row].text)

    @cached_property
    def totals(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """(row that adds up, the rows it adds up): equal in every key but one, in which the first has a word for all."""
        found = []
        for position, column in enumerate(self.keys):
            groups: dict[tuple[str, ...], list[int]] = {}
            for row in range(self.rows):
                others = tuple(c.cells[row].text.casefold() for i, c in enumerate(self.keys) if i != position)
                groups.setdefault(others, []).append(row)
            for rows in groups.values():
                all_ = [row for row in rows if is_total(column.cells[row].text)]
                if len(all_) == 1 and len(rows) > 2:
                    found.append((all_[0], tuple(row for row in rows if row != all_[0])))
        return tuple(found)

    def counts_people(self, column: AuditColumn, row: int) -> bool:
        """A column called `value` counts people where the row's labels say so."""
        if not w.words_of(column.name) <= w.GENERIC:
            return True
        said = frozenset().union(*(w.words_of(label) for label in self.key(row)))
        return not said & (w.MEASURES | w.PERCENTAGES)


def layouts(table: TextTable) -> list[Layout]:
    """The shape of every block of a table, one at least; most tables are one."""
    return [_layout(block) for block in blocks(table)]


def layout(table: TextTable) -> Layout:
    """The shape of a table's first or only block."""
    return layouts(table)[0]


def _layout(block: Block) -> Layout:
    names = _distinct([column.name for column in block.columns])
    headers = [headers_read(column.name) for column in block.columns]
    told = roles(block, headers)
    columns = []
    for name, header, column, role, (groups, measure) in zip(
        names, headers, block.columns, told, _crossed(names, headers, told), strict=True
    ):
        denominator = role == "count" and _is_denominator(header, measure)
        columns.append(AuditColumn(name, _cells(column, role), role, denominator, groups, measure))
    return Layout(tuple(columns), block.rows, block.addresses, block.name, block.notes)


def _distinct(names: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for place, name in enumerate(names, 1):
        bare = unique = name or f"column_{place}"
        times = 1
        while unique in found:
            times += 1
            unique = f"{bare}#{times}"
        found[unique] = None
    return list(found)


def _crossed(names: Sequence[str], headers: Sequence[Header], roles_: Sequence[Role]) -> list[tuple[tuple[str, ...], str]]:
    """(groups, measure) of each header; a word that nobody knows is a group where it stands above the same columns as another does."""
    found = [(header.groups, header.measure) for header in headers]
    below: dict[tuple[str, ...], list[int]] = {}
    for i, name in enumerate(names):
        first, *rest = name.split(JOINT)
        read = headers_read(first)
        if rest and roles_[i] in ("count", "percent") and not read.groups and not read.unit and not read.said & (w.PEOPLE | w.OUTCOMES):
            below.setdefault(tuple(rest), []).append(i)
    for columns in below.values():
        if len({names[i].split(JOINT)[0] for i in columns}) >= 2:
            for i in columns:
                first, *rest = names[i].split(JOINT)
                lower = headers_read(JOINT.join(rest))
                found[i] = ((first, *lower.groups), lower.measure)
    return found


def _is_denominator(header: Header, measure: str) -> bool:
    """Is it called something that the others of its row are parts of?"""
    words = set(measure.split()) - w.COUNTS
    if not words:
        return "n" in header.said or not header.groups
    if words & (w.OUTCOMES | w.NO_TOTALS) or not words & w.DENOMINATORS:
        return False
    return bool(words & (w.DENOMINATORS - {"total", "totals", "tot", "all"})) or words <= w.DENOMINATORS | w.PEOPLE


def _cells(column: GridColumn, role: Role) -> tuple[Cell, ...]:
    """One a row; among counts and percentages a word stands for a number that is not shown, as does a code below zero."""
    cells = [_read_as(cell, role) for cell in column.distinct] if role in ("count", "percent") else list(column.distinct)
    return tuple([cells[code] for code in column.codes.tolist()])


def _read_as(cell: Cell, role: Role) -> Cell:
    if (cell.kind == "label" and len(cell.text) <= LONGEST_TOKEN) or (cell.kind == "number" and cell.low in RESERVED):
        return Cell("suppressed", cell.text)
    return parse(cell.text, percent=True) if role == "percent" and cell.kind == "suppressed" else cell
