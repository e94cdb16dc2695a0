"""No value of the roster stands in anything a night writes: raw bytes, decompressed members, every column of every table.

The search decodes as a thief would: base64, hex, URL, UTF-16 and reversed forms (TRUST.md).
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import ahocorasick_rs
import duckdb
import pytest

from examples.planted import planted_values
from lineage.lake import Lake
from tests.end_to_end.nights import Place

pytestmark = pytest.mark.parametrize("published", ["default", "tiny"], indirect=True)

SHORTEST = 8
"""Shorter values stand in any file by chance (a seven-digit id in a float); tables are searched for those cell by cell."""


def forms(value: str) -> Iterator[bytes]:
    """A value as it could be hidden."""
    for text in {value, value.lower(), value.upper()}:
        data = text.encode()
        yield data
        yield text[::-1].encode()
        yield text.encode("utf-16-le")
        yield data.hex().encode()
        yield quote(text).encode()
        for shift in range(3):  # base64 inside a longer text begins at any of three places
            encoded = base64.b64encode(b"\0" * shift + data)
            yield encoded[4 if shift else 0 : len(encoded) - 4]


def haystacks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what is compressed in it."""
    data = path.read_bytes()
    yield data
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    for match in re.finditer(rb"\x78[\x01\x9c\xda]", data):
        try:
            yield zlib.decompressobj().decompress(data[match.start() :], 1 << 20)
        except zlib.error:
            continue


def test_no_planted_value_in_any_byte(published: Place) -> None:
    needles = {
        form: value
        for value in planted_values(published.district)
        if len(value) >= SHORTEST
        for form in forms(value)
        if len(form) >= SHORTEST
    }
    assert len(needles) > 5_000
    search = ahocorasick_rs.BytesAhoCorasick(list(needles))
    found = set()
    files = [p for p in published.home.rglob("*") if p.is_file() and not p.is_relative_to(published.district)]
    for path in files:
        for data in haystacks(path):
            if search.find_matches_as_indexes(data):
                found.add(path.relative_to(published.home).as_posix())
    assert len(files) > 20
    assert found == set()


def cells(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """(table.column, cell) of everything a connection can see, nested values as text."""
    tables = con.execute("SELECT table_catalog, table_schema, table_name FROM information_schema.tables").fetchall()
    for catalog, schema, table in tables:
        name = f'"{catalog}"."{schema}"."{table}"'
        for column, *_ in con.execute(f"DESCRIBE {name}").fetchall():
            for (cell,) in con.execute(
                f'SELECT DISTINCT lower(CAST("{column}" AS VARCHAR)) FROM {name} WHERE "{column}" IS NOT NULL'
            ).fetchall():
                yield f"{table}.{column}", cell


def leaks_in_cells(con: duckdb.DuckDBPyConnection, values: set[str]) -> set[str]:
    """Columns in which a value stands as a whole word."""
    lowered = sorted({v.lower() for v in values if len(v) >= 5})
    search = ahocorasick_rs.AhoCorasick(lowered)
    found = set()
    for place, cell in cells(con):
        for _, start, end in search.find_matches_as_indexes(cell):
            around = cell[max(start - 1, 0) : start] + cell[end : end + 1]
            if not any(c.isalnum() for c in around):
                found.add(place)
    return found


def test_no_planted_value_in_any_cell(published: Place) -> None:
    values = {v for v in planted_values(published.district) if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", v)}
    with duckdb.connect(str(published.mart), read_only=True) as con:
        assert leaks_in_cells(con, values) == set()
    with duckdb.connect() as con:
        Lake(published.home / "lake").attach_to(con)
        assert len([1 for place, _ in cells(con) if place.startswith("sightings.")]) > 100
        assert leaks_in_cells(con, values) == set()


def test_no_planted_value_in_dagsters_home(published: Place) -> None:
    values = {v for v in planted_values(published.district) if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", v) and len(v) >= 6}
    search = ahocorasick_rs.AhoCorasick(sorted(values))
    databases = list((published.home / "dagster").rglob("*.db"))
    assert databases
    for path in databases:
        with sqlite3.connect(path) as con:
            for (table,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in con.execute(f'SELECT * FROM "{table}"'):
                    text = " ".join(str(cell) for cell in row)
                    hits = [text[max(s - 1, 0) : s] + text[e : e + 1] for _, s, e in search.find_matches_as_indexes(text)]
                    assert all(any(c.isalnum() for c in around) for around in hits), f"{path.name}.{table}"
