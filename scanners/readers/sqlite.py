"""SQLite databases, opened from their bytes: no file is written. Tables, and what deleted rows left; a view shows nothing else.

What a hostile database could make SQLite do is switched off before its schema is read (https://www.sqlite.org/security.html).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from scanners.errors import Quarantine
from scanners.readers import encoding, tables
from scanners.readers.delimited import AROUND
from scanners.readers.plain import Plain, text
from scanners.readers.source import Reading, Source, extension
from scanners.schemas import TextTable

DELETED = "deleted rows"
_MAGIC = b"SQLite format 3\x00"
_EXTENSIONS = frozenset({"sqlite", "sqlite3", "db", "db3", "s3db", "sqlitedb"})
_WRITE_VERSION, _READ_VERSION = 18, 19
"""Where the header says whether a write-ahead log belongs to the database; one in memory cannot have any."""
_WAL, _ROLLBACK = 2, 1
_MAX_TABLES = 2_000
_ERRORS = (sqlite3.Error, OverflowError, ValueError)
_WORD_INDEX = ("_data", "_idx", "_docsize", "_config", "_segments", "_segdir", "_stat")
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION})
_SCHEMA = "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name"
_WITHOUT_ROWID = re.compile(r"(?is)\)[^)]*\bwithout\s+rowid\b[^)]*\Z")


class SqliteReader:
    """SQLite 3, by its first bytes; by its name where those are not there."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return head.startswith(_MAGIC) or (extension(name) in _EXTENSIONS and _is_noise(head))

    def read(self, source: Source) -> Reading:
        if not source.data.startswith(_MAGIC):
            raise Quarantine("no SQLite database, or an encrypted one")
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as con:
            try:
                found, reasons = _read(con, source.data, source.limits.member_bytes)
            except _ERRORS:
                raise Quarantine("the SQLite database is damaged: its schema cannot be read") from None
        if reasons and not found:
            raise Quarantine(f"the SQLite database is damaged: {reasons[0]}")
        return Reading(tables.parsed("sqlite", found, None, {}, reasons))


def _is_noise(head: bytes) -> bool:
    """Whether the first page looks like that of an encrypted database: all bytes about as common."""
    page = head[:4096]
    return len(page) >= 512 and len(set(page)) > 200


def _read(con: sqlite3.Connection, data: bytes, limit: int) -> tuple[list[TextTable], list[str]]:
    page = 65536 if data[16:18] == b"\x00\x01" else int.from_bytes(data[16:18], "big")
    reasons = []
    if len(data) < (whole := page * int.from_bytes(data[28:32], "big")):
        reasons.append("the SQLite database is cut off")
        data += bytes(whole - len(data) if whole <= limit else 0)  # what is missing is damage to its tables only
    if _WAL in (data[_WRITE_VERSION], data[_READ_VERSION]):
        data = data[:_WRITE_VERSION] + bytes([_ROLLBACK, _ROLLBACK]) + data[_READ_VERSION + 1 :]
    behind = data[whole:] if whole and data[24:28] == data[92:96] else b""  # else its size in pages is not up to date
    con.deserialize(data)
    _confine(con)
    con.text_factory = text
    schema = _without_word_indexes(con.execute(_SCHEMA).fetchall())
    if len(schema) > _MAX_TABLES:
        reasons.append(f"only the first {_MAX_TABLES:,} of {len(schema):,} tables are read")
    found: list[TextTable] = []
    for number, (name, sql) in enumerate(schema[:_MAX_TABLES], 1):
        if name.startswith("sqlite_"):
            continue
        table = _Table(con, name, has_rowid=not _WITHOUT_ROWID.search(sql))
        found += table.read()
        reasons += [f"table {number:,}: {reason}" for reason in table.reasons]
    if remains := [line for page_of in _free_pages(data, page) for line in encoding.printable(page_of)]:
        found.append(tables.lines_table(remains, DELETED))
    if behind.strip(b"\x00"):
        reasons.append(f"{len(behind):,} bytes follow the database that are none of it")
        found += [tables.lines_table(lines, AROUND)] if (lines := list(encoding.printable(behind))) else []
    return found, reasons


