"""Reads a district folder into a `Register`, or says all that is wrong with it at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from lineage.register import check, tables
from lineage.register.explain import validate
from lineage.register.models import District, Schedule, Vendor, shipped_host_classes, shipped_schedule
from lineage.register.parties import Party, claims, parties
from lineage.register.problems import Problem, RegisterErrors, in_order
from lineage.register.recognizers import Recognizers
from lineage.register.tables import Consent, Decision, Document, Event, Hold, OptOut, Request, Waiver, read_table
from lineage.register.yaml_text import Document as Yaml
from lineage.register.yaml_text import read_yaml
from scanners.oneroster import Roster, RosterError, read_roster

NO_RECOGNIZERS = Recognizers()
KNOWN_FILES = ("district.yaml", "schedule.yaml", "recognizers.yaml", *(table.file for table in tables.TABLES))


@dataclass(frozen=True)
class Register:
    """All that the district wrote, but for the roster and the inbox."""

    district: District
    schedule: Schedule
    vendors: tuple[Vendor, ...]  # by id
    consents: tuple[Consent, ...] = ()
    holds: tuple[Hold, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    requests: tuple[Request, ...] = ()
    documents: tuple[Document, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    events: tuple[Event, ...] = ()
    decisions: tuple[Decision, ...] = ()
    recognizers: Recognizers = NO_RECOGNIZERS
    files: tuple[str, ...] = ()  # those of the interface's files that are there and not empty, by name

    @property
    def zone(self) -> ZoneInfo:
        return self.district.zone

    @cached_property
    def parties(self) -> tuple[Party, ...]:
        """The district first, then every registered party and listed subprocessor by id."""
        return parties(self.district, self.vendors)

    @cached_property
    def party_hosts(self) -> Mapping[str, str]:
        """Host or domain → party id. A domain covers its subdomains; the longest one wins."""
        return {host: party_id for host, party_id, _, _ in claims(self.district, self.vendors)}

    @cached_property
    def host_classes(self) -> Mapping[str, str]:
        """Host or domain → advertising, profiling or data_broker: the shipped list, extended and overridden by the district's."""
        return {**dict(shipped_host_classes().items()), **dict(self.district.host_classes.items())}


@dataclass
class _Reading:
    """What could be read, and what is wrong."""

    problems: list[Problem] = field(default_factory=list)
    district: tuple[Yaml, District] | None = None
    schedule: Schedule | None = None
    recognizers: Recognizers = NO_RECOGNIZERS
    vendors: list[check.VendorFile] = field(default_factory=list)
    vendors_broken: bool = False
    roster: Roster | None = None
    rows: dict[str, list[Any]] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def load_register(district: Path) -> Register:
    """The register of a district folder. Raises RegisterErrors with every error of the folder, the roster's too."""
    return load_district(district)[0]


def load_district(district: Path) -> tuple[Register, Roster]:
    """Register and roster in one go (the roster is read once). Raises RegisterErrors."""
    reading = _read(district)
    errors = [problem for problem in in_order(reading.problems) if problem.severity == "error"]
    if errors or reading.district is None or reading.schedule is None or reading.roster is None:
        raise RegisterErrors(errors)
    vendors = sorted((file.vendor for file in reading.vendors), key=lambda vendor: vendor.id)
    rows = {table.file.removesuffix(".csv"): tuple(reading.rows[table.file]) for table in tables.TABLES}
    return Register(
        reading.district[1], reading.schedule, tuple(vendors), recognizers=reading.recognizers, files=reading.files, **cast(Any, rows)
    ), reading.roster


def problems(district: Path) -> list[Problem]:
    """All that is wrong with a district folder, warnings included, in order of file and line."""
    return in_order(_read(district).problems)


