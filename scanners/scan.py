"""The scan of a delivery: a pure function from its files and a context to Arrow tables of findings, sightings and facts.

`scan_delivery` reads no register, no key file and no clock: the roster index, the keyed functions, decisions and settings come
in `ScanContext`. Readers run in child processes (`sandbox`); raw values live from there to the end of `_scan_table`.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from importlib.metadata import version
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from scanners import evidence_facts, probes, records, vocabulary
from scanners.aggregate import AuditSettings
from scanners.aggregate.traits import traits_of
from scanners.classify import Evidence, Flags, Verdict, classify
from scanners.columns import Column, columns_of
from scanners.corroborate import by_rows
from scanners.decisions import Decision, about_field, about_file
from scanners.derived import derived_columns
from scanners.detectors.columns import ColumnRecognizers
from scanners.gather import Key, Settled, TableSum, UniquePaths, rows_of
from scanners.header import words
from scanners.identity import RowSubjects, distinct_pairs, name_columns, resolve, resolve_by_mention
from scanners.intake import Delivery, InboxFile, content_digest
from scanners.oneroster import Person
from scanners.prose import Analyzer, Reading, partly, read
from scanners.published import Parts, Publication, Release, owner_of
from scanners.redact import Redactor
from scanners.roster_index import RosterIndex
from scanners.sandbox import Member, read_files
from scanners.schemas import RESULTS, DeliveryResult, ParsedFile, TextTable
from scanners.sightings import Table, count, count_mentions, held_as_well, open_rows
from scanners.tokens import Tokens, own_ids
from scanners.trackers import sent_values, tracker_rows
from scanners.web_requests import by_request

SCANNER_VERSION = version("hallpass")
STUDENT_WORDS = frozenset({"student", "pupil", "learner", "child", "children", "kid", "scholar"})
STUDENT_MEANINGS = ("enrollment.grade_level", "enrollment.homeroom", "enrollment.graduation_year", "id.local", "id.state", "special.")
MACHINE_MADE = frozenset({"log", "tracking"})
MACHINE_WORDS = frozenset(
    [
        "communications", "survey", "student_work", "transportation", "program_membership", "enrollment.program", "enrollment.homeroom",
        "photo_audio_video", "conduct", "biometric", "special.medical", "demographics.language", "address", "geolocation",
    ]
)  # fmt: skip
TABLES_KEPT = frozenset({"return", "destruction"})
"""Kinds whose tables are evidence that is read as a whole (`evidence_facts`)."""


Row = dict[str, object]
Reader = Callable[[Sequence[InboxFile]], Iterable[tuple[InboxFile, Iterable[Member]]]]


@dataclass(frozen=True)
class ScanContext:
    """All that a scan depends on besides the files; `digest` is keyed and changes when any of it does.

    `token(purpose, *parts)` is a keyed digest, `party_of_host` the register's owner of a host (None: nobody's), `classes` the PII
    class of each element, `analyzer` makes the analyzer of prose when it is first needed.
    """

    index: RosterIndex
    token: Callable[..., str]
    classes: Mapping[str, str]
    zone: ZoneInfo
    as_of: date
    analyzer: Callable[[], Analyzer]
    digest: str
    decisions: tuple[Decision, ...] = ()
    party_of_host: Callable[[str], str | None] = lambda host: None
    scanner_version: str = SCANNER_VERSION
    minimum_cell_size: int = 10
    minimum_interval_width: int = 5
    probe_key: bytes = b""  # without one a scan leaves no probes
    recognizers: ColumnRecognizers = field(default_factory=ColumnRecognizers)  # the district's own

    @cached_property
    def audit_settings(self) -> AuditSettings:
        """Of the audit of aggregates: the district's, how many students it and each school and grade has, and what points at a student."""
        people = self.index.people
        return AuditSettings(self.minimum_cell_size, enrollment(people), self.minimum_interval_width, traits_of(people))


