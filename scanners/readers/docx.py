"""DOCX, DOCM and DOTX (ECMA-376, WordprocessingML), part by part as they unpack: lines, tables, forms, and what stands beside the text.

Hidden text is text. What a tracked change took out is a table of its own, and so are comments. Embedded files are members of the
document; pictures and macros are named and not read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from xml.sax.xmlreader import AttributesImpl

from scanners.errors import Quarantine
from scanners.readers import archive, evidence, package, tables
from scanners.readers.delimited import AROUND
from scanners.readers.forms import Forms, form
from scanners.readers.grid import Grid, Range
from scanners.readers.package import NO_WORD, Broke, Package, Part, Words
from scanners.readers.source import Reading, Source
from scanners.readers.tables import MAX_COLUMNS
from scanners.schemas import TextTable

COMMENTS = "comments"
DELETED = "deleted text"
BESIDE = "beside the text"

_MAIN = "word/document.xml"
_STORIES = re.compile(r"word/(?:document|header|footer|footnotes|endnotes|comments|glossary/document)\d*\.xml")
_SKIPPED = re.compile(
    r"\[Content_Types\]\.xml|.*\.rels|word/(?:styles|stylesWithEffects|fontTable|webSettings|numbering)\d*\.xml|word/theme/.*|word/fonts/.*"
    r"|(?:.*/)?glossary/(?:styles|fontTable|webSettings|settings|numbering)\.xml|_xmlsignatures/.*|docProps/thumbnail\..*"
    r"|customXml/itemProps\d*\.xml|word/printerSettings/.*|word/comments(?:Extended|Ids|Extensible)\.xml|word/vbaData\.xml"
)
_PICTURES = re.compile(r"word/media/.*|.*\.(?:png|jpe?g|gif|emf|wmf|tiff?|bmp|svg)", re.I)
_MACROS = re.compile(r".*vbaProject.*\.bin|.*/activeX.*\.bin", re.I)
_ON = frozenset({"", "1", "true", "on"})
_SPEAKING_FIELD = re.compile(r"[\"@]|MERGEFIELD")
_TAKEN_OUT, _PUT_IN = frozenset({"del", "moveFrom"}), frozenset({"ins", "moveTo"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}


def read_package(source: Source) -> Reading:
    """A document, once archive.py has said that the zip is one."""
    document = package.read(source, "document", _Document)
    found = document.all_tables()
    if not found and document.reasons:
        raise Quarantine(f"the document cannot be read: {document.reasons[0]}")
    facts = evidence.facts_of_document(source, document.lines, document.forms.pairs, document.tables)
    attached = partial(_embedded, source.data, frozenset(document.embedded)) if document.embedded else None
    return Reading(tables.parsed("docx", found, None, {}, list(dict.fromkeys(document.reasons))), facts, attached)


def _embedded(data: bytes, names: frozenset[str], budget: archive.Budget) -> Iterator[archive.Unpacked]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for entry in file.infolist():
            if entry.filename in names:
                yield archive.zip_member(file, entry, budget)


class _Document:
    """One document's reading."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.lines: list[str] = []
        self.reasons: list[str] = []
        self.embedded: list[str] = []
        self.forms = Forms()
        self.tables: list[TextTable] = []
        self._around: list[str] = []
        self._deleted: list[str] = []
        self._comments: list[tuple[str, str]] = []
        self._said: dict[str, dict[tuple[str, str], None]] = {tables.PROPERTIES: {}, BESIDE: {}}

    def read(self) -> None:
        if self.package.repeated:
            self.reasons.append("parts that are there twice, one of them read")
        parts = sorted(self.package.parts, key=lambda part: (part != _MAIN, part))
        if not any(re.fullmatch(r"word/document\d*\.xml", part) for part in parts):
            self.reasons.append("its text is not where the format has it")
        for part in parts:
            if _STORIES.fullmatch(part):
                self._story(part)
            elif not _SKIPPED.fullmatch(part):
                self._other(part)

    def all_tables(self) -> list[TextTable]:
        lines = tables.lines_table(self.lines)
        found = [*([lines] if lines.data.num_rows or not self.tables else []), *self.tables, *self.forms.tables()]
        if self._around:
            found.append(tables.lines_table(self._around, AROUND))
        if self._deleted:
            found.append(tables.lines_table(self._deleted, DELETED))
        if self._comments:
            authors, texts = zip(*self._comments, strict=True)
            found.append(TextTable(COMMENTS, tables.columns_table({"author": authors, "comment": texts})))
        for name, said in self._said.items():
            if said:
                paths, values = zip(*said, strict=True)
                found.append(TextTable(name, tables.columns_table({"path": paths, "value": values})))
        return found if any(table.data.num_rows for table in found) or not self.reasons else []

    def _parse(self, part: str, handler: Part | Words, called: str) -> None:
        try:
            self.package.parse(part, handler)
        except Broke as broke:
            self.reasons.append(f"{called} cannot be read whole ({broke})")

    def _story(self, part: str) -> None:
        story = _Story()
        self._parse(part, story, "the text" if part == _MAIN else "a part beside the text")
        story.finish()
        repeated = set(self.lines) if re.match(r"word/(?:header|footer)", part) else set()
        self.lines += [line for line in story.lines if line not in repeated]
        self._deleted += story.deleted
        self._comments += story.comments
        for grid, merged in story.grids:
            grid.name = f"table {len(self.tables) + 1}"
            found, around = grid.finish(merged)
            self.tables += found
            self._around += around
        for pairs in story.forms:
            self.forms.add(pairs)
        self.forms.add(story.controls)
        self._say(BESIDE, story.beside)
        self._say(tables.PROPERTIES, (("author of a change", name) for name in story.authors))
        self._links(part)

    def _links(self, part: str) -> None:
        try:
            relations = self.package.relations(part)
        except Broke as broke:
            self.reasons.append(f"a part's links cannot be read ({broke})")
            return
        self._say(BESIDE, (("link", target) for kind, target in relations.values() if kind == "hyperlink"))

    def _other(self, part: str) -> None:
        """Any part that is no text of the document: what it says, or that it is not read."""
        if part == "word/settings.xml":
            settings = _Settings()
            self._parse(part, settings, "the document's settings")
            self._say(BESIDE, settings.found)
        elif part.endswith((".xml", ".vml")):
            words = Words()
            self._parse(part, words, "a part beside the text")
            said = [(tag, text) for tag, text in words.found if not NO_WORD.fullmatch(text.strip())]
            self._say(tables.PROPERTIES if part.startswith("docProps/") else BESIDE, said)
        elif _PICTURES.fullmatch(part):
            self.reasons.append("pictures are not read")
        elif _MACROS.fullmatch(part):
            self.reasons.append("macros are not read")
        else:
            self.embedded.append(self.package.parts[part].filename)

    def _say(self, where: str, found: Iterable[tuple[str, str]]) -> None:
        for path, value in found:
            if value and value.strip():
                self._said[where][path, value.strip()] = None


