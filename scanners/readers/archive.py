"""Archives: zip, tar, gzip, bzip2 and xz, nested, in memory, within limits that are kept while the bytes stream.

Nothing is ever written, and the names in an archive are labels only. An archive has a row of its own and one for each member.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO, Protocol

from scanners.errors import Quarantine
from scanners.readers.source import Limits, Source
from scanners.readers.tables import clean_name
from scanners.schemas import ParsedFile

SEPARATOR = "!/"
_CHUNK = 1 << 18
_RATIO_FROM = 16 * 1024 * 1024
"""A member this small may be packed as tightly as it likes: a log of one line, repeated."""
_IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_LOCAL = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
_STORED, _DEFLATED = 0, 8
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS = {b"spreadsheet": "ods", b"text": "odt", b"presentation": "odp", b"graphics": "odg"}
_PACKED_ENDINGS = {"gz": "", "tgz": ".tar", "bz2": "", "tbz2": ".tar", "tbz": ".tar", "xz": "", "txz": ".tar", "svgz": ".svg"}
_OFFICE = (("xl/", "xlsx"), ("ppt/", "pptx"))
_UNPACKING_ERRORS = (
    zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, zipfile.BadZipFile, tarfile.TarError, struct.error, NotImplementedError,
    RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Unpacked:
    """One member. `problem` is why `data` is not whole; `unread` means that there is none, for that reason."""

    name: str
    data: bytes
    problem: str | None = None
    unread: bool = False


@dataclass
class Budget:
    """What is left of the limits for one inbox file, all of its nested archives together."""

    limits: Limits
    bytes_left: int = field(init=False)
    entries_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.bytes_left = self.limits.archive_bytes
        self.entries_left = self.limits.archive_entries

    def entry(self) -> None:
        self.entries_left -= 1
        if self.entries_left < 0:
            raise Refused(f"more than {self.limits.archive_entries:,} entries")

    def drain(self, read: Callable[[int], bytes], packed: int | None = None) -> bytes:
        """All that `read` gives, `packed` bytes of input where known. Raises `Refused` as soon as a limit is passed."""
        out = bytearray()
        try:
            for chunk in self.stream(read, packed):
                out += chunk
        except Broken as broken:
            raise Broken(bytes(out), broken.reason) from None
        return bytes(out)

    def stream(self, read: Callable[[int], bytes], packed: int | None = None) -> Iterator[bytes]:
        """The same piece by piece, for who need not have it whole; `Broken` then holds no data."""
        size = 0
        while True:
            try:
                chunk = read(_CHUNK)
            except _UNPACKING_ERRORS as error:
                raise Broken(b"", _named(error)) from None
            if not chunk:
                return
            size += len(chunk)
            self.bytes_left -= len(chunk)
            if self.bytes_left < 0:
                raise Refused(f"more than {_size(self.limits.archive_bytes)} unpacked")
            if size > self.limits.member_bytes:
                raise Refused(f"a member of more than {_size(self.limits.member_bytes)}")
            if packed is not None and size > _RATIO_FROM and size > self.limits.archive_ratio * max(1, packed):
                raise Refused(f"unpacks to more than {self.limits.archive_ratio:,} times its size")
            yield chunk


class Refused(Exception):
    """A limit was passed: nothing further of this archive is read."""


class Broken(Exception):
    """The stream ended badly; `data` is what came before."""

    def __init__(self, data: bytes, reason: str) -> None:
        super().__init__(reason)
        self.data, self.reason = data, reason


class Unpacker(Protocol):
    def __call__(self, source: Source, budget: Budget) -> Iterator[Unpacked]: ...


def unpacker(source: Source) -> tuple[str, Unpacker] | None:
    """(format, how to unpack it) by content; None for what is no archive."""
    data = source.data
    if data.startswith((_LOCAL, b"PK\x05\x06")) or (source.extension == "zip" and data[:2] == b"PK"):
        return None if office_format(data) else ("zip", _zip)
    if packer := _packer(data):
        return packer[0], _packed(packer[1])
    if data[257:262] == b"ustar" or (source.extension == "tar" and len(data) >= 512 and len(data) % 512 == 0):
        return "tar", _tar
    return None


def _packer(data: bytes) -> tuple[str, Callable[[], object]] | None:
    """(format, how to make its decompressor) of a file that is one packed stream."""
    if data.startswith(b"\x1f\x8b"):
        return "gz", lambda: zlib.decompressobj(31)
    if data.startswith(b"BZh") and data[4:10] == b"1AY&SY":
        return "bz2", bz2.BZ2Decompressor
    if data.startswith(b"\xfd7zXZ\x00"):
        return "xz", lambda: lzma.LZMADecompressor(memlimit=256 * 1024 * 1024)
    return None


def container(format_name: str, problems: list[str], read: int) -> ParsedFile:
    """The archive's own reading: what of it could not be unpacked."""
    if not problems:
        return ParsedFile(format_name)
    shown = "; ".join(dict.fromkeys(problems[:5])) + (f"; and {len(problems) - 5:,} more" if len(problems) > 5 else "")
    return ParsedFile(format_name, status="partly_scanned" if read else "quarantined", reason=shown)


