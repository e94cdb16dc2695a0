"""The truth: consistent with itself, equal to what the delivered bytes show, and the stories' verdicts as told."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
import yaml

from examples.prairie_ridge import default_truth, generate

CASES = [(7400, 1200, date(2026, 11, 24)), (11, 60, date(2026, 2, 28)), (2, 75, date(2028, 2, 29)), (8, 500, date(2025, 9, 3))]
PASS, FAIL, NOT = "PASS", "FAIL", "NOT_APPLICABLE"
VERDICTS = {
    # I.A, I.E, II.A, II.B, III.A, III.C certificate, III.C silence: read off POLICY.md by hand
    "district": (NOT,) * 7,
    "lantern-literacy": (PASS, PASS, PASS, PASS, NOT, NOT, NOT),
    "scholarforge": (PASS, NOT, PASS, FAIL, NOT, NOT, NOT),
    "quizcomet": (PASS, NOT, FAIL, PASS, NOT, NOT, NOT),
    "tutortrail": (FAIL, NOT, PASS, PASS, PASS, PASS, FAIL),
    "storyloom": (PASS, FAIL, PASS, PASS, NOT, NOT, NOT),
    "pagebarn": (PASS, NOT, PASS, PASS, NOT, NOT, NOT),
    "postfinch": (PASS, NOT, PASS, PASS, NOT, NOT, NOT),
}
HEADERS = {
    "student_id.local": ("student id", "local student id"),
    "student_id.state": ("state id",),
    "student_id.provider": ("provider id",),
    "student_id.username": ("username",),
    "student_name": ("first name", "last name", "preferred name", "student name"),
    "student_contact.email": ("student email", "email", "user email"),
    "enrollment.school": ("school", "school name"),
    "enrollment.grade_level": ("grade level",),
    "enrollment.counselor": ("counselor name",),
    "schedule.teacher": ("teacher", "teacher name"),
    "assessment.score": ("assessment score",),
    "transcript.grade": ("final grade",),
    "demographics.birth_date": ("birth date", "date of birth"),
    "special.iep_504": ("iep",),
    "special.english_learner": ("english learner",),
    "guardian_contact.phone": ("guardian phone",),
    "guardian_contact.email": ("guardian email",),
    "guardian_name": ("guardian name",),
    "guardian_id": ("guardian id",),
    "staff_id": ("staff id",),
    "staff_name": ("staff name",),
    "staff_contact.work": ("work email",),
    "application.ip": ("client ip",),
}
ELEMENT = {header: element for element, headers in HEADERS.items() for header in headers}
SILENT = {"shelf", "time", "course code", "course title", "credits"}
Row = dict[str, str]
Key = tuple[str, str, str, str]


class Reader:
    """Reads the delivered bytes back, knowing headers and roster and nothing of the generator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        users = list(csv.DictReader(io.StringIO((folder / "roster" / "users.csv").read_text(encoding="utf-8"))))
        students = [user for user in users if user["role"] == "student"]
        self.student = {user[key]: user["sourcedId"] for user in students for key in ("sourcedId", "identifier", "email", "username")}
        self.student |= {hashlib.sha256(user["email"].encode()).hexdigest(): user["sourcedId"] for user in students}
        self.student |= {base64.b64encode(user["username"].encode()).decode(): user["sourcedId"] for user in students}
        self.children = {user["sourcedId"]: user["agentSourcedIds"].split(",") for user in users if user["role"] in ("parent", "guardian")}
        self.staff = {user["sourcedId"] for user in users if user["role"] == "teacher"}
        self.crosswalk: dict[str, dict[str, str]] = defaultdict(dict)
        self.days: dict[Key, set[str]] = defaultdict(set)
        self.unresolved: dict[tuple[str, str, str], int] = defaultdict(int)

    def read(self) -> None:
        tables = list(self._tables())
        for party, _, _, table in tables:
            for row in table:
                if (subject := self._by_roster(row)) and row.get("provider id"):
                    self.crosswalk[party][row["provider id"]] = subject
        for party, receiver, day, table in tables:
            for row in table:
                self._row(party, receiver, day, row)
        for path in (self.folder / "inbox").rglob("*.har"):
            self._har(json.loads(path.read_text(encoding="utf-8")))

    def _tables(self) -> Iterator[tuple[str, str, str, list[Row]]]:
        """(delivering party, receiver, day, rows) of each export, log and sent file."""
        inbox = self.folder / "inbox"
        for path in sorted(p for p in inbox.rglob("*") if p.is_file()):
            party, day, *rest = path.relative_to(inbox).parts
            if rest[0] not in ("export", "log", "sent"):
                continue
            about = inbox / party / day / "delivery.yaml"
            if about.exists():
                day = yaml.safe_load(about.read_text(encoding="utf-8"))["as_of"].isoformat()
            receiver = rest[1] if rest[0] == "sent" else party
            for name, content in self._open(path):
                yield party, receiver, day, self._parse(name, content)

    @staticmethod
    def _open(path: Path) -> list[tuple[str, bytes]]:
        if path.suffix != ".zip":
            return [(path.name, path.read_bytes())]
        with zipfile.ZipFile(path) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]

    @staticmethod
    def _parse(name: str, content: bytes) -> list[Row]:
        text = content.decode("utf-8-sig")
        if name.endswith("jsonl"):
            found = [flat(json.loads(line)) for line in text.splitlines()]
        else:
            found = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if name.endswith("tsv") else ","))
        return [{key.lower().replace("_", " "): value for key, value in row.items()} for row in found]

    def _by_roster(self, row: Row) -> str | None:
        keys = ("student id", "local student id", "state id", "student email", "email", "user email")
        return next((self.student[row[key]] for key in keys if row.get(key)), None)

    def _row(self, party: str, receiver: str, day: str, row: Row) -> None:
        subjects: list[str | None]
        if "guardian id" in row:
            subjects = list(self.children[row["guardian id"]])
        elif "staff id" in row:
            assert row["staff id"] in self.staff
            subjects = [row["staff id"]]
        elif "course code" in row:
            return
        else:
            subjects = [self._by_roster(row) or self.crosswalk[party].get(row.get("provider id", ""))]
        if "time" in row:
            day = local(row["time"])
        givers = ["scholarforge", "quizcomet"] if party == "pagebarn" else ["district" if receiver == party else party]
        elements = {ELEMENT[header] for header, text in row.items() if header not in SILENT and text not in ("", "N", "False")}
        for element in elements:
            for giver in givers:
                self._note(giver, receiver, element, subjects, day)

    def _note(self, giver: str, receiver: str, element: str, subjects: list[str | None], day: str) -> None:
        for subject in subjects:
            if subject is None:
                self.unresolved[giver, receiver, element] += 1
            else:
                self.days[subject, giver, receiver, element].add(day)

    def _har(self, capture: dict[str, Any]) -> None:
        for entry in capture["log"]["entries"]:
            request = entry["request"]
            referers = [header["value"] for header in request["headers"] if header["name"] == "Referer"]
            pairs = [pair for url in (request["url"], *referers) for pair in parse_qsl(urlsplit(url).query)]
            pairs += list(json.loads(request["postData"]["text"]).items()) if "postData" in request else []
            host = ".".join((urlsplit(request["url"]).hostname or "").split(".")[-2:])
            registered = {"quizcomet.example": "quizcomet", "postfinch.example": "postfinch"}
            receiver = registered.get(host, f"third_party:{host}")
            giver = "district" if receiver == "quizcomet" else "quizcomet"
            names = {"username": "student_id.username", "u": "student_id.username", "student_id": "student_id.local"}
            for name, value in pairs:
                self._note(
                    giver, receiver, names.get(name, "student_contact.email"), [self.student[value]], local(entry["startedDateTime"])
                )


