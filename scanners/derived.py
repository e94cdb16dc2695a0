"""What is inside a value: the parameters of a URL, the leaves of JSON, the claims of a JWT, what base64, hex or escapes (%41, &#65;,
\\u0041, =41) hide.

`decode` takes one value apart, `derived_columns` makes columns of the parts, so that an e-mail in a query string is found by
the same detectors as one in a CSV. Depth and number of parts are capped; a hash cannot be decoded and is matched in
`roster_index`.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import numpy as np

from scanners.columns import Column, compact
from scanners.header import listed, names_a_thing
from scanners.shapes import EMAIL, is_url

MAX_DEPTH = 4
MAX_PARTS = 200
MAX_COLUMNS = 400
BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{8,}={0,2}")
HEX = re.compile(r"(?:[0-9a-fA-F]{2}){6,}")
SCHEME = re.compile(r"(?:Bearer|Basic|Token|JWT)\s+", re.IGNORECASE)  # of an Authorization header
JWT = re.compile(r"[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*")
PAIRS = re.compile(r"[\w.\[\]\-%]{1,64}=[^&=\s]*(?:&[\w.\[\]\-%]{1,64}=[^&=\s]*)*")
URL_IN_TEXT = re.compile(r"(?:https?|wss?)://[^\s\"'<>|\\]+", re.IGNORECASE)
RELATIVE_URL = re.compile(r"/(?:[^\s/?#]|\?[^\s=]+=)[^\s]*")
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
WRAPPED = re.compile(r"<(\w{1,10})(?: [^<>]*)?>([^<>]+)</\1>")
ESCAPE = re.compile(r"\\+(?:u\{[0-9a-f]{1,6}\}|u[0-9a-f]{4}|x[0-9a-f]{2})", re.IGNORECASE)
QUOTED_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2}){2,}")
LONG_WORD = re.compile(r"(?<![\w+/])[A-Za-z0-9+/_\-]{10,}={0,2}(?![\w=])")
MIXED = re.compile(r"\d.*[A-Za-z]|[A-Za-z].*\d|[a-z][A-Z]|^(?:[2-7]\d){6,}$")
"""What a word has that is base64 or hex, and hardly one of a language."""
TOLD = re.compile(r"[\w@.'+\-, /=]{6,}")
MAX_WORDS = 20
HOLDS_SOMETHING = re.compile(r"[/{\[=%]|&#|&\w+;|\\[ux]|^\s*(?:(?:Bearer|Basic|Token|JWT)\s+)?[A-Za-z0-9+_.\-]{8,}\s*$", re.IGNORECASE)
"""What every layer has: a URL's slash, JSON's bracket, a pair's `=`, an escape's mark, or one long word. Most cells have none."""


@dataclass(frozen=True)
class Part:
    """One piece of a value: where it was in it, what it is, how it was won, and the host of the URL that carried it."""

    path: str
    value: str
    derivation: str | None = None
    host: str | None = None


def decode(value: str, depth: int = 0) -> Iterator[Part]:
    """All pieces of a value that are not the value itself, innermost included; nothing for a plain cell."""
    if depth >= MAX_DEPTH or len(value) < 6 or len(value) > 100_000 or not _holds_something(value):
        return
    for part in _one_layer(value):
        yield part
        for inner in decode(part.value, depth + 1):
            yield Part(part.path + inner.path, inner.value, inner.derivation or part.derivation, inner.host or part.host)


def _holds_something(value: str) -> bool:
    return HOLDS_SOMETHING.search(value) is not None or (" " in value and any(map(MIXED.search, LONG_WORD.findall(value))))


def _one_layer(value: str) -> Iterator[Part]:
    text = SCHEME.sub("", value.strip(), count=1)
    if not text:
        return
    if is_url(text) or RELATIVE_URL.fullmatch(text):
        yield from _url(text)
    elif text[0] in "{[" and text[-1] in "}]":
        yield from _json(text)
    elif JWT.fullmatch(text) and (claims := _jwt(text)):
        yield from claims
    elif PAIRS.fullmatch(text) and not BASE64.fullmatch(text):
        yield from (Part(f"?{k}", v) for k, v in parse_qsl(text) if v)
    elif " " in text and "://" in text:
        for found in list(URL_IN_TEXT.findall(text))[:20]:
            yield from _url(found)
    elif wrapped := WRAPPED.fullmatch(text):
        yield Part("", wrapped[2], "html")
    elif unescaped := _unescaped(text):
        yield unescaped
    elif " " in text:
        yield from _words(text)
    elif not EMAIL.fullmatch(text):
        yield from _encoded(text)


def _unescaped(text: str) -> Part | None:
    """The text without the escapes of the first kind that it has."""
    if ENTITY.search(text) and (plain := html.unescape(text)) != text:
        return Part("", plain, "html")
    if ESCAPE.search(text):
        return Part("", _paired(ESCAPE.sub(_character, text)), "escape")
    if "%" in text and (plain := unquote_plus(text)) != text:
        return Part("", plain, "url")
    if QUOTED_PRINTABLE.search(text) and (plain := QUOTED_PRINTABLE.sub(_run, text)) != text:
        return Part("", plain, "quoted-printable")
    return None


def _run(escapes: re.Match[str]) -> str:
    plain = bytes.fromhex(escapes[0].replace("=", "")).decode("utf-8", "replace")
    return plain if plain.isprintable() else escapes[0]


def _character(escape: re.Match[str]) -> str:
    number = int(escape[0].lstrip("\\")[1:].strip("{}"), 16)
    return chr(number) if number < 0x110000 else escape[0]


def _paired(text: str) -> str:
    """Characters that were written as two halves put together."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _words(text: str) -> Iterator[Part]:
    """What single words of a sentence hide."""
    words = [word for word in LONG_WORD.findall(text) if MIXED.search(word)]
    for word in words[:MAX_WORDS]:
        yield from (part for part in _encoded(word) if TOLD.fullmatch(part.value))


