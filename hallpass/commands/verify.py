"""`hallpass verify`: is the record of disclosures the one that was written, night by night?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hallpass.errors import Refused

if TYPE_CHECKING:
    from hallpass.settings import Settings
    from lineage.chain import Token


@click.command("verify")
@click.option("--head", metavar="HEX", help="The head that some night printed and that was kept elsewhere.")
@click.option("--count", type=click.IntRange(1), metavar="N", help="The number of the entry that was printed with it.")
@click.option(
    "--old-key", multiple=True, type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A master key from before a rotation."
)
@click.option("--home", help="Where chain, mart and keys lie. Default: $HALLPASS_HOME, else var.")
@click.pass_context
def command(ctx: click.Context, head: str | None, count: int | None, old_key: tuple[Path, ...], home: str | None) -> None:
    """Recompute the chain over the record of disclosures, and compare the published mart with it; exit code 1 where it does not hold.

    Entries that were cut off the end can only be seen with the head and number that a night printed: keep them where this machine's
    operator cannot change them.
    """
    from hallpass.commands.summary import amount
    from hallpass.settings import Settings
    from lineage.chain import verify

    settings = Settings.read(home=home)
    checked = verify(settings.chain, published(settings), tokens(settings, old_key), head.strip().lower() if head else None, count)
    for defect in checked.defects:
        click.echo(f"{defect.place}: {defect.found}.")
    if checked.defects:
        entries = amount(len(checked.entries), "entry", "entries")
        click.echo(f"The record does NOT hold: {amount(len(checked.defects), 'defect')} in {entries}.")
        ctx.exit(1)
    newest = checked.entries[-1]
    entries, subjects = amount(len(checked.entries), "entry", "entries"), amount(checked.subjects, "subject")
    click.echo(f"The record holds: {entries}, {subjects}, and the published mart is that of the last entry.")
    click.echo(f"Record of disclosures: entry {newest.number:,}, head {newest.head}.")
    if head is None:
        click.echo("Without --head, entries cut off the end cannot be seen.")


def tokens(settings: Settings, old_keys: tuple[Path, ...]) -> dict[str, Token]:
    """Fingerprint → keyed digest, of the key in use and of those that were named; nothing here makes a new key."""
    from hallpass.keys import open_keys

    if not settings.key_file.exists():
        raise Refused(f"There is no master key at {settings.key_file}.", "set HALLPASS_KEY to the key that the nights were run with")
    keys = [open_keys(path) for path in (settings.key_file, *old_keys)]
    return {it.fingerprint: it.token for it in keys}


def published(settings: Settings) -> Path | None:
    from hallpass.summary import newest

    return newest(settings.mart) if settings.mart.exists() else None
