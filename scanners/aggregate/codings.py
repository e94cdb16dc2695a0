"""How the traits of a person are written in files, and the one form in which two files agree.

Here: from one cell to what it says of a person. Ordered traits (grade, birth date, age, ZIP) become a `Span` of whole numbers, lowest and
highest, so that a band (`K-2`, `2015`, `681`) is read as what it covers. Named traits (sex, race, city) become a set of tokens.
Which column holds which trait stands in `quasi_identifiers`; what the roster knows, in `traits`.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache

from scanners.fold import as_day, birth_day, plain
from scanners.header import words

Span = tuple[int, int]
Tokens = frozenset[str]

UNSAID = frozenset(
    """|n/a|na|null|none|nan|nil|-|--|.|?|*|**|***|s|-1|unknown|unk|not specified|unspecified|not reported|not available|missing|declined
    |declined to state|prefer not to say|not selected|undefined|blank|tbd|refused|decline to answer""".replace("\n    ", "").split("|")
)
"""Cells that say nothing of the person. Folded."""

# --- grade -------------------------------------------------------------------------------------------------------------------

GRADES = {
    **dict.fromkeys("it infant infants toddler toddlers".split(), -4),
    **dict.fromkeys(("pr", "ps", "p3", "pk3", "preschool"), -3),
    **dict.fromkeys(("pk", "p4", "pk4", "prek", "pre k", "vpk", "prekindergarten", "pre kindergarten"), -2),
    **dict.fromkeys(("tk", "transitional kindergarten"), -1),
    **dict.fromkeys(("k", "kg", "kn", "k5", "kf", "kh", "kinder", "kindergarten", "kindergarden"), 0),
    **{word: n for n, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1)},
    **{word: n for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)},
    **{word: n for n, word in enumerate("freshman sophomore junior senior".split(), 9)},
    **dict.fromkeys(("ug", "ungraded", "pg", "postgraduate"), 14),
}
"""Common codes (CEDS entry grade level among them) as a number: kindergarten is 0."""
SCHOOL_LEVELS = {"primary": (-4, 6), "elementary": (-4, 6), "middle": (5, 9), "junior high": (6, 9), "high": (8, 13), "secondary": (6, 13)}
GRADE_NOISE = frozenset("grade grades gr grd level school year yr class".split())
GRADE_NUMBER = re.compile(r"0?(\d|1[0-3])(?:\.0+)?(?:st|nd|rd|th)?")
BAND = re.compile(r"(.+?)\s*(?:-|–|—|\bto\b|\bthrough\b|\bthru\b|/|&|\band\b|\+)\s*(.+)")


@lru_cache(maxsize=20_000)
def grade(text: str) -> Span | None:
    """`03`, `3rd`, `Third`, `Grade 3` → (3, 3); `KG` → (0, 0); `K-2` → (0, 2); `High School` → (8, 13)."""
    folded = re.sub(r"(?<=\d)\.0+$", "", plain(text))
    if (whole := _one_grade(folded)) is not None:
        return whole
    if (match := BAND.fullmatch(folded)) and (low := _one_grade(match[1])) and (high := _one_grade(match[2])) and low < high:
        return low[0], high[1]
    return None


def _one_grade(folded: str) -> Span | None:
    bare = " ".join(word for word in re.split(r"[\s._\-]+", folded) if word not in GRADE_NOISE)
    bare = re.sub(r"^(?:grade|gr|g)(?=\d)", "", bare)
    if bare in GRADES:
        return GRADES[bare], GRADES[bare]
    if match := GRADE_NUMBER.fullmatch(bare):
        return int(match[1]), int(match[1])
    return SCHOOL_LEVELS.get(bare)


# --- dates and ages ----------------------------------------------------------------------------------------------------------

YEAR = re.compile(r"(?:19|20)\d\d(?:\.0)?")
YEARS = re.compile(r"((?:19|20)\d\d)\s*(?:-|–|to|/)\s*((?:19|20)\d\d)")
MONTH_FIRST = re.compile(r"(\d\d?)[/\-.]((?:19|20)\d\d)")
YEAR_FIRST = re.compile(r"((?:19|20)\d\d)[/\-.]?(\d\d?)")
NAMED_MONTH = re.compile(r"([a-z]{3,9})\.?,?[\s\-/]+((?:19|20)\d\d)")
SLASHED = re.compile(r"(\d\d?)[/.\-](\d\d?)[/.\-](\d{4}|\d\d)\b.*")
SERIAL = re.compile(r"(?:2[5-9]|3\d|4\d|5\d)\d{3}(?:\.0+)?")
MONTHS = {name.casefold(): n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names) if name}
FIRST_SERIAL = date(1899, 12, 30)


@lru_cache(maxsize=200_000)
def days(text: str, day_first: bool = False) -> Span | None:
    """The days a cell covers, as proleptic ordinals: a date in any notation, a spreadsheet's day number, a month, a year, some years."""
    folded = " ".join(text.split()).casefold()
    if YEAR.fullmatch(folded):
        return _years(int(folded[:4]), int(folded[:4]))
    if (match := YEARS.fullmatch(folded)) and match[1] <= match[2]:
        return _years(int(match[1]), int(match[2]))
    if match := MONTH_FIRST.fullmatch(folded):
        return _month(int(match[2]), int(match[1]))
    if match := YEAR_FIRST.fullmatch(folded):
        return _month(int(match[1]), int(match[2]))
    if (match := NAMED_MONTH.fullmatch(folded)) and match[1] in MONTHS:
        return _month(int(match[2]), MONTHS[match[1]])
    if SERIAL.fullmatch(folded):
        day: date | None = FIRST_SERIAL + timedelta(days=int(folded.split(".")[0]))
    elif day_first and (match := SLASHED.fullmatch(folded)):
        day = birth_day(f"{match[2]}/{match[1]}/{match[3]}")
    else:
        day = birth_day(folded) or as_day(text)
    return (day.toordinal(), day.toordinal()) if day else None


