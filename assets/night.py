"""One night's work in plain functions: which deliveries need a scan, and the scan of them. Knows nothing of Dagster.

Put here what happens *inside* a run and is called by an asset, a sensor or a test alike. When it runs belongs in
`automation.py`, how it is shown in the assets, and what it finds in the rooms.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from assets.releases import Releases
from assets.rosters import matched_people, roster_token, rows_of, untouched
from hallpass.errors import Refused
from hallpass.home import claim
from hallpass.keys import Keys, open_keys
from hallpass.settings import Settings
from lineage.chain import Entry, extend
from lineage.lake import Known, Lake, RunRow
from lineage.register import Register, load_district
from scanners.ahead import ReadAhead
from scanners.detectors.columns import ColumnRecognizers
from scanners.detectors.rampart import installed
from scanners.intake import DISTRICT, Delivery, InboxFile, NotYet, content_digest, discover, inventory
from scanners.oneroster import Roster
from scanners.probes import Matched
from scanners.prose import Analyzer
from scanners.redact import Redactor
from scanners.roster_index import RosterIndex
from scanners.sandbox import read_files
from scanners.scan import SCANNER_VERSION, Decision, Reader, ScanContext, scan_delivery
from scanners.schemas import DeliveryResult

BATCH = 16
"""Deliveries a lake commit: few enough that a killed night loses minutes, many enough that a night is few snapshots."""

WORTH_READING_AHEAD = 16 * 1024 * 1024
"""Bytes of all deliveries of a night."""

Happened = Literal["scanned", "skipped", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What happened to one delivery tonight: counts, and the class of an error, never its text."""

    delivery_id: str
    happened: Happened
    files: int = 0
    bytes: int = 0
    new_values: int = 0
    error: str | None = None


@dataclass(frozen=True)
class Left:
    """What lies in the inbox and is no delivery of this night. `place` never names a file: its name can be a person's."""

    place: str
    state: Literal["later", "being_written", "problem"]
    reason: str

    @classmethod
    def of(cls, it: NotYet) -> Left:
        """The delivery's folder, or for a stray file the party's."""
        parts = it.place.split("/")
        return cls("/".join(parts if it.state != "problem" else parts[:-1]), it.state, it.reason)


class Progress:
    """Who watches a run; this one does not. Counts and names of steps, no values."""

    def delivery(self, outcome: Outcome, done: int, total: int) -> None:
        """After each delivery."""

    def step(self, sentence: str) -> None:
        """When a part of the night begins, or has to wait."""


