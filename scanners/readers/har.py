"""HAR captures: what a page sent to which host, and which cookies went and came.

One table for each (page host, method, receiving host, shape of the path), so that all of its rows share sender and receiver.
Bodies of responses are not read: they show what came, not what was sent.
"""

from __future__ import annotations

import base64
import binascii
import email.parser
import email.policy
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from scanners.readers import flatten
from scanners.readers.tables import RowTable
from scanners.readers.trackers import Tracker, host_of, tracker_table
from scanners.schemas import ParsedFile

_SCHEMES = frozenset({"http", "https", "ws", "wss"})
_USUAL_HEADERS = re.compile(
    r"(?i):.*|sec-.*|if-.*|accept(-.*)?|access-control-.*|connection|host|user-agent|content-(type|length|encoding)|cookie|cache-control"
    r"|pragma|upgrade(-insecure-requests)?|origin|dnt|te|range|priority|transfer-encoding|keep-alive|purpose|x-requested-with"
)
_FORM = re.compile(r"[^=&\s{}\[\]<>\"]+=[^&\s]*(&[^=&\s]+=?[^&\s]*)*")
_VARIABLE = re.compile(r".*\d.*\d.*\d.*|.*@.*|[0-9a-fA-F-]{8,}|.*[^\w.~%-].*|\d+")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_JSON = ("{", "[")
_MAX_SHAPES = 50


def interpret(value: object) -> ParsedFile | None:
    """A parsed capture, or one entry of it; None where the value is something else."""
    log = value.get("log") if isinstance(value, dict) else None
    if isinstance(log, dict) and isinstance(log.get("entries"), list):
        return _Capture(_objects(log.get("pages")), _objects(log["entries"]), len(log["entries"])).read()
    if isinstance(value, dict) and isinstance(value.get("request"), dict) and "startedDateTime" in value and "response" in value:
        return _Capture([], [value], 1).read()
    return None


class _Capture:
    """One capture while it is read."""

    def __init__(self, pages: list[dict[str, object]], entries: list[dict[str, object]], count: int) -> None:
        self.entries = entries
        self.pages = {str(page.get("id")): _page_host(page) for page in pages}
        self.tables: dict[tuple[str | None, str, str | None, str], RowTable] = {}
        self.trackers: list[Tracker] = []
        self._shapes: dict[tuple[str | None, str, str | None], _Shapes] = {}
        self.unread = count - len(entries)
        self.first_document = self._first_document()
        self._name_pages()

    def read(self) -> ParsedFile:
        for entry in self.entries:
            self._entry(entry)
        senders = {table.sender for table in self.tables.values() if table.sender}
        found = []
        for (page, _, _, _), table in self.tables.items():
            if len(senders) > 1 and page:
                table.name = f"{table.name} from {page}"
            found += table.tables()
        hosts = tuple(dict.fromkeys(h for h in [*self.pages.values(), *(t.sender for t in self.tables.values())] if h))
        status = "partly_scanned" if self.unread else "scanned"
        reason = f"{self.unread:,} entries are not as the format wants them" if self.unread else None
        return ParsedFile("har", (*found, tracker_table(self.trackers)), status, reason, hosts)  # type: ignore[arg-type]

    def _entry(self, entry: dict[str, object]) -> None:
        request = entry.get("request")
        url = _split(_string(request.get("url"))) if isinstance(request, dict) else None
        if not isinstance(request, dict) or url is None:
            self.unread += 1
            return
        if url.scheme.lower() not in _SCHEMES:
            return  # data:, blob:, chrome-extension: go to no host
        receiver, sender = host_of(url.geturl()), self._sender(entry, request)
        started = _string(entry.get("startedDateTime"))
        cookies = _cookies(request)
        base = _request_cells(url, request, cookies)
        method = str(request.get("method") or "GET").upper()
        for cells in _with_body(base, request.get("postData")):
            self._add(method, url, sender, receiver, started, cells)
        for message in _objects(entry.get("_webSocketMessages")):
            if message.get("type") == "send":
                for cells in _with_body(dict(base), {"text": message.get("data")}, "message"):
                    self._add("WS", url, sender, receiver, started, cells)
        self.trackers += [Tracker(sender, receiver, name, "cookie", None, None, text) for name, text in cookies]
        self.trackers += _set_cookies(entry.get("response"), sender, receiver, started)

    def _add(
        self, method: str, url: SplitResult, sender: str | None, receiver: str | None, started: str | None, cells: flatten.Cells
    ) -> None:
        shape = self._shapes.setdefault((sender, method, receiver), _Shapes()).of(url.path)
        plain = "http://" if url.scheme.lower() in ("http", "ws") else ""
        key = (sender, method, receiver, plain + shape)
        table = self.tables.get(key)
        if table is None:
            table = self.tables[key] = RowTable(f"{method} {plain}{receiver or ''}{shape}")
            table.sender, table.receiver, table.times = sender, receiver, []
        assert table.times is not None
        if cells:
            table.times.append(started)
            table.add(cells)

    def _sender(self, entry: Mapping[str, object], request: Mapping[str, object]) -> str | None:
        page = self.pages.get(str(entry.get("pageref")))
        return page or _referring_host(request) or self.first_document

    def _first_document(self) -> str | None:
        """The host of the first request that brought a page; of the first at all where none says so."""
        hosts = [(_is_document(entry), host) for entry in self.entries if (host := _entry_host(entry))]
        return next((host for document, host in hosts if document), hosts[0][1] if hosts else None)

    def _name_pages(self) -> None:
        """Pages whose title is no address have the host of their first entry."""
        for entry in self.entries:
            page = str(entry.get("pageref"))
            if page in self.pages and self.pages[page] is None:
                self.pages[page] = _entry_host(entry)


