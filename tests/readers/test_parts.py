"""A text read in parts of any size says what it says in one: the same rows, rejected lines, status and reason."""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import io
import json
import lzma
import os
import signal
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners import readers, sandbox
from scanners.errors import Quarantine
from scanners.intake import InboxFile
from scanners.readers import delimited, flatten, jsonshapes, logs, parts, regular_csv
from scanners.readers.source import Limits, Source
from scanners.sandbox import Member, read_file, read_files
from scanners.schemas import ParsedFile

Put = Callable[..., InboxFile]
Told = tuple[str, str, str | None, dict[str, tuple[list[str], list[dict[str, str]]]]]


def told(parsed: list[ParsedFile]) -> Told:
    """(format, status, reason, {table: (columns, rows)}) of a file's parts, put together; cells that hold nothing are left out."""
    tables: dict[str, tuple[list[str], list[dict[str, str]]]] = {}
    for part in parsed:
        for table in part.tables:
            columns, rows = tables.setdefault(table.name, ([], []))
            columns += [c for c in table.columns if c not in columns]
            rows += [{k: v for k, v in row.items() if v is not None} for row in table.data.to_pylist()]
    return parsed[-1].format, parsed[-1].status, parsed[-1].reason, tables


def whole(name: str, data: bytes, kind: str = "export") -> Told:
    try:
        return told([readers.read(Source(name, data, kind)).parsed])
    except Quarantine as error:
        return "unknown", "quarantined", error.reason, {}


def parted(name: str, data: bytes, size: int, kind: str = "export") -> Told:
    limits = Limits(part_bytes=size)
    stream = io.BytesIO(data)
    begun = readers.in_parts(Source(name, data[: parts.LEAST_HEAD], kind, limits), stream, len(data))
    if begun is None:
        return whole(name, data, kind)
    try:
        read = list(parts.read(begun[0], stream, begun[1], limits))
    except Quarantine as error:
        return "unknown", "quarantined", error.reason, {}
    assert [last for _, last in read] == [False] * (len(read) - 1) + [True]
    assert all(part.status == "scanned" for part, last in read if not last)
    return told([part for part, _ in read])


def as_dict(parsed: Told) -> object:
    return parsed[0], parsed[1], parsed[2], {name: (set(columns), rows) for name, (columns, rows) in parsed[3].items()}


CELL = st.one_of(
    st.text(st.sampled_from("abcX019 @.é"), max_size=8),
    st.text(st.sampled_from("abc,\"'\n\r;\\\t é"), max_size=8),
    st.sampled_from(["", "", "id", "1", "\x1f", "\ufeff", "2026-09-01"]),
)  # fmt: skip
LINES = st.sampled_from(
    ["", "  ", "Total: 7", 'a "stray" quote', '"never closed', '1,"x" y,3', "1,2", "1,2,3,4,5,6,7", ",,,", 'x,5" nail,z']
)


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    width = draw(st.integers(1, 5))
    header = ["id", *(f"name {'abcde'[n]}" for n in range(1, width))]
    line_end, delimiter = draw(st.sampled_from(["\n", "\r\n", "\r"])), draw(st.sampled_from(",,,\t;"))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    text = draw(st.sampled_from(["", "", "", "A title\n\n", "sep=;\n"]))
    for _ in range(draw(st.integers(1, 4))):
        rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12))
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows([header, *rows])
        text += out.getvalue()
        text += "".join(line + line_end for line in draw(st.lists(LINES, max_size=2)))
    text = text if draw(st.booleans()) else text.rstrip("\r\n")
    encoded = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])), "replace")
    odd = draw(st.sampled_from([b"", b"", b"\xe9", b"\x1a", b"\xe9\xe8"]))
    place = draw(st.integers(0, len(encoded)))
    return encoded[:place] + odd + encoded[place:]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=csv_files(), size=st.integers(50, 1000))
def test_any_csv(data: bytes, size: int) -> None:
    """In parts, in one, and in one with every row read by the strict reader."""
    read = as_dict(whole("a.csv", data))
    assert as_dict(parted("a.csv", data, size)) == read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited._Rows, "_read_regular", lambda self, stop: False)
        assert as_dict(whole("a.csv", data)) == read


