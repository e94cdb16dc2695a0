"""The example district: the same bytes twice, in the interface's shape, for any size, seed and day."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from examples.planted import planted_values
from examples.prairie_ridge import default_truth, generate
from examples.prairie_ridge.calendar import Calendar, whole_years

CASES = [(7400, 1200, date(2026, 11, 24)), (11, 60, date(2026, 2, 28)), (5, 300, date(2028, 2, 29)), (99, 61, date(2025, 8, 1))]
VENDORS = set(
    "lantern-literacy scholarforge quizcomet tutortrail storyloom numbernest vaultway tallyhouse gradegrove clipcanvas busloop crewdesk"
    " wordharbor inkwell-notes".split()
)
OTHERS = {"civicount", "pagebarn", "routewise"}
DELIVER_NOTHING = {"wordharbor", "inkwell-notes"}
KINDS = {"export", "sent", "aggregate", "log", "accounts", "encryption", "documents", "tracking", "return", "destruction"}
FORMATS = set("csv gz har json jsonl parquet pem sqlite tsv txt xlsx yaml zip".split())
VENDOR_KEYS = {"id", "name", "kind", "domains", "hosted", "subprocessors", "systems", "login_cookies", "agreements"}
AGREEMENT_KEYS = {
    "id",
    "effective_on",
    "expires_on",
    "terminated_on",
    "on_termination",
    "ferpa_basis",
    "consent",
    "aggregate_only",
    "purposes",
    "authorized",
    "return_within_days",
    "destroy_within_days",
    "intrusion_report_every_days",
    "alert_within_hours",
}
PURPOSES = {"educational_service", "internal_use", "service_operation", "research", "audit", "advertising", "profiling", "sale"}
SLUG_LIST = """
application.ip application.cookie application.usage assessment.score assessment.observation attendance communications conduct
demographics.birth_date demographics.birth_place demographics.gender demographics.ethnicity_race demographics.language enrollment.school
enrollment.grade_level enrollment.homeroom enrollment.counselor enrollment.program enrollment.graduation_year guardian_name guardian_id
guardian_contact.email guardian_contact.phone guardian_contact.address schedule.course schedule.teacher special.english_learner
special.low_income special.medical special.disability special.iep_504 special.homeless_foster student_contact.email
student_contact.phone student_contact.address student_id.local student_id.state student_id.provider student_id.username
student_id.password student_id.ssn student_name performance.in_app program_membership survey student_work transcript.grade
transcript.course transportation biometric photo_audio_video geolocation other staff_name staff_contact.work staff_contact.home staff_id
staff_credential staff_evaluation staff_pay
"""
LISTS = {
    "consents": "student_id,party_id,elements,given_by,relation,method,given_at,revoked_at",
    "holds": "student_id,reason,opened_on,closed_on",
    "opt_outs": "student_id,opted_out_on",
    "requests": "request_id,party_id,kind,asked_on,due_on,answered_on,note",
    "documents": "party_id,kind,sha256,approved_on,approved_by",
    "waivers": "control_id,party_id,until,by,reason",
    "events": "student_id,event,occurred_on",
    "decisions": "party_id,path,field_path,data_element,because,decided_by,until",
}


class Example:
    """One generated district with its truth, opened."""

    def __init__(self, folder: Path, truth: Path, as_of: date, students: int) -> None:
        self.folder, self.as_of, self.count = folder, as_of, students
        self.truth: dict[str, Any] = json.loads(truth.read_text(encoding="utf-8"))
        self.users = rows(folder / "roster" / "users.csv")
        self.students = [user for user in self.users if user["role"] == "student"]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"seed{case[0]}-{case[1]}-{case[2]}")
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Example:
    seed, students, as_of = request.param
    folder = tmp_path_factory.mktemp("example") / "district"
    generate(folder, default_truth(folder), seed, students, as_of=as_of)
    return Example(folder, default_truth(folder), as_of, students)


def digest(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_equal_arguments_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        generate(tmp_path / name / "d", tmp_path / name / "t.json", seed, 80, as_of=date(2026, 3, 1))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a")["t.json"] != digest(tmp_path / "c")["t.json"]


def test_files_have_been_still_for_a_while(example: Example) -> None:
    assert {path.stat().st_mtime for path in example.folder.rglob("*") if path.is_file()} == {1_577_836_800}


def test_deliveries_and_agreements_shift_with_the_day(tmp_path: Path) -> None:
    shifted = []
    for name, as_of in (("a", date(2026, 2, 28)), ("b", date(2028, 2, 29))):
        generate(tmp_path / name, tmp_path / f"{name}.json", 3, 80, as_of=as_of)
        truth = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        ages = [(d["party_id"], (as_of - date.fromisoformat(d["received_on"])).days) for d in truth["deliveries"]]
        terms = [yaml.safe_load(p.read_text(encoding="utf-8"))["agreements"] for p in sorted((tmp_path / name / "vendors").iterdir())]
        shifted.append(
            (sorted(ages), [(as_of - a["effective_on"]).days for term in terms for a in term], [v["verdict"] for v in truth["verdicts"]])
        )
    assert shifted[0] == shifted[1]


@pytest.mark.parametrize("students", [0, 59, 10_001])
def test_sizes_it_cannot_write_are_refused(tmp_path: Path, students: int) -> None:
    with pytest.raises(ValueError, match="60 to 10,000 students"):
        generate(tmp_path / "d", tmp_path / "t.json", 1, students, as_of=date(2026, 1, 1))


def test_the_truth_stays_out_and_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        generate(tmp_path / "d", tmp_path / "d" / "truth.json", as_of=date(2026, 1, 1))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "kept").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        generate(tmp_path / "d", tmp_path / "t.json", as_of=date(2026, 1, 1))


def test_roster_holds_together(example: Example) -> None:
    roster = example.folder / "roster"
    tables = {path.stem: rows(path) for path in roster.glob("*.csv")}
    present = {row["propertyName"][5:] for row in tables["manifest"] if row["value"] == "bulk"}
    assert present == set(tables) - {"manifest"}
    ids = {name: [row["sourcedId"] for row in table] for name, table in tables.items() if name != "manifest"}
    assert all(len(values) == len(set(values)) for values in ids.values())
    known = {name: set(values) for name, values in ids.items()}
    assert len(example.students) == example.count
    for user in example.users:
        assert set(user["orgSourcedIds"].split(",")) <= known["orgs"]
        assert not user["agentSourcedIds"] or set(user["agentSourcedIds"].split(",")) <= known["users"]
    for column in ("sourcedId", "username", "email"):
        assert max(Counter(user[column] for user in example.users).values()) == 1
    assert all(re.fullmatch(r"\d{10}", s["identifier"]) for s in example.students)
    assert len({s["identifier"] for s in example.students}) == example.count
    for row in tables["enrollments"]:
        assert {row["classSourcedId"]} <= known["classes"]
        assert {row["userSourcedId"]} <= known["users"]
        assert {row["schoolSourcedId"]} <= known["orgs"]
        assert date.fromisoformat(row["beginDate"]) <= example.as_of
        assert not row["endDate"] or row["beginDate"] < row["endDate"] < example.as_of.isoformat()
    assert {row["sourcedId"] for row in tables["demographics"]} == {s["sourcedId"] for s in example.students}
    assert all(4 < whole_years(date.fromisoformat(row["birthDate"]), example.as_of) < 26 for row in tables["demographics"])
    assert all(re.fullmatch(r"(402|531|308)-555-\d{4}", user["phone"]) for user in example.users)
    assert all(user["email"].endswith(".example") for user in example.users)


def test_the_people_the_stories_need_are_there(example: Example) -> None:
    full = Counter(f"{s['givenName']} {s['familyName']}" for s in example.students)
    assert max(full.values()) >= 2
    teachers = {f"{u['givenName']} {u['familyName']}" for u in example.users if u["role"] == "teacher"}
    assert teachers & set(full)
    homes = defaultdict(set)
    for student in example.students:
        homes[student["agentSourcedIds"]].add((student["phone"], student["metadata.homeAddress"]))
    shared = Counter(student["agentSourcedIds"] for student in example.students)
    assert max(shared.values()) >= 2
    assert all(len(home) == 1 for home in homes.values())
    spans: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(example.folder / "roster" / "enrollments.csv"):
        if row["role"] == "student":
            spans[row["userSourcedId"]].append((row["beginDate"], row["endDate"]))
    gone = [sid for sid, stays in spans.items() if all(end for _, end in stays)]
    assert {s["sourcedId"] for s in example.students if s["enabledUser"] == "false"} == set(gone)
    year_ago = (example.as_of - timedelta(days=365)).isoformat()
    assert gone
    assert all(max(end for _, end in spans[sid]) < year_ago for sid in gone)
    gaps = [
        s
        for s in spans.values()
        if any(b and int(c[:4]) - int(b[:4]) >= 1 for (_, b), (c, _) in zip(sorted(s), sorted(s)[1:], strict=False))
    ]
    assert gaps
    if example.count >= 1000:
        names = " ".join(full)
        assert all(mark in names for mark in ("-", "'", "é", "ñ", "De la Cruz"))
        assert any(student["metadata.preferredFirstName"] for student in example.students)


def test_register_has_the_interfaces_shape(example: Example) -> None:
    district = yaml.safe_load((example.folder / "district.yaml").read_text(encoding="utf-8"))
    assert district["time_zone"] == "America/Chicago"
    assert district["student_key"] == "sourcedId"
    schedule = yaml.safe_load((example.folder / "schedule.yaml").read_text(encoding="utf-8"))
    assert schedule["default"] in schedule["categories"]
    parties = {}
    for path in (example.folder / "vendors").iterdir():
        vendor = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert vendor["id"] == path.stem
        assert set(vendor) == VENDOR_KEYS
        parties[path.stem] = vendor
        for agreement in vendor["agreements"]:
            assert set(agreement) == AGREEMENT_KEYS
            assert set(agreement["purposes"]) <= PURPOSES
            assert {line["element"] for line in agreement["authorized"]} <= set(SLUG_LIST.split())
            assert agreement["effective_on"] < agreement["expires_on"]
    assert set(parties) == VENDORS | OTHERS
    assert {party for party, vendor in parties.items() if vendor["kind"] == "vendor"} == VENDORS
    shapes = {type(entry) for entry in parties["quizcomet"]["subprocessors"]}
    assert shapes == {str, dict}
    registered = set(parties) | {"postfinch", "tilefox"}
    ids = {s["sourcedId"] for s in example.students} | {s["identifier"] for s in example.students}
    for name, header in LISTS.items():
        path = example.folder / f"{name}.csv"
        assert path.read_text(encoding="utf-8").splitlines()[0] == header
        for row in rows(path):
            assert row.get("party_id", "pagebarn") in registered
            assert row.get("student_id", example.students[0]["sourcedId"]) in ids
            for key, value in row.items():
                if value and (key.endswith(("_on", "_at")) or key == "until"):
                    date.fromisoformat(value)
    for consent in rows(example.folder / "consents.csv"):
        assert set(consent["elements"].split(";")) <= set(SLUG_LIST.split())
        assert consent["relation"] in {"parent", "guardian", "student"}
    folders = {path.name for path in (example.folder / "inbox").iterdir()}
    assert folders == (VENDORS | OTHERS | {"district"}) - DELIVER_NOTHING
    assert len(VENDORS) >= 12
    assert len({path.name for path in (example.folder / "inbox").glob("*/*")}) >= 10


def test_every_delivered_file_parses_and_is_in_the_truth(example: Example) -> None:
    inbox = example.folder / "inbox"
    listed = {(row["delivery_id"], row["path"]) for row in example.truth["files"]}
    assert len(listed) == len(example.truth["files"])
    found = set()
    endings = set()
    for path in sorted(p for p in inbox.rglob("*") if p.is_file() and p.name != "delivery.yaml"):
        party, day, *rest = path.relative_to(inbox).parts
        assert date.fromisoformat(day) <= example.as_of
        assert rest[0] in KINDS
        found.add((f"{party}/{day}", "/".join(rest)))
        endings.add(path.suffix[1:])
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                found |= {(f"{party}/{day}", f"{'/'.join(rest)}!/{name}") for name in archive.namelist()}
        elif path.suffix in {".json", ".har"}:
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".jsonl":
            assert all(isinstance(json.loads(line), dict) for line in path.read_text(encoding="utf-8").splitlines())
        elif path.suffix == ".gz":
            found.add((f"{party}/{day}", f"{'/'.join(rest)}!/{path.stem}"))
            assert gzip.decompress(path.read_bytes())
        elif path.suffix == ".yaml":
            yaml.safe_load(path.read_text(encoding="utf-8"))
        elif path.suffix == ".pem":
            (certificate,) = x509.load_pem_x509_certificates(path.read_bytes())
            assert certificate.not_valid_after_utc.date() < example.as_of
        elif path.suffix in {".xlsx", ".parquet", ".sqlite"}:
            assert path.read_bytes()[:4] in {b"PK\x03\x04", b"PAR1", b"SQLi"}
    assert found == listed
    assert endings == FORMATS
    assert sum(path.stat().st_size for path in inbox.rglob("*") if path.is_file()) < 6_000_000


def test_the_replay_is_the_same_bytes_and_nothing_else_is(example: Example) -> None:
    digests = defaultdict(list)
    for path in (example.folder / "inbox").rglob("*"):
        if path.is_file():
            digests[hashlib.sha256(path.read_bytes()).hexdigest()].append(path.name)
    assert [names for names in digests.values() if len(names) > 1] == [["players.csv", "players.csv"]]
    assert [row["path"] for row in example.truth["files"] if row["status"] == "duplicate"] == ["export/players.csv"]


def test_the_return_matches_its_manifest(example: Example) -> None:
    manifests = sorted((example.folder / "inbox").rglob("manifest.csv"))
    assert len(manifests) == 2
    for manifest, row in [(path, row) for path in manifests for row in rows(path)]:
        content = (manifest.parent / row["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        assert len(content.decode().splitlines()) - 1 == int(row["rows"])


def test_planted_values_are_of_every_kind(example: Example) -> None:
    values = planted_values(example.folder)
    student = example.students[0]
    assert {student[key] for key in ("sourcedId", "identifier", "username", "email", "phone")} <= values
    assert f"{student['familyName']}, {student['givenName']}" in values
    assert len(values) > 6 * example.count


def test_no_username_hides_in_an_email(example: Example) -> None:
    locals_ = [s["email"].split("@")[0] for s in example.students]
    usernames = {s["username"] for s in example.students}
    assert not usernames & set(locals_)
    text = "\n".join(locals_)
    assert not [name for name in usernames if name in text]


def test_calendar_moments_stay_on_their_local_day() -> None:
    calendar = Calendar(date(2026, 3, 8))
    assert calendar.moment(0, 480) == "2026-03-08T23:00:00.000Z"
    assert calendar.evening(1, 59) == "2026-03-08T02:59:00.000Z"  # 20:59 of the 7th in Chicago
    assert whole_years(date(2008, 2, 29), date(2026, 2, 28)) == 17
