"""`hallpass record`: one student's record of disclosures (34 CFR 99.32), from the published mart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from hallpass.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from hallpass.settings import Settings


@click.command("record")
@click.option("--student", required=True, metavar="ID", help="The student's id, as the roster has it.")
@click.option("--json", "as_json", is_flag=True, help="Print the subject key and the rows of `disclosures`.")
@click.option("--district", help="The district folder. Default: $HALLPASS_DISTRICT, else the example district.")
@click.option("--home", help="Where mart and keys lie. Default: $HALLPASS_HOME, else var.")
def command(student: str, as_json: bool, district: str | None, home: str | None) -> None:
    """Print to whom this student's data went, since when, on what authority."""
    from hallpass.settings import Settings
    from hallpass.summary import newest
    from lineage.record import record

    settings = Settings.read(home=home, district=district)
    mart = newest(settings.mart)
    subject_key = subject_key_of(settings, student)
    rows = record(mart, subject_key)
    proof = proof_of(settings, mart, subject_key)
    if as_json:
        click.echo(json.dumps({"subject_key": subject_key, "disclosures": rows, "proof": proof}, default=str, indent=2))
    else:
        print_record(subject_key, rows)
        print_proof(proof)


def proof_of(settings: Settings, mart: Path, subject_key: str) -> dict[str, Any] | None:
    """Where this record hangs in the chain, and whether the rows just read are those of that entry; None without an entry."""
    from hallpass.keys import open_keys
    from lineage.chain import GONE, digests, proof, proves

    token = open_keys(settings.key_file).token
    found = proof(settings.chain, subject_key, token)
    if found is None:
        return None
    read_now = digests(mart, token).get(subject_key, GONE)
    return {**found, "holds": read_now == found["digest"] and proves(found, subject_key, token)}


def print_proof(proof: dict[str, Any] | None) -> None:
    if proof is None:
        click.echo("The chain has no entry about this record yet.")
    elif proof["holds"]:
        click.echo(
            f"As entry {proof['entry']:,} of {proof['entries']:,} in the chain has it (night of {proof['as_of']}, head {proof['head']})."
        )
    else:
        click.echo(f"NOT as entry {proof['entry']:,} in the chain has it: run `hallpass verify`.")


def subject_key_of(settings: Settings, student: str) -> str:
    """Whom the id means, by the roster alone; the key file must be readable."""
    from hallpass.keys import open_keys
    from lineage.register import RegisterErrors, load_district

    if not settings.key_file.exists():
        raise Refused(f"There is no master key at {settings.key_file}.", "set HALLPASS_KEY to the key that the mart was made with")
    try:
        found = load_district(settings.district)[1].find_students(student)
    except RegisterErrors as errors:
        raise Refused(
            f"The district folder has {len(errors.problems)} errors.", f"hallpass check --district '{settings.district}'"
        ) from None
    if len(found) != 1:
        raise Refused(f"The roster has {len(found) or 'no'} students with this id.", "give the id in the column that `student_key` names")
    return open_keys(settings.key_file).subject_key("student", found[0].key_id)


def print_record(subject_key: str, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from hallpass.commands.check import printable

    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, emoji=False, width=160)
    console.print(f"Subject key {subject_key}: {len(rows):,} disclosures")
    table = Table("From", "To", "Data element", "First seen", "Last seen", "Authorized", "Basis", "Reason")
    for row in rows:
        names = ("from_party_id", "to_party_id", "data_element", "first_seen_on", "last_seen_on")
        authorized = "yes" if row["authorized"] else "NO"
        table.add_row(*(printable(str(row[name])) for name in names), authorized, str(row["basis"]), printable(row["reason"] or ""))
    if rows:
        console.print(table)
