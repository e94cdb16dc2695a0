"""What one cell says: numbers as people and programs write them, the tokens of report cards, labels that only look like numbers."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.aggregate.cells import parse

UNSAID = (
    "s|S|*|**|***|DS|ps|R/PS|--|—|-|N/A|na|n.a.|-1|-1.0|.|..|...|†|‡|#|x|(s)|[*]|suppressed|Data Suppressed|too few students|NaN|null|n/d"
)


@pytest.mark.parametrize("text", UNSAID.split("|"))
def test_tokens_that_bound_nothing(text: str) -> None:
    cell = parse(text)
    assert (cell.kind, cell.low, cell.high, cell.count) == ("suppressed", 0, inf, None)


BOUNDS = [
    ("<10", 0, 9), ("< 10", 0, 9), ("≤10", 0, 10), ("<=10", 0, 10), ("n<10", 0, 9), ("N < 20", 0, 19), ("&lt;10", 0, 9), ("＜10", 0, 9),
    ("10 or fewer", 0, 10), ("fewer than 10", 0, 9), ("Fewer than ten students", 0, 9), ("less than 10", 0, 9), ("under 10", 0, 9),
    ("at most 5", 0, 5), ("up to 5", 0, 5), ("<10*", 0, 9), ("(<10)", 0, 9), ("*<10", 0, 9), ("LT50", 0, 49), ("LE10", 0, 10),
    ("GE95", 95, inf), (">5", 6, inf), ("≥10", 10, inf), ("10 or more", 10, inf), ("10+", 10, inf), ("at least 10", 10, inf),
    ("10-19", 10, 19), ("10–19", 10, 19), ("10 to 19", 10, 19), ("1-9", 1, 9), ("60-69", 60, 69), ("<1", 0, 0), ("<1,000", 0, 999),
]  # fmt: skip


@pytest.mark.parametrize(("text", "low", "high"), BOUNDS)
def test_tokens_that_bound_a_count(text: str, low: float, high: float) -> None:
    cell = parse(text)
    assert (cell.kind, cell.low, cell.high, cell.percent) == ("suppressed", low, high, False)


@pytest.mark.parametrize(
    ("text", "among_percentages", "low", "high", "strict"),
    [
        (">95%", False, 95, 100, True),
        ("≥95%", False, 95, 100, False),
        ("95% or more", False, 95, 100, False),
        ("<5%", False, 0, 5, True),
        ("<.5%", False, 0, 0.5, True),
        ("20–24%", False, 20, 24, False),
        ("20% - 24%", False, 20, 24, False),
        ("less than 5%", False, 0, 5, True),
        ("GE95", True, 95, 100, False),
        ("LT50", True, 0, 50, True),
        (">=95", True, 95, 100, False),
        ("<5", True, 0, 5, True),
        (">0.95", True, 0.95, 1, True),
        ("60-69", True, 60, 69, False),
    ],
)
def test_bounds_of_percentages(text: str, among_percentages: bool, low: float, high: float, strict: bool) -> None:
    cell = parse(text, percent=among_percentages)
    assert (cell.kind, cell.percent, cell.low, cell.high, cell.open) == ("suppressed", True, low, high, strict)


def test_a_small_group_says_nothing_of_its_percentage() -> None:
    cell = parse("n<10", percent=True)
    assert (cell.kind, cell.low, cell.high, cell.percent) == ("suppressed", 0, inf, False)


COUNTS = [
    ("12", 12), (" 1,204 ", 1204), ("1 204", 1204), ("1\xa0204", 1204), ("1\u2009204", 1204), ("1'204", 1204), ("1’204", 1204),
    ("12.0", 12), ("0", 0), ("+5", 5), ("12*", 12), ("1,204†", 1204), ("37 (a)", 37), ("12 [1]", 12), ("12²", 12), ("*12", 12),
    ("(12)", 12), ("n=12", 12), ("12 students", 12), ('="12"', 12), ("'12", 12), ("١٢", 12), ("１２", 12), ("1.2E+04", 12000), ("0*", 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), COUNTS)
def test_counts(text: str, count: int) -> None:
    assert (parse(text).kind, parse(text).count) == ("number", count)


@pytest.mark.parametrize(
    ("text", "kind", "value", "decimals"),
    [
        ("67.3%", "percent", 67.3, 1),
        ("67.3 %", "percent", 67.3, 1),
        ("67.3 percent", "percent", 67.3, 1),
        ("12\xa0%", "percent", 12, 0),
        ("37.200000000000003%", "percent", 37.2, 1),
        ("67.299999999999997%", "percent", 67.3, 1),
        ("0.37200000000000005", "number", 0.372, 3),
        ("0.372", "number", 0.372, 3),
        ("95.0", "number", 95, 1),
        ("7.0", "number", 7, 1),
        ("1e-05", "number", 1e-05, 5),
        ("−5", "number", -5, 0),
        ("0.3333333333333333", "number", 0.3333333333333333, 16),
        ("37.20930232558139", "number", 37.20930232558139, 14),
    ],
)
def test_numbers_as_a_person_would_have_seen_them(text: str, kind: str, value: float, decimals: int) -> None:
    cell = parse(text)
    assert (cell.kind, cell.low, cell.high, cell.decimals) == (kind, value, value, decimals)


@pytest.mark.parametrize(
    "text",
    ["Adams", "1,20", "2019-2020", "2023-24", "2024-03-01", "3/14/2024", "03-04", "01M015", "3A", "K-5", "2006 Aug",
     "9" * 400, "1e+999", "-" * 90],
)  # fmt: skip
def test_labels(text: str) -> None:
    assert (parse(text).kind, parse(text).low, parse(text).high, parse(text).count) == ("label", 0, inf, None)


@pytest.mark.parametrize("text", [None, "", "  ", "\u200b", "\xa0"])
def test_blanks_say_nothing(text: str | None) -> None:
    assert parse(text).kind == "blank"


TEXTS = st.text(max_size=20) | st.text("0123456789.,-–<>≤%*()[]'e+ n†", max_size=12)


@given(TEXTS, st.booleans())
def test_any_text_is_a_cell(text: str, percent: bool) -> None:
    cell = parse(text, percent=percent)
    assert cell.low <= cell.high
    assert cell.count is None or cell.count == cell.low == cell.high


@given(st.integers(0, 10**9))
def test_any_count_is_read_back(n: int) -> None:
    for text in (str(n), f"{n:,}", f"{n:,}".replace(",", " "), f"{n}.0", f"{n}*"):
        assert parse(text).count == n
    assert (parse(f"<{n + 1}").low, parse(f"<{n + 1}").high) == (0, n)


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_a_rounded_percentage_is_read_as_it_was_rounded(part: int, whole: int) -> None:
    shown = round(100 * min(part, whole) / whole, 1)
    for text in (f"{shown}%", f"{shown:.15f}%", f"{shown * (1 + 2e-16)!r}%"):
        assert parse(text).low == shown
        assert parse(text).decimals <= 1
