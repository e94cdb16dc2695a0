"""A browser for the tests of this folder: without a Chromium they skip and say so, and under CI=true they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser import chromium

NONE = "no Chromium: set CHROMIUM, install one (Debian: apt-get install chromium), or run `playwright install chromium`"


@pytest.fixture
def visit() -> Iterator[chromium.Visit]:
    if chromium.find() is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(NONE)
        pytest.skip(NONE)
    with chromium.visit() as page:
        yield page
