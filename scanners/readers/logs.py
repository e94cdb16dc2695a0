"""Log lines of a known shape: web servers' access logs, and `key=value` lines. A line of another shape is a rejected line.

Chosen by content: four fifths of the first hundred lines must fit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa

from scanners.readers import encoding, tables
from scanners.readers.lines import LineParts, LinesReader, Rows
from scanners.readers.source import HEAD_BYTES, Parts
from scanners.schemas import TextTable

Fields = dict[str, str | None]
Split = Callable[[str], Fields | None]

_SAMPLE_LINES = 100
_LEAST_SHARE = 0.8
_LEAST_ROWS = 100
_NEWLINE = re.compile(r"\r\n|\n|\r")

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_ACCESS = re.compile(
    rf"""(?:(?P<vhost>(?=[\d.]*[A-Za-z-])[A-Za-z0-9._-]+(?::\d+)?|[\d.]+:\d+|\[[0-9a-fA-F:]+\]:\d+)\ )?   # vhost_combined begins with %v:%p
    (?P<remote_addr>(?!-\ )\S+)\ (?P<ident>\S+)\ (?P<user>(?:(?!\ \[).)*)\ \[(?P<time>[^\]]+)\]
    \ (?P<request>{_QUOTED})\ (?P<status>\d{{3}}|-)\ (?P<bytes>\d+|-)
    (?:\ (?P<referer>{_QUOTED})\ (?P<user_agent>{_QUOTED}))?(?:\ +(?P<more>\S.*))?\s*""",
    re.VERBOSE,
)
"""Common, combined and vhost_combined of Apache (https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#examples) and nginx's
`combined` (https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format), with whatever a server appends to the line."""
_USUAL = re.compile(
    r"(?!- )(\S++) - (\S++) \[([^\]]++)\] "
    r'"([A-Za-z][\w-]*+) ([^ "\\]*+) (HTTP/\d(?:\.\d)?)" (\d{3}) (\d++|-)(?: "([^"\\]*+)" "([^"\\]*+)")?\s*+'
).fullmatch
"""The same of lines without anything unusual, in the order of `_COLUMNS`: most lines, and they need no second look."""
_COLUMNS = ("remote_addr", "user", "time", "method", "path", "protocol", "status", "bytes", "referer", "user_agent")
_NOTHING = ("-", "")
_REQUEST = re.compile(r"([A-Za-z][\w-]*) (.*?)(?: (HTTP/\d(?:\.\d)?))?", re.DOTALL)
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|\\.")
_SHORT_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\v": "\v", "\\b": "\b"}

_PAIR = re.compile(r'(?<!\S)([A-Za-z_@][\w.@/-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|\Z)')


class AccessLogReader(LinesReader):
    """Access logs of Apache and nginx, one row a request. What was asked for is `path`, with its query."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return b'"' in head and b"[" in head and _fits(head, access_line)

    def _parts(self, text: str) -> Parts:
        return _line_parts("access-log", _AccessRows())


class LogfmtReader(LinesReader):
    """`time=… level=info user=… msg="…"`, one row a line."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return b"=" in head and _fits(head, logfmt_line)

    def _parts(self, text: str) -> Parts:
        return _line_parts("logfmt", _Rows(logfmt_line))


def access_line(line: str) -> Fields | None:
    """The fields of one line; None where it is no request. `-` is nothing."""
    match = _ACCESS.fullmatch(line)
    if not match:
        return None
    request = _unescaped(match["request"])
    split = _REQUEST.fullmatch(request)
    asked = dict(zip(("method", "path", "protocol"), split.groups(), strict=True)) if split else {"path": request}
    fields: Fields = {name: match[name] for name in ("remote_addr", "user", "time")}
    fields |= {name: asked.get(name) for name in ("method", "path", "protocol")}
    fields |= {name: match[name] for name in ("status", "bytes")}
    fields |= {name: _unescaped(match[name]) if match[name] else None for name in ("referer", "user_agent")}
    fields |= {name: match[name] for name in ("vhost", "ident", "more") if match[name] not in (None, "-")}
    return {name: None if value in ("-", "") else value for name, value in fields.items()}


def _unescaped(quoted: str) -> str:
    r"""A quoted field as it was sent: `\xHH` are bytes of UTF-8, `\"` is a quote."""
    text = quoted[1:-1]
    return _ESCAPES.sub(_unescape, text) if "\\" in text else text


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()
    if escape.startswith("\\x") and len(escape) >= 4:
        return bytes.fromhex(escape.replace("\\x", "")).decode("utf-8", "latin1_where_undefined").replace("\x00", "")
    return _SHORT_ESCAPES.get(escape, escape[1:])


def logfmt_line(line: str) -> Fields | None:
    """The fields of one line of at least two pairs that begins with one; words between them are `text`."""
    line = line.strip()
    fields: Fields = {}
    words: list[str] = []
    counts: Counter[str] = Counter()
    end = 0
    for match in _PAIR.finditer(line):
        if end == 0 and match.start() > 0:
            return None
        words += line[end : match.start()].split()
        value = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        counts[match[1]] += 1
        again = counts[match[1]]
        fields[match[1] if again == 1 else f"{match[1]}#{again}"] = value
        end = match.end()
    words += line[end:].split()
    if len(fields) < 2 or len(words) > 2 * len(fields):
        return None
    return fields | ({"text": " ".join(words)} if words and "text" not in fields else {"text#": " ".join(words)} if words else {})


def _fits(head: bytes, split: Split) -> bool:
    decoded = encoding.decode(head)
    if decoded.binary_from == 1:
        return False
    lines = [line for line in _NEWLINE.split(decoded.text) if line.strip()]
    if len(head) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # it may be cut
    sample = lines[:_SAMPLE_LINES]
    return bool(sample) and sum(split(line) is not None for line in sample) >= _LEAST_SHARE * len(sample)


def _line_parts(format_name: str, rows: Rows) -> LineParts:
    return LineParts(format_name, rows, "of another form", "no line of it could be read")


class _AccessRows:
    """The rows of an access log: the usual lines by columns, the others one by one."""

    def __init__(self) -> None:
        self._table = tables.RowTable("")

    def add(self, lines: Sequence[str]) -> list[int]:
        refused: list[int] = []
        usual: list[tuple[str | None, ...]] = []
        for place, line in enumerate(lines):
            if match := _USUAL(line):
                usual.append(match.groups())
            elif fields := access_line(line):
                usual = self._append(usual)
                self._table.add(fields)
            elif line.strip():
                refused.append(place)
        self._append(usual)
        return refused

    def part(self) -> list[TextTable]:
        return self._table.part()

    def _append(self, usual: list[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
        """Add the usual lines so far, as a table or, where they are few, as rows; what is left of them: none."""
        if len(usual) < _LEAST_ROWS:
            for row in usual:
                self._table.add({name: None if value in _NOTHING else value for name, value in zip(_COLUMNS, row, strict=True)})
            return []
        self._table.see(dict.fromkeys(_COLUMNS))
        self._table.append(pa.table([tables.cells(column, _NOTHING) for column in zip(*usual, strict=True)], names=list(_COLUMNS)))
        return []


class _Rows:
    """The rows of a log of another kind."""

    def __init__(self, split: Split) -> None:
        self._split = split
        self._table = tables.RowTable("")

    def add(self, lines: Sequence[str]) -> list[int]:
        refused = []
        for place, line in enumerate(lines):
            if fields := self._split(line):
                self._table.add(fields)
            elif line.strip():
                refused.append(place)
        return refused

    def part(self) -> list[TextTable]:
        return self._table.part()
