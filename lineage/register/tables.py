"""The district's CSV files as typed rows (INTERFACE, section 1): one dataclass a file, and the one reader of them all.

Here belongs what a cell may hold. Whether a student or a party of that name exists is asked in `check.py`. Problems name columns and
lines and show a cell only where it cannot be a person's value.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from lineage.register import cells
from lineage.register.models import INBOX_KINDS, slug
from lineage.register.problems import Problem, choose

FILE_BYTES = 256 << 20


@dataclass(frozen=True)
class Consent:
    """A consent; `elements` lists slugs, and none of them covers nothing."""

    line: int
    student_id: str = field(repr=False)
    party_id: str
    elements: tuple[str, ...]
    given_by: str | None = field(repr=False)
    relation: str | None
    method: str | None
    given_on: date
    revoked_on: date | None


@dataclass(frozen=True)
class Hold:
    line: int
    student_id: str = field(repr=False)
    reason: str | None = field(repr=False)
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True)
class OptOut:
    line: int
    student_id: str = field(repr=False)
    opted_out_on: date


@dataclass(frozen=True)
class Request:
    """What the district asked a party for; `kind` is an inbox kind or `upgrade`."""

    line: int
    request_id: str
    party_id: str
    kind: str
    asked_on: date
    due_on: date | None
    answered_on: date | None
    note: str | None


@dataclass(frozen=True)
class Document:
    """A document somebody approved, by the SHA-256 (hex, lower case) of its bytes."""

    line: int
    party_id: str
    kind: str
    sha256: str
    approved_on: date | None
    approved_by: str | None


@dataclass(frozen=True)
class Waiver:
    line: int
    control_id: str
    party_id: str
    until: date
    by: str | None
    reason: str | None


@dataclass(frozen=True)
class Event:
    line: int
    student_id: str = field(repr=False)
    event: str
    occurred_on: date


@dataclass(frozen=True)
class Decision:
    """What a person settled a field to be: `path` is a glob within the party's deliveries, `data_element` a slug or `none`."""

    line: int
    party_id: str
    path: str
    field_path: str
    data_element: str
    because: str | None
    decided_by: str | None
    until: date | None


Row = TypeVar("Row", Consent, Hold, OptOut, Request, Document, Waiver, Event, Decision)


@dataclass(frozen=True)
class Column:
    """A column: how its cell is read, and whether every row needs it."""

    read: Callable[[str, ZoneInfo], Any] = lambda text, _: text
    needed: bool = False
    field: str | None = None  # of the dataclass, where it has another name


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A CSV file: its name, its rows' type, its columns, and pairs of fields that must lie in this order (error or warning)."""

    file: str
    row: type[Row]
    columns: Mapping[str, Column]
    order: tuple[str, str] | None = None
    out_of_order: Literal["error", "warning"] = "error"


def _one_of(*words: str) -> Callable[[str, ZoneInfo], str]:
    def read(text: str, _: ZoneInfo) -> str:
        if text.casefold() not in words:
            raise cells.Unfit(f"`{text}` is not one of the words known here", f"Write one of: {', '.join(words)}.")
        return text.casefold()

    return read


def _slugs(text: str, _: ZoneInfo) -> tuple[str, ...]:
    return tuple(dict.fromkeys(slug(item.strip()) for item in text.split(";") if item.strip()))


def _slug_or_none(text: str, _: ZoneInfo) -> str:
    return text if text == "none" else slug(text)


def _request_kind(text: str, _: ZoneInfo) -> str:
    kind = text.casefold()
    if kind.split("/")[0] not in (*INBOX_KINDS, "upgrade"):
        raise cells.Unfit(f"`{text}` is no inbox kind, nor `upgrade`", choose(kind, (*INBOX_KINDS, "upgrade")))
    return kind


def _sha256(text: str, _: ZoneInfo) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise cells.Unfit("no SHA-256", "Write the 64 hexadecimal digits of the file's SHA-256.")
    return text.lower()


def _control(text: str, _: ZoneInfo) -> str:
    if not re.fullmatch(r"(I|II|III|IV)\.[A-H]\.[a-z0-9]+(-[a-z0-9]+)*", text):
        raise cells.Unfit(f"`{text}` is no control id", "Write it as the policy does, such as `I.B.unique-accounts`.")
    return text


_day = cells.day_or_time
STUDENT, PARTY = Column(needed=True), Column(needed=True)

CONSENTS = Table(
    "consents.csv",
    Consent,
    {
        "student_id": STUDENT,
        "party_id": PARTY,
        "elements": Column(_slugs),
        "given_by": Column(),
        "relation": Column(_one_of("parent", "guardian", "student")),
        "method": Column(),
        "given_at": Column(_day, needed=True, field="given_on"),
        "revoked_at": Column(_day, field="revoked_on"),
    },
    order=("given_on", "revoked_on"),
    out_of_order="warning",
)
HOLDS = Table(
    "holds.csv",
    Hold,
    {"student_id": STUDENT, "reason": Column(), "opened_on": Column(_day, needed=True), "closed_on": Column(_day)},
    order=("opened_on", "closed_on"),
)
OPT_OUTS = Table("opt_outs.csv", OptOut, {"student_id": STUDENT, "opted_out_on": Column(_day, needed=True)})
REQUESTS = Table(
    "requests.csv",
    Request,
    {
        "request_id": Column(needed=True),
        "party_id": PARTY,
        "kind": Column(_request_kind, needed=True),
        "asked_on": Column(_day, needed=True),
        "due_on": Column(_day),
        "answered_on": Column(_day),
        "note": Column(),
    },
    order=("asked_on", "due_on"),
)
DOCUMENTS = Table(
    "documents.csv",
    Document,
    {
        "party_id": PARTY,
        "kind": Column(needed=True),
        "sha256": Column(_sha256, needed=True),
        "approved_on": Column(_day),
        "approved_by": Column(),
    },
)
WAIVERS = Table(
    "waivers.csv",
    Waiver,
    {
        "control_id": Column(_control, needed=True),
        "party_id": PARTY,
        "until": Column(_day, needed=True),
        "by": Column(),
        "reason": Column(),
    },
)
EVENTS = Table("events.csv", Event, {"student_id": STUDENT, "event": Column(needed=True), "occurred_on": Column(_day, needed=True)})
DECISIONS = Table(
    "decisions.csv",
    Decision,
    {
        "party_id": PARTY,
        "path": Column(needed=True),
        "field_path": Column(needed=True),
        "data_element": Column(_slug_or_none, needed=True),
        "because": Column(),
        "decided_by": Column(),
        "until": Column(_day),
    },
)
TABLES: tuple[Table[Any], ...] = (CONSENTS, HOLDS, OPT_OUTS, REQUESTS, DOCUMENTS, WAIVERS, EVENTS, DECISIONS)


