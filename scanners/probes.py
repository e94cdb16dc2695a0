"""Which deliveries can a change of the roster touch? Keyed hashes of what a delivery could be matched by, and of what matches a person.

A delivery whose probes hold none of a changed person's says the same about everybody as before: no need to scan it again. So the
probes of a delivery must cover every way in which `roster_index` matches a cell or a mention; they may cover more (then something is
scanned for nothing). Words and names are hashed with a key; birth dates, grades and schools never are: a person whose context changed is
looked for by all that matches them.

Source of the hash: SipHash (Aumasson and Bernstein 2012), a keyed pseudo-random function, as pandas computes it for arrays.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import chain, combinations, pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from scanners.fold import address_key, fold_one, identifier_of, joined_number, name_words, national, phone_digits, plain
from scanners.oneroster import Person
from scanners.roster_index import LONGEST_CELL, digests_of, is_bare_time, matched_by, name_pairs

Hashes = npt.NDArray[np.uint64]

KEY_CHARACTERS = 16
"""Of the hash's key. pandas takes 16 bytes of text, of which base64 makes the most: 96 bits."""
MOST = 2_000_000
"""Probes of a file; one with more says "cannot tell"."""

FEW_WORDS = 7
"""Words of a cell that can be one name, in any order."""

LONG_WORD = 6
EMAIL = re.compile(r"[^\s<>()\[\]{},;:'\"=|]+@[^\s<>()\[\]{},;:'\"=|]+")
WORDY = re.compile(r"[^\W\d_]")
TEL = re.compile(r"[^\d]*(?:\d[^\d]*){7,15}(?:ext.*|x.*)?")
POSSESSIVE = re.compile(r"'s\b")
EMPTY: Hashes = np.empty(0, np.uint64)


def hashed(probes: Iterable[str], key: bytes) -> Hashes:
    """The keyed hashes of probes, sorted, each once."""
    distinct = list(dict.fromkeys(probes))
    if not distinct:
        return EMPTY
    array = np.array(distinct, dtype=object)
    hashes: Hashes = np.unique(pd.util.hash_array(array, hash_key=_hash_key(key), categorize=False))
    return hashes


@lru_cache(maxsize=8)
def _hash_key(key: bytes) -> str:
    return base64.b64encode(hashlib.blake2b(key, person=b"hallpass probes").digest()).decode()[:KEY_CHARACTERS]


# -- of what a delivery holds -----------------------------------------------------------------------------------------------------


def of_values(values: Iterable[str]) -> Iterator[str]:
    """The probes of cells, texts, names of files and columns."""
    for value in values:
        if value.isdigit() and value.isascii():
            bare = value.lstrip("0")
            yield bare
            if 7 <= len(value) <= 15:
                yield f"tel {national(value)}"
            continue
        if is_bare_time(value):
            continue
        folded = fold_one(value).removeprefix("mailto:")
        wordy = WORDY.search(folded) is not None
        if len(folded) <= LONGEST_CELL:
            yield _whole(folded)
            if TEL.fullmatch(folded) and (digits := phone_digits(value)):
                yield f"tel {digits}"
            if not wordy and (joined := joined_number(folded)):
                yield joined.lstrip("0")
            if wordy and folded[:1].isdigit():
                yield f"adr {address_key(value)}"
        if wordy:
            yield from _of_words(folded)


def of_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The probes of names whose parts stand in two columns."""
    for first, last in pairs:
        yield from _pairs([*name_words(first), *name_words(last)])


def _whole(folded: str) -> str:
    bare = identifier_of(folded)
    return bare.lstrip("0") if bare.isdigit() else bare


def _of_words(folded: str) -> Iterator[str]:
    if "@" in folded and " " in folded:
        yield from (_whole(found.strip(".")) for found in EMAIL.findall(folded))
    for text in _spellings(folded):
        words = name_words(text)
        yield from (w.lstrip("0") if w.isdigit() else w for w in words if len(w) >= LONG_WORD)
        yield from _pairs(words)


def _spellings(folded: str) -> tuple[str, ...]:
    """With possessives and apostrophes closed, and with apostrophes as gaps."""
    if "'" not in (text := plain(folded)):
        return (text,)
    return POSSESSIVE.sub("", text), text.replace("'", " ")


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """Two words beside each other, or of a short cell any two, in one order."""
    lettered = [w for w in words if not w.isdigit()]
    any_two = combinations(lettered, 2) if len(lettered) <= FEW_WORDS else ()
    for a, b in chain(pairwise(words), any_two):
        yield f"{a} {b}" if a < b else f"{b} {a}"


# -- of what matches a person -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matched:
    """Of one person: `context` is a keyed digest of what is compared but never looked up, `probes` the hashes of what is."""

    context: str
    probes: Hashes


LOOKED_UP = frozenset({"username", "emails", "phones", "addresses", "identifier", "local_ids", "state_ids", "ssn"})
"""Attributes whose every value is among a person's probes."""

