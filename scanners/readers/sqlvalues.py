"""Tokens and values of SQL in the dialects that dumps are written in: MySQL, PostgreSQL, SQLite, SQL Server, Oracle. Knows no statement.

A general SQL parser splits about 1 MB a second in Python and wants one dialect, exactly; one regular expression a value splits twenty
times as much and takes what any of them write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from scanners.readers import plain

_BACKSLASH = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_STANDARD = r"'[^']*+(?:''[^']*+)*+'"
_DOUBLE_BACKSLASH = r'"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"'
_DOUBLE = r'"[^"]*+(?:""[^"]*+)*+"'
_BRACKET = r"\[[^\]]*+(?:\]\][^\]]*+)*+\]"
_BACKTICK = r"`[^`]*+(?:``[^`]*+)*+`"
IDENTIFIER = rf"(?:{_DOUBLE}|{_BACKTICK}|{_BRACKET}|{_STANDARD}|[\w$#@]+)"
NAME = rf"{IDENTIFIER}(?:\s*+\.{{1,2}}\s*+{IDENTIFIER})*+"
_PARTS = re.compile(IDENTIFIER)
_BLANK_NEXT = r"(?=\s|\Z)"
_QUOTES = {'"': '"', "`": "`", "[": "]", "'": "'"}

_MYSQL_ESCAPES = {"0": "", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "Z": "\x1a", "%": "\\%", "_": "\\_"}
_MYSQL_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_C_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_C_ESCAPE = re.compile(r"((?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})+)|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)|''", re.DOTALL)
_C_BYTE = re.compile(r"\\x([0-9A-Fa-f]{1,2})|\\([0-7]{1,3})")
_UNICODE_ESCAPE = re.compile(r"\\\+([0-9A-Fa-f]{6})|\\[uU]?([0-9A-Fa-f]{4})|\\(\\)")
_BYTEA = re.compile(r"\\x((?:[0-9A-Fa-f]{2})*)")
_FIRST_ARGUMENT = frozenset({"cast", "try_cast", "to_date", "to_timestamp", "to_char", "to_number", "str_to_date", "to_clob", "to_nclob",
                             "date", "time", "datetime", "timestamp", "json", "parse_json", "stringdecode", "uuid", "trim"})  # fmt: skip
_CHARACTER = frozenset({"char", "chr", "nchar"})
_MAX_DEPTH = 40
_MAX_REPLACED = 10_000_000


class Token(NamedTuple):
    """`kind`: comment, string, double, name, dollar, word, number, go, mark; `broken` where something is opened and never closed."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Dialect:
    """How one dump spells things. `backslash`: `\\'` within strings (MySQL); `brackets`: `[name]` (SQL Server)."""

    backslash: bool = False
    brackets: bool = False

    @cached_property
    def token(self) -> re.Pattern[str]:
        r"""One token, blanks and the marks of executable comments (`/*!40000`, `*/`) included."""
        string = _BACKSLASH if self.backslash else _STANDARD
        return re.compile(
            rf"""(?P<space>\s++|/\*!\d*+|/\*M!\d++(?!\\)|\*/)
            |(?P<comment>--{_BLANK_NEXT if self.backslash else ""}[^\r\n]*+|/\*(?!!|M!\d++(?!\\)).*?\*/|(?m:^)\#[^\r\n]*+)
            |(?P<go>(?mi:^[ \t]*+GO[ \t]*+\d*+[ \t]*+;?[ \t]*+\r?$))
            |(?P<string>[Ee]{_BACKSLASH}|(?:[NnBbXx]|[Uu]&|_\w++\s*+)?{string})
            |(?P<double>{_DOUBLE_BACKSLASH if self.backslash else _DOUBLE})
            |(?P<name>{_BACKTICK}{"|" + _BRACKET if self.brackets else ""})
            |(?P<dollar>\$(?P<tag>(?:[^\W\d]\w*+)?)\$.*?\$(?P=tag)\$)
            |(?P<broken>/\*|['"`]|{self._bracket}\$(?:[^\W\d]\w*+)?\$)
            |(?P<word>[^\W\d][\w$]*+|@@?[\w$]++)
            |(?P<number>\d[\w.]*+|\.\d\w*+)
            |(?P<mark>::|\|\||.)""",
            re.VERBOSE | re.DOTALL,
        )

    @property
    def _bracket(self) -> str:
        return r"\[|" if self.brackets else ""

    @cached_property
    def value(self) -> re.Pattern[str]:
        """A plain value of a row with the comma or parenthesis after it. Groups: `TEXT` to `CAST`."""
        string = (_BACKSLASH if self.backslash else _STANDARD).replace("'", "", 1)[:-1]
        return re.compile(
            rf"\s*+(?:[Nn]?'({string})'|((?i:NULL|DEFAULT))|0[xX]([0-9A-Fa-f]++)|[xX]'([0-9A-Fa-f]*+)'|([-+]?[\w.]++)"
            rf"|(?i:CAST)\([Nn]?'({string})'\s(?i:AS)\s[\w ]++(?:\([\d, ]++\))?\))\s*+[,)]",
            re.DOTALL,
        )


