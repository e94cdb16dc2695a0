"""`hallpass audit`: do these published tables disclose single students? Needs no district and no home."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console

    from scanners.aggregate import Audited, AuditFinding, AuditSettings
    from scanners.aggregate.protect import Protected
    from scanners.audit_files import Report
    from scanners.oneroster import Roster
    from scanners.published import Held
    from scanners.roster_index import RosterIndex

SHOWN = 10
"""Findings of a check, notes, suggestions on the terminal without --all."""

ACTIONS = {"suppress": "hide", "code": "write instead", "leave_out": "leave out"}


class Unusable(click.ClickException):
    """A file or an option that cannot be used."""

    exit_code = 2

    @classmethod
    def because(cls, place: object, found: str, mend: str) -> Unusable:
        from hallpass.commands.check import printable

        return cls(f"{printable(str(place))}: {printable(found)}\n  Mend: {printable(mend)}")


@click.command("audit")
@click.argument("files", nargs=-1, required=True, metavar="[RELEASE=]FILE...")
@click.option("--roster", metavar="DIR", help="A OneRoster export to try to know students of the rows by.")
@click.option("--district", metavar="DIR", help="A district folder: its thresholds and its roster.")
@click.option("--k", type=click.IntRange(1), help="The smallest group that may be shown. Default: the district's, else 10.")
@click.option("--width", type=click.IntRange(1), help="By how much a hidden number must stay open. Default: the district's, else 5.")
@click.option("--show-witnesses/--hide-witnesses", default=True, show_default=True, help="Print how a number is known, and the number.")
@click.option("--suggest", is_flag=True, help="Say what to hide so that the tables pass.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option("--all", "everything", is_flag=True, help=f"Print every finding, not the first {SHOWN} of each kind.")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    roster: str | None,
    district: str | None,
    k: int | None,
    width: int | None,
    show_witnesses: bool,
    suggest: bool,
    form: str,
    everything: bool,
) -> None:
    """Audit published tables: CSV, XLSX. Exit code 0: nothing was found; 1: something was; 2: a file or option cannot be used.

    All files are audited together. Files of one release were published together; the release is what stands before `=`, else the day in the
    file's name (2026-03-01 or 20260301), else all files without one are one release. Whoever runs this has the files, so the equations
    are printed: leave them out with --hide-witnesses before you pass the result on.
    """
    from scanners.audit_files import NamedFile, UnusableFile, audit_files

    settings, index = settings_of(roster, district, k, width)
    try:
        report = audit_files([NamedFile.of(file) for file in files], settings, index)
    except UnusableFile as error:
        raise Unusable.because(error.file, error.found, error.mend) from None
    protected = suggestions_for(report, settings) if suggest and not report.passes else None
    if form == "json":
        click.echo(json.dumps(as_json(report, settings, index is not None, protected, show_witnesses), ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(as_csv(report, show_witnesses), nl=False)
    else:
        print_report(report, settings, index is not None, protected, show_witnesses, None if everything else SHOWN)
    ctx.exit(0 if report.passes else 1)


# -- what is asked for ------------------------------------------------------------------------------------------------------------


def settings_of(roster: str | None, district: str | None, k: int | None, width: int | None) -> tuple[AuditSettings, RosterIndex | None]:
    """The thresholds, and whom rows can be known by. A flag wins over the district, --roster over the district's roster."""
    from scanners.aggregate import AuditSettings
    from scanners.aggregate.traits import traits_of
    from scanners.roster_index import RosterIndex
    from scanners.scan import enrollment

    cell_size, interval, people = _of_district(district) if district else (10, 5, None)
    people = _read_roster(roster) if roster else people
    k, width = k or cell_size, width or interval
    if people is None:
        return AuditSettings(k, minimum_interval_width=width), None
    index = RosterIndex.build(people, lambda kind, own: f"{kind}:{own}")
    return AuditSettings(k, enrollment(index.people), width, traits_of(index.people)), index


