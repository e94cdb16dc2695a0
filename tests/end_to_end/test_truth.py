"""Every verdict, flow and disclosure of the example district equals the truth its generator wrote: nothing missing, nothing extra."""

from __future__ import annotations

from tests.end_to_end.nights import Place, difference

TRACKER = ("delivery_id", "path", "party_id", "host", "third_party", "name", "storage", "persistent", "contains_pii")
AGGREGATE = ("delivery_id", "path", "table", "check_id", "cell")


def test_disclosures(published: Place) -> None:
    wanted = [
        (
            published.subject_key(r),
            r["from"],
            r["to"],
            r["data_element"],
            r["first_seen_on"],
            r["last_seen_on"],
            r["authorized"],
            r["basis"],
            r["exempt_basis"],
        )
        for r in published.truth["disclosures"]
    ]
    got = published.rows(
        "SELECT subject_key, from_party_id, to_party_id, data_element, CAST(first_seen_on AS VARCHAR), CAST(last_seen_on AS VARCHAR),"
        " authorized, basis, exempt_basis FROM disclosures"
    )
    assert len(wanted) > 1000
    assert difference(wanted, got) == {}


def test_flows(published: Place) -> None:
    wanted = [
        (
            r["from"],
            r["to"],
            r["data_element"],
            r["subjects"],
            r["unresolved_records"],
            r["authorized"],
            r["first_seen_on"],
            r["last_seen_on"],
        )
        for r in published.truth["flows"]
    ]
    got = published.rows(
        "SELECT from_party_id, to_party_id, data_element, subjects, unresolved_records, authorized, CAST(first_seen_on AS VARCHAR),"
        " CAST(last_seen_on AS VARCHAR) FROM flows"
    )
    assert len(wanted) > 40
    assert difference(wanted, got) == {}


def test_verdicts(published: Place) -> None:
    wanted = [(r["control_id"], r["party_id"], r["verdict"]) for r in published.truth["verdicts"]]
    evaluated = {control for control, _, _ in wanted}
    got = [r for r in published.rows("SELECT control_id, party_id, verdict FROM control_results") if r[0] in evaluated]
    assert len(evaluated) == 15
    assert difference(wanted, got) == {}


def test_counted_violations(published: Place) -> None:
    wanted = [(r["control_id"], r["party_id"], r["violations"]) for r in published.truth["verdicts"] if r["violations"] is not None]
    got = published.rows("SELECT control_id, party_id, violations FROM control_results")
    assert set(wanted) <= set(got)


def test_files(published: Place) -> None:
    wanted = [(r["delivery_id"], r["path"], r["status"]) for r in published.truth["files"]]
    assert difference(wanted, published.rows("SELECT delivery_id, path, status FROM files")) == {}


def test_trackers(published: Place) -> None:
    wanted = [tuple(t[name] for name in TRACKER) for t in published.truth["trackers"]]
    got = published.rows(
        "SELECT DISTINCT f.delivery_id, f.path, t.party_id, host, third_party, name, storage, persistent, contains_pii"
        " FROM trackers t JOIN files f USING (file_id)"
    )
    assert len(wanted) > 5
    assert difference(wanted, got) == {}


def test_retention(published: Place) -> None:
    wanted = [(r["party_id"], r["category"], r["subjects"], r["due_on"], r["status"]) for r in published.truth["retention"]]
    got = published.rows(
        "SELECT party_id, category, subjects, CAST(due_on AS VARCHAR), status FROM retention"
        " WHERE NOT starts_with(party_id, 'third_party:')"
    )
    assert len(wanted) > 20
    assert difference(wanted, got) == {}


def test_aggregates(published: Place) -> None:
    wanted = {tuple(r[name] for name in AGGREGATE) for r in published.truth["aggregates"]}
    got = published.rows("SELECT delivery_id, path, table_name, check_id, cell FROM aggregate_audits JOIN files USING (file_id)")
    assert len(wanted) > 3
    assert difference(wanted, got) == {}


def test_decisions(published: Place) -> None:
    wanted = [(r["party_id"], r["path"], r["field_path"], r["status"]) for r in published.truth["decisions"]]
    assert {status for *_, status in wanted} == {"applied", "expired", "unmatched"}
    assert difference(wanted, published.rows("SELECT party_id, path, field_path, status FROM decisions")) == {}


def test_what_only_a_person_can_settle(published: Place) -> None:
    wanted = [(r["delivery_id"], r["path"], r["field_path"]) for r in published.truth["undetermined"]]
    assert wanted
    got = published.rows("SELECT f.delivery_id, f.path, u.field_path FROM undetermined u JOIN files f USING (file_id)")
    assert difference(wanted, got) == {}


def test_controls_that_are_not_yet_evaluated_never_pass(published: Place) -> None:
    evaluated = {r["control_id"] for r in published.truth["verdicts"]}
    others = [r for r in published.rows("SELECT control_id, verdict, reason FROM control_results") if r[0] not in evaluated]
    assert {verdict for _, verdict, _ in others} <= {"INCONCLUSIVE", "NOT_APPLICABLE"}
    assert all("ot yet evaluated" in reason for _, verdict, reason in others if verdict == "INCONCLUSIVE")
