"""XLSX and XLSM (ECMA-376, SpreadsheetML), part by part as they unpack: numbers as written, hidden sheets too. A broken part costs itself.

Of a cell with a formula its stored value is read. What lies beside the cells (comments, properties, drawings, caches of pivot
tables and of other workbooks) comes as (path, value). Pictures, embedded files and macros are named and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from scanners.errors import Quarantine
from scanners.readers import archive, docx, open_document, package, tables, workbook
from scanners.readers.delimited import AROUND, PUBLISHED
from scanners.readers.grid import Grid, Range
from scanners.readers.package import NO_WORD, Broke, Package, Part, Words
from scanners.readers.plain import moment, number
from scanners.readers.source import Reading, Source
from scanners.schemas import TextTable

COMMENTS = "comments"
BESIDE = "beside the cells"

_LOCALE_DATES = frozenset([*range(27, 37), *range(50, 59)])
"""Built-in formats that are dates in some languages (ECMA-376 part 1, 18.8.30)."""
_ZEROS = re.compile(r"[0\- ()/.]*0[0\- ()/.]*")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_INTEGER = re.compile(r"-?\d+")
_LITERAL = re.compile(r'"[^"]*(?:@|://|\d{5}|[^\W\d]{2} [^\W\d]{2})[^"]*"')
_PROPERTY_PARTS = re.compile(r"docProps/\w+\.xml")
_COMMENT_PARTS = re.compile(r"(?:comments|threadedComment|persons?)\d*/?")
_SKIPPED = re.compile(
    r"\[Content_Types\]\.xml|.*\.rels|xl/(?:styles|calcChain|metadata|sharedStrings|workbook)\.xml|xl/theme/.*|xl/printerSettings/.*"
    r"|xl/richData/.*|_xmlsignatures/.*|xl/revisions/.*Head.*|docProps/thumbnail\..*"
)
_UNREAD = (
    (re.compile(r"xl/media/.*|.*\.(?:png|jpe?g|gif|emf|wmf|tiff?|bmp|svg)", re.I), "pictures are not read"),
    (re.compile(r".*vbaProject.*\.bin|xl/macrosheets/.*|.*/activeX.*\.bin", re.I), "macros are not read"),
    (re.compile(r"xl/embeddings/.*"), "embedded files are not read"),
)


class SpreadsheetReader:
    """Every workbook in a zip; those whose sheets are not SpreadsheetML go on to calamine (workbook.py), documents to docx.py."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return head.startswith(b"PK\x03\x04")  # every other zip was unpacked before (archive.py)

    def read(self, source: Source) -> Reading:
        found = archive.office_format(source.data)
        if found is None:
            raise Quarantine("a zip of no known kind")
        if found == "docx":
            return docx.read_package(source)
        if found in ("pptx", "odt", "odp", "odg"):
            return open_document.read_package(source, found)
        if found != "xlsx":
            return workbook.read_package(source, found)
        book = package.read(source, "workbook", lambda parts: _Book(parts, source.kind in PUBLISHED))
        if not book.tables and book.reasons:
            raise Quarantine(f"the workbook cannot be read: {book.reasons[0]}")
        return Reading(tables.parsed("xlsx", book.all_tables(), None, {}, list(dict.fromkeys(book.reasons))))


