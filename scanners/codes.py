"""What a column's values say by themselves when its header says nothing: words and codes of the special indicators, race, attendance.

The lists stand in `lexicon.yaml` under `codes`. Whole columns are judged, rows counted: one unmistakable value or two that belong together,
and little else beside them. Letters that could mean several things (`unclear_codes`) are noted and left to a person.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from scanners import shapes
from scanners.columns import Column
from scanners.fold import plain
from scanners.header import lexicon, words

MOST_CODES = 200  # distinct values of a column of codes
COVERED = 0.8
SHORTEST_WORD = 3
NOT_SAID = re.compile(r"[^\w+\-]+|_+")


@dataclass(frozen=True)
class Codes:
    """The element that most telling rows have, and how many distinct values tell something; `unclear`: it could be another."""

    element: str
    telling: int
    known: int
    unclear: bool = False


def codes_of(column: Column) -> Codes | None:
    """What the column's values say, or None."""
    if not 0 < len(column.values) <= MOST_CODES:
        return None
    values = [spelled(v) for v in column.values]
    told = {element: len(own) for element in _lists("alone") if (own := _telling(element, set(values)))}
    if not told:
        return _unclear(values)
    rows: Counter[str] = Counter()
    covered = 0
    for value, spelling, count in zip(column.values, values, column.counts.tolist(), strict=True):
        elements = [e for e in told if spelling in _all(e)]
        covered += count if spelling in _known() or shapes.blank_or_negative(value) else 0
        for element in elements:
            rows[element] += count if spelling in _lists("alone")[element] or spelling in _lists("together")[element] else 0
    if covered < COVERED * column.records:
        return None
    element = max(told, key=lambda e: rows[e])
    return Codes(element, told[element], len(values))


def spelled(value: str) -> str:
    """A code as it is compared: `Hotel/Motel` → hotel motel, `freeLunch` → free lunch, `O+` as it is."""
    text = plain(value)
    if len(text) <= SHORTEST_WORD:
        return text
    parted = " ".join(words(value))
    return parted if parted in _known() else " ".join(NOT_SAID.sub(" ", text).replace("-", " ").split())


def _telling(element: str, values: set[str]) -> set[str]:
    alone, together = values & _lists("alone")[element], values & _lists("together")[element]
    return alone | together if alone or len(together) >= 2 else set()


@cache
def _lists(kind: str) -> dict[str, frozenset[str]]:
    return {element: frozenset(map(str, lists.get(kind, ()))) for element, lists in lexicon()["codes"].items()}


@cache
def _all(element: str) -> frozenset[str]:
    return _lists("alone")[element] | _lists("together")[element] | _lists("also")[element]


@cache
def _known() -> frozenset[str]:
    """What may stand among codes: a column of programs has several elements' words."""
    return frozenset().union(*(_all(element) for element in lexicon()["codes"]))


def _unclear(values: list[str]) -> Codes | None:
    """Letters that are another element's codes elsewhere: at least three of the set, and nothing beside it."""
    for element, letters in lexicon()["unclear_codes"].items():
        own = set(map(str, letters))
        least = 2 if element == "attendance" and set(values) <= own else 3
        if len(own & set(values)) >= least and len(set(values) - own) <= 2 and all(len(v) <= 2 for v in values):
            return Codes(element, len(own & set(values)), len(values), unclear=True)
    return None