def enrollment(people: Iterable[Person]) -> frozenset[int]:
    """How many students the district, each of its schools and each grade has."""
    students = [p for p in people if p.kind == "student"]
    groups = Counter(g for p in students for g in (*(("school", s) for s in p.schools), *(("grade", s) for s in p.grades)))
    return frozenset({len(students), *groups.values()})


@dataclass
class _Gathered:
    """The rows of one delivery, by result table."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in RESULTS})
    tables: dict[str, list[pa.Table]] = field(default_factory=lambda: {name: [] for name in RESULTS})
    new_values: int = 0

    def add(self, table: str, rows: Iterable[Row] | pa.Table) -> None:
        if isinstance(rows, pa.Table):
            self.tables[table].append(rows)
        else:
            self.rows[table].extend(rows)

    def arrow(self) -> dict[str, pa.Table]:
        return {
            name: pa.concat_tables([*self.tables[name], pa.Table.from_pylist(rows, schema=RESULTS[name])])
            for name, rows in self.rows.items()
        }


@dataclass
class _FileScan:
    """One file (or member of an archive) while its parts come in. `tables` are the sums of each of its tables."""

    source: InboxFile
    member: Member  # the latest part, without its tables
    file_id: str
    settled: Mapping[Key, dict[str, Settled]]  # what an earlier pass over the file has settled
    tables: dict[Key, TableSum] = field(default_factory=dict)
    rows: list[tuple[str, list[Row]]] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    page_hosts: dict[str, None] = field(default_factory=dict)
    probes: list[probes.Hashes] = field(default_factory=list)
    published: dict[Key, Parts] = field(default_factory=dict)  # of kind aggregate: the tables, until the whole delivery is read
    records: int = 0
    problem: str | None = None


def scan_delivery(
    delivery: Delivery,
    files: Sequence[InboxFile],
    context: ScanContext,
    reader: Reader = read_files,
    releases: Sequence[Release] = (),
) -> DeliveryResult:
    """Scan all files of one delivery. Never raises for what is in a file: that ends as a status with a reason.

    `releases` are earlier deliveries, oldest first, whose tables this one's that are called aggregate are compared with.
    """
    gathered = _Gathered()
    redactor = Redactor(context.index)
    publication = Publication(delivery.received_on.isoformat())
    pending: list[tuple[InboxFile, Member, str]] = []
    for inbox_file, members in reader(files):
        for scan in _scan_file(delivery, inbox_file, members, context, redactor, reader):
            pending.append((inbox_file, scan.member, scan.file_id))
            _leave(delivery, scan, context, redactor, gathered)
            for parts in scan.published.values():
                publication.add(scan.file_id, owner_of(delivery, inbox_file), scan.member.path, parts)
    if publication.tables:
        gathered.add("aggregate_audits", publication.rows(releases, context.audit_settings, context.index, reader))
        if context.probe_key:  # what those tables match is part of what this delivery shows
            held = [_probes(columns_of(t), [], [t.name, *t.columns], context) for t in publication.compared]
            gathered.add("probes", [{"file_id": publication.tables[0].file, "hashes": probes.packed(h)} for h in held])
    evidence_facts.add(gathered.add, pending, {member.path: file_id for _, member, file_id in pending})
    return DeliveryResult(
        delivery.delivery_id,
        delivery.party_folder,
        delivery.received_on.isoformat(),
        len(files),
        sum(f.bytes for f in files),
        context.scanner_version,
        content_digest(files),
        context.digest,
        gathered.new_values,
        _iso(delivery.meta.as_of),
        _iso(delivery.meta.period_start),
        _iso(delivery.meta.period_end),
        delivery.meta.systems,
        delivery.meta.purpose,
        gathered.arrow(),
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _scan_file(
    delivery: Delivery, source: InboxFile, members: Iterable[Member], context: ScanContext, redactor: Redactor, reader: Reader
) -> list[_FileScan]:
    """An inbox file and its members. Where a later part settled a field that an earlier one could not, it is read once more."""
    scans = _one_pass(delivery, source, members, {}, context, redactor)
    if any(table.settled_late for scan in scans for table in scan.tables.values()):
        settled = {scan.member.path: {key: table.settled for key, table in scan.tables.items()} for scan in scans}
        for _, again in reader([source]):
            return _one_pass(delivery, source, again, settled, context, redactor)
    return scans


def _one_pass(
    delivery: Delivery,
    source: InboxFile,
    members: Iterable[Member],
    settled: Mapping[str, Mapping[Key, dict[str, Settled]]],
    context: ScanContext,
    redactor: Redactor,
) -> list[_FileScan]:
    scans: dict[str, _FileScan] = {}
    for member in members:
        file_id = context.token("file", delivery.delivery_id, member.path)[:24]
        scan = scans.setdefault(member.path, _FileScan(source, member, file_id, settled.get(member.path, {})))
        with collector_off():
            _scan_part(delivery, scan, member, context, redactor)
    return list(scans.values())


@contextmanager
def collector_off() -> Iterator[None]:
    """Without Python's search for cycles, which walks all those objects over and over and took a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _scan_part(delivery: Delivery, scan: _FileScan, member: Member, context: ScanContext, redactor: Redactor) -> None:
    """Scan the tables of a file's only part, or of one of several, into the sums of the file."""
    source, parsed = scan.source, member.parsed
    party = _issuer(delivery, source, parsed.page_hosts, context)
    seen: Counter[str] = Counter()
    names = [] if member.part else _naming_columns(parsed.tables, context.index)
    decisions = _decisions_on(delivery, source, member.path, context, redactor)
    for table in (*_alone(parsed), *names):
        if table.role == "trackers":
            rows = tracker_rows(table, context.index, context.zone, context.token)
            scan.rows.append(("trackers", [{"file_id": scan.file_id, **row} for row in rows]))
            scan.probes.append(_probes(columns_of(table), [], [table.name], context))
            continue
        key = (table.name, seen[table.name])
        seen[table.name] += 1
        scan.records += 0 if table in names else table.data.num_rows
        total = scan.tables.setdefault(key, TableSum(table.sender))
        try:
            settled = scan.settled.get(key) or total.settled
            scanned = _scan_table(delivery, source, member.path, table, party, settled, decisions, context, redactor)
            total.add(scanned.table, scanned.tokens, scanned.columns, member.last)
            scan.probes.append(scanned.probes)
            scan.problem = scanned.problem or scan.problem
            scan.days |= scanned.table.days.present() if scanned.table.days else set()
            if source.kind == "aggregate" and table not in names and table.own:
                scan.published.setdefault(key, Parts()).add(table, scanned.subjects.student)
        except (ValueError, KeyError, IndexError, TypeError, MemoryError) as error:
            scan.problem = f"a table could not be scanned: {type(error).__name__}"
    scan.rows.append(("tracker_sends", [*_sends(parsed.tables, scan.file_id, context, redactor)]))
    scan.page_hosts |= dict.fromkeys(parsed.page_hosts)
    kept = parsed.tables if source.kind in TABLES_KEPT else ()
    scan.member = replace(member, parsed=replace(parsed, tables=kept))


