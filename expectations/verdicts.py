"""From what Great Expectations reports to one verdict a control and party.

The ladder; the first step that holds decides:

1. INCONCLUSIVE   the evaluations of the control could not be read, or the party has none, several, or one that does not say whether
                  the control applies.
2. INCONCLUSIVE   the evaluation and the listed violations disagree: in number, or there are some although the control does not apply
                  to the party or the party could not be judged. A sum that does not add up proves nothing, neither way.
3. NOT_APPLICABLE a rule of the policy says that the control does not apply (the evaluation's `applicable`). Those rules do not depend
                  on evidence: a duty of the other side, a contract that has not ended, a return that was waived, a party that hosts
                  nothing, no consent asked for ... Missing data never makes a control not applicable.
4. INCONCLUSIVE   an expectation of the control could not run (the class of the error is the reason), or GX does not report it.
5. INCONCLUSIVE   the party is named by `evaluable`: its evidence is missing, stale or unreadable, or the check is not yet written.
6. FAIL           the party is named by `no violation`, with as many violations as its evaluation counts.
7. INCONCLUSIVE   violations of this control are listed for somebody who is no registered party: one of them may be this party's.
8. PASS           both expectations ran and neither named the party.

So an error is never a FAIL and never a PASS, and a control whose check is not written (one expectation instead of two) cannot pass.
The severity is the worst of the violations', else the control's. This module knows neither GX nor DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from expectations.catalogue import SEVERITIES, Control, Severity

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE"]

EVALUABLE = "evaluable"
NO_VIOLATION = "no violation"


@dataclass(frozen=True)
class Counts:
    """What an expectation counts for a party it names; `evaluable` reports `rows` only, `no violation` the others."""

    rows: int = 0
    counted: int = 0
    listed: int = 0
    judged: int = 0
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0

    def agree(self) -> bool:
        return self.counted == self.listed and self.judged == 1

    def worst(self) -> Severity | None:
        return next((severity for severity in SEVERITIES if getattr(self, severity)), None)


@dataclass(frozen=True)
class Report:
    """What GX said of one expectation: the parties it named, or the class of the error that kept it from running."""

    control_id: str
    rule: str
    named: Mapping[str, Counts] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """One row of `evaluations`, as far as it explains a verdict."""

    party_id: str
    applicable: bool | None
    reason: str | None
    evidence_file_id: str | None


@dataclass(frozen=True)
class ControlResult:
    """One row of `control_results`, but for the columns that whoever publishes adds (`evaluated_at`, `run_id`)."""

    control_id: str
    clause: str
    party_id: str
    verdict: Verdict
    severity: Severity
    violations: int
    reason: str
    waived_until: date | None
    evidence_file_id: str | None


@dataclass(frozen=True)
class Findings:
    """Everything known of one control before it is judged. `evaluations` is the class of an error where the rows could not be read."""

    control: Control
    evaluations: Sequence[Evaluation] | str
    reports: Sequence[Report]
    listed: Mapping[str, int] = field(default_factory=dict)
    """Rows of `violations` a party: shown also where there is no verdict on them."""
    waivers: Mapping[str, date] = field(default_factory=dict)
    """Party → the last day of a waiver that holds on the as-of day."""


def judge(findings: Findings, parties: Iterable[str]) -> list[ControlResult]:
    """One result for each of the registered `parties`, in their order."""
    parties = list(parties)
    return [_result(findings, party, parties) for party in parties]


def _result(findings: Findings, party: str, registered: Sequence[str]) -> ControlResult:
    verdict, reason, counts = _decide(findings, party, registered)
    control, evaluation = findings.control, _evaluation(findings, party)
    return ControlResult(
        control_id=control.control_id,
        clause=control.clause,
        party_id=party,
        verdict=verdict,
        severity=(verdict == "FAIL" and counts.worst()) or control.severity,
        violations=counts.listed if verdict == "FAIL" else findings.listed.get(party, 0),
        reason=reason,
        waived_until=findings.waivers.get(party) if verdict == "FAIL" else None,
        evidence_file_id=evaluation.evidence_file_id if isinstance(evaluation, Evaluation) else None,
    )


def _decide(findings: Findings, party: str, registered: Sequence[str]) -> tuple[Verdict, str, Counts]:
    evaluation = _evaluation(findings, party)
    if isinstance(evaluation, str):
        return "INCONCLUSIVE", evaluation, Counts()

    unjudged = _named(findings, EVALUABLE).get(party)
    violating = _named(findings, NO_VIOLATION).get(party)
    if violating and (unjudged or not evaluation.applicable or not violating.agree()):
        return "INCONCLUSIVE", _disagreement(violating, evaluation), violating
    if not evaluation.applicable:
        return "NOT_APPLICABLE", _said(evaluation, "The control does not apply to this party."), Counts()
    if problem := _did_not_run(findings):
        return "INCONCLUSIVE", problem, Counts()
    if unjudged:
        missing = "The evidence does not suffice." if findings.control.evaluated else "Not yet evaluated."
        return "INCONCLUSIVE", _said(evaluation, missing), Counts()
    if violating:
        return "FAIL", _said(evaluation, f"{violating.listed:,} {'violation' if violating.listed == 1 else 'violations'}."), violating
    if strays := set(_named(findings, NO_VIOLATION)) - set(registered):
        return "INCONCLUSIVE", f"Violations are listed for {len(strays):,} that the register does not know.", Counts()
    return "PASS", _said(evaluation, "No violation was found."), Counts()


def _evaluation(findings: Findings, party: str) -> Evaluation | str:
    """The party's evaluation, or why there is none."""
    if isinstance(findings.evaluations, str):
        return f"The evaluation could not be read: {findings.evaluations}"
    rows = [row for row in findings.evaluations if row.party_id == party]
    if not rows:
        return "The control was not evaluated for this party."
    if len(rows) > 1:
        return f"The control has {len(rows):,} evaluations of this party, where one is due."
    if rows[0].applicable is None:
        return "The evaluation does not say whether the control applies to this party."
    return rows[0]


def _named(findings: Findings, rule: str) -> Mapping[str, Counts]:
    return next((report.named for report in findings.reports if report.rule == rule), {})


def _did_not_run(findings: Findings) -> str | None:
    """Why the expectations of the control prove nothing, or None when each ran exactly once."""
    for report in findings.reports:
        if report.error:
            return f"The check could not run: {report.error}"
    due = [EVALUABLE, NO_VIOLATION] if findings.control.evaluated else [EVALUABLE]
    if sorted(report.rule for report in findings.reports) != due:
        return "The check reported no result."
    return None


def _disagreement(counts: Counts, evaluation: Evaluation) -> str:
    sums = f"the evaluation counts {counts.counted:,} and {counts.listed:,} are listed"
    if counts.counted != counts.listed:
        return f"The violations do not add up: {sums}."
    why = "could not be judged" if evaluation.applicable else "is not concerned"
    return f"The violations contradict the evaluation: {sums}, although this party {why}."


def _said(evaluation: Evaluation, otherwise: str) -> str:
    """The evaluation's own sentence, on one line."""
    return " ".join((evaluation.reason or "").split()) or otherwise
