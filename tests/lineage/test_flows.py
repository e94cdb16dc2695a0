"""INTERFACE 4, "What makes a flow": given sightings → expected flows."""

from __future__ import annotations

import pytest

from tests.lineage.case import Case

V, W, SUB, ADS = "v", "w", "sub", "third_party:ads.example"


def listed(case: Case, *parties: str) -> None:
    for party in parties:
        case.add("subprocessor", party_id=party, subprocessor_id=SUB, elements=None, purposes=None)


KINDS: tuple[tuple[str, str, str | None, str | None, set[tuple[str, str]]], ...] = (
    ("v/2026-01-10", "export", None, None, {("district", V)}),
    ("v/2026-01-10", "log", None, None, {("district", V)}),
    ("v/2026-01-10", "log", None, "app.v.example", {("district", V)}),
    ("v/2026-01-10", "log", None, "px.ads.example:443", {(V, ADS)}),
    ("v/2026-01-10", "log", None, "www.district.example", set()),
    ("v/2026-01-10", "aggregate", None, None, {("district", V)}),
    ("v/2026-01-10", "sent", "w", None, {(V, W)}),
    ("v/2026-01-10", "sent", "api.w.example", None, {(V, W)}),
    ("v/2026-01-10", "sent", "Px.Ads.example", None, {(V, ADS)}),
    ("v/2026-01-10", "sent", "Some Broker", None, {(V, "third_party:some broker")}),
    ("v/2026-01-10", "sent", "district", None, set()),
    ("v/2026-01-10", "return", None, None, set()),
    ("v/2026-01-10", "destruction", None, None, set()),
    ("v/2026-01-10", "accounts", None, None, set()),
    ("v/2026-01-10", "access-log", None, None, set()),
    ("v/2026-01-10", "intrusion", None, None, set()),
    ("v/2026-01-10", "documents", None, None, set()),
    ("district/2026-01-10", "export", "v", None, {("district", V)}),
    ("district/2026-01-10", "export", "2026", None, set()),
    ("district/2026-01-10", "log", None, "px.ads.example", {("district", ADS)}),
    ("district/2026-01-10", "log", "v", "px.ads.example", {(V, ADS)}),
    ("district/2026-01-10", "sent", "v", None, {("district", V)}),
    ("acme/2026-01-10", "export", None, None, {("district", "third_party:acme")}),
    ("sub/2026-01-10", "export", None, None, {(V, SUB), (W, SUB)}),
    ("sub/2026-01-10", "log", None, None, {("district", SUB)}),
)
CAPTURES: tuple[tuple[str | None, str | None, set[tuple[str, str]]], ...] = (
    ("app.v.example", "api.v.example", {("district", V)}),
    ("app.v.example", "px.ads.example", {(V, ADS)}),
    ("app.v.example", "w.example", {(V, W)}),
    ("app.v.example", "www.district.example", set()),
    ("www.district.example", "px.ads.example", {("district", ADS)}),
    ("www.district.example", "www.district.example", set()),
    ("ads.example", "px.ads.example", {("district", ADS)}),
    (None, "px.ads.example", {(V, ADS)}),
    ("app.v.example", None, set()),
)


def test_kinds(case: Case) -> None:
    """(delivery, kind, folder below it, receiving host) → {(from, to)}; each case is an element of its own."""
    listed(case, "v", "w")
    for number, (delivery, kind, about, host, _) in enumerate(KINDS):
        case.see(case.file(delivery, kind, about), "s1", f"element {number}", receiver_host=host)
    assert by_element(case, len(KINDS)) == [expected for *_, expected in KINDS]


@pytest.mark.parametrize("folder", ["v", "district"])
def test_captures(case: Case, folder: str) -> None:
    """(page, receiving host) → {(from, to)}, whoever delivered the capture; an unknown page is the deliverer's."""
    for number, (page, receiver, _) in enumerate(CAPTURES):
        file_id = case.file(f"{folder}/2026-01-10", "tracking", page_hosts=[page] if page else [])
        case.see(file_id, "s1", f"element {number}", sender_host=page, receiver_host=receiver)
    assert by_element(case, len(CAPTURES)) == [{(folder, ADS)} if page is None else expected for page, _, expected in CAPTURES]


def by_element(case: Case, count: int) -> list[set[tuple[str, str]]]:
    flows = case.build().flows()
    return [{(sender, to) for sender, to, element, *_ in flows if element == f"element {number}"} for number in range(count)]


def test_dates_and_evidence(case: Case) -> None:
    """The record's own day, else as_of, else the folder's; the evidence is the first sighting's file."""
    case.agreement("v")
    later = case.file("v/2026-03-01", "export", as_of="2026-02-20")
    log = case.file("v/2026-02-01", "log")
    case.see(later, "s1")
    case.see(log, "s1", on="2026-01-15", confidence=0.5, pii_class="indirect")
    row = case.build().disclosure()
    assert [str(row[name]) for name in ("first_seen_on", "last_seen_on")] == ["2026-01-15", "2026-02-20"]
    assert (row["evidence_file_id"], row["pii_class"], row["confidence"]) == (log, "direct", 1.0)


