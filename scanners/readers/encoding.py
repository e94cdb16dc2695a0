"""Bytes to text, without losing any: which encoding, which lines were odd, and where a text turns binary.

A text that is too large to be held whole is surveyed once, then decoded piece by piece to the same result. No table is made here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NUL = b"\x00"
# Escape stays (coloured logs), NUL too (padding): neither tells text from binary.
_CONTROLS = bytes([*range(1, 9), *range(14, 26), 28, 29, 30, 31, 127])
_IS_CONTROL = np.isin(np.arange(256), list(_CONTROLS))
_HIGH = bytes(range(128, 256))
_CONTINUATION = bytes(range(128, 192))
_END_MARK = b"\x1a"
"""Of DOS editors, at the end of a text."""
_EBCDIC = "cp037"
_EBCDIC_TEXT = "".join(map(chr, range(32, 127))).encode(_EBCDIC) + b"\x05\x0d\x15\x25"
_EBCDIC_GAPS = (b"\x40", b"\x6b", b"\x15", b"\x25")
"""Blank, comma and line breaks."""
_BLOCK = 128
_PIECE = 4 * 1024 * 1024
_WINDOW = 8 * 1024 * 1024
_SAMPLE = 16 * 1024
_RUN = re.compile(rb"(?:[\x20-\x7e\t]|[\xc2-\xdf][\x80-\xbf]){4,}")
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e]\x00){4,}")
_ESCAPED = re.compile("[\udc80-\udcff]")
_TOLD = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u047f\u3040-\u9fff\uac00-\ud7a3]")
"""Letters that bytes of Windows-1252 hardly ever spell in UTF-8: it would take an accented capital with a sign right after it."""
_UNDEFINED = re.compile("[\u0081\u008d\u008f\u0090\u009d]")
"""What bytes become that Windows-1252 does not define."""


@dataclass(frozen=True)
class Decoded:
    """`text` without byte order mark and NULs. `odd_lines` (1-based) hold bytes that are not of the encoding; they were read
    as Windows-1252 (of a text in that encoding: bytes that it does not define). From line `binary_from` on the file is binary: `text`
    ends there, and `runs` are the printable pieces after it."""

    text: str
    encoding: str
    odd_lines: tuple[int, ...] = ()
    binary_from: int | None = None
    runs: tuple[str, ...] = ()


def decode(data: bytes) -> Decoded:
    """The text of `data`, in whatever encoding it is; all of it binary gives an empty text with `binary_from` 1."""
    for mark, encoding in _BOMS:
        if data.startswith(mark) and (encoding != "utf-32-le" or len(data) % 4 == 0):
            if encoding != "utf-8" and _lies(data[len(mark) : _SAMPLE]):
                return _decode_bytes(data[len(mark) :])
            return _decode_wide(data[len(mark) :], encoding) if encoding != "utf-8" else _decode_bytes(data[len(mark) :])
    if _is_ebcdic(data[:_SAMPLE]):
        return Decoded(_without_nuls(_broken(data.decode(_EBCDIC))), _EBCDIC)
    wide = _wide_without_mark(data)
    return _decode_wide(data, wide) if wide else _decode_bytes(data)


def line_of(text: str, position: int) -> int:
    """1-based line of a position in a text; CR, LF and CRLF each end a line."""
    before = text[:position]
    return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")


def _lies(after_mark: bytes) -> bool:
    """Whether a text after the mark of UTF-16 or UTF-32 is none: its line breaks and blanks would have NULs beside them."""
    text = after_mark.lstrip(_NUL)
    return _NUL not in text and bool(re.search(rb"[\n\r ]", text)) and _is_utf8(text)


def _is_ebcdic(sample: bytes) -> bool:
    """Whether a text is a mainframe's: nearly all letters, digits and blanks of code page 37, and no line break or blank of ASCII."""
    if len(sample) < 40 or b"\n" in sample or _high_share(sample) < 0.4 or _is_utf8(sample):
        return False
    told = (len(sample) - len(sample.translate(None, _EBCDIC_TEXT))) / len(sample)
    return told > 0.9 and sample.count(b" ") < 0.005 * len(sample) and sum(map(sample.count, _EBCDIC_GAPS)) > 0.02 * len(sample)


def _broken(text: str) -> str:
    """With the line breaks that others know."""
    return text.replace("\x85", "\n")


def _wide_without_mark(data: bytes) -> str | None:
    sample = data[:_SAMPLE]
    if len(sample) < 4 or _NUL not in sample:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return None


