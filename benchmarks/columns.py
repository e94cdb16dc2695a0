"""How right is the scan about fields? `python -m benchmarks.columns` on the labelled exports of tests/scanners/labelled.

Each export is written as a CSV file and scanned as a delivery of its own, with a roster that holds 60 % of the students. The exports are
halved by a seed: the scanner was tuned on one half, the other half is held back (its errors are never shown, only its figures).
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.against_presidio import context_of, ratio, scan
from lineage.elements import elements
from scanners.scan import ScanContext
from tests.scanners.labelled.district import District, district, roster_files
from tests.scanners.labelled.exports import Export, Labelled, exports

JUDGED = ("direct", "sensitive")


@dataclass(frozen=True)
class Judged:
    """A labelled column and what the scan made of it."""

    export: Export
    column: Labelled
    element: str
    pii_class: str

    @property
    def wanted(self) -> str:
        return class_of(self.column.accepted[0])

    @property
    def right_class(self) -> bool:
        return self.pii_class in {class_of(slug) for slug in self.column.accepted}

    @property
    def right_element(self) -> bool:
        return ("-" if self.element == "none" else self.element) in self.column.accepted


def main(arguments: list[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--errors", action="store_true", help="list the wrong columns of the tuning half")
    options.add_argument("--share", type=float, default=0.6, help="the share of the students that the roster holds")
    given = options.parse_args(arguments)
    warnings.simplefilter("ignore")
    whole = district()
    begun = time.perf_counter()
    with TemporaryDirectory(prefix="columns-") as folder:
        context = context_of(_roster(Path(folder), whole, given.share))
        judged = [it for export in exports() for it in judge(export, whole, context, Path(folder))]
    seconds = time.perf_counter() - begun
    for half, tuning in (("tuning", True), ("held back", False)):
        print(figures(half, [it for it in judged if it.export.tuning is tuning]))
    print(f"\n{seconds:.1f} s in all, roster holding {given.share:.0%} of the students.")
    if given.errors:
        print("\n".join(errors(it for it in judged if it.export.tuning)))


def _roster(folder: Path, whole: District, share: float) -> Path:
    place = folder / "roster"
    place.mkdir()
    for name, text in roster_files(whole, share).items():
        (place / name).write_text(text)
    return place


def judge(export: Export, whole: District, context: ScanContext, folder: Path) -> list[Judged]:
    """What the scan says of each judged column of this export."""
    inbox = folder / export.name.replace(" ", "-")
    file = inbox / "vendor" / "2026-11-01" / "export" / "data.csv"
    file.parent.mkdir(parents=True)
    file.write_text(export.csv(whole))
    found = {row["field_path"]: row for row in scan(inbox, context).tables["fields"].to_pylist()}
    nothing = {"data_element": "none", "pii_class": "none"}
    rows = [(column, found.get(column.header, nothing)) for column in export.columns if column.accepted]
    return [Judged(export, column, row["data_element"], row["pii_class"]) for column, row in rows]


def class_of(slug: str) -> str:
    return elements()[slug].pii_class if slug in elements() else "none"


def figures(half: str, judged: list[Judged]) -> str:
    lines = [f"\n## {half}: {len({it.export.name for it in judged})} exports, {len(judged)} judged columns\n"]
    for name in JUDGED:
        said = [it for it in judged if it.pii_class == name]
        right = sum(it.right_class for it in said)
        wanted = [it for it in judged if it.wanted == name]
        lines.append(f"{name:10} precision {ratio(right, len(said))}  recall {ratio(sum(it.right_class for it in wanted), len(wanted))}")
    both = [it for it in judged if it.wanted in JUDGED]
    lines.append(f"{'element':10} right on direct and sensitive columns {ratio(sum(it.right_element for it in both), len(both))}")
    other = [it for it in judged if it.wanted not in JUDGED]
    lines.append(f"{'':10} right on the others {ratio(sum(it.right_element for it in other), len(other))}")
    return "\n".join(lines)


def errors(judged: Iterable[Judged]) -> list[str]:
    wrong = [it for it in judged if not it.right_element]
    counted = Counter((it.wanted if not it.right_class else "element", it.pii_class) for it in wrong)
    return [
        f"\n{dict(counted)}",
        *(
            f"{'CLASS' if not it.right_class else 'elem '}  {it.export.name:26} {it.column.header:44} {it.column.values[:40]:40}"
            f" {it.element} for {' or '.join(it.column.accepted)}"
            for it in sorted(wrong, key=lambda it: (it.right_class, it.export.name))
        ),
    ]


if __name__ == "__main__":
    main()
