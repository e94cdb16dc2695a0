"""The way through this room: open the stage, run the suites, judge. `assets` calls `evaluate` and hands the results to the mart.

Nothing is raised for what a check cannot do: it comes out as INCONCLUSIVE. Only a stage that does not even name the registered
parties is an error, because then there is nobody to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from expectations import section_i, section_ii, section_iii, section_iv
from expectations.catalogue import Control, controls
from expectations.engine import CheckFailed, Stage, open_stage, records_of
from expectations.rows import run
from expectations.verdicts import ControlResult, Evaluation, Findings, Report, judge

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite

SECTIONS = (section_i, section_ii, section_iii, section_iv)


class StageUnreadable(Exception):
    """Neither file of the stage names the registered parties."""


def evaluate(facts: Path, stage_mart: Path, hand_back: Callable[[list[ControlResult]], None] | None = None) -> list[ControlResult]:
    """Every control for the district and every registered party, in the order of the catalogue and of party ids.

    `facts` and `stage_mart` are the two DuckDB files of the stage; they are opened read-only and let go of. The roll-up of IV.D rests on
    the others: `hand_back` gets their results, while nobody has the files open, and writes to the stage what follows for it; then it is
    judged in a second call. Without `hand_back` it is judged by what the stage says. Raises `StageUnreadable`.
    """
    parties = _registered_parties(facts, stage_mart)
    others = [control for control in controls() if control.control_id != section_iv.ROLL_UP]
    results = _judged(facts, stage_mart, parties, others, lambda: [section.suite() for section in SECTIONS])
    if hand_back is not None:
        hand_back(results)
    last = [control for control in controls() if control.control_id == section_iv.ROLL_UP]
    results += _judged(facts, stage_mart, parties, last, lambda: [section_iv.roll_up_suite()])
    order = [control.control_id for control in controls()]
    return sorted(results, key=lambda result: order.index(result.control_id))


def _judged(
    facts: Path, stage_mart: Path, parties: Sequence[str], of: Sequence[Control], suites: Callable[[], Sequence[ExpectationSuite]]
) -> list[ControlResult]:
    try:
        with open_stage(facts, stage_mart) as stage:
            findings = _findings(stage, of, suites())
    except CheckFailed as error:
        findings = [Findings(control, evaluations=str(error), reports=()) for control in of]
    return [result for finding in findings for result in judge(finding, parties)]


def _registered_parties(facts: Path, stage_mart: Path) -> list[str]:
    """From both files: what only one of them knows has no evaluation, and must be seen to have none."""
    found: set[str] = set()
    errors: list[str] = []
    for alias, file, table in (("facts", facts, "facts.party"), ("mart", stage_mart, "mart.parties")):
        sql = f"SELECT party_id FROM {table} WHERE party_id IS NOT NULL AND kind IS DISTINCT FROM 'third_party'"
        try:
            found |= {row["party_id"] for row in records_of(alias, file, sql)}
        except CheckFailed as error:
            errors.append(str(error))
    if not found:
        raise StageUnreadable(f"the stage names no registered party ({', '.join(errors) or 'no row'}): build it again")
    return sorted(found)


def _findings(stage: Stage, of: Sequence[Control], suites: Sequence[ExpectationSuite]) -> list[Findings]:
    reports: dict[str, list[Report]] = defaultdict(list)
    for suite in suites:
        for report in run(stage, suite):
            reports[report.control_id].append(report)
    listed, waivers = _listed(stage), _waivers(stage)
    return [
        Findings(
            control=control,
            evaluations=_evaluations(stage, control),
            reports=reports[control.control_id],
            listed=listed[control.control_id],
            waivers=waivers[control.control_id],
        )
        for control in of
    ]


def _evaluations(stage: Stage, control: Control) -> list[Evaluation] | str:
    """One query a control: what breaks the rows of one leaves the others readable."""
    sql = "SELECT party_id, applicable, reason, evidence_file_id FROM facts.evaluations WHERE control_id = ?"
    try:
        return [Evaluation(**record) for record in stage.records(sql, [control.control_id])]
    except CheckFailed as error:
        return str(error)


def _listed(stage: Stage) -> dict[str, dict[str, int]]:
    """Control → party → rows of `violations`. Empty where they cannot be read: then the suites could not read them either."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    try:
        for row in stage.records("SELECT control_id, party_id, count(*) AS listed FROM mart.violations GROUP BY ALL"):
            found[row["control_id"]][row["party_id"]] = row["listed"]
    except CheckFailed:
        pass
    return found


def _waivers(stage: Stage) -> dict[str, dict[str, date]]:
    """Control → party → the last day of its waivers that hold on the as-of day. A waiver that cannot be read waives nothing."""
    found: dict[str, dict[str, date]] = defaultdict(dict)
    holds = "until >= (SELECT max(as_of) FROM facts.district)"
    try:
        for row in stage.records(f"SELECT control_id, party_id, max(until) AS until FROM facts.waiver WHERE {holds} GROUP BY ALL"):
            found[row["control_id"]][row["party_id"]] = row["until"]
    except CheckFailed:
        pass
    return found
