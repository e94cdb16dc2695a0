"""`python -m benchmarks.nights`: a first night over a gigabyte, then one with new deliveries and another roster. Prints Markdown.

Both are the real command in a process of its own, publication included. Each school's apps deliver about the students of that school; the
second night brings 5 % more (with new values), and of the roster one student in a hundred is new, gone or changed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.rows import Student, as_csv, as_json_lines, export, roster, students, web_log

ROWS_MADE = 40_000
VENDOR = """id: {id}
name: {id}
kind: vendor
domains: [{id}.example]
agreements:
  - id: A-{id}
    effective_on: 2025-08-01
    expires_on: 2028-07-31
    ferpa_basis: school_official
    consent: not_required
    purposes: [educational_service]
    authorized: [{{element: student_name}}, {{element: student_contact.email}}]
"""


@dataclass(frozen=True)
class Ran:
    """Wall clock and processor time of the whole command, the highest resident memory of all its processes together, what it scanned."""

    seconds: float
    processor: float
    peak: int
    scanned: str


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=1_100)
    options.add_argument("--schools", type=int, default=40)
    options.add_argument("--students", type=int, default=4_000)
    options.add_argument("--seed", type=int, default=7400)
    given = options.parse_args()
    with TemporaryDirectory(prefix="nights-") as place:
        work = Path(place)
        people = renamed(students(given.seed, given.students), given.seed)
        size = district(work / "district", people, given)
        first = run(work)
        more, changes = next_day(work / "district", people, given)
        second = run(work)
        third = run(work)
        print(page(given, size, more, changes, first, second, third))


# -- the district -----------------------------------------------------------------------------------------------------------------


def district(folder: Path, people: Sequence[Student], given: argparse.Namespace) -> int:
    """Write it, with the first night's inbox; returns the inbox's bytes."""
    (folder / "vendors").mkdir(parents=True)
    (folder / "district.yaml").write_text("name: Bench Schools\ntime_zone: America/Chicago\nquiet_seconds: 0\n")
    write_roster(folder, people)
    each = given.megabytes * 1_000_000 // given.schools
    return sum(
        school_delivers(folder, number, of_school(people, number, given.schools), "2026-11-01", each, given.seed)
        for number in range(given.schools)
    )


SYLLABLES = [c + v for c in "bcdfghjklmnprstv" for v in "aeio"]


def renamed(people: Sequence[Student], seed: int) -> list[Student]:
    """The same people under names that hardly two of them share, as in a real district: three syllables each."""
    dice = random.Random(seed + 3)

    def name() -> str:
        return "".join(dice.choices(SYLLABLES, k=3)).capitalize()

    named = [replace(it, given=name(), family=name()) for it in people]
    return [replace(it, email=f"{it.given}.{it.family}.{it.number}@students.bench.example".lower()) for it in named]


def of_school(people: Sequence[Student], number: int, schools: int) -> Sequence[Student]:
    each = len(people) // schools
    return people[number * each : (number + 1) * each]


def school_delivers(folder: Path, number: int, people: Sequence[Student], day: str, size: int, seed: int) -> int:
    """One delivery of an app: an export and a web log, a half each."""
    party = f"app{number:02d}"
    (folder / "vendors" / f"{party}.yaml").write_text(VENDOR.format(id=party))
    place = folder / "inbox" / party / day
    made = [
        repeat(place / "export/progress.csv", list(as_csv(export(seed + number, people, ROWS_MADE))), size // 2, header=True),
        repeat(place / "log/web.jsonl", list(as_json_lines(web_log(seed + number, people, ROWS_MADE))), size // 2, header=False),
    ]
    return sum(made)


def repeat(path: Path, lines: list[str], size: int, header: bool) -> int:
    """The lines over and over, in another order each time, until the file has this size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dice = random.Random(len(lines))
    first, rest = (lines[:1], lines[1:]) if header else ([], lines)
    with path.open("w") as stream:
        written = sum(map(stream.write, first))
        while written < size:
            dice.shuffle(rest)
            block = "".join(rest)[: size - written + 1]
            written += stream.write(block[: block.rfind("\n") + 1] or rest[0])
    return path.stat().st_size


