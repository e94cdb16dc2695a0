"""Whose value is this? The roster as look-up tables: from one folded cell to the people it can belong to.

Here: exact data match of single cells (ids, e-mails, user names, phones, addresses, full names, digests of e-mails and ids)
and of mentions in free text. How cells of a row are weighed against each other stands in `identity`; what a column is, in
`classify`. The index holds raw values and lives only as long as a scan.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import ahocorasick_rs

from scanners.canonical import canonical
from scanners.fold import (
    address_key,
    fold,
    fold_one,
    identifier,
    identifier_of,
    joined_number,
    name_key,
    name_tokens,
    name_words,
    national,
    phone_digits,
    plain,
)
from scanners.nicknames import nicknames
from scanners.oneroster import Person, Roster

# Attributes by how much they prove: the first decide alone, the last only within a row.
STRONG = ("id", "state_id", "ssn", "email", "username", "digest")
WEAK = ("phone", "address", "name")

LONGEST_CELL = 200
TEXTS_A_PASS = 5_000
DIGEST_LENGTHS = (32, 40, 64)
FEWEST_PHONE_DIGITS = 7
DIGEST = re.compile(r"(?<![0-9a-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-z])")
PHONE_STARTS = frozenset("+(0123456789tpcex[./-")
DAY_FIRST = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
NAME_JOINT = re.compile(r"[ ,._]")
OTHER_JOINT = re.compile(r"[,._]")
LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One person a value can belong to, by which of their attributes; `derivation` says through which hash."""

    person: int
    attribute: str
    derivation: str | None = None

    @property
    def group(self) -> str:
        """The attribute, or `digest` where it was met by its hash."""
        return "digest" if self.derivation else self.attribute


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of free text that names somebody."""

    start: int
    end: int
    hits: tuple[Hit, ...]


@dataclass
class RosterIndex:
    """Look-up tables over `people`; positions in that tuple are the person numbers used everywhere in the scan."""

    people: tuple[Person, ...]
    keys: tuple[str | None, ...]  # subject keys; None for guardians, who are no subjects
    linked: dict[int, tuple[int, ...]]  # guardian → students
    guardians: dict[int, tuple[int, ...]]  # student → guardians
    places: frozenset[str] = frozenset()  # names of the district's schools and offices, plain
    tables: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    digests: dict[str, tuple[Hit, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, roster: Roster, subject_key: Callable[[str, str], str]) -> RosterIndex:
        """`subject_key(kind, canonical id)` gives the keyed pseudonym of a student or staff member."""
        people = tuple(roster.people)
        position = {p.sourced_id: i for i, p in enumerate(people)}
        keys = tuple(None if p.kind == "guardian" else subject_key(p.kind, canonical(p.key_id)) for p in people)
        guardians = {i: tuple(position[g] for g in p.guardians if g in position) for i, p in enumerate(people) if p.kind == "student"}
        linked: dict[int, list[int]] = {}
        for student, theirs in guardians.items():
            for guardian in theirs:
                linked.setdefault(guardian, []).append(student)
        places = frozenset(p for name in roster.orgs if (p := plain(name)))
        index = cls(people, keys, {g: tuple(s) for g, s in linked.items()}, guardians, places)
        index._fill()
        return index

    def _fill(self) -> None:
        gathered: dict[str, dict[str, list[int]]] = {name: {} for name in (*STRONG[:-1], *WEAK)}
        for i, person in enumerate(self.people):
            for attribute, key in matched_by(person):
                if key:
                    owners = gathered[attribute].setdefault(key, [])
                    if i not in owners:
                        owners.append(i)
        self.tables = {name: {key: tuple(people) for key, people in table.items()} for name, table in gathered.items()}
        digests: dict[str, list[Hit]] = {}
        for i, person in enumerate(self.people):
            for digest, attribute, algorithm in _digests(person):
                digests.setdefault(digest, []).append(Hit(i, attribute, algorithm))
        self.digests = {digest: tuple(dict.fromkeys(hits)) for digest, hits in digests.items()}

    def hits(self, value: str) -> tuple[Hit, ...]:
        """All people one whole cell can belong to, strongest attribute first; empty for most cells."""
        folded = fold_one(value).removeprefix("mailto:")
        length = len(folded)
        if not length or length > LONGEST_CELL:
            return ()
        if length in DIGEST_LENGTHS and folded in self.digests:
            return self.digests[folded]
        if "@" in folded:
            return self._hits["email"].get(folded) or self._hits["username"].get(folded, ())
        bare = identifier_of(folded)
        found = self._exact.get(bare, ())
        if not found and folded[0] in "0=\"'" and bare.isdigit() and bare[0] == "0":
            found = self._hits["id"].get(bare.lstrip("0"), ())
        if not found and length >= FEWEST_PHONE_DIGITS and folded[0] in PHONE_STARTS and not DAY_FIRST.match(folded):
            found = self._hits["phone"].get(phone_digits(value) or "", ())
        if not found and (joined := joined_number(folded)):
            found = self._exact.get(joined, ())
        if (OTHER_JOINT if found else NAME_JOINT).search(folded) and LETTER.search(folded):
            found = (*found, *self._named(name_words(folded)))
            if not found and folded[0].isdigit():
                found = self._hits["address"].get(address_key(value), ())
        return found

    def hits_of(self, values: Sequence[str]) -> list[tuple[Hit, ...]]:
        """`hits` of many cells. Bare numbers and times, which most of them are in machine-made tables, take a short way."""
        exact, phones, hits = self._exact, self._hits["phone"], self.hits
        found: list[tuple[Hit, ...]] = []
        for value in values:
            if not value.isdigit() or not value.isascii() or value[0] == "0" or len(value) in DIGEST_LENGTHS:
                found.append(() if is_bare_time(value) else hits(value))
            elif own := exact.get(value):
                found.append(own)
            else:
                found.append(phones.get(national(value), ()) if len(value) >= FEWEST_PHONE_DIGITS else ())
        return found

    @cached_property
    def _hits(self) -> dict[str, dict[str, tuple[Hit, ...]]]:
        """`tables` with a `Hit` for each person, made once."""
        return {
            attribute: {key: tuple(Hit(p, attribute) for p in people) for key, people in table.items()}
            for attribute, table in self.tables.items()
        }

    @cached_property
    def _exact(self) -> dict[str, tuple[Hit, ...]]:
        """What an id cell can equal, strongest attribute first."""
        found: dict[str, tuple[Hit, ...]] = {}
        for attribute in ("id", "state_id", "ssn", "username"):
            for key, hits in self._hits[attribute].items():
                found[key] = found.get(key, ()) + hits
        return found

    @cached_property
    def _name_words(self) -> frozenset[str]:
        return frozenset(word for key in self.tables["name"] for word in key.split())

    @cached_property
    def name_parts(self) -> tuple[frozenset[str], frozenset[str]]:
        """Given names and family names of everyone, plain."""
        given = {plain(n) for p in self.people for n in (p.given, p.preferred_given) if n}
        return frozenset(given), frozenset(plain(n) for p in self.people for n in (p.family, p.preferred_family) if n)

    def zero_padded(self, value: str) -> tuple[Hit, ...]:
        """Ids whose leading zeros a spreadsheet lost."""
        return tuple(Hit(p, "id") for p in self._unpadded.get(identifier(value), ()))

    @cached_property
    def _unpadded(self) -> dict[str, tuple[int, ...]]:
        table: dict[str, tuple[int, ...]] = {}
        for name in ("id", "state_id"):
            for key, people in self.tables[name].items():
                if key.isdigit() and key.startswith("0"):
                    table[key.lstrip("0")] = table.get(key.lstrip("0"), ()) + people
        return table

    def names(self, *parts: str) -> tuple[Hit, ...]:
        """People of this full name, its words in any order, with or without middle name or initial."""
        return self._named([t for part in parts for t in name_tokens(part)])

    def _named(self, tokens: Sequence[str]) -> tuple[Hit, ...]:
        if not 2 <= len(tokens) <= 7:
            return ()
        known = self._name_words
        table = self._hits["name"]
        if all(t in known for t in tokens) and (found := table.get(" ".join(sorted(tokens)))):
            return found
        longer = [t for t in tokens if len(t) > 1]
        if 2 <= len(longer) < len(tokens) and all(t in known for t in longer):
            return table.get(" ".join(sorted(longer)), ())
        return ()

    @cached_property
    def automaton(self) -> tuple[ahocorasick_rs.AhoCorasick | None, list[tuple[Hit, ...]]]:
        """Names in both orders, ids, e-mails and user names that are long enough to be told from ordinary words."""
        patterns: dict[str, dict[Hit, None]] = {}
        for i, person in enumerate(self.people):
            for pattern, attribute in _mentions(person):
                patterns.setdefault(pattern, {})[Hit(i, attribute)] = None
        turned: dict[str, dict[Hit, None]] = {}
        for i, person in enumerate(self.people):
            for pattern in _turned(person):
                turned.setdefault(pattern, {})[Hit(i, "name")] = None
        patterns = turned | patterns  # what is somebody's name as it stands is nobody's turned round
        if not patterns:
            return None, []
        automaton = ahocorasick_rs.AhoCorasick(list(patterns), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
        return automaton, [tuple(hits) for hits in patterns.values()]

    def mentions(self, text: str) -> list[Mention]:
        """The roster's people in free text, at word borders, longest first. Offsets are into `plain(text)`."""
        return self.mentions_of((text,))[0]

    def mentions_of(self, texts: Sequence[str]) -> list[list[Mention]]:
        """The same for many texts at once: one pass of the automaton over all of them."""
        found: list[list[Mention]] = [[] for _ in texts]
        automaton, owners = self.automaton
        if automaton is None:
            return found
        for first in range(0, len(texts), TEXTS_A_PASS):
            plains = [plain(text) for text in texts[first : first + TEXTS_A_PASS]]
            haystack = "\n".join(plains)  # no pattern holds a line break, so no match spans two texts
            starts = list(accumulate((len(p) + 1 for p in plains), initial=0))
            at, before, number = 0, -1, None
            for pattern, start, end in automaton.find_matches_as_indexes(haystack):
                if start >= starts[at + 1]:
                    at, before, number = bisect_right(starts, start, at) - 1, -1, None
                if not (_word_border(haystack, start - 1, start) and _word_border(haystack, end, end - 1)):
                    continue
                if haystack[start:end].isdigit() and not _told_as_id(haystack, start, end, before, starts[at]):
                    number = (start, end, pattern)
                    continue
                if number and haystack[number[1] : start].isspace() and _share_a_person(owners[number[2]], owners[pattern]):
                    found[first + at].append(Mention(number[0] - starts[at], number[1] - starts[at], owners[number[2]]))
                before, number = end, None
                found[first + at].append(Mention(start - starts[at], end - starts[at], owners[pattern]))
            self._add_digests(haystack, starts, found, first)
        return found

    def _add_digests(self, haystack: str, starts: Sequence[int], found: list[list[Mention]], first: int) -> None:
        for match in DIGEST.finditer(haystack):
            if hits := self.digests.get(match[0]):
                at = bisect_right(starts, match.start()) - 1
                mentions = found[first + at]
                mentions.append(Mention(match.start() - starts[at], match.end() - starts[at], hits))
                mentions.sort(key=lambda mention: mention.start)

    def students_of(self, person: int) -> tuple[int, ...]:
        """The students a person stands for: themselves, or those a guardian is linked to."""
        return (person,) if self.people[person].kind == "student" else self.linked.get(person, ())