def _without_word_indexes(schema: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the inner tables of a full-text index whose texts stand in a table beside them."""
    names = {name for name, _ in schema}
    inner = {
        name + ending for text_ in names if text_.endswith("_content") for ending in _WORD_INDEX if (name := text_[: -len("_content")])
    }
    return [(name, sql) for name, sql in schema if name not in inner]


def _free_pages(data: bytes, size: int) -> Iterator[bytes]:
    """The pages that deleted rows left behind: their content stays until the database is vacuumed (fileformat2.html, 1.5)."""
    seen: set[int] = set()
    trunk = int.from_bytes(data[32:36], "big")
    while size and trunk and trunk not in seen:
        seen.add(trunk)
        page = data[(trunk - 1) * size : trunk * size]
        count = min(int.from_bytes(page[4:8], "big"), size // 4 - 2)
        leaves = {int.from_bytes(page[8 + 4 * n : 12 + 4 * n], "big") for n in range(max(0, count))} - seen
        seen |= leaves
        for leaf in sorted(leaves):
            yield data[(leaf - 1) * size : leaf * size] if leaf else b""
        yield page[8 + 4 * max(0, count) :]
        trunk = int.from_bytes(page[:4], "big")


def _confine(con: sqlite3.Connection) -> None:
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON", "temp_store = MEMORY"):
        con.execute(f"PRAGMA {pragma}")
    con.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    con.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100)
    con.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)


@dataclass
class _Table:
    """One table's reading. `reasons` says afterwards what was missed."""

    con: sqlite3.Connection
    name: str
    has_rowid: bool

    def __post_init__(self) -> None:
        self.reasons: list[str] = []

    def read(self) -> list[TextTable]:
        """All rows; of a damaged table those before the damage and, where rows have numbers, those after it."""
        plain = Plain()
        try:
            columns = [str(row[1]) for row in self.con.execute(f"PRAGMA table_xinfo({_quoted(self.name)})") if row[6] != 1]
            names = tables.unique_names(columns)
        except _ERRORS:
            columns, names = [], []
        if not columns:
            self.reasons.append("its columns cannot be read")
            return []
        table = tables.RowTable(tables.clean_name(self.name))
        count = 0
        for row in self._rows(columns):
            table.add({name: plain.scalar(value) for name, value in zip(names, row, strict=True)})
            count += 1
        if plain.binary:
            self.reasons.append(f"{plain.binary:,} binary values are no text")
        if not count:
            return [] if self.reasons else [TextTable(table.name, tables.columns_table({name: [] for name in names}))]
        return table.tables()

    def _rows(self, columns: list[str]) -> Iterator[tuple[object, ...]]:
        own = ", ".join(f"t.{_quoted(column)}" for column in columns)  # an unknown name without `t.` would be read as a text
        place = f"FROM {_quoted(self.name)} AS t NOT INDEXED"
        alias = next((a for a in ("rowid", "_rowid_", "oid") if a not in {c.casefold() for c in columns}), None)
        if not self.has_rowid or alias is None:
            yield from self._forward(f"SELECT {own} {place}")
            return
        last: int | None = None
        whole = False
        try:
            for number, *row in self._select(f"SELECT t.{alias}, {own} {place}"):
                last = int(str(number))
                yield tuple(row)
            whole = True
        except _ERRORS:
            self.reasons.append("damaged, some rows cannot be read")
        if whole:
            return
        try:
            for number, *row in self._select(f"SELECT t.{alias}, {own} {place} ORDER BY t.{alias} DESC"):
                if last is not None and int(str(number)) <= last:
                    return
                yield tuple(row)
        except _ERRORS:
            return

    def _forward(self, query: str) -> Iterator[tuple[object, ...]]:
        try:
            yield from self._select(query)
        except _ERRORS:
            self.reasons.append("damaged, some rows cannot be read")

    def _select(self, query: str) -> Iterator[tuple[object, ...]]:
        yield from self.con.execute(query)  # one by one: `fetchmany` forgets what came before an error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