# ---- the parts ---------------------------------------------------------------------------------------------------------


@dataclass
class _Paragraph:
    """Its text as it stands, and as it stood before its tracked changes."""

    now: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    changed: bool = False


@dataclass
class _Table:
    """A table being read: its rows, the row and the cell that are open, and where cells that reach down began."""

    rows: list[dict[int, str]] = field(default_factory=list)
    row: dict[int, str] | None = None
    cell: list[str] | None = None
    column: int = 1
    span: int = 1
    reaches: bool = False
    begun: dict[int, int] = field(default_factory=dict)
    merged: dict[tuple[int, int], int] = field(default_factory=dict)
    inner: bool = False

    def open_row(self) -> None:
        self.row, self.column = {}, 1

    def open_cell(self) -> None:
        self.cell, self.span, self.reaches = [], 1, False

    def close_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        row = len(self.rows) + 1
        if self.reaches:
            self.merged[self.begun.setdefault(self.column, row), self.column] = row
        else:
            self.begun[self.column] = row
        self.row[self.column] = " ".join(" ".join(self.cell).split())
        self.column, self.cell = min(self.column + self.span, MAX_COLUMNS), None

    def close_row(self) -> None:
        self.close_cell()
        if self.row is not None:
            self.rows.append(self.row)
        self.row = None

    @property
    def ranges(self) -> Sequence[Range]:
        return [(top, column, bottom, column) for (top, column), bottom in self.merged.items()]


