"""What the columns of a clean block are for: keys, counts of people, percentages, measures, prose.

Judged by the header, the kinds of cells, the columns beside, and sums that hold in every row. What a header says is `headers`'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from scanners import shapes
from scanners.aggregate import words as w
from scanners.aggregate.cells import UNBOUNDED, Cell
from scanners.aggregate.grid import Block, GridColumn
from scanners.aggregate.headers import Header, is_group, is_total

Role = Literal["key", "count", "percent", "measure", "prose", "empty"]

MANY_FLAGS = 20
"""Cells of nothing but 0 and 1 from which they are flags of rows, no counts."""
FEWEST_ROWS = 3
"""Rows in which a sum must hold."""
MOST_ROWS_OF_PEOPLE = 0.75
"""Of the labels of rows, that must be called after people where the header of a column says nothing."""
OF_PEOPLE = frozenset(word for word in (w.PEOPLE - w.COUNTS) | w.GROUPS if len(word) > 2)
"""Words of rows: letters and `no` can name anything."""
GRADES = re.compile("k|kg|pk|prek|kindergarten")
MOST_TOKENS, LONGEST_TOKEN = 4, 24
"""Different words, and characters of one, that may stand for hidden numbers in a column of numbers."""
RESERVED = frozenset((-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -77, -88, -99, -888, -999, -9999))
"""Codes for numbers that are not shown, in use by NCES and CRDC; no count is below zero."""
ABOUT_ROWS = w.PROSE | w.KEYS | w.MEASURES | w.THINGS
"""Words of a column that counts nobody, even if all of it is hidden."""
LEAST_SHARE = 0.9
"""Of a column's cells that must be of one kind; the rest may be footnotes."""


def roles(block: Block, headers: Sequence[Header]) -> list[Role]:
    """The role of each column. Whole numbers of which nothing is said measure something: a false alarm costs a person's evening."""
    facts = [_Facts.of(column) for column in block.columns]
    alone = [_role(h, c, f) for h, c, f in zip(headers, block.columns, facts, strict=True)]
    told = _by_labels(_by_grades(alone, headers, block), block)
    return [role or "measure" for role in _by_neighbours(_by_arithmetic(told, block), headers, facts)]


@dataclass(frozen=True)
class _Facts:
    """What the cells of a column are: the rows of each kind, blanks left out, and its distinct cells."""

    rows: dict[str, int]
    distinct: tuple[Cell, ...]
    whole: bool  # every number is a whole one, codes below zero left out
    tokens: bool  # its few labels stand for numbers that are not shown
    repeated: bool  # cells come again and again

    @classmethod
    def of(cls, column: GridColumn) -> _Facts:
        often = np.bincount(column.codes, minlength=len(column.distinct))
        cells = [(cell, int(n)) for cell, n in zip(column.distinct, often, strict=True) if n]
        rows = {"label": 0, "number": 0, "percent": 0, "suppressed": 0}
        for cell, n in cells:
            if cell.kind != "blank":
                rows[cell.kind] += n
        labels = [cell for cell, _ in cells if cell.kind == "label"]
        numeric = rows["number"] + rows["percent"]
        tokens = (
            0 < len(labels) <= MOST_TOKENS
            and numeric >= rows["label"] / 4
            and numeric > len(labels)
            and all(_is_token(c.text) for c in labels)
        )
        shown = tuple(cell for cell, _ in cells if cell.kind != "blank")
        whole = all(c.count is not None or c.low in RESERVED for c in shown if c.kind == "number")
        return cls(rows, shown, whole, tokens, len(shown) < 0.5 * sum(rows.values()))

    @property
    def shown(self) -> int:
        return sum(self.rows.values())

    @property
    def labels(self) -> int:
        return 0 if self.tokens else self.rows["label"]


def _is_token(text: str) -> bool:
    """May this label stand for a hidden number? It is short, and names no group, grade, year or total."""
    return len(text.strip("()[]{}* ")) == 1 or (
        len(text) <= LONGEST_TOKEN and not is_total(text) and not is_group(text) and not any(c.isdigit() for c in text)
    )


