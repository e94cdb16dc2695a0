"""The published mart and its tables, and each control's verdict shown beside it. A verdict is shown, it never blocks."""

# No `from __future__ import annotations`: Dagster reads the annotations of assets as they stand.
from collections.abc import Iterable, Iterator
from datetime import timedelta

import dagster as dg

from assets.failure import step
from assets.night import Night
from assets.night_summary import markdown
from assets.scan import OWNERS, RETRY
from assets.stage import verdicts
from assets.tables import column_lineage, count_rows, mart_columns, table_key, table_schema
from expectations.catalogue import Control, controls
from hallpass.summary import parties_by_verdict, read_summary
from lineage.mart import publish

MART = dg.AssetKey(["compliance", "mart"])


def _table_spec(table: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        table_key(table),
        deps=[MART],
        description=f"Table `{table}` of the published mart.",
        metadata={"dagster/column_schema": table_schema(table), "dagster/column_lineage": column_lineage(table)},
        group_name="mart",
        kinds={"duckdb", "table"},
        owners=OWNERS,
        tags={"pii": "pseudonym" if any(column == "subject_key" for column, _ in mart_columns()[table]) else "none"},
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
        *(_table_spec(table) for table in mart_columns()),
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
        rows = count_rows(night.settings.mart, *mart_columns())
    chain = {"chain_entries": dg.MetadataValue.int(entry.number), "chain_head": dg.MetadataValue.text(entry.head)}
    yield dg.MaterializeResult(asset_key=MART, metadata={"night": summary, "bytes": night.settings.mart.stat().st_size, **chain})
    for table in mart_columns():
        lineage = {"dagster/column_lineage": column_lineage(table)}
        yield dg.MaterializeResult(asset_key=table_key(table), metadata={"dagster/row_count": rows[table], **lineage})


def check_name(control_id: str) -> str:
    """Dagster allows no dots and dashes in a check's name."""
    return control_id.replace(".", "_").replace("-", "_")


def _grave(control: Control) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if control.severity in ("critical", "high") else dg.AssetCheckSeverity.WARN


def section_checks(section: str) -> dg.AssetChecksDefinition:
    """One check a control of this policy section (I to IV): passed when no party fails it, with counts of parties by verdict."""
    mine = [control for control in controls() if control.section == section]
    specs = [dg.AssetCheckSpec(check_name(it.control_id), asset=table_key("control_results"), description=it.title) for it in mine]

    @dg.multi_asset_check(name=f"verdicts_section_{section}", specs=specs)
    def verdicts_of_section(night: dg.ResourceParam[Night]) -> Iterable[dg.AssetCheckResult]:
        counted = parties_by_verdict(night.settings.mart)
        for control in mine:
            counts = counted.get(control.control_id, {})
            yield dg.AssetCheckResult(
                check_name=check_name(control.control_id),
                asset_key=table_key("control_results"),
                passed=not counts.get("FAIL"),
                severity=_grave(control),
                description=sentence(counts),
                metadata={"clause": control.clause, "severity": control.severity, **counts},
            )

    return verdicts_of_section


def sentence(counts: dict[str, int]) -> str:
    """`2 parties fail, 3 pass, 1 inconclusive, 0 not applicable.`"""
    fail = counts.get("FAIL", 0)
    rest = f"{counts.get('PASS', 0)} pass, {counts.get('INCONCLUSIVE', 0)} inconclusive, {counts.get('NOT_APPLICABLE', 0)} not applicable"
    return f"{fail} {'party fails' if fail == 1 else 'parties fail'}, {rest}."
