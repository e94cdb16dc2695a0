"""One cell of a published table as what it says: a number, a percentage, an interval where it is suppressed, a label, or nothing.

The tokens are those in use by states' report cards, NCES and EDFacts (POLICY.md, "Is a data set truly aggregate?", step 2). `s`, `*`,
`n/a` and `-1` bound a cell by nothing but 0 and its total; `<10` and `>95%` bound it further. A blank is no zero: it says nothing.
What a cell means by the column it stands in (a bare `<5` among percentages) is asked of `parse` again, by `layout`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite
from typing import Literal

from scanners.aggregate import words as w
from scanners.fold import fold_one

Kind = Literal["blank", "number", "percent", "suppressed", "label"]

UNBOUNDED = 2**40
"""The upper bound of a count that nothing bounds: more than there are people."""
LONGEST = 80
"""Characters of a cell that may be a number or token; what is longer is a sentence."""
MARKS = "*†‡§¶^~"
"""Signs that point to a footnote."""
_SIGNS_ONLY = re.compile(r"[*.#\-†‡§¶^~!?_x+ ]+")
_SUPERSCRIPTS = re.compile("[\u00b9\u00b2\u00b3\u2070-\u2079\u1d43-\u1d5f\u02b0-\u02b8ªº]+$")
_FOOTNOTE = re.compile(rf"(?<=[\d%.])(?:\s*[{re.escape(MARKS)}#]+|\s*\[\w{{1,3}}\]|\s*\((?:[a-z]{{1,2}}|\d|[{re.escape(MARKS)}]+)\))+$")
_BEFORE = re.compile(rf"^(?:[{re.escape(MARKS)}]+\s*|n\s*[=:]\s*)(?=[\d<>(])")
_AFTER = re.compile(r"(?<=\d)\s+(?:students?|pupils?|children|people|persons?)$")
_WRAPPED = re.compile(r"\((.+)\)|\[(.+)\]|\{(.+)\}|=?\"(.*)\"|'(.+)'?")
_DIGITS = r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ ']\d{3})+|\d+"
_NUMBER = re.compile(rf"([+-]?)\s?({_DIGITS}|(?=\.\d))(?:\.(\d*))?(e[+-]\d{{1,3}})?\s*(%|percent\b|per cent\b|pct\b)?")
_VALUE = r"(\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)\s*(%|percent|pct)?"
_BOUND = re.compile(
    r"(n\s*)?(?:is\s+)?(<=|=<|>=|=>|<|>|less than or equal to|less than|fewer than|lower than|under|below|more than|greater than|over|above"
    r"|at least|at most|no more than|no fewer than|no less than|up to|lt|le|lte|gt|ge|gte)\s*" + _VALUE + r"(?:\s+(?:students?|pupils?))?"
)
_OPEN_ENDS = re.compile(
    _VALUE
    + r"\s*(?:students?\s+)?(or fewer|or less|or lower|or under|or below|or more|or higher|or above|and over|and above|and up|and under"
    r"|and below|\+)"
)
_RANGE = re.compile(_VALUE + r"\s*(?:-|to|through)\s*" + _VALUE)
_WORDS = {name: str(n) for n, name in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}
_WORDS |= {"fifteen": "15", "sixteen": "16", "twenty": "20", "thirty": "30"}
_SPELLED = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_WRITTEN = str.maketrans({"≤": "<=", "≥": ">=", "≦": "<=", "≧": ">=", "⩽": "<=", "⩾": ">=", "≈": "~"})
_BELOW = frozenset(["<", "less than", "fewer than", "lower than", "under", "below", "lt"])
_AT_MOST = frozenset(["<=", "=<", "less than or equal to", "at most", "no more than", "up to", "le", "lte"])
_AT_MOST_ENDS = frozenset(["or fewer", "or less", "or lower", "or under", "or below", "and under", "and below"])
_ABOVE = frozenset([">", "more than", "greater than", "over", "above", "gt"])
_ARTEFACT = 12
"""Significant digits behind which a float's own error begins to show (IEEE 754 doubles hold 15 to 17)."""
_FEWER_DIGITS = 4
"""Digits that go where an error goes; an unrounded quotient keeps its own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`low` and `high` are inclusive bounds (equal for a number that is shown). `decimals` is how far a person would have seen it rounded.

    `percent` says whether the bounds are percentages. `open` says that a bound of a percentage is not reached (`>95%`, `<5%`).
    Of a label and a blank nothing is bounded.
    """

    kind: Kind
    text: str
    low: float = 0.0
    high: float = inf
    decimals: int = 0
    percent: bool = False
    open: bool = False

    @property
    def count(self) -> int | None:
        """The count the cell shows, where it shows a whole number that is no percentage and not below zero."""
        return int(self.low) if self.kind == "number" and self.low >= 0 and self.low == floor(self.low) else None


