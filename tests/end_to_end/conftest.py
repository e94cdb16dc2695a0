"""Nights that several tests read are run once a session."""

from __future__ import annotations

import pytest

from tests.end_to_end.nights import Place, make, night


@pytest.fixture(scope="session", params=[(7400, 1200), (11, 150)], ids=["default", "small"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A published night of the example district, for two seeds and sizes. Read only."""
    seed, students = request.param
    place = make(tmp_path_factory.mktemp(f"night-{seed}"), seed, students)
    night(place)
    return place


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A small example district whose nights a test may run and spoil."""
    return make(tmp_path_factory.mktemp("small"), 23, 80)
