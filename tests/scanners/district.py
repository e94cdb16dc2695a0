"""A hand-made roster and a scan of hand-made tables, for the tests of this folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from lineage.elements import elements
from scanners.detectors.found import Finds
from scanners.intake import Delivery, InboxFile
from scanners.oneroster import Person, Roster
from scanners.roster_index import RosterIndex
from scanners.sandbox import Member
from scanners.scan import Decision, ScanContext, scan_delivery
from scanners.schemas import DeliveryResult, ParsedFile, TextTable


def student(number: int, given: str, family: str, **more: object) -> Person:
    base = Person(
        sourced_id=f"90{number:05d}",
        key_id=f"90{number:05d}",
        kind="student",
        given=given,
        family=family,
        username=f"{given[0].lower()}{family.lower()[:6]}{number:02d}",
        emails=(f"{given.lower()}.{family.lower()}{number}@pr.example",),
        birth_date=date(2010, 1 + number % 12, 1 + number % 28),
        local_ids=((f"90{number:05d}", "sourcedId"),),
        grades=(str(4 + number % 5),),
        schools=("Mason Elementary",),
    )
    return replace(base, **more)  # type: ignore[arg-type]


STUDENTS = (
    student(1, "Aaliyah", "Jorgensen", guardians=("G1",)),
    student(2, "Mateo", "Okafor", guardians=("G2",), phones=("402-555-0102",)),
    student(3, "Priya", "Natarajan", guardians=("G1",)),
    student(4, "Declan", "Whitcomb", middle="James"),
    student(5, "Zoë", "O'Rourke-Díaz", preferred_given="Zo"),
    student(6, "Tomás", "Villanueva"),
    student(7, "Emily", "Chen", birth_date=date(2011, 3, 9), grades=("3",)),
    student(8, "Emily", "Chen", birth_date=date(2012, 6, 20), grades=("5",)),
    student(9, "Jordan", "Mason"),
    student(10, "Hana", "Sato"),
)
GUARDIANS = (
    Person(
        "G1",
        "G1",
        "guardian",
        "Ingrid",
        "Jorgensen",
        emails=("ingrid.j@mail.example",),
        phones=("(402) 555-0177",),
        wards=("9000001", "9000003"),
    ),
    Person("G2", "G2", "guardian", "Chidi", "Okafor", emails=("chidi@mail.example",), phones=("402.555.0188",), wards=("9000002",)),
)
STAFF = (
    Person(
        "T1",
        "T1",
        "staff",
        "Carol",
        "Lindqvist",
        emails=("carol.lindqvist@pr.example",),
        username="clindqvist",
        local_ids=(("T1", "sourcedId"),),
    ),
    Person("T2", "T2", "staff", "Jordan", "Mason", emails=("jordan.mason@pr.example",), username="jmason"),
)
ROSTER = Roster((*STUDENTS, *GUARDIANS, *STAFF), orgs=("Mason Elementary", "Prairie Ridge Public Schools"))


def token(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), key=b"test", digest_size=16).hexdigest()


def key(person: Person | int) -> str:
    own = person if isinstance(person, Person) else STUDENTS[person - 1]
    return f"{own.kind}:{own.key_id.casefold()}"


class NoProse:
    """The analyzer for tests that need none: it must not be asked."""

    fewest_digits = 5

    def analyze(self, texts: Sequence[str]) -> Iterator[Finds]:
        return iter([Finds() for _ in texts])


def context(decisions: tuple[Decision, ...] = (), roster: Roster = ROSTER, owners: dict[str, str] | None = None) -> ScanContext:
    return ScanContext(
        RosterIndex.build(roster, lambda kind, own: f"{kind}:{own}"),
        token,
        {slug: e.pii_class for slug, e in elements().items()},
        ZoneInfo("America/Chicago"),
        date(2026, 11, 24),
        NoProse,
        "digest",
        decisions,
        (owners or {}).get,
    )


def table(rows: list[dict[str, str | None]], name: str = "", **more: object) -> TextTable:
    columns = list(dict.fromkeys(c for row in rows for c in row))
    return TextTable(name, pa.table({c: pa.array([row.get(c) for row in rows], pa.string()) for c in columns}), **more)  # type: ignore[arg-type]


def scan(
    *tables: TextTable,
    kind: str = "export",
    path: str | None = None,
    party: str = "vendor",
    about: str | None = None,
    context_: ScanContext | None = None,
    roster: Roster = ROSTER,
) -> DeliveryResult:
    """The result of a delivery of one file that holds these tables."""
    relative = path or f"{kind}/data.csv"
    source = InboxFile(Path("/nowhere"), relative, kind, about, 10, "00")
    member = Member(relative, "00", 10, ParsedFile("csv", tuple(tables)), None)
    delivery = Delivery(f"{party}/2026-09-01", party, date(2026, 9, 1), Path("/nowhere"))
    return scan_delivery(delivery, [source], context_ or context(roster=roster), lambda files: iter([(source, [member])]))


def fields(result: DeliveryResult) -> dict[str, str]:
    """field path → data element."""
    return {row["field_path"]: row["data_element"] for row in result.tables["fields"].to_pylist()}


def seen(result: DeliveryResult) -> set[tuple[str | None, str]]:
    """(subject key, data element) of all sightings."""
    return {(row["subject_key"], row["data_element"]) for row in result.tables["sightings"].to_pylist()}
