"""Clean blocks, turned so that each column holds one kind of number: measures in rows become columns, two numbers in a cell two columns.

Where that would be a guess (two rows for one cell, labels that say no measure) a block stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scanners.aggregate import words as w
from scanners.aggregate.cells import Cell, parse
from scanners.aggregate.grid import Block, GridColumn, column_of, raw_blocks
from scanners.aggregate.headers import JOINT
from scanners.aggregate.headers import read as header_of
from scanners.schemas import TextTable

MOST_MEASURES = 40
"""Different labels of a column that says what the row's numbers are."""
MOSTLY = 0.8
SUPPRESSED = frozenset("suppressed suppression masked redacted hidden withheld".split())
TRUE, FALSE = frozenset("y yes true t 1 x s *".split()), frozenset("n no false f 0".split())
HIDDEN = Cell("suppressed", "")
"""A number that a flag beside it says is not shown."""
_VALUE = r"[\d,.]+|[*†‡#.\-–—s]+|n/a|[<>≤≥]=?\s*\d+"
_COUNT_AND_PERCENT = re.compile(rf"({_VALUE})\s*[(\[/]\s*([<>≤≥]?=?\s*[\d.]+\s*%|[*†‡#.\-–—s]+%?|n/a)\s*[)\]]?", re.I)
_PERCENT_AND_COUNT = re.compile(rf"([<>≤≥]?=?\s*[\d.]+\s*%|[*†‡#.\-–—s]+%?|n/a)\s*[(\[]\s*(?:n\s*=\s*)?({_VALUE})\s*[)\]]", re.I)
_PART_OF_WHOLE = re.compile(rf"({_VALUE})\s+(?:of|out of)\s+({_VALUE})", re.I)


def blocks(table: TextTable) -> list[Block]:
    """The blocks of a table, one at least, ready for `layout`."""
    return [_turned(_flagged(_split(block))) for block in raw_blocks(table)]


# -- flags ---------------------------------------------------------------------------------------------------------------


def _flagged(block: Block) -> Block:
    """A blank is a hidden number where a column beside says so (`suppressed`: yes)."""
    flags = [c for c in block.columns if w.words_of(c.name) & SUPPRESSED and len(c.name.split()) <= 3 and _is_flag(c)]
    if not flags:
        return block
    marked = np.zeros(block.rows, bool)
    for flag in flags:
        marked |= np.array([cell.text.casefold() in TRUE for cell in flag.distinct], bool)[flag.codes]
    columns = []
    for column in block.columns:
        hidden = marked & column.of_kind("blank")
        if (
            column not in flags
            and hidden.any()
            and column.of_kind("number", "percent", "suppressed").sum() >= column.of_kind("label").sum()
        ):
            codes = np.where(hidden, len(column.distinct), column.codes)
            column = replace(column, codes=codes, distinct=(*column.distinct, HIDDEN))
        columns.append(column)
    return replace(block, columns=tuple(columns))


def _is_flag(column: GridColumn) -> bool:
    said = {cell.text.casefold() for cell in column.distinct if cell.text}
    return bool(said & TRUE) and said <= TRUE | FALSE


# -- two numbers in a cell -----------------------------------------------------------------------------------------------


def _split(block: Block) -> Block:
    columns: list[GridColumn] = []
    for column in block.columns:
        columns += _halves(column) or [column]
    return replace(block, columns=tuple(columns)) if len(columns) > len(block.columns) else block


def _halves(column: GridColumn) -> list[GridColumn] | None:
    """`12 (34%)`, `34% (12)` and `12 of 48` in nearly every cell, as two columns."""
    shown = [c.text for c in column.distinct if c.kind == "label" or (c.kind in ("number", "percent") and "(" in c.text)]
    if not shown or not any(ch.isdigit() for ch in "".join(shown)):
        return None
    for pattern, ends in ((_COUNT_AND_PERCENT, ("n", "%")), (_PERCENT_AND_COUNT, ("%", "n")), (_PART_OF_WHOLE, ("n", "of N"))):
        found = {text: match for text in shown if (match := pattern.fullmatch(text))}
        if len(found) < MOSTLY * len(shown) or not any(
            any(ch.isdigit() for ch in m[1]) and any(ch.isdigit() for ch in m[2]) for m in found.values()
        ):
            continue
        return [
            replace(
                column,
                name=f"{column.name}{JOINT}{end}" if column.name else end,
                distinct=tuple(parse(found[c.text][side]) if c.text in found else c for c in column.distinct),
            )
            for side, end in ((1, ends[0]), (2, ends[1]))
        ]
    return None


