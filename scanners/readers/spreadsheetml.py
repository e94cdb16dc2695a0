"""Workbooks of Excel 2003 in XML (SpreadsheetML): a sheet is a table, by the rules of grid.py; texts beside the cells are kept too."""

from __future__ import annotations

from scanners.readers import tables
from scanners.readers.delimited import AROUND
from scanners.readers.grid import Grid, Range
from scanners.readers.tables import MAX_COLUMNS
from scanners.readers.xmlevents import Document, Handler
from scanners.schemas import TextTable

BESIDE = "beside the cells"
_NAMESPACE = b"urn:schemas-microsoft-com:office:spreadsheet"
_NO_TEXT = frozenset({"Interior", "Font", "Border", "Borders", "Alignment", "NumberFormat", "Protection", "Styles", "Style", "Column"})


def is_workbook(data: bytes) -> bool:
    return _NAMESPACE in data[:4096]


def read(document: Document) -> list[TextTable]:
    document.survey(Handler())
    workbook = _Workbook()
    document.read(workbook)
    workbook.close()
    lines = ((workbook.outside, AROUND), (workbook.beside, BESIDE))
    return workbook.found + [tables.lines_table(texts, name) for texts, name in lines if any(text.strip() for text in texts)]


class _Workbook(Handler):
    def __init__(self) -> None:
        self.found: list[TextTable] = []
        self.outside: list[str] = []
        self.beside: list[str] = []
        self._grid: Grid | None = None
        self._merged: list[Range] = []
        self._open: list[str] = []
        self._row = self._column = 0
        self._span = (0, 0)
        self._cells: dict[int, str] = {}
        self._pieces: list[str] = []

    def begin(self, tag: str, attributes: dict[str, str], place: int) -> None:
        self._open.append(tag)
        if tag == "Worksheet":
            self.close()
            self._grid = Grid(tables.clean_name(attributes.get("Name", "")))
        elif tag == "Row" and self._grid:
            self._row = _number(attributes, "Index", self._row + 1)
            self._column, self._cells = 0, {}
        elif tag == "Cell":
            self._column = _number(attributes, "Index", self._column + 1)
            self._span = (_number(attributes, "MergeAcross", 0), _number(attributes, "MergeDown", 0))
            if "HRef" in attributes:
                self.beside.append(attributes["HRef"])
        elif tag in ("Comment", "NamedRange"):
            self.beside += [attributes[name] for name in ("Author", "RefersTo") if name in attributes]
        if tag in ("Data", "Comment") or "Data" not in self._open:
            self._pieces = []

    def text(self, data: str) -> None:
        self._pieces.append(data)

    def aside(self, data: str) -> None:
        self.beside += data.splitlines()

    def end(self) -> None:
        tag = self._open.pop()
        if tag == "Data" and self._open[-1:] == ["Cell"]:
            self._cells[self._column] = "".join(self._pieces)
            self._pieces = []
        elif tag == "Cell":
            across, down = self._span
            if down and across < MAX_COLUMNS:
                self._merged.append((self._row, self._column, self._row + down, self._column + across))
            self._column += across
        elif tag == "Row" and self._grid:
            self._grid.add(self._row, self._cells)
        elif tag not in _NO_TEXT and "Data" not in self._open and (text := "".join(self._pieces).strip()):
            self.beside.append(text)
            self._pieces = []

    def give_up(self) -> int | None:
        """The cells of an open row stay."""
        if self._grid and self._cells and "Row" in self._open:
            self._grid.add(self._row, self._cells)
        self._open = []
        return None

    def close(self) -> None:
        """The sheet that was read is whole."""
        if self._grid:
            found, around = self._grid.finish(self._merged)
            self.found += found
            self.outside += around
        self._grid, self._merged, self._row = None, [], 0


def _number(attributes: dict[str, str], name: str, otherwise: int) -> int:
    told = attributes.get(name, "")
    return int(told) if told.isdecimal() and len(told) < 8 else otherwise
