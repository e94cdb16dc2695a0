"""Fixtures of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lineage.case import Case, small_district


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return small_district(tmp_path)
