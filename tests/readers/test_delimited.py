"""CSV as real exports write it, and as hostile ones do: the same cells, or a flag that says which lines were not."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners import readers
from scanners.errors import Quarantine
from scanners.readers.source import Source
from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
Texts = Callable[[ParsedFile], str]

PEOPLE = [["student", "name", "mail"], ["S-1", "José Núñez", "jose@x.example"], ["S-2", "Zoë", "zoe@x.example"]]


def write(rows: list[list[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return out.getvalue()


def main_rows(parsed: ParsedFile) -> list[list[str | None]]:
    table = parsed.tables[0].data
    return [list(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^", "~"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_delimiters_and_encodings(parse: Parse, delimiter: str, encoding: str, line_end: str) -> None:
    parsed = parse("people.csv", write(PEOPLE, delimiter, line_end).encode(encoding))
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert parsed.tables[0].columns == tuple(PEOPLE[0])
    assert main_rows(parsed) == PEOPLE[1:]


def test_old_mac_lines(parse: Parse) -> None:
    parsed = parse("people.csv", write(PEOPLE, ",", "\r").encode("mac-roman"))
    assert main_rows(parsed) == PEOPLE[1:]


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("id,name\n", ("id", "name"), []),
        ("id,name,name,\n1,a,b,c\n", ("id", "name", "name#2", "column_4"), [["1", "a", "b", "c"]]),
        ("id,name,\n1,a,\n2,b,\n", ("id", "name"), [["1", "a"], ["2", "b"]]),
        ('id,note\n1,"two\nlines"\n\n2,"a ""quote"""\n', ("id", "note"), [["1", "two\nlines"], ["2", 'a "quote"']]),
        ("mail\na@x.example\nb@x.example\n", ("mail",), [["a@x.example"], ["b@x.example"]]),
        ("S1,ann@x.example,2010-02-03\nS2,bob@x.example,2011-04-05\n", ("column_1", "column_2", "column_3"),
         [["S1", "ann@x.example", "2010-02-03"], ["S2", "bob@x.example", "2011-04-05"]]),
        ("school,2023,2024\nOak,12,14\nElm,15,16\n", ("school", "2023", "2024"), [["Oak", "12", "14"], ["Elm", "15", "16"]]),
        ("student,2025-09-01,2025-09-02\nS1,P,A\n", ("student", "2025-09-01", "2025-09-02"), [["S1", "P", "A"]]),
        ("sep=;\nid;name\n1;a,b\n", ("id", "name"), [["1", "a,b"]]),
        ("id\tname\n1\tLee, Ann\n2\tRay, Bob\n", ("id", "name"), [["1", "Lee, Ann"], ["2", "Ray, Bob"]]),
        (" id , name \n 1 , a \n", ("id", "name"), [[" 1 ", " a "]]),
        ("id,na\x00me\n1,A\x00nn\n", ("id", "name"), [["1", "Ann"]]),
        ("id^name\n1^Ann, Lee\n2^Bob; Ray\n", ("id", "name"), [["1", "Ann, Lee"], ["2", "Bob; Ray"]]),
        ("friends\nAnn; Bob; Cid\nDee; Eve\nFay\n", ("friends",), [["Ann; Bob; Cid"], ["Dee; Eve"], ["Fay"]]),
        ("friends\nAnn; Bob\nDee; Eve\n", ("friends",), [["Ann; Bob"], ["Dee; Eve"]]),
        ('friends\n"Lee, Ann; Ray, Bob"\n"Fox, Dee"\n', ("friends",), [["Lee, Ann; Ray, Bob"], ["Fox, Dee"]]),
        ("tags\na|b\nc|d|e\nf\n", ("tags",), [["a|b"], ["c|d|e"], ["f"]]),
        ("note\nhello, Ann\nbye\n", ("note",), [["hello, Ann"], ["bye"]]),
        ("id,name,note\n1,Ann,\n,,\n", ("id", "name", "note"), [["1", "Ann", None], [None, None, None]]),
    ],
)  # fmt: skip
def test_shapes(parse: Parse, text: str, columns: tuple[str, ...], rows: list[list[str | None]]) -> None:
    parsed = parse("a.csv", text)
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert parsed.tables[0].columns == columns
    assert main_rows(parsed) == rows


def test_title_above_and_notes_below(parse: Parse) -> None:
    text = "Roster of Ms. Vance\nGenerated 2026-01-02,,\n\nid,name,grade\n1,Ann,4\n2,Bob,5\n\nTotal: 2\nConfidential\n"
    parsed = parse("a.csv", text)
    assert parsed.status == "scanned"
    assert parsed.tables[0].columns == ("id", "name", "grade")
    assert main_rows(parsed) == [["1", "Ann", "4"], ["2", "Bob", "5"]]
    assert parsed.tables[1].data["line"].to_pylist() == ["Roster of Ms. Vance", "Generated 2026-01-02,,", "Total: 2", "Confidential"]


def test_a_title_of_one_word_above_a_table(parse: Parse) -> None:
    parsed = parse("a.csv", "Roster\nid;name;born\n1;Ann;2010-09-23\n2;Bob;2011-01-02\n3;Cid;2012-05-06\n")
    assert parsed.tables[0].columns == ("id", "name", "born")
    assert main_rows(parsed)[0] == ["1", "Ann", "2010-09-23"]


