"""Passwords in clear text under a header that does not say so: what the values of a whole column must look like.

Only values are looked at. Whether anybody's account stands beside the column, and what its header forbids, is for `classify` to say.
Course codes, rooms, SKUs and opaque ids mix classes of characters too: they have no sign of those that people add to a password, or
share few words. Words with a number and no sign count only where nearly every row has its own.
"""

from __future__ import annotations

import re

from scanners import shapes
from scanners.columns import Column

SHORTEST = 6
SIGNED = re.compile(r"(?![@#])(?=[^A-Za-z]*[A-Za-z][^A-Za-z]*[A-Za-z])(?=\D*\d)(?=.*[!@#$^*&?])[\w!@#$^*&?.+\-]{6,40}")
"""Letters, digits and a sign, without blanks and what paths, prices and expressions have."""
WORD_AND_NUMBER = re.compile(r"[A-Z][a-z]{2,}(?:[A-Z][a-z]{2,})?\d{1,6}")
EMPHASIS = "!"
"""The one sign that no code has between its parts."""
STEM = re.compile(r"[A-Za-z]+")

COVERED = 0.8
OF_OTHERS = 0.6
FEWEST_OTHERS = 3
FEWEST_WORDS = 5
FEWEST_ROWS = 10
OWN_VALUE = 0.9
WORDS_A_VALUE = 0.2
"""Distinct words a distinct value: passwords have many, codes repeat theirs."""


def signed(column: Column) -> str | None:
    """Why the column holds passwords, where nearly all of its values have letters, digits and a sign; or None."""
    flags = [_is_signed(v) for v in column.values]
    if not flags or sum(flags) < COVERED * len(flags) or not _varied(column.values):
        return None
    return _told(sum(flags), len(flags), "mix letters, digits and signs as passwords do")


def numbered_words(column: Column) -> str | None:
    """The same of words with a number (`Otter42`), nearly every row its own, many words."""
    values = column.values
    if column.records < FEWEST_ROWS or len(values) < OWN_VALUE * column.records:
        return None
    fitting = [v for v in values if WORD_AND_NUMBER.fullmatch(v.strip()) and len(v.strip()) >= SHORTEST]
    if len(fitting) < COVERED * len(values) or len(_words(fitting)) < FEWEST_WORDS or not _varied(fitting):
        return None
    return _told(len(fitting), len(values), "are a word and a number, another in nearly every row, as passwords are")


def among_ids(column: Column, known: list[bool]) -> str | None:
    """The same of a column in which some values equal an id: the others look like passwords."""
    others = [v for v, is_known in zip(column.values, known, strict=True) if not is_known]
    fitting = [v for v in others if _is_signed(v) or WORD_AND_NUMBER.fullmatch(v.strip())]
    if len(fitting) < max(FEWEST_OTHERS, OF_OTHERS * len(others)) or not _varied(fitting) or not any(map(_is_signed, fitting)):
        return None
    return _told(len(fitting), len(column.values), f"look like passwords, {sum(known):,} equal an id")


def _is_signed(value: str) -> bool:
    text = value.strip()
    return SIGNED.fullmatch(text) is not None and not shapes.is_email(text)


def _varied(values: tuple[str, ...] | list[str]) -> bool:
    """Not a code with a running number: its words differ, or it ends in what no code ends in."""
    emphatic = sum(EMPHASIS in v for v in values)
    return emphatic >= len(values) / 2 or (len(values) >= FEWEST_OTHERS and len(_words(values)) >= max(2, WORDS_A_VALUE * len(values)))


def _words(values: tuple[str, ...] | list[str]) -> set[str]:
    return {"".join(STEM.findall(v)).casefold() for v in values}


def _told(fitting: int, of: int, why: str) -> str:
    return f"{fitting:,} of {of:,} distinct values {why}"
