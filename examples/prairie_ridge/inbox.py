"""The inbox being filled: each file that is delivered, together with what it shows.

A story never writes a file without saying here, beside it, whose data it shows. Which of it is allowed is `truth.py`'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from examples.prairie_ridge.calendar import Calendar
from examples.prairie_ridge.formats import csv_bytes, put, yaml_bytes

T = TypeVar("T")
NEGATIVE = frozenset({"", "n", "no", "false", "0", "none"})


class Sighting(NamedTuple):
    """An element of one subject (a student or staff sourcedId; None where the record resolves to nobody) in one file.

    `seen_on` is the record's own local day, else the delivery's `as_of`, else its date; `received_on` the delivery's date.
    """

    giver: str
    receiver: str
    element: str
    subject_kind: str
    subject: str | None
    seen_on: date
    received_on: date
    kind: str
    source: str
    operation: bool = False


@dataclass(frozen=True)
class Column(Generic[T]):
    """One column of a table: its header, the element a cell shows (None for no element), and its text."""

    header: str
    element: str | None
    text: Callable[[T], str]


def shows(element: str, text: str) -> bool:
    """Whether a cell discloses its element: blanks never do, negative indicators neither."""
    return bool(text.strip()) and not (element.startswith("special.") and text.strip().casefold() in NEGATIVE)


def rows_of(columns: Sequence[Column[T]], items: Iterable[T]) -> list[tuple[str, ...]]:
    """The text rows of a table."""
    return [tuple(column.text(item) for column in columns) for item in items]


def elements_of(columns: Sequence[Column[T]], item: T) -> list[str]:
    """The elements one row shows, each once."""
    return list(dict.fromkeys(c.element for c in columns if c.element and shows(c.element, c.text(item))))


def table(columns: Sequence[Column[T]], items: Iterable[T], **options: Any) -> bytes:
    """The table as CSV; options as in `csv_bytes`."""
    return csv_bytes([column.header for column in columns], rows_of(columns, items), **options)


@dataclass(frozen=True)
class DeliveredFile:
    """A row of the mart's `files`, as far as it is known beforehand."""

    delivery_id: str
    path: str
    status: str


@dataclass(frozen=True)
class Tracker:
    """A cookie or storage item that a capture shows."""

    delivery_id: str
    path: str
    party_id: str
    host: str
    name: str
    storage: str
    third_party: bool
    persistent: bool
    contains_pii: bool
    own_username: bool


@dataclass(frozen=True)
class AggregateFinding:
    """What the audit of an aggregate finds; `table` is the sheet or the file's name without ending; no cell for `grain`."""

    delivery_id: str
    path: str
    table: str
    check_id: str
    cell: str | None


@dataclass(frozen=True)
class Closure:
    """How a party wound up: when the return came and what it holds, when destruction was certified, and when that paper came."""

    returned_on: date
    returned: frozenset[tuple[str, str]]
    """(student, element) pairs in the returned files."""
    destroyed_on: date
    certified_on: date
    certificate_came_on: date


@dataclass
class Inbox:
    """Collects files, sightings and trackers; `write` puts the files under the district folder."""

    calendar: Calendar
    contents: dict[str, bytes] = field(default_factory=dict)
    files: list[DeliveredFile] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    trackers: list[Tracker] = field(default_factory=list)
    deliveries: dict[str, date] = field(default_factory=dict)
    closures: dict[str, Closure] = field(default_factory=dict)
    evidence: set[tuple[str, str, date]] = field(default_factory=set)
    """(party the evidence is of or names, kind, day it came) for everything that was delivered and can be read."""
    storage_shown: set[str] = field(default_factory=set)
    """Parties of which some evidence shows what is stored in a browser, be it nothing."""
    visits_shown: set[str] = field(default_factory=set)
    """Parties of which a capture shows both what is stored and what is sent."""
    followed: set[str] = field(default_factory=set)
    """Parties whose pages pass on a value that was set for a user."""
    audit: list[AggregateFinding] = field(default_factory=list)
    undetermined: list[tuple[str, str, str]] = field(default_factory=list)
    """(delivery, path, field) of every column that only a person can settle."""

    def deliver(self, party: str, days: int, **about: Any) -> Delivery:
        """A party's folder for the day `days` back; keyword arguments become its delivery.yaml (as_of, period_start …)."""
        delivery = Delivery(self, party, self.calendar.back(days), about.get("as_of"))
        self.deliveries[delivery.id] = delivery.received_on
        if about:
            self.contents[f"{delivery.id}/delivery.yaml"] = yaml_bytes(about)
        return delivery

    def write(self, district: Path) -> None:
        """Write every delivered file."""
        for path, content in self.contents.items():
            put(district / "inbox" / path, content)


