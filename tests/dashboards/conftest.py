from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboards.small_mart import publish


@pytest.fixture(scope="session")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small mart, published. Read only."""
    return publish(tmp_path_factory.mktemp("mart"))
