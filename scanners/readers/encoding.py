"""Bytes to text, without losing any: which encoding, which lines were odd, and where a text turns binary.

No table is made here.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

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
_HIGH = bytes(range(128, 256))
_CONTINUATION = bytes(range(128, 192))
_BLOCK = 128
_SAMPLE = 16 * 1024
_RUN = re.compile(rb"(?:[\x20-\x7e\t]|[\xc2-\xdf][\x80-\xbf]){4,}")
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e]\x00){4,}")
_ESCAPED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class Decoded:
    """`text` without byte order mark and NULs. `odd_lines` (1-based) hold bytes that are not of the encoding; they were read
    as Windows-1252. From line `binary_from` on the file is binary: `text` ends there, and `runs` are the printable pieces after it."""

    text: str
    encoding: str
    odd_lines: tuple[int, ...] = ()
    binary_from: int | None = None
    runs: tuple[str, ...] = ()


def decode(data: bytes) -> Decoded:
    """The text of `data`, in whatever encoding it is; all of it binary gives an empty text with `binary_from` 1."""
    for mark, encoding in _BOMS:
        if data.startswith(mark) and (encoding != "utf-32-le" or len(data) % 4 == 0):
            return _decode_wide(data[len(mark) :], encoding) if encoding != "utf-8" else _decode_bytes(data[len(mark) :])
    wide = _wide_without_mark(data)
    return _decode_wide(data, wide) if wide else _decode_bytes(data)


def line_of(text: str, position: int) -> int:
    """1-based line of a position in a text; CR, LF and CRLF each end a line."""
    before = text[:position]
    return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")


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
    data = data.rstrip(b"\x1a")  # the end mark of DOS editors
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
    good = sum(1 for c in escaped if c > "\x7f") - bad
    if good < bad:
        return Decoded(_without_nuls(_single_byte(data)), "mac-roman" if _is_mac(data) else "cp1252")
    text = _ESCAPED.sub(lambda m: _single_byte(m.group().encode("utf-8", "surrogateescape")), escaped)
    return Decoded(_without_nuls(text), "utf-8", _lines_with(escaped, _ESCAPED))


def _single_byte(data: bytes) -> str:
    if _is_mac(data):
        return data.decode("mac-roman")
    return data.decode("cp1252", "latin1_where_undefined")


def _latin1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin1_where_undefined", _latin1)


def _is_mac(data: bytes) -> bool:
    """Lines that end in CR alone are of the old Mac OS, and so is the encoding then."""
    return b"\n" not in data and b"\r" in data


def _binary_start(data: bytes) -> int | None:
    """Where the line begins in which the file stops being text; None where it never does."""
    if len(data.translate(None, _CONTROLS)) == len(data) and _is_utf8(data):
        return None
    calm = _high_share(data[:_BLOCK]) < 0.1
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        if _is_binary(block, calm and start > 0):
            return _line_start(data, max(0, start - _BLOCK))
    return None


def _is_binary(block: bytes, turned: bool) -> bool:
    controls = len(block) - len(block.translate(None, _CONTROLS))
    share = controls / max(1, len(block.replace(_NUL, b"")))
    utf8 = _is_utf8(block[:3].lstrip(_CONTINUATION) + block[3:])  # a block may begin within a character
    if controls >= 3 and share >= (0.4 if utf8 else 0.04):
        return True
    return turned and _high_share(block) > 0.4 and not utf8


def _line_start(data: bytes, position: int) -> int:
    """The start of the first line at or after `position` that holds a byte no text has, or, in UTF-8, no character."""
    odd = re.compile(rb"[" + re.escape(_CONTROLS) + rb"]|[\x80-\xff]{3,}").search(data, position)
    found = odd.start() if odd else position
    line = _last_break(data, position)
    if _is_utf8(data[:line]):
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
