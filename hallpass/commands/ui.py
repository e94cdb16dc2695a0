"""`hallpass ui`: Dagster's web server and daemon, on loopback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

WORKSPACE = Path(__file__).resolve().parents[2] / "workspace.yaml"


@click.command("ui")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--district", help="The district folder. Default: $HALLPASS_DISTRICT, else the example district.")
@click.option("--home", help="Where lake, mart and keys lie. Default: $HALLPASS_HOME, else var.")
def command(port: int, district: str | None, home: str | None) -> None:
    """Start the Dagster UI on 127.0.0.1. It has no log-in: put a proxy that authenticates in front before others may reach it."""
    from assets.instance import harden, write_dagster_yaml
    from hallpass.commands.run import make_example
    from hallpass.home import prepare
    from hallpass.keys import open_keys
    from hallpass.settings import Settings

    settings = Settings.read(home=home, district=district)
    prepare(settings)
    open_keys(settings.key_file)
    make_example(settings)
    write_dagster_yaml(settings)
    harden()
    os.environ |= {"DAGSTER_HOME": str(settings.dagster), "HALLPASS_HOME": str(settings.home)}
    if not settings.is_example:
        os.environ["HALLPASS_DISTRICT"] = str(settings.district)
    click.echo(f"Dagster on http://127.0.0.1:{port} (stop it with Ctrl-C)")
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(dagster, [dagster, "dev", "--workspace", str(WORKSPACE), "--host", "127.0.0.1", "--port", str(port)])
