"""The check of the aggregates shows how a number is known only where the district wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.witnesses import MOST, WITHHELD, witnesses
from tests.dashboards.small_mart import publish

FILE = "(SELECT min(file_id) FROM files)"


def finding(
    check: str, cell: str | None = None, low: str = "NULL", high: str = "NULL", witness: str = "NULL", verdict: str = "FAIL"
) -> str:
    place = f"'{cell}'" if cell else "NULL"
    return f"INSERT INTO aggregate_audits VALUES ({FILE}, 't', '{verdict}', '{check}', {place}, {low}, {high}, {witness}, 'r1')"


FOUND = (
    finding("small_cell", "Adams / Students", "4", "4", "'Students = 4'"),
    finding("exact_disclosure", "Elm | [x](http://evil.example) / Female", "7", "7", "'Total 42 − Male 35 = Female 7'"),
    finding("interval", "Oak / Male", "3", "6", "'Total 42'"),
    finding("differencing", verdict="INCONCLUSIVE", witness="'a release is gone'"),
)


def mart(folder: Path, *statements: str) -> Path:
    return publish(folder, "DELETE FROM aggregate_audits", *statements)


def test_witnesses_and_intervals_where_they_may_be_shown(tmp_path: Path) -> None:
    text = witnesses(mart(tmp_path, *FOUND), shown=True)
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert [row.split(" | ")[-2] for row in rows] == ["7", "3 to 6", "4", ""]
    assert "Total 42 − Male 35 = Female 7" in rows[0]
    assert "not finished: whether two releases" in rows[3]
    assert "\\[x\\](http" in text
    assert WITHHELD not in text


def test_neither_where_they_may_not(tmp_path: Path) -> None:
    text = witnesses(mart(tmp_path, *FOUND), shown=False)
    assert "Elm" in text
    assert "hidden cells can be computed" in text
    assert not {"7", "42", "35", "3 to 6"} & set(text.replace("|", " ").split())
    assert text.endswith(WITHHELD)


def test_no_finding_no_table_and_many_are_shortened(tmp_path: Path) -> None:
    assert witnesses(mart(tmp_path / "none"), shown=True) == ""
    many = witnesses(mart(tmp_path / "many", *(finding("small_cell", f"S{n}", "1", "1", "'1'") for n in range(1100))), shown=True)
    assert sum(line.startswith("| ") for line in many.splitlines()) == MOST + 2
    assert "The first 20 of 1,100 findings." in many


@pytest.mark.parametrize("shown", [True, False])
def test_a_label_is_text(tmp_path: Path, shown: bool) -> None:
    text = witnesses(mart(tmp_path, finding("small_cell", "<img src=x> `a` | b", "1", "1", "'1'")), shown)
    assert "\\<img" in text
    assert "\\|" in text
