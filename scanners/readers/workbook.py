"""Workbooks of older and other programs, through calamine: XLS (BIFF), XLSB and ODS. Cells only; XLSX is read in spreadsheet.py."""

from __future__ import annotations

import io
import zipfile

import python_calamine as calamine

from scanners.errors import Quarantine
from scanners.readers import archive, tables
from scanners.readers.delimited import AROUND
from scanners.readers.grid import Grid
from scanners.readers.plain import Plain
from scanners.readers.source import Reading, Source
from scanners.schemas import TextTable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "the workbook is protected by a password"
_DOCUMENTS = frozenset({"docx", "docm", "dotx", "dotm", "doc"})


class OldWorkbookReader:
    """Files of OLE streams: xls, and what a password makes of an xlsx."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return head.startswith(_OLE)

    def read(self, source: Source) -> Reading:
        if _has_stream(source.data, "EncryptedPackage"):
            raise Quarantine(_PASSWORD if source.extension not in _DOCUMENTS else "the document is protected by a password")
        if not _has_stream(source.data, "Workbook") and not _has_stream(source.data, "Book\x00"):
            raise Quarantine("an old Office document (doc, ppt, msg) is not read yet")
        return _read(source, "xls")


def read_package(source: Source, format_name: str) -> Reading:
    """An xlsb or ods, once it is known to unpack to no more than the limits allow."""
    budget = archive.Budget(source.limits)
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as package:
            if archive.overlapping(package.infolist(), package.start_dir):
                raise Quarantine("a workbook whose parts overlap is not read")
            for entry in package.infolist():
                budget.entry()
                with package.open(entry) as stream:
                    for _ in budget.stream(stream.read, entry.compress_size):
                        pass
    except archive.Refused as refused:
        raise Quarantine(str(refused)) from None
    except (archive.Broken, zipfile.BadZipFile, OSError, RuntimeError, EOFError):
        raise Quarantine(f"the {format_name} is damaged") from None
    return _read(source, format_name)


def _read(source: Source, format_name: str) -> Reading:
    found: list[TextTable] = []
    around: list[str] = []
    reasons = [f"comments and properties of {format_name} are not read"]
    plain = Plain()
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as book:
            for number, name in enumerate(book.sheet_names, 1):
                try:
                    own, lines = _sheet(book, name, plain)
                except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError, OverflowError):
                    reasons.append(f"sheet {number} is damaged")
                    continue
                found += own
                around += lines
    except calamine.PasswordError:
        raise Quarantine(_PASSWORD) from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError, OSError, OverflowError):
        raise Quarantine(f"the {format_name} is damaged") from None
    if not found and len(reasons) > 1:
        raise Quarantine(f"the {format_name} is damaged")
    lines_around = [tables.lines_table(around, AROUND)] if around else []
    return Reading(tables.parsed(format_name, [*found, *lines_around], None, {}, reasons))


def _sheet(book: calamine.CalamineWorkbook, name: str, plain: Plain) -> tuple[list[TextTable], list[str]]:
    sheet = book.get_sheet_by_name(name)
    grid = Grid(tables.clean_name(name))
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = {column: text for column, value in enumerate(row, 1) if (text := plain.scalar(value))}
        grid.add(number, cells)
    merged = [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    return grid.finish(merged)


def _has_stream(data: bytes, name: str) -> bool:
    """Names of streams stand in OLE's directory as UTF-16."""
    return name.encode("utf-16-le") in data
