"""What is each column? Passes over the distinct values: roster match, header held against shape, patterns, corroboration by rows.

Each pass decides columns that no earlier one has decided and says why. People settle what detectors cannot
(`decisions`), `undecided` is an answer. Who a row is about stands in `identity`, free text in `prose`.
Sources: DESIGN.md's order of evidence; exact data match needs the column, not the cell, to agree on short numbers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from scanners import shapes, vocabulary
from scanners.columns import Column
from scanners.fold import identifier, plain
from scanners.header import listed, names_a_thing, never_an_id, words
from scanners.roster_index import Hit, RosterIndex

Flags = npt.NDArray[np.bool_]

ENTITY = {
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "address": "STREET_ADDRESS",
    "name": "PERSON",
    "id": "STUDENT_ID",
    "state_id": "STATE_ID",
    "username": "USER_NAME",
    "ssn": "US_SSN",
    "digest": "HASHED_IDENTIFIER",
}
TEXTUAL = frozenset({"communications", "student_work", "survey", "conduct", "special.medical", "assessment.observation"})


@dataclass(frozen=True)
class Evidence:
    """Why a detector says so: counts and a sentence, never a value."""

    detector: str
    entity_type: str
    accepted: Flags
    rationale: str
    confidence: float


@dataclass(frozen=True)
class Verdict:
    """One column's classification. `attribute` is set where its values identify people: `hits[value]` are the accepted ones.

    `role` is whose column it is by its header (None: each value's own person decides). `meaning` is an attribute or slug;
    `none` where the column is no student data.
    """

    column: Column
    meaning: str = "none"
    role: str | None = None
    confidence: float = 0.0
    hits: tuple[tuple[Hit, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    decided: bool = False

    @property
    def identifies(self) -> bool:
        return any(self.hits)


def classify(columns: list[Column], index: RosterIndex) -> list[Verdict]:
    """One verdict a column, in their order, from values and headers alone."""
    verdicts = [by_roster(column, index) for column in columns]
    verdicts = [v if v.decided else by_header(v, index.places) for v in verdicts]
    verdicts = [v if v.decided else by_pattern(v) for v in verdicts]
    return reject_collisions(verdicts, index)


# -- roster ---------------------------------------------------------------------------------------------------------------


def by_roster(column: Column, index: RosterIndex) -> Verdict:
    """Exact data match. An e-mail, digest or address of the roster decides alone; short numbers need the column to agree."""
    if not column.values:
        return Verdict(column)
    hits = [index.hits(value) for value in column.values]
    if _wants_unpadded(column, hits):
        hits = [h or index.zero_padded(v) for h, v in zip(hits, column.values, strict=True)]
    groups = Counter(_group(h) for found in hits if found for h in {_first(found)})
    for group in ("digest", "email", "ssn", "state_id", "id", "username", "phone", "address", "name"):
        if groups[group] and _accepted(column, group, groups[group], index):
            return _roster_verdict(column, group, hits, index)
    return Verdict(column)


def _first(found: tuple[Hit, ...]) -> Hit:
    return found[0]


def _group(hit: Hit) -> str:
    return "digest" if hit.derivation else hit.attribute


def _wants_unpadded(column: Column, hits: list[tuple[Hit, ...]]) -> bool:
    says_id = column.hint.meaning in ("id.local", "id.state")
    return says_id and shapes.share(column.values, lambda v: identifier(v).isdigit()) > 0.9 and sum(map(bool, hits)) < len(hits)


def _accepted(column: Column, group: str, matched: int, index: RosterIndex) -> bool:
    share = matched / len(column.values)
    says = column.hint.meaning
    if group in ("digest", "email", "address", "ssn"):
        return True
    if group in ("id", "state_id", "username"):
        return _id_accepted(column, share, matched, index)
    if group == "phone":
        return says == "phone" or (share >= 0.3 and not never_an_id(column.header) and shapes.share(column.values, shapes.is_phone) > 0.5)
    if _says_no_person(column):
        return False
    return share >= 0.3 or says in vocabulary.NAME or (matched >= 5 and shapes.share(column.values, shapes.is_name_like) > 0.6)


def _says_no_person(column: Column) -> bool:
    """Schools are called like people: a name counts under a header of people or none, not under `building` or `course`."""
    says = column.hint.meaning
    return names_a_thing(column.header) or (says is not None and says not in (*vocabulary.ATTRIBUTES, "enrollment.counselor"))


def _id_accepted(column: Column, share: float, matched: int, index: RosterIndex) -> bool:
    says_id = column.hint.meaning in ("id.local", "id.state", "id.provider", "id.username", "person") and not _about_things(column)
    if says_id:
        return share >= 0.02 or matched >= 3
    if never_an_id(column.header) or names_a_thing(column.header) or listed(column.header, "times") is not None:
        return False
    if column.hint.meaning in ("birth_date", "phone", "address"):
        return False
    known = [v for v in column.values if any(h.attribute in ("id", "state_id", "username") for h in index.hits(v))]
    opaque = [v for v in known if _opaque(v)]
    if opaque and len(opaque) / len(column.values) >= 0.02 and not shapes.share(column.values, shapes.is_date) > 0.8:
        return True
    long_numbers = [v for v in known if v.strip().isdigit() and len(v.strip()) >= 6]
    if shapes.share(column.values, shapes.is_date) > 0.9 and len(column.values) > 3:
        return share > 0.9 and column.hint.meaning is None and not column.hint.words
    return len(long_numbers) / len(column.values) >= 0.3 or (share >= 0.8 and matched >= 10)


def _opaque(value: str) -> bool:
    """Letters and digits together, or a UUID: not a word, not a number."""
    text = value.strip()
    return (len(text) >= 5 and any(c.isdigit() for c in text) and any(c.isalpha() for c in text)) or (
        "." in text.strip(".") and len(text) >= 6 and not shapes.is_number(text)
    )


def _about_things(column: Column) -> bool:
    """An id or name of a course, a device or a message, not of a person."""
    return column.hint.role is None and names_a_thing(column.header)


def _roster_verdict(column: Column, group: str, hits: list[tuple[Hit, ...]], index: RosterIndex) -> Verdict:
    wanted = {"id", "state_id", "username"} if group in ("id", "state_id", "username") else {group}
    accepted = tuple(tuple(h for h in found if _group(h) in wanted or (group == "email" and h.attribute == "username")) for found in hits)
    flags = np.array([bool(a) for a in accepted])
    role = column.hint.role
    kinds: Counter[str] = Counter(index.people[h.person].kind for a in accepted for h in a)
    meaning = _meaning_of_hits(column, accepted)
    matched = int(flags.sum())
    derivation = next((h.derivation for a in accepted for h in a if h.derivation), None) or column.derivation
    how = f", as {derivation}" if derivation else ""
    rationale = f"{matched:,} of {len(column.values):,} distinct values equal the roster's {_label(group)}{how} ({_kinds(kinds)})"
    evidence = Evidence("roster_match", ENTITY[group], flags, rationale, 1.0 if group != "name" else 0.9)
    extra = _header_evidence(column, flags)
    return Verdict(column, meaning, role, evidence.confidence, accepted, (evidence, *extra), True)


def _label(group: str) -> str:
    return {"digest": "e-mails and ids by their hash", "state_id": "state ids", "ssn": "SSNs", "address": "addresses"}.get(
        group, group + ("es" if group.endswith("s") else "s")
    )


def _kinds(kinds: Counter[str]) -> str:
    return ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())


def _meaning_of_hits(column: Column, accepted: tuple[tuple[Hit, ...], ...]) -> str:
    """The attribute most values match; a header that says `state id` or `user name` settles which id it is."""
    attributes = Counter(h.attribute for a in accepted if a for h in {a[0]})
    top = attributes.most_common(1)[0][0]
    said = column.hint.meaning
    if said == "id.username":
        return said if top == "id" and attributes_of(accepted, "username") >= 0.5 * sum(map(bool, accepted)) else top
    return said if top in ("id", "state_id", "username") and said in ("id.state", "id.local") else top


def attributes_of(accepted: tuple[tuple[Hit, ...], ...], attribute: str) -> int:
    """How many values have a hit by this attribute, be it not the first."""
    return sum(any(h.attribute == attribute for h in found) for found in accepted)


def _header_evidence(column: Column, flags: Flags) -> tuple[Evidence, ...]:
    if column.hint.meaning is None:
        return ()
    return (Evidence("header", "HEADER", np.ones_like(flags), f"the header says {column.hint.phrase or column.hint.role}", 0.5),)


def reject_collisions(verdicts: list[Verdict], index: RosterIndex) -> list[Verdict]:
    """A numeric column whose "ids" belong to other people than the row's e-mail, user name or long id is no id column."""
    strong = [v for v in verdicts if (v.identifies and v.meaning in ("email", "digest")) or (v.identifies and _is_sure_id(v))]
    if not strong:
        return verdicts
    people = _people_of_rows(strong[0], index)
    return [_checked(v, people, index) if _is_numeric_id(v) and v not in strong else v for v in verdicts]


def _is_sure_id(verdict: Verdict) -> bool:
    return verdict.column.hint.meaning in ("id.local", "id.state") and verdict.meaning in ("id", "id.local", "state_id", "id.state")


def _is_numeric_id(verdict: Verdict) -> bool:
    return (
        verdict.identifies
        and verdict.meaning in ("id", "state_id", "id.local")
        and shapes.share(verdict.column.values, shapes.is_number) > 0.5
    )


def _people_of_rows(verdict: Verdict, index: RosterIndex) -> npt.NDArray[np.int64]:
    own = np.array([found[0].person if len(found) == 1 else -1 for found in verdict.hits] + [-1], dtype=np.int64)
    return own[verdict.column.codes]


def _checked(verdict: Verdict, people: npt.NDArray[np.int64], index: RosterIndex) -> Verdict:
    own = _people_of_rows(verdict, index)
    both = (own >= 0) & (people >= 0)
    if both.sum() >= 3 and (own[both] == people[both]).mean() < 0.5 and not _related(own[both], people[both], index):
        return by_header(Verdict(verdict.column), index.places)
    return verdict


def _related(own: npt.NDArray[np.int64], people: npt.NDArray[np.int64], index: RosterIndex) -> bool:
    pairs = list(zip(own.tolist(), people.tolist(), strict=True))[:500]
    return sum(a in index.linked.get(b, ()) or b in index.linked.get(a, ()) for a, b in pairs) >= 0.5 * len(pairs)


# -- header ---------------------------------------------------------------------------------------------------------------


def by_header(verdict: Verdict, places: frozenset[str] = frozenset()) -> Verdict:
    """The header's word, if the values look like it. `places` are the plain names of schools, which are nobody's name."""
    column = verdict.column
    said = column.hint.meaning
    if said is None or not column.values or (said not in ("birth_date",) and _about_things(column) and said.startswith("id.")):
        return verdict
    meaning = _confirmed(said, column)
    if meaning in vocabulary.NAME and shapes.share(column.values, lambda v: plain(v) in places) >= 0.5:
        meaning = "enrollment.school"
    if meaning is None:
        return verdict
    flags = np.ones(len(column.values), bool)
    strength = min(0.95, 0.6 + 0.1 * column.hint.strength)
    evidence = Evidence(
        "header", "HEADER", flags, f"the header says {column.hint.phrase or column.hint.role}, and the values fit", strength
    )
    return replace(verdict, meaning=meaning, role=column.hint.role, confidence=strength, evidence=(evidence,), decided=True)


def _confirmed(said: str, column: Column) -> str | None:
    """The meaning that the values bear out, or None."""
    values, share = column.values, shapes.share
    flags = share(values, shapes.is_flag) == 1.0
    if said == "person":
        if share(values, shapes.is_name_like) >= 0.5:
            return "name.full"
        return "id.provider" if share(values, shapes.is_id_like) >= 0.8 else None
    if said in ("name.full", "name.given", "name.family", "name.middle"):
        return (
            said
            if share(values, _is_wordy) >= 0.7 and not flags and not share(values, shapes.is_email) > 0.2 and _named_well(said, column)
            else None
        )
    if said in CHECKS:
        shape, least = CHECKS[said]
        return said if share(values, shape) >= least else None
    if said == "enrollment.grade_level":
        if share(values, shapes.is_grade_level) >= 0.8:
            return said
        return "transcript.grade" if share(values, shapes.is_letter_grade) >= 0.8 else None
    if said in ("assessment.score", "performance.in_app", "transcript.grade", "geolocation") and share(values, shapes.is_text) > 0.5:
        return None
    if said in (*vocabulary.MEASURED, "conduct") and share(values, shapes.is_date) > 0.5:
        return None
    if said in ("student_work", "communications", "survey", "assessment.observation") and share(values, shapes.is_number) > 0.5:
        return "transcript.grade" if said == "student_work" else said if said == "survey" else None
    if said in ("enrollment.school", "enrollment.homeroom", "schedule.course", "demographics.language") and flags:
        return None
    return said


def _named_well(said: str, column: Column) -> bool:
    """A bare `name` or `first` is a person's only where the header says whose, or most values look like people."""
    if column.hint.role is not None or column.hint.strength >= 2 or said in ("name.given", "name.family"):
        return not _about_things(column)
    table = words(column.path.removesuffix(column.header))[-1:]
    return not _about_things(column) and not (table and names_a_thing(table[0])) and shapes.share(column.values, shapes.is_name_like) >= 0.5


def _is_wordy(value: str) -> bool:
    return any(c.isalpha() for c in value) and not any(c.isdigit() for c in value) and len(value.split()) <= 6


def _is_token(value: str) -> bool:
    return len(value) <= 80 and not any(c.isspace() for c in value.strip())


CHECKS = {
    "email": (shapes.is_email, 0.5),
    "phone": (shapes.is_phone, 0.5),
    "ssn": (lambda v: shapes.is_ssn(v) or (v.strip().isdigit() and len(v.strip()) == 9), 0.5),
    "birth_date": (lambda v: shapes.is_date(v), 0.5),
    "address": (lambda v: not shapes.is_flag(v), 0.9),
    "id.local": (_is_token, 0.9),
    "id.state": (lambda v: _is_token(v) and any(c.isdigit() for c in v), 0.5),
    "id.provider": (
        lambda v: (_is_token(v) and any(c.isdigit() for c in v) and len(v.strip()) >= 2 and not shapes.is_date(v)) or shapes.is_email(v),
        0.7,
    ),
    "id.username": (lambda v: _is_token(v) and not shapes.is_flag(v) and not shapes.is_date(v) and any(c.isalpha() for c in v), 0.8),
    "password": (lambda v: _is_token(v) and not shapes.is_flag(v), 0.5),
    "gender": (lambda v: (len(v) <= 24 and not shapes.is_number(v)) or v.strip() in "0123", 0.9),
    "application.ip": (shapes.is_ip, 0.5),
    "geolocation": (lambda v: any(c.isdigit() for c in v), 0.5),
    "enrollment.graduation_year": (lambda v: any(c.isdigit() for c in v), 0.8),
}


# -- patterns -------------------------------------------------------------------------------------------------------------


def by_pattern(verdict: Verdict) -> Verdict:
    """Values that tell what they are under any header: e-mail, SSN, grouped phone numbers, IP addresses."""
    column = verdict.column
    if not column.values:
        return verdict
    for meaning, entity, shape, least in PATTERNS:
        flags = np.array([shape(v) for v in column.values])
        if flags.mean() >= least and not (meaning == "phone" and never_an_id(column.header)):
            rationale = f"{int(flags.sum()):,} of {len(flags):,} distinct values have the shape of {entity.lower()}"
            evidence = Evidence("pattern", entity, flags, rationale, 0.85)
            return replace(verdict, meaning=meaning, role=column.hint.role, confidence=0.85, evidence=(evidence,), decided=True)
    return verdict


PATTERNS = (
    ("email", "EMAIL_ADDRESS", shapes.is_email, 0.5),
    ("ssn", "US_SSN", shapes.is_ssn, 0.5),
    ("phone", "PHONE_NUMBER", shapes.is_formatted_phone, 0.6),
    ("application.ip", "IP_ADDRESS", shapes.is_ip, 0.8),
)
