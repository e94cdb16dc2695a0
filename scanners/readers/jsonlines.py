"""JSON: documents, JSON Lines, values one after the other. What the ending says is no matter, and a broken part costs only itself.

Captures and storage states are JSON too: once parsed, `har` and `trackers` are asked first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.errors import Quarantine
from scanners.readers import encoding, flatten, har, tables, trackers
from scanners.readers.source import HEAD_BYTES, Reading, Source, extension
from scanners.schemas import ParsedFile

_EXTENSIONS = frozenset({"json", "jsonl", "ndjson", "jsonlines", "geojson", "jsonld", "har", "webmanifest"})
_LINE_EXTENSIONS = frozenset({"jsonl", "ndjson", "jsonlines", "log"})
"""A file of one record reads like its neighbours of many."""

_START = re.compile(r'\s*(?:\{\s*"(?:[^"\\\r\n]|\\.)*"\s*:|\[\s*[\[{"]|\{\s*\}\s*\Z|\[\s*\]\s*\Z)')
_BLANK = re.compile(r"[\s,]*")
_EMPTY = re.compile(r"[\s\[\]{},:\ufeff]*")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_MAX_SALVAGE = 300


class JsonReader:
    """Any file of JSON values."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if extension(name) in _EXTENSIONS:
            return True
        text = encoding.decode(head).text
        if not _START.match(text):
            return False
        first = next((line for line in _NEWLINE.split(text) if line.strip()), "")
        return text.lstrip().startswith("{") or _value(first) is not None or _value(text) is not None or len(head) >= HEAD_BYTES

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        text = decoded.text
        if not text.strip():
            raise Quarantine("the file is empty" if not decoded.runs and decoded.binary_from is None else "binary data of no known format")
        if _is_lines(text) or (source.extension in _LINE_EXTENSIONS and isinstance(_value(text), dict)):
            return Reading(_read_lines(text, decoded))
        return Reading(_read_document(text, decoded))


def parse(text: str) -> object:
    """One JSON value as text values. Raises `ValueError`, also where it is nested too deeply."""
    try:
        return flatten.decoder().decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _value(text: str) -> object | None:
    try:
        return parse(text)
    except ValueError:
        return None


def _is_lines(text: str) -> bool:
    """Whether each line is a value: two of the first three are objects or arrays on their own, or the only one of two lines is."""
    lines: list[str] = []
    for line in _lines(text):
        if line.strip():
            lines.append(line)
        if len(lines) == 3:
            break
    whole = sum(isinstance(_value(line), (dict, list)) for line in lines)
    return len(lines) > 1 and whole >= min(2, len(lines) - 1)


def _lines(text: str) -> Iterator[str]:
    start = 0
    for match in _NEWLINE.finditer(text):
        yield text[start : match.start()]
        start = match.end()
    if start < len(text):
        yield text[start:]


def _read_lines(text: str, decoded: encoding.Decoded) -> ParsedFile:
    table = tables.RowTable("")
    rejected: dict[int, str] = {}
    decode = flatten.decoder().decode
    for number, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        try:
            for row in flatten.record_rows(decode(line)):
                table.add(row)
        except (ValueError, RecursionError):
            rejected[number] = line
    reasons = [f"{tables.numbered(sorted(rejected))} not JSON"] if rejected else []
    return tables.parsed("jsonl", table.tables(), decoded, rejected, reasons)


def _read_document(text: str, decoded: encoding.Decoded) -> ParsedFile:
    values, position = _values(text)
    rejected: dict[int, str] = {}
    reasons: list[str] = []
    if position < len(text):
        more, rejected = _salvage(text, position)
        values += more
        bad = sorted(rejected) or [encoding.line_of(text, position)]
        reasons = [f"not JSON at {tables.numbered(bad)}"]
    if len(values) == 1 and not reasons:
        special = har.interpret(values[0]) or trackers.interpret_storage_state(values[0])
        if special:
            return tables.flagged(special, decoded)
    found = flatten.documents(values) if values else []
    return tables.parsed("json", found, decoded, rejected, reasons)


def _values(text: str) -> tuple[list[object], int]:
    """The values one after the other from the start, and where the first thing stands that is none (the text's end where all are)."""
    decode = flatten.decoder().raw_decode
    values: list[object] = []
    position = _skip(text, 0)
    while position < len(text):
        try:
            value, end = decode(text, position)
        except (ValueError, RecursionError):
            break
        values.append(value)
        position = _skip(text, end)
    return values, position


def _skip(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _salvage(text: str, position: int) -> tuple[list[object], dict[int, str]]:
    """From a broken document: every object that is whole, and the raw text between them by line number."""
    decode = flatten.decoder().raw_decode
    values: list[object] = []
    rejected: dict[int, str] = {}
    kept = position
    for _ in range(_MAX_SALVAGE):
        start = text.find("{", position)
        if start < 0:
            break
        try:
            value, end = decode(text, start)
        except (ValueError, RecursionError):
            position = start + 1
            continue
        _reject(text, kept, start, rejected)
        run, end = _run(text, end)
        values += [value, *run]
        kept = position = end
    _reject(text, kept, len(text), rejected)
    return values, rejected


def _run(text: str, position: int) -> tuple[list[object], int]:
    """The whole objects that follow each other at once, however many: only failures are limited."""
    decode = flatten.decoder().raw_decode
    values: list[object] = []
    while True:
        start = _skip(text, position)
        if not text.startswith("{", start):
            return values, position
        try:
            value, position = decode(text, start)
        except (ValueError, RecursionError):
            return values, position
        values.append(value)


def _reject(text: str, start: int, end: int, rejected: dict[int, str]) -> None:
    if _EMPTY.fullmatch(text, start, end):
        return
    number = encoding.line_of(text, start)
    for line in _NEWLINE.split(text[start:end]):
        if not _EMPTY.fullmatch(line):
            rejected[number] = f"{rejected[number]} {line}" if number in rejected else line
        number += 1