def _of_district(folder: str) -> tuple[int, int, Roster]:
    from hallpass.commands.check import print_problems
    from lineage.register import RegisterErrors, load_district

    try:
        register, roster = load_district(Path(folder).expanduser())
    except RegisterErrors as errors:
        print_problems(errors.problems)
        _refuse(folder, "the district folder cannot be used", "mend what is listed; `hallpass check` lists it again")
    return register.district.minimum_cell_size, register.district.minimum_interval_width, roster


def _read_roster(folder: str) -> Roster:
    from scanners.oneroster import RosterError, read_roster

    if not Path(folder).expanduser().is_dir():
        _refuse(folder, "there is no such folder", "name the folder that the OneRoster export lies in")
    try:
        return read_roster(Path(folder).expanduser())
    except RosterError as error:
        place = error.file if error.line is None else f"{error.file}:{error.line}"
        _refuse(f"{folder}: {place}", error.found, error.mend)


def _refuse(place: str, found: str, mend: str) -> NoReturn:
    raise Unusable.because(place, found, mend)


def suggestions_for(report: Report, settings: AuditSettings) -> Protected:
    from scanners.aggregate import audit_tables
    from scanners.aggregate.protect import protect

    return protect([table.published for table in report.tables], settings, audit_tables)


def assumptions(settings: AuditSettings, with_roster: bool) -> list[str]:
    """Under which nothing was found."""
    return [
        f"a group of fewer than {settings.minimum_cell_size:,} is small",
        f"a hidden number must stay open by {settings.minimum_interval_width:,} or more",
        "totals and parts are those that the labels say and the shown numbers bear out",
        "nobody knows more than what stands in these files",
        "rows were compared with the roster's students" if with_roster else "rows were not compared with any roster",
    ]


# -- for programs -----------------------------------------------------------------------------------------------------------------


def verdict(audited: Audited) -> str:
    verdicts = {finding.verdict for finding in audited.findings}
    return "FAIL" if "FAIL" in verdicts else "INCONCLUSIVE" if verdicts else "PASS"


def as_json(report: Report, settings: AuditSettings, with_roster: bool, protected: Protected | None, witnesses: bool) -> dict[str, Any]:
    tables = [
        {
            "file": table.file,
            "table": table.name,
            "release": table.published.release,
            "rows": table.rows,
            "verdict": verdict(audited),
            "findings": [_finding(finding, witnesses) for finding in audited.findings],
            "notes": audited.notes,
        }
        for table, audited in zip(report.tables, report.found, strict=True)
    ]
    suggested = None
    if protected:
        suggested = {
            "passes": protected.passes,
            "changes": [
                {"file": report.tables[it.table].file, "table": report.tables[it.table].name, "action": it.action}
                | {"cell": " / ".join(it.cell), "write": it.write}
                | ({"why": it.why} if witnesses else {})
                for it in protected.suggestions
            ],
        }
    return {
        "passes": report.passes,
        "minimum_cell_size": settings.minimum_cell_size,
        "minimum_interval_width": settings.minimum_interval_width,
        "assumptions": assumptions(settings, with_roster),
        "tables": tables,
        "read_in_part": [{"file": file, "reason": reason} for file, reason in report.problems],
        "suggestions": suggested,
    }


def _finding(finding: AuditFinding, witnesses: bool) -> dict[str, Any]:
    known = {"value_low": finding.low, "value_high": finding.high, "witness": finding.witness} if witnesses else {}
    return {"verdict": finding.verdict, "check_id": finding.check_id, "cell": " / ".join(finding.cell) or None} | known


def as_csv(report: Report, witnesses: bool) -> str:
    """One line a finding, and one for each table that passed."""
    from dashboards.export import to_csv

    header = ["file", "table", "release", "verdict", "check_id", "cell", *(["value_low", "value_high", "witness"] if witnesses else [])]
    lines: list[list[object]] = []
    for table, audited in zip(report.tables, report.found, strict=True):
        place = [table.file, table.name, table.published.release]
        lines += [[*place, *_finding(finding, witnesses).values()] for finding in audited.findings] or [[*place, "PASS"]]
    return to_csv(header, ([*line, *[None] * (len(header) - len(line))] for line in lines)).decode("utf-8-sig")


