"""JSON in every arrangement: the same leaves, one row a record, and broken parts that cost only themselves."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import readers
from scanners.readers.source import Source
from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
Texts = Callable[[ParsedFile], str]


def rows(parsed: ParsedFile, table: int = 0) -> list[dict[str, str]]:
    return [{k: v for k, v in row.items() if v is not None} for row in parsed.tables[table].data.to_pylist()]


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ('[{"a": {"b": 1.50}, "t": true}, {"a": {"b": "x"}}]', {"": [{"a.b": "1.50", "t": "true"}, {"a.b": "x"}]}),
        ('{"made": "2026", "students": [{"id": 1}, {"id": 2}], "staff": [{"id": 9}]}',
         {"students": [{"id": "1"}, {"id": "2"}], "staff": [{"id": "9"}], "": [{"made": "2026"}]}),
        ('{"data": {"users": [{"id": 1, "tags": ["a", "b"]}]}}', {"data.users": [{"id": "1", "tags": "a; b"}]}),
        ('[{"id": 1, "items": [{"q": "x"}, {"q": "y"}]}]', {"": [{"id": "1", "items[].q": "x"}, {"id": "1", "items[].q": "y"}]}),
        ('{"student_id": "S1", "scores": [{"v": 1}, {"v": 2}]}',
         {"": [{"student_id": "S1", "scores[].v": "1"}, {"student_id": "S1", "scores[].v": "2"}]}),
        ('{"ann@x.example": {"n": 1}, "bob@x.example": {"n": 2}}',
         {"": [{"key": "ann@x.example", "n": "1"}, {"key": "bob@x.example", "n": "2"}]}),
        ('{"Ann Lee": {"n": 1}, "Bob Ray": {"n": 2}}', {"": [{"key": "Ann Lee", "n": "1"}, {"key": "Bob Ray", "n": "2"}]}),
        ('{"columns": ["id", "name"], "rows": [["1", "Ann"], ["2", "Bob"]]}',
         {"rows": [{"id": "1", "name": "Ann"}, {"id": "2", "name": "Bob"}], "": [{"columns": "id; name"}]}),
        ('[["id", "name"], ["1", "Ann"]]', {"": [{"id": "1", "name": "Ann"}]}),
        ('[["Ann", "Lee"], ["Bob", "Ray"]]', {"": [{"column_1": "Ann", "column_2": "Lee"}, {"column_1": "Bob", "column_2": "Ray"}]}),
        ('[{"events": [{"name": "edit", "parameters": [{"name": "doc_title", "value": "T"}, {"name": "who", "multiValue": ["a", "b"]}]}]}]',
         {"": [{"events[].name": "edit", "events[].parameters.doc_title": "T", "events[].parameters.who": "a; b"}]}),
        ('{"a": 1, "a": 2}', {"": [{"a": "1", "a#2": "2"}]}),
        ('"text"', {"": [{"value": "text"}]}),
        ('["x", "y"]', {"": [{"value": "x"}, {"value": "y"}]}),
        ('{"n": 12345678901234567890123, "f": 1E400, "z": null, "e": {}}', {"": [{"n": "12345678901234567890123", "f": "1E400"}]}),
        ('[{"msg": "{\\"inner\\": 1}"}]', {"": [{"msg": '{"inner": 1}'}]}),
    ],
)  # fmt: skip
def test_documents(parse: Parse, text: str, tables: dict[str, list[dict[str, str]]]) -> None:
    parsed = parse("a.json", text)
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert {t.name: rows(parsed, n) for n, t in enumerate(parsed.tables)} == tables


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.log", "a", "a.csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_under_any_name(parse: Parse, name: str, encoding: str) -> None:
    text = '{"actor": {"email": "é@x.example"}}\r\n\r\n{"actor": {"email": "b@x.example"}}\r\n'
    parsed = parse(name, text.encode(encoding))
    assert (parsed.format, parsed.status) == ("jsonl", "scanned")
    assert rows(parsed) == [{"actor.email": "é@x.example"}, {"actor.email": "b@x.example"}]


def test_document_under_the_name_of_lines(parse: Parse) -> None:
    parsed = parse("a.jsonl", '[\n {"id": 1},\n {"id": 2}\n]')
    assert rows(parsed) == [{"id": "1"}, {"id": "2"}]


def test_one_record_reads_like_many(parse: Parse) -> None:
    one, two = ('{"event": "x", "items": [{"q": 1}]}\n' * n for n in (1, 2))
    assert parse("a.jsonl", one).tables[0].columns == parse("a.jsonl", two).tables[0].columns


def test_bad_line(parse: Parse, texts: Texts) -> None:
    parsed = parse("a.jsonl", '{"id": 1}\n{"id": 2, "name": "Cid"\n{"id": 3}\n')
    assert parsed.status == "partly_scanned"
    assert "line 2 not JSON" in (parsed.reason or "")
    assert [r["id"] for r in rows(parsed)] == ["1", "3"]
    assert "Cid" in texts(parsed)


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}, {"id": 2}, {"id": 3, "name": "Ci',
        '{"students": [{"id": 1}, {"id": 2}, {"id": 3, "name": "Ci',
        '[{"id": 1}, {"id": Ci}, {"id": 2}]',
        '{"id": 1}\n{"id": 2}\nCi',
        '{"id": 1} {"id": 2} Ci',
    ],
)
def test_broken_documents_keep_their_whole_records(parse: Parse, texts: Texts, text: str) -> None:
    parsed = parse("a.json", text)
    assert parsed.status == "partly_scanned"
    assert [r["id"] for r in rows(parsed)] == ["1", "2"]
    assert "Ci" in texts(parsed)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_very_deep(parse: Parse, texts: Texts, opening: str) -> None:
    parsed = parse("a.json", opening * 100_000 + '"zed@x.example"')
    assert parsed.status == "partly_scanned"
    assert "zed@x.example" in texts(parsed)


def test_deep_but_whole(parse: Parse, texts: Texts) -> None:
    parsed = parse("a.json", '{"a":' * 300 + '"zed@x.example"' + "}" * 300)
    assert parsed.status == "scanned"
    assert "zed@x.example" in texts(parsed)


def test_half_a_surrogate_pair(parse: Parse) -> None:
    parsed = parse("a.json", '[{"na\\ud800me": "Ann\\udc00"}]')
    assert rows(parsed) == [{"na?me": "Ann?"}]


def test_very_many_fields(parse: Parse, texts: Texts) -> None:
    parsed = parse("a.json", json.dumps([{f"field {n} x": f"value {n}"} for n in range(3_000)]))
    assert parsed.status == "scanned"
    assert "value 2999" in texts(parsed)


LEAVES = st.one_of(st.text(st.sampled_from('abcß 1@."\\{}'), min_size=1, max_size=6), st.integers(), st.booleans())
KEYS = st.sampled_from(["id", "name", "items", "x.y", "", "S1234"])
RECORDS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)  # fmt: skip


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [json.dumps(value) if isinstance(value, (bool, int)) else str(value)]


@settings(max_examples=150, deadline=None)
@given(
    records=st.lists(st.dictionaries(st.sampled_from(["id", "data", "é"]), RECORDS, min_size=1, max_size=3), min_size=1, max_size=4),
    lines=st.booleans(),
)
def test_no_leaf_is_lost(records: list[dict[str, object]], lines: bool) -> None:
    text = "\n".join(json.dumps(r) for r in records) if lines else json.dumps(records)
    parsed = readers.read(Source("a.json", text.encode(), "export")).parsed
    assert parsed.status == "scanned"
    cells = "\n".join(cell or "" for table in parsed.tables for column in table.data.columns for cell in column.to_pylist())
    assert all(leaf in cells for leaf in leaves(records))
