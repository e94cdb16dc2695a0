"""The scan of a delivery: a pure function from its files and a context to Arrow tables of findings, sightings and facts.

`scan_delivery` reads no register, no key file and no clock: the roster index, the keyed functions, decisions and settings come
in `ScanContext`. Readers run in child processes (`sandbox`); raw values live from there to the end of `_scan_table`.
"""

from __future__ import annotations

import fnmatch
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from scanners import evidence_facts, shapes, vocabulary
from scanners.aggregate import AuditFinding, AuditSettings, audit
from scanners.classify import Evidence, Flags, Verdict, classify
from scanners.columns import Column, columns_of
from scanners.corroborate import by_rows
from scanners.derived import derived_columns
from scanners.fold import line_day, local_day
from scanners.header import listed, words
from scanners.identity import RowSubjects, resolve
from scanners.intake import Delivery, InboxFile, content_digest
from scanners.prose import Analyzer, Reading, read
from scanners.redact import Redactor
from scanners.roster_index import RosterIndex
from scanners.sandbox import Member, read_files
from scanners.schemas import RESULTS, DeliveryResult, ParsedFile, TextTable
from scanners.sightings import Sighting, Table, count, count_mentions, keyed, open_rows
from scanners.tokens import OwnId, Tokens, own_ids
from scanners.trackers import sent_values, tracker_rows

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
TIMED_KINDS = frozenset({"log", "tracking", "access-log"})
LONGEST_LABEL = 80

Row = dict[str, object]
Reader = Callable[[Sequence[InboxFile]], Iterable[tuple[InboxFile, list[Member]]]]


@dataclass(frozen=True)
class Decision:
    """A person's word on what a field is (`decisions.csv`); `data_element` is a slug or `none`."""

    party_id: str
    path: str
    field_path: str
    data_element: str
    until: date | None = None


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

    @cached_property
    def audit_settings(self) -> AuditSettings:
        """Of the audit of aggregates: the smallest cell, and how many students the district, each school and each grade has."""
        students = [p for p in self.index.people if p.kind == "student"]
        groups = Counter(g for p in students for g in (*(("school", s) for s in p.schools), *(("grade", s) for s in p.grades)))
        return AuditSettings(self.minimum_cell_size, frozenset({len(students), *groups.values()}))


