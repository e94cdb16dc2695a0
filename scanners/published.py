"""The tables of a delivery that are called aggregate: held until all of them, and the ones of earlier deliveries, are audited together.

Here parts are put together, what is held is limited, and findings become rows of `aggregate_audits` with redacted labels. What makes a
table disclose anybody is `scanners/aggregate`'s; which deliveries are earlier ones is the night's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scanners.aggregate import Audited, AuditFinding, AuditSettings, Published, audit_tables
from scanners.aggregate.findings import Check
from scanners.classify import classify
from scanners.columns import columns_of
from scanners.identity import resolve
from scanners.intake import DISTRICT, Delivery, InboxFile
from scanners.redact import Redactor
from scanners.roster_index import RosterIndex
from scanners.sandbox import Member
from scanners.schemas import TextTable

MOST_CELLS = 4_000_000
"""Cells of all tables that are held for one audit."""
LEAST_CELLS = 50_000
"""Of a table for which no room is left: enough to see whether its rows are persons."""
LONGEST_LABEL = 80
NEED_NO_OTHER_ROWS = frozenset({"grain", "small_cell", "zero_or_full", "reidentification"})
"""Checks whose findings hold in a table of which only the first rows were looked at."""

Row = dict[str, object]
Students = npt.NDArray[np.int64]
Reader = Callable[[Sequence[InboxFile]], Iterable[tuple[InboxFile, Iterable[Member]]]]


@dataclass(frozen=True)
class Release:
    """The tables of one party in an earlier delivery that are called aggregate. `published_on` is an ISO day.

    No `files`: the delivery's folder is gone, and `content` is what the lake knows of its bytes; else their keyed digest.
    """

    delivery_id: str
    published_on: str
    owner: str
    content: str
    files: tuple[InboxFile, ...] = ()


def owner_of(delivery: Delivery, file: InboxFile) -> str:
    """Whose publication a file is."""
    return whose(delivery.party_folder, file.about_party)


def whose(party_folder: str, about_party: str | None) -> str:
    """The folder's, or in the district's evidence the party's that the folder below the kind names."""
    return (about_party if party_folder == DISTRICT and about_party else party_folder).casefold()


