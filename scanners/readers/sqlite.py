"""SQLite databases, opened from their bytes: no file is written. Tables only: a view or an index shows nothing that they do not hold.

What a hostile database could make SQLite do is switched off before its schema is read (https://www.sqlite.org/security.html).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from scanners.errors import Quarantine
from scanners.readers import tables
from scanners.readers.plain import Plain, text
from scanners.readers.source import Reading, Source, extension
from scanners.schemas import TextTable

_MAGIC = b"SQLite format 3\x00"
_EXTENSIONS = frozenset({"sqlite", "sqlite3", "db", "db3", "s3db", "sqlitedb"})
_WRITE_VERSION, _READ_VERSION = 18, 19
"""Where the header says whether a write-ahead log belongs to the database; one in memory cannot have any."""
_WAL, _ROLLBACK = 2, 1
_MAX_TABLES = 2_000
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
                found, reasons = _read(con, source.data)
            except (sqlite3.Error, OverflowError):
                raise Quarantine("the SQLite database is damaged: its schema cannot be read") from None
        if reasons and not found:
            raise Quarantine(f"the SQLite database is damaged: {reasons[0]}")
        return Reading(tables.parsed("sqlite", found, None, {}, reasons))


def _is_noise(head: bytes) -> bool:
    """Whether the first page looks like that of an encrypted database: all bytes about as common."""
    page = head[:4096]
    return len(page) >= 512 and len(set(page)) > 200


def _read(con: sqlite3.Connection, data: bytes) -> tuple[list[TextTable], list[str]]:
    page = 65536 if data[16:18] == b"\x00\x01" else int.from_bytes(data[16:18], "big")
    reasons = ["the SQLite database is cut off"] if page and int.from_bytes(data[28:32], "big") * page > len(data) else []
    if _WAL in (data[_WRITE_VERSION], data[_READ_VERSION]):
        data = data[:_WRITE_VERSION] + bytes([_ROLLBACK, _ROLLBACK]) + data[_READ_VERSION + 1 :]
    con.deserialize(data)
    _confine(con)
    con.text_factory = text
    schema = con.execute(_SCHEMA).fetchall()
    if len(schema) > _MAX_TABLES:
        reasons.append(f"only the first {_MAX_TABLES:,} of {len(schema):,} tables are read")
    found: list[TextTable] = []
    for number, (name, sql) in enumerate(schema[:_MAX_TABLES], 1):
        if name.startswith("sqlite_"):
            continue
        table = _Table(con, name, has_rowid=not _WITHOUT_ROWID.search(sql))
        found += table.read()
        reasons += [f"table {number:,}: {reason}" for reason in table.reasons]
    return found, reasons


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
        except sqlite3.Error:
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
        own = ", ".join(_quoted(column) for column in columns)
        alias = next((a for a in ("rowid", "_rowid_", "oid") if a not in {c.casefold() for c in columns}), None)
        if not self.has_rowid or alias is None:
            yield from self._forward(f"SELECT {own} FROM {_quoted(self.name)} NOT INDEXED")
            return
        last: int | None = None
        whole = False
        try:
            for number, *row in self._select(f"SELECT {alias}, {own} FROM {_quoted(self.name)} NOT INDEXED"):
                last = int(str(number))
                yield tuple(row)
            whole = True
        except (sqlite3.Error, OverflowError, ValueError):
            self.reasons.append("damaged, some rows cannot be read")
        if whole:
            return
        try:
            for number, *row in self._select(f"SELECT {alias}, {own} FROM {_quoted(self.name)} NOT INDEXED ORDER BY {alias} DESC"):
                if last is not None and int(str(number)) <= last:
                    return
                yield tuple(row)
        except (sqlite3.Error, OverflowError, ValueError):
            return

    def _forward(self, query: str) -> Iterator[tuple[object, ...]]:
        try:
            yield from self._select(query)
        except (sqlite3.Error, OverflowError):
            self.reasons.append("damaged, some rows cannot be read")

    def _select(self, query: str) -> Iterator[tuple[object, ...]]:
        yield from self.con.execute(query)  # one by one: `fetchmany` forgets what came before an error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