@dataclass
class _Gathered:
    """The rows of one delivery, by result table."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in RESULTS})
    new_values: int = 0

    def add(self, table: str, rows: Iterable[Row]) -> None:
        self.rows[table].extend(rows)

    def arrow(self) -> dict[str, pa.Table]:
        return {name: pa.Table.from_pylist(rows, schema=RESULTS[name]) for name, rows in self.rows.items()}


def scan_delivery(delivery: Delivery, files: Sequence[InboxFile], context: ScanContext, reader: Reader = read_files) -> DeliveryResult:
    """Scan all files of one delivery. Never raises for what is in a file: that ends as a status with a reason."""
    gathered = _Gathered()
    redactor = Redactor(context.index)
    ids: dict[str, str] = {}
    pending: list[tuple[InboxFile, Member, str]] = []
    for inbox_file, members in reader(files):
        for member in members:
            file_id = context.token("file", delivery.delivery_id, member.path)[:24]
            ids[member.path] = file_id
            pending.append((inbox_file, member, file_id))
            _scan_member(delivery, inbox_file, member, file_id, context, redactor, gathered)
    evidence_facts.add(gathered.add, pending, ids)
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


def _scan_member(
    delivery: Delivery, source: InboxFile, member: Member, file_id: str, context: ScanContext, redactor: Redactor, gathered: _Gathered
) -> None:
    parsed = member.parsed
    spans: list[date] = []
    paths = _UniquePaths(redactor)
    party = _issuer(delivery, source, parsed.page_hosts, context)
    status, reason = parsed.status, "; ".join(dict.fromkeys(r for r in (source.reason, parsed.reason) if r)) or None
    for table in _alone(parsed):
        if table.role == "trackers":
            gathered.add(
                "trackers", ({"file_id": file_id, **row} for row in tracker_rows(table, context.index, context.zone, context.token))
            )
            continue
        try:
            spans += _scan_table(delivery, source, member.path, table, file_id, party, context, paths, gathered)
        except (ValueError, KeyError, IndexError, TypeError, MemoryError) as error:
            status, reason = "partly_scanned", f"a table could not be scanned: {type(error).__name__}"
    gathered.add("tracker_sends", _sends(parsed.tables, file_id, context, redactor))
    gathered.add(
        "files",
        [
            {
                "file_id": file_id,
                "delivery_id": delivery.delivery_id,
                "path": redactor.path(member.path),
                "kind": source.kind,
                "about_party": source.about_party,
                "format": parsed.format,
                "sha256": member.sha256,
                "bytes": member.bytes,
                "records": sum(t.data.num_rows for t in parsed.tables if t.role == "records"),
                "status": status,
                "reason": reason,
                "first_on": min(spans, default=None),
                "last_on": max(spans, default=None),
                "page_hosts": list(parsed.page_hosts),
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


def _audit(table: TextTable, path: str, subjects: RowSubjects, file_id: str, context: ScanContext, redactor: Redactor) -> Iterable[Row]:
    """What the disclosure audit finds in a table that is called aggregate; labels that match the roster are not shown."""
    name = redactor.path(table.name or PurePosixPath(path).stem)
    for finding in audit(table, subjects.student.tolist(), context.audit_settings):
        yield _audit_row(finding, redactor) | {"file_id": file_id, "table_name": name}


def _audit_row(finding: AuditFinding, redactor: Redactor) -> Row:
    labels = [redactor.path(label)[:LONGEST_LABEL] for label in finding.cell]
    return {
        "verdict": finding.verdict,
        "check_id": finding.check_id,
        "cell": " / ".join(labels) or None,
        "value_low": finding.low,
        "value_high": finding.high,
        "witness": redactor.path(finding.witness),
    }


BESIDE = frozenset(
    ["rejected lines", "lines around the table", "further fields", "properties", "comments", "beside the cells", "deleted rows"]
)
"""Tables that readers make of what stands beside a file's own."""


def _alone(parsed: ParsedFile) -> list[TextTable]:
    """The tables; a sheet, table or array that is the only one of its file is marked so. A capture's endpoints keep their names."""
    own = [t for t in parsed.tables if t.role == "records" and t.name not in BESIDE]
    if len(own) != 1 or parsed.format == "har":
        return list(parsed.tables)
    return [replace(t, alone=t is own[0]) for t in parsed.tables]


def _issuer(delivery: Delivery, source: InboxFile, page_hosts: Sequence[str], context: ScanContext) -> str:
    """The party whose own ids a file holds: the folder's, or in the district's evidence the one it is about."""
    if delivery.party_folder != "district":
        return delivery.party_folder
    owners = [owner for host in page_hosts if (owner := context.party_of_host(host))]
    return source.about_party if source.about_party and source.kind != "sent" else next(iter(owners), "district")