@dataclass(frozen=True)
class Delivery:
    """One party's folder for one date."""

    inbox: Inbox
    party: str
    received_on: date
    as_of: date | None

    @property
    def id(self) -> str:
        """`<party>/<date>`, the folder within the inbox."""
        return f"{self.party}/{self.received_on}"

    @property
    def dated(self) -> date:
        """The day of records that carry none of their own."""
        return self.as_of or self.received_on

    def file(self, path: str, content: bytes, *, about: Sequence[str] = (), members: Iterable[str] = (), status: str = "scanned") -> None:
        """Add a file; `about` names the parties it is evidence of (default: the delivering one), `members` what an archive holds."""
        self.inbox.contents[f"{self.id}/{path}"] = content
        self.inbox.files.append(DeliveredFile(self.id, path, status))
        self.inbox.files += [DeliveredFile(self.id, f"{path}!/{member}", status) for member in members]
        self.inbox.evidence |= {(party, path.split("/")[0], self.received_on) for party in about or [self.party]}

    def saw(
        self,
        element: str,
        subject: str | None,
        source: str,
        *,
        giver: str = "district",
        receiver: str | None = None,
        subject_kind: str = "student",
        seen_on: date | None = None,
        operation: bool = False,
    ) -> None:
        """Record that a file of this delivery shows an element of a subject at the receiver (default: the delivering party)."""
        kind = source.split("/")[0]
        self.inbox.sightings.append(
            Sighting(
                giver,
                receiver or self.party,
                element,
                subject_kind,
                subject,
                seen_on or self.dated,
                self.received_on,
                kind,
                f"{self.id}/{source}",
                operation,
            )
        )

    def show(
        self,
        source: str,
        columns: Sequence[Column[T]],
        items: Iterable[T],
        subjects: Callable[[T], Sequence[str | None]],
        *,
        givers: Sequence[str] = ("district",),
        receiver: str | None = None,
        subject_kind: str = "student",
    ) -> None:
        """Record what a table shows: each row's elements, for each subject of the row, from each giver."""
        for item in items:
            for element in elements_of(columns, item):
                for subject in subjects(item):
                    for giver in givers:
                        self.saw(element, subject, source, giver=giver, receiver=receiver, subject_kind=subject_kind)


def tracker(
    host: str,
    name: str,
    *,
    storage: str = "cookie",
    third_party: bool = False,
    persistent: bool = False,
    contains_pii: bool = False,
    own_username: bool = False,
) -> dict[str, Any]:
    """One cookie or storage item, for `trackers_of`; `own_username` says that its value is the username of who is signed in."""
    return {
        "host": host,
        "name": name,
        "storage": storage,
        "third_party": third_party,
        "persistent": persistent,
        "contains_pii": contains_pii or own_username,
        "own_username": own_username,
    }


def trackers_of(delivery: Delivery, path: str, party: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Note the cookies and storage items of one capture, which may have none; a HAR without any shows nothing and is not noted."""
    delivery.inbox.storage_shown.add(party)
    if path.endswith(".har"):
        delivery.inbox.visits_shown.add(party)
    for item in items:
        delivery.inbox.trackers.append(Tracker(delivery.id, path, party, **item))