def _digests(person: Person) -> Iterator[tuple[str, str, str]]:
    """(hex digest, attribute, algorithm) of a person's e-mails, ids and user names: folded, in capitals, and as they are written."""
    forms: dict[str, str] = {}
    for attribute, key in matched_by(person):
        if attribute in ("email", "id", "state_id", "ssn", "username"):
            for form in (key, key.upper(), *((f"mailto:{key}",) if attribute == "email" else ())):  # xAPI hashes the mailto IRI
                forms.setdefault(form, attribute)
    for raw in (person.sourced_id, person.key_id, *person.emails, *(v for v, _ in person.local_ids)):
        if raw and raw.strip() != identifier(raw):
            forms.setdefault(raw.strip(), "email" if "@" in raw else "id")
    for form, attribute in forms.items():
        for algorithm in ("md5", "sha1", "sha256"):
            yield hashlib.new(algorithm, form.encode(), usedforsecurity=False).hexdigest(), attribute, algorithm


BARE_TIME = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[Tt ]\d\d:[\d:.,+\- ]*[Zz]?")


def is_bare_time(value: str) -> bool:
    """A date and time of day and nothing else: nobody's id, phone or name."""
    return value[4:5] == "-" and BARE_TIME.fullmatch(value) is not None


def digests_of(person: Person) -> Iterator[str]:
    """The hex digests that mean this person."""
    return (digest for digest, _, _ in _digests(person))


