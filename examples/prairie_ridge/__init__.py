"""Prairie Ridge Public Schools: a fictional district, written from a seed, and the truth about it.

`generate` is the door. People come first, then the roster; each vendor's story adds to register and inbox; the truth is told last.
"""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

from examples.prairie_ridge import (
    aggregates,
    busloop,
    clipcanvas,
    crewdesk,
    gradegrove,
    lantern,
    numbernest,
    quizcomet,
    scholarforge,
    storyloom,
    subprocessors,
    tutortrail,
    vaultway,
    wordharbor,
)
from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import put
from examples.prairie_ridge.inbox import Inbox
from examples.prairie_ridge.people import People, populate
from examples.prairie_ridge.register import FUNDED_ACTIVITY_ENDED, Register, write_register
from examples.prairie_ridge.roster import write_roster
from examples.prairie_ridge.truth import tell_truth, truth_bytes

SEED = 7400
STUDENTS = 1200
FEWEST, MOST = 60, 10_000

__all__ = ["SEED", "STUDENTS", "default_truth", "generate"]


def default_truth(folder: Path) -> Path:
    """Where the truth goes when nobody says: beside the district folder, never in it."""
    folder = folder.resolve()
    return folder.parent / f"{folder.name}.truth.json"


def generate(folder: Path, truth: Path, seed: int = SEED, students: int = STUDENTS, *, as_of: date) -> None:
    """Write the district folder and, outside it, the truth; equal arguments give equal bytes.

    Args:
        folder: the district folder; must be absent or empty.
        truth: the JSON file with the expected results; must not lie in `folder`.
        seed: what everything random is drawn from.
        students: how many students the roster has, 60 to 10,000.
        as_of: the day the district is to be judged on; every date is counted from it.

    Raises:
        ValueError: too few or too many students, or a truth inside the folder.
        FileExistsError: the folder has something in it already.
    """
    _refuse(folder, truth, students)
    calendar = Calendar(as_of)
    people = populate(random.Random(f"{seed}:people"), students, calendar)
    register, inbox = Register(), Inbox(calendar)
    _tell_stories(seed, people, calendar, register, inbox)
    _fill_lists(people, calendar, register)
    write_roster(folder / "roster", people, calendar)
    write_register(folder, register, calendar)
    inbox.write(folder)
    put(truth, truth_bytes(tell_truth(register, inbox, people.students, as_of, seed)))


def _refuse(folder: Path, truth: Path, students: int) -> None:
    if not FEWEST <= students <= MOST:
        raise ValueError(f"the example district has {FEWEST} to {MOST:,} students, not {students:,}")
    if truth.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the truth must lie outside the district folder: {truth}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty; name a new folder or remove it first")


def _tell_stories(seed: int, people: People, calendar: Calendar, register: Register, inbox: Inbox) -> None:
    """Each story draws from a stream of its own, so that a change to one leaves the others as they are."""

    def stream(story: str) -> random.Random:
        return random.Random(f"{seed}:{story}")

    district = inbox.deliver("district", 30)
    lantern.tell(people, calendar, stream("lantern"), register, inbox)
    forged = scholarforge.tell(people, calendar, stream("scholarforge"), register, inbox)
    players = quizcomet.tell(people, calendar, stream("quizcomet"), register, inbox, district)
    tutortrail.tell(people, calendar, stream("tutortrail"), register, inbox)
    storyloom.tell(people, calendar, stream("storyloom"), register, inbox)
    both = {student.sid for student in forged}
    shared = [student for student in players if student.sid in both]
    subprocessors.tell(calendar, register, inbox, district, shared[: max(5, len(shared) // 3)])
    later = inbox.deliver("district", 20)
    numbernest.tell(people, calendar, stream("numbernest"), register, inbox)
    vaultway.tell(people, calendar, stream("vaultway"), register, inbox)
    aggregates.tell(people, calendar, stream("aggregates"), register, inbox)
    gradegrove.tell(people, calendar, stream("gradegrove"), register, inbox)
    clipcanvas.tell(people, calendar, stream("clipcanvas"), register, inbox)
    busloop.tell(people, calendar, stream("busloop"), register, inbox, later)
    crewdesk.tell(people, calendar, stream("crewdesk"), register, inbox)
    wordharbor.tell(people, calendar, stream("wordharbor"), register, inbox, later)


def _fill_lists(people: People, calendar: Calendar, register: Register) -> None:
    """Holds, opt-outs and events. The open holds are on students who left so long ago that their records are due."""
    left = people.gone
    register.holds.append((left[0].sid, "Pending inspection request", calendar.back(210).isoformat(), ""))
    register.holds.append((left[1].sid, "Audit of special education funds", calendar.back(600).isoformat(), calendar.back(320).isoformat()))
    for student in left[5::10]:
        register.holds.append((student.sid, "Litigation hold", calendar.back(150).isoformat(), ""))
    for nth, student in enumerate(people.active[5::97]):
        register.opt_outs.append((student.sid if nth % 2 else student.state_id, calendar.back(270 + nth).isoformat()))
    for student in left[2:4]:
        register.events.append((student.sid, FUNDED_ACTIVITY_ENDED, student.stays[-1].ended.isoformat() if student.stays[-1].ended else ""))
