"""Access logs of web servers and `key=value` lines: the fields, and what no field could be made of."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
COMBINED = (
    '203.0.113.5 - ann [01/Sep/2026:10:00:00 -0500] "GET /app?email=ann%40x.example HTTP/1.1" 200 512 '
    '"https://a.example/?u=1" "Mozilla/5.0 (X11)"'
)
COMMON = '203.0.113.5 - - [01/Sep/2026:10:00:01 -0500] "POST /login HTTP/1.1" 302 -'
FIELDS = ("remote_addr", "user", "time", "method", "path", "protocol", "status", "bytes", "referer", "user_agent")


def row(parsed: ParsedFile, number: int = 0) -> dict[str, str | None]:
    return dict(parsed.tables[0].data.to_pylist()[number])


def test_combined(parse: Parse) -> None:
    parsed = parse("access.log.1", "\n".join([COMBINED] * 3), "log")
    assert (parsed.format, parsed.status, parsed.tables[0].columns) == ("access-log", "scanned", FIELDS)
    values = ("203.0.113.5", "ann", "01/Sep/2026:10:00:00 -0500", "GET", "/app?email=ann%40x.example", "HTTP/1.1", "200", "512",
              "https://a.example/?u=1", "Mozilla/5.0 (X11)")  # fmt: skip
    assert tuple(row(parsed).values()) == values


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (COMMON, {"method": "POST", "path": "/login", "bytes": None, "referer": None, "user": None}),
        ("www.a.example:443 " + COMBINED, {"vhost": "www.a.example:443", "remote_addr": "203.0.113.5", "user": "ann"}),
        ("a.example " + COMBINED, {"vhost": "a.example", "remote_addr": "203.0.113.5"}),
        (COMMON.replace("203.0.113.5 - -", "host.x.example - Ann Lee"), {"remote_addr": "host.x.example", "user": "Ann Lee"}),
        (COMMON.replace("203.0.113.5", "2001:db8::1"), {"remote_addr": "2001:db8::1"}),
        (COMBINED + ' 0.123 "10.0.0.1"', {"more": '0.123 "10.0.0.1"', "user_agent": "Mozilla/5.0 (X11)"}),
        (COMMON.replace("POST /login HTTP/1.1", r"GET /?q=Zo\xc3\xab\"x HTTP/2.0"), {"path": '/?q=Zoë"x', "protocol": "HTTP/2.0"}),
        (COMMON.replace("POST /login HTTP/1.1", r"\x16\x03\x01"), {"path": "\x16\x03\x01", "method": None}),
        (COMMON.replace("POST /login HTTP/1.1", "-"), {"path": None, "status": "302"}),
        (COMMON.replace("/login", "/a b?name=Ann Lee"), {"path": "/a b?name=Ann Lee", "protocol": "HTTP/1.1"}),
    ],
)  # fmt: skip
def test_lines(parse: Parse, line: str, fields: dict[str, str | None]) -> None:
    found = row(parse("access.log", line + "\n", "log"))
    assert {name: found.get(name) for name in fields} == fields


def test_lines_of_another_form_are_kept_and_named(parse: Parse, texts: Callable[[ParsedFile], str]) -> None:
    lines = [COMBINED] * 4 + ["panic for ann@x.example"] + [COMMON] * 4
    parsed = parse("access.log", "\r\n".join(lines), "log")
    assert (parsed.status, parsed.reason) == ("partly_scanned", "line 5 of another form")
    assert parsed.tables[-1].name == "rejected lines"
    assert "ann@x.example" in texts(parsed)


def test_too_few_lines_fit(parse: Parse) -> None:
    assert parse("a.log", "\n".join([COMBINED, "Sep 1 started", "Sep 1 stopped"]), "log").format == "log"


def test_another_encoding(parse: Parse) -> None:
    parsed = parse("access.log", (COMBINED + "\n").encode() * 5 + COMBINED.encode().replace(b"ann ", b"zo\xeb "), "log")
    assert row(parsed, 5)["user"] == "zoë"


def test_logfmt(parse: Parse) -> None:
    line = r'time=2026-09-01T10:00:00Z level=info user=ann@x.example msg="said \"hi\" to Zoë" empty= ip=10.0.0.1'
    parsed = parse("app.log", "\n".join([line] * 4 + ["level=warn user=bob login failed", "no pairs here"]), "log")
    assert (parsed.format, parsed.status, parsed.reason) == ("logfmt", "partly_scanned", "line 6 of another form")
    assert row(parsed) == {"time": "2026-09-01T10:00:00Z", "level": "info", "user": "ann@x.example", "msg": 'said "hi" to Zoë',
                           "empty": None, "ip": "10.0.0.1", "text": None}  # fmt: skip
    assert row(parsed, 4)["text"] == "login failed"


@pytest.mark.parametrize("text", ["A=1\nB=2\n", "a=1&b=2\n", "x = 1\ny = 2\n", "see https://a.example/?a=1 b=2\n"])
def test_no_logfmt(parse: Parse, text: str) -> None:
    assert parse("a.log", text, "log").format == "log"


@pytest.mark.parametrize(
    "line", ["a=1 " * 20_000, '1 - u [t] "' + "a" * 40_000, '"' * 40_000 + "[", "a a " + "b [" * 20_000, 'a="' * 20_000]
)
def test_long_hostile_lines_take_no_time(parse: Parse, line: str) -> None:
    started = time.perf_counter()
    parse("a.log", line, "log")
    assert time.perf_counter() - started < 2
