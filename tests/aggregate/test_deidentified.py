"""Files of single students without names: how many rows join one student, how small the groups are, which ids were made of real ones."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.aggregate import codings, derived_ids
from scanners.aggregate.deidentified import deidentified, k_anonymity, l_diversity
from scanners.aggregate.findings import AuditFinding, AuditSettings
from scanners.aggregate.grain import numbered
from scanners.aggregate.traits import traits_of
from scanners.oneroster import Person
from tests.aggregate.districts import district, of, scores, shape

Columns = dict[str, Sequence[str | None]]

SHORT = {"blackOrAfricanAmerican": "B", "white": "W", "asian": "A", "hispanicOrLatinoEthnicity": "H"}
NAMES = {
    "blackOrAfricanAmerican": "Black or African American",
    "white": "White",
    "asian": "Asian",
    "hispanicOrLatinoEthnicity": "Hispanic/Latino",
}


def born(person: Person) -> date:
    assert person.birth_date is not None
    return person.birth_date


def found(columns: Mapping[str, Sequence[str | None]], people: Sequence[Person], k: int = 10) -> list[AuditFinding]:
    layout = shape(columns)
    result = deidentified(layout, [-1] * layout.rows, AuditSettings(k, roster=traits_of(people)))
    assert all(f.check_id == "reidentification" and f.low == f.high and f.verdict == "FAIL" for f in result)
    secrets = {s for p in of(people) for s in (p.key_id, p.family, p.username, *p.emails, str(p.birth_date)) if len(s) > 3}
    assert not any(secret in f.witness for f in result for secret in secrets)
    return result


def joined(columns: Mapping[str, Sequence[str | None]], people: Sequence[Person]) -> tuple[int, str]:
    """(rows that join exactly one student, witness)."""
    own = [f for f in found(columns, people) if "exactly one student" in f.witness]
    assert len(own) <= 1
    return (int(own[0].low or 0), own[0].witness) if own else (0, "")


WAYS: list[tuple[str, dict[str, tuple[str, Callable[[Person], str]]]]] = [
    ("iso", {"g": ("grade", lambda p: p.grades[0]), "s": ("sex", lambda p: p.sex or ""), "b": ("birth_date", lambda p: str(p.birth_date))}),
    (
        "us",
        {
            "g": ("Grade Level", lambda p: "K" if p.grades[0] == "KG" else f"Grade {int(p.grades[0])}"),
            "s": ("Gender", lambda p: (p.sex or "")[0].upper()),
            "b": ("DOB", lambda p: f"{born(p):%m/%d/%Y}"),
        },
    ),
    (
        "day first",
        {
            "g": ("gr", lambda p: p.grades[0].lstrip("0")),
            "s": ("M/F gender", lambda p: {"male": "Boy", "female": "Girl"}[p.sex or ""]),
            "b": ("date of birth", lambda p: f"{born(p):%d.%m.%Y}"),
        },
    ),
    (
        "spreadsheet",
        {
            "g": ("grade", lambda p: p.grades[0]),
            "s": ("sex", lambda p: p.sex or ""),
            "b": ("Birthdate", lambda p: str((born(p) - date(1899, 12, 30)).days)),
        },
    ),
    (
        "female as a flag",
        {
            "g": ("grade", lambda p: p.grades[0]),
            "s": ("Female", lambda p: "01"[p.sex == "female"]),
            "b": ("dob", lambda p: f"{born(p):%b %d, %Y}"),
        },
    ),
    (
        "three columns",
        {
            "g": ("grade", lambda p: p.grades[0]),
            "s": ("sex", lambda p: p.sex or ""),
            "y": ("birth year", lambda p: f"{born(p):%Y}"),
            "m": ("birth month", lambda p: f"{born(p):%B}"),
            "d": ("birth day", lambda p: f"{born(p):%d}"),
        },
    ),
]


@pytest.mark.parametrize(("name", "columns"), WAYS)
@pytest.mark.parametrize("seed", [1])
def test_rows_that_join_one_student(name: str, columns: dict[str, tuple[str, Callable[[Person], str]]], seed: int) -> None:
    people = district(1_500, seed)
    kept = [of(people)[i] for i in np.random.default_rng(seed).permutation(1_500)[:240].tolist()]
    truth = Counter((p.grades, p.sex, p.birth_date) for p in of(people))
    alone = sum(truth[p.grades, p.sex, p.birth_date] == 1 for p in kept)
    assert 100 < alone < 240
    rows, witness = joined({header: [write(p) for p in kept] for header, write in columns.values()} | {"score": scores(240)}, people)
    assert rows == alone
    assert witness.startswith(f"{alone} of 240 rows match exactly one student of the roster on ")
    assert all(header in witness for header, _ in columns.values())


def band(person: Person) -> str:
    grade = 0 if person.grades[0] == "KG" else int(person.grades[0])
    return next(f"{'K' if low == 0 else low}-{high}" for low, high in ((0, 2), (3, 5), (6, 8), (9, 12)) if low <= grade <= high)


BANDS: list[tuple[str, str, Callable[[Person], str], Callable[[Person], object]]] = [
    ("birth year", "birth_year", lambda p: str(born(p).year), lambda p: born(p).year),
    ("birth month", "birth month/year", lambda p: f"{born(p):%Y-%m}", lambda p: (born(p).year, born(p).month)),
    ("zip", "zip", lambda p: p.addresses[0][-5:], lambda p: p.addresses[0][-5:]),
    ("zip of nine", "ZIP Code", lambda p: p.addresses[0][-5:] + "-1234", lambda p: p.addresses[0][-5:]),
    ("zip of four", "home zip", lambda p: p.addresses[0][-5:-1] + "*", lambda p: p.addresses[0][-5:-1]),
    ("zip of three", "ZIP3", lambda p: p.addresses[0][-5:-2], lambda p: p.addresses[0][-5:-2]),
    ("grade band", "grade span", lambda p: band(p), lambda p: band(p)),
    ("race", "race", lambda p: SHORT[p.races[0]], lambda p: p.races),
    ("race in words", "Race/Ethnicity", lambda p: NAMES[p.races[0]], lambda p: p.races),
    ("school", "school", lambda p: p.schools[0].removesuffix(" School"), lambda p: p.schools),
    ("city", "city", lambda p: "LINCOLN", lambda p: None),
]


@pytest.mark.parametrize(("name", "header", "write", "truth"), BANDS)
def test_generalised_traits(name: str, header: str, write: Callable[[Person], str], truth: Callable[[Person], object]) -> None:
    people = district(800, 7)
    kept = of(people)[::3]
    same = Counter((p.birth_date, p.sex, truth(p)) for p in of(people))
    alone = sum(same[p.birth_date, p.sex, truth(p)] == 1 for p in kept)
    columns: Columns = {"dob": [str(p.birth_date) for p in kept], "sex": [p.sex for p in kept], header: [write(p) for p in kept]}
    rows, witness = joined({**columns, "score": scores(len(kept))}, people)
    assert rows == alone
    assert header in witness


def test_ages_are_counted_through_the_school_year() -> None:
    people = district(300, 3)
    start = date(2025, 8, 15)

    def fits(person: Person, age: int) -> bool:
        return (person.age_on(start) or 0) <= age <= (person.age_on(date(2026, 8, 14)) or 0)

    kept = of(people)[::2]
    told = [p.age_on(date(2025, 12, 1)) or 0 for p in kept]
    truth = sum(
        sum(fits(o, age) and o.sex == p.sex and o.races == p.races and o.addresses[0][-5:] == p.addresses[0][-5:] for o in of(people)) == 1
        for p, age in zip(kept, told, strict=True)
    )
    columns: Columns = {
        "age": [str(a) for a in told],
        "sex": [p.sex for p in kept],
        "race": [NAMES[p.races[0]] for p in kept],
        "zip": [p.addresses[0][-5:] for p in kept],
        "score": scores(len(kept)),
    }
    assert joined(columns, people)[0] == pytest.approx(truth, abs=2)
    assert truth > 20


def test_a_blank_excludes_nobody() -> None:
    people = district(600, 5)
    kept = of(people)[:200]
    random = np.random.default_rng(5)
    shown = {name: random.random(200) > 0.3 for name in ("grade", "sex", "dob")}
    values: dict[str, Callable[[Person], str | None]] = {
        "grade": lambda p: p.grades[0],
        "sex": lambda p: p.sex,
        "dob": lambda p: str(p.birth_date),
    }
    columns: Columns = {n: [f(p) if shown[n][i] else [None, "", "unknown"][i % 3] for i, p in enumerate(kept)] for n, f in values.items()}
    truth = sum(
        any(shown[n][i] for n in shown) and sum(all(not shown[n][i] or f(o) == f(p) for n, f in values.items()) for o in of(people)) == 1
        for i, p in enumerate(kept)
    )
    assert joined({**columns, "score": scores(200)}, people)[0] == truth > 20


def test_the_smallest_subset_is_told() -> None:
    people = district(300, 9)
    kept = of(people)[:150]
    columns: Columns = {"grade": [p.grades[0] for p in kept], "sex": [p.sex for p in kept], "dob": [str(p.birth_date) for p in kept]}
    _, witness = joined({**columns, "score": scores(150)}, people)
    assert "already on dob alone" in witness


def test_nothing_is_claimed_without_traits_on_both_sides() -> None:
    people = [p if p.kind != "student" else Person(p.sourced_id, p.key_id, "student", p.given, p.family) for p in district(300)]
    kept = of(district(300))[:150]
    columns: Columns = {"grade": [p.grades[0] for p in kept], "sex": [p.sex for p in kept], "dob": [str(p.birth_date) for p in kept]}
    assert joined({**columns, "score": scores(150)}, people)[0] == 0
    assert [f for f in found({**columns, "score": scores(150)}, []) if "exactly one" in f.witness] == []


def test_students_of_elsewhere_join_nobody() -> None:
    kept = of(district(200, 1))
    moved = [str(born(p).replace(year=born(p).year - 40, day=1)) for p in kept]
    assert joined({"dob": moved, "sex": [p.sex for p in kept], "score": scores(200)}, district(300, 2))[0] == 0


def test_grades_of_last_year() -> None:
    people = district(2_000, 4)
    kept = [p for p in of(people) if p.grades[0] not in ("KG",)][:300]
    columns: Columns = {
        "grade": [str(int(p.grades[0]) - 1) for p in kept],
        "sex": [p.sex for p in kept],
        "dob": [str(p.birth_date) for p in kept],
        "score": scores(300),
    }
    rows, witness = joined(columns, people)
    assert rows > 200
    assert "1 school year before" in witness


@pytest.mark.parametrize("coding", [{"male": "1", "female": "2"}, {"male": "0", "female": "1"}, {"male": "1", "female": "0"}])
def test_a_coding_of_the_files_own_is_learned(coding: dict[str, str]) -> None:
    people = district(4_000, 6)
    kept = of(people)[:400]
    truth = Counter((p.sex, p.birth_date) for p in of(people))
    columns: Columns = {"gender": [coding[p.sex or ""] for p in kept], "dob": [str(p.birth_date) for p in kept], "score": scores(400)}
    assert joined(columns, people)[0] == sum(truth[p.sex, p.birth_date] == 1 for p in kept)


def test_race_flags() -> None:
    people = district(2_000, 8)
    kept = of(people)[:300]
    truth = Counter((p.races, p.birth_date) for p in of(people))
    columns: Columns = {NAMES[race]: ["Y" if race in p.races else "N" for p in kept] for race in NAMES}
    rows, witness = joined({**columns, "dob": [str(p.birth_date) for p in kept]}, people)
    assert rows == sum(truth[p.races, p.birth_date] == 1 for p in kept)
    assert "Hispanic/Latino" in witness


# --- groups ------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 2), st.integers(0, 3)), min_size=1, max_size=40))
def test_k_and_l_by_brute_force(rows: list[tuple[int, int, int]]) -> None:
    groups = numbered([np.array([a for a, _, _ in rows], np.int64), np.array([b for _, b, _ in rows], np.int64)])
    sizes = Counter((a, b) for a, b, _ in rows)
    different = {group: {c for a, b, c in rows if (a, b) == group} for group in sizes}
    k = k_anonymity(groups)
    assert (k.k, k.alone, k.persons) == (min(sizes.values()), sum(n == 1 for n in sizes.values()), len(rows))
    found = l_diversity(groups, np.array([c for _, _, c in rows], np.int64))
    alike = [group for group, values in different.items() if len(values) == 1 and sizes[group] > 1]
    assert found.l == min(map(len, different.values()))
    assert (found.alike, found.rows) == (len(alike), sum(sizes[g] for g in alike))


def test_k_and_l_of_a_file() -> None:
    rows = [("3", "F", "1")] * 12 + [("3", "M", str(i % 4)) for i in range(11)] + [("4", "F", str(i % 3)) for i in range(4)]
    columns: Columns = {"grade": [g for g, _, _ in rows], "sex": [s for _, s, _ in rows], "level reached": [v for *_, v in rows]}
    told = [(f.cell, f.low, f.witness) for f in found(columns, [])]
    assert told == [
        ((), 4.0, "k = 4: the smallest group over grade and sex has 4 rows"),
        (("level reached",), 1.0, "l = 1: in 1 group over grade and sex all rows (12 together) have the same level reached"),
    ]
    assert [f.cell for f in found(columns, [], k=4)] == [("level reached",)]


def test_persons_are_counted_once() -> None:
    """Three rows of one student are a group of one."""
    columns: Columns = {"student_key": [f"a9{i // 3:04d}" for i in range(60)], "grade": ["3"] * 57 + ["4"] * 3, "score": scores(60)}
    first = next(iter(found(columns, [])))
    assert (first.low, "persons" in first.witness) == (1.0, True)


# --- ids ---------------------------------------------------------------------------------------------------------------------


def sha(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode()).hexdigest()


DERIVED: list[tuple[str, Callable[[Person], str], str]] = [
    ("md5", lambda p: sha("md5")(p.key_id), "MD5 of the student id"),
    ("sha1", lambda p: sha("sha1")(p.key_id).upper(), "SHA-1 of the student id"),
    ("sha256", lambda p: sha("sha256")(p.key_id), "SHA-256 of the student id"),
    ("sha3", lambda p: sha("sha3_256")(p.key_id), "SHA3-256 of the student id"),
    ("sha512", lambda p: sha("sha512")(p.key_id), "SHA-512 of the student id"),
    ("blake2", lambda p: hashlib.blake2b(p.key_id.encode(), digest_size=16).hexdigest(), "BLAKE2b-128 of the student id"),
    ("zeros in front", lambda p: sha("sha256")(p.key_id.zfill(10)), "SHA-256 of the student id"),
    ("mail in capitals", lambda p: sha("md5")(p.emails[0].upper()), "MD5 of the e-mail address"),
    ("state id", lambda p: sha("sha224")(p.state_ids[0].lower()), "SHA-224 of the state id"),
    ("cut", lambda p: sha("sha256")(p.key_id)[:10], "the first characters of SHA-256 of the student id"),
    ("cut to eight", lambda p: sha("md5")(p.username)[:8], "the first characters of MD5 of the user name"),
    ("base64", lambda p: base64.b64encode(hashlib.sha1(p.key_id.encode()).digest()).decode(), "SHA-1 in base64 of the student id"),
    ("labelled", lambda p: f"STU-{sha('sha1')(p.key_id)}", "SHA-1 of the student id"),
    ("crc", lambda p: f"{zlib.crc32(p.key_id.encode()):08x}", "CRC-32 of the student id"),
    ("crc in decimals", lambda p: str(zlib.crc32(p.key_id.encode())), "CRC-32 of the student id"),
    ("number", lambda p: str(int(sha("sha256")(p.key_id), 16) % 10**9), "SHA-256 as a number of the student id"),
    ("backwards", lambda p: p.key_id[::-1], "backwards the student id"),
    ("base64 of the id", lambda p: base64.b64encode(p.state_ids[0].encode()).decode(), "base64 of the state id"),
    ("rot13", lambda p: "".join(chr((ord(c) - 97 + 13) % 26 + 97) if c.isalpha() else c for c in p.username), "ROT13 of the user name"),
    ("added", lambda p: str(int(p.key_id) + 7_654_321), "the student id with a constant added"),
    ("xor", lambda p: str(int(p.key_id) ^ 0x5A5A5A5), "the student id with a constant XORed"),
    ("times", lambda p: str(int(p.key_id) * 9_973), "the student id times a constant"),
    ("salt before", lambda p: sha("sha256")("salt" + p.key_id), "SHA-256 of the student id with a common salt (salt) before it"),
    ("salt after", lambda p: sha("md5")(f"{p.key_id}2025"), "MD5 of the student id with a common salt after it"),
    ("own school", lambda p: sha("sha1")(f"{p.key_id}-{p.schools[0]}"), "SHA-1 of the student id with"),
    ("domain", lambda p: sha("sha256")(f"pr.example:{p.state_ids[0]}"), "SHA-256 of the state id with a common salt before it"),
    (
        "name and birth",
        lambda p: sha("sha256")(f"{p.family}{p.given}{born(p):%Y%m%d}".lower()),
        "SHA-256 of last name, first name and birth date",
    ),
    (
        "name and birth, dashed",
        lambda p: sha("md5")(f"{p.given}-{p.family}-{born(p):%m/%d/%Y}".upper()),
        "MD5 of first name, last name and birth date",
    ),
]


@pytest.mark.parametrize(("name", "make", "said"), DERIVED)
def test_ids_made_of_real_ones(name: str, make: Callable[[Person], str], said: str) -> None:
    people = district(160, 11)
    kept = of(people)[:120]
    strangers = of(district(5, 99))
    columns: Columns = {"student_hash": [make(p) for p in (*kept, *strangers)], "score": scores(125)}
    ids = [f for f in found(columns, people) if f.cell == ("student_hash",)]
    assert [f.witness.startswith(f"column student_hash is {said}") for f in ids] == [True]
    assert 118 <= int(ids[0].low or 0) <= 121  # a stranger's short id may be somebody's, a colliding birth date two people's
    assert ids[0].witness.endswith(f"for {int(ids[0].low or 0)} of 125 rows")


UNRELATED: list[tuple[str, Callable[[int, np.random.Generator], str]]] = [
    ("random digests", lambda i, r: r.bytes(32).hex()),
    ("short random digests", lambda i, r: r.bytes(3).hex()),
    ("random numbers", lambda i, r: str(int(r.integers(100_000, 999_999)))),
    ("one after the other", lambda i, r: str(100_000 + i)),
    ("salted with a secret", lambda i, r: sha("sha256")(f"k93jd-{i}")),
]


@pytest.mark.parametrize(("name", "make"), UNRELATED)
def test_chance_is_no_derivation(name: str, make: Callable[[int, np.random.Generator], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_ids, "MOST_HASHES", 50_000)
    random = np.random.default_rng(1)
    columns: Columns = {"student_hash": [make(i, random) for i in range(300)], "score": scores(300)}
    assert found(columns, district(1_000, 3)) == []


def test_numbers_in_a_row_are_no_ids_moved_by_a_constant() -> None:
    ids = [Person(str(n), str(n), "student", "A", "B", local_ids=((str(n), "sourcedId"),)) for n in range(9_000_000, 9_003_000)]
    assert found({"record_id": [str(n) for n in range(1000, 1300)], "sex": list("MF" * 150), "race": list("WBH" * 100)}, ids) == []


def test_one_digest_of_a_student_is_enough() -> None:
    people = district(200, 2)
    random = np.random.default_rng(1)
    columns: Columns = {
        "student_hash": [random.bytes(32).hex() for _ in range(99)] + [sha("sha256")(of(people)[7].key_id)],
        "score": scores(100),
    }
    assert [(f.cell, f.low) for f in found(columns, people)] == [(("student_hash",), 1.0)]


# --- tables of groups --------------------------------------------------------------------------------------------------------

GROUPS: list[dict[str, Sequence[str]]] = [
    {"school": ["Baker", "Castro"] * 10, "grade": [str(i // 2) for i in range(20)], "students": [str(20 + i) for i in range(20)]},
    {"grade": ["3"] * 4, "sex": ["M", "F"] * 2, "race": ["W", "W", "B", "B"], "percent proficient": ["40", "50", "60", "70"]},
    {"Grade": ["3", "4"], "Male": ["40", "50"], "Female": ["30", "20"], "Total": ["70", "70"]},
]


@pytest.mark.parametrize("columns", GROUPS)
def test_a_table_of_groups_has_no_finding(columns: dict[str, Sequence[str]]) -> None:
    assert found(dict(columns), district(300)) == []


# --- codings -----------------------------------------------------------------------------------------------------------------

GRADES = [
    *[(text, (3, 3)) for text in ("03", "3", "3rd", "Third", "Grade 3", "Gr. 3", "grade3", "3rd Grade", "G3", "03.0")],
    *[(text, (0, 0)) for text in ("K", "KG", "Kindergarten", "0", "00")],
    *[(text, (-2, -2)) for text in ("PK", "Pre-K", "prek")],
    ("K-2", (0, 2)),
    ("Grades 3–5", (3, 5)),
    ("9 to 12", (9, 12)),
    ("freshman", (9, 9)),
    ("120", None),
    ("Adams", None),
]


@pytest.mark.parametrize(("text", "span"), GRADES)
def test_grades(text: str, span: tuple[int, int] | None) -> None:
    assert codings.grade(text) == span


@pytest.mark.parametrize("text", ["2015-02-03", "02/03/2015", "2/3/15", "20150203", "Feb 3, 2015", "42038", "2015-02-03T00:00:00"])
def test_days(text: str) -> None:
    day = date(2015, 2, 3).toordinal()
    assert codings.days(text) == (day, day)


@pytest.mark.parametrize("text", ["2015-02", "02/2015", "Feb 2015", "201502"])
def test_months(text: str) -> None:
    assert codings.days(text) == (date(2015, 2, 1).toordinal(), date(2015, 2, 28).toordinal())


@pytest.mark.parametrize(
    ("text", "race"),
    [
        ("W", "white"),
        ("White, non-Hispanic", "white"),
        ("BL7", "black"),
        ("African American", "black"),
        ("Hispanic/Latino", "hispanic"),
        ("Two or More Races", "two"),
        ("Multi-Racial", "two"),
        ("AIAN", "indian"),
        ("Native Hawaiian/Pacific Islander", "pacific"),
    ],
)
def test_races(text: str, race: str) -> None:
    assert codings.race(text) == frozenset({race})


@given(st.text(max_size=20))
def test_any_text_is_read_or_not(text: str) -> None:
    for read in (codings.grade, codings.days, codings.age, codings.zip_code, codings.birth_year, codings.month):
        span = read(text)
        assert span is None or span[0] <= span[1]
    assert codings.sex(text) is None or codings.sex(text)
    assert codings.race(text) is None or codings.race(text)


def test_traits_show_nothing() -> None:
    assert repr(traits_of(district(3))) == "<traits of 3 students>"
