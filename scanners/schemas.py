"""The shapes that cross the border of this room: what a reader hands to the scan, and what leaves the scan.

Here belong the dataclasses and Arrow schemas and nothing that computes. A `TextTable` holds raw values and never leaves
`scanners`; everything in `RESULTS` is free of them: locations, classes, counts, dates and keyed digests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

Role = Literal["records", "trackers"]


@dataclass(frozen=True)
class TextTable:
    """One table of text as a reader found it.

    `data` has one column a field path, in the file's order, NULL where a record has no such field: strings, or, where values
    repeat, dictionary<int32, string> (in each chunk a dictionary of its own; records only). `times` is the
    records' own time as text (ISO 8601, with an offset where the file gave one), only where the *format* fixes which
    field that is (a HAR entry's `startedDateTime`); otherwise the scan looks for a time column itself. `receiver` is the
    host that received these records, `sender` the host of the page that sent them (captures only).

    A table of role `trackers` has exactly the columns of `TRACKER_COLUMNS`.
    """

    name: str
    data: pa.Table
    times: pa.Array | None = None
    receiver: str | None = None
    sender: str | None = None
    role: Role = "records"
    alone: bool = False  # the file's only table: its name is not needed in front of its field paths

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.data.column_names)

    @property
    def own(self) -> bool:
        """A table of the file itself, not what a reader made of things beside it."""
        return self.role == "records" and self.name not in BESIDE

    @property
    def of_lines(self) -> bool:
        """Lines of a program, whole or with their fields beside the sentence (`readers/machine_lines.py`)."""
        beside = self.times is not None and self.receiver is None and "message" in self.columns and "log.time" not in self.columns
        return self.columns == ("line",) or beside


BESIDE = frozenset(
    [
        "rejected lines",
        "lines around the table",
        "further fields",
        "further statements",
        "properties",
        "comments",
        "beside the cells",
        "deleted rows",
    ]
)
"""Tables that readers make of what stands beside a file's own."""

TRACKER_COLUMNS = ("page_host", "host", "name", "storage", "persistent", "expires_at", "value")


@dataclass(frozen=True)
class ParsedFile:
    """What a reader made of one file (or archive member).

    `status` is `scanned`, `partly_scanned` or `quarantined`; the last two carry a `reason` that names what was missed and
    holds no value from the file. `page_hosts` are the hosts whose pages a capture shows, also where nothing was sent.
    """

    format: str
    tables: tuple[TextTable, ...] = ()
    status: Literal["scanned", "partly_scanned", "quarantined"] = "scanned"
    reason: str | None = None
    page_hosts: tuple[str, ...] = ()


FILES = pa.schema(
    [
        ("file_id", pa.string()),
        ("delivery_id", pa.string()),
        ("path", pa.string()),  # relative to the delivery, roster names redacted, members after `!/`
        ("kind", pa.string()),  # export, sent, aggregate, log … (`sent/<to>` is kind `sent`, about_party `<to>`)
        ("about_party", pa.string()),  # the party folder below the kind: receiver of `sent`, subject of the district's evidence
        ("format", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("records", pa.int64()),
        ("status", pa.string()),  # scanned, partly_scanned, quarantined (`duplicate` is derived in the mart)
        ("reason", pa.string()),
        ("first_on", pa.date32()),  # span of the records' own times, NULL where they have none
        ("last_on", pa.date32()),
        ("page_hosts", pa.list_(pa.string())),
    ]
)

FIELDS = pa.schema(
    [
        ("file_id", pa.string()),
        ("field_path", pa.string()),
        ("records", pa.int64()),
        ("distinct_values", pa.int64()),
        ("data_element", pa.string()),
        ("pii_class", pa.string()),
        ("subject_kind", pa.string()),  # student, guardian, staff, unknown
        ("confidence", pa.float64()),
    ]
)

FINDINGS = pa.schema(
    [
        ("file_id", pa.string()),
        ("field_path", pa.string()),
        ("data_element", pa.string()),
        ("pii_class", pa.string()),
        ("subject_kind", pa.string()),
        ("entity_type", pa.string()),
        ("detector", pa.string()),
        ("occurrences", pa.int64()),
        ("distinct_values", pa.int64()),
        ("subjects", pa.int64()),
        ("confidence", pa.float64()),
        ("rationale", pa.string()),
    ]
)

SIGHTINGS = pa.schema(
    [  # one row a file, subject (or token, or neither), element, day, receiver, sender: this file shows this about that person
        ("file_id", pa.string()),
        ("subject_key", pa.string()),  # NULL: resolved by nobody yet
        ("token", pa.string()),  # keyed digest of a party's own id, where subject_key is NULL and the row has one
        ("subject_kind", pa.string()),  # student, staff; unknown where unresolved and undecided
        ("data_element", pa.string()),
        ("pii_class", pa.string()),
        ("seen_on", pa.date32()),  # the record's own day in the district's time zone; NULL: the delivery's as_of or date
        ("receiver_host", pa.string()),  # a host that the record shows receiving it; NULL: the holder of the file
        ("sender_host", pa.string()),  # the page's host, captures only
        ("purpose", pa.string()),  # of the record itself (access logs); NULL: the delivery's
        ("field_path", pa.string()),
        ("derivation", pa.string()),  # NULL as is; else md5, sha1, sha256, base64, …
        ("records", pa.int64()),
        ("confidence", pa.float64()),
    ]
)

CROSSWALK = pa.schema(
    [  # a party's own ids: this token stood in a row with this student (NULL: in rows without a resolved one)
        ("file_id", pa.string()),
        ("field_path", pa.string()),
        ("token", pa.string()),
        ("subject_key", pa.string()),
        ("records", pa.int64()),
    ]
)

TRACKERS = pa.schema(
    [
        ("file_id", pa.string()),
        ("page_host", pa.string()),
        ("host", pa.string()),
        ("name", pa.string()),  # redacted where it matches the roster
        ("storage", pa.string()),
        ("persistent", pa.bool_()),
        ("expires_on", pa.date32()),
        ("contains_pii", pa.bool_()),
        ("data_elements", pa.list_(pa.string())),
        ("set_on", pa.date32()),  # the day of the record that shows it; NULL: the delivery's
        ("value_digest", pa.string()),  # keyed; NULL for short values
        ("identifying", pa.bool_()),  # the value is long and odd enough to tell one browser from another
    ]
)

TRACKER_SENDS = pa.schema(
    [  # a capture shows a host receiving the value (or an identifying part of it) of an item of TRACKERS in the same file
        ("file_id", pa.string()),
        ("value_digest", pa.string()),  # the item's
        ("host", pa.string()),  # the receiver
        ("field_path", pa.string()),  # where in the request, redacted
        ("sent_on", pa.date32()),  # NULL: the delivery's
    ]
)

AGGREGATE_AUDITS = pa.schema(
    [  # a finding of the disclosure audit of one table
        ("file_id", pa.string()),
        ("table_name", pa.string()),  # redacted, as are the labels in `cell`
        ("verdict", pa.string()),  # FAIL, INCONCLUSIVE
        ("check_id", pa.string()),  # grain, small_cell …
        ("cell", pa.string()),  # the row's key values and the column, joined with ` / `; NULL: the table as a whole
        ("value_low", pa.float64()),
        ("value_high", pa.float64()),
        ("witness", pa.string()),  # why the cell is known, with the numbers that show it
    ]
)

CERTIFICATES = pa.schema(
    [  # one destruction certificate; `missing` lists required fields that are blank
        ("file_id", pa.string()),
        ("party", pa.string()),
        ("agreement", pa.string()),
        ("systems", pa.list_(pa.string())),
        ("datasets", pa.list_(pa.string())),
        ("rows", pa.int64()),
        ("method", pa.string()),
        ("destroyed_on", pa.date32()),
        ("certified_on", pa.date32()),
        ("missing", pa.list_(pa.string())),
        (
            "copies",
            pa.list_(
                pa.struct(
                    [
                        ("kind", pa.string()),
                        ("status", pa.string()),
                        ("system", pa.string()),
                        ("expires_on", pa.date32()),
                    ]
                )
            ),
        ),
    ]
)

MANIFEST_ENTRIES = pa.schema(
    [  # one line of a return's manifest
        ("file_id", pa.string()),  # the manifest's
        ("line", pa.int64()),
        ("category", pa.string()),
        ("rows", pa.int64()),
        ("entry_file_id", pa.string()),  # the file it names, NULL where the delivery has none
        ("sha256_matches", pa.bool_()),  # NULL where the manifest gives no checksum or there is no file
    ]
)

PROBES = pa.schema(
    [  # keyed hashes of what a file could be matched by: whether a change of the roster can touch it (`scanners/probes.py`)
        ("file_id", pa.string()),
        ("hashes", pa.binary()),  # sorted, 8 bytes each, little-endian; NULL: too many to tell
    ]
)

RESULTS = {
    "files": FILES,
    "fields": FIELDS,
    "findings": FINDINGS,
    "sightings": SIGHTINGS,
    "crosswalk": CROSSWALK,
    "trackers": TRACKERS,
    "tracker_sends": TRACKER_SENDS,
    "aggregate_audits": AGGREGATE_AUDITS,
    "certificates": CERTIFICATES,
    "manifest_entries": MANIFEST_ENTRIES,
    "probes": PROBES,
}
"""Every table that leaves the scan, by name; the lake has one table each."""


@dataclass(frozen=True)
class DeliveryResult:
    """All that one delivery's scan leaves: the delivery's own row and one Arrow table for each name in `RESULTS`."""

    delivery_id: str
    party_folder: str  # the folder's name: a registered party, `district`, or one that nobody registered
    received_on: str  # ISO day of the folder
    files: int
    bytes: int
    scanner_version: str
    content_digest: str  # of paths, sizes and hashes: changed when the folder has changed
    context_digest: str  # keyed, of decisions and settings the scan depended on
    new_values: int
    as_of: str | None = None
    period_start: str | None = None
    period_end: str | None = None
    systems: tuple[str, ...] = ()
    purpose: str | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    roster_digest: str = ""  # keyed, of the roster the scan matched with, or of a later one that cannot have changed anything in it