def writes_day_first(texts: tuple[str, ...]) -> bool:
    """Does a column of dates write the day before the month? Only where some first number can be no month and no second one is."""
    parts = [match for text in texts if (match := SLASHED.fullmatch(text.strip()))]
    return any(int(m[1]) > 12 for m in parts) and not any(int(m[2]) > 12 for m in parts)


def _years(first: int, last: int) -> Span:
    return date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal()


def _month(year: int, month: int) -> Span | None:
    if not 1 <= month <= 12:
        return None
    return date(year, month, 1).toordinal(), date(year, month, calendar.monthrange(year, month)[1]).toordinal()


def birth_year(text: str) -> Span | None:
    """A column of birth years: `2015`, `15`, `2010-2012`; as days."""
    if re.fullmatch(r"\d\d", text.strip()):
        return _years(2000 + int(text), 2000 + int(text))
    return days(text)


@lru_cache(maxsize=1_000)
def month(text: str) -> Span | None:
    """`3`, `03`, `Mar`, `March` → (3, 3)."""
    folded = plain(text).rstrip(".")
    number = MONTHS.get(folded) or (int(folded) if folded.isdigit() and len(folded) <= 2 else 0)
    return (number, number) if 1 <= number <= 12 else None


def day_of_month(text: str) -> Span | None:
    bare = text.strip()
    return (int(bare), int(bare)) if re.fullmatch(r"\d\d?", bare) and 1 <= int(bare) <= 31 else None


AGE = re.compile(r"(\d\d?)(?:\.0+)?")
OLDEST = 120


@lru_cache(maxsize=1_000)
def age(text: str) -> Span | None:
    """Whole years: `9`, `9 years` → (9, 9); `8-10`, `under 10`, `18+` as bands."""
    folded = re.sub(r"\s*(?:years?|yrs?|y\.?o\.?|ages?|aged|old|of age)\b\.?\s*", " ", plain(text)).strip()
    if match := AGE.fullmatch(folded):
        return int(match[1]), int(match[1])
    if match := re.fullmatch(r"(\d\d?)\s*(?:-|–|to)\s*(\d\d?)", folded):
        return (int(match[1]), int(match[2])) if int(match[1]) < int(match[2]) else None
    if match := re.fullmatch(r"(?:<|under|younger than|below)\s*(\d\d?)", folded):
        return 0, int(match[1]) - 1
    if match := re.fullmatch(r"(\d\d?)\s*(?:\+|and (?:over|up|older|above)|or (?:over|older|more))", folded):
        return int(match[1]), OLDEST
    return None


# --- places ------------------------------------------------------------------------------------------------------------------

ZIP = re.compile(r"(\d{4,5})(?:\.0|-?\d{4})?")
ZIP_PREFIX = re.compile(r"(\d{2,4})(?:[*x_#?\-]+)?")