JSON_LINES = st.one_of(
    st.dictionaries(
        st.sampled_from(["id", "name", "t", "a b", "é"]),
        st.one_of(st.text(st.sampled_from('ab"\\é/ 1'), max_size=5), st.integers(-3, 10**20), st.booleans(), st.none(),
                  st.dictionaries(st.sampled_from(["x", "y", "id"]), st.integers(0, 9), max_size=2),
                  st.lists(st.one_of(st.integers(0, 9), st.text(max_size=2)), max_size=3),
                  st.lists(st.dictionaries(st.sampled_from(["x", "name"]), st.integers(0, 9), max_size=2), max_size=2)),
        max_size=4,
    ).map(lambda record: json.dumps(record, ensure_ascii=len(record) % 2 == 0)),
    st.sampled_from(["", "no json", '{"id": 1, "id": 2}', '{"id":1.00}', '{"id": 1e5, "f": -0}', '{"id": NaN}', '{"a@b.example": {"n": 1}}',
                     "[1, 2]",
                     "1", "null", "[]", '{"id": 01}', '{"id": "x\\ud800"}', '{"id": 1}}', '{"id": "a\tb"}',
                     ' {"id": 7} ', '{"id": {}, "t": []}']),
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(JSON_LINES, min_size=1, max_size=25),
    size=st.integers(50, 1000),
    line_end=st.sampled_from(["\n", "\r\n"]),
    repeat=st.integers(1, 3),
)
def test_any_json_lines(lines: list[str], size: int, line_end: str, repeat: int) -> None:
    """In parts, in one, and in one with every line read by the decoder."""
    data = line_end.join(['{"id": 1}', '{"id": 2}', *lines * repeat]).encode("utf-8", "surrogatepass")
    read = whole("a.jsonl", data)
    assert parted("a.jsonl", data, size) == read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonshapes, "shape_of", lambda line, row: None)
        assert whole("a.jsonl", data) == read


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ('{"a": "x", "n": 1.50, "t": true, "z": null}', ("a", "n", "t", "z")),
        ('{"a":{"b":{"c":"x"}},"e":{},"l":[1,"x"],"m":[]}', ("a.b.c", "e", "l", "m")),
        ('{"a": 1, "a": 1}', ("a", "a#2")),
        ('{"a": [{"b": 1}]}', None),
        ('{"ann@x.example": {"n": 1}}', None),
        ('{"parameters": {"2026-09-01": "x"}}', None),
        ("[1, 2]", ("value",)),
        ("1", ("value",)),
        ("{}", None),
        ('{"a": NaN}', None),
    ],
)
def test_shapes_of_records(line: str, paths: tuple[str, ...] | None) -> None:
    (row,) = flatten.record_rows(flatten.decoder().decode(line))
    shape = jsonshapes.shape_of(line, row)
    assert (shape and shape.paths) == paths


