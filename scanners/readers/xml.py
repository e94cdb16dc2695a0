"""XML: elements that repeat are rows, with the paths that JSON of the same shape would have (flatten.py): `Name.FirstName`.

Read twice as it streams: once for its shape (which elements repeat, which have attributes), once for the rows, so that an element
that comes alone here and in numbers there has one path, and no more than one record is held at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scanners.errors import Quarantine
from scanners.readers import encoding, flatten, spreadsheetml, tables, xmlevents
from scanners.readers.source import Reading, Source, extension
from scanners.readers.tables import RowTable
from scanners.readers.xmlevents import Document, Handler
from scanners.schemas import TextTable

COMMENTS = "comments"
_EXTENSIONS = frozenset({"xml", "rss", "atom", "xsd", "xsl", "svg", "kml", "gpx", "plist", "rdf", "resx"})
_START = re.compile(r"\ufeff?\s*<(?:\?xml\s|!--|!DOCTYPE\s|[A-Za-z_][\w.-]*(?::[\w.-]+)?[\s/>])")
_NAMING = frozenset({"name", "key", "field", "column"})
_FIELD_NAME = re.compile(r"[A-Za-z_][\w .-]{0,63}")
_TEXT = "value"
_MANY = 20


class XmlReader:
    """Any XML that is no page; pages are asked for before."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        text = encoding.decode(head).text
        if not _START.match(text):
            return False
        return text.lstrip("\ufeff \t\r\n").startswith("<?xml") or extension(name) in _EXTENSIONS or xmlevents.looks_whole(text)

    def read(self, source: Source) -> Reading:
        decoded = xmlevents.decode(source.data)
        if not decoded.text.strip():
            raise Quarantine("binary data of no known format" if decoded.binary_from else "the file is empty")
        document = Document(decoded.text)
        decoded = replace(decoded, text="")
        if spreadsheetml.is_workbook(document.data):
            found, format_name = spreadsheetml.read(document), "xml-spreadsheet"
        else:
            found, format_name = _records(document), "xml"
        return Reading(tables.parsed(format_name, found, decoded, document.rejected, document.reasons()))


def _records(document: Document) -> list[TextTable]:
    survey = _Survey()
    document.survey(survey)
    choose_records(survey.root)
    rows = _Rows(survey.root)
    document.read(rows)
    found = rows.tables()
    return [*found, tables.lines_table(rows.comments, COMMENTS)] if any(line.strip() for line in rows.comments) else found


@dataclass
class Shape:
    """All elements of one path: what they hold, and how many of them (`most`) one parent has at most."""

    tag: str
    children: dict[str, Shape] = field(default_factory=dict)
    attributes: dict[str, None] = field(default_factory=dict)
    count: int = 0
    most: int = 0
    named: int = 0
    text: bool = False
    record: bool = False
    _parent: int = 0
    _siblings: int = 0

    def begin(self, tag: str, attributes: Mapping[str, str]) -> Shape:
        """The shape of a child that begins, counted."""
        child = self.children.get(tag)
        if child is None:
            child = self.children[tag] = Shape(tag)
        child.count += 1
        child._siblings = child._siblings + 1 if child._parent == self.count else 1
        child._parent = self.count
        if child._siblings > child.most:
            child.most = child._siblings
        if attributes:
            child.attributes |= dict.fromkeys(attributes)
            child.named += len(attributes) == 1 and next(iter(attributes)).casefold() in _NAMING
        return child

    @property
    def names_field(self) -> bool:
        """Whether each is a field of its parent, named by its one attribute: `<field name="email">`."""
        return not self.children and self.named == self.count and self.most > 1

    @property
    def is_subject(self) -> bool:
        """Whether it has what one person or thing has, so that what repeats in it is his."""
        return flatten.names_a_subject([*self.attributes, *self.children])


def choose_records(root: Shape) -> None:
    """Mark the topmost elements that repeat; where none does, those that hold values themselves. The rest is an envelope."""
    pending = [(child, False) for child in root.children.values()]
    while pending:
        shape, beside = pending.pop()
        below = [child for child in shape.children.values() if (child.children or child.most > 1) and not child.names_field]
        prose = shape.text and not any(child.children and child.most > 1 for child in below)
        alone = beside and not any(child.most > 1 for child in below)
        if shape.most > 1 or not below or prose or alone or (shape.is_subject and not _holds_subjects(shape)):
            shape.record = True
        else:
            among = any(child.children and child.most > 1 for child in below)  # others of its kind come in numbers; it happens to be one
            pending += [(child, among) for child in below]


def _holds_subjects(shape: Shape) -> bool:
    """Whether many others stand in it, so that it is a list for all that it has an id of its own."""
    return any(child.most >= _MANY and child.is_subject for child in shape.children.values())


