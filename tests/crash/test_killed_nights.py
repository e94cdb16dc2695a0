"""The night is killed (-9), tree and all, at ten random moments and then run again: its mart is that of a night nobody disturbed.

A process kill, not a power loss: what the kernel has is written. A moment is a step of the night, as it tells them, and a random while
after: so the moments lie where they should on a slow machine and on a fast one.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from hallpass.keys import open_keys
from lineage.chain import verify
from tests.end_to_end.nights import AS_OF, HALLPASS, Place, difference, make, mart_content, night

SEED, STUDENTS, KILLS = 60, 60, 10
STEPS = (  # what `hallpass run` says, in its order, and how many seconds after it the night may be killed
    ("reading the register", 2.0),
    ("looking for new deliveries", 1.5),
    ("reading register and roster", 0.5),
    ("scanning", 4.0),
    ("working out disclosures", 1.5),
    ("evaluating the controls", 3.0),
    ("checking the contract", 0.3),
    ("publishing the mart", 0.3),
)


def moments() -> list[tuple[int, float]]:
    """Ten pairs of a step and the seconds after it: every step once, the scan and the publishing twice, in random order."""
    dice = random.Random(SEED)
    chosen = [*range(len(STEPS)), 3, 7]
    dice.shuffle(chosen)
    return [(step, dice.uniform(0, STEPS[step][1])) for step in chosen]


def killed_at(place: Place, step: int, seconds: float) -> bool:
    """Start a night as a process group and kill all of it so long after this step, or a later one, began; False: it was done by then."""
    environ = {**os.environ, "HALLPASS_HOME": str(place.home), "HALLPASS_DISTRICT": str(place.district), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [str(HALLPASS), "run", "--as-of", AS_OF.isoformat()],
        env=environ,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            if any(name in line for name, _ in STEPS[step:]):
                break
        time.sleep(seconds)
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert alive or process.returncode == 0
    return alive


def few(place: Place) -> Place:
    """A third of the parties' deliveries: enough to be killed in, and a night of half the length."""
    for number, folder in enumerate(sorted((place.district / "inbox").iterdir())):
        if number % 3:
            shutil.rmtree(folder)
    return place


def test_a_night_killed_ten_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    quiet = few(make(tmp_path, SEED, STUDENTS))
    killed = Place(quiet.district, tmp_path / "killed", quiet.truth_file)
    open_keys(killed.home / "keys" / "master.key")
    kills = sum(killed_at(killed, *moment) for moment in moments())
    night(killed)
    assert kills >= KILLS - 2, f"{kills} of {KILLS} nights were still at work: those killed while publishing may have been done"

    shutil.copytree(killed.home / "keys", quiet.home / "keys")
    night(quiet)
    before, after = mart_content(quiet.mart), mart_content(killed.mart)
    assert set(before) == set(after)
    assert before["disclosures"]
    assert {table: difference(before[table], after[table]) for table in before if before[table] != after[table]} == {}
    assert unfinished(killed.home / "dagster") == []
    assert not list((killed.home / "lake").glob("spill-*"))
    keys = open_keys(killed.home / "keys" / "master.key")
    assert verify(killed.home / "chain.jsonl", killed.mart, {keys.fingerprint: keys.token}).defects == ()


def unfinished(dagster_home: Path) -> list[str]:
    """Ids of runs that Dagster believes to be at work."""
    done = {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(dagster_home))
        with DagsterInstance.get() as instance:
            return [run.run_id for run in instance.get_runs(RunsFilter(statuses=[it for it in DagsterRunStatus if it not in done]))]
