"""What the disclosure audit found, in Markdown for the check of `II.B.aggregate-only` in Dagster's UI.

A witness reveals small counts, and so do the bounds of a cell: without the district's `show_witnesses` neither is shown here.
"""

from __future__ import annotations

from pathlib import Path

from assets.night_summary import plain
from dashboards.words import AUDITS
from hallpass.summary import open_mart

MOST = 20
"""Findings that are listed; the mart has all."""
CONTROL = "II.B.aggregate-only"
WITHHELD = (
    "The equations, and the numbers they give, are withheld: they reveal small counts. To see them here and in the table"
    " `aggregate_audits`, set `show_witnesses: true` in district.yaml and run a night; or run `hallpass audit` on the files."
)


def witnesses(mart: Path, shown: bool) -> str:
    """The first findings of a published mart, those that can be computed before those that are merely small; empty: there are none."""
    with open_mart(mart) as sql:
        rows = sql.execute(
            "SELECT a.verdict, a.check_id, d.party_id, f.path, a.table_name, a.cell, a.value_low, a.value_high, a.witness"
            " FROM aggregate_audits a JOIN files f USING (file_id) JOIN deliveries d USING (delivery_id)"
            " ORDER BY a.verdict, list_position($checks, a.check_id), d.party_id, f.path, d.delivery_id, a.table_name, a.cell, a.witness"
            f" LIMIT {MOST}",
            {"checks": list(AUDITS)},
        ).fetchall()
        (count,) = sql.execute("SELECT count(*) FROM aggregate_audits").fetchall()[0]
    if not rows:
        return ""
    head = ("Party", "File", "Table", "Cell", "What was found", *(("Between", "How it is known") if shown else ()))
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for verdict, check, party, path, table, cell, low, high, witness in rows:
        said = AUDITS[check][0] if verdict == "FAIL" else f"not finished: whether {AUDITS[check][0]}"
        known = (_between(low, high), witness or "") if shown else ()
        lines.append("| " + " | ".join(plain(text) for text in (party, path, table, cell or "the whole table", said, *known)) + " |")
    more = [f"The first {MOST} of {count:,} findings."] if count > MOST else []
    return "\n\n".join(["\n".join(lines), *more, *([] if shown else [WITHHELD])])


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f"{low:,g}" if low == high else f"{low:,g} to {high:,g}"
