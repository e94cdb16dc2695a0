"""`hallpass purge`: destroy what Hallpass itself may no longer hold (own_retention_days), and say what may go from the inbox."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from hallpass.errors import Refused

if TYPE_CHECKING:
    from hallpass.settings import Settings
    from lineage.lake import Lake
    from lineage.register import Register


@dataclass(frozen=True)
class Limits:
    """The first days that are kept; `runs_before` is a moment in the district's time zone."""

    findings_before: date
    runs_before: datetime


@click.command("purge")
@click.option("--inbox", is_flag=True, help="Only list the deliveries that the district may remove from its inbox; removes nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and destroy nothing.")
@click.option("--as-of", help="Count the days back from the end of this day (YYYY-MM-DD). Default: today in the district's time zone.")
@click.option("--district", help="The district folder. Default: $HALLPASS_DISTRICT, else the example district.")
@click.option("--home", help="Where lake and mart lie. Default: $HALLPASS_HOME, else var.")
def command(inbox: bool, dry_run: bool, as_of: str | None, district: str | None, home: str | None) -> None:
    """Destroy the detail per field, temporary copies and run history that are past their days, and record that it was done.

    Disclosures, flows, files, deliveries and verdicts stay. A delivery whose detail is gone stays known and is not scanned again.
    """
    from hallpass.home import night_lock, prepare
    from hallpass.settings import Settings
    from lineage.lake import Lake

    settings = Settings.read(home=home, district=district, as_of=as_of)
    if not settings.lake.exists():
        raise Refused(f"There is no lake at {settings.lake}.", "run `hallpass run` first")
    register = register_of(settings)
    prepare(settings)
    with night_lock(settings, lambda holder: click.echo(f"Waiting for a night ({holder}).", err=True)):
        limits, lake = limits_of(settings, register), Lake(settings.lake)
        if inbox:
            list_inbox(settings, lake, limits)
            return
        findings(settings, lake, limits, dry_run)
        copies(settings, dry_run)
        runs(settings, lake, limits, dry_run)


def register_of(settings: Settings) -> Register:
    from lineage.register import RegisterErrors, load_register

    try:
        return load_register(settings.district)
    except RegisterErrors as errors:
        raise Refused(
            f"The district folder has {len(errors.problems)} errors.", f"hallpass check --district '{settings.district}'"
        ) from None


def limits_of(settings: Settings, register: Register) -> Limits:
    """Counted back from the as-of day in the district's time zone: what lies on the last day that is kept is kept."""
    days = register.district.own_retention_days
    today = settings.day(register.district.time_zone)
    last = today - timedelta(days=days.run_history)
    return Limits(today - timedelta(days=days.findings), datetime.combine(last, time(), register.zone))


def findings(settings: Settings, lake: Lake, limits: Limits, dry_run: bool) -> None:
    from lineage.purge import due, purge_findings

    if dry_run:
        found = due(lake, limits.findings_before)
    else:
        found = purge_findings(lake, settings.mart, settings.stage, limits.findings_before)
    verb = "would be destroyed" if dry_run else "destroyed"
    click.echo(
        f"findings: {found.rows:,} rows of detail of {len(found.deliveries):,} deliveries received before {limits.findings_before} {verb}."
    )


def copies(settings: Settings, dry_run: bool) -> None:
    """The stage is made anew by every night, and holds what was just purged; the rest only a killed night leaves."""
    left = [
        path
        for folder in (settings.stage, settings.mart.parent)
        for path in folder.glob("*")
        if folder == settings.stage or path.suffix in (".new", ".link")
    ]
    left += [path for folder in (settings.lake, settings.mart.parent) for path in folder.glob("spill-*")]
    if not dry_run:
        for path in left:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    verb = "would be wiped" if dry_run else "wiped"
    click.echo(f"raw_copies: Hallpass keeps no copy of a delivered file; {len(left):,} temporary files and folders {verb}.")


def runs(settings: Settings, lake: Lake, limits: Limits, dry_run: bool) -> None:
    from assets.instance import forget_runs, harden, open_instance
    from lineage.purge import remember

    harden()
    with open_instance(settings) as instance:
        gone = forget_runs(instance, limits.runs_before, dry_run)
    if not dry_run:
        remember(lake, "run_history", limits.runs_before.date(), len(gone))
    verb = "would be deleted" if dry_run else "deleted"
    click.echo(
        f"run_history: {len(gone):,} finished runs from before {limits.runs_before.date()} {verb}; the lake and the mart still list them."
    )


def list_inbox(settings: Settings, lake: Lake, limits: Limits) -> None:
    from hallpass.commands.check import printable
    from hallpass.summary import newest
    from lineage.purge import removable

    found = [it for it in removable(lake, newest(settings.mart), limits.findings_before) if (settings.inbox / it.delivery_id).is_dir()]
    for it in found:
        click.echo(printable(f"{settings.inbox / it.delivery_id}\t{it.files:,} files\t{it.bytes:,} bytes"))
    click.echo(
        f"{len(found):,} deliveries from before {limits.findings_before} are scanned, and no verdict names them as evidence: they may go."
        " Nothing was removed; what Hallpass knows of them stays.",
        err=True,
    )