UNMATCHED = frozenset({"enrollments", "active", "roles"})
"""What the roster says of a person that no scan looks at."""


def matched(people: Iterable[Person], key: bytes, token: Callable[..., str]) -> dict[str, Matched]:
    """By a token of each person, what matches them. `token(purpose, *parts)` is a keyed digest."""
    compared = [it.name for it in fields(Person) if it.name not in LOOKED_UP | UNMATCHED]
    return {
        token("person", person.kind, person.sourced_id): Matched(
            token("person-context", repr([getattr(person, name) for name in compared])), of_person(person, key)
        )
        for person in people
    }


def of_person(person: Person, key: bytes) -> Hashes:
    """The probes of everything that a cell or a text can match this person by."""
    return hashed(_of_person(person), key)


def _of_person(person: Person) -> Iterator[str]:
    for attribute, value in matched_by(person):
        if attribute == "phone":
            yield f"tel {value}"
            yield _whole(value)
        elif attribute == "address":
            yield f"adr {value}"
        elif attribute == "name":
            yield from _pairs(value.split())
        else:
            yield _whole(value)
            yield from _as_words(value)
    yield from digests_of(person)
    for given, family in name_pairs(person):
        for gap in ("", " "):
            g, f, middle = (name_words(plain(part).replace("'", gap)) for part in (given, family, person.middle))
            yield from _beside(g, f)
            yield from _beside(f, g)
            for part in (middle, tuple(w[:1] for w in middle[:1])):
                yield from _beside(g, part)
                yield from _beside(part, f)
            yield "".join(g) + "".join(f)


def _beside(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    if before and after:
        yield from _pairs((before[-1], after[0]))


def _as_words(value: str) -> Iterator[str]:
    """An id within a text: one long word, or its first two."""
    words = name_words(value)
    if len(words) == 1:
        yield words[0].lstrip("0") if words[0].isdigit() else words[0]
    elif words:
        yield from _pairs(words[:2])


# -- what changed -----------------------------------------------------------------------------------------------------------------


def of_change(before: Mapping[str, Matched], after: Mapping[str, Matched]) -> Hashes:
    """What may have changed its meaning between two rosters, people by a token each.

    Of somebody who came, went or is compared differently, everything; of others the values that they gained or lost.
    """
    changed: list[Hashes] = []
    for person in before.keys() | after.keys():
        old, new = before.get(person), after.get(person)
        if old is None or new is None or old.context != new.context:
            changed += [it.probes for it in (old, new) if it]
        else:
            changed.append(np.setxor1d(old.probes, new.probes, assume_unique=True))
    return np.unique(np.concatenate(changed)) if changed else EMPTY


def touched(held: Hashes | None, changed: Hashes) -> bool:
    """Can the change touch what holds these probes? Yes where nobody can tell."""
    if held is None:
        return True
    if not len(changed) or not len(held):
        return False
    places = np.searchsorted(held, changed)
    return bool((held[np.minimum(places, len(held) - 1)] == changed).any())


def packed(hashes: Hashes | None) -> bytes | None:
    """As the lake keeps them; None where there are too many to tell."""
    return None if hashes is None or len(hashes) > MOST else hashes.astype("<u8").tobytes()


def unpacked(stored: bytes | None) -> Hashes | None:
    return None if stored is None else np.frombuffer(stored, dtype="<u8").astype(np.uint64)
