"""The labelled exports of `schemas.txt`: their columns, rows made from a seed, and which half they belong to."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from tests.scanners.labelled.district import VALUES, District, Student

SCHEMAS = Path(__file__).with_name("schemas.txt")
SEED = 5
ROWS, EVENTS = 120, 300


@dataclass(frozen=True)
class Labelled:
    """One column: its header, what its cells are made from, the share that is filled, and the slugs a person would accept.

    `-` accepts none; no slug at all is a column that is not judged.
    """

    header: str
    values: str
    filled: float
    accepted: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    name: str
    events: bool  # many rows a student
    columns: tuple[Labelled, ...]
    tuning: bool

    def csv(self, whole: District) -> str:
        """Rows about a half of the district's students, in an order of this export's own."""
        dice = random.Random(self.name)
        people = dice.sample(whole.students, ROWS)
        stream = StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([c.header for c in self.columns])
        for student in dice.choices(people, k=EVENTS) if self.events else people:
            writer.writerow([cell(c, student, dice) for c in self.columns])
        return stream.getvalue()


def cell(column: Labelled, student: Student, dice: random.Random) -> str:
    if column.filled < 1 and dice.random() >= column.filled:
        return ""
    if column.values.startswith("@"):
        return VALUES[column.values[1:]][1](student, dice)
    if span := re.fullmatch(r"(-?\d+)\.\.(\d+)", column.values):
        return str(dice.randint(int(span[1]), int(span[2])))
    return dice.choice(column.values.split(";"))


def exports() -> tuple[Export, ...]:
    blocks = re.split(r"^## ", SCHEMAS.read_text(encoding="utf-8"), flags=re.M)[1:]
    names = sorted(_name(block) for block in blocks)
    random.Random(SEED).shuffle(names)
    tuning = set(names[: len(names) // 2])
    return tuple(Export(_name(b), " *" in b.splitlines()[0], tuple(_columns(b.splitlines()[1:])), _name(b) in tuning) for b in blocks)


def _name(block: str) -> str:
    return block.splitlines()[0].removesuffix(" *").strip()


def _columns(lines: Sequence[str]) -> list[Labelled]:
    return [_column(*line.split(" | ")) for line in lines if line.strip()]


def _column(header: str, values: str, element: str = "") -> Labelled:
    share = re.search(r" %(\d+)$", values)
    values = values[: share.start()] if share else values
    element = element or VALUES[values[1:]][0]
    accepted = tuple(element.split(" or "))
    return Labelled(header, values, int(share[1]) / 100 if share else 1.0, () if "?" in accepted else accepted)
