"""Texts of one record a line, read in one part or in many: what a line means, the formats say.

Here are the numbering of lines, the lines that were refused, and the reason that names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from scanners.errors import Quarantine
from scanners.readers import encoding, parts, tables
from scanners.readers.source import Parts, Reading, Source
from scanners.schemas import ParsedFile, TextTable

_NEWLINE = re.compile(r"\r\n|\n|\r")
_BLOCK = 1024 * 1024


class Rows(Protocol):
    """The records of one format, gathered from its lines."""

    def add(self, lines: Sequence[str]) -> list[int]:
        """Take lines, blank ones too; the places in `lines` of those that are none of this format."""

    def part(self) -> list[TextTable]:
        """The tables of what was taken since the last part."""


class LineParts:
    """A text of lines. `odd` says in a reason what is wrong with a line that was refused."""

    def __init__(self, format_name: str, rows: Rows, odd: str, empty: str | None = None) -> None:
        self.format = format_name
        self.rejected = tables.Kept()
        self._rows, self._odd, self._empty = rows, odd, empty
        self._line = 1
        self._found = False

    def take(self, text: str, whole: bool) -> tuple[list[TextTable], int]:
        end = len(text) if whole else tables.last_line_end(text)
        start = 0
        while start < end:
            stop = end if end - start <= _BLOCK else text.rfind("\n", start, start + _BLOCK) + 1 or end
            self._take_lines(split(text[start:stop]))
            start = stop
        found = self._rows.part()
        self._found = self._found or bool(found)
        return found, end

    @property
    def kept(self) -> tuple[tables.Kept, ...]:
        return (self.rejected,)

    def finish(self) -> ParsedFile:
        """Raises `Quarantine` where no line could be read and the format says that this is a reason to."""
        if not self._found and self._empty:
            raise Quarantine(self._empty)
        reasons = [f"{self.rejected.numbers} {self._odd}"] if self.rejected.numbers.count else []
        return tables.judged(self.format, self.rejected.rest(), reasons)

    def _take_lines(self, lines: list[str]) -> None:
        for place in self._rows.add(lines):
            self.rejected.add(self._line + place, lines[place])
        self._line += len(lines)


def split(text: str) -> list[str]:
    """The lines of a text; what follows its last line break is a line only where it is not empty."""
    lines = _NEWLINE.split(text) if "\r" in text else text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


class LinesReader:
    """A format of one record a line: the same parts, whether a text is read whole or a part at a time."""

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        return Reading(parts.read_whole(self._parts(decoded.text), decoded))

    def in_parts(self, source: Source, text: str) -> Parts | None:
        return self._parts(text)

    def _parts(self, text: str) -> Parts:
        """What takes the lines; `text` is the whole text, or the beginning of one that comes in parts."""
        raise NotImplementedError
