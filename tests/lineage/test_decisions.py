"""What became of each line of decisions.csv, and which fields wait for one."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.contract import defects
from lineage.facts import path_pattern
from tests.lineage.case import Case, Mart

PATHS = st.text(alphabet="ab/.-![]*?()^$|+\\é ", max_size=8)


@settings(deadline=None, max_examples=200)
@given(glob=PATHS, path=PATHS)
def test_a_glob_means_the_same_in_the_scan_and_in_sql(glob: str, path: str) -> None:
    pattern = path_pattern(glob)
    found = duckdb.execute("SELECT regexp_full_match(?, ?), regexp_full_match(?, ?)", [path, pattern, glob, pattern]).fetchone()
    assert found == (fnmatch.fnmatchcase(path, glob), fnmatch.fnmatchcase(glob, glob))


def decide(case: Case, line: int, path: str, field_path: str = "Shelf", party: str = "v", element: str = "none", **more: Any) -> None:
    row = {"path": path, "path_pattern": path_pattern(path), "field_path": field_path, "data_element": element}
    case.add("decision", line=line, party_id=party, **row, **more)


def fields(case: Case, file_id: str, *names: str) -> None:
    for name in names:
        case.put("fields", file_id, field_path=name, records=9, distinct_values=4, data_element="none", pii_class="none")


def finding(case: Case, file_id: str, name: str, detector: str, rationale: str, element: str = "none", **more: Any) -> None:
    row = {"confidence": 0.6, "occurrences": 1, "distinct_values": 1, "subjects": 0, "subject_kind": "unknown"} | more
    case.put("findings", file_id, field_path=name, detector=detector, rationale=rationale, data_element=element, **row)


def settle(case: Case, file_id: str, *names: str) -> None:
    for name in names:
        finding(case, file_id, name, "decision", "decided: none", confidence=1.0)


def deliver(case: Case, party: str) -> str:
    """Two months of the party with the field `Shelf`, settled, and a file whose path is shown redacted; returns that one's id."""
    for month in ("01", "02"):
        file_id = case.file(f"{party}/2026-{month}-10", "export", path="export/readers.csv")
        fields(case, file_id, "Shelf", "Other")
        settle(case, file_id, "Shelf")
    hidden = case.file(f"{party}/2026-03-10", "export", path="export/IEP_[redacted].csv")
    fields(case, hidden, "Note", "Note#2")
    return hidden


LINES: list[tuple[dict[str, Any], str, int, str]] = [
    ({"path": "export/readers.csv"}, "applied", 2, "settles 2 fields in 2 files"),
    ({"path": "**/readers*.csv", "until": "2026-06-30"}, "applied", 2, "settles 2 fields in 2 files"),
    ({"path": "2026-02-10/export/*"}, "applied", 1, "settles 1 field in 1 file"),
    ({"path": "*", "until": "2026-06-29"}, "expired", 2, "it would still settle 2 fields"),
    ({"path": "*", "field_path": "Lost", "until": "2026-06-29"}, "expired", 0, "nothing matches it any more"),
    ({"path": "export/Readers.csv"}, "unmatched", 0, "of 3 files of this party none has such a path"),
    ({"path": "readers.csv"}, "unmatched", 0, "as in export/readers.csv"),
    ({"path": "*", "field_path": "shelf"}, "unmatched", 0, "3 files with such a path, but none has such a field; there is Shelf"),
    ({"path": "*", "field_path": "Shelf#2"}, "unmatched", 0, "there is Shelf"),
    ({"path": "*", "field_path": "Xylophone"}, "unmatched", 0, "but none has such a field"),
    ({"path": "*", "field_path": "Other"}, "waiting", 2, "matches 2 fields in deliveries that were not scanned since"),
    ({"path": "export/IEP_[redacted].csv", "field_path": "Note"}, "waiting", 1, "matches 1 field"),
]
MORE_LINES: list[tuple[dict[str, Any], str, int, str]] = [
    ({"path": "*", "party": "sub"}, "unmatched", 0, "this party has delivered no file"),
    ({"path": "*", "party": "P0", "field_path": "Other"}, "waiting", 2, "matches 2 fields"),
    ({"path": "*", "field_path": "Seat", "party": "w"}, "waiting", 1, "matches 1 field"),
    ({"path": "accounts/w/*", "field_path": "Seat", "party": "district"}, "waiting", 1, "matches 1 field"),
    ({"path": "*", "field_path": "x", "party": "Unheard"}, "applied", 1, "settles 1 field"),
    ({"path": "*", "field_path": "x", "party": "w", "until": "2026-06-01"}, "expired", 0, "nothing matches it any more"),
    ({"path": "export/*", "field_path": "x", "party": "w"}, "unmatched", 0, "the detail of 1 file with such a path was purged"),
]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Any, ...]]:
    """Line `i` of LINES is about party `p<i>`; those of MORE_LINES say whom they are about."""
    case = Case(tmp_path_factory.mktemp("lines"))
    for party in ("w", "sub", *(f"p{number}" for number in range(len(LINES)))):
        case.party(party)
    for number, (line, *_) in enumerate(LINES):
        deliver(case, f"p{number}")
        decide(case, number, **({"party": f"p{number}"} | line))
    fields(case, case.file("district/2026-03-01", "accounts", "w", path="accounts/w/users.csv"), "Seat")
    unheard = case.file("Unheard/2026-01-10", "export")
    fields(case, unheard, "x")
    settle(case, unheard, "x")
    fields(case, case.file("w/2024-01-10", "export"), "x")
    case.purged = ["w/2024-01-10", None]  # None: a purge of something else
    for number, (line, *_) in enumerate(MORE_LINES, start=len(LINES)):
        decide(case, number, **line)
    return {row[0]: row[1:] for row in case.build().rows("SELECT line, status, fields, reason, party_id FROM decisions")}


