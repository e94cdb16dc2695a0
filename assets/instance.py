"""Dagster's home: its settings file, the instance, and what a killed process left behind in it.

Put here what is done *to* the instance from outside a run. What happens within a run belongs in `resources.py`.
"""

from __future__ import annotations

import logging
import os
import shutil
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from time import time

import dagster as dg
import psutil
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from hallpass.settings import Settings

PROCESS_TAG = "hallpass/process"
"""`pid:start time` of the process that works on a run: says after a kill that nobody does."""

SILENCE = 600
"""Seconds after which a run that started without ever naming its process counts as dead."""


def harden() -> None:
    """Keep values out of whatever Dagster writes: errors of ours go as class and place, and nobody phones home."""
    os.umask(0o077)
    os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "1"
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    for who in ("SCHEDULE", "SENSOR"):  # they read the roster and the schedule hashes the inbox
        os.environ.setdefault(f"DAGSTER_{who}_GRPC_TIMEOUT_SECONDS", "900")
    redacted = logging.getLogger("dagster.redacted_errors")  # it would print what was just redacted
    redacted.propagate = False
    redacted.setLevel(logging.CRITICAL + 1)


def open_instance(settings: Settings) -> dg.DagsterInstance:
    write_dagster_yaml(settings)
    os.environ["DAGSTER_HOME"] = str(settings.dagster)
    return dg.DagsterInstance.get()


def write_dagster_yaml(settings: Settings) -> None:
    shipped = (files("assets") / "dagster.yaml").read_text()
    settings.dagster.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = settings.dagster / "dagster.yaml"
    if not target.exists() or target.read_text() != shipped:
        target.write_text(shipped)


def this_process() -> str:
    return f"{os.getpid()}:{psutil.Process().create_time():.2f}"


def end_dead_runs(instance: dg.DagsterInstance, but: str | None = None) -> list[str]:
    """End the runs whose process is gone and return their ids. Their work is picked up by the next night, which asks the lake."""
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(IN_PROGRESS_RUN_STATUSES))):
        run = record.dagster_run
        if run.run_id != but and not _is_alive(run.tags.get(PROCESS_TAG), record.start_time or record.create_timestamp.timestamp()):
            instance.report_run_failed(run, "The process of this run was killed; the next night picks its work up.")
            ended.append(run.run_id)
    return ended


def forget_runs(instance: dg.DagsterInstance, before: datetime, dry_run: bool = False) -> list[str]:
    """Delete the finished runs created before that moment, with their events and whatever files they left; return their ids."""
    old = instance.get_run_records(dg.RunsFilter(created_before=before))
    done = [it.dagster_run.run_id for it in old if it.dagster_run.is_finished]
    if not dry_run:
        for run_id in done:
            instance.delete_run(run_id)
            _remove_files(Path(instance.root_directory), run_id)
    return done


def _remove_files(home: Path, run_id: str) -> None:
    """Its event log is a file of its own, and so are logs and stored outputs where somebody configured them."""
    for left in sorted(home.rglob(f"{run_id}*")):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _is_alive(process: str | None, since: float) -> bool:
    if process is None:
        return time() - since < SILENCE
    pid, started = process.split(":")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == started
    except psutil.NoSuchProcess:
        return False
