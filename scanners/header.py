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
DIGITS_APART = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
PLAIN_NUMBER = re.compile(r"\d{1,2}")
NOTHING = "none"
CLEAR = ("special.", "name.", "email", "phone", "birth_date", "transportation", "gender", "demographics.")
SHORTEST_PIECE = 3
LONGEST_WORD = 60
SHORT_ENDINGS = frozenset({"id", "no", "nm", "dt", "cd", "ph", "ln", "fn"})
ONE_WORD = frozenset({"password", "passport", "fingerprint"})
JOINTS = frozenset({"or", "of", "and", "is"})
SHORTEST_GLUED = 7  # letters of a word of ours that may be two of ours
SHORTEST_TAIL = 12  # letters of a word of which only the end is ours
INITIALS = {("f", "name"): ("first", "name"), ("l", "name"): ("last", "name"), ("m", "name"): ("middle", "name"), ("m", "i"): ("mi",)}
BESIDE_ROLES = ("contact", "of", "record", "legal", "s", "primary", "secondary", "assigned", "current")
IDENTIFIERS = (("ids",), ("identifiers",))
PERSON_HEADS = ("name", "first", "last", "phone", "email", "cell", "address")


@dataclass(frozen=True)
class Hint:
    """`meaning` is an attribute (`name.given`, `email`, `id.local` …) or a data element; `role` whose it is, where the header says so.

    `strength` is the number of words that said it, plus a half when they are the whole header. `rest` are the header's other words.
    `nothing`: the lexicon knows this header and it is about nobody.
    """

    meaning: str | None
    role: str | None
    strength: float
    words: tuple[str, ...]
    rest: tuple[str, ...] = ()
    nothing: bool = False

    @property
    def phrase(self) -> str:
        return " ".join(self.words)


