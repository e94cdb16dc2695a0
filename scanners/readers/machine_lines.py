"""Lines that programs write, as one table: when, how bad, which program, then its sentence and the fields of that (linemask.py).

`head` takes what comes before the sentence off a line of any format: a time in one of a dozen notations, a level, a thread, a logger. A
line without a head goes on from the one before it (a stack trace): it is a row of text with that one's time. No line is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from scanners.readers import encoding, tables
from scanners.readers.linemask import Cells, Sentences, masked
from scanners.readers.lines import LineParts
from scanners.readers.source import HEAD_BYTES, Parts
from scanners.schemas import TextTable

MESSAGE = "message"
_SAMPLE_LINES = 200
_WHOLE = 300_000
_PARTS = 6
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Line:
    """One line: `time` as it is written, `moment` as the scan reads it (ISO 8601, or RFC 3164's without a year), the fields before the
    sentence, those the format itself fixes within it, and the sentence."""

    moment: str | None
    before: Cells
    message: str
    fixed: Cells = field(default_factory=dict)


Split = Callable[[str], Line | None]

_CLOCK = r"\d\d:\d\d:\d\d(?:[.,:]\d{1,9})?"
_TIME = re.compile(
    "|".join(
        (
            rf"(?P<iso>\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ]|-| - ){_CLOCK}(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?)",
            r"(?P<dotted>\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d(?:\.\d+)?)",
            rf"(?P<apache>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:{_MONTHS}) [ \d]\d {_CLOCK} \d{{4}})",
            rf"(?P<common>\d\d/(?:{_MONTHS})/\d{{4}}:\d\d:\d\d:\d\d(?: [+-]\d{{4}})?)",
            rf"(?P<dayfirst>\d\d[ -](?:{_MONTHS})[ -]\d{{4}} {_CLOCK})",
            rf"(?P<syslog>(?:{_MONTHS}) [ \d]\d (?:\d{{4}} )?{_CLOCK})",
            r"(?P<slashed>\d\d?/\d\d?/\d{4},? \d\d?:\d\d(?::\d\d)?(?: ?[AP]M)?)",
            rf"(?P<short>\d\d/\d\d/\d\d {_CLOCK})",
            rf"(?P<yearless>\d\d[-.]\d\d {_CLOCK})",
            r"(?P<run>\d{8}-\d\d?:\d\d?:\d\d?(?::\d+)?)",
            r"(?P<packed>(?<!\S)\d{6} \d{6}(?= ))",
            r"(?P<epoch>(?<![\w.-])1\d{9}(?:\.\d{1,6}|\d{3})?(?![\w.]))",
            rf"(?P<clock>(?<!\S)\[?{_CLOCK}\]?(?= ))",
        )
    )
)
_EARLY = 100
"""A time further on in a line is not the line's."""

_LEVELS = (
    "TRACE|DEBUG|VERBOSE|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRIT|CRITICAL|ALERT|EMERG|AUDIT|FINE|FINER|FINEST"
)
_LEVEL = re.compile(rf"\s*[\[<(|]?({_LEVELS}|[VDIWEF](?= ))[\]>)]?(?=[\s:|,-]|$)", re.IGNORECASE)
_MODULE_LEVEL = re.compile(rf"(?:\w+:)?(?:{_LEVELS}|trace\d)", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\[([^\[\]]{1,200}(?:\[[^\]]*\][^\]]{0,200})?)\](?=[\s:-]|$)")
_LOGGER = re.compile(r"\s*([A-Za-z_][\w$]*(?:[./][\w$*]+)+|[A-Z][a-z]\w*[A-Z]\w*)(?: ?:(?=\s)|(?=\s+-\s)|(?=\s*$))")
_PROCESS = re.compile(r"\s*(\d{1,8})(?=\s)")
_SEPARATOR = re.compile(r"\s*(?:-+|\||::?|,)(?=\s|$)|\|")
_BRACKETED = (
    ("client", re.compile(r"client (\S+)")),
    ("pid", re.compile(r"pid (\d+(?::tid \d+)?)")),
)


def head(line: str) -> Line | None:
    """The line without its head; None where it has no time early on."""
    found = _TIME.search(line, 0, _EARLY)
    if not found:
        return None
    before: Cells = {"time": found[0].strip("[]")}
    if origin := line[: found.start()].strip(" [<(|"):
        before["origin"] = origin
    rest = line[found.end() :].lstrip("])>|,")
    for _ in range(8):
        taken = _part(rest, before)
        if taken is None:
            break
        rest = rest[taken:]
    return Line(moment(found), before, rest.strip())


def _part(rest: str, before: Cells) -> int | None:
    """Take one part of a head off; how long it was, or None where the sentence begins."""
    if "level" not in before and (match := _LEVEL.match(rest)):
        before["level"] = match[1]
    elif match := _BRACKET.match(rest):
        _bracketed(match[1], before)
    elif "logger" not in before and (match := _LOGGER.match(rest)):
        before["logger"] = match[1]
    elif (match := _PROCESS.match(rest)) and _heads_on(rest[match.end() :], before):
        _put(before, "process", match[1])
    elif not (match := _SEPARATOR.match(rest)):
        return None
    return match.end()


def _heads_on(rest: str, before: Cells) -> bool:
    """Whether a level or another number follows, or after a level a dash: only then is a number of the head."""
    return rest.lstrip().startswith("---") if "level" in before else bool(_LEVEL.match(rest) or _PROCESS.match(rest))


