"""The published mart and its tables, and each control's verdict shown beside it. A verdict is shown, it never blocks."""

# No `from __future__ import annotations`: Dagster reads the annotations of assets as they stand.
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import dagster as dg

from assets.failure import step
from assets.night import Night
from assets.night_summary import markdown
from assets.scan import OWNERS, RETRY
from assets.stage import verdicts
from assets.tables import column_lineage, count_rows, mart_tables, table_key, table_schema
from assets.witnesses import CONTROL, witnesses
from expectations.catalogue import Control, controls
from expectations.sentences import Summary, summaries
from expectations.verdicts import ControlResult
from hallpass.summary import open_mart, read_summary
from lineage.mart import publish

MART = dg.AssetKey(["compliance", "mart"])
MADE_ANEW = "A table of the published mart, made anew by each night; when it looks wrong, see the asset `stage`."


def _table_spec(table: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        table_key(table),
        deps=[MART],
        description=f"{mart_tables()[table].description} {MADE_ANEW}",
        metadata={"dagster/column_schema": table_schema(table), "dagster/column_lineage": column_lineage(table)},
        group_name="mart",
        kinds={"duckdb", "table"},
        owners=OWNERS,
        tags={"pii": "pseudonym" if any(it.name == "subject_key" for it in mart_tables()[table].columns) else "none"},
    )


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            MART,
            deps=[verdicts],
            description="`mart/compliance.duckdb`, replaced whole once the contract holds. Open it with any DuckDB client.",
            group_name="mart",
            kinds={"duckdb"},
            owners=OWNERS,
            tags={"pii": "pseudonym"},
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26)),
        ),
        *(_table_spec(table) for table in mart_tables()),
    ],
    retry_policy=RETRY,
)
def compliance(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult[None]]:
    """Publish: the audited stage becomes the mart in one rename, readers of the old one keep it."""
    with step(night, "publishing the mart"):
        entry = night.seal()
        publish(night.stage_mart, night.settings.mart, night.run_id)
        night.lake.remember_run(night.run_row(finished=True))
        night.published = True
        summary = dg.MetadataValue.md(markdown(read_summary(night.settings.mart)))
        rows = count_rows(night.settings.mart, *mart_tables())
    chain = {"chain_entries": dg.MetadataValue.int(entry.number), "chain_head": dg.MetadataValue.text(entry.head)}
    yield dg.MaterializeResult(asset_key=MART, metadata={"night": summary, "bytes": night.settings.mart.stat().st_size, **chain})
    for table in mart_tables():
        lineage = {"dagster/column_lineage": column_lineage(table)}
        yield dg.MaterializeResult(asset_key=table_key(table), metadata={"dagster/row_count": rows[table], **lineage})


def check_name(control_id: str) -> str:
    """Dagster allows no dots and dashes in a check's name."""
    return control_id.replace(".", "_").replace("-", "_")


def _grave(control: Control) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if control.severity in ("critical", "high") else dg.AssetCheckSeverity.WARN


def section_checks(section: str) -> dg.AssetChecksDefinition:
    """One check a control of this policy section (I to IV): a sentence, the failing parties, and what mends it.

    A party that fails shows red by the control's severity, one that could not be judged as a warning. Neither blocks anything.
    """
    mine = [control for control in controls() if control.section == section]
    specs = [
        dg.AssetCheckSpec(
            check_name(it.control_id), asset=table_key("control_results"), description=f"{it.control_id}: {it.title} {NEVER_BLOCKS}"
        )
        for it in mine
    ]

    @dg.multi_asset_check(name=f"verdicts_section_{section}", specs=specs)
    def verdicts_of_section(night: dg.ResourceParam[Night]) -> Iterable[dg.AssetCheckResult]:
        told = {summary.control_id: summary for summary in summaries(published_results(night.settings.mart))}
        for control in mine:
            if (summary := told.get(control.control_id)) is not None:
                found = witnesses(night.settings.mart, night.register.district.show_witnesses) if control.control_id == CONTROL else ""
                yield check_result(control, summary, {"findings": dg.MetadataValue.md(found)} if found else {})

    return verdicts_of_section


NEVER_BLOCKS = "A failing party is shown here and in the mart; it never blocks a night."


def check_result(control: Control, summary: Summary, more: Mapping[str, dg.MetadataValue] | None = None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check_name(control.control_id),
        asset_key=table_key("control_results"),
        passed=not summary.failed and not summary.inconclusive,
        severity=_grave(control) if summary.failed else dg.AssetCheckSeverity.WARN,
        description=summary.sentence,
        metadata={
            "clause": control.clause,
            "severity": summary.severity,
            "verdicts": f"{summary.failed} fail, {summary.passed} pass, {summary.inconclusive} inconclusive, {summary.not_applicable} n/a",
            "violations": summary.violations,
            "mend": control.mend,
            **(more or {}),
        },
    )


def published_results(mart: Path) -> list[ControlResult]:
    """The control results of a published mart."""
    names = [field.name for field in fields(ControlResult)]
    with open_mart(mart) as sql:
        rows = sql.execute(f"SELECT {', '.join(names)} FROM control_results ORDER BY control_id, party_id").fetchall()
    return [ControlResult(*row) for row in rows]


@dg.asset_check(
    asset=table_key("decisions"),
    description="Every line of decisions.csv settles a field: none has run out or matches nothing. It never blocks a night.",
)
def every_decision_applies(night: dg.ResourceParam[Night]) -> dg.AssetCheckResult:
    review = read_summary(night.settings.mart, worst=0).review
    counts = dict(review.decisions) if review else {}
    idle = sum(counts.values()) - counts.get("applied", 0)
    lines = ", ".join(str(it.line) for it in review.idle[:20]) if review else ""
    return dg.AssetCheckResult(
        passed=not idle,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{idle:,} of {sum(counts.values()):,} lines settle nothing: see the table decisions for why." if idle else None,
        metadata={**counts, **({"lines": lines} if idle else {}), "fields_for_review": review.undetermined if review else 0},
    )
