"""Workbooks of older and other programs, through calamine: XLS (BIFF), XLSB and ODS. Cells only; XLSX is read in spreadsheet.py."""

from __future__ import annotations

import io

import python_calamine as calamine

from scanners.errors import Quarantine
from scanners.readers import archive, tables
from scanners.readers.delimited import AROUND
from scanners.readers.grid import Grid
from scanners.readers.plain import Plain
from scanners.readers.source import Reading, Source
from scanners.schemas import TextTable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNREAD = "comments and properties of {} are not read"
_PASSWORD = "the workbook is protected by a password"


class OldWorkbookReader:
    """OLE files (xls) and the zips of XLSB and ODS."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if head.startswith(_OLE):
            return True
        return head.startswith(b"PK\x03\x04") and (b"application/vnd.oasis.opendocument" in head[:200] or name.lower().endswith(".xlsb"))

    def read(self, source: Source) -> Reading:
        format_name = archive.workbook_format(source.data) or _ole_format(source.data)
        if format_name == "xlsx":
            raise Quarantine("an xlsx under the name of an xlsb is not read")
        if format_name != "xls":
            _measure(source)
        try:
            with calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as book:
                return Reading(_read(book, format_name))
        except calamine.PasswordError:
            raise Quarantine(_PASSWORD) from None
        except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError, OSError, OverflowError):
            raise Quarantine(f"the {format_name} is damaged") from None


def _ole_format(data: bytes) -> str:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Quarantine(_PASSWORD)
    if holds("Workbook") or holds("Book\x00"):
        return "xls"
    raise Quarantine("an old Office document (doc, ppt, msg) is not read yet")
