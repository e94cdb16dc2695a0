"""CSV and TSV with any delimiter, as real exports write them: titles above the header, notes below, ragged rows, stray quotes.

The parse is strict. A row that does not fit goes, raw, into the table `rejected lines`; the rows around it are kept.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from scanners.errors import Quarantine
from scanners.readers import encoding, parts, regular_csv, tables
from scanners.readers.source import HEAD_BYTES, Parts, Reading, Source, extension
from scanners.readers.text import TextReader
from scanners.schemas import ParsedFile, TextTable

AROUND = "lines around the table"
PUBLISHED = frozenset({"aggregate"})
"""Kinds of which blank rows, short ones and repeated headers below the first header stay rows: they say where a block begins."""
_DELIMITERS = ",\t;|^~"
_NO_DELIMITER = "\x1f"
"""Of a file of one column."""
_EXTENSIONS = {"csv": ",", "tsv": "\t", "tab": "\t", "psv": "|"}
_TABULAR_KINDS = frozenset({"access-log", "accounts", "intrusion", "aggregate"})
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_BREAK = re.compile(r"[\r\n]")
_SAMPLE = HEAD_BYTES * 2
_SAMPLE_ROWS = 200
_BATCH_ROWS = 20_000
_MAX_PREAMBLE = 20
_MAX_CELL_LINES = 10_000
_MAX_RESTARTS = 1_000
_UNENDED = "unexpected end of data"
"""What `csv` says of a text that ends within quotes."""
_BLOCK = 4 * 1024 * 1024
_ODD_BLOCK = 8 * 1024
_MARK = "\ufeff"
"""Arrow drops it at the start of what it is given."""
_BLANK_END = re.compile(r"\n\r?\n\Z")
_UNNAMED = re.compile(r"column_\d+")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY = re.compile(r"\d{4}-\d\d?-\d\d?([T ].*)?|\d\d?[/.]\d\d?[/.]\d{2,4}( .*)?")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?|[-+]?\d{1,3}(,\d{3})+")
_CODE = re.compile(r"(?=.*\d.*\d.*\d)[A-Za-z]{0,4}[-_]?\d[\w-]{4,}")
_ONE_NAME = re.compile(r"[^\W\d]\w*(?:[ _.-]\w+){0,2}")
_HEADER_CELL = re.compile(r"\W*\w[^\r\n]{0,80}")


@dataclass(frozen=True)
class Dialect:
    """How one file is delimited. `header_row` counts records from 0, blank ones included; None: the first row is data already."""

    delimiter: str
    quote: str
    escape: str | None
    names: tuple[str, ...]
    header_row: int | None
    first_row: int

    @property
    def width(self) -> int:
        return len(self.names)


class DelimitedReader:
    """CSV, TSV and their kin."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if extension(name) in _EXTENSIONS:
            return True
        decoded = encoding.decode(head)
        if not decoded.text or decoded.binary_from is not None:
            return False
        return _is_plainly_tabular(_whole_lines(decoded.text, len(head) >= HEAD_BYTES), kind)

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        text = decoded.text
        if not text.strip():
            raise Quarantine("binary data of no known format" if decoded.binary_from else "the file is empty")
        if _never_breaks(text):
            return _as_text(source)
        return Reading(parts.read_whole(_rows(source.extension, text, source.kind in PUBLISHED), decoded))

    def in_parts(self, source: Source, text: str) -> Parts | None:
        return _rows(source.extension, text) if text.strip() and not _never_breaks(text) else None


def _never_breaks(text: str) -> bool:
    """Whether the first line is longer than what is looked at to find columns: what stands behind it would be in none of them."""
    return len(text) > _SAMPLE and _BREAK.search(text.lstrip("\r\n"), 0, _SAMPLE) is None