def matched_by(person: Person) -> Iterator[tuple[str, str]]:
    """(attribute, key) of everything a cell could match for this person."""
    state = {identifier(v) for v in person.state_ids if v}
    for value in {person.sourced_id, person.key_id, *(v for v, _ in person.local_ids)}:
        if value and (key := identifier(value)) and key not in state and len(key) >= 3:
            yield "id", key
    for key in state:
        yield "state_id", key
    if person.ssn:
        yield from (("ssn", key) for key in dict.fromkeys((identifier(person.ssn), _digits(person.ssn))))
    for email in person.emails:
        yield "email", fold(email)
    if person.username:
        yield "username", identifier(person.username)
    for phone in person.phones:
        yield "phone", phone_digits(phone) or ""
    for address in person.addresses:
        yield "address", address_key(address)
    for given, family in name_pairs(person):
        yield "name", name_key(given, family)
        if person.middle:
            yield "name", name_key(given, person.middle, family)
            yield "name", name_key(given, person.middle[0], family)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def name_pairs(person: Person) -> list[tuple[str, str]]:
    """(given, family) in every way the person is called, nicknames included."""
    givens = [g for g in dict.fromkeys((person.given, person.preferred_given)) if g]
    families = [f for f in dict.fromkeys((person.family, person.preferred_family)) if f]
    short = [n for g in givens for n in nicknames(g)]
    return [(g, f) for f in families for g in dict.fromkeys((*givens, *short))]


