"""Rows of text to Arrow tables, and the words for what was missed. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from scanners.readers.encoding import Decoded
from scanners.schemas import ParsedFile, TextTable

REJECTED = "rejected lines"
LINE = "line"
FURTHER = "further fields"
PROPERTIES = "properties"
MAX_COLUMNS = 2_000
BATCH_ROWS = 20_000
_LONG_LINE = 20_000
_BREAK = re.compile(r"[\s,;&]")

_SHOWN_LINES = 5
_SPILL_CHARACTERS = 16 * 1024 * 1024

Row = Mapping[str, str | None]


class RowTable:
    """A table built from rows of unlike fields, a batch at a time, so that wide and sparse files stay small in memory.

    Columns come in the order of first sight. Past `MAX_COLUMNS` fields the rest goes, as path and value, to a table of its own.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.times: list[str | None] | None = None
        self.receiver: str | None = None
        self.sender: str | None = None
        self._columns: dict[str, None] = {}
        self._batch: list[Row] = []
        self._done: list[pa.Table] = []
        self._further: list[tuple[str, str]] = []

    def add(self, row: Row) -> None:
        self.see(row)
        self._batch.append(row)
        if len(self._batch) >= BATCH_ROWS:
            self._flush()

    def see(self, row: Row) -> None:
        """Make room for a row's fields, without adding it: `table_of` does."""
        for path in row:
            if path not in self._columns and len(self._columns) < MAX_COLUMNS:
                self._columns[path] = None
        if len(self._columns) >= MAX_COLUMNS:
            self._further += [(path, value) for path, value in row.items() if path not in self._columns and value]

    def has_room(self, paths: Sequence[str]) -> bool:
        """Whether all of these fields have or get columns of their own."""
        return len(self._columns) + len(paths) < MAX_COLUMNS

    def table_of(self, rows: Sequence[Row]) -> pa.Table:
        """Rows whose fields were seen, as a table of the fields that they have."""
        seen = {path: None for row in rows for path in row}
        columns = {path: strings([row.get(path) or None for row in rows]) for path in self._columns if path in seen}
        return pa.table(columns or {path: pa.nulls(len(rows), pa.string()) for path in self._columns})

    def append(self, rows: pa.Table) -> None:
        """Add rows that are a table already, of fields that were seen."""
        self._flush()
        self._done.append(rows)

    def tables(self) -> list[TextTable]:
        """The table (none where no row had any field), and the one of further fields where there are any."""
        self._flush()
        if not self._columns:
            return []
        return self._tables(pa.concat_tables(self._done, promote_options="default").select(list(self._columns)))

    def part(self) -> list[TextTable]:
        """The same of the rows since the last part, with the columns that these have; columns keep the order of first sight."""
        self._flush()
        if not self._done or not self._columns:
            return []
        data = pa.concat_tables(self._done, promote_options="default")
        present = set(data.column_names)
        tables = self._tables(data.select([path for path in self._columns if path in present]))
        self._done, self._further = [], []
        return tables

    def _tables(self, data: pa.Table) -> list[TextTable]:
        times = None if self.times is None else strings(self.times)
        tables = [TextTable(self.name, data, times, self.receiver, self.sender)]
        if self._further:
            tables.append(
                TextTable(FURTHER, columns_table({"path": [p for p, _ in self._further], "value": [v for _, v in self._further]}))
            )
        return tables

    def _flush(self) -> None:
        if self._batch:
            rows, self._batch = self._batch, []
            self._done.append(self.table_of(rows))


