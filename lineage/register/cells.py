"""How single values are written: days, host names, party ids. Each function returns the value or raises `Unfit` (found, mend)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

import idna

LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
IPV6 = r"[0-9a-f:]*:[0-9a-f:.]*"


class Unfit(ValueError):
    """A value that cannot stand as written."""

    def __init__(self, found: str, mend: str) -> None:
        super().__init__(found)
        self.found, self.mend = found, mend


def day(text: str) -> date:
    """An ISO day, `2025-08-01`."""
    written = text.strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        raise Unfit(f"`{written}` is no date", "Write it as YYYY-MM-DD.")
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Unfit(f"`{written}` is a day that does not exist", "Write a day of the calendar as YYYY-MM-DD.") from None


def day_or_time(text: str, zone: ZoneInfo) -> date:
    """An ISO day, or the day in `zone` of an ISO timestamp; one without an offset is local time."""
    written = text.strip()
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d", written, re.ASCII):
        return day(written)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Unfit(f"`{written}` is no time", "Write the day as YYYY-MM-DD, or a time as YYYY-MM-DDTHH:MM:SS with its offset.") from None
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        raise Unfit(f"`{written}` is no time", "Write the day as YYYY-MM-DD.") from None


def host(text: str) -> str:
    """A host or domain as hosts are compared: lower case, ASCII (IDNA), no port, no leading or trailing dot."""
    written = text.strip()
    if "/" in written or "@" in written or not written:
        raise Unfit(f"`{written}` is no host name", "Write the host alone, such as `app.vendor.example`: no https://, no path.")
    if bracketed := re.fullmatch(r"\[(.*)\](:\d+)?", written):
        name = bracketed[1]
    else:
        name = written if written.count(":") > 1 else re.sub(r":\d+$", "", written)
    name = name.removeprefix("*").strip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            name = ""
    if not re.fullmatch(rf"{LABEL}(\.{LABEL})*|{IPV6}", name) or len(name) > 253:
        raise Unfit(f"`{written}` is no host name", "Write the host alone, such as `app.vendor.example`.")
    return name


def party_id(text: str) -> str:
    """A party's id: any text that is one safe folder name, as its deliveries lie in `inbox/<party-id>/`."""
    mend = "Write one folder name: no slash, no control character, no dot in front."
    if not text.strip():
        raise Unfit("an id that is blank", mend)
    if text != text.strip() or text.startswith(".") or re.search(r"[/\\]", text) or len(text.encode()) > 200:
        raise Unfit(f"`{text}` cannot be a folder's name", mend)
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text):
        raise Unfit("an id with a character that cannot be seen", mend)
    if text.casefold() == "district":
        raise Unfit("the id `district`", "It is the district's own; choose another id.")
    if text.casefold().startswith("third_party:"):
        raise Unfit(f"`{text}` begins with `third_party:`", "That is how unregistered parties are named; choose another id.")
    return text