def test_deliveries_after_the_day_are_left_alone(case: Case) -> None:
    case.see(case.file("v/2026-07-01", "export"), "s1")
    mart = case.build()
    assert mart.flows() == set()
    assert mart.rows("SELECT * FROM deliveries") == []


def test_crosswalk(case: Case) -> None:
    """A token that stood with one student resolves in all files of the party, earlier ones too; with two, it resolves to none."""
    earlier, later = case.file("v/2026-01-10", "export"), case.file("v/2026-02-10", "export")
    other = case.file("w/2026-02-10", "export")
    for token, subject in (("k1", "s1"), ("k2", "s2"), ("k2", "s3")):
        case.put("crosswalk", later, field_path="pid", token=token, subject_key=subject, records=1)
    case.put("crosswalk", earlier, field_path="pid", token="k1", records=2)
    case.put(
        "fields", earlier, field_path="pid", records=3, distinct_values=2, data_element="none", pii_class="none", subject_kind="unknown"
    )
    for token in ("k1", "k2"):
        case.see(earlier, None, "assessment.score", token=token, subject_kind="unknown")
    case.see(other, None, "assessment.score", token="k1")
    mart = case.build()
    assert mart.rows("SELECT subject_key, to_party_id, data_element, first_seen_on FROM disclosures ORDER BY 3") == [
        ("s1", "v", "assessment.score", mart.disclosure(element="assessment.score")["first_seen_on"]),
        ("s1", "v", "student_id.provider", mart.disclosure(element="student_id.provider")["first_seen_on"]),
    ]
    assert dict(mart.rows("SELECT to_party_id || data_element, unresolved_records FROM flows")) == {
        "vassessment.score": 1,
        "vstudent_id.provider": 0,
        "wassessment.score": 1,
    }
    assert mart.rows("SELECT data_element, pii_class, subject_kind FROM fields WHERE field_path = 'pid'") == [
        ("student_id.provider", "direct", "student")
    ]
    assert mart.rows("SELECT detector, occurrences, subjects FROM findings") == [("crosswalk", 2, 1)]


def test_records_of_nobody(case: Case) -> None:
    """Unresolved: by element, with 0 subjects; guardians, nobody in particular, bare requests and open aggregates make no flow."""
    case.agreement("v", consent=True)
    export, aggregate = case.file("v/2026-01-10", "export"), case.file("v/2026-01-10", "aggregate")
    case.see(export, None, "student_name", records=7)
    case.see(export, None, "student_id.ssn", records=2)
    case.see(export, None, "guardian_name", subject_kind="guardian")
    case.see(export, None, "conduct", subject_kind="unknown")
    case.see(export, None, "application.ip")
    case.see(export, "s1", "none")
    case.see(aggregate, None, "attendance")
    mart = case.build()
    assert mart.flows() == {("district", "v", "student_name", 0, True), ("district", "v", "student_id.ssn", 0, False)}
    assert mart.rows("SELECT unresolved_records FROM flows ORDER BY 1") == [(2,), (7,)]


def test_evidence_in_the_district_folder_belongs_to_the_owner_of_the_page(case: Case) -> None:
    case.file("district/2026-01-10", "tracking", page_hosts=["app.v.example", "w.example"])
    case.file("district/2026-01-10", "tracking", page_hosts=["nobody.example"])
    owned = case.build().fact_rows("SELECT file_id, party_id FROM file_owner ORDER BY ALL")
    assert [party for _, party in owned] == ["v", "w", "district"]


def test_duplicates(case: Case) -> None:
    """Not scanned again, never not counted: same bytes and kind in an earlier file; nothing quarantined takes part."""
    first = case.file("w/2026-01-10", "export", sha256="same")
    for delivery, kind, sha, status in (
        ("v/2026-01-10", "export", "same", "scanned"),
        ("v/2026-01-11", "export", "same", "scanned"),
        ("v/2026-01-11", "log", "same", "scanned"),
        ("v/2026-01-12", "export", "broken", "quarantined"),
        ("v/2026-01-13", "export", "broken", "quarantined"),
    ):
        case.see(case.file(delivery, kind, sha256=sha, status=status, reason="unreadable" if status == "quarantined" else None), "s1")
    case.see(first, "s1")
    mart = case.build()
    statuses = mart.rows("SELECT status FROM files ORDER BY delivery_id, path")
    assert [status for (status,) in statuses] == ["scanned", "duplicate", "scanned", "quarantined", "quarantined", "duplicate"]
    assert {to for _, to, *_ in mart.flows()} == {"v", "w"}
    assert all(reason for _, reason in mart.rows("SELECT status, reason FROM files WHERE status <> 'scanned'"))
