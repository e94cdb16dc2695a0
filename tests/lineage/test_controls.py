"""POLICY.md's rows of the seven controls and its verdict rules: what is known of a party → the verdict. One build for the whole table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lineage.case import Case, Mart
from tests.lineage.scenarios import (
    ENDED,
    FAIL,
    NOT,
    OPEN,
    PASS,
    Scenario,
    agreement,
    build,
    certificate,
    consent,
    copies,
    does,
    held,
    leaks,
    lists,
    over,
    returned,
    shows,
    system,
    wiped,
)

ACTIVE, CONSENT, THIRD = "I.A.active-agreement", "I.E.consent-before-collection", "II.A.no-third-party-disclosure"
ELEMENTS, RETURNED = "II.B.authorized-elements", "III.A.data-returned"
CERTIFIED, SILENT = "III.C.destruction-certificate", "III.C.silence-after-destruction"

CASES: dict[str, tuple[Scenario, dict[str, str]]] = {
    # -- I.A
    "in force": (does(agreement(), held()), {ACTIVE: PASS, CONSENT: NOT, ELEMENTS: PASS, RETURNED: NOT, CERTIFIED: NOT, SILENT: NOT}),
    "never agreed": (held(), {ACTIVE: FAIL, CONSENT: NOT, ELEMENTS: FAIL, RETURNED: NOT, CERTIFIED: NOT}),
    "no evidence": (agreement(), {ACTIVE: OPEN, THIRD: OPEN, ELEMENTS: OPEN}),
    "clean evidence": (
        does(agreement(consent=True), shows("export", "2026-01-10")),
        {ACTIVE: PASS, CONSENT: PASS, ELEMENTS: PASS, THIRD: OPEN},
    ),
    "clean export of an archive alone": (does(agreement(), shows("export", "2026-01-10", format="zip")), {ACTIVE: OPEN, ELEMENTS: OPEN}),
    "unreadable": (
        does(agreement(), shows("export", "2026-01-10", status="quarantined", reason="corrupt")),
        {ACTIVE: OPEN, ELEMENTS: OPEN},
    ),
    "without a byte": (does(agreement(), shows("export", "2026-01-10", bytes=0)), {ACTIVE: OPEN}),
    "after the end": (does(agreement(**ENDED), shows("log", "2026-03-10", ("s1", "student_name"))), {ACTIVE: FAIL}),
    "an export within the days of return": (does(agreement(**ENDED), held("2026-04-02")), {ACTIVE: PASS}),
    "an export after them": (does(agreement(**ENDED), held("2026-04-03")), {ACTIVE: FAIL}),
    "staff count": (
        lambda case, party: case.see(case.file(f"{party}/2026-01-10", "export"), "t1", "staff_name", subject_kind="staff"),
        {ACTIVE: FAIL, ELEMENTS: PASS},
    ),
    "server logs are noted": (shows("log", "2026-01-10", ("s1", "application.ip")), {ACTIVE: PASS, ELEMENTS: PASS}),
    # -- I.E
    "no consent": (does(agreement(consent=True), held()), {CONSENT: FAIL}),
    "consent that day": (does(agreement(consent=True), held(), consent("2026-01-10")), {CONSENT: PASS}),
    "consent the day after": (does(agreement(consent=True), held(), consent("2026-01-11")), {CONSENT: FAIL}),
    "revoked before": (does(agreement(consent=True), held(), consent("2025-12-01", "2026-01-10")), {CONSENT: FAIL}),
    "revoked after": (does(agreement(consent=True), held(), consent("2025-12-01", "2026-01-11")), {CONSENT: PASS}),
    "first collected earlier": (does(agreement(consent=True), held("2025-11-01"), held(), consent("2025-12-01")), {CONSENT: FAIL}),
    "the student signed, 17": (
        does(agreement(consent=True), held(), consent("2025-12-01", relation="student", signer_age=17)),
        {CONSENT: FAIL},
    ),
    "the student signed, 18": (
        does(agreement(consent=True), held(), consent("2025-12-01", relation="student", signer_age=18)),
        {CONSENT: PASS},
    ),
    "the student and a parent signed": (
        does(agreement(consent=True), held(), consent("2025-12-01", relation="student", signer_age=12), consent("2025-12-02")),
        {CONSENT: PASS},
    ),
    "another element": (does(agreement(consent=True), held("2026-01-10", ("s1", "conduct")), consent("2025-12-01")), {CONSENT: FAIL}),
    "not required that day": (
        does(agreement(starts="2025-08-01", ends="2026-01-31"), agreement(starts="2026-02-01", consent=True), held()),
        {CONSENT: PASS},
    ),
    "consent asked, nothing seen": (agreement(consent=True), {CONSENT: OPEN}),
    # -- II.A
    "to a tracker": (does(agreement(), leaks("tracking", "2026-01-10", "px.ads.example")), {THIRD: FAIL, ACTIVE: PASS}),
    "in a log": (does(agreement(), leaks("log", "2026-01-10", "px.ads.example")), {THIRD: FAIL}),
    "sent to another vendor": (does(agreement(), leaks("sent", "2026-01-10", "w")), {THIRD: FAIL}),
    "sent to its subprocessor": (does(agreement(), lists("other"), leaks("sent", "2026-01-10", "other")), {THIRD: PASS}),
    "sent to the district": (does(agreement(), leaks("sent", "2026-01-10", "district")), {THIRD: PASS}),
    "nobody that is known": (does(agreement(), leaks("tracking", "2026-01-10", "px.ads.example", subject=None)), {THIRD: PASS}),
    "a clean capture": (does(agreement(), shows("tracking", "2026-01-10")), {THIRD: PASS, ELEMENTS: OPEN}),
    "a stale capture": (does(agreement(), shows("tracking", "2025-06-29")), {THIRD: OPEN, ACTIVE: OPEN}),
    "a capture of 365 days": (does(agreement(), shows("tracking", "2025-06-30")), {THIRD: PASS}),
    "an old log": (does(agreement(), shows("log", "2020-06-29")), {THIRD: PASS}),
    "cookies alone": (does(agreement(), shows("tracking", "2026-01-10", format="cookies.txt")), {THIRD: OPEN}),
    "export alone": (does(agreement(), held()), {THIRD: OPEN}),
    # -- II.B
    "not listed": (does(agreement(), held("2026-01-10", ("s1", "student_id.ssn"))), {ELEMENTS: FAIL, ACTIVE: PASS}),
    "listed by the agreement before": (
        does(
            agreement(starts="2025-01-01", ends="2025-12-31", elements=("conduct",)),
            agreement(starts="2026-01-01"),
            shows("export", "2025-06-01", ("s1", "conduct")),
        ),
        {ELEMENTS: FAIL},
    ),
    "listed by the last one, seen before": (
        does(agreement(starts="2025-01-01", ends="2025-12-31", elements=()), agreement(starts="2026-01-01"), held("2025-06-01")),
        {ELEMENTS: PASS},
    ),
    "purpose not allowed": (does(agreement(), shows("export", "2026-01-10", ("s1", "student_name"), purpose="sale")), {ELEMENTS: FAIL}),
    "purpose allowed": (
        does(agreement(), shows("export", "2026-01-10", ("s1", "student_name"), purpose="educational_service")),
        {ELEMENTS: PASS},
    ),
    "directory information": (
        does(agreement(basis="directory", elements=()), shows("log", "2026-01-10", ("s1", "photo_audio_video"))),
        {ELEMENTS: PASS},
    ),
    "sent to it": (
        does(agreement(), lambda case, party: shows("sent", "2026-01-10", ("s1", "conduct"), folder="w", about=party)(case, party)),
        {ELEMENTS: FAIL},
    ),
    "a capture shows it, too": (does(agreement(), shows("tracking", "2026-01-10", ("s1", "conduct"))), {ELEMENTS: FAIL}),
    "district's evidence": (
        does(agreement(), shows("export", "2026-01-10", ("s1", "conduct"), folder="district")),
        {ELEMENTS: FAIL, ACTIVE: PASS},
    ),
    "records of nobody known": (
        does(agreement(), lambda case, party: case.see(case.file(f"{party}/2026-01-10", "export"), None, "student_id.ssn")),
        {ELEMENTS: FAIL},
    ),
    # -- III.A
    "no return yet": (does(agreement(starts="2025-01-01", ends="2026-05-01"), held()), {RETURNED: OPEN, CERTIFIED: OPEN, SILENT: OPEN}),
    "due today": (does(agreement(starts="2025-01-01", ends="2026-05-01"), held()), {RETURNED: OPEN}),
    "no return": (over, {RETURNED: FAIL, CERTIFIED: FAIL, SILENT: OPEN}),
    "nothing seen and no return": (agreement(**ENDED), {RETURNED: FAIL, CERTIFIED: FAIL}),
    "waived": (does(agreement(**ENDED, option="waive"), held()), {RETURNED: NOT, CERTIFIED: FAIL}),
    "all returned": (does(over, returned("2026-02-20", ("s1", "student_name"))), {RETURNED: PASS}),
    "a student missing": (
        does(
            over, held("2026-01-11"), shows("export", "2026-01-12", ("s2", "student_name")), returned("2026-02-20", ("s1", "student_name"))
        ),
        {RETURNED: FAIL},
    ),
    "an element missing": (
        does(over, held("2026-01-11", ("s1", "conduct")), returned("2026-02-20", ("s1", "student_name"))),
        {RETURNED: FAIL},
    ),
    "held only after the end": (
        does(over, shows("log", "2026-03-10", ("s2", "student_name")), returned("2026-02-20", ("s1", "student_name"))),
        {RETURNED: PASS},
    ),
    "a checksum does not verify": (does(over, returned("2026-02-20", ("s1", "student_name"), verified=False)), {RETURNED: FAIL}),
    "no checksum": (does(over, returned("2026-02-20", ("s1", "student_name"), verified=None)), {RETURNED: OPEN}),
    "fewer rows than promised": (does(over, returned("2026-02-20", ("s1", "student_name"), rows=2)), {RETURNED: FAIL}),
    "no manifest": (does(over, shows("return", "2026-02-20", ("s1", "student_name"))), {RETURNED: OPEN}),
    "an unreadable return": (does(over, shows("return", "2026-02-20", status="quarantined", reason="corrupt")), {RETURNED: OPEN}),
    "what a server log records": (
        does(over, shows("log", "2026-01-10", ("s1", "application.ip")), returned("2026-02-20", ("s1", "student_name"))),
        {RETURNED: PASS},
    ),
    # -- III.C
    "certified": (wiped, {CERTIFIED: PASS, SILENT: OPEN}),
    "a field is missing": (
        does(over, certificate("2026-03-10", "2026-03-01", "2026-03-05", missing=["method", "signature"])),
        {CERTIFIED: FAIL},
    ),
    "certified before destroyed": (does(over, certificate("2026-03-10", "2026-03-06", "2026-03-05")), {CERTIFIED: FAIL}),
    "certified before the end": (does(over, certificate("2026-01-20", "2026-01-15", "2026-01-20")), {CERTIFIED: FAIL}),
    "certified on the last day": (does(over, certificate("2026-02-01", "2026-02-01", "2026-02-01")), {CERTIFIED: PASS}),
    "destroyed before the return": (
        does(over, returned("2026-02-20", ("s1", "student_name")), certificate("2026-03-10", "2026-02-19", "2026-03-05")),
        {CERTIFIED: FAIL, RETURNED: PASS},
    ),
    "a system is not covered": (does(wiped, system("reader", "app.reader.example")), {CERTIFIED: FAIL}),
    "systems are covered": (
        does(
            over,
            system("reader", "app.reader.example"),
            system("lab"),
            certificate("2026-03-10", "2026-03-01", "2026-03-05", systems=["Reader", "lab"]),
        ),
        {CERTIFIED: PASS},
    ),
    "no word about backups": (
        does(over, certificate("2026-03-10", "2026-03-01", "2026-03-05", copies=[row for row in copies() if row["kind"] != "backups"])),
        {CERTIFIED: FAIL},
    ),
    "pending until a day to come": (
        does(
            over,
            certificate(
                "2026-03-10",
                "2026-03-01",
                "2026-03-05",
                copies=copies({"kind": "backups", "status": "pending", "expires_on": "2026-06-30"}),
            ),
        ),
        {CERTIFIED: OPEN},
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
        {CERTIFIED: FAIL},
    ),
    "pending, then certified": (
        does(
            over,
            certificate(
                "2026-03-10",
                "2026-03-01",
                "2026-03-05",
                copies=copies({"kind": "backups", "status": "pending", "expires_on": "2026-06-01"}),
            ),
            certificate("2026-06-10", "2026-03-01", "2026-06-05"),
        ),
        {CERTIFIED: PASS},
    ),
    "only another subprocessor is named": (
        does(
            over,
            lists("other"),
            certificate(
                "2026-03-10", "2026-03-01", "2026-03-05", copies=copies({"kind": "subprocessors", "status": "destroyed", "system": "w"})
            ),
        ),
        {CERTIFIED: FAIL},
    ),
    "an unreadable certificate": (does(over, shows("destruction", "2026-03-10")), {CERTIFIED: OPEN, SILENT: OPEN}),
    "the district filed it": (
        does(
            over,
            lambda case, party: case.put(
                "certificates", case.file("district/2026-03-10", "destruction", party), destroyed_on=None, missing=["destroyed_on"]
            ),
        ),
        {CERTIFIED: FAIL},
    ),
    # -- silence
    "a later log, clean": (does(wiped, shows("log", "2026-03-06")), {SILENT: PASS}),
    "a log of that day": (does(wiped, shows("log", "2026-03-05")), {SILENT: OPEN}),
    "a later log shows a student": (does(wiped, shows("log", "2026-03-06", ("s1", "application.usage"))), {SILENT: FAIL}),
    "a later export as of before": (
        does(wiped, lambda case, party: case.see(case.file(f"{party}/2026-03-20", "export", as_of="2026-03-01"), "s1")),
        {SILENT: OPEN},
    ),
    "a later capture to a tracker": (does(wiped, leaks("tracking", "2026-03-06", "px.ads.example")), {SILENT: FAIL}),
    "sent on later": (does(wiped, leaks("sent", "2026-03-06", "w")), {SILENT: FAIL}),
    "a cookie with a student's data": (
        does(
            wiped,
            lambda case, party: case.put(
                "trackers",
                case.file(f"{party}/2026-03-06", "tracking", format="cookies.txt"),
                page_host=f"{party}.example",
                host=f"{party}.example",
                name="n",
                storage="cookie",
                persistent=True,
                contains_pii=True,
            ),
        ),
        {SILENT: FAIL},
    ),
    "returned files are not a sign": (
        does(wiped, returned("2026-03-10", ("s1", "student_name")), shows("export", "2026-03-09")),
        {SILENT: PASS},
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    return build(Path(tmp_path_factory.mktemp("controls")), [scenario for scenario, _ in CASES.values()])


@pytest.mark.parametrize(("name", "control"), [(name, control) for name, (_, expected) in CASES.items() for control in expected])
def test_verdict(built: Mart, name: str, control: str) -> None:
    party = f"p{list(CASES).index(name)}"
    assert built.verdict(control, party) == CASES[name][1][control], built.reason(control, party)


def test_the_district_has_none_of_the_parties_duties(built: Mart) -> None:
    verdicts = {control: built.verdict(control, "district") for control in (ACTIVE, CONSENT, THIRD, ELEMENTS, RETURNED, CERTIFIED, SILENT)}
    assert set(verdicts.values()) == {NOT}
    assert built.verdict("I.A.steps-taken", "district") == OPEN
    assert built.verdict("I.A.steps-taken", "w") == NOT


def test_every_control_has_one_evaluation_of_every_party(built: Mart) -> None:
    ((rows, pairs, wanted),) = built.fact_rows(
        "SELECT count(*), count(DISTINCT (control_id, party_id)), (SELECT count(*) FROM control) * (SELECT count(*) FROM party)"
        " FROM evaluations"
    )
    assert rows == pairs == wanted


def test_reasons_name_what_is_missing(built: Mart) -> None:
    said = {name: f"p{number}" for number, name in enumerate(CASES)}
    assert built.reason(THIRD, said["no evidence"]) == "No readable evidence of what the party sends. Missing: log, sent, tracking."
    assert "tracking (stale)" in built.reason(THIRD, said["a stale capture"])
    assert "export (unreadable)" in built.reason(ELEMENTS, said["unreadable"])
    assert built.reason(RETURNED, said["no return yet"]) == "No return yet; it is due by 2026-06-30. Missing: return."
    assert "pending until 2026-06-30" in built.reason(CERTIFIED, said["pending until a day to come"])
    assert built.violations(CONSENT, said["consent the day after"]) == [
        ("s1", "student_name", "student_name first collected on 2026-01-10: consent was given only on 2026-01-11")
    ]
    assert [detail for *_, detail in built.violations(RETURNED, said["no return"])] == ["no return by 2026-04-02"]
    assert len(built.violations(CERTIFIED, said["a field is missing"])) == 2


def test_late_is_a_warning(case: Case) -> None:
    does(over, returned("2026-05-01", ("s1", "student_name")), certificate("2026-06-01", "2026-05-20", "2026-05-25"))(case, "v")
    mart = case.build()
    for control in (RETURNED, CERTIFIED):
        assert mart.verdict(control) == PASS
        assert mart.reason(control).startswith("Warning: ")


def test_a_subprocessor_is_judged_by_its_parents_agreements(case: Case) -> None:
    case.agreement("v", starts="2025-01-01", ends="2026-02-01", elements=("student_name", "conduct"), consent=True)
    case.add("subprocessor", party_id="v", subprocessor_id="sub", elements=["student_name"], purposes=None)
    case.consent("s1", "v", ["student_name", "conduct"], "2025-12-01")
    export = case.file("sub/2026-01-10", "export")
    case.see(export, "s1", "student_name")
    case.see(export, "s1", "conduct")
    case.certificate(
        "v/2026-03-10", "2026-03-01", "2026-03-05", copies=copies({"kind": "subprocessors", "status": "destroyed", "system": "sub Inc."})
    )
    mart = case.build()
    assert {control: mart.verdict(control, "sub") for control in (ACTIVE, CONSENT, ELEMENTS, RETURNED, CERTIFIED)} == {
        ACTIVE: PASS,
        CONSENT: PASS,
        ELEMENTS: FAIL,
        RETURNED: FAIL,
        CERTIFIED: PASS,
    }
    assert mart.violations(ELEMENTS, "sub") == [
        ("s1", "conduct", "conduct is not in the schedule of data of the last agreement, seen on 2026-01-10")
    ]


def test_a_missing_consents_file_is_missing_evidence(case: Case) -> None:
    case.agreement("v", consent=True)
    case.see(case.file("v/2026-01-10", "export"), "s1")
    case.add("register_file", name="holds.csv")
    mart = case.build()
    assert mart.verdict(CONSENT) == OPEN
    assert "consents.csv" in mart.reason(CONSENT)
    case.add("register_file", name="consents.csv")
    assert case.build().verdict(CONSENT) == FAIL


def test_not_applicable_by_rule(case: Case) -> None:
    case.party("files", hosted=False)
    case.agreement("v", consent=True, aggregate_only=True, starts="2025-01-01", ends="2026-02-01")
    case.add("request", request_id="1", party_id="v", kind="upgrade")
    case.add("request", request_id="2", party_id="v", kind="documents")
    case.certificate("v/2026-03-10", "2026-03-01", "2026-03-05")
    mart = case.build()
    rules = {
        "I.B.unique-accounts": ("files", "v"),
        "I.F.coverage": ("files", "v"),
        "I.E.consent-verifiable": ("w", "v"),
        "IV.A.removed-on-termination": ("w", "v"),
        "II.C.destroyed-too-early": ("w", "v"),
        "I.G.upgrade-required": ("w", "v"),
        "I.H.request-answered": ("w", "v"),
        "II.B.aggregate-only": ("w", "v"),
    }
    for control, (not_applicable, applicable) in rules.items():
        assert (mart.verdict(control, not_applicable), mart.verdict(control, applicable)) == (NOT, OPEN), control
    assert mart.verdict("I.F.encryption-256", "files") == OPEN
    assert mart.reason("I.F.encryption-256", "files").startswith("Not yet evaluated: ")
    assert mart.verdict("IV.D.directory-opt-out", "v") == NOT
