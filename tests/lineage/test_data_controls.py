"""Staff records, authorization by the district, aggregates and retention: what is known of a party → the verdict. One build for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lineage.case import Case, Mart
from tests.lineage.scenarios import (
    ENDED,
    FAIL,
    NOT,
    OPEN,
    PASS,
    Cases,
    Scenario,
    agreement,
    build,
    certificate,
    consent,
    copies,
    does,
    held,
    lists,
    over,
    shows,
    wiped,
)

STAFF, DISTRICT, AGGREGATE, RETAINED = (
    "I.A.staff-records",
    "I.E.district-authorization",
    "II.B.aggregate-only",
    "II.C.retained-too-long",
)


def staff(element: str, subject: str | None = "t1", kind: str = "export", field: str = "column") -> Scenario:
    def fill(case: Case, party: str) -> None:
        case.see(case.file(f"{party}/2026-01-10", kind), subject, element, subject_kind="staff", field_path=field)

    return fill


def listed(element: str, valid_from: str | None = None, valid_to: str | None = None) -> Scenario:
    """A line more in the party's first agreement."""

    def fill(case: Case, party: str) -> None:
        agreement_id = next(row["agreement_id"] for table, row in case.facts if table == "agreement" and row["party_id"] == party)
        row = {"agreement_id": agreement_id, "party_id": party, "data_element": element, "valid_from": valid_from, "valid_to": valid_to}
        case.add("authorized_element", **row)

    return fill


def audited(*findings: str, seen: str | None = None, verdict: str = "FAIL", **more: Any) -> Scenario:
    """An aggregate in which the audit found these (a check, and the cell)."""

    def fill(case: Case, party: str) -> None:
        file_id = case.file(f"{party}/2026-01-10", "aggregate", **more)
        for finding in findings:
            check, _, cell = finding.partition(" ")
            case.put(
                "aggregate_audits", file_id, table_name="t", verdict=verdict, check_id=check, cell=cell or None, value_low=3, value_high=3,
                witness="3",
            )  # fmt: skip
        if seen:
            case.see(file_id, seen)

    return fill


def student(key: str, absent: str | None = None, held_since: str | None = None) -> Scenario:
    """A student of this case alone."""

    def fill(case: Case, party: str) -> None:
        case.subject(f"{key} {party}", absent_since=absent)
        if held_since:
            case.add("hold", subject_key=f"{key} {party}", opened_on=held_since)

    return fill


def keeps(key: str, *elements: str, on: str = "2026-01-10", kind: str = "export") -> Scenario:
    def fill(case: Case, party: str) -> None:
        file_id = case.file(f"{party}/{on}", kind)
        for element in elements or ("conduct",):
            case.see(file_id, f"{key} {party}", element)

    return fill


def left(absent: str, held_since: str | None = None) -> Scenario:
    """A party with an agreement that holds a student's conduct, who left on that day."""
    return does(agreement(), student("x", absent, held_since), keeps("x"))


only = {"aggregate_only": True}

