"""Mail (RFC 5322, MIME): a message or a mailbox as a table with a row a message; attachments and forwarded messages are members.

Headers that only tell how a message travelled are left out, but for `received`, which names machines and addressees. Of a text and
its HTML, the HTML adds what the text does not say. Pictures are counted and not read.
"""

from __future__ import annotations

import contextlib
import email
import email.header
import email.utils
import io
import mimetypes
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from functools import partial

import pyarrow as pa

from scanners.errors import Quarantine
from scanners.readers import archive, encoding, html, tables
from scanners.readers.delimited import AROUND
from scanners.readers.source import Reading, Source, extension
from scanners.readers.tables import RowTable
from scanners.schemas import TextTable

_EXTENSIONS = frozenset({"eml", "mbox", "mbx", "emlx", "mht", "mhtml"})
_OTHERS = frozenset({"csv", "tsv", "json", "jsonl", "yaml", "yml", "log", "sql", "xml", "html", "htm", "md", "py", "ini", "conf"})
"""Endings of texts that may begin like a message and are none."""
_TELLING = frozenset({"From", "To", "Subject", "Date", "Received", "Message-ID", "Message-Id", "Return-Path", "Delivered-To"})
_HEADER = re.compile(rb"([!-9;-~]{1,76}):[ \t\r\n]")
_ENVELOPE = re.compile(rb"From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n(?=[!-9;-~]{1,76}:|>From )")
_NEXT = re.compile(rb"\n\r?\n(?=From [^\r\n]*\d\d:\d\d[^\r\n]*\d{4}[^\r\n]*\r?\n)")
_ADDRESSES = ("from", "to", "cc", "bcc", "reply-to")
_FIRST = (*_ADDRESSES, "date", "subject")
_TRANSPORT = re.compile(
    r"dkim-.*|arc-.*|authentication-results.*|received-spf|message-id|references|in-reply-to|mime-version|content-.*|x-ms-.*|x-microsoft-.*"
    r"|x-forefront-.*|x-google-.*|x-gm-.*|x-exchange-.*|x-spam-.*|x-proofpoint-.*|x-mimecast-.*|thread-index|domainkey-.*|list-unsubscribe.*"
)
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_BODY = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_PICTURES = frozenset({"image", "audio", "video"})
_MOST_TABLES = 100
_PATIENCE = 0.7
"""The share of a member's time after which no further message is begun."""
_STOCK = re.compile(r"(?:This is a (?:cryptographically signed )?(?:multi-?part )?message in MIME format\.?[-\s]*)+", re.I)
# The lenient policy: the newer one gives up on headers that mail programs do write, and is slow. It too raises what it likes.
_PARSE_ERRORS = (MessageError, ValueError, LookupError, RecursionError, TypeError, AttributeError)


