"""People in free text: which columns to read, whom the roster knows in them, and names that no roster holds.

Works on distinct values. Mentions of the roster's people are sightings of their own; other names are findings about a field,
and two distinct ones are needed before they say what the field is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from scanners import contexts, shapes, vocabulary
from scanners.classify import TEXTUAL, Evidence, Flags, Verdict
from scanners.detectors.found import Finds, Found
from scanners.fold import plain
from scanners.roster_index import Hit, Mention, RosterIndex, is_bare_time

STAND_IN = "Robin Doe"
FEWEST_DIGITS = 5  # of a driver's license; a phone number has seven and more
NAMED_ALONE = "The student is {}."
DETECTOR = {
    "PERSON": "spacy",
    "PHONE_NUMBER": "phone",
    "US_SSN": "ssn",
    "EMAIL_ADDRESS": "email",
    "STREET_ADDRESS": "street_address",
    "CREDIT_CARD": "credit_card",
    "IBAN_CODE": "iban",
    "US_DRIVER_LICENSE": "driver_license",
    "US_PASSPORT": "passport",
    "PASSWORD": "password",
}

ABBREVIATION = re.compile(r"\b(?:[B-DF-HJ-NP-TV-XZ]{3,}|[A-Z]*Q(?!U)[A-Z]*)\b")
"""Three capitals and more without a vowel, or a Q without its U: no name, not even in capitals."""

WHOSE_NAME = ("guardian_name", "guardian_id", "staff_name", "staff_id", "schedule.teacher", "enrollment.counselor")
UNTOLD = ("URL", "IP_ADDRESS")
"""Found only to keep them from being taken for something else."""

SAYS_WHO = frozenset({"none", "digest", *vocabulary.ATTRIBUTES, *vocabulary.IDENTITY, *WHOSE_NAME}) - {
    *("address", "phone", "student_contact.address", "student_contact.phone"),
}
"""What a field can be settled as whose values name nobody but whom the field is about; or as nobody's."""

PLACE = re.compile(
    r"(?:'s?)?\s+(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|boulevard|way|pl|place|cir|circle|ter|terrace|pkwy|parkway"
    r"|hwy|highway|trl|trail|loop|sq|square|row|run|path|park|elementary|primary|middle|intermediate|jr|junior|senior|high|school|academy"
    r"|college|campus|center|centre|hall|building|bldg|library|gym|gymnasium|stadium|field|bridge|house|memorial|community|charter|es|ms|hs)\b"
)
"""After a name: a street or building that is called after its bearer."""

CERTAIN = ("US_SSN", "EMAIL_ADDRESS")
Candidates = tuple[Hit, ...]


class Analyzer(Protocol):
    """`fewest_digits`: texts with fewer differ by their numbers in nothing that it could find."""

    fewest_digits: int

    def analyze(self, texts: Sequence[str]) -> Iterable[Finds]: ...


@dataclass(frozen=True)
class Reading:
    """What free text shows in one column: for each distinct value the roster's people in it, and the evidence of the field.

    `mentions` are settled: one hit each. `open` are those that fit several people, each with all of them; the row may settle who.
    """

    verdict: Verdict
    mentions: tuple[tuple[Hit, ...], ...]
    evidence: tuple[Evidence, ...]
    names: int  # distinct values with a name that nobody on the roster has
    certain: int  # distinct values with an SSN or an e-mail of nobody on the roster
    open: tuple[tuple[Candidates, ...], ...]
    elements: tuple[tuple[str, Flags], ...] = ()  # data elements of the row's student by what was found, one flag a distinct value each
    gave_up: tuple[str, ...] = ()  # detectors that did not finish: the column was read in part


def partly(of_columns: Iterable[tuple[str, ...]], readings: Iterable[Reading]) -> str | None:
    """Why a table was read in part, by the detectors that did not finish on its columns or on its free text; or None."""
    names = {name for gave_up in (*of_columns, *(reading.gave_up for reading in readings)) for name in gave_up}
    return f"a detector ran out of time or failed: {', '.join(sorted(names))}" if names else None


