"""vCards (RFC 6350, and the older 2.1 and 3.0): one record a card, its properties by the names that people give them.

Pictures, sounds and keys within a card are named and not read. What stands in no card is a rejected line.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.readers import encoding, tables
from scanners.readers.source import Reading, Source

_BEGIN, _END = re.compile(r"\s*begin\s*:\s*vcard\s*", re.I), re.compile(r"\s*end\s*:\s*vcard\s*", re.I)
_FOLD = re.compile(r"\r\n|\n|\r")
_PROPERTY = re.compile(r'(?:[\w-]+\.)?([A-Za-z][\w-]*)((?:;(?:"[^"]*"|[^":;])*)*):(.*)', re.S)
_ENCODED = re.compile(r"encoding=\"?(?:b|base64)\b|;base64\b", re.I)
_QUOTED = re.compile(r"quoted-printable", re.I)
_CHARSET = re.compile(r"charset=\"?([\w.-]+)", re.I)
_DATA = re.compile(r"data:[^,]*;base64,", re.I)
_ESCAPE = re.compile(r"\\(.)", re.S)
_PARTS = re.compile(r"((?:[^;\\]|\\.)*)(?:;|\Z)", re.S)
_BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_NAMES = {
    "FN": "full name", "EMAIL": "email", "TEL": "phone", "ADR": "address", "LABEL": "address label", "BDAY": "birth date",
    "NICKNAME": "nickname", "ORG": "organization", "GEO": "geolocation",
}  # fmt: skip
_OF_NAME = ("name.family", "name.given", "name.middle", "name.prefix", "name.suffix")
_TECHNICAL = frozenset({"VERSION", "PRODID", "REV", "CLASS", "MAILER", "XML", "CLIENTPIDMAP"})


@dataclass
class _Cards:
    """The cards of one text."""

    table: tables.RowTable
    rejected: dict[int, str]
    pictures: bool = False
    unfinished: bool = False

    def read(self, text: str) -> None:
        card: dict[str, str | None] | None = None
        for number, line in _lines(text):
            if _BEGIN.fullmatch(line):
                self._add(card)
                self.unfinished |= card is not None
                card = {}
            elif _END.fullmatch(line) and card is not None:
                self._add(card)
                card = None
            elif (match := _PROPERTY.fullmatch(line)) and card is not None:
                for name, value in self._property(match[1].upper(), match[2], match[3]):
                    _put(card, name, value)
            elif line.strip():
                self.rejected[number] = line
        self._add(card)
        self.unfinished |= card is not None

    def _add(self, card: dict[str, str | None] | None) -> None:
        if card:
            self.table.add(card)

    def _property(self, name: str, parameters: str, value: str) -> Iterator[tuple[str, str]]:
        if name in _TECHNICAL:
            return
        if _ENCODED.search(parameters) or _DATA.match(value):
            self.pictures |= name in _BINARY
            if name not in _BINARY:
                yield name.lower(), value  # what base64 hides, the scan looks into
            return
        if _QUOTED.search(parameters):
            charset = _CHARSET.search(parameters)
            value = _unquoted(value, charset[1] if charset else "utf-8")
        if name == "N":
            yield from zip(_OF_NAME, _components(value), strict=False)
        elif name in ("ADR", "ORG"):
            yield _NAMES[name], ", ".join(part for part in _components(value) if part)
        else:
            yield _NAMES.get(name, name.lower()), _plain(value).removeprefix("mailto:").removeprefix("tel:")


class VcardReader:
    """Contacts, exported from a phone, a mail program or an address book."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        first = encoding.decode(head).text.lstrip("\ufeff \t\r\n").split("\n", 1)[0]
        return _BEGIN.fullmatch(first) is not None

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        cards = _Cards(tables.RowTable(""), {})
        cards.read(decoded.text)
        reasons = [f"no property of a card at {tables.numbered(sorted(cards.rejected))}"] if cards.rejected else []
        reasons += ["pictures are not read"] if cards.pictures else []
        reasons += ["a card has no end"] if cards.unfinished else []
        return Reading(tables.parsed("vcf", cards.table.tables(), decoded, cards.rejected, reasons))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first: a line that begins with a blank goes on, and so does one of quoted-printable text
    whose end is `=`."""
    held, begun, soft = "", 0, False
    for number, line in enumerate(_FOLD.split(text), 1):
        if soft:
            held = held[:-1] + line
        elif line[:1] in (" ", "\t") and held:
            held += line[1:]
        else:
            if held:
                yield begun, held
            held, begun = line, number
        soft = held.endswith("=") and _QUOTED.search(held.split(":", 1)[0]) is not None
    if held:
        yield begun, held


def _components(value: str) -> list[str]:
    """The parts of a structured value: between semicolons that are not escaped."""
    return [_plain(part).strip() for part in _PARTS.findall(value)]


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value) if "\\" in value else value


def _unquoted(value: str, charset: str) -> str:
    data = quopri.decodestring(value.encode("utf-8", "surrogateescape"))
    try:
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return encoding.decode(data).text


def _put(card: dict[str, str | None], name: str, value: str) -> None:
    """Another of a name is its second, as in other tables."""
    if not value.strip():
        return
    unique, again = name, 2
    while unique in card:
        unique, again = f"{name}#{again}", again + 1
    card[unique] = value.strip()
