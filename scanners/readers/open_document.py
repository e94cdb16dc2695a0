"""Texts and slides of office programs: ODT, ODP and ODG (OASIS OpenDocument 1.3), PPTX (ECMA-376, PresentationML); and what stands beside
the cells of an ODS. Paragraphs are lines, tables are tables, comments and properties come beside.

The cells of an ODS are read in workbook.py. Pictures, embedded files and macros are named and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.xmlreader import AttributesImpl

from scanners.errors import Quarantine
from scanners.readers import package, tables
from scanners.readers.delimited import AROUND
from scanners.readers.forms import Forms, form
from scanners.readers.grid import Grid
from scanners.readers.package import NO_WORD, Broke, Package, Part, Words
from scanners.readers.source import Reading, Source
from scanners.schemas import TextTable

COMMENTS = "comments"
BESIDE = "beside the text"

_TEXTS = re.compile(r"(?:Object [^/]*/)?(?:content|styles)\.xml|ppt/(?:slides|notesSlides)/[^/]+\.xml")
_COMMENTS = re.compile(r"ppt/(?:comments/|comment|authors).*\.xml")
_PROPERTIES = re.compile(r"meta\.xml|docProps/\w+\.xml")
_SKIPPED = re.compile(
    r"mimetype|META-INF/.*|(?:Object [^/]*/)?(?:settings|meta)\.xml|manifest\.rdf|layout-cache|Configurations2/.*|Thumbnails/.*|.*\.rels"
    r"|\[Content_Types\]\.xml|docProps/thumbnail\..*|ppt/(?:theme|fonts|printerSettings)/.*|ppt/(?:presProps|viewProps|tableStyles)\.xml"
    r"|ppt/(?:presentation|revisionInfo)\.xml|ppt/changesInfos/.*|_xmlsignatures/.*|Fonts/.*"
)
_UNREAD = (
    (re.compile(r"(?:Pictures|media|ppt/media)/.*|.*\.(?:png|jpe?g|gif|emf|wmf|tiff?|bmp|svg|svm)", re.I), "pictures are not read"),
    (re.compile(r"(?:Basic|Scripts)/.*|.*vbaProject.*\.bin|.*/activeX.*\.bin", re.I), "macros are not read"),
    (re.compile(r"ppt/embeddings/.*|Object.*|ObjectReplacements/.*"), "embedded files are not read"),
)
_MOST_SPACES = 1_000
_MOST_CELLS = 2_000


def read_package(source: Source, format_name: str) -> Reading:
    """A text or slides, once archive.py has said that the zip is such."""
    document = package.read(source, "document", _Document)
    found = document.all_tables()
    if not any(table.data.num_rows for table in found) and document.reasons:
        raise Quarantine(f"the document cannot be read: {document.reasons[0]}")
    return Reading(tables.parsed(format_name, found, None, {}, list(dict.fromkeys(document.reasons))))


def beside_cells(source: Source) -> tuple[list[TextTable], list[str]]:
    """Of an ODS: the tables of its comments, drawings, headers and properties; and what of it is not read."""
    document = package.read(source, "workbook", lambda parts: _Document(parts, cells=False))
    return [table for table in document.all_tables() if table.data.num_rows], document.reasons


class _Document:
    """One document's reading. `cells`: of a workbook those of the tables are left out."""

    def __init__(self, parts: Package, cells: bool = True) -> None:
        self.package = parts
        self.reasons: list[str] = []
        self._cells = cells
        self._lines: list[str] = []
        self._around: list[str] = []
        self._forms = Forms()
        self._tables: list[TextTable] = []
        self._said: dict[str, dict[tuple[str, str], None]] = {COMMENTS: {}, tables.PROPERTIES: {}, BESIDE: {}}

    def read(self) -> None:
        if self.package.repeated:
            self.reasons.append("parts that are there twice, one of them read")
        for part in sorted(self.package.parts, key=_in_order):
            if _TEXTS.fullmatch(part):
                self._text(part)
            elif _COMMENTS.fullmatch(part):
                self._words(part, COMMENTS)
            elif _PROPERTIES.fullmatch(part):
                self._words(part, tables.PROPERTIES)
            elif not _SKIPPED.fullmatch(part):
                self._other(part)

    def all_tables(self) -> list[TextTable]:
        found = [*([tables.lines_table(self._lines)] if self._lines or not self._tables else []), *self._tables, *self._forms.tables()]
        if self._around:
            found.append(tables.lines_table(self._around, AROUND))
        for name, said in self._said.items():
            if said:
                paths, values = zip(*said, strict=True)
                found.append(TextTable(name, tables.columns_table({"path": paths, "value": values})))
        return found

    def _parse(self, part: str, handler: Part | Words) -> None:
        try:
            self.package.parse(part, handler)
        except Broke as broke:
            self.reasons.append(f"a part cannot be read whole ({broke})")

    def _text(self, part: str) -> None:
        text = _Text(slides=part.startswith("ppt/"), cells=self._cells)
        self._parse(part, text)
        text.finish()
        self._lines += text.lines
        self._say(COMMENTS, text.comments)
        self._say(BESIDE, text.beside)
        for rows in text.tables:
            self._table(rows)

    def _table(self, rows: list[dict[int, str]]) -> None:
        if filled := form([list(row.values()) for row in rows]):
            self._forms.add(filled[0])
            self._lines += filled[1]
            return
        grid = Grid("")
        for number, row in enumerate(rows, 1):
            grid.add(number, row)
        found, around = grid.finish()
        self._tables += found
        self._around += around

    def _words(self, part: str, where: str) -> None:
        words = Words()
        self._parse(part, words)
        self._say(where, ((tag, text) for tag, text in words.found if not NO_WORD.fullmatch(text.strip())))

    def _other(self, part: str) -> None:
        if reason := next((reason for pattern, reason in _UNREAD if pattern.fullmatch(part)), None):
            self.reasons.append(reason)
        elif part.endswith((".xml", ".vml")):
            self._words(part, BESIDE)
        else:
            self.reasons.append("parts of no known kind are not read")

    def _say(self, where: str, found: Iterable[tuple[str, str]]) -> None:
        for path, value in found:
            if value.strip():
                self._said[where][path, value.strip()] = None


