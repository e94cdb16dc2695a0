"""What a column's header says about it: an attribute or element, whose it is, and what it cannot be.

Reads `lexicon.yaml`, the only place for words. A header is a hint, never a finding: `classify` holds it against the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from scanners.fold import plain

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SEGMENT = re.compile(r"[.?/!]|\[\]")


@dataclass(frozen=True)
class Hint:
    """`meaning` is an attribute (`name.given`, `email`, `id.local` …) or a data element; `role` whose it is, where the header says so.

    `strength` is the number of words that said it, plus a half when they are the whole header.
    """

    meaning: str | None
    role: str | None
    strength: float
    words: tuple[str, ...]

    @property
    def phrase(self) -> str:
        return " ".join(self.words)


@cache
def lexicon() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((files("scanners") / "lexicon.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _phrases() -> dict[tuple[str, ...], str]:
    table: dict[tuple[str, ...], str] = {}
    for section in ("attributes", "elements"):
        for meaning, phrases in lexicon()[section].items():
            for phrase in phrases:
                table[tuple(str(phrase).split())] = meaning
    return table


@cache
def _role_phrases() -> dict[tuple[str, ...], str]:
    return {tuple(str(p).split()): role for role, phrases in lexicon()["roles"].items() for p in phrases}


@cache
def _word_list(name: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words(str(p))) for p in lexicon()[name])


@lru_cache(maxsize=20_000)
def words(header: str) -> tuple[str, ...]:
    """The words of a header: `homeRoomNo_2` → home, room, no, 2; possessives closed (`Parent's` → parent)."""
    spaced = CAMEL.sub(" ", re.sub(r"#\d+$", "", header)).replace("’", "'")
    return tuple(re.sub(r"[\W_]+", " ", re.sub(r"'s\b", "", plain(spaced))).split())


@lru_cache(maxsize=20_000)
def hint(header: str) -> Hint:
    """The hint of one header or dotted field path: its last segment first, then the path as a whole."""
    segments = [segment for segment in SEGMENT.split(header) if words(segment)]
    if not segments:
        return Hint(None, None, 0.0, ())
    own = _match(words(segments[-1]))
    path = tuple(word for segment in segments for word in words(segment))
    whole = _match(path) if len(segments) > 1 else own
    if own.meaning is None or (whole.meaning is not None and whole.strength > own.strength and _meets_end(path, whole)):
        return whole if whole.meaning is not None or own.role is None else own
    if own.role is None and len(segments) > 1:
        return Hint(own.meaning, _role(path, own.words), own.strength, own.words)
    return own


def _meets_end(path: tuple[str, ...], found: Hint) -> bool:
    return path[-len(found.words) :] == found.words if found.words else False


def _match(header: tuple[str, ...]) -> Hint:
    table = _phrases()
    best: tuple[float, int, tuple[str, ...]] | None = None
    for start in range(len(header)):
        for end in range(len(header), start, -1):
            phrase = header[start:end]
            if phrase in table and (best is None or (end - start, start) > best[:2]):
                best = (end - start, start, phrase)
    if best is None:
        return Hint(_bare_role_meaning(header), _role(header, ()), 1.0 if _role(header, ()) else 0.0, ())
    length, start, phrase = best
    if start + length < len(header) and (last := _role_phrases().get(header[-1:])) and last != "student":
        return Hint("person", last, 1.5, header[-1:])  # `class teacher`: the person, not the class
    role = _role(header, phrase) or _role_within(phrase)
    return Hint(table[phrase], role, length + (0.5 if length == len(header) else 0.0), phrase)


def _bare_role_meaning(header: tuple[str, ...]) -> str | None:
    """`student`, `parent 1`, `teacher` alone name the person."""
    rest = [word for word in header if (word,) not in _role_phrases() and not word.isdigit() and word not in ("contact", "of", "record")]
    return "person" if not rest and _role(header, ()) else None


def _role(header: tuple[str, ...], consumed: tuple[str, ...]) -> str | None:
    remaining = _without(header, consumed)
    found: dict[str, int] = {}
    for phrase, role in _role_phrases().items():
        for start in range(len(remaining) - len(phrase) + 1):
            if remaining[start : start + len(phrase)] == phrase:
                found[role] = max(found.get(role, -1), start)
    for role in ("guardian", "staff", "student"):  # `student parent email`, `students teacher name`: the other person's
        if role in found:
            return role
    return None


def _role_within(phrase: tuple[str, ...]) -> str | None:
    """`student id`, `pupil no`: the phrase itself says whose."""
    return next((role for words_, role in _role_phrases().items() if words_ == phrase[:1] and role != "guardian"), None)


def _without(header: tuple[str, ...], consumed: tuple[str, ...]) -> tuple[str, ...]:
    for start in range(len(header) - len(consumed) + 1):
        if consumed and header[start : start + len(consumed)] == consumed:
            return (*header[:start], "|", *header[start + len(consumed) :])
    return header


@lru_cache(maxsize=20_000)
def listed(header: str, name: str) -> int | None:
    """The position of the first phrase of the list `name` that ends this header, or None; 0 is the most telling."""
    own = words([s for s in SEGMENT.split(header) if words(s)][-1]) if any(words(s) for s in SEGMENT.split(header)) else ()
    for position, phrase in enumerate(_word_list(name)):
        if phrase and own[-len(phrase) :] == phrase:
            return position
    return None


def never_an_id(header: str) -> bool:
    """Do the header's words say number, score, room or count?"""
    own = words(header)
    return any(own[i : i + len(p)] == p for p in _word_list("not_ids") for i in range(len(own) - len(p) + 1))


def names_a_thing(header: str) -> bool:
    """Is one of the header's words a thing (course, device, message) whose ids and names are nobody's?"""
    return any(w.removesuffix("s") in lexicon()["things"] or w in lexicon()["things"] for w in words(header))
