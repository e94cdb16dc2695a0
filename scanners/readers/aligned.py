"""Tables that are drawn and not marked up: cells that stand below each other under a header. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from scanners.readers import delimited
from scanners.readers.tables import RowTable, unique_names
from scanners.schemas import TextTable

_NEAR = 3.0
_EDGES = ("start", "end", "middle")
_LONG_HEADER, _LONG_CELL, _MANY_WORDS = 60, 40, 4
_FEWEST_ROWS = 3
_MOST_LINES = 1_000
_SAYS = re.compile(r"[^\W_]")
_MOST_UNFIT = 1
"""Lines in a row that may stand within a table without being a row: the rest of a cell that went on below."""


@dataclass(frozen=True)
class Cell:
    """A piece of a line, from `start` to `end` in points."""

    start: float
    end: float
    text: str

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


Line = Sequence[Cell]


@dataclass
class Drawn:
    """All drawn tables of a file, page by page; a table goes on where its header, or its columns without one, come again.

    `taken` are the lines whose cells are rows of a table.
    """

    taken: list[str] = field(default_factory=list)
    _tables: dict[tuple[str, ...], RowTable] = field(default_factory=dict)
    _last: tuple[str, ...] = ()

    def add(self, lines: Sequence[Line]) -> None:
        """The lines of one page, from its top. A page of more lines than anybody prints has none looked for."""
        at = 0 if len(lines) <= _MOST_LINES else len(lines)
        while at < len(lines):
            rows, end = _below(lines, at)
            at = end if rows and self._keep(lines[at], rows) else at + 1

    def tables(self) -> list[TextTable]:
        return [found for table in self._tables.values() for found in table.tables()]

    def _keep(self, head: Line, rows: Sequence[dict[int, str]]) -> bool:
        """Whether the rows are enough for a table; fewer are where one goes on."""
        texts = [[row.get(column, "") for column in range(len(head))] for row in rows]
        first = [cell.text for cell in head]
        names = tuple(unique_names(first))
        if delimited.first_row_is_data([first, *texts]):
            texts = [first, *texts]
            names = self._last if len(self._last) == len(head) else tuple(f"column_{n}" for n in range(1, len(head) + 1))
        if len(texts) < (2 if names == self._last else _FEWEST_ROWS):
            return False
        table = self._tables.setdefault(names, RowTable(f"table {len(self._tables) + 1}"))
        self._last = names
        for row in texts:
            table.add(dict(zip(names, row, strict=True)))
            self.taken.append("".join(row))
        return True


def _below(lines: Sequence[Line], at: int) -> tuple[list[dict[int, str]], int]:
    """The rows of the table whose header, or first row, is the line `at`; none where it begins no table. And the line after it."""
    head = lines[at]
    if len(head) < 2 or any(len(cell.text) > _LONG_HEADER or cell.text.endswith(":") or not _SAYS.search(cell.text) for cell in head):
        return [], at + 1
    rows: list[dict[int, Cell]] = []
    end, unfit = at + 1, 0
    for number in range(at + 1, len(lines)):
        row = _fitted(lines[number], head) if len(lines[number]) > 1 else None
        if row is None:
            unfit += 1
            if unfit > _MOST_UNFIT or len(lines[number]) > 1:
                break
            continue
        rows.append(row)
        end, unfit = number + 1, 0
    if not _is_table(head, rows):
        return [], at + 1
    return [{column: cell.text for column, cell in row.items()} for row in rows], end


def _fitted(line: Line, head: Line) -> dict[int, Cell] | None:
    """The cells of a line by the column they stand in; None where two stand in one, or most columns stay empty."""
    row: dict[int, Cell] = {}
    for cell in line:
        column = _column(cell, head)
        if column in row:
            return None
        row[column] = cell
    return row if 2 * len(row) >= len(head) else None


def _column(cell: Cell, head: Line) -> int:
    for edge in _EDGES:
        near = [n for n, above in enumerate(head) if abs(getattr(above, edge) - getattr(cell, edge)) <= _NEAR]
        if len(near) == 1:
            return near[0]
    overlaps = [min(cell.end, above.end) - max(cell.start, above.start) for above in head]
    return overlaps.index(max(overlaps))


def _is_table(head: Line, rows: Sequence[dict[int, Cell]]) -> bool:
    """Whether enough rows stand in columns of one edge each. A text of two columns, a list or an outline does not."""
    if not rows:
        return False
    texts = [cell.text for row in rows for cell in row.values()]
    if median(map(len, texts)) > _LONG_CELL or median(len(text.split()) for text in texts) > _MANY_WORDS:
        return False
    for column in range(len(head)):
        cells = [row[column] for row in rows if column in row]
        if not cells or not any(_aligned(cells, edge) for edge in _EDGES):
            return False
    return True


def _aligned(cells: Sequence[Cell], edge: str) -> bool:
    places: list[float] = [getattr(cell, edge) for cell in cells]
    middle = median(places)
    return sum(abs(place - middle) <= _NEAR for place in places) >= 0.8 * len(places)