def flat(value: dict[str, Any]) -> Row:
    """Leaf name to text; the example's leaf names are distinct."""
    found: Row = {}
    for key, item in value.items():
        if isinstance(item, dict):
            found |= flat(item)
        elif isinstance(item, list):
            for each in item:
                found |= flat(each)
        else:
            found[key] = "" if item is None else str(item)
    return found


def local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("America/Chicago")).date().isoformat()


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"seed{case[0]}-{case[1]}-{case[2]}")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    seed, students, as_of = request.param
    folder = tmp_path_factory.mktemp("truth") / "district"
    generate(folder, default_truth(folder), seed, students, as_of=as_of)
    return folder, json.loads(default_truth(folder).read_text(encoding="utf-8"))


def subject_of(row: dict[str, Any]) -> str:
    return str(row[row["subject_kind"]])


def test_the_bytes_show_exactly_the_disclosures(told: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = told
    reader = Reader(folder)
    reader.read()
    read = {(*key, min(days), max(days)) for key, days in reader.days.items()}
    said = {(subject_of(r), r["from"], r["to"], r["data_element"], r["first_seen_on"], r["last_seen_on"]) for r in truth["disclosures"]}
    assert read == said
    lost = {(r["from"], r["to"], r["data_element"]): r["unresolved_records"] for r in truth["flows"] if r["unresolved_records"]}
    assert dict(reader.unresolved) == lost


def test_flows_are_the_disclosures_grouped(told: tuple[Path, dict[str, Any]]) -> None:
    _, truth = told
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in truth["disclosures"]:
        groups[row["from"], row["to"], row["data_element"]].append(row)
    flows = {(row["from"], row["to"], row["data_element"]): row for row in truth["flows"]}
    assert set(flows) == set(groups)
    assert len(flows) == len(truth["flows"])
    for key, group in groups.items():
        flow = flows[key]
        assert flow["subjects"] == len({subject_of(row) for row in group}) == len(group)
        assert flow["authorized"] == all(row["authorized"] for row in group)
        assert flow["first_seen_on"] == min(row["first_seen_on"] for row in group) <= flow["last_seen_on"]
        assert flow["last_seen_on"] == max(row["last_seen_on"] for row in group) <= truth["as_of"]


def test_vocabularies_and_names(told: tuple[Path, dict[str, Any]]) -> None:
    _, truth = told
    known = {party["party_id"] for party in truth["parties"]} | set(truth["third_parties"])
    for row in truth["disclosures"]:
        assert {row["from"], row["to"]} <= known
        assert row["first_seen_on"] <= row["last_seen_on"]
        assert row["basis"] in {"agreement", "subprocessor", "staff_directory", "operation", "none"}
        assert (row["basis"] == "none") == (not row["authorized"])
    assert {party["party_id"]: party["parent_party_id"] for party in truth["parties"] if party["kind"] == "subprocessor"} == {
        "pagebarn": None,
        "postfinch": "quizcomet",
    }
    assert truth["third_parties"] == [f"third_party:{host}.example" for host in ("adnova", "clickgauge", "fontnest")]
    assert {row["subject_kind"] for row in truth["disclosures"]} == {"student", "staff"}


def test_verdicts_are_those_of_the_stories(told: tuple[Path, dict[str, Any]]) -> None:
    _, truth = told
    found: dict[str, list[str]] = defaultdict(list)
    for row in truth["verdicts"]:
        found[row["party_id"]].append(row["verdict"])
    assert {party: tuple(verdicts) for party, verdicts in found.items()} == VERDICTS
    waived = [row for row in truth["verdicts"] if row["waived_until"]]
    assert [(row["party_id"], row["control_id"], row["verdict"]) for row in waived] == [("scholarforge", "II.B.authorized-elements", FAIL)]


def test_each_story_is_in_the_disclosures(told: tuple[Path, dict[str, Any]]) -> None:
    _, truth = told
    bad: dict[str, set[str]] = defaultdict(set)
    good: dict[str, set[str]] = defaultdict(set)
    for row in truth["disclosures"]:
        (good if row["authorized"] else bad)[row["to"]].add(row["data_element"])
    assert "lantern-literacy" not in bad
    assert "pagebarn" not in bad
    assert "postfinch" not in bad
    assert "quizcomet" not in bad
    assert bad["scholarforge"] == {"demographics.birth_date", "special.iep_504", "guardian_contact.phone", "transcript.grade"}
    assert "transcript.grade" in good["scholarforge"]  # students first seen when grades were already listed
    assert bad["tutortrail"] == {"student_contact.email"}
    assert "student_contact.email" in good["tutortrail"]
    assert bad["storyloom"] == good["storyloom"]
    assert not any("english_learner" in row["data_element"] for row in truth["disclosures"])


def test_consent_story_student_by_student(told: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = told
    consents: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO((folder / "consents.csv").read_text(encoding="utf-8"))):
        if row["party_id"] == "storyloom":
            consents[row["student_id"]].append(row)
    kinds = set()
    for row in (r for r in truth["disclosures"] if r["to"] == "storyloom"):
        first, last = row["first_seen_on"], row["last_seen_on"]
        own = consents[row["student"]]
        kinds.add(
            "none"
            if not own
            else "late"
            if own[0]["given_at"] > first
            else "revoked"
            if own[0]["revoked_at"]
            else "partial"
            if row["data_element"] not in own[0]["elements"].split(";")
            else "fine"
        )
        covered = all(
            any(row["data_element"] in c["elements"].split(";") and c["given_at"] <= day < (c["revoked_at"] or "9999") for c in own)
            for day in (first, last)
        )
        assert row["authorized"] == covered
    assert kinds == {"none", "late", "revoked", "partial", "fine"}
