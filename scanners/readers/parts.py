"""A large text piece by piece: decoded as it comes, cut where a record ends, each part told before the next is read.

What the records are, the format's reader says (`Parts`, source.py); what the bytes are, `encoding.survey`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from scanners.errors import Quarantine
from scanners.readers import encoding, tables
from scanners.readers.source import Limits, PartReader, Parts, Reader, Source
from scanners.schemas import ParsedFile, TextTable

KINDS = frozenset({"export", "sent", "log", "return"})
"""Of these a part can be scanned for itself; audits and evidence need their tables whole."""

LEAST_HEAD = 1024 * 1024
"""Bytes from the start of a file that are looked at to choose how to read the rest."""

_LONGEST_RECORD = 64 * 1024 * 1024


def begin(reader: Reader, head: Source, stream: BinaryIO, size: int) -> tuple[Parts, encoding.Survey] | None:
    """How to read a file by what its beginning shows; None where its reader needs it whole."""
    if head.kind not in KINDS or not isinstance(reader, PartReader):
        return None
    survey = encoding.survey(stream, size)
    found = reader.in_parts(head, _head_text(stream, survey, head.limits))
    return (found, survey) if found else None


def _head_text(stream: BinaryIO, survey: encoding.Survey, limits: Limits) -> str:
    """The beginning of the text, cut where a line ends."""
    stream.seek(survey.start)
    data = stream.read(min(max(LEAST_HEAD, limits.part_bytes), survey.end - survey.start))
    text, _ = encoding.Decoder(survey).decode(data, survey.start + len(data) >= survey.end)
    return text if survey.start + len(data) >= survey.end else text[: tables.last_line_end(text)]


def read_whole(parts: Parts, decoded: encoding.Decoded) -> ParsedFile:
    """A text that is held whole, in one part."""
    found, _ = parts.take(decoded.text, whole=True)
    for run in decoded.runs:
        parts.kept[0].hold(run)
    odd = tables.LineNumbers()
    for line in decoded.odd_lines:
        odd.add(line)
    return _finished(parts, found, decoded.encoding, odd, decoded.binary_from)


def read(parts: Parts, stream: BinaryIO, survey: encoding.Survey, limits: Limits) -> Iterator[tuple[ParsedFile, bool]]:
    """The file from its first byte to its last: each part, and whether it is the last, which has the status of all."""
    text = _Text(stream, survey)
    longest = max(4 * limits.part_bytes, _LONGEST_RECORD)
    rest = ""
    found: list[TextTable] = []
    while not text.ended:
        rest += text.read(limits.part_bytes)
        found, taken = parts.take(rest, text.ended or len(rest) > longest)
        rest = rest[taken:]
        if not text.ended:
            yield from _part(parts, found)
            found = []  # nothing of a part is held while the next is read
    for data in text.binary(limits.part_bytes):
        for run in encoding.printable(data):
            parts.kept[0].hold(run)
        yield from _part(parts, found)
        found = []
    yield _finished(parts, found, survey.encoding, text.odd, text.line if survey.binary else None), True


def _part(parts: Parts, found: list[TextTable]) -> Iterator[tuple[ParsedFile, bool]]:
    for kept in parts.kept:
        found += kept.spilled()
    if found:
        yield ParsedFile(parts.format, tuple(found)), False


def _finished(parts: Parts, found: list[TextTable], name: str, odd: tables.LineNumbers, binary_from: int | None) -> ParsedFile:
    last = parts.finish()
    return tables.with_oddities(replace(last, tables=(*found, *last.tables)), name, odd, binary_from)


class _Text:
    """A surveyed file as text, with the number of the line that comes next and of those that hold odd bytes."""

    def __init__(self, stream: BinaryIO, survey: encoding.Survey) -> None:
        self.line = 1
        self.odd = tables.LineNumbers()
        self.ended = False
        self._stream, self._survey = stream, survey
        self._decoder = encoding.Decoder(survey)
        self._numbered = survey.odd or survey.binary or survey.encoding.startswith(("utf-16", "utf-32", "cp1252"))
        self._last_odd = 0
        self._position = survey.start
        stream.seek(0)
        if len(stream.read(survey.start)) < survey.start:
            raise Quarantine("the file was changed while it was read")

    def read(self, size: int) -> str:
        """The text of the next `size` bytes; all of it once `ended`."""
        data = self._stream.read(min(size, self._survey.end - self._position))
        self._position += len(data)
        self.ended = self._position >= self._survey.end or not data
        text, odd = self._decoder.decode(data, self.ended)
        for line in odd:
            if self.line + line - 1 != self._last_odd:  # a line may lie in two pieces
                self._last_odd = self.line + line - 1
                self.odd.add(self._last_odd)
        if self._numbered:
            self.line += encoding.line_of(text, len(text)) - 1
        return text

    def binary(self, size: int) -> Iterator[bytes]:
        """What follows the text, binary data or end marks, to the end of the file."""
        while data := self._stream.read(size):
            if self._survey.binary:
                yield data