def parse(text: str | None, *, percent: bool = False) -> Cell:
    """Read one cell; `percent` says that it stands among percentages, where `<5` is below 5 % and `n<10` says nothing. Never raises."""
    shown = (text or "").strip()
    folded = _folded(shown)
    if not folded:
        return Cell("blank", shown)
    if len(folded) > LONGEST:
        return Cell("label", shown)
    return _hidden(shown, folded) or _number(shown, folded) or _bounded(shown, folded, percent) or Cell("label", shown)


def _folded(shown: str) -> str:
    """One spelling: without what wraps a value or points to a footnote."""
    folded = fold_one(_SUPERSCRIPTS.sub("", shown).replace("&lt;", "<").replace("&gt;", ">").translate(_WRITTEN))
    if len(folded) > LONGEST or folded.isalpha():
        return folded
    if match := _WRAPPED.fullmatch(folded):
        folded = next((inner for inner in match.groups() if inner is not None), "").strip()
    if folded and not folded.isdigit():
        folded = _FOOTNOTE.sub("", _AFTER.sub("", _BEFORE.sub("", folded)))
    return folded


def _hidden(shown: str, folded: str) -> Cell | None:
    return Cell("suppressed", shown) if folded in w.HIDDEN or folded in ("-1", "-1.0") or _SIGNS_ONLY.fullmatch(folded) else None


def _number(shown: str, folded: str) -> Cell | None:
    match = _NUMBER.fullmatch(folded)
    if not match:
        return None
    sign, whole, fraction, power, percent = match.groups()
    value = float(f"{sign}{re.sub('[^0-9]', '', whole) or '0'}.{fraction or '0'}{power or ''}")
    if not isfinite(value):
        return None
    value, places = _as_shown(value, max(0, len(fraction or "") - int((power or "e0")[1:])), bool(power))
    return Cell("percent" if percent else "number", shown, value, value, places, bool(percent))


def _as_shown(value: float, places: int, power: bool) -> tuple[float, int]:
    """A float's error taken away: 37.200000000000003 was 37.2. An unrounded quotient (0.3333333333333333) stays as it is."""
    if places + power < 10:
        return value, places
    rounded = f"{value:.{_ARTEFACT}g}"
    shorter = len(rounded.partition(".")[2]) if "e" not in rounded else places
    return (float(rounded), shorter) if power or places - shorter >= _FEWER_DIGITS + 2 else (value, places)


def _bounded(shown: str, folded: str, percent: bool) -> Cell | None:
    folded = _SPELLED.sub(lambda m: _WORDS[m[0]], folded)
    if match := _BOUND.fullmatch(folded):
        about_n, sign, value, unit = match.groups()
        if percent and about_n:
            return Cell("suppressed", shown)
        return _beyond(shown, sign, value, percent or bool(unit))
    if match := _OPEN_ENDS.fullmatch(folded):
        value, unit, end = match.groups()
        return _beyond(shown, "<=" if end in _AT_MOST_ENDS else ">=", value, percent or bool(unit))
    if (match := _RANGE.fullmatch(folded)) and not _names_years(match[1], match[3]):
        low, high = _float(match[1]), _float(match[3])
        if low < high:
            return Cell("suppressed", shown, low, high, percent=percent or bool(match[2] or match[4]))
    return None


def _names_years(first: str, second: str) -> bool:
    """`2019-2020`, `2019-20`, `03-04`: no numbers of people."""
    if (len(first) > 1 and first[0] == "0" and first[1] != ".") or (len(second) > 1 and second[0] == "0" and second[1] != "."):
        return True
    return len(first) == len(second) == 4 and first[:2] in ("19", "20") and second[:2] in ("19", "20")


def _float(text: str) -> float:
    return float(text.replace(",", ""))


def _beyond(shown: str, sign: str, written: str, percent: bool) -> Cell:
    """Counts are whole: `<10` is at most 9. Percentages written as fractions end at 1."""
    bound = _float(written)
    if percent:
        top = 1.0 if bound <= 1 and "." in written and "%" not in shown else 100.0
        strict = sign in _BELOW or sign in _ABOVE
        low, high = (0.0, bound) if sign in _BELOW or sign in _AT_MOST else (bound, max(top, bound))
        return Cell("suppressed", shown, low, high, percent=True, open=strict)
    if sign in _BELOW:
        return Cell("suppressed", shown, 0.0, max(0.0, ceil(bound) - 1.0))
    if sign in _AT_MOST:
        return Cell("suppressed", shown, 0.0, float(floor(bound)))
    return Cell("suppressed", shown, floor(bound) + 1.0 if sign in _ABOVE else float(ceil(bound)))