@dataclass
class Night:
    """The inputs of one run, read once and only when somebody asks: a night of the mart alone never reads the scanners' models."""

    settings: Settings
    keys: Keys
    run_id: str
    progress: Progress = field(default_factory=Progress)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    defects: int = 0
    problem: str | None = None
    published: bool = False
    _inventories: dict[str, list[InboxFile]] = field(default_factory=dict)
    _untouched: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, settings: Settings, run_id: str, progress: Progress | None = None) -> Night:
        return cls(settings=settings, keys=open_keys(settings.key_file), run_id=run_id, progress=progress or Progress())

    def claimed(self) -> Night:
        """Make sure that this home is this district's, before its lake is opened. Call it under the lock."""
        claim(self.settings, self.register.district.name, self.as_of.isoformat())
        return self

    @cached_property
    def _district(self) -> tuple[Register, Roster]:
        """Raises RegisterErrors with all that is wrong in the folder, the roster's errors too."""
        return load_district(self.settings.district)

    @property
    def register(self) -> Register:
        return self._district[0]

    @property
    def roster(self) -> Roster:
        return self._district[1]

    @cached_property
    def as_of(self) -> date:
        return self.settings.day(self.register.district.time_zone)

    @property
    def facts(self) -> Path:
        return self.settings.stage / "facts.duckdb"

    @property
    def stage_mart(self) -> Path:
        return self.settings.stage / "mart.duckdb"

    @property
    def previous_mart(self) -> Path | None:
        return self.settings.mart if self.settings.mart.exists() else None

    def fresh(self, database: Path) -> None:
        """Remove what an earlier night, perhaps a killed one, left in the stage."""
        for left in database.parent.glob(f"{database.name}*"):
            left.unlink()

    def run_row(self, finished: bool = False) -> RunRow:
        """The row of this run in the table `runs`; its counts are of what was scanned tonight."""
        scanned = [outcome for outcome in self.outcomes.values() if outcome.happened == "scanned"]
        return RunRow(
            run_id=self.run_id,
            started_at=self.started_at,
            finished_at=datetime.now(UTC) if finished else None,
            as_of=self.as_of,
            deliveries=len(scanned),
            files=sum(outcome.files for outcome in scanned),
            bytes=sum(outcome.bytes for outcome in scanned),
            new_values=sum(outcome.new_values for outcome in scanned),
            scanner_version=SCANNER_VERSION,
        )

    @cached_property
    def lake(self) -> Lake:
        return Lake(self.settings.lake)

    def seal(self) -> Entry:
        """This night's entry in the chain, over the mart that is about to be published. Written first: nothing is served that it lacks."""
        return extend(self.settings.chain, self.stage_mart, self.run_id, self.as_of, self.keys.token, self.keys.fingerprint)

    @cached_property
    def context(self) -> ScanContext:
        context = scan_context(self.settings, self.register, self.roster, self.keys)
        gc.freeze()  # the index lives as long as the night: the collector need not walk it again and again
        return context

    def shown(self, label: str) -> str:
        """A label that a person wrote, as it may be shown: what matches the roster is redacted."""
        return self._redactor.path(label)

    @cached_property
    def _redactor(self) -> Redactor:
        return Redactor(self.context.index)

    @cached_property
    def inbox(self) -> tuple[list[Delivery], list[NotYet]]:
        """Deliveries complete by the as-of day, in their order, and what was left for another night."""
        return discover(self.settings.inbox, self.as_of, self.register.district.quiet_seconds, time.time())

    def scan(self, delivery_ids: Sequence[str], forced: bool) -> list[Outcome]:
        """Scan what the lake does not hold yet (or, forced, all of it) and commit it in batches."""
        by_id = {delivery.delivery_id: delivery for delivery in self.inbox[0]}
        known: Mapping[str, Known] = {} if forced else self.standing()
        self.remember_roster()
        purged = self.lake.purged()
        asked = {delivery_id: None if delivery_id in purged else by_id.get(delivery_id) for delivery_id in delivery_ids}
        results: list[DeliveryResult] = []
        with self._reading(asked, known) as reader:
            for done, (delivery_id, delivery) in enumerate(asked.items(), start=1):
                outcome, result = scan_one(self, delivery, delivery_id, known, reader)
                self._note(outcome)
                self.progress.delivery(outcome, done, len(delivery_ids))
                results += [result] if result else []
                if len(results) == BATCH or done == len(delivery_ids):
                    self.lake.replace(results, datetime.now(UTC))
                    results = []
        return [self.outcomes[delivery_id] for delivery_id in delivery_ids]

    @contextmanager
    def _reading(self, asked: Mapping[str, Delivery | None], known: Mapping[str, Known]) -> Iterator[Reader]:
        """How files are read: ahead of the scan, where there is enough to read that a second process for it pays."""
        groups = []
        for delivery_id, delivery in asked.items():
            with suppress(OSError):  # its scan will say so
                if delivery and not self.holds(known.get(delivery_id), delivery):
                    groups.append(self.files(delivery))
        if sum(file.bytes for files in groups for file in files) < WORTH_READING_AHEAD:
            yield read_files
        else:
            with ReadAhead(groups) as ahead:
                yield ahead.reader

    def _note(self, outcome: Outcome) -> None:
        """What an earlier try of this run scanned and committed is skipped by the next one, and was scanned tonight all the same."""
        before = self.outcomes.get(outcome.delivery_id)
        if not (before and before.happened == "scanned" and outcome.happened == "skipped"):
            self.outcomes[outcome.delivery_id] = outcome

    def digests(self, delivery: Delivery) -> Known:
        """What a scan of this delivery would be known by: its bytes, its context, the scanner's version, the roster. Raises OSError."""
        return self._digests(delivery, self.releases.digest(delivery))

    def holds(self, known: Known | None, delivery: Delivery) -> bool:
        """Is there nothing more for a scan of this delivery to find than what the lake holds? Raises OSError."""
        return known is not None and any(known == self._digests(delivery, compared) for compared in self.releases.digests(delivery))

    def _digests(self, delivery: Delivery, compared: str) -> Known:
        context = self._context_digest(delivery.party_folder)
        if compared:
            context = self.keys.token("releases", context, compared)
        return Known(self._content(delivery), context, SCANNER_VERSION, self.roster_digest)

    def _content(self, delivery: Delivery) -> str:
        return content_token(self.keys, delivery, self.files(delivery))

    @cached_property
    def releases(self) -> Releases:
        return Releases(self.inbox[0], self.lake, self.files, self._content)

    def files(self, delivery: Delivery) -> list[InboxFile]:
        """The files of a delivery; they are hashed once a night. Raises OSError where the inbox cannot be read."""
        if delivery.delivery_id not in self._inventories:
            self._inventories[delivery.delivery_id] = inventory(delivery)
        return self._inventories[delivery.delivery_id]

    @cached_property
    def roster_digest(self) -> str:
        return roster_token(self.keys.token, self.roster)

    @cached_property
    def _people(self) -> dict[str, Matched]:
        return matched_people(self.keys.token, probe_key(self.keys), self.roster)

    def standing(self) -> dict[str, Known]:
        """What the lake holds; a delivery that tonight's roster cannot touch counts as scanned with it."""
        known = self.lake.known()
        others = {delivery_id: it for delivery_id, it in known.items() if it.roster != self.roster_digest}
        self._untouched = untouched(self.lake, others, self._people) if others else set()
        return known | {delivery_id: known[delivery_id]._replace(roster=self.roster_digest) for delivery_id in self._untouched}

    def remember_roster(self) -> None:
        """Keep tonight's roster in the lake, and let what it cannot touch hold under it."""
        if self._untouched or self.roster_digest not in self.lake.rosters():
            self.lake.remember_roster(rows_of(self.roster_digest, self._people), self._untouched)

    @cached_property
    def _context_digest(self) -> Callable[[str], str]:
        return cache(lambda party_folder: context_token(self.keys, self.register, self.roster, party_folder, self.as_of))


