"""`hallpass example`: write the example district."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click


@click.command("example")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, help="Another seed, other people.")
@click.option("--students", type=click.IntRange(60, 10_000), help="How many students the roster has. Default: 1,200.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day everything leads up to. Default: $HALLPASS_AS_OF, else today.")
def command(folder: Path, seed: int | None, students: int | None, as_of: datetime | None) -> None:
    """Write the example district, all of it made up, as FOLDER; the truth about it goes beside FOLDER."""
    from examples.prairie_ridge import SEED, STUDENTS
    from hallpass.example import ZONE, write
    from hallpass.settings import Settings

    day = as_of.date() if as_of else Settings.read().day(ZONE)
    truth = write(folder, seed=SEED if seed is None else seed, students=students or STUDENTS, as_of=day)
    click.echo(f"Wrote the district to {folder} and the truth about it to {truth}.")
    click.echo(f"Next: make run DISTRICT={folder} HALLPASS_HOME={folder}.home AS_OF={day}")
