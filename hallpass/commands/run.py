"""`hallpass run`: one night over the district, then the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from assets.launch import Finished
    from assets.night import Left
    from hallpass.settings import Settings
    from lineage.register import Problem


@click.command("run")
@click.option("--as-of", help="Judge as of the end of this day (YYYY-MM-DD). Default: today in the district's time zone.")
@click.option("--district", help="The district folder. Default: $HALLPASS_DISTRICT, else the example district.")
@click.option("--home", help="Where lake, mart and keys lie. Default: $HALLPASS_HOME, else var.")
@click.pass_context
def command(ctx: click.Context, as_of: str | None, district: str | None, home: str | None) -> None:
    """Scan what is new, judge everything as of the day, publish the mart and print the summary."""
    from hallpass.commands.check import print_problems
    from hallpass.commands.summary import print_summary
    from hallpass.home import prepare
    from hallpass.keys import open_keys
    from hallpass.progress import watched
    from hallpass.settings import Settings

    settings = Settings.read(home=home, district=district, as_of=as_of)
    prepare(settings)
    open_keys(settings.key_file)
    with watched() as progress:
        make_example(settings, progress.step)
        progress.step("reading the register")
        problems = register_problems(settings)
        if not problems:
            from assets.launch import run_night

            finished = run_night(settings, progress)
    if problems:
        print_problems(problems)
        ctx.exit(2)
    print_finished(finished)
    if finished.problem:
        raise click.ClickException(finished.problem)
    print_summary(settings)
    print_anchor(settings)


def print_anchor(settings: Settings) -> None:
    """The one line of a night that belongs somewhere else: without it, nobody can see that the end of the chain was cut off."""
    from lineage.chain import last

    if entry := last(settings.chain):
        click.echo(
            f"\nRecord of disclosures: entry {entry.number:,}, head {entry.head}. Keep this line elsewhere; `hallpass verify` takes it."
        )


def make_example(settings: Settings, tell: Callable[[str], None] = lambda sentence: None) -> None:
    from hallpass import example
    from hallpass.home import night_lock

    if settings.is_example and not example.is_current(settings):
        with night_lock(settings):
            tell("writing the example district")
            example.make(settings)


def register_problems(settings: Settings) -> list[Problem]:
    """What keeps the night from starting: errors only, warnings are `hallpass check`'s."""
    from lineage.register import problems

    return [problem for problem in problems(settings.district) if problem.severity == "error"]


def print_finished(finished: Finished) -> None:
    happened = Counter(outcome.happened for outcome in finished.outcomes)
    if finished.picked_up:
        click.echo(f"{finished.picked_up} run(s) of a killed process were ended and their work picked up.")
    known = finished.in_inbox - happened["scanned"] - happened["failed"]
    counts = f"{happened['scanned']:,} scanned, {known:,} known already, {happened['failed']:,} failed"
    click.echo(f"{finished.in_inbox:,} deliveries in the inbox: {counts}.")
    for outcome in finished.outcomes:
        if outcome.happened == "failed":
            click.echo(f"  {outcome.delivery_id}: not scanned ({outcome.error}); it is tried again the next night.")
    print_left(finished.left)


def print_left(left: Sequence[Left]) -> None:
    """What lies in the inbox and is no delivery of this night. Names of files are not shown: they can be a person's."""
    if later := sum(it.state == "later" for it in left):
        click.echo(f"  {later:,} dated after the as-of day: left alone.")
    for it in left:
        if it.state == "being_written":
            click.echo(f"  left for another night: {it.place}: {it.reason}")
        elif it.state == "problem":
            click.echo(f"  no delivery, in inbox/{it.place}: {it.reason}")