CASES: Cases = {
    # -- I.A
    "listed by the staff directory": (does(agreement(), staff("staff_name")), {STAFF: PASS}),
    "listed by the directory, nothing agreed": (staff("staff_name"), {STAFF: PASS, "I.A.active-agreement": FAIL}),
    "listed by neither": (does(agreement(), staff("staff_pay")), {STAFF: FAIL}),
    "listed by the agreement": (does(agreement(elements=("staff_pay",)), staff("staff_pay")), {STAFF: PASS}),
    "listed by an agreement before": (
        does(
            agreement(starts="2025-01-01", ends="2026-01-31", elements=("staff_pay",)), agreement(starts="2026-02-01"), staff("staff_pay")
        ),
        {STAFF: FAIL},
    ),
    "listed by an agreement that ended": (does(agreement(**ENDED, elements=("staff_pay",)), staff("staff_pay")), {STAFF: PASS}),
    "of staff nobody knows": (does(agreement(), staff("staff_pay", None)), {STAFF: FAIL}),
    "a student's data": (does(agreement(), held()), {STAFF: PASS, DISTRICT: PASS, AGGREGATE: NOT, RETAINED: PASS}),
    "nothing at all": (agreement(), {STAFF: OPEN, DISTRICT: OPEN, AGGREGATE: NOT, RETAINED: OPEN}),
    "clean": (does(agreement(), shows("export", "2026-01-10")), {STAFF: PASS, DISTRICT: PASS, RETAINED: PASS}),
    "unreadable": (
        does(agreement(), shows("export", "2026-01-10", status="quarantined", reason="corrupt")),
        {STAFF: OPEN, DISTRICT: OPEN, RETAINED: OPEN},
    ),
    "a stale capture": (does(agreement(), shows("tracking", "2025-06-29")), {STAFF: OPEN, DISTRICT: OPEN, RETAINED: OPEN}),
    # -- I.E
    "never agreed": (held(), {DISTRICT: FAIL}),
    "an element nobody listed": (does(agreement(), held("2026-01-10", ("s1", "conduct"))), {DISTRICT: FAIL}),
    "collected before the agreement": (does(agreement(), held("2025-07-31")), {DISTRICT: FAIL}),
    "collected on its first day": (does(agreement(), held("2025-08-01")), {DISTRICT: PASS}),
    "collected after its end": (does(agreement(**ENDED), shows("log", "2026-02-02", ("s1", "student_name"))), {DISTRICT: FAIL}),
    "first collected in force": (
        does(agreement(**ENDED), shows("log", "2026-02-01", ("s1", "student_name")), shows("log", "2026-03-02", ("s1", "student_name"))),
        {DISTRICT: PASS},
    ),
    "an export within the days of return": (does(agreement(**ENDED), held("2026-04-02")), {DISTRICT: PASS}),
    "listed from a later day": (
        does(agreement(elements=()), listed("student_name", valid_from="2026-01-11"), held("2026-01-10")),
        {DISTRICT: FAIL},
    ),
    "listed from that day": (
        does(agreement(elements=()), listed("student_name", valid_from="2026-01-10"), held("2026-01-10")),
        {DISTRICT: PASS},
    ),
    "listed until the day before": (
        does(agreement(elements=()), listed("student_name", valid_to="2026-01-09"), held("2026-01-10")),
        {DISTRICT: FAIL},
    ),
    "directory information": (
        does(agreement(basis="directory", elements=()), shows("log", "2026-01-10", ("s1", "photo_audio_video"))),
        {DISTRICT: PASS},
    ),
    "directory information, another basis": (
        does(agreement(elements=()), shows("log", "2026-01-10", ("s1", "photo_audio_video"))),
        {DISTRICT: FAIL},
    ),
    "consent is another control's": (does(agreement(consent=True), held(), consent("2026-01-11")), {DISTRICT: PASS}),
    "purpose is another control's": (
        does(agreement(), shows("export", "2026-01-10", ("s1", "student_name"), purpose="sale")),
        {DISTRICT: PASS, "II.B.authorized-elements": FAIL},
    ),
    "a server log": (does(agreement(), shows("log", "2026-01-10", ("s1", "application.ip"))), {DISTRICT: PASS}),
    "records of nobody known": (
        does(agreement(), lambda case, party: case.see(case.file(f"{party}/2026-01-10", "export"), None, "student_id.ssn")),
        {DISTRICT: FAIL},
    ),
    # -- II.B
    "an aggregate": (does(agreement(), audited()), {AGGREGATE: PASS, STAFF: OPEN}),
    "a small cell": (does(agreement(), audited("small_cell Adams / n")), {AGGREGATE: FAIL}),
    "rows of students": (does(agreement(), audited("grain", seen="s1")), {AGGREGATE: FAIL}),
    "for a person to judge": (does(agreement(), audited("interval Adams / n", verdict="INCONCLUSIVE")), {AGGREGATE: OPEN}),
    "a hidden cell": (does(agreement(), audited("exact_disclosure Adams / n")), {AGGREGATE: FAIL}),
    "every kind of finding": (
        does(
            agreement(),
            audited(
                "grain",
                "small_cell a",
                *(f"exact_disclosure {n}" for n in range(1200)),
                "zero_or_full a",
                "interval a",
                "interval b",
                "differencing a",
                "reidentification",
            ),
        ),
        {AGGREGATE: FAIL},
    ),
    "a release that was not compared": (does(agreement(), audited("differencing", verdict="INCONCLUSIVE")), {AGGREGATE: OPEN}),
    "a disclosure and a release that was not compared": (
        does(agreement(), audited("differencing", verdict="INCONCLUSIVE"), audited("interval a")),
        {AGGREGATE: FAIL},
    ),
    "an unreadable aggregate": (does(agreement(), audited(status="quarantined", reason="corrupt")), {AGGREGATE: OPEN}),
    "one is read": (does(agreement(), audited(status="quarantined", reason="corrupt"), audited()), {AGGREGATE: PASS}),
    "aggregate only, none came": (agreement(**only), {AGGREGATE: OPEN}),
    "aggregate only, an export": (does(agreement(**only), held()), {AGGREGATE: FAIL}),
    "aggregate only, a capture": (does(agreement(**only), shows("tracking", "2026-01-10", ("s1", "student_name"))), {AGGREGATE: FAIL}),
    "aggregate only, a clean export": (does(agreement(**only), shows("export", "2026-01-10")), {AGGREGATE: OPEN}),
    "aggregate only, an aggregate and a server log": (
        does(agreement(**only), audited(), shows("log", "2026-01-10", ("s1", "application.ip"))),
        {AGGREGATE: PASS},
    ),
    "aggregate only since": (
        does(agreement(ends="2026-01-31"), agreement(starts="2026-02-01", **only), held("2026-01-10"), audited()),
        {AGGREGATE: PASS},
    ),
    "aggregate only, seen before any agreement": (does(agreement(**only), held("2025-07-01")), {AGGREGATE: FAIL}),
    # -- II.C
    "enrolled": (does(agreement(), student("x"), keeps("x")), {RETAINED: PASS}),
    "gone for three years": (left("2023-06-29"), {RETAINED: FAIL}),
    "due today": (left("2023-06-30"), {RETAINED: PASS}),
    "gone, under a hold": (left("2023-06-29", "2026-01-01"), {RETAINED: PASS}),
    "permanent": (does(agreement(), student("x", "2000-01-01"), keeps("x", "student_name")), {RETAINED: PASS}),
    "its copy before the deadline": (
        does(agreement(starts="2025-01-01", ends="2026-05-01"), held()),
        {RETAINED: PASS},
    ),
    "its copy after the deadline": (over, {RETAINED: FAIL}),
    "destroyed": (wiped, {RETAINED: PASS}),
    "pending": (
        does(
            over,
            certificate(
                "2026-03-10",
                "2026-03-01",
                "2026-03-05",
                copies=copies({"kind": "backups", "status": "pending", "expires_on": "2026-06-30"}),
            ),
        ),
        {RETAINED: PASS},
    ),
    "pending past its day": (
        does(
            over,
            certificate(
                "2026-03-10",
                "2026-03-01",
                "2026-03-05",
                copies=copies({"kind": "backups", "status": "pending", "expires_on": "2026-06-29"}),
            ),
        ),
        {RETAINED: FAIL},
    ),
    "seen again": (does(wiped, shows("log", "2026-03-06", ("s1", "student_name"))), {RETAINED: FAIL}),
    "seen on the day of the certificate": (does(wiped, shows("log", "2026-03-05", ("s1", "student_name"))), {RETAINED: PASS}),
    "only another student is seen again": (
        does(wiped, shows("log", "2026-03-06", ("s2", "student_name"))),
        {RETAINED: FAIL},
    ),
    "it sent on later": (
        does(wiped, lambda case, party: case.see(case.file(f"{party}/2026-03-06", "sent", "w"), "s1")),
        {RETAINED: FAIL},
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    def categories(case: Case, party: str) -> None:
        case.add("category", category="permanent", rule="permanent", is_default=False)
        case.add("category_element", category="permanent", data_element="student_name")

    scenarios = [scenario for scenario, _ in CASES.values()]
    return build(Path(tmp_path_factory.mktemp("controls")), [*scenarios, categories])


def party(name: str) -> str:
    return f"p{list(CASES).index(name)}"


@pytest.mark.parametrize(("name", "control"), [(name, control) for name, (_, expected) in CASES.items() for control in expected])
def test_verdict(built: Mart, name: str, control: str) -> None:
    assert built.verdict(control, party(name)) == CASES[name][1][control], built.reason(control, party(name))


def test_they_are_no_duties_of_the_district(built: Mart) -> None:
    assert {built.verdict(control, "district") for control in (STAFF, DISTRICT, AGGREGATE, RETAINED)} == {NOT}


def test_what_the_violations_say(built: Mart) -> None:
    assert built.violations(STAFF, party("listed by neither")) == [
        ("t1", "staff_pay", "staff_pay, seen on 2026-01-10 (export), is listed by neither the agreement nor the staff directory")
    ]
    assert [detail for *_, detail in built.violations(DISTRICT, party("listed from a later day"))] == [
        "student_name first collected on 2026-01-10: authorized only from 2026-01-11"
    ]
    assert [detail for *_, detail in built.violations(DISTRICT, party("never agreed"))] == [
        "student_name first collected on 2026-01-10: no agreement was in force"
    ]
    assert [detail for *_, detail in built.violations(DISTRICT, party("records of nobody known"))] == [
        f"student_id.ssn first collected on 2026-01-10: not authorized by A-{party('records of nobody known')}-2025-08-01,"
        " in 1 record of no known student"
    ]
    ((subject, element, detail),) = built.violations(RETAINED, party("gone for three years"))
    assert (subject, element) == (f"x {party('gone for three years')}", None)
    assert detail == "subsidiary was due on 2026-06-29 and is held: conduct, last seen on 2026-01-10"
    again = built.violations(RETAINED, party("seen again"))
    assert [detail.rpartition(", ")[2] for *_, detail in again] == ["seen again after the certified destruction"]
    assert [subject for subject, *_ in built.violations(RETAINED, party("only another student is seen again"))] == ["s2"]
    assert {subject for subject, *_ in built.violations(AGGREGATE, party("aggregate only, an export"))} == {"s1"}
    assert built.violations(AGGREGATE, party("a small cell")) == [(None, None, "a group of fewer than 10")]
    assert {detail for *_, detail in built.violations(AGGREGATE, party("every kind of finding"))} == {
        "the rows are single students' data",
        "a group of fewer than 10",
        "a group of which all or none are counted",
        "a hidden cell that can be computed",
        "a hidden cell that can be narrowed to fewer than 5",
        "the difference of two releases or groups is a group of fewer than 10",
        "rows without names that can be traced to single students",
    }
    places = built.rows(f"SELECT place FROM violations WHERE party_id = '{party('a hidden cell')}' AND control_id = '{AGGREGATE}'")
    assert [place.endswith(" t Adams / n") for (place,) in places] == [True]


def test_the_reason_says_what_the_audit_found_and_under_which_assumptions(built: Mart) -> None:
    assert built.reason(AGGREGATE, party("every kind of finding")) == (
        "Not aggregate: 1 table with rows of single students; 1 cell of fewer than 10; 1 group of which all or none are counted;"
        " 1,200 hidden cells that can be computed; 2 hidden cells that can be narrowed to fewer than 5;"
        " 1 difference of two releases or groups of fewer than 10; 1 way to trace rows without names to single students."
    )
    assert built.reason(AGGREGATE, party("an aggregate")) == (
        "No disclosure found in 1 aggregate file under these assumptions: a group is small below 10, a hidden number must stay open by 5"
        " or more, and nobody knows more than these files and the releases before them."
    )
    unfinished = "The audit of 1 aggregate file could not finish: "
    assert built.reason(AGGREGATE, party("for a person to judge")) == unfinished + "not every cell was computed."
    assert built.reason(AGGREGATE, party("a release that was not compared")) == unfinished + "not every earlier release was compared."


def test_the_audit_in_the_mart_hides_the_witness(built: Mart) -> None:
    rows = built.rows(
        "SELECT DISTINCT table_name, verdict, check_id, cell, value_low, value_high, witness FROM aggregate_audits ORDER BY ALL"
    )
    assert ("t", "FAIL", "small_cell", "Adams / n", 3.0, 3.0, None) in rows
    assert {row[-1] for row in rows} == {None}


def test_retention_after_a_certificate(built: Mart) -> None:
    def rows(name: str) -> list[tuple[Any, ...]]:
        return built.rows(
            f"SELECT subjects, status FROM retention WHERE party_id = '{party(name)}' AND category = 'vendor_copy' ORDER BY ALL"
        )

    assert rows("destroyed") == [(1, "destroyed")]
    assert rows("seen again") == [(1, "overdue")]
    assert rows("only another student is seen again") == [(1, "destroyed"), (1, "overdue")]
    assert rows("pending") == [(1, "pending")]
    assert rows("pending past its day") == [(1, "overdue")]


def test_a_witness_is_shown_where_the_district_wants_it_and_a_roster_without_staff_proves_nothing(case: Case) -> None:
    case.settings["show_witnesses"] = True
    case.facts = [(table, row) for table, row in case.facts if row.get("subject_key") != "t1"]
    does(agreement(), audited("small_cell x / n"), held())(case, "v")
    mart = case.build()
    assert mart.rows("SELECT witness FROM aggregate_audits") == [("3",)]
    assert mart.verdict(STAFF) == OPEN
    assert mart.reason(STAFF) == "Missing: staff in the roster."


def test_a_subprocessor_has_its_parents_authorizations_and_certificate(case: Case) -> None:
    case.agreement("v", starts="2025-01-01", ends="2026-02-01", elements=("student_name", "conduct"))
    lists("sub", ["student_name"])(case, "v")
    export = case.file("sub/2026-01-10", "export")
    case.see(export, "s1", "student_name")
    case.see(export, "s1", "conduct")
    case.certificate(
        "v/2026-03-10", "2026-03-01", "2026-03-05", copies=copies({"kind": "subprocessors", "status": "destroyed", "system": "sub Inc."})
    )
    mart = case.build()
    assert mart.violations(DISTRICT, "sub") == [
        ("s1", "conduct", "conduct first collected on 2026-01-10: the entry for this subprocessor does not list it")
    ]
    assert mart.rows("SELECT status FROM retention WHERE party_id = 'sub'") == [("destroyed",)]
