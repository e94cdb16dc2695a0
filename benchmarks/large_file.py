"""`python -m benchmarks.large_file`: one CSV of 5 GB, scanned; the highest resident memory of all processes together. Prints Markdown."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.against_presidio import DAY, context_of
from benchmarks.nights import Watch, renamed, repeat, write_roster
from benchmarks.rows import as_csv, export, students
from scanners.intake import discover, inventory
from scanners.scan import scan_delivery


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gigabytes", type=float, default=5.0)
    options.add_argument("--students", type=int, default=4_000)
    options.add_argument("--seed", type=int, default=7400)
    options.add_argument("--folder", help="where to write it; default: the system's temporary folder")
    given = options.parse_args()
    with TemporaryDirectory(prefix="large-", dir=given.folder) as place:
        work = Path(place)
        people = renamed(students(given.seed, given.students), given.seed)
        write_roster(work, people)
        lines = list(as_csv(export(given.seed, people, 400_000)))
        size = repeat(work / "inbox/app/2026-11-01/export/progress.csv", lines, round(given.gigabytes * 1e9), header=True)
        del lines
        context = replace(context_of(work / "roster"), probe_key=bytes(16))
        ((delivery,), _) = discover(work / "inbox", DAY, 0, time.time() + 60)
        watch = Watch(os.getpid())
        begun = time.perf_counter()
        result = scan_delivery(delivery, inventory(delivery), context)
        seconds, peak = time.perf_counter() - begun, watch.stop()
        (file,) = result.tables["files"].to_pylist()
        subjects = len(set(result.tables["sightings"].column("subject_key").to_pylist()) - {None})
    print(f"# One large CSV\n\nhallpass {version('hallpass')}, seed {given.seed}, {os.cpu_count()} cores.\n")
    print(file["reason"] or "", end="\n\n" if file["reason"] else "")
    print("| size | rows | status | seconds | MB/s | peak resident, all processes | students found |")
    print("| ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    print(
        f"| {size / 1e9:.2f} GB | {file['records']:,} | {file['status']} | {seconds:.0f} | {size / 1e6 / seconds:.1f}"
        f" | {peak / 2**30:.2f} GB | {subjects:,} of {len(people):,} |"
    )


if __name__ == "__main__":
    main()
