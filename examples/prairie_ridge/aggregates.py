"""TallyHouse and CiviCount: tables that are said to be aggregate.

Both agreements allow nothing else. TallyHouse counts, but so finely that some cells are a handful of children, and hides others so that a
subtraction brings them back; CiviCount, a state agency that gets files only, was given one row a child.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import csv_bytes, xlsx_bytes
from examples.prairie_ridge.inbox import AggregateFinding, Column, Delivery, Inbox, table
from examples.prairie_ridge.lantern import SCHOOL_NAMES
from examples.prairie_ridge.people import People, Student, grade_code
from examples.prairie_ridge.register import Agreement, Party, Register
from examples.prairie_ridge.visits import quiet_visit

TALLIER = "tallyhouse"
CENSUS = "civicount"


def tell(people: People, calendar: Calendar, rng: random.Random, register: Register, inbox: Inbox) -> None:
    """Add the two parties and what they hold."""
    register.parties += [
        Party(
            TALLIER,
            "TallyHouse Surveys",
            "vendor",
            ("tallyhouse.example",),
            "Small cells: its aggregates count a handful of children.",
            "tally-board",
            ("board.tallyhouse.example",),
            (_agreement("NE-NDPA-TH-0311", calendar),),
        ),
        Party(
            CENSUS,
            "CiviCount State Reading Census",
            "agency",
            ("civicount.example",),
            "Row-level: its aggregate has a row for each child.",
            "",
            (),
            (_agreement("NE-MOU-CC-0004", calendar),),
            hosted=False,
        ),
    ]
    _small(calendar, rng, inbox)
    _row_level(people, rng, inbox)


def _agreement(name: str, calendar: Calendar) -> Agreement:
    return Agreement(name, calendar.back(500), calendar.back(-500), (), consent_required=False, aggregate_only=True)


def _small(calendar: Calendar, rng: random.Random, inbox: Inbox) -> None:
    """A table and a workbook with small cells, a clean sheet beside one of them, and an export that has a header and no rows."""
    shown = inbox.deliver(TALLIER, 140)
    quiet_visit(shown, "tracking/board.har", "https://board.tallyhouse.example/", 141, cookie="th_view", rng=rng)
    delivery = inbox.deliver(TALLIER, 65)
    _computed(shown, delivery)
    grades = [(school, grade_code(grade)) for school in ("mason", "cottonwood") for grade in range(6)]
    climate = [(SCHOOL_NAMES[school], grade, str(rng.randrange(14, 90))) for school, grade in grades]
    for nth, small in ((2, 3), (7, 1), (10, 9)):
        climate[nth] = (*climate[nth][:2], str(small))
    path = "aggregate/school_climate.csv"
    delivery.file(path, csv_bytes(("School", "Grade Level", "Students"), climate))
    for nth in (2, 7, 10):
        _found(delivery, path, "school_climate", " / ".join((*climate[nth][:2], "Students")))
    groups = [(group, answer) for group in ("Band", "Chess Club", "Robotics", "Track and Field") for answer in ("Often", "Seldom", "Never")]
    activities: list[tuple[str, str, int]] = [(*group, rng.randrange(11, 70)) for group in groups]
    activities[5] = (*activities[5][:2], 4)
    schools = [(name, rng.randrange(40, 400)) for name in SCHOOL_NAMES.values()]
    path = "aggregate/participation.xlsx"
    sheets: dict[str, Sequence[Sequence[str | int]]] = {
        "Activities": [("Activity", "Answer", "Students"), *activities],
        "Schools": [("School", "Students"), *schools],
    }
    delivery.file(path, xlsx_bytes(sheets))
    _found(delivery, path, "Activities", " / ".join((*activities[5][:2], "Students")))
    delivery.file("export/respondents.csv", csv_bytes(("student_id", "answer"), []))


def _computed(earlier: Delivery, later: Delivery) -> None:
    """Tables in which nothing small is shown and yet something is told, and one that hides enough. All numbers are made up here."""
    graduates = [
        ("Mason High", "All Students", "96"),
        ("Mason High", "Female", "51"),
        ("Mason High", "Male", "45"),
        ("Cottonwood High", "All Students", "74"),
        ("Cottonwood High", "Female", "*"),
        ("Cottonwood High", "Male", "68"),
        ("Prairie High", "All Students", "120"),
        ("Prairie High", "Female", "63"),
        ("Prairie High", "Male", "57"),
        ("Willow High", "All Students", "88"),
        ("Willow High", "Female", "40"),
        ("Willow High", "Male", "48"),
    ]
    path = "aggregate/graduates.csv"  # 74 − 68: the hidden six
    later.file(path, csv_bytes(("School", "Group", "Graduates"), graduates))
    _found(later, path, "graduates", "Cottonwood High / Female / Graduates", "exact_disclosure")
    clubs = {"Debate": (31, 31), "Garden": (44, 47), "Theater": (52, 71)}
    path = "aggregate/clubs.csv"  # three more in the garden than half a year before: who has come since
    for delivery, nth in ((earlier, 0), (later, 1)):
        delivery.file(path, csv_bytes(("Club", "Students"), [(club, str(members[nth])) for club, members in clubs.items()]))
    _found(later, path, "clubs", "Garden / Students", "differencing")
    passed = [("Grade 3", "200", "60%"), ("Grade 4", "180", "75%"), ("Grade 5", "150", "100%"), ("Grade 6", "160", "55%")]
    path = "aggregate/passed.csv"  # whoever is in grade 5 has passed
    later.file(path, csv_bytes(("Grade", "Tested", "Percent Passed"), passed))
    _found(later, path, "passed", "Grade 5 / Percent Passed", "zero_or_full")
    languages = [("All Students", "260"), ("English", "150"), ("Spanish", "62"), ("Arabic", "*"), ("Karen", "*")]
    later.file("aggregate/languages.csv", csv_bytes(("Home Language", "Students"), languages))  # two hidden: 0 to 48 each, nothing is told


def _found(delivery: Delivery, path: str, table_name: str, cell: str | None, check: str = "small_cell") -> None:
    delivery.inbox.audit.append(AggregateFinding(delivery.id, path, table_name, check, cell))


def _known_again(delivery: Delivery, path: str, traits: Sequence[tuple[object, ...]]) -> None:
    """Rows without names are known again where fewer than ten are alike (k-anonymity)."""
    if min(Counter(traits).values()) < 10:
        _found(delivery, path, path.split("/")[1].removesuffix(".csv"), None, "reidentification")


def _row_level(people: People, rng: random.Random, inbox: Inbox) -> None:
    counted = people.pick(rng, 0.2)
    levels = {student.sid: str(rng.randrange(200, 800)) for student in counted}
    census: list[Column[Student]] = [
        Column("Student ID", "student_id.local", lambda s: s.sid),
        Column("School", "enrollment.school", lambda s: SCHOOL_NAMES[s.school]),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("Assessment Score", "assessment.score", lambda s: levels[s.sid]),
    ]
    delivery = inbox.deliver(CENSUS, 55)
    path = "aggregate/reading_census.csv"
    delivery.file(path, table(census, counted))
    delivery.show(path, census, counted, lambda s: [s.sid])
    _found(delivery, path, "reading_census", None, "grain")
    _known_again(delivery, path, [(student.school, student.grade) for student in counted])
    coded: list[Column[Student]] = [
        Column("Learner Code", "student_id.local", lambda s: hashlib.sha256(s.sid.encode()).hexdigest()),
        Column("Grade Level", "enrollment.grade_level", lambda s: grade_code(s.grade)),
        Column("Assessment Score", "assessment.score", lambda s: levels[s.sid]),
    ]
    path = "aggregate/reading_deidentified.csv"  # no name, no id: but the code is made of the id
    delivery.file(path, table(coded, counted))
    delivery.show(path, coded, counted, lambda s: [s.sid])
    _found(delivery, path, "reading_deidentified", None, "grain")
    _found(delivery, path, "reading_deidentified", "Learner Code", "reidentification")
    _known_again(delivery, path, [(student.grade,) for student in counted])
    delivery.file("export/records.csv", csv_bytes(("student_id", "assessment_score"), []))
