"""Sheets and HTML tables to tables of text: where the header is, what stands around the table. Knows neither format.

The rules are those of CSV (delimited.py), for rows whose cells have places instead of delimiters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa

from scanners.readers import delimited
from scanners.readers.forms import Forms, form
from scanners.readers.tables import FURTHER, RowTable, strings, unique_names
from scanners.schemas import TextTable

_SAMPLE_ROWS = 200
_FORM_WIDTH, _LONGEST_FORM = 2, 60
_MAX_FILLED = 200_000
_UNNAMED = re.compile(r"column_\d+")

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column; counted from 1, all included."""


class Grid:
    """One sheet or table, filled row by row from the top; cells by column number from 1, none where a cell is blank."""

    def __init__(self, name: str, published: bool = False) -> None:
        """`published`: rows below the header stay where they are, blank ones too (one for those in a row), as in delimited.py."""
        self.name = name
        self._published = published
        self._cells = RowTable(name)
        self._numbers: list[int] = []
        self._sample: list[Mapping[int, str]] = []
        self._extents: Counter[int] = Counter()
        self._alone: list[int] = []
        self._below_blank = False

    @property
    def rows(self) -> int:
        return len(self._numbers)

    def add(self, number: int, cells: Mapping[int, str]) -> None:
        """The row `number`; a blank one may be given or left out."""
        filled = {column: text for column, text in cells.items() if text.strip()}
        last = self._numbers[-1] if self._numbers else number - 1
        self._below_blank |= number > last + 1 or not filled
        if not filled:
            return
        if self._published and self._below_blank and self._numbers:
            self._numbers.append(number - 1)
            self._cells.add({})
            if len(self._sample) < _SAMPLE_ROWS:
                self._sample.append({})
        if self._published or len(filled) > 1:
            self._below_blank = False
        elif self._below_blank:
            self._alone.append(len(self._numbers))
        if len(self._sample) < _SAMPLE_ROWS:
            self._sample.append(filled)
            self._extents[max(filled)] += 1
        self._numbers.append(number)
        self._cells.add({f"{column}": text for column, text in filled.items()})

    def finish(self, merged: Sequence[Range] = ()) -> tuple[list[TextTable], list[str]]:
        """The table (and the one of further fields), and the lines that stand above and below it.

        A cell merged over several rows is the value of each of them, except above the table.
        """
        found = self._cells.tables()
        if not found:
            return [], []
        data = found[0].data.select(sorted(found[0].columns, key=int))
        if not self._published and data.num_columns == _FORM_WIDTH and data.num_rows <= _LONGEST_FORM and (filled := form(_rows(data))):
            filled_in = Forms()
            filled_in.add(filled[0])
            return [TextTable(self.name, table.data) for table in filled_in.tables()], filled[1]
        start, names = self._header(data.column_names)
        width = self._wide()
        below = {row for row in self._alone if row > start} if width > 2 else set()
        around = [_line(data, row) for row in [*range(start), *sorted(below)]]
        first = start + bool(names)
        data = _filled(data, self._numbers, first, merged)
        data = data.slice(first) if not below else data.take([r for r in range(first, data.num_rows) if r not in below])
        data = data.rename_columns(names or [f"column_{column}" for column in data.column_names])
        blank = [n for n in data.column_names if _UNNAMED.fullmatch(n) and data[n].null_count == data.num_rows] if names else []
        if blank and len(blank) < data.num_columns:
            data = data.drop_columns(blank)
        further = [TextTable(f"{self.name} {FURTHER}".strip(), table.data) for table in found[1:]]
        return [TextTable(self.name, data), *further], [line for line in around if line]

    def _wide(self) -> int:
        wide = {extent: count for extent, count in self._extents.items() if extent > 1}
        return max(wide.items(), key=lambda item: (item[1], item[0]))[0] if wide else 1

    def _header(self, columns: Sequence[str]) -> tuple[int, list[str]]:
        """The row the table begins with, and the names in it; none where that row is data already."""
        sample = [[row.get(int(column), "") for column in columns] for row in self._sample]
        start = delimited.header_row(sample, min(self._wide(), len(columns)))
        rows = sample[start:]
        return start, [] if delimited.first_row_is_data(rows) else unique_names(rows[0])


def _rows(data: pa.Table) -> list[list[str]]:
    return [[text or "" for text in row] for row in zip(*(column.to_pylist() for column in data.columns), strict=True)]


def _line(data: pa.Table, row: int) -> str:
    return "; ".join(text for column in data.columns if (text := column[row].as_py()))


def _filled(data: pa.Table, numbers: Sequence[int], first: int, merged: Sequence[Range]) -> pa.Table:
    """The value of each cell that is merged downwards, in all of its rows."""
    place = {number: row for row, number in enumerate(numbers)}
    by_column: dict[str, list[tuple[int, int]]] = {}
    for top, left, bottom, _ in merged:
        if bottom > top and place.get(top, -1) >= first:
            by_column.setdefault(f"{left}", []).append((top, bottom))
    left_over = _MAX_FILLED
    for column, ranges in by_column.items():
        if column not in data.column_names:
            continue
        cells = data[column].to_pylist()
        for top, bottom in ranges:
            for number in range(top + 1, min(bottom, numbers[-1], top + left_over) + 1):
                if (row := place.get(number)) is not None and not cells[row]:
                    cells[row] = cells[place[top]]
                    left_over -= 1
        data = data.set_column(data.column_names.index(column), column, strings(cells))
    return data
