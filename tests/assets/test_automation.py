"""When it runs: what is new makes one run over one contiguous tail; nothing new makes none, or a night of the mart alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import dagster as dg
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from assets.automation import add_partitions, inbox_sensor, night_request, range_tags
from assets.build import build_definitions
from assets.instance import open_instance
from assets.night import Night
from assets.scan import DELIVERIES, NIGHT_TAG
from hallpass.home import prepare
from hallpass.settings import Settings

FIRST, SECOND = "quietquill/2026-03-02", "quietquill/2026-03-09"


@pytest.fixture
def instance(elm: Settings) -> Iterator[dg.DagsterInstance]:
    prepare(elm)
    with open_instance(elm) as instance:
        yield instance


def watch(instance: dg.DagsterInstance, elm: Settings) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(instance=instance) as context:
        found = inbox_sensor(elm)(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_the_sensor_asks_for_one_run_over_all_new_deliveries(instance: dg.DagsterInstance, elm: Settings) -> None:
    found = watch(instance, elm)
    assert isinstance(found, dg.SensorResult)
    (asked,) = found.run_requests or ()
    assert asked.tags[ASSET_PARTITION_RANGE_START_TAG] == FIRST
    assert asked.tags[ASSET_PARTITION_RANGE_END_TAG] == SECOND
    assert NIGHT_TAG in asked.tags
    (partitions,) = found.dynamic_partitions_requests or ()
    assert partitions.partition_keys == [FIRST, SECOND]


def test_the_sensor_is_silent_about_what_it_knows(instance: dg.DagsterInstance, elm: Settings, deliver: Callable[..., None]) -> None:
    add_partitions(instance, [FIRST, SECOND])
    assert isinstance(watch(instance, elm), dg.SkipReason)
    deliver("quietquill/2026-03-10", {"export/more.csv": "student_id\n804471\n"})
    found = watch(instance, elm)
    assert isinstance(found, dg.SensorResult)
    assert [asked.tags[ASSET_PARTITION_RANGE_START_TAG] for asked in found.run_requests or ()] == ["quietquill/2026-03-10"]


def test_a_delivery_of_a_later_day_waits(instance: dg.DagsterInstance, elm: Settings, deliver: Callable[..., None]) -> None:
    add_partitions(instance, [FIRST, SECOND])
    deliver("quietquill/2026-04-01", {"export/more.csv": "student_id\n804471\n"})
    found = watch(instance, elm)
    assert isinstance(found, dg.SkipReason)
    assert "1 not complete yet" in str(found.skip_message)


def test_a_night_covers_all_that_the_lake_does_not_hold(instance: dg.DagsterInstance, elm: Settings) -> None:
    job, tags = night_request(instance, Night.of(elm, "test"))
    assert job == "nightly"
    assert (tags[ASSET_PARTITION_RANGE_START_TAG], tags[ASSET_PARTITION_RANGE_END_TAG]) == (FIRST, SECOND)
    assert list(instance.get_dynamic_partitions(DELIVERIES.name or "")) == [FIRST, SECOND]


def test_partitions_are_added_once_and_at_the_end(instance: dg.DagsterInstance) -> None:
    assert add_partitions(instance, ["b", "a"]) == ["b", "a"]
    assert add_partitions(instance, ["a", "c", "b"]) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [(["c"], "c", "c"), (["c", "b"], "b", "c"), (["a", "d"], "a", "d"), (["a", "b", "c", "d"], "a", "d")],
)
def test_the_range_goes_from_the_first_to_the_last_wanted(wanted: Sequence[str], first: str, last: str) -> None:
    tags = range_tags(["a", "b", "c", "d"], wanted)
    assert (tags[ASSET_PARTITION_RANGE_START_TAG], tags[ASSET_PARTITION_RANGE_END_TAG]) == (first, last)


def ask_the_schedule(instance: dg.DagsterInstance, elm: Settings) -> dg.RunRequest:
    definitions = build_definitions(settings=elm)
    schedule = definitions.resolve_schedule_def("every_night")
    with dg.build_schedule_context(instance=instance, repository_def=definitions.get_repository_def()) as context:
        (asked,) = schedule.evaluate_tick(context).run_requests or ()
    return asked


def test_the_schedule_asks_for_what_is_new(instance: dg.DagsterInstance, elm: Settings) -> None:
    asked = ask_the_schedule(instance, elm)
    assert asked.tags[ASSET_PARTITION_RANGE_END_TAG] == SECOND
    assert asked.asset_selection is None


def test_a_night_with_nothing_new_is_the_marts_alone(instance: dg.DagsterInstance, elm: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.automation.deliveries_to_scan", lambda night: [])
    asked = ask_the_schedule(instance, elm)
    assert ASSET_PARTITION_RANGE_START_TAG not in asked.tags
    assert asked.asset_selection is not None
    assert dg.AssetKey("delivery_scan") not in asked.asset_selection
    assert dg.AssetKey(["compliance", "mart"]) in asked.asset_selection
    result = (
        build_definitions(settings=elm)
        .resolve_job_def("nightly")
        .execute_in_process(instance=instance, tags=asked.tags, asset_selection=list(asked.asset_selection), raise_on_error=False)
    )
    assert result.success