def _as_text(source: Source) -> Reading:
    reading = TextReader().read(source)
    reasons = (reading.parsed.reason, "its first line is too long to be split into columns: read as text")
    return replace(reading, parsed=replace(reading.parsed, status="partly_scanned", reason="; ".join(filter(None, reasons))))


def _rows(ending: str, text: str, published: bool = False) -> _Rows:
    """The reading of a file, from its text or the beginning of it."""
    first = _separator_line(text)
    start = first.end() if first else 0
    dialect = sniff(text[start:], ending, first.group(1) if first else None)
    return _Rows(_widened(dialect, text[start:]) if published else dialect, start, published)


def _widened(dialect: Dialect, text: str) -> Dialect:
    """The same with room for a block further down that has more columns than the first one: a header without numbers, and a row."""
    csv.field_size_limit(2**31 - 1)
    wide, above = dialect.width, 0
    try:
        for row in csv.reader(_LINE.findall(text), delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=dialect.escape):
            width = next((n for n in range(len(row), 0, -1) if row[n - 1].strip()), 0)
            wide = max(wide, width) if width == above else wide
            above = width if width > wide and not any(_NUMBER.fullmatch(cell.strip()) for cell in row) else 0
    except csv.Error:
        pass  # the strict parse will say which line
    names = [*dialect.names, *("" for _ in range(wide - dialect.width))]
    return replace(dialect, names=tuple(tables.unique_names(names))) if wide > dialect.width else dialect


def sniff(text: str, ending: str = "", delimiter: str | None = None) -> Dialect:
    """The dialect of a text that is known to be delimited; a text without any delimiter is one column."""
    sample = _whole_lines(text[:_SAMPLE], len(text) > _SAMPLE)
    quote, escape = _quoting(sample)
    candidates = [_Candidate.of(sample, d, quote, escape, ending) for d in (delimiter or _DELIMITERS)]
    best = max(candidates, key=lambda c: c.score)
    if delimiter is None and best.joins_lists(_EXTENSIONS.get(ending, ",")):
        best = _Candidate.of(sample, _NO_DELIMITER, quote, escape, ending)
    return best.dialect()


