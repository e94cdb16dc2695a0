"""The register of the example: parties, agreements, consents and the district's other lists, and how each is written.

The stories add to a `Register`; `truth.py` reads the same one. Who may hold what is decided there, not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import csv_bytes, put, yaml_bytes

Row = tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """One line of an agreement's schedule of data; `since` is None where the whole agreement counts."""

    element: str
    since: date | None = None
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """One agreement with its party, in force from `effective_on` to the earlier of its ends, both included."""

    id: str
    effective_on: date
    expires_on: date
    listed: tuple[Listed, ...]
    consent_required: bool
    terminated_on: date | None = None
    purposes: tuple[str, ...] = ("educational_service",)
    return_within_days: int = 60
    destroy_within_days: int = 60
    aggregate_only: bool = False

    @property
    def last_day(self) -> date:
        """The last day in force."""
        return min(self.expires_on, self.terminated_on or self.expires_on)

    def lists(self, element: str, day: date) -> bool:
        """Whether the schedule of data lists the element on that day."""
        return any(line.element == element and (line.since is None or line.since <= day) for line in self.listed)

    @property
    def elements(self) -> tuple[str, ...]:
        """The listed slugs."""
        return tuple(line.element for line in self.listed)


@dataclass(frozen=True)
class Entry:
    """A subprocessor in a vendor's list; `elements` None means that the entry names none, which is all of the sender's."""

    id: str
    name: str | None = None
    domains: tuple[str, ...] = ()
    elements: tuple[str, ...] | None = None
    purposes: tuple[str, ...] = ()

    @property
    def document(self) -> str | dict[str, Any]:
        """As the vendor file has it: the bare id, or a mapping."""
        pairs = {"name": self.name, "domains": list(self.domains), "elements": list(self.elements or ()), "purposes": list(self.purposes)}
        given = {key: value for key, value in pairs.items() if value}
        return {"id": self.id, **given} if given else self.id


