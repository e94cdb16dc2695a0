"""JSON: documents, JSON Lines, values one after the other. What the ending says is no matter, and a broken part costs only itself.

Captures and storage states are JSON too: once parsed, `har` and `trackers` are asked first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from scanners.errors import Quarantine
from scanners.readers import encoding, flatten, har, jsonshapes, parts, tables, trackers
from scanners.readers.lines import LineParts
from scanners.readers.source import HEAD_BYTES, Parts, Reading, Source, extension
from scanners.schemas import ParsedFile, TextTable

_EXTENSIONS = frozenset({"json", "jsonl", "ndjson", "jsonlines", "geojson", "jsonld", "har", "webmanifest"})
_LINE_EXTENSIONS = frozenset({"jsonl", "ndjson", "jsonlines", "log"})
"""A file of one record reads like its neighbours of many."""

_START = re.compile(r'\s*(?:\{\s*"(?:[^"\\\r\n]|\\.)*"\s*:|\[\s*[\[{"]|\{\s*\}\s*\Z|\[\s*\]\s*\Z)')
_BLANK = re.compile(r"[\s,]*")
_EMPTY = re.compile(r"[\s\[\]{},:\ufeff]*")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_MAX_SALVAGE = 300
_MAX_SHAPES = 16
_MAX_SHAPE_ATTEMPTS = 64


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
            return Reading(parts.read_whole(_line_parts(), decoded))
        return Reading(_read_document(text, decoded))

    def in_parts(self, source: Source, text: str) -> Parts | None:
        return _line_parts() if _is_lines(text) else None


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


def _line_parts() -> LineParts:
    return LineParts("jsonl", _Records(), "not JSON")


class _Records:
    """The records of JSON Lines: most by the shape that they share with others, the rest by the decoder."""

    def __init__(self) -> None:
        self._table = tables.RowTable("")
        self._decode = flatten.decoder().decode
        self._shapes: list[_OfShape] = []
        self._attempts = 0

    def add(self, lines: Sequence[str]) -> list[int]:
        refused: list[int] = []
        others = _Others()
        latest = self._shapes[0] if self._shapes else None
        for place, line in enumerate(lines):
            if latest is not None and latest.as_they_are and (match := latest.match(line)):
                latest.rows.append(match.groups())
                latest.places.append(place)
            elif line.strip() and not self._add_shaped(line, place) and not self._add_decoded(line, place, others):
                refused.append(place)
            else:
                latest = self._shapes[0] if self._shapes else None
        self._gather(others)
        return refused

    def part(self) -> list[TextTable]:
        return self._table.part()

    def _add_shaped(self, line: str, place: int) -> bool:
        for number, shape in enumerate(self._shapes):
            values = shape.values(line)
            if values is not None:
                shape.rows.append(values)
                shape.places.append(place)
                if number:  # the next line is likely to be alike
                    self._shapes.insert(0, self._shapes.pop(number))
                return True
        return False

    def _add_decoded(self, line: str, place: int, others: _Others) -> bool:
        try:
            rows = flatten.record_rows(self._decode(line))
        except (ValueError, RecursionError):
            return False
        for row in rows:
            self._table.see(row)
            others.rows.append(row)
            others.places.append(place)
        if len(rows) == 1 and self._attempts < _MAX_SHAPE_ATTEMPTS and len(self._shapes) < _MAX_SHAPES and self._table.has_room([*rows[0]]):
            self._attempts += 1
            if shape := jsonshapes.shape_of(line, rows[0]):
                self._shapes.insert(0, _OfShape(shape))
        return True

    def _gather(self, others: _Others) -> None:
        """The rows of all shapes as one table, in the order of their lines."""
        found = [(shape.taken(), shape.places) for shape in self._shapes if shape.rows]
        found += [(self._table.table_of(others.rows), others.places)] if others.rows else []
        if not found:
            return
        data = pa.concat_tables([table for table, _ in found], promote_options="default")
        if len(found) > 1:
            data = data.take(np.argsort(np.concatenate([places for _, places in found]), kind="stable"))
        self._table.append(data)
        for shape in self._shapes:
            shape.places = []


class _OfShape:
    """The rows of one shape in a run of lines, and the places of these."""

    def __init__(self, shape: jsonshapes.Shape) -> None:
        self.paths, self.values, self.match, self.as_they_are = shape.paths, shape.values, shape.match, shape.as_they_are
        self.rows: list[jsonshapes.Values] = []
        self.places: list[int] = []

    def taken(self) -> pa.Table:
        data = pa.table([tables.cells(column) for column in zip(*self.rows, strict=True)], names=list(self.paths))
        self.rows = []
        return data


class _Others:
    """The rows that the decoder had to read, and the places of their lines."""

    def __init__(self) -> None:
        self.rows: list[flatten.Cells] = []
        self.places: list[int] = []


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