TEXT, NULL, HEX, QUOTED_HEX, BARE, CAST = range(1, 7)
"""The groups of `Dialect.value`."""


@lru_cache(maxsize=1_024)
def identifiers(name: str) -> tuple[str, ...]:
    """The parts of a dotted name, or the names of a list, without their quotes."""
    return tuple(unquoted(part) for part in _PARTS.findall(name))


def unquoted(part: str) -> str:
    close = _QUOTES.get(part[0])
    return part[1:-1].replace(close * 2, close) if close and len(part) > 1 else part


class _Unknown(Exception):
    """An expression that only a database could work out."""


class Values:
    """Values as the text that was meant. `binary` counts those that are no text."""

    def __init__(self, dialect: Dialect, raw: bool = False) -> None:
        """`raw`: the dump holds bytes as they are, which stand in its text as halves of surrogate pairs."""
        self.dialect, self.raw = dialect, raw
        self.binary = 0

    def text(self, body: str, dialect: Dialect | None = None) -> str | None:
        """What stands between plain quotes."""
        if "\\" in body:
            if (dialect or self.dialect).backslash:
                body = _MYSQL_ESCAPE.sub(_mysql, body)
            elif "''" in body:
                body = body.replace("''", "'")
            elif match := _BYTEA.fullmatch(body):
                return self.hexadecimal(match[1])
        elif "''" in body:
            body = body.replace("''", "'")
        return self._true(body) if self.raw and not body.isascii() else body

    def hexadecimal(self, digits: str) -> str | None:
        """The text in bytes that are spelled in hexadecimal digits; an odd number of them is a number."""
        return self._blob(bytes.fromhex(digits)) if len(digits) % 2 == 0 else f"0x{digits}"

    def copied(self, field: str) -> str | None:
        """A field of COPY's text format."""
        if "\\" not in field:
            return self._true(field) if self.raw else field
        if field == "\\N":
            return None
        body = _C_ESCAPE.sub(_c_escape, field)
        return self.hexadecimal(match[1]) if (match := _BYTEA.fullmatch(body)) else self._true(body)

    def expression(self, tokens: Sequence[Token], source: str) -> str | None:
        """The value of an expression that comes to one text (casts, joined pieces, `replace(…, char(10))`), else its text."""
        try:
            return self._value([t for t in tokens if t.kind != "comment"], 0)
        except _Unknown:
            return source.strip()

    def literal(self, token: Token) -> str | None:
        """The content of one quoted token, or of a number."""
        if token.kind == "dollar":
            return token.text[token.text.index("$", 1) + 1 :].rpartition("$")[0].rpartition("$")[0]
        if token.kind == "double":
            return self.text(token.text[1:-1].replace('""', '"'))
        if token.kind != "string":
            return token.text
        prefix, _, body = token.text.partition("'")
        return self._prefixed(prefix.strip(), body[:-1])

    def _prefixed(self, prefix: str, body: str) -> str | None:
        kind = prefix.casefold()
        if kind == "x":
            return self.hexadecimal(body) if re.fullmatch(r"[0-9A-Fa-f]*", body) else body
        if kind == "e":
            return self._true(_C_ESCAPE.sub(_c_escape, body))
        if kind == "u&":
            return _UNICODE_ESCAPE.sub(_unicode, body.replace("''", "'"))
        text = self.text(body)
        return self._blob(text.encode("utf-8", "surrogateescape")) if kind == "_binary" and text else text

    def _value(self, tokens: Sequence[Token], depth: int) -> str | None:
        """None for NULL and for what is no text. Raises `_Unknown` where the spelling alone does not tell the value."""
        if depth > _MAX_DEPTH or not tokens:
            raise _Unknown
        tokens = _before(tokens, "::")
        if len(pieces := _split(tokens, "||", "+")) > 1:
            if not any(t.kind in ("string", "dollar") for t in tokens):
                raise _Unknown
            return "".join(self._value(piece, depth + 1) or "" for piece in pieces)
        first, last = tokens[0], tokens[-1]
        if len(tokens) == 1:
            return self._single(first)
        if first.text == "(" and last.text == ")":
            return self._value(tokens[1:-1], depth + 1)
        if first.text == "-" and len(tokens) == 2 and last.kind == "number":
            return f"-{last.text}"
        if first.kind == "word" and len(tokens) == 2 and last.kind == "string":  # DATE '2010-01-31'
            return self.literal(last)
        if first.kind == "word" and tokens[1].text == "(" and last.text == ")":
            return self._call(first.text.casefold(), _split(tokens[2:-1], ","), depth + 1)
        raise _Unknown

    def _single(self, token: Token) -> str | None:
        if token.kind in ("string", "double", "dollar", "number"):
            return self.literal(token)
        if token.text.casefold() in ("null", "default"):
            return None
        raise _Unknown

    def _call(self, function: str, arguments: list[Sequence[Token]], depth: int) -> str | None:
        if function == "cast" and len(arguments[0]) == 3 and (day := _binary_day(arguments[0][0].text, arguments[0][2].text)):
            return day
        if function in _FIRST_ARGUMENT:
            return self._value(_before(arguments[0], "as"), depth)
        if function in ("convert", "try_convert"):  # SQL Server has the type first, MySQL the value
            own = [a for a in arguments if a and a[0].kind in ("string", "number")]
            return self._value(_before((own or arguments)[0], "using"), depth)
        values = [self._value(argument, depth) or "" for argument in arguments]
        if function in _CHARACTER and len(values) == 1 and values[0].isdecimal() and len(values[0]) < 6:
            return _character(int(values[0]))
        if function == "replace" and len(values) == 3 and values[1] and values[0].count(values[1]) * len(values[2]) < _MAX_REPLACED:
            return values[0].replace(values[1], values[2])
        if function == "unistr" and len(values) == 1:
            return _UNICODE_ESCAPE.sub(_unicode, values[0])
        raise _Unknown

    def _blob(self, data: bytes) -> str | None:
        found = plain.blob(data)
        self.binary += found is None
        return found

    def _true(self, text: str) -> str | None:
        """The text without halves of surrogate pairs: bytes of another encoding, or binary and counted."""
        text = text.replace("\x00", "")
        if not self.raw or text.isascii():
            return text
        data = text.encode("utf-8", "surrogateescape")
        if (found := plain.blob(data)) is not None:
            return found
        odd = sum(1 for c in text if c < " " and c not in "\t\r\n") + sum(1 for c in text if "\udc80" <= c <= "\udcff")
        if odd * 4 > len(text):
            self.binary += 1
            return None
        return data.decode("cp1252", "latin1_where_undefined")


