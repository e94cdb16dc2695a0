"""Workbooks of older and other programs: XLS (BIFF), XLSB and ODS. Cells through calamine, all sheets, hidden ones too; what stands beside
them (comments, properties, links) by biff.py, package.py and open_document.py. XLSX is read in spreadsheet.py.
"""

from __future__ import annotations

import io
import re
import zipfile

import python_calamine as calamine

from scanners.errors import Quarantine
from scanners.readers import archive, biff, open_document, package, tables
from scanners.readers.delimited import AROUND, PUBLISHED
from scanners.readers.grid import Grid
from scanners.readers.plain import Plain
from scanners.readers.source import Reading, Source
from scanners.schemas import TextTable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "the workbook is protected by a password"
COMMENTS = "comments"
BESIDE = "beside the cells"
_SHEET = re.compile(r"xl/(?:work|chart|dialog)sheets/[^/]+\.bin")
_SKIPPED = re.compile(
    r"\[Content_Types\]\.xml|.*\.rels|xl/(?:workbook|sharedStrings|styles|calcChain|metadata)\.bin|xl/theme/.*|xl/printerSettings/.*"
    r"|xl/tables/.*\.bin|xl/worksheets/binaryIndex\d*\.bin|_xmlsignatures/.*|docProps/thumbnail\..*"
)
_UNREAD = (
    (re.compile(r"xl/media/.*|.*\.(?:png|jpe?g|gif|emf|wmf|tiff?|bmp|svg)", re.I), "pictures are not read"),
    (re.compile(r".*vbaProject.*\.bin|xl/macrosheets/.*|.*/activeX.*\.bin", re.I), "macros are not read"),
    (re.compile(r"xl/embeddings/.*"), "embedded files are not read"),
    (re.compile(r"xl/pivotCache/.*|xl/externalLinks/.*"), "caches of pivot tables and of other workbooks are not read"),
)
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
        with zipfile.ZipFile(io.BytesIO(source.data)) as file:
            if archive.overlapping(file.infolist(), file.start_dir):
                raise Quarantine("a workbook whose parts overlap is not read")
            for entry in file.infolist():
                budget.entry()
                with file.open(entry) as stream:
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
    reasons: list[str] = []
    plain = Plain()
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as book:
            for number, name in enumerate(book.sheet_names, 1):
                try:
                    own, lines = _sheet(book, name, plain, source.kind in PUBLISHED)
                except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError, OverflowError):
                    reasons.append(f"sheet {number} is damaged")
                    continue
                found += own
                around += lines
    except calamine.PasswordError:
        raise Quarantine(_PASSWORD) from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError, OSError, OverflowError):
        raise Quarantine(f"the {format_name} is damaged") from None
    if not found and reasons:
        raise Quarantine(f"the {format_name} is damaged")
    lines_around = [tables.lines_table(around, AROUND)] if around else []
    beside, missed = {"xls": _beside_xls, "xlsb": _beside_xlsb}.get(format_name, open_document.beside_cells)(source)
    reasons = list(dict.fromkeys([*reasons, *missed]))
    return Reading(tables.parsed(format_name, [*found, *lines_around, *beside], None, {}, reasons))


def _beside_xls(source: Source) -> tuple[list[TextTable], list[str]]:
    found = biff.of_xls(source.data)
    missed = [*found.unread, *([] if found.whole else ["comments and properties of the xls cannot be read whole"])]
    return _said({COMMENTS: found.comments, BESIDE: found.others, tables.PROPERTIES: found.properties}), missed


def _beside_xlsb(source: Source) -> tuple[list[TextTable], list[str]]:
    parts = package.read(source, "workbook", _Parts)
    return _said(parts.said), parts.reasons


class _Parts:
    """What the parts of an XLSB beside its sheets say; those that are XML are as in XLSX."""

    def __init__(self, parts: package.Package) -> None:
        self.reasons: list[str] = []
        self.said: dict[str, list[tuple[str, str]]] = {COMMENTS: [], BESIDE: [], tables.PROPERTIES: []}
        self._package = parts

    def read(self) -> None:
        for part in sorted(self._package.parts):
            try:
                self._part(part)
            except package.Broke as broke:
                self.reasons.append(f"a part beside the sheets cannot be read whole ({broke})")

    def _part(self, part: str) -> None:
        if _SHEET.fullmatch(part):
            self.said[BESIDE] += [("link", target) for kind, target in self._package.relations(part).values() if kind == "hyperlink"]
        elif _SKIPPED.fullmatch(part):
            return
        elif re.fullmatch(r"xl/comments\d*\.bin", part):
            found = biff.of_xlsb_comments(self._package.data(part))
            self.said[COMMENTS] += found.comments
            if not found.whole or not found.comments:
                self.reasons.append("comments of the xlsb cannot be read whole")
        elif part.endswith((".xml", ".vml")):
            words = package.Words()
            where = COMMENTS if "omment" in part or "persons/" in part else tables.PROPERTIES if part.startswith("docProps/") else BESIDE
            self._package.parse(part, words)
            self.said[where] += [(tag, text) for tag, text in words.found if not package.NO_WORD.fullmatch(text.strip())]
        else:
            self.reasons.append(next((why for pattern, why in _UNREAD if pattern.fullmatch(part)), "parts of no known kind are not read"))


def _said(found: dict[str, list[tuple[str, str]]]) -> list[TextTable]:
    kept = {name: [(path, value) for path, value in dict.fromkeys(said) if value.strip()] for name, said in found.items()}
    return [
        TextTable(name, tables.columns_table({"path": [p for p, _ in said], "value": [v for _, v in said]}))
        for name, said in kept.items()
        if said
    ]


def _sheet(book: calamine.CalamineWorkbook, name: str, plain: Plain, published: bool) -> tuple[list[TextTable], list[str]]:
    sheet = book.get_sheet_by_name(name)
    grid = Grid(tables.clean_name(name), published)
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = {column: text for column, value in enumerate(row, 1) if (text := plain.scalar(value))}
        grid.add(number, cells)
    merged = [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    return grid.finish(merged)


def _has_stream(data: bytes, name: str) -> bool:
    """Names of streams stand in OLE's directory as UTF-16."""
    return name.encode("utf-16-le") in data
