"""Readers: bytes to tables of text, one module a family of formats. What the text means is not asked here.

A new format is a class with `matches` and `read` (source.py) and a place in `READERS`: the first that matches reads.
"""

from __future__ import annotations

from scanners.errors import Quarantine
from scanners.readers.delimited import DelimitedReader
from scanners.readers.evidence import CertificateReader
from scanners.readers.html import HtmlReader
from scanners.readers.jsonlines import JsonReader
from scanners.readers.logs import AccessLogReader, LogfmtReader
from scanners.readers.parquet import ParquetReader
from scanners.readers.source import Reader, Reading, Source
from scanners.readers.spreadsheet import SpreadsheetReader
from scanners.readers.sqlite import SqliteReader
from scanners.readers.text import TextReader, binary_format
from scanners.readers.trackers import CookieFileReader
from scanners.readers.workbook import OldWorkbookReader

READERS: tuple[Reader, ...] = (
    ParquetReader(),
    SqliteReader(),
    SpreadsheetReader(),
    OldWorkbookReader(),
    CertificateReader(),
    HtmlReader(),
    JsonReader(),
    CookieFileReader(),
    AccessLogReader(),
    LogfmtReader(),
    DelimitedReader(),
    TextReader(),
)
"""In the order in which they are asked: what is known by its first bytes comes first. Archives are unpacked before (archive.py)."""


def choose(source: Source) -> Reader:
    """The reader for a source; the last one takes all."""
    return next(reader for reader in READERS if reader.matches(source.name, source.head, source.kind))


def read(source: Source) -> Reading:
    """What is in a file that is no archive. Raises `Quarantine` where nothing of it can be read."""
    if found := binary_format(source.data):
        raise Quarantine(f"{found} is not read yet")
    return choose(source).read(source)
