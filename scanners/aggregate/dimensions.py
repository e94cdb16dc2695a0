"""Keys of all tables as dimensions: which key columns say the same, which one determines another, which labels mean all.

A dimension's members are numbers, -1 stands for all. Nothing is known of counts here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from scanners.aggregate.families import canonical, folded, is_level, means_all
from scanners.aggregate.layout import AuditColumn, Layout
from scanners.header import words

Codes = npt.NDArray[np.int64]

LEAST_SUPPORT = 3
"""Rows that repeat a member, from which it counts that it always stands beside the same member of another column."""
SAME_MEMBERS = 0.5
"""Of the smaller of two columns' members, that both have, from which they are one dimension under different names."""
NAMING = frozenset("name code id number no key abbreviation label title dbn".split())


@dataclass
class Dimension:
    """`names` are the headers; `labels` one a member, as first read; `codes` from every spelling to the member."""

    names: set[str] = field(default_factory=set)
    labels: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    def code(self, *spellings: str, label: str) -> int:
        """The member of any of the spellings, which then all mean it."""
        known = next((self.codes[s] for s in spellings if s in self.codes), None)
        if known is None:
            known = len(self.labels)
            self.labels.append(label)
        for spelling in spellings:
            self.codes.setdefault(spelling, known)
        return known


@dataclass(frozen=True)
class KeyColumn:
    """One key column, factorised: `spellings` and `labels` one a member, `codes` one a row (-1: all, or blank)."""

    block: int
    column: AuditColumn
    spellings: tuple[str, ...]
    labels: tuple[str, ...]
    codes: Codes
    total: str = ""  # the label that means all, where there is one
    blanks: bool = False


@dataclass
class Dimensions:
    """All dimensions, and of each block a matrix rows × dimensions of members.

    `determines[d]` are those that d's members fix, finest first; `surely` has the pairs of which enough rows say so.
    """

    all: list[Dimension]
    of_block: list[Codes]
    determines: dict[int, tuple[int, ...]]
    surely: frozenset[tuple[int, int]]
    totals: list[dict[int, str]]  # of each block: the label for all, by dimension
    blanks: list[set[int]]  # of each block: the dimensions whose blanks may mean all


def dimensions(layouts: Sequence[Layout]) -> Dimensions:
    """Join the key columns of all tables into dimensions."""
    columns = [_factorised(block, column, layout.rows) for block, layout in enumerate(layouts) for column in layout.keys]
    columns = [c for c in columns if not _says_nothing(c, columns)]
    groups = _joined(columns)
    all_ = [Dimension() for _ in groups]
    width = len(groups)
    matrices = [np.full((layout.rows, width), -1, np.int64) for layout in layouts]
    totals: list[dict[int, str]] = [{} for _ in layouts]
    blanks: list[set[int]] = [set() for _ in layouts]
    for at, group in enumerate(groups):
        _fill(all_[at], at, group, matrices)
        for c in group:
            if c.total:
                totals[c.block].setdefault(at, c.total)
            if c.blanks:
                blanks[c.block].add(at)
    determined = _determined(matrices, width)
    _complete(matrices, determined)
    finest = {d: tuple(e for e, _ in sorted(found.items(), key=lambda f: -len(all_[f[0]].labels))) for d, found in determined.items()}
    surely = frozenset((d, e) for d, found in determined.items() for e, (_, support) in found.items() if support >= LEAST_SUPPORT)
    return Dimensions(all_, matrices, finest, surely, totals, blanks)


def _factorised(block: int, column: AuditColumn, rows: int) -> KeyColumn:
    number: dict[str, int] = {}
    raw = np.empty(rows, np.int64)
    texts = [c.text for c in column.cells]
    for row, text in enumerate(texts):
        raw[row] = number.setdefault(text, len(number))
    labels = list(number)
    counts = np.bincount(raw, minlength=len(labels)) if rows else np.zeros(0, np.int64)
    whole = [i for i, label in enumerate(labels) if means_all(label)]
    if whole and 2 * len(whole) > len(labels) > 2 and len(whole) > 1:
        whole = []
    total = max(whole, key=lambda i: (counts[i], -i), default=-1)
    spelled = [canonical(label, column.name) for label in labels]
    if len(set(spelled)) < len({folded(label) for label in labels}):
        spelled = [folded(label) for label in labels]
    members: dict[str, int] = {}
    shown: list[str] = []
    code = np.full(len(labels), -1, np.int64)
    for i, label in enumerate(labels):
        if i == total or not label.strip():
            continue
        if spelled[i] not in members:
            members[spelled[i]] = len(shown)
            shown.append(label)
        code[i] = members[spelled[i]]
    codes = code[raw] if rows else raw
    return KeyColumn(
        block, column, tuple(members), tuple(shown), codes, labels[total] if total >= 0 else "", any(not label.strip() for label in labels)
    )


def _says_nothing(column: KeyColumn, columns: Sequence[KeyColumn]) -> bool:
    """A column `level` of State, District, School, where other keys say which; or one with a single member, in every table that has it."""
    others = [c for c in columns if c.block == column.block and c is not column]
    if others and column.labels and all(is_level(label) for label in (*column.labels, column.total) if label):
        return True
    same = [c for c in columns if folded(c.column.name) == folded(column.column.name)]
    return len({s for c in same for s in c.spellings}) == 1 and not any(c.total or c.blanks for c in same)


