"""Students' names in JSON log lines (how many are found), and people seen in system logs that name nobody. Prints Markdown.

`python -m benchmarks.logs`; with `--system FILE …`, other system logs are counted too. A name of the roster is found when its student has a
sighting of a name in that file; another name when its field has a finding of a person (no more of them than were planted).
"""

from __future__ import annotations

import argparse
import hashlib
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.against_presidio import context_of
from benchmarks.log_lines import SHAPES, SYSTEMS, Shape, Student, json_log, roster, students, system_log
from scanners.intake import Delivery, InboxFile
from scanners.sandbox import read_files
from scanners.scan import ScanContext, scan_delivery
from scanners.schemas import DeliveryResult

NAMES = frozenset({"student_name", "guardian_name", "staff_name", "schedule.teacher", "enrollment.counselor"})
FALSE_LINES = 5
LINES = 2_000


@dataclass(frozen=True)
class Recall:
    shape: str
    known: tuple[int, int]  # found, planted: of students on the roster
    others: tuple[int, int]  # of people on no roster


def main(arguments: list[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=5_207)
    options.add_argument("--students", type=int, default=1_200)
    options.add_argument("--records", type=int, default=100, help="names a shape")
    options.add_argument("--system", type=Path, nargs="*", default=[], help="system logs besides the generated ones")
    given = options.parse_args(arguments)
    warnings.simplefilter("ignore")
    people = students(given.seed, given.students)
    with TemporaryDirectory(prefix="logs-") as folder:
        contexts = {share: _context(people, share, Path(folder) / f"{share}") for share in (100, 60)}
        for share, context in contexts.items():
            begun = time.perf_counter()
            found = [measure(shape, people, share, given.seed, given.records, context, Path(folder)) for shape in SHAPES]
            print(recall_table(found, share), f"\n({time.perf_counter() - begun:.0f} s)\n", flush=True)
        logs = {name: (SYSTEMS[name][0], system_log(name, given.seed, LINES).encode()) for name in SYSTEMS}
        logs |= {path.name: (path.name, path.read_bytes()) for path in given.system}
        print("| system log | lines | lines with a person | in |\n|---|---|---|---|")
        for name, (file, data) in logs.items():
            places = false_people(scan(file, data, contexts[100], Path(folder)))
            lines = sum(1 for line in data.splitlines() if line.strip())
            print(f"| {name} | {lines:,} | {sum(places.values()):,} | {', '.join(f'{p} {n:,}' for p, n in places.items())} |", flush=True)
        print(f"\nTarget: at most {FALSE_LINES} lines in {LINES:,}.")


def _context(people: list[Student], share: int, folder: Path) -> ScanContext:
    folder.mkdir()
    kept = people[: len(people) * share // 100]
    for name, text in roster(kept).items():
        (folder / name).write_text(text)
    return context_of(folder)


def scan(name: str, data: bytes, context: ScanContext, folder: Path) -> DeliveryResult:
    path = folder / name
    path.write_bytes(data)
    source = InboxFile(path, f"log/{name}", "log", None, len(data), hashlib.sha256(data).hexdigest())
    return scan_delivery(Delivery("bench/2026-11-01", "bench", date(2026, 11, 1), folder), [source], context, read_files)


def measure(shape: Shape, people: list[Student], share: int, seed: int, count: int, context: ScanContext, folder: Path) -> Recall:
    """One shape's file, by both kinds of people."""
    text, chosen = json_log(shape, people, seed, count)
    result = scan("app.jsonl", text.encode(), context, folder)
    known = set(people[: len(people) * share // 100])
    on_roster = [p for p in chosen if p in known]
    names = Counter(p.name for p in known)
    others = [p for p in chosen if p not in known and p.name not in names]
    keys = {person.sourced_id: key for person, key in zip(context.index.people, context.index.keys, strict=True)}
    seen = {row["subject_key"] for row in result.tables["sightings"].to_pylist() if row["data_element"] in NAMES}
    told = sum(keys[p.number] in seen for p in on_roster)
    alike = sum(keys[p.number] not in seen and names[p.name] > 1 for p in on_roster)
    found = told + min(alike, max(0, _named(result, len(chosen) - len(on_roster)) - told))
    persons = sum(_people_of_fields(result, len(on_roster)).values())
    return Recall(shape.name, (found, len(on_roster)), (min(persons, len(others)), len(others)))


def _named(result: DeliveryResult, others: int) -> int:
    """Records in which somebody of the roster is named, be it one of several of that name whom nothing in the record tells apart."""
    findings = result.tables["findings"].to_pylist()
    sure = max((it["occurrences"] for it in findings if it["detector"] in ("roster_match", "roster_mention")), default=0)
    fields = max((it["occurrences"] for it in findings if it["data_element"] in NAMES and it["detector"] == "header"), default=0)
    return max(sure, fields - others)


def _people_of_fields(result: DeliveryResult, known: int) -> dict[str, int]:
    """By field, how many records show a person that is not on the roster."""
    counts: dict[str, int] = defaultdict(int)
    for it in result.tables["findings"].to_pylist():
        if it["detector"] in ("roster_match", "roster_mention"):
            continue
        if it["entity_type"] == "PERSON":
            counts[it["field_path"]] += it["occurrences"]
        elif it["data_element"] in NAMES and it["detector"] == "header":
            counts[it["field_path"]] = max(counts[it["field_path"]], it["occurrences"] - known)
    return counts


def false_people(result: DeliveryResult) -> dict[str, int]:
    """By field, the records that are said to hold somebody's name."""
    counts: dict[str, int] = {}
    for it in result.tables["findings"].to_pylist():
        if it["entity_type"] in ("PERSON", "ROSTER_MENTION") or it["data_element"] in NAMES:
            counts[it["field_path"]] = max(counts.get(it["field_path"], 0), it["occurrences"])
    return counts


def recall_table(found: list[Recall], share: int) -> str:
    rows = [f"| {it.shape} | {_part(it.known)} | {_part(it.others)} | {_part(_sum(it.known, it.others))} |" for it in found]
    known = _sum(*(it.known for it in found))
    others = _sum(*(it.others for it in found))
    head = f"| JSON log lines, roster of {share} % | on the roster | on none | all |\n|---|---|---|---|\n"
    return head + "\n".join([*rows, f"| **all** | {_part(known)} | {_part(others)} | **{_part(_sum(known, others))}** |"])


def _sum(*parts: tuple[int, int]) -> tuple[int, int]:
    return sum(p[0] for p in parts), sum(p[1] for p in parts)


def _part(part: tuple[int, int]) -> str:
    return f"{part[0] / part[1]:.3f} ({part[0]:,}/{part[1]:,})" if part[1] else ""


if __name__ == "__main__":
    main()