def _split(tokens: Sequence[Token], *marks: str) -> list[Sequence[Token]]:
    """The tokens between marks that stand in no parentheses."""
    pieces: list[Sequence[Token]] = []
    start = depth = 0
    for number, token in enumerate(tokens):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if not depth and token.kind == "mark" and token.text in marks:
            pieces.append(tokens[start:number])
            start = number + 1
    return [*pieces, tokens[start:]]


def _before(tokens: Sequence[Token], end: str) -> Sequence[Token]:
    depth = 0
    for number, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if not depth and token.kind in ("mark", "word") and token.text.casefold() == end:
            return tokens[:number]
    return tokens


def _binary_day(digits: str, kind: str) -> str | None:
    """`CAST(0x6E350B00 AS Date)`: days as older scripts of SQL Server spell them, from 0001 in three bytes or from 1900 in two or four."""
    if not re.fullmatch(r"0[xX](?:[0-9A-Fa-f]{2}){3,8}", digits):
        return None
    data = bytes.fromhex(digits[2:])
    try:
        if kind.casefold() == "date":
            return str(date(1, 1, 1) + timedelta(int.from_bytes(data[:3], "little")))
        if kind.casefold() in ("datetime", "smalldatetime") and len(data) in (4, 8):
            half = len(data) // 2
            count = int.from_bytes(data[half:], "big")
            since = timedelta(seconds=count // 300) if half == 4 else timedelta(minutes=count)
            days = timedelta(int.from_bytes(data[:half], "big", signed=half == 4))
            return plain.moment(datetime.combine(date(1900, 1, 1), time()) + days + since)
    except OverflowError:
        return None
    return None


def _mysql(match: re.Match[str]) -> str:
    return "'" if match[1] is None else _MYSQL_ESCAPES.get(match[1], match[1])


def _c_escape(match: re.Match[str]) -> str:
    if match[1]:
        data = bytes(int(h, 16) if h else int(o, 8) & 255 for h, o in _C_BYTE.findall(match[1]))
        return data.decode("utf-8", "latin1_where_undefined").replace("\x00", "")
    if code := match[2] or match[3]:
        return _character(int(code, 16))
    return "'" if match[4] is None else _C_ESCAPES.get(match[4], match[4])


def _unicode(match: re.Match[str]) -> str:
    return "\\" if match[3] else _character(int(match[1] or match[2], 16))


def _character(code: int) -> str:
    return "\ufffd" if code > 0x10FFFF or not code else chr(code)
