"""JSON Lines of one shape: a pattern made of one line reads the lines like it, many times faster than a decoder.

A shape is a line's keys, their order, and the kinds of its values; the values of another line stand at the same places. It is
trusted only where it gives for its own line what the decoder and `flatten` give; what it does not match, they read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property

from scanners.readers import flatten

Values = Sequence[str | None]

_MAX_LEAVES = 300
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_PLAIN, _ESCAPED = r'[^"\\]*', r'[^"\\]*+(?:\\.[^"\\]*+)*+'
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LIST = rf'\[[^\[\]{{}}"\\]*+(?:{_STRING}[^\[\]{{}}"\\]*+)*+\]'
_TOKEN = re.compile(
    rf"(?P<string>{_STRING}|null)|(?P<number>{_NUMBER})|(?P<bool>true|false)|(?P<list>{_LIST})|(?P<empty>\{{[ \t]*\}})|(?P<mark>[{{}}:,])"
)
"""Where a shape's own line has a null, its other lines are expected to have text."""
_BLANKS = re.compile(r"[ \t]*")
_CACHED_LISTS = 10_000


class Shape:
    """The pattern of one shape, and the field paths of its values."""

    def __init__(self, paths: tuple[str, ...], pieces: tuple[tuple[str, str], ...]) -> None:
        self.paths = paths
        self._pieces = pieces
        self._kinds = tuple(kind for kind, _ in pieces if kind != "as it is")
        self._odd = tuple(n for n, kind in enumerate(self._kinds) if kind == "list")
        self._lists: dict[str, str | None] = {}
        self.match = re.compile(self._pattern(_PLAIN)).fullmatch

    @cached_property
    def _match_escaped(self) -> re.Pattern[str]:
        return re.compile(self._pattern(_ESCAPED))

    def _pattern(self, string: str) -> str:
        of_kind = {
            "string": f'(?:"({string})"|null)',
            "number": f"(?:({_NUMBER})|null)",
            "bool": "(?:(true|false)|null)",
            "list": f"(?:({_LIST})|null)",
            "empty": r"()\{[ \t]*\}",
        }
        return "".join(re.escape(text) if kind == "as it is" else of_kind[kind] for kind, text in self._pieces)

    @property
    def as_they_are(self) -> bool:
        """Whether the groups of `match` are the values."""
        return not self._odd

    def values(self, line: str) -> Values | None:
        """The values of a line; None where it is of another shape, or of this one and broken within a value."""
        escaped = "\\" in line
        match = self._match_escaped.fullmatch(line) if escaped else self.match(line)
        if not match:
            return None
        values = list(match.groups())
        try:
            for n in self._odd:
                values[n] = self._joined(values[n])
            if escaped:
                values = [_unescaped(v) if v and self._kinds[n] == "string" and "\\" in v else v for n, v in enumerate(values)]
        except (ValueError, RecursionError):
            return None
        return values

    def _joined(self, text: str | None) -> str | None:
        if text is None:
            return None
        if text not in self._lists:
            if len(self._lists) > _CACHED_LISTS:
                self._lists.clear()
            self._lists[text] = flatten.joined(flatten.decoder().decode(text))
        return self._lists[text]


def _unescaped(text: str) -> str:
    value: str = json.loads(f'"{text}"', strict=False)
    return value


def shape_of(line: str, row: flatten.Cells) -> Shape | None:
    """The shape of a line that is one record, whose only row is `row`; None where a pattern cannot say the same."""
    pieces = _pieces(line)
    if pieces is None or not 0 < len(row) <= _MAX_LEAVES or sum(kind != "as it is" for kind, _ in pieces) != len(row):
        return None
    shape = Shape(tuple(row), tuple(pieces))
    values = shape.values(line)
    return shape if values is not None and [v or None for v in values] == [v or None for v in row.values()] else None


def _pieces(line: str) -> list[tuple[str, str]] | None:
    """A line as (kind, text): what must be repeated as it is, and the values; None where it holds a list of more than scalars."""
    pieces: list[tuple[str, str]] = []
    position, key_next = 0, False
    while position < len(line):
        blanks = _BLANKS.match(line, position)
        start = blanks.end() if blanks else position
        if start > position:
            pieces.append(("as it is", line[position:start]))
        if start == len(line):
            break
        token = _TOKEN.match(line, start)
        if token is None:
            return None
        kind = token.lastgroup or ""
        if kind == "mark" or (kind == "string" and key_next):
            key_next = kind == "mark" and token.group() in "{,"
            kind = "as it is"
        position = token.end()
        pieces.append((kind, token.group()))
    return pieces
