"""What is inside a value: the parameters of a URL, the leaves of JSON, the claims of a JWT, what base64, hex or %-escapes hide.

`decode` takes one value apart, `derived_columns` makes columns of the parts, so that an e-mail in a query string is found by
the same detectors as one in a CSV. Depth and number of parts are capped; a hash cannot be decoded and is matched in
`roster_index`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import numpy as np

from scanners.columns import Column, compact
from scanners.header import listed
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
HOLDS_SOMETHING = re.compile(r"[/{\[=%]|^\s*(?:(?:Bearer|Basic|Token|JWT)\s+)?[A-Za-z0-9+_.\-]{8,}\s*$", re.IGNORECASE)
"""What every layer has: a URL's slash, JSON's bracket, a pair's `=`, an escape's `%`, or one long word. Most cells have none."""


@dataclass(frozen=True)
class Part:
    """One piece of a value: where it was in it, what it is, how it was won, and the host of the URL that carried it."""

    path: str
    value: str
    derivation: str | None = None
    host: str | None = None


def decode(value: str, depth: int = 0) -> Iterator[Part]:
    """All pieces of a value that are not the value itself, innermost included; nothing for a plain cell."""
    if depth >= MAX_DEPTH or len(value) < 6 or len(value) > 100_000 or not HOLDS_SOMETHING.search(value):
        return
    for part in _one_layer(value):
        yield part
        for inner in decode(part.value, depth + 1):
            yield Part(part.path + inner.path, inner.value, inner.derivation or part.derivation, inner.host or part.host)


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
    elif "%" in text and (unquoted := unquote_plus(text)) != text:
        yield Part("", unquoted, "url")
    elif not EMAIL.fullmatch(text):
        yield from _encoded(text)


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
        if not HOLDS_SOMETHING.search(value):
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
        header = path if re.search(r"[^\W\d_]{2}", path) else column.header
        yield compact(
            column.path + suffix + repeat,
            header,
            renumber[column.codes],
            [v for v, _ in keyed],
            derivation=derivation or column.derivation,
            parent=column.path,
            receivers=None if referer or not any(hosts) else hosts,
        )