def deliveries_to_scan(night: Night) -> list[str]:
    """Ids, in the inbox's order, of deliveries that the lake does not hold with these bytes, roster, settings and scanner.

    One whose detail was purged stays known as it is: a scan would bring the detail back.
    """
    known, purged = night.standing(), night.lake.purged()
    inbox = [it for it in night.inbox[0] if it.delivery_id not in purged]
    return [it.delivery_id for it in inbox if not night.holds(known.get(it.delivery_id), it)]


def new_deliveries(discovered: Iterable[Delivery], known: Collection[str]) -> list[str]:
    """Ids never heard of: the cheap question a sensor may ask every minute."""
    return [delivery.delivery_id for delivery in discovered if delivery.delivery_id not in known]


def scan_one(
    night: Night, delivery: Delivery | None, delivery_id: str, known: Mapping[str, Known], reader: Reader
) -> tuple[Outcome, DeliveryResult | None]:
    """One delivery, whatever happens: an error is its own, not the night's, and the delivery is tried again tomorrow."""
    if delivery is None:  # the district removed the folder, or its detail was purged; what the lake knows of it stays
        return Outcome(delivery_id, "skipped"), None
    try:
        files = night.files(delivery)
        held, digests = night.holds(known.get(delivery_id), delivery), night.digests(delivery)
        releases = night.releases.before(delivery)
    except OSError as error:
        return Outcome(delivery_id, "failed", error=type(error).__name__), None
    if held:
        return Outcome(delivery_id, "skipped"), None
    context = night.context  # an error in it is the night's
    try:
        found = scan_delivery(delivery, files, context, reader, releases)
    except Exception as error:
        return Outcome(delivery_id, "failed", error=type(error).__name__), None
    result = replace(
        found,
        content_digest=digests.content,
        context_digest=digests.context,
        scanner_version=digests.version,
        roster_digest=digests.roster,
    )
    return Outcome(delivery_id, "scanned", result.files, result.bytes, result.new_values), result


