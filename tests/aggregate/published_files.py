"""Tables as the readers really hand them over: CSV and XLSX bytes of kind `aggregate`, read into layouts."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook

from scanners import readers
from scanners.aggregate.layout import AuditColumn, Layout, layouts
from scanners.readers.source import Source
from scanners.schemas import ParsedFile, TextTable

BESIDE = ("lines around the table", "properties", "rejected lines")


def csv_file(text: str) -> list[Layout]:
    return read(readers.read(Source("table.csv", text.encode(), "aggregate")).parsed)


def xlsx_file(rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> list[Layout]:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return read(readers.read(Source("table.xlsx", out.getvalue(), "aggregate")).parsed)


def read(parsed: ParsedFile) -> list[Layout]:
    tables: list[TextTable] = [t for t in parsed.tables if t.name not in BESIDE]
    return [shape for table in tables for shape in layouts(table)]


def column(shape: Layout, name: str) -> AuditColumn:
    return next(c for c in shape.columns if c.name == name)


def texts(shape: Layout, name: str) -> list[str]:
    return [cell.text for cell in column(shape, name).cells]


def names(shape: Layout) -> list[str]:
    return [c.name for c in shape.columns]


def roles(shape: Layout) -> dict[str, str]:
    return {c.name: c.role for c in shape.columns}
