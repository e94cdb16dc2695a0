"""`make bench`: this scanner and Presidio's batch analyzer on the same rows, in one process, one after the other. Prints Markdown.

Ours is timed end to end over the whole file: read in its sandbox, matched, classified, counted. Presidio's is timed on a random sample
(its rate is what it is, and the whole would take hours) and scaled; it gets the parsed cells, so reading the file is not on its bill.
Both use the same spaCy model, loaded before the clock starts.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import platform
import pstats
import random
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from benchmarks.rows import Rows, as_csv, as_json_lines, export, repeated, roster, students, web_log
from hallpass.keys import Keys
from lineage.elements import elements
from scanners.detectors.engine import Prose, default_model
from scanners.intake import discover, inventory
from scanners.oneroster import read_roster
from scanners.roster_index import RosterIndex
from scanners.scan import ScanContext, scan_delivery
from scanners.schemas import DeliveryResult

BATCH = 256
DAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Figures:
    """`seconds` for all rows (Presidio's: scaled from `sampled` rows); `recall` by field: found / planted."""

    tool: str
    seconds: float
    sampled: int
    recall: dict[str, tuple[int, int]]


def main(arguments: list[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=40_000, help="of each file, before they are repeated")
    options.add_argument("--students", type=int, default=8_000)
    options.add_argument("--repetition", type=int, default=50, help="cells a distinct value, of the files whose rows stand there often")
    options.add_argument("--seed", type=int, default=7400)
    options.add_argument("--share", type=float, default=0.01, help="the share of rows that Presidio is timed on")
    options.add_argument("--profile", action="store_true", help="instead, show where our time goes (inside this process)")
    given = options.parse_args(arguments)
    warnings.simplefilter("ignore")
    people = students(given.seed, given.students)
    made = [
        (export(given.seed, people, given.rows), "export/progress.csv", as_csv),
        (web_log(given.seed, people, given.rows), "log/web.jsonl", as_json_lines),
    ]
    work = [
        (repeated(rows, times, given.seed), path, form)
        for rows, path, form in made
        for times in (max(1, round(given.repetition / cells_a_value(rows))), 1)
    ]
    with TemporaryDirectory(prefix="bench-") as folder:
        place = Path(folder)
        for name, text in roster(people).items():
            (place / "roster").mkdir(exist_ok=True)
            (place / "roster" / name).write_text(text)
        context = context_of(place / "roster")
        if given.profile:
            for number, (rows, path, form) in enumerate(work):
                profile(rows, place / f"{number}.inbox", path, form, context)
            return
        presidio = presidio_of()
        print(head(given))
        for number, (rows, path, form) in enumerate(work):
            size, ours = measure_ours(rows, place / f"{number}.inbox", path, form, context)
            theirs = measure_presidio(rows, presidio, given.seed, given.share)
            print(section(rows, size, ours, theirs), flush=True)


# -- ours ---------------------------------------------------------------------------------------------------------------------------


def context_of(folder: Path) -> ScanContext:
    keys = Keys(bytes(32))
    index = RosterIndex.build(read_roster(folder, "sourcedId"), keys.subject_key)
    prose = Prose(index)
    _ = index.automaton, index.hits("")  # made at first use; a night makes them once
    gc.freeze()
    return ScanContext(
        index=index,
        token=keys.token,
        classes={slug: element.pii_class for slug, element in elements().items()},
        zone=ZoneInfo("America/Chicago"),
        as_of=DAY,
        analyzer=cache(lambda: prose),
        digest="",
    )


def deliver(rows: Rows, inbox: Path, path: str, form: Callable[[Rows], Iterable[str]]) -> int:
    """Write the rows as one delivery; returns its bytes."""
    file = inbox / "bench" / "2026-11-01" / path
    file.parent.mkdir(parents=True)
    with file.open("w") as stream:
        stream.writelines(form(rows))
    return file.stat().st_size


def scan(inbox: Path, context: ScanContext) -> DeliveryResult:
    ((delivery,), _) = discover(inbox, DAY, 0, time.time() + 60)
    return scan_delivery(delivery, inventory(delivery), context)


def measure_ours(rows: Rows, inbox: Path, path: str, form: Callable[[Rows], Iterable[str]], context: ScanContext) -> tuple[int, Figures]:
    size = deliver(rows, inbox, path, form)
    begun = time.perf_counter()
    result = scan(inbox, context)
    return size, Figures("Hallpass", time.perf_counter() - begun, len(rows.rows), our_recall(rows, result))


def our_recall(rows: Rows, result: DeliveryResult) -> dict[str, tuple[int, int]]:
    """By field: occurrences of its strongest finding, summed over the fields it was read as (a URL's parameters), of those planted."""
    strongest: dict[str, int] = {}
    for it in result.tables["findings"].to_pylist():
        if it["data_element"] != "none":
            strongest[it["field_path"]] = max(strongest.get(it["field_path"], 0), it["occurrences"])
    counted: Counter[str] = Counter()
    for path, occurrences in strongest.items():
        counted[re.split(r"\W", path)[0]] += occurrences
    planted = Counter(it.field for it in rows.planted)
    return {field: (min(counted[field], number), number) for field, number in planted.items()}


# -- Presidio -----------------------------------------------------------------------------------------------------------------------


def presidio_of() -> object:
    """`BatchAnalyzerEngine` as its documentation sets it up: every recognizer that is on by default, the whole pipeline of the model."""
    import tldextract.tldextract
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # else it asks the network
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": default_model()}])
    return BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]))


