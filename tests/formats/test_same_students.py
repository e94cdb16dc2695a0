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
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from docx.document import Document
from openpyxl import Workbook

from scanners.detectors.found import Finds
from scanners.intake import Delivery, InboxFile
from scanners.oneroster import Person, Roster
from scanners.roster_index import RosterIndex
from scanners.sandbox import read_file
from scanners.scan import ScanContext, scan_delivery
from tests.readers import papers

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
    fewest_digits = 5

    def analyze(self, texts: Sequence[str]) -> Iterator[Finds]:
        return iter([Finds() for _ in texts])


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


def in_pdf() -> bytes:
    """Over two pages, the second without a header."""
    table = [HEADER, *(tuple(row.values()) for row in ROWS)]
    return papers.pdf([*papers.lines("Roster export"), *papers.rows(table[:4])], papers.rows(table[4:]))


def in_form() -> bytes:
    """A page a student, with fields to fill in: in a document, each a table of labels and values."""
    document = docx.Document()
    for row in ROWS:
        document.add_heading("Record", 1)
        table = document.add_table(rows=0, cols=2)
        for label, value in row.items():
            for cell, text in zip(table.add_row().cells, (f"{label.title()}:", value), strict=True):
                cell.text = text
    return document_bytes(document)


def in_document() -> bytes:
    document = docx.Document()
    document.add_heading("Roster export", 1)
    table = document.add_table(rows=0, cols=len(HEADER))
    for row in (HEADER, *(tuple(r.values()) for r in ROWS)):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return document_bytes(document)


def document_bytes(document: Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def message(as_html: bool) -> bytes:
    """The table as an attachment, or in the text itself."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = STUDENTS[0].emails[0], STUDENTS[1].emails[0], "Roster export"
    mail["Date"] = "Tue, 01 Sep 2026 10:00:00 -0500"
    mail.set_content("As agreed.")
    if as_html:
        mail.add_alternative(html().decode(), subtype="html")
    else:
        mail.add_attachment(delimited(), maintype="text", subtype="csv", filename="students.csv")
    return mail.as_bytes()


def mailbox() -> bytes:
    return b"".join(b"From a@vendor.example Tue Sep  1 10:00:00 2026\n%s\n" % message(as_html) for as_html in (False, True))


def sql_dump() -> bytes:
    rows = ",".join("(" + ",".join("'" + cell.replace("'", "''") + "'" for cell in row.values()) + ")" for row in ROWS)
    columns = ", ".join(f"`{name}`" for name in HEADER)
    return f"CREATE TABLE `students` (`student id` text);\nINSERT INTO `students` ({columns}) VALUES {rows};\n".encode()


def sql_copy() -> bytes:
    rows = "".join("\t".join(row.values()) + "\n" for row in ROWS)
    columns = ", ".join(f'"{name}"' for name in HEADER)
    return f"SET client_encoding = 'UTF8';\nCOPY public.students ({columns}) FROM stdin;\n{rows}\\.\n".encode()


def xml() -> bytes:
    """As an interchange file has them, with an envelope and a namespace."""
    rows = "".join(
        f'<x:Student id="{row["student id"]}"><Name>{row["name"]}</Name><Email>{row["email"]}</Email>'
        f"<BirthData><BirthDate>{row['birth date']}</BirthDate></BirthData></x:Student>"
        for row in ROWS
    )
    return f'<?xml version="1.0"?><x:Interchange xmlns:x="urn:x"><Version>1</Version>{rows}</x:Interchange>'.encode()


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
    "students.sql": sql_dump,
    "copy.sql": sql_copy,
    "students.xml": xml,
    "students.pdf": in_pdf,
    "students.docx": in_document,
    "forms.docx": in_form,
    "attached.eml": lambda: message(as_html=False),
    "text.eml": lambda: message(as_html=True),
    "mailbox": mailbox,
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
