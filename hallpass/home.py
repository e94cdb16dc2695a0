"""HALLPASS_HOME: the folder itself, whose it is, and the one lock under which a night works.

What lies in it is named in `settings.py`; what is written there is each room's own business.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hallpass.errors import Refused
from hallpass.settings import Settings


def prepare(settings: Settings) -> None:
    """Make the home, for its owner alone. A folder that held other things before keeps its mode; ours inside are private."""
    os.umask(0o077)
    home = settings.home
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(home.iterdir()):
            home.chmod(0o700)
        for folder in (settings.dagster, settings.stage):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Refused(f"HALLPASS_HOME {home} cannot be used ({type(error).__name__}).", "name a folder that you may write") from None


@contextmanager
def night_lock(settings: Settings, waiting: Callable[[str], None] = lambda holder: None) -> Iterator[None]:
    """Hold the lock of this home; `waiting` is told who has it when somebody does. The kernel frees it when a process dies."""
    descriptor = os.open(settings.night_lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(settings.night_lock.read_text().strip() or "another process")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def claim(settings: Settings, district_name: str, as_of: str) -> None:
    """One home, one district. Call it under the lock, before the lake is opened.

    The lake keeps every delivery it has seen, so two districts in one lake would be one mart. What the example left makes room
    for a real district, or for the example of another day; a real district's lake is never touched.
    """
    marker = settings.home / "home.json"
    now = {"district": district_name, "example_of": as_of if settings.is_example else None}
    then = json.loads(marker.read_text()) if marker.exists() else now
    if then == now:
        _write(marker, now)
        return
    if then["example_of"] is None and (settings.is_example or then["district"] != district_name):
        raise Refused(
            f"{settings.home} holds the records of another district ({then['district']}).",
            "set HALLPASS_HOME to a folder of its own for each district",
        )
    if then["example_of"] is not None:
        for folder in (settings.lake, settings.stage, settings.mart.parent, settings.report):
            shutil.rmtree(folder, ignore_errors=True)
        settings.chain.unlink(missing_ok=True)
        settings.stage.mkdir(mode=0o700)
    _write(marker, now)


def _write(path: Path, content: object) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    fresh.replace(path)
