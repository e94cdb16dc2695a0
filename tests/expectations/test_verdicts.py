"""The ladder of verdicts, step by step, with no database and no GX."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.catalogue import controls
from expectations.verdicts import EVALUABLE, NO_VIOLATION, Counts, Evaluation, Findings, Report, judge

EVALUATED = next(c for c in controls() if c.control_id == "III.A.data-returned")
NOT_YET = next(c for c in controls() if c.control_id == "I.B.unique-accounts")

ROW = Evaluation("p", True, "Said.", "f1")
CLEAN = (Report("x", EVALUABLE), Report("x", NO_VIOLATION))
UNJUDGED = Report("x", EVALUABLE, {"p": Counts(rows=1)})
VIOLATING = Report("x", NO_VIOLATION, {"p": Counts(counted=2, listed=2, judged=1, low=2)})
STRAY = Report("x", NO_VIOLATION, {"q": Counts(counted=0, listed=1, judged=0, low=1)})
BROKEN = Report("x", EVALUABLE, error="BinderException")


def _verdict(evaluations: Sequence[Evaluation] | str, reports: Sequence[Report], control: object = EVALUATED) -> tuple[str, str]:
    (result,) = judge(Findings(control, evaluations, reports), ["p"])  # type: ignore[arg-type]
    return result.verdict, result.reason


LADDER = [
    ("IOException", CLEAN, "INCONCLUSIVE", "The evaluation could not be read: IOException"),
    ([], CLEAN, "INCONCLUSIVE", "The control was not evaluated for this party."),
    ([ROW, ROW], CLEAN, "INCONCLUSIVE", "The control has 2 evaluations of this party, where one is due."),
    ([ROW], (UNJUDGED, VIOLATING), "INCONCLUSIVE", None),
    ([Evaluation("p", False, "No.", None)], (CLEAN[0], VIOLATING), "INCONCLUSIVE", None),
    ([Evaluation("p", False, "No.", None)], (BROKEN, BROKEN), "NOT_APPLICABLE", "No."),
    ([Evaluation("p", False, "No.", None)], (), "NOT_APPLICABLE", "No."),
    ([ROW], (BROKEN, CLEAN[1]), "INCONCLUSIVE", "The check could not run: BinderException"),
    ([ROW], (BROKEN, VIOLATING), "INCONCLUSIVE", "The check could not run: BinderException"),
    ([ROW], (), "INCONCLUSIVE", "The check reported no result."),
    ([ROW], CLEAN[:1], "INCONCLUSIVE", "The check reported no result."),
    ([ROW], CLEAN[1:], "INCONCLUSIVE", "The check reported no result."),
    ([ROW], (*CLEAN, CLEAN[0]), "INCONCLUSIVE", "The check reported no result."),
    ([ROW], (UNJUDGED, CLEAN[1]), "INCONCLUSIVE", "Said."),
    ([ROW], (CLEAN[0], VIOLATING), "FAIL", "Said."),
    ([ROW], (CLEAN[0], STRAY), "INCONCLUSIVE", "Violations are listed for 1 that the register does not know."),
    ([ROW], CLEAN, "PASS", "Said."),
    ([Evaluation("p", True, None, None)], CLEAN, "PASS", "No violation was found."),
]


@pytest.mark.parametrize(("evaluations", "reports", "verdict", "reason"), LADDER)
def test_the_ladder(evaluations: Sequence[Evaluation] | str, reports: Sequence[Report], verdict: str, reason: str | None) -> None:
    found = _verdict(evaluations, reports)
    assert found[0] == verdict
    assert reason is None or found[1] == reason


def test_what_is_not_yet_evaluated_never_passes() -> None:
    assert _verdict([Evaluation("p", True, None, None)], (UNJUDGED,), NOT_YET) == ("INCONCLUSIVE", "Not yet evaluated.")
    assert _verdict([ROW], CLEAN, NOT_YET)[0] == "INCONCLUSIVE"


counts = st.builds(Counts, counted=st.integers(0, 2), listed=st.integers(0, 2), judged=st.integers(0, 2), high=st.integers(0, 2))
reports = st.builds(
    Report,
    control_id=st.just("x"),
    rule=st.sampled_from([EVALUABLE, NO_VIOLATION]),
    named=st.dictionaries(st.sampled_from(["p", "q", ""]), counts, max_size=2),
    error=st.sampled_from([None, "BinderException"]),
)
evaluations = st.builds(
    Evaluation,
    party_id=st.sampled_from(["p", "q"]),
    applicable=st.sampled_from([True, False, None]),
    reason=st.just("Said."),
    evidence_file_id=st.none(),
)


@given(st.lists(evaluations, max_size=3), st.lists(reports, max_size=4))
def test_a_pass_needs_two_clean_reports_and_a_fail_needs_counts_that_agree(rows: list[Evaluation], heard: list[Report]) -> None:
    (result,) = judge(Findings(EVALUATED, rows, heard), ["p"])
    if result.verdict in ("PASS", "FAIL"):
        assert sorted(report.rule for report in heard) == [EVALUABLE, NO_VIOLATION]
        assert not any(report.error for report in heard)
        named = [report.named["p"] for report in heard if "p" in report.named]
        assert (result.verdict == "PASS") == (not named)
        assert all(each.agree() and result.violations == each.listed for each in named)
    assert result.reason