# -- what a scan depends on -------------------------------------------------------------------------------------------------------


def scan_context(settings: Settings, register: Register, roster: Roster, keys: Keys) -> ScanContext:
    """What the scan gets instead of key file and register: roster index, digest functions, time zone, decisions, owners of hosts."""
    from lineage.elements import elements
    from lineage.hosts import THIRD_PARTY, owner_of_host

    own = register.recognizers
    index = RosterIndex.build(roster, keys.subject_key)

    def party_of_host(host: str) -> str | None:
        owner = owner_of_host(host, register.party_hosts)
        return None if owner.startswith(THIRD_PARTY) else owner

    return ScanContext(
        index=index,
        token=keys.token,
        classes={slug: element.pii_class for slug, element in elements().items()},
        zone=register.zone,
        as_of=settings.day(register.district.time_zone),
        analyzer=reader_of_prose(settings, register, index),
        digest="",  # said per party: `Night.digests`
        decisions=tuple(Decision(it.party_id, it.path, it.field_path, it.data_element, it.until) for it in register.decisions),
        party_of_host=party_of_host,
        minimum_cell_size=register.district.minimum_cell_size,
        minimum_interval_width=register.district.minimum_interval_width,
        probe_key=probe_key(keys),
        recognizers=ColumnRecognizers(own.as_presidio(), own.data_elements),
    )


def reader_of_prose(settings: Settings, register: Register, index: RosterIndex) -> Callable[[], Analyzer]:
    """Makes the analyzer of free text when it is first asked for. Raises Refused where the district asks for a model that is not there."""
    from scanners.detectors.engine import Prose

    own, second = register.recognizers, second_opinion(register)
    if own.second_opinion and not second:
        raise Refused("The second opinion is not installed.", "run `make second-opinion`, or remove the key from recognizers.yaml")
    return cache(lambda: Prose(index, settings.spacy_model, own.as_presidio(), elements=own.data_elements, second_opinion=second))


def second_opinion(register: Register) -> bool:
    """Whether free text is read a second time: where that is installed, unless the district says no."""
    return register.recognizers.second_opinion is not False and installed()


def content_token(keys: Keys, delivery: Delivery, files: Sequence[InboxFile]) -> str:
    """Keyed, of the files' paths and bytes and of what `delivery.yaml` says."""
    return keys.token("content", content_digest(files), repr(delivery.meta))


def probe_key(keys: Keys) -> bytes:
    """The key under which what matches people is hashed, 16 bytes."""
    return bytes.fromhex(keys.token("probes"))[:16]


def context_token(keys: Keys, register: Register, roster: Roster, party_folder: str, as_of: date) -> str:
    """Keyed, of all that a party's scan depends on besides its bytes and the roster's people. Another key, setting or decision is
    another token; a decision about somebody else is not."""
    about = None if party_folder == DISTRICT else party_folder  # the district's own evidence may be about anybody
    decisions = [  # in their order: the first that fits counts
        (it.party_id, it.path, it.field_path, it.data_element)
        for it in register.decisions
        if (about is None or it.party_id.casefold() == about.casefold()) and (it.until is None or as_of <= it.until)
    ]
    hosts = sorted(register.party_hosts.items()) if about is None else []
    cells = f"{register.district.minimum_cell_size} {register.district.minimum_interval_width}"
    detectors = (register.recognizers.model_dump_json(exclude={"second_opinion"}), second_opinion(register))
    return keys.token("context", repr(roster.orgs), register.district.time_zone, repr(decisions), repr(hosts), cells, repr(detectors))
