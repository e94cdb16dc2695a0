"""When it runs: the two jobs, the nightly schedule in the district's time zone, and the sensor on the inbox.

Both ask the same question and give the same answer: one run over the contiguous tail of new deliveries, or, when there is
none, a run of the mart's assets alone, because the day has moved and evidence ages.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from assets.night import Night, deliveries_to_scan, new_deliveries
from assets.scan import DELIVERIES, NIGHT_TAG, delivery_scan
from hallpass.settings import Settings

EVERYTHING = dg.AssetSelection.all()
NIGHTLY = dg.define_asset_job(
    "nightly", EVERYTHING, description="Scan deliveries, then judge and publish. Launched by hand for a delivery, it scans it again."
)
JUDGE = dg.define_asset_job(
    "judge",
    EVERYTHING - dg.AssetSelection.assets(delivery_scan),
    description="Facts, verdicts and mart from what the lake holds: a night with nothing new.",
)


def range_tags(keys: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Tags of one run over the partitions from the first to the last wanted one. `keys` are all, in insertion order;
    finished ones in between are skipped within the run."""
    positions = sorted(keys.index(key) for key in wanted)
    return {
        ASSET_PARTITION_RANGE_START_TAG: keys[positions[0]],
        ASSET_PARTITION_RANGE_END_TAG: keys[positions[-1]],
        NIGHT_TAG: "true",
    }


def add_partitions(instance: dg.DagsterInstance, delivery_ids: Sequence[str]) -> list[str]:
    """Make partitions of deliveries that have none, at the end; return all keys in their order."""
    keys = list(instance.get_dynamic_partitions(DELIVERIES.name or ""))
    fresh = [delivery_id for delivery_id in delivery_ids if delivery_id not in set(keys)]
    if fresh:
        instance.add_dynamic_partitions(DELIVERIES.name or "", fresh)
    return keys + fresh


def night_request(instance: dg.DagsterInstance, night: Night) -> tuple[str, dict[str, str]]:
    """The job to run tonight and its tags. Reads and hashes the inbox: for the command line and the schedule."""
    keys = add_partitions(instance, [delivery.delivery_id for delivery in night.inbox[0]])
    wanted = deliveries_to_scan(night)
    return ("nightly", range_tags(keys, wanted)) if wanted else ("judge", {NIGHT_TAG: "true"})


def nightly_schedule(settings: Settings, time_zone: str, judged: Sequence[dg.AssetKey]) -> dg.ScheduleDefinition:
    """`judged`: the assets of a night with nothing new."""

    @dg.schedule(
        cron_schedule="30 1 * * *",
        job=NIGHTLY,
        name="every_night",
        execution_timezone=time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="At half past one in the district's time zone. Tries again what failed the night before.",
    )
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        job, tags = night_request(context.instance, Night.of(settings, "schedule"))
        return dg.RunRequest(tags=tags, asset_selection=None if job == "nightly" else judged)

    return every_night


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        job=NIGHTLY,
        name="inbox_sensor",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Notices a new delivery within a minute, where a district does not want to wait for the night.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        night = Night.of(settings, "sensor")
        keys = list(context.instance.get_dynamic_partitions(DELIVERIES.name or ""))
        fresh = new_deliveries(night.inbox[0], {*keys, *night.lake.known()})
        if not fresh:
            return dg.SkipReason(f"Nothing new; {len(night.inbox[1])} not complete yet.")
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=f"{fresh[0]}..{fresh[-1]}", tags=range_tags(keys + fresh, fresh))],
            dynamic_partitions_requests=[DELIVERIES.build_add_request(fresh)],
        )

    return watch