def _mentions(person: Person) -> Iterator[tuple[str, str]]:
    for given, family in name_pairs(person):
        g, f = plain(given), plain(family)
        if len(g) > 1 and len(f) > 1:
            for pattern in {f"{g} {f}", f"{f}, {g}", f"{f},{g}", *(f"{a}{joint}{b}" for a, b in ((g, f), (f, g)) for joint in "_-.+")}:
                yield pattern, "name"
            if len(g) + len(f) >= 8:
                yield g + f, "name"
            if person.middle:
                yield f"{g} {plain(person.middle)} {f}", "name"
                yield f"{g} {plain(person.middle)[0]}. {f}", "name"
                yield f"{g} {plain(person.middle)[0]} {f}", "name"
    for email in person.emails:
        yield plain(email), "email"
    if person.ssn and len(ssn := _digits(person.ssn)) == 9:
        yield from ((joint.join((ssn[:3], ssn[3:5], ssn[5:])), "ssn") for joint in ("-", " ", ""))
    for attribute, key in matched_by(person):
        if attribute in ("id", "state_id") and len(key) >= 6 and any(c.isdigit() for c in key):
            yield plain(key), attribute
        if attribute == "username" and len(key) >= 6 and re.search(r"[a-z]", key) and re.search(r"[\d._@]", key):
            yield plain(key), attribute


def _turned(person: Person) -> Iterator[str]:
    """The person's name, family name first, without a comma."""
    for given, family in name_pairs(person):
        if len(g := plain(given)) > 1 and len(f := plain(family)) > 1:
            yield f"{f} {g}"


def _word_border(text: str, outside: int, inside: int) -> bool:
    if outside < 0 or outside >= len(text):
        return True
    return not (text[outside].isalnum() and text[inside].isalnum()) and not (text[outside] in "@" and text[inside].isalnum())


def _share_a_person(one: tuple[Hit, ...], other: tuple[Hit, ...]) -> bool:
    return not {h.person for h in one}.isdisjoint(h.person for h in other)


SELF_EVIDENT = 9
"""Digits of a number that is told from sizes, process ids and counts by itself."""

ID_BEFORE = re.compile(
    r"(?:student|pupil|learner|child|scholar|sis|local|state|perm|user|member|uid|sid|ssid|\bids?|#|\bno\.?|number|num|account|acct|lasid)s?"
    r"[\W_]{0,3}(?:ids?|no\.?|number|num|key|code|#)?[\W_]{0,4}(?:is |was |of )?$"
)


def _told_as_id(text: str, start: int, end: int, person_before: int, begin: int) -> bool:
    """A bare number in prose is an id only after a word that says so, beside the name it belongs to, or by its length."""
    if end - start >= SELF_EVIDENT or (person_before >= 0 and start - person_before <= 3):
        return True
    return ID_BEFORE.search(text[max(start - 40, begin) : start]) is not None