@cache
def lexicon() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((files("scanners") / "lexicon.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _phrases() -> dict[tuple[str, ...], str]:
    """Every phrase, as written and with its short words written out; `nothing` wins over all else."""
    table: dict[tuple[str, ...], str] = {}
    for section in ("attributes", "elements"):
        for meaning, phrases in lexicon()[section].items():
            for phrase in phrases:
                table.setdefault(tuple(str(phrase).split()), meaning)
                table.setdefault(expanded(words(str(phrase))), meaning)
    return table | {expanded(words(str(phrase))): NOTHING for phrase in lexicon()["nothing"]}


@cache
def _longest() -> int:
    return max(map(len, _phrases()))


@cache
def _role_phrases() -> dict[tuple[str, ...], str]:
    return {tuple(str(p).split()): role for role, phrases in lexicon()["roles"].items() for p in phrases}


@cache
def _word_list(name: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words(str(p))) for p in lexicon()[name])


@cache
def _word_set(name: str) -> frozenset[str]:
    return frozenset(map(str, lexicon()[name]))


@lru_cache(maxsize=20_000)
def words(header: str) -> tuple[str, ...]:
    """The words of a header: `homeRoomNo_2` → home, room, no, 2; possessives closed (`Parent's` → parent)."""
    spaced = CAMEL.sub(" ", re.sub(r"#\d+$", "", header)).replace("’", "'")
    return tuple(re.sub(r"[\W_]+", " ", re.sub(r"'s\b", "", plain(spaced))).split())


# -- short and glued words --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def expanded(own: tuple[str, ...]) -> tuple[str, ...]:
    """A header's words with short forms written out and glued ones parted: prnt1, eml → parent, 1, email; stname → student, name."""
    short: dict[str, str] = lexicon()["abbreviations"]
    full = [word for piece in _pieces(own) for word in short.get(piece, piece).split()]
    return tuple(_initials(_guardians(full, own)))


def _pieces(own: tuple[str, ...]) -> list[str]:
    known = _vocabulary()
    pieces: list[str] = []
    for word in own:
        if word in known:
            pieces += _whole_words(word) or (word,)
        else:
            pieces += [p for part in DIGITS_APART.split(word) for p in (_parted(part) or _tail(part) or (part,))]
    return pieces


def _whole_words(word: str) -> tuple[str, ...]:
    """A word of ours that is two longer ones (`studentid`, `firstname`), not one that begins like a short form (`disability`)."""
    parts = _parted(word) if len(word) >= SHORTEST_GLUED and word not in ONE_WORD else ()
    return parts if all(p == "id" or (len(p) >= 4 and p not in lexicon()["abbreviations"]) for p in parts) else ()


def _guardians(full: list[str], own: tuple[str, ...]) -> list[str]:
    """`grd` before a name, a phone or an e-mail is a guardian's."""
    if "grd" in own and full[0] == "grade" and any(w in PERSON_HEADS for w in full[1:]):
        return ["guardian", *full[1:]]
    return full


def _initials(full: list[str]) -> list[str]:
    """`f name`, as FName is parted, is the first name; `P1 Email` a parent's."""
    if full[:1] == ["p"] and full[1:2] in (["1"], ["2"]) and full[-1] in PERSON_HEADS:
        return ["parent", *full[1:]]
    for at in range(len(full) - 1):
        if (pair := (full[at], full[at + 1])) in INITIALS:
            return [*full[:at], *INITIALS[pair], *full[at + 2 :]]
    return full


@cache
def _vocabulary() -> frozenset[str]:
    """Every word the lexicon uses: what headers are made of."""
    lists = [lexicon()[name] for name in ("not_ids", "times", "things", "nothing", "destinations", "suffixes", "places")]
    lists += [phrases for section in ("roles", "attributes", "elements", "themes") for phrases in lexicon()[section].values()]
    return frozenset(word for phrases in lists for phrase in phrases for word in str(phrase).split()) | set(lexicon()["abbreviations"])


@lru_cache(maxsize=20_000)
def _parted(word: str) -> tuple[str, ...]:
    """A word made of two or more of ours; empty for any other. The longest beginning wins."""
    known = _vocabulary()
    if not 4 <= len(word) <= LONGEST_WORD or not word.isalpha():
        return ()
    for at in range(len(word) - 2, 1, -1):
        start, end = word[:at], word[at:]
        if not (start in known and len(start) >= SHORTEST_PIECE) and start not in _word_set("beginnings") and start not in JOINTS:
            continue
        first = "student" if start == "st" else start
        if end in known and (len(end) >= SHORTEST_PIECE or end in SHORT_ENDINGS):
            return (first, end)
        if further := _parted(end):
            return (first, *further)
    return ()


def _tail(word: str) -> tuple[str, ...]:
    """A long word whose end is made of ours: accountableschoolname → accountable, school, name."""
    if len(word) < SHORTEST_TAIL or word in _vocabulary():
        return ()
    for at in range(SHORTEST_PIECE, len(word) - SHORTEST_GLUED + 1):
        if pieces := _parted(word[at:]):
            return (word[:at], *pieces)
    return ()


# -- the hint ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def hint(header: str) -> Hint:
    """The hint of one header or dotted field path: its last segment first, then the path as a whole."""
    segments = [segment for segment in SEGMENT.split(header) if words(segment)]
    while len(segments) > 1 and segments[-1].strip().isdigit():
        segments.pop()
    if not segments:
        return Hint(None, None, 0.0, ())
    if (asked := _question(header)) is not None:
        return asked
    own = _match(_with_id(segments) or words(segments[-1]))
    path = tuple(word for segment in segments for word in words(segment))
    whole = _match(path) if len(segments) > 1 else own
    if (own.meaning is None and not own.nothing) or (
        whole.meaning is not None and whole.strength > own.strength and _meets_end(expanded(path), whole)
    ):
        return whole if whole.meaning is not None or own.role is None else own
    if own.role is None and len(segments) > 1:
        return Hint(own.meaning, _role(expanded(path), own.words), own.strength, own.words, own.rest, own.nothing)
    return own


def _with_id(segments: list[str]) -> tuple[str, ...] | None:
    """`ids.district` is a district id; None where the path says no such thing or the segment is clear without it."""
    if len(segments) < 2 or words(segments[-2])[-1:] not in IDENTIFIERS:
        return None
    said = (*words(segments[-1]), "id")
    return said if _match(said).meaning in ("id.local", "id.state") else None


def _question(header: str) -> Hint | None:
    """A whole question is a survey's, unless it asks for something the lexicon knows by two words, or for a special indicator."""
    own = words(header)
    asks = (header.strip().endswith("?") and len(own) >= 5) or (own[:1] == ("i",) and len(own) >= 4)
    if not asks:
        return None
    found = _match(own)
    if found.nothing or (found.meaning is not None and (found.strength >= 2 or found.meaning.startswith(CLEAR))):
        return found
    return Hint("survey", None, 1.0, ("question",), own)


def _meets_end(path: tuple[str, ...], found: Hint) -> bool:
    return path[-len(found.words) :] == found.words if found.words else False


def _match(raw: tuple[str, ...]) -> Hint:
    """The header with its short words written out, or as it stands where that says more."""
    found = _best(expanded(raw))
    return found if found.meaning is not None or found.nothing else _best(raw)


def _best(header: tuple[str, ...]) -> Hint:
    table = _phrases()
    best: tuple[int, int, tuple[str, ...]] | None = None
    for start in range(len(header)):
        for end in range(min(len(header), start + _longest()), start, -1):
            phrase = header[start:end]
            if phrase in table and (best is None or (end - start, start) > best[:2]) and _says_it(phrase, header, start, end):
                best = (end - start, start, phrase)
    if best is None:
        return Hint(_bare_role_meaning(header), _role(header, ()), 1.0 if _role(header, ()) else 0.0, (), header)
    length, start, phrase = _contact_at_the_end(header) or best
    rest = header[:start] + header[start + length :]
    if start + length < len(header) and (last := _role_phrases().get(header[-1:])) and last != "student":
        return Hint("person", last, 1.5, header[-1:])  # `class teacher`: the person, not the class
    role = _role(header, phrase) or _role_within(phrase)
    strength = length + (0.5 if length == len(header) else 0.0)
    if table[phrase] == NOTHING:
        return Hint(None, role, strength, phrase, rest, nothing=True)
    return Hint(table[phrase], role, strength, phrase, rest)


def _contact_at_the_end(header: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]] | None:
    """`homeroom teacher email` is an e-mail, whatever the words before it could mean."""
    at = len(header) - 1
    return (1, at, header[at:]) if at >= 2 and header[at] in ("email", "phone", "cell") and _role(header[:at], ()) else None


