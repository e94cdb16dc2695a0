"""Cookies and storage items: whose data they hold, how long they last, and who else a capture shows receiving their values."""

from __future__ import annotations

import base64
import json
from typing import Any

import pyarrow as pa
import pytest

from scanners.schemas import TRACKER_COLUMNS, DeliveryResult, TextTable
from scanners.trackers import identifying, pieces
from tests.scanners.district import scan, table

EMAIL = "aaliyah.jorgensen1@pr.example"


def items(*rows: dict[str, str | None]) -> TextTable:
    base = {"page_host": "v.example", "host": "v.example", "name": "n", "storage": "cookie", "persistent": "false"}
    full = [{column: (base | row).get(column) for column in TRACKER_COLUMNS} for row in rows]
    data = pa.table({column: pa.array([row[column] for row in full], pa.string()) for column in TRACKER_COLUMNS})
    return TextTable("trackers", data, role="trackers")


def tracker(**row: str | None) -> dict[str, Any]:
    (found,) = scan(items(row), kind="tracking").tables["trackers"].to_pylist()
    return found  # type: ignore[no-any-return]


HELD = [
    ("8f14e45fceea167a", []),
    (EMAIL, ["student_contact.email"]),
    (EMAIL.replace("@", "%40"), ["student_contact.email"]),
    (base64.b64encode(EMAIL.encode()).decode(), ["student_contact.email"]),
    (json.dumps({"user": {"mail": EMAIL}}), ["student_contact.email"]),
    ("ajorgen01", ["student_id.username"]),
    ("ingrid.j@mail.example", ["guardian_contact.email"]),
    ("carol.lindqvist@pr.example", []),
]


@pytest.mark.parametrize(("value", "elements"), HELD)
def test_what_a_value_holds(value: str, elements: list[str]) -> None:
    found = tracker(value=value)
    assert (found["data_elements"], found["contains_pii"]) == (elements, bool(elements))


LASTING = [
    ({"persistent": "true", "expires_at": "2027-01-01T00:00:00+00:00", "value": "x"}, True),
    ({"persistent": "true", "expires_at": "1970-01-01T00:00:01+00:00", "value": "x"}, False),
    ({"persistent": "true", "expires_at": "2026-09-01T00:00:00+00:00", "value": None}, False),
    ({"persistent": "false", "value": "x"}, False),
    ({"persistent": None, "value": "x"}, None),
    ({"storage": "service_worker", "persistent": "true"}, True),
    ({"storage": "session_storage", "persistent": "false", "value": "x"}, False),
]


@pytest.mark.parametrize(("row", "lasts"), LASTING)
def test_how_long_it_lasts(row: dict[str, str | None], lasts: bool | None) -> None:
    assert tracker(**row)["persistent"] is lasts


IDENTIFYING = [
    ("8f14e45fceea167a", True),
    ("3fa85f64-5717-4562-b3fc-2c963f66afa6", True),
    ("GA1.2.1093847561.1788225600", True),
    ("1093847561.1788225600", True),
    ("20938475", True),
    ("kQxTnbVwYzAbCdEfGh", True),
    ("accepted", False),
    ("en-US,en;q=0.9", False),
    ("true", False),
    ("1788225600", False),
    ("1788225600123", False),
    ("2026-09-01", False),
    ("10.15.7.1", False),
    ("short1", False),
    ("https://v.example/a?b=12345678", False),
    ("cdn12.v.example", False),
    ("dark-mode-enabled", False),
    ("11111111111", True),
    ("a1a1a1a1", False),
    ('{"theme":"dark","v":12}', False),
]


@pytest.mark.parametrize(("value", "expected"), IDENTIFYING)
def test_what_tells_one_browser_from_another(value: str, expected: bool) -> None:
    assert identifying(value) is expected


def test_pieces_of_a_value() -> None:
    assert "1093847561.1788225600" in pieces("GA1.2.1093847561.1788225600")
    assert "8f14e45fceea167a" in pieces('{"theme":"dark","uid":"8f14e45fceea167a"}')
    assert pieces("dark") == set()


def sends(*requests: dict[str, str | None], value: str = "8f14e45fceea167a", host: str = "px.ads.example") -> list[tuple[str, str]]:
    return _sends(scan(items({"value": value}), table(list(requests), name=f"GET {host}/c", receiver=host), kind="tracking"))


def _sends(result: DeliveryResult) -> list[tuple[str, str]]:
    known = {row["value_digest"] for row in result.tables["trackers"].to_pylist()}
    rows = result.tables["tracker_sends"].to_pylist()
    assert all(row["value_digest"] in known for row in rows)
    return [(row["host"], row["field_path"]) for row in rows]


def test_a_value_in_a_request() -> None:
    sent = [("px.ads.example", "GET px.ads.example/c.?uid")]
    assert sends({"?uid": "8f14e45fceea167a"}) == sent
    assert sends({"?uid": None, "?x": "another1234"}, {"?uid": "8f14e45fceea167a", "?x": None}) == sent
    assert sends({"?uid": base64.b64encode(b"8f14e45fceea167a").decode()}) == sent
    assert sends({"?uid": "1093847561.1788225600"}, value="GA1.2.1093847561.1788225600") == sent
    assert sends({"?uid": "accepted"}, value="accepted") == []
    assert sends({"?state": "8f14e45fceea167a"}) == []
    assert sends({"?uid": "8f14e45fceea167a"}, value="another1234") == []