def _role(header: Header, column: GridColumn, facts: _Facts) -> Role | None:
    """The column's role; None for whole numbers of which nothing is said."""
    said = header.said
    if not facts.shown:
        return "percent" if header.unit == "percent" else "empty"
    if said & w.FLAGS and facts.repeated and not header.unit:
        return "measure"  # about the row's numbers
    if facts.rows["label"] and (said & (w.IDS | w.KEYS) or not facts.tokens) and facts.rows["label"] > (1 - LEAST_SHARE) * facts.shown:
        if (
            said & w.MEASURES
            and not facts.repeated
            and all(any(ch.isdigit() for ch in c.text) for c in facts.distinct if c.kind == "label")
        ):
            return "measure"  # ratios, amounts
        if all(c.text[:1] in "$€£" for c in facts.distinct if c.kind == "label"):
            return "measure"
        return "prose" if _is_prose(said, column) else "key"
    numbers = [c for c in facts.distinct if c.kind == "number"]
    people = said & (w.PEOPLE - w.COUNTS - {"no", "total", "totals", "tot"}) or header.groups or header.total
    if _is_percentage(header, facts, numbers):
        return "percent"
    if not numbers and not facts.rows["percent"]:  # every one hidden, or a range
        return _hidden_role(header, facts, bool(people))
    if (said & w.MEASURES or ("per" in said and not header.unit)) and not header.is_group:
        return "measure"
    if not facts.whole or (any(c.low < 0 for c in numbers) and not (header.unit == "count" or people)):
        return "measure"
    if said & w.IDS or (said & w.KEYS and not people) or _are_codes(column, numbers, said):
        return "key"
    if said & w.THINGS and not people:
        return "measure"
    if _all_years(numbers) and (not people or said <= {"cohort", "class", "of", "cohorts", "entering", "graduation"}) and not header.groups:
        return "key"
    if facts.shown >= MANY_FLAGS and all(c.low in (0, 1) for c in numbers) and not facts.rows["suppressed"]:
        return "measure"
    if header.unit == "count" or said & w.PEOPLE or header.is_group or (said and said <= w.GENERIC):
        return "count"
    return "count" if facts.rows["suppressed"] else None


def _is_percentage(header: Header, facts: _Facts, numbers: Sequence[Cell]) -> bool:
    if header.unit == "percent" and not header.said & {"percentile", "percentiles"}:
        return True
    if facts.rows["percent"] > facts.rows["number"] or (
        not facts.whole and any(c.kind == "suppressed" and c.percent for c in facts.distinct)
    ):
        return True
    if facts.rows["percent"] and not facts.rows["number"]:
        return True
    if header.unit == "count" or header.said & (w.MEASURES | w.THINGS) or not numbers or facts.whole:
        return False
    told = bool(header.said & w.OUTCOMES) or header.is_group
    return told and all(0 <= c.low <= 100 for c in numbers)


def _hidden_role(header: Header, facts: _Facts, people: bool) -> Role | None:
    """Of a column without a number: `10-19` may be an age, a span of grades, or a count."""
    if facts.rows["percent"] or any(c.percent for c in facts.distinct):
        return "percent"
    if header.said & w.KEYS and not people and not header.is_group:
        return "key"
    return "count" if people or header.unit == "count" or header.said & w.PEOPLE else None


def _is_prose(said: frozenset[str], column: GridColumn) -> bool:
    """Text that people wrote, of which hardly two cells are alike: no labels, no footnotes."""
    often = np.bincount(column.codes, minlength=len(column.distinct))
    cells = [(c.text, int(n)) for c, n in zip(column.distinct, often, strict=True) if n and c.kind != "blank"]
    shown = sum(n for _, n in cells)
    texts = [(text, n) for text, n in cells if shapes.is_text(text)]
    written = sum(n for _, n in texts)
    if written < 0.5 * shown or written < 3 or len(texts) < 0.8 * written:
        return False
    length = sum(len(text.split()) for text, _ in texts) / len(texts)
    return bool(said & w.PROSE) or (length >= 15 and written >= 10)


def _are_codes(column: GridColumn, numbers: Sequence[Cell], said: frozenset[str]) -> bool:
    """Zeros in front; two years run together (`20052006`); long numbers of one length that never come again."""
    texts = [c.text for c in numbers]
    if said & w.PEOPLE:
        return False
    if any(len(t) > 1 and t[0] == "0" and t.isdigit() for t in texts):
        return True
    if all(len(t) == 8 and t.isdigit() and int(t[4:]) - int(t[:4]) == 1 for t in texts):
        return True
    return len({len(t) for t in texts}) == 1 and len(texts[0]) >= 6 and all(t.isdigit() for t in texts) and len(texts) >= 0.9 * column.rows