@pytest.mark.parametrize(
    ("bad", "line"),
    [("3,Cid,9,too,many\n", 4), ('3,"Cid" x,9\n', 4), ('3,"Cid,9\n', 4), ("Cid\n", 4)],
)
def test_a_line_that_does_not_fit_costs_itself_only(parse: Parse, texts: Texts, bad: str, line: int) -> None:
    parsed = parse("a.csv", "id,name,grade\n1,Ann,4\n2,Bob,5\n" + bad + "4,Dee,6\n5,Eve,7\n")
    assert parsed.status == "partly_scanned"
    assert parsed.reason is not None
    assert f"line {line}" in parsed.reason
    assert [row[1] for row in main_rows(parsed)] == ["Ann", "Bob", "Dee", "Eve"]
    assert parsed.tables[-1].name == "rejected lines"
    assert "Cid" in texts(parsed)


def test_short_row_is_read_from_the_left_and_flagged(parse: Parse) -> None:
    parsed = parse("a.csv", "id,name,grade\n" + "1,Ann,4\n" * 9 + "2,Bob\n")
    assert parsed.status == "partly_scanned"
    assert main_rows(parsed)[-1] == ["2", "Bob", None]


def test_binary_half_way(parse: Parse, texts: Texts) -> None:
    rows = "".join(f"{n},Ann{n},ann{n}@x.example\n" for n in range(200))
    noise = random.Random(7).randbytes(3_000) + b"\x00\x01\x02zed@x.example\x00\x00" + random.Random(8).randbytes(2_000)
    parsed = parse("a.csv", b"id,name,mail\n" + rows.encode() + noise)
    assert parsed.status == "partly_scanned"
    assert parsed.reason is not None
    assert "binary from line 202 on" in parsed.reason
    assert parsed.tables[0].data.num_rows == 200
    assert "zed@x.example" in texts(parsed)


def test_one_wrong_byte_in_utf8(parse: Parse) -> None:
    text = write(PEOPLE * 3).encode() + b"S-9,Fran\xe7ois,f@x.example\r\n"
    parsed = parse("a.csv", text)
    assert parsed.status == "partly_scanned"
    assert main_rows(parsed)[-1][1] == "François"


@pytest.mark.parametrize(
    ("name", "text", "format_name"),
    [
        ("export", write(PEOPLE), "csv"),
        ("export.txt", "id\tname\n1\tAnn\n2\tBob\n", "tsv"),
        ("notes.txt", "Dear all,\nAnn, Bob, and Cid came.\nBye, now, friends\n", "text"),
        ("access.log", '1.2.3.4 - - [x] "GET /" "Mozilla (KHTML, like Gecko)"\n' * 5, "log"),
        ("really-json.csv", '{"a": 1}\n{"a": 2}\n', "jsonl"),
    ],
)
def test_content_decides_before_the_name(parse: Parse, name: str, text: str, format_name: str) -> None:
    assert parse(name, text).format == format_name


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x00\x00", b"\xef\xbb\xbf"])
def test_empty(parse: Parse, data: bytes) -> None:
    parsed = parse("a.csv", data)
    assert (parsed.status, parsed.reason) == ("quarantined", "the file is empty")


def test_repeated_header_and_very_many_stray_quotes(parse: Parse, texts: Texts) -> None:
    parsed = parse("a.csv", "id,name\n" + '1,"Ann\n' * 3_001 + "2,Zed\n")
    assert parsed.status == "partly_scanned"
    assert "Zed" in texts(parsed)


NARROW = st.text(st.sampled_from("abcXYZ 019@.,;|\t\"'\n\r-éß"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    width=st.integers(2, 6),
    data=st.data(),
    delimiter=st.sampled_from(",\t;|^~"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
)
def test_any_table_comes_back_the_same(width: int, data: st.DataObject, delimiter: str, encoding: str) -> None:
    rows = data.draw(st.lists(st.lists(NARROW, min_size=width, max_size=width), min_size=3, max_size=8))
    rows = [["k", *row[1:]] for row in rows]  # no blank rows: those are dropped
    header = [f"name {'abcdef'[n]}" for n in range(width)]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    parsed = readers.read(Source("a.csv", out.getvalue().encode(encoding), "export")).parsed
    assert parsed.status == "scanned"
    assert parsed.tables[0].columns == tuple(header)
    assert main_rows(parsed) == [[cell or None for cell in row] for row in rows]


@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=300), line=st.integers(0, 20), extension=st.sampled_from(["csv", "txt", "json", "log"]))
def test_nothing_is_lost_silently(noise: bytes, line: int, extension: str) -> None:
    """A planted value beside any bytes: in some table, or the file is flagged."""
    lines = [f"{n},Ann{n},x{n}@x.example".encode() for n in range(20)]
    lines.insert(line, noise + b"\n512-88-1234,planted,zed@y.example")
    source = Source(f"a.{extension}", b"id,name,mail\n" + b"\n".join(lines), "export")
    try:
        parsed = readers.read(source).parsed
    except Quarantine:
        return
    cells = "\n".join(cell or "" for table in parsed.tables for column in table.data.columns for cell in column.to_pylist())
    assert parsed.status != "scanned" or ("512-88-1234" in cells and "zed@y.example" in cells)
