"""Logs whose columns are listed: W3C extended logs (IIS, CloudFront), which name them themselves, and those of AWS load balancers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanners.readers import tables
from scanners.readers.linemask import Cells
from scanners.readers.lines import LineParts, LinesReader
from scanners.readers.machine_lines import sample
from scanners.readers.source import Parts
from scanners.schemas import TextTable

_LEAST_SHARE = 0.8
_FIELDS = re.compile(r"#Fields:\s*(\S.*)")
_CELL = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_REQUEST = re.compile(r"([A-Z][A-Z-]*) (\S.*?)(?: (HTTP/\d(?:\.\d)?|-))?\s*")

_CLASSIC = (
    "time elb client_address backend_address request_seconds backend_seconds response_seconds status backend_status"
    " received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol"
).split()
_APPLICATION = (
    "type time elb client_address target_address request_seconds target_seconds response_seconds status target_status received_bytes"
    " sent_bytes request user_agent ssl_cipher ssl_protocol target_group trace domain_name certificate rule_priority request_time"
    " actions redirect_url error_reason target_addresses target_statuses classification classification_reason connection_trace"
).split()
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html and the classic one's."""
_TYPES = frozenset({"http", "https", "h2", "grpcs", "ws", "wss"})
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


class W3cReader(LinesReader):
    """`#Fields: date time cs-username …` and rows. The times of this format are in UTC."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return b"#Fields:" in head[:8_192] and any(_FIELDS.match(line) for line in sample(head)[:20])

    def _parts(self, text: str) -> Parts:
        return LineParts("w3c", _W3cRows(), "of another form")


class LoadBalancerReader(LinesReader):
    """Access logs of classic and application load balancers, one row a request."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        lines = sample(head) if b'"' in head else []
        return bool(lines) and sum(balancer_line(line) is not None for line in lines) >= _LEAST_SHARE * len(lines)

    def _parts(self, text: str) -> Parts:
        return LineParts("load-balancer", _BalancerRows(), "of another form")


class _BalancerRows:
    def __init__(self) -> None:
        self._table = tables.RowTable("")

    def add(self, lines: Sequence[str]) -> list[int]:
        refused = []
        for place, line in enumerate(lines):
            if fields := balancer_line(line):
                self._table.add(fields)
            elif line.strip():
                refused.append(place)
        return refused

    def part(self) -> list[TextTable]:
        return self._table.part()


def balancer_line(line: str) -> Cells | None:
    """The fields of one line; None where it is of neither form."""
    cells = _cells(line)
    names: Sequence[str] = _APPLICATION if cells[:1] and cells[0] in _TYPES else _CLASSIC
    at = names.index("time")
    if len(cells) < len(_CLASSIC) - 3 or not _ISO.fullmatch(cells[at] or ""):
        return None
    fields = _named(names, cells)
    if match := _REQUEST.fullmatch(fields.get("request") or ""):
        del fields["request"]
        fields |= {name: text for name, text in zip(("method", "url", "protocol"), match.groups(), strict=True) if text and text != "-"}
    return fields


def _cells(line: str) -> list[str | None]:
    """The cells of a line, quoted ones without their quotes; `-` is nothing."""
    found = [re.sub(r"\\(.)", r"\1", m[1]) if m[1] is not None else m[2] for m in _CELL.finditer(line)]
    return [None if cell in ("-", "") else cell for cell in found]


def _named(names: Sequence[str], cells: Sequence[str | None]) -> Cells:
    rest = [cell for cell in cells[len(names) :] if cell]
    return {**dict(zip(names, cells, strict=False)), **({"more": " ".join(rest)} if rest else {})}


class _W3cRows:
    """The rows under the latest `#Fields`; what else begins with `#` is a comment."""

    def __init__(self) -> None:
        self._table = tables.RowTable("")
        self._table.times = []
        self._comments: list[str] = []
        self._names: list[str] = []
        self._day = ""

    def add(self, lines: Sequence[str]) -> list[int]:
        return [place for place, line in enumerate(lines) if line.strip() and not self._take(line)]

    def part(self) -> list[TextTable]:
        found = self._table.part()
        self._table.times = []
        comments, self._comments = self._comments, []
        return [*found, *([tables.lines_table(comments, "comments")] if comments else [])]

    def _take(self, line: str) -> bool:
        if line.startswith("#"):
            self._directive(line)
            return True
        cells = [None if cell in ("-", "") else cell for cell in line.split("\t")] if "\t" in line else _cells(line)
        if not self._names or len(cells) < len(self._names):
            return False
        fields = _named(self._names, cells)
        self._table.add(fields)
        if self._table.times is not None:
            self._table.times.append(_moment(fields, self._day))
        return True

    def _directive(self, line: str) -> None:
        if match := _FIELDS.match(line):
            self._names = tables.unique_names(match[1].split())
            return
        self._comments.append(line)
        if line.startswith("#Date: "):
            self._day = line[7:17]


def _moment(fields: Cells, day: str) -> str | None:
    own, clock = fields.get("date") or day, fields.get("time")
    return f"{own} {clock}Z" if own and clock else None