def write_roster(folder: Path, people: Sequence[Student], left: Collection[str] = ()) -> None:
    """The roster; those who left are no longer enabled, as a SIS keeps them."""
    (folder / "roster").mkdir(exist_ok=True)
    for name, text in roster(people).items():
        lines = [line.replace(",active,true,", ",active,false,") if line[1:].split(",")[0] in left else line for line in text.splitlines()]
        (folder / "roster" / name).write_text("\n".join(lines) + "\n")


def next_day(folder: Path, people: Sequence[Student], given: argparse.Namespace) -> tuple[int, dict[str, int]]:
    """5 % more deliveries, with values of their own, and 1 % of the roster changed: of five, two came, two left, one has another e-mail."""
    dice = random.Random(given.seed + 1)
    new = max(1, given.schools // 20)
    each = given.megabytes * 1_000_000 // given.schools
    size = sum(
        school_delivers(folder, number, of_school(people, number, given.schools), "2026-11-02", each, given.seed + 1_000)
        for number in range(new)
    )
    changed = max(5, len(people) // 100)
    left, moved = changed * 2 // 5, changed // 5
    chosen = dice.sample(range(len(people)), left + moved)
    other = set(chosen[left:])
    now = [replace(it, email=f"moved.{it.number}@students.bench.example") if n in other else it for n, it in enumerate(people)]
    came = [
        replace(it, number=str(int(it.number) + 900_000_000), email=f"new.{it.email}")
        for it in renamed(students(given.seed + 7, changed - left - moved), given.seed + 7)
    ]
    write_roster(folder, [*now, *came], {people[n].number for n in chosen[:left]})
    return size, {"new": len(came), "left": left, "with another e-mail": moved}


# -- the command ------------------------------------------------------------------------------------------------------------------


def run(work: Path) -> Ran:
    """One night, as a person would start it."""
    environment = os.environ | {
        "HALLPASS_HOME": str(work / "home"),
        "HALLPASS_DISTRICT": str(work / "district"),
        "HALLPASS_AS_OF": "2026-11-24",
    }
    command = shutil.which("hallpass", path=str(Path(sys.executable).parent)) or "hallpass"
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([command, "run"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watch = Watch(process.pid)
    output, _ = process.communicate()
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if process.returncode:
        raise SystemExit(f"the night failed:\n{output[-2000:]}")
    told = re.search(r"^.*deliver.*scanned.*$", output, re.MULTILINE)
    return Ran(seconds, processor, watch.stop(), told[0].strip() if told else "")


class Watch:
    """The highest resident memory of a process and its children together, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def _look(self, process: psutil.Process) -> None:
        while not self._over.wait(0.05):
            self.peak = max(self.peak, resident([process, *_children(process)]))

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self.peak


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def resident(processes: Iterable[psutil.Process]) -> int:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def page(given: argparse.Namespace, size: int, more: int, changes: dict[str, int], first: Ran, second: Ran, third: Ran) -> str:
    told = ", ".join(f"{number} {what}" for what, number in changes.items())
    lines = [
        "# Two nights\n",
        f"{given.students:,} students in {given.schools} schools, seed {given.seed}, hallpass {version('hallpass')}, {os.cpu_count()}"
        f" cores. First night {size / 1e9:.2f} GB, second {more / 1e6:.0f} MB more; of the roster {told}.\n",
        "| night | seconds | processor seconds | MB/s | peak resident, all processes | |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        _line("first", first, f"{size / 1e6 / first.seconds:.1f}"),
        _line("second", second),
        _line("nothing new", third),
        f"\nThe second takes {second.seconds / first.seconds:.1%} of the first.",
    ]
    return "\n".join(lines)


def _line(name: str, ran: Ran, speed: str = "") -> str:
    return f"| {name} | {ran.seconds:.1f} | {ran.processor:.1f} | {speed} | {ran.peak / 2**30:.2f} GB | {ran.scanned} |"


if __name__ == "__main__":
    main()
