"""What leaves the scan of one file: its fields, findings, sightings and own ids, added up over the parts it came in, as rows.

A large file is scanned a part (some rows) at a time. Here the parts' counts are added, each field's verdict is remembered for the
parts to come (`Settled`), and rows are made of the sums. What a part shows is found in `scan`; nothing is matched or classified here
but columns that an earlier part has settled.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from scanners import vocabulary
from scanners.classify import Evidence, Verdict, with_elements
from scanners.codes import elements_of
from scanners.columns import Column
from scanners.redact import Redactor
from scanners.roster_index import Hit, RosterIndex
from scanners.schemas import SIGHTINGS
from scanners.sightings import Sighting, Table, keyed
from scanners.tokens import Tokens

Row = dict[str, object]
Add = Callable[[str, Iterable[Row] | pa.Table], None]
Key = tuple[str, int]
"""A table of a file: its name, and its place among those of that name."""

EXACT_DISTINCT = 1 << 20
NO_VALUES = Column("", np.empty(0, np.int32), (), "")
"""In place of a column whose values are counted and gone."""


class Distinct:
    """How many distinct values a column holds, over all parts: exact up to a million, then estimated from the smallest hashes.

    Source: Bar-Yossef et al. 2002, "Counting distinct elements in a data stream" (k minimum values; error about 0.1 %). Hashes are
    unkeyed and die with the scan.
    """

    def __init__(self, limit: int = EXACT_DISTINCT) -> None:
        self._limit = limit
        self._first: tuple[str, ...] | None = None
        self._hashes: npt.NDArray[np.uint64] | None = None

    def add(self, values: tuple[str, ...]) -> None:
        if self._first is None and self._hashes is None:
            self._first = values
            return
        self._hashes = np.union1d(self.seal(), _hashed(values))[: self._limit]

    def seal(self) -> npt.NDArray[np.uint64]:
        """Hashes in place of values, where another part will come."""
        if self._hashes is None:
            self._hashes, self._first = _hashed(self._first or ()), None
        return self._hashes

    @property
    def count(self) -> int:
        if self._hashes is None:
            return len(self._first or ())
        if len(self._hashes) < self._limit:
            return len(self._hashes)
        return round((self._limit - 1) / (float(self._hashes[-1]) / 2**64))


def _hashed(values: tuple[str, ...]) -> npt.NDArray[np.uint64]:
    if not values:
        return np.empty(0, np.uint64)
    hashes: npt.NDArray[np.uint64] = np.unique(pd.util.hash_array(np.array(values, dtype=object), categorize=False))
    return hashes


@dataclass(frozen=True)
class Settled:
    """What an earlier part of the file settled a column as; `attributes` are those its values were accepted by."""

    meaning: str
    role: str | None
    confidence: float
    attributes: frozenset[str]
    evidence: tuple[Evidence, ...]
    several: bool = False  # flags of several elements

    @classmethod
    def of(cls, verdict: Verdict) -> Settled:
        attributes = frozenset(h.group for found in verdict.hits for h in found)
        nothing = np.empty(0, bool)
        return cls(
            verdict.meaning,
            verdict.role,
            verdict.confidence,
            attributes,
            tuple(replace(e, accepted=nothing) for e in verdict.evidence),
            bool(verdict.elements),
        )

    def applied(self, verdict: Verdict, index: RosterIndex) -> Verdict:
        """The verdict of a column that this part alone could not settle."""
        if self.several:
            elements = elements_of(verdict.column, fewest=1)
            return with_elements(verdict, elements) if elements else verdict
        values = verdict.column.values
        hits: tuple[tuple[Hit, ...], ...] = ()
        flags = np.ones(len(values), bool)
        if self.attributes:
            hits = tuple(tuple(h for h in index.hits(v) if h.group in self.attributes) for v in values)
            flags = np.array([bool(found) for found in hits])
        evidence = tuple(replace(e, accepted=flags) for e in self.evidence)
        return replace(
            verdict, meaning=self.meaning, role=self.role, confidence=self.confidence, hits=hits, evidence=evidence, decided=True
        )


@dataclass
class EvidenceSum:
    """One detector's findings in a field. The rationale is that of the part in which it found most."""

    occurrences: int = 0
    distinct: int = 0
    confidence: float = 0.0
    rationale: str = ""
    most: int = -1
    parts: int = 0

    def add(self, evidence: Evidence, column: Column) -> None:
        accepted = int(evidence.accepted.sum())
        self.occurrences += column.occurrences(evidence.accepted)
        self.distinct += accepted
        self.confidence = max(self.confidence, evidence.confidence)
        self.parts += 1
        if accepted > self.most:
            self.most, self.rationale = accepted, evidence.rationale

    def told(self, parts: int) -> str:
        """The rationale; of a file in parts it says whose counts these are."""
        return self.rationale if parts == 1 else f"in {self.parts:,} of {parts:,} parts of the file, in one of them: {self.rationale}"


