"""What one header of a published table says: the groups it names, what is counted, whether as a number or a percentage, of what.

`Total Grads - % of cohort` is the percentage of `total grads` of the `cohort`; `male_num` the number of `male`. Nothing is known of cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from scanners.aggregate import words as w
from scanners.fold import plain
from scanners.header import CAMEL

JOINT = " / "
"""Between the rows of a header of several rows."""
_SEGMENTS = re.compile(r"\s+/\s+|\s+[-–—|:]\s+|\s*\|\s*|:\s+|\s*\(\s*|\s*\)\s*|\s*;\s*")
_GLUED = re.compile(r"(?<=\d)(?=pct|perc|num|cnt|rate)|(?<=pct)(?=[a-z])|(?<=[a-z]{2})(?=pct\b)|(?<=grade)(?=\d)|(?<=level)(?=\d)", re.I)
_TOKEN = re.compile(r"[^\W_]+(?:['’]\w+)?|[#%+]")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_YEARS = re.compile(r"(?:sy|fy|school year|year)?\s*(?:19|20)\d{2}(?:\s*[-/–_]?\s*(?:(?:19|20)?\d{2}))?", re.I)
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_LEVEL = re.compile(r"0?\d{1,2}")
_NAMED_NUMBERS = frozenset("level grade gr week month quarter semester term trimester year".split())

Unit = Literal["count", "percent", ""]


@dataclass(frozen=True)
class Header:
    """`groups` as they are spelled; `measure` and `base` (that of which it is a percentage) folded; `said` are all its words.

    `total`: one of its parts only says that it is about all (`Grade / Total`).
    """

    groups: tuple[str, ...]
    measure: str
    unit: Unit
    base: str
    said: frozenset[str]
    total: bool = False

    @property
    def is_group(self) -> bool:
        """Does it name groups and nothing that is counted?"""
        return bool(self.groups) and not self.measure


@lru_cache(maxsize=10_000)
def read(name: str) -> Header:
    """Read one header; rows of a header are joined by ` / `."""
    groups: list[str] = []
    measure: list[str] = []
    unit: Unit = ""
    base = ""
    every: set[str] = set()
    total = False
    segments = [s.strip() for s in _SEGMENTS.split(re.sub(r"#\d+$", "", name)) if s.strip()]
    for place, segment in enumerate(segments):
        tokens = _tokens(segment)
        spelled = [folded for folded, _ in tokens]
        every |= set(spelled)
        if not spelled or (len(segments) > 1 and _says_no_more(set(spelled))):
            total |= bool(w.TOTALS.intersection(spelled))
            continue
        if place and _LEVEL.fullmatch(segment) and is_group(numbered := f"{segments[place - 1].rstrip('s')} {segment}"):
            groups.append(numbered)  # `Grade / 3`
            continue
        if is_group(segment):
            groups.append(segment)
            continue
        unit, (first, last) = _unit(spelled, unit)
        rest = [t for i, t in enumerate(tokens) if first <= i < last]
        if (sign := next((i for i, (_, m) in enumerate(rest) if m[0] == "%"), 0)) and sign + 1 < len(rest):  # `L1_%TESTED`
            base = " ".join(t for t, _ in rest[sign + 1 :] if t not in w.OUTSIDE_GROUPS)
            rest = rest[:sign]
        if rest and len(rest) < len(tokens) and is_group(inner := rest[0][1].string[rest[0][1].start() : rest[-1][1].end()]):
            groups.append(inner)
            continue
        if len(rest) < len(tokens) and rest and rest[0][0] == "of":
            rest = rest[1:]
            if measure or groups or any(t[0] in w.DENOMINATORS or t[0] in w.OUTCOMES for t in rest[:1]):
                if not (measure or groups) and len(rest) > 1:
                    measure += [t for t, _ in rest if t not in w.OUTSIDE_GROUPS]
                elif unit == "percent":
                    base = " ".join(t for t, _ in rest)
                else:
                    measure += [t for t, _ in rest]
                continue
        group, others = _parted(segment, rest)
        if group:
            groups.append(group)
        measure += others
    if groups and measure == ["students"]:
        measure = []
    return Header(tuple(groups), " ".join(measure), unit, base, frozenset(every), total)


def is_group(text: str) -> bool:
    """Is this the name of a group, a grade, a period or an answer, as in a table with a group a column?"""
    text = text.strip()
    if _YEARS.fullmatch(text):
        return True
    spelled = [folded for folded, _ in _tokens(text)]
    if any(word in ("number", "percent") for word in spelled):
        return False
    bare = {
        t
        for t in spelled
        if t not in w.OUTSIDE_GROUPS and t not in ("more", "not", "non") and not t.isdigit() and not _ORDINAL.fullmatch(t)
    }
    numbered = any(t.isdigit() or _ORDINAL.fullmatch(t) for t in spelled)
    if not bare or not bare <= w.GROUPS or bare <= w.OUTCOMES:
        return False
    if bare <= _NAMED_NUMBERS | {"a"}:
        return numbered
    return bool(bare & (w.GROUPS - {"language", "race", "gender", "education", "income"}))


def is_total(label: str) -> bool:
    """Does a label or header mean all of its kind?"""
    said = w.words_of(label)
    return bool(said & w.TOTALS) and len(said) <= 4 and not said & w.NO_TOTALS


def _says_no_more(said: set[str]) -> bool:
    """Does one part of a header only say of what kind the groups are, that it is about all of them, or that there is a value?"""
    return said <= w.DIMENSIONS or said <= w.GENERIC or (bool(said & w.TOTALS) and said <= w.TOTALS | {"students", "student", "pupils"})


def _tokens(segment: str) -> list[tuple[str, re.Match[str]]]:
    """(folded word, where it stands), `#` and `%` said out."""
    spaced = _GLUED.sub(" ", CAMEL.sub(" ", segment))
    said = {"#": "number", "%": "percent"}
    return [(said.get(m[0], plain(m[0].replace("’", "'")).replace("'s", "").replace("'", "")), m) for m in _TOKEN.finditer(spaced)]


def _unit(spelled: list[str], before: Unit) -> tuple[Unit, tuple[int, int]]:
    """The unit that a segment tells, and the words between its words for it."""
    first, last, unit = 0, len(spelled), before
    kinds: list[Unit] = []
    while first < last and (kind := _kind(spelled, first)):
        kinds.append(kind)
        first += 1
    while last > first and (kind := _kind(spelled, last - 1)):
        kinds.append(kind)
        last -= 1
    inner = next((kind for i in range(first, last) if (kind := _kind(spelled, i)) == "percent"), "")
    if kinds:
        unit = kinds[0]
    elif inner and not unit:
        unit = "percent"
    return unit, (first, last)


def _kind(spelled: list[str], at: int) -> Unit:
    word = spelled[at]
    if word == "per":
        after = spelled[at + 1] if at + 1 < len(spelled) else ""
        return "percent" if at == len(spelled) - 1 or (at == 0 and after not in w.PER_WHAT) else ""
    if word in w.PERCENTAGES:
        return "percent"
    return "count" if word in w.COUNTS or (word == "no" and at == 0 and spelled[1:2] == ["of"]) else ""


def _parted(segment: str, tokens: list[tuple[str, re.Match[str]]]) -> tuple[str, list[str]]:
    """The name of a group in a segment, and the other words: `Black or African American Graduates`."""
    said = [t for t, _ in tokens]
    who = [i for i, t in enumerate(said) if t in w.WHO]
    if not who or any(t in w.MEASURES or t in w.THINGS for t in said):
        return ("", said)
    first, last = who[0], who[-1] + 1
    while first > 0 and said[first - 1] in w.ABOUT_WHO:
        first -= 1
    while last < len(said) and said[last] in w.ABOUT_WHO and said[last] not in ("students", "student"):
        last += 1
    while first < last - 1 and said[first] in w.OUTSIDE_GROUPS:
        first += 1
    if said[first] in ("students", "student") and first + 1 < last and said[first + 1] not in ("with", "in", "without"):
        first += 1
    while last - 1 > first and said[last - 1] in w.OUTSIDE_GROUPS:
        last -= 1
    if not all(t in w.ABOUT_WHO or t in w.WHO for t in said[first:last]):
        return ("", said)
    text = tokens[0][1].string
    label = text[tokens[first][1].start() : tokens[last - 1][1].end()].replace("_", " ")
    others = [t for i, t in enumerate(said) if not first <= i < last and t not in w.OUTSIDE_GROUPS]
    return label, others
