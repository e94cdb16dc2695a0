"""Where did it go: hops, days and questions, over a mart of a few flows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from lineage.stage import sql
from lineage.trace import Question, known, trace, traced_files

NAME, MAIL = "student_name", "student_contact.email"
FLOWS = [  # from, to, element, first, last, authorized, evidence
    ("district", "v", NAME, "2026-01-01", "2026-02-01", True, "f1"),
    ("v", "sub", NAME, "2026-01-15", "2026-01-20", True, "f2"),
    ("sub", "ads", NAME, "2026-03-01", "2026-03-01", False, "f3"),
    ("v", "early", NAME, "2025-06-01", "2025-12-01", False, "f4"),  # before v had it from the district
    ("sub", "v", NAME, "2026-02-01", "2026-02-01", True, "f2"),  # back: no way goes in circles
    ("district", "w", MAIL, "2026-01-01", "2026-01-01", True, "f5"),
    ("w", "ads", MAIL, "2026-01-02", "2026-01-02", False, "f5"),
    ("a", "b", MAIL, "2026-01-02", "2026-01-02", True, None),  # from each other only
    ("b", "a", MAIL, "2026-01-02", "2026-01-02", True, None),
]
DISCLOSURES = [("s1", "district", "v", NAME), ("s1", "v", "sub", NAME), ("s2", "district", "v", NAME)]
FILES = [  # id, delivery, path, kind, sha
    ("f1", "v/2026-02-01", "export/one.csv", "export", "a" * 64),
    ("f2", "v/2026-02-02", "sent/sub/one.csv", "sent", "b" * 64),
    ("f5", "w/2026-01-02", "export/two.csv", "export", "c" * 64),
    ("f6", "x/2026-01-02", "export/copy.csv", "export", "a" * 64),  # the same bytes as f1
]


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trace") / "mart.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(sql("mart"))
        for sender, receiver, element, first, last, authorized, evidence in FLOWS:
            reason = None if authorized else "no agreement."
            con.execute(
                "INSERT INTO flows VALUES (?, ?, ?, 2, 0, ?, ?, ?, ?, ?, 'r')",
                [sender, receiver, element, first, last, authorized, reason, evidence],
            )
        for subject, sender, receiver, element in DISCLOSURES:
            con.execute(
                """INSERT INTO disclosures BY NAME SELECT ? AS subject_key, ? AS from_party_id, ? AS to_party_id, ? AS data_element,
                   DATE '2026-01-15' AS first_seen_on, DATE '2026-01-15' AS last_seen_on, true AS authorized, 'agreement' AS basis""",
                [subject, sender, receiver, element],
            )
        for file_id, delivery, file_path, kind, sha in FILES:
            party, day = delivery.split("/")
            con.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?, 'csv', ?, 1, 1, 'scanned', NULL, 'r')", [file_id, delivery, file_path, kind, sha]
            )
            con.execute("INSERT INTO deliveries VALUES (?, ?, ?, 1, 1, NULL, '1', 'r')", [delivery, party, day])
            element = MAIL if file_id == "f5" else NAME
            con.execute("INSERT INTO fields VALUES (?, 'c', 1, 1, ?, 'direct', 'student', 1, 'r')", [file_id, element])
        con.execute("INSERT INTO parties VALUES ('v', 'V', 'vendor', NULL, [], 'r'), ('district', 'D', 'district', NULL, [], 'r')")
    return path


def ways(mart: Path, **asked: str) -> set[str]:
    return {" > ".join(it.via) for it in trace(mart, Question(**asked))}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"element": NAME}, {"district > v", "district > v > sub", "district > v > sub > ads", "v > early", "sub > v"}),
        ({"element": MAIL}, {"district > w", "district > w > ads", "a > b", "b > a"}),
        ({"element": "attendance"}, set()),
        ({"party": "v", "element": NAME}, {"district > v", "district > v > sub", "district > v > sub > ads", "v > early", "sub > v"}),
        ({"party": "sub"}, {"v > sub", "v > sub > ads", "sub > v"}),
        ({"party": "ads"}, {"sub > ads", "w > ads"}),
        ({"subject_key": "s1"}, {"district > v", "district > v > sub"}),
        ({"subject_key": "s2"}, {"district > v"}),
        ({"subject_key": "s1", "party": "sub"}, {"v > sub"}),
        ({"subject_key": "s9"}, set()),
        ({"file": "f5"}, {"district > w", "district > w > ads"}),
        ({"file": "export/two.csv"}, {"district > w", "district > w > ads"}),
        ({"file": "two.csv"}, {"district > w", "district > w > ads"}),
        ({"file": "v/2026-02-02/sent/sub/one.csv"}, {"v > sub", "v > sub > ads"}),
        ({"file": "C" * 64}, {"district > w", "district > w > ads"}),
        ({"file": "none.csv"}, set()),
        ({"file": "f5", "element": NAME}, set()),
    ],
)
def test_a_way_follows_the_days(mart: Path, asked: dict[str, str], wanted: set[str]) -> None:
    assert ways(mart, **asked) == wanted


def test_a_transfer_says_when_why_and_on_what_evidence(mart: Path) -> None:
    found = {it.via: it for it in trace(mart, Question(party="sub"))}
    onward = found[("v", "sub", "ads")]
    assert (onward.hop, onward.arrived_on, onward.authorized, onward.reason) == (2, date(2026, 3, 1), False, "no agreement.")
    first = found[("v", "sub")]
    assert (first.evidence_delivery_id, first.evidence_path) == ("v/2026-02-02", "sent/sub/one.csv")


def test_the_same_bytes_elsewhere_are_meant_too(mart: Path) -> None:
    assert {it.file_id for it in traced_files(mart, "export/one.csv")} == {"f1", "f6"}
    assert {it.party_id for it in traced_files(mart, "a" * 64)} == {"v", "x"}


def test_what_the_mart_has_never_heard_of_is_said(mart: Path) -> None:
    said = known(mart, Question("attendance", "s9", "none.csv", "nobody"))
    assert len(said) == 4
    assert known(mart, Question(NAME, "s1", "f1", "v")) == []
