"""Cookies and web storage as rows of `TRACKER_COLUMNS`: Playwright's storageState JSON, Netscape cookies.txt. Captures bring theirs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

import pyarrow as pa

from scanners.readers import encoding, tables
from scanners.readers.source import Reading, Source
from scanners.schemas import TRACKER_COLUMNS, ParsedFile, TextTable

Storage = Literal["cookie", "local_storage", "session_storage", "indexed_db", "service_worker"]

_COOKIE_FIELDS = 7
_HTTP_ONLY = "#HttpOnly_"
_TITLES = ("# Netscape HTTP Cookie File", "# HTTP Cookie File")


@dataclass(frozen=True)
class Tracker:
    """One item a page stored, or sent back. `persistent` and `expires_at` (ISO 8601, UTC) are None where nothing shows them."""

    page_host: str | None
    host: str | None
    name: str
    storage: Storage
    persistent: bool | None
    expires_at: str | None
    value: str | None


def tracker_table(trackers: Sequence[Tracker]) -> TextTable:
    """The table of role `trackers`; of no rows where nothing is set, which is evidence too. Equal items are one row."""
    cells = [["true" if c is True else "false" if c is False else c for c in astuple(t)] for t in dict.fromkeys(trackers)]
    columns = list(zip(*cells, strict=True)) or [()] * len(TRACKER_COLUMNS)
    data = pa.table([tables.strings([c or None for c in column]) for column in columns], names=list(TRACKER_COLUMNS))
    return TextTable("trackers", data, role="trackers")


def host_of(url: str) -> str | None:
    """The host of an address, lower case, without port; None where it has none or is not readable."""
    try:
        host = urlsplit(url.strip()).hostname
    except ValueError:
        return None
    return host.rstrip(".").lower() or None if host else None


def instant(seconds: object) -> str | None:
    """Unix seconds as ISO 8601 in UTC; None for none, a session's end (0, -1) and what no calendar holds."""
    try:
        moment = float(str(seconds))
        return datetime.fromtimestamp(moment, UTC).isoformat() if moment > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def interpret_storage_state(value: object) -> ParsedFile | None:
    """A parsed storageState; None where the value is something else."""
    if not isinstance(value, dict) or not set(value) <= {"cookies", "origins", "sessionStorage", "serviceWorkers"} or not value:
        return None
    cookies, origins = value.get("cookies", []), value.get("origins", [])
    if not isinstance(cookies, list) or not isinstance(origins, list) or not _are_cookies(cookies) or not _are_origins(origins):
        return None
    pages = [host for origin in origins if (host := host_of(str(origin["origin"])))]
    found = [_cookie(c, pages[0] if pages else None) for c in cookies]
    for origin in origins:
        found += _origin(origin)
    hosts = pages or [t.host for t in found if t.host]
    return ParsedFile("storage-state", (tracker_table(found),), page_hosts=tuple(dict.fromkeys(hosts)))


def _are_cookies(values: list[object]) -> bool:
    return all(isinstance(c, dict) and "name" in c and "domain" in c for c in values)


def _are_origins(values: list[object]) -> bool:
    return all(isinstance(o, dict) and "origin" in o for o in values)


def _cookie(cookie: dict[str, object], page: str | None) -> Tracker:
    host = str(cookie.get("domain") or "").lstrip(".").lower() or None
    expires = instant(cookie.get("expires", cookie.get("expirationDate")))
    return Tracker(page, host, str(cookie["name"]), "cookie", expires is not None, expires, _text(cookie.get("value")))


def _origin(origin: dict[str, object]) -> list[Tracker]:
    host = host_of(str(origin["origin"]))
    found: list[Tracker] = []
    for key, storage in (("localStorage", "local_storage"), ("sessionStorage", "session_storage")):
        for item in _objects(origin.get(key)):
            found.append(Tracker(host, host, str(item.get("name")), storage, storage == "local_storage", None, _text(item.get("value"))))  # type: ignore[arg-type]
    for base in _objects(origin.get("indexedDB")):
        for store in _objects(base.get("stores")):
            name = f"{base.get('name')}/{store.get('name')}"
            records = _objects(store.get("records")) or [{}]
            found += [Tracker(host, host, name, "indexed_db", True, None, _text(record) if record else None) for record in records]
    for worker in _objects(origin.get("serviceWorkers")):
        found.append(Tracker(host, host, str(worker.get("scriptURL") or worker.get("name")), "service_worker", True, None, None))
    return found


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class CookieFileReader:
    """Netscape's cookies.txt, as curl, wget and browser extensions write it."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if name.casefold() == "cookies.txt" and kind == "tracking":
            return True
        text = encoding.decode(head).text
        if text.startswith(_TITLES):
            return True
        first = next((line for line in text.splitlines() if line.strip() and (line[0] != "#" or line.startswith(_HTTP_ONLY))), "")
        return _cookie_line(first) is not None

    def read(self, source: Source) -> Reading:
        decoded = encoding.decode(source.data)
        found: list[Tracker] = []
        rejected: dict[int, str] = {}
        comments: list[str] = []
        for number, line in enumerate(decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
            tracker = _cookie_line(line)
            if tracker:
                found.append(tracker)
            elif line.startswith("#"):
                comments.append(line)
            elif line.strip():
                rejected[number] = line
        reasons = [f"{tables.numbered(sorted(rejected))} not a cookie"] if rejected else []
        lines = [tables.lines_table(comments, "comments")] if any(c.strip("# ") for c in comments) else []
        parsed = tables.parsed("cookies.txt", [tracker_table(found), *lines], decoded, rejected, reasons)
        hosts = tuple(dict.fromkeys(t.host for t in found if t.host))
        return Reading(ParsedFile(parsed.format, parsed.tables, parsed.status, parsed.reason, hosts))


def _cookie_line(line: str) -> Tracker | None:
    """domain, subdomains too, path, https only, expiry in Unix seconds (0: the session's end), name, value."""
    if line.startswith("#") and not line.startswith(_HTTP_ONLY):
        return None
    cells = line.removeprefix(_HTTP_ONLY).split("\t")
    if len(cells) == _COOKIE_FIELDS - 1:
        cells.append("")
    if len(cells) != _COOKIE_FIELDS or {cells[1].upper(), cells[3].upper()} - {"TRUE", "FALSE"}:
        return None
    host = cells[0].lstrip(".").lower() or None
    expires = instant(cells[4])
    return Tracker(host, host, cells[5], "cookie", expires is not None, expires, cells[6] or None)
