"""The dashboard as people see it, in a real browser: figures equal SQL, a drill-down, a download, and nothing asked of anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Visit
from tests.browser.servers import dashboard
from tests.dashboards.small_mart import publish, sql

pytestmark = pytest.mark.server

CALL_OUTSIDE = """new Promise(done => {
    addEventListener('securitypolicyviolation', refused => done(refused.blockedURI));
    fetch('http://192.0.2.1/').catch(() => null);
})"""
"""What the page's policy refused when a script tried to call another host."""


def test_the_dashboard_in_a_browser(visit: Visit, home: Path) -> None:
    mart = publish(home / "mart")
    page = visit.page
    with dashboard(home) as url:
        page.goto(url)
        expect(page.locator("a.cell").first).to_be_visible(timeout=60_000)
        shown = page.locator("a.cell").evaluate_all("cells => cells.map(it => [it.dataset.pick, it.className.split(' ')[1], it.innerText])")
        wanted = sql(mart, "SELECT clause, party_id, verdict FROM clause_status")
        cells = {f"?clause={clause}&party={party}": verdict for clause, party, verdict in wanted}
        assert {pick: verdict for pick, verdict, _ in shown} == cells
        words = {"FAIL": "FAIL", "INCONCLUSIVE": "unclear", "PASS": "pass", "NOT_APPLICABLE": "n/a"}
        assert all(text.startswith(words[verdict]) for _, verdict, text in shown)

        page.locator('a.cell[data-pick="?clause=II.B&party=loudlark"]').click()
        expect(page.locator("table.violations tbody tr")).to_have_count(2, timeout=20_000)
        assert page.url.endswith("?clause=II.B&party=loudlark")
        counts = page.locator("table.violations tbody tr td:nth-child(3)").all_inner_texts()
        assert sum(map(int, counts)) == sql(mart, "FROM violations SELECT count(*) WHERE control_id LIKE 'II.B%'")[0][0]
        assert "<img src=x onerror=alert(1)>.csv" in page.locator("table.violations").inner_text()
        with page.expect_download() as download:
            page.get_by_text("Download all 3 violations (CSV)").click()
        assert "'=cmd|" in Path(download.value.path()).read_text(encoding="utf-8-sig")

        page.locator("table.violations a").first.click()  # to the evidence's own page, and back
        expect(page.get_by_text("Two rows have too many cells.").or_(page.get_by_text("export/<img").first).first).to_be_visible(
            timeout=20_000
        )
        page.go_back()
        expect(page.locator("table.violations tbody tr")).to_have_count(2, timeout=20_000)

        page.get_by_role("link", name="Flows", exact=True).click()
        expect(page.locator("svg.flows a.flow")).to_have_count(4, timeout=20_000)
        red = page.locator("svg.flows a.open").evaluate_all("flows => flows.map(it => it.dataset.pick)")
        open_pairs = sql(mart, "SELECT DISTINCT from_party_id, to_party_id FROM flows WHERE NOT authorized")
        assert {pick.replace("%3A", ":") for pick in red} == {f"flows?from={sender}&to={receiver}" for sender, receiver in open_pairs}
        page.locator('svg.flows a[data-pick="flows?from=district&to=loudlark"] text').click()
        expect(page.locator("table.elements tbody tr")).to_have_count(2, timeout=20_000)

        page.goto(f"{url}/parties?party=loudlark")
        expect(page.get_by_text("listed, not seen")).to_be_visible(timeout=20_000)
        page.goto(f"{url}/files")
        expect(page.get_by_text("The archive's entries overlap.")).to_be_visible(timeout=20_000)
        assert len(visit.requests) > 10
        assert visit.outside == []
        assert page.evaluate(CALL_OUTSIDE) == "http://192.0.2.1/"
