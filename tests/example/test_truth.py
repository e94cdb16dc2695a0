"""The truth: consistent with itself, equal to what the delivered bytes show, and the stories' verdicts as told."""

from __future__ import annotations

import base64
import contextlib
import csv
import gzip
import hashlib
import io
import json
import re
import sqlite3
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow.parquet as pq
import pytest
import yaml

from examples.prairie_ridge import default_truth, generate

CASES = [(7400, 1200, date(2026, 11, 24)), (11, 60, date(2026, 2, 28)), (2, 75, date(2028, 2, 29)), (8, 500, date(2025, 9, 3))]
LETTERS = {"P": "PASS", "F": "FAIL", "i": "INCONCLUSIVE", "-": "NOT_APPLICABLE"}
CONTROLS = """
I.A.active-agreement I.A.staff-records I.E.consent-before-collection I.E.district-authorization II.A.no-third-party-disclosure
II.B.aggregate-only II.B.authorized-elements II.C.retained-too-long III.A.data-returned III.C.destruction-certificate
III.C.silence-after-destruction IV.A.no-pii-in-trackers IV.A.single-site IV.B.no-persistent-identifiers IV.D.ferpa-coppa-rollup
"""
VERDICTS = {
    # read off POLICY.md by hand: I.A (2), I.E (2), II.A, II.B (2), II.C | III.A, III.C (2) | IV.A (2), IV.B, IV.D
    "district": "-------- --- ----",
    "lantern-literacy": "PPPPPPPP --- PPPi",
    "scholarforge": "PP-FP-FF --- iiiF",
    "quizcomet": "PP-PF-PP --- FFFF",
    "tutortrail": "FP-PP-PF PPF iiiF",
    "storyloom": "PPFPP-PP --- iiiF",
    "pagebarn": "PP-PP-PP --- iiii",
    "postfinch": "PP-PP-PP --- iiii",
    "numbernest": "PP-PP-PP PPP PPPi",
    "vaultway": "PP-PP-PF --- iiiF",
    "tallyhouse": "PP-PPFPP --- PPPF",
    "civicount": "PP-FiFFP --- ---F",
    "gradegrove": "PP-PP-PP --- PPFF",
    "clipcanvas": "PP-FF-FP --- iiiF",
    "busloop": "PP-PP-PP --- iiii",
    "routewise": "PP-PF-PP --- iiiF",
    "tilefox": "PP-PP-PP --- iiii",
    "crewdesk": "PFPPP-PP --- PPPi",
    "wordharbor": "PP-PP-PP --- PPPi",
    "inkwell-notes": "iiiii-ii --- iiii",
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
    "application.ip": ("client ip", "remote host"),
    "application.usage": ("user agent",),
    "transportation": ("bus stop",),
    "student_contact.address": ("home address",),
    "attendance": ("days absent",),
    "conduct": ("conduct",),
    "staff_pay": ("annual salary",),
    "staff_evaluation": ("evaluation rating",),
}
ELEMENT = {header: element for element, headers in HEADERS.items() for header in headers}
SILENT = {
    "shelf",
    "borrows",
    "time",
    "course code",
    "course title",
    "credits",
    "level",
    "entries",
    "event",
    "status",
    "method",
    "url",
    "message",
}
LOG_LINE = re.compile(r'(?P<ip>\S+) - - \[(?P<time>[^]]+)\] "GET (?P<path>\S+) HTTP/1.1" \d+ \d+ "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"')
HOSTS = {f"{name}.example": name for name in ("quizcomet", "postfinch", "clipcanvas", "wordharbor")}
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
        self.called: dict[str, set[str]] = defaultdict(set)
        for user in users:
            self.called[f"{user['givenName']} {user['familyName']}"].add(user["sourcedId"])
        self.said: dict[str, str] = {}
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
        """(delivering party, receiver, day, rows) of each export, log and sent file, and of the aggregate that has a row a student."""
        inbox = self.folder / "inbox"
        for path in sorted(p for p in inbox.rglob("*") if p.is_file()):
            party, day, *rest = path.relative_to(inbox).parts
            if rest[0] not in ("export", "log", "sent") and path.name != "reading_census.csv":
                continue
            about = inbox / party / day / "delivery.yaml"
            if about.exists():
                day = yaml.safe_load(about.read_text(encoding="utf-8"))["as_of"].isoformat()
            receiver = rest[1] if rest[0] == "sent" or party == "district" else party
            for found in self._parse(path):
                yield party, receiver, day, [{key.lower().replace("_", " "): value for key, value in row.items()} for row in found]

    def _parse(self, path: Path) -> list[list[Row]]:
        """The tables of a file."""
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return [separated(archive.read(name), ",") for name in archive.namelist()]
        if path.suffix == ".xlsx":
            header, *body = openpyxl.load_workbook(path).active.values
            return [[dict(zip(header, map(str, row), strict=True)) for row in body]]
        if path.suffix == ".parquet":
            return [[{key: str(value) for key, value in row.items()} for row in pq.read_table(path).to_pylist()]]
        if path.suffix == ".sqlite":
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.row_factory = sqlite3.Row
                names = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
                return [[dict(row) for row in database.execute(f"SELECT * FROM {name}")] for name in names]
        if path.suffix == ".gz":
            return [[self._logged(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]]
        if path.suffix == ".txt":
            return [[{"email": mail} for mail in re.findall(r"\S+@\S+", path.read_text(encoding="utf-8"))]]
        if path.suffix == ".json":
            document = json.loads(path.read_text(encoding="utf-8"))
            return [[flat(record) for record in (document if isinstance(document, list) else document["pupils"])]]
        if path.suffix == ".jsonl":
            return [[self._said(flat(json.loads(line))) for line in path.read_text(encoding="utf-8").splitlines()]]
        return [separated(path.read_bytes(), "\t" if path.suffix == ".tsv" else ",")]

    @staticmethod
    def _logged(line: str) -> Row:
        """What a line of a web server's log shows of a student; nothing where it names none."""
        found = LOG_LINE.fullmatch(line)
        assert found
        names = [value for url in (found["path"], found["referer"]) for _, value in parse_qsl(urlsplit(url).query) if "@" in value]
        time = datetime.strptime(found["time"], "%d/%b/%Y:%H:%M:%S %z").isoformat()
        return {"time": time} | ({"email": names[0], "remote host": found["ip"], "user agent": found["agent"]} if names else {})

    def _said(self, row: Row) -> Row:
        """A JSON line with what its message and its address show written out as fields."""
        if said := re.fullmatch(r"Saved a drawing for (.+?)(?: \((\w+)\))?", row.get("message", "")):
            (sid,) = self.called[said[1]]
            row |= {"student name": said[1], "username": said[2] or ""}
            self.said[said[1]] = sid
        row |= {name.replace("_", " "): value for name, value in parse_qsl(urlsplit(row.get("url", "")).query)}
        return row

    def _by_roster(self, row: Row) -> str | None:
        keys = ("student id", "local student id", "state id", "student email", "email", "user email", "username")
        return next((self.student[row[key]] for key in keys if row.get(key)), None) or self.said.get(row.get("student name", ""))

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
            if subjects == [None]:  # a line that names nobody
                return
        listing = {"pagebarn": ["scholarforge", "quizcomet"], "routewise": ["busloop"]}
        givers = ["district" if receiver == party else party] if receiver != party else listing.get(party, ["district"])
        if receiver.endswith(".example"):
            receiver = f"third_party:{receiver}"
        host = ".".join((urlsplit(row.get("url", "")).hostname or "").split(".")[-2:])
        if host and host not in HOSTS:
            self._note(party, f"third_party:{host}", "student_id.local", subjects, local(row["time"]))
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
            receiver = HOSTS.get(host, f"third_party:{host}")
            giver = "district" if receiver in ("quizcomet", "wordharbor") else "quizcomet"
            names = {"username": "student_id.username", "u": "student_id.username", "student_id": "student_id.local"}
            for name, value in pairs:
                if name == "vid":  # a visitor's id, no student's value
                    continue
                self._note(
                    giver, receiver, names.get(name, "student_contact.email"), [self.student[value]], local(entry["startedDateTime"])
                )


def separated(content: bytes, delimiter: str) -> list[Row]:
    """The rows of a delimited table."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


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
        "routewise": "busloop",
        "tilefox": "routewise",
    }
    assert truth["third_parties"] == [
        f"third_party:{host}.example" for host in ("adnova", "chirpwire", "clickgauge", "fontnest", "geopush")
    ]
    assert {row["subject_kind"] for row in truth["disclosures"]} == {"student", "staff"}


def test_verdicts_are_those_of_the_stories(told: tuple[Path, dict[str, Any]]) -> None:
    _, truth = told
    found: dict[str, list[str]] = defaultdict(list)
    for row in truth["verdicts"]:
        found[row["party_id"]].append(row["verdict"])
    assert {party: tuple(verdicts) for party, verdicts in found.items()} == {
        party: tuple(LETTERS[letter] for letter in line if letter != " ") for party, line in VERDICTS.items()
    }
    assert [row["control_id"] for row in truth["verdicts"]] == CONTROLS.split() * len(VERDICTS)
    waived = [row for row in truth["verdicts"] if row["waived_until"]]
    assert [(row["party_id"], row["control_id"], row["verdict"]) for row in waived] == [
        ("scholarforge", "II.B.authorized-elements", "FAIL")
    ]


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
    assert not {"numbernest", "vaultway", "gradegrove", "busloop", "routewise", "tilefox", "wordharbor"} & set(bad)
    assert bad["civicount"] == {"student_id.local", "enrollment.school", "enrollment.grade_level", "assessment.score"}
    assert bad["clipcanvas"] == {"student_contact.email"}
    assert bad["crewdesk"] == {"staff_pay"}
    assert bad["third_party:geopush.example"] == {"student_id.local", "transportation"}
    assert bad["third_party:chirpwire.example"] == {"student_id.local"}
    assert bad["scholarforge"] == {"demographics.birth_date", "special.iep_504", "guardian_contact.phone", "transcript.grade"}
    assert "transcript.grade" in good["scholarforge"]  # students first seen when grades were already listed
    assert bad["tutortrail"] == {"student_contact.email"}
    assert "student_contact.email" in good["tutortrail"]
    assert bad["storyloom"] == good["storyloom"]
    assert not any("english_learner" in row["data_element"] for row in truth["disclosures"])


def test_retention_adds_up_and_tells_the_hoarder(told: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = told
    held: dict[str, set[str]] = defaultdict(set)
    for row in truth["disclosures"]:
        if row["subject_kind"] == "student":
            held[row["to"]].add(row["student"])
    for party in {row["party_id"] for row in truth["retention"]}:
        for category in {row["category"] for row in truth["retention"] if row["party_id"] == party}:
            counted = sum(row["subjects"] for row in truth["retention"] if (row["party_id"], row["category"]) == (party, category))
            assert 0 < counted <= len(held[party])
            assert category != "vendor_copy" or counted == len(held[party])
    rows = truth["retention"]
    assert {row["party_id"] for row in rows if row["status"] == "overdue"} == {"scholarforge", "tutortrail", "vaultway"}
    assert {row["party_id"] for row in rows if row["status"] == "held"} == {"scholarforge", "vaultway"}
    assert {row["party_id"] for row in rows if row["category"] == "vendor_copy"} == {"tutortrail", "numbernest"}
    assert all((row["due_on"] is None) or (row["due_on"] < truth["as_of"]) == (row["status"] != "within") for row in rows)
    ends: dict[str, list[str]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO((folder / "roster" / "enrollments.csv").read_text(encoding="utf-8"))):
        ends[row["userSourcedId"]].append(row["endDate"] or "9999-12-31")
    last = {sid: max(days) for sid, days in ends.items()}
    elements = {"conduct"}
    noted = {row["student"] for row in truth["disclosures"] if row["to"] == "vaultway" and row["data_element"] in elements}
    dues = Counter(f"{int(last[sid][:4]) + 3}{last[sid][4:]}" for sid in noted if last[sid] < truth["as_of"])
    told_dues = Counter({row["due_on"]: 0 for row in rows})
    for row in rows:
        if row["party_id"] == "vaultway" and row["category"] == "discipline" and row["due_on"]:
            told_dues[row["due_on"]] += row["subjects"]
    assert dues == +told_dues


def test_aggregates_disclose_what_they_are_said_to_disclose(told: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = told
    small, others = set(), {}
    with (folder / "roster" / "users.csv").open(encoding="utf-8", newline="") as users:
        ids = {row["sourcedId"] for row in csv.DictReader(users)}
    for path in (folder / "inbox").rglob("aggregate/*"):
        delivery, name = "/".join(path.relative_to(folder / "inbox").parts[:2]), f"aggregate/{path.name}"
        if path.suffix == ".xlsx":
            sheets = [(sheet.title, list(sheet.values)) for sheet in openpyxl.load_workbook(path).worksheets]
        else:
            sheets = [(path.stem, list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")))))]
        for sheet, (header, *rows) in sheets:
            if header[0] in ("Student ID", "Learner Code"):
                small.add((delivery, name, sheet, "grain", None))
                traits = [nth for nth, column in enumerate(header) if column in ("School", "Grade Level")]
                if min(Counter(tuple(row[nth] for nth in traits) for row in rows).values()) < 10:
                    small.add((delivery, name, sheet, "reidentification", None))
                hashed = {hashlib.sha256(sid.encode()).hexdigest() for sid in ids}
                if all(row[0] in hashed for row in rows):
                    small.add((delivery, name, sheet, "reidentification", header[0]))
                continue
            for *keys, count in rows:
                if str(count).isdigit() and 0 < int(count) < 10:
                    small.add((delivery, name, sheet, "small_cell", " / ".join([*keys, header[-1]])))
            others[delivery, sheet] = {tuple(row[:-1]): row[-1] for row in rows}
    said = {(r["delivery_id"], r["path"], r["table"], r["check_id"], r["cell"]) for r in truth["aggregates"]}
    assert small == {row for row in said if row[3] in ("small_cell", "grain", "reidentification")}
    told = {check: (delivery, cell) for delivery, _, _, check, cell in said - small}
    earlier, later = sorted(delivery for delivery, sheet in others if sheet == "clubs")
    (cell,) = (key for key, count in others[later, "graduates"].items() if count == "*")
    graduates = {key[1]: count for key, count in others[later, "graduates"].items() if key[0] == cell[0]}
    assert 0 < int(graduates["All Students"]) - int(graduates["Male"]) < 10
    assert told.pop("exact_disclosure") == (later, " / ".join([*cell, "Graduates"]))
    before, after = others[earlier, "clubs"], others[later, "clubs"]
    (grown,) = (club for club, count in after.items() if 0 < abs(int(count) - int(before[club])) < 10)
    assert told.pop("differencing") == (later, f"{grown[0]} / Students")
    (whole,) = (key for key, percent in others[later, "passed"].items() if percent in ("0%", "100%"))
    assert told.pop("zero_or_full") == (later, f"{whole[0]} / Percent Passed")
    assert told == {}
    hidden = int(others[later, "languages"][("All Students",)]) - sum(
        int(count) for (group,), count in others[later, "languages"].items() if count.isdigit() and group != "All Students"
    )
    assert hidden >= 10  # two hidden cells: each can be anything from 0 to that
    assert {row["delivery_id"].split("/")[0] for row in truth["aggregates"]} == {"tallyhouse", "civicount"}


def test_trackers_are_those_in_the_captures(told: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = told
    found = set()
    for path in (folder / "inbox").rglob("tracking/**/*"):
        party, day, *rest = path.relative_to(folder / "inbox").parts
        place = (f"{party}/{day}", "/".join(rest))
        if path.name == "cookies.txt":
            lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
            found |= {(*place, line[0], line[5], "cookie", line[4] != "0") for line in lines}
        elif path.suffix == ".har":
            for entry in json.loads(path.read_text(encoding="utf-8"))["log"]["entries"]:
                host = urlsplit(entry["request"]["url"]).hostname
                found |= {(*place, host, item["name"], "cookie", "expires" in item) for item in entry["response"]["cookies"]}
        elif path.suffix == ".json":
            state = json.loads(path.read_text(encoding="utf-8"))
            found |= {(*place, item["domain"], item["name"], "cookie", item["expires"] > 0) for item in state["cookies"]}
            for origin in state["origins"]:
                host = urlsplit(origin["origin"]).hostname
                found |= {(*place, host, item["name"], "local_storage", True) for item in origin["localStorage"]}
    said = {(r["delivery_id"], r["path"], r["host"], r["name"], r["storage"], r["persistent"]) for r in truth["trackers"]}
    assert found == said
    assert len(said) == len(truth["trackers"])
    assert {r["name"] for r in truth["trackers"] if r["contains_pii"]} == {"qc_uid", "qc_profile", "wh_user"}
    assert {r["host"] for r in truth["trackers"] if r["third_party"]} == {"pixel.adnova.example"}


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
