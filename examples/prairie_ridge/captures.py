"""Browser captures: HAR 1.2 files, Playwright storage states, Netscape cookie files.

Requests carry only the headers a story needs (no cookies, no user agent, no address), so that a record shows exactly what is planted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from examples.prairie_ridge.formats import json_bytes


@dataclass(frozen=True)
class Request:
    """One request of a capture. `body` is sent as JSON; `sets` are cookies the response sets: (name, value, expires or None)."""

    at: str
    url: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, str] | None = None
    referer: str | None = None
    sets: tuple[tuple[str, str, str | None], ...] = ()
    mime: str = "application/json"

    @property
    def full_url(self) -> str:
        """The URL with its query string."""
        return f"{self.url}?{urlencode(self.query, quote_via=quote)}" if self.query else self.url


def har(page: str, requests: Sequence[Request]) -> bytes:
    """A capture of one page (its address, without a query) with its requests in order."""
    pages = [{"startedDateTime": requests[0].at, "id": "page_1", "title": page, "pageTimings": {"onContentLoad": -1, "onLoad": -1}}]
    creator = {"name": "ridge-capture", "version": "1.4"}
    return json_bytes({"log": {"version": "1.2", "creator": creator, "pages": pages, "entries": [_entry(request) for request in requests]}})


def _entry(request: Request) -> dict[str, Any]:
    headers = [{"name": "Host", "value": urlsplit(request.url).netloc}, {"name": "Accept", "value": "*/*"}]
    if request.referer:
        headers.append({"name": "Referer", "value": request.referer})
    sent: dict[str, Any] = {
        "method": "POST" if request.body else "GET",
        "url": request.full_url,
        "httpVersion": "HTTP/2.0",
        "cookies": [],
        "headers": headers,
        "queryString": [{"name": name, "value": value} for name, value in request.query],
        "headersSize": -1,
        "bodySize": 0,
    }
    if request.body:
        text = json.dumps(request.body)
        headers.append({"name": "Content-Type", "value": "application/json"})
        sent |= {"bodySize": len(text), "postData": {"mimeType": "application/json", "params": [], "text": text}}
    answer = [{"name": "Content-Type", "value": request.mime}]
    answer += [{"name": "Set-Cookie", "value": _set_cookie(name, value, expires)} for name, value, expires in request.sets]
    return {
        "pageref": "page_1",
        "startedDateTime": request.at,
        "time": 42,
        "request": sent,
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/2.0",
            "cookies": [_cookie(name, value, expires) for name, value, expires in request.sets],
            "headers": answer,
            "content": {"size": 0, "mimeType": request.mime},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": 0,
        },
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "send": 1, "wait": 40, "receive": 1, "ssl": -1},
    }


def _cookie(name: str, value: str, expires: str | None) -> dict[str, Any]:
    document: dict[str, Any] = {"name": name, "value": value, "path": "/", "httpOnly": True, "secure": True}
    return document | ({"expires": f"{expires}T00:00:00.000Z"} if expires else {})


def _set_cookie(name: str, value: str, expires: str | None) -> str:
    until = f"; Expires={_http_date(date.fromisoformat(expires))}" if expires else ""
    return f"{name}={value}; Path=/{until}; HttpOnly; Secure"


def _http_date(day: date) -> str:
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    return f"{weekday}, {day.day:02d} {month} {day.year} 00:00:00 GMT"


def epoch(day: date) -> int:
    """Seconds since 1970 at the start of the day in UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def storage_state(cookies: Sequence[tuple[str, str, str, date | None]], local: Mapping[str, Mapping[str, str]]) -> bytes:
    """A Playwright storage state: cookies as (domain, name, value, expires or None), local storage by origin."""
    return json_bytes(
        {
            "cookies": [
                {
                    "name": name,
                    "value": value,
                    "domain": domain,
                    "path": "/",
                    "expires": epoch(expires) if expires else -1,
                    "httpOnly": False,
                    "secure": True,
                    "sameSite": "Lax",
                }
                for domain, name, value, expires in cookies
            ],
            "origins": [
                {"origin": origin, "localStorage": [{"name": name, "value": value} for name, value in items.items()]}
                for origin, items in local.items()
            ],
        }
    )


def cookies_txt(cookies: Sequence[tuple[str, str, str, date | None]]) -> bytes:
    """A Netscape cookie file: cookies as (domain, name, value, expires or None)."""
    lines = ["# Netscape HTTP Cookie File"]
    lines += [
        "\t".join((domain, "FALSE", "/", "TRUE", str(epoch(expires)) if expires else "0", name, value))
        for domain, name, value, expires in cookies
    ]
    return ("\n".join(lines) + "\n").encode()