def read(verdict: Verdict, index: RosterIndex, analyzer: Callable[[], Analyzer], names: bool, before: str = "") -> Reading | None:
    """Read a column's distinct values as prose; None where it is no column to read.

    `names`: whether to look for names that are not on the roster (the slow part; pointless on machine-made lines). `before`: the words
    that a program's sentence has before these values, where a reader took them out of it; they are read with them, whatever the column is.
    """
    values = verdict.column.values
    if not values:
        return None
    if verdict.identifies or (verdict.decided and verdict.meaning not in TEXTUAL and not before):
        return _beside_its_own(verdict, index)
    texts = [before + value for value in values] if before else values
    named = [UNNAMED] * len(texts)
    wordy = [i for i, text in enumerate(texts) if not (text.isdigit() or is_bare_time(text))]  # a bare id is no mention
    for i, found in zip(wordy, index.mentions_of([texts[i] for i in wordy]), strict=True):
        if found:
            named[i] = _mentioned(index, texts[i], found)
    mentions, open_ = tuple(settled for settled, _ in named), tuple(several for _, several in named)
    evidence = _mention_evidence(mentions, open_)
    told = _recognised(values, analyzer(), index) if names and _worth_reading(verdict) else Told()
    results, gave_up = told.flags, tuple(told.gave_up)
    for (detector, entity), flags in results.items():
        rationale = f"{int(flags.sum()):,} of {len(values):,} distinct values hold {_article(entity)}"
        evidence.append(Evidence(detector, entity, flags, rationale, 0.6 if entity == "PERSON" else 0.8))
    if not evidence and not gave_up:
        return None
    by_entity = {entity: int(np.any([f for (_, e), f in results.items() if e == entity], axis=0).sum()) for _, entity in results}
    certain = sum(by_entity.get(entity, 0) for entity in CERTAIN)
    return Reading(verdict, mentions, tuple(evidence), by_entity.get("PERSON", 0), certain, open_, tuple(told.elements.items()), gave_up)


def _beside_its_own(verdict: Verdict, index: RosterIndex) -> Reading | None:
    """Whom the values of a settled field name besides what the field is: `c/o Jane Doe` in an address, `Jane Doe (aunt)` after a phone.

    Only names and e-mails: a house number is no id. A street or a school that is called like somebody names nobody, nor does a cell
    that holds the name alone, where the field is neither an address nor a phone.
    """
    if not verdict.decided or verdict.meaning in SAYS_WHO:
        return None
    values = verdict.column.values
    hits = verdict.hits or ((),) * len(values)
    asked = [i for i, v in enumerate(values) if not hits[i] and " " in v and not is_bare_time(v) and plain(v) not in index.places]
    named = [UNNAMED] * len(values)
    for i, found in zip(asked, index.mentions_of([values[i] for i in asked]), strict=True):
        text = plain(values[i])
        if people := [m for m in found if m.hits[0].attribute in ("name", "email") and not _is_place(text, m, verdict.meaning)]:
            named[i] = _mentioned(index, values[i], people)
    mentions, open_ = tuple(settled for settled, _ in named), tuple(several for _, several in named)
    evidence = _mention_evidence(mentions, open_)
    return Reading(verdict, mentions, tuple(evidence), 0, 0, open_) if evidence else None


def _is_place(text: str, mention: Mention, meaning: str) -> bool:
    alone = mention.end - mention.start == len(text.strip())
    return PLACE.match(text, mention.end) is not None or (alone and not meaning.endswith(("address", "phone")))


def _article(entity: str) -> str:
    return {
        "PERSON": "a name of somebody who is not on the roster",
        "STREET_ADDRESS": "a street address",
        "CREDIT_CARD": "a card number with a valid check digit",
        "IBAN_CODE": "an account number with valid check digits",
        "US_SSN": "a US SSN",
        "EMAIL_ADDRESS": "an email address",
        "US_DRIVER_LICENSE": "a driver's license number",
        "US_PASSPORT": "a passport number",
    }.get(entity, f"a {entity.lower().replace('_', ' ')}")


UNNAMED: tuple[tuple[Hit, ...], tuple[Candidates, ...]] = ((), ())


def _mentioned(index: RosterIndex, value: str, mentions: Sequence[Mention]) -> tuple[tuple[Hit, ...], tuple[Candidates, ...]]:
    """The mentions that fit one person, or one student among several kinds of people; and those that fit several, with all of them.

    A bare id that fills its cell is no mention: whether the column holds ids was decided by the column.
    """
    settled: dict[Hit, None] = {}
    several: dict[Candidates, None] = {}
    for mention in mentions:
        if mention.hits[0].attribute != "name" and mention.end - mention.start >= len(value.strip()):
            continue
        people = {h.person: h for h in mention.hits}
        students = {p: h for p, h in people.items() if index.people[p].kind == "student"}
        chosen = people if len(people) == 1 else students or people
        if len(chosen) == 1:
            settled |= dict.fromkeys(chosen.values())
        else:
            several[tuple(chosen.values())] = None
    return tuple(settled), tuple(several)


