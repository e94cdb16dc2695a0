"""HTML: tables of data as tables, visible text as lines, and all that the page holds unseen."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
PAGE = """<!DOCTYPE html>
<html><head><title>Oak School</title><meta name="author" content="C. Lindqvist"><style>p { color: red }</style>
<script>var state = {"student": "Ann Lee"}</script></head>
<body class="wide"><h1>Class <b>4</b>B</h1><!-- draft by Bob Ray -->
<table border=1><caption>Pupils</caption>
<tr><th>id<th>name<th>mail</tr>
<tr><td rowspan=2>0012345<td>Zo&euml;<td><a href="mailto:zoe@x.example">write</a></tr>
<tr><td>Ann<td>ann<br>a@x.example</tr></table>
<p data-student-id="777">Hello<p>Bye<img alt="Photo of Dee" src="x.png">
</body></html>"""


def tables(parsed: ParsedFile) -> dict[tuple[str, ...], list[list[str | None]]]:
    return {table.columns: [list(row.values()) for row in table.data.to_pylist()] for table in parsed.tables}


def test_a_page(parse: Parse) -> None:
    parsed = parse("report.html", PAGE)
    assert (parsed.format, parsed.status) == ("html", "scanned")
    found = tables(parsed)
    assert found["id", "name", "mail"] == [["0012345", "Zoë", "write"], ["0012345", "Ann", "ann a@x.example"]]
    assert parsed.tables[0].data["line"].to_pylist() == ["Oak School", "Class 4B", "Pupils", "Hello", "Bye"]
    attributes = {tuple(row) for row in found["path", "value"]}
    assert {("a.href", "mailto:zoe@x.example"), ("p.data-student-id", "777"), ("img.alt", "Photo of Dee")} <= attributes
    unseen = next(t for t in parsed.tables if t.name == "scripts and comments").data["line"].to_pylist()
    assert {'var state = {"student": "Ann Lee"}', " draft by Bob Ray "} <= set(unseen)


def test_a_table_named_xls(parse: Parse) -> None:
    parsed = parse("export.xls", "<table><tr><td>id</td><td>name</td></tr><tr><td>007</td><td>Ann</td></tr></table>")
    assert (parsed.format, tables(parsed)) == ("html", {("id", "name"): [["007", "Ann"]]})


def test_two_tables_and_layout(parse: Parse) -> None:
    inner = "<table><tr><td>id<td>name<tr><td>1<td>Ann</table>"
    parsed = parse("a.html", f"<html><table><tr><td>menu<td>{inner}</table>{inner.replace('Ann', 'Bob')}")
    assert [t.name for t in parsed.tables] == ["", "", "table 2"]
    assert [t.data.to_pylist() for t in parsed.tables[1:]] == [[{"id": "1", "name": "Ann"}], [{"id": "1", "name": "Bob"}]]


@pytest.mark.parametrize(
    "page",
    [
        '<html><a href="mailto:zed@y.example',
        "<html><script>x = 'zed@y.example'",
        "<html><!-- zed@y.example",
        "<html><![CDATA[ zed@y.example ]]>",
        "<html><table><tr><td>zed@y.example",
        "<html><table><td>a<td>zed@y.example<td colspan=99999999>b",
        "<html><textarea>zed@y.example",
        "<html><div class='zed@y.example'>",
        "<html>" + "<div>" * 5_000 + "zed@y.example",
        "<html><p>zed&#64;y.example",
        "<?xml version='1.0'?><!-- x --><!DOCTYPE html><html><p title='zed@y.example'/>",
    ],
)
def test_nothing_is_lost_in_broken_pages(parse: Parse, texts: Callable[[ParsedFile], str], page: str) -> None:
    parsed = parse("a", page)
    assert parsed.format == "html"
    assert "zed@y.example" in texts(parsed)


def test_other_encodings(parse: Parse) -> None:
    for encoding in ("utf-16", "cp1252"):
        parsed = parse("a.htm", "<html><p>Zoë Núñez</p></html>".encode(encoding))
        assert (parsed.status, parsed.tables[0].data["line"].to_pylist()) == ("scanned", ["Zoë Núñez"])


@pytest.mark.parametrize(
    "page",
    [
        "<html>" + "<a " * 30_000,
        "<html>" + "<!--" * 8_000,
        "<!-- x --> " * 5_000,
        "<html><table>" + "<tr><td rowspan=1000 colspan=1000>x<td>y</tr>" * 300,
        "<html>" + "<table><tr><td>" * 3_000,
    ],
    ids=["open tags", "open comments", "comments first", "spans", "nested"],
)
def test_hostile_pages_take_no_time(parse: Parse, page: str) -> None:
    started = time.perf_counter()
    assert parse("a.html", page).status == "scanned"
    assert time.perf_counter() - started < 3