def _naming_columns(tables: Sequence[TextTable], index: RosterIndex) -> list[TextTable]:
    """The names of columns that mention somebody of the roster (a pivoted grade book, a first row taken for a header), as a table."""
    names = list(dict.fromkeys(name for table in tables if table.role == "records" for name in table.columns))
    naming = [name for name, mentions in zip(names, index.mentions_of(names), strict=True) if mentions]
    return [TextTable("column names", pa.table({"column": pa.array(naming, pa.string())}))] if naming else []


def _leave(delivery: Delivery, scan: _FileScan, context: ScanContext, redactor: Redactor, gathered: _Gathered) -> None:
    """Give what a file showed to the delivery's results."""
    paths = UniquePaths(redactor)
    for table in scan.tables.values():
        if scan.source.kind == "log":
            held_as_well(table.counts)
        rows_of(table, scan.file_id, paths, context.index, context.classes, gathered.add)
        gathered.new_values += table.new_values
    for name, rows in scan.rows:
        gathered.add(name, rows)
    if context.probe_key:
        held = np.unique(np.concatenate([_probes([], [], [scan.member.path], context), *scan.probes]))
        gathered.add("probes", [{"file_id": scan.file_id, "hashes": probes.packed(held)}])
    source, member, parsed = scan.source, scan.member, scan.member.parsed
    status, reason = parsed.status, "; ".join(dict.fromkeys(r for r in (source.reason, parsed.reason) if r)) or None
    if scan.problem:
        status, reason = "partly_scanned", "; ".join(r for r in (reason, scan.problem) if r)
    gathered.add(
        "files",
        [
            {
                "file_id": scan.file_id,
                "delivery_id": delivery.delivery_id,
                "path": redactor.path(member.path),
                "kind": source.kind,
                "about_party": source.about_party,
                "format": parsed.format,
                "sha256": member.sha256,
                "bytes": member.bytes,
                "records": scan.records,
                "status": status,
                "reason": reason,
                "first_on": min(scan.days, default=None),
                "last_on": max(scan.days, default=None),
                "page_hosts": list(scan.page_hosts),
            }
        ],
    )


