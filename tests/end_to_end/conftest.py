"""Nights that several tests read are run once a test run, whichever worker comes first."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.end_to_end.nights import Place, make, night

SIZES = {"default": (7400, 1200), "small": (11, 150), "tiny": (2, 60), "middle": (99, 400)}


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all workers of this run have in common."""
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session", params=list(SIZES))
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A published night of the example district, for several seeds and sizes. Read only."""
    seed, students = SIZES[request.param]
    folder = shared_folder(tmp_path_factory) / f"night-{seed}-{students}"
    place = Place(folder / "district", folder / "home", folder / "truth.json")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "published").exists():
            night(make(folder, seed, students))
            (folder / "published").touch()
    return place


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A small example district whose nights a test may run and spoil."""
    return make(tmp_path_factory.mktemp("small"), 23, 80)
