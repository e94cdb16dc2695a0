"""Bytes of the formats the example writes. Everything here is a pure function of its arguments, so that equal runs give equal bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

# Any fixed instant well before every run: a delivery counts as complete when its files have been still for a while.
WRITTEN_AT = 1_577_836_800  # 2020-01-01T00:00:00Z
ZIP_TIME = (2020, 1, 1, 0, 0, 0)


def csv_bytes(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str = ",", bom: bool = False, newline: str = "\n"
) -> bytes:
    """A delimited table in UTF-8 with a header row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def jsonl_bytes(records: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Lines in UTF-8, letters as they are."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def json_bytes(value: Any) -> bytes:
    """One indented JSON document in UTF-8."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def yaml_bytes(value: Any, comment: str = "") -> bytes:
    """One YAML document in UTF-8, keys in the order given, after a comment line."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return (head + yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)).encode()


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """A deflated zip with fixed time stamps and modes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, content)
    return out.getvalue()


def gz_bytes(content: bytes) -> bytes:
    """One gzip member without a name and without a time stamp."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def xlsx_bytes(sheets: Mapping[str, Sequence[Sequence[str | int]]]) -> bytes:
    """A workbook as openpyxl writes it, with every clock in it set back; each sheet's first row is its header."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stamp = "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*ZIP_TIME).encode()
    members["docProps/core.xml"] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", stamp, members["docProps/core.xml"])
    return zip_bytes(members)


def parquet_bytes(columns: Mapping[str, Sequence[str] | Sequence[int]]) -> bytes:
    """A Parquet file of one row group."""
    out = io.BytesIO()
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), out, compression="snappy")
    return out.getvalue()


def sqlite_bytes(tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]) -> bytes:
    """An SQLite database with a table of text columns for each (header, rows)."""
    with sqlite3.connect(":memory:") as database:
        for name, (header, rows) in tables.items():
            database.execute(f"CREATE TABLE {name} ({', '.join(f'{column} TEXT' for column in header)})")
            database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", rows)
        database.commit()
        content = database.serialize()
    database.close()
    return content


def put(path: Path, content: bytes) -> None:
    """Write one file and set its clock back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (WRITTEN_AT, WRITTEN_AT))
