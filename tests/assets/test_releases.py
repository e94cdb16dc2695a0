"""Scans of publications that follow each other: what is compared with what, and when that has to be done again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assets.night import Night, context_token, deliveries_to_scan
from hallpass.home import prepare
from hallpass.settings import Settings
from lineage.lake import Lake
from scanners import published as published_module
from scanners.aggregate import Audited, AuditFinding, AuditSettings, Published

Deliver = Callable[..., None]

CLIMATE = "School,Grade,Students\nElm,3,{}\nElm,4,52\nCreek,3,61\nCreek,4,38\n"
DAYS = ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24")


def publish(deliver: Deliver, day: str, students: int = 44, party: str = "quietquill", folder: str = "aggregate") -> str:
    delivery = f"{party}/{day}"
    deliver(delivery, {f"{folder}/climate.csv": CLIMATE.format(students)})
    return delivery


def scanned(settings: Settings) -> set[str]:
    """The deliveries that a night scans."""
    prepare(settings)
    night = Night.of(settings, "night")
    outcomes = night.scan(deliveries_to_scan(night), forced=False)
    assert {it.happened for it in outcomes} <= {"scanned"}
    return {it.delivery_id for it in outcomes}


def audits(settings: Settings) -> dict[str, list[tuple[str, str]]]:
    """By delivery (verdict, witness) of what the lake holds."""
    found: dict[str, list[tuple[str, str]]] = {}
    with Lake(settings.lake).open() as con:
        for delivery_id, *row in con.execute(
            "SELECT delivery_id, verdict, witness FROM lake.aggregate_audits WHERE known_to IS NULL ORDER BY ALL"
        ).fetchall():
            found.setdefault(delivery_id, []).append(tuple(row))
    return found


@pytest.fixture(autouse=True)
def compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the audit: each table has a finding that names all that it was audited with."""

    def audit_tables(published: Sequence[Published], settings: AuditSettings) -> list[Audited]:
        together = " + ".join(it.place for it in published)
        return [Audited([AuditFinding("differencing", ("x",), 1.0, 1.0, f"{it.release}: {together}")]) for it in published]

    monkeypatch.setattr(published_module, "audit_tables", audit_tables)


def test_a_release_is_looked_at_again_when_an_earlier_one_of_its_party_comes_or_changes(elm: Settings, deliver: Deliver) -> None:
    first, third = publish(deliver, DAYS[0]), publish(deliver, DAYS[2])
    assert {first, third} <= scanned(elm)
    assert scanned(elm) == set()
    late = publish(deliver, DAYS[1])
    assert scanned(elm) == {late, third}
    assert audits(elm)[third] == [("FAIL", f"{DAYS[2]}: {DAYS[0]} climate.csv + {DAYS[1]} climate.csv + climate.csv")]
    publish(deliver, DAYS[1], students=45)
    other, newest = publish(deliver, DAYS[0], party="otherparty"), publish(deliver, DAYS[3])
    assert scanned(elm) == {late, third, other, newest}
    assert audits(elm)[other] == [("FAIL", f"{DAYS[0]}: climate.csv")]
    held_by_the_district = publish(deliver, DAYS[2], party="district", folder="aggregate/quietquill")
    assert scanned(elm) == {held_by_the_district, third, newest}
    assert scanned(elm) == set()


def test_a_folder_that_goes_takes_no_finding_with_it(elm: Settings, elm_creek: Path, deliver: Deliver) -> None:
    first, second, third = (publish(deliver, day) for day in DAYS[:3])
    scanned(elm)
    found = audits(elm)
    folder, kept = elm_creek / "inbox" / first, elm_creek / "kept"
    shutil.move(folder, kept)
    assert scanned(elm) == set()
    assert audits(elm) == found

    publish(deliver, DAYS[1], 48)  # has to be scanned: what it could be compared with is gone, and that is said
    assert scanned(elm) == {second, third}
    gone = ("INCONCLUSIVE", f"the release of {DAYS[0]} is no longer in the inbox, and was not compared")
    assert audits(elm)[second] == [("FAIL", f"{DAYS[1]}: climate.csv"), gone]
    assert gone in audits(elm)[third]
    shutil.move(elm_creek / "inbox" / second, elm_creek / "kept too")
    assert scanned(elm) == set()

    shutil.move(kept, folder)
    shutil.move(elm_creek / "kept too", elm_creek / "inbox" / second)
    assert scanned(elm) == {second, third}
    assert audits(elm)[third] == found[third]


@pytest.mark.parametrize("setting", ["minimum_cell_size: 5", "minimum_interval_width: 7"])
def test_another_threshold_audits_again(elm: Settings, elm_creek: Path, setting: str) -> None:
    def token() -> str:
        night = Night.of(elm, "night")
        return context_token(night.keys, night.register, night.roster, "quietquill", night.as_of)

    prepare(elm)
    before = token()
    assert token() == before
    with (elm_creek / "district.yaml").open("a") as district:
        district.write(f"{setting}\n")
    assert token() != before
