"""What is each column? Passes over the distinct values: roster match, header held against shape, patterns, corroboration by rows.

Each pass decides columns that no earlier one has decided and says why. People settle what detectors cannot
(`decisions`), `undecided` is an answer. Who a row is about stands in `identity`, free text in `prose`.
Sources: DESIGN.md's order of evidence; exact data match needs the column, not the cell, to agree on short numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from scanners import passwords, shapes, vocabulary
from scanners.codes import codes_of, elements_of
from scanners.columns import Column
from scanners.fold import as_day, identifier, plain
from scanners.header import expanded, lexicon, listed, names_a_thing, never_an_id, of_a_place, words
from scanners.roster_index import Hit, RosterIndex

Flags = npt.NDArray[np.bool_]
FEWEST_AGAINST = 3  # values that outweigh what a header says

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


DOUBT = 0.3
"""The confidence of a finding that settles nothing."""

LONG_NUMBER = 6
"""Digits of an id that is told from scores, rooms and counts."""


@dataclass(frozen=True)
class Evidence:
    """Why a detector says so: counts and a sentence, never a value."""

    detector: str
    entity_type: str
    accepted: Flags
    rationale: str
    confidence: float
    element: str | None = None  # what these values are, where a column's values are several elements


@dataclass(frozen=True)
class Verdict:
    """One column's classification. `attribute` is set where its values identify people: `hits[value]` are the accepted ones.

    `role` is whose column it is by its header (None: each value's own person decides). `meaning` is an attribute or slug;
    `none` where the column is no student data. `elements`: a column of flags of several elements, one flag a distinct value each;
    `meaning` is then the one that most rows have.
    """

    column: Column
    meaning: str = "none"
    role: str | None = None
    confidence: float = 0.0
    hits: tuple[tuple[Hit, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    decided: bool = False
    elements: tuple[tuple[str, Flags], ...] = ()

    @property
    def identifies(self) -> bool:
        return any(self.hits)


def classify(columns: list[Column], index: RosterIndex) -> list[Verdict]:
    """One verdict a column, in their order, from values and headers alone."""
    verdicts = [by_roster(column, index) for column in columns]
    verdicts = [v if v.decided else by_header(v, index.places) for v in verdicts]
    verdicts = [v if v.decided else by_pattern(v) for v in verdicts]
    verdicts = [v if v.decided else by_people(v, index) for v in verdicts]
    if any(v.decided and (v.identifies or v.meaning in vocabulary.IDENTIFYING) for v in verdicts):
        verdicts = by_passwords([by_codes(v) for v in verdicts])
    verdicts = of_contacts(by_theme(of_things(without_record_ids(verdicts), index)))
    return reject_collisions(with_owner(verdicts, index), index)


# -- roster ---------------------------------------------------------------------------------------------------------------


def by_roster(column: Column, index: RosterIndex) -> Verdict:
    """Exact data match. An e-mail, digest or address of the roster decides alone; short numbers need the column to agree."""
    if not column.values:
        return Verdict(column)
    hits = index.hits_of(column.values)
    if _wants_unpadded(column, hits):
        hits = [h or index.zero_padded(v) for h, v in zip(hits, column.values, strict=True)]
    groups = Counter(h.group for found in hits if found for h in {_first(found)})
    for group in ("digest", "email", "ssn", "state_id", "id", "username", "phone", "address", "name"):
        if groups[group] and _accepted(column, group, groups[group], hits):
            return _roster_verdict(column, group, hits, index)
    return Verdict(column, evidence=_too_few(column, hits))


def _too_few(column: Column, hits: list[tuple[Hit, ...]]) -> tuple[Evidence, ...]:
    """Ids of the roster, long or opaque ones, in a column that does not look like one of ids: nothing is claimed, people may look."""
    flags = np.array(
        [
            bool(found) and found[0].attribute in ("id", "state_id", "username") and _told_apart(v)
            for v, found in zip(column.values, hits, strict=True)
        ]
    )
    if not flags.any() or listed(column.header, "times") is not None or shapes.share(column.values, shapes.is_date) > 0.5:
        return ()
    rationale = f"{int(flags.sum()):,} of {len(flags):,} distinct values equal ids of the roster: too few to call it a column of ids"
    return (Evidence("roster_match", "STUDENT_ID", flags, rationale, DOUBT),)


def _told_apart(value: str) -> bool:
    return _opaque(value) or (value.strip().isdigit() and len(value.strip()) >= LONG_NUMBER)


def _first(found: tuple[Hit, ...]) -> Hit:
    return found[0]


def _wants_unpadded(column: Column, hits: list[tuple[Hit, ...]]) -> bool:
    says_id = column.hint.meaning in ("id.local", "id.state")
    return says_id and shapes.share(column.values, lambda v: identifier(v).isdigit()) > 0.9 and sum(map(bool, hits)) < len(hits)


def _accepted(column: Column, group: str, matched: int, hits: list[tuple[Hit, ...]]) -> bool:
    share = matched / len(column.values)
    says = column.hint.meaning
    if group in ("digest", "email", "address", "ssn"):
        return True
    if group in ("id", "state_id", "username"):
        return _id_accepted(column, share, matched, hits)
    if group == "phone":
        return says == "phone" or (share >= 0.3 and not never_an_id(column.header) and shapes.share(column.values, shapes.is_phone) > 0.5)
    if _says_no_person(column):
        return False
    return share >= 0.3 or says in vocabulary.NAME or (matched >= 5 and shapes.share(column.values, shapes.is_name_like) > 0.6)


def _says_no_person(column: Column) -> bool:
    """Schools are called like people: a name counts under a header of people or none, not under `building` or `course`."""
    says = column.hint.meaning
    if says == "transportation" and column.hint.words in RIDERS:
        return False
    return names_a_thing(column.header) or (says is not None and says not in (*vocabulary.ATTRIBUTES, "enrollment.counselor"))


RIDERS = (("rider",), ("riders",))
"""A word that heads a list of names as often as a column of yes and no."""


def _id_accepted(column: Column, share: float, matched: int, hits: list[tuple[Hit, ...]]) -> bool:
    says_id = column.hint.meaning in ("id.local", "id.state", "id.provider", "id.username", "person") and not _about_things(column)
    if says_id:
        return share >= 0.02 or matched >= 3
    if never_an_id(column.header) or names_a_thing(column.header) or listed(column.header, "times") is not None:
        return False
    if column.hint.meaning in ("birth_date", "phone", "address"):
        return False
    known = [v for v, found in zip(column.values, hits, strict=True) if any(h.attribute in ("id", "state_id", "username") for h in found)]
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
    accepted = tuple(tuple(h for h in found if h.group in wanted or (group == "email" and h.attribute == "username")) for found in hits)
    flags = np.array([bool(a) for a in accepted])
    kinds: Counter[str] = Counter(index.people[h.person].kind for a in accepted for h in a)
    role = None if _contradicts(column.hint.role, group, kinds) else column.hint.role
    meaning = _meaning_of_hits(column, accepted)
    matched = int(flags.sum())
    derivation = next((h.derivation for a in accepted for h in a if h.derivation), None) or column.derivation
    how = f", as {derivation}" if derivation else ""
    rationale = f"{matched:,} of {len(column.values):,} distinct values equal the roster's {_label(group)}{how} ({_kinds(kinds)})"
    evidence = Evidence(
        "roster_digest" if group == "digest" else "roster_match", ENTITY[group], flags, rationale, 1.0 if group != "name" else 0.9
    )
    extra = (*_header_evidence(column, flags), *(credentials(column, matched) if meaning == "password" else ()))
    return Verdict(column, meaning, role, evidence.confidence, accepted, (evidence, *extra), True)


def _contradicts(role: str | None, group: str, kinds: Counter[str]) -> bool:
    """`Employee ID` in a list of students: nobody on the staff has such an id."""
    return role == "staff" and group not in ("name", "phone", "address") and not kinds["staff"] and kinds["student"] >= FEWEST_AGAINST


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
    if said == "password" and "pin" not in column.hint.words:
        return said
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


def credentials(column: Column, ids: int) -> tuple[Evidence, ...]:
    """What is wrong with a column of passwords: in clear text, used again, equal to an id."""
    clear = np.array([not shapes.is_digest(v) for v in column.values])
    again = int((column.counts > 1).sum())
    how = (
        f"{int(clear.sum()):,} of {len(clear):,} distinct passwords in clear text, {again:,} in several rows, {ids:,} equal to a roster id"
    )
    return (Evidence("credential", "PASSWORD", clear, how, 0.9),) if clear.any() else ()


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
        return replace(verdict, evidence=(*verdict.evidence, *_not_borne_out(column)))
    flags = np.ones(len(column.values), bool)
    strength = min(0.95, 0.6 + 0.1 * column.hint.strength)
    evidence = Evidence(
        "header", "HEADER", flags, f"the header says {column.hint.phrase or column.hint.role}, and the values fit", strength
    )
    more = credentials(column, 0) if meaning == "password" else ()
    return replace(verdict, meaning=meaning, role=column.hint.role, confidence=strength, evidence=(evidence, *more), decided=True)


def _not_borne_out(column: Column) -> tuple[Evidence, ...]:
    """A header of two words and more that plainly says what its values do not look like: for people to look at."""
    if len(column.values) < FEWEST_NAMES or column.hint.strength < 2 or _about_things(column):
        return ()
    flags = np.zeros(len(column.values), bool)
    return (Evidence("header", "HEADER", flags, f"the header says {column.hint.phrase}, but the values do not look like it", DOUBT),)


def _confirmed(said: str, column: Column) -> str | None:
    """The meaning that the values bear out, or None."""
    values, share = column.values, shapes.share
    flags = share(values, shapes.is_flag) == 1.0
    if said == "transportation" and column.hint.words in RIDERS and share(values, shapes.is_name_like) >= 0.5:
        return "name.full"
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
    if said in ("address", "phone") and of_a_place(column.header):
        return None
    if said.startswith("id.") and never_an_id(" ".join(w for w in column.hint.rest if w != "code")):
        return None
    if column.hint.phrase in PIECES_OF_WORK and share(values, shapes.is_letter_grade) < 0.5:
        return None
    if said.startswith("id.") and share(values, shapes.is_ssn) >= 0.9:
        return "ssn"
    if said == "email" and share(values, shapes.is_digest) >= 0.8:
        return said
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


PIECES_OF_WORK = ("quiz", "homework", "test", "unit test", "chapter test", "lab", "midterm", "project", "letter")
"""Columns of a gradebook, where their values are marks."""


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
    "ssn": (lambda v: shapes.is_ssn(v) or shapes.is_itin(v) or (v.strip().isdigit() and len(v.strip()) in (4, 9)), 0.5),
    "birth_date": (shapes.is_birth_day, 0.5),
    "address": (lambda v: not shapes.is_flag(v), 0.9),
    "id.local": (_is_token, 0.9),
    "id.state": (lambda v: _is_token(v) and any(c.isdigit() for c in v), 0.5),
    "id.provider": (
        lambda v: (
            (_is_token(v) and any(c.isdigit() for c in v) and len(v.strip()) >= 2 and not shapes.is_date(v) and not v.startswith("arn:"))
            or shapes.is_email(v)
        ),
        0.7,
    ),
    "id.username": (lambda v: _is_token(v) and not shapes.is_flag(v) and not shapes.is_date(v) and any(c.isalpha() for c in v), 0.8),
    "password": (lambda v: _is_token(v) and not shapes.is_flag(v), 0.5),
    "gender": (shapes.is_gender, 0.9),
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
        if shapes.share(column.values, shape) < least - 0.1:  # of a sample: spares a look at every value
            continue
        flags = np.array([shape(v) for v in column.values])
        if entity in AFTER_WORDS and AFTER_WORDS[entity].isdisjoint(words(column.header)):
            continue
        if flags.mean() >= least and not (meaning in ("phone", "address") and _of_no_person(column)):
            rationale = f"{int(flags.sum()):,} of {len(flags):,} distinct values have the shape of {entity.lower()}"
            evidence = Evidence("pattern", entity, flags, rationale, 0.85)
            return replace(verdict, meaning=meaning, role=column.hint.role, confidence=0.85, evidence=(evidence,), decided=True)
    return verdict


def _of_no_person(column: Column) -> bool:
    return (
        column.hint.nothing
        or never_an_id(column.header)
        or of_a_place(column.header)
        or (column.hint.role is None and names_a_thing(column.header))
    )


PATTERNS = (
    ("email", "EMAIL_ADDRESS", shapes.is_email, 0.5),
    ("ssn", "US_SSN", shapes.is_ssn, 0.5),
    ("ssn", "US_ITIN", shapes.is_itin, 0.9),
    ("phone", "PHONE_NUMBER", shapes.is_formatted_phone, 0.6),
    ("address", "STREET_ADDRESS", shapes.is_street_address, 0.6),
    ("other", "CREDIT_CARD", shapes.is_card, 0.9),
    ("other", "US_NPI", shapes.is_npi, 0.9),
    ("other", "ABA_ROUTING_NUMBER", shapes.is_aba, 0.9),
    ("application.ip", "IP_ADDRESS", shapes.is_ip, 0.8),
)
AFTER_WORDS = {"US_NPI": {"npi"}, "ABA_ROUTING_NUMBER": {"aba", "routing", "transit", "rtn"}}
"""Check digits that one number in ten has by chance: only under a header that says so."""


# -- values that are the roster's people in parts -------------------------------------------------------------------------------

FEWEST_NAMES = 8
UNNAMED = frozenset({"column", "col", "field", "fld", "c", "f", "v", "var", "x", "data", "value", "attr", "attribute", "unnamed", "text"})


def by_people(verdict: Verdict, index: RosterIndex) -> Verdict:
    """Under a header that says nothing: schools, given or family names of the roster, and days within its students' years of birth."""
    column = verdict.column
    if column.hint.nothing or column.hint.meaning is not None or not column.values:
        return _nobodys(verdict) if column.hint.nothing else verdict
    if len(column.values) >= 2 and shapes.share(column.values, lambda v: plain(v) in index.places) >= 0.8:
        return _by_values(verdict, "enrollment.school", "are names of the district's schools", 0.8)
    if names_a_thing(column.header) or never_an_id(column.header) or len(column.values) < FEWEST_NAMES:
        return verdict
    if shapes.share(column.values, _is_one_name) >= 0.9 and (part := _name_part(column, index)):
        return _by_values(verdict, part, f"are {'given' if part == 'name.given' else 'family'} names of the roster or look like them", 0.7)
    if set(words(column.header)) - UNNAMED <= _digits(column.header) and _are_births(column, index):
        return _by_values(verdict, "birth_date", "are days within the years in which the roster's students were born", 0.6)
    return verdict


def _nobodys(verdict: Verdict) -> Verdict:
    """Names under a header of things that have authors and titles, not students."""
    values = verdict.column.values
    if values and shapes.share(values, shapes.is_name_like) >= 0.5 and shapes.share(values, shapes.is_text) < 0.2:
        return replace(verdict, meaning="none", decided=True, confidence=0.7)
    return verdict


def _digits(header: str) -> set[str]:
    return {w for w in words(header) if not w.isalpha()} | {w for w in words(header) if len(w) == 1}


def _by_values(verdict: Verdict, meaning: str, why: str, confidence: float) -> Verdict:
    values = verdict.column.values
    evidence = Evidence("values", "VALUES", np.ones(len(values), bool), f"its {len(values):,} distinct values {why}", confidence)
    return replace(verdict, meaning=meaning, role=verdict.column.hint.role, confidence=confidence, evidence=(evidence,), decided=True)


def _is_one_name(value: str) -> bool:
    return len(value.split()) <= 2 and value[:1].isalpha() and all(c.isalpha() or c in " '’.-" for c in value) and len(value) <= 30


def _name_part(column: Column, index: RosterIndex) -> str | None:
    """Are two in five distinct values given names of the roster's people, or family names? Buildings and towns are fewer."""
    own = {plain(v) for v in column.values[:: len(column.values) // shapes.SAMPLE + 1]}
    given, family = (len(own & names) / len(own) for names in index.name_parts)
    matched = max(given, family)
    return None if matched < 0.4 or matched * len(own) < FEWEST_NAMES else "name.given" if given >= family else "name.family"


def _are_births(column: Column, index: RosterIndex) -> bool:
    days = [d for v in column.values[:500] if (d := as_day(v))]
    if len(days) < 0.95 * min(len(column.values), 500) or len(days) < 20 or 2 * len(column.values) < column.records:
        return False
    births = [p.birth_date for p in index.people if p.kind == "student" and p.birth_date]
    if not births:
        return False
    return min(births) <= min(days) and max(days) <= max(births) and (max(days) - min(days)).days > 3 * 365


# -- codes ------------------------------------------------------------------------------------------------------------------

DAY = re.compile(r"(?:[a-z]{3,9}\W+)?\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})?|\d{4}-\d\d-\d\d", re.IGNORECASE)
"""A header that is a day: its column holds what each student was on it."""

LOOSE = ("enrollment.program", "program_membership")


def by_codes(verdict: Verdict) -> Verdict:
    """A column of codes beside somebody's id: a special indicator where its values say so, whatever its header."""
    column = verdict.column
    if (verdict.decided and verdict.meaning not in LOOSE) or (not verdict.decided and column.hint.nothing):
        return verdict
    if several := elements_of(column, verdict.meaning if verdict.decided else None):
        return with_elements(verdict, several)
    found = codes_of(column)
    if found is None or (verdict.decided and (found.unclear or 2 * found.telling <= found.known)):
        return verdict
    flags = np.ones(len(column.values), bool)
    if found.unclear and found.element == "attendance" and DAY.fullmatch(column.header):
        found = replace(found, unclear=False)
    if found.unclear:
        note = Evidence("codes", "CODE", flags, f"its letters could be codes of {found.element}; the header does not say so", 0.3)
        return replace(verdict, evidence=(*verdict.evidence, note))
    why = f"{found.telling:,} of {found.known:,} distinct values are words or codes of {found.element}"
    evidence = Evidence("codes", "CODE", flags, why, 0.8)
    return replace(verdict, meaning=found.element, role=column.hint.role, confidence=0.8, evidence=(evidence,), decided=True)


def with_elements(verdict: Verdict, elements: tuple[tuple[str, Flags], ...]) -> Verdict:
    """The verdict on a column of flags that are several elements; each has its own finding."""
    column = verdict.column
    most = max(elements, key=lambda it: column.occurrences(it[1]))[0]
    evidence = tuple(
        Evidence(
            "codes", "CODE", flags, f"{int(flags.sum()):,} of {len(flags):,} distinct values hold a word or code of {element}", 0.8, element
        )
        for element, flags in elements
    )
    return Verdict(column, most, column.hint.role, 0.8, (), evidence, True, elements)


# -- passwords --------------------------------------------------------------------------------------------------------------

LOGINS = ("email", "username", "id.username")
ACCOUNTS = (*LOGINS, "digest", "id", "id.local", "state_id", "id.state", "id.provider")


def by_passwords(verdicts: list[Verdict]) -> list[Verdict]:
    """A column whose values look like passwords beside somebody's account, under a header that says nothing or, without proof, an id."""
    settled = [_as_passwords(v, [o.meaning for o in verdicts if o is not v and o.decided]) for v in verdicts]
    return [own or verdict for own, verdict in zip(settled, verdicts, strict=True)]


def _as_passwords(verdict: Verdict, beside: list[str]) -> Verdict | None:
    column = verdict.column
    if set(ACCOUNTS).isdisjoint(beside) or not column.values or column.hint.nothing or _of_no_person(column):
        return None
    known = [bool(found) for found in verdict.hits] if verdict.identifies else []
    if verdict.identifies:
        is_id = verdict.meaning in ("id", "state_id", "username") and column.hint.meaning is None
        why = passwords.among_ids(column, known) if is_id else None
    elif verdict.decided and verdict.meaning not in ("id.provider", "id.local", "id.username"):
        return None
    else:
        why = passwords.signed(column)
        if why is None and not verdict.decided and column.hint.meaning is None and not set(LOGINS).isdisjoint(beside):
            why = passwords.numbered_words(column)
    if why is None:
        return None
    evidence = Evidence("values", "PASSWORD", np.ones(len(column.values), bool), why, 0.8)
    more = credentials(column, sum(known))
    return Verdict(column, "password", column.hint.role, 0.8, verdict.hits, (evidence, *more), True)


# -- the table ----------------------------------------------------------------------------------------------------------------

FEWEST_OF_THEME = 2


def by_theme(verdicts: list[Verdict]) -> list[Verdict]:
    """`Treatment` in a file of visits to the nurse: words that say it only beside other columns of the element."""
    counted = Counter(v.meaning for v in verdicts if v.decided and v.meaning in lexicon()["themes"])
    for theme, signs in lexicon()["signs"].items():
        counted[theme] += sum((not v.decided or v.identifies) and not set(signs).isdisjoint(words(v.column.header)) for v in verdicts)
    if not counted or counted.most_common(1)[0][1] < FEWEST_OF_THEME:
        return verdicts
    theme = counted.most_common(1)[0][0]
    return [_in_theme(v, theme) if not v.decided or v.meaning in ("communications", "transportation") else v for v in verdicts]


def _in_theme(verdict: Verdict, theme: str) -> Verdict:
    column, said = verdict.column, expanded(words(verdict.column.header))
    loose = verdict.decided and column.hint.strength >= 2
    phrase = None if not column.values or loose else _ending(said, [str(w) for w in lexicon()["themes"][theme]])
    if phrase is None:
        return verdict
    if shapes.share(column.values, shapes.is_date) > 0.5:
        return verdict
    flags = np.ones(len(column.values), bool)
    evidence = Evidence("header", "HEADER", flags, f"the header says {phrase}, among columns of {theme}", 0.6)
    return replace(verdict, meaning=theme, role=None, confidence=0.6, evidence=(evidence,), decided=True)


def _ending(said: tuple[str, ...], phrases: list[str]) -> str | None:
    return next((p for p in phrases if said[-len(p.split()) :] == tuple(p.split())), None)


RECORD_ID = ("id", "uuid", "guid", "sourcedid", "sourced id")


def without_record_ids(verdicts: list[Verdict]) -> list[Verdict]:
    """A bare `id` that is new in every row, beside ids or e-mails that come again, is the record's and nobody's."""
    again = any(v.decided and v.meaning in vocabulary.IDENTIFYING and len(v.column.values) < 0.9 * v.column.records for v in verdicts)
    return [Verdict(v.column) if again and _is_record_id(v) else v for v in verdicts]


def _is_record_id(verdict: Verdict) -> bool:
    column = verdict.column
    return (
        verdict.decided
        and not verdict.identifies
        and verdict.meaning in ("id.provider", "id.local")
        and column.hint.role is None
        and column.hint.phrase in RECORD_ID
        and len(column.values) == column.records >= 20
    )


PAIRS = 300
FEWEST_OWNERS = 5
PERSONAL = (
    "name.full",
    "name.given",
    "name.family",
    "email",
    "username",
    "id.username",
    "birth_date",
    "ssn",
    "digest",
    "state_id",
    "id.state",
)


def of_things(verdicts: list[Verdict], index: RosterIndex) -> list[Verdict]:
    """In a table of schools, courses or terms, which has nobody's name, e-mail or known id: its ids, addresses and phones are theirs."""
    if any(v.decided and (v.identifies or v.role == "student" or v.meaning in PERSONAL) for v in verdicts):
        return verdicts
    places = any(
        v.meaning == "enrollment.school" and shapes.share(v.column.values, lambda x: plain(x) in index.places) >= 0.5 for v in verdicts
    )
    return [Verdict(v.column) if v.decided and _is_of_things(v, places) else v for v in verdicts]


def _is_of_things(verdict: Verdict, places: bool) -> bool:
    column = verdict.column
    if column.hint.phrase in ("sourcedid", "sourced id"):
        return True
    return places and verdict.meaning in ("id.provider", "id.local", "phone", "address")


RELATIONS = (("relationship",), ("relation",), ("relationship", "type"), ("relation", "type"))


def of_contacts(verdicts: list[Verdict]) -> list[Verdict]:
    """`contact_name` and `contact_phone` beside a `contact_relationship` are a guardian's."""
    own = [words(v.column.header) for v in verdicts]
    heads = {head for header in own for relation in RELATIONS if (head := _head(header, relation))}
    return [
        replace(v, role="guardian") if any(header[: len(head)] == head for head in heads) and _of_nobody_yet(v) else v
        for v, header in zip(verdicts, own, strict=True)
    ]


def _head(header: tuple[str, ...], relation: tuple[str, ...]) -> tuple[str, ...]:
    return header[: -len(relation)] if header[-len(relation) :] == relation else ()


def _of_nobody_yet(verdict: Verdict) -> bool:
    named = verdict.meaning in OWNED or verdict.meaning in ("id.local", "id.provider")
    return verdict.decided and named and verdict.role is None and not verdict.identifies


OWNED = ("name.full", "name.given", "name.family", "name.middle", "phone", "email", "address")


def with_owner(verdicts: list[Verdict], index: RosterIndex) -> list[Verdict]:
    """A `phone` in a list of guardians or of staff is theirs, until a column of somebody else's: whose list it is, its first
    identifying column says."""
    own = [v for v in verdicts if v.decided and v.meaning in vocabulary.IDENTIFYING]
    owner = own[0].role or _kind_of(own[0], index) or _kind_of_names(own, index) if own else None
    if owner not in ("guardian", "staff"):
        return verdicts
    settled, theirs = [], True
    for verdict in verdicts:
        if verdict.decided and verdict.meaning in vocabulary.IDENTIFYING:
            if verdict.role is None and not verdict.identifies and verdict.meaning in OWNED and theirs:
                verdict = replace(verdict, role=owner)
            theirs = owner == (verdict.role or _kind_of(verdict, index) or (owner if theirs else None))
        settled.append(verdict)
    return settled


def _kind_of_names(own: list[Verdict], index: RosterIndex) -> str | None:
    """Whose names a first and a last name column hold together, by a sample of rows."""
    given = next((v.column for v in own if v.meaning == "name.given" and v.role is None), None)
    family = next((v.column for v in own if v.meaning == "name.family" and v.role is None), None)
    if given is None or family is None:
        return None
    rows = np.flatnonzero((given.codes >= 0) & (family.codes >= 0))[:PAIRS]
    pairs = zip(given.codes[rows].tolist(), family.codes[rows].tolist(), strict=True)
    kinds = Counter(index.people[h.person].kind for g, f in pairs for h in index.names(given.values[g], family.values[f])[:1])
    return kinds.most_common(1)[0][0] if kinds.total() >= FEWEST_OWNERS else None


def _kind_of(verdict: Verdict, index: RosterIndex) -> str | None:
    met = [found[0] for found in verdict.hits[:PAIRS] if found] or [found[0] for found in verdict.hits if found]
    kinds = Counter(index.people[h.person].kind for h in met)
    return kinds.most_common(1)[0][0] if kinds else None