def strings(values: Sequence[str | None]) -> pa.Array:
    """An Arrow array of text; halves of surrogate pairs (JSON can spell them) become `?`."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([v if v is None else v.encode("utf-8", "replace").decode("utf-8") for v in values], pa.string())


def cells(values: Sequence[str | None], nothing: Sequence[str] = ("",)) -> pa.Array:
    """The same, with NULL for what stands for nothing."""
    array = strings(values)
    absent = pc.is_in(array, pa.array(nothing, pa.string()))
    return pc.if_else(absent, None, array) if pc.any(absent).as_py() else array


def columns_table(columns: Mapping[str, Sequence[str | None]]) -> pa.Table:
    return pa.table({clean_name(name): strings([v or None for v in values]) for name, values in columns.items()})


def lines_table(lines: Iterable[str], name: str = "") -> TextTable:
    """One row a line that is not blank; very long lines are cut where a word ends."""
    kept = [piece for line in lines if line.strip() for piece in pieces(line)]
    return TextTable(name, columns_table({LINE: kept}))


def pieces(line: str) -> list[str]:
    """A line in pieces of at most about 20,000 characters, cut after a blank, comma, semicolon or ampersand where there is one."""
    if len(line) <= _LONG_LINE:
        return [line]
    cut: list[str] = []
    start = 0
    while len(line) - start > _LONG_LINE:
        end = start + _LONG_LINE
        breaks = [m.end() for m in _BREAK.finditer(line, end - 1_000, end)]
        end = breaks[-1] if breaks else end
        cut.append(line[start:end])
        start = end
    return [*cut, line[start:]]


def unique_names(names: Sequence[str]) -> list[str]:
    """Column names as people see them: blanks trimmed, a missing one `column_3`, a repeated one `#2`."""
    taken: set[str] = set()
    times: dict[str, int] = {}  # so that thousands of one name cost no more than thousands of many
    result = []
    for number, raw in enumerate(names, 1):
        name = unique = " ".join(clean_name(raw).split()) or f"column_{number}"
        while unique in taken:
            times[name] = times.get(name, 1) + 1
            unique = f"{name}#{times[name]}"
        taken.add(unique)
        result.append(unique)
    return result


def clean_name(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


@dataclass
class LineNumbers:
    """Numbers of lines for a reason: the first ones, and how many they are."""

    first: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, number: int) -> None:
        self.count += 1
        if len(self.first) < _SHOWN_LINES:
            self.first.append(number)

    def __len__(self) -> int:
        return self.count

    def __str__(self) -> str:
        return numbered([*self.first, *range(self.count - len(self.first))])


class Kept:
    """Raw lines that went into no table, and where they stood. Too many to hold go out with the part that has them."""

    def __init__(self, name: str = REJECTED) -> None:
        self.name = name
        self.numbers = LineNumbers()
        self._lines: list[str] = []
        self._size = 0

    def add(self, number: int, line: str) -> None:
        self.numbers.add(number)
        self.hold(line)

    def hold(self, line: str) -> None:
        """Keep a piece that has no number."""
        self._lines.append(line)
        self._size += len(line)

    def spilled(self) -> list[TextTable]:
        """A table of what is held, where that is much; it is not held any longer."""
        return self.rest() if self._size > _SPILL_CHARACTERS else []

    def rest(self) -> list[TextTable]:
        lines, self._lines, self._size = self._lines, [], 0
        return [lines_table(lines, self.name)] if any(line.strip() for line in lines) else []


def numbered(lines: Sequence[int]) -> str:
    """`line 7`, `lines 7 and 9`, `lines 7, 9, 12, 15, 20 and 31 more`."""
    shown = [f"{n:,}" for n in lines[:_SHOWN_LINES]]
    rest = len(lines) - len(shown)
    if rest:
        return f"lines {', '.join(shown)} and {rest:,} more"
    return f"line {shown[0]}" if len(shown) == 1 else f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def parsed(
    format_name: str, tables: Sequence[TextTable], decoded: Decoded | None, rejected: Mapping[int, str], reasons: Sequence[str] = ()
) -> ParsedFile:
    """A file's reading, with all that was odd about it put into a status, a reason and a table of `rejected lines`.

    `rejected` is raw text by line number. Lines that were read in a second encoding are in the tables and only named.
    """
    why = list(reasons)
    lines = list(rejected.values())
    if decoded and decoded.odd_lines:
        why.append(f"bytes that are not {decoded.encoding.upper()} in {numbered(decoded.odd_lines)}")
    if decoded and decoded.binary_from is not None:
        why.append(f"binary from line {decoded.binary_from:,} on")
        lines += decoded.runs
    extra = [lines_table(lines, REJECTED)] if any(line.strip() for line in lines) else []
    status = "partly_scanned" if why else "scanned"
    return ParsedFile(format_name, (*tables, *extra), status, "; ".join(why) or None)  # type: ignore[arg-type]


def judged(format_name: str, tables: Sequence[TextTable], reasons: Sequence[str]) -> ParsedFile:
    """The same where the tables hold all there is: `partly_scanned` where there is any reason to."""
    return ParsedFile(format_name, tuple(tables), "partly_scanned" if reasons else "scanned", "; ".join(reasons) or None)


def with_oddities(reading: ParsedFile, encoding: str, odd: LineNumbers, binary_from: int | None) -> ParsedFile:
    """The same reading, with what was odd about the file's bytes added to its status and reason."""
    why = [reading.reason] if reading.reason else []
    if odd.count:
        why.append(f"bytes that are not {encoding.upper()} in {odd}")
    if binary_from is not None:
        why.append(f"binary from line {binary_from:,} on")
    return judged(reading.format, reading.tables, why)


def last_line_end(text: str) -> int:
    """Where the last whole line of a text ends; 0 where none does."""
    return max(text.rfind("\n"), text.rfind("\r")) + 1


def flagged(reading: ParsedFile, decoded: Decoded) -> ParsedFile:
    """The same reading, with what was odd about the bytes added to its status and reason."""
    odd = parsed(reading.format, reading.tables, decoded, {}, [reading.reason] if reading.reason else [])
    return reading if odd.status == "scanned" else replace(odd, page_hosts=reading.page_hosts)