@lru_cache(maxsize=20_000)
def zip_code(text: str) -> Span | None:
    """A US ZIP code, five digits of nine; `2134` lost its zero; `681`, `681**`, `681xx` cover all that begin so."""
    folded = plain(text)
    if re.fullmatch(r"\d{4}[*x#?]", folded) is None and (match := ZIP.fullmatch(folded)):
        return int(match[1]), int(match[1])
    if match := ZIP_PREFIX.fullmatch(folded):
        width = 10 ** (5 - len(match[1]))
        return int(match[1]) * width, int(match[1]) * width + width - 1
    return None


def name(text: str) -> Tokens | None:
    """A place, a language, a status: the text without case, accents and punctuation."""
    said = " ".join(re.sub(r"[\W_]+", " ", plain(text)).split())
    return frozenset({said}) if said else None


# --- sex and race ------------------------------------------------------------------------------------------------------------

SEXES = {
    **dict.fromkeys("m male males boy boys man men masculine hombre masculino varon h".split(), "m"),
    **dict.fromkeys("f female females girl girls woman women feminine mujer femenino w".split(), "f"),
    **dict.fromkeys(
        ("x", "nb", "n", "nonbinary", "non binary", "enby", "gender x", "other", "o", "another gender", "genderqueer", "intersex"), "x"
    ),
}


@lru_cache(maxsize=1_000)
def sex(text: str) -> Tokens | None:
    """`m`, `f` or `x`; None for a code that could be either (`1`)."""
    said = " ".join(re.sub(r"[\W_]+", " ", plain(text.rsplit("#", 1)[-1])).split())
    return frozenset({SEXES[said]}) if said in SEXES else None


RACES = {
    "indian": "americanindianoralaskanative ai an aian ian nativeamerican americanindian alaskanative indigenous firstnations am7 am i",
    "asian": "asian as asianamerican as7 a",
    "black": "blackorafricanamerican bl b aa africanamerican black blackafricanamerican bl7",
    "pacific": "nativehawaiianorotherpacificislander nativehawaiianorpacificislander nativehawaiianpacificislander nativehawaiian"
    " nativehawaiianotherpacificislander hawaiianpacificislander hawaiianorpacificislander hawaiian pacificislander nh nhpi hp hpi pi pi7"
    " pac p",
    "white": "white wh w caucasian whitecaucasian wh7 nonhispanicwhite whitenonhispanic",
    "two": "demographicracetwoormoreraces twoormoreraces twoormore two multiracial multi multirace multipleraces multiple mr mu7"
    " tr m t mixed 2ormore 2ormoreraces biracial",
    "hispanic": "hispanicorlatinoethnicity hispanicorlatino hispaniclatino hispanic latino latina latinx latine hi hi7 h hisp"
    " hispaniclatinoofanyrace hispanicorlatinoofanyrace",
}
RACE_TOKENS = {spelling: token for token, spellings in RACES.items() for spelling in spellings.split()}
JOINED_RACES = {"asianpacificislander": ("asian", "pacific"), "asianorpacificislander": ("asian", "pacific"), "api": ("asian", "pacific")}


@lru_cache(maxsize=5_000)
def race(text: str) -> Tokens | None:
    """The seven categories that schools report (OneRoster's flags) by name, letter or code. Several where one cell covers several."""
    said = "".join(re.sub(r"[\W_]+", " ", plain(text.rsplit("#", 1)[-1])).split())
    if said in JOINED_RACES:
        return frozenset(JOINED_RACES[said])
    bare = re.sub(r"(?:alone|only|nonhispanic|nothispanic|orlatino|(?<=.{4})students?)$", "", said) or said
    token = RACE_TOKENS.get(said) or RACE_TOKENS.get(bare)
    return frozenset({token}) if token else None


FLAGS = {
    **dict.fromkeys(("y", "yes", "true", "t", "1", "1.0", "x", "checked", "on", "si"), True),
    **dict.fromkeys(("n", "no", "false", "f", "0", "0.0", "", "unchecked", "off"), False),
}


def flag(text: str) -> Tokens | None:
    said = FLAGS.get(plain(text))
    return None if said is None else frozenset({"yes" if said else "no"})


def said_by(header: str) -> str | None:
    """The race that a header itself names (`Black or African American`, `hispanic`, `is_white`): such a column holds flags."""
    own = [w for w in words(header) if w not in ("is", "race", "ethnicity", "eth", "flag", "indicator", "ind", "student", "students", "yn")]
    tokens = race(" ".join(own)) if own and len("".join(own)) > 2 else None
    return next(iter(tokens)) if tokens and len(tokens) == 1 else None
