"""INTERFACE 4, "Authorized.": an agreement and what was seen → authorized, on which basis, or why not. One build for the whole table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lineage.case import Case, Mart

Scenario = Callable[[Case, str], None]
"""Fills the case with what concerns one party."""


def seen(
    case: Case, party: str, *days: str, element: str = "student_name", kind: str = "export", subject: str = "s1", **more: object
) -> None:
    for received in days:
        kind_of_subject = "staff" if subject == "t1" else "student"
        case.see(case.file(f"{party}/{received}", kind, purpose=more.get("purpose")), subject, element, subject_kind=kind_of_subject)  # type: ignore[arg-type]


def agreed(days: tuple[str, ...], kind: str = "export", **agreement: object) -> Scenario:
    def fill(case: Case, party: str) -> None:
        case.agreement(party, **agreement)  # type: ignore[arg-type]
        seen(case, party, *days, kind=kind)

    return fill


def consented(*spans: tuple[str, str | None], days: tuple[str, ...] = ("2026-01-10",), element: str = "student_name") -> Scenario:
    def fill(case: Case, party: str) -> None:
        case.agreement(party, consent=True)
        for given, revoked in spans:
            case.consent("s1", party, [element], given, revoked)
        seen(case, party, *days)

    return fill


def purpose(delivery_purpose: str | None, entry: list[str] | None = None) -> Scenario:
    def fill(case: Case, party: str) -> None:
        agreement = case.agreement(party, elements=())
        case.add("authorized_element", agreement_id=agreement, party_id=party, data_element="student_name", purposes=entry)
        seen(case, party, "2026-01-10", purpose=delivery_purpose)

    return fill


def entry_dates(valid_from: str | None, valid_to: str | None) -> Scenario:
    def fill(case: Case, party: str) -> None:
        agreement = case.agreement(party, elements=())
        case.add(
            "authorized_element",
            agreement_id=agreement,
            party_id=party,
            data_element="student_name",
            valid_from=valid_from,
            valid_to=valid_to,
        )
        seen(case, party, "2026-01-10")

    return fill


def directory(opted_out: str | None, elements: tuple[str, ...] = ()) -> Scenario:
    def fill(case: Case, party: str) -> None:
        case.agreement(party, basis="directory", elements=elements)
        case.subject(f"{party}-s")
        if opted_out:
            case.add("opt_out", subject_key=f"{party}-s", opted_out_on=opted_out)
        seen(case, party, "2026-01-10", subject=f"{party}-s", element="photo_audio_video")

    return fill


def staff(element: str, agreement: bool = True, elements: tuple[str, ...] = ()) -> Scenario:
    def fill(case: Case, party: str) -> None:
        if agreement:
            case.agreement(party, elements=elements, consent=True)
        seen(case, party, "2026-01-10", subject="t1", element=element)

    return fill


def operation(kind: str, days: tuple[str, ...] = ("2026-01-10",)) -> Scenario:
    def fill(case: Case, party: str) -> None:
        case.agreement(party)
        seen(case, party, *days, element="application.ip", kind=kind)

    return fill


def successive(case: Case, party: str) -> None:
    case.agreement(party, "2024-08-01", "2025-07-31", elements=("student_name",))
    case.agreement(party, "2025-08-15", None, elements=())
    seen(case, party, "2025-08-10")


NONE = "none"
ORDINARY = ("agreement", "school_official", None)
CASES: dict[str, tuple[Scenario, tuple[str, str | None, str | None]]] = {
    "on its first day": (agreed(("2025-08-01",)), ORDINARY),
    "on its last day": (agreed(("2026-01-10",), ends="2026-01-10"), ORDINARY),
    "before it": (agreed(("2025-07-31",)), (NONE, None, "2025-07-31: no agreement in force")),
    "an export within the days of return": (agreed(("2026-03-11",), ends="2026-01-10"), ORDINARY),
    "a day after them": (
        agreed(("2026-03-12",), ends="2026-01-10"),
        (NONE, None, "2026-03-12: no agreement in force (the last one ended on 2026-01-10)"),
    ),
    "a log within them": (agreed(("2026-01-11",), ends="2026-01-10", kind="log"), (NONE, None, "2026-01-11: no agreement in force")),
    "an export between two agreements": (successive, ORDINARY),
    "on every day": (agreed(("2025-12-01", "2025-06-01", "2025-05-01")), (NONE, None, "2025-05-01: no agreement in force")),
    "study is not exempt": (agreed(("2026-01-10",), basis="study"), ("agreement", None, None)),
    "no agreement": (lambda case, party: seen(case, party, "2026-01-10"), (NONE, None, "no agreement with")),
    "not listed": (agreed(("2026-01-10",), elements=("conduct",)), (NONE, None, "student_name is not in the schedule of data")),
    "entry not yet valid": (entry_dates("2026-01-11", None), (NONE, None, "not in the schedule")),
    "entry no more valid": (entry_dates(None, "2026-01-09"), (NONE, None, "not in the schedule")),
    "entry valid that day": (entry_dates("2026-01-10", "2026-01-10"), ORDINARY),
    "purpose unknown": (purpose(None), ORDINARY),
    "purpose agreed": (purpose("educational_service"), ORDINARY),
    "purpose not agreed": (purpose("advertising"), (NONE, None, "the purpose advertising is not allowed")),
    "purpose of the entry": (purpose("research", ["research"]), ORDINARY),
    "purpose not of the entry": (
        purpose("educational_service", ["research"]),
        (NONE, None, "the purpose educational_service is not allowed"),
    ),
    "consent the same day": (consented(("2026-01-10", None)), ORDINARY),
    "consent a day late": (consented(("2026-01-11", None)), (NONE, None, "2026-01-10: no consent for student_name")),
    "consent to something else": (consented(("2026-01-01", None), element="conduct"), (NONE, None, "no consent")),
    "consent revoked that day": (consented(("2026-01-01", "2026-01-10")), (NONE, None, "no consent")),
    "consent revoked the day after": (consented(("2026-01-01", "2026-01-11")), ORDINARY),
    "consent revoked and seen again": (
        consented(("2026-01-01", "2026-02-01"), days=("2026-01-10", "2026-02-02")),
        (NONE, None, "2026-02-02: no consent"),
    ),
    "consent given again": (consented(("2025-01-01", "2025-02-01"), ("2026-01-01", None)), ORDINARY),
    "directory information": (directory(None), ("directory", "directory", None)),
    "opted out by that day": (directory("2026-01-10"), (NONE, None, "opted out")),
    "opted out later": (directory("2026-01-11"), ("directory", "directory", None)),
    "opted out, though listed": (directory("2026-01-10", ("photo_audio_video",)), (NONE, None, "opted out")),
    "listed and directory": (directory(None, ("photo_audio_video",)), ("agreement", "directory", None)),
    "staff listed": (staff("staff_pay", elements=("staff_pay",)), ("agreement", None, None)),
    "staff directory": (staff("staff_name"), ("staff_directory", None, None)),
    "staff neither": (staff("staff_pay"), (NONE, None, "staff_pay is not in the schedule")),
    "staff directory without agreement": (staff("staff_name", agreement=False), (NONE, None, "no agreement with")),
    "what a server log records": (operation("log"), ("operation", "school_official", None)),
    "the same in an export": (operation("export"), (NONE, None, "application.ip is not in the schedule")),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    case = Case(Path(tmp_path_factory.mktemp("authorized")))
    case.settings["directory_information"] = ["photo_audio_video"]
    for key in ("s1", "s2"):
        case.subject(key)
    case.subject("t1", "staff")
    for number, (scenario, _) in enumerate(CASES.values()):
        case.party(f"p{number}")
        scenario(case, f"p{number}")
    return case.build()


@pytest.mark.parametrize("name", CASES)
def test_authorized(built: Mart, name: str) -> None:
    number = list(CASES).index(name)
    basis, exempt, reason = CASES[name][1]
    ((authorized, was_basis, was_exempt, was_reason),) = built.rows(
        f"SELECT authorized, basis, exempt_basis, reason FROM disclosures WHERE to_party_id = 'p{number}'"
    )
    assert (authorized, was_basis, was_exempt) == (basis != "none", basis, exempt)
    assert (was_reason is None) if reason is None else (reason in was_reason)
    ((flow, flow_reason),) = built.rows(f"SELECT authorized, reason FROM flows WHERE to_party_id = 'p{number}'")
    assert flow is authorized
    assert (flow_reason is None) is authorized


def test_subprocessors(case: Case) -> None:
    """By the sender's agreement, for the elements of the entry; without an agreement of its own, from the district by its parents'."""
    case.party("deep", kind="subprocessor", domains=["deep.example"])
    case.agreement("v", elements=("student_name", "conduct"))
    case.agreement("w", elements=("attendance",))
    case.add("subprocessor", party_id="v", subprocessor_id="sub", elements=["student_name", "survey"], purposes=None)
    case.add("subprocessor", party_id="sub", subprocessor_id="deep", elements=None, purposes=None)
    for sender, to, element in (
        ("v", "sub", "student_name"),
        ("v", "sub", "conduct"),
        ("v", "sub", "survey"),
        ("v", "w", "attendance"),
        ("sub", "deep", "student_name"),
        ("sub", "deep", "conduct"),
        ("sub", "v", "student_name"),
    ):
        case.see(case.file(f"{sender}/2026-01-10", "sent", to), "s1", element)
    case.see(case.file("sub/2026-01-10", "log"), "s1", "student_name")
    mart = case.build()
    judged = {
        (sender, to, element): basis
        for sender, to, element, basis in mart.rows("SELECT from_party_id, to_party_id, data_element, basis FROM disclosures")
    }
    assert judged == {
        ("v", "sub", "student_name"): "subprocessor",
        ("v", "sub", "conduct"): "none",
        ("v", "sub", "survey"): "none",
        ("v", "w", "attendance"): "none",
        ("sub", "deep", "student_name"): "subprocessor",
        ("sub", "deep", "conduct"): "none",
        ("sub", "v", "student_name"): "agreement",
        ("district", "sub", "student_name"): "subprocessor",
    }
    assert "not among the elements of the entry for sub" in mart.disclosure(to="sub", sender="v", element="conduct")["reason"]
    assert "no subprocessor" in mart.disclosure(to="w", sender="v", element="attendance")["reason"]


def test_host_class_is_the_purpose(case: Case) -> None:
    case.agreement("v")
    case.add("subprocessor", party_id="v", subprocessor_id="sub", elements=None, purposes=None)
    case.add("host_classes", host="sub.example", **{"class": "data_broker"})
    case.see(case.file("v/2026-01-10", "tracking"), "s1", sender_host="v.example", receiver_host="cdn.sub.example")
    assert "the purpose sale is not allowed" in case.build().disclosure(to="sub", sender="v")["reason"]


def test_a_flow_is_authorized_only_if_every_disclosure_is(case: Case) -> None:
    case.agreement("v", consent=True)
    case.consent("s1", "v", ["student_name"], "2026-01-01")
    export = case.file("v/2026-01-10", "export")
    case.see(export, "s1")
    case.see(export, "s2")
    mart = case.build()
    assert mart.flows() == {("district", "v", "student_name", 2, False)}
    assert mart.rows("SELECT reason FROM flows")[0][0].startswith("1 of 2 not authorized. On 2026-01-10: no consent")


@pytest.mark.parametrize(
    ("agreements", "as_of", "ended", "end"),
    [
        ([("2025-01-01", "2026-01-31")], "2026-01-31", False, "2026-01-31"),
        ([("2025-01-01", "2026-01-31")], "2026-02-01", True, "2026-01-31"),
        ([("2025-01-01", "2026-01-31"), ("2026-03-02", None)], "2026-02-10", False, None),
        ([("2025-01-01", "2026-01-31"), ("2026-03-03", None)], "2026-02-10", True, "2026-01-31"),
        ([("2025-01-01", "2026-01-31"), ("2026-06-01", None)], "2026-06-02", False, None),
        ([("2025-01-01", "2026-01-31"), ("2025-06-01", "2025-12-31")], "2026-06-02", True, "2026-01-31"),
        ([("2026-07-01", None)], "2026-06-02", None, None),
        ([], "2026-06-02", None, None),
    ],
)
def test_the_end_of_a_contract(
    case: Case, agreements: list[tuple[str, str | None]], as_of: str, ended: bool | None, end: str | None
) -> None:
    case.as_of = as_of
    for starts, ends in agreements:
        case.agreement("v", starts, ends)
    rows = case.build().fact_rows("SELECT ended, CAST(end_on AS VARCHAR) FROM contract WHERE party_id = 'v'")
    assert rows == [] if ended is None else rows[0][0] is ended and (end is None or rows[0][1] == end)


def test_a_subprocessors_contract_ends_with_the_last_of_its_parents(case: Case) -> None:
    case.agreement("v", "2025-01-01", "2026-01-31")
    case.agreement("w", "2025-01-01", "2026-03-31")
    for parent in ("v", "w"):
        case.add("subprocessor", party_id=parent, subprocessor_id="sub", elements=None, purposes=None)
    assert case.build().fact_rows("SELECT ended, CAST(end_on AS VARCHAR) FROM contract WHERE party_id = 'sub'") == [(True, "2026-03-31")]
