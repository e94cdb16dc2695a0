"""Settings: flags win over the environment, an empty variable is none, a wrong day is one clear refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hallpass.errors import Refused
from hallpass.settings import Settings


def test_defaults_are_the_example_in_var(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.read({})
    assert settings.home == tmp_path / "var"
    assert settings.district == tmp_path / "var" / "example" / "district"
    assert settings.is_example
    assert settings.as_of is None
    assert settings.key_file == tmp_path / "var" / "keys" / "master.key"


def test_the_environment_as_make_exports_it_when_nothing_is_set() -> None:
    assert Settings.read({"HALLPASS_HOME": "", "HALLPASS_DISTRICT": "", "HALLPASS_AS_OF": "", "HALLPASS_KEY": ""}) == Settings.read({})


def test_flags_win(tmp_path: Path) -> None:
    environ = {
        "HALLPASS_HOME": "/nowhere",
        "HALLPASS_DISTRICT": "/nowhere",
        "HALLPASS_AS_OF": "2020-01-01",
        "HALLPASS_KEY": str(tmp_path / "k"),
    }
    settings = Settings.read(environ, home=str(tmp_path), district=str(tmp_path / "d"), as_of="2026-02-28")
    assert (settings.home, settings.district, settings.as_of) == (tmp_path, tmp_path / "d", date(2026, 2, 28))
    assert settings.key_file == tmp_path / "k"
    assert not settings.is_example


@pytest.mark.parametrize("text", ["2026-02-30", "yesterday", "02/03/2026"])
def test_a_day_that_is_none(text: str) -> None:
    with pytest.raises(Refused, match="YYYY-MM-DD"):
        Settings.read({"HALLPASS_AS_OF": text})


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2026, 3, 2)), ("America/Chicago", date(2026, 3, 1)), ("Pacific/Auckland", date(2026, 3, 2))],
)
def test_today_is_the_districts(zone: str, day: date) -> None:
    assert Settings.read({}).day(zone, datetime(2026, 3, 2, 3, 0, tzinfo=UTC)) == day