def _bracketed(text: str, before: Cells) -> None:
    for name, form in _BRACKETED:
        if match := form.fullmatch(text):
            _put(before, name, match[1])
            return
    _put(before, "level" if "level" not in before and _MODULE_LEVEL.fullmatch(text) else "thread", text)


def _put(cells: Cells, name: str, value: str | None) -> None:
    unique, again = name, 2
    while unique in cells:
        unique, again = f"{name}#{again}", again + 1
    cells[unique] = value


def moment(found: re.Match[str]) -> str | None:
    """A time as the scan reads it; None for a clock without a day."""
    text, kind = found[0].strip("[]"), found.lastgroup
    if kind == "iso":
        day, clock = text[:10], text[10:].removeprefix(" - ").lstrip("T -")
        zone = clock[8:].lstrip(".,:0123456789").strip()
        return f"{re.sub('[/.]', '-', day)} {clock[:8]}{'' if zone == 'GMT' and not zone else _offset(zone)}"
    if kind == "dotted":
        return f"{text[:10]} {text[11:19].replace('.', ':')}"
    if kind == "yearless":
        month = int(text[:2])
        return f"{_MONTHS.split('|')[month - 1]} {text[3:5]} {text[6:14]}" if 1 <= month <= 12 else None
    if kind == "run":
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    if kind in ("packed", "short"):
        bare = text.replace("/", "")
        return f"20{bare[:2]}-{bare[2:4]}-{bare[4:6]}"
    if kind == "clock":
        return None
    if kind == "apache":
        return re.sub(r"\.\d+", "", text)
    return text


def _offset(zone: str) -> str:
    return "+00:00" if zone in ("Z", "UTC", "GMT") else zone


def fits(data: bytes, split: Split, least: float) -> bool:
    """Whether this share of the first lines is of the format, by the first bytes of a file."""
    lines = sample(data)
    return bool(lines) and sum(split(line) is not None for line in lines) >= least * len(lines)


def sample(data: bytes) -> list[str]:
    decoded = encoding.decode(data)
    if decoded.binary_from == 1:
        return []
    lines = [line for line in _NEWLINE.split(decoded.text) if line.strip()]
    if len(data) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # it may be cut
    return lines[:_SAMPLE_LINES]


class SentenceRows:
    """The rows of a log: each line, the fields before its sentence and those within. No line is refused."""

    def __init__(self, split: Split, text: str, name: str = "") -> None:
        """`text` is what the sentences are learned from: all of a log, or its beginning."""
        self._split = split
        self._sentences = Sentences.learn(_message(line, split) for line in spread(text))
        self._table = tables.RowTable(name)
        self._table.times = []
        self._latest: str | None = None

    def add(self, lines: Sequence[str]) -> list[int]:
        for line in lines:
            if line.strip():
                self.take(line)
        return []

    def take(self, line: str) -> None:
        parts = self._split(line)
        if parts is None:
            parts = Line(self._latest, {}, line.strip())
        self._latest = parts.moment
        times = self._table.times
        for row in _rows(parts, self._sentences):
            self._table.add(row)
            if times is not None:
                times.append(parts.moment)

    def part(self) -> list[TextTable]:
        found = self._table.part()
        self._table.times = []
        return found


def line_parts(format_name: str, split: Split, text: str) -> Parts:
    return LineParts(format_name, SentenceRows(split, text), "of another form")


def lines_of(text: str) -> Iterator[str]:
    """The lines that are not blank."""
    start = 0
    for match in _NEWLINE.finditer(text):
        line = text[start : match.start()]
        start = match.end()
        if line.strip():
            yield line
    if text[start:].strip():
        yield text[start:]


def spread(text: str) -> Iterator[str]:
    """Some thousand lines from the start, the middle and the end of a long text; all of a short one."""
    if len(text) <= _WHOLE:
        yield from lines_of(text)
        return
    for part in range(_PARTS):
        start = len(text) * part // _PARTS
        yield from list(lines_of(text[start : start + _WHOLE // _PARTS]))[bool(part) :]


def _message(line: str, split: Split) -> str:
    parts = split(line)
    return line.strip() if parts is None else "" if parts.fixed else parts.message


def _rows(parts: Line, sentences: Sentences) -> Iterator[Cells]:
    """One row; more where a sentence is too long for one cell."""
    if parts.fixed:
        yield parts.before | {MESSAGE: parts.message} | {k: v for k, v in parts.fixed.items() if k not in parts.before}
        return
    pieces = tables.pieces(parts.message)
    said, cells = sentences.split(pieces[0]) if len(pieces) == 1 else (pieces[0], {})
    row: Cells = {**parts.before, MESSAGE: said}
    if row.keys().isdisjoint(cells):
        row.update(cells)
    else:
        for name, value in cells.items():
            _put(row, name.partition("#")[0], value)
    yield row
    for piece in pieces[1:]:
        yield {MESSAGE: piece}


def pays(lines: list[str]) -> bool:
    """Whether lines of a format nobody named are a program's: half of them begin with a time, or a few masks fit most of them."""
    if sum(head(line) is not None for line in lines) >= 0.5 * len(lines) > 0:
        return True
    masks = [found.mask for line in lines if (found := masked(line.strip()))]
    return len(masks) >= 10 and len(masks) >= 0.8 * len(lines) and len(set(masks)) <= 0.5 * len(masks)