class _Story(Part):
    """A text with paragraphs and tables: the body, a header, the notes, the comments."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.deleted: list[str] = []
        self.grids: list[tuple[Grid, Sequence[Range]]] = []
        self.forms: list[list[tuple[str, str]]] = []
        self.controls: list[tuple[str, str]] = []
        self.comments: list[tuple[str, str]] = []
        self.beside: list[tuple[str, str]] = []
        self.authors: dict[str, None] = {}
        self._paragraphs: list[_Paragraph] = []
        self._open: list[_Table] = []
        self._filling: list[_Control] = []
        self._comment: tuple[str, list[str]] | None = None
        self._taken_out = self._put_in = 0
        self._checked: bool | None = None
        self._chosen: list[set[str]] = []
        self._in_fallback = 0

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if author := _attribute(attrs, "author"):
            self.authors[author] = None
        if tag == "p":
            self._paragraphs.append(_Paragraph())
        elif tag in _TAKEN_OUT:
            self._taken_out += 1
        elif tag in _PUT_IN:
            self._put_in += 1
        elif tag in ("tbl", "tr", "tc", "gridSpan", "gridBefore", "vMerge"):
            self._begin_table(tag, attrs)
        elif tag in ("sdt", "alias", "tag", "showingPlcHdr"):
            self._begin_control(tag, attrs)
        elif tag == "comment":
            self._comment = (_attribute(attrs, "author"), [])
        elif tag in ("docPr", "cNvPr"):
            self.beside += [("description", text) for key in ("descr", "title") if (text := _attribute(attrs, key))]
        elif tag == "checkBox":
            self._checked = False
        elif tag in ("checked", "default") and self._checked is not None:
            self._checked = _attribute(attrs, "val") in _ON
        elif tag == "AlternateContent":
            self._chosen.append(set())
        elif tag == "Fallback":
            self._in_fallback += 1
        self.clear()

    def end(self, tag: str) -> None:
        if tag in ("t", "delText"):
            self._text(self.text())
        elif tag == "instrText" and _SPEAKING_FIELD.search(self.text()):
            self.beside.append(("field", self.text()))
        elif tag in _SIGNS:
            self._text(_SIGNS[tag])
        elif tag == "p":
            self._end_paragraph()
        elif tag in _TAKEN_OUT:
            self._taken_out -= 1
        elif tag in _PUT_IN:
            self._put_in -= 1
        elif tag in ("tbl", "tr", "tc"):
            self._end_table(tag)
        elif tag == "sdt" and self._filling:
            self._end_control()
        elif tag == "comment" and self._comment:
            self._end_comment()
        elif tag == "checkBox":
            self._text("☒" if self._checked else "☐")
            self._checked = None
        elif tag == "AlternateContent":
            self._chosen.pop()
        elif tag == "Fallback":
            self._in_fallback -= 1
        self.clear()

    def finish(self) -> None:
        """Close what a broken part left open."""
        while self._paragraphs:
            self._end_paragraph()
        while self._open:
            self._end_table("tbl")
        while self._filling:
            self._end_control()
        if self._comment:
            self._end_comment()

    def _text(self, text: str) -> None:
        if not self._paragraphs:
            self._paragraphs.append(_Paragraph())  # text outside of a paragraph: no program writes it, a hand may
        paragraph = self._paragraphs[-1]
        if self._taken_out:
            paragraph.changed |= bool(text.strip())
        else:
            paragraph.now.append(text)
            for control in self._filling:
                control.text.append(text)
        if not self._put_in:
            paragraph.before.append(text)

    def _end_paragraph(self) -> None:
        paragraph = self._paragraphs.pop()
        now = "".join(paragraph.now)
        if paragraph.changed:
            self.deleted += "".join(paragraph.before).splitlines()
        if not now.strip() or self._is_repeated(now):
            return
        if self._comment:
            self._comment[1].append(now)
        elif self._open and self._open[-1].cell is not None:
            self._open[-1].cell.append(now)
        else:
            self.lines += now.splitlines()

    def _is_repeated(self, text: str) -> bool:
        """Whether a fallback, for programs that do not know a newer kind of shape, says the shape's text again."""
        if not self._chosen:
            return False
        if self._in_fallback:
            return text in self._chosen[-1]
        for chosen in self._chosen:
            chosen.add(text)
        return False

    def _begin_table(self, tag: str, attrs: AttributesImpl[str]) -> None:
        table = self._open[-1] if self._open else None
        if tag == "tbl":
            if table:
                table.inner = True
            self._open.append(_Table())
        elif table is None:
            return
        elif tag == "tr":
            table.open_row()
        elif tag == "tc":
            table.open_cell()
        elif tag == "gridSpan":
            table.span = _count(_attribute(attrs, "val"))
        elif tag == "gridBefore":
            table.column += _count(_attribute(attrs, "val"))
        else:
            table.reaches = _attribute(attrs, "val") in ("", "continue")

    def _end_table(self, tag: str) -> None:
        if not self._open:
            return
        if tag == "tc":
            self._open[-1].close_cell()
        elif tag == "tr":
            self._open[-1].close_row()
        else:
            table = self._open.pop()
            table.close_row()
            self._keep(table)

    def _keep(self, table: _Table) -> None:
        rows = [row for row in table.rows if any(row.values())]
        wide = max((sum(1 for text in row.values() if text) for row in rows), default=0)
        if filled := form([list(row.values()) for row in rows]):
            self.forms.append(filled[0])
            self._lines(filled[1])
        elif table.inner or wide < 2 or len(rows) < 2 or self._comment:  # laid out by a table, not data
            self._lines("; ".join(text for text in row.values() if text) for row in rows)
        else:
            grid = Grid("")
            for number, row in enumerate(table.rows, 1):
                grid.add(number, row)
            self.grids.append((grid, table.ranges))

    def _lines(self, lines: Iterable[str]) -> None:
        if self._comment:
            self._comment[1].extend(lines)
        else:
            self.lines += lines

    def _begin_control(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag == "sdt":
            self._filling.append(_Control())
        elif self._filling and tag == "showingPlcHdr":
            self._filling[-1].blank = True
        elif self._filling and (name := _attribute(attrs, "val")) and (tag == "alias" or not self._filling[-1].name):
            self._filling[-1].name = name

    def _end_control(self) -> None:
        control = self._filling.pop()
        text = " ".join("".join(control.text).split())
        if control.name and text and not control.blank:
            self.controls.append((control.name, text))

    def _end_comment(self) -> None:
        if self._comment:
            author, lines = self._comment
            self.comments.append((author, "\n".join(lines)))
        self._comment = None


@dataclass
class _Control:
    """A field to fill in (a content control); `blank` while it shows what to fill in."""

    name: str = ""
    text: list[str] = field(default_factory=list)
    blank: bool = False


class _Settings(Part):
    """Variables and the source of a mail merge: the settings that say something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag == "docVar":
            self.found.append((f"variable {_attribute(attrs, 'name')}".strip(), _attribute(attrs, "val")))
        elif tag in ("query", "connectString", "mailSubject"):
            self.found.append((tag, _attribute(attrs, "val")))


def _attribute(attrs: AttributesImpl[str], name: str) -> str:
    return next((value for key, value in attrs.items() if key.rpartition(":")[2] == name), "")


def _count(value: str) -> int:
    return min(MAX_COLUMNS, max(1, int(value))) if value.isdecimal() and len(value) < 6 else 1
