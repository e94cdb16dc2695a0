"""Days that are judged alike are kept as their first and last (`seen.sql`): the mart must be the one that all days make.

Compared with the same SQL in which every day is a stretch of its own, over random registers and sightings.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from lineage import stage
from tests.lineage.case import Case, Mart, small_district

FIRST = date(2025, 7, 1)
ELEMENTS = ("student_name", "assessment.score", "application.usage", "student_contact.email")


def some_day(dice: random.Random, days: int = 360) -> str:
    return (FIRST + timedelta(dice.randrange(days))).isoformat()


def random_case(folder: Path, seed: int) -> Case:
    """Three vendors with agreements that begin, end and overlap; consents, opt-outs, a certificate; logs and exports of a year."""
    dice = random.Random(seed)
    case = small_district(folder)
    case.settings["directory_information"] = ["student_name"]
    for party in ("v", "w", "sub"):
        for _ in range(dice.randint(0 if party == "sub" else 1, 3)):
            starts = some_day(dice, 200)
            agreement = case.agreement(
                party,
                starts,
                (date.fromisoformat(starts) + timedelta(dice.randrange(20, 200))).isoformat(),
                elements=dice.sample(ELEMENTS, 2),
                consent=dice.random() < 0.5,
                basis=dice.choice(["school_official", "directory"]),
                aggregate_only=dice.random() < 0.2,
            )
            row = {"agreement_id": agreement, "party_id": party, "data_element": dice.choice(ELEMENTS)}
            case.add("authorized_element", **row, valid_from=some_day(dice), valid_to=dice.choice([None, some_day(dice)]))
        for subject in ("s1", "s2", "s3"):
            for _ in range(dice.randint(0, 3)):
                given = some_day(dice, 200)
                case.consent(subject, party, dice.sample(ELEMENTS, 2), given, dice.choice([None, some_day(dice)]))
        if dice.random() < 0.7:
            case.certificate(f"{party}/2026-04-01", some_day(dice), some_day(dice))
        for kind in ("log", "export"):
            file = case.file(f"{party}/{some_day(dice)}", kind)
            for _ in range(120):
                case.see(
                    file,
                    dice.choice(["s1", "s2", "s3", None]),
                    dice.choice(ELEMENTS),
                    on=dice.choice([None, *(some_day(dice, 400) for _ in range(9))]),
                    field_path=dice.choice(["a", "b"]),
                    receiver_host=dice.choice([None, "v.example", "w.example", "x.example"]) if kind == "log" else None,
                    records=dice.randint(1, 5),
                    confidence=dice.choice([0.7, 0.9, 1.0]),
                )
    case.add("opt_out", subject_key="s1", opted_out_on=some_day(dice))
    case.add("subprocessor", party_id="v", subprocessor_id="sub", elements=None, purposes=None)
    return case


def contents(mart: Mart) -> dict[str, list[tuple[object, ...]]]:
    tables = [name for (name,) in mart.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")]
    found = {table: mart.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables}
    return found | {"evaluations": mart.fact_rows("SELECT * FROM evaluations ORDER BY ALL")}


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_first_and_last_days_make_the_mart_of_all_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    case = random_case(tmp_path, seed)
    shortened = contents(case.build())
    written, replaced = stage.sql, "max(t.on_day) AS since"

    def every_day(name: str) -> str:
        text = written(name)
        assert name != "seen" or replaced in text
        return text.replace(replaced, "s.seen_on AS since") if name == "seen" else text

    monkeypatch.setattr(stage, "sql", every_day)
    assert shortened["disclosures"]
    assert shortened == contents(case.build())
