"""When was a record made, and who received it? By what the format or a column of the table says, one answer a row.

Days are the district's. Of many times Arrow finds the hours in which they lie, and `fold.local_day` is asked once an hour: it costs a
hundred times more than looking at a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from types import EllipsisType
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scanners import shapes
from scanners.coded import Coded, told
from scanners.columns import Column
from scanners.fold import LINE_TIME, line_day, local_day
from scanners.header import listed
from scanners.schemas import TextTable

TIMED_KINDS = frozenset({"log", "tracking", "access-log"})
SAMPLE = 200
LOOKED_AT = 400
"""Characters of a line in which its time is looked for."""
SYSLOG_HEADING = r"^(?P<found>(?:<\d+>)?[A-Z][a-z]{2} {1,2}\d{1,2}) \d\d:\d\d:\d\d\b"
BLOCKS = (
    (
        r"(\d{4}-\d\d-\d\d[T ]\d\d):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,6})?)?( ?(?:Z|UTC|[+-]\d\d:?\d\d))?",
        r"\1:00:00\2",
        r"\1:59:59\2",
    ),
    (r"\[?(\d\d/[A-Za-z]{3}/\d{4}:\d\d):[0-5]\d:[0-5]\d( ?[+-]\d{4})?\]?", r"\1:00:00\2", r"\1:59:59\2"),
    (r"(\d{7})\d{3}(?:\.\d{1,6})?", r"\1000", r"\g<1>999"),
    (r"(\d{7})\d{6}", r"\1000000", r"\g<1>999999"),
)
"""Spellings of a time, and the first (as RE2 rewrites) and last (as Python does) second of the hour, or thousand seconds, it lies in."""


def days(table: TextTable, columns: Sequence[Column], kind: str, zone: ZoneInfo, received_on: date) -> Coded[date] | None:
    """The day of each record by its own time, where the kind has one: logs and captures, and what was sent with a time of sending."""
    if table.times is not None:
        encoded = table.times.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return told(codes, _own_days(encoded.dictionary.to_pylist(), zone, received_on))
    if kind == "log" and table.columns == ("line",):
        return told(columns[0].codes, line_days(columns[0].values, zone, received_on))
    if kind in TIMED_KINDS:
        column = _timed(columns, "times", zone)
    else:
        column = _timed(columns, "sent_times", zone) if kind == "sent" else None
    return told(column.codes, local_days(column.values, zone)) if column else None


def _own_days(moments: Sequence[str], zone: ZoneInfo, received_on: date) -> list[date | None]:
    """The days of times that the format fixes; those of RFC 3164 have no year."""
    known = list(local_days(moments, zone))
    if all(known):
        return known
    return [day or guessed for day, guessed in zip(known, line_days(moments, zone, received_on), strict=True)]


def _timed(columns: Sequence[Column], words: str, zone: ZoneInfo) -> Column | None:
    """The column of the record's own time: the most telling header whose values are times."""
    named = [(position, c) for c in columns if (position := listed(c.header, words)) is not None and c.values]
    times = [(p, i, c) for i, (p, c) in enumerate(named) if _are_times(c.values[:SAMPLE], zone)]
    return min(times, key=lambda t: t[:2])[2] if times else None


def _are_times(values: Sequence[str], zone: ZoneInfo) -> bool:
    return sum(day is not None for day in local_days(values, zone)) >= 0.8 * len(values)


def local_days(times: Sequence[str], zone: ZoneInfo) -> list[date | None]:
    """`fold.local_day` of each of many times.

    All times of one hour and offset have the day of its first and last second where these agree; only where midnight lies between
    (zones and offsets of half hours) each is read by itself.
    """
    firsts = pa.array(times, pa.string())
    for pattern, first, _ in BLOCKS:
        firsts = pc.replace_substring_regex(firsts, f"^{pattern}$", first)
    hours = firsts.dictionary_encode()
    known = [_day_of_hour(first, zone) for first in hours.dictionary.to_pylist()]
    said = [known[hour] for hour in hours.indices.to_pylist()]
    return [_day(time, zone) if day is ... else day for time, day in zip(times, said, strict=True)]


def _day_of_hour(first: str, zone: ZoneInfo) -> date | EllipsisType | None:
    """The day of the hour (or thousand seconds) that begins with this second, `...` where it has two; of anything else, its own."""
    day = _day(first, zone)
    for pattern, _, last in BLOCKS:
        if match := re.fullmatch(pattern, first, re.ASCII):
            return day if day == _day(match.expand(last), zone) else ...
    return day


def _day(time: str, zone: ZoneInfo) -> date | None:
    try:
        return local_day(time, zone)
    except OverflowError:  # in the years 1 and 9999 the district's day can lie outside the calendar
        return None


def line_days(lines: Sequence[str], zone: ZoneInfo, received_on: date) -> list[date | None]:
    """`fold.line_day` of each of many lines."""
    texts = pa.array(lines, pa.string())
    times = _found(f"(?P<found>{LINE_TIME.pattern})", pc.utf8_slice_codeunits(texts, 0, LOOKED_AT))
    by_time = local_days(pc.replace_substring(times.fill_null(""), ",", ".").to_pylist(), zone)
    headings = _found(SYSLOG_HEADING, texts)
    by_heading = {h: line_day(f"{h} 00:00:00", zone, received_on) for h in headings.unique().to_pylist() if h}
    found = zip(lines, times.to_pylist(), by_time, headings.to_pylist(), strict=True)
    return [
        (day if time else by_heading.get(heading)) if line.isascii() else _line_day(line, zone, received_on)  # RE2 has ASCII's digits
        for line, time, day, heading in found
    ]


def _line_day(line: str, zone: ZoneInfo, received_on: date) -> date | None:
    try:
        return line_day(line, zone, received_on)
    except OverflowError:
        return None


def _found(pattern: str, texts: pa.Array) -> pa.Array:
    """The group `found` of each text, null where the pattern is not met."""
    return pc.struct_field(pc.extract_regex(texts, pattern), "found")


def receivers(table: TextTable, columns: Sequence[Column], kind: str) -> Coded[str] | None:
    """The host that received each record: the capture's, or a log's column of destinations."""
    if table.receiver:
        return Coded(np.zeros(table.data.num_rows, np.int32), (table.receiver,))
    if kind != "log":
        return None
    named = [(p, i, c) for i, c in enumerate(columns) if (p := listed(c.header, "destinations")) is not None and c.values]
    hosts = [(p, i, c) for p, i, c in named if shapes.share(c.values, lambda v: shapes.is_host(v) or shapes.is_url(v)) >= 0.5]
    if not hosts:
        return None
    column = min(hosts, key=lambda t: t[:2])[2]
    return told(column.codes, map(_host, column.values))


def _host(value: str) -> str | None:
    return _if_host(value.strip().lower().split("://")[-1].split("/")[0].split("@")[-1].split(":")[0])


@lru_cache(maxsize=20_000)
def _if_host(bare: str) -> str | None:
    return bare if shapes.is_host(bare) else None
