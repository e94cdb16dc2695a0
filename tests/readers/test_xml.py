"""XML: records by what repeats, paths like those of JSON, broken and hostile documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.schemas import ParsedFile
from tests.readers.conftest import parse_bytes, texts_of

Parse = Callable[..., ParsedFile]
Tables = dict[str, list[dict[str, str | None]]]

INTERCHANGE = """<?xml version="1.0" encoding="UTF-8"?>
<InterchangeStudent xmlns="http://ed-fi.org/0300" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y">
  <!-- ask Mateo -->
  <Student id="S1">
    <StudentUniqueId>9000001</StudentUniqueId>
    <Name><FirstName>Zoë</FirstName><LastSurname>O&apos;Rourke &amp; Sons</LastSurname></Name>
    <Race>White</Race><Race>Asian</Race>
    <Address><City>Lincoln</City></Address>
  </Student>
  <Student id="S2">
    <StudentUniqueId>9000002</StudentUniqueId>
    <Name><FirstName><![CDATA[Bo <b>]]></FirstName><LastSurname xsi:nil="true"/></Name>
    <Address><City>Omaha</City></Address><Address><City>Elm</City></Address>
  </Student>
</InterchangeStudent>
"""
WORKBOOK = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<DocumentProperties xmlns="urn:schemas-microsoft-com:office:office"><Author>Ann</Author></DocumentProperties>
<Worksheet ss:Name="Roster"><Table>
<Row><Cell><Data ss:Type="String">Roster of Elm</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">id</Data></Cell><Cell><Data ss:Type="String">na<B>me</B></Data>
<Comment ss:Author="Bo"><ss:Data>hi</ss:Data></Comment></Cell><Cell><Data ss:Type="String">city</Data></Cell></Row>
<Row><Cell ss:MergeDown="1"><Data ss:Type="String">1</Data></Cell><Cell><Data ss:Type="String">Zoë</Data></Cell>
<Cell><Data>Lincoln</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">Bo</Data></Cell><Cell><Data>Omaha</Data></Cell></Row>
</Table></Worksheet></Workbook>
"""


def tables(parsed: ParsedFile) -> Tables:
    return {table.name: table.data.to_pylist() for table in parsed.tables}


def test_an_interchange_file(parse: Parse) -> None:
    parsed = parse("a.xml", INTERCHANGE)
    assert (parsed.format, parsed.status, parsed.reason) == ("xml", "scanned", None)
    second = {"id": "S2", "StudentUniqueId": "9000002", "Name.FirstName": "Bo <b>", "Name.LastSurname": None, "Race": None}
    assert tables(parsed) == {
        "Student": [
            {"id": "S1", "StudentUniqueId": "9000001", "Name.FirstName": "Zoë", "Name.LastSurname": "O'Rourke & Sons",
             "Race": "White; Asian", "Address[].City": "Lincoln"},
            {**second, "Address[].City": "Omaha"},
            {**second, "Address[].City": "Elm"},
        ],
        "comments": [{"line": " ask Mateo "}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a><b>1</b><c>2</c></a>", {"a": [{"b": "1", "c": "2"}]}),
        ("<a>1</a>", {"a": [{"a": "1"}]}),
        ("<as><a><id>1</id><b><c>2</c></b></a></as>", {"a": [{"id": "1", "b.c": "2"}]}),
        ("<mails><mail>a</mail><mail>b</mail></mails>", {"mail": [{"mail": "a"}, {"mail": "b"}]}),
        (
            "<x><day>1</day><as><a n='1'/><a n='2'/></as><bs><b><t>3</t></b><b><t>4</t></b></bs></x>",
            {"a": [{"n": "1"}, {"n": "2"}], "b": [{"t": "3"}, {"t": "4"}], "": [{"x.day": "1"}]},
        ),
        (
            "<s:Envelope xmlns:s='s'><s:Header><Key>k</Key></s:Header><s:Body><R><S><n>1</n></S><S><n>2</n></S></R></s:Body></s:Envelope>",
            {"Header": [{"Key": "k"}], "S": [{"n": "1"}, {"n": "2"}]},
        ),
        (
            "<rss><channel><title>T</title><item><guid ok='no'>1</guid></item><item><guid>2</guid></item></channel></rss>",
            {"item": [{"guid": "1", "guid.ok": "no"}, {"guid": "2", "guid.ok": None}], "": [{"rss.channel.title": "T"}]},
        ),
        (
            "<p><id>1</id><phone type='home'>5</phone><phone>6</phone></p>",
            {"p": [{"id": "1", "phone[].type": "home", "phone[].value": "5"}, {"id": "1", "phone[].type": None, "phone[].value": "6"}]},
        ),
        (
            "<t><row><field name='id'>1</field><field name='mail'>a</field></row><row><field name='id'>2</field></row></t>",
            {"row": [{"id": "1", "mail": "a"}, {"id": "2", "mail": None}]},
        ),
        ("<r><id>1</id><note>Zoë <b>Lee</b> came</note></r>", {"r": [{"id": "1", "note.b": "Lee", "note.value": "Zoë Lee came"}]}),
        ("<as>stray<a><n>1</n></a><a><n>2</n></a></as>", {"a": [{"n": "1"}, {"n": "2"}], "": [{"as.value": "stray"}]}),
        (  # of incidents there happens to be one
            "<i><s><n>1</n></s><s><n>2</n></s><d><who><n>1</n></who><what>ran</what></d></i>",
            {"s": [{"n": "1"}, {"n": "2"}], "d": [{"who.n": "1", "what": "ran"}]},
        ),
        ("<e n='1'/>\n<e n='2'/>", {"e": [{"n": "1"}, {"n": "2"}]}),
        ("<a id='1'><id>2</id><b value='3'>4</b></a>", {"a": [{"id": "1", "id#2": "2", "b": "4", "b.value": "3"}]}),
        ("<a><b>x&nbsp;y&#11;\x0bz</b></a>", {"a": [{"b": "x\xa0y  z"}]}),
    ],
)
def test_records(parse: Parse, text: str, expected: Tables) -> None:
    parsed = parse("a.xml", text)
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert tables(parsed) == expected


