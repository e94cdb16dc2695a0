"""Which columns of a table of persons are quasi-identifiers: what others know of a person, such as grade, sex, race, birth, home.

How a trait's cells are read stands in `codings`. A column counts where its header says so and its values bear it out, or where the values
alone leave no doubt (`Male`, `Female`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scanners.aggregate import codings
from scanners.aggregate.codings import Span, Tokens
from scanners.aggregate.layout import AuditColumn, Layout, is_total
from scanners.fold import plain
from scanners.header import expanded, hint, words

Codes = npt.NDArray[np.int64]
Reading = Span | Tokens

LEAST_READ = 0.8
"""Of a column's rows that say anything, the share whose cell must read as the trait."""
MOST_CODES = 15
"""Distinct values of a trait that is written in codes nobody explains."""
FEWEST_FLAGS = 20
"""Rows from which nothing but 0 and 1 are flags."""

INTIMATE = frozenset({"sex", "race", "birth date", "birth year", "age", "english learner", "special education", "lunch", "disability"})
"""Traits of persons alone; schools, courses and items have grades, cities and languages as well."""

MEANINGS = {
    "enrollment.grade_level": "grade",
    "enrollment.school": "school",
    "gender": "sex",
    "demographics.gender": "sex",
    "demographics.ethnicity_race": "race",
    "birth_date": "birth date",
    "demographics.language": "language",
    "special.low_income": "lunch",
    "special.english_learner": "english learner",
    "special.iep_504": "special education",
    "special.disability": "disability",
    "enrollment.homeroom": "homeroom",
    "enrollment.graduation_year": "graduation year",
    "demographics.birth_place": "birth place",
}
READERS: dict[str, Callable[[str], Reading | None]] = {
    "grade": codings.grade,
    "sex": codings.sex,
    "race": codings.race,
    "birth year": codings.birth_year,
    "birth month": codings.month,
    "birth day": codings.day_of_month,
    "age": codings.age,
    "zip": codings.zip_code,
}
DATES = frozenset({"birth date", "entry date", "exit date"})
FLAGGED = frozenset({"lunch", "english learner", "special education", "disability"})
BIRTH = frozenset("birth born dob yob birthdate birthday birthyear birthmonth bday bdate byear".split())
ENTRY = frozenset("entry entered enroll enrolled enrollment enrolment admission admitted start begin entrance".split())
EXIT = frozenset("exit exited withdrawal withdrawn withdrew leave left drop end".split())
CODED = frozenset(
    "sex gender race ethnicity eth ethnic racial code cd id num number no federal fed student reported category group".split()
)
"""Words of headers under which whole numbers are codes, and no counts of people."""


@dataclass(frozen=True)
class QuasiIdentifier:
    """A column and the trait it holds. `codes[row]` is a position in `readings`, -1 where the row says nothing.

    A reading is a span or tokens, None where the coding is not known (a race written 1 to 7): such values still tell groups apart.
    """

    kind: str
    column: AuditColumn
    texts: tuple[str, ...]
    readings: tuple[Reading | None, ...]
    codes: Codes

    @cached_property
    def known(self) -> float:
        """The share of the rows that say anything whose value could be read."""
        said = self.codes[self.codes >= 0]
        read = np.array([r is not None for r in self.readings] or [False])
        return float(read[said].mean()) if len(said) else 0.0

    @property
    def varied(self) -> bool:
        return len(self.readings) > 1


def distinct(column: AuditColumn) -> tuple[tuple[str, ...], Codes]:
    """A column's distinct texts and, for each row, the position of its own; -1 where the cell says nothing of the person."""
    positions: dict[str, int] = {}
    codes = np.array([positions.setdefault(cell.text, len(positions)) for cell in column.cells], np.int64)
    said = np.array([" ".join(text.split()).casefold() not in codings.UNSAID for text in positions] + [False])
    keep = np.cumsum(said) - 1
    texts = tuple(text for text, kept in zip(positions, said, strict=False) if kept)
    return texts, np.where(said[codes], keep[codes], -1) if len(codes) else codes


def quasi_identifiers(layout: Layout) -> list[QuasiIdentifier]:
    """Every column that holds a trait of a person, in the table's order."""
    return [found for column in layout.columns if (found := _of_column(column)) is not None]