@pytest.mark.parametrize(
    "line",
    ['{"a": "y", "n": 007}', '{"a": "y", "n": +1}', '{"a": "y", "n": 1.}', '{"a": "y", "n": 1}x', '{"a": "y", "n": "1"}',
     '{"a": "y" , "n": 1}', '{"a": "\\q", "n": 1}', '{"a": "\\ud8", "n": 1}', '{"a": "y", "n": 1, "b": 1}',
     '{"a": "y"n": 1}', '{"n": 1, "a": "y"}',
     '{"a": true, "n": 1}'],
)  # fmt: skip
def test_lines_of_another_shape(line: str) -> None:
    first = '{"a": "x", "n": 1}'
    (row,) = flatten.record_rows(flatten.decoder().decode(first))
    shape = jsonshapes.shape_of(first, row)
    assert shape is not None
    assert shape.values(line) is None
    assert shape.values('{"a": "\\u00e9\\"", "n": -1.5E+3}') == ['é"', "-1.5E+3"]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a,b\n", 4), ('"a",b\n', 6), ('"a\n",b\n', 7), ('"a""b",c\n', 9), ('"",""\n', 6), ('""""\n', 5), ('a,"b', None), ('x\na,"b', 2),
        ('"x"\n"a\nb', 4), ('"x\n"\n"a\nb', 5), ('a"b,c\n', None), ('"a"b,c\n', None), ('"a" ,c\n', None), ('a, "b"\n', None),
            ('"a"', 3), ('"', None),
    ],
)  # fmt: skip
def test_where_whole_records_end(text: str, end: int | None) -> None:
    assert regular_csv.whole_records(text.encode(), ",", '"') == end


COMBINED = '203.0.113.5 - ann [01/Sep/2026:10:00:00 -0500] "GET /app?q=1 HTTP/1.1" 200 512 "https://a.example/" "Mozilla/5.0"'
LOG_LINES = st.sampled_from(
    [COMBINED, COMBINED, COMBINED.replace("ann", "-"), COMBINED.replace("ann", "zoë b"), COMBINED + " 0.1", "panic", "",
     COMBINED.replace("203", "a.example 203"), COMBINED.replace("/app", r"/\xc3\xab"), "time=1 user=ann", 'time=2 msg="a b" x=1']
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(LOG_LINES, min_size=1, max_size=30), size=st.integers(50, 1000), encoding=st.sampled_from(["utf-8", "cp1252"]))
@pytest.mark.parametrize(("first", "name"), [(COMBINED, "access.log"), ("time=1 user=bob", "app.log"), ("note", "notes.txt")])
def test_any_log(first: str, name: str, lines: list[str], size: int, encoding: str) -> None:
    data = "\n".join([first] * 40 + lines).encode(encoding)
    read = as_dict(whole(name, data, "log"))
    assert as_dict(parted(name, data, size, "log")) == read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "_USUAL", lambda line: None)
        assert as_dict(whole(name, data, "log")) == read


@settings(max_examples=200, deadline=None)
@given(
    first=st.sampled_from(["203.0.113.5", "a.example", "-", "::1"]),
    user=st.sampled_from(["-", "ann", "ann lee", "", "x [y", "é"]),
    ident=st.sampled_from(["-", "-", "u"]),
    request=st.text(st.sampled_from('GET /?"\\-é HTP1.'), max_size=12)
    | st.sampled_from(["GET / HTTP/1.1", "GET - HTTP/1.1", "- / HTTP/1.0"]),
    rest=st.sampled_from(['200 5', '200 - "-" "-"', '404 0 "r" "u" more', '404 0 "r"', '200 5 "" ""  ', "20 5", "- -",
                           '200 5 "a\\"b" "c"']),
)  # fmt: skip
def test_usual_lines_are_read_alike(first: str, user: str, ident: str, request: str, rest: str) -> None:
    line = f'{first} {ident} {user} [01/Sep/2026:10:00:00 -0500] "{request}" {rest}'
    rows = logs._AccessRows()
    refused = rows.add([line] * 200)
    fields = logs.access_line(line)
    assert bool(refused) == (fields is None)
    if fields is not None:
        assert rows.part()[0].data.to_pylist() == [fields] * 200


def big_csv(rows: int = 3_000) -> bytes:
    return ("id,name\n" + "".join(f'{n},"Ann {n}"\n' for n in range(rows))).encode()


def rows_of(members: list[Member]) -> int:
    return sum(t.data.num_rows for m in members for t in m.parsed.tables if t.name == "")


SMALL = Limits(part_bytes=8_000)


def test_parts_through_the_sandbox(put: Put) -> None:
    file = put("a.csv", big_csv() + b"x,y,z\n")
    members = read_file(file, SMALL)
    assert len(members) > 3
    assert [(m.part, m.last) for m in members] == [(n, n == len(members) - 1) for n in range(len(members))]
    assert {(m.path, m.sha256, m.bytes) for m in members} == {(file.relative, file.sha256, file.bytes)}
    assert {m.parsed.tables[0].columns for m in members} == {("id", "name")}
    assert rows_of(members) == 3_000
    assert (members[-1].parsed.status, members[-1].parsed.reason) == ("partly_scanned", "line 3,002 did not fit the 2 columns")
    assert members[-1].parsed.tables[-1].name == "rejected lines"


@pytest.mark.parametrize(
    ("kind", "parted"), [("export", True), ("sent", True), ("return", True), ("accounts", False), ("aggregate", False)]
)
def test_kinds_that_need_their_tables_whole(put: Put, kind: str, parted: bool) -> None:
    members = read_file(put("a.csv", big_csv(), kind), SMALL)
    assert (len(members) > 1) is parted
    assert rows_of(members) == 3_000


def test_a_member_of_an_archive(put: Put) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", big_csv())
        archive.writestr("b.txt", "Ann came")
    members = read_file(put("a.zip", out.getvalue()), SMALL)
    paths = list(dict.fromkeys(m.path for m in members))
    assert paths == ["a.zip", "a.zip!/a.csv", "a.zip!/b.txt"]
    assert rows_of([m for m in members if m.path == "a.zip!/a.csv"]) == 3_000
    assert {m.sha256 for m in members if m.path == "a.zip!/a.csv"} == {hashlib.sha256(big_csv()).hexdigest()}


@pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")])
def test_a_packed_file_is_never_unpacked_whole(put: Put, pack: Callable[[bytes], bytes], ending: str) -> None:
    data = big_csv()
    members = read_file(put(f"a.csv.{ending}", pack(data)), replace(SMALL, member_bytes=20_000))
    assert [(m.path, m.part, m.last) for m in members[:2]] == [(f"a.csv.{ending}", 0, True), (f"a.csv.{ending}!/a.csv", 0, False)]
    assert {m.sha256 for m in members[1:]} == {hashlib.sha256(data).hexdigest()}
    assert {m.parsed.status for m in members} == {"scanned"}
    assert rows_of(members) == 3_000


def test_a_packed_file_that_is_cut(put: Put) -> None:
    packed = gzip.compress(big_csv())
    members = read_file(put("a.csv.gz", packed[: len(packed) * 3 // 4]), SMALL)
    assert (members[0].parsed.status, members[0].parsed.reason) == ("partly_scanned", "a member is damaged (it ends too early)")
    assert members[-1].parsed.status == "partly_scanned"
    assert "damaged (it ends too early)" in (members[-1].parsed.reason or "")
    assert rows_of(members) > 1_000


def test_a_packed_file_that_unpacks_to_too_much(put: Put) -> None:
    bomb = gzip.compress(b"a,b\n" * 6_000_000)
    members = read_file(put("a.csv.gz", bomb), Limits(part_bytes=100_000, seconds=30))
    assert "unpacks to more than 250 times its size" in (members[0].parsed.reason or "")


def test_a_file_that_changed_while_its_parts_were_read(put: Put) -> None:
    file = put("a.csv", big_csv())
    file.path.write_bytes(big_csv(3_001))
    members = read_file(file, SMALL)
    assert (members[-1].parsed.status, members[-1].parsed.reason) == ("partly_scanned", "the file was changed while it was read")
    assert members[-1].last


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the child through /proc")
def test_a_child_that_dies_between_parts(put: Put) -> None:
    files = read_files([put("a.csv", big_csv(400_000)), put("b.csv", b"id,name\n1,Ann\n")], Limits(part_bytes=1_000_000))
    _, members = next(files)
    first = next(members)
    assert (first.part, first.last, first.parsed.status) == (0, False, "scanned")
    server = sandbox._server().process.pid
    child = int(Path(f"/proc/{server}/task/{server}/children").read_text().split()[0])
    os.kill(child, signal.SIGKILL)
    rest = list(members)
    assert (rest[-1].last, rest[-1].parsed.status, rest[-1].parsed.reason) == (True, "partly_scanned", "the reader was killed")
    assert all(not m.last for m in rest[:-1])
    assert [m.parsed.status for _, after in files for m in after] == ["scanned"]


def test_members_that_nobody_takes_end_with_their_file(put: Put) -> None:
    big, small = put("a.csv", big_csv(400_000)), put("b.csv", b"id,name\n1,Ann\n")
    taken = []
    for file, members in read_files([big, small], Limits(part_bytes=1_000_000)):
        taken.append((file.relative, next(members).parsed.status))
    assert taken == [("a.csv", "scanned"), ("b.csv", "scanned")]


def test_another_file_before_the_members_are_taken(put: Put) -> None:
    big, small = put("a.csv", big_csv(400_000)), put("b.csv", b"id,name\n1,Ann\n")
    (_, members) = next(read_files([big], Limits(part_bytes=1_000_000)))
    next(members)
    with pytest.raises(RuntimeError, match="must be taken"):
        read_file(small)
    assert list(members)[-1].last
    assert read_file(small)[0].parsed.status == "scanned"