def _joined(columns: Sequence[KeyColumn]) -> list[list[KeyColumn]]:
    """Groups of columns that are one dimension: of one name or of the same members; within a table only where one tells the other."""
    groups: list[list[KeyColumn]] = []
    for column in columns:
        best = next((g for g in groups if _one_dimension(column, g)), None)
        if best is None:
            groups.append([column])
        else:
            best.append(column)
    return groups


def _one_dimension(column: KeyColumn, group: Sequence[KeyColumn]) -> bool:
    beside = [c for c in group if c.block == column.block]
    if beside:
        return all(_say_the_same(column, c) for c in beside)
    if any(_core_name(c.column.name) == _core_name(column.column.name) for c in group):
        return True
    mine = {s for s in column.spellings if not s.isdigit()}
    theirs = {s for c in group for s in c.spellings if not s.isdigit()}
    both = len(mine & theirs)
    return both >= 2 and both >= SAME_MEMBERS * min(len(mine), len(theirs))


def _core_name(name: str) -> frozenset[str]:
    said = frozenset(words(name))
    return (said - NAMING) or said


def _say_the_same(a: KeyColumn, b: KeyColumn) -> bool:
    """Code and label of one thing: each member of one always stands beside the same member of the other."""
    if np.any((a.codes < 0) != (b.codes < 0)):
        seen = (a.codes >= 0) & (b.codes >= 0)
        if not seen.any():
            return False
    else:
        seen = a.codes >= 0
    pairs = np.unique(a.codes[seen] * (len(b.labels) + 1) + b.codes[seen])
    if not len(pairs) == len(np.unique(a.codes[seen])) == len(np.unique(b.codes[seen])):
        return False
    repeated = int(seen.sum()) - len(pairs)
    named = bool((frozenset(words(a.column.name)) | frozenset(words(b.column.name))) & NAMING)
    return len(pairs) >= 2 and (repeated >= max(LEAST_SUPPORT, len(pairs) // 2) or named)


def _fill(dimension: Dimension, at: int, group: Sequence[KeyColumn], matrices: Sequence[Codes]) -> None:
    """Number the members of one dimension, tables with several spellings of them first."""
    by_block: dict[int, list[KeyColumn]] = {}
    for c in group:
        dimension.names.add(c.column.name)
        by_block.setdefault(c.block, []).append(c)
    for block in sorted(by_block, key=lambda b: (-len(by_block[b]), b)):
        columns = by_block[block]
        stacked = np.stack([c.codes for c in columns], axis=1)
        if not len(stacked):
            continue
        kinds, back = np.unique(stacked, axis=0, return_inverse=True)
        codes = np.full(len(kinds), -1, np.int64)
        order = np.full(len(kinds), len(stacked), np.int64)
        np.minimum.at(order, back.reshape(-1), np.arange(len(stacked)))
        for i in np.argsort(order):
            told = [(c.spellings[m], c.labels[m]) for c, m in zip(columns, kinds[i], strict=True) if m >= 0]
            if told:
                codes[i] = dimension.code(*(s for s, _ in told), label=told[0][1])
        matrices[block][:, at] = codes[back.reshape(-1)]


def _determined(matrices: Sequence[Codes], width: int) -> dict[int, dict[int, tuple[dict[int, int], int]]]:
    """For each dimension those that it fixes (a school its district): the other's member for each of its own, and the rows that repeat it.

    A row of the one and all of the other says that it fixes nothing.
    """
    found: dict[int, dict[int, tuple[dict[int, int], int]]] = {}
    for d in range(width):
        for e in range(width):
            told: dict[int, int] = {}
            fixed = d != e
            support = 0
            for matrix in matrices:
                here = matrix[matrix[:, d] >= 0]
                if not fixed or not len(here) or not (matrix[:, e] >= 0).any():
                    continue
                pairs = np.unique(here[:, (d, e)], axis=0)
                support += len(here) - len(pairs)
                fixed = bool((pairs[:, 1] >= 0).all()) and all(told.setdefault(a, b) == b for a, b in pairs.tolist())
            if fixed and 2 <= len(set(told.values())) < len(told):
                found.setdefault(d, {})[e] = (told, support)
    return found


def _complete(matrices: Sequence[Codes], determined: dict[int, dict[int, tuple[dict[int, int], int]]]) -> None:
    """A row that names the school but not its district is one of that district all the same."""
    for d, others in determined.items():
        for e, (told, support) in others.items():
            if support < LEAST_SUPPORT:
                continue
            lookup = np.full(max(told) + 2, -1, np.int64)
            for a, b in told.items():
                lookup[a] = b
            for matrix in matrices:
                if (matrix[:, e] >= 0).any():
                    continue
                open_ = (matrix[:, d] >= 0) & (matrix[:, e] < 0)
                matrix[open_, e] = lookup[np.minimum(matrix[open_, d], len(lookup) - 1)]