def _in_order(part: str) -> tuple[bool, str, int, str]:
    """Slides by number, the text before what stands beside it."""
    number = re.search(r"(\d+)\.xml", part)
    return part != "content.xml", part.rpartition("/")[0], int(number[1]) if number else 0, part


class _Text(Part):
    """Paragraphs, tables and comments of one part. In slides text stands in `t` alone, in OpenDocument in the paragraph itself."""

    def __init__(self, slides: bool, cells: bool) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.tables: list[list[dict[int, str]]] = []
        self.comments: list[tuple[str, str]] = []
        self.beside: list[tuple[str, str]] = []
        self._slides, self._keeps_cells = slides, cells
        self._paragraphs: list[list[str]] = []
        self._open: list[_Table] = []
        self._comment: list[str] | None = None
        self._author = ""
        self._drawn = 0

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        self._flush()
        if tag in ("p", "h"):
            self._paragraphs.append([])
        elif tag == "annotation":
            self._comment, self._author = [], ""
        elif tag in ("tbl", "table"):
            self._open.append(_Table())
        elif tag in ("tr", "table-row") and self._open:
            self._open[-1].open_row(_count(attrs, "number-rows-repeated"))
        elif tag in ("tc", "table-cell", "covered-table-cell") and self._open:
            self._open[-1].open_cell(_count(attrs, "number-columns-repeated"))
        elif tag == "s" and not self._slides:
            self._add(" " * min(_count(attrs, "c"), _MOST_SPACES))
        elif tag in ("tab", "line-break", "br"):
            self._add("\t" if tag == "tab" else "\n")
        elif tag in ("frame", "custom-shape", "rect", "ellipse", "header", "footer", "header-left", "footer-left"):
            self._drawn += 1
        for key, value in attrs.items():
            if key.rpartition(":")[2] in ("href", "descr", "description") and value.strip() and not _inner(value):
                self.beside.append((tag, value))

    def end(self, tag: str) -> None:
        if tag == "t" or not self._slides:
            self._flush(tag)
        self.clear()
        if tag in ("p", "h") and self._paragraphs:
            self._place("".join(self._paragraphs.pop()))
        elif tag == "annotation" and self._comment is not None:
            self.comments.append((self._author or "comment", "\n".join(self._comment)))
            self._comment = None
        elif tag in ("tc", "table-cell", "covered-table-cell") and self._open:
            self._open[-1].close_cell()
        elif tag in ("tbl", "table") and self._open:
            self._close_table()
        elif tag in ("frame", "custom-shape", "rect", "ellipse", "header", "footer", "header-left", "footer-left"):
            self._drawn -= 1

    def finish(self) -> None:
        """Close what a broken part left open."""
        while self._paragraphs:
            self._place("".join(self._paragraphs.pop()))
        if self._comment:
            self.comments.append((self._author or "comment", "\n".join(self._comment)))
        while self._open:
            self._close_table()

    def _flush(self, tag: str = "") -> None:
        """Put what was read so far where it belongs: into the paragraph, or beside it (a title, the author of a comment)."""
        text = self.text()
        if not text or (self._slides and tag != "t"):
            return
        self.clear()
        if tag == "creator" and self._comment is not None:
            self._author = text.strip()
        elif self._paragraphs:
            self._add(text)
        elif text.strip() and not NO_WORD.fullmatch(text.strip()):
            self.beside.append((tag or "text", text))

    def _add(self, text: str) -> None:
        if self._paragraphs:
            self._paragraphs[-1].append(text)

    def _place(self, text: str) -> None:
        if not text.strip():
            return
        if self._comment is not None:
            self._comment.append(text)
        elif self._open and not (self._drawn and not self._keeps_cells):
            self._open[-1].texts.append(text)
        else:
            self.lines += text.splitlines()

    def _close_table(self) -> None:
        table = self._open.pop()
        table.close_cell()
        rows = [row for row in table.rows if row]
        if not self._keeps_cells:
            return
        if self._open:  # a table within a cell is text of the cell
            self._open[-1].texts += ["; ".join(row.values()) for row in rows]
        elif len(rows) < 2 or max(map(len, rows)) < 2:
            self.lines += [line for row in rows for text in row.values() for line in text.splitlines()]
        else:
            self.tables.append(table.rows)


class _Table:
    def __init__(self) -> None:
        self.rows: list[dict[int, str]] = []
        self.texts: list[str] = []
        self._column = 1
        self._width = 1

    def open_row(self, repeated: int) -> None:
        self.close_cell()
        self.rows.append({})
        self._column = 1

    def open_cell(self, repeated: int) -> None:
        self.close_cell()
        self._width = min(repeated, _MOST_CELLS)

    def close_cell(self) -> None:
        text, self.texts = "\n".join(self.texts), []
        if self.rows:
            if text.strip() and self._column <= _MOST_CELLS:
                self.rows[-1].update({self._column + n: text for n in range(self._width)})
            self._column += self._width
        self._width = 0


def _count(attrs: AttributesImpl[str], name: str) -> int:
    value = next((v for key, v in attrs.items() if key.rpartition(":")[2] == name), "")
    return max(1, int(value)) if value.isdecimal() and len(value) < 8 else 1


def _inner(target: str) -> bool:
    """A link to another place of the document or to one of its parts."""
    return target.startswith(("#", "Pictures/", "./Object", "ObjectReplacements/", "../"))
