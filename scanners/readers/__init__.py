"""Readers: bytes to tables of text, one module a family of formats. What the text means is not asked here.

A new format is a class with `matches` and `read` (source.py) and a place in `READERS`: the first that matches reads.
"""

from __future__ import annotations

from typing import BinaryIO

from scanners.errors import Quarantine
from scanners.readers import parts
from scanners.readers.delimited import DelimitedReader
from scanners.readers.encoding import Survey
from scanners.readers.evidence import CertificateReader
from scanners.readers.field_lists import LoadBalancerReader, W3cReader
from scanners.readers.html import HtmlReader
from scanners.readers.jsonlines import JsonReader
from scanners.readers.logs import AccessLogReader, LogfmtReader
from scanners.readers.mail import MailReader
from scanners.readers.parquet import ParquetReader
from scanners.readers.pdf import PdfFileReader
from scanners.readers.prefixed_json import PrefixedJsonReader
from scanners.readers.source import Parts, Reader, Reading, Source
from scanners.readers.spreadsheet import SpreadsheetReader
from scanners.readers.sqldump import SqlDumpReader
from scanners.readers.sqlite import SqliteReader
from scanners.readers.syslog import SyslogReader
from scanners.readers.text import TextReader, binary_format
from scanners.readers.trackers import CookieFileReader
from scanners.readers.unnamed_lines import UnnamedLinesReader
from scanners.readers.vcard import VcardReader
from scanners.readers.windows_events import WindowsEventReader
from scanners.readers.workbook import OldWorkbookReader
from scanners.readers.xml import XmlReader

READERS: tuple[Reader, ...] = (
    ParquetReader(),
    SqliteReader(),
    SpreadsheetReader(),
    OldWorkbookReader(),
    PdfFileReader(),
    CertificateReader(),
    VcardReader(),
    MailReader(),
    HtmlReader(),
    JsonReader(),
    SqlDumpReader(),
    CookieFileReader(),
    W3cReader(),
    LoadBalancerReader(),
    WindowsEventReader(),
    AccessLogReader(),
    LogfmtReader(),
    PrefixedJsonReader(),
    SyslogReader(),
    XmlReader(),
    DelimitedReader(),
    UnnamedLinesReader(),
    TextReader(),
)
"""In the order in which they are asked: what is known by its first bytes comes first. Archives are unpacked before (archive.py)."""


def choose(source: Source) -> Reader:
    """The reader for a source; the last one takes all."""
    return next(reader for reader in READERS if reader.matches(source.name, source.head, source.kind))


def in_parts(head: Source, stream: BinaryIO, size: int) -> tuple[Parts, Survey] | None:
    """How to read a large file in parts, from its beginning; None where it must be read whole."""
    return None if binary_format(head.data) else parts.begin(choose(head), head, stream, size)


def read(source: Source) -> Reading:
    """What is in a file that is no archive. Raises `Quarantine` where nothing of it can be read."""
    if found := binary_format(source.data):
        raise Quarantine(f"{found} is not read yet")
    return choose(source).read(source)