@dataclass
class FieldSum:
    """One field path of a table."""

    path: str
    own: bool  # a column of the file; else won from one
    about_students: bool = False
    verdict: Verdict | None = None  # the first that settled it, else the last; without its values
    identifies: bool = False
    records: int = 0
    open_records: int = 0  # in parts that did not settle it
    distinct: Distinct = field(default_factory=Distinct)
    evidence: dict[tuple[str, str, str | None], EvidenceSum] = field(default_factory=dict)

    @property
    def settled_by_people(self) -> bool:
        return any(detector == "decision" for detector, _, _ in self.evidence)

    @property
    def identifies_people(self) -> bool:
        return self.identifies and self.verdict is not None and self.verdict.decided and self.verdict.meaning != "none"

    def add(self, verdict: Verdict, about_students: bool) -> None:
        column = verdict.column
        self.records += column.records
        self.distinct.add(column.values)
        self.about_students |= about_students
        self.identifies |= verdict.identifies
        if self.verdict is None or not self.verdict.decided:
            self.verdict = replace(verdict, column=NO_VALUES, hits=(), evidence=())
        if not verdict.decided:
            self.open_records += column.records
        for evidence in verdict.evidence:
            self.evidence.setdefault((evidence.detector, evidence.entity_type, evidence.element), EvidenceSum()).add(evidence, column)


@dataclass
class TableSum:
    """One table of a file, all parts of it."""

    sender: str | None
    fields: dict[str, FieldSum] = field(default_factory=dict)
    counts: dict[Sighting, int] = field(default_factory=lambda: defaultdict(int))
    crosswalk: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))
    settled: dict[str, Settled] = field(default_factory=dict)
    parts: int = 0
    new_values: int = 0

    def add(self, table: Table, tokens: Tokens, plain_columns: Sequence[Column], last: bool) -> None:
        """Add one part. `last`: no other is to come, so that nothing needs to be remembered for it."""
        own = {id(c) for c in plain_columns}
        self.parts += 1
        self.new_values += sum(len(c.values) for c in plain_columns)
        for verdict in tokens.verdicts:
            path = verdict.column.path
            it = self.fields.setdefault(path, FieldSum(path, id(verdict.column) in own))
            it.add(verdict, table.about_students)
            if not last:
                it.distinct.seal()
                known_as = verdict.column.known_as
                if verdict.decided and (known_as or path not in self.settled):
                    self._settle(known_as or path, Settled.of(verdict))
        for sighting, records in table.counts.items():
            self.counts[sighting] += records
        for one in tokens.crosswalk:
            self.crosswalk[(one.field_path, one.token, one.person)] += one.records

    def _settle(self, path: str, settled: Settled) -> None:
        """Remember the first verdict on a column; of one that is several fields, what the values of all were accepted by."""
        first = self.settled.setdefault(path, settled)
        if first.meaning == settled.meaning and not settled.attributes <= first.attributes:
            self.settled[path] = replace(first, attributes=first.attributes | settled.attributes)

    @property
    def settled_late(self) -> bool:
        """Was a field settled only after a part that could not?"""
        return self.parts > 1 and any(it.open_records and it.path in self.settled for it in self.fields.values())