class _Book:
    """One workbook's reading."""

    def __init__(self, package: Package, published: bool = False) -> None:
        self.package = package
        self._published = published
        self.tables: list[TextTable] = []
        self.reasons: list[str] = []
        self._around: list[str] = []
        self._extra: dict[str, dict[tuple[str, str], None]] = {COMMENTS: {}, tables.PROPERTIES: {}, BESIDE: {}}
        self._handled: set[str] = set()

    def read(self) -> None:
        if self.package.repeated:
            self.reasons.append("parts that are there twice, one of them read")
        main = next((p for p in ("xl/workbook.xml", *self.package.parts) if p in self.package.parts and p.endswith("/workbook.xml")), "")
        directory, targets = _Directory(), {}
        if main and self._parse(main, directory, "the workbook's directory"):
            targets = self._relations(main)
        shared, styles = _SharedStrings(), _Styles()
        for kind, handler in (("sharedStrings", shared), ("styles", styles)):
            part = next((t for k, t in targets.values() if k == kind), f"xl/{kind}.xml")
            if part in self.package.parts:
                self._parse(part, handler, {"styles": "the workbook's styles"}.get(kind, "the workbook's texts"))
        for name, relation in directory.sheets:
            part = targets.get(relation, ("", ""))[1]
            if part not in self.package.parts:
                self.reasons.append("a sheet is missing")
            elif part not in self._handled:
                self._sheet(name, part, shared.texts, styles.kinds(), directory.epoch)
        for part in sorted(self.package.parts):  # sheets that the directory does not name
            if part not in self._handled and re.fullmatch(r"xl/(?:work|chart|dialog)sheets/[^/]+\.xml", part):
                self._sheet(part.rpartition("/")[2].removesuffix(".xml"), part, shared.texts, styles.kinds(), directory.epoch)
        self._say(tables.PROPERTIES, [("sheet", name) for name, _ in directory.sheets])
        self._say(tables.PROPERTIES, directory.names)
        for part in sorted(self.package.parts):
            if part not in self._handled:
                self._other(part)

    def all_tables(self) -> list[TextTable]:
        found = list(self.tables)
        if self._around:
            found.append(tables.lines_table(self._around, AROUND))
        for name, said in self._extra.items():
            if said:
                paths, values = zip(*said, strict=True)
                found.append(TextTable(name, tables.columns_table({"path": paths, "value": values})))
        return found

    def _parse(self, part: str, handler: ContentHandler, called: str) -> bool:
        self._handled.add(part)
        try:
            self.package.parse(part, handler)
        except Broke as broke:
            self.reasons.append(f"{called} cannot be read whole ({broke})")
            return False
        return True

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        try:
            return self.package.relations(part)
        except Broke as broke:
            self.reasons.append(f"a part's links cannot be read ({broke})")
            return {}

    def _sheet(self, name: str, part: str, texts: Sequence[str], kinds: Sequence[_Kind], epoch: datetime) -> None:
        sheet = _Sheet(Grid(name, self._published), texts, kinds, epoch)
        self._parse(part, sheet, f"sheet {len(self.tables) + 1}")
        found, around = sheet.grid.finish(sheet.merged)
        self.tables += found or [TextTable(name, tables.columns_table({"column_1": []}))]
        self._around += around
        if sheet.missing:
            self.reasons.append(f"{sheet.missing:,} cells of sheet {len(self.tables)} refer to texts that are not there")
        self._say(BESIDE, ((f"{name}!{place}", text) for place, text in sheet.beside))
        for kind, target in self._relations(part).values():
            if kind in ("comments", "threadedComment") and target in self.package.parts and target not in self._handled:
                comments = _Comments()
                self._parse(target, comments, "comments")
                self._say(COMMENTS, ((f"{name}!{place}", text) for place, text in comments.found))
            elif kind == "hyperlink":
                self._say(BESIDE, [(f"{name} link", target)])

    def _other(self, part: str) -> None:
        """Any part that is no sheet: what it says, or that it is not read."""
        if _SKIPPED.fullmatch(part):
            return
        if reason := next((reason for pattern, reason in _UNREAD if pattern.fullmatch(part)), None):
            self.reasons.append(reason)
        elif part.endswith((".xml", ".vml")):
            words = Words()
            self._parse(part, words, "a part beside the sheets")
            said = [(tag, text) for tag, text in words.found if not NO_WORD.fullmatch(text.strip())]
            if _PROPERTY_PARTS.fullmatch(part):
                self._say(tables.PROPERTIES, said)
            else:
                where = COMMENTS if _COMMENT_PARTS.search(part) else BESIDE
                self._say(where, ((part.removeprefix("xl/"), text) for _, text in said))
        else:
            self.reasons.append("parts of no known kind are not read")

    def _say(self, where: str, found: Iterable[tuple[str, str]]) -> None:
        for path, value in found:
            if value and value.strip():
                self._extra[where][path, value.strip()] = None


