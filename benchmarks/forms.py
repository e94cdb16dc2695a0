"""One table in every format that is measured: rows of text to the bytes of a file. Only the making belongs here; no scanner is imported."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from html import escape

import docx
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from tests.readers import papers

Row = dict[str, str]
Rows = Sequence[Row]
Form = Callable[[Rows], bytes]


def as_csv(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_tsv(rows: Rows) -> bytes:
    return as_csv(rows, "\t")


def as_json(rows: Rows) -> bytes:
    return json.dumps({"students": list(rows)}, ensure_ascii=False).encode()


def as_json_lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(rows: Rows) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({name: [row[name] for row in rows] for name in rows[0]}), out)
    return out.getvalue()


def as_xlsx(rows: Rows) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_sqlite(rows: Rows) -> bytes:
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.execute(f"CREATE TABLE students ({', '.join(_quoted(name) + ' text' for name in rows[0])})")
    con.executemany(f"INSERT INTO students VALUES ({', '.join('?' for _ in rows[0])})", [tuple(row.values()) for row in rows])
    data = con.serialize()
    con.close()
    return data


def as_sql(rows: Rows) -> bytes:
    columns = ", ".join(_quoted(name) for name in rows[0])
    values = ",\n".join("(" + ", ".join("'" + cell.replace("'", "''") + "'" for cell in row.values()) + ")" for row in rows)
    return f"CREATE TABLE students ({columns.replace(',', ' text,')} text);\nINSERT INTO students ({columns}) VALUES {values};\n".encode()


def as_xml(rows: Rows) -> bytes:
    told = "".join(f"<student>{''.join(f'<{_tag(k)}>{escape(v)}</{_tag(k)}>' for k, v in row.items())}</student>\n" for row in rows)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<students>{told}</students>'.encode()


def as_html(rows: Rows) -> bytes:
    cells = [list(rows[0]), *(list(row.values()) for row in rows)]
    told = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    return f"<!doctype html><html><head><meta charset='utf-8'></head><body><table>{told}</table></body></html>".encode()


def as_mail(rows: Rows) -> bytes:
    """Each row as lines of `column: value` in the text of a message."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@vendor.example", "help@vendor.example", "Export"
    mail["Date"] = "Tue, 01 Sep 2026 10:00:00 -0500"
    mail.set_content("".join("".join(f"{k}: {v}\n" for k, v in row.items()) + "\n" for row in rows))
    return mail.as_bytes()


def as_docx(rows: Rows) -> bytes:
    document = docx.Document()
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_pdf(rows: Rows) -> bytes:
    return papers.pdf(papers.rows([tuple(rows[0]), *(tuple(row.values()) for row in rows)]))


def as_text(rows: Rows) -> bytes:
    return "".join("; ".join(f"{k}: {v}" for k, v in row.items()) + ".\n" for row in rows).encode()


def as_key_values(rows: Rows) -> bytes:
    """A program's log, its fields as key=value."""
    return _lines(rows, lambda row: "INFO saved " + " ".join(f"{_tag(k)}={json.dumps(v, ensure_ascii=False)}" for k, v in row.items()))


def as_events(rows: Rows) -> bytes:
    """A log of JSON lines."""
    told = ({"time": f"2026-09-01T10:00:{n % 60:02d}Z", "event": "saved", **row} for n, row in enumerate(rows))
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in told).encode()


def as_syslog(rows: Rows) -> bytes:
    told = (" ".join(f"{_tag(k)}={v}" for k, v in row.items()) for row in rows)
    return "".join(f"Sep  1 10:00:{n % 60:02d} gate lmsd[8]: saved {text}\n" for n, text in enumerate(told)).encode()


EXPORTS: dict[str, Form] = {
    "csv": as_csv,
    "tsv": as_tsv,
    "json": as_json,
    "jsonl": as_json_lines,
    "parquet": as_parquet,
    "xlsx": as_xlsx,
    "sqlite": as_sqlite,
    "sql": as_sql,
    "xml": as_xml,
    "html": as_html,
    "eml": as_mail,
    "docx": as_docx,
    "pdf": as_pdf,
    "txt": as_text,
}
LOGS: dict[str, Form] = {"log": as_key_values, "events.jsonl": as_events, "syslog": as_syslog}
BINARY = frozenset({"parquet", "xlsx", "sqlite", "docx", "pdf"})


def _lines(rows: Rows, text: Callable[[Row], str]) -> bytes:
    return "".join(f"2026-09-01 10:00:{n % 60:02d},123 {text(row)}\n" for n, row in enumerate(rows)).encode()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tag(name: str) -> str:
    return name.replace(" ", "_")
