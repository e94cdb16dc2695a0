"""Ids in a "de-identified" file that were made of real ones: found by doing the same to the roster's ids and comparing.

Digests of ids, e-mails, user names, and of name and birth date, whole or cut, in hex, base64 or as numbers, with common salts; codings that
anybody can undo (base64, reversed digits, ROT13); numbers moved by a constant (added, XOR, multiplied). A secret salt or key is not found.

Each way is tried on a sample of the roster first, large enough to hold some students of the file. What chance explains does not count:
a short digest, or a number among many ids, meets somebody's by accident.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt

from scanners.aggregate.grain import ID_WORDS, names_persons
from scanners.aggregate.layout import AuditColumn, Layout
from scanners.aggregate.quasi_identifiers import QuasiIdentifier, distinct
from scanners.aggregate.traits import StudentTraits
from scanners.aggregate.words import words_of
from scanners.canonical import canonical
from scanners.fold import plain
from scanners.oneroster import Person

Ints = npt.NDArray[np.int64]
Digest = Callable[[bytes], bytes]

MOST_OF_THEM = 0.6
"""Share of a column's distinct values that must be met, where fewer could be chance."""
FEWEST_HITS = 5
NO_CHANCE = 1e-6
"""Hits expected by chance below which one hit is proof."""
FEWEST_NUMBERS = 20
"""Distinct numbers from which a constant that was added is looked for."""
VOTERS = 16
HITS_IN_A_SAMPLE = 4
"""Students of the file that the sample of the roster should hold, on average: none in two of a hundred samples."""
SMALLEST_SAMPLE = 64
MOST_HASHES = 1_500_000
"""Digests computed for one column with salts; beyond that, rarer salts are left out."""
SHORTEST_DIGEST = 6

SALTS = """salt student students secret pepper hash id school district key password anon research study edu data sis private pii test
 abc123 123 1234 12345 123456 changeme mysalt s3cr3t saltsalt deidentify k12""".split()
YEARS = [str(year) for year in range(2018, 2031)]
JOINTS = ("", "-", "_", ":", "|", ".")


@dataclass(frozen=True)
class DerivedId:
    """`rows`: how many rows' id in this column was derived. `witness` says from what and how, and for how many rows; it holds no value."""

    column: str
    rows: int
    witness: str


def derived_ids(layout: Layout, traits: Sequence[QuasiIdentifier], roster: StudentTraits) -> list[DerivedId]:
    """Every column whose ids were derived from the roster's, with the way that explains most of its rows."""
    taken = {trait.column.name for trait in traits}
    ids = _Ids(roster)
    found = []
    for column in layout.columns:
        if column.name not in taken and column.role not in ("percent", "prose", "empty") and (values := _Values.of(column)):
            best = max((way for way in _ways(values, ids)), key=lambda way: way[1], default=None)
            if best is not None:
                found.append(DerivedId(column.name, best[1], f"column {column.name} is {best[0]} for {best[1]:,}"))
    return found


# --- the file's side ---------------------------------------------------------------------------------------------------------

HEX = re.compile(r"[0-9a-f]{6,128}")
BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{8,}={0,2}")
LABEL = re.compile(r"[A-Za-z][A-Za-z0-9]{0,12}[-_:#. ]+")


