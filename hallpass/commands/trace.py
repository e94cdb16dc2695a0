"""`hallpass trace`: where did this element, student, file or party's data go, and where on from there?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hallpass.errors import Refused

if TYPE_CHECKING:
    from hallpass.settings import Settings
    from lineage.trace import Question, TracedFile, Transfer


@click.command("trace")
@click.option("--element", metavar="SLUG", help="A data element, such as student_contact.email.")
@click.option("--student", metavar="ID", help="A student's id, as the roster has it; needs the key.")
@click.option(
    "--file",
    "file",
    metavar="FILE",
    help="A file: its path in the delivery (with or without the delivery), its id, its SHA-256, or a path on this disk.",
)
@click.option("--party", metavar="ID", help="A party: what it was given, and where that went on to.")
@click.option("--json", "as_json", is_flag=True, help="Print the question, the files that are meant, and one row a transfer.")
@click.option("--district", help="The district folder. Default: $HALLPASS_DISTRICT, else the example district.")
@click.option("--home", help="Where the mart lies. Default: $HALLPASS_HOME, else var.")
def command(
    element: str | None, student: str | None, file: str | None, party: str | None, as_json: bool, district: str | None, home: str | None
) -> None:
    """Follow student data from party to party, in the order of days: authorized or not, why, and by which evidence.

    What is asked for can be combined: all of it must hold. A transfer goes on where the receiver itself sent the same element at or after
    the day it had it.
    """
    from hallpass.settings import Settings
    from hallpass.summary import newest
    from lineage.trace import Question, known, trace, traced_files

    if not (element or student or file or party):
        raise Refused("Nothing to trace.", "name at least one of --element, --student, --file and --party")
    settings = Settings.read(home=home, district=district)
    mart = newest(settings.mart)
    question = Question(element, subject_key(settings, student), meant(settings, file), party)
    files = traced_files(mart, question.file) if question.file else []
    transfers = trace(mart, question)
    if as_json:
        found = {"files": [asdict(it) for it in files], "transfers": [asdict(it) for it in transfers]}
        click.echo(json.dumps({"question": asdict(question), **found}, default=str, indent=2))
    else:
        print_trace(question, files, transfers, known(mart, question))


def subject_key(settings: Settings, student: str | None) -> str | None:
    from hallpass.commands.record import subject_key_of

    return subject_key_of(settings, student) if student else None


def meant(settings: Settings, file: str | None) -> str | None:
    """A file on this disk is meant by its bytes: so is one that was renamed. Below the inbox, by its delivery and path."""
    import hashlib

    if file is None or not Path(file).is_file():
        return file
    path = Path(file).resolve()
    if path.is_relative_to(settings.inbox):
        party, day, *rest = path.relative_to(settings.inbox).parts
        return "/".join((party, day, *rest))
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def print_trace(question: Question, files: Sequence[TracedFile], transfers: Sequence[Transfer], unheard: Sequence[str]) -> None:
    from hallpass.commands.check import printable

    for file in files:
        click.echo(printable(f"File {file.file_id}: {file.path} of {file.delivery_id} ({file.kind}, {file.status.replace('_', ' ')})"))
    if not transfers:
        perhaps = f" ({'; '.join(unheard)})" if unheard else ""
        click.echo(f"Nothing of it was seen to go anywhere{perhaps}.")
        return
    for element, ways in groupby(transfers, key=lambda it: it.data_element):
        click.echo()
        click.echo(element)
        for it in ways:
            click.echo(printable(line(it, question.subject_key is not None)))
            click.echo(printable(f"{'  ' * it.hop}     {why(it)}"))
    parties = {it.to_party_id for it in transfers}
    open_ = sum(not it.authorized for it in transfers)
    click.echo()
    click.echo(f"{len(transfers):,} transfers to {len(parties):,} parties, {open_:,} of them not authorized.")


def line(it: Transfer, of_one_student: bool) -> str:
    """`  1  district → brightreads  2025-09-01 to 2026-03-02  authorized  1,180 subjects`"""
    way = " → ".join(it.via)
    days = f"{it.first_seen_on}" if it.first_seen_on == it.last_seen_on else f"{it.first_seen_on} to {it.last_seen_on}"
    said = "authorized" if it.authorized else "NOT AUTHORIZED"
    many = "" if of_one_student else f"  {it.subjects:,} {'subject' if it.subjects == 1 else 'subjects'}"
    unresolved = f", {it.unresolved_records:,} records of nobody known" if it.unresolved_records else ""
    return f"{'  ' * it.hop}{it.hop}  {way}  {days}  {said}{many}{unresolved}"


def why(it: Transfer) -> str:
    reason = it.reason or (f"on the basis of {it.basis}" if it.basis else "covered on every day it was seen")
    evidence = (
        f"evidence {it.evidence_file_id} ({it.evidence_path} of {it.evidence_delivery_id})" if it.evidence_file_id else "no evidence file"
    )
    return f"{reason.rstrip('.')}; {evidence}"