def _sends(tables: Sequence[TextTable], file_id: str, context: ScanContext, redactor: Redactor) -> Iterable[Row]:
    """The receivers of the identifying values of a capture's own cookies and storage items."""
    trackers = [t for t in tables if t.role == "trackers"]
    requests = [t for t in tables if t.role == "records"]
    for it in sent_values(trackers, requests, context.zone, context.token):
        yield {
            "file_id": file_id,
            "value_digest": it.digest,
            "host": it.host,
            "field_path": redactor.path(it.path),
            "sent_on": it.day,
        }


def _alone(parsed: ParsedFile) -> list[TextTable]:
    """The tables; a sheet, table or array that is the only one of its file is marked so. A capture's endpoints keep their names."""
    own = [t for t in parsed.tables if t.own]
    if len(own) != 1 or parsed.format == "har":
        return list(parsed.tables)
    return [replace(t, alone=t is own[0]) for t in parsed.tables]


def _issuer(delivery: Delivery, source: InboxFile, page_hosts: Sequence[str], context: ScanContext) -> str:
    """The party whose own ids a file holds: the folder's, or in the district's evidence the one it is about."""
    if delivery.party_folder != "district":
        return delivery.party_folder
    owners = [owner for host in page_hosts if (owner := context.party_of_host(host))]
    return source.about_party if source.about_party and source.kind != "sent" else next(iter(owners), "district")


@dataclass(frozen=True)
class _Scanned:
    """One table (or one part of it), counted."""

    table: Table
    tokens: Tokens
    columns: list[Column]
    subjects: RowSubjects
    probes: probes.Hashes
    problem: str | None = None  # a detector that did not finish


