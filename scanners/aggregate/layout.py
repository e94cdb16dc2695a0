"""What each column of a published table is: a key, a count of people, a percentage, a measure. And which rows add up the others.

Where neither header nor values say that a column counts people it counts nothing: a false alarm costs a person's evening.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from scanners import shapes
from scanners.aggregate import words as w
from scanners.aggregate.cells import Cell, parse
from scanners.schemas import TextTable

Role = Literal["key", "count", "percent", "measure", "prose", "empty"]

YEAR = re.compile(r"(?:19|20)\d{2}(?:\s*[-/–]\s*(?:(?:19|20)?\d{2}))?")
MANY_FLAGS = 20
"""Cells of nothing but 0 and 1 from which they are flags of rows, no counts."""
LEAST_SHARE = 0.9
"""Of a column's cells that must be of one kind; the rest may be footnotes."""


@dataclass(frozen=True)
class AuditColumn:
    """One column: `cells` one a row."""

    name: str
    cells: tuple[Cell, ...]
    role: Role
    denominator: bool = False


@dataclass(frozen=True)
class Layout:
    """A table's columns in the file's order."""

    columns: tuple[AuditColumn, ...]
    rows: int

    @cached_property
    def keys(self) -> tuple[AuditColumn, ...]:
        return tuple(c for c in self.columns if c.role == "key")

    @cached_property
    def counts(self) -> tuple[AuditColumn, ...]:
        return tuple(c for c in self.columns if c.role == "count")

    def key(self, row: int) -> tuple[str, ...]:
        """The row's key values, blanks left out."""
        return tuple(c.cells[row].text for c in self.keys if c.cells[row].text)

    @cached_property
    def totals(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """(row that adds up, the rows it adds up): equal in every key but one, in which the first has a word for all."""
        found = []
        for position, column in enumerate(self.keys):
            groups: dict[tuple[str, ...], list[int]] = {}
            for row in range(self.rows):
                others = tuple(c.cells[row].text.casefold() for i, c in enumerate(self.keys) if i != position)
                groups.setdefault(others, []).append(row)
            for rows in groups.values():
                all_ = [row for row in rows if is_total(column.cells[row].text)]
                if len(all_) == 1 and len(rows) > 2:
                    found.append((all_[0], tuple(row for row in rows if row != all_[0])))
        return tuple(found)

    def counts_people(self, column: AuditColumn, row: int) -> bool:
        """A column called `value` counts people where the row's labels say so."""
        if not w.words_of(column.name) <= w.GENERIC:
            return True
        said = frozenset().union(*(w.words_of(label) for label in self.key(row)))
        return not said & (w.MEASURES | w.PERCENTAGES)


def is_total(label: str) -> bool:
    said = w.words_of(label)
    return bool(said & w.TOTALS) and len(said) <= 4


def layout(table: TextTable) -> Layout:
    """Read a table's shape."""
    names = list(table.columns)
    parsed = [tuple(parse(text) for text in table.data.column(i).to_pylist()) for i in range(len(names))]
    roles = [_role(name, cells) for name, cells in zip(names, parsed, strict=True)]
    roles = _by_arithmetic(roles, parsed)
    columns = tuple(
        AuditColumn(name, cells, role or "measure", role == "count" and bool(w.words_of(name) & w.DENOMINATORS))
        for name, cells, role in zip(names, parsed, roles, strict=True)
    )
    return Layout(columns, table.data.num_rows)


def _role(name: str, cells: Sequence[Cell]) -> Role | None:
    """The column's role; None for whole numbers of which nothing is said."""
    shown = [c for c in cells if c.kind != "blank"]
    if not shown:
        return "empty"
    said = w.words_of(name)
    if _share(shown, "label") > 1 - LEAST_SHARE:
        return "prose" if _is_prose(said, shown) else "key"
    if said & w.PERCENTAGES or any(c.percent for c in shown):
        return "percent"
    if not any(c.kind == "number" for c in shown):  # every one hidden
        return "count" if said & w.PEOPLE else None
    if said & w.MEASURES or any(c.kind == "number" and c.count is None for c in shown):
        return "measure"
    people = said & (w.PEOPLE - {"number", "num", "no", "n", "count", "total"})
    if said & w.IDS or (said & w.KEYS and not people and not _wide_group(name)):
        return "key"
    if said & w.THINGS and not people:
        return "measure"
    if _all_years(shown):
        return "key"
    if len(shown) >= MANY_FLAGS and all(c.kind == "number" and c.low in (0, 1) for c in shown):
        return "measure"
    if said & w.PEOPLE or _wide_group(name) or said <= w.GENERIC:
        return "count"
    return "count" if any(c.kind == "suppressed" for c in shown) else None


def _share(cells: Sequence[Cell], kind: str) -> float:
    return sum(c.kind == kind for c in cells) / len(cells)


def _is_prose(said: frozenset[str], shown: Sequence[Cell]) -> bool:
    """Text that people wrote, of which hardly two cells are alike: no labels, no footnotes."""
    texts = [c.text for c in shown if shapes.is_text(c.text)]
    if len(texts) < 0.5 * len(shown) or len(texts) < 3 or len(set(texts)) < 0.8 * len(texts):
        return False
    length = sum(len(t.split()) for t in texts) / len(texts)
    return bool(said & w.PROSE) or (length >= 15 and len(texts) >= 10)


def _wide_group(name: str) -> bool:
    """Is this header the name of a group, a grade or a school year, as in a table with a group a column?"""
    said = w.words_of(name)
    if YEAR.fullmatch(name.strip()):
        return True
    bare = {word for word in said if word not in ("or", "and", "of", "more", "not", "non") and not word.isdigit()}
    numbered = any(word.isdigit() for word in said)
    return bool(bare) and bare <= w.GROUPS and (numbered or not bare <= {"level", "grade"})


def _all_years(shown: Sequence[Cell]) -> bool:
    return all(c.kind == "number" and 1900 <= c.low <= 2100 for c in shown) and len(shown) > 0


def _by_arithmetic(roles: Sequence[Role | None], cells: Sequence[Sequence[Cell]]) -> list[Role | None]:
    """Columns of which nothing is said count as well where, in every row, they add up to one that counts."""
    unsaid = [i for i, role in enumerate(roles) if role is None]
    found = list(roles)
    for total in [i for i, role in enumerate(roles) if role == "count"]:
        rows = [r for r, c in enumerate(cells[total]) if c.count is not None and all(cells[i][r].count is not None for i in unsaid)]
        if len(unsaid) >= 2 and len(rows) >= 3 and all(cells[total][r].count == sum(int(cells[i][r].low) for i in unsaid) for r in rows):
            return ["count" if i in unsaid else role for i, role in enumerate(found)]
    return found
