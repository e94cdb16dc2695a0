"""A table as people publish it → clean blocks: one header, one row a record, one kind of number a column.

Here are titles, headers of several rows, merged labels, sections, footnotes, headers that come again, several blocks in a sheet. What turns
a clean block round (measures in rows, two numbers in a cell) is `reshape`; what the columns are is `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scanners.aggregate import words as w
from scanners.aggregate.cells import Cell, parse
from scanners.aggregate.headers import JOINT, is_group
from scanners.aggregate.headers import read as header_of
from scanners.schemas import TextTable

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SECTION = "section"
"""The name of the column of labels that stand alone above their rows."""
FIRST = "first table"
"""What a block without a title is called beside others of the same header that have one."""
LONGEST_LABEL = 60
"""Characters of a line that may be a title or the label of a section; a longer one is a note."""
LEAST_BLANK = 0.3
"""Of the cells of a column of labels that are blank where a label is written only once for its rows."""
_UNNAMED = re.compile(r"column_\d+")
_REPEATED = re.compile(r"(.+)#\d+")
_NOTE = re.compile(
    r"\s*(?:notes?\b|source|sources\b|\*|†|‡|§|\d\)|\[\d|\(\d|\(a\)|n/?a\s*[=:]|s\s*[=:]|prepared|as of|data as|updated|footnote)", re.I
)
_TWO_NUMBERS = re.compile(r"[<>≤≥]?\s*\d[\d,.]*\s*%?\s*(?:[(\[/]|of|out of)\s*(?:n\s*=\s*)?[<>≤≥]?\s*\d[\d,.]*\s*%?\s*[)\]]?$", re.I)
_YEAR = re.compile(r"(?:19|20)\d{2}")
_SIGNS = frozenset("# % n".split())
_DIMENSIONS = frozenset(
    """gender sex race ethnicity race/ethnicity grade grades subgroup program status english disability income school district level
    category year special education lunch language attendance migrant homeless""".split()
)

_HEADER_ROWS = 3
"""Rows at the top that may belong to the header although they are numbers."""
_BLANK, _LABEL, _NUMBER, _HIDDEN = range(4)
_KINDS = {"blank": _BLANK, "label": _LABEL, "number": _NUMBER, "percent": _NUMBER, "suppressed": _HIDDEN}


@dataclass(frozen=True, eq=False)
class GridColumn:
    """One column: the distinct cells, and which of them stands in each row. Each text is read once."""

    name: str
    codes: Codes
    distinct: tuple[Cell, ...]

    @property
    def rows(self) -> int:
        return len(self.codes)

    def cell(self, row: int) -> Cell:
        code: int = self.codes[row]
        return self.distinct[code]

    def take(self, rows: Codes) -> GridColumn:
        return replace(self, codes=self.codes[rows])

    def of_kind(self, *kinds: str) -> Flags:
        """The rows whose cells are of these kinds."""
        return np.array([cell.kind in kinds for cell in self.distinct], bool)[self.codes]


@dataclass(frozen=True, eq=False)
class Block:
    """`addresses` is the row of the original table for each row; `notes` are the lines that were set aside."""

    columns: tuple[GridColumn, ...]
    rows: int
    addresses: tuple[int, ...]
    name: str = ""
    notes: tuple[str, ...] = ()


def column_of(name: str, texts: Sequence[str | None]) -> GridColumn:
    """A column from its texts."""
    return encoded(name, pa.chunked_array([pa.array(texts, pa.string())]))


def encoded(name: str, data: pa.ChunkedArray) -> GridColumn:
    """A column from Arrow's strings or dictionaries of strings."""
    if pa.types.is_dictionary(data.type):
        data = data.cast(pa.string())
    whole = pc.dictionary_encode(data.combine_chunks() if isinstance(data, pa.ChunkedArray) else data)
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.combine_chunks()
    texts: list[str] = whole.dictionary.to_pylist()
    codes = whole.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
    return GridColumn(name, codes, (*map(parse, texts), Cell("blank", "")))


