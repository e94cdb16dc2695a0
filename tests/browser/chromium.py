"""A headless Chromium that is there already, and pages in it that remember every request they made."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Playwright, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",  # set-up runs as root in containers, where Chromium has no sandbox; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOPBACK = {"127.0.0.1", "localhost"}


@dataclass
class Visit:
    """One page. `outside`: addresses it asked for that are not on loopback."""

    page: Page
    requests: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("data:", "blob:")) and urlsplit(url).hostname not in LOOPBACK]


def find() -> str | None:
    """CHROMIUM, else one on the path, else Playwright's own; None where there is none."""
    with sync_playwright() as playwright:
        return _find(playwright)


@contextmanager
def visit(width: int = 1480, height: int = 920) -> Iterator[Visit]:
    """A page in a browser with an empty profile. Raises `FileNotFoundError` where there is no Chromium."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        chromium = _find(playwright)
        if chromium is None:
            raise FileNotFoundError("no Chromium")
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=list(FLAGS), viewport={"width": width, "height": height}, accept_downloads=True
        )
        try:
            seen = Visit(context.new_page())
            context.on("request", lambda request: seen.requests.append(request.url))
            seen.page.on("websocket", lambda socket: seen.requests.append(socket.url))
            yield seen
        finally:
            context.close()


def _find(playwright: Playwright) -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    own = playwright.chromium.executable_path
    return next((path for path in found if path), own if Path(own).exists() else None)
