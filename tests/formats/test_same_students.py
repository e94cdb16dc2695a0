"""One table in every format: read in the child and scanned, each shows the same students and the same about them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from scanners.intake import Delivery, InboxFile
from scanners.oneroster import Person, Roster
from scanners.roster_index import RosterIndex
from scanners.sandbox import read_file
from scanners.scan import ScanContext, scan_delivery

Row = dict[str, str]
HEADER = ("student id", "name", "email", "birth date")


def student(sourced_id: str, given: str, family: str, email: str, born: date) -> Person:
    return Person(
        sourced_id, sourced_id, "student", given, family, emails=(email,), birth_date=born, local_ids=((sourced_id, "sourcedId"),)
    )


STUDENTS = (
    student("0012345", "Zoë", "O'Rourke-Díaz", "zoe.orourke@pr.example", date(2010, 1, 31)),
    student("0012346", "Mateo", "Okafor", "mateo.okafor@pr.example", date(2011, 2, 3)),
    student("0112347", "Tomás", "Núñez", "tomas.nunez@pr.example", date(2010, 12, 11)),
    student("0912348", "Priya", "Natarajan", "priya.natarajan@pr.example", date(2012, 7, 9)),
    student("0912349", "Søren", "Łukasik", "soren.lukasik@pr.example", date(2009, 10, 10)),
    student("1012350", "Hana", "Sato", "hana.sato@pr.example", date(2011, 5, 30)),
)
ROWS: list[Row] = [
    dict(zip(HEADER, (s.sourced_id, f"{s.given} {s.family}", s.emails[0], str(s.birth_date)), strict=True)) for s in STUDENTS
]


class NoProse:
    def analyze(self, texts: Sequence[str]) -> Iterator[list[object]]:
        return iter([[] for _ in texts])


def delimited(delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADER, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue().encode(encoding)


def parquet() -> bytes:
    out = io.BytesIO()
    columns: dict[str, list[object]] = {name: [row[name] for row in ROWS] for name in HEADER}
    columns["birth date"] = [s.birth_date for s in STUDENTS]
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def nested_parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"student": ROWS, "tags": [["a", "b"]] * len(ROWS)}), out)
    return out.getvalue()


def xlsx(numbers: bool) -> bytes:
    """Dates as dates; `numbers`: ids as numbers that are shown with their zeros."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Roster export"])
    sheet.append(list(HEADER))
    for number, (row, own) in enumerate(zip(ROWS, STUDENTS, strict=True), 3):
        sheet.append([int(row["student id"]) if numbers else row["student id"], row["name"], row["email"], own.birth_date])
        if numbers:
            sheet.cell(number, 1).number_format = "0000000"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sqlite() -> bytes:
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.execute('CREATE TABLE students ("student id" text, name text, email text, "birth date" text)')
    con.executemany("INSERT INTO students VALUES (?, ?, ?, ?)", [tuple(row.values()) for row in ROWS])
    data = con.serialize()
    con.close()
    return data


def html() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (HEADER, *(r.values() for r in ROWS)))
    return f"<!doctype html><html><body><h1>Export</h1><table>{rows}</table></body></html>".encode()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in/students.csv", delimited())
    return out.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "students.csv": delimited,
    "latin.csv": lambda: delimited(";", "utf-16"),
    "carets.csv": lambda: delimited("^"),
    "students.tsv": lambda: delimited("\t"),
    "students.json": lambda: json.dumps(ROWS).encode(),
    "envelope.json": lambda: json.dumps({"data": {"students": ROWS}, "page": 1}, ensure_ascii=False).encode(),
    "students.jsonl": lambda: "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode(),
    "students.parquet": parquet,
    "nested.parquet": nested_parquet,
    "texts.xlsx": lambda: xlsx(numbers=False),
    "numbers.xlsx": lambda: xlsx(numbers=True),
    "students.sqlite": sqlite,
    "students.html": html,
    "students.zip": zipped,
    "students.csv.gz": lambda: gzip.compress(delimited()),
}


@pytest.fixture(scope="module")
def context() -> ScanContext:
    classes = dict.fromkeys(("student_id.local", "student_name", "student_contact.email", "demographics.birth_date"), "direct")
    return ScanContext(
        RosterIndex.build(Roster(STUDENTS), lambda kind, own: f"{kind}:{own}"),
        lambda *parts: hashlib.blake2b("\x1f".join(parts).encode(), key=b"test").hexdigest(),
        classes,
        ZoneInfo("America/Chicago"),
        date(2026, 11, 24),
        NoProse,
        "digest",
    )


EXPECTED = {
    (f"student:{s.key_id}", element)
    for s in STUDENTS
    for element in ("student_id.local", "student_name", "student_contact.email", "demographics.birth_date")
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_students(tmp_path: Path, context: ScanContext, name: str) -> None:
    data = FORMATS[name]()
    path = tmp_path / name
    path.write_bytes(data)
    source = InboxFile(path, f"export/{name}", "export", None, len(data), hashlib.sha256(data).hexdigest())
    delivery = Delivery("vendor/2026-09-01", "vendor", date(2026, 9, 1), tmp_path)
    result = scan_delivery(delivery, [source], context, lambda files: ((file, read_file(file)) for file in files))
    assert {row["status"] for row in result.tables["files"].to_pylist()} == {"scanned"}
    assert {(row["subject_key"], row["data_element"]) for row in result.tables["sightings"].to_pylist()} == EXPECTED
