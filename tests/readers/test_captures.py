"""HAR captures, storage states, cookie files: who sent what to whom, and what was set."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scanners.schemas import TRACKER_COLUMNS, ParsedFile, TextTable

Parse = Callable[..., ParsedFile]
TIME = "2026-09-01T10:00:00.000-05:00"


def entry(url: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    request = {"method": method, "url": url, "headers": [], "queryString": [], "cookies": [], **more.pop("request", {})}
    response = {"headers": [], "cookies": [], "content": {"mimeType": "text/plain"}, **more.pop("response", {})}
    return {"startedDateTime": TIME, "pageref": "p1", "request": request, "response": response, **more}


def har(*entries: dict[str, Any], title: str = "https://App.Reads.example/home", pages: list[dict[str, Any]] | None = None) -> str:
    return json.dumps({"log": {"version": "1.2", "pages": [{"id": "p1", "title": title}] if pages is None else pages, "entries": entries}})


def sent(parsed: ParsedFile, host: str) -> TextTable:
    return next(t for t in parsed.tables if t.receiver == host and t.data.num_rows)


def trackers(parsed: ParsedFile) -> list[dict[str, str]]:
    return next(t for t in parsed.tables if t.role == "trackers").data.to_pylist()  # type: ignore[no-any-return]


def test_a_request_to_a_third_party(parse: Parse) -> None:
    request = {
        "headers": [
            {"name": "Referer", "value": "https://app.reads.example/s?u=ann"},
            {"name": "X-User", "value": "ann"},
            {"name": "Accept", "value": "*/*"},
        ],
        "cookies": [{"name": "uid", "value": "u1"}],
    }
    url = "https://Stats.Vendor.example:8443/collect/12345?e=ann%40x.example&e=2&flag#frag"
    parsed = parse("a.har", har(entry(url, request=request), entry(url.replace("12345", "67890"))))
    table = sent(parsed, "stats.vendor.example")
    assert (parsed.format, parsed.status, parsed.page_hosts) == ("har", "scanned", ("app.reads.example",))
    assert (table.name, table.sender) == ("GET stats.vendor.example/collect/{}", "app.reads.example")
    assert {k: v for k, v in table.data.to_pylist()[0].items() if v} == {
        "?e": "ann@x.example", "?e#2": "2", "path": "/collect/12345", "#fragment": "frag",
        "header:referer": "https://app.reads.example/s?u=ann", "header:x-user": "ann", "cookie:uid": "u1",
    }  # fmt: skip
    assert table.times is not None
    assert table.times.to_pylist() == [TIME, TIME]


def test_bodies(parse: Parse) -> None:
    posts = {
        "form": {
            "mimeType": "application/x-www-form-urlencoded",
            "text": "mail=a%40x.example&n=1",
            "params": [{"name": "mail", "value": "a%40x.example"}],
        },
        "params": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "mail", "value": "a%40x.example"}]},
        "json": {"mimeType": "text/plain", "text": '[{"mail": "a@x.example"}, {"mail": "b@x.example"}]'},
        "lines": {"mimeType": "text/plain", "text": '{"mail": "a@x.example"}\n{"mail": "b@x.example"}'},
        "multi": {
            "mimeType": "multipart/form-data; boundary=B",
            "text": '--B\r\nContent-Disposition: form-data; name="mail"\r\n\r\na@x.example\r\n--B--\r\n',
        },
        "nested": {"mimeType": "application/x-www-form-urlencoded", "text": 'data={"mail":"a@x.example"}'},
        "plain": {"mimeType": "text/plain", "text": "hello a@x.example"},
    }
    expected = {
        "form": [{"body:mail": "a@x.example", "body:n": "1"}], "params": [{"body:mail": "a@x.example"}],
        "json": [{"body:mail": "a@x.example"}, {"body:mail": "b@x.example"}],
        "lines": [{"body:mail": "a@x.example"}, {"body:mail": "b@x.example"}],
        "multi": [{"body:mail": "a@x.example"}], "nested": [{"body:data.mail": "a@x.example"}],
        "plain": [{"body": "hello a@x.example"}],
    }  # fmt: skip
    parsed = parse("a.har", har(*(entry(f"https://{name}.example/", "POST", request={"postData": post}) for name, post in posts.items())))
    assert {name: sent(parsed, f"{name}.example").data.to_pylist() for name in posts} == expected


def test_whose_page_it_is(parse: Parse) -> None:
    lookup = har(entry("https://app.reads.example/"), entry("https://t.example/?a=1"), title="Reads")
    assert sent(parse("a.har", lookup), "t.example").sender == "app.reads.example"
    referred = entry("https://t.example/?a=1", request={"headers": [{"name": "origin", "value": "https://other.example"}]})
    assert sent(parse("a.har", har(referred, pages=[])), "t.example").sender == "other.example"
    document = entry("https://doc.example/", response={"content": {"mimeType": "text/html; charset=utf-8"}})
    assert sent(parse("a.har", har(entry("https://t.example/?a=1"), document, pages=[])), "t.example").sender == "doc.example"


def test_plain_http_and_own_host(parse: Parse) -> None:
    parsed = parse("a.har", har(entry("http://app.reads.example/login?user=ann")))
    assert sent(parsed, "app.reads.example").name == "GET http://app.reads.example/login"


def test_web_sockets_and_addresses_that_go_nowhere(parse: Parse) -> None:
    socket = entry("wss://t.example/live", _webSocketMessages=[{"type": "send", "data": '{"u": "ann"}'}, {"type": "receive", "data": "x"}])
    parsed = parse("a.har", har(socket, entry("data:text/plain,ann")))
    assert [t.data.to_pylist()[0] for t in parsed.tables if t.name.startswith("WS")] == [{"path": "/live", "message:u": "ann"}]
    assert parsed.status == "scanned"


def test_an_entry_that_cannot_be_read_is_flagged(parse: Parse) -> None:
    parsed = parse("a.har", har(entry("https://[bad/"), entry("https://t.example/?a=1")))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "1 entries are not as the format wants them")


def test_trackers_of_a_capture(parse: Parse) -> None:
    set_cookie = "id=42; Domain=.Vendor.example; Max-Age=3600\nsid=7; Path=/\nold=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"
    request = {"headers": [{"name": "Cookie", "value": "a=1; b=x=y"}]}
    response = {"headers": [{"name": "Set-Cookie", "value": set_cookie}], "cookies": [{"name": "id", "value": "42"}]}
    found = trackers(parse("a.har", har(entry("https://t.vendor.example/", request=request, response=response))))
    assert [(t["host"], t["name"], t["value"], t["persistent"], t["expires_at"]) for t in found] == [
        ("t.vendor.example", "a", "1", None, None),
        ("t.vendor.example", "b", "x=y", None, None),
        ("vendor.example", "id", "42", "true", "2026-09-01T16:00:00+00:00"),
        ("t.vendor.example", "sid", "7", "false", None),
        ("t.vendor.example", "old", "1", "true", "2026-10-21T07:28:00+00:00"),
    ]
    assert {t["page_host"] for t in found} == {"app.reads.example"}


def test_storage_state(parse: Parse) -> None:
    state = {
        "cookies": [
            {"name": "s", "value": "1", "domain": ".reads.example", "expires": -1},
            {"name": "p", "value": "2", "domain": "t.example", "expires": 1800000000.5},
        ],
        "origins": [{"origin": "https://app.reads.example", "localStorage": [{"name": "user", "value": '{"id": 1}'}]}],
    }  # fmt: skip
    parsed = parse("state.json", json.dumps(state), "tracking")
    assert (parsed.format, parsed.page_hosts) == ("storage-state", ("app.reads.example",))
    assert [(t["storage"], t["host"], t["persistent"], (t["expires_at"] or "")[:10]) for t in trackers(parsed)] == [
        ("cookie", "reads.example", "false", ""),
        ("cookie", "t.example", "true", "2027-01-15"),
        ("local_storage", "app.reads.example", "true", ""),
    ]


def test_nothing_set_is_evidence_too(parse: Parse) -> None:
    for name, text in (("state.json", '{"cookies": [], "origins": []}'), ("cookies.txt", "# Netscape HTTP Cookie File\n")):
        parsed = parse(name, text, "tracking")
        assert parsed.status == "scanned"
        assert parsed.tables[0].columns == TRACKER_COLUMNS
        assert trackers(parsed) == []


def test_cookie_file(parse: Parse) -> None:
    lines = "# Netscape HTTP Cookie File\n#HttpOnly_.reads.example\tTRUE\t/\tTRUE\t1800000000\tid\tv1\n"
    lines += "t.example\tFALSE\t/\tFALSE\t0\ts\t\nbroken ann\n"
    parsed = parse("jar.txt", lines, "tracking")
    assert [(t["host"], t["name"], t["value"], t["persistent"]) for t in trackers(parsed)] == [
        ("reads.example", "id", "v1", "true"),
        ("t.example", "s", None, "false"),
    ]
    assert (parsed.status, parsed.page_hosts) == ("partly_scanned", ("reads.example", "t.example"))