def _zip(source: Source, budget: Budget) -> Iterator[Unpacked]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, UnicodeError, EOFError, MemoryError):
        yield from _zip_without_directory(source.data, budget)
        return
    if office := _office(archive):
        raise Quarantine(f"{office} is not read yet")
    if overlapping(entries, archive.start_dir):
        raise Quarantine("a zip whose entries overlap is not read")
    for entry in entries:
        if entry.filename.endswith("/") or _is_litter(entry.filename):
            continue
        member = zip_member(archive, entry, budget)
        yield (
            _without_checks(member, source.data, entry, budget)
            if member.unread and member.problem and "damaged" in member.problem
            else member
        )
    if gaps := unlisted(source.data, entries, archive.start_dir):
        for start, end in gaps:
            yield from _loose_members(source.data, start, end, budget)
        raise Quarantine("it holds members that its directory does not list")


def zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> Unpacked:
    """One entry, or why there is nothing of it."""
    budget.entry()
    if entry.flag_bits & 0x1:
        return Unpacked(entry.filename, b"", "encrypted", unread=True)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Unpacked(entry.filename, b"", "a link: links are not followed", unread=True)
    try:
        with archive.open(entry) as stream:
            return Unpacked(entry.filename, budget.drain(stream.read, entry.compress_size))
    except Broken as broken:
        return Unpacked(entry.filename, broken.data, f"damaged ({broken.reason})", unread=not broken.data)
    except NotImplementedError:
        return Unpacked(entry.filename, b"", "packed by a method that is not read", unread=True)
    except (zipfile.BadZipFile, RuntimeError, OSError, ValueError, struct.error, UnicodeError, EOFError) as error:
        return Unpacked(entry.filename, b"", f"damaged ({_named(error)})", unread=True)


def _without_checks(member: Unpacked, data: bytes, entry: zipfile.ZipInfo, budget: Budget) -> Unpacked:
    """What a member holds whose checksum or header is wrong: `zipfile` gives nothing of a short one."""
    place = entry.header_offset
    if data[place : place + 4] != _LOCAL or place + _LOCAL_HEADER.size > len(data):
        return member
    *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, place)
    start = place + _LOCAL_HEADER.size + name_length + extra_length
    again = _loose_member(entry.filename, data, start, entry.compress_size, entry.compress_type, entry.flag_bits, 0, budget)
    return member if again.unread else Unpacked(again.name, again.data, again.problem or member.problem)


def overlapping(entries: list[zipfile.ZipInfo], directory: int) -> bool:
    """Whether two entries share bytes (the trick of small files that unpack to terabytes), or reach into the directory."""
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            return True
        end = entry.header_offset + _LOCAL_HEADER.size + len(entry.orig_filename) + entry.compress_size
    return end > directory


def unlisted(data: bytes, entries: list[zipfile.ZipInfo], directory: int) -> list[tuple[int, int]]:
    """Where, between the entries of the directory, another one begins: left over from a change, or hidden from who asks the directory."""
    gaps: list[tuple[int, int]] = []
    position = 0
    for entry in [*sorted(entries, key=lambda e: e.header_offset), None]:
        end = entry.header_offset if entry else directory
        if data.find(_LOCAL, position, end) >= 0:
            gaps.append((position, end))
        if entry and data[end : end + 4] == _LOCAL and end + _LOCAL_HEADER.size <= len(data):
            *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, end)
            position = max(position, end + _LOCAL_HEADER.size + name_length + extra_length + entry.compress_size)
    return gaps


def _zip_without_directory(data: bytes, budget: Budget) -> Iterator[Unpacked]:
    """What can be read of a zip whose directory, at its end, is missing or broken: its entries one after the other."""
    yield from _loose_members(data, 0, len(data), budget)
    raise Quarantine("the zip is damaged: its directory cannot be read")