@dataclass(frozen=True)
class Party:
    """A party with a vendor file of its own."""

    id: str
    name: str
    kind: str
    domains: tuple[str, ...]
    story: str
    system: str
    hosts: tuple[str, ...]
    agreements: tuple[Agreement, ...] = ()
    subprocessors: tuple[Entry, ...] = ()
    login_cookies: tuple[str, ...] = ()
    hosted: bool = True

    @property
    def document(self) -> dict[str, Any]:
        """The vendor file."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "domains": list(self.domains),
            "hosted": self.hosted,
            "subprocessors": [entry.document for entry in self.subprocessors],
            "systems": [{"id": self.system, "hosts": list(self.hosts)}] if self.system else [],
            "login_cookies": list(self.login_cookies),
            "agreements": [_agreement(agreement) for agreement in self.agreements],
        }


@dataclass(frozen=True)
class Consent:
    """One row of consents.csv; `written_as` is the student id as the row has it (sourcedId or identifier)."""

    student: str
    party: str
    elements: tuple[str, ...]
    given_by: str
    relation: str
    method: str
    given_at: date
    revoked_at: date | None = None
    written_as: str = ""

    def covers(self, element: str, day: date) -> bool:
        """Given by that day, not revoked by it, and the element among those named."""
        return element in self.elements and self.given_at <= day and (self.revoked_at is None or day < self.revoked_at)


@dataclass
class Register:
    """What the district wrote down."""

    parties: list[Party] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    holds: list[Row] = field(default_factory=list)
    opt_outs: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    waivers: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)  # what becomes of each decision as of the day: applied, expired, unmatched
    advertising_hosts: list[str] = field(default_factory=list)

    def decide(self, outcome: str, *row: str) -> None:
        """Add a line of decisions.csv, and what becomes of it."""
        self.decisions.append(row)
        self.outcomes.append(outcome)

    def party(self, party_id: str) -> Party | None:
        """The party with a file of its own, or None."""
        return next((party for party in self.parties if party.id == party_id), None)

    def parents(self, party_id: str) -> list[Party]:
        """The parties that list it as their subprocessor."""
        return [party for party in self.parties if any(entry.id == party_id for entry in party.subprocessors)]

    def entries_without_file(self) -> list[Entry]:
        """Listed subprocessors that have no vendor file."""
        known = {party.id for party in self.parties}
        return [entry for party in self.parties for entry in party.subprocessors if entry.id not in known]


PERMANENT = (
    "student_name",
    "student_id.local",
    "student_id.state",
    "demographics.birth_date",
    "attendance",
    "enrollment.grade_level",
    "transcript.grade",
    "transcript.course",
)
DISCIPLINE = ("conduct",)
SPECIAL_EDUCATION = ("special.iep_504", "special.disability")
YEARS_AFTER_ABSENCE = 3
YEARS_AFTER_EVENT = 5
FUNDED_ACTIVITY_ENDED = "funded_activity_ended"
STAFF_DIRECTORY = ("staff_name", "staff_contact.work")
DISTRICT_NAME = "Prairie Ridge Public Schools"
DISTRICT_DOMAIN = "prairieridge.example"


def write_register(folder: Path, register: Register, calendar: Calendar) -> None:
    """Write district.yaml, schedule.yaml, the vendor files and the CSV lists."""
    put(
        folder / "district.yaml",
        yaml_bytes(_district(register, calendar), "A fictional district; every person, host and number in it is invented."),
    )
    put(folder / "schedule.yaml", yaml_bytes(_schedule(calendar)))
    for party in register.parties:
        put(folder / "vendors" / f"{party.id}.yaml", yaml_bytes(party.document, party.story))
    consents = (
        (
            c.written_as or c.student,
            c.party,
            ";".join(c.elements),
            c.given_by,
            c.relation,
            c.method,
            c.given_at.isoformat(),
            _day(c.revoked_at),
        )
        for c in register.consents
    )
    lists: dict[str, tuple[str, Sequence[Row]]] = {
        "consents": ("student_id,party_id,elements,given_by,relation,method,given_at,revoked_at", list(consents)),
        "holds": ("student_id,reason,opened_on,closed_on", register.holds),
        "opt_outs": ("student_id,opted_out_on", register.opt_outs),
        "requests": ("request_id,party_id,kind,asked_on,due_on,answered_on,note", register.requests),
        "documents": ("party_id,kind,sha256,approved_on,approved_by", register.documents),
        "waivers": ("control_id,party_id,until,by,reason", register.waivers),
        "events": ("student_id,event,occurred_on", register.events),
        "decisions": ("party_id,path,field_path,data_element,because,decided_by,until", register.decisions),
    }
    for name, (header, rows) in lists.items():
        put(folder / f"{name}.csv", csv_bytes(header.split(","), rows))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _agreement(a: Agreement) -> dict[str, Any]:
    lines = []
    for line in a.listed:
        document: dict[str, Any] = {"element": line.element}
        if line.since:
            document["from"] = line.since
        if line.purposes:
            document["purposes"] = list(line.purposes)
        lines.append(document)
    return {
        "id": a.id,
        "effective_on": a.effective_on,
        "expires_on": a.expires_on,
        "terminated_on": a.terminated_on,
        "on_termination": "return",
        "ferpa_basis": "school_official",
        "consent": "required" if a.consent_required else "not_required",
        "aggregate_only": a.aggregate_only,
        "purposes": list(a.purposes),
        "authorized": lines,
        "return_within_days": a.return_within_days,
        "destroy_within_days": a.destroy_within_days,
        "intrusion_report_every_days": 365,
        "alert_within_hours": 72,
    }


def _district(register: Register, calendar: Calendar) -> dict[str, Any]:
    return {
        "name": DISTRICT_NAME,
        "time_zone": "America/Chicago",
        "domains": [DISTRICT_DOMAIN],
        "school_year_starts": "08-01",
        "student_key": "sourcedId",
        "minimum_cell_size": 10,
        "minimum_interval_width": 5,
        "consent_ages": {"parent_consents_until": 13, "student_signs_from": 18},
        "directory_information": ["student_name", "enrollment.school", "enrollment.grade_level"],
        "staff_directory": list(STAFF_DIRECTORY),
        "host_classes": {"advertising": list(register.advertising_hosts), "profiling": [], "data_broker": []},
        "quiet_seconds": 60,
        "cryptography": {
            "verified_on": calendar.back(140),
            "notice_days": 90,
            "retired": [
                {"algorithm": "TLSv1.0", "retired_on": date(2021, 3, 25)},
                {"algorithm": "TLSv1.1", "retired_on": date(2021, 3, 25)},
            ],
        },
    }


def _schedule(calendar: Calendar) -> dict[str, Any]:
    absence = {"rule": "years_after_absence", "years": YEARS_AFTER_ABSENCE}
    return {
        "verified_on": calendar.back(140),
        "default": "subsidiary",
        "categories": {
            "permanent": {"rule": "permanent", "elements": list(PERMANENT), "source": "Millard 5720.1 I.A"},
            "subsidiary": {**absence, "source": "Millard 5720.1 I.B"},
            "discipline": {**absence, "elements": list(DISCIPLINE), "source": "Neb. Rev. Stat. 79-2,104(1)"},
            "special_education": {
                "rule": "years_after_event",
                "years": YEARS_AFTER_EVENT,
                "event": FUNDED_ACTIVITY_ENDED,
                "elements": list(SPECIAL_EDUCATION),
                "source": "92 NAC 51-009.03M",
            },
            "access_record": {"rule": "with_record", "source": "34 CFR 99.32(a)(2)"},
            "vendor_copy": {"rule": "days_after_termination", "days": 60, "source": "7400.1 III"},
        },
    }
