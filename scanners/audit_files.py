"""Files on this disk → audited tables, for whoever has files and no district: no inbox, no lake, no register.

Files are read in the same sandbox, and audited as a delivery's are. How a result is told is the caller's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from scanners.aggregate import Audited, AuditSettings
from scanners.intake import InboxFile
from scanners.published import LEAST_CELLS, MOST_CELLS, Held, Parts, audit_held, students_of
from scanners.roster_index import RosterIndex
from scanners.sandbox import read_files
from scanners.schemas import TextTable

DAY_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")


class UnusableFile(Exception):
    """A file that cannot be audited: which, what was found, and what mends it."""

    def __init__(self, file: str, found: str, mend: str) -> None:
        super().__init__(f"{file}: {found}")
        self.file, self.found, self.mend = file, found, mend


@dataclass(frozen=True)
class NamedFile:
    """A file and the release it belongs to: files of one release were published together, releases sort in time."""

    path: Path
    release: str

    @classmethod
    def of(cls, text: str) -> NamedFile:
        """`RELEASE=PATH`, or a path: then the release is the day in the file's name (2026-03-01, 20260301), and empty without one."""
        path, release = Path(text), ""
        if not path.exists() and "=" in text:
            release, _, rest = text.partition("=")
            path = Path(rest)
        return cls(path, release.strip() or day_in(path.name))


def day_in(name: str) -> str:
    """The first day that a file's name holds, as ISO; empty: none."""
    for match in DAY_IN_NAME.finditer(name):
        try:
            return date(*map(int, match.groups())).isoformat()
        except ValueError:
            continue
    return ""


@dataclass(frozen=True)
class Report:
    """What an audit of files found: `found[i]` of `tables[i]`; `problems` are files that were read in part, and why."""

    tables: tuple[Held, ...]
    found: tuple[Audited, ...]
    problems: tuple[tuple[str, str], ...]

    @property
    def passes(self) -> bool:
        return not self.problems and not any(audited.findings for audited in self.found)


def audit_files(files: Sequence[NamedFile], settings: AuditSettings, index: RosterIndex | None) -> Report:
    """Audit all tables of these files together. Raises UnusableFile for one that cannot be read or has no table."""
    tables: list[Held] = []
    problems: list[tuple[str, str]] = []
    for file in files:
        held, problem = _read(file, index, MOST_CELLS - sum(table.cells for table in tables))
        tables += held
        problems += [(str(file.path), problem)] if problem else []
    return Report(tuple(tables), tuple(audit_held(tables, (), settings)), tuple(problems))


def _read(file: NamedFile, index: RosterIndex | None, room: int) -> tuple[list[Held], str]:
    """The tables of a file, and why it was not read whole."""
    parts: dict[tuple[str, str, int], Parts] = {}
    problem, refused = "", ""
    for _, members in read_files([_as_delivered(file.path)]):
        for member in members:
            if member.parsed.status == "quarantined":
                refused = refused or member.parsed.reason or "it could not be read"
            problem = problem or (member.parsed.reason or "a part of it could not be read" if member.parsed.status != "scanned" else "")
            names: list[str] = []
            for table in member.parsed.tables:
                if table.own:
                    key = (member.path, table.name, names.count(table.name))
                    names.append(table.name)
                    parts.setdefault(key, Parts()).add(table, _students(table, index))
    if refused:
        raise UnusableFile(str(file.path), refused, "give a CSV or XLSX file that opens")
    if not parts:
        raise UnusableFile(str(file.path), "no table was found in it", "give a CSV or XLSX file with a header and rows")
    most = max(LEAST_CELLS, room // len(parts))
    held = [Held.of(str(file.path), path, it, file.release, most=most) for (path, *_), it in parts.items()]
    return [_with_its_release(table, file) for table in held], problem


def _with_its_release(table: Held, file: NamedFile) -> Held:
    """Files of several releases may have one name: then a witness must say which it means."""
    if not file.release or file.release in file.path.name:
        return table
    return replace(table, published=replace(table.published, place=f"{file.release} {table.published.place}"))


def _students(table: TextTable, index: RosterIndex | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return students_of(table, index) if index else np.full(table.data.num_rows, -1, np.int64)


def _as_delivered(path: Path) -> InboxFile:
    if path.is_dir():
        raise UnusableFile(str(path), "it is a folder", "name the files in it")
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return InboxFile(path.resolve(), path.name, "aggregate", None, path.stat().st_size, digest)
    except OSError as error:
        raise UnusableFile(str(path), f"it could not be read ({error.strerror})", "name a file that is there") from None
