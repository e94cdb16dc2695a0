"""Lines of programs, of formats known and not: the fields before the sentence, what varies within it, and that no word is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.readers.linemask import Sentences
from scanners.readers.machine_lines import head
from scanners.schemas import ParsedFile
from tests.readers.conftest import parse_bytes, texts_of
from tests.readers.test_parts import as_dict, parted, whole

Parse = Callable[..., ParsedFile]


@pytest.mark.parametrize(
    ("line", "moment", "before", "message"),
    [
        ("2026-09-01 10:00:00,123 INFO [main] c.e.Foo - saved", "2026-09-01 10:00:00",
         {"time": "2026-09-01 10:00:00,123", "level": "INFO", "thread": "main", "logger": "c.e.Foo"}, "saved"),
        ("2026-09-01T10:00:00.123Z  WARN 871 --- [exec-2] c.e.Foo : slow", "2026-09-01 10:00:00+00:00",
         {"time": "2026-09-01T10:00:00.123Z", "level": "WARN", "thread": "exec-2"}, "slow"),
        ("[Tue Sep 01 10:00:00.1 2026] [core:error] [pid 35:tid 9] [client 203.0.113.9:41] AH001: no", "Tue Sep 01 10:00:00 2026",
         {"level": "core:error", "pid": "35:tid 9", "client": "203.0.113.9:41"}, "AH001: no"),
        ("2026/09/01 10:00:00 [error] 12#7: *3 open() failed", "2026-09-01 10:00:00", {"level": "error"}, "12#7: *3 open() failed"),
        ("26/09/01 10:00:00 INFO a.Foo: x", "2026-09-01", {"level": "INFO", "logger": "a.Foo"}, "x"),
        ("09-01 10:00:00.5  17  23 D WindowManager: x", "Sep 01 10:00:00",
         {"process": "17", "process#2": "23", "level": "D", "logger": "WindowManager"}, "x"),
        ("260901 100000 14 INFO a.b$C: x", "2026-09-01", {"process": "14", "level": "INFO", "logger": "a.b$C"}, "x"),
        ("node-7 unix.hw 1788256800 1 up", "1788256800", {"origin": "node-7 unix.hw"}, "1 up"),
        ("9/1/2026 10:00:00 AM Error Disk full", "9/1/2026 10:00:00 AM", {"level": "Error"}, "Disk full"),
        ("20260901-10:0:3:9|Steps|3|walk", "2026-09-01", {}, "Steps|3|walk"),
    ],
)  # fmt: skip
def test_heads(line: str, moment: str, before: dict[str, str], message: str) -> None:
    found = head(line)
    assert found is not None
    assert (found.moment, found.message) == (moment, message)
    assert {name: found.before.get(name) for name in before} == before


def test_no_head() -> None:
    assert head("the parents' evening is on Tuesday") is None


@pytest.mark.parametrize(
    ("text", "said", "fields"),
    [
        ("mail for ann@x.example bounced", "mail for <email> bounced", {"email": "ann@x.example"}),
        ("saved work of student Ilse Dragan in unit", "saved work of student <student> in unit", {"student": "Ilse Dragan"}),
        ("Parent: Dragan, Ilse called", "Parent: <parent> called", {"parent": "Dragan, Ilse"}),
        ("disk nearly full", "disk nearly full", {}),
        ("score 85 of 90", "score 85 of 90", {}),  # once is no sentence of a program
    ],
)
def test_a_sentence_said_once(text: str, said: str, fields: dict[str, str]) -> None:
    assert Sentences.learn([text]).split(text) == (said, fields)


@pytest.mark.parametrize(
    ("form", "values", "said", "fields"),
    [
        ("user {} logged in from {}", [("ann", "203.0.113.1"), ("bob", "203.0.113.2")], "user <user> logged in from <source_ip>", {"user",
            "source_ip"}),
        ("student_id={} score {}", [("9001", "85"), ("9002", "70")], "student_id=<student_id> score <score>", {"student_id", "score"}),
        ("latency {} on disk {}", [("85", "sda1"), ("70", "sda2")], "latency <value> on disk <token>", {"value", "token"}),
        ("call (402) 555-01{} at {} Oak Grove Ave", [("02", "12"), ("03", "14")], "call <phone> at <address>", {"phone", "address"}),
        ('opened "{}" with v{}', [("Essay one", "2"), ("Essay two", "2")], 'opened "<text>" with v2', {"text"}),
        ("GET https://a.example/?q={} took {}", [("x", "3"), ("y", "4")], "GET <url> took <value>", {"url", "value"}),
    ],
)  # fmt: skip
def test_a_sentence_said_often(form: str, values: list[tuple[str, str]], said: str, fields: set[str]) -> None:
    texts = [form.format(*pair) for pair in values * 3]
    sentences = Sentences.learn(texts)
    assert {sentences.split(text)[0] for text in texts} == {said}
    assert set(sentences.split(texts[0])[1]) == fields


WORDS = st.sampled_from(
    ["user", "student", "Ilse Dragan", "Dragan, Ilse", "ann@x.example", "id=9001", 'note="a b"', "203.0.113.7", "::1", "/var/log/x",
        "402-555-0102",
     "INFO", "[main]", "a.b.Foo:", "-", "=", "2026-09-01", "10:00:00", "it's", "'quoted'", "{", "<x>", "85%", "0xff", "Zoë", "|", "\\",
     "\t"]
)  # fmt: skip
LINES = st.lists(st.one_of(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), st.text(max_size=30)), max_size=6)
HEADS = st.sampled_from(
    [
        "",
        "2026-09-01 10:00:00 ",
        "Sep  1 10:00:00 host app[3]: ",
        '<34>1 2026-09-01T10:00:00Z h a 1 - [x@1 k="v"] ',
        "09-01 10:00:00.5 1 2 D T: ",
    ]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(LINES, HEADS, st.integers(1, 4))
def test_no_word_is_lost(lines: list[str], start: str, times: int) -> None:
    text = "\n".join([f"{start}{line}" for line in lines] * times + [f"{start}one {n} of user u{n}" for n in range(4)])
    parsed = parse_bytes("app.log", text, "log")
    if parsed.status == "quarantined":
        return
    held = texts_of(parsed)
    words = {word for line in re.split(r"\r\n|\n|\r", text) for word in re.findall(r"\w+", line)}
    lost = {word for word in words if word not in held and word.strip("_")}
    assert not {word for word in lost if not any(c == "\x00" for c in word)}


def test_an_unnamed_format_is_learned_from_its_lines(parse: Parse) -> None:
    lines = [f"gate {n} opened by card C-{4000 + n} user=u{n}" for n in range(20)]
    table = parse("doors.log", "\n".join(lines), "log").tables[0]
    assert table.columns[0] == "message"
    assert {"card", "user"} <= set(table.columns)
    assert len(set(table.data["message"].to_pylist())) == 1


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [("notes.txt", "2026-09-01 10:00:00 called home\n2026-09-02 10:00:00 called again\n", "export"), ("a.log", "one\ntwo\nthree\n", "log")],
)
def test_what_is_no_log_stays_lines(parse: Parse, name: str, text: str, kind: str) -> None:
    assert parse(name, text, kind).tables[0].columns == ("line",)


def test_a_trace_belongs_to_its_line(parse: Parse) -> None:
    lines = [
        "2026-09-01 10:00:00 ERROR a.Foo: no student",
        "java.lang.Error: Ilse Dragan",
        "\tat a.Foo.x(Foo.java:7)",
        "2026-09-02 10:00:00 INFO a.Foo: ok",
    ]
    table = parse("app.log", "\n".join(lines), "log").tables[0]
    assert table.times is not None
    assert table.times.to_pylist() == ["2026-09-01 10:00:00"] * 3 + ["2026-09-02 10:00:00"]
    assert table.data["message"].to_pylist()[1] == "java.lang.Error: Ilse Dragan"


@pytest.mark.parametrize(
    "line", ["a" * 3_900, "a=" * 1_900, "1 " * 1_900, "A. " * 1_200, '"' * 3_000, "/a" * 1_900, ":" * 3_000, "a.b@" * 900, "[" * 3_000]
)
def test_hostile_lines_take_no_time(parse: Parse, line: str) -> None:
    started = time.perf_counter()
    parse("a.log", f"2026-09-01 10:00:00 {line}\n" * 4, "log")
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "line",
    [
        "Sep  1 10:00:{n:02} gate sshd[8]: Failed password for u{n} from 203.0.113.{n} port 5{n} ssh2",
        "2026-09-01 10:00:{n:02},1 INFO [main] a.Foo - saved {n}",
        '2026-09-01T10:00:{n:02}Z stdout F {{"user": "u{n}", "n": {n}}}',
        'http 2026-09-01T15:00:{n:02}.1Z app/a/5 203.0.113.{n}:2 10.0.0.1:80 0 0 0 200 200 3 3 "GET http://x.example/{n} HTTP/1.1" "c" - -',
        "gate {n} opened for u{n}@x.example",
    ],
)
def test_in_parts_as_in_one(line: str) -> None:
    text = "".join(f"{line.format(n=n)}\n" + ("  at a trace\n" if n % 7 == 0 else "") for n in range(60)).encode()
    assert as_dict(parted("a.log", text, 700, "log")) == as_dict(whole("a.log", text, "log"))


def test_a_directive_counts_in_all_parts() -> None:
    rows = "".join(f"2026-09-01 10:00:{n:02} /a?n={n} 203.0.113.{n}\n" for n in range(60))
    text = f"#Fields: date time cs-uri c-ip\n{rows}".encode()
    assert as_dict(parted("a.log", text, 700, "log")) == as_dict(whole("a.log", text, "log"))