def raw_blocks(table: TextTable) -> list[Block]:
    """The blocks of a table, one at least, as they stand."""
    names = _names(table.columns)
    columns = [encoded(name, table.data.column(i)) for i, name in enumerate(names)]
    rows = table.data.num_rows
    kinds = np.array([np.array([_kind(c) for c in col.distinct], np.int8)[col.codes] for col in columns]).reshape(len(columns), rows).T
    if not len(columns) or not (kinds >= _NUMBER).any():
        return [Block(tuple(columns), rows, tuple(range(rows)))]
    return _Sheet(columns, kinds).blocks()


def _kind(cell: Cell) -> int:
    return _NUMBER if cell.kind == "label" and _TWO_NUMBERS.match(cell.text) else _KINDS[cell.kind]


def _names(columns: Sequence[str]) -> list[str]:
    """The header as it stood: no names for columns without one, the same name again where it came again."""
    known = set(columns)
    bare = ["" if _UNNAMED.fullmatch(name) else name for name in columns]
    if not any(bare):
        return list(columns)
    return [again[1] if (again := _REPEATED.fullmatch(name)) and again[1] in known else name for name in bare]


@dataclass
class _Part:
    """A block while it is read. `sections` is the label above each row."""

    header: list[list[str]]
    title: str = ""
    rows: list[int] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Sheet:
    """The rows of one table, sorted into headers, rows of numbers, and lines that stand alone."""

    def __init__(self, columns: Sequence[GridColumn], kinds: npt.NDArray[np.int8]) -> None:
        self.columns, self.kinds = columns, kinds
        numeric, labels = (kinds >= _NUMBER).sum(axis=0), (kinds == _LABEL).sum(axis=0)
        self.keyed = np.array([_is_key(c.name) for c in columns], bool)
        valued = np.asarray((numeric > 0) & (numeric >= labels / 4) & ~self.keyed)
        self.valued: Flags = valued if valued.any() else np.asarray(numeric > 0)
        self.filled: Codes = (kinds != _BLANK).sum(axis=1)
        self.quiet: Flags = np.logical_not(self._numbers().any(axis=1))
        self.headed: Flags = self.quiet & (self.filled >= 2) & np.asarray(((kinds != _BLANK) & self.valued).any(axis=1))
        self.alone: Flags = self.quiet & (self.filled == 1) & ~self.headed
        for row in np.flatnonzero(self.headed).tolist():
            if _NOTE.match(next(text for text in self.texts(row) if text)):  # a sentence with commas
                self.headed[row], self.alone[row] = False, True

    def _numbers(self) -> Flags:
        """The cells that no header has: numbers but years above other numbers, what is hidden but a `#`."""
        told: Flags = self.kinds >= _NUMBER
        for at, column in enumerate(self.columns):
            years = np.array([_YEAR.fullmatch(c.text) is not None for c in column.distinct], bool)[column.codes]
            if years.any() and 2 * years.sum() < told[:, at].sum():
                told[:, at] &= ~years
            signs = np.array([c.text.casefold() in _SIGNS for c in column.distinct], bool)[column.codes]
            if signs.any():
                told[:, at] &= ~signs
        for row in range(min(_HEADER_ROWS, len(told))):
            if self._names_grades(row):
                told[row] = False
        return told

    def _names_grades(self, row: int) -> bool:
        """3, 4, 5 from left to right, in columns of which most have no name yet."""
        at = [i for i in range(len(self.columns)) if self.kinds[row, i] == _NUMBER]
        counts = [self.columns[i].cell(row).count for i in at]
        rising = len(at) >= 2 and all(n is not None and n <= 13 and n == (counts[0] or 0) + i for i, n in enumerate(counts))
        return rising and 2 * sum(not self.columns[i].name for i in at) >= len(at)

    def texts(self, row: int) -> list[str]:
        return [column.cell(row).text for column in self.columns]

    def blocks(self) -> list[Block]:
        parts = _joined(self._parts())
        found = [self._block(part) for part in parts if part.rows]
        spare = tuple(note for part in parts if not part.rows for note in part.notes)
        if not found:
            return [Block(tuple(c.take(np.zeros(0, np.int64)) for c in self.columns), 0, (), notes=spare)]
        return [replace(found[0], notes=(*found[0].notes, *spare)), *found[1:]]

    def _parts(self) -> list[_Part]:
        names = [c.name for c in self.columns]
        part = _Part([] if all(_UNNAMED.fullmatch(name) for name in names) else [names])
        parts, waiting, section, below_blank = [part], list[int](), "", False
        if not (self.filled == 0).any() and not self.headed.any() and not self.alone.any():
            part.rows = list(range(len(self.kinds)))
            part.sections = [""] * len(part.rows)
            return parts
        after_blank: dict[int, bool] = {}
        for row in range(len(self.kinds)):
            if not self.filled[row]:
                below_blank = True
                continue
            if self.alone[row]:
                waiting.append(row)
                after_blank[row] = below_blank
            elif self.headed[row] and self._is_header(row, part, below_blank or bool(waiting)):
                texts = self.texts(row)
                if part.rows and any(texts == known for known in part.header) and not waiting:
                    pass  # the same again, on another page
                elif part.rows:
                    section = ""
                    part = _Part([texts], *self._titles(waiting, part))
                    parts.append(part)
                else:
                    if waiting:
                        part.title = self._titles(waiting, part)[0] or part.title
                    part.header.append(texts)
                waiting = []
            else:
                section = self._section(waiting, after_blank, part, section)
                waiting = []
                part.rows.append(row)
                part.sections.append(section)
            below_blank = False
        part.notes += [self._line(row) for row in waiting]
        return parts

    def _is_header(self, row: int, part: _Part, apart: bool) -> bool:
        """Is a row without a number the header of what follows? Below numbers it must be known or stand apart, or be told by words."""
        follows = bool((~self.quiet[row + 1 : row + 6]).any())
        texts = self.texts(row)
        if any(texts == known for known in part.header):
            return True
        if not part.rows:
            return follows
        above = [text for text, valued in zip(texts, self.valued, strict=True) if text and valued]
        told = sum(_says_a_header(text) for text in above)
        return follows and ((apart and len(set(above)) == len(above)) or 2 * told > len(above)) and bool(told or apart)

    def _titles(self, waiting: Sequence[int], part: _Part) -> tuple[str]:
        """The line that stands nearest above a header; those above it are notes of the part before."""
        lines = [self._line(row) for row in waiting]
        titles = [line for line in lines if not _is_note(line)]
        part.notes += [line for line in lines if line not in titles[-1:]]
        return (titles[-1] if titles else "",)

    def _section(self, waiting: Sequence[int], after_blank: dict[int, bool], part: _Part, before: str) -> str:
        """The label above a row of numbers: the last of the lines that stand alone, where it is one; other lines are rows or notes."""
        section = before
        for row in waiting:
            line = self._line(row)
            first = self.columns[0].cell(row).text == line
            if _is_note(line) or not first:
                part.notes.append(line)
            elif after_blank[row] or set(re.findall(r"[\w/]+", line.casefold())) & _DIMENSIONS or self._unlike_keys(row):
                section = line
            else:
                part.rows.append(row)  # a group of which nothing is told
                part.sections.append(section)
        return section

    def _unlike_keys(self, row: int) -> bool:
        """Do the rows below have labels that come again in the table: the same groups for each school?"""
        column = self.columns[0]
        below = column.codes[row + 1 : row + 3]
        return len(below) == 2 and all((column.codes[self.filled > 1] == code).sum() > 1 for code in below.tolist())

    def _line(self, row: int) -> str:
        return ", ".join(text for text in self.texts(row) if text)

    def _block(self, part: _Part) -> Block:
        rows = np.array(part.rows, np.int64)
        names = self._headers(part)
        columns = [replace(c.take(rows), name=name) for c, name in zip(self.columns, names, strict=True)]
        columns = [c for c in columns if c.name or not c.of_kind("blank").all()]
        columns = list(_filled_down(columns))
        if any(part.sections):
            columns.insert(0, column_of(SECTION, [s or None for s in part.sections]))
        return Block(tuple(columns), len(rows), tuple(part.rows), part.title, tuple(part.notes))

    def _headers(self, part: _Part) -> list[str]:
        """One name a column, out of the rows of the header: labels of merged cells stand for the columns to their right as well."""
        header = [row for row in part.header if any(row)]
        titles, header = _without_titles(header)
        part.notes[:0] = titles
        if not header:
            return [c.name for c in self.columns]
        lowest = [next((row[at] for row in reversed(header) if row[at]), "") for at in range(len(self.columns))]
        used = (self.kinds[part.rows] >= _NUMBER).any(axis=0) & ~np.array([_is_key(name) for name in lowest], bool)
        names = []
        for at in range(len(self.columns)):
            own = [row[at] for row in header]
            if not used[at]:
                names.append(next((text for text in reversed(own) if text), ""))
                continue
            said = [text or self._merged(header, level, at, used) for level, text in enumerate(own)]
            names.append(JOINT.join(dict.fromkeys(text for text in said if text)))
        return names

    def _merged(self, header: Sequence[Sequence[str]], level: int, at: int, used: Flags) -> str:
        """The label to the left of a blank one, where a row of the header below it has a label of its own here."""
        if not any(row[at] for row in header[level + 1 :]):
            return ""
        told = {text for text, one in zip(header[level], used, strict=True) if text and one}
        if len(told) == 1:
            return told.pop()  # one label above all of them, wherever it was put
        for left in range(at - 1, -1, -1):
            if not used[left]:
                return ""
            if header[level][left]:
                return header[level][left]
        return ""


