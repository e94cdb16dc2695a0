"""Bad files, from the disk through the sandbox: none stops a scan, each has a state and a reason, and no planted student is lost unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

import pytest

from benchmarks import bad_files
from benchmarks.bad_files import BadFile
from benchmarks.forms import EXPORTS, LOGS, as_csv
from scanners.detectors.found import Finds
from scanners.intake import Delivery, inventory
from scanners.readers.source import Limits
from scanners.sandbox import read_files
from scanners.scan import Reader, ScanContext, scan_delivery
from tests.scanners.district import STUDENTS, context, key

DAY = date(2026, 9, 1)
WHO = tuple(bad_files.Student(s.sourced_id, f"{s.given} {s.family}", s.emails[0]) for s in STUDENTS[:6])
ROWS = [who.row for who in WHO]
PART = 8 * 1024


@pytest.fixture(scope="module")
def district() -> ScanContext:
    return context()


def judged(file: BadFile, folder: Path, district: ScanContext, reader: Reader = read_files) -> tuple[bool, list[tuple[str, str | None]]]:
    """Whether the planted student was seen, and the states of the file and its members."""
    day = folder / file.party / DAY.isoformat()
    (day / file.kind).mkdir(parents=True, exist_ok=True)
    path = day / file.kind / file.name
    path.write_bytes(file.data)
    delivery = Delivery(f"{file.party}/{DAY}", file.party, DAY, day)
    result = scan_delivery(delivery, inventory(delivery), district, reader)
    path.unlink()
    seen = {row["subject_key"] for row in result.tables["sightings"].to_pylist()}
    planted = file.planted is not None and key(STUDENTS[WHO.index(file.planted)]) in seen
    return planted, [(row["status"], row["reason"]) for row in result.tables["files"].to_pylist()]


def failures(files: Iterable[BadFile], folder: Path, district: ScanContext, reader: Reader = read_files) -> list[str]:
    failed = []
    for number, file in enumerate(files):
        planted, states = judged(file, folder, district, reader)
        if not states or any(status != "scanned" and not reason for status, reason in states):
            failed.append(f"{number} {file.group} {file.name}: no state or no reason")
        if file.planted and not planted and all(status == "scanned" for status, _ in states):
            failed.append(f"{number} {file.group} {file.name}: lost")
    return failed


@pytest.mark.parametrize("name", [*EXPORTS, *LOGS])
def test_chance_damage(tmp_path: Path, district: ScanContext, name: str) -> None:
    form, kind = {**EXPORTS, **LOGS}[name], "log" if name in LOGS else "export"
    files = bad_files.damaged(name, form, ROWS, WHO[0], Random(name), 1)
    assert failures((replace(file, kind=kind) for file in files), tmp_path, district) == []


def test_entities_of_xml(tmp_path: Path, district: ScanContext) -> None:
    assert failures(bad_files.entities(WHO[0]), tmp_path, district) == []


@pytest.mark.parametrize("name", ["csv", "jsonl", "sql", "txt", "log"])
def test_odd_encodings(tmp_path: Path, district: ScanContext, name: str) -> None:
    text, kind = {**EXPORTS, **LOGS}[name](ROWS).decode(), "log" if name in LOGS else "export"
    encoded = [text.encode("cp037", "replace"), *(mark + text.encode() for mark in bad_files.MARKS.values())]
    for reader in (read_files, partial(read_files, limits=Limits(part_bytes=PART // 16))):
        for data in encoded:
            planted, _ = judged(BadFile("", f"a.{name}", data, WHO[0], kind), tmp_path, district, reader)
            assert planted


@pytest.mark.parametrize("name", bad_files.LARGE)
def test_damage_in_the_middle_of_a_file_in_parts(tmp_path: Path, district: ScanContext, name: str) -> None:
    files = (file for file in bad_files.in_five_parts(WHO, PART) if file.name.endswith(f".{name}"))
    assert failures(files, tmp_path, district, partial(read_files, limits=Limits(part_bytes=PART))) == []


def test_a_first_line_without_an_end(tmp_path: Path, district: ScanContext) -> None:
    line = ",".join(f"c{n}" for n in range(40_000))
    planted, states = judged(BadFile("", "a.csv", f"{line} {WHO[0].email} ".encode(), WHO[0]), tmp_path, district)
    assert (planted, states[0][0]) == (True, "partly_scanned")


class Slow:
    """An analyzer that ran out of time on every text."""

    fewest_digits = 5

    def analyze(self, texts: Sequence[str]) -> Iterator[Finds]:
        return iter([Finds(gave_up=("SlowRecognizer",)) for _ in texts])


def test_a_detector_that_ran_out_of_time_leaves_the_file_partly_scanned(tmp_path: Path, district: ScanContext) -> None:
    rows = [{"email": who.email, "note": f"Number {n} asked for more time again"} for n, who in enumerate(WHO)]
    file = BadFile("", "a.csv", as_csv(rows), WHO[0])
    in_parts = partial(read_files, limits=Limits(part_bytes=PART))
    for reader, times in ((read_files, 1), (in_parts, 60)):
        data = as_csv(rows * times)
        planted, states = judged(replace(file, data=data), tmp_path, replace(district, analyzer=Slow), reader)
        assert planted
        assert states == [("partly_scanned", "a detector ran out of time or failed: SlowRecognizer")]
