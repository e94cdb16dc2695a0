"""Takes the README's pictures of the example district anew: `make screenshots`."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import duckdb
from PIL import Image
from playwright.sync_api import Page

from hallpass.settings import Settings
from tests.browser.chromium import visit
from tests.browser.servers import dagster_ui, dashboard

IMAGES = Path(__file__).parents[2] / "dashboards" / "images"
WIDTH = 1480
MOST_FAILING = """SELECT clause, party_id FROM control_results WHERE verdict = 'FAIL' AND clause LIKE 'II.%'
    ORDER BY violations DESC, clause, party_id LIMIT 1"""


def main() -> None:
    settings = Settings.read()
    subprocess.run([sys.executable, "-m", "hallpass.cli", "run"], check=True)
    IMAGES.mkdir(exist_ok=True)
    with visit(WIDTH, 900) as seen:
        with dashboard(settings.home) as url:
            take_dashboard(seen.page, url, settings.mart)
        with dagster_ui(settings.home) as url:
            take_dagster(seen.page, url)


def take_dashboard(page: Page, url: str, mart: Path) -> None:
    with duckdb.connect(str(mart), read_only=True) as con:
        clause, party = con.execute(MOST_FAILING).fetchall()[0]
    for name, address, height, shows in (
        ("matrix", "", 1320, "table.matrix"),
        ("violations", f"?{urlencode({'clause': clause, 'party': party})}", 900, "table.violations"),
        ("flows", "flows", 1000, "svg.flows"),
        ("party", f"parties?{urlencode({'party': party})}", 900, "table.elements"),
        ("files", "files", 700, "table.deliveries"),
        ("aggregates", "aggregates", 1100, "table.files"),
        ("review", "review", 1000, "table.review"),
    ):
        page.set_viewport_size({"width": WIDTH, "height": height})
        page.goto(f"{url}/{address}")
        page.locator(shows).first.wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        save(page.screenshot(), name)


def take_dagster(page: Page, url: str) -> None:
    """The graph with every room but the mart's tables opened, a failing check, the night's summary, and its run."""
    page.goto(f"{url}/asset-groups")
    page.wait_for_timeout(6000)
    if page.get_by_role("button", name="Skip").is_visible():  # a new home asks once to join a community
        page.get_by_role("button", name="Skip").click()
    opened = ",".join(f"global@global:{group}" for group in ("intake", "scan", "lineage", "stage"))
    for name, address, height in (
        ("dagster-graph", f"asset-groups?{urlencode({'expanded': opened})}", 560),
        ("dagster-check", "assets/compliance/control_results?view=checks&checkDetail=II_B_authorized_elements", 760),
        ("dagster-mart", "assets/compliance/mart", 1100),
        ("dagster-run", "runs", 900),
    ):
        page.set_viewport_size({"width": WIDTH, "height": height})
        page.goto(f"{url}/{address}")
        page.wait_for_timeout(5000)
        PREPARE.get(name, lambda page: None)(page)
        save(page.screenshot(), name)


def open_last_run(page: Page) -> None:
    page.locator("a[href^='/runs/']").first.click()
    page.wait_for_timeout(5000)


def show_the_night(page: Page) -> None:
    page.get_by_text("[Show Markdown]").first.click()
    page.wait_for_timeout(1500)


PREPARE: dict[str, Callable[[Page], None]] = {"dagster-run": open_last_run, "dagster-mart": show_the_night}


def save(png: bytes, name: str) -> None:
    """As a picture of 256 colours: small enough for a repository."""
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
