"""Results in a sentence a control, for those who look at a night in Dagster or on a terminal.

Counts and party ids only. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from expectations.catalogue import SEVERITIES, Severity
from expectations.verdicts import ControlResult, Verdict

_SHOWN = 5
"""Failing parties named in a sentence; the mart has them all."""


@dataclass(frozen=True)
class Summary:
    """One control over all parties. `severity` is the worst of its failures', else the control's."""

    control_id: str
    verdict: Verdict
    severity: Severity
    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    violations: int
    sentence: str


def summaries(results: Iterable[ControlResult]) -> list[Summary]:
    """One a control, in the order of the results."""
    by_control: dict[str, list[ControlResult]] = {}
    for result in results:
        by_control.setdefault(result.control_id, []).append(result)
    return [_summary(control_id, group) for control_id, group in by_control.items()]


def sentences(results: Iterable[ControlResult]) -> dict[str, str]:
    """Control id → "II.B.authorized-elements: 2 of 5 parties fail: quizhive (1,204 violations), mailmoth (1 violation); 1 could not be
    judged."
    """
    return {summary.control_id: summary.sentence for summary in summaries(results)}


def _summary(control_id: str, results: list[ControlResult]) -> Summary:
    failing = sorted((r for r in results if r.verdict == "FAIL"), key=lambda r: (SEVERITIES.index(r.severity), -r.violations, r.party_id))
    count = {verdict: sum(r.verdict == verdict for r in results) for verdict in ("PASS", "INCONCLUSIVE", "NOT_APPLICABLE")}
    return Summary(
        control_id=control_id,
        verdict=_worst(results),
        severity=failing[0].severity if failing else results[0].severity,
        passed=count["PASS"],
        failed=len(failing),
        inconclusive=count["INCONCLUSIVE"],
        not_applicable=count["NOT_APPLICABLE"],
        violations=sum(r.violations for r in failing),
        sentence=f"{control_id}: {_sentence(failing, count['PASS'], count['INCONCLUSIVE'])}.",
    )


def _worst(results: list[ControlResult]) -> Verdict:
    ranks: tuple[Verdict, ...] = ("FAIL", "INCONCLUSIVE", "PASS", "NOT_APPLICABLE")
    return min((r.verdict for r in results), key=ranks.index)


def _sentence(failing: list[ControlResult], passed: int, inconclusive: int) -> str:
    concerned = len(failing) + passed + inconclusive
    if not concerned:
        return "applies to no party"
    if not failing and not inconclusive:
        return f"passes for {_count(concerned, 'party', 'parties')}"
    parts = []
    if failing:
        verb = "fails" if len(failing) == 1 else "fail"
        parts.append(f"{len(failing):,} of {_count(concerned, 'party', 'parties')} {verb}: {_named(failing)}")
    elif passed:
        parts.append(f"passes for {passed:,} of {_count(concerned, 'party', 'parties')}")
    if inconclusive:
        parts.append(f"{inconclusive:,} could not be judged")
    return "; ".join(parts)


def _named(failing: list[ControlResult]) -> str:
    names = [f"{r.party_id} ({_count(r.violations, 'violation', 'violations')}{_waiver(r)})" for r in failing[:_SHOWN]]
    return ", ".join(names) + (f" and {len(failing) - _SHOWN:,} more" if len(failing) > _SHOWN else "")


def _waiver(result: ControlResult) -> str:
    return f", waived until {result.waived_until.isoformat()}" if result.waived_until else ""


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