def _decode_wide(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    odd = _lines_with(text, re.compile("\ufffd")) if "\ufffd" in text else ()
    return Decoded(_without_nuls(text), encoding, odd)


def _decode_bytes(data: bytes) -> Decoded:
    data = data.rstrip(_END_MARK)
    end = _binary_start(data)
    if end is None:
        return _decode_narrow(data)
    decoded = _decode_narrow(data[:end])
    return Decoded(decoded.text, decoded.encoding, decoded.odd_lines, line_of(decoded.text, len(decoded.text)), printable(data[end:]))


def _decode_narrow(data: bytes) -> Decoded:
    try:
        return Decoded(_without_nuls(data.decode("utf-8")), "utf-8")
    except UnicodeDecodeError:
        pass
    escaped = data.decode("utf-8", "surrogateescape")
    bad = len(_ESCAPED.findall(escaped))
    good = len(escaped) - _ascii_bytes(data) - bad
    single = _single_byte(b"\n" in data, b"\r" in data)
    if not _is_broken_utf8(good, bad, len(_TOLD.findall(escaped)), single):
        text = data.decode(single, "latin1_where_undefined")
        return Decoded(_without_nuls(text), single, _lines_with(text, _UNDEFINED) if _UNDEFINED.search(text) else ())
    return Decoded(_without_nuls(_mended(escaped, single)), "utf-8", _lines_with(escaped, _ESCAPED))


def _is_broken_utf8(good: int, bad: int, told: int, single: str) -> bool:
    """Whether a text is UTF-8 with odd bytes and not of a single-byte encoding: where most of its characters are UTF-8, or any letter
    (`told`) is that no text of Windows-1252 would spell so."""
    return good >= bad or (told > 0 and single == "cp1252")


def _ascii_bytes(data: bytes) -> int:
    return len(data.translate(None, _HIGH))


def _mended(escaped: str, single: str) -> str:
    """A text of UTF-8 with the bytes that are none read in a single-byte encoding."""
    return _ESCAPED.sub(lambda m: m.group().encode("utf-8", "surrogateescape").decode(single, "latin1_where_undefined"), escaped)


def _single_byte(newlines: bool, returns: bool) -> str:
    """Lines that end in CR alone are of the old Mac OS, and so is the encoding then."""
    return "mac-roman" if returns and not newlines else "cp1252"


def _latin1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin1_where_undefined", _latin1)


def _binary_start(data: bytes) -> int | None:
    """Where the line begins in which the file stops being text; None where it never does."""
    if not _has_controls(data) and _is_utf8(data):
        return None
    calm = _high_share(data[:_BLOCK]) < 0.1
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        if _is_binary(block, calm and start > 0):
            return _line_start(data, max(0, start - _BLOCK), True)
    return None


def _has_controls(data: bytes) -> bool:
    raw = np.frombuffer(data, np.uint8)
    return bool(_IS_CONTROL[raw[raw < 32]].any()) or b"\x7f" in data


def _is_binary(block: bytes, turned: bool) -> bool:
    controls = len(block) - len(block.translate(None, _CONTROLS))
    share = controls / max(1, len(block.replace(_NUL, b"")))
    utf8 = _is_utf8(block[:3].lstrip(_CONTINUATION) + block[3:])  # a block may begin within a character
    if controls >= 3 and share >= (0.4 if utf8 else 0.04):
        return True
    return turned and _high_share(block) > 0.4 and not utf8


def _line_start(data: bytes, position: int, utf8: bool) -> int:
    """The start of the first line at or after `position` that holds a byte no text has, or, where all was UTF-8, no character."""
    odd = re.compile(rb"[" + re.escape(_CONTROLS) + rb"]|[\x80-\xff]{3,}").search(data, position)
    found = odd.start() if odd else position
    line = _last_break(data, position)
    if utf8 and _is_utf8(data[:line]):
        try:
            data[line:found].decode("utf-8")
        except UnicodeDecodeError as error:
            found = line + error.start
    return _last_break(data, found)


def _last_break(data: bytes, position: int) -> int:
    return max(data.rfind(b"\n", 0, position), data.rfind(b"\r", 0, position)) + 1


def _high_share(block: bytes) -> float:
    return (len(block) - len(block.translate(None, _HIGH))) / max(1, len(block))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 3 and error.reason == "unexpected end of data"
    return True


def printable(data: bytes) -> tuple[str, ...]:
    """The runs of at least four characters in binary data, UTF-8 and UTF-16."""
    runs = [match.group().decode("utf-8", "replace") for match in _RUN.finditer(data)]
    wide = [match.group().decode("utf-16-le") for match in _WIDE_RUN.finditer(data)]
    return tuple(runs + wide)


def _without_nuls(text: str) -> str:
    return text.replace("\x00", "") if "\x00" in text else text


def _lines_with(text: str, pattern: re.Pattern[str]) -> tuple[int, ...]:
    lines: list[int] = []
    position, line = 0, 1
    for match in pattern.finditer(text):
        piece = text[position : match.start()]
        line += piece.count("\n") + piece.count("\r") - piece.count("\r\n")
        position = match.start()
        if not lines or lines[-1] != line:
            lines.append(line)
    return tuple(lines)


@dataclass(frozen=True)
class Survey:
    """What a look through a whole file says of its encoding. The text's bytes are those from `start` to `end`.

    `single` is the encoding of its odd bytes where it is UTF-8 with some (`odd`); after `end` the file is binary where `binary`.
    """

    encoding: str
    start: int
    end: int
    size: int
    single: str = "cp1252"
    odd: bool = False
    binary: bool = False


def survey(stream: BinaryIO, size: int) -> Survey:
    """What `decode` would settle on for the whole of `stream`, found without holding it."""
    stream.seek(0)
    head = stream.read(_SAMPLE)
    start = 0
    for mark, encoding in _BOMS:
        if head.startswith(mark) and (encoding != "utf-32-le" or size % 4 == 0):
            if encoding != "utf-8" and not _lies(head[len(mark) :]):
                return Survey(encoding, len(mark), size, size)
            start = len(mark)
            break
    if not start and _is_ebcdic(head):
        return Survey(_EBCDIC, 0, size, size)
    if not start and (wide := _wide_without_mark(head)):
        return Survey(wide, 0, size, size)
    look = _Look(stream, start)
    for piece in _pieces(stream, start, size):
        if (binary := look.at(piece)) is not None:
            return replace(_survey_again(stream, start, binary), size=size, binary=True)
    return look.survey(size)


def _survey_again(stream: BinaryIO, start: int, end: int) -> Survey:
    """Of the text before binary data alone: the bytes behind it have no say in its encoding."""
    look = _Look(stream, start)
    for piece in _pieces(stream, start, end):
        look.count(piece)
    return replace(look.survey(end), end=end)


def _pieces(stream: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    stream.seek(start)
    while start < end and (piece := stream.read(min(_PIECE, end - start))):
        start += len(piece)
        yield piece


def _line_start_in(stream: BinaryIO, position: int, start: int, end: int, utf8: bool) -> int:
    first = max(start, position - _WINDOW)
    stream.seek(first)
    window = stream.read(min(end, position + _WINDOW) - first)
    if first > start:
        kept = window.lstrip(_CONTINUATION)
        first, window = first + len(window) - len(kept), kept
    return first + _line_start(window, position - first, utf8)


class _Look:
    """One look through the bytes of a text that is not UTF-16 or UTF-32, piece by piece; pieces are whole blocks of `_BLOCK`."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream, self._start = stream, start
        self._position = self._end = start
        self._utf8 = self._calm = True
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._characters = self._ascii = self._bad = self._told = 0
        self._newlines = self._returns = False

    def at(self, piece: bytes) -> int | None:
        """Look at the next piece; where the line begins in which the file turns binary, if it does so here."""
        position, first = self._position, self._position == self._start
        if first:
            self._calm = _high_share(piece[:_BLOCK]) < 0.1
        clean = piece.isascii() or _is_utf8(piece if first else piece[:3].lstrip(_CONTINUATION) + piece[3:])
        if not clean or _has_controls(piece):  # a piece without anything odd needs no closer look
            text = piece.rstrip(_END_MARK)
            for offset in range(0, len(text), _BLOCK):
                if _is_binary(text[offset : offset + _BLOCK], self._calm and position + offset > self._start):
                    place = max(self._start, position + offset - _BLOCK)
                    return _line_start_in(self._stream, place, self._start, position + len(text), self._utf8)
        self._utf8 = self._utf8 and clean
        self.count(piece)
        return None

    def count(self, piece: bytes) -> None:
        kept = len(piece.rstrip(_END_MARK))
        if kept:
            self._end = self._position + kept
        self._position += len(piece)
        self._newlines, self._returns = self._newlines or b"\n" in piece, self._returns or b"\r" in piece
        if piece.isascii() and not self._decoder.getstate()[0]:
            self._characters, self._ascii = self._characters + len(piece), self._ascii + len(piece)
            return
        self._add(self._decoder.decode(piece))
        self._ascii += _ascii_bytes(piece)

    def survey(self, size: int) -> Survey:
        self._add(self._decoder.decode(b"", final=True))
        single = _single_byte(self._newlines, self._returns)
        utf8 = _is_broken_utf8(self._characters - self._ascii - self._bad, self._bad, self._told, single)
        return Survey("utf-8" if utf8 else single, self._start, self._end, size, single, utf8 and self._bad > 0)

    def _add(self, text: str) -> None:
        self._characters += len(text)
        self._bad += len(_ESCAPED.findall(text))
        self._told += len(_TOLD.findall(text)) if not text.isascii() else 0


class Decoder:
    """Decodes a surveyed file piece by piece. A CR that ends a piece comes with the next, so that no CRLF is parted."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        errors = "surrogateescape" if survey.odd else "latin1_where_undefined" if survey.encoding in ("cp1252", "mac-roman") else "replace"
        self._decoder = codecs.getincrementaldecoder(survey.encoding)(errors)
        wide = survey.encoding.startswith(("utf-16", "utf-32"))
        self._odd = re.compile("\ufffd") if wide else _UNDEFINED if survey.encoding == "cp1252" else None
        self._held = ""

    def decode(self, data: bytes, final: bool) -> tuple[str, tuple[int, ...]]:
        """The text of the next piece, and the lines of it (1-based) that hold bytes which are not of the encoding."""
        text = self._held + self._decoder.decode(data, final)
        text = _broken(text) if self.survey.encoding == _EBCDIC else text
        self._held = ""
        if text.endswith("\r") and not final:
            text, self._held = text[:-1], "\r"
        if self.survey.odd:
            return _without_nuls(_mended(text, self.survey.single)), _lines_with(text, _ESCAPED)
        return _without_nuls(text), _lines_with(text, self._odd) if self._odd else ()
