"""A tiny district in rows: each test names only what its rule is about, and reads the mart that comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lineage.lake import RunRow, create_tables, lake_schema
from lineage.stage import CONTROLS, build_stage, sql

Row = dict[str, Any]


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True)
class SomeControl:
    control_id: str
    severity: str = "high"
    on: str = "party"
    clause: str = "I.A"
    title: str = "A title."
    law: str = "A law."


CATALOGUE = (
    *(SomeControl(control, "critical") for control in CONTROLS),
    SomeControl("I.A.steps-taken", "medium", "district"),
    *(
        SomeControl(control)
        for control in (
            "I.B.unique-accounts",
            "I.E.consent-verifiable",
            "I.F.coverage",
            "I.F.encryption-256",
            "I.G.upgrade-required",
            "I.H.request-answered",
            "II.C.destroyed-too-early",
            "IV.A.removed-on-termination",
            "IV.D.directory-opt-out",
            "IV.D.ferpa-coppa-rollup",
        )
    ),
)


class MemoryLake:
    """The lake's tables in memory: what the SQL reads, without the cost of DuckLake."""

    def __init__(self, rows: dict[str, list[Row]], purged: Sequence[str | None] = ()) -> None:
        self.rows = rows
        self.purged = purged

    def attach_to(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute("ATTACH ':memory:' AS lake")
        create_tables(con)
        for table, rows in self.rows.items():
            con.register("given", pa.Table.from_pylist(rows, schema=lake_schema(table)))
            con.execute(f"INSERT INTO lake.{table} SELECT *, TIMESTAMP '2026-01-01 12:00:00', NULL FROM given")
            con.unregister("given")
        for delivery in self.purged:
            con.execute("INSERT INTO lake.purges BY NAME SELECT ? AS delivery_id, 'findings' AS what", [delivery])


@dataclass
class Case:
    """Facts and lake rows. Names of subjects, parties and elements stand for themselves; unmentioned columns are NULL."""

    folder: Path
    as_of: str = "2026-06-30"
    facts: list[tuple[str, Row]] = field(default_factory=list)
    lake: dict[str, list[Row]] = field(default_factory=dict)
    settings: Row = field(default_factory=dict)
    purged: list[str | None] = field(default_factory=list)
    counter: int = 0

    # -- the register --

    def add(self, table: str, **row: Any) -> None:
        self.facts.append((table, row))

    def party(self, party_id: str, kind: str = "vendor", domains: Sequence[str] = (), hosted: bool = True, **more: Any) -> None:
        self.add(
            "party", party_id=party_id, name=f"{party_id} Inc.", kind=kind, domains=list(domains), hosted=hosted, has_file=True, **more
        )
        for host in domains:
            self.add("party_host", host=host, party_id=party_id)

    def agreement(
        self,
        party_id: str,
        starts: str = "2025-08-01",
        ends: str | None = "2027-07-31",
        elements: Sequence[str] = ("student_name",),
        purposes: Sequence[str] = ("educational_service",),
        consent: bool = False,
        basis: str = "school_official",
        option: str = "return",
        agreement_id: str | None = None,
        aggregate_only: bool = False,
    ) -> str:
        agreement_id = agreement_id or f"A-{party_id}-{starts}"
        self.add(
            "agreement",
            agreement_id=agreement_id,
            party_id=party_id,
            effective_on=starts,
            expires_on=ends,
            ends_on=ends,
            on_termination=option,
            ferpa_basis=basis,
            consent_required=consent,
            aggregate_only=aggregate_only,
            purposes=list(purposes),
            return_within_days=60,
            destroy_within_days=60,
        )
        for element in elements:
            self.add(
                "authorized_element", agreement_id=agreement_id, party_id=party_id, data_element=element, valid_from=None, valid_to=None
            )
        return agreement_id

    def subject(self, key: str, kind: str = "student", absent_since: str | None = None) -> None:
        self.add("subject", subject_key=key, subject_kind=kind, absent_since=absent_since)

    def consent(self, subject: str, party: str, elements: Sequence[str], given: str, revoked: str | None = None, **more: Any) -> None:
        row = {"relation": "parent", "method": "signed_form", "signer_age": 10} | more
        self.add("consent", subject_key=subject, party_id=party, elements=list(elements), given_on=given, revoked_on=revoked, **row)

    # -- deliveries --

    def file(
        self, delivery: str, kind: str, about: str | None = None, *, as_of: str | None = None, purpose: str | None = None, **more: Any
    ) -> str:
        """A file of `<party>/<date>`; the delivery comes with its first file."""
        party, received = delivery.rsplit("/", 1)
        if delivery not in [row["delivery_id"] for row in self.lake.get("deliveries", [])]:
            self._put(
                "deliveries",
                delivery_id=delivery,
                party_folder=party,
                received_on=day(received),
                files=1,
                bytes=10,
                scanner_version="1",
                content_digest="c",
                context_digest="x",
                new_values=0,
                as_of=day(as_of),
                purpose=purpose,
                systems=[],
            )
        self.counter += 1
        row = {
            "file_id": f"file{self.counter:012d}",
            "delivery_id": delivery,
            "path": f"{kind}/f{self.counter}.csv",
            "kind": kind,
            "about_party": about,
            "format": "har" if kind == "tracking" else "csv",
            "sha256": f"sha{self.counter}",
            "bytes": 10,
            "records": 1,
            "status": "scanned",
            "page_hosts": [],
        } | more
        self._put("files", **row)
        return str(row["file_id"])

    def see(self, file_id: str, subject: str | None, element: str = "student_name", *, on: str | None = None, **more: Any) -> None:
        row = {
            "file_id": file_id,
            "subject_key": subject,
            "subject_kind": "student",
            "data_element": element,
            "pii_class": "direct",
            "seen_on": day(on),
            "field_path": "column",
            "records": 1,
            "confidence": 1.0,
        } | more
        self._put("sightings", delivery_id=self._delivery_of(file_id), **row)

    def put(self, table: str, file_id: str, **row: Any) -> None:
        self._put(table, delivery_id=self._delivery_of(file_id), file_id=file_id, **row)

    def certificate(self, delivery: str, destroyed: str | None, certified: str | None, **more: Any) -> str:
        file_id = self.file(delivery, "destruction")
        copies = [{"kind": kind, "status": "none"} for kind in ("backups", "replicas", "logs", "subprocessors")]
        row = {"systems": [], "datasets": [], "missing": [], "copies": copies} | more
        row["copies"] = [copy | {"expires_on": day(copy.get("expires_on"))} for copy in row["copies"]]
        self.put("certificates", file_id, destroyed_on=day(destroyed), certified_on=day(certified), **row)
        return file_id

    def returned(
        self, delivery: str, sightings: Sequence[tuple[str, str]], rows: int = 1, verified: bool | None = True, records: int = 1
    ) -> str:
        file_id, manifest = self.file(delivery, "return", records=records), self.file(delivery, "return", path="return/manifest.csv")
        self.put("manifest_entries", manifest, line=2, category="all", rows=rows, entry_file_id=file_id, sha256_matches=verified)
        for subject, element in sightings:
            self.see(file_id, subject, element)
        return file_id

    def _delivery_of(self, file_id: str) -> str:
        return next(str(row["delivery_id"]) for row in self.lake["files"] if row["file_id"] == file_id)

    def _put(self, table: str, **row: Any) -> None:
        self.lake.setdefault(table, []).append(row)

    # -- what comes out --

    def build(self, run_id: str = "run-1", previous: Path | None = None, mart: str = "stage.duckdb") -> Mart:
        facts, stage_mart = self.folder / "facts.duckdb", self.folder / mart
        facts.unlink(missing_ok=True)
        with duckdb.connect(str(facts)) as con:
            con.execute(sql("facts"))
            self._write_facts(con, run_id)
        run = RunRow(run_id, datetime(2026, 6, 30, tzinfo=UTC), None, date.fromisoformat(self.as_of), 1, 1, 1, 0, "1")
        build_stage(MemoryLake(self.lake, self.purged), facts, stage_mart, run, previous, CATALOGUE)
        return Mart(facts, stage_mart)

    def _write_facts(self, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
        district = {
            "name": "D",
            "time_zone": "America/Chicago",
            "as_of": self.as_of,
            "run_id": run_id,
            "student_signs_from": 18,
            "minimum_cell_size": 10,
            "minimum_interval_width": 5,
            "directory_information": [],
            "staff_directory": ["staff_name"],
        } | self.settings
        everything: list[tuple[str, Row]] = [
            ("district", district),
            ("party", {"party_id": "district", "name": "D", "kind": "district", "domains": ["district.example"]}),
            ("party_host", {"host": "district.example", "party_id": "district"}),
            ("evidence_intervals", {"kind": "tracking", "days": 365}),
            ("category", {"category": "subsidiary", "rule": "years_after_absence", "years": 3, "is_default": True}),
            ("category", {"category": "vendor_copy", "rule": "days_after_termination", "days": 60, "is_default": False}),
            *self.facts,
        ]
        for table, row in everything:
            con.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


@dataclass(frozen=True)
class Mart:
    facts: Path
    path: Path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as con:
            return con.execute(query).fetchall()

    def fact_rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.facts), read_only=True) as con:
            return con.execute(query).fetchall()

    def flows(self) -> set[tuple[str, str, str, int, bool]]:
        """{(from, to, element, subjects, authorized)}"""
        return set(self.rows("SELECT from_party_id, to_party_id, data_element, subjects, authorized FROM flows"))

    def disclosure(self, subject: str = "s1", to: str = "v", element: str = "student_name", sender: str = "district") -> Row:
        with duckdb.connect(str(self.path), read_only=True) as con:
            cursor = con.execute(
                "SELECT * FROM disclosures WHERE subject_key = ? AND to_party_id = ? AND data_element = ? AND from_party_id = ?",
                [subject, to, element, sender],
            )
            names = [column[0] for column in cursor.description or ()]
            (row,) = cursor.fetchall()
            return dict(zip(names, row, strict=True))

    def verdict(self, control: str, party: str = "v") -> str:
        """As the suites would judge, from the one row of `evaluations`; checks that it counts the rows of `violations`."""
        ((applicable, evaluable, violations, reason),) = self.fact_rows(
            f"SELECT applicable, evaluable, violations, reason FROM evaluations WHERE control_id = '{control}' AND party_id = '{party}'"
        )
        ((listed,),) = self.rows(f"SELECT count(*) FROM violations WHERE control_id = '{control}' AND party_id = '{party}'")
        assert reason
        assert violations == listed
        if not applicable:
            assert not violations
            return "NOT_APPLICABLE"
        if violations:
            assert evaluable
            return "FAIL"
        return "PASS" if evaluable else "INCONCLUSIVE"

    def reason(self, control: str, party: str = "v") -> str:
        return str(self.fact_rows(f"SELECT reason FROM evaluations WHERE control_id = '{control}' AND party_id = '{party}'")[0][0])

    def violations(self, control: str, party: str = "v") -> list[tuple[Any, ...]]:
        return self.rows(
            f"SELECT subject_key, data_element, detail FROM violations WHERE control_id = '{control}' AND party_id = '{party}' ORDER BY ALL"
        )


def small_district(folder: Path) -> Case:
    """Vendors `v` (v.example) and `w` (w.example), subprocessor `sub` (sub.example), students s1 s2 s3 and staff t1."""
    given = Case(folder)
    given.party("v", domains=["v.example"])
    given.party("w", domains=["w.example"])
    given.party("sub", kind="subprocessor", domains=["sub.example"])
    for key in ("s1", "s2", "s3"):
        given.subject(key)
    given.subject("t1", "staff")
    return given
