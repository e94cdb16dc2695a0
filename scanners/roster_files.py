"""The bytes of a roster folder, read as rows of text: loose files, nested folders and zip archives.

Here belongs what is true of any OneRoster CSV file (encoding, quoting, size, headers). What the columns mean is the matter of
`oneroster.py`. Archives are never extracted: a member is read into memory under a cap and its name is only ever shown.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

TABLES = ("users", "roles", "demographics", "enrollments", "orgs", "relationships")
MEMBER_BYTES = 1 << 30
TOTAL_BYTES = 2 << 30
ARCHIVE_MEMBERS = 5_000


class RosterError(Exception):
    """The roster cannot be used. Names file, line, what was found and the mend; never a value of a person."""

    def __init__(self, file: str, line: int | None, found: str, mend: str) -> None:
        self.file, self.line, self.found, self.mend = file, line, found, mend
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {found}. {mend}")


@dataclass(frozen=True)
class RosterFile:
    """One CSV file of the roster. `name` is the place to show (`roster/export.zip!/users.csv`), `table` the OneRoster table."""

    name: str
    table: str
    header: tuple[str, ...]  # as written, blanks trimmed
    text: str = field(repr=False)
    delimiter: str = ","

    @property
    def columns(self) -> tuple[str, ...]:
        """The header's names, case folded: the keys of `rows`."""
        return tuple(name.casefold() for name in self.header)

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each record's first line and its cells by folded column name; blank lines are skipped, missing cells are blank."""
        columns = self.columns
        for line, cells in _records(self.name, self.text, self.delimiter, skip_header=True):
            if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
                raise RosterError(
                    self.name,
                    line,
                    f"{len(cells)} cells where the header has {len(columns)} columns",
                    "Put cells that contain a comma in double quotes.",
                )
            yield line, {column: cell.strip() for column, cell in zip(columns, cells, strict=False)}


def roster_files(folder: Path) -> list[RosterFile]:
    """Every OneRoster table below `folder`, in order of path. Files of other names are left alone.

    Raises RosterError for a folder that is missing, an archive that cannot be opened, and a file that is no UTF-8 CSV.
    """
    if not folder.is_dir():
        raise RosterError(f"{folder.name}/", None, "there is no such folder", "Put the SIS export (OneRoster CSV) there.")
    budget = [TOTAL_BYTES]
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        if path.suffix.casefold() == ".zip":
            found += _archive(path, name, budget)
        elif table := _table(path.name):
            found.append(_open(name, table, _loose(path, name, budget)))
    return found


def _table(file_name: str) -> str | None:
    stem, _, ending = file_name.casefold().rpartition(".")
    return stem if ending == "csv" and stem in TABLES else None


def _loose(path: Path, name: str, budget: list[int]) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(min(MEMBER_BYTES, budget[0]) + 1)
    except OSError as error:
        raise RosterError(name, None, f"the file cannot be read ({type(error).__name__})", "Check its permissions.") from None
    return _within(name, data, budget)


def _within(name: str, data: bytes, budget: list[int]) -> bytes:
    if len(data) > min(MEMBER_BYTES, budget[0]):
        raise RosterError(name, None, "more bytes than a roster may have", "Split the export, or leave out files that are not asked for.")
    budget[0] -= len(data)
    return data


def _archive(path: Path, name: str, budget: list[int]) -> list[RosterFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > ARCHIVE_MEMBERS:
                raise RosterError(name, None, f"more than {ARCHIVE_MEMBERS:,} members", "Zip the OneRoster CSV files alone.")
            return [
                _open(f"{name}!/{member.filename}", table, _member(archive, member, f"{name}!/{member.filename}", budget))
                for member in sorted(members, key=lambda member: member.filename)
                if (table := _member_table(member))
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise RosterError(name, None, f"not a readable zip archive ({type(error).__name__})", "Export the archive again.") from None


def _member_table(member: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if member.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts:
        return None
    return _table(path.name)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, budget: list[int]) -> bytes:
    try:
        with archive.open(member) as stream:
            return _within(name, stream.read(min(MEMBER_BYTES, budget[0]) + 1), budget)
    except (RuntimeError, NotImplementedError):  # encrypted, or a compression nobody can read
        raise RosterError(name, None, "encrypted, or packed in a way that cannot be read", "Zip the files without a password.") from None


def _open(name: str, table: str, data: bytes) -> RosterFile:
    text = _decode(name, data)
    delimiter = _delimiter(text)
    header = next((cells for _, cells in _records(name, text, delimiter)), None)
    if header is None:
        raise RosterError(name, 1, "no header row", "The first line must name the columns.")
    names = tuple(cell.strip() for cell in header)
    while names and not names[-1]:  # a trailing comma on every line
        names = names[:-1]
    folded = [cell.casefold() for cell in names]
    for column in folded:
        if column and folded.count(column) > 1:
            raise RosterError(name, 1, f"two columns are named `{names[folded.index(column)]}`", "Keep one of them.")
    return RosterFile(name, table, names, text, delimiter)


def _decode(name: str, data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise RosterError(name, data[: error.start].count(b"\n") + 1, "bytes that are not UTF-8", "Export as CSV in UTF-8.") from None
    if (at := text.find("\0")) >= 0:
        raise RosterError(name, text.count("\n", 0, at) + 1, "a NUL byte: the file turns binary here", "Export the file again.")
    return text


def _delimiter(text: str) -> str:
    """OneRoster says comma; spreadsheets in some locales write another."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _records(name: str, text: str, delimiter: str, skip_header: bool = False) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise RosterError(name, line, "a quotation that does not close, or a cell that is too long", "Export the file again.") from None
        if any(cell.strip() for cell in cells):
            if not skip_header:
                yield line, cells
            skip_header = False
        line = reader.line_num + 1