def _of_column(column: AuditColumn) -> QuasiIdentifier | None:
    if column.role in ("percent", "prose", "empty") or hint(column.name).role in ("staff", "guardian"):
        return None
    kind = kind_of(column.name)
    if column.role == "count" and not _codes_not_counts(kind, column):
        return None
    texts, codes = distinct(column)
    if not texts or any(is_total(text) for text in texts[:1000]):
        return None
    if kind is None:
        return _by_values(column, texts, codes)
    if kind == "male or female":
        return _read("sex", column, texts, codes, _flagged_sex("f" if frozenset(words(column.name)) & {"female", "girl"} else "m"))
    if kind == "race" and (token := codings.said_by(column.name)):
        return _read(f"race: {token}", column, texts, codes, codings.flag)
    if kind == "race" and all(text in ("0", "1") for text in texts):
        return None
    if kind == "birth date" and all(codings.day_of_month(text) for text in texts):
        kind = "birth day"
    if kind in DATES:
        day_first = codings.writes_day_first(texts)
        return _read(kind, column, texts, codes, lambda text: codings.days(text, day_first))
    if reader := READERS.get(kind):
        return _read(kind, column, texts, codes, reader) or _in_codes(kind, column, texts, codes)
    if len(texts) > max(MOST_CODES * 4, len(column.cells) // 4):
        return None  # `lunch` that holds a balance or a PIN
    if kind in FLAGGED and (len(texts) > MOST_CODES or _measures(texts)):
        return None
    return _read(kind, column, texts, codes, codings.name)


def kind_of(header: str) -> str | None:
    """The trait that a header names, or None."""
    own = frozenset(words(header)) | frozenset(expanded(words(header)))
    if own & BIRTH and not own & {"place", "city", "country", "state", "order", "weight", "certificate"}:
        if own & {"year", "yr", "yob", "yyyy", "birthyear", "byear"} and not own & {"month", "day"}:
            return "birth year"
        if own & {"month", "mm", "mon", "birthmonth"} and not own & {"year", "day", "date"}:
            return "birth month"
        if own & {"day", "dd"} and not own & {"month", "year", "date"}:
            return "birth day"
        return "birth date"
    if own & {"age", "ages"} and not own & {"average", "avg", "mean", "median", "equivalent", "account"}:
        return "age"
    if own & {"zip", "zipcode", "postal", "postcode"}:
        return "zip"
    if own & {"city", "town", "municipality"} and not own & {"birth", "school"}:
        return "city"
    if own & {"date", "dt", "day", "on"} and own & ENTRY and not own & {"test", "session", "time"}:
        return "entry date"
    if own & {"date", "dt"} and own & EXIT:
        return "exit date"
    if own <= {"female", "male", "girl", "boy", "is", "flag"} and own & {"female", "male"}:
        return "male or female"
    if own & {"grade", "grades", "gr"} and own & {"span", "band", "group", "range", "cluster", "level", "lvl"}:
        return "grade"
    meaning = hint(header).meaning
    if meaning == "schedule.course" or meaning is None:
        return None
    return MEANINGS.get(meaning)


def _flagged_sex(named: str) -> Callable[[str], Reading | None]:
    """A column `Female` of flags: who is not, may be male or neither."""
    others = frozenset("mfx") - {named}

    def reader(text: str) -> Reading | None:
        said = codings.flag(text)
        return None if said is None else frozenset({named}) if "yes" in said else others

    return reader


def _codes_not_counts(kind: str | None, column: AuditColumn) -> bool:
    """Whole numbers under `gender` or `race` are codes; 0 and 1 in many rows are flags; grades and years are never people."""
    if kind is None:
        return False
    if kind in ("birth date", "birth year", "age", "zip", "grade", "graduation year"):
        return frozenset(words(column.name)).isdisjoint(("students", "pupils", "count", "n", "number", "enrolled", "total", "tested"))
    if kind in ("sex", "race") and frozenset(words(column.name)) <= CODED:
        return True
    return len(column.cells) >= FEWEST_FLAGS and all(cell.text in ("0", "1", "") for cell in column.cells)


def _read(
    kind: str, column: AuditColumn, texts: tuple[str, ...], codes: Codes, reader: Callable[[str], Reading | None]
) -> QuasiIdentifier | None:
    """The column as this trait, equal readings put together; None where too few of its rows read so."""
    readings: dict[object, int] = {}
    places = np.empty(len(texts) + 1, np.int64)
    places[-1] = -1
    known: list[Reading | None] = []
    shown: list[str] = []
    for at, text in enumerate(texts):
        reading = reader(text)
        place = readings.setdefault(reading if reading is not None else ("?", plain(text)), len(readings))
        if place == len(known):
            known.append(reading)
            shown.append(text)
        places[at] = place
    found = QuasiIdentifier(kind, column, tuple(shown), tuple(known), places[codes])
    return found if found.known >= LEAST_READ else None


def _in_codes(kind: str, column: AuditColumn, texts: tuple[str, ...], codes: Codes) -> QuasiIdentifier | None:
    """Sex or race in a coding of the file's own."""
    few = 2 <= len(texts) <= (MOST_CODES if kind == "race" else 5) and len(texts) < max(3, len(column.cells) / 2)
    if kind not in ("sex", "race") or not few:
        return None
    return QuasiIdentifier(kind, column, texts, (None,) * len(texts), codes)


def _by_values(column: AuditColumn, texts: tuple[str, ...], codes: Codes) -> QuasiIdentifier | None:
    """A column whose header says nothing: words of sex, names of races."""
    if not 2 <= len(texts) <= MOST_CODES or column.role == "count" or hint(column.name).meaning is not None:
        return None
    for kind, reader in (("sex", codings.sex), ("race", codings.race)):
        read = {reading for text in texts if (reading := reader(text))}
        spelled = kind == "sex" or sum(len(text) > 3 for text in texts) >= 2
        if len(read) >= 2 and spelled and all(reader(text) for text in texts):
            if kind == "sex" and {text.casefold() for text in texts} <= {"n", "o", "x", "m", "w", "h"} - {"m"}:
                continue
            if kind == "sex" and not {frozenset({"m"}), frozenset({"f"})} <= read:
                continue
            return _read(kind, column, texts, codes, reader)
    return None


def _measures(texts: tuple[str, ...]) -> bool:
    """Numbers with decimals, or up to many: hours of service, a balance."""
    numbers = [text for text in texts if text.replace(".", "", 1).isdigit()]
    return len(numbers) > 0.8 * len(texts) and any("." in text or int(text) > 20 for text in numbers)
