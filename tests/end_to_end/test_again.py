"""Running again changes nothing and scans nothing; a lost lake is made anew; one new delivery is one scan."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.end_to_end.nights import Place, difference, mart_content, night

LONG_AGO = 1_600_000_000


def last_run(place: Place) -> tuple[int, int]:
    """(deliveries, files) that the newest run scanned."""
    return place.rows("SELECT deliveries, files FROM runs ORDER BY started_at DESC LIMIT 1")[0][:2]


def equal(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> dict[str, object]:
    """The tables that differ, and how."""
    return {t: difference(before.get(t, []), after.get(t, [])) for t in {*before, *after} if before.get(t) != after.get(t)}


def test_again_after_a_lost_lake_and_with_one_more_delivery(small: Place) -> None:
    night(small)
    first = mart_content(small.mart)
    runs = dict(small.rows("SELECT delivery_id, run_id FROM deliveries"))
    assert last_run(small)[0] > 10

    night(small)
    assert equal(first, mart_content(small.mart)) == {}
    assert last_run(small) == (0, 0)
    assert dict(small.rows("SELECT delivery_id, run_id FROM deliveries")) == runs, "a row keeps the run that first made it"

    shutil.rmtree(small.home / "lake")
    night(small)
    assert equal(first, mart_content(small.mart)) == {}
    assert last_run(small)[0] > 10

    _deliver(small, "storyloom/2026-11-20/export/more.csv")
    night(small)
    assert last_run(small) == (1, 1)
    assert ("storyloom/2026-11-20",) in small.rows("SELECT delivery_id FROM deliveries")


def _deliver(place: Place, name: str) -> Path:
    """Another delivery: the bytes of an old one on a new day."""
    source = next((place.district / "inbox" / "storyloom").rglob("readers.csv"))
    target = place.district / "inbox" / name
    target.parent.mkdir(parents=True)
    shutil.copy(source, target)
    os.utime(target, (LONG_AGO, LONG_AGO))
    return target