def _says_it(phrase: tuple[str, ...], header: tuple[str, ...], start: int, end: int) -> bool:
    """Some words say it only where the rest of the header says nothing of its own."""
    if " ".join(phrase) not in _word_set("whole_headers"):
        return True
    rest = (*header[:start], *header[end:])
    return all(w in _word_set("suffixes") or PLAIN_NUMBER.fullmatch(w) or (w,) in _role_phrases() for w in rest)


def _bare_role_meaning(header: tuple[str, ...]) -> str | None:
    """`student`, `parent 1`, `teacher` alone name the person."""
    rest = [word for word in header if (word,) not in _role_phrases() and not word.isdigit() and word not in BESIDE_ROLES]
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
    """`student id`, `pupil no`: the phrase itself says whose. OneRoster's agents are a student's guardians, as are SDS's related users."""
    if phrase[0] in ("agent", "relationship"):
        return "guardian"
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


@lru_cache(maxsize=20_000)
def never_an_id(header: str) -> bool:
    """Do the header's words say number, score, room or count?"""
    own = words(header)
    return any(own[i : i + len(p)] == p for p in _word_list("not_ids") for i in range(len(own) - len(p) + 1))


@lru_cache(maxsize=20_000)
def names_a_thing(header: str) -> bool:
    """Is one of the header's words a thing (course, device, message) whose ids and names are nobody's?

    A thing within the words that say what the header means (`district id`, `canvas user id`) is none.
    """
    said = hint(header)
    inside = set(said.words) if said.meaning in ("id.local", "id.state", "id.provider", "id.username") and len(said.words) > 1 else set()
    things = _word_set("things")
    return any((w.removesuffix("s") in things or w in things) and w not in inside for w in words(header))


def of_a_place(header: str) -> bool:
    """Is it the address or phone of a school, an office or a company?"""
    own = hint(header)
    return own.role is None and not _word_set("places").isdisjoint(own.rest)