@dataclass
class Parts:
    """One table while its parts come in. `rows` counts all of them; what is beyond `MOST_CELLS` is not held."""

    name: str = ""
    held: list[pa.Table] = field(default_factory=list)
    students: list[Students] = field(default_factory=list)
    rows: int = 0
    cells: int = 0

    def add(self, table: TextTable, students: Students) -> None:
        self.name, self.rows = table.name, self.rows + table.data.num_rows
        width = max(1, table.data.num_columns)
        fitting = min(table.data.num_rows, max(0, MOST_CELLS - self.cells) // width)
        if fitting or not self.held:
            self.held.append(table.data.slice(0, fitting))
            self.students.append(students[:fitting])
            self.cells += fitting * width

    def joined(self, most: int) -> tuple[TextTable, list[int]]:
        """The table and the student of each row, of no more than `most` cells."""
        data = self.held[0]
        if len(self.held) > 1:
            data = pa.concat_tables([_as_text(part) for part in self.held], promote_options="default")
        rows = min(data.num_rows, most // max(1, data.num_columns))
        return TextTable(self.name, data.slice(0, rows)), np.concatenate(self.students)[:rows].tolist()


def _as_text(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))


@dataclass(frozen=True)
class Held:
    """A table as it is audited. `file` is the id or the path of its file, `owner` whose publication it is, `rows` are all it has."""

    file: str
    name: str
    published: Published
    rows: int
    owner: str = ""

    @classmethod
    def of(cls, file: str, path: str, parts: Parts, release: str, most: int, owner: str = "") -> Held:
        """`path` is the file's, as it was delivered; no more than `most` cells are held."""
        table, students = parts.joined(most)
        return cls(
            file, table.name or PurePosixPath(path).stem, Published(table, students, place(path, table.name), release), parts.rows, owner
        )

    @property
    def cells(self) -> int:
        return int(self.published.table.data.num_rows * self.published.table.data.num_columns)

    @property
    def cut(self) -> bool:
        return bool(self.rows > self.published.table.data.num_rows)


def audit_held(tables: Sequence[Held], earlier: Sequence[Published], settings: AuditSettings) -> list[Audited]:
    """One `Audited` a table, in their order: those that are whole together and with `earlier` ones, the others by what is held of them."""
    whole = [table.published for table in tables if not table.cut]
    found = iter(audit_whatever_happens([*earlier, *whole], settings)[len(earlier) :] if whole else ())
    return [_of_the_first_rows(table, settings) if table.cut else next(found) for table in tables]


@dataclass
class Publication:
    """All tables of one delivery that are called aggregate. `compared` are those of earlier ones, once `rows` has read them."""

    published_on: str
    tables: list[Held] = field(default_factory=list)
    compared: list[TextTable] = field(default_factory=list)

    @property
    def room(self) -> int:
        return MOST_CELLS - sum(table.cells for table in self.tables)

    def add(self, file_id: str, owner: str, path: str, parts: Parts) -> None:
        self.tables.append(Held.of(file_id, path, parts, self.published_on, max(LEAST_CELLS, self.room), owner))

    def rows(self, releases: Sequence[Release], settings: AuditSettings, index: RosterIndex, reader: Reader) -> Iterator[Row]:
        """The rows of `aggregate_audits` of this delivery's tables. `releases` are the earlier ones, oldest first."""
        redactor, known = Redactor(index), dict[str, str]()
        for owner in dict.fromkeys(table.owner for table in self.tables):
            tables = [table for table in self.tables if table.owner == owner]
            earlier, left_out = read_releases([it for it in releases if it.owner == owner], self.room, index, reader)
            self.compared += [published.table for published in earlier]
            found = [audited.findings for audited in audit_held(tables, earlier, settings)]
            found[0] = [*found[0], *(_open("differencing", why) for why in left_out)]
            for table, findings in zip(tables, found, strict=True):
                about = {"file_id": table.file, "table_name": redactor.path(table.name)}
                yield from (_row(finding, redactor, known) | about for finding in findings)


def _of_the_first_rows(table: Held, settings: AuditSettings) -> Audited:
    (audited,) = audit_whatever_happens([table.published], settings)
    sure = [finding for finding in audited.findings if finding.check_id in NEED_NO_OTHER_ROWS]
    looked_at = table.published.table.data.num_rows
    why = f"the tables are too large to be audited together: of {table.rows:,} rows the first {looked_at:,} were looked at"
    return Audited([*sure, _open("exact_disclosure", why)], audited.notes)


def audit_whatever_happens(published: Sequence[Published], settings: AuditSettings) -> list[Audited]:
    """`audit_tables`; where that fails each table by itself; where that fails too a finding that says so."""
    if not published:
        return []
    try:
        return audit_tables(published, settings)
    except (ArithmeticError, LookupError, MemoryError, RecursionError, RuntimeError, TypeError, ValueError) as error:
        why = f"the audit did not finish: {type(error).__name__}"
    if len(published) == 1:
        return [Audited([_open("exact_disclosure", why)])]
    alone = [audit_whatever_happens([one], settings)[0] for one in published]
    return [replace(audited, findings=[*audited.findings, _open("exact_disclosure", why)]) for audited in alone]


def _open(check: Check, why: str) -> AuditFinding:
    return AuditFinding(check, (), None, None, why, "INCONCLUSIVE")


def read_releases(releases: Sequence[Release], room: int, index: RosterIndex, reader: Reader) -> tuple[list[Published], list[str]]:
    """The tables of earlier deliveries, oldest first, and why some of them are missing. The newest ones are read while there is room."""
    found: list[list[Published]] = []
    left_out = []
    for release in reversed(releases):
        if not release.files:
            left_out.append(f"the release of {release.published_on} is no longer in the inbox, and was not compared")
            continue
        tables, whole = _read(release, index, reader)
        room -= sum(published.table.data.num_rows * published.table.data.num_columns for published in tables)
        if room < 0:
            left_out.append(f"the tables are too large: the releases up to that of {release.published_on} were not compared")
            break
        if not whole:
            left_out.append(f"the release of {release.published_on} could not be read whole")
        found.append(tables)
    return [published for tables in reversed(found) for published in tables], left_out


def _read(release: Release, index: RosterIndex, reader: Reader) -> tuple[list[Published], bool]:
    """The tables of a release, and whether that is all of it."""
    parts: dict[tuple[str, str, int], Parts] = {}
    whole = True
    for _, members in reader(release.files):
        for member in members:
            whole &= member.parsed.status == "scanned"
            names: list[str] = []
            for table in member.parsed.tables:
                if table.own:
                    key = (member.path, table.name, names.count(table.name))
                    names.append(table.name)
                    parts.setdefault(key, Parts()).add(table, students_of(table, index))
    whole &= all(it.rows == sum(part.num_rows for part in it.held) for it in parts.values())
    day = release.published_on
    return [
        Published(*it.joined(MOST_CELLS), place=f"{day} {place(path, name)}", release=day) for (path, name, _), it in parts.items()
    ], whole


def students_of(table: TextTable, index: RosterIndex) -> Students:
    """The student of the roster whom each row's identifiers match, negative where none."""
    students: Students = resolve(classify(columns_of(table), index), index, table.data.num_rows).student.astype(np.int64)
    return students


def place(path: str, name: str) -> str:
    """How a witness names a table: by its file and its sheet."""
    file = PurePosixPath(path).name
    return f"{file}, {name}" if name else file


def _row(finding: AuditFinding, redactor: Redactor, known: dict[str, str]) -> Row:
    """`known` are labels that were redacted before: a table repeats its own."""
    labels = [known.get(label) or known.setdefault(label, redactor.path(label)[:LONGEST_LABEL]) for label in finding.cell]
    return {
        "verdict": finding.verdict,
        "check_id": finding.check_id,
        "cell": " / ".join(labels) or None,
        "value_low": finding.low,
        "value_high": finding.high,
        "witness": redactor.path(finding.witness),
    }
