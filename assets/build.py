"""The seam: everything Dagster is told, merged, with what a test or the command line puts in its place."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import yaml

from assets import mart, scan, stage
from assets.automation import JUDGE, NIGHTLY, inbox_sensor, nightly_schedule
from assets.night import Night
from assets.resources import NothingStored, night_resource
from hallpass.settings import Settings

ASSETS = [scan.inbox, scan.delivery_scan, stage.facts, stage.stage, stage.verdicts, mart.compliance]


def build_definitions(
    *,
    settings: Settings | None = None,
    night: Night | None = None,
    resources: dict[str, Any] | None = None,
) -> dg.Definitions:
    """Definitions over the district of `settings` (default: the environment's). `night` is one that the caller opened and
    holds the lock for; `resources` replace ours by name."""
    where = settings or Settings.read()
    judged = [key for it in ASSETS if it is not scan.delivery_scan for key in it.keys]
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=[stage.contract, mart.every_decision_applies, *(mart.section_checks(section) for section in ("I", "II", "III", "IV"))],
        jobs=[NIGHTLY, JUDGE],
        schedules=[nightly_schedule(where, time_zone(where), judged)],
        sensors=[inbox_sensor(where)],
        resources={"night": night_resource(where, night), "io_manager": NothingStored(), **(resources or {})},
        executor=dg.in_process_executor,
    )


def time_zone(settings: Settings) -> str:
    """The district's, for the schedule alone; a register that cannot be read is the run's to report, not the code server's."""
    try:
        written = yaml.safe_load((settings.district / "district.yaml").read_text(encoding="utf-8"))
        return ZoneInfo(written["time_zone"]).key
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return "UTC"
