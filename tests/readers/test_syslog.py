"""Syslog in both forms, and the sentences of sshd, sudo and cron as fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]


def row(parsed: ParsedFile, number: int = 0) -> dict[str, str]:
    return {name: value for name, value in parsed.tables[0].data.to_pylist()[number].items() if value is not None}


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (
            "Sep 14 10:00:00 gate sshd[812]: Accepted password for ilindqvist from 203.0.113.9 port 50022 ssh2",
            {"time": "Sep 14 10:00:00", "host": "gate", "process": "sshd", "pid": "812", "outcome": "Accepted", "method": "password",
             "user": "ilindqvist", "source_ip": "203.0.113.9", "port": "50022"},
        ),
        (
            "Sep  4 10:00:00 gate sshd[812]: Failed password for invalid user m.quispe from 2001:db8::9 port 50022 ssh2",
            {"user": "m.quispe", "known": "invalid user", "source_ip": "2001:db8::9", "outcome": "Failed"},
        ),
        ("Sep  4 10:00:00 gate sshd[812]: Invalid user  from 203.0.113.9", {"outcome": "Invalid", "source_ip": "203.0.113.9"}),
        (
            "Sep  4 10:00:00 gate sshd[812]: Connection closed by authenticating user tokafor 203.0.113.9 port 50022 [preauth]",
            {"user": "tokafor", "source_ip": "203.0.113.9", "port": "50022", "stage": "authenticating"},
        ),
        (
            "Sep  4 10:00:00 gate sudo[9]: rharlow : TTY=pts/0 ; PWD=/home/rharlow ; USER=root ; COMMAND=/bin/cat grades.csv",
            {"user": "rharlow", "target_user": "root", "directory": "/home/rharlow", "command": "/bin/cat grades.csv"},
        ),
        (
            "Sep  4 10:00:00 gate CRON[77]: (backup) CMD (/usr/bin/dump --students)",
            {"user": "backup", "outcome": "CMD", "command": "/usr/bin/dump --students"},
        ),
        (
            "<34>1 2026-09-14T22:14:15.003Z app.example lms 871 LOGIN [who@32473 user=\"Ann \\\"A\\\" Lee\" school=\"North\"][more@1] In",
            {"time": "2026-09-14T22:14:15.003Z", "host": "app.example", "process": "lms", "pid": "871", "message_id": "LOGIN",
                "priority": "34",
             "who@32473.user": 'Ann "A" Lee', "who@32473.school": "North", "more@1": "true", "message": "In"},
        ),
        ("<13>1 - - - - - -", {"priority": "13"}),
        ("2026-09-14T22:14:15+00:00 gate app: hello", {"time": "2026-09-14T22:14:15+00:00", "host": "gate", "message": "hello"}),
        ("<13>Sep 14 10:00:00 gate su(pam_unix)[5]: session opened", {"process": "su(pam_unix)", "message": "session opened"}),
        ("Sep 14 10:00:00 mac com.example.agent[1] (com.example.job[7]): Exited", {"part": "com.example.job[7]", "message": "Exited"}),
    ],
)  # fmt: skip
def test_lines(parse: Parse, line: str, fields: dict[str, str]) -> None:
    parsed = parse("messages", f"{line}\n", "log")
    assert (parsed.format, parsed.status) == ("syslog", "scanned")
    assert row(parsed) == row(parsed) | fields


def test_lines_of_no_form_go_on_from_the_one_before(parse: Parse) -> None:
    lines = [
        "Sep 14 10:00:00 gate app[1]: begun",
        "\tat step 1",
        "--- last message repeated 3 times ---",
        "Sep 15 11:00:00 gate app[1]: done",
    ]
    table = parse("messages", "\n".join(lines + lines[-1:] * 3), "log").tables[0]
    assert table.times is not None
    assert table.times.to_pylist()[:4] == ["Sep 14 10:00:00"] * 3 + ["Sep 15 11:00:00"]
    assert table.data["message"].to_pylist()[:3] == ["begun", "at step 1", "--- last message repeated 3 times ---"]


def test_what_varies_in_other_sentences_is_a_field(parse: Parse) -> None:
    lines = [f"Sep 14 10:00:0{n} gate lmsd[1]: quiz {n} of student {9000 + n} saved, user=p{n} ip 203.0.113.{n}" for n in range(5)]
    parsed = parse("messages", "\n".join(lines), "log")
    assert set(parsed.tables[0].data["message"].to_pylist()) == {"quiz <quiz> of student <student> saved, user=<user> ip <ip>"}
    assert (row(parsed, 3)["student"], row(parsed, 3)["user"], row(parsed, 3)["ip"]) == ("9003", "p3", "203.0.113.3")