def _scan_table(
    delivery: Delivery,
    source: InboxFile,
    path: str,
    table: TextTable,
    file_id: str,
    party: str,
    context: ScanContext,
    paths: _UniquePaths,
    gathered: _Gathered,
) -> list[date]:
    """Scan one table and gather what it shows; returns the days of its records."""
    index, rows = context.index, table.data.num_rows
    plain_columns = columns_of(table)
    inner = [d for c in plain_columns for d in derived_columns(c)]
    verdicts = classify([*plain_columns, *inner], index)
    if source.kind in MACHINE_MADE:
        verdicts = [_machines_word(v, source.kind) for v in verdicts]
    if source.kind == "tracking" and _own_site(table, context):
        verdicts = [_undecided(v) if v.meaning == "application.cookie" else v for v in verdicts]
    verdicts = [_decided(v, delivery, source, path, context) for v in verdicts]
    subjects = resolve(verdicts, index, rows)
    verdicts = by_rows(verdicts, subjects, index)
    about_students = _about_students(verdicts, subjects, path, table.name)
    reads_names = source.kind != "tracking" and not (source.kind == "log" and table.columns == ("line",))
    readings = [r for v in verdicts if (r := read(v, index, context.analyzer, reads_names))]
    _resolve_by_mention(subjects, readings, index)
    verdicts = [_by_prose(v, readings) for v in verdicts]
    tokens = own_ids(verdicts, subjects, party, context.token)
    days = _days(table, plain_columns, source.kind, context.zone, delivery.received_on)
    counted = Table(index, rows, subjects, days, _receivers(table, plain_columns, source.kind), tokens.of_rows, about_students)
    nobody = open_rows(counted, tokens.verdicts)
    count(counted, [_without_rows(v, nobody) for v in _receiving(tokens.verdicts, source.kind)])
    for reading in readings:
        count_mentions(counted, reading)
    if source.kind == "log":
        _held_as_well(counted)
    _gather(counted, tokens, readings, table, plain_columns, file_id, context, paths, gathered)
    if source.kind == "aggregate":
        gathered.add("aggregate_audits", _audit(table, path, subjects, file_id, context, paths.redactor))
    return [d for d in set(days or ()) if d]


def _machines_word(verdict: Verdict, kind: str) -> Verdict:
    """In logs and captures a single word (`message`, `route`, `response`, `lang`) is the machine's, not the student's."""
    ambiguous = verdict.meaning in MACHINE_WORDS or (kind == "tracking" and verdict.meaning == "application.usage")
    if ambiguous and not verdict.identifies and verdict.column.hint.strength < 2 and verdict.column.hint.role is None:
        return _undecided(verdict)
    return verdict


def _undecided(verdict: Verdict) -> Verdict:
    return replace(verdict, meaning="none", decided=False, confidence=0.0, evidence=())


def _own_site(table: TextTable, context: ScanContext) -> bool:
    """Does the page send to its own site? A session cookie that goes home is how a log-in works, not something told to anybody."""
    sender, receiver = table.sender, table.receiver
    if sender is None or receiver is None or sender == receiver:
        return True
    owner = context.party_of_host(receiver)
    return owner is not None and owner == context.party_of_host(sender)


# -- decisions and prose ----------------------------------------------------------------------------------------------------


def _decided(verdict: Verdict, delivery: Delivery, source: InboxFile, path: str, context: ScanContext) -> Verdict:
    """A person's decision wins over the detectors until its day."""
    party = source.about_party if delivery.party_folder == "district" and source.about_party else delivery.party_folder
    for decision in context.decisions:
        if (
            decision.party_id == party
            and decision.field_path == verdict.column.path
            and (decision.until is None or context.as_of <= decision.until)
            and (fnmatch.fnmatch(path, decision.path) or fnmatch.fnmatch(f"{delivery.received_on}/{path}", decision.path))
        ):
            flags = np.ones(len(verdict.column.values), bool)
            evidence = Evidence("decision", "DECISION", flags, f"decided: {decision.data_element}", 1.0)
            hits = verdict.hits if decision.data_element != "none" else ()
            return replace(verdict, meaning=decision.data_element, confidence=1.0, hits=hits, evidence=(evidence,), decided=True)
    return verdict


def _resolve_by_mention(subjects: RowSubjects, readings: list[Reading], index: RosterIndex) -> None:
    """A row with no subject whose prose names exactly one student is about that student."""
    named: dict[int, set[int]] = defaultdict(set)
    for reading in readings:
        students = [{h.person for h in m if index.people[h.person].kind == "student"} for m in reading.mentions]
        if any(students):
            for row in np.flatnonzero((reading.verdict.column.codes >= 0) & (subjects.student < 0)).tolist():
                named[row] |= students[int(reading.verdict.column.codes[row])]
    for row, people in named.items():
        if len(people) == 1 and row not in subjects.others:
            subjects.student[row] = next(iter(people))
            subjects.certainty[row] = 0.8


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