# ---- the parts ---------------------------------------------------------------------------------------------------------


class _Directory(Part):
    """`sheets` is (name, id of the relation), hidden ones too; `names` are defined names and what they stand for."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.names: list[tuple[str, str]] = []
        self.epoch = CALENDAR_WINDOWS_1900
        self._name = ""

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag == "sheet":
            relation = next((value for key, value in attrs.items() if key.rpartition(":")[2] == "id"), "")
            self.sheets.append((attrs.get("name", ""), relation))
        elif tag == "workbookPr" and attrs.get("date1904", "0") in ("1", "true", "on"):
            self.epoch = CALENDAR_MAC_1904
        elif tag == "definedName":
            self._name = attrs.get("name", "")
            self.clear()

    def end(self, tag: str) -> None:
        if tag == "definedName":
            self.names.append((f"name {self._name}", self.text()))


class _SharedStrings(Part):
    """The workbook's texts, in order; a rich text is one, its pieces joined."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._within = False

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag == "si":
            self._parts = []
        self._within = tag == "t"
        self.clear()

    def end(self, tag: str) -> None:
        if tag == "t" and self._within:
            self._parts.append(self.text())
        elif tag == "si":
            self.texts.append(_unescaped("".join(self._parts)))
        self._within = False


@dataclass(frozen=True)
class _Kind:
    """How a cell's number is shown: as a date, or with the zeros of a pattern (`000-00-0000`)."""

    date: bool = False
    pattern: str | None = None


class _Styles(Part):
    def __init__(self) -> None:
        super().__init__()
        self._formats: dict[int, str] = {}
        self._cells: list[int] = []
        self._within = False

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag == "numFmt":
            self._formats[int(attrs.get("numFmtId", "0"))] = attrs.get("formatCode", "")
        elif tag == "cellXfs":
            self._within = True
        elif tag == "xf" and self._within:
            self._cells.append(int(attrs.get("numFmtId", "0")))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._within = False

    def kinds(self) -> list[_Kind]:
        """By the number that a cell names."""
        return [self._kind(number) for number in self._cells]

    def _kind(self, format_number: int) -> _Kind:
        code = self._formats.get(format_number) or BUILTIN_FORMATS.get(format_number, "General")
        if (format_number in _LOCALE_DATES and format_number not in self._formats) or is_date_format(code):
            return _Kind(date=not code.startswith("[h") and not code.startswith("[m"))
        shown = code.split(";")[0].replace("\\", "").replace('"', "")
        return _Kind(pattern=shown if shown.count("0") > 1 and "." not in shown and _ZEROS.fullmatch(shown) else None)


