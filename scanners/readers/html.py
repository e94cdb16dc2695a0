"""HTML pages: each table of data a table, the visible text as lines, and what attributes, scripts and comments hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from scanners.readers import encoding, tables
from scanners.readers.delimited import AROUND
from scanners.readers.grid import Grid
from scanners.readers.source import Reading, Source
from scanners.readers.tables import MAX_COLUMNS
from scanners.schemas import TextTable

ATTRIBUTES = "attributes"
UNSEEN = "scripts and comments"
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta|title)\b",
    re.I | re.S,
)
_EXTENSIONS = frozenset({"html", "htm", "xhtml"})
_UNSEEN_TAGS = frozenset({"script", "style"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "q",
     "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)  # fmt: skip
_CELLS = frozenset({"td", "th"})
_STYLING = frozenset(
    {"class", "style", "width", "height", "align", "valign", "bgcolor", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "rel",
     "lang", "dir", "charset", "http-equiv"}
)  # fmt: skip
"""Attributes that say nothing, except where one holds what `_SPEAKS` finds."""
_SPEAKS = re.compile(r"@|%40|://|\d{5}|\?[\w.-]+=")
_MAX_SPAN = 1_000


class HtmlReader:
    """Any page or fragment that begins like HTML, or is named so."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        text = head if b"\x00" not in head[:200] else encoding.decode(head).text.encode()
        return bool(_START.match(text)) or (name.rpartition(".")[2].lower() in _EXTENSIONS and b"<" in text)

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        page = _Page()
        page.read(decoded.text)
        found = list(page.found)
        if page.around:
            found.append(tables.lines_table(page.around, AROUND))
        lines = tables.lines_table(page.lines)
        if lines.data.num_rows or not found:
            found.insert(0, lines)
        if page.attributes:
            paths, values = zip(*page.attributes, strict=True)
            found.append(TextTable(ATTRIBUTES, tables.columns_table({"path": paths, "value": values})))
        if page.unseen:
            found.append(tables.lines_table(page.unseen, UNSEEN))
        return Reading(tables.parsed("html", found, decoded, {}))


@dataclass
class _Table:
    """A table being read: its finished rows, the row and the cell that are open, and cells that reach down from above."""

    rows: list[dict[int, str]] = field(default_factory=list)
    row: dict[int, str] | None = None
    cell: list[str] | None = None
    spans: tuple[int, int] = (1, 1)
    reaching: dict[int, tuple[int, str]] = field(default_factory=dict)
    inner: bool = False

    def open_row(self) -> None:
        self.close_row()
        self.row = {column: text for column, (_, text) in self.reaching.items()}
        self.reaching = {column: (left - 1, text) for column, (left, text) in self.reaching.items() if left > 1}

    def open_cell(self, across: int, down: int) -> None:
        self.close_cell()
        if self.row is None:
            self.open_row()
        self.cell, self.spans = [], (across, down)

    def close_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text, (across, down) = " ".join("".join(self.cell).split()), self.spans
        column = next(n for n in range(1, len(self.row) + 2) if n not in self.row)
        for place in range(column, column + min(across, max(1, MAX_COLUMNS - column))):
            self.row[place] = text if place == column else ""
            if down > 1 and len(self.reaching) < MAX_COLUMNS:
                self.reaching[place] = (down - 1, text if place == column else "")
        self.cell = None

    def close_row(self) -> None:
        self.close_cell()
        if self.row is not None:
            self.rows.append(self.row)
        self.row = None


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[TextTable] = []
        self.lines: list[str] = []
        self.around: list[str] = []
        self.unseen: list[str] = []
        self._attributes: dict[tuple[str, str], None] = {}
        self._open: list[_Table] = []
        self._text: list[str] = []
        self._in_unseen = False

    @property
    def attributes(self) -> Sequence[tuple[str, str]]:
        return list(self._attributes)

    def read(self, text: str) -> None:
        """All of a page. A tag that is never closed is raw text: `HTMLParser` would look for its end again and again."""
        end = text.rfind(">") + 1
        rest = text[end:] if "<" in text[end:] else ""
        self.feed(text[: len(text) - len(rest)])
        self.close()
        self.end()
        self.unseen += rest.splitlines()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_unseen = tag in _UNSEEN_TAGS
        self._keep(tag, attrs)
        table = self._open[-1] if self._open else None
        if tag == "table":
            if table:
                table.inner = True
            else:
                self._break()
            self._open.append(_Table())
        elif table and tag == "tr":
            table.open_row()
        elif table and tag in _CELLS:
            told = dict(attrs)
            table.open_cell(_span(told.get("colspan")), _span(told.get("rowspan")))
        elif tag not in _INLINE:
            self._break()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._in_unseen = False

    def handle_endtag(self, tag: str) -> None:
        self._in_unseen = False
        table = self._open[-1] if self._open else None
        if tag == "table" and table:
            self._close_table()
        elif table and tag == "tr":
            table.close_row()
        elif table and tag in _CELLS:
            table.close_cell()
        elif tag not in _INLINE:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._in_unseen:
            self.unseen += data.splitlines()
        elif self._open and self._open[-1].cell is not None:
            self._open[-1].cell.append(data)
        else:
            self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self.unseen += data.splitlines()

    def unknown_decl(self, data: str) -> None:
        self.unseen += data.splitlines()

    def handle_pi(self, data: str) -> None:
        self.unseen += data.splitlines()

    def end(self) -> None:
        """Close what the page left open."""
        while self._open:
            self._close_table()
        self._break()
        self.unseen += self.rawdata.splitlines()  # of a script that is never closed, the parser gives nothing

    def _keep(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value or not value.strip():
                continue
            if name not in _STYLING or _SPEAKS.search(value):
                self._attributes[f"{tag}.{name}", value.strip()] = None

    def _break(self) -> None:
        """A block begins or ends: what was said before is a line, or a word of its own in a cell."""
        if self._open and self._open[-1].cell is not None:
            self._open[-1].cell.append(" ")
            return
        line = " ".join("".join(self._text).split())
        self._text = []
        if line:
            self.lines.append(line)

    def _close_table(self) -> None:
        table = self._open.pop()
        table.close_row()
        self._break()
        rows = [row for row in table.rows if any(text for text in row.values())]
        wide = max((sum(1 for text in row.values() if text) for row in rows), default=0)
        if table.inner or wide < 2 or len(rows) < 2:  # laid out by a table, not data
            self.lines += [line for row in rows if (line := "; ".join(text for text in row.values() if text))]
            return
        grid = Grid("" if not self.found else f"table {len(self.found) + 1}")
        for number, row in enumerate(table.rows, 1):
            grid.add(number, row)
        found, around = grid.finish()
        self.found += found
        self.around += around


def _span(value: str | None) -> int:
    return min(_MAX_SPAN, max(1, int(value))) if value and value.strip().isdecimal() and len(value) < 6 else 1