def measure_presidio(rows: Rows, batch: object, seed: int, share: float) -> Figures:
    """Column by column over a random sample of rows; of the web log too, by its parsed fields."""
    chosen = sorted(random.Random(seed).sample(range(len(rows.rows)), max(1, round(len(rows.rows) * share))))
    columns = {name: [rows.rows[row][at] for row in chosen] for at, name in enumerate(rows.columns)}
    begun = time.perf_counter()
    found = list(batch.analyze_dict(columns, language="en", batch_size=BATCH))  # type: ignore[attr-defined]
    seconds = (time.perf_counter() - begun) * len(rows.rows) / len(chosen)
    spans = {result.key: dict(zip(chosen, result.recognizer_results, strict=True)) for result in found}
    return Figures("Presidio batch analyzer", seconds, len(chosen), presidio_recall(rows, set(chosen), spans))


def presidio_recall(rows: Rows, chosen: set[int], spans: dict[str, dict[int, list[object]]]) -> dict[str, tuple[int, int]]:
    """By field, of the sample: planted values that any result overlaps, whatever it calls them."""
    hits: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for it in rows.planted:
        if it.row in chosen:
            planted[it.field] += 1
            start = rows.rows[it.row][rows.columns.index(it.field)].index(it.value)
            results = spans[it.field][it.row]
            hits[it.field] += any(r.start < start + len(it.value) and r.end > start for r in results)  # type: ignore[attr-defined]
    return {field: (hits[field], number) for field, number in planted.items()}


# -- the page -----------------------------------------------------------------------------------------------------------------------


def head(given: argparse.Namespace) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("hallpass", "presidio-analyzer", "spacy", "duckdb", "pyarrow"))
    return (
        f"# Against Presidio's batch analyzer\n\n{given.rows:,} rows a file, once and so often that there are {given.repetition} cells a"
        f" distinct value, {given.students:,} students, seed {given.seed};"
        f" Presidio on a random {given.share:.0%} of the rows, scaled."
        f" Python {platform.python_version()}, {packages}, {Path(default_model()).parent.name};"
        f" {cores()} cores, one process (our reader in a child)."
    )


def cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


def section(rows: Rows, size: int, ours: Figures, theirs: Figures) -> str:
    cells = cells_of(rows)
    lines = [
        f"\n## {rows.name}: {len(rows.rows):,} rows, {size / 1e6:.1f} MB, {cells:,} cells\n",
        f"{cells_a_value(rows):,.1f} cells a distinct value.\n",
        "| | seconds for all rows | rows/s | MB/s | cells/s | timed on | " + " | ".join(f"recall {field}" for field in ours.recall) + " |",
        "| --- |" + " ---: |" * (5 + len(ours.recall)),
    ]
    for it in (ours, theirs):
        recall = " | ".join(ratio(*it.recall.get(field, (0, 0))) for field in ours.recall)
        seconds = f"{it.seconds:,.1f}" + ("" if it.sampled == len(rows.rows) else " (scaled)")
        rates = f"{len(rows.rows) / it.seconds:,.0f} | {size / 1e6 / it.seconds:,.3f} | {cells / it.seconds:,.0f}"
        lines.append(f"| {it.tool} | {seconds} | {rates} | {it.sampled:,} rows | {recall} |")
    return "\n".join([*lines, f"\nFaster by a factor of {theirs.seconds / ours.seconds:,.0f}."])


def cells_of(rows: Rows) -> int:
    return sum(bool(cell) for row in rows.rows for cell in row)


def cells_a_value(rows: Rows) -> float:
    """Cells for each distinct value of a column: what repetition there is."""
    return cells_of(rows) / sum(len({row[at] for row in rows.rows} - {""}) for at in range(len(rows.columns)))


def ratio(found: int, planted: int) -> str:
    return f"{found / planted:.3f} ({found:,}/{planted:,})" if planted else "-"


def profile(rows: Rows, inbox: Path, path: str, form: Callable[[Rows], Iterable[str]], context: ScanContext) -> None:
    deliver(rows, inbox, path, form)
    watch = cProfile.Profile()
    watch.runcall(scan, inbox, context)
    print(f"## {rows.name}")
    pstats.Stats(watch, stream=sys.stdout).sort_stats("tottime").print_stats(18)
    pstats.Stats(watch, stream=sys.stdout).sort_stats("cumtime").print_stats("scanners", 25)


if __name__ == "__main__":
    main()
