"""What stands beside the cells in Excel's binary workbooks: comments and properties of XLS ([MS-CFB], [MS-XLS], [MS-OLEPS]) and comments
of XLSB ([MS-XLSB]). Cells are read in workbook.py.

Nothing here raises for damaged bytes: what cannot be followed ends the reading, and `whole` is false.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanners.readers.encoding import printable

_END = 0xFFFFFFFA  # of a chain: this and what is above it is no sector
_NOTE, _TEXT_OBJECT, _CONTINUE = 0x1C, 0x1B6, 0x3C
_SAYING = {0x1B8: "link", 0x14: "header", 0x15: "footer", 0x1BE: "prompt"}
_DRAWINGS = 0xEB
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"\xd7\xcd\xc6\x9a")
_COMMENT_AUTHOR, _COMMENT_TEXT = 632, 637
_LPSTR, _LPWSTR, _CODE_PAGE = 0x1E, 0x1F, 1
_PROPERTY_NAMES = {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template", 8: "last author", 18: "application"}
_MOST_SECTORS = 1 << 20


@dataclass
class Beside:
    """(what it is, text); `whole`: everything that was there could be followed."""

    comments: list[tuple[str, str]] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)  # links, headers and footers
    properties: list[tuple[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    whole: bool = True


def of_xls(data: bytes) -> Beside:
    """Comments, texts of drawings, and properties."""
    found = Beside()
    try:
        streams = dict(_streams(data))
        book = streams.get("workbook") or streams.get("book")
        if book is None:
            found.whole = False
            return found
        _texts(book, found)
        found.unread += ["macros are not read"] if any(name.startswith("_vba_project") for name in streams) else []
        for name in ("\x05summaryinformation", "\x05documentsummaryinformation"):
            if name in streams:
                found.properties += _properties(streams[name])
    except (struct.error, IndexError, ValueError, LookupError, OverflowError):
        found.whole = False
    return found


def of_xlsb_comments(part: bytes) -> Beside:
    """One part of comments."""
    found = Beside()
    try:
        for kind, body in _records12(part):
            if kind == _COMMENT_TEXT:
                found.comments.append(("comment", _wide(body, 1)))
            elif kind == _COMMENT_AUTHOR:
                found.comments.append(("author", _wide(body, 0)))
    except (struct.error, IndexError, ValueError, OverflowError):
        found.whole = False
    return found


# -- compound files -----------------------------------------------------------------------------------------------------------------


def _streams(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name, in small letters, and content of every stream of a compound file; storages without any."""
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    small = 1 << struct.unpack_from("<H", data, 32)[0]
    directory, cutoff, first_small, _, first_more, _ = struct.unpack_from("<I4xIIIII", data, 48)

    def at(number: int) -> bytes:
        return data[(number + 1) * sector : (number + 2) * sector]

    places = [n for n in struct.unpack_from("<109I", data, 76) if n < _END]
    while first_more < _END and len(places) < _MOST_SECTORS:
        *more, first_more = struct.unpack(f"<{sector // 4}I", at(first_more))
        places += [n for n in more if n < _END]
    table = [n for place in places for n in _numbers(at(place))]
    small_table = [n for place in _chain(first_small, table) for n in _numbers(at(place))]
    entries = b"".join(at(n) for n in _chain(directory, table))
    inner = b""
    for start in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, start + 64)
        name = entries[start : start + max(0, length - 2)].decode("utf-16-le", "replace").casefold()
        first, size = struct.unpack_from("<II", entries, start + 116)
        if kind == 5:
            inner = b"".join(at(n) for n in _chain(first, table))
        elif kind == 1:
            yield name, b""
        elif kind == 2 and size < cutoff and inner:
            yield name, b"".join(inner[n * small : (n + 1) * small] for n in _chain(first, small_table))[:size]
        elif kind == 2:
            yield name, b"".join(at(n) for n in _chain(first, table))[:size]


def _numbers(sector: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4])


def _chain(first: int, table: list[int]) -> Iterator[int]:
    seen = 0
    while first < _END:
        yield first
        first = table[first]
        seen += 1
        if seen > len(table):
            raise ValueError("a chain without an end")


# -- records ------------------------------------------------------------------------------------------------------------------------


def _records(book: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, position)
        yield kind, book[position + 4 : position + 4 + size]
        position += 4 + size


def _texts(book: bytes, found: Beside) -> None:
    """A comment's text is that of a text object, in the records that continue it; its author stands in the note."""
    notes = texts = 0
    left = 0  # characters that are still to come
    pieces: list[str] = []
    for kind, body in _records(book):
        if kind == _TEXT_OBJECT:
            left, pieces = struct.unpack_from("<H", body, 10)[0], []
        elif kind == _CONTINUE and left and body:
            wide = bool(body[0] & 1)
            text = body[1:].decode("utf-16-le" if wide else "latin-1", "replace")[:left]
            pieces.append(text)
            left -= len(text)
            if not left:
                texts += 1
                found.comments.append(("comment", "".join(pieces)))
        elif kind == _NOTE:
            notes += 1
            if author := _author(body):
                found.comments.append(("author", author))
        elif kind in _SAYING:
            found.others += [(_SAYING[kind], text) for text in printable(body)]
        elif kind == _DRAWINGS and any(mark in body for mark in _PICTURES) and "pictures are not read" not in found.unread:
            found.unread.append("pictures are not read")
    found.whole &= not left and notes <= texts


def _author(note: bytes) -> str:
    """[MS-XLS] 2.4.179: row, column, flags and object, then a string with its length and one byte of flags."""
    if len(note) < 11:
        return ""
    length, wide = struct.unpack_from("<HB", note, 8)
    return note[11 : 11 + length * (1 + (wide & 1))].decode("utf-16-le" if wide & 1 else "latin-1", "replace")


def _records12(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and size are numbers of seven bits a byte, the last without the eighth bit."""
    position = 0
    while position < len(part):
        kind, position = _packed(part, position, 2)
        size, position = _packed(part, position, 4)
        if position + size > len(part):
            raise ValueError("cut off")
        yield kind, part[position : position + size]
        position += size


def _packed(part: bytes, position: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        byte = part[position]
        position += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, position


def _wide(body: bytes, start: int) -> str:
    (length,) = struct.unpack_from("<I", body, start)
    return body[start + 4 : start + 4 + 2 * length].decode("utf-16-le", "replace")


# -- properties ---------------------------------------------------------------------------------------------------------------------


def _properties(stream: bytes) -> Iterator[tuple[str, str]]:
    """The texts of the first set of a stream of properties."""
    (start,) = struct.unpack_from("<I", stream, 44)
    (count,) = struct.unpack_from("<I", stream, start + 4)
    places = [struct.unpack_from("<II", stream, start + 8 + 8 * n) for n in range(min(count, 1_000))]
    page = next((struct.unpack_from("<H", stream, start + at + 4)[0] for number, at in places if number == _CODE_PAGE), 1252)
    encoding = {65001: "utf-8", 1200: "utf-16-le", 10000: "mac-roman"}.get(page, f"cp{page}")
    for number, at in places:
        kind, length = struct.unpack_from("<II", stream, start + at)
        raw = stream[start + at + 8 :]
        text = ""
        if kind == _LPSTR:
            text = raw[:length].decode(encoding, "replace")
        elif kind == _LPWSTR:
            text = raw[: 2 * length].decode("utf-16-le", "replace")
        if text := text.split("\x00")[0].strip():
            yield _PROPERTY_NAMES.get(number, f"property {number}"), text
