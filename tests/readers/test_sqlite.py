"""SQLite: read from bytes, tables with any name and any value; a damaged page costs its rows and is named."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence

import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
PAGE = 4096


def database(*statements: str, rows: Sequence[tuple[str, Sequence[tuple[object, ...]]]] = ()) -> bytes:
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.execute(f"PRAGMA page_size = {PAGE}")
    for statement in statements:
        con.execute(statement)
    for statement, values in rows:
        con.execute("BEGIN")
        con.executemany(statement, values)
        con.execute("COMMIT")
    data = con.serialize()
    con.close()
    return data


def large() -> bytes:
    people = [(f"Ann {n}", f"a{n}@x.example") for n in range(5_000)]
    return database("CREATE TABLE s (id integer primary key, name, mail)", rows=[("INSERT INTO s (name, mail) VALUES (?, ?)", people)])


def tables(parsed: ParsedFile) -> dict[str, list[dict[str, str | None]]]:
    return {table.name: table.data.to_pylist() for table in parsed.tables}


def test_tables_of_all_kinds(parse: Parse) -> None:
    data = database(
        'CREATE TABLE "stu""dents" ("the id" text, name text, born real, n integer, doc blob)',
        "CREATE TABLE keys (k text PRIMARY KEY, v) WITHOUT ROWID",
        "CREATE TABLE made (a text, b text GENERATED ALWAYS AS (a || '@x.example'))",
        "CREATE TABLE rowid_taken (rowid, _rowid_, oid)",
        "CREATE TABLE 'empty' (a, b)",
        "CREATE VIEW shown AS SELECT * FROM keys",
        "CREATE INDEX i ON keys (v)",
        rows=[
            ('INSERT INTO "stu""dents" VALUES (?, ?, ?, ?, ?)', [("0012345", "Zoë", 2010.0, 7, "né".encode())]),
            ("INSERT INTO keys VALUES (?, ?)", [("k", None)]),
            ("INSERT INTO made (a) VALUES (?)", [("ann",)]),
            ("INSERT INTO rowid_taken VALUES (?, ?, ?)", [("x", "y", "z")]),
        ],
    )
    parsed = parse("a.sqlite", data)
    assert (parsed.format, parsed.status, parsed.reason) == ("sqlite", "scanned", None)
    assert tables(parsed) == {
        "keys": [{"k": "k", "v": None}],
        "made": [{"a": "ann", "b": "ann@x.example"}],
        "empty": [],
        "rowid_taken": [{"rowid": "x", "_rowid_": "y", "oid": "z"}],
        'stu"dents': [{"the id": "0012345", "name": "Zoë", "born": "2010", "n": "7", "doc": "né"}],
    }


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_encodings_of_the_database(parse: Parse, encoding: str) -> None:
    data = database(f"PRAGMA encoding = '{encoding}'", "CREATE TABLE s (name)", rows=[("INSERT INTO s VALUES (?)", [("Zoë",)])])
    assert tables(parse("a.db", data)) == {"s": [{"name": "Zoë"}]}


def test_text_that_is_none_in_utf8(parse: Parse) -> None:
    data = database("CREATE TABLE s (name)", "INSERT INTO s VALUES (CAST(x'5A6FEB' AS text))")
    assert tables(parse("a.db", data)) == {"s": [{"name": "Zoë"}]}


def test_blobs_that_are_no_text_are_said(parse: Parse) -> None:
    data = database("CREATE TABLE s (name, photo)", rows=[("INSERT INTO s VALUES (?, ?)", [("Ann", b"\x89PNG\x00\xff")] * 3)])
    parsed = parse("a.db", data)
    assert (parsed.status, parsed.reason) == ("partly_scanned", "table 1: 3 binary values are no text")
    assert tables(parsed)["s"][0] == {"name": "Ann", "photo": None}


def test_the_texts_of_a_word_index_are_read_once(parse: Parse) -> None:
    data = database("CREATE VIRTUAL TABLE notes USING fts5(body)", "INSERT INTO notes VALUES ('Ann has an IEP')")
    parsed = parse("a.db", data)
    assert (parsed.status, set(tables(parsed))) == ("scanned", {"notes_content"})


def test_deleted_rows_are_still_there(parse: Parse) -> None:
    data = database("PRAGMA secure_delete = OFF", "CREATE TABLE s (mail)",
                    rows=[("INSERT INTO s VALUES (?)", [(f"gone{n}@x.example" * 9,) for n in range(400)])])  # fmt: skip
    with sqlite3.connect(":memory:", isolation_level=None) as con:
        con.deserialize(data)
        con.execute("PRAGMA secure_delete = OFF")
        con.execute("DELETE FROM s WHERE rowid > 5")
        data = con.serialize()
    con.close()
    found = tables(parse("a.db", data))
    assert len(found["s"]) == 5
    assert any("gone300@x.example" in (row["line"] or "") for row in found["deleted rows"])


def test_a_database_that_had_a_write_ahead_log(parse: Parse) -> None:
    data = bytearray(large())
    data[18] = data[19] = 2
    assert len(tables(parse("a.db", bytes(data)))["s"]) == 5_000


def test_damaged_pages_cost_their_rows(parse: Parse) -> None:
    data = bytearray(large())
    data[20 * PAGE : 22 * PAGE] = random.Random(1).randbytes(2 * PAGE)
    parsed = parse("a.db", bytes(data))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "table 1: damaged, some rows cannot be read")
    names = {row["name"] for row in tables(parsed)["s"]}
    assert {"Ann 0", "Ann 4999"} <= names
    assert len(names) == len(tables(parsed)["s"]) > 4_500


def test_what_follows_the_database_is_read_and_said(parse: Parse) -> None:
    parsed = parse("a.db", database("CREATE TABLE s (mail)") + b"\x00\x01ann@x.example\x00\x02")
    assert (parsed.status, parsed.reason) == ("partly_scanned", "17 bytes follow the database that are none of it")
    assert tables(parsed)["lines around the table"] == [{"line": "ann@x.example"}]


def test_cut_off(parse: Parse) -> None:
    parsed = parse("a.db", large()[: 30 * PAGE])
    assert parsed.status == "partly_scanned"
    assert (parsed.reason or "").startswith("the SQLite database is cut off")
    assert "Ann 0" in {row["name"] for row in tables(parsed)["s"]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (random.Random(1).randbytes(2 * PAGE), "no SQLite database, or an encrypted one"),
        (large()[:100] + random.Random(1).randbytes(PAGE), "the SQLite database is damaged: its schema cannot be read"),
        (database("CREATE TABLE s (a)")[:100], "the SQLite database is damaged: its schema cannot be read"),
    ],
    ids=["encrypted", "no schema", "header alone"],
)
def test_quarantined(parse: Parse, data: bytes, reason: str) -> None:
    parsed = parse("a.sqlite3", data)
    assert (parsed.status, parsed.reason) == ("quarantined", reason)


def test_a_csv_named_db_is_one(parse: Parse) -> None:
    assert parse("a.db", "id,name,mail\n1,Ann,a@x.example\n2,Bob,b@x.example\n").format == "csv"