def _days(table: TextTable, columns: list[Column], kind: str, zone: ZoneInfo, received_on: date) -> list[date | None] | None:
    """The day of each record by its own time, where the kind has one: logs and captures, and what was sent with a time of sending."""
    if table.times is not None:
        return [local_day(t, zone) if t else None for t in table.times.to_pylist()]
    if kind == "log" and table.columns == ("line",):
        return [line_day(line, zone, received_on) if line else None for line in table.data.column(0).to_pylist()]
    if kind in TIMED_KINDS:
        column = _timed(columns, "times", zone)
    else:
        column = _timed(columns, "sent_times", zone) if kind == "sent" else None
    if column is None:
        return None
    days = [local_day(v, zone) for v in column.values]
    return [days[code] if code >= 0 else None for code in column.codes.tolist()]


def _timed(columns: list[Column], words_: str, zone: ZoneInfo) -> Column | None:
    """The column of the record's own time: the most telling header whose values are times."""
    named = [(position, c) for c in columns if (position := listed(c.header, words_)) is not None and c.values]
    times = [(p, i, c) for i, (p, c) in enumerate(named) if shapes.share(c.values[:200], lambda v: local_day(v, zone) is not None) >= 0.8]
    return min(times, key=lambda t: t[:2])[2] if times else None


def _receivers(table: TextTable, columns: list[Column], kind: str) -> list[str | None] | None:
    """The host that received each record: the capture's, or a log's column of destinations."""
    if table.receiver:
        return [table.receiver] * table.data.num_rows
    if kind != "log":
        return None
    named = [(p, i, c) for i, c in enumerate(columns) if (p := listed(c.header, "destinations")) is not None and c.values]
    hosts = [(p, i, c) for p, i, c in named if shapes.share(c.values, lambda v: shapes.is_host(v) or shapes.is_url(v)) >= 0.5]
    if not hosts:
        return None
    column = min(hosts, key=lambda t: t[:2])[2]
    own = [_host(v) for v in column.values]
    return [own[code] if code >= 0 else None for code in column.codes.tolist()]


def _host(value: str) -> str | None:
    bare = value.strip().lower().split("://")[-1].split("/")[0].split("@")[-1].split(":")[0]
    return bare if shapes.is_host(bare) else None


def _held_as_well(counted: Table) -> None:
    """A log that shows a transfer holds the value itself, too."""
    for sighting, records in list(counted.counts.items()):
        if sighting.receiver is not None and (held := replace(sighting, receiver=None)) not in counted.counts:
            counted.add(held, records)


def _receiving(verdicts: list[Verdict], kind: str) -> list[Verdict]:
    """Only in a log does a URL inside a value show that its host received it; elsewhere it is just text that the party holds."""
    if kind == "log":
        return verdicts
    return [replace(v, column=replace(v.column, receivers=None)) if v.column.receivers else v for v in verdicts]


def _without_rows(verdict: Verdict, rows: Flags) -> Verdict:
    if not rows.any():
        return verdict
    return replace(verdict, column=replace(verdict.column, codes=np.where(rows, -1, verdict.column.codes)))


# -- what leaves ----------------------------------------------------------------------------------------------------------------


