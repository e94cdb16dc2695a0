"""The night is killed (-9), tree and all, at ten random moments and then run again: its mart is that of a night nobody disturbed.

A process kill, not a power loss: what the kernel has is written.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from lineage.chain import verify
from tests.end_to_end.nights import AS_OF, HALLPASS, Place, difference, make, mart_content, night

SEED, STUDENTS, KILLS = 60, 60, 10
LAST = 0.9
"""The last kill comes a little before the end: what is left to do gets less from kill to kill."""


def killed_after(place: Place, seconds: float) -> bool:
    """Start a night as a process group of its own and kill all of it after so long; False: it was done by then."""
    environ = {**os.environ, "HALLPASS_HOME": str(place.home), "HALLPASS_DISTRICT": str(place.district)}
    process = subprocess.Popen(
        [str(HALLPASS), "run", "--as-of", AS_OF.isoformat()],
        env=environ,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    assert process.returncode == 0
    return False


def moments(seconds: float) -> list[float]:
    """Ten moments over the length of an undisturbed night, one in each tenth, in random order."""
    dice = random.Random(SEED)
    shares = [LAST * (tenth + dice.random()) / KILLS for tenth in range(KILLS)]
    dice.shuffle(shares)
    return [share * seconds for share in shares]


def few(place: Place) -> Place:
    """A third of the parties' deliveries: enough to be killed in, and a night of half the length."""
    for folder in sorted((place.district / "inbox").iterdir())[1::3] + sorted((place.district / "inbox").iterdir())[2::3]:
        shutil.rmtree(folder)
    return place


def test_a_night_killed_ten_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    quiet = few(make(tmp_path, SEED, STUDENTS))
    begun = time.monotonic()
    night(quiet)
    seconds = time.monotonic() - begun

    killed = Place(quiet.district, tmp_path / "killed", quiet.truth_file)
    killed.home.mkdir(mode=0o700)
    shutil.copytree(quiet.home / "keys", killed.home / "keys")
    kills = sum(killed_after(killed, moment) for moment in moments(seconds))
    printed = night(killed)

    assert kills >= KILLS // 2, f"only {kills} of {KILLS} nights of {seconds:.0f} s were still at work"
    assert "run(s) of a killed process were ended" in printed
    before, after = mart_content(quiet.mart), mart_content(killed.mart)
    assert {table: difference(before[table], after[table]) for table in before if before[table] != after[table]} == {}
    assert set(before) == set(after)
    assert unfinished(killed.home / "dagster") == []
    assert holds(killed), "the chain has an entry for what is served"
    assert not list((killed.home / "lake").glob("spill-*"))


def unfinished(dagster_home: Path) -> list[str]:
    """Ids of runs that Dagster believes to be at work."""
    open_ = [status for status in DagsterRunStatus if status.name in ("STARTED", "STARTING", "QUEUED", "NOT_STARTED", "CANCELING")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(dagster_home))
        with DagsterInstance.get() as instance:
            return [run.run_id for run in instance.get_runs(RunsFilter(statuses=open_))]


def holds(place: Place) -> bool:
    from hallpass.keys import open_keys

    keys = open_keys(place.home / "keys" / "master.key")
    with duckdb.connect(str(place.mart), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM disclosures").fetchone() != (0,)
    return verify(place.home / "chain.jsonl", place.mart, {keys.fingerprint: keys.token}).defects == ()
