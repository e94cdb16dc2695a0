"""Workbooks that calamine reads: XLS and ODS; what a password hides, and other OLE files, are refused by name."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

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


def biff(*rows: list[str | float]) -> bytes:
    """The records of a BIFF8 workbook of one sheet ([MS-XLS])."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

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
    return begin(5) + record(0x85, struct.pack("<IBB", head_length, 0, 0) + name) + end + sheet + end


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


def test_xls(parse: Parse) -> None:
    parsed = parse("a.xls", ole("Workbook", biff(["id", "name"], [12345.0, "Zoë"], [12346.5, "Ann"])))
    assert (parsed.format, parsed.status) == ("xls", "partly_scanned")
    assert parsed.reason == "comments and properties of xls are not read"
    assert parsed.tables[0].name == "Roster"
    assert parsed.tables[0].data.to_pylist() == [{"id": "12345", "name": "Zoë"}, {"id": "12346.5", "name": "Ann"}]


def test_ods(parse: Parse) -> None:
    parsed = parse("a.ods", ods(CONTENT))
    assert (parsed.format, parsed.status) == ("ods", "partly_scanned")
    assert parsed.tables[0].data.to_pylist() == [{"id": "0012", "name": "Zoë"}, {"id": "0013", "name": "Ann"}]


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
