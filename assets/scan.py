"""Intake and scan: what lies in the inbox, and one partition a delivery of what was found in it."""

# No `from __future__ import annotations`: Dagster reads the annotations of assets as they stand.
import warnings
from collections import Counter
from collections.abc import Iterator

import dagster as dg

from assets.failure import step
from assets.night import Night
from scanners.scan import SCANNER_VERSION

# Single-run backfills are called beta since 2023; the version is pinned, and people at the terminal need not hear of it.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)

DELIVERIES = dg.DynamicPartitionsDefinition(name="deliveries")
"""One key a delivery, `<party folder>/<date>`. A view of the lake, which alone says what is done."""

NIGHT_TAG = "hallpass/night"
"""On runs that ask for what is new. Without it somebody asked for these very deliveries: then they are scanned again."""

OWNERS = ["team:data"]
RETRY = dg.RetryPolicy(max_retries=1, delay=2, jitter=dg.Jitter.FULL)


@dg.asset(group_name="intake", kinds={"file"}, owners=OWNERS, tags={"pii": "none"}, retry_policy=RETRY)
def inbox(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
    """The district's inbox: deliveries that are complete by the as-of day, and what is left for another night."""
    with step(night, "reading the inbox"):
        found, not_yet = night.inbox
    parties = Counter(delivery.party_folder for delivery in found)
    return dg.MaterializeResult(
        metadata={
            "deliveries": len(found),
            "not_yet": len(not_yet),
            "parties": len(parties),
            "as_of": night.as_of.isoformat(),
        }
    )


@dg.asset(
    deps=[inbox],
    group_name="scan",
    partitions_def=DELIVERIES,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="lake",
    code_version=SCANNER_VERSION,
    kinds={"python", "parquet"},
    owners=OWNERS,
    tags={"pii": "pseudonym"},
    retry_policy=RETRY,
    check_specs=[dg.AssetCheckSpec("every_delivery_scanned", asset="delivery_scan", description="A delivery that failed is tried again.")],
)
def delivery_scan(context: dg.AssetExecutionContext, night: dg.ResourceParam[Night]) -> Iterator[dg.AssetCheckResult | dg.Output[None]]:
    """Fields, findings and sightings of each delivery, in the lake. Materialising a partition by hand scans that delivery again."""
    with step(night, "scanning"):
        outcomes = night.scan(context.partition_keys, forced=NIGHT_TAG not in context.run.tags)
    for outcome in outcomes:
        counts = {"happened": outcome.happened, "files": outcome.files, "bytes": outcome.bytes, "new_values": outcome.new_values}
        context.add_asset_metadata(
            {**counts, **({"error_class": outcome.error} if outcome.error else {})}, partition_key=outcome.delivery_id
        )
    happened = Counter(outcome.happened for outcome in outcomes)
    yield dg.Output(None)
    yield dg.AssetCheckResult(
        passed=not happened["failed"],
        severity=dg.AssetCheckSeverity.WARN,
        metadata={str(what): number for what, number in happened.items()},
    )
