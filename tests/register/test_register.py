"""What a right district folder is read as: defaults, ids as written, parties and hosts, CSV rows."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.elements import elements
from lineage.register import Agreement, Party, RegisterErrors, cells, load_register, problems, register_digest
from lineage.register.models import INBOX_KINDS, PURPOSES, District, Schedule
from lineage.register.tables import TABLES, read_table
from lineage.register.yaml_text import Document, parse_yaml
from tests.register.conftest import DISTRICT, VENDOR, Write

ZONE = ZoneInfo("America/Chicago")


def test_defaults_of_the_district() -> None:
    settings = District.model_validate({"name": "x", "time_zone": "UTC", "domains": None})
    shown = settings.model_dump(mode="json")
    cryptography = shown.pop("cryptography")
    assert shown == {
        "name": "x",
        "time_zone": "UTC",
        "domains": [],
        "school_year_starts": "08-01",
        "student_key": "sourcedId",
        "minimum_cell_size": 10,
        "minimum_interval_width": 5,
        "directory_information": [],
        "consent_ages": {"parent_consents_until": 13, "student_signs_from": 18},
        "verifiable_consent_methods": [
            *("signed_form", "electronic_signature", "payment_card", "phone_call", "video_call", "government_id", "in_person"),
        ],
        "staff_directory": ["staff_name", "staff_contact.work"],
        "evidence_intervals": dict.fromkeys(("accounts", "access_log", "documents", "encryption", "intrusion", "tracking"), 365),
        "orphan_account_days": 30,
        "tracker_retention_days": 365,
        "quiet_seconds": 60,
        "show_witnesses": False,
        "host_classes": {"advertising": [], "profiling": [], "data_broker": []},
        "own_retention_days": {"raw_copies": 1, "findings": 400, "run_history": 30},
    }
    assert (cryptography["verified_on"], cryptography["notice_days"]) == ("2026-07-01", 90)
    assert {"algorithm": "TLSv1.0", "retired_on": "2021-03-25"} in cryptography["retired"]


def test_defaults_of_an_agreement() -> None:
    agreement = Agreement.model_validate({"id": "A", "effective_on": "2025-08-01"})
    assert agreement.model_dump() == {
        "id": "A",
        "effective_on": date(2025, 8, 1),
        "expires_on": None,
        "terminated_on": None,
        "on_termination": "return",
        "ferpa_basis": "school_official",
        "consent": "not_required",
        "aggregate_only": False,
        "authorized": (),
        "purposes": ("educational_service",),
        "return_within_days": 60,
        "destroy_within_days": 60,
        "intrusion_report_every_days": 365,
        "alert_within_hours": 72,
    }


@pytest.mark.parametrize(
    ("expires", "terminated", "ends"),
    [
        (None, None, None),
        ("2027-01-01", None, "2027-01-01"),
        (None, "2026-01-01", "2026-01-01"),
        ("2027-01-01", "2026-01-01", "2026-01-01"),
    ],
)
def test_an_agreement_ends_with_the_earlier_end(expires: str | None, terminated: str | None, ends: str | None) -> None:
    agreement = Agreement.model_validate({"id": "A", "effective_on": "2025-08-01", "expires_on": expires, "terminated_on": terminated})
    assert agreement.ends_on == (date.fromisoformat(ends) if ends else None)


def test_intervals_overlay_the_defaults(write: Write) -> None:
    text = DISTRICT + "evidence_intervals: {accounts: 90, aggregate: 30, export: 5}\ncryptography: {notice_days: 10}\n"
    district = load_register(write({"district.yaml": text})).district
    assert district.evidence_intervals == {
        **dict.fromkeys(("access_log", "documents", "encryption", "intrusion", "tracking"), 365),
        "accounts": 90,
        "aggregate": 30,
    }
    assert (district.cryptography.notice_days, len(district.cryptography.retired)) == (10, 8)


def test_the_shipped_schedule_is_the_interface_s(write: Write) -> None:
    schedule = load_register(write()).schedule
    assert schedule.default_category == "subsidiary"
    assert set(schedule.categories) == {"permanent", "subsidiary", "discipline", "special_education", "access_record", "vendor_copy"}
    assert Schedule.model_validate({"categories": {"x": {"rule": "permanent"}}}).default_category is None


def test_ids_stay_as_written(write: Write) -> None:
    text = "id: 0012\nname: 1e5\nkind: agency\nsystems: [NO, {id: 2025-01-01}]\nlogin_cookies: [0x1f, null_]\nagreements:\n"
    text += "  - {id: 1_000, effective_on: 2025-08-01, terminated_on: ~, aggregate_only: yes, purposes: [research]}\n"
    register = load_register(write({"vendors/0012.yml": text}))
    [vendor] = [vendor for vendor in register.vendors if vendor.name == "1e5"]
    assert vendor.id == "0012"
    assert [system.id for system in vendor.systems] == ["NO", "2025-01-01"]
    assert vendor.login_cookies == ("0x1f", "null_")
    [agreement] = vendor.agreements
    assert (agreement.id, agreement.effective_on, agreement.terminated_on, agreement.aggregate_only) == (
        "1_000",
        date(2025, 8, 1),
        None,
        True,
    )


def test_anchors_are_read(write: Write) -> None:
    text = VENDOR + "  - {id: A-2, effective_on: 2026-08-01, authorized: &all [student_name]}\n"
    text += "  - {id: A-3, effective_on: 2027-08-01, authorized: *all}\n"
    [vendor] = load_register(write({"vendors/inkwell.yaml": text})).vendors
    assert [len(agreement.authorized) for agreement in vendor.agreements] == [2, 1, 1]


def test_parties_and_hosts(write: Write) -> None:
    pond = (
        "id: pond\nname: Pond\nkind: agency\nhosted: false\ndomains: ['*.Pond.Example.']\n"
        "systems: [{id: app, hosts: ['app.stashbox.example:8443', bücher.example]}]\n"
        "subprocessors: [stashbox, deep, {id: mist, domains: [mist.example]}]\n"
    )
    deep = "id: deep\nname: Deep Storage\nkind: subprocessor\n"
    register = load_register(write({"vendors/pond.yaml": pond, "vendors/deep.yaml": deep}))
    assert register.parties == (
        Party("district", "Willow Bend Schools", "district", None, ("willowbend.example",), hosted=True, has_file=False),
        Party("deep", "Deep Storage", "subprocessor", "pond", (), hosted=True, has_file=True),
        Party("inkwell", "Inkwell Ltd", "vendor", None, ("inkwell.example",), hosted=True, has_file=True),
        Party("mist", "mist", "subprocessor", "pond", ("mist.example",), hosted=True, has_file=False),
        Party("pond", "Pond", "agency", None, ("pond.example",), hosted=False, has_file=True),
        Party("stashbox", "Stashbox", "subprocessor", None, ("stashbox.example",), hosted=True, has_file=False),  # two list it
    )
    assert register.party_hosts == {
        "willowbend.example": "district",
        "inkwell.example": "inkwell",
        "stashbox.example": "stashbox",
        "mist.example": "mist",
        "pond.example": "pond",
        "app.stashbox.example": "pond",
        "xn--bcher-kva.example": "pond",
    }


def test_the_district_s_host_classes_win(write: Write) -> None:
    text = DISTRICT + "host_classes: {advertising: [Ads.example, hotjar.com]}\n"
    classes = load_register(write({"district.yaml": text})).host_classes
    assert (classes["ads.example"], classes["hotjar.com"], classes["doubleclick.net"]) == ("advertising",) * 3
    assert {classes["google-analytics.com"], classes["bluekai.com"]} == {"profiling", "data_broker"}


CSVS: dict[str, str | bytes | None] = {
    "consents.csv": "\ufeffmethod,Student_ID,party_id,elements,relation,given_at,revoked_at,given_by\n"
    "in_person, 1001 ,inkwell,student_name ; survey;;survey,Parent,2025-09-01T23:30:00-07:00,,x\n"
    ",s-2,inkwell,,,2025-09-01,2025-09-02 10:00,\n",
    "holds.csv": "student_id,reason,opened_on,closed_on\ns-1,audit,2025-01-01,\n",
    "opt_outs.csv": "student_id,opted_out_on\ns-1,2025-01-01T04:00:00Z\n",
    "requests.csv": "request_id,party_id,kind,asked_on,due_on,answered_on,note\nr1,inkwell,upgrade,2025-01-01,2025-02-01,,TLSv1.1\n",
    "documents.csv": f"party_id,kind,sha256,approved_on,approved_by\ninkwell,eula,{'AB' * 32},,\n",
    "waivers.csv": "control_id,party_id,until,by,reason\nI.B.unique-accounts,district,2027-01-01,x,y\n",
    "events.csv": "student_id,event,occurred_on\ns-1,funded_activity_ended,2025-01-01\n",
    "decisions.csv": "party_id,path,field_path,data_element,because,decided_by,until\n"
    "inkwell,*/x.csv,a.b,none,,,\nunheard,*,c,survey,,,2027-01-01\n",
    "inbox/unheard/2025-01-01/export/x.csv": "a\n",
}


def test_csv_rows(write: Write) -> None:
    district = write(CSVS)
    assert problems(district) == []
    register = load_register(district)

    def rows(name: str) -> list[dict[str, Any]]:
        return [{key: value for key, value in asdict(row).items() if value is not None} for row in getattr(register, name)]

    consent = {"party_id": "inkwell", "given_by": "x"}
    assert rows("consents") == [
        {
            **consent,
            "line": 2,
            "student_id": "1001",
            "elements": ("student_name", "survey"),
            "relation": "parent",
            "method": "in_person",
            "given_on": date(2025, 9, 2),  # half past eleven in the evening on the coast is the next day here
        },
        {
            "line": 3,
            "student_id": "s-2",
            "party_id": "inkwell",
            "elements": (),
            "given_on": date(2025, 9, 1),
            "revoked_on": date(2025, 9, 2),
        },
    ]
    assert rows("holds") == [{"line": 2, "student_id": "s-1", "reason": "audit", "opened_on": date(2025, 1, 1)}]
    assert rows("opt_outs") == [{"line": 2, "student_id": "s-1", "opted_out_on": date(2024, 12, 31)}]
    request = {"request_id": "r1", "party_id": "inkwell", "kind": "upgrade", "asked_on": date(2025, 1, 1), "note": "TLSv1.1"}
    assert rows("requests") == [{"line": 2, **request, "due_on": date(2025, 2, 1)}]
    assert rows("documents") == [{"line": 2, "party_id": "inkwell", "kind": "eula", "sha256": "ab" * 32}]
    waiver = {"control_id": "I.B.unique-accounts", "party_id": "district", "until": date(2027, 1, 1), "by": "x", "reason": "y"}
    assert rows("waivers") == [{"line": 2, **waiver}]
    assert rows("events") == [{"line": 2, "student_id": "s-1", "event": "funded_activity_ended", "occurred_on": date(2025, 1, 1)}]
    assert rows("decisions")[0] == {"line": 2, "party_id": "inkwell", "path": "*/x.csv", "field_path": "a.b", "data_element": "none"}


def test_people_do_not_show_in_logs(write: Write) -> None:
    register = load_register(write(CSVS))
    assert "1001" not in repr(register.consents)
    assert "s-1" not in repr((register.holds, register.opt_outs, register.events))


def test_the_digest_is_of_what_is_said(write: Write, tmp_path: Path) -> None:
    before = register_digest(load_register(write(CSVS)))
    assert (
        register_digest(load_register(write({**CSVS, "vendors/inkwell.yaml": VENDOR.replace("[inkwell.example]", '["INKWELL.example"]')})))
        == before
    )
    changed = {**CSVS, "holds.csv": "student_id,reason,opened_on,closed_on\ns-1,audit,2025-01-02,\n"}
    assert register_digest(load_register(write(changed))) != before
    changed = {**CSVS, "vendors/inkwell.yaml": VENDOR.replace("2025-08-01", "2025-08-02")}
    assert register_digest(load_register(write(changed))) != before


# --- single values -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("App.Vendor.EXAMPLE", "app.vendor.example"),
        (".vendor.example.", "vendor.example"),
        ("*.vendor.example", "vendor.example"),
        ("vendor.example:8443", "vendor.example"),
        ("my_app.vendor.example", "my_app.vendor.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("10.0.0.7:80", "10.0.0.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("localhost", "localhost"),
        ("https://vendor.example", None),
        ("vendor.example/path", None),
        ("someone@vendor.example", None),
        ("two words", None),
        ("a..example", None),
        ("-a.example", None),
        ("", None),
        (".", None),
    ],
)
def test_hosts(written: str, host: str | None) -> None:
    if host is None:
        with pytest.raises(cells.Unfit):
            cells.host(written)
    else:
        assert cells.host(written) == host


@pytest.mark.parametrize("written", ["inkwell", "Inkwell, Inc.", "büro 7", "0012", "a" * 200])
def test_party_ids(written: str) -> None:
    assert cells.party_id(written) == written


@pytest.mark.parametrize(
    "written", ["", " a", "a ", ".", "..", ".a", "a/b", "a\\b", "a\nb", "a\u200bb", "District", "third_party:x", "a" * 201]
)
def test_ids_that_no_party_can_have(written: str) -> None:
    with pytest.raises(cells.Unfit) as caught:
        cells.party_id(written)
    assert caught.value.mend


@given(st.dates(min_value=date(1000, 1, 1)))
def test_days_come_back(day: date) -> None:
    assert cells.day(day.isoformat()) == day
    assert cells.day_or_time(f"{day.isoformat()}T12:00:00", ZONE) == day


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_unfit(text: str) -> None:
    for read in (cells.day, cells.host, cells.party_id, lambda value: cells.day_or_time(value, ZONE)):
        try:
            read(text)
        except cells.Unfit as error:
            assert error.mend  # noqa: PT017 - either way is right


# --- files ---------------------------------------------------------------------------------------------------------------------

SAFE = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(SAFE, SAFE, st.dates(min_value=date(1900, 1, 1))), max_size=5),
    st.permutations(["student_id", "event", "occurred_on"]),
)
def test_rows_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, date]], order: list[str]) -> None:
    [events] = [table for table in TABLES if table.file == "events.csv"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(order)
    writer.writerows([[dict(zip(("student_id", "event", "occurred_on"), row, strict=True))[name] for name in order] for row in rows])
    folder = tmp_path_factory.mktemp("rows")
    (folder / "events.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    read, found = read_table(folder, events, ZONE)
    assert found == []
    assert [(row.student_id, row.event, row.occurred_on) for row in read] == [(a.strip(), b.strip(), day) for a, b, day in rows]


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("[]{}:,&*-|>!#'\"ab \n\t", max_size=80).map(str.encode)))
def test_any_bytes_are_yaml_or_a_problem(data: bytes) -> None:
    document, found = parse_yaml(data, "x.yaml")
    assert isinstance(document, Document) != bool(found)
    assert all(problem.mend for problem in found)


def test_plain_yaml_agrees_with_a_typed_loader() -> None:
    """The example of the interface, read as text, says what a YAML loader says it does."""
    document, _ = parse_yaml(VENDOR.encode(), "x.yaml")
    assert document is not None
    typed = yaml.load(VENDOR, Loader=yaml.BaseLoader)
    assert document.value == typed
    assert document.line(("agreements", 0, "authorized", 0, "element")) == 11


def test_the_vocabulary_is_whole() -> None:
    assert len(elements()) == 60
    assert {element.pii_class for element in elements().values()} == {"direct", "sensitive", "indirect"}
    assert [slug for slug, element in elements().items() if element.subject_kind == "staff"] == [
        *("staff_name", "staff_contact.work", "staff_contact.home", "staff_id", "staff_credential", "staff_evaluation", "staff_pay"),
    ]
    assert len(PURPOSES) == 8
    assert len(INBOX_KINDS) == 12


def test_a_broken_vendor_file_does_not_make_its_party_unknown(write: Write) -> None:
    with pytest.raises(RegisterErrors) as caught:
        load_register(write({**CSVS, "vendors/inkwell.yaml": VENDOR.replace("kind: vendor", "kind: shop")}))
    assert len(caught.value.problems) == 1
