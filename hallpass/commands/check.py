"""`hallpass check`: is this district folder right?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lineage.register import Problem


@click.command("check")
@click.option("--district", help="The district folder. Default: $HALLPASS_DISTRICT, else the example district.")
@click.option("--home", help="Where the example district lies. Default: $HALLPASS_HOME, else var.")
@click.pass_context
def command(ctx: click.Context, district: str | None, home: str | None) -> None:
    """Read the district folder and print what is wrong: file, line, what was found, what mends it. Scans nothing."""
    from hallpass.commands.run import make_example
    from hallpass.home import prepare
    from hallpass.settings import Settings
    from lineage.register import problems

    settings = Settings.read(home=home, district=district)
    if settings.is_example:
        prepare(settings)
        make_example(settings)
    found = problems(settings.district)
    print_problems(found)
    if any(problem.severity == "error" for problem in found):
        ctx.exit(1)
    if not found:
        click.echo(f"{settings.district} is right: no problem found.")


def print_problems(found: Sequence[Problem]) -> None:
    """`vendors/x.yaml:12: error: …`, the form editors and CI jump to, and the mend on a line of its own."""
    for problem in found:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        click.echo(f"{printable(place)}: {problem.severity}: {printable(problem.found)}\n  Mend: {printable(problem.mend)}", err=True)
    errors = sum(problem.severity == "error" for problem in found)
    if found:
        click.echo(f"{errors} error(s), {len(found) - errors} warning(s).", err=True)


def printable(text: str) -> str:
    """What a file says must not move the terminal's cursor: control and escape characters become `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
