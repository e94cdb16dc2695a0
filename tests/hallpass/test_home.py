"""The home: private, one district's, and one night at a time."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hallpass.errors import Refused
from hallpass.home import claim, night_lock, prepare
from hallpass.settings import Settings


def test_a_new_home_is_private(settings: Settings) -> None:
    prepare(settings)
    for folder in (settings.home, settings.dagster, settings.stage):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_with_other_things_in_it_keeps_its_mode(settings: Settings) -> None:
    settings.home.mkdir(mode=0o755)
    settings.home.chmod(0o755)
    (settings.home / "theirs").touch()
    prepare(settings)
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o755
    assert stat.S_IMODE(settings.stage.stat().st_mode) == 0o700


def test_a_home_that_is_a_file_is_refused(settings: Settings) -> None:
    settings.home.touch()
    with pytest.raises(Refused, match="cannot be used"):
        prepare(settings)


def test_the_second_night_waits_and_says_so(settings: Settings) -> None:
    prepare(settings)
    said: list[str] = []
    done = threading.Event()

    def second() -> None:
        with night_lock(settings, said.append):
            done.set()

    thread = threading.Thread(target=second)
    with night_lock(settings):
        thread.start()
        assert not done.wait(0.3)
    thread.join(5)
    assert done.is_set()
    assert len(said) == 1
    assert said[0].startswith("process ")


def test_a_killed_process_leaves_no_lock(settings: Settings) -> None:
    prepare(settings)
    code = "import os\nfrom hallpass.home import *\nwith night_lock(Settings.read()): os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with night_lock(settings, lambda holder: pytest.fail(f"still held by {holder}")):
        pass


def a_lake(settings: Settings) -> Path:
    settings.lake.mkdir(parents=True, exist_ok=True)
    (settings.lake / "catalog.sqlite").touch()
    return settings.lake / "catalog.sqlite"


def test_the_example_of_another_day_starts_with_an_empty_lake(settings: Settings) -> None:
    prepare(settings)
    claim(settings, "Prairie Ridge", "2026-01-01")
    lake = a_lake(settings)
    claim(settings, "Prairie Ridge", "2026-01-01")
    assert lake.exists()
    claim(settings, "Prairie Ridge", "2026-01-02")
    assert not lake.exists()


def test_a_real_district_takes_over_the_examples_home_and_nobody_takes_over_its_own(settings: Settings, tmp_path: Path) -> None:
    prepare(settings)
    claim(settings, "Prairie Ridge", "2026-01-01")
    example_lake = a_lake(settings)
    real = replace(settings, district=tmp_path / "real", is_example=False)
    claim(real, "Cedar Falls", "2026-01-01")
    assert not example_lake.exists()
    lake = a_lake(settings)
    claim(real, "Cedar Falls", "2027-01-01")
    for other, name in ((settings, "Prairie Ridge"), (real, "Elm Creek")):
        with pytest.raises(Refused, match="another district"):
            claim(other, name, "2026-01-01")
    assert lake.exists()