class _Sheet(Part):
    """One sheet's cells into a grid. `beside` are texts of the sheet that are in no cell; `missing` cells had no text to show."""

    def __init__(self, grid: Grid, texts: Sequence[str], kinds: Sequence[_Kind], epoch: datetime) -> None:
        super().__init__()
        self.grid = grid
        self.merged: list[Range] = []
        self.beside: list[tuple[str, str]] = []
        self.missing = 0
        self._texts, self._kinds, self._epoch = texts, kinds, epoch
        self._row = 0
        self._column = 0
        self._cells: dict[int, str] = {}
        self._place = self._type = self._formula = self._inline = ""
        self._style = 0
        self._value: str | None = None
        self._in_cell = False

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag == "c":
            self._begin_cell(attrs)
        elif tag == "row":
            self._row = int(attrs.get("r") or self._row + 1)
            self._column, self._cells = 0, {}
        elif tag == "mergeCell" and (found := re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", attrs.get("ref", ""))):
            self.merged.append((int(found[2]), _column(found[1]), int(found[4]), _column(found[3])))
        elif tag == "hyperlink":
            where = attrs.get("ref", "")
            self.beside += [(where, text) for key in ("display", "tooltip", "location") if (text := attrs.get(key))]
        elif tag == "dataValidation":
            self.beside += [(attrs.get("sqref", ""), text) for key in ("prompt", "promptTitle", "error") if (text := attrs.get(key))]
        self.clear()

    def end(self, tag: str) -> None:
        if tag == "v" and self._in_cell:
            self._value = self.text()
        elif tag == "t" and self._in_cell:
            self._inline += self.text()
        elif tag == "f" and self._in_cell:
            self._formula = self.text()
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self.grid.add(self._row, self._cells)
            self._cells = {}
        elif not self._in_cell and (text := self.text().strip()) and (len(text) > 1):
            self.beside.append((tag, text))  # page headers and footers, formulas of conditions
        self.clear()

    def _begin_cell(self, attrs: AttributesImpl[str]) -> None:
        self._place = attrs.get("r", "")
        found = _CELL.fullmatch(self._place)
        self._column = _column(found[1]) if found else self._column + 1
        self._type, self._style = attrs.get("t", "n"), int(attrs.get("s", "0"))
        self._value, self._inline, self._formula, self._in_cell = None, "", "", True

    def _end_cell(self) -> None:
        self._in_cell = False
        text = self._shown()
        if self._formula and not text:
            text = f"={self._formula}"
        elif self._formula and _LITERAL.search(self._formula):
            self.beside.append((self._place, f"={self._formula}"))
        if text:
            self._cells[self._column] = text

    def _shown(self) -> str | None:
        value = self._value
        if self._type == "inlineStr" or (value is None and self._inline):
            return _unescaped(self._inline)
        if value is None:
            return None
        if self._type == "s":
            place = int(value) if _INTEGER.fullmatch(value.strip()) else -1
            if 0 <= place < len(self._texts):
                return self._texts[place]
            self.missing += 1
            return None
        if self._type == "b":
            return "true" if value.strip() in ("1", "true") else "false"
        if self._type == "d":
            return value.removesuffix("T00:00:00").removesuffix("T00:00:00.000")
        if self._type in ("str", "e"):
            return _unescaped(value)
        return self._number(value.strip())

    def _number(self, written: str) -> str:
        kind = self._kinds[self._style] if 0 <= self._style < len(self._kinds) else _Kind()
        if kind.date and (shown := _date(written, self._epoch)):
            return shown
        if _INTEGER.fullmatch(written):
            return _padded(written, kind.pattern) if kind.pattern else written
        try:
            shown = number(float(written))
        except (ValueError, OverflowError):
            return written
        return _padded(shown, kind.pattern) if kind.pattern and _INTEGER.fullmatch(shown) else shown


class _Comments(Part):
    """(cell, text) of comments and threaded comments."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._place = ""
        self._parts: list[str] = []

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag in ("comment", "threadedComment"):
            self._place, self._parts = attrs.get("ref", ""), []
        self.clear()

    def end(self, tag: str) -> None:
        if tag in ("t", "text") and self.text():
            self._parts.append(self.text())
        elif tag == "author" and self.text():
            self.found.append(("author", self.text()))
        elif tag in ("comment", "threadedComment"):
            self.found.append((self._place, "".join(self._parts)))
        self.clear()


def _column(letters: str) -> int:
    number_ = 0
    for letter in letters:
        number_ = number_ * 26 + ord(letter) - 64
    return number_


def _date(written: str, epoch: datetime) -> str | None:
    try:
        value = from_excel(float(written), epoch)
    except (ValueError, OverflowError, TypeError):
        return None
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, time) else None


def _padded(digits: str, pattern: str) -> str:
    """Digits put into a pattern of zeros from the right, as it is shown: 123456789 in `000-00-0000`."""
    if digits.startswith("-"):
        return digits
    left = list(digits)
    shown: list[str] = []
    for sign in reversed(pattern):
        shown.append((left.pop() if left else "0") if sign == "0" else sign)
    return "".join(left) + "".join(reversed(shown))


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    """`_x000D_` is how this format writes characters that XML forbids (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if not 0xD800 <= int(m[1], 16) < 0xE000 else m[0], text).replace("\x00", "")