class MailReader:
    """A message by its headers, a mailbox by its first line. What only looks so, under another format's ending, is none."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        ending, start = extension(name), head.lstrip(b"\xef\xbb\xbf\r\n \t")
        if _ENVELOPE.match(start):
            return ending not in _OTHERS
        names, whole = _header_names(start)
        return bool(names) if ending in _EXTENSIONS else whole and ending not in _OTHERS and len(names & _TELLING) >= 2

    def read(self, source: Source) -> Reading:
        start = len(source.data) - len(source.data.lstrip(b"\xef\xbb\xbf\r\n \t"))
        if source.extension == "emlx" and (counted := re.match(rb"\d+[ \t]*\r?\n", source.data)):
            start = counted.end()
        data = memoryview(source.data)[start:]
        mailbox = bool(_ENVELOPE.match(data))
        messages = list(_split(data)) if mailbox else [data]
        if not any(bytes(message[:4096]).strip() for message in messages):
            raise Quarantine("the file is empty")
        letters, until = _Letters(mailbox), time.monotonic() + _PATIENCE * source.limits.seconds
        for number, message in enumerate(messages, 1):
            if time.monotonic() > until:
                letters.stopped = f"messages {number:,} to {len(messages):,} were not read: it took too long"
                break
            letters.read(number, message)
        attached = (
            partial(_attached, [(n if mailbox else None, messages[n - 1]) for n in letters.with_files]) if letters.with_files else None
        )
        return Reading(tables.parsed("mbox" if mailbox else "eml", letters.tables(), None, {}, letters.reasons()), attached=attached)


def _header_names(start: bytes) -> tuple[set[str], bool]:
    """The headers that a text begins with, and whether all of its first block are headers."""
    names: set[str] = set()
    block = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    lines = block.split(b"\n")
    for number, line in enumerate(lines):
        if line.startswith((b" ", b"\t")) and names:
            continue
        found = _HEADER.match(line + b"\n")
        if not found:
            return names, number == len(lines) - 1 and len(block) == len(start)  # the head of the file may end within a line
        names.add(found[1].decode("ascii"))
    return names, True


def _split(data: memoryview) -> Iterator[memoryview]:
    """The messages of a mailbox, without the lines that part them."""
    starts = [0, *(match.end() for match in _NEXT.finditer(data))]
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        line = bytes(data[start : start + 2_000]).find(b"\n") + 1
        yield data[start + line : end]


@dataclass
class _Letters:
    """The table of a file's messages, and what went wrong by the number of the message."""

    mailbox: bool
    stopped: str | None = None
    with_files: list[int] = field(default_factory=list)
    _table: RowTable = field(default_factory=lambda: RowTable(""))
    _times: list[str | None] = field(default_factory=list)
    _drawn: dict[tuple[str, ...], list[pa.Table]] = field(default_factory=dict)
    _beside: dict[str, dict[tuple[str | None, ...], None]] = field(default_factory=dict)
    _missed: dict[str, list[int]] = field(default_factory=dict)

    def read(self, number: int, data: memoryview) -> None:
        try:
            self._read(number, email.message_from_bytes(bytes(data)))
        except _PARSE_ERRORS:
            self._miss("broken MIME: read as text", number)
            self._add({"body": encoding.decode(bytes(data)).text}, None)

    def _read(self, number: int, message: Message) -> None:
        row = _headers(message)
        body = _Body()
        parts = list(_parts(message))
        for part in parts:
            self._take(part, body, number)
        row["body"] = body.text
        if message.defects or any(part.defects for part in parts):
            self._miss("broken MIME", number)
        self._add(row, _time(message))

    def tables(self) -> list[TextTable]:
        if any(self._times):
            self._table.times = self._times
        found = self._table.tables()
        found += [TextTable(f"table {number}", pa.concat_tables(data)) for number, data in enumerate(self._drawn.values(), 1)]
        for name, rows in self._beside.items():
            columns = ("path", "value") if name == html.ATTRIBUTES else (tables.LINE,)
            found.append(TextTable(name, tables.columns_table(dict(zip(columns, zip(*rows, strict=True), strict=True)))))
        return found

    def reasons(self) -> list[str]:
        if not self.mailbox:
            return list(self._missed)
        stopped = [self.stopped] if self.stopped else []
        return stopped + [f"{what} ({tables.numbered(numbers).replace('line', 'message', 1)})" for what, numbers in self._missed.items()]

    def _add(self, row: dict[str, str], time: str | None) -> None:
        first, *rest = tables.pieces(row.get("body", ""))
        for piece in ({**row, "body": first}, *({"body": piece} for piece in rest)):
            self._table.add({name: value for name, value in piece.items() if value})
            self._times.append(time)

    def _take(self, part: Message, body: _Body, number: int) -> None:
        kind = part.get_content_type()
        family = kind.partition("/")[0]
        if kind in _ENCRYPTED:
            self._miss("encrypted parts are not read", number)
        elif family == "multipart":
            _take_frame(part, body)
        elif kind in _SIGNATURES:
            return
        elif family in _PICTURES:
            self._miss("pictures are not read", number)
        elif not _is_body(part, kind):
            if number not in self.with_files[-1:]:
                self.with_files.append(number)
        elif kind == "text/html":
            body.add_html(self._html(part))
        else:
            body.add(_text(part))

    def _html(self, part: Message) -> list[str]:
        """The lines of an HTML text; its tables and what its tags hold are kept apart."""
        lines: list[str] = []
        reading = html.HtmlReader().read(Source("body.html", _text(part).encode("utf-8", "replace"), "export"))
        for table in reading.parsed.tables:
            rows = list(zip(*(column.to_pylist() for column in table.data.columns), strict=True))
            if table.name in (html.ATTRIBUTES, html.UNSEEN, AROUND):
                self._beside.setdefault(table.name, {}).update(dict.fromkeys(rows))
            elif table.columns == (tables.LINE,) and not table.name:
                lines += [row[0] for row in rows if row[0]]
            elif table.columns in self._drawn or len(self._drawn) < _MOST_TABLES:
                self._drawn.setdefault(table.columns, []).append(table.data)
            else:
                lines += ["; ".join(filter(None, row)) for row in (table.columns, *rows)]
        return lines

    def _miss(self, what: str, number: int) -> None:
        numbers = self._missed.setdefault(what, [])
        if number not in numbers[-1:]:
            numbers.append(number)


