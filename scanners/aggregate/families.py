"""Labels that together make up everybody: Male and Female, EL and Not EL, special and general education; and labels that mean all.

Only words are judged here. Whether the numbers agree is asked in `partitions`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from scanners.header import words

FILLERS = frozenset(
    """student students pupil pupils children learner's the of in with as is are and group groups status identified receiving program
    programs subgroup cohort gender sex grads n number count num no""".split()
)
"""Words of a label that do not say which group it is."""

NEGATIONS = frozenset("not non without never no neither w/o".split())

PAIRS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "english": (
        frozenset(
            """el|els|ell|ells|lep|eb|ebs|mll|mlls|esl|english language learner|english language learners|english learner|english learners
            |limited english proficient|limited english proficiency|multilingual learner|multilingual learners|multilingual
            |emergent bilingual|emergent bilinguals|language learners|english learner el|english learners el
            |english language learners ell|english language learner ell""".replace("\n            ", "").split("|")
        ),
        frozenset("english proficient|fluent english proficient|fluent english|proficient english|english fluent|nell|nels".split("|")),
    ),
    "disability": (
        frozenset(
            """swd|swds|sped|iep|ieps|special education|special ed|special needs|disability|disabilities|disabled|disabilities swd
            |disabilities iep|spec ed|special education swd""".replace("\n            ", "").split("|")
        ),
        frozenset(
            """general education|general ed|gen ed|gened|regular education|regular ed|nondisabled|nonswd|all other
            |general education only""".replace("\n            ", "").split("|")
        ),
    ),
    "income": (
        frozenset(
            """ecd|ecds|economically disadvantaged|economic disadvantage|economic disadvantaged|econ disadvantaged|low income|frl|frpl
            |free reduced lunch|free reduced price lunch|free or reduced lunch|free or reduced price lunch|poverty|sed
            |socioeconomically disadvantaged|disadvantaged|econ disadv|economically disadv""".replace("\n            ", "").split("|")
        ),
        frozenset("advantaged|paid lunch|full price lunch|economically advantaged".split("|")),
    ),
}
"""Groups whose two sides have names of their own: (the group, everybody else)."""

SEX = {
    **dict.fromkeys("male males boy boys m man men".split(), "male"),
    **dict.fromkeys("female females girl girls f woman women".split(), "female"),
    **dict.fromkeys(("nonbinary", "non binary", "x", "nb", "gender x", "diverse", "another", "gender diverse", "other"), "other"),
}
LUNCH = {"free": "free", "free lunch": "free", "reduced": "reduced", "reduced lunch": "reduced", "reduced price lunch": "reduced"}
LUNCH |= {"paid": "paid", "paid lunch": "paid", "full price": "paid", "full price lunch": "paid", "reduced price": "reduced"}
YES_NO = {"yes": "yes", "y": "yes", "no": "no", "n": "no", "true": "yes", "false": "no"}

RACES = frozenset("""asian black hispanic white latino latina latinx multiracial indian islander hawaiian alaska alaskan native""".split())
RACE_PHRASES = frozenset(
    ("two or more races", "two or more", "multi racial", "multiple races", "more than one race", "african american", "multirace")
)

EVERYBODY = frozenset(
    "all total totals overall everyone everybody statewide districtwide schoolwide district state sum combined grand".split()
)
ABOUT_ALL = frozenset(
    """student students pupil pupils the of cohort population grade grades school schools group groups subgroup subgroups race races
    gender genders sex sexes ethnicity ethnicities enrollment enrolled level levels class classes category categories year years and
    district state in tested both""".split()
)
LEVELS = frozenset("state district school county region class classroom grade lea nation national teacher group network borough".split())
"""Words for the level of a row: a column of nothing else says what its other keys say."""

GRADE = re.compile(r"(?:grade|gr)?\s*0*(\d{1,2})\s*(?:st|nd|rd|th)?(?:\s*(?:grade|graders?))?")
YEARS = re.compile(r"((?:19|20)\d\d)\s*[-/–]?\s*(?:(?:19|20)?(\d\d))?")


@dataclass(frozen=True)
class Family:
    """Labels, by their positions, that a reader takes for one partition.

    `plain`: the words alone say that nobody is in two of them, and nobody in none. Otherwise only that nobody is in two of them.
    """

    name: str
    members: tuple[int, ...]
    plain: bool


def folded(label: str) -> str:
    return " ".join(label.casefold().split())


@lru_cache(maxsize=50_000)
def _core(label: str) -> tuple[bool, str]:
    """(is it denied, the words that say which group)."""
    spelled = words(re.sub(r"\bw/o\b|\bw/out\b", "without", label.casefold()))
    denied = any(word in NEGATIONS for word in spelled)
    kept = tuple(word for word in spelled if word not in NEGATIONS and word not in FILLERS)
    if kept and not denied and (glued := re.fullmatch(r"non(\w{2,})", kept[0])) and _side(" ".join((glued[1], *kept[1:]))):
        return True, " ".join((glued[1], *kept[1:]))
    return denied, " ".join(kept or spelled)


def _side(phrase: str) -> tuple[str, bool] | None:
    for name, (these, others) in PAIRS.items():
        if phrase in these:
            return name, True
        if phrase in others:
            return name, False
    return None


@lru_cache(maxsize=50_000)
def family_of(label: str) -> tuple[str, str] | None:
    """(family, member), where the words tell: `Girls` → (sex, female), `Non-LEP` → (english, others)."""
    plain = " ".join(words(label))
    denied, phrase = _core(label)
    if not denied and phrase in SEX and (phrase not in ("other", "another") or "gender" in plain or "sex" in plain):
        return "sex", SEX[phrase]
    if plain in ("non binary", "nonbinary"):
        return "sex", "other"
    if plain in LUNCH:
        return "lunch", LUNCH[plain]
    if plain in YES_NO:
        return "yes", YES_NO[plain]
    if side := _side(phrase):
        return side[0], "these" if side[1] != denied else "others"
    if not denied and phrase and (phrase in RACE_PHRASES or set(phrase.split()) & RACES):
        return "race", phrase
    return None


def families(labels: Sequence[str]) -> list[Family]:
    """The families that these labels of one column form, by words alone."""
    told: dict[str, dict[str, list[int]]] = {}
    denials: dict[str, list[int]] = {}
    phrases: dict[str, list[int]] = {}
    for at, label in enumerate(labels):
        if known := family_of(label):
            told.setdefault(known[0], {}).setdefault(known[1], []).append(at)
        denied, phrase = _core(label)
        (denials if denied else phrases).setdefault(phrase, []).append(at)
    found = []
    for name, members in told.items():
        whole = {"sex": {"male", "female"}, "lunch": {"free", "reduced", "paid"}, "yes": {"yes", "no"}, "race": set()}
        needed = whole.get(name, {"these", "others"})
        if needed <= set(members) and len(members) > 1 and (name == "race" or all(len(ats) == 1 for ats in members.values())):
            found.append(Family(name, tuple(sorted(at for ats in members.values() for at in ats)), name != "race"))
    for phrase, ats in denials.items():
        pair = (*ats, *phrases.get(phrase, ()))
        if phrase and len(pair) == 2 and len(ats) == 1 and not any(set(pair) == set(f.members) for f in found):
            found.append(Family(f"not {phrase}", tuple(sorted(pair)), True))
    return found


def means_all(label: str) -> bool:
    """Is this a label for everybody: `All Students`, `Total Cohort`, `District`, `K-12`? `District 75` is not."""
    said = words(label)
    if said in (("k", "12"), ("pk", "12"), ("prek", "12"), ("k12",)):
        return True
    return bool(said) and bool(set(said) & EVERYBODY) and set(said) <= EVERYBODY | ABOUT_ALL


def is_level(label: str) -> bool:
    return bool(words(label)) and set(words(label)) <= LEVELS


def canonical(label: str, header: str) -> str:
    """One spelling for a member that other tables may spell differently: Boys and Male, Grade 3 and 03, 2023-2024 and 2023-24."""
    if (known := family_of(label)) and known[0] in ("sex", *PAIRS):
        return f"{known[0]}: {known[1]}"
    text = folded(label)
    if "grade" in folded(header) + text and (grade := GRADE.fullmatch(text)):
        return f"grade {int(grade[1])}"
    if (years := YEARS.fullmatch(text)) and years[2] and int(years[2]) == (int(years[1]) + 1) % 100:
        return f"{years[1]}-{years[2]}"
    return text


def is_period(label: str) -> bool:
    return YEARS.match(folded(label)) is not None
