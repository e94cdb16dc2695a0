"""Disguises of one value: what an export, a careless script or somebody who hides it makes of an e-mail, an id, a name, an SSN.

Only the making belongs here; no scanner is imported.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

EMAIL, ID, NAME, SSN = "e-mail", "id", "name", "SSN"
KINDS = (EMAIL, ID, NAME, SSN)
NUMBERS = (ID, SSN)
LOOK_ALIKE = str.maketrans("aeopcxi", "аеорсхі")


@dataclass(frozen=True)
class Disguise:
    """`put` disguises one value; `kinds` are those that it changes. `encoding`: the file's, where the disguise is the file's."""

    name: str
    put: Callable[[str], str]
    kinds: tuple[str, ...] = KINDS
    encoding: str | None = None


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _quoted_printable(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def _last_first(name: str) -> str:
    given, _, family = name.partition(" ")
    return f"{family}, {given}"


def _mathematical(text: str) -> str:
    """Bold letters and digits, which NFKC makes plain."""
    return "".join(_bold(c) for c in text)


def _bold(c: str) -> str:
    for first, last, start in (("a", "z", 0x1D41A), ("A", "Z", 0x1D400), ("0", "9", 0x1D7CE)):
        if first <= c <= last:
            return chr(start + ord(c) - ord(first))
    return c


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _grouped(joint: str) -> Callable[[str], str]:
    """An SSN's groups, or an id in threes, with another joint."""
    return lambda text: joint.join(text.split("-") if "-" in text else [text[i : i + 3] for i in range(0, len(text), 3)])


PLAIN = Disguise("none", lambda text: text)
DISGUISES = (
    Disguise("zero-width characters", lambda text: "\u200b".join(text)),
    Disguise("soft hyphens", lambda text: "\u00ad".join(text)),
    Disguise("full width", _full_width),
    Disguise("mathematical letters (NFKC)", _mathematical),
    Disguise("decomposed (NFD)", lambda text: unicodedata.normalize("NFD", text.replace("i", "í")), (NAME,)),
    Disguise("other dashes", _grouped("\u2013"), NUMBERS),
    Disguise("spaces inside", _grouped(" "), NUMBERS),
    Disguise("no-break spaces inside", _grouped("\u00a0"), NUMBERS),
    Disguise("HTML entities", lambda text: "".join(f"&#{ord(c)};" for c in text)),
    Disguise(
        "HTML entities, punctuation only", lambda text: "".join(c if c.isalnum() else f"&#x{ord(c):x};" for c in text), (EMAIL, NAME, SSN)
    ),
    Disguise("%-escapes", lambda text: quote(text, safe="").replace("-", "%2D"), (EMAIL, NAME, SSN)),
    Disguise("%-escapes, every character", _percent),
    Disguise("double %-escapes", lambda text: quote(_percent(text), safe="")),
    Disguise("\\u escapes", lambda text: "".join(f"\\u{ord(c):04x}" for c in text)),
    Disguise("base64", lambda text: base64.b64encode(text.encode()).decode()),
    Disguise("base64 twice", lambda text: base64.b64encode(base64.b64encode(text.encode())).decode()),
    Disguise("hex", lambda text: text.encode().hex()),
    Disguise("quoted-printable", _quoted_printable),
    Disguise("UTF-16 file", lambda text: text, encoding="utf-16"),
    Disguise("capitals", str.upper, (EMAIL, NAME)),
    Disguise("mixed case", lambda text: "".join(c.upper() if n % 2 else c.lower() for n, c in enumerate(text)), (EMAIL, NAME)),
    Disguise("family name first", _last_first, (NAME,)),
    Disguise("family name first, no comma", lambda text: " ".join(reversed(text.split())), (NAME,)),
    Disguise("name with dots", lambda text: text.lower().replace(" ", "."), (NAME,)),
    Disguise("name with underscores", lambda text: text.lower().replace(" ", "_"), (NAME,)),
    Disguise("hashed (SHA-256)", lambda text: hashlib.sha256(text.encode()).hexdigest()),
    Disguise("hashed (MD5)", lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
    Disguise("reversed", lambda text: text[::-1], (EMAIL, ID, NAME)),
    Disguise("'at' and 'dot'", lambda text: text.replace("@", " at ").replace(".", " dot "), (EMAIL,)),
    Disguise("look-alike letters", lambda text: text.translate(LOOK_ALIKE), (EMAIL, NAME)),
    Disguise("HTML tags, escaped", lambda text: escape(f"<b>{text}</b>")),
)