class _Body:
    """What a message says, each thing once."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._said = ""

    @property
    def text(self) -> str:
        return "\n".join(self._pieces)

    def add(self, text: str) -> None:
        if text := text.replace("\r\n", "\n").strip():
            self._pieces.append(text)
            self._said += " " + " ".join(text.split())

    def add_html(self, lines: list[str]) -> None:
        self.add("\n".join(line for line in lines if " ".join(line.split()) not in self._said))


def _take_frame(part: Message, body: _Body) -> None:
    """What stands around the parts, where no mail program shows it; all of it, where the parts are not found."""
    if not isinstance(part.get_payload(), list):
        body.add(_text(part))
    for text in (part.preamble, part.epilogue):
        if text and not _STOCK.fullmatch(text.strip()):
            body.add(encoding.decode(text.encode("utf-8", "surrogateescape")).text)


# ---- one message ---------------------------------------------------------------------------------------------------------


def _headers(message: Message) -> dict[str, str]:
    found: dict[str, list[str]] = {name: [] for name in _FIRST}
    for name, value in message.raw_items():
        if not _TRANSPORT.fullmatch(own := name.lower()):
            found.setdefault(own, []).append(_decoded(str(value)))
    return {name.replace("reply-to", "reply_to"): "\n".join(values) for name, values in found.items() if any(values)}


def _decoded(raw: str) -> str:
    """A header with its encoded words decoded, on one line; raw bytes in whatever encoding they are."""
    if not raw.isascii():
        raw = encoding.decode(raw.encode("utf-8", "surrogateescape")).text
    if "=?" in raw:
        with contextlib.suppress(*_PARSE_ERRORS):  # else shown as it stands
            raw = str(email.header.make_header(email.header.decode_header(raw)))
    return " ".join(raw.replace("\x00", "").split())


def _time(message: Message) -> str | None:
    try:
        return email.utils.parsedate_to_datetime(str(message.get("date", ""))).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _parts(message: Message) -> Iterator[Message]:
    """A message and its parts, in order. A message that was forwarded is one part, whatever is in it."""
    pending = [message]
    while pending:
        part = pending.pop()
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            pending += [kid for kid in reversed(inner) if isinstance(kid, Message)]


def _is_body(part: Message, kind: str) -> bool:
    """Whether a part is text that is shown, not a file. A text with a name is a file."""
    return kind in _BODY and part.get_content_disposition() != "attachment" and not part.get_filename()


def _text(part: Message) -> str:
    data = _payload(part)
    try:
        return data.decode(part.get_content_charset("utf-8")).replace("\x00", "")
    except (LookupError, ValueError):
        return encoding.decode(data).text or data.decode("latin-1").replace("\x00", "")


def _payload(part: Message) -> bytes:
    inner = part.get_payload(decode=True)
    return inner if isinstance(inner, bytes) else b""


# ---- the files within -----------------------------------------------------------------------------------------------------


def _attached(messages: list[tuple[int | None, memoryview]], budget: archive.Budget) -> Iterator[archive.Unpacked]:
    """The files of each message. Parsed a second time, so that only one message's are held at once."""
    for number, data in messages:
        leaves = (part for part in _parts(email.message_from_bytes(bytes(data))) if part.get_content_maintype() != "multipart")
        for place, part in enumerate(leaves, 1):
            kind = part.get_content_type()
            skipped = kind in _ENCRYPTED | _SIGNATURES or part.get_content_maintype() in _PICTURES
            if skipped or _is_body(part, kind):
                continue
            budget.entry()
            name = _file_name(part, place)
            content, problem = _file(part)
            content = budget.drain(io.BytesIO(content).read)
            yield archive.Unpacked(name if number is None else f"message {number}/{name}", content, problem)


def _file_name(part: Message, place: int) -> str:
    try:
        name = _decoded(part.get_filename() or "")
    except _PARSE_ERRORS:
        name = ""
    kind = part.get_content_type()
    return name.replace("/", "_") or f"part {place}{'.eml' if kind == 'message/rfc822' else mimetypes.guess_extension(kind) or ''}"


def _file(part: Message) -> tuple[bytes, str | None]:
    """The content of a file, and what is wrong with it."""
    inner = part.get_payload()
    if isinstance(inner, list):  # a message, or the reports on one
        pieces = [piece for piece in inner if isinstance(piece, Message)]
        try:
            return b"\n".join(piece.as_bytes() for piece in pieces), None
        except (*_PARSE_ERRORS, UnicodeError):
            return b"\n".join(str(piece.get_payload()).encode("utf-8", "surrogateescape") for piece in pieces), "damaged (broken MIME)"
    content = _payload(part)
    return content, "damaged (broken MIME)" if part.defects else None
