"""The `hallpass` command: one module a command in `hallpass/commands/`, imported when it is asked for.

Here stays what all of them share: how a refusal is printed and which exit code it has. Heavy imports belong inside the commands.
"""

from __future__ import annotations

import os
from importlib import import_module

import click

from hallpass.errors import Refused

COMMANDS = ("run", "summary", "trace", "record", "verify", "purge", "check", "audit", "init", "example", "ui", "dashboard")


class Commands(click.Group):
    """Finds the command `x` as `hallpass.commands.x:command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"hallpass.commands.{cmd_name}").command
        return found

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hallpass")
def main() -> None:
    """Hallpass: which student's data went where, on what authority, and was it given back."""
    os.umask(0o077)


if __name__ == "__main__":
    main()
