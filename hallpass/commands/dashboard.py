"""`hallpass dashboard`: the published mart in a browser, on loopback."""

from __future__ import annotations

import os
import sys

import click


@click.command("dashboard")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--home", help="Where the mart lies. Default: $HALLPASS_HOME, else var.")
def command(port: int, home: str | None) -> None:
    """Show the published mart on 127.0.0.1: verdicts, flows, parties, files. It has no log-in: see `hallpass ui`."""
    from hallpass.settings import Settings
    from hallpass.summary import newest

    mart = Settings.read(home=home).mart
    newest(mart)  # refuses when there is none
    click.echo(f"Dashboard on http://127.0.0.1:{port} (stop it with Ctrl-C)")
    arguments = ["-P", "-m", "dashboards.serve", "--mart", str(mart), "--port", str(port)]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *arguments])
