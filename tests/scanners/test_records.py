"""Many times at once have the days that each has by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanners.fold import line_day, local_day
from scanners.records import line_days, local_days
from tests.scanners.district import STUDENTS, scan, table

CHICAGO = ZoneInfo("America/Chicago")
ZONES = [CHICAGO, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
RECEIVED = date(2026, 9, 9)

moments = st.datetimes(datetime(1971, 1, 1), datetime(2095, 12, 31))  # noqa: DTZ001
offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
zoned = st.datetimes(datetime(1971, 1, 1), datetime(2095, 12, 31), timezones=offsets)  # noqa: DTZ001


def epoch(unit: int) -> st.SearchStrategy[str]:
    return st.integers(0, 4_100_000_000 * unit).map(str)


written = st.one_of(
    moments.map(datetime.isoformat),
    moments.map(lambda m: m.strftime("%Y-%m-%d %H:%M")),
    zoned.map(datetime.isoformat),
    zoned.map(lambda m: m.strftime("%Y-%m-%d %H:%M:%S %z")),
    zoned.map(lambda m: m.strftime("[%d/%b/%Y:%H:%M:%S %z]")),
    moments.map(lambda m: m.strftime("%Y-%m-%dT%H:%M:%S,%fZ")),
    moments.map(lambda m: m.strftime("%Y-%m-%d %H:%M:%S UTC")),
    moments.map(lambda m: m.strftime("%b %d, %Y %I:%M %p")),
    st.sampled_from([1, 1_000, 1_000_000]).flatmap(epoch),
    st.from_regex(r"\A\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?\Z").filter(lambda t: "0100" < t[:4] < "9900"),
    st.text(max_size=30),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(written, max_size=20), st.sampled_from(ZONES))
@example(["2026-09-02T05:29:59Z", "2026-09-02T02:29:59Z", "2026-09-02T02:30:00Z", "2026-09-02T02:31:00Z"], ZONES[1])
@example(["0000000000", "0000000001", "2026-09-02T24:30:00", "2026-09-02T10:00:60", ""], CHICAGO)
def test_days_of_times(times: list[str], zone: ZoneInfo) -> None:
    assert local_days(times, zone) == [local_day(t, zone) for t in times]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=12), written, st.text(max_size=12)).map(" ".join), max_size=10))
@example(["Sep  1 10:00:00 web sshd[1]: x", "<34>Dec 31 10:00:00 web x", "Foo 12 10:00:00 x", "Feb 30 10:00:00 x"])
@example(["1788400000.123 x", "1788400000é x", "x" * 390 + " 2026-09-02T12:00:00Z", "x" * 410 + " 2026-09-02T12:00:00Z"])
def test_days_of_lines(lines: list[str]) -> None:
    assert line_days(lines, CHICAGO, RECEIVED) == [line_day(line, CHICAGO, RECEIVED) for line in lines]


@pytest.mark.parametrize("time", ["9999-12-31T23:30:00-11:00", "0001-01-01T00:00:00+05:00", "0001-01-01 00:00:00Z"])
def test_a_time_at_the_calendars_end_has_no_day(time: str) -> None:
    assert local_days([time], CHICAGO) == [None]
    assert line_days([time], CHICAGO, RECEIVED) == [None]
    result = scan(table([{"time": time, "email": STUDENTS[0].emails[0]}, {"time": "2026-09-02T12:00:00Z"}] * 5), kind="log")
    assert result.tables["files"].to_pylist()[0]["status"] == "scanned"


def test_a_day_is_read_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr("scanners.records.local_day", lambda text, zone: read.append(text) or local_day(text, zone))
    start = datetime(2026, 9, 2, 12, tzinfo=UTC)
    days = local_days([(start + timedelta(seconds=s)).isoformat() for s in range(2 * 3600)], CHICAGO)
    assert set(days) == {date(2026, 9, 2)}
    assert len(read) == 4