# -- for a person -----------------------------------------------------------------------------------------------------------------


def print_report(
    report: Report, settings: AuditSettings, with_roster: bool, protected: Protected | None, witnesses: bool, most: int | None
) -> None:
    """`most` findings of a kind; None: all."""
    from rich.console import Console

    from hallpass.commands.summary import amount

    console = Console(highlight=False, emoji=False, soft_wrap=True)
    for table, audited in zip(report.tables, report.found, strict=True):
        print_table(console, table, audited, witnesses, most)
    for file, reason in report.problems:
        _say(console, f"{file} was read in part: {reason}.")
    if protected:
        print_suggestions(console, report, protected, witnesses, most)
    findings = sum(len(audited.findings) for audited in report.found)
    console.print()
    if report.passes:
        console.print(f"No disclosure found in {amount(len(report.tables), 'table')} under these assumptions:", style="bold green")
    else:
        failed = sum(bool(audited.findings) for audited in report.found)
        said = f"{amount(findings, 'finding')} in {failed:,} of {amount(len(report.tables), 'table')}, under these assumptions:"
        console.print(said, style="bold red")
    for assumption in assumptions(settings, with_roster):
        _say(console, f"  - {assumption}")


def print_table(console: Console, table: Held, audited: Audited, witnesses: bool, most: int | None) -> None:
    from dashboards.words import AUDITS
    from hallpass.commands.summary import LOOK, amount

    word, style = LOOK[verdict(audited)]
    release = f", release {table.published.release}" if table.published.release else ""
    console.print()
    findings = f", {amount(len(audited.findings), 'finding')}" if audited.findings else ""
    _say(console, f"{table.published.place} ({amount(table.rows, 'row')}{release}): {word}{findings}", style)
    counts: Counter[str] = Counter(finding.check_id for finding in audited.findings)
    for check, (found, mend) in AUDITS.items():
        if counts[check]:
            _say(console, f"  {counts[check]:,} × {found}. {mend}", "bold")
            _listed(console, (_lines(it, witnesses) for it in audited.findings if it.check_id == check), counts[check], most)
    if audited.notes:
        _say(console, "  Noted:", "bold")
        _listed(console, ([note] for note in audited.notes), len(audited.notes), most)


def _lines(finding: AuditFinding, witnesses: bool) -> list[str]:
    cell = " / ".join(finding.cell) or "the table"
    if finding.verdict == "INCONCLUSIVE":
        return [f"not finished: {finding.witness}"]
    if not witnesses:
        return [cell]
    return [f"{cell}{_value(finding.low, finding.high)}", f"  {finding.witness}"]


def _value(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    return f" = {low:,g}" if low == high else f": {low:,g} to {high:,g}"


def _listed(console: Console, items: Iterable[Sequence[str]], count: int, most: int | None) -> None:
    for number, lines in enumerate(items):
        if most is not None and number == most:
            _say(console, f"    and {count - most:,} more (--all)", "dim")
            return
        for line in lines:
            _say(console, f"    {line}", "dim" if line.startswith(" ") else "")


def print_suggestions(console: Console, report: Report, protected: Protected, witnesses: bool, most: int | None) -> None:
    from hallpass.commands.summary import amount

    console.print()
    audited_again = "With them the tables pass" if protected.passes else "With them the tables do NOT pass yet"
    _say(console, f"{amount(len(protected.suggestions), 'change')} to make. {audited_again}, audited again.", "bold")
    lines = (
        [
            f"{report.tables[it.table].published.place}: {ACTIONS[it.action]} {' / '.join(it.cell) or 'the table'}"
            + (f": {it.write}" if it.write else ""),
            *([f"  {it.why}"] if witnesses else []),
        ]
        for it in protected.suggestions
    )
    _listed(console, lines, len(protected.suggestions), most)


def _say(console: Console, text: str, style: str = "") -> None:
    """What a file says is text: no markup, no control characters."""
    from hallpass.commands.summary import plain

    console.print(plain(text), style=style)
