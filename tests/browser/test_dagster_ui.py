"""Dagster's UI as a data engineer sees it, in a real browser, after a night over Elm Creek: graph, run, check, no outside request."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from assets.launch import run_night
from assets.night import Progress
from hallpass.home import prepare
from hallpass.settings import Settings
from tests.browser.chromium import Visit
from tests.browser.servers import dagster_ui

pytestmark = pytest.mark.server


@pytest.fixture
def run_id(elm: Settings) -> str:
    """A finished night's. It comes before `visit`: Playwright keeps an event loop running in this thread, and the night starts its own."""
    prepare(elm)
    finished = run_night(elm, Progress())
    assert finished.problem is None
    return finished.run_id


def test_the_graph_a_finished_run_and_a_check_in_a_browser(run_id: str, elm: Settings, visit: Visit) -> None:
    page = visit.page
    page.set_default_timeout(60_000)
    with dagster_ui(elm.home, "--district", str(elm.district)) as url:
        page.goto(f"{url}/asset-groups")
        skip_the_newsletter(page)
        for group in ("intake", "scan", "lineage", "stage", "audit", "mart"):
            expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=60_000)

        page.goto(f"{url}/runs/{run_id}")
        expect(page.get_by_text("Success", exact=True).first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("delivery_scan", exact=True).first).to_be_visible(timeout=60_000)

        page.goto(f"{url}/assets/compliance/control_results?view=checks&checkDetail=I_A_active_agreement")
        expect(page.get_by_text("Student data reaches a party only while an agreement").first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("0 fail, 1 pass").first).to_be_visible(timeout=60_000)
    assert len(visit.requests) > 10
    assert visit.outside == []


def skip_the_newsletter(page: Page) -> None:
    """A new home asks once to join a community; nobody answers."""
    page.get_by_role("button", name="Skip").or_(page.get_by_text("intake", exact=True)).first.wait_for()
    page.wait_for_timeout(1000)
    if page.get_by_role("button", name="Skip").is_visible():
        page.get_by_role("button", name="Skip").click()