def read_table(district: Path, table: Table[Row], zone: ZoneInfo) -> tuple[list[Row], list[Problem]]:
    """The rows of one CSV file, and what is wrong with it; a file that is not there has none of either."""
    path = district / table.file
    if not path.exists():
        return [], []
    text, problems = _text(path, table.file)
    if text is None:
        return [], problems
    records = _records(text, table.file, problems)
    if not records:
        if not problems:
            problems.append(Problem(table.file, 1, "the file is empty", "Write the header row, or remove the file.", "warning"))
        return [], problems
    header = _header(table, records[0], problems)
    if header is None:
        return [], problems
    rows = [row for line, record in records[1:] if (row := _row(table, header, line, record, zone, problems)) is not None]
    return rows, problems


def _text(path: Path, file: str) -> tuple[str | None, list[Problem]]:
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES + 1)
    except OSError as error:
        return None, [Problem(file, None, f"the file cannot be read ({type(error).__name__})", "Check that it is a readable file.")]
    if len(data) > FILE_BYTES:
        return None, [Problem(file, None, f"more than {FILE_BYTES:,} bytes", "Leave out what is long past.")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [Problem(file, data[: error.start].count(b"\n") + 1, "bytes that are not UTF-8", "Save the file as CSV in UTF-8.")]
    if (at := text.find("\0")) >= 0:
        return None, [Problem(file, text.count("\n", 0, at) + 1, "a NUL byte", "Save the file as CSV in UTF-8.")]
    return text, []


def _records(text: str, file: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Each record that is not blank with its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records, line = [], 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error:
        problems.append(Problem(file, line, "a quotation that does not close", "Close it; write a quote inside a quotation twice."))
    return records


def _header(table: Table[Row], record: tuple[int, list[str]], problems: list[Problem]) -> list[str] | None:
    """The columns by position, those unknown as blanks; None where a needed one is missing."""
    line, written = record
    names = [cell.strip().casefold() for cell in written]
    missing = [name for name, column in table.columns.items() if column.needed and name not in names]
    extra = [name for name in names if name and name not in table.columns]
    for name in missing:
        close = choose(name, extra, f"Add it to the header row: {', '.join(table.columns)}.")
        problems.append(Problem(table.file, line, f"no column `{name}`", close))
    for name in dict.fromkeys(extra if not missing else ()):
        mend = choose(name, (known for known in table.columns if known not in names), "It is not read; remove it.")
        problems.append(Problem(table.file, line, f"unknown column `{name}`", mend, "warning"))
    for name in dict.fromkeys(name for name in names if name in table.columns and names.count(name) > 1):
        problems.append(Problem(table.file, line, f"the column `{name}` twice", "Keep one of them."))
        missing.append(name)
    return None if missing else [name if name in table.columns else "" for name in names]


def _row(table: Table[Row], header: list[str], line: int, record: list[str], zone: ZoneInfo, problems: list[Problem]) -> Row | None:
    if any(cell.strip() for cell in record[len(header) :]):
        found = f"{len(record)} cells where the header has {len(header)} columns"
        problems.append(Problem(table.file, line, found, "Put cells that contain a comma in double quotes."))
        return None
    written = {name: cell.strip() for name, cell in zip(header, record, strict=False) if name}
    values: dict[str, Any] = {"line": line}
    fit = True
    for name, column in table.columns.items():
        try:
            values[column.field or name] = _cell(column, written.get(name, ""), zone)
        except cells.Unfit as error:
            problems.append(Problem(table.file, line, f"`{name}`: {error.found}", error.mend))
            fit = False
    if not fit:
        return None
    problems += _in_order(table, line, values)
    return table.row(**values)


def _cell(column: Column, written: str, zone: ZoneInfo) -> Any:
    if written:
        return column.read(written, zone)
    if column.needed:
        raise cells.Unfit("the cell is blank", "Every row needs it; fill it in or remove the row.")
    return () if column.read is _slugs else None


def _in_order(table: Table[Row], line: int, values: dict[str, Any]) -> list[Problem]:
    if table.order is None:
        return []
    first, second = (values[name] for name in table.order)
    if first is None or second is None or first <= second:
        return []
    names = {column.field or name: name for name, column in table.columns.items()}
    early, late = (names[name] for name in table.order)
    return [Problem(table.file, line, f"`{late}` lies before `{early}`", "Mend one of the two dates.", table.out_of_order)]