@pytest.mark.parametrize(("line", "wanted"), list(enumerate([*LINES, *MORE_LINES])))
def test_a_line(lines: dict[int, tuple[Any, ...]], line: int, wanted: tuple[dict[str, Any], str, int, str]) -> None:
    _, status, count, reason = wanted
    assert lines[line][:2] == (status, count)
    assert reason in lines[line][2]


def test_the_party_is_the_registers(lines: dict[int, tuple[Any, ...]]) -> None:
    assert [lines[len(LINES) + number][3] for number in (1, 4)] == ["p0", "third_party:unheard"]


def test_the_first_of_two_lines_counts_and_a_path_that_is_not_shown_is_found(case: Case) -> None:
    settle(case, deliver(case, "v"), "Note", "Note#2")
    decide(case, 2, "export/*", until="2026-01-01")
    decide(case, 3, "2026-01-10/export/readers.csv")
    decide(case, 4, "export/*.csv")
    decide(case, 5, "export/readers.csv")
    decide(case, 6, "export/IEP_J*.csv", "Note")
    decide(case, 7, "export/readers.csv", "Note")
    assert case.build().rows("SELECT line, status, fields FROM decisions ORDER BY line") == [
        (2, "expired", 2),
        (3, "applied", 1),
        (4, "applied", 1),
        (5, "overruled", 2),
        (6, "applied", 2),
        (7, "unmatched", 0),
    ]


# -- fields for review --------------------------------------------------------------------------------------------------------------

Says = tuple[str, str, str, dict[str, Any]]
SURE = {"confidence": 0.85}
EMAIL, LOCAL = "student_contact.email", "student_id.local"
FIELDS: dict[str, tuple[str, list[Says], str | None]] = {
    "one name": ("none", [("spacy", "1 of 40 values holds a name", "none", {})], "no detector is sure: 1 of 40"),
    "not borne out": (
        "none",
        [("header", "the header says birth date, 2 of 90 values fit", "none", {})],
        "sure: the header says birth date",
    ),
    "disagreement": (
        EMAIL,
        [("roster_match", "emails", EMAIL, {"subjects": 9}), ("header", "phone", "student_contact.phone", {})],
        "the detectors disagree (student_contact.email by roster_match, student_contact.phone by header): phone; emails",
    ),
    "nobody's names": ("student_name", [("spacy", "9 names", "student_name", {})], "a guess, and nobody the roster knows: 9 names"),
    "nobody's ids": (LOCAL, [("header", "an id", LOCAL, SURE)], "ids that nobody on the roster has"),
    "whose e-mail": (EMAIL, [("pattern", "addresses", EMAIL, SURE)], "identifies somebody, and nothing says whom: addresses"),
    "a score": ("assessment.score", [("header", "a score", "assessment.score", SURE)], None),
    "known ids": (LOCAL, [("header", "an id", LOCAL, SURE | {"subjects": 1})], None),
    "settled": ("none", [("decision", "decided: none", "none", SURE)], None),
    "nothing": ("none", [], None),
}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """Every field of FIELDS in an export of `v`, and in a certificate; one field of three parties more."""
    case = Case(tmp_path_factory.mktemp("reviewed"))
    for party in ("v", "w"):
        case.party(party)
    for kind, path in (("export", "export/a[1]*_[redacted].csv"), ("destruction", "destruction/certificate.json")):
        file_id = case.file("v/2026-01-10", kind, path=path)
        for name, (element, findings, _) in FIELDS.items():
            row = {"records": 90, "distinct_values": 40, "pii_class": "direct" if element.startswith("student_") else "none"}
            case.put("fields", file_id, field_path=name, data_element=element, subject_kind="unknown", **row)
            for detector, rationale, said, more in findings:
                finding(case, file_id, name, detector, rationale, said, **more)
    for delivery, kind, about in (
        ("Unheard/2026-01-10", "export", None),
        ("district/2026-01-10", "log", "w"),
        ("V/2026-01-11", "log", None),
    ):
        file_id = case.file(delivery, kind, about)
        fields(case, file_id, "x")
        finding(case, file_id, "x", "spacy", "1 name")
    return case.build()


@pytest.mark.parametrize("name", FIELDS)
def test_what_no_detector_could_tell(reviewed: Mart, name: str) -> None:
    element, _, why = FIELDS[name]
    found = reviewed.rows(
        "SELECT party_id, records, distinct_values, data_element, decision_party_id, decision_path, why FROM undetermined"
        f" WHERE field_path = '{name.replace(chr(39), chr(39) * 2)}'"
    )
    assert [row[:-1] for row in found] == ([("v", 90, 40, element, "v", "export/a[[]1][*]_*.csv")] if why else [])
    assert all(why in row[-1] for row in found if why)


def test_whose_line_it_would_be_and_the_contract_holds(reviewed: Mart) -> None:
    assert reviewed.rows("SELECT party_id, decision_party_id FROM undetermined WHERE field_path = 'x' ORDER BY ALL") == [
        ("third_party:unheard", "Unheard"),
        ("v", "v"),
        ("w", "w"),
    ]
    assert not [it for it in defects(Path(reviewed.path)) if "decisions" in it or "undetermined" in it]
