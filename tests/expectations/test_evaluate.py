"""Every outcome, end to end: two DuckDB files in, results out, through Great Expectations."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from expectations import section_i, section_ii, section_iii, section_iv
from expectations.catalogue import controls
from expectations.evaluate import StageUnreadable, evaluate

if TYPE_CHECKING:
    from expectations.verdicts import ControlResult
    from tests.expectations.conftest import StageFiles

ELEMENTS = "II.B.authorized-elements"
RETURNED = "III.A.data-returned"


def test_every_control_and_registered_party_has_one_result(stage: StageFiles) -> None:
    results = evaluate(stage.facts, stage.mart)
    assert [(r.control_id, r.party_id) for r in results] == [(c.control_id, party) for c in controls() for party in stage.parties]
    assert all(r.reason and r.evidence_file_id == "f1" for r in results)


def test_nothing_wrong_passes_and_what_is_not_written_does_not(stage: StageFiles) -> None:
    evaluated = {control.control_id: control.evaluated for control in controls()}
    for (control_id, _), result in stage.results().items():
        assert result.verdict == ("PASS" if evaluated[control_id] else "INCONCLUSIVE")
        assert result.reason == ("Looks good." if evaluated[control_id] else "Not yet evaluated: no check.")
        assert result.violations == 0


def test_a_check_that_is_not_written_cannot_pass_or_fail_whatever_its_row_says(stage: StageFiles) -> None:
    stage.change("I.F.coverage", "quizhive", "evaluable = true")
    stage.change("I.F.coverage", "mailmoth", "evaluable = true, violations = 3")
    results = stage.results()
    assert results["I.F.coverage", "quizhive"].verdict == "INCONCLUSIVE"
    assert results["I.F.coverage", "mailmoth"].verdict == "INCONCLUSIVE"


def test_a_rule_makes_a_control_not_applicable_also_before_its_check_is_written(stage: StageFiles) -> None:
    stage.change("I.F.coverage", "quizhive", "applicable = false, evaluable = false, reason = 'Hosts nothing.'")
    stage.change(RETURNED, "quizhive", "applicable = false, evaluable = NULL, reason = NULL, evidence_file_id = NULL")
    results = stage.results()
    assert results["I.F.coverage", "quizhive"].verdict == "NOT_APPLICABLE"
    assert results["I.F.coverage", "quizhive"].reason == "Hosts nothing."
    assert results[RETURNED, "quizhive"].verdict == "NOT_APPLICABLE"
    assert results[RETURNED, "quizhive"].reason == "The control does not apply to this party."
    assert results[RETURNED, "quizhive"].evidence_file_id is None


def test_violations_fail_with_their_count_and_the_evaluations_words(stage: StageFiles) -> None:
    stage.violate(ELEMENTS, "quizhive", 1204)
    stage.change(ELEMENTS, "quizhive", "reason = E'1,204 elements\\n are not listed.', evidence_file_id = 'f7'")
    stage.violate(ELEMENTS, "mailmoth", 1)
    stage.change(ELEMENTS, "mailmoth", "reason = NULL")
    results = stage.results()
    failed = results[ELEMENTS, "quizhive"]
    assert (failed.verdict, failed.violations, failed.severity, failed.clause) == ("FAIL", 1204, "critical", "II.B")
    assert (failed.reason, failed.evidence_file_id) == ("1,204 elements are not listed.", "f7")
    assert results[ELEMENTS, "mailmoth"].reason == "1 violation."
    assert results[ELEMENTS, "district"].verdict == "PASS"


def test_more_parties_fail_than_stock_gx_shows_rows(stage: StageFiles) -> None:
    stage.sql(
        "INSERT INTO facts.party BY NAME SELECT 'p' || i AS party_id FROM range(400) t(i)",
        "INSERT INTO facts.evaluations SELECT control_id, 'p' || i, true, true, 1, NULL, 'x', NULL"
        f" FROM (SELECT '{ELEMENTS}' AS control_id), range(400) t(i)",
        f"INSERT INTO mart.violations BY NAME SELECT '{ELEMENTS}' AS control_id, 'p' || i AS party_id FROM range(400) t(i)",
    )
    assert sum(result.verdict == "FAIL" for result in stage.results().values()) == 400


SEVERITIES = [
    ((None,), None, "high"),
    ((None,), "critical", "critical"),
    (("low",), None, "low"),
    (("low", "medium"), "critical", "medium"),
    (("medium", "critical", "low"), None, "critical"),
    (("low", None), None, "high"),
    (("Jane Doe",), "Jane Doe", "high"),
]


@pytest.mark.parametrize(("violations", "evaluation", "expected"), SEVERITIES)
def test_the_severity_is_the_worst_violations(
    stage: StageFiles, violations: tuple[str | None, ...], evaluation: str | None, expected: str
) -> None:
    for severity in violations:
        stage.violate(RETURNED, "quizhive", 1, severity)
    if evaluation:
        stage.change(RETURNED, "quizhive", f"severity = '{evaluation}'")
    assert stage.results()[RETURNED, "quizhive"].severity == expected


def test_missing_evidence_is_inconclusive_with_its_reason(stage: StageFiles) -> None:
    stage.change(ELEMENTS, "quizhive", "evaluable = false, reason = 'No export was delivered.'")
    stage.change(ELEMENTS, "mailmoth", "evaluable = NULL, reason = '  '")
    results = stage.results()
    assert (results[ELEMENTS, "quizhive"].verdict, results[ELEMENTS, "quizhive"].reason) == ("INCONCLUSIVE", "No export was delivered.")
    assert (results[ELEMENTS, "mailmoth"].verdict, results[ELEMENTS, "mailmoth"].reason) == (
        "INCONCLUSIVE",
        "The evidence does not suffice.",
    )


def test_a_missing_repeated_or_silent_evaluation_is_inconclusive(stage: StageFiles) -> None:
    of = f"control_id = '{ELEMENTS}' AND party_id"
    stage.sql(
        f"DELETE FROM facts.evaluations WHERE {of} = 'quizhive'",
        f"INSERT INTO facts.evaluations SELECT * FROM facts.evaluations WHERE {of} = 'mailmoth'",
        f"UPDATE facts.evaluations SET applicable = NULL WHERE {of} = 'brightreads'",
    )
    results = stage.results()
    assert {results[ELEMENTS, party].verdict for party in ("quizhive", "mailmoth", "brightreads")} == {"INCONCLUSIVE"}
    assert results[ELEMENTS, "quizhive"].reason == "The control was not evaluated for this party."
    assert results[ELEMENTS, "mailmoth"].reason == "The control has 2 evaluations of this party, where one is due."
    assert results[ELEMENTS, "district"].verdict == "PASS"


def test_a_party_that_only_the_mart_knows_is_not_passed_over(stage: StageFiles) -> None:
    stage.sql("INSERT INTO mart.parties (party_id, kind) VALUES ('cloudbarn', 'subprocessor')")
    assert {r.verdict for (_, party), r in stage.results().items() if party == "cloudbarn"} == {"INCONCLUSIVE"}


def test_counts_that_do_not_add_up_are_neither_fail_nor_pass(stage: StageFiles) -> None:
    stage.violate(ELEMENTS, "quizhive", 2)
    stage.change(ELEMENTS, "quizhive", "violations = 1300")
    stage.violate(ELEMENTS, "mailmoth", 3)
    stage.change(ELEMENTS, "mailmoth", "violations = 0")
    stage.change(ELEMENTS, "brightreads", "violations = 1")
    stage.violate(ELEMENTS, "district", 1)
    stage.change(ELEMENTS, "district", "evaluable = false")
    stage.violate(RETURNED, "quizhive", 1)
    stage.change(RETURNED, "quizhive", "applicable = false")
    results = stage.results()
    assert {r.verdict for (control, _), r in results.items() if control == ELEMENTS} == {"INCONCLUSIVE"}
    assert results[ELEMENTS, "quizhive"].reason == "The violations do not add up: the evaluation counts 1,300 and 2 are listed."
    assert results[ELEMENTS, "district"].reason.endswith("although this party could not be judged.")
    assert results[RETURNED, "quizhive"].reason.endswith("although this party is not concerned.")
    assert [results[ELEMENTS, party].violations for party in ("quizhive", "mailmoth", "brightreads", "district")] == [2, 3, 0, 1]


@pytest.mark.parametrize("stray", ["'somebody'", "NULL"])
def test_a_violation_of_nobody_known_keeps_the_others_from_passing(stage: StageFiles, stray: str) -> None:
    stage.sql(f"INSERT INTO mart.violations (control_id, party_id) VALUES ('{ELEMENTS}', {stray})")
    stage.violate(ELEMENTS, "quizhive", 1)
    results = stage.results()
    assert results[ELEMENTS, "district"].verdict == "INCONCLUSIVE"
    assert results[ELEMENTS, "quizhive"].verdict == "FAIL"
    assert results[RETURNED, "district"].verdict == "PASS"


def test_a_waiver_shows_on_failures_until_it_expires(stage: StageFiles) -> None:
    for party in ("quizhive", "mailmoth", "brightreads"):
        stage.violate(ELEMENTS, party, 1)
    stage.sql(
        f"""INSERT INTO facts.waiver VALUES ('{ELEMENTS}', 'quizhive', DATE '2026-11-24'), ('{ELEMENTS}', 'quizhive', DATE '2026-12-31'),
            ('{ELEMENTS}', 'mailmoth', DATE '2026-11-23'), ('{RETURNED}', 'brightreads', DATE '2030-01-01'),
            ('{ELEMENTS}', 'district', DATE '2030-01-01')"""
    )
    results = stage.results()
    assert (results[ELEMENTS, "quizhive"].verdict, results[ELEMENTS, "quizhive"].waived_until) == ("FAIL", date(2026, 12, 31))
    assert results[ELEMENTS, "mailmoth"].waived_until is None
    assert results[ELEMENTS, "brightreads"].waived_until is None
    assert results[ELEMENTS, "district"].waived_until is None  # it passes


def test_the_files_are_let_go_of_unchanged_and_nothing_is_written_beside_them(
    stage: StageFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    evaluate(stage.facts, stage.mart)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert list(elsewhere.iterdir()) == []
    with duckdb.connect(str(stage.mart)) as mart:  # whoever publishes writes next
        mart.execute("INSERT INTO runs (run_id) VALUES ('r1')")


def test_forty_controls_and_twenty_parties_take_less_than_four_seconds(stage: StageFiles) -> None:
    """Two seconds on a quiet machine; twice that here, where others may be at work."""
    stage.sql(
        "INSERT INTO facts.party BY NAME SELECT 'p' || i AS party_id FROM range(16) t(i)",
        "INSERT INTO facts.evaluations SELECT control_id, 'p' || i, applicable, evaluable, violations, severity, reason, evidence_file_id"
        " FROM facts.evaluations, range(16) t(i) WHERE party_id = 'quizhive'",
    )
    start = time.perf_counter()
    assert len(evaluate(stage.facts, stage.mart)) == len(controls()) * 20
    assert time.perf_counter() - start < 4


def test_a_section_suite_holds_two_expectations_a_control_that_is_evaluated_and_one_else() -> None:
    for section in (section_i, section_ii, section_iii, section_iv):
        mine = [control for control in controls() if control.section == section.SECTION]
        suites = [section.suite(), *([section.roll_up_suite()] if section is section_iv else [])]
        metas = [(e.meta or {})["control_id"] for suite in suites for e in suite.expectations]
        assert sorted(metas) == sorted(c.control_id for c in mine for _ in range(2 if c.evaluated else 1))


def test_the_roll_up_is_judged_when_the_others_are_handed_back(stage: StageFiles) -> None:
    stage.violate(ELEMENTS, "quizhive", 2)
    handed: list[ControlResult] = []

    def hand_back(results: list[ControlResult]) -> None:
        handed.extend(results)
        failed = {result.party_id for result in results if result.verdict == "FAIL"}
        for party in failed:
            stage.violate(section_iv.ROLL_UP, party, 1)  # writes: nobody has the files open

    results = {(r.control_id, r.party_id): r for r in evaluate(stage.facts, stage.mart, hand_back)}
    assert {r.control_id for r in handed} == {c.control_id for c in controls()} - {section_iv.ROLL_UP}
    assert results[section_iv.ROLL_UP, "quizhive"].verdict == "FAIL"
    assert results[section_iv.ROLL_UP, "mailmoth"].verdict == "PASS"
    assert list(results) == [(c.control_id, party) for c in controls() for party in stage.parties]


def test_no_party_to_judge_is_an_error(stage: StageFiles) -> None:
    stage.sql("DELETE FROM facts.party", "DELETE FROM mart.parties")
    with pytest.raises(StageUnreadable, match="no row"):
        evaluate(stage.facts, stage.mart)