def _page_host(page: Mapping[str, object]) -> str | None:
    for text in (_string(page.get("title")), _string(page.get("_url")), _string(page.get("id"))):
        if text and text.lower().startswith(("http://", "https://")):
            return host_of(text)
    return None


def _entry_host(entry: Mapping[str, object]) -> str | None:
    request = entry.get("request")
    url = _split(_string(request.get("url"))) if isinstance(request, dict) else None
    return host_of(url.geturl()) if url and url.scheme.lower() in _SCHEMES else None


def _is_document(entry: Mapping[str, object]) -> bool:
    if entry.get("_resourceType") == "document":
        return True
    response = entry.get("response")
    content = response.get("content") if isinstance(response, dict) else None
    return isinstance(content, dict) and str(content.get("mimeType")).startswith("text/html")


def _referring_host(request: Mapping[str, object]) -> str | None:
    headers = {name.lower(): text for name, text in _headers(request)}
    return next((host for name in ("referer", "origin") if (host := host_of(headers.get(name) or ""))), None)


def _request_cells(url: SplitResult, request: Mapping[str, object], cookies: list[tuple[str, str | None]]) -> flatten.Cells:
    cells: flatten.Cells = {}
    given = parse_qsl(url.query, keep_blank_values=True)
    if url.query and not given:
        flatten.put(cells, "?", unquote(url.query))
    if url.query and "=" not in url.query:
        given = [("", unquote(url.query))]
        cells.pop("?", None)
    named = [(str(p.get("name")), _string(p.get("value")) or "") for p in _objects(request.get("queryString"))]
    for name, text in given + [pair for pair in named if pair not in given and _decoded(pair) not in given]:
        flatten.put(cells, f"?{name}", text)
    if url.path not in ("", "/"):
        flatten.put(cells, "path", unquote(url.path))
    if url.fragment:
        flatten.put(cells, "#fragment", unquote(url.fragment))
    if url.username or url.password:
        flatten.put(cells, "userinfo", unquote(url.netloc.rpartition("@")[0]))
    for name, text in _headers(request):
        if not _USUAL_HEADERS.fullmatch(name):
            flatten.put(cells, f"header:{name.lower()}", text)
    for name, value in cookies:
        flatten.put(cells, f"cookie:{name}", value)
    return cells


def _decoded(pair: tuple[str, str]) -> tuple[str, str]:
    return unquote(pair[0].replace("+", " ")), unquote(pair[1].replace("+", " "))


def _with_body(base: flatten.Cells, post: object, prefix: str = "body") -> list[flatten.Cells]:
    """The request's cells with its body's: several rows where the body holds several records."""
    if not isinstance(post, dict):
        return [base]
    bodies = list(_bodies(post, prefix)) or [{}]
    merged = []
    for body in bodies:
        row = dict(base)
        for path, text in body.items():
            flatten.put(row, path, text)
        merged.append(row)
    return merged


def _bodies(post: Mapping[str, object], prefix: str) -> Iterator[flatten.Cells]:
    text, content_type = _plain_text(post), str(post.get("mimeType") or "")
    if text.lstrip().startswith(_JSON) and (records := _json_records(text)) is not None:
        for record in records:
            yield {f"{prefix}:{path}": cell for path, cell in record.items()}
        return
    params = _params(post, "urlencoded" in content_type.lower())
    if _FORM.fullmatch(text.strip()):
        params = parse_qsl(text.strip(), keep_blank_values=True)
    elif content_type.lower().startswith("multipart/") and text and not params:
        params = _multipart(content_type, text)
    if params:
        yield _named(params, prefix)
    elif text.strip():
        yield {prefix: text}


def _params(post: Mapping[str, object], encoded: bool) -> list[tuple[str, str]]:
    """The parameters as the capture lists them; some browsers list those of forms still encoded."""
    pairs = [
        (str(p.get("name")), part)
        for p in _objects(post.get("params"))
        for part in (_string(p.get("value")), _string(p.get("fileName")))
        if part is not None
    ]
    return [_decoded(p) if encoded and _PERCENT.search(p[0] + p[1]) else p for p in pairs]


