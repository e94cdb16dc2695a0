"""The child that reads: what it says arrives whole, and its death, delay or appetite costs one row."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanners import sandbox
from scanners.intake import InboxFile
from scanners.sandbox import Limits, read_file, read_files

Put = Callable[..., InboxFile]
GOOD = b"id,name\n1,Ann\n"


def child_of(process: int) -> int | None:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(children[0]) if children else None


def test_all_files_in_order(put: Put) -> None:
    files = [put(f"{n}.csv", GOOD) for n in range(5)]
    read = [(file, list(members)) for file, members in read_files(files)]
    assert [file for file, _ in read] == files
    assert all(m.parsed.status == "scanned" and m.sha256 == f.sha256 for f, members in read for m in members)


def test_captures_and_certificates_travel_whole(put: Put) -> None:
    entry = {"startedDateTime": "2026-09-01T10:00:00Z", "request": {"method": "GET", "url": "https://a.example/?x=1"}, "response": {}}
    (capture,) = read_file(put("a.har", json.dumps({"log": {"entries": [entry]}}).encode(), "tracking"))
    sent, trackers = capture.parsed.tables
    assert (sent.sender, sent.receiver, sent.columns, trackers.role) == ("a.example", "a.example", ("?x",), "trackers")
    assert sent.times is not None
    assert sent.times.to_pylist() == ["2026-09-01T10:00:00Z"]
    (certificate,) = read_file(put("certificate.yaml", b"party: a\ndestroyed_on: 2026-06-01\n", "destruction"))
    assert certificate.facts is not None
    assert certificate.facts["destroyed_on"] == date(2026, 6, 1)


def test_too_much_memory(put: Put) -> None:
    hungry, fine = put("a.json", b"[" + b'{"a":1},' * 1_500_000 + b"{}]"), put("b.csv", GOOD)
    limits = Limits(memory_bytes=500 * 2**20, seconds=60)
    statuses = [next(members).parsed for _, members in read_files([hungry, fine], limits)]
    assert statuses[0].status == "quarantined"
    assert statuses[0].reason == "needed more than 0.488 GB"
    assert statuses[1].status == "scanned"


def test_too_slow(put: Put) -> None:
    slow, fine = put("a.json", b'{"a":1}\n' * 2_000_000), put("b.csv", GOOD)
    started = time.monotonic()
    (member,) = read_file(slow, Limits(seconds=0.3))
    assert (member.parsed.status, member.parsed.reason) == ("quarantined", "reading took longer than 0.3 s")
    assert time.monotonic() - started < 5
    assert read_file(fine)[0].parsed.status == "scanned"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the child through /proc")
@pytest.mark.parametrize("whom", ["child", "server"])
def test_killed_from_outside(put: Put, whom: str) -> None:
    slow, fine = put("a.json", b'{"a":1}\n' * 300_000), put("b.csv", GOOD)
    read_file(fine)
    server = sandbox._server().process.pid

    def kill() -> None:
        for _ in range(500):
            child = child_of(server)
            if child is not None:
                time.sleep(0.1)
                os.kill(child if whom == "child" else server, signal.SIGKILL)
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    (member,) = read_file(slow)
    killer.join()
    if whom == "child":
        assert (member.parsed.status, member.parsed.reason) == ("quarantined", "the reader was killed")
    else:
        assert member.parsed.status == "scanned"  # a lost server is started again, once
    assert read_file(fine)[0].parsed.status == "scanned"


def test_an_error_of_a_reader_tells_its_class_only(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanners import readers
    from scanners.readers.source import Source

    def fail(source: Source) -> None:
        raise ValueError("Ann Lee")

    monkeypatch.setattr(readers, "read", fail)
    reading = sandbox._guarded(Source("a.csv", GOOD, "export"))
    assert (reading.parsed.status, reading.parsed.reason) == ("quarantined", "the reader failed: ValueError")


def test_files_that_must_not_be_opened(put: Put, tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to("/etc/hostname")
    for file in (
        InboxFile(link, "link.csv", "export", None, 0, "", "a link: links are not followed"),
        replace(put("delivery.yaml", b"x: 1"), kind="delivery", reason="unknown key 'x'"),
    ):
        (member,) = read_file(file)
        assert (member.parsed.status, member.parsed.reason) == ("quarantined", file.reason)
    (member,) = read_file(replace(put("a.csv", GOOD), path=link))
    assert member.parsed.status == "quarantined"


def test_a_file_that_changed(put: Put) -> None:
    file = put("a.csv", GOOD)
    file.path.write_bytes(GOOD + b"2,Bob\n")
    (member,) = read_file(file)
    assert (member.parsed.status, member.parsed.reason) == ("quarantined", "the file was changed while it was read")


def test_a_file_costs_little(put: Put) -> None:
    file = put("a.csv", GOOD)
    read_file(file)
    started = time.perf_counter()
    for _ in range(10):
        read_file(file)
    assert (time.perf_counter() - started) / 10 < 0.25  # about 0.01 on a quiet machine


def test_an_answer_that_makes_no_sense_is_not_believed(put: Put) -> None:
    reading, writing = os.pipe()
    os.write(writing, (5).to_bytes(8, "big") + (0).to_bytes(8, "big") + b"hello")
    os.close(writing)
    answer = sandbox._Answer(put("a.csv", GOOD))
    assert list(sandbox._receive(reading, answer, Limits())) == []
    assert answer.failure == "the reader's answer could not be understood"
    os.close(reading)