class _UniquePaths:
    """Field paths of one file, redacted, each used once: a repeated one gets `#2`."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.used: Counter[str] = Counter()

    def name(self, path: str) -> str:
        shown = self.redactor.path(path)
        self.used[shown] += 1
        return shown if self.used[shown] == 1 else f"{shown}#{self.used[shown]}"


def _gather(
    table: Table,
    tokens: Tokens,
    readings: list[Reading],
    source: TextTable,
    plain_columns: list[Column],
    file_id: str,
    context: ScanContext,
    paths: _UniquePaths,
    gathered: _Gathered,
) -> None:
    shown: dict[str, str] = {}
    by_field: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in table.counts:
        by_field[sighting.field_path].append(sighting)
    own = {id(c) for c in plain_columns}
    for verdict in tokens.verdicts:
        seen = by_field.get(verdict.column.path, [])
        if (
            id(verdict.column) not in own
            and not (verdict.decided and verdict.meaning != "none" and (seen or verdict.identifies))
            and not seen
        ):
            continue
        shown[verdict.column.path] = paths.name(verdict.column.path)
        _gather_field(verdict, seen, shown[verdict.column.path], file_id, table, context, gathered)
    rows = keyed(table, lambda person: table.index.keys[person], context.classes)
    for row in rows:
        row |= {"file_id": file_id, "sender_host": source.sender, "purpose": None, "field_path": shown.get(str(row["field_path"]), "")}
    gathered.add("sightings", (r for r in rows if r["subject_key"] is not None or r["subject_kind"] != "staff"))
    gathered.add("crosswalk", [_crosswalk_row(own_id, shown, file_id, table.index) for own_id in tokens.crosswalk])
    gathered.new_values += sum(len(c.values) for c in plain_columns)


def _crosswalk_row(own: OwnId, shown: Mapping[str, str], file_id: str, index: RosterIndex) -> Row:
    key = index.keys[own.person] if own.person >= 0 else None
    place = shown.get(own.field_path, "")
    return {"file_id": file_id, "field_path": place, "token": own.token, "subject_key": key, "records": own.records}


def _gather_field(
    verdict: Verdict, seen: list[Sighting], shown: str, file_id: str, table: Table, context: ScanContext, gathered: _Gathered
) -> None:
    column = verdict.column
    slug, kind = _of_field(verdict, seen, table)
    pii_class = context.classes.get(slug, "none") if slug != "none" else "none"
    confidence = verdict.confidence if slug != "none" and verdict.decided else max((e.confidence for e in verdict.evidence), default=0.0)
    common: Row = {"file_id": file_id, "field_path": shown, "data_element": slug, "pii_class": pii_class, "subject_kind": kind}
    gathered.add(
        "fields", [{**common, "records": column.records, "distinct_values": len(column.values), "confidence": round(confidence, 3)}]
    )
    subjects = len({s.person for s in seen if s.person >= 0})
    for evidence in verdict.evidence:
        gathered.add(
            "findings",
            [
                {
                    **common,
                    "entity_type": evidence.entity_type,
                    "detector": evidence.detector,
                    "occurrences": column.occurrences(evidence.accepted),
                    "distinct_values": int(evidence.accepted.sum()),
                    "subjects": subjects,
                    "confidence": round(evidence.confidence, 3),
                    "rationale": evidence.rationale,
                }
            ],
        )


def _of_field(verdict: Verdict, seen: list[Sighting], table: Table) -> tuple[str, str]:
    """The slug and subject kind that most of the field's sightings have; without sightings, what the verdict says."""
    if verdict.decided and verdict.meaning == "none":
        return "none", "unknown"
    slugs: Counter[tuple[str, str]] = Counter()
    for sighting in seen:
        slugs[(sighting.element, sighting.kind)] += table.counts[sighting]
    if slugs:
        slug, kind = slugs.most_common(1)[0][0]
        return slug, "guardian" if slug.startswith("guardian") else kind
    if verdict.decided:
        slug = vocabulary.element(verdict.meaning, verdict.role or "student")
        return slug, verdict.role or ("student" if table.about_students else "unknown")
    names = sum(int(e.accepted.sum()) for e in verdict.evidence if e.detector == "spacy")
    if names >= 2:
        return ("student_name", "student") if table.about_students else ("other", "unknown")
    return "none", "unknown"


__all__ = ["SCANNER_VERSION", "Decision", "ScanContext", "scan_delivery"]
