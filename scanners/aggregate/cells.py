"""One cell of a published table as what it says: a number, a percentage, an interval where it is suppressed, a label, or nothing.

The tokens are those in use by states' report cards (POLICY.md, "Is a data set truly aggregate?", step 2). `s`, `*`, `n/a` and `-1` bound
a cell by nothing but 0 and its total; `<10` and `>95%` bound it further. A blank is no zero: it says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf
from typing import Literal

Kind = Literal["blank", "number", "percent", "suppressed", "label"]

HIDDEN = frozenset(
    """s|*|**|***|n/a|na|-1|x|†|‡|#|--|—|–|-|...|ds|sup|supp|suppressed|masked|redacted|not reported|too few|too few students|n<10|n < 10
    |tsu|tfsc|pii|cs""".replace("\n    ", "").split("|")
)
"""Cells that stand for a number that is not shown. Folded."""

NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*(%?)")
BOUND = re.compile(
    r"(?:n\s*)?(<=|>=|<|>|≤|≥|less than|fewer than|under|more than|greater than|over|at least|at most)\s*(\d+(?:\.\d+)?)\s*(%?)"
)
RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*(%?)")
OPEN_ENDS = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)\s*(or fewer|or less|or more|and over|and above|\+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """`low` and `high` are inclusive bounds (equal for a number that is shown). `decimals` is how far a number was rounded.

    `percent` says whether the bounds are percentages. Of a label and a blank nothing is bounded.
    """

    kind: Kind
    text: str
    low: float = 0.0
    high: float = inf
    decimals: int = 0
    percent: bool = False

    @property
    def count(self) -> int | None:
        """The count the cell shows, where it shows a whole number that is no percentage and not below zero."""
        return int(self.low) if self.kind == "number" and self.low == int(self.low) and self.low >= 0 else None


def parse(text: str | None) -> Cell:
    """Read one cell. Never raises."""
    shown = (text or "").strip()
    folded = " ".join(shown.casefold().split())
    if not folded:
        return Cell("blank", shown)
    if folded in HIDDEN:
        return Cell("suppressed", shown)
    if match := NUMBER.fullmatch(folded):
        value = float(match[0].replace(",", "").rstrip("% \t"))
        places = len(match[1] or "")
        return Cell("percent" if match[2] else "number", shown, value, value, places, bool(match[2]))
    return _bounded(shown, folded) or Cell("label", shown)


def _bounded(shown: str, folded: str) -> Cell | None:
    if match := BOUND.fullmatch(folded):
        return _beyond(shown, match[1], float(match[2]), bool(match[3]))
    if match := OPEN_ENDS.fullmatch(folded):
        return _beyond(shown, "<=" if match[3] in ("or fewer", "or less") else ">=", float(match[1]), bool(match[2]))
    if (match := RANGE.fullmatch(folded)) and float(match[1]) < float(match[2]):
        return Cell("suppressed", shown, float(match[1]), float(match[2]), percent=bool(match[3]))
    return None


def _beyond(shown: str, sign: str, bound: float, percent: bool) -> Cell:
    """Counts are whole: `<10` is at most 9."""
    top = 100.0 if percent else inf
    step = 0.0 if percent else 1.0
    if sign in ("<", "less than", "fewer than", "under"):
        return Cell("suppressed", shown, 0.0, bound - step, percent=percent)
    if sign in ("<=", "≤", "at most"):
        return Cell("suppressed", shown, 0.0, bound, percent=percent)
    if sign in (">", "more than", "greater than", "over"):
        return Cell("suppressed", shown, bound + step, top, percent=percent)
    return Cell("suppressed", shown, bound, top, percent=percent)