def _scan_table(
    delivery: Delivery,
    source: InboxFile,
    path: str,
    table: TextTable,
    party: str,
    settled: Mapping[str, Settled],
    decisions: tuple[Decision, ...],
    context: ScanContext,
    redactor: Redactor,
) -> _Scanned:
    """Classify a table's columns, resolve its rows and count what it shows about whom."""
    index, rows = context.index, table.data.num_rows
    plain_columns = columns_of(table)
    inner = [d for c in plain_columns for d in derived_columns(c)]
    verdicts = classify([*plain_columns, *inner], index)
    if source.kind in MACHINE_MADE:
        verdicts = [_machines_word(v, source.kind) for v in verdicts]
    if source.kind == "log" and table.of_lines:
        verdicts = _lines_words(verdicts)
    if source.kind == "tracking" and _own_site(table, context):
        verdicts = [_undecided(v) if v.meaning == "application.cookie" else v for v in verdicts]
    verdicts = [_as_before(v, settled, index) for v in verdicts]
    if table.receiver is None:
        verdicts = by_request(verdicts, plain_columns, index)
    verdicts = [_decided(v, decisions, redactor) for v in verdicts]
    read_by = [context.recognizers.read(v) for v in verdicts]
    verdicts = [v for v, _ in read_by]
    subjects = resolve(verdicts, index, rows)
    verdicts = by_rows(verdicts, subjects, index)
    about_students = _about_students(verdicts, subjects, path, table.name)
    readings = [
        r
        for v in verdicts
        if (r := read(v, index, context.analyzer, _may_name(v, table, source.kind), _said_before(v, table, source.kind)))
    ]
    resolve_by_mention(subjects, readings, index)
    verdicts = [_by_prose(v, readings) for v in verdicts]
    tokens = own_ids(verdicts, subjects, party, context.token)
    days = records.days(table, plain_columns, source.kind, context.zone, delivery.received_on)
    receivers = records.receivers(table, plain_columns, source.kind)
    counted = Table(index, rows, subjects, days, receivers, tokens.of_rows, about_students)
    nobody = open_rows(counted, tokens.verdicts)
    count(counted, [_without_rows(v, nobody) for v in _receiving(tokens.verdicts, source.kind)])
    for reading in readings:
        count_mentions(counted, reading)
    held = _probes([*plain_columns, *inner], verdicts, [table.name, *table.columns], context)
    return _Scanned(counted, tokens, plain_columns, subjects, held, partly([g for _, g in read_by], readings))


def _probes(columns: Sequence[Column], verdicts: list[Verdict], names: Sequence[str], context: ScanContext) -> probes.Hashes:
    """What these columns could be matched by: their cells, the names that two of them make, the columns' own names."""
    if not context.probe_key:
        return probes.EMPTY
    cells = (probe for column in columns for probe in probes.of_values(column.values))
    pairs = (probe for given, family in name_columns(verdicts) for probe in probes.of_pairs(distinct_pairs(given.column, family.column)[0]))
    return probes.hashed(chain(probes.of_values(names), cells, pairs), context.probe_key)


def _as_before(verdict: Verdict, settled: Mapping[str, Settled], index: RosterIndex) -> Verdict:
    """What the rows of this part leave open is what other parts of the file have settled."""
    known = None if verdict.decided or not verdict.column.values else settled.get(verdict.column.path)
    return known.applied(verdict, index) if known else verdict


def _may_name(verdict: Verdict, table: TextTable, kind: str) -> bool:
    """Whether to look for people of no roster: nobody is named in captures, nor in a program's lines but where a field says so."""
    if kind == "log" and table.of_lines:
        hint = verdict.column.hint
        return hint.role is not None or hint.meaning in (*vocabulary.NAME, "id.provider", "id.username")
    return kind != "tracking"


def _machines_word(verdict: Verdict, kind: str) -> Verdict:
    """In logs and captures a single word (`message`, `route`, `response`, `lang`) is the machine's, not the student's."""
    ambiguous = verdict.meaning in MACHINE_WORDS or (kind == "tracking" and verdict.meaning == "application.usage")
    if ambiguous and not verdict.identifies and verdict.column.hint.strength < 2 and verdict.column.hint.role is None:
        return _undecided(verdict)
    return verdict


def _lines_words(verdicts: list[Verdict]) -> list[Verdict]:
    """A program's `user`, `level` or `score`, by its word alone, is no student's, where no field of its lines identifies anybody.

    Its `user` or `account` never is: sshd's are whatever strangers have tried.
    """
    somebody = any(v.identifies for v in verdicts)
    return [
        _undecided(v)
        if v.decided
        and not v.identifies
        and v.column.hint.role is None
        and v.column.hint.strength < 2
        and all(e.detector == "header" for e in v.evidence)
        and (not somebody or v.meaning.startswith("id."))
        else v
        for v in verdicts
    ]


