"""One spelling for each thing that is written in many ways: text, names, phones, dates, and the keys they are looked up by.

Pure functions from text to text (or a date). What a value *is* stands in `shapes`, whose it is in `roster_index`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser

INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
QUOTES = re.compile("[\u2018\u2019\u201a\u201b\u02bc\u0060\u00b4\uff07]")
TWO_SCRIPTS = re.compile("[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
LOOK_ALIKE = str.maketrans("асеһіјорѕтухАВСЕНІЈКМОРЅТУХαιοντυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "acehijopstyxABCEHIJKMOPSTYXaiovtuABEZHIKMNOPTYX")
"""Cyrillic and Greek letters that look like Latin ones; nobody writes them beside Latin ones but to hide a word."""
NOT_WORD = re.compile(r"[\W_]+")
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
EPOCH = re.compile(r"\d{10}(\.\d+)?|\d{13}|\d{16}")
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
US_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
COMPACT_DAY = re.compile(r"(19|20)(\d{2})(\d{2})(\d{2})")
COMMON_LOG_TIME = re.compile(r"\[?(\d{2}/\w{3}/\d{4}):(\d{2}:\d{2}:\d{2}) ?([+-]\d{4})?\]?")


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """NFKC, without invisible characters, one kind of dash and quote, single spaces, casefolded."""
    return fold_one(text)


def fold_one(text: str) -> str:
    """`fold` for values that are met once: remembering them costs more than folding them."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = QUOTES.sub("'", DASHES.sub("-", INVISIBLE.sub("", text)))
        if TWO_SCRIPTS.search(text):
            text = text.translate(LOOK_ALIKE)
        text = "".join(
            str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() and unicodedata.digit(c, None) is not None else c for c in text
        )
    return " ".join(text.split()).casefold()


def plain(text: str) -> str:
    """`fold` without accents: what names and addresses are compared by."""
    folded = fold_one(text)
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.translate(LETTERS)


@lru_cache(maxsize=200_000)
def name_tokens(text: str) -> tuple[str, ...]:
    """The words of a name, hyphens apart, apostrophes closed, generational suffixes dropped."""
    return name_words(text)


def name_words(text: str) -> tuple[str, ...]:
    """`name_tokens` for values that are met once."""
    words = NOT_WORD.sub(" ", plain(text).replace("'", "")).split()
    return tuple(w for w in words if w not in SUFFIXES)


def name_key(*parts: str) -> str:
    """One key for a name in any order: its words, sorted."""
    return " ".join(sorted(token for part in parts for token in name_tokens(part)))


def identifier(text: str) -> str:
    """An id as it is compared: folded, without the float's `.0` and the formula `="…"` that spreadsheets add."""
    return identifier_of(fold_one(text))


def identifier_of(folded: str) -> str:
    """`identifier` of what is folded already."""
    bare = folded.removeprefix("=").strip("'\"")
    return bare[:-2] if bare.endswith(".0") and bare[:-2].isdigit() else bare


SPLIT_NUMBER = re.compile(r"\d{1,5}(?:[ \-]\d{1,5}){2,7}")
"""Three groups and more: two are a range or a school year; with dots it is an amount or an address."""


def joined_number(folded: str) -> str | None:
    """The seven to twelve digits of a number that is written in groups (`411 51 6507`); None for a day and anything else."""
    if not SPLIT_NUMBER.fullmatch(folded) or as_day(folded):
        return None
    digits = re.sub(r"\D", "", folded)
    return digits if 7 <= len(digits) <= 12 else None


def phone_digits(text: str) -> str | None:
    """The ten national digits of a North American number, or seven and more digits as they stand; None for anything else."""
    folded = fold(text)
    if re.search(r"[a-wyz]", re.sub(r"(ext|x|tel|phone|cell)\.?", "", folded)):
        return None
    base = re.split(r"(?:ext|x)\.?", folded)[0]
    digits = re.sub(r"\D", "", base)
    digits = national(digits)
    return digits if 7 <= len(digits) <= 15 else None


def national(digits: str) -> str:
    """A North American number without its country code; any other digits as they stand."""
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


