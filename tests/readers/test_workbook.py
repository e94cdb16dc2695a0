"""Workbooks that calamine reads: XLS and ODS; what a password hides, and other OLE files, are refused by name."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.readers import biff as biff_reader
from scanners.readers.source import Limits
from scanners.sandbox import read_file
from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def ole(stream: str, content: bytes) -> bytes:
    """A compound file of one stream ([MS-CFB]): header, one sector of the allocation table, the directory, the stream."""
    content = content.ljust(4096, b"\x00")
    content += bytes(-len(content) % _SECTOR)
    sectors = len(content) // _SECTOR
    table = [_FAT, _END, *[n + 3 for n in range(sectors - 1)], _END]
    fat = struct.pack(f"<{len(table)}I", *table).ljust(_SECTOR, b"\xff")
    numbers = struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + numbers
    header += struct.pack("<I", _FREE) * 108
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry(stream, 2, 2, len(content)) + bytes(256)
    return header + fat + directory + content


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    raw = (name + "\x00").encode("utf-16-le")
    return raw.ljust(64, b"\x00") + struct.pack("<HBBIII36xIQ", len(raw), kind, 1, _FREE, _FREE, child, start, size)


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def biff(*rows: list[str | float], beside: bytes = b"") -> bytes:
    """The records of a BIFF8 workbook of one sheet ([MS-XLS]); `beside` are more records of the sheet."""

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 6))

    end = record(0x0A, b"")
    name = b"\x06\x00Roster"
    head_length = len(begin(5)) + 4 + 6 + len(name) + len(end)
    sheet = begin(0x10)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                sheet += record(0x204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                sheet += record(0x203, place + struct.pack("<d", value))
    return begin(5) + record(0x85, struct.pack("<IBB", head_length, 0, 0) + name) + end + sheet + beside + end


def comment(author: str, *texts: str) -> bytes:
    """A comment of BIFF8: the text object, its text in so many pieces, and the note."""
    size = sum(map(len, texts))
    said = b"".join(record(0x3C, b"\x01" + text.encode("utf-16-le")) for text in texts)
    note = struct.pack("<HHHHHB", 1, 1, 0, 1, len(author), 1) + author.encode("utf-16-le") + b"\x00"
    return record(0x1B6, struct.pack("<HH6xHH4x", 0x212, 0, size, 16)) + said + record(0x3C, bytes(16)) + record(0x1C, note)


def records12(*records: tuple[int, bytes]) -> bytes:
    """Records of an XLSB's part ([MS-XLSB] 2.1.4)."""

    def packed(number: int) -> bytes:
        return bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80]) + packed(number >> 7)

    return b"".join(packed(kind) + packed(len(body)) + body for kind, body in records)


def ods(content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest:manifest xmlns:manifest='m'/>")
        package.writestr("content.xml", content)
    return out.getvalue()


def cell(text: str) -> str:
    return f"<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:table-cell>"


ROWS = "".join(
    f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in (["id", "name"], ["0012", "Zoë"], ["0013", "Ann"])
)
CONTENT = (
    "<office:document-content xmlns:office='o' xmlns:table='t' xmlns:text='x'><office:body><office:spreadsheet>"
    f"<table:table table:name='Roster'>{ROWS}</table:table></office:spreadsheet></office:body></office:document-content>"
)


def beside(parsed: ParsedFile) -> dict[str, list[dict[str, str | None]]]:
    return {t.name: t.data.to_pylist() for t in parsed.tables[1:]}


PEOPLE: list[list[str | float]] = [["id", "name"], [12345.0, "Zoë"], [12346.5, "Ann"]]


def test_xls(parse: Parse) -> None:
    parsed = parse("a.xls", ole("Workbook", biff(*PEOPLE)))
    assert (parsed.format, parsed.status, parsed.reason) == ("xls", "scanned", None)
    assert parsed.tables[0].name == "Roster"
    assert parsed.tables[0].data.to_pylist() == [{"id": "12345", "name": "Zoë"}, {"id": "12346.5", "name": "Ann"}]


LINK = record(0x1B8, bytes(40) + "mailto:zoe@x.example".encode("utf-16-le") + b"\x00\x00")


@pytest.mark.parametrize(
    ("more", "found", "reason"),
    [
        (comment("Ms. Núñez", "Zoë moved ", "to Ann's"),
         {"comments": [{"path": "comment", "value": "Zoë moved to Ann's"}, {"path": "author", "value": "Ms. Núñez"}]}, None),
        (LINK, {"beside the cells": [{"path": "link", "value": "mailto:zoe@x.example"}]}, None),
        (comment("A", "lost")[:22], {}, "comments and properties of the xls cannot be read whole"),
        (record(0x1C, struct.pack("<HHHHHB", 1, 1, 0, 1, 0, 0)), {}, "comments and properties of the xls cannot be read whole"),
        (record(0xEB, bytes(50) + b"\x89PNG"), {}, "pictures are not read"),
    ],
)  # fmt: skip
def test_xls_beside_its_cells(parse: Parse, more: bytes, found: dict[str, object], reason: str | None) -> None:
    parsed = parse("a.xls", ole("Workbook", biff(*PEOPLE, beside=more)))
    assert (beside(parsed), parsed.reason) == (found, reason)
    assert parsed.status == ("partly_scanned" if reason else "scanned")


def test_properties_of_xls() -> None:
    texts = {
        1: struct.pack("<IH2x", 2, 1252),
        4: struct.pack("<II", 30, 5) + "Núñez"[:4].encode("cp1252") + b"\x00",
        8: struct.pack("<II", 31, 4) + "Zoë\x00".encode("utf-16-le"),
    }
    places, content = [], b""
    for number, value in texts.items():
        places.append(struct.pack("<II", number, 8 + 8 * len(texts) + len(content)))
        content += value.ljust(len(value) + 3 & ~3, b"\x00")
    stream = bytes(44) + struct.pack("<I", 48) + struct.pack("<II", 0, len(texts)) + b"".join(places) + content
    assert list(biff_reader._properties(stream)) == [("author", "Núñe"), ("last author", "Zoë")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600), st.integers(0, 4000))
