"""`hallpass init`: a district folder to fill in, every key commented with its default, and JSON Schemas for the editor."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import click

from hallpass.errors import Refused

SCHEMAS = Path(".hallpass") / "schemas"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--schemas-only", is_flag=True, help="Only write the JSON Schemas again, after an upgrade, into a district that exists.")
def command(folder: Path, schemas_only: bool) -> None:
    """Write a district folder as FOLDER, to be filled in: settings, schedule, a sample vendor, the tables' headers, roster and inbox."""
    if schemas_only:
        write_schemas(folder)
        click.echo(f"Wrote the schemas to {folder / SCHEMAS}.")
        return
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty.", "name a new folder, or `--schemas-only` for a district that exists")
    write_folder(folder)
    write_schemas(folder)
    click.echo(f"Wrote a district folder to {folder}: start with README.txt in it.")
    click.echo(f"Next: the roster into {folder / 'roster'}, then hallpass check --district '{folder}'")


def write_folder(folder: Path) -> None:
    """What is shipped in `hallpass/new_district/`, the header rows of the tables, and an empty inbox."""
    from lineage.register.tables import TABLES

    with as_file(files("hallpass") / "new_district") as shipped:
        shutil.copytree(shipped, folder, dirs_exist_ok=True)
    for table in TABLES:
        (folder / f"{table.file}.sample").write_text(",".join(table.columns) + "\n", encoding="utf-8")
    (folder / "inbox" / "district").mkdir(parents=True, exist_ok=True)


def write_schemas(folder: Path) -> None:
    from lineage.register.schema import schemas

    (folder / SCHEMAS).mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / SCHEMAS / f"{name}.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
