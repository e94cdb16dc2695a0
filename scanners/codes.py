"""What a column's values say by themselves when its header says nothing: words and codes of the special indicators, race, attendance.

A column of flags of several elements, one a row (`IEP`, `ELL`) or several a cell (`ELL;IEP;FRL`), is taken apart: `elements_of`.

The lists stand in `lexicon.yaml` under `codes`. Whole columns are judged, rows counted: one unmistakable value or two that belong together,
and little else beside them. Letters that could mean several things (`unclear_codes`) are noted and left to a person.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from scanners import shapes, vocabulary
from scanners.columns import Column
from scanners.fold import fold, plain
from scanners.header import hint, lexicon, words

MOST_CODES = 200  # distinct values of a column of codes
COVERED = 0.8
SHORTEST_WORD = 3
NOT_SAID = re.compile(r"[^\w+\-]+|_+")


SEPARATED = re.compile(r"\s*[;,|/\n]+\s*|\s+(?:and|&|\+)\s+")
FEWEST_ELEMENTS = 2
SHORT_FLAG = 2
"""Words of a flag."""

Flags = npt.NDArray[np.bool_]


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


def elements_of(column: Column, otherwise: str | None = None, fewest: int = FEWEST_ELEMENTS) -> tuple[tuple[str, Flags], ...]:
    """Which values say which element, where the column holds flags of two and more (`fewest`); nothing where it does not.

    `otherwise` is the element of a flag that is known, and of none in particular (`gifted`): what the column's header says.
    """
    if not 0 < len(column.values) <= MOST_CODES:
        return ()
    parts = [flags_in(v) for v in column.values]
    every = {spelled(part) for own in parts for part in own}
    told = [element for element in _lists("alone") if _telling(element, every)]
    least = 1 if any(len(own) > 1 for own in parts) else fewest
    if len(told) < least or column.occurrences(np.array([_are_flags(own) for own in parts])) < COVERED * column.records:
        return ()
    said: dict[str, Flags] = {}
    for at, own in enumerate(parts):
        for part in own:
            if element := _element(part, told, otherwise):
                said.setdefault(element, np.zeros(len(parts), bool))[at] = True
    return tuple(said.items()) if len(said) >= fewest else ()


@lru_cache(maxsize=20_000)
def flags_in(value: str) -> tuple[str, ...]:
    """The flags of one cell: itself, where it is a known one with a separator in it (`Hotel/Motel`, `n/a`)."""
    if spelled(value) in _known() or fold(value) in shapes.NEGATIVE:
        return (value,)
    return tuple(part for it in SEPARATED.split(value.strip().strip("[]{}")) if (part := it.strip("\"' ")))


def _are_flags(parts: tuple[str, ...]) -> bool:
    """All of them are known; or half are, and the others as short as a flag."""
    known = sum(spelled(part) in _known() or shapes.blank_or_negative(part) or _as_header(part) is not None for part in parts)
    return known == len(parts) or (2 * known >= len(parts) > 1 and all(len(words(part)) <= SHORT_FLAG for part in parts))


def _element(part: str, told: list[str], otherwise: str | None) -> str | None:
    """The element of one flag: of those that the column tells of, else what it would say as a header (`migrant`, `gifted`)."""
    if shapes.blank_or_negative(part):
        return None
    spelling = spelled(part)
    for kind in ("alone", "together"):
        if own := next((element for element in told if spelling in _lists(kind)[element]), None):
            return own
    return _as_header(part) or (otherwise if spelling in _known() else None)


@lru_cache(maxsize=20_000)
def _as_header(part: str) -> str | None:
    """The indicator that a header of these words would be."""
    said = hint(part)
    whole = not said.rest or spelled(part) in _known()
    return said.meaning if whole and said.meaning is not None and said.meaning.startswith(vocabulary.INDICATORS) else None


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