def _is_key(name: str) -> bool:
    """Does a header say that its numbers name something (a year, a grade, an id)?"""
    header = header_of(name)
    return bool(header.said & (w.KEYS | w.IDS)) and not header.said & w.PEOPLE and not header.unit and not header.groups


def _says_a_header(text: str) -> bool:
    header = header_of(text)
    return bool(header.unit or header.groups or header.said & (w.PEOPLE | w.PERCENTAGES | w.MEASURES | w.KEYS)) or is_group(text)


def _is_note(line: str) -> bool:
    return len(line) > LONGEST_LABEL or _NOTE.match(line) is not None


def _without_titles(header: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The titles (a cell or two above a row that has a name for every column), and the rows of a header below them."""
    titles = []
    while len(header) > 1:
        above, below = header[0], header[1]
        filled = sum(map(bool, above))
        if not (filled <= 2 < len(below) and above[0] and all(below) and 2 * filled < len(below)):
            break
        titles.append(" ".join(filter(None, above)))
        header = header[1:]
    return titles, header


def _joined(parts: list[_Part]) -> list[_Part]:
    """Blocks with one header are one: their titles, where they have any, become sections."""
    found: list[_Part] = []
    for part in parts:
        last = found[-1] if found else None
        if (
            last is None
            or not last.rows
            or not part.rows
            or last.header[-len(part.header) :] != part.header
            or (last.title and not part.title)
        ):
            found.append(part)
            continue
        if part.title and not last.title and not any(last.sections):
            last.title = FIRST
        for each in (last, part):
            each.sections = [JOINT.join(filter(None, (each.title, s))) for s in each.sections]
        last.title = ""
        last.rows += part.rows
        last.sections += part.sections
        last.notes += part.notes
    return found


def _filled_down(columns: Sequence[GridColumn]) -> Iterator[GridColumn]:
    """The columns, with the labels of merged cells in every row: a label that is written once, above rows that have other labels."""
    keys = [i for i, c in enumerate(columns) if _labels_rows(c)]
    for at, column in enumerate(columns):
        blank = column.of_kind("blank")
        if at in keys and keys.index(at) + 1 < len(keys) and _is_merged(column, blank, columns[keys[keys.index(at) + 1]]):
            filled = np.where(blank, 0, np.arange(len(blank)))
            column = replace(column, codes=column.codes[np.maximum.accumulate(filled)])
        yield column


def _labels_rows(column: GridColumn) -> bool:
    labels, numbers = column.of_kind("label").sum(), column.of_kind("number", "percent", "suppressed").sum()
    return bool(labels > numbers or (numbers and _is_key(column.name)))


def _is_merged(column: GridColumn, blank: Flags, following: GridColumn) -> bool:
    if len(blank) < 3 or blank[0] or blank.mean() < LEAST_BLANK or not blank.any():
        return False
    shown = column.codes[~blank]
    if (column.codes[1:][~blank[1:] & ~blank[:-1]] == column.codes[:-1][~blank[1:] & ~blank[:-1]]).any():
        return False  # written again in the next row: a blank is no repetition
    return len(shown) == len(np.unique(shown)) and not following.of_kind("blank")[blank].any()
