"""Parquet: every type as the text a person would have written; what is damaged costs itself and is named."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]


def parquet(columns: dict[str, object] | pa.Table, **more: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), out, **more)
    return out.getvalue()


def column(parsed: ParsedFile, name: str) -> list[str | None]:
    return list(parsed.tables[0].data[name].to_pylist())


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["0012345", "", None], ["0012345", "", None]),
        ([1234567.0, 0.5, None], ["1234567", "0.5", None]),
        (pa.array([12, None], pa.int64()), ["12", None]),
        ([date(2010, 9, 23), None], ["2010-09-23", None]),
        (pa.array([datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None], pa.timestamp("ns")), ["2026-01-02T03:04:05", None]),
        (pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us")), ["2026-01-02"]),
        (pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC)], pa.timestamp("ms", "America/Chicago")), ["2026-01-02T03:00:00+00:00"]),
        (pa.array([2**60], pa.timestamp("ms")), [str(2**60)]),
        ([time(1, 2), None], ["01:02:00", None]),
        ([Decimal("1.50"), None], ["1.50", None]),
        ([b"Zo\xc3\xab", None], ["Zoë", None]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (pa.array(["x"], pa.large_string()), ["x"]),
        ([True, False], ["true", "false"]),
        (pa.nulls(2), [None, None]),
    ],
)  # fmt: skip
def test_types(parse: Parse, values: object, texts: list[str | None]) -> None:
    parsed = parse("a.parquet", parquet({"a": values}))
    assert (parsed.format, parsed.status, parsed.reason) == ("parquet", "scanned", None)
    assert column(parsed, "a") == texts


def test_nested_columns_are_rows_as_in_json(parse: Parse) -> None:
    columns = {
        "id": ["1", "2"],
        "home": [{"street": "1 Elm", "geo": {"zip": 68001}}, None],
        "tags": [["a", "b"], []],
        "scores": [[{"q": 1, "text": "u"}, {"q": 2, "text": None}], None],
        "more": pa.array([[("k", "v")], None], pa.map_(pa.string(), pa.string())),
    }
    parsed = parse("a.parquet", parquet(columns))
    rows = parsed.tables[0].data.to_pylist()
    assert {r["id"] for r in rows} == {"1", "2"}
    assert rows[0] | {"scores[].q": "1", "home.street": "1 Elm", "home.geo.zip": "68001", "tags": "a; b"} == rows[0]
    assert [r["scores[].q"] for r in rows if r["scores[].q"]] == ["1", "2"]
    assert any((r["more[].key"], r["more[].value"]) == ("k", "v") for r in rows)


def test_names_repeated_and_blank(parse: Parse) -> None:
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"]), pa.array(["3"])], names=["a", "a", ""])
    assert parse("a", parquet(table)).tables[0].columns == ("a", "a#2", "column_3")


def test_metadata_of_whoever_wrote_it(parse: Parse) -> None:
    table = pa.table({"a": ["1"]}).replace_schema_metadata({"contact": "ann@x.example", "pandas": "{}"})
    (_, properties) = parse("a.parquet", parquet(table)).tables
    assert (properties.name, properties.data.to_pylist()) == ("properties", [{"path": "contact", "value": "ann@x.example"}])


def test_no_rows(parse: Parse) -> None:
    parsed = parse("a.parquet", parquet({"a": pa.array([], pa.string())}))
    assert (parsed.status, parsed.tables[0].columns, parsed.tables[0].data.num_rows) == ("scanned", ("a",), 0)


def test_bytes_that_are_no_text_are_said(parse: Parse) -> None:
    parsed = parse("a.parquet", parquet({"a": ["1", "2"], "photo": [b"\x00\xff\xfe\x01", b"\x89PNG\x00\x01"]}))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "2 binary values are no text")


def test_text_in_another_encoding(parse: Parse) -> None:
    parsed = parse("a.parquet", parquet({"a": pa.array([b"Zo\xeb", None]).view(pa.string())}))
    assert (parsed.status, parsed.reason, column(parsed, "a")) == ("partly_scanned", "texts that are not UTF-8", ["Zoë", None])


def test_a_damaged_page_costs_its_column_in_its_row_group(parse: Parse) -> None:
    columns = {"id": [f"{n:07}" for n in range(8_000)], "name": [f"Ann {n}" for n in range(8_000)]}
    data = bytearray(parquet(columns, row_group_size=2_000, compression="none", write_page_checksum=True, use_dictionary=False))
    data[data.index(b"0002500")] ^= 0x0F
    parsed = parse("a.parquet", bytes(data))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "column 1 of row group 2 cannot be read")
    assert column(parsed, "name") == columns["name"]
    assert column(parsed, "id").count(None) == 2_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d[:-20], "the parquet is cut off: its directory, at the end, is missing"),
        (lambda d: b"PARE" + d[4:-4] + b"PARE", "the parquet is encrypted"),
        (lambda d: d[:-60] + bytes(52) + d[-8:], "the parquet is damaged"),
        (lambda d: b"PAR1PAR1", "the parquet is cut off: its directory, at the end, is missing"),
    ],
    ids=["cut off", "encrypted", "damaged", "nothing"],
)
def test_quarantined(parse: Parse, change: Callable[[bytes], bytes], reason: str) -> None:
    parsed = parse("a.parquet", change(parquet({"a": ["1"], "b": ["x"]})))
    assert (parsed.status, parsed.reason) == ("quarantined", reason)


def test_content_decides_before_the_name(parse: Parse) -> None:
    assert parse("export.csv", parquet({"a": ["1"]})).format == "parquet"
