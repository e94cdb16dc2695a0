"""Random districts and the files that somebody could have made of them, for the tests of grain and re-identification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa

from scanners.aggregate.layout import Layout, layout
from scanners.oneroster import Person
from scanners.schemas import TextTable

RACES = ("white", "blackOrAfricanAmerican", "asian", "hispanicOrLatinoEthnicity")
GIVEN = "Ada Ben Cleo Dev Eli Fay Gus Hana Ivo Jia Kai Lena Milo Nia Otto Pia Quin Rosa Sol Tess".split()
FAMILY = "Abbott Baker Castro Dunn Ebert Flores Grady Hahn Iyer Jonas Kemp Lopez Marsh Novak Ortiz Pham Quist Reyes Stone Tran".split()


@lru_cache(maxsize=20)
def district(students: int, seed: int = 0, grades: int = 13) -> tuple[Person, ...]:
    """Students of the grades K to 12, with ages that fit, in schools of 400, and one teacher at the start: numbers are no positions."""
    random = np.random.default_rng(seed)
    people = [Person("T1", "T1", "staff", "Carol", "Lindqvist")]
    ids = random.choice(np.arange(100_000, 999_999), students, replace=False)
    for i, number in enumerate(ids.tolist()):
        grade = int(random.integers(grades))
        born = date(2020 - grade, 9, 1) + timedelta(days=int(random.integers(365)))
        given, family = str(random.choice(GIVEN)), str(random.choice(FAMILY))
        people.append(
            Person(
                *(str(number), str(number), "student", given, family),
                username=f"{given}{family}{i}".lower(),
                emails=(f"{given}.{family}.{i}@pr.example".lower(),),
                addresses=(f"{i} Elm Street, Lincoln, NE 68{int(random.integers(500, 540))}",),
                birth_date=born,
                local_ids=((str(number), "sourcedId"),),
                state_ids=(f"NE{number * 7 + 13:09d}",),
                grades=("KG" if grade == 0 else f"{grade:02d}",),
                schools=(f"{FAMILY[i // 400 % len(FAMILY)]} Elementary School",),
                sex=str(random.choice(["male", "female"])),
                races=(str(random.choice(RACES)),),
                enrollments=((date(2025, 8, 15), None),),
            )
        )
    return tuple(people)


def of(people: Sequence[Person]) -> list[Person]:
    return [person for person in people if person.kind == "student"]


def shape(columns: Mapping[str, Sequence[str | None]]) -> Layout:
    return layout(TextTable("", pa.table({name: pa.array(list(cells), pa.string()) for name, cells in columns.items()})))


def scores(rows: int, seed: int = 1) -> list[str]:
    return [str(n) for n in np.random.default_rng(seed).integers(300, 700, rows).tolist()]
