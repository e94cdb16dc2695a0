"""Notes that no two people wrote: free text with novel names, made from a seed and a large vocabulary. No scanner is imported."""

from __future__ import annotations

import random
from collections.abc import Sequence

ONSETS = "b br c cl d dr f fl g gr h j k kr l m n p pr qu r s sh st t th tr v w y z".split()
VOWELS = "a e i o u ai ea ie ou".split()
CODAS = " l m n r s t x nd rt sk ll nn ck".split(" ")
FAMILY_ENDS = ("son", "ez", "ski", "berg", "well", "ford", "ova", "er", "ini", "wood", "ton", "sen")
STREETS = ("St", "Ave", "Rd", "Ln", "Dr", "Court", "Boulevard")
WHO = (
    "The family of {name}",
    "{name}",
    "{title} {family}",
    "{given}",
    "Our substitute, {name},",
    "{family}, {given}",
    "A classmate, {given},",
)
DID = (
    "asked whether the {thing} could be moved to {time}",
    "left a {thing} in the {place} and came back for it at {time}",
    "said that {name} would bring the {thing} next week",
    "has been absent since {day} because of a {trouble}",
    "called from {phone} about the {thing}",
    "wrote to {email} after the {trouble}",
    "moved to {street} and needs a new {thing}",
    "was seen near the {place} with {name} during the {trouble}",
    "finished the {thing} early and helped in the {place}",
    "does not want the {thing} to be shared with {name}",
)
THEN = (
    "We agreed to talk again on {day}.",
    "No further steps were needed.",
    "{name} will follow up.",
    "The {place} was told about the {trouble}.",
    "Please keep the {thing} in the {place} until {time}.",
    "It is the {number}th {trouble} this term.",
)
KINDS = (
    "red blue spare old new signed missing borrowed torn lost green yellow second shared paper wooden printed late reading spelling science"
).split()
THINGS = (
    "workbook permission-slip lunchbox tablet charger calculator notebook poster library-book jacket recorder report form project schedule "
    "folder planner worksheet timetable bus-pass locker-key sketchbook essay portfolio microscope keyboard headset letter survey invitation"
).split()
PLACES = (
    "library gym cafeteria hallway courtyard auditorium workshop kitchen nurse's-office playground parking-lot music-room lab annex".split()
)
TROUBLES = (
    "fever quarrel fall delay fire-drill headache cold misunderstanding appointment rehearsal tournament excursion allergy exam concert "
    "power-cut snowstorm meeting move injury"
).split()
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
TITLES = ("Mr.", "Ms.", "Mrs.", "Dr.", "Coach")


def notes(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    things = [f"{kind} {thing}".replace("-", " ") for kind in KINDS for thing in THINGS]
    places = [place.replace("-", " ") for place in PLACES]
    troubles = [trouble.replace("-", " ") for trouble in TROUBLES]
    return [_note(dice, things, places, troubles) for _ in range(count)]


def _note(dice: random.Random, things: Sequence[str], places: Sequence[str], troubles: Sequence[str]) -> str:
    pattern = f"{dice.choice(WHO)} {dice.choice(DID)}. {dice.choice(THEN)}"
    given, family = _name(dice), _name(dice) + dice.choice(FAMILY_ENDS)
    return pattern.format(
        name=f"{_name(dice)} {_name(dice)}{dice.choice(FAMILY_ENDS)}",
        given=given,
        family=family,
        title=dice.choice(TITLES),
        thing=dice.choice(things),
        place=dice.choice(places),
        trouble=dice.choice(troubles),
        time=f"{dice.randrange(7, 16)}:{dice.randrange(60):02}",
        day=dice.choice(DAYS),
        phone=f"402-555-01{dice.randrange(100):02}",
        email=f"{given}.{family}@mail.example".lower(),
        street=f"{dice.randrange(1, 9999)} {_name(dice)} {dice.choice(STREETS)}",
        number=dice.randrange(4, 20),
    )


def _word(dice: random.Random) -> str:
    return "".join(dice.choice(ONSETS) + dice.choice(VOWELS) + dice.choice(CODAS) for _ in range(dice.choice((1, 2, 2))))


def _name(dice: random.Random) -> str:
    return _word(dice).title()
