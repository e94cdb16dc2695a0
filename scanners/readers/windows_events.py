"""Windows events as text (`wevtutil qe … /f:text`, Event Viewer): one row an event, `New Logon.Account Name` and its like as fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.readers import encoding, tables
from scanners.readers.linemask import Cells
from scanners.readers.machine_lines import sample
from scanners.readers.source import Reading, Source

_NEWLINE = re.compile(r"\r\n|\n|\r")
_EVENT = re.compile(r"Event ?\[\d+\]:?\s*")
_LOG_NAME = re.compile(r"\s*Log Name:\s+\S.*")
_PAIR = re.compile(r"(\s*)([A-Z][\w /()'-]{0,60}):(?:\s+(\S.*))?\s*")
_HEAD = frozenset(
    "Log Name,Source,Date,Event ID,Task,Task Category,Level,Opcode,Keywords,User,User Name,Computer,Description,Logged,OpCode".split(",")
)


class WindowsEventReader:
    """Blocks of `name: value`, each with a description of sections."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        lines = sample(head)[:40]
        starts = any(_EVENT.fullmatch(line) or _LOG_NAME.fullmatch(line) for line in lines[:2])
        return starts and any(re.match(r"\s*Event ID:\s", line) for line in lines)

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        table = tables.RowTable("")
        for lines in _events(_NEWLINE.split(decoded.text)):
            table.add(event(lines))
        return Reading(tables.parsed("windows-events", table.tables(), decoded, {}))


def _events(lines: list[str]) -> Iterator[list[str]]:
    """The lines of one event after the other; an event begins with its number, or with its log's name."""
    block: list[str] = []
    named = False
    for line in lines:
        begins = _EVENT.fullmatch(line) or (_LOG_NAME.fullmatch(line) and named)
        if begins and block:
            yield block
            block, named = [], False
        if line.strip() and not _EVENT.fullmatch(line):
            block.append(line)
            named = named or _LOG_NAME.fullmatch(line) is not None
    if block:
        yield block


def event(lines: list[str]) -> Cells:
    """The fields of one event: those of its head, those of its description under their section, and the sentences that are none."""
    fields: Cells = {}
    said: list[str] = []
    section = ""
    described = False
    for line in lines:
        match = _PAIR.fullmatch(line)
        if not match:
            said.append(line.strip())
            continue
        name, value = match[2], match[3]
        if not described and name in _HEAD:
            described = name == "Description"
            if described:
                said += [value] if value else []
            else:
                _put(fields, name, value)
        elif value is None:
            section = name
            if not any(path.startswith(f"{name}.") for path in fields):
                _put(fields, name, None)
        else:
            _put(fields, f"{section}.{name}" if section and match[1] else name, value)
    sentences = " ".join(said)
    if sentences:
        _put(fields, "Description", sentences)
    return fields


def _put(fields: Cells, name: str, value: str | None) -> None:
    unique, again = name, 2
    while unique in fields:
        unique, again = f"{name}#{again}", again + 1
    fields[unique] = value
