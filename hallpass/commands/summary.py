"""`hallpass summary`: the published mart for a person: who stands where, what is worst, where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from hallpass.settings import Settings
    from hallpass.summary import Review, Summary

IDLE = 10
"""Lines of decisions.csv that are named one by one."""
LOOK = {"FAIL": ("FAIL", "bold red"), "INCONCLUSIVE": ("unclear", "yellow"), "PASS": ("pass", "green"), "NOT_APPLICABLE": ("-", "dim")}


@click.command("summary")
@click.option("--home", help="Where the mart lies. Default: $HALLPASS_HOME, else var.")
@click.option("--worst", default=10, show_default=True, help="How many findings to list.")
def command(home: str | None, worst: int) -> None:
    """Print the summary of the last published night."""
    from hallpass.settings import Settings

    print_summary(Settings.read(home=home), worst)


def print_summary(settings: Settings, worst: int = 10) -> None:
    from rich.console import Console

    from hallpass.summary import read_summary

    summary = read_summary(settings.mart, worst)
    console = Console(highlight=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, emoji=False, width=120)
    console.print()
    console.print(parties_table(summary))
    print_counts(console, summary)
    print_review(console, summary.review)
    print_worst(console, summary)
    print_next(console, settings)


def parties_table(summary: Summary) -> Table:
    from rich.table import Table

    from hallpass.summary import SECTIONS

    table = Table(title=plain(f"{summary.district}, as of {summary.as_of}"), title_justify="left", caption_justify="left")
    table.caption = "FAIL (controls that fail), unclear = evidence is missing or stale, - = does not apply"
    table.add_column("Party")
    for section, about in SECTIONS.items():
        table.add_column(f"{section}  {about}", max_width=22)
    for party in summary.parties:
        table.add_row(plain(party.name), *(_cell(party.verdicts.get(it), party.failing.get(it, 0)) for it in SECTIONS))
    return table


def print_counts(console: Console, summary: Summary) -> None:
    files = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in summary.files.items()) or "none"
    console.print(f"{amount(summary.deliveries, 'delivery', 'deliveries')} on record (files: {files}).")
    console.print(
        f"{amount(summary.flows, 'flow')} of student and staff data, {summary.flows_not_authorized:,} not authorized; "
        f"{amount(summary.students, 'student')}, {summary.students_not_authorized:,} of them in a flow that is not authorized; "
        f"{amount(summary.third_parties, 'receiver')} that nobody registered."
    )


def print_review(console: Console, review: Review | None) -> None:
    """What people settled and it did not help, and what no detector could tell."""
    if review is None:
        return
    if review.decisions:
        counts = ", ".join(f"{number:,} {status}" for status, number in review.decisions.items())
        console.print(f"{amount(sum(review.decisions.values()), 'decision')} on what a field is: {counts}.")
    for it in review.idle[:IDLE]:
        console.print(plain(f"  decisions.csv, line {it.line}, about {it.party_id}: {it.status}: {it.reason}."))
    if len(review.idle) > IDLE:
        console.print(f"  and {len(review.idle) - IDLE:,} more (table decisions).")
    if review.undetermined:
        console.print(
            f"{amount(review.undetermined, 'field')} of {amount(review.parties, 'party', 'parties')} for review: detectors saw something "
            "and could not tell (table undetermined, the dashboard's page For review)."
        )


def print_worst(console: Console, summary: Summary) -> None:
    from rich.padding import Padding

    from expectations.catalogue import controls

    console.print()
    if not summary.worst:
        console.print("No control fails.")
        return
    means = {control.control_id: control.means for control in controls()}
    console.print("Worst findings", style="bold")
    for number, it in enumerate(summary.worst, start=1):
        waived = f", waived until {it.waived_until}" if it.waived_until else ""
        console.print(plain(f"{number:>2}. {it.severity.upper()}  {it.party}  [{it.control_id}{waived}]"))
        students = f", {amount(it.students, 'student')}" if it.students else ""
        console.print(Padding(plain(f"{means.get(it.control_id, it.title)}"), (0, 0, 0, 4)))
        console.print(Padding(plain(f"{amount(it.violations, 'violation')}{students}. {it.reason}"), (0, 0, 0, 4)), style="dim")


def amount(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def print_next(console: Console, settings: Settings) -> None:
    console.print()
    console.print("Where to look next", style="bold")
    if settings.report.exists():
        console.print(plain(f"  the evidence report    {settings.report}"), soft_wrap=True)
    console.print("  runs and assets        hallpass ui   (http://127.0.0.1:3000)", soft_wrap=True)
    console.print("  one student's record   hallpass record --student ID", soft_wrap=True)
    console.print(
        plain(f"""  any question           duckdb -readonly {settings.mart} "FROM flows WHERE NOT authorized" """), soft_wrap=True
    )


def _cell(verdict: str | None, failing: int) -> Text:
    from rich.text import Text

    word, style = LOOK.get(verdict or "NOT_APPLICABLE", (str(verdict), ""))
    return Text(f"{word} ({failing})" if failing else word, style=style)


def plain(text: str) -> Text:
    """A name from a register is text: no markup, no control characters."""
    from rich.text import Text

    from hallpass.commands.check import printable

    return Text(printable(text))