class UniquePaths:
    """Field paths of one file, redacted, each used once: a repeated one gets `#2`."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self.used: Counter[str] = Counter()

    def name(self, path: str) -> str:
        shown = self.redactor.path(path)
        self.used[shown] += 1
        return shown if self.used[shown] == 1 else f"{shown}#{self.used[shown]}"


def rows_of(
    it: TableSum,
    file_id: str,
    paths: UniquePaths,
    index: RosterIndex,
    classes: Mapping[str, str],
    add: Add,
) -> None:
    """Give a table's rows to `add(table of RESULTS, rows)`."""
    shown: dict[str, str] = {}
    by_field: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in it.counts:
        by_field[sighting.field_path].append(sighting)
    for each in it.fields.values():
        seen = by_field.get(each.path, [])
        if each.verdict is None or not (each.own or seen or each.settled_by_people or each.identifies_people):
            continue
        shown[each.path] = paths.name(each.path)
        _field_rows(it, each, each.verdict, seen, shown[each.path], file_id, classes, add)
    columns = keyed(it.counts, lambda person: index.keys[person], classes)
    many = len(columns["records"])
    columns |= {"file_id": [file_id] * many, "sender_host": [it.sender] * many, "purpose": [None] * many}
    columns["field_path"] = [shown.get(str(path), "") for path in columns["field_path"]]
    add("sightings", pa.table({name: columns[name] for name in SIGHTINGS.names}, schema=SIGHTINGS))
    add(
        "crosswalk",
        (
            {
                "file_id": file_id,
                "field_path": shown.get(path, ""),
                "token": token,
                "subject_key": index.keys[person] if person >= 0 else None,
                "records": records,
            }
            for (path, token, person), records in it.crosswalk.items()
        ),
    )


def _field_rows(
    it: TableSum,
    each: FieldSum,
    verdict: Verdict,
    seen: list[Sighting],
    shown: str,
    file_id: str,
    classes: Mapping[str, str],
    add: Add,
) -> None:
    slug, kind = _of_field(it, each, verdict, seen)
    pii_class = classes.get(slug, "none") if slug != "none" else "none"
    strongest = max((e.confidence for e in each.evidence.values()), default=0.0)
    confidence = verdict.confidence if slug != "none" and verdict.decided else strongest
    common: Row = {"file_id": file_id, "field_path": shown, "data_element": slug, "pii_class": pii_class, "subject_kind": kind}
    add("fields", [{**common, "records": each.records, "distinct_values": each.distinct.count, "confidence": round(confidence, 3)}])
    add(
        "findings",
        (
            {
                **common,
                **({"data_element": element, "pii_class": classes.get(element, "none")} if element else {}),
                "entity_type": entity,
                "detector": detector,
                "occurrences": found.occurrences,
                "distinct_values": found.distinct if it.parts == 1 else min(found.distinct, each.distinct.count),
                "subjects": len({s.person for s in seen if s.person >= 0 and element in (None, s.element)}),
                "confidence": round(found.confidence, 3),
                "rationale": found.told(it.parts),
            }
            for (detector, entity, element), found in each.evidence.items()
        ),
    )


def _of_field(it: TableSum, each: FieldSum, verdict: Verdict, seen: list[Sighting]) -> tuple[str, str]:
    """The slug and subject kind that most of the field's sightings have; without sightings, what the verdict says."""
    if verdict.decided and verdict.meaning == "none":
        return "none", "unknown"
    slugs: Counter[tuple[str, str]] = Counter()
    for sighting in seen:
        slugs[(sighting.element, sighting.kind)] += it.counts[sighting]
    if slugs:
        slug, kind = slugs.most_common(1)[0][0]
        return slug, "guardian" if slug.startswith("guardian") else kind
    if verdict.decided:
        slug = vocabulary.element(verdict.meaning, verdict.role or "student")
        return slug, verdict.role or ("student" if each.about_students else "unknown")
    names = sum(found.distinct for (detector, _, _), found in each.evidence.items() if detector in ("spacy", "context"))
    if names >= 2:
        return ("student_name", "student") if each.about_students else ("other", "unknown")
    return "none", "unknown"
