"""Help for the tests of the readers: sources by name and bytes, and every text that a reading holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners import readers
from scanners.errors import Quarantine
from scanners.intake import InboxFile
from scanners.readers.source import Source
from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
Put = Callable[..., InboxFile]


def parse_bytes(name: str, data: bytes | str, kind: str = "export") -> ParsedFile:
    raw = data.encode() if isinstance(data, str) else data
    try:
        return readers.read(Source(name, raw, kind)).parsed
    except Quarantine as error:
        return ParsedFile("unknown", status="quarantined", reason=error.reason)


def texts_of(parsed: ParsedFile) -> str:
    """All cells and column names of a reading, one a line."""
    cells = [cell for table in parsed.tables for column in table.data.columns for cell in column.to_pylist() if cell is not None]
    return "\n".join([*cells, *(name for table in parsed.tables for name in table.columns)])


@pytest.fixture
def parse() -> Parse:
    return parse_bytes


@pytest.fixture
def texts() -> Callable[[ParsedFile], str]:
    return texts_of


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a file and give its inventory row."""

    def write(name: str, data: bytes, kind: str = "export") -> InboxFile:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return InboxFile(path, name, kind, None, len(data), hashlib.sha256(data).hexdigest())

    return write