def _loose_members(data: bytes, start_at: int, end: int, budget: Budget) -> Iterator[Unpacked]:
    position = data.find(_LOCAL, start_at, end)
    while position >= 0 and position + _LOCAL_HEADER.size <= len(data):
        _, _, flags, method, _, _, checksum, packed, _, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, position)
        start = position + _LOCAL_HEADER.size + name_length + extra_length
        name = data[position + _LOCAL_HEADER.size : position + _LOCAL_HEADER.size + name_length].decode("utf-8", "replace")
        known = 0 < packed <= len(data) - start
        if not name.endswith("/") and not _is_litter(name) and start <= len(data):
            budget.entry()
            yield _loose_member(name, data, start, packed if known else None, method, flags, checksum, budget)
        position = data.find(_LOCAL, start + packed if known else position + 4, end)


def _loose_member(
    name: str, data: bytes, start: int, packed: int | None, method: int, flags: int, checksum: int, budget: Budget
) -> Unpacked:
    if flags & 0x1 or method not in (_STORED, _DEFLATED) or (method == _STORED and packed is None):
        return Unpacked(name, b"", "encrypted" if flags & 0x1 else "lost without the directory", unread=True)
    stream = io.BytesIO(data[start : start + packed] if packed is not None else data[start:])
    inflate = _Inflate(stream, zlib.decompressobj(-15)) if method == _DEFLATED else None
    try:
        content = budget.drain(inflate.read if inflate else stream.read, packed)
    except Broken as broken:
        return Unpacked(name, broken.data, f"damaged ({broken.reason})", unread=not broken.data)
    wrong = not flags & 0x8 and checksum and zlib.crc32(content) != checksum
    return Unpacked(name, content, "damaged (its checksum is wrong)" if wrong else None)


def _packed(make: Callable[[], object]) -> Unpacker:
    def unpack(source: Source, budget: Budget) -> Iterator[Unpacked]:
        budget.entry()
        stream = _Inflate(io.BytesIO(source.data), make(), again=make)
        try:
            content, problem = budget.drain(stream.read, len(source.data)), None
        except Broken as broken:
            if not broken.data:
                raise Quarantine(f"damaged ({broken.reason})") from None
            content, problem = broken.data, f"damaged ({broken.reason})"
        name = unpacked_name(source.name)
        inner = Source(name, content, source.kind)
        found = unpacker(inner)
        if found and found[0] == "tar":
            yield from _tar(inner, budget)
            if problem:
                raise Quarantine(problem)
        else:
            yield Unpacked(name, content, problem)

    return unpack


def unpacked_name(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return (stem or "content") + _PACKED_ENDINGS[ending.lower()] if ending.lower() in _PACKED_ENDINGS else name


class PackedStream:
    """A packed file as the stream of what is in it, never held whole; to go back is to unpack again.

    `problem` is why it ends before its end, once it was read so far; `refused` that it unpacks to more than a file of its size may.
    """

    def __init__(self, file: BinaryIO, size: int, limits: Limits) -> None:
        file.seek(0)
        found = _packer(file.read(16))
        if found is None:
            raise ValueError("not a packed stream")
        self.format, self._make = found
        self.problem: str | None = None
        self.refused = False
        self._file, self._most = file, limits.archive_ratio * size
        self._restart()

    def _restart(self) -> None:
        self._file.seek(0)
        self._inflate = _Inflate(self._file, self._make(), again=self._make)
        self._position = 0
        self._ended = False

    def seek(self, position: int) -> int:
        if position < self._position:
            self._restart()
        while self._position < position and self.read(min(_CHUNK, position - self._position)):
            pass
        return self._position

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        out = bytearray()
        while len(out) < size and not self._ended:
            try:
                chunk = self._inflate.read(size - len(out))
            except _UNPACKING_ERRORS as error:
                self.problem, chunk = f"damaged ({_named(error)})", b""
            self._position += len(chunk)
            self.refused = self.refused or self._position > self._most
            self._ended = not chunk or self.refused
            out += chunk
        return bytes(out)


class _Inflate:
    """A compressed stream as a `read`, never more at once than asked for; streams one after the other are one."""

    def __init__(self, stream: BinaryIO, decompressor: object, again: Callable[[], object] | None = None) -> None:
        self.stream, self.decompressor, self.again = stream, decompressor, again
        self.pending = b""

    def read(self, size: int) -> bytes:
        while True:
            engine = self.decompressor
            if engine.eof:  # type: ignore[attr-defined]
                rest = (engine.unused_data + self.stream.read(512)).lstrip(b"\x00")  # type: ignore[attr-defined]
                if not rest or self.again is None:
                    return b""
                self.pending, self.decompressor = rest, self.again()
                continue
            waiting = not getattr(engine, "needs_input", True)
            given = b"" if waiting else self.pending or self.stream.read(64 * 1024)
            if not given and not waiting:
                raise EOFError
            out: bytes = engine.decompress(given, size)  # type: ignore[attr-defined]
            self.pending = getattr(engine, "unconsumed_tail", b"")
            if out:
                return out


def _tar(source: Source, budget: Budget) -> Iterator[Unpacked]:
    try:
        archive = tarfile.open(fileobj=io.BytesIO(source.data), mode="r:", errors="replace", ignore_zeros=False)  # noqa: SIM115
    except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError):
        raise Quarantine("the tar is damaged") from None
    while True:
        try:
            entry = archive.next()
        except (tarfile.TarError, ValueError, OSError, EOFError, OverflowError, RecursionError):
            raise Quarantine("the tar is damaged: its later members cannot be found") from None
        if entry is None:
            break
        if entry.isdir() or _is_litter(entry.name):
            continue
        yield _tar_member(archive, source.data, entry, budget)
    if len(source.data) - archive.offset > 0 and source.data[archive.offset :].strip(b"\x00"):
        raise Quarantine("the tar is damaged: its later members cannot be found")