LETTERS: dict[int, str] = {
    ord(k): v for k, v in {"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}.items()
}
STREET_WORDS = {
    "street": "st",
    "avenue": "ave",
    "road": "rd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "circle": "cir",
    "boulevard": "blvd",
    "place": "pl",
    "terrace": "ter",
    "parkway": "pkwy",
    "highway": "hwy",
    "apartment": "apt",
    "unit": "apt",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}


def address_key(text: str) -> str:
    """A street address by the abbreviations of USPS Publication 28, punctuation dropped."""
    return " ".join(STREET_WORDS.get(word, word) for word in NOT_WORD.sub(" ", plain(text)).split())


@lru_cache(maxsize=100_000)
def as_day(text: str) -> date | None:
    """The calendar day a cell spells (ISO, US month first, 20100923, `Sep 23, 2010`), or None. Times of day are ignored."""
    folded = text.strip()
    if not 6 <= len(folded) <= 40:
        return None
    if match := ISO_DAY.match(folded):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := US_DAY.match(folded):
        year = int(match[3]) if len(match[3]) == 4 else 2000 + int(match[3]) - (100 if int(match[3]) > 40 else 0)
        return _day(year, int(match[1]), int(match[2])) or _day(year, int(match[2]), int(match[1]))
    if match := COMPACT_DAY.fullmatch(folded):
        return _day(int(match[1] + match[2]), int(match[3]), int(match[4]))
    if re.search(r"[A-Za-z]{3}", folded) and re.search(r"\b(19|20)\d{2}\b", folded) and re.search(r"\b\d{1,2}\b", folded):
        try:
            return dateutil_parser.parse(folded).date()
        except (ValueError, OverflowError):
            return None
    return None


RUN_TOGETHER = re.compile(r"(\d?\d)(\d\d)((?:19|20)\d\d)")


def birth_day(text: str) -> date | None:
    """A birth date as old systems write it, too: month, day and year without a separator (`3092011`), where no other day reads so."""
    if (day := as_day(text)) is None and (match := RUN_TOGETHER.fullmatch(text.strip())):
        month_first, second, year = (int(part) for part in match.groups())
        return _day(year, month_first, second) or _day(year, second, month_first)
    return day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1900 <= year <= 2100 else None
    except ValueError:
        return None


@lru_cache(maxsize=200_000)
def local_day(text: str, zone: ZoneInfo) -> date | None:
    """The day of an instant in the district's time zone; a time without an offset is the district's own.

    Understands ISO 8601, epoch seconds, milliseconds and microseconds, the Common Log Format and what dateutil reads.
    """
    moment = _instant(text.strip())
    if moment is None:
        return None
    try:
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except OverflowError:  # in the year 1 or 9999 the district's day can lie outside the calendar
        return None


LINE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    r"|\[\d{2}/\w{3}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?\]|^\d{10}(?:\.\d+)?\b|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"
)
SYSLOG_TIME = re.compile(r"^(?:<\d+>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) \d\d:\d\d:\d\d\b")


def line_day(line: str, zone: ZoneInfo, received_on: date) -> date | None:
    """The day of a log line by the first time in it (ISO 8601, Common Log Format, epoch, nginx error log, RFC 3164's `Sep  1 10:00:00`).

    RFC 3164 gives no year: it is the last one in which the line is not later than the day its file was received.
    """
    if match := LINE_TIME.search(line[:400]):
        return local_day(match[0].replace(",", "."), zone)
    if match := SYSLOG_TIME.match(line):
        month = MONTHS.find(match[1])
        if month < 0 or month % 3:
            return None
        this_year = _day(received_on.year, month // 3 + 1, int(match[2]))
        if this_year is None or this_year > received_on:
            return _day(received_on.year - 1, month // 3 + 1, int(match[2]))
        return this_year
    return None


MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def _instant(text: str) -> datetime | None:
    if EPOCH.fullmatch(text):
        seconds = float(text) / {13: 1e3, 16: 1e6}.get(len(text), 1)
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 4e9 else None
    if match := COMMON_LOG_TIME.fullmatch(text):
        text = f"{match[1].replace('/', ' ')} {match[2]} {match[3] or ''}"
    elif not re.search(r"\d{4}", text) or len(text) > 64:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return dateutil_parser.parse(text)
    except (ValueError, OverflowError):
        return None