def name_columns(rows: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """Names for the columns of equally wide rows, and how many rows the header takes (0 where the first is data)."""
    if not rows:
        return [], 0
    if first_row_is_data(rows):
        return [f"column_{n}" for n in range(1, len(rows[0]) + 1)], 0
    return tables.unique_names(rows[0]), 1


def header_row(rows: Sequence[Sequence[str]], wide: int) -> int:
    """The row that a table of `wide` columns begins with. What stands above it are lines with next to nothing in them."""
    for number, row in enumerate(rows[: _MAX_PREAMBLE + 1]):
        filled = sum(1 for cell in row if cell.strip())
        if (wide < 2 and filled) or (wide == 2 and len(row) >= 2) or (wide > 2 and filled >= 2 and filled > wide // 2):
            return number
        if wide > 2 and filled and number + 1 < len(rows) and len(row) >= wide and filled > 1:
            return number  # a header with many blank names
    return next((n for n, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)


def first_row_is_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is no header: one of its cells is of a kind that headers never are, as is the column below it.

    Decided conservatively: years, grades and short numbers are common headers of pivoted tables, dates those of attendance.
    """
    first, rest = rows[0], rows[1:50]
    for column, cell in enumerate(first):
        shape = _shape(cell)
        if shape is None:
            continue
        below = [row[column] for row in rest if column < len(row) and row[column].strip()]
        if not below and shape != "day":
            return True
        if below and sum(_shape(value) == shape for value in below) >= 0.6 * len(below):
            return True
    return False


def _shape(cell: str) -> str | None:
    cell = cell.strip()
    if _EMAIL.fullmatch(cell):
        return "email"
    if _DAY.fullmatch(cell):
        return "day"
    if _NUMBER.fullmatch(cell):
        digits = sum(c.isdigit() for c in cell)
        return "number" if digits >= 5 or "." in cell else None
    return "code" if _CODE.fullmatch(cell) else None


@dataclass(frozen=True)
class _Candidate:
    """One delimiter tried on a sample."""

    delimiter: str
    quote: str
    escape: str | None
    rows: tuple[tuple[str, ...], ...]
    width: int
    share: float
    bonus: float

    @classmethod
    def of(cls, sample: str, delimiter: str, quote: str, escape: str | None, ending: str) -> _Candidate:
        rows = _sample_rows(sample, delimiter, quote, escape)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        filled = sum(1 for row in rows if any(cell.strip() for cell in row))
        if not widths:
            return cls(delimiter, quote, escape, rows, 1, 0.0, 0.01 if _EXTENSIONS.get(ending, ",") == delimiter else 0.0)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        header = next((len(row) for row in rows if len(row) > 1), 0)
        bonus = 0.4 * (header == width) + 0.1 * (_EXTENSIONS.get(ending) == delimiter) + 0.005 * min(width, 20)
        return cls(delimiter, quote, escape, rows, width, count / max(1, filled), bonus)

    @property
    def score(self) -> float:
        return self.share + self.bonus

    def joins_lists(self, usual: str) -> bool:
        """Whether what looks like a delimiter joins lists (`a; b; c`) in the cells of one column: one name stands above them.

        `usual` is the delimiter that the file's ending promises.
        """
        filled = [row for row in self.rows if any(cell.strip() for cell in row)]
        lists = [row for row in filled[1:] if len(row) > 1]
        if not lists or self.delimiter == "\t" or len(filled[0]) > 1 or not _ONE_NAME.fullmatch(filled[0][0].strip()):
            return False
        if not any(map(_shape, lists[0])) and any(_shape(cell) for row in lists[1:] for cell in row):
            return False  # a title, and the header below it
        spaced = sum(cell.startswith(" ") for row in lists for cell in row[1:])
        return (self.share < 0.8 and self.delimiter != usual) or spaced >= 0.8 * sum(len(row) - 1 for row in lists)

    def dialect(self) -> Dialect:
        start = header_row(self.rows, self.width)
        rows = [row for row in self.rows[start:] if any(cell.strip() for cell in row)]
        if not rows:
            return Dialect(self.delimiter, self.quote, self.escape, ("column_1",), None, 0)
        if first_row_is_data([row for row in rows if len(row) == len(rows[0])]):
            width = max(self.width, len(rows[0]))
            return Dialect(self.delimiter, self.quote, self.escape, tuple(f"column_{n}" for n in range(1, width + 1)), None, start)
        return Dialect(self.delimiter, self.quote, self.escape, self._names(rows), start, start + 1)

    def _names(self, rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
        header = list(rows[0])
        body = [row for row in rows[1:] if len(row) > 1]
        missing = self.width - len(header)
        if missing > 0 and body and sum(len(row) == self.width for row in body) >= 0.9 * len(body):
            blank = [""] * missing
            counted = missing == 1 and all(row[0] == str(n) for n, row in enumerate(body[:20], 1))
            header = blank + header if counted else header + blank
        return tuple(tables.unique_names(header))


def _only_newlines(text: str) -> bool:
    return "\r" not in text or text.count("\r") == text.count("\r\n")


class _Lines(Iterator[str]):
    """The physical lines of a text from `position` on, with a place that can be gone back to."""

    def __init__(self, text: str, position: int, end: int, number: int) -> None:
        self.text, self.position, self.end, self.number = text, position, end, number
        self.taken = 0
        self.only_newlines = _only_newlines(text)

    def __next__(self) -> str:
        if self.position >= self.end:
            raise StopIteration
        self.taken += 1
        if self.taken > _MAX_CELL_LINES:
            raise csv.Error("a quote was never closed")
        start, self.position = self.position, self.line_end(self.position)
        self.number += 1
        return self.text[start : self.position]

    def line_end(self, start: int) -> int:
        """Where the line that begins at `start` ends, its line break included."""
        if self.only_newlines:
            return self.text.find("\n", start, self.end) + 1 or self.end
        match = _LINE.match(self.text, start, self.end)
        return match.end() if match else self.end


class _Rows:
    """One strict pass over a delimited text, in one part or many."""

    def __init__(self, dialect: Dialect, start: int = 0, published: bool = False) -> None:
        self.format = "tsv" if dialect.delimiter == "\t" else "csv"
        self._published = published
        self.dialect, self.width = dialect, dialect.width
        self.rejected = tables.Kept()
        self.around = tables.Kept(AROUND)
        self.short = tables.LineNumbers()
        self._skipped = start
        self._lines = _Lines("", 0, 0, 1)
        self._record = -1
        self._restarts = 0
        self._unsplit_from: int | None = None
        self._rows = 0
        self._batch: list[list[str]] = []
        self._chunks: list[pa.Table] = []
        self._header: list[str] | None = None
        self._below_blank = False
        self._filled: set[str] = set()

    def take(self, text: str, whole: bool) -> tuple[list[TextTable], int]:
        start, self._skipped = self._skipped, 0
        number = self._lines.number + text.count("\n", 0, start) if start else self._lines.number
        self._lines = _Lines(text, start, len(text) if whole else max(start, tables.last_line_end(text)), number)
        self._read(whole)
        table = self._table()
        self._rows += table.data.num_rows
        taken, self._lines = self._lines.position, _Lines("", 0, 0, self._lines.number)
        return [table] if table.data.num_rows or (whole and not self._rows) else [], taken

    @property
    def kept(self) -> tuple[tables.Kept, ...]:
        return self.rejected, self.around

    def finish(self) -> ParsedFile:
        return tables.judged(self.format, [*self.around.rest(), *self.rejected.rest()], self._reasons())

    def _reasons(self) -> list[str]:
        """What was odd, for people."""
        why = []
        if self.rejected.numbers.count:
            why.append(f"{self.rejected.numbers} did not fit the {self.width:,} columns")
        if self.short.count and self.short.count <= 0.2 * self._rows:
            # Where many rows are short, the export leaves empty cells at the end out, and nothing is missing.
            why.append(f"fewer than {self.width:,} cells in {self.short}, taken from the left")
        if self._unsplit_from is not None:
            why.append(f"not split into columns from line {self._unsplit_from:,} on")
        return why

    def _read(self, whole: bool) -> None:
        """All at once where nothing is odd, and row by row in the smallest piece that is odd."""
        lines, size = self._lines, _BLOCK
        while lines.position < lines.end and self._unsplit_from is None:
            stop = lines.end if lines.end - lines.position <= size else self._block_end(lines.position + size)
            if not self._published and self._read_regular(stop):
                size = min(_BLOCK, size * 4)
            elif stop - lines.position > _ODD_BLOCK < size:
                size = max(_ODD_BLOCK, size // 8)
            elif not self._read_strictly(stop, whole):
                return
        if lines.position < lines.end:
            self._give_up_rest()

    def _block_end(self, position: int) -> int:
        return self._lines.text.rfind("\n", self._lines.position, position) + 1 or self._lines.end

    def _read_regular(self, stop: int) -> bool:
        """The whole records before `stop`, all at once; False where there is anything odd about them, and none is taken then."""
        lines, dialect = self._lines, self.dialect
        block = lines.text[lines.position : stop]
        if self._record + 1 < dialect.first_row or dialect.escape or block.startswith(_MARK) or not _only_newlines(block):
            return False
        data = block.encode()
        end = regular_csv.whole_records(data, dialect.delimiter, dialect.quote)
        if not end:
            return False
        if end < len(data):
            data = data[:end]
            block = block[:end] if block.isascii() else data.decode()
        columns = regular_csv.read(data, dialect.delimiter, dialect.quote, self.width)
        if columns is None:
            return False
        if self._header is not None and len(self._header) == self.width:
            columns = regular_csv.without_rows_like(columns, self._header)
        if self._batch:
            self._flush()
        self._chunks.append(pa.table(columns, names=list(dialect.names)))
        lines.position += len(block)
        lines.number += block.count("\n") + (not block.endswith("\n"))
        self._record += 1
        self._below_blank = _BLANK_END.search(block, max(0, len(block) - 4)) is not None
        return True

    def _read_strictly(self, stop: int, whole: bool) -> bool:
        """Row by row until `stop` is reached or passed; False where the last record has not ended yet."""
        lines = self._lines
        reader = _reader(lines, self.dialect)
        while lines.position < stop:
            start, number = lines.position, lines.number
            lines.taken = 0
            try:
                row = next(reader)
            except csv.Error as error:
                if not whole and lines.position >= lines.end and str(error) == _UNENDED:
                    lines.position, lines.number = start, number
                    return False
                row = None
            self._record += 1
            if row is None or not self._take(row, self._record, start, number):
                self._give_up_line(start, number)
                self._restarts += 1
                if self._restarts > _MAX_RESTARTS:
                    self._unsplit_from = lines.number
                    return True
                reader = _reader(lines, self.dialect)
        return True

    def _take(self, row: list[str], record: int, start: int, number: int) -> bool:
        """Put one record where it belongs; False where its quotes span lines that they should not."""
        if self._published and record >= self.dialect.first_row and self._take_published(row):
            return True
        if record >= self.dialect.first_row and len(row) == self.width:
            if row != self._header:
                self._batch.append(row)
                if len(self._batch) >= _BATCH_ROWS:
                    self._flush()
            self._below_blank = False
        elif record == self.dialect.header_row:
            self._header = row
        elif not any(cell.strip() for cell in row):
            self._below_blank = True
        elif record < self.dialect.first_row:
            self.around.add(number, self._raw(start))
        elif self._lines.number - number > 1:
            return False
        elif row != self._header:
            self._take_unfit(row, start, number)
        return True

    def _take_published(self, row: list[str]) -> bool:
        """Keep a row that fits or is short, and one blank row for those above it; False where it is left to the common rules."""
        if len(row) > self.width:
            return False
        if not any(cell.strip() for cell in row):
            self._below_blank = True
            return True
        if self._below_blank and (self._batch or self._chunks):
            self._batch.append([""] * self.width)
        self._batch.append(row + [""] * (self.width - len(row)))
        self._below_blank = False
        if len(self._batch) >= _BATCH_ROWS:
            self._flush()
        return True

    def _take_unfit(self, row: list[str], start: int, number: int) -> None:
        fitted = _fit(row, self.width)
        if fitted is not None:
            self._batch.append(fitted)
            if len(row) < self.width:
                self.short.add(number)
        elif self._below_blank and len(row) == 1 and self.width > 2:
            self.around.add(number, self._raw(start))
            return  # the blank line stands above all of the notes
        else:
            self.rejected.add(number, self._raw(start))
        self._below_blank = False

    def _give_up_line(self, start: int, number: int) -> None:
        """A quote that is closed on a later line or never: give up this line alone and begin again with the next."""
        self._lines.position, self._lines.number = self._lines.line_end(start), number + 1
        self.rejected.add(number, self._raw(start))

    def _give_up_rest(self) -> None:
        lines = self._lines
        for line in _LINE.findall(lines.text, lines.position, lines.end):
            self.rejected.hold(line)
        lines.number += encoding.line_of(lines.text[lines.position : lines.end], lines.end - lines.position) - 1
        lines.position = lines.end

    def _raw(self, start: int) -> str:
        return self._lines.text[start : self._lines.position].rstrip("\r\n")

    def _flush(self) -> None:
        columns = list(zip(*self._batch, strict=True)) or [()] * self.width
        arrays = [tables.strings([cell or None for cell in column]) for column in columns]
        self._chunks.append(pa.table(arrays, names=list(self.dialect.names)))
        self._batch = []

    def _table(self) -> TextTable:
        """The rows since the last part. Delimiters at the end of every line make columns with neither name nor value: those are left
        out until a value stands in them."""
        if self._batch or not self._chunks:
            self._flush()
        data = pa.concat_tables(self._chunks)
        self._chunks = []
        unnamed = [] if self.dialect.header_row is None else [n for n in data.column_names if _UNNAMED.fullmatch(n)]
        self._filled.update(n for n in unnamed if data[n].null_count < data.num_rows)
        empty = [n for n in unnamed if n not in self._filled]
        return TextTable("", data.drop_columns(empty) if empty and len(empty) < data.num_columns else data)


def _reader(lines: _Lines, dialect: Dialect) -> Iterator[list[str]]:
    csv.field_size_limit(2**31 - 1)
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=dialect.escape, strict=True)


def _fit(row: list[str], width: int) -> list[str] | None:
    """A row of another length, fitted where that loses nothing and guesses little: only blanks too many, or the end missing."""
    if len(row) > width:
        return row[:width] if not any(cell.strip() for cell in row[width:]) else None
    if len(row) >= 2 and len(row) >= width / 2:
        return row + [""] * (width - len(row))
    return None


def _whole_lines(text: str, cut: bool) -> str:
    """A sample without its last line, where that was cut."""
    if not cut:
        return text
    end = max(text.rfind("\n"), text.rfind("\r"))
    return text[: end + 1] if end >= 0 else text


def _sample_rows(sample: str, delimiter: str, quote: str, escape: str | None) -> tuple[tuple[str, ...], ...]:
    csv.field_size_limit(2**31 - 1)
    lines = (m.group() for m in _LINE.finditer(sample) if m.group())
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, escapechar=escape)
    rows: list[tuple[str, ...]] = []
    try:
        for row in reader:
            rows.append(tuple(row))
            if len(rows) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # the strict parse will say which line
    return tuple(rows)


def _quoting(sample: str) -> tuple[str, str | None]:
    """(quote, escape). Single quotes and backslashes only where the sample plainly uses them."""
    if '"' not in sample:
        single = re.findall(r"(?m)(?:^|[,;|\t^~])'[^'\r\n]*'(?=[,;|\t^~\r\n]|\Z)", sample)
        return ("'", None) if len(single) > sample.count("\n") else ('"', None)
    backslashed = len(re.findall(r'\\"(?![,;|\t^~\r\n]|\Z)', sample))
    return '"', "\\" if backslashed and backslashed > len(re.findall(r'[^,;|\t^~\r\n]""[^,;|\t^~\r\n]', sample)) else None


def _separator_line(text: str) -> re.Match[str] | None:
    """Excel's own `sep=;` above the header."""
    return re.compile(r'"?sep=([,;|\t^~])"?(?:\r\n|\n|\r)', re.IGNORECASE).match(text)


def _is_plainly_tabular(sample: str, kind: str) -> bool:
    """Whether a text without a telling name is a table: prose and log lines have commas too."""
    if not sample.strip() or sample.lstrip()[0] in "{[<":
        return False
    quote, escape = _quoting(sample)
    for delimiter in "\t|^~;,":
        candidate = _Candidate.of(sample, delimiter, quote, escape, "")
        least = 2 if delimiter in "\t|^~" or kind in _TABULAR_KINDS else 3
        rows = [row for row in candidate.rows if any(cell.strip() for cell in row)]
        if candidate.width < least or len(rows) < 2 or candidate.share < 0.98 or len(rows[0]) != candidate.width:
            continue
        header = rows[0]
        if all(_HEADER_CELL.fullmatch(cell) and len(cell.split()) <= 6 for cell in header) and len(set(header)) == len(header):
            return not any(_shape(cell) for cell in header)
    return False