def test_paths_are_those_of_json(parse: Parse) -> None:
    record = {"id": "1", "name": {"first": "Zoë"}, "race": ["A", "B"], "address": [{"city": "X"}, {"city": "Y"}]}
    data = "<ss>" + 2 * (
        "<s><id>1</id><name><first>Zoë</first></name><race>A</race><race>B</race><address><city>X</city></address>"
        "<address><city>Y</city></address></s>"
    )
    assert tables(parse("a.xml", data + "</ss>"))["s"] == tables(parse("a.json", json.dumps([record, record])))[""]


def test_a_workbook(parse: Parse) -> None:
    parsed = parse("a.xls", WORKBOOK)
    assert (parsed.format, parsed.status) == ("xml-spreadsheet", "scanned")
    found = tables(parsed)
    assert found["Roster"] == [{"id": "1", "name": "Zoë", "city": "Lincoln"}, {"id": "1", "name": "Bo", "city": "Omaha"}]
    assert found["lines around the table"] == [{"line": "Roster of Elm"}]
    assert {"Ann", "Bo", "hi"} <= {row["line"] for row in found["beside the cells"]}


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("windows-1252", "cp1252"), ("utf-16", "utf-16"), ("utf-16", "utf-8"), ("UTF-8", "utf-8-sig"), ("iso-8859-2", "iso-8859-2"),
     ("none", "utf-8")],
)  # fmt: skip
def test_encodings(parse: Parse, declared: str, encoding: str) -> None:
    parsed = parse("a.xml", f'<?xml version="1.0" encoding="{declared}"?><a><b>Zoë</b></a>'.encode(encoding))
    assert (parsed.status, tables(parsed)) == ("scanned", {"a": [{"b": "Zoë"}]})


BOMB = "XML that declares entities made of entities is not read"
LARGE = "the XML's entities make it many times larger than it is"
OUTSIDE = "what it refers to outside of the file is not read"


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ('<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>', "quarantined", BOMB),
        ('<!DOCTYPE a [<!ENTITY b "' + 2_000 * "x" + '">]><a>&b;</a>', "quarantined", BOMB),
        ('<!DOCTYPE a [<!ENTITY b "' + 900 * "x" + '">]><a>' + 20_000 * "&b;" + "</a>", "quarantined", LARGE),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a><i>1</i><b>&b;</b></a>', "partly_scanned", OUTSIDE),
        ('<!DOCTYPE a [<!ENTITY b "Elm">]><a>&b;</a>', "scanned", None),
        ('<!DOCTYPE a SYSTEM "http://x.example/a.dtd"><a>&b;</a>', "scanned", None),
        ("<?xml version='1.0'?>" + 600 * "<a>" + 600 * "</a>", "quarantined", "XML of elements nested deeper than 500"),
    ],
    ids=["bomb", "long", "many", "file", "harmless", "definitions", "deep"],
)  # fmt: skip
def test_hostile(parse: Parse, text: str, status: str, reason: str | None) -> None:
    parsed = parse("a.xml", text)
    assert (parsed.status, parsed.reason) == (status, reason)
    assert "root:" not in texts_of(parsed)


