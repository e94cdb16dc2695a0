"""Where did it go: the way of an element, a student, a file or a party's data, hop by hop, read from a published mart.

Here belongs the question and its answer as rows; the rule of what goes on from whom is in `sql/trace.sql`. Whose key a student has is
found out by who holds the key file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from lineage.stage import sql


@dataclass(frozen=True)
class Question:
    """What is asked for; what is None is not asked. `file` is a file id, a SHA-256, or a path within a delivery, with or without it."""

    element: str | None = None
    subject_key: str | None = None
    file: str | None = None
    party: str | None = None


@dataclass(frozen=True)
class Transfer:
    """One step on the way: `hop` 1 is where the way begins, `via` the parties from there to here, `arrived_on` the first day it could have
    come this way. `basis` only where one student was asked for."""

    data_element: str
    hop: int
    from_party_id: str
    to_party_id: str
    via: tuple[str, ...]
    first_seen_on: date
    last_seen_on: date
    arrived_on: date
    authorized: bool
    basis: str | None
    reason: str | None
    subjects: int
    unresolved_records: int
    evidence_file_id: str | None
    evidence_delivery_id: str | None
    evidence_path: str | None


@dataclass(frozen=True)
class TracedFile:
    """A file that the question's `file` means; the same bytes elsewhere are meant too."""

    file_id: str
    delivery_id: str
    party_id: str
    path: str
    kind: str
    status: str
    sha256: str | None


def trace(mart: Path, question: Question) -> list[Transfer]:
    """Every transfer on the way, by element and way. Empty where nothing is known to have gone anywhere."""
    asked = asdict(question) | {"file": question.file.lower() if question.file and len(question.file) == 64 else question.file}
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        cursor = con.execute(sql("trace"), asked)
        names = [column[0] for column in cursor.description or ()]
        rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [Transfer(**{**row, "via": tuple(row["via"])}) for row in rows]


def traced_files(mart: Path, file: str) -> list[TracedFile]:
    """The files that `file` means, wherever the same bytes were delivered."""
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        rows = con.execute(sql("traced_files"), {"file": file.lower() if len(file) == 64 else file}).fetchall()
    return [TracedFile(*row) for row in rows]


def known(mart: Path, question: Question) -> list[str]:
    """What of the question the mart has never heard of, in words: nothing was found, and this may be why."""
    unheard = []
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        if question.party and not con.execute("SELECT 1 FROM parties WHERE party_id = ?", [question.party]).fetchone():
            unheard.append("no party has this id")
        if question.element and not con.execute("SELECT 1 FROM flows WHERE data_element = ?", [question.element]).fetchone():
            unheard.append("no flow has this element")
        if question.subject_key and not con.execute("SELECT 1 FROM disclosures WHERE subject_key = ?", [question.subject_key]).fetchone():
            unheard.append("nothing of this student was seen to go anywhere")
    if question.file and not traced_files(mart, question.file):
        unheard.append("no file has this path, id or SHA-256")
    return unheard
