"""What the summary says of decisions and of fields for review, on a mart small enough to count by hand."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from assets.night_summary import markdown
from hallpass.commands.summary import print_review
from hallpass.summary import read_summary
from tests.dashboards.small_mart import publish


def printed(mart: Path) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    print_review(console, read_summary(mart).review)
    return console.export_text()


def test_lines_that_settle_nothing_are_named_and_fields_counted(tmp_path: Path) -> None:
    text = printed(publish(tmp_path))
    *lines, fields = text.splitlines()
    assert lines == [
        "3 decisions on what a field is: 1 applied, 1 expired, 1 unmatched.",
        "  decisions.csv, line 3, about loudlark: expired: ran out on 2026-03-30.",
        "  decisions.csv, line 4, about loudlark: unmatched: of 4 files of this party none has such a path.",
    ]
    assert fields.startswith("4 fields of 2 parties for review: detectors saw something and could not tell (table undetermined, ")


def test_in_dagster_they_are_counts(tmp_path: Path) -> None:
    told = markdown(read_summary(publish(tmp_path)))
    assert "Decisions on what a field is: 1 applied, 1 expired, 1 unmatched. Fields for review, because no detector could tell: 4." in told
    assert "nowhere" not in told


def test_nothing_to_review_and_a_mart_of_an_older_night_say_nothing(tmp_path: Path) -> None:
    assert printed(publish(tmp_path / "a", "DELETE FROM decisions", "DELETE FROM undetermined")) == ""
    assert printed(publish(tmp_path / "b", "DROP TABLE decisions", "DROP TABLE undetermined")) == ""