def _all_years(numbers: Sequence[Cell]) -> bool:
    return bool(numbers) and all(1900 <= c.low <= 2100 for c in numbers)


def _by_grades(roles: Sequence[Role | None], headers: Sequence[Header], block: Block) -> list[Role | None]:
    """K, 1, 2, 3, Total: numbers that head columns side by side are grades where a kindergarten or a total stands beside them."""
    found = list(roles)
    if not any(is_total(c.name) or GRADES.fullmatch(c.name.casefold()) for c in block.columns):
        return found
    bare = [role is None and c.name.isdigit() and int(c.name) <= 13 for role, c in zip(roles, block.columns, strict=True)]
    for i, column in enumerate(block.columns):
        beside = [j for j in (i - 1, i + 1) if 0 <= j < len(bare)]
        if bare[i] and any((bare[j] or headers[j].is_group) and _follow(block.columns[j].name, column.name) for j in beside):
            found[i] = "count"
    return found


def _follow(a: str, b: str) -> bool:
    """Are these grades one above the other?"""
    first, second = (int(t) if t.isdigit() else 0 if GRADES.fullmatch(t.casefold()) else None for t in (a, b))
    return first is not None and second is not None and abs(first - second) == 1


def _by_labels(roles: Sequence[Role | None], block: Block) -> list[Role | None]:
    """Beside a column that counts others count as well, where nearly every row is called after people (Enrolled, Male, Female)."""
    found = list(roles)
    if "count" not in roles or None not in roles:
        return found
    for role, column in zip(roles, block.columns, strict=True):
        said = [w.words_of(c.text) for c in column.distinct if c.kind == "label"] if role == "key" else []
        people = sum(bool(words & OF_PEOPLE) and not words & (w.MEASURES | w.PERCENTAGES | w.THINGS) for words in said)
        if len(said) >= 2 and people >= MOST_ROWS_OF_PEOPLE * len(said):
            return [r or "count" for r in found]
    return found


def _by_arithmetic(roles: Sequence[Role | None], block: Block) -> list[Role | None]:
    """Columns of which nothing is said count as well where, side by side, they add up to one that counts, in every row."""
    found = list(roles)
    values = {i: _values(block.columns[i]) for i, role in enumerate(roles) if role in (None, "count")}
    unsaid = [i for i, role in enumerate(roles) if role is None]
    if not unsaid:
        return found
    for total in [i for i, role in enumerate(roles) if role == "count"]:
        for start in (i for i in values if i != total):
            there, added = values[total] >= 0, np.zeros(block.rows, np.int64)
            for stop in range(start, len(roles)):
                if stop not in values or stop == total:
                    break
                there, added = there & (values[stop] >= 0), added + values[stop]
                if there.sum() < FEWEST_ROWS:
                    break
                if stop > start and (added[there] == values[total][there]).all() and added[there].any():
                    found[start : stop + 1] = ["count" if r is None else r for r in found[start : stop + 1]]
    return found


def _values(column: GridColumn) -> npt.NDArray[np.int64]:
    """The whole numbers that a column shows, -1 elsewhere."""
    shown = [c.count if c.count is not None and c.count < UNBOUNDED else -1 for c in column.distinct]
    return np.array(shown, np.int64)[column.codes]


def _by_neighbours(roles: Sequence[Role | None], headers: Sequence[Header], facts: Sequence[_Facts]) -> list[Role | None]:
    """A column of which nothing is said counts where a percentage of the same thing stands beside it, or where all of it is hidden."""
    shares = {(h.groups, h.measure) for h, role in zip(headers, roles, strict=True) if role == "percent" and (h.measure or h.groups)}
    some = any(role in ("count", "percent") for role in roles)
    return [
        "count"
        if role is None and ((h.groups, h.measure) in shares or (some and not f.rows["number"] and not h.said & ABOUT_ROWS))
        else role
        for role, h, f in zip(roles, headers, facts, strict=True)
    ]
