"""What the roster knows of each student that a "de-identified" file may tell, too: traits to join on, and ids that could have been hashed.

Raw values, which live as long as the scan: `repr` shows none. How a file writes the same traits stands in `codings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from statistics import median, quantiles

from scanners.aggregate import codings
from scanners.fold import plain
from scanners.oneroster import Person

DAYS_A_YEAR = 365.25
AGE_OF_GRADE = 5.5
"""Years between a student's birth and the first day of the school year, less the grade: five and a half in the middle."""
FEWEST_TOLD = 20
WHOLE_ADDRESS = re.compile(r".*,\s*([^,]+),\s*(?:[A-Za-z .]+\s)?(\d{5})(?:-\d{4})?\s*")
ZIP_AT_END = re.compile(r".*\b(\d{5})(?:-\d{4})?\s*")


@dataclass(frozen=True, repr=False)
class StudentTraits:
    """The students of a roster. `numbers[i]` is student i's number among the people that `traits_of` was given, as in `Published.students`.

    `places` are names that a salt may be made of (the district's, its schools').
    """

    people: tuple[Person, ...]
    numbers: tuple[int, ...]
    places: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<traits of {len(self.people):,} students>"

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def by_number(self) -> dict[int, Person]:
        return dict(zip(self.numbers, self.people, strict=True))

    def points(self, kind: str) -> list[tuple[int, ...]]:
        """An ordered trait, for each student: every whole number that is true of them; empty where the roster does not say."""
        return [tuple(dict.fromkeys(_points(kind, person))) for person in self.people]

    def tokens(self, kind: str) -> list[tuple[str, ...]]:
        """A named trait, for each student, as `codings` names it; empty where the roster does not say."""
        return [tuple(dict.fromkeys(_tokens(kind, person))) for person in self.people]

    @cached_property
    def school_year(self) -> date | None:
        """The first day of the school year that the roster is of: ages in a file are counted from there. None where nothing tells.

        By the last day on which many enrollments begin, or by the births of each grade where these are as close as they are in life.
        """
        begins = sorted(begin for person in self.people for begin, _ in person.enrollments if begin)
        if len(begins) >= FEWEST_TOLD:
            return begins[len(begins) * 9 // 10]
        told = [
            person.birth_date.toordinal() + (AGE_OF_GRADE + span[0]) * DAYS_A_YEAR
            for person in self.people
            if person.birth_date and len(person.grades) == 1 and (span := codings.grade(person.grades[0])) and 0 <= span[0] <= 12
        ]
        if len(told) < FEWEST_TOLD:
            return None
        low, middle, high = quantiles(told, n=4)
        return date.fromordinal(int(median([middle]))) if high - low <= 1.25 * DAYS_A_YEAR else None


def traits_of(people: Sequence[Person], places: Iterable[str] = ()) -> StudentTraits:
    """The traits of the students among `people`, whose positions are the numbers by which the scan speaks of them."""
    students = [(number, person) for number, person in enumerate(people) if person.kind == "student"]
    schools = dict.fromkeys(school for _, person in students for school in person.schools)
    return StudentTraits(tuple(p for _, p in students), tuple(n for n, _ in students), tuple(dict.fromkeys([*places, *schools])))


def _points(kind: str, person: Person) -> Iterable[int]:
    born = person.birth_date
    if kind in ("birth date", "birth year"):
        return [born.toordinal()] if born else []
    if kind == "birth month":
        return [born.month] if born else []
    if kind == "birth day":
        return [born.day] if born else []
    if kind == "grade":
        return [span[0] for text in person.grades if (span := codings.grade(text)) and span[0] == span[1]]
    if kind == "zip":
        return [int(match[1]) for address in person.addresses if (match := ZIP_AT_END.fullmatch(address))]
    if kind == "entry date":
        return [begin.toordinal() for begin, _ in person.enrollments if begin]
    if kind == "exit date":
        return [end.toordinal() for _, end in person.enrollments if end]
    return []


def _tokens(kind: str, person: Person) -> Iterable[str]:
    if kind == "sex":
        return (codings.sex(person.sex) or ()) if person.sex else ()
    if kind in ("race", "race alone"):
        return _race(person, hispanic_first=kind == "race")
    if kind.startswith("race: "):
        own = {token for text in person.races for token in codings.race(text) or ()}
        return ["yes" if kind.removeprefix("race: ") in own else "no"] if own else []
    if kind == "school":
        return [plain(school) for school in person.schools]
    if kind == "city":
        towns = [match[1] for address in person.addresses if (match := WHOLE_ADDRESS.fullmatch(address))]
        return [token for town in towns for token in codings.name(town) or ()]
    if kind == "birth place":
        return [token for text in (person.birth_city, person.birth_place) if text for token in codings.name(text) or ()]
    return ()


def _race(person: Person, hispanic_first: bool) -> list[str]:
    """One category a student, as federal reports roll them up: Hispanic of any race, then two or more, then the one.

    Files with a race column beside one of ethnicity count the races alone.
    """
    own = {token for text in person.races for token in codings.race(text) or ()}
    if hispanic_first and "hispanic" in own:
        return ["hispanic"]
    races = own - {"hispanic"}
    if "two" in races or len(races) > 1:
        return ["two"]
    return sorted(races) or sorted(own)
