"""IV.D rests on the verdicts of the others, and on a retention policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from lineage.stage import ROLL_UP, roll_up
from tests.lineage.case import Case, Mart, small_district


@dataclass(frozen=True)
class Given:
    control_id: str
    party_id: str
    verdict: str
    violations: int = 0
    evidence_file_id: str | None = None


CONSENT, STAFF, MEDIUM = "I.E.consent-before-collection", "I.A.staff-records", "I.A.steps-taken"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    """`v` has a policy on file, `w` an old one; the district has one as well."""
    case = small_district(Path(tmp_path_factory.mktemp("rollup")))
    case.add("evidence_intervals", kind="documents", days=365)
    for delivery, path in (("v/2026-01-10", "documents/Retention-Policy.pdf"), ("w/2025-01-10", "documents/x.zip!/retention-policy.txt")):
        case.file(delivery, "documents", path=path)
    case.file("sub/2026-01-10", "documents", path="documents/our-retention-policy.txt")
    return case.build()


def after(built: Mart, *verdicts: Given) -> Mart:
    roll_up(built.facts, built.path, verdicts, None)
    return built


def test_before_the_others_are_known_it_is_not_yet_evaluated(tmp_path: Path) -> None:
    mart = Case(tmp_path).build()
    assert mart.verdict(ROLL_UP, "district") == "NOT_APPLICABLE"


CASES = {
    "a failure": ([Given(CONSENT, "v", "FAIL", 1204)], "FAIL", "1 critical or high control fails: I.E.consent-before-collection."),
    "a failure beside what is unclear": (
        [Given(CONSENT, "v", "FAIL", 1), Given("I.F.encryption-256", "v", "INCONCLUSIVE")],
        "FAIL",
        "1 critical",
    ),
    "unclear": (
        [Given(CONSENT, "v", "INCONCLUSIVE")],
        "INCONCLUSIVE",
        "1 critical or high control could not be judged: I.E.consent-before-collection.",
    ),
    "all pass": ([Given(CONSENT, "v", "PASS")], "PASS", "All 1 critical and high controls that apply pass, and a"),
    "staff records do not count": ([Given(CONSENT, "v", "PASS"), Given(STAFF, "v", "FAIL", 3)], "PASS", "All 1 critical"),
    "nor does a medium control": ([Given(CONSENT, "v", "PASS"), Given(MEDIUM, "v", "FAIL", 3)], "PASS", "All 1 critical"),
    "nothing applies": ([Given(CONSENT, "v", "NOT_APPLICABLE")], "INCONCLUSIVE", "No critical or high control was judged."),
    "no policy": ([Given(CONSENT, "sub", "PASS")], "INCONCLUSIVE", "Missing: a written retention policy (documents/retention-policy.*)."),
    "an old policy": ([Given(CONSENT, "w", "PASS")], "INCONCLUSIVE", "The written retention policy is older"),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(built: Mart, name: str) -> None:
    given, verdict, reason = CASES[name]
    party = given[0].party_id
    mart = after(built, *given)
    said = mart.reason(ROLL_UP, party)
    assert mart.verdict(ROLL_UP, party) == verdict, said
    if name in ("no policy", "an old policy"):
        assert reason in said
    else:
        assert said.startswith(reason)


def test_it_is_no_duty_of_the_district_and_twice_is_once(built: Mart) -> None:
    failures = [Given(CONSENT, "v", "FAIL", 1204, None), Given("I.F.encryption-256", "v", "FAIL", 1), Given(CONSENT, "district", "FAIL", 1)]
    for _ in range(2):
        mart = after(built, *failures)
        assert mart.verdict(ROLL_UP, "district") == "NOT_APPLICABLE"
        assert mart.violations(ROLL_UP, "v") == [
            (None, None, "I.E.consent-before-collection fails with 1,204 violations"),
            (None, None, "I.F.encryption-256 fails with 1 violation"),
        ]
    assert mart.fact_rows(f"SELECT count(*) FROM evaluations WHERE control_id = '{ROLL_UP}'") == [(4,)]
