"""Every other text: notes, log lines, and what has no reader yet, as one column of lines. Binary files are refused by name."""

from __future__ import annotations

from collections.abc import Sequence

from scanners.errors import Quarantine
from scanners.readers import encoding, parts, tables
from scanners.readers.lines import LineParts
from scanners.readers.source import Parts, Reading, Source
from scanners.schemas import TextTable

_MAGIC = (
    (b"\x37\x7f\x06\x82", "a write-ahead log of SQLite"),
    (b"\x37\x7f\x06\x83", "a write-ahead log of SQLite"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"\x1aE\xdf\xa3", "webm or matroska"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"ARROW1", "arrow"),
    (b"Obj\x01", "avro"),
    (b"ORC", "orc"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"!BDN", "pst"),
)
_AMBIGUOUS = frozenset({b"ID3", b"ORC", b"MZ"})
"""Magic numbers that a text may begin with: they count only where the rest is binary."""

_RTF = b"{\\rtf"
_PARTED = "rtf is read as it is written: its formatting may stand within names"

_FORMATS = {
    "log": "log", "xml": "xml", "yaml": "yaml", "yml": "yaml", "sql": "sql", "eml": "eml", "mbox": "mbox",
    "pem": "pem", "crt": "pem", "md": "markdown", "rtf": "rtf", "ics": "ics", "vcf": "vcf",
}  # fmt: skip


class TextReader:
    """Lines of text: the reader of last resort, so it matches everything."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return True

    def read(self, source: Source) -> Reading:
        if not source.data.strip(b"\x00 \t\r\n"):
            raise Quarantine("the file is empty")
        if found := binary_format(source.data):
            raise Quarantine(f"{found} is not read yet")
        decoded = encoding.decode(source.data)
        if decoded.binary_from == 1:
            raise Quarantine("binary data of no known format")
        reading = parts.read_whole(LineParts(_format(source), _Lines(), ""), decoded)
        if source.data.startswith(_RTF):
            reading = tables.judged("rtf", reading.tables, [*([reading.reason] if reading.reason else []), _PARTED])
        return Reading(reading)

    def in_parts(self, source: Source, text: str) -> Parts | None:
        return LineParts(_format(source), _Lines(), "") if text.strip() and not source.data.startswith(_RTF) else None


class _Lines:
    """Every line as it is."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, lines: Sequence[str]) -> list[int]:
        self._lines += lines
        return []

    def part(self) -> list[TextTable]:
        lines, self._lines = self._lines, []
        return [tables.lines_table(lines)] if lines else []


def binary_format(data: bytes) -> str | None:
    """What a file is by its first bytes, where no reader takes it; None for text and the unknown."""
    head = data[:4096]
    for magic, name in _MAGIC:
        if head.startswith(magic) and (magic not in _AMBIGUOUS or encoding.decode(head).binary_from is not None):
            return name
    if head[4:8] == b"ftyp":
        return "a video or a heic image"
    if head.startswith(b"RIFF") and head[8:12] in (b"WAVE", b"AVI ", b"WEBP"):
        return "a sound, a video or a webp image"
    return None


def _format(source: Source) -> str:
    start = source.data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<?xml"):
        return "xml"
    if start.startswith(b"-----begin "):
        return "pem"
    return _FORMATS.get(source.extension, "text")
