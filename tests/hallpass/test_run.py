"""`run`, `check`, `summary`, `record` at the door: exit codes and what is printed, over Elm Creek."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hallpass.cli import main
from hallpass.settings import Settings


@pytest.fixture
def hallpass(elm: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in (("HOME", elm.home), ("DISTRICT", elm.district), ("AS_OF", elm.as_of)):
        monkeypatch.setenv(f"HALLPASS_{name}", str(value))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_a_night_ends_with_the_summary_and_the_record_follows(hallpass: Callable[..., Result], elm: Settings) -> None:
    done = hallpass("run")
    assert done.exit_code == 0, done.output
    assert "2 deliveries in the inbox: 2 scanned, 0 known already, 0 failed." in done.output
    assert "Elm Creek Schools, as of 2026-03-31" in done.output
    assert "Where to look next" in done.output
    for value in ("Okafor", "Tobenna", "804471", "st-4471"):
        assert value not in done.output

    record = hallpass("record", "--student", "st-4473", "--json")
    found = json.loads(record.output)
    assert {row["to_party_id"] for row in found["disclosures"]} == {"quietquill"}
    assert {row["subject_key"] for row in found["disclosures"]} == {found["subject_key"]}
    assert "student_name" in {row["data_element"] for row in found["disclosures"]}

    nobody = hallpass("record", "--student", "nobody")
    assert nobody.exit_code == 1
    assert "no students with this id" in nobody.output


def test_a_wrong_register_prints_every_problem_and_starts_no_night(hallpass: Callable[..., Result], elm_creek: Path, elm: Settings) -> None:
    vendor = elm_creek / "vendors" / "quietquill.yaml"
    vendor.write_text(vendor.read_text().replace("expires_on: 2027-07-31", "expires_on: 2027-13-31\n    expired_on: 2027-07-31"))
    for command, code in (("run", 2), ("check", 1)):
        done = hallpass(command)
        assert done.exit_code == code, done.output
        assert "vendors/quietquill.yaml:8: error:" in done.output
        assert "vendors/quietquill.yaml:9: error:" in done.output
        assert "Mend:" in done.output
        assert "2 error(s)" in done.output
    assert not elm.mart.exists()


def test_an_unreadable_roster_is_one_clear_error(hallpass: Callable[..., Result], elm_creek: Path) -> None:
    (elm_creek / "roster" / "users.csv").write_bytes(b"\xff\xfe\x00\x01\x02")
    done = hallpass("run")
    assert done.exit_code == 2
    assert "roster/users.csv" in done.output
    assert "Traceback" not in done.output


def test_a_district_that_is_right(hallpass: Callable[..., Result], elm_creek: Path) -> None:
    done = hallpass("check")
    assert done.exit_code == 0, done.output
    assert done.output == f"{elm_creek} is right: no problem found.\n"


def test_a_key_that_others_can_read_stops_the_night(hallpass: Callable[..., Result], elm: Settings) -> None:
    elm.key_file.parent.mkdir(parents=True, mode=0o700)
    elm.key_file.write_bytes(bytes(32))
    elm.key_file.chmod(0o644)
    done = hallpass("run")
    assert done.exit_code == 1
    assert f"chmod 0400 '{elm.key_file}'" in done.output
    assert not elm.mart.exists()


def test_the_example_is_written_whole_beside_its_truth(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["example", str(tmp_path / "d"), "--students", "60", "--as-of", "2026-02-01"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "d" / "district.yaml").exists()
    assert not list((tmp_path / "d").rglob("*truth*"))
    again = CliRunner().invoke(main, ["example", str(tmp_path / "d")])
    assert again.exit_code == 1
    assert "is not empty" in again.output


def test_what_is_left_is_said_without_names_of_files(capsys: pytest.CaptureFixture[str]) -> None:
    from assets.night import Left
    from hallpass.commands.run import print_left
    from scanners.intake import NotYet

    print_left(
        [
            Left.of(NotYet("quill/2027-01-01", "later", "dated after the as-of day")),
            Left.of(NotYet("quill/2026-03-30", "being_written", "a file changed 3 s ago")),
            Left.of(NotYet("quill/Jane Roe.csv", "problem", "a delivery is a folder named by its date")),
        ]
    )
    said = capsys.readouterr().out
    assert "1 dated after the as-of day" in said
    assert "quill/2026-03-30: a file changed 3 s ago" in said
    assert "no delivery, in inbox/quill: a delivery is a folder" in said
    assert "Jane" not in said