@dataclass(frozen=True)
class _Values:
    """A column's distinct values as they could be ids. `form`: hex or base64 of one `length`, a number, or text."""

    column: AuditColumn
    form: str
    length: int
    position: dict[str, int]
    codes: Ints

    @classmethod
    def of(cls, column: AuditColumn) -> _Values | None:
        """None where the column's values can be no ids."""
        texts, codes = distinct(column)
        if not texts or max(map(len, texts)) < 4:
            return None
        named = names_persons(column.name) or bool(words_of(column.name) & ID_WORDS)
        spelled = _unlabelled(texts)
        bare = [re.sub(r"[-{}]", "", text.casefold().removeprefix("0x")) for text in spelled]
        if sum(text.isdigit() for text in bare) > 0.9 * len(bare) and max(map(len, bare)) < 32:
            rows = int((codes >= 0).sum())
            if not named and (len(texts) < 0.5 * rows or len(texts) < FEWEST_NUMBERS):
                return None
            numbers = [text for text in (t.removesuffix(".0") for t in spelled) if text.isascii()]
            return cls._made(column, "number", [t if t.isdigit() else "" for t in numbers], codes)
        for form, spellings, shape in (("hex", bare, HEX), ("base64", [t.rstrip("=") for t in spelled], BASE64)):
            fitting = [t if shape.fullmatch(t) and any(c.isalpha() for c in t) | any(c.isdigit() for c in t) else "" for t in spellings]
            lengths = [len(t) for t in fitting if t]
            if not lengths:
                continue
            common = max(set(lengths), key=lengths.count)
            if lengths.count(common) >= 0.8 * len(texts) and (form == "hex" or any(c.isdigit() or c.isupper() for c in "".join(fitting))):
                kept = [t if len(t) == common else "" for t in fitting]
                if form == "base64":
                    kept = [t.replace("+", "-").replace("/", "_") for t in kept]
                return cls._made(column, form, kept, codes)
        return cls._made(column, "text", [plain(t) for t in spelled], codes) if named or len(texts) >= 0.5 * len(column.cells) else None

    @classmethod
    def _made(cls, column: AuditColumn, form: str, spellings: Sequence[str], codes: Ints) -> _Values:
        position: dict[str, int] = {}
        places = np.array([position.setdefault(t, len(position)) if t else -1 for t in spellings] + [-1], np.int64)
        lengths = [len(t) for t in spellings if t]
        return cls(column, form, max(set(lengths), key=lengths.count) if lengths else 0, position, places[codes])

    def rows_of(self, met: Iterable[str]) -> int:
        """Rows that hold one of these values."""
        own = np.zeros(len(self.position) + 1, bool)
        own[[self.position[t] for t in met]] = True
        return int(own[self.codes].sum())

    @cached_property
    def numbers(self) -> Ints:
        return (
            np.array(sorted({int(t) for t in self.position if len(t) <= 17}), np.int64) if self.form == "number" else np.empty(0, np.int64)
        )


def _unlabelled(texts: Sequence[str]) -> list[str]:
    """Values without what all of them begin with (`STU-`, `sha256:`)."""
    first, last = min(texts), max(texts)
    alike = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    label = LABEL.match(first[:alike] if len(texts) > 1 else first)
    return [text[len(label[0]) :].strip() for text in texts] if label else list(texts)


# --- the roster's side -------------------------------------------------------------------------------------------------------


