"""Lineage, stage and audit: the facts as of the day, the mart to be, and the controls' verdicts on it. Nothing here is published."""

# No `from __future__ import annotations`: Dagster reads the annotations of assets as they stand.
from collections.abc import Callable, Sequence, Set
from importlib import import_module
from threading import Thread
from typing import Any

import dagster as dg

from assets.failure import step
from assets.night import Night
from assets.scan import OWNERS, RETRY, delivery_scan
from assets.tables import count_rows
from expectations.catalogue import controls
from lineage.contract import defects
from lineage.facts import write_facts
from lineage.mart import finish
from lineage.stage import build_stage, roll_up

Decorator = Callable[[Callable[..., Any]], dg.AssetsDefinition]


def _asset(group: str, *, deps: Sequence[dg.AssetsDefinition] = (), kinds: Set[str] = frozenset(), pool: str | None = None) -> Decorator:
    """What these three have in common."""
    return dg.asset(
        deps=deps,
        group_name=group,
        pool=pool,
        kinds={"duckdb", *kinds},
        owners=OWNERS,
        tags={"pii": "pseudonym"},
        retry_policy=RETRY,
    )


def _filled(rows: dict[str, int]) -> dict[str, int]:
    """Without the tables that a later asset fills."""
    return {table: count for table, count in rows.items() if table not in ("controls", "control_results")}


@_asset("lineage")
def facts(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
    """Register, roster and settings as of the day: people as pseudonyms, agreements, consents, holds, schedule.

    When it fails: run `hallpass check`; it names the file, the line and the mend. The last mart is still served.
    """
    with step(night, "reading register and roster"):
        night.fresh(night.facts)
        write_facts(night.facts, night.register, night.roster, night.as_of, night.run_id, night.keys.subject_key, night.shown)
    return dg.MaterializeResult(metadata=count_rows(night.facts))


@_asset("stage", deps=[facts, delivery_scan], pool="lake")
def stage(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
    """Who holds what about whom, since when, on what authority: every table of the mart to be but the verdicts.

    When it fails: the log names the error's class and the SQL file or line. Nothing was published; launch `judge` again once it is mended.
    """
    with step(night, "working out disclosures and flows"):
        # Great Expectations takes seconds to import, and DuckDB, which works meanwhile, does not hold Python's lock.
        Thread(target=import_module, args=("expectations.evaluate",), daemon=True).start()
        night.fresh(night.stage_mart)
        build_stage(night.lake, night.facts, night.stage_mart, night.run_row(), night.previous_mart, controls(), night.lake.runs())
    return dg.MaterializeResult(metadata=_filled(count_rows(night.stage_mart)))


@_asset("audit", deps=[stage], kinds={"greatexpectations"})
def verdicts(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
    """One verdict a control and party, read from what Great Expectations reports on the stage.

    A check that could not run is INCONCLUSIVE and fails nothing. When the asset itself fails, the stage could not be read: launch `judge`.
    """
    with step(night, "evaluating the controls"):
        from expectations.evaluate import evaluate  # only here: see `stage`

        results = evaluate(
            night.facts, night.stage_mart, lambda others: roll_up(night.facts, night.stage_mart, others, night.previous_mart)
        )
        zone = night.register.district.time_zone
        finish(night.stage_mart, controls(), results, night.run_row(finished=True), night.previous_mart, zone)
    return dg.MaterializeResult(metadata=count_rows(night.stage_mart, "control_results", "violations"))


@dg.asset_check(asset=verdicts, blocking=True, description="Names, keys, sums, leaks, completeness: what fails here is not published.")
def contract(night: dg.ResourceParam[Night]) -> dg.AssetCheckResult:
    with step(night, "checking the contract"):
        found = defects(night.stage_mart)
    night.defects = len(found)
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"defects": len(found), **({"first": found[0]} if found else {})},
    )