def _said_before(verdict: Verdict, table: TextTable, kind: str) -> str:
    """What a program's sentence said before a field that was taken out of it; empty for any other field."""
    if kind == "log" and table.of_lines and not verdict.column.parent and verdict.column.header not in ("line", "message"):
        return f"{verdict.column.header.replace('_', ' ')}: "
    return ""


def _undecided(verdict: Verdict) -> Verdict:
    return replace(verdict, meaning="none", decided=False, confidence=0.0, evidence=(), elements=())


def _own_site(table: TextTable, context: ScanContext) -> bool:
    """Does the page send to its own site? A session cookie that goes home is how a log-in works, not something told to anybody."""
    sender, receiver = table.sender, table.receiver
    if sender is None or receiver is None or sender == receiver:
        return True
    owner = context.party_of_host(receiver)
    return owner is not None and owner == context.party_of_host(sender)


# -- decisions and prose ----------------------------------------------------------------------------------------------------


def _decisions_on(delivery: Delivery, source: InboxFile, path: str, context: ScanContext, redactor: Redactor) -> tuple[Decision, ...]:
    """The decisions on this file. The district's own evidence is settled under `district` or under the party it is about."""
    if not context.decisions:
        return ()
    about = [source.about_party] if delivery.party_folder == "district" and source.about_party else []
    paths = [shown for name in dict.fromkeys((path, redactor.path(path))) for shown in (name, f"{delivery.received_on}/{name}")]
    return about_file(context.decisions, [delivery.party_folder, *about], paths, context.as_of)


def _decided(verdict: Verdict, decisions: tuple[Decision, ...], redactor: Redactor) -> Verdict:
    """A person's decision wins over the detectors until its day."""
    path = verdict.column.path
    decision = about_field(decisions, path, redactor.path(path)) if decisions else None
    if decision is None:
        return verdict
    flags = np.ones(len(verdict.column.values), bool)
    evidence = Evidence("decision", "DECISION", flags, f"decided: {decision.data_element}", 1.0)
    hits = verdict.hits if decision.data_element != "none" else ()
    return replace(verdict, meaning=decision.data_element, confidence=1.0, hits=hits, evidence=(evidence,), decided=True, elements=())


def _by_prose(verdict: Verdict, readings: list[Reading]) -> Verdict:
    """The verdict with what prose found in its column."""
    reading = next((r for r in readings if r.verdict is verdict), None)
    if reading is None:
        return verdict
    return replace(verdict, evidence=(*verdict.evidence, *reading.evidence))


# -- what the table is about --------------------------------------------------------------------------------------------------


def _about_students(verdicts: list[Verdict], subjects: RowSubjects, path: str, name: str) -> bool:
    """Do this table's unresolved rows mean students? By its resolved rows, its headers, its own name."""
    students, staff = int((subjects.student >= 0).sum()), int(((subjects.staff >= 0) & (subjects.student < 0)).sum())
    if staff > students:
        return False
    if students and students >= 0.2 * len(subjects.student):
        return True
    if any(v.decided and (v.role == "student" or v.meaning.startswith(STUDENT_MEANINGS)) for v in verdicts):
        return True
    return bool(STUDENT_WORDS & {w.removesuffix("s") for w in (*words(path), *words(name))})


def _receiving(verdicts: list[Verdict], kind: str) -> list[Verdict]:
    """Only in a log does a URL inside a value show that its host received it; elsewhere it is just text that the party holds."""
    if kind == "log":
        return verdicts
    return [replace(v, column=replace(v.column, receivers=None)) if v.column.receivers else v for v in verdicts]


def _without_rows(verdict: Verdict, rows: Flags) -> Verdict:
    if not rows.any():
        return verdict
    return replace(verdict, column=replace(verdict.column, codes=np.where(rows, -1, verdict.column.codes)))


__all__ = ["SCANNER_VERSION", "Decision", "ScanContext", "scan_delivery"]