# -- measures in rows ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Roles:
    """The columns of a block by what they are for turning it."""

    measure: GridColumn
    keys: tuple[GridColumn, ...]
    values: tuple[GridColumn, ...]
    about: tuple[GridColumn, ...]  # footnotes and flags: about one number


def _turned(block: Block) -> Block:
    """The block with a column for each measure, where its rows are measures."""
    roles = _roles(block)
    if roles is None:
        return block
    measures = [label for label in dict.fromkeys(roles.measure.cell(r).text for r in range(block.rows)) if label]
    if not roles.keys and len(roles.values) > 1:
        return _transposed(block, roles, measures)
    place: dict[tuple[int, ...], int] = {}
    rows = np.array([place.setdefault(tuple(int(k.codes[r]) for k in roles.keys), len(place)) for r in range(block.rows)], np.int64)
    at = {label: i for i, label in enumerate(measures)}
    column = np.array([at.get(roles.measure.cell(r).text, -1) for r in range(block.rows)], np.int64)
    if (column < 0).any() or len(set(zip(rows.tolist(), column.tolist(), strict=True))) < block.rows or len(place) == block.rows:
        return block
    first = np.full(len(place), block.rows, np.int64)
    np.minimum.at(first, rows, np.arange(block.rows))
    turned = [key.take(first) for key in roles.keys]
    for label, i in at.items():
        mine = np.flatnonzero(column == i)
        for value in roles.values:
            blank = next(code for code, cell in enumerate((*value.distinct, parse(None))) if cell.kind == "blank")
            codes = np.full(len(place), blank, np.int64)
            codes[rows[mine]] = value.codes[mine]
            turned.append(GridColumn(f"{label}{JOINT}{value.name}", codes, (*value.distinct, parse(None))))
    addresses = tuple(block.addresses[r] for r in first.tolist())
    return replace(block, columns=tuple(c for c in turned if not _says_nothing(c)), rows=len(place), addresses=addresses)


def _says_nothing(column: GridColumn) -> bool:
    return bool(column.of_kind("blank").all())


def _transposed(block: Block, roles: _Roles, measures: Sequence[str]) -> Block:
    """Measures down, groups across: each group becomes a row."""
    if len(measures) < block.rows:
        return block
    columns = [column_of(roles.measure.name or "group", [v.name for v in roles.values])]
    for row, label in enumerate(measures):
        columns.append(column_of(label, [v.cell(row).text or None for v in roles.values]))
    return replace(block, columns=tuple(columns), rows=len(roles.values), addresses=(block.addresses[0],) * len(roles.values))


def _roles(block: Block) -> _Roles | None:
    numeric = [c for c in block.columns if c.of_kind("number", "percent", "suppressed").sum() > c.of_kind("label").sum()]
    measure = next((c for c in block.columns if c not in numeric and _tells_measures(c, block)), None)
    if measure is None or block.rows < 2:
        return None
    about = tuple(c for c in block.columns if c is not measure and w.words_of(c.name) & w.FLAGS)
    values = tuple(c for c in numeric if c not in about and _is_value(c))
    keys = tuple(c for c in block.columns if c is not measure and c not in about and c not in values)
    if not values or any(header_of(v.name).unit or header_of(v.name).said & (w.OUTCOMES | w.MEASURES) - w.GENERIC for v in values):
        return None
    return _Roles(measure, keys, values, about)


def _is_value(column: GridColumn) -> bool:
    header = header_of(column.name)
    return not header.said & (w.KEYS | w.IDS) or bool(header.groups)


def _tells_measures(column: GridColumn, block: Block) -> bool:
    """Do the labels say what the numbers of their rows are: some counts, some percentages or scores?"""
    labels = {
        c.text for c, n in zip(column.distinct, np.bincount(column.codes, minlength=len(column.distinct)), strict=True) if n and c.text
    }
    if not 2 <= len(labels) <= MOST_MEASURES:
        return False
    kinds = [_kind(label) for label in labels]
    told = sum(kind != "" for kind in kinds)
    named = bool(w.words_of(column.name) & w.MEASURE_HEADERS)
    sure: Callable[[float], bool] = lambda share: told >= share * len(labels)  # noqa: E731
    return sure(MOSTLY) and (len(set(kinds) - {""}) > 1 or (named and "count" in kinds))


def _kind(label: str) -> str:
    """`Number tested`, `Percent proficient` and `Mean score` say what a number is; `Students with disabilities` is a group."""
    header = header_of(label)
    if header.unit:
        return header.unit
    if header.said & w.MEASURES:
        return "measure"
    return "count" if header.said & (w.PEOPLE - {"low"}) and not header.groups else ""
