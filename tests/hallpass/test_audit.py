"""`hallpass audit`: files in, what discloses somebody out; no district, no home."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from hallpass.cli import main
from scanners.audit_files import NamedFile, day_in

HIDDEN = "School,Group,Students\nElm,Total,42\nElm,Male,35\nElm,Female,*\nOak,Total,50\nOak,Male,22\nOak,Female,28\n"
CLEAN = "School,Students\nElm,42\nOak,50\nAsh,61\n"
ROWS = "student_id,score\n804471,3\n804472,4\n804473,5\n"

Put = Callable[..., str]


def audit(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments])


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def test_a_hidden_cell_is_told_with_its_equation(put: Put) -> None:
    done = audit(put("grads.csv", HIDDEN))
    assert done.exit_code == 1, done.output
    assert "1 × hidden cells can be computed" in done.output
    assert "Elm / Female / Students = 7" in done.output
    assert "Total 42 − Male 35 = Female 7" in done.output
    assert "rows were not compared with any roster" in done.output


def test_a_table_that_passes_says_under_which_assumptions(put: Put) -> None:
    done = audit(put("grads.csv", CLEAN), "--k", "7", "--width", "3")
    assert done.exit_code == 0, done.output
    assert "No disclosure found in 1 table under these assumptions:" in done.output
    assert "a group of fewer than 7 is small" in done.output
    assert "must stay open by 3 or more" in done.output


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_witnesses_and_numbers_can_be_hidden(put: Put, form: str) -> None:
    file = put("grads.csv", HIDDEN)
    done = audit(file, "--hide-witnesses", "--format", form)
    told = done.output.replace(str(file), "grads.csv")  # a temporary folder has numbers of its own
    assert done.exit_code == 1
    assert "Elm / Female / Students" in told
    assert "42" not in told
    assert "= 7" not in told


def test_json_and_csv_hold_every_finding(put: Put) -> None:
    many = "School,Students\n" + "".join(f"School {n},{n % 9 + 1}\n" for n in range(40))
    file = put("small.csv", many)
    text = audit(file)
    assert "and 30 more (--all)" in text.output
    assert "more (--all)" not in audit(file, "--all").output
    (table,) = json.loads(audit(file, "--format", "json").output)["tables"]
    assert len(table["findings"]) == 40
    assert table["findings"][0] == {
        "verdict": "FAIL", "check_id": "small_cell", "cell": "School 0 / Students", "value_low": 1, "value_high": 1,
        "witness": table["findings"][0]["witness"],
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(audit(file, "--format", "csv").output)))
    assert [row["cell"] for row in rows] == [f"School {n} / Students" for n in range(40)]
    passed = list(csv.DictReader(io.StringIO(audit(put("clean.csv", CLEAN), "--format", "csv").output)))
    assert [(row["table"], row["verdict"], row["cell"]) for row in passed] == [("clean", "PASS", "")]


def test_a_suggestion_says_what_to_hide(put: Put) -> None:
    done = audit(put("grads.csv", HIDDEN), "--suggest")
    assert "With them the tables pass, audited again." in done.output
    suggested = json.loads(audit(put("grads.csv", HIDDEN), "--suggest", "--format", "json").output)["suggestions"]
    assert suggested["passes"] is True
    assert {change["cell"] for change in suggested["changes"]} >= {"Elm / Male / Students"}


def test_the_sheets_of_a_workbook_are_audited_together(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet, text in (("Climate", HIDDEN), ("Clean", CLEAN)):
        made = book.create_sheet(sheet)
        for row in csv.reader(io.StringIO(text)):
            made.append([int(cell) if cell.isdigit() else cell for cell in row])
    del book["Sheet"]
    book.save(tmp_path / "book.xlsx")
    tables = json.loads(audit(str(tmp_path / "book.xlsx"), "--format", "json").output)["tables"]
    assert [(table["table"], table["verdict"]) for table in tables] == [("Climate", "FAIL"), ("Clean", "PASS")]


def test_rows_are_known_by_the_roster_and_thresholds_by_the_district(put: Put, elm_creek: Path) -> None:
    file = put("rows.csv", ROWS)
    with (elm_creek / "district.yaml").open("a") as district:
        district.write("minimum_cell_size: 45\n")
    for option, where in (("--roster", elm_creek / "roster"), ("--district", elm_creek)):
        (table,) = json.loads(audit(file, option, str(where), "--format", "json").output)["tables"]
        assert [it["check_id"] for it in table["findings"]][:1] == ["grain"], table
    assert audit(put("clean.csv", CLEAN)).exit_code == 0
    small = audit(put("clean.csv", CLEAN), "--district", str(elm_creek))
    assert "a group of fewer than 45 is small" in small.output
    assert small.exit_code == 1
    assert audit(put("clean.csv", CLEAN), "--district", str(elm_creek), "--k", "10").exit_code == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: [folder / "nothing.csv"], "could not be read (No such file or directory)"),
        (lambda folder: [folder], "it is a folder"),
        (lambda folder: [write(folder / "x.xlsx", b"PK\x03\x04 torn")], "x.xlsx: "),
        (lambda folder: [write(folder / "empty.csv", b"")], "empty.csv: "),
        (lambda folder: [write(folder / "c.csv", CLEAN.encode()), "--roster", folder / "none"], "there is no such folder"),
        (lambda folder: [write(folder / "c.csv", CLEAN.encode()), "--roster", folder], "there is no users.csv"),
        (lambda folder: [write(folder / "c.csv", CLEAN.encode()), "--district", folder], "the district folder cannot be used"),
    ],
)
def test_what_cannot_be_used_is_one_error_with_a_mend(tmp_path: Path, make: Callable[[Path], list[Any]], said: str) -> None:
    done = audit(*map(str, make(tmp_path)))
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Mend: " in done.output
    assert "Traceback" not in done.output


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("climate 2026-03-01.csv", "2026-03-01"),
        ("20260301_climate.csv", "2026-03-01"),
        ("climate_2026.03.01_v2.csv", "2026-03-01"),
        ("climate 2026-13-01.csv", ""),
        ("2023-24 climate.csv", ""),
        ("9920260301.csv", ""),
        ("id 99999999, of 2026-03-01.csv", "2026-03-01"),
    ],
)
def test_the_release_is_the_day_in_the_name(name: str, day: str) -> None:
    assert day_in(name) == day


def test_a_release_can_be_said_and_a_file_may_have_an_equals_sign(tmp_path: Path) -> None:
    assert NamedFile.of("autumn=x/2026-03-01.csv") == NamedFile(Path("x/2026-03-01.csv"), "autumn")
    path = write(tmp_path / "a=b.csv", b"x")
    assert NamedFile.of(str(path)) == NamedFile(path, "")


def test_a_label_cannot_move_the_cursor_or_become_markup(put: Put) -> None:
    done = audit(put("x.csv", "School,Students\n\x1b[31m[bold]Elm,3\nOak,40\nAsh,50\n"))
    assert "\x1b[31m" not in done.output
    assert "[bold]Elm" in done.output


def test_it_needs_no_home(put: Put, home: Path) -> None:
    audit(put("clean.csv", CLEAN))
    assert not os.path.lexists(home)