class _Survey(Handler):
    """The first pass: the shape of everything."""

    def __init__(self) -> None:
        self.root = Shape("", count=1)
        self._open = [self.root]

    def begin(self, tag: str, attributes: dict[str, str], place: int) -> None:
        self._open.append(self._open[-1].begin(tag, attributes))

    def end(self) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        if not data.isspace():
            self._open[-1].text = True

    def give_up(self) -> None:
        del self._open[1:]

    def path(self) -> list[str]:
        return [shape.tag for shape in self._open[1:]]

    def resume(self, around: list[str]) -> None:
        for tag in around:
            self._open.append(self._open[-1].children[tag])

    def around(self, tag: str) -> list[str] | None:
        """By what is known so far, where the topmost elements of this tag that repeat are."""
        pending: list[tuple[list[str], Shape]] = [([], self.root)]
        for path, shape in pending:
            child = shape.children.get(tag)
            if path and child is not None and child.most > 1:
                return path
            pending += [([*path, name], inner) for name, inner in shape.children.items() if inner.most < 2]
        return None


@dataclass
class _Open:
    """An element that is being read. `within` is all text in it, of one that has text between its elements."""

    shape: Shape
    content: dict[str, object]
    pieces: list[str] = field(default_factory=list)
    within: list[str] | None = None

    def text(self) -> str:
        return "".join(self.pieces).strip() if self.within is None else " ".join("".join(self.within).split())

    def whole(self) -> dict[str, object]:
        """Attributes, elements, and the text as `value`."""
        if text := self.text():
            flatten.put(self.content, _TEXT, text)
        return self.content


class _Rows(Handler):
    """The second pass: a row for each record, one for the envelope."""

    def __init__(self, root: Shape) -> None:
        self.comments: list[str] = []
        self._open = [_Open(root, {})]
        self._tables: dict[int, RowTable] = {}
        self._mixed: list[list[str]] = []
        self._depth = 0
        self._place = 0

    def tables(self) -> list[TextTable]:
        found = [table for each in self._tables.values() for table in each.tables()]
        rest = flatten.records("", [self._open[0].content]) if self._open[0].content else []
        return found + [table for table in rest if any(column.null_count < len(column) for column in table.data.columns)]

    def begin(self, tag: str, attributes: dict[str, str], place: int) -> None:
        above = self._open[-1].shape
        shape = above.children.get(tag) or above.begin(tag, attributes)
        opened = _Open(shape, dict(attributes))
        self._open.append(opened)
        if shape.record and not self._depth:
            self._depth, self._place = len(self._open), place
        if self._depth and shape.text and shape.children:
            opened.within = []
            self._mixed.append(opened.within)

    def text(self, data: str) -> None:
        self._open[-1].pieces.append(data)
        for within in self._mixed:
            within.append(data)

    def end(self) -> None:
        closed = self._open.pop()
        if closed.within is not None:
            self._mixed.pop()
        if len(self._open) + 1 == self._depth:
            self._depth = 0
            self._add(closed)
        else:
            _attach(self._open[-1], closed)

    def aside(self, data: str) -> None:
        self.comments += data.splitlines()

    def give_up(self) -> int | None:
        """The envelope keeps what it holds; an open record is lost."""
        lost = self._place if self._depth else None
        if self._depth:
            del self._open[self._depth - 1 :]
        self._depth, self._mixed = 0, []
        while len(self._open) > 1:
            self.end()
        return lost

    def resume(self, around: list[str]) -> None:
        for tag in around:
            self._open.append(_Open(self._open[-1].shape.children[tag], {}))

    def _add(self, closed: _Open) -> None:
        shape = closed.shape
        table = self._tables.setdefault(id(shape), RowTable(tables.clean_name(shape.tag)))
        content = closed.whole() if shape.children or shape.attributes else {shape.tag: closed.text() or None}
        for row in flatten.rows(content):
            if row:
                table.add(row)


def _attach(parent: _Open, closed: _Open) -> None:
    """Put an element into its parent: always in a list if it ever repeats, attributes of a mere text beside it."""
    shape, content = closed.shape, parent.content
    key = f"{shape.tag}#2" if shape.tag in parent.shape.attributes else shape.tag
    if shape.names_field and _FIELD_NAME.fullmatch(name := str(next(iter(closed.content.values()), ""))):
        flatten.put(content, name, closed.text() or None)
    elif shape.most > 1:
        value = closed.whole() if shape.children or shape.attributes else closed.text() or None
        values = content.setdefault(key, [])
        if isinstance(values, list):
            values.append(value)
        else:
            flatten.put(content, key, value)
    elif not shape.children:
        flatten.put(content, key, closed.text() or None)
        for name, attribute in closed.content.items():
            flatten.put(content, f"{key}.{name}", attribute)
    elif whole := closed.whole():
        flatten.put(content, key, whole)