def _plain_text(post: Mapping[str, object]) -> str:
    text = _string(post.get("text")) or ""
    if post.get("encoding") == "base64" or post.get("_base64"):
        try:
            return base64.b64decode(text, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return text
    return text


def _json_records(text: str) -> list[flatten.Cells] | None:
    """The rows of a JSON body, or of one JSON value a line; None where it is neither."""
    decode = flatten.decoder().decode
    try:
        values = [decode(text)]
    except (ValueError, RecursionError):
        try:
            values = [decode(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return None
    return [record for value in values for item in (value if isinstance(value, list) else [value]) for record in flatten.record_rows(item)]


def _multipart(content_type: str, text: str) -> list[tuple[str, str]]:
    raw = f"Content-Type: {content_type}\r\n\r\n{text}".encode("utf-8", "replace")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(raw)
    parts: list[tuple[str, str]] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        parts.append((str(name or ""), content.decode("utf-8", "replace") if isinstance(content, bytes) else ""))
        if file_name := part.get_filename():
            parts.append((f"{name}.filename", str(file_name)))
    return parts if any(text for _, text in parts) else [("", text)]


def _named(pairs: list[tuple[str, str]], prefix: str) -> flatten.Cells:
    cells: flatten.Cells = {}
    for name, text in pairs:
        nested = _json_records(text) if text.lstrip().startswith(_JSON) else None
        if nested is not None and len(nested) == 1:
            for path, cell in nested[0].items():
                flatten.put(cells, f"{prefix}:{name}.{path}", cell)
        else:
            flatten.put(cells, f"{prefix}:{name}" if name else prefix, text)
    return cells


def _cookies(request: Mapping[str, object]) -> list[tuple[str, str | None]]:
    listed = [(str(c.get("name")), _string(c.get("value"))) for c in _objects(request.get("cookies"))]
    if listed:
        return listed
    pairs = [part.strip().partition("=") for name, text in _headers(request) if name.lower() == "cookie" for part in text.split(";")]
    return [(name, value) for name, _, value in pairs if name]


def _set_cookies(response: object, page: str | None, host: str | None, started: str | None) -> list[Tracker]:
    if not isinstance(response, dict):
        return []
    headers = [
        _set_cookie(line, page, host, started)
        for name, text in _headers(response)
        if name.lower() == "set-cookie"
        for line in text.split("\n")
        if line.strip()
    ]
    named = {tracker.name for tracker in headers}
    listed = []
    for cookie in _objects(response.get("cookies")):
        if str(cookie.get("name")) in named:
            continue  # the header says more: Max-Age is not among a HAR's fields
        expires = _moment(_string(cookie.get("expires")))
        domain = (_string(cookie.get("domain")) or "").lstrip(".").lower() or host
        lasting = bool(cookie.get("expires")) and cookie.get("expires") not in ("-1", "0")
        listed.append(Tracker(page, domain, str(cookie.get("name")), "cookie", lasting, expires, _string(cookie.get("value"))))
    return headers + listed


def _set_cookie(line: str, page: str | None, host: str | None, started: str | None) -> Tracker:
    """One Set-Cookie line (RFC 6265, section 5.2): Max-Age wins over Expires, the domain's leading dot means nothing."""
    first, *attributes = line.split(";")
    name, _, value = first.strip().partition("=")
    given = {key.strip().lower(): text.strip() for key, _, text in (a.partition("=") for a in attributes)}
    domain = given.get("domain", "").lstrip(".").lower() or host
    expires = _moment(given.get("expires"))
    if "max-age" in given:
        expires = _after(started, given["max-age"]) or expires
    return Tracker(page, domain, name, "cookie", "expires" in given or "max-age" in given, expires, value or None)


def _after(started: str | None, seconds: str) -> str | None:
    try:
        return (datetime.fromisoformat(started or "") + timedelta(seconds=int(seconds))).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def _moment(text: str | None) -> str | None:
    """An ISO or an HTTP date as ISO 8601 in UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text.replace("-", " "))
        except (ValueError, TypeError, IndexError):
            return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


class _Shapes:
    """The shapes of the paths of one host; one that has very many has ids in them that do not look like any."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def of(self, path: str) -> str:
        """The path with `{}` for each part that looks like an id, a name list or a hash."""
        parts = unquote(path or "/").split("/")
        shape = "/".join("{}" if part and _VARIABLE.fullmatch(part) else part for part in parts) or "/"
        if shape in self.seen or len(self.seen) < _MAX_SHAPES:
            self.seen.add(shape)
            return shape
        return "/{}"


def _split(url: str | None) -> SplitResult | None:
    try:
        split = urlsplit(url or "")
        _ = split.hostname
    except ValueError:
        return None
    return split if split.scheme else None


def _headers(message: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(str(h.get("name")), _string(h.get("value")) or "") for h in _objects(message.get("headers"))]


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None