def _mention_evidence(mentions: Sequence[tuple[Hit, ...]], open_: Sequence[tuple[Candidates, ...]]) -> list[Evidence]:
    found = np.array([bool(settled or several) for settled, several in zip(mentions, open_, strict=True)], bool)
    if not found.any():
        return []
    people = {h.person for hits in mentions for h in hits} | {h.person for several in open_ for hits in several for h in hits}
    rationale = f"{int(found.sum()):,} of {len(found):,} distinct values mention {len(people):,} people of the roster"
    if any(open_):
        rationale += f"; in {sum(map(bool, open_)):,} a name fits several of them"
    return [Evidence("roster_mention", "ROSTER_MENTION", found, rationale, 0.9)]


def _worth_reading(verdict: Verdict) -> bool:
    values = verdict.column.values
    if verdict.column.derivation or shapes.share(values, shapes.is_number) > 0.5 or shapes.share(values, shapes.is_url) > 0.5:
        return False
    return shapes.share(values, shapes.is_text) >= 0.2 or shapes.share(values, shapes.is_name_like) >= 0.6


@dataclass
class Told:
    """What the detectors say of a column: by detector and entity, and by data element, one flag a value; and who gave up."""

    flags: dict[tuple[str, str], Flags] = field(default_factory=dict)
    elements: dict[str, Flags] = field(default_factory=dict)
    gave_up: dict[str, None] = field(default_factory=dict)


def _recognised(values: Sequence[str], analyzer: Analyzer, index: RosterIndex) -> Told:
    """Values that differ in known names alone, or in numbers too short to be anything, are read once."""
    told = Told()
    flags = told.flags
    by_text: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        by_text.setdefault(masked(_spoken(value), index, analyzer.fewest_digits), []).append(i)
    known_names: dict[str, list[tuple[int, int]]] = {}
    for text, finds in zip(by_text, analyzer.analyze(list(by_text)), strict=True):
        told.gave_up |= dict.fromkeys(finds.gave_up)
        known_names[text] = [match.span() for match in re.finditer(STAND_IN, text)]
        for it in finds.found:
            if it.entity_type not in UNTOLD and _plausible(it, text):
                name = DETECTOR.get(it.entity_type, it.detector)
                flags.setdefault((name, it.entity_type), np.zeros(len(values), bool))[by_text[text]] = True
                if it.data_element:
                    told.elements.setdefault(it.data_element, np.zeros(len(values), bool))[by_text[text]] = True
                known_names[text] += [(it.start, it.end)] if it.entity_type == "PERSON" else []
    for text in contexts.alike({text: len(found) for text, found in by_text.items()}, known_names):
        flags.setdefault(("context", "PERSON"), np.zeros(len(values), bool))[by_text[text]] = True
    return told


def _spoken(value: str) -> str:
    """A name that fills a cell, in a sentence: recognition needs one. Capitals are title-cased."""
    if not shapes.is_name_like(value):
        return value
    return NAMED_ALONE.format(value.strip().title() if value.isupper() else value.strip())


def masked(text: str, index: RosterIndex, fewest_digits: int = FEWEST_DIGITS) -> str:
    """The text with one stand-in for every person of the roster and, where no phone or SSN can hide in it, one digit for all."""
    mentions = list(index.mentions(text))
    if mentions and len(plain(text)) != len(text):
        text = plain(text)  # its positions are what the mentions have
    for mention in reversed(mentions):
        text = text[: mention.start] + STAND_IN + text[mention.end :]
    return re.sub(r"\d+", "0", text) if sum(c.isdigit() for c in text) < fewest_digits else text


def _plausible(it: Found, text: str) -> bool:
    """Not the stand-in; and a person's name has two words, none of them an abbreviation such as FTP or IRQ."""
    span = text[it.start : it.end]
    return STAND_IN not in span and (it.entity_type != "PERSON" or (shapes.is_name_like(span) and not ABBREVIATION.search(span)))