def test_damaged_bytes_never_raise(data: bytes, place: int) -> None:
    whole = ole("Workbook", biff(*PEOPLE, beside=comment("A", "text")))
    biff_reader.of_xls(whole[:place] + data + whole[place + len(data) :])
    biff_reader.of_xls(data)
    biff_reader.of_xlsb_comments(data)


def test_comments_of_xlsb() -> None:
    author, text = "Ms. Núñez".encode("utf-16-le"), "Zoë moved".encode("utf-16-le")
    part = records12(
        (628, b""), (632, struct.pack("<I", 9) + author), (635, bytes(36)), (637, b"\x00" + struct.pack("<I", 9) + text), (636, b"")
    )
    found = biff_reader.of_xlsb_comments(part)
    assert (found.comments, found.whole) == ([("author", "Ms. Núñez"), ("comment", "Zoë moved")], True)
    assert not biff_reader.of_xlsb_comments(part[:-8]).whole


NOTE = (
    "<office:annotation><dc:creator xmlns:dc='d'>Ms. Núñez</dc:creator>"
    "<text:p>Zoë <text:span>moved</text:span></text:p></office:annotation>"
)
HIDDEN = f"<table:table table:name='Hidden' table:visibility='collapse'>{ROWS}</table:table>"
SHAPE = "<table:shapes><draw:custom-shape xmlns:draw='w'><text:p>Ask Ann Lee</text:p></draw:custom-shape></table:shapes>"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (CONTENT, {}),
        (CONTENT.replace("<text:p>Ann", f"{NOTE}<text:p>Ann"), {"comments": [{"path": "Ms. Núñez", "value": "Zoë moved"}]}),
        (CONTENT.replace("</office:spreadsheet>", f"{HIDDEN}</office:spreadsheet>"),
         {"Hidden": [{"id": "0012", "name": "Zoë"}, {"id": "0013", "name": "Ann"}]}),
        (CONTENT.replace("<table:table-row>", f"{SHAPE}<table:table-row>", 1), {"": [{"line": "Ask Ann Lee"}]}),
    ],
)  # fmt: skip
def test_ods(parse: Parse, content: str, found: dict[str, object]) -> None:
    parsed = parse("a.ods", ods(content))
    assert (parsed.format, parsed.status, parsed.reason) == ("ods", "scanned", None)
    assert parsed.tables[0].data.to_pylist() == [{"id": "0012", "name": "Zoë"}, {"id": "0013", "name": "Ann"}]
    assert beside(parsed) == found


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xlsx", ole("EncryptedPackage", b"\x01" * 64), "the workbook is protected by a password"),
        ("a.doc", ole("WordDocument", b"\x01" * 64), "an old Office document (doc, ppt, msg) is not read yet"),
        ("a.xls", ole("Workbook", b"\x01\x02\x03" * 100), "the xls is damaged"),
        ("a.xls", ole("Workbook", biff(["a"]))[:1600], "the xls is damaged"),
        ("a.ods", ods("<office"), "the ods is damaged"),
    ],
)
def test_quarantined(parse: Parse, name: str, data: bytes, reason: str) -> None:
    parsed = parse(name, data)
    assert (parsed.status, parsed.reason) == ("quarantined", reason)


def test_a_bomb_is_not_given_to_calamine(put: Callable[..., object]) -> None:
    (member,) = read_file(put("a.ods", ods(CONTENT + " " * 50_000)), Limits(member_bytes=20_000))  # type: ignore[arg-type]
    assert (member.parsed.status, member.parsed.reason) == ("quarantined", "a member of more than 0.0191 MB")