def _tar_member(archive: tarfile.TarFile, data: bytes, entry: tarfile.TarInfo, budget: Budget) -> Unpacked:
    budget.entry()
    if not entry.isreg():
        return Unpacked(entry.name, b"", "a link or device: not followed", unread=True)
    if not entry.issparse():
        # Sliced, not extracted: of a member whose end is missing, `tarfile` gives nothing.
        stream: IO[bytes] | None = io.BytesIO(memoryview(data)[entry.offset_data : entry.offset_data + entry.size])
    else:
        stream = archive.extractfile(entry)
    if stream is None:
        return Unpacked(entry.name, b"", "not a file", unread=True)
    try:
        content = budget.drain(stream.read)  # a sparse member may be larger than the archive: its holes count like bytes
    except Broken as broken:
        return Unpacked(entry.name, broken.data, f"damaged ({broken.reason})", unread=not broken.data)
    return Unpacked(entry.name, content, "damaged (its end is missing)" if len(content) < entry.size else None)


def _office(archive: zipfile.ZipFile) -> str | None:
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        return next((office for folder, office in _OFFICE if any(n.startswith(folder) for n in names)), "an Office document")
    if "mimetype" in names[:1]:
        return "an OpenDocument or EPUB file"
    return None


def office_format(data: bytes) -> str | None:
    """`xlsx`, `xlsb`, `docx`, `pptx`, `ods`, `odt`, `odp` or `odg` for a zip that is a workbook, a document or slides, which have
    readers of their own; else None."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" in names or ("[Content_Types].xml" in names and any(n.startswith("xl/") for n in names)):
                return "xlsb" if "xl/workbook.bin" in names else "xlsx"
            if "word/document.xml" in names or ("[Content_Types].xml" in names and any(n.startswith("word/") for n in names)):
                return "docx"
            if "ppt/presentation.xml" in names or ("[Content_Types].xml" in names and any(n.startswith("ppt/") for n in names)):
                return "pptx"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                said = archive.read("mimetype").strip()
                kind = re.split(rb"[-\s]", said.removeprefix(_OPEN_DOCUMENT))[0]  # `text-template` is a text
                return _OPEN_DOCUMENTS.get(kind) if said.startswith(_OPEN_DOCUMENT) else None
    except (*_UNPACKING_ERRORS, UnicodeError, MemoryError, KeyError):
        pass
    return None


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.replace("\\", "/").rpartition("/")[2] in _IGNORED


def _named(error: Exception) -> str:
    """What went wrong, in words of ours: the texts of these errors quote names."""
    if isinstance(error, EOFError):
        return "it ends too early"
    if isinstance(error, zipfile.BadZipFile):
        return "its header or checksum is wrong"
    return "it cannot be unpacked"


def _size(count: int) -> str:
    return f"{count / 2**30:.3g} GB" if count >= 2**30 else f"{count / 2**20:.3g} MB"


def label(container_path: str, name: str, taken: set[str]) -> str:
    """The member's path for people: never used to open anything."""
    shown = clean_name(name) or "(no name)"
    unique, again = shown, 2
    while unique in taken:
        unique, again = f"{shown}#{again}", again + 1
    taken.add(unique)
    return f"{container_path}{SEPARATOR}{unique}"
