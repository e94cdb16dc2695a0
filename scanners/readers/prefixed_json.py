"""A prefix and then a JSON object on each line: Open edX's tracking log, container and application logs that a daemon has stamped.

The fields are the object's own, as in JSON Lines; those of the prefix stand under `log` (`log.time`, `log.host`). What Open edX adds around
an event is described in https://docs.openedx.org/en/latest/developers/references/internal_data_formats/tracking_logs.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from scanners.readers import flatten, tables
from scanners.readers.flatten import Cells
from scanners.readers.lines import LineParts, LinesReader
from scanners.readers.machine_lines import MESSAGE, Line, SentenceRows, fits, head, lines_of, spread
from scanners.readers.source import Parts
from scanners.readers.syslog import syslog_line
from scanners.schemas import TextTable

_LEAST_SHARE = 0.5
_LONGEST_PREFIX = 600
_PREFIX = "log"
_TIME = re.compile(r"(?i)@?(?:time|timestamp|ts|event_?time|date_?time)")


class PrefixedJsonReader(LinesReader):
    """Lines of a prefix and an object."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return b"{" in head and fits(head, _with_object, _LEAST_SHARE)

    def _parts(self, text: str) -> Parts:
        return LineParts("prefixed-json", _ObjectRows(text), "of another form")


def _with_object(line: str) -> Line | None:
    return head(line) if split(line) else None


def split(line: str) -> tuple[str, dict[str, object]] | None:
    """The prefix and the object that fills the rest of the line; None where there is either no prefix or no object."""
    decoder = flatten.decoder()
    start = line.find("{", 1, _LONGEST_PREFIX)
    for _ in range(4):
        if start < 0:
            return None
        try:
            value, end = decoder.raw_decode(line, start)
        except (ValueError, RecursionError):
            start = line.find("{", start + 1, _LONGEST_PREFIX)
            continue
        whole = isinstance(value, dict) and bool(value) and not line[end:].strip() and bool(line[:start].strip())
        return (line[:start], value) if whole else None
    return None


class _ObjectRows:
    """The rows of the objects, and the lines that have none in a table beside it."""

    def __init__(self, text: str) -> None:
        self._table = tables.RowTable("")
        self._timed_by_prefix = not _has_own_times(text)
        self._table.times = [] if self._timed_by_prefix else None
        self._others = SentenceRows(head, "\n".join(line for line in spread(text) if not split(line)), "other lines")

    def add(self, lines: Sequence[str]) -> list[int]:
        for line in lines:
            if found := split(line):
                self._object(*found)
            elif line.strip():
                self._others.take(line)
        return []

    def part(self) -> list[TextTable]:
        found = self._table.part()
        self._table.times = [] if self._timed_by_prefix else None
        return [*found, *self._others.part()]

    def _object(self, prefix: str, value: dict[str, object]) -> None:
        fields = prefix_fields(prefix)
        for row in flatten.record_rows(value):
            self._table.add({**row, **{name: text for name, text in fields.items() if name not in row}})
            if self._table.times is not None:
                self._table.times.append(fields.get(f"{_PREFIX}.time"))


def _has_own_times(text: str) -> bool:
    """Whether the first objects say themselves when they were made."""
    values = [found[1] for line in islice(lines_of(text), 50) if (found := split(line))]
    return any(_TIME.fullmatch(path.rpartition(".")[2]) for value in values for row in flatten.record_rows(value) for path in row)


def prefix_fields(prefix: str) -> Cells:
    """The fields of what stands before the object."""
    found = syslog_line(prefix.rstrip()) or _edx(prefix) or head(prefix)
    if found is None:
        return {f"{_PREFIX}.prefix": prefix.strip()}
    fields: Cells = {f"{_PREFIX}.{name}": text for name, text in found.before.items()}
    if rest := found.message.strip(" :-|="):
        fields[f"{_PREFIX}.{MESSAGE}"] = rest
    return fields


_EDX = re.compile(
    r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S+) \[service_variant=(?P<service>[^\]]*)\]\[(?P<logger>[^\]]*)\]"
    r"\[env:(?P<env>[^\]]*)\] (?P<level>[A-Z]+) (?P<rest>.*)",
    re.DOTALL,
)


def _edx(prefix: str) -> Line | None:
    """`Sep 14 10:00:00 host [service_variant=lms][tracking][env:prod] INFO [host 123] [user 7] [logger.py:54] - `."""
    match = _EDX.fullmatch(prefix)
    if not match:
        return None
    before: Cells = {name: value for name, value in match.groupdict().items() if value and name != "rest"}
    return Line(match["time"], before, match["rest"])
