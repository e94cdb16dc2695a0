"""People in free text: which columns to read, whom the roster knows in them, and names that no roster holds.

Works on distinct values. Mentions of the roster's people are sightings of their own; other names are findings about a field,
and two distinct ones are needed before they say what the field is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from scanners import shapes
from scanners.classify import TEXTUAL, Evidence, Flags, Verdict
from scanners.fold import plain
from scanners.roster_index import Hit, RosterIndex

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult  # seconds to import, and only needed where there is prose

STAND_IN = "Robin Doe"
FEWEST_DIGITS = 7  # of a phone number; an SSN has nine
NAMED_ALONE = "The student is {}."
DETECTOR = {"PERSON": "spacy", "PHONE_NUMBER": "presidio_phone", "US_SSN": "presidio_ssn", "EMAIL_ADDRESS": "presidio_email"}


class Analyzer(Protocol):
    def analyze(self, texts: Sequence[str]) -> Iterable[list[RecognizerResult]]: ...


@dataclass(frozen=True)
class Reading:
    """What free text shows in one column: for each distinct value the roster's people in it, and the evidence of the field."""

    verdict: Verdict
    mentions: tuple[tuple[Hit, ...], ...]
    evidence: tuple[Evidence, ...]
    names: int  # distinct values with a name that nobody on the roster has
    certain: int  # distinct values with an SSN, a phone or an e-mail of nobody on the roster


def read(verdict: Verdict, index: RosterIndex, analyzer: Callable[[], Analyzer], names: bool) -> Reading | None:
    """Read a column's distinct values as prose; None where it is no column to read.

    `names`: whether to look for names that are not on the roster (the slow part; pointless on machine-made lines).
    """
    values = verdict.column.values
    if not values or (verdict.decided and verdict.meaning not in TEXTUAL) or verdict.identifies:
        return None
    mentions = tuple(_unique(index, value) for value in values)
    found = np.array([bool(m) for m in mentions])
    evidence = [_mention_evidence(mentions, found)] if found.any() else []
    results = _recognised(values, analyzer, index) if names and _worth_reading(verdict) else {}
    for entity, flags in results.items():
        rationale = f"{int(flags.sum()):,} of {len(values):,} distinct values hold {_article(entity)}"
        evidence.append(Evidence(DETECTOR[entity], entity, flags, rationale, 0.6 if entity == "PERSON" else 0.8))
    if not evidence:
        return None
    persons = int(results["PERSON"].sum()) if "PERSON" in results else 0
    certain = sum(int(f.sum()) for e, f in results.items() if e in ("US_SSN", "EMAIL_ADDRESS"))
    return Reading(verdict, mentions, tuple(evidence), persons, certain)


def _article(entity: str) -> str:
    return {"PERSON": "a name of somebody who is not on the roster"}.get(entity, f"a {entity.lower().replace('_', ' ')}")


def _unique(index: RosterIndex, value: str) -> tuple[Hit, ...]:
    """One hit a mention: the only person, or the only student where a name fits several kinds of people.

    A bare id that fills its cell is no mention: whether the column holds ids was decided by the column.
    """
    hits: dict[Hit, None] = {}
    for mention in index.mentions(value):
        if mention.hits[0].attribute != "name" and mention.end - mention.start >= len(value.strip()):
            continue
        people = {h.person: h for h in mention.hits}
        students = {p: h for p, h in people.items() if index.people[p].kind == "student"}
        chosen = people if len(people) == 1 else students if len(students) == 1 else {}
        hits |= dict.fromkeys(chosen.values())
    return tuple(hits)


def _mention_evidence(mentions: tuple[tuple[Hit, ...], ...], found: Flags) -> Evidence:
    people = {h.person for m in mentions for h in m}
    rationale = f"{int(found.sum()):,} of {len(found):,} distinct values mention {len(people):,} people of the roster"
    return Evidence("roster_mention", "ROSTER_MENTION", found, rationale, 0.9)


def _worth_reading(verdict: Verdict) -> bool:
    values = verdict.column.values
    if verdict.column.derivation or shapes.share(values, shapes.is_number) > 0.5 or shapes.share(values, shapes.is_url) > 0.5:
        return False
    return shapes.share(values, shapes.is_text) >= 0.2 or shapes.share(values, shapes.is_name_like) >= 0.6


def _recognised(values: Sequence[str], analyzer: Callable[[], Analyzer], index: RosterIndex) -> dict[str, Flags]:
    """One flag a value for each entity. Values that differ in known names and numbers alone are read once."""
    flags: dict[str, Flags] = {}
    by_text: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        by_text.setdefault(masked(_spoken(value), index), []).append(i)
    for text, found in zip(by_text, analyzer().analyze(list(by_text)), strict=True):
        for result in found:
            if result.entity_type in DETECTOR and not _known(result, found, text) and _plausible(result, text, index):
                flags.setdefault(result.entity_type, np.zeros(len(values), bool))[by_text[text]] = True
    return flags


def _spoken(value: str) -> str:
    """A name that fills a cell, in a sentence: recognition needs one. Capitals are title-cased."""
    if not shapes.is_name_like(value):
        return value
    return NAMED_ALONE.format(value.strip().title() if value.isupper() else value.strip())


def masked(text: str, index: RosterIndex) -> str:
    """The text with one stand-in for every person of the roster and, where no phone or SSN can hide in it, one digit for all."""
    if len(plain(text)) == len(text):
        for mention in reversed(list(index.mentions(text))):
            text = text[: mention.start] + STAND_IN + text[mention.end :]
    return re.sub(r"\d+", "0", text) if sum(c.isdigit() for c in text) < FEWEST_DIGITS else text


def _known(result: RecognizerResult, found: Sequence[RecognizerResult], text: str) -> bool:
    """Is this the roster's own person, by the recognizer or by the stand-in?"""
    if STAND_IN in text[result.start : result.end]:
        return True
    return any(r.entity_type.startswith("ROSTER_") and result.start < r.end and r.start < result.end for r in found)


def _plausible(result: RecognizerResult, text: str, index: RosterIndex) -> bool:
    """A name has two words and is not the district's own building or office."""
    if result.entity_type != "PERSON":
        return bool(result.score >= 0.4)
    name = text[result.start : result.end]
    return shapes.is_name_like(name) and not any(plain(name) in place or place in plain(name) for place in index.places)