def register_digest(register: Register) -> str:
    """SHA-256 (hex) over everything in the register: equal for equal registers, whatever the files' order and layout.

    It is no keyed digest: whoever stores it feeds it through one first.
    """
    content = {
        "district": register.district.model_dump(mode="json"),
        "schedule": register.schedule.model_dump(mode="json"),
        "vendors": [vendor.model_dump(mode="json") for vendor in register.vendors],
        "host_classes": dict(register.host_classes),
        "recognizers": register.recognizers.model_dump(mode="json"),
        "files": register.files,
        **{
            name: sorted((_without_line(row) for row in getattr(register, name)), key=lambda row: json.dumps(row, default=str))
            for name in (table.file.removesuffix(".csv") for table in tables.TABLES)
        },
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _without_line(row: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "line"}


# --- reading ------------------------------------------------------------------------------------------------------------------


def _read(district: Path) -> _Reading:
    reading = _Reading()
    if not district.is_dir():
        reading.problems.append(Problem(".", None, "there is no such district folder", "Give the folder that has district.yaml."))
        return reading
    reading.files = tuple(name for name in sorted(KNOWN_FILES) if (district / name).is_file() and (district / name).stat().st_size)
    _read_settings(district, reading)
    _read_schedule(district, reading)
    _read_recognizers(district, reading)
    _read_vendors(district, reading)
    _read_roster(district, reading)
    _read_tables(district, reading)
    reading.problems += check.vendor_problems(reading.district, reading.vendors)
    reading.problems += check.stray_files(district, KNOWN_FILES, lambda name: name in KNOWN_FILES)
    return reading


def _read_settings(district: Path, reading: _Reading) -> None:
    if not (district / "district.yaml").exists():
        mend = "Write it with at least `name` and `time_zone`."
        reading.problems.append(Problem("district.yaml", None, "there is no such file", mend))
        return
    document, found = read_yaml(district / "district.yaml", "district.yaml")
    reading.problems += found
    if document is not None:
        settings, found = validate(document, District)
        reading.problems += found
        reading.district = (document, settings) if settings is not None else None


def _read_schedule(district: Path, reading: _Reading) -> None:
    if not (district / "schedule.yaml").exists():
        reading.schedule = shipped_schedule()
        return
    document, found = read_yaml(district / "schedule.yaml", "schedule.yaml")
    reading.problems += found
    if document is not None:
        schedule, found = validate(document, Schedule)
        reading.problems += found
        if schedule is not None:
            reading.problems += check.schedule_problems(document, schedule)
            reading.schedule = schedule


def _read_recognizers(district: Path, reading: _Reading) -> None:
    if (district / "recognizers.yaml").exists():
        document, found = read_yaml(district / "recognizers.yaml", "recognizers.yaml")
        reading.problems += found
        if document is not None:
            recognizers, found = validate(document, Recognizers)
            reading.problems += found
            reading.recognizers = recognizers or reading.recognizers


def _read_vendors(district: Path, reading: _Reading) -> None:
    folder = district / "vendors"
    if not folder.is_dir():
        reading.problems.append(Problem("vendors/", None, "there is no such folder", "Make it, with one YAML file a party."))
        return
    for path in sorted(folder.iterdir()):
        if path.suffix.casefold() not in (".yaml", ".yml") or path.name.startswith("."):
            continue
        document, found = read_yaml(path, f"vendors/{path.name}")
        reading.problems += found
        vendor = None
        if document is not None:
            vendor, found = validate(document, Vendor)
            reading.problems += found
            if vendor is not None:
                reading.vendors.append(check.VendorFile(document, vendor))
        reading.vendors_broken = reading.vendors_broken or vendor is None


def _read_roster(district: Path, reading: _Reading) -> None:
    """With a broken district.yaml the roster is read by its sourcedIds, to find what else is wrong."""
    student_key = reading.district[1].student_key if reading.district else "sourcedId"
    try:
        reading.roster = read_roster(district / "roster", student_key)
    except RosterError as error:
        reading.problems.append(Problem(error.file, error.line, error.found, error.mend))


def _read_tables(district: Path, reading: _Reading) -> None:
    zone = reading.district[1].zone if reading.district else ZoneInfo("UTC")
    for table in tables.TABLES:
        reading.rows[table.file], found = read_table(district, table, zone)
        reading.problems += found
    rows = reading.rows
    if not reading.vendors_broken:  # else every row about a broken file's party would be called unknown
        known = _party_ids(reading)
        for table in (tables.CONSENTS, tables.REQUESTS, tables.DOCUMENTS, tables.WAIVERS):
            reading.problems += check.unknown_parties(table.file, rows[table.file], known)
        reading.problems += check.unknown_parties("decisions.csv", rows["decisions.csv"], known | _inbox_folders(district))
    if reading.district and reading.roster:
        for table in (tables.CONSENTS, tables.HOLDS, tables.OPT_OUTS, tables.EVENTS):
            reading.problems += check.unknown_students(table.file, rows[table.file], reading.roster)
    if reading.schedule:
        reading.problems += check.unknown_events("events.csv", rows["events.csv"], reading.schedule)
    reading.problems += check.request_ids("requests.csv", rows["requests.csv"])


def _party_ids(reading: _Reading) -> set[str]:
    vendors = [file.vendor for file in reading.vendors]
    return {"district", *(vendor.id for vendor in vendors), *(entry.id for vendor in vendors for entry in vendor.subprocessors)}


def _inbox_folders(district: Path) -> set[str]:
    """Somebody may settle what a field is also for a party that delivers and that nobody registered."""
    inbox = district / "inbox"
    return {path.name for path in inbox.iterdir() if path.is_dir()} if inbox.is_dir() else set()