class _Ids:
    """What an id may have been made of, for every student of the roster, in one random order that is always the same."""

    def __init__(self, roster: StudentTraits) -> None:
        self.roster = roster
        order = np.random.default_rng(0).permutation(len(roster)).tolist()
        self.people: list[Person] = [roster.people[i] for i in order]

    @cached_property
    def kinds(self) -> dict[str, list[list[str]]]:
        """For each kind of id, each student's values as written."""
        ssn = [[p.ssn] if p.ssn else [] for p in self.people]
        found = {
            "the student id": [_each(p.key_id, p.sourced_id, p.identifier, *(v for v, _ in p.local_ids)) for p in self.people],
            "the state id": [_each(*p.state_ids) for p in self.people],
            "the user name": [_each(p.username) for p in self.people],
            "the e-mail address": [_each(*p.emails) for p in self.people],
            "the social security number": [[*own, *(re.sub(r"\D", "", t) for t in own)] for own in ssn],
        }
        return {kind: values for kind, values in found.items() if any(values)}

    @cached_property
    def written(self) -> dict[str, list[list[str]]]:
        """The same in the ways that one id is written: case, blanks, zeros in front."""
        widths = {kind: max((len(t) for own in values for t in own if t.isdigit()), default=0) for kind, values in self.kinds.items()}
        return {
            kind: [[form for text in own for form in _forms(text, widths[kind])] for own in values] for kind, values in self.kinds.items()
        }

    @cached_property
    def numbers(self) -> dict[str, Ints]:
        """The ids of each kind that are numbers."""
        found = {
            kind: np.unique([int(t) for own in values for t in own if t.isdigit() and t.isascii() and len(t) <= 15])
            for kind, values in self.kinds.items()
            if kind != "the e-mail address"
        }
        return {kind: numbers.astype(np.int64) for kind, numbers in found.items() if len(numbers) >= FEWEST_NUMBERS}

    @cached_property
    def named(self) -> list[tuple[str, Callable[[Person], str | None]]]:
        return list(_names_and_births())

    def salts(self) -> list[str]:
        """Common ones first, then years, the e-mails' domains, the names of the district and its schools."""
        domains = {email.rsplit("@", 1)[1] for p in self.people[:500] for email in p.emails if "@" in email}
        parts = sorted(domains | {domain.split(".")[0] for domain in domains})[:10]
        school_years = [f"{year}-{int(year) + 1}" for year in YEARS]
        places = [form for place in self.roster.places[:60] for form in (place, place.lower(), plain(place).replace(" ", ""))]
        return list(
            dict.fromkeys(
                [*SALTS, *YEARS, *parts, *(s.upper() for s in SALTS[:10]), *(s.title() for s in SALTS[:10]), *school_years, *places]
            )
        )


def _each(*values: str | None) -> list[str]:
    return list(dict.fromkeys(v for v in values if v and v.strip()))


def _forms(text: str, width: int) -> list[str]:
    bare = text.strip()
    forms = [text, bare, bare.lower(), bare.upper(), canonical(bare)]
    if bare.isdigit():
        forms += [bare.lstrip("0"), *(bare.zfill(w) for w in {8, 9, 10, 12, width} if w > len(bare)), f"{bare}.0"]
    elif "@" in bare:
        forms += [f"mailto:{bare.lower()}", bare.lower().split("@")[0]]
    return list(dict.fromkeys(form for form in forms if form))


BIRTHS = ("%Y%m%d", "%Y-%m-%d", "%m%d%Y", "%m/%d/%Y", "%m%d%y", "%d%m%Y", "%d/%m/%Y", "%y%m%d", "%m-%d-%Y")


def _names_and_births() -> Iterator[tuple[str, Callable[[Person], str | None]]]:
    """Names and birth dates run together in the ways that people do it, and SLK-581 (AIHW's statistical linkage key)."""
    parts: dict[str, Callable[[Person], list[str]]] = {
        "last name, first name and birth date": lambda p: [p.family, p.given],
        "first name, last name and birth date": lambda p: [p.given, p.family],
        "initial, last name and birth date": lambda p: [p.given[:1], p.family],
        "initials and birth date": lambda p: [p.given[:1], p.family[:1]],
    }
    cases: tuple[Callable[[str], str], ...] = (_letters, _capitals, str.strip)
    for said, names in parts.items():
        for case in cases:
            for written in BIRTHS:
                for joint in ("", " ", "|", "-", "_", ",", ":"):
                    yield said, lambda p, n=names, c=case, w=written, j=joint: _joined(p, n(p), c, w, j)  # type: ignore[misc]
    for said, names in list(parts.items())[:2]:
        for case in cases:
            for joint in ("", " ", "|", "-", "_", ",", ", ", "."):
                yield said.replace(" and birth date", "").replace(", ", " and "), lambda p, n=names, c=case, j=joint: j.join(map(c, n(p)))  # type: ignore[misc]
    yield "the linkage key SLK-581", _slk581


@lru_cache(maxsize=100_000)
def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", plain(text))


@lru_cache(maxsize=100_000)
def _capitals(text: str) -> str:
    return _letters(text).upper()


