"""A control in one sentence."""

from __future__ import annotations

from datetime import date

import pytest

from expectations.sentences import sentences, summaries
from expectations.verdicts import ControlResult, Verdict

CONTROL = "II.B.authorized-elements"


def _result(party: str, verdict: Verdict, violations: int = 0, until: date | None = None) -> ControlResult:
    return ControlResult(CONTROL, "II.B", party, verdict, "critical", violations, "why", until, None)


PASS, UNSURE, NOT = _result("a", "PASS"), _result("b", "INCONCLUSIVE"), _result("c", "NOT_APPLICABLE")
CASES = [
    ([NOT, NOT], "applies to no party."),
    ([PASS, NOT], "passes for 1 party."),
    ([PASS, PASS], "passes for 2 parties."),
    ([PASS, UNSURE, NOT], "passes for 1 of 2 parties; 1 could not be judged."),
    ([UNSURE], "1 could not be judged."),
    ([PASS, _result("q", "FAIL", 1)], "1 of 2 parties fails: q (1 violation)."),
    (
        [PASS, PASS, UNSURE, _result("mailmoth", "FAIL", 1), _result("quizhive", "FAIL", 1204), NOT],
        "2 of 5 parties fail: quizhive (1,204 violations), mailmoth (1 violation); 1 could not be judged.",
    ),
    ([_result("q", "FAIL", 2, date(2026, 12, 31))], "1 of 1 party fails: q (2 violations, waived until 2026-12-31)."),
    (
        [_result(f"p{i}", "FAIL", 1) for i in range(7)],
        "7 of 7 parties fail: " + ", ".join(f"p{i} (1 violation)" for i in range(5)) + " and 2 more.",
    ),
]


@pytest.mark.parametrize(("results", "expected"), CASES)
def test_the_sentence(results: list[ControlResult], expected: str) -> None:
    assert sentences(results) == {CONTROL: f"{CONTROL}: {expected}"}


def test_the_counts_beside_it() -> None:
    (summary,) = summaries([PASS, UNSURE, NOT, _result("q", "FAIL", 3), _result("r", "FAIL", 4)])
    counts = (summary.passed, summary.failed, summary.inconclusive, summary.not_applicable, summary.violations)
    assert (summary.verdict, summary.severity, counts) == ("FAIL", "critical", (1, 2, 1, 1, 7))


def test_no_result_no_sentence() -> None:
    assert sentences([]) == {}