def record(number: int) -> str:
    return f"<s><id>{number}</id><n>Zoë</n></s>\n"


@pytest.mark.parametrize(
    ("text", "kept", "line"),
    [
        ("<a>\n" + record(1) + record(2) + "<s><id>3</id><n>Z", ["1", "2"], 4),
        ("<a>\n" + record(1) + "<s><id>2</id><n>A & B</n></s>\n" + record(3) + "</a>", ["1", "3"], 3),
        ("<a>\n<s><id>1</n></s>\n" + record(2) + record(3) + "</a>", ["2", "3"], 2),
        ("<a><b>\n" + record(1) + record(2) + "<s x=y><id>3</id></s>\n" + record(4) + "</b></a>", ["1", "2", "4"], 4),
        ("<a>\n" + record(1) + record(2) + "</a>\nmore text", ["1", "2"], 5),
    ],
)
def test_a_broken_part_costs_itself(parse: Parse, text: str, kept: list[str], line: int) -> None:
    parsed = parse("a.xml", text)
    assert (parsed.status, parsed.reason) == ("partly_scanned", f"the XML is broken at line {line}")
    assert [row["id"] for row in tables(parsed)["s"]] == kept
    lost = {"1", "2", "3", "4"} & set("".join(c for c in text if c.isdigit())) - set(kept)
    assert all(number in str(tables(parsed)["rejected lines"]) for number in lost)


@pytest.mark.parametrize(
    ("name", "text", "is_xml"),
    [
        ("a.log", "<user> hello\n<user> bye\n", False),
        ("a", "<?xml version='1.0'?><a>1</a>", True),
        ("a.csv", "<a><b>1</b></a>", True),
        ("a.html", "<div>hello</div>", False),
        ("a", "<!doctype html><p>x</p>", False),
        ("a", "a < b", False),
    ],
)
def test_what_is_xml(parse: Parse, name: str, text: str, is_xml: bool) -> None:
    assert (parse(name, text).format == "xml") == is_xml


# ---- random records

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), min_size=1, max_size=8).map(
    str.strip
)
ROWS = st.lists(
    st.fixed_dictionaries({"id": TEXTS.filter(bool)}, optional={"n": TEXTS.filter(bool), "b.c": TEXTS.filter(bool)}), min_size=2, max_size=5
)


def document(rows: list[dict[str, str]]) -> str:
    def element(row: dict[str, str]) -> str:
        inner = "".join(f"<{tag}>{escape(row[tag])}</{tag}>" for tag in ("id", "n") if tag in row)
        return f"<s>{inner}<b><c>{escape(row['b.c'])}</c></b></s>\n" if "b.c" in row else f"<s>{inner}</s>\n"

    return "<?xml version='1.0'?>\n<all>\n" + "".join(map(element, rows)) + "</all>"


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_random_records_come_back(rows: list[dict[str, str]]) -> None:
    parsed = parse_bytes("a.xml", document(rows))
    assert parsed.status == "scanned"
    assert [{k: v for k, v in row.items() if v} for row in tables(parsed)["s"]] == rows


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data())
def test_a_cut_document_keeps_its_whole_records_and_says_so(rows: list[dict[str, str]], data: st.DataObject) -> None:
    whole = document([{**row, "id": f"{n}000"} for n, row in enumerate(rows, 1)])
    cut = whole[: data.draw(st.integers(30, len(whole) - 1))]
    parsed = parse_bytes("a.xml", cut)
    assert parsed.status == "partly_scanned"
    assert all(f"{n}000" in texts_of(parsed) for n in range(1, len(rows) + 1) if f"{n}000" in cut)


PIECES = [
    "<a>",
    "</a>",
    "<b x='1'>",
    "</b>",
    "<c/>",
    "text",
    "&amp;",
    "&bad",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?pi ?>",
    "<",
    ">",
    "\n",
    "é",
    "<!DOCTYPE a [",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_anything_ends(pieces: list[str]) -> None:
    parsed = parse_bytes("a.xml", "<?xml version='1.0'?><a>" + "".join(pieces))
    assert parsed.status in ("scanned", "partly_scanned")
    assert bool(parsed.reason) == (parsed.status == "partly_scanned")
    assert texts_of(parsed).count("text") >= ("text" in pieces)