def _joined(person: Person, names: list[str], case: Callable[[str], str], written: str, joint: str) -> str | None:
    return joint.join([*map(case, names), _written(person.birth_date, written)]) if person.birth_date else None


@lru_cache(maxsize=100_000)
def _written(day: date, form: str) -> str:
    return day.strftime(form)


def _slk581(person: Person) -> str | None:
    """Letters 2, 3, 5 of the family name, 2 and 3 of the given one, the birth date, 1 male 2 female."""
    if person.birth_date is None:
        return None
    family, given = (re.sub(r"[^A-Z]", "", plain(t).upper()).ljust(5, "2") for t in (person.family, person.given))
    sex = {"m": "1", "f": "2"}.get((person.sex or "").casefold()[:1], "9")
    return family[1] + family[2] + family[4] + given[1] + given[2] + person.birth_date.strftime("%d%m%Y") + sex


# --- ways to make one of the other -------------------------------------------------------------------------------------------

HASHES: tuple[tuple[str, Digest, int], ...] = (
    ("MD5", lambda b: hashlib.md5(b, usedforsecurity=False).digest(), 16),
    ("SHA-1", lambda b: hashlib.sha1(b, usedforsecurity=False).digest(), 20),
    ("SHA-256", lambda b: hashlib.sha256(b).digest(), 32),
    ("SHA-512", lambda b: hashlib.sha512(b).digest(), 64),
    ("SHA-224", lambda b: hashlib.sha224(b).digest(), 28),
    ("SHA-384", lambda b: hashlib.sha384(b).digest(), 48),
    ("SHA3-256", lambda b: hashlib.sha3_256(b).digest(), 32),
    ("SHA3-224", lambda b: hashlib.sha3_224(b).digest(), 28),
    ("SHA3-384", lambda b: hashlib.sha3_384(b).digest(), 48),
    ("SHA3-512", lambda b: hashlib.sha3_512(b).digest(), 64),
    ("BLAKE2b", lambda b: hashlib.blake2b(b).digest(), 64),
    ("BLAKE2s", lambda b: hashlib.blake2s(b).digest(), 32),
)
CHECKSUMS: tuple[tuple[str, Callable[[bytes], int]], ...] = (("CRC-32", zlib.crc32), ("Adler-32", zlib.adler32))
COMMON = ("MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "BLAKE2b")
SALTED = ("MD5", "SHA-1", "SHA-256", "SHA-512")
"""Digests that are tried with salts and with names, which takes many tries each."""
NAMESPACES = (uuid.NAMESPACE_DNS, uuid.NAMESPACE_URL, uuid.NAMESPACE_OID, uuid.NAMESPACE_X500)


@dataclass(frozen=True)
class _Way:
    """One function from text to the spelling of the file's ids; `space`: how many spellings there are, for chance."""

    said: str
    make: Callable[[str], str]
    space: float
    common: bool = False

    @property
    def whole(self) -> bool:
        """Is it a common digest in its full length? One id is proof then, so that the whole roster is worth trying."""
        return self.common and self.space >= 2.0**100 and not self.said.startswith("the ")


def _digest_ways(values: _Values) -> list[_Way]:
    """The digests whose spelling can have this form and length, whole ones before cut ones."""
    length = values.length
    if values.form == "hex":
        return _hex_ways(length) if length >= SHORTEST_DIGEST else []
    if values.form == "base64":
        space = 64.0**length
        ways = [
            _Way(f"{_cut(length < -(-size * 4 // 3))}{name} in base64 of ", _in_base64(digest, length), space, name in COMMON)
            for name, digest, size in HASHES
            if -(-size * 4 // 3) >= length
        ]
        return sorted(ways, key=lambda way: way.said.startswith("the first"))
    if values.form == "number":
        modulus = 10**length
        space = float(max(int(max(values.numbers, default=0)), 1))
        ways = [_Way(f"{name} of ", _checksum(f, "d"), 2.0**32, True) for name, f in CHECKSUMS]
        for name, digest, _ in HASHES[:4]:
            ways.append(_Way(f"{name} as a number of ", _as_number(digest, None, modulus), space, True))
            ways += [_Way(f"{name} as a number of ", _as_number(digest, size, None), 256.0**size) for size in (4, 5, 6, 7, 8)]
        return ways
    return []


def _hex_ways(length: int) -> list[_Way]:
    space = 16.0**length
    whole = [_Way(f"{name} of ", _in_hex(digest, length), space, name in COMMON) for name, digest, size in HASHES if size * 2 == length]
    if length % 2 == 0 and length <= 128:
        whole.append(
            _Way(f"BLAKE2b-{length * 4} of ", lambda t: hashlib.blake2b(t.encode(), digest_size=length // 2).hexdigest(), space, True)
        )
    if length == 8:
        whole += [_Way(f"{name} of ", _checksum(f, "08x"), space, True) for name, f in CHECKSUMS]
    if length == 32:
        whole += [_Way("a UUID (version 3) of ", _in_uuid(uuid.uuid3, n), space) for n in NAMESPACES]
        whole += [_Way("a UUID (version 5) of ", _in_uuid(uuid.uuid5, n), space) for n in NAMESPACES]
    cut = [
        _Way(f"{_cut(True)}{name} of ", _in_hex(digest, length), space, name in COMMON)
        for name, digest, size in HASHES
        if size * 2 > length
    ]
    ends = [
        _Way(f"the last digits of {name} of ", _hex_end(digest, length), space) for name, digest, size in HASHES[:4] if size * 2 > length
    ]
    return [*whole, *cut, *ends]


def _cut(short: bool) -> str:
    return "the first characters of " if short else ""


def _in_hex(digest: Digest, length: int) -> Callable[[str], str]:
    return lambda text: digest(text.encode()).hex()[:length]


def _hex_end(digest: Digest, length: int) -> Callable[[str], str]:
    return lambda text: digest(text.encode()).hex()[-length:]


def _in_uuid(make: Callable[[uuid.UUID, str], uuid.UUID], namespace: uuid.UUID) -> Callable[[str], str]:
    return lambda text: make(namespace, text).hex


def _checksum(make: Callable[[bytes], int], written: str) -> Callable[[str], str]:
    return lambda text: format(make(text.encode()), written)


def _as_number(digest: Digest, size: int | None, modulus: int | None) -> Callable[[str], str]:
    """The digest's first `size` bytes as a number, or all of it by `modulus`."""
    return lambda text: str(int.from_bytes(digest(text.encode())[:size]) % (modulus or 2**512))


def _in_base64(digest: Digest, length: int) -> Callable[[str], str]:
    return lambda text: base64.urlsafe_b64encode(digest(text.encode())).decode().rstrip("=")[:length]


def _codings(values: _Values) -> list[_Way]:
    """Spellings that anybody can undo."""
    if values.form == "base64":
        return [_Way("base64 of ", lambda t: base64.urlsafe_b64encode(t.encode()).decode().rstrip("="), 64.0**values.length)]
    if values.form == "hex":
        if values.length in [size * 2 for _, _, size in HASHES]:
            return []
        return [
            _Way("the characters in hex of ", lambda t: t.encode().hex(), 16.0**values.length),
            _Way("in hex ", lambda t: f"{int(t):x}" if t.isdigit() else "", 16.0**values.length),
        ]
    ways = [_Way("backwards ", lambda t: t[::-1], 0.0)]
    if values.form == "text":
        ways.append(_Way("ROT13 of ", lambda t: codecs.encode(t, "rot13"), 0.0))
    return ways


def _ways(values: _Values, ids: _Ids) -> Iterator[tuple[str, int]]:
    """(what the ids are, rows) of every way that is borne out; the search ends with the first group of ways that has any."""
    for search in (_undoable, _plain_digests, _moved, _of_names, _salted):
        found = list(search(values, ids))
        if found:
            yield from found
            return


def _undoable(values: _Values, ids: _Ids) -> Iterator[tuple[str, int]]:
    for way in _codings(values):
        for kind, forms in ids.written.items():
            made = {way.make(text) for own in forms for text in own} - {text for own in forms for text in own}
            if rows := _borne_out(values, made & values.position.keys(), len(made), way.space):
                yield f"{way.said}{kind}", rows


def _plain_digests(values: _Values, ids: _Ids) -> Iterator[tuple[str, int]]:
    sample = _sample(values, ids)
    for way in _digest_ways(values):
        for kind, forms in ids.written.items():
            if not way.whole:
                met = {way.make(text) for own in forms[:sample] for text in own} & values.position.keys()
                if not _worth_it(met, values, sample, way):
                    continue
            made = {way.make(text) for own in forms for text in own}
            if rows := _borne_out(values, made & values.position.keys(), len(made), way.space):
                yield f"{way.said}{kind}", rows
                if rows >= MOST_OF_THEM * int((values.codes >= 0).sum()) and way.whole:
                    return  # there is no second one


def _of_names(values: _Values, ids: _Ids) -> Iterator[tuple[str, int]]:
    ways = _likely_ways(values)
    people, sample = ids.people, _sample(values, ids)
    tried = ids.named[: max(1, MOST_HASHES // max(1, sample * len(ways)))] if ways else []
    plainly = [_Way("", lambda t: plain(t), 0.0)] if values.form == "text" else []
    for said, make in tried:
        texts = [text for person in people[:sample] if (text := make(person))]
        for way in (*ways, *plainly):
            met = {way.make(text) for text in texts} & values.position.keys()
            if not _worth_it(met, values, sample, way):
                continue
            made = {way.make(text) for person in people if (text := make(person))}
            if rows := _borne_out(values, made & values.position.keys(), len(made), way.space):
                yield f"{way.said}{said}", rows
                return


def _salted(values: _Values, ids: _Ids) -> Iterator[tuple[str, int]]:
    """Digests with something before or after the id, the commonest salts first."""
    ways = _likely_ways(values)
    sample, left = _sample(values, ids), MOST_HASHES
    own = {kind: [next(iter(v), "") for v in forms] for kind, forms in ids.kinds.items()}
    for salt, joint in [(s, j) for j in JOINTS for s in (*ids.salts(), None)]:
        for kind, texts in own.items():
            for before in (True, False):
                for way in ways:
                    left -= sample
                    if left < 0:
                        return
                    some = _with_salt(texts[:sample], ids.people, salt, joint, before)
                    if not _worth_it({way.make(t) for t in some} & values.position.keys(), values, sample, way):
                        continue
                    made = {way.make(t) for t in _with_salt(texts, ids.people, salt, joint, before)}
                    if rows := _borne_out(values, made & values.position.keys(), len(made), way.space):
                        what = "the school's name" if salt is None else f"a common salt ({salt})" if salt in SALTS else "a common salt"
                        yield f"{way.said}{kind} with {what} {'before' if before else 'after'} it", rows
                        return


def _likely_ways(values: _Values) -> list[_Way]:
    """The commonest digests of this form: whole ones where any has its length."""
    ways = [way for way in _digest_ways(values) if any(name in way.said for name in SALTED) and way.common]
    return [way for way in ways if not way.said.startswith("the ")] or ways


def _with_salt(texts: Sequence[str], people: Sequence[Person], salt: str | None, joint: str, before: bool) -> list[str]:
    """`salt` None: the name of the student's own school."""
    salts = [salt if salt is not None else next(iter(p.schools), "") for p in people[: len(texts)]]
    return [f"{s}{joint}{t}" if before else f"{t}{joint}{s}" for t, s in zip(texts, salts, strict=True) if t]


# --- chance ------------------------------------------------------------------------------------------------------------------


def _sample(values: _Values, ids: _Ids) -> int:
    """Students to try, so that some of those in the file are among them."""
    roster = len(ids.people)
    return min(roster, max(SMALLEST_SAMPLE, HITS_IN_A_SAMPLE * roster // max(1, len(values.position))))


def _worth_it(met: set[str], values: _Values, sample: int, way: _Way) -> bool:
    """Is it worth trying on the whole roster?"""
    if not met:
        return False
    chance = len(values.position) * sample * 3 / way.space if way.space else 0.0
    return chance < 1e-3 or len(met) > chance + 3 * sqrt(chance) + 1


def _borne_out(values: _Values, met: Iterable[str], tried: int, space: float) -> int:
    """The rows whose id was met; 0 where chance explains it. `space` 0: a coding, of which nothing but most of the column is proof."""
    own = set(met)
    many = len(values.position)
    if not own:
        return 0
    if space:
        chance = many * tried / space
        proven = chance < NO_CHANCE or (
            (len(own) >= FEWEST_HITS or len(own) >= MOST_OF_THEM * many) and len(own) > chance + 8 * sqrt(chance) + 2
        )
    else:
        lengths = [len(t) for t in values.position]
        density = min(1.0, tried / 10.0 ** max(1, max(set(lengths), key=lengths.count))) if values.form == "number" else 0.0
        proven = len(own) >= MOST_OF_THEM * many and len(own) >= 3 and density < 0.3
    return values.rows_of(own) if proven else 0


# --- numbers moved by a constant ---------------------------------------------------------------------------------------------


def _moved(values: _Values, ids: _Ids) -> Iterator[tuple[str, int]]:
    """A constant added to every id, XORed with it, or multiplied. It must explain clearly more than the next best constant does."""
    numbers = values.numbers
    if len(numbers) < FEWEST_NUMBERS:
        return
    voters = numbers[np.random.default_rng(0).permutation(len(numbers))[:VOTERS]]
    for kind, own in ids.numbers.items():
        tries: tuple[tuple[str, Ints, Callable[[int], Ints]], ...] = (
            ("with a constant added", (voters[:, None] - own[None, :]).ravel(), lambda c: numbers - c),
            ("with a constant XORed", (voters[:, None] ^ own[None, :]).ravel(), lambda c: numbers ^ c),
            ("times a constant", _quotients(voters, own), lambda c: np.where(numbers % c == 0, numbers // c, -1)),
        )
        for said, constants, undone in tries:
            if (met := _clearly_best(constants, undone, own, said)) is not None:
                yield f"{kind} {said}", values.rows_of(t for t in values.position if len(t) <= 17 and int(t) in set(numbers[met].tolist()))
                return


def _quotients(voters: Ints, own: Ints) -> Ints:
    divisors = own[own > 1]
    whole = voters[:, None] % divisors[None, :] == 0
    found = (voters[:, None] // divisors[None, :])[whole]
    return np.asarray(found[found > 1], np.int64)


def _clearly_best(constants: Ints, undone: Callable[[int], Ints], own: Ints, said: str) -> npt.NDArray[np.bool_] | None:
    """Which of the numbers are ids once the constant that most voters agree on is taken away; None where no constant stands out."""
    if not len(constants):
        return None
    different, votes = np.unique(constants, return_counts=True)
    best = different[np.argsort(-votes, kind="stable")[:40]].tolist()
    neutral = 1 if said.startswith("times") else 0
    met = sorted(((np.isin(undone(int(c)), own), int(c)) for c in best), key=lambda one: -int(one[0].sum()))
    first, constant = met[0]
    hits, many = int(first.sum()), len(first)
    second = max((int(m.sum()) for m, _ in met[1:]), default=0)
    clearly = hits - second > 4 * sqrt(max(second, 1) * (1 - second / many) + 1)
    return first if constant != neutral and hits >= MOST_OF_THEM * many and clearly else None