def _url(text: str) -> Iterator[Part]:
    try:
        url = urlsplit(text)
        host = (url.hostname or "").lower() or None
    except ValueError:
        return
    for name, value in parse_qsl(url.query)[:MAX_PARTS]:
        yield Part(f"?{name}", value, None, host)
    for name, value in parse_qsl(url.fragment):
        yield Part(f"#{name}", value, None, host)
    for position, segment in enumerate(s for s in url.path.split("/") if s):
        if position < 12:
            yield Part(f"/[{position + 1}]", unquote_plus(segment), None, host)
    if url.username:
        yield Part("/user", unquote_plus(url.username), None, host)


def _json(text: str) -> Iterator[Part]:
    try:
        loaded = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return
    yield from list(_leaves(loaded, ""))[:MAX_PARTS]


def _leaves(node: object, path: str) -> Iterator[Part]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}")
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, f"{path}[]")
    elif isinstance(node, bool):
        yield Part(path, "true" if node else "false")
    elif isinstance(node, str) and node.strip():
        yield Part(path, node)


def _jwt(text: str) -> list[Part]:
    try:
        payload = text.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return []
    return [Part(p.path, p.value, "jwt") for p in _leaves(claims, "")] if isinstance(claims, dict) else []


def _encoded(text: str) -> Iterator[Part]:
    if HEX.fullmatch(text) and (plain := _printable(bytes.fromhex(text))):
        yield Part("", plain, "hex")
    elif BASE64.fullmatch(text) and (plain := _base64(text)):
        yield Part("", plain, "base64")


def _base64(text: str) -> str | None:
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _printable(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (ValueError, binascii.Error):
        return None


def _printable(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if len(text) >= 4 and text.isprintable() else None


def derived_columns(column: Column) -> list[Column]:
    """The columns that a column's values hold inside, one for each part path and derivation, in order of first sight."""
    parts: dict[tuple[str, str | None], dict[int, list[Part]]] = {}
    for code, value in enumerate(column.values):
        if not _holds_something(value):
            continue
        for part in decode(value):
            if (key := (part.path, part.derivation)) in parts or len(parts) < MAX_COLUMNS:
                parts.setdefault(key, {}).setdefault(code, []).append(part)
    referer = listed(column.header, "referers") is not None
    return [layer for (path, derivation), by_code in parts.items() for layer in _layers(column, path, derivation, by_code, referer)]


def _layers(column: Column, path: str, derivation: str | None, by_code: dict[int, list[Part]], referer: bool) -> Iterator[Column]:
    """Repeated parts of one value (`?id=1&id=2`, JSON arrays) become columns of one path, one each."""
    for layer in range(min(max(len(p) for p in by_code.values()), MAX_PARTS)):
        chosen = {code: parts[layer] for code, parts in by_code.items() if layer < len(parts)}
        # values of one part under two hosts stay apart
        keyed = list(dict.fromkeys((p.value, p.host) for p in chosen.values()))
        position_of = {k: i for i, k in enumerate(keyed)}
        renumber = np.full(len(column.values) + 1, -1, np.int32)
        for code, part in chosen.items():
            renumber[code] = position_of[(part.value, part.host)]
        hosts = tuple(h for v, h in keyed if v.strip())
        suffix = path + (f" ({derivation})" if derivation else "")
        repeat = f"#{layer + 1}" if layer else ""
        # a segment of `request.url` is no request's id
        header = path if re.search(r"[^\W\d_]{2}", path) or (path.startswith("/[") and names_a_thing(column.header)) else column.header
        yield compact(
            column.path + suffix + repeat,
            header,
            renumber[column.codes],
            [v for v, _ in keyed],
            derivation=derivation or column.derivation,
            parent=column.path,
            receivers=None if referer or not any(hosts) else hosts,
        )
