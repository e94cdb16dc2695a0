"""A check that could not run is INCONCLUSIVE with the class of its error: never FAIL, never PASS, and never a value."""

from __future__ import annotations

import importlib
import inspect
import logging
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import great_expectations.exceptions as gx_exceptions
import pytest
import sqlalchemy.exc

from expectations import engine, rows
from expectations.catalogue import controls
from expectations.engine import CheckFailed, DuckDBExecutionEngine, open_stage, records_of
from expectations.evaluate import StageUnreadable, _evaluations, evaluate
from expectations.rows import evaluable, no_violation, reported_error, run
from expectations.verdicts import Findings, judge

if TYPE_CHECKING:
    from tests.expectations.conftest import StageFiles

ELEMENTS = "II.B.authorized-elements"
PLANTED = "Marisol O'Quiñones-Tate"
_QUOTED = PLANTED.replace("'", "''")
_CAST = f"CAST('{_QUOTED}' || left(party_id, 0) AS INTEGER)"
"""Fails on a row, quoting the value; it depends on the row, so that DuckDB does not fold it before."""


def _outcomes(stage: StageFiles, control_id: str) -> set[tuple[str, str]]:
    return {(result.verdict, result.reason) for (control, _), result in stage.results().items() if control == control_id}


def test_an_evaluation_whose_reason_cannot_be_made_spoils_its_own_control_only(stage: StageFiles) -> None:
    broken = f"CASE WHEN control_id = '{ELEMENTS}' THEN CAST({_CAST} AS VARCHAR) ELSE reason END"
    stage.sql(
        "ALTER TABLE facts.evaluations RENAME TO kept",
        f"CREATE VIEW facts.evaluations AS SELECT * REPLACE ({broken} AS reason) FROM facts.kept",
    )
    assert _outcomes(stage, ELEMENTS) == {("INCONCLUSIVE", "The evaluation could not be read: ConversionException")}
    assert _outcomes(stage, "III.A.data-returned") == {("PASS", "Looks good.")}


def test_a_failing_expectation_spoils_its_own_control_only(stage: StageFiles) -> None:
    severity = f"CASE WHEN control_id = '{ELEMENTS}' THEN CAST({_CAST} AS VARCHAR) END"
    stage.violate(ELEMENTS, "quizhive", 1)
    stage.violate("III.A.data-returned", "quizhive", 1)
    stage.sql(
        "ALTER TABLE mart.violations RENAME TO kept",
        f"CREATE VIEW mart.violations AS SELECT control_id, party_id, {severity} AS severity FROM mart.kept",
    )
    results = stage.results()
    assert _outcomes(stage, ELEMENTS) == {("INCONCLUSIVE", "The check could not run: ConversionException")}
    assert results[ELEMENTS, "quizhive"].violations == 1  # still listed in the mart: the sum is shown
    assert results["III.A.data-returned", "quizhive"].verdict == "FAIL"


def test_a_control_that_does_not_apply_needs_no_check_that_runs(stage: StageFiles) -> None:
    stage.change(ELEMENTS, "quizhive", "applicable = false")
    stage.sql("DROP TABLE mart.violations")
    results = stage.results()
    assert results[ELEMENTS, "quizhive"].verdict == "NOT_APPLICABLE"
    assert results[ELEMENTS, "district"].reason == "The check could not run: CatalogException"


BREAKS = {
    "no table violations": (["DROP TABLE mart.violations"], "The check could not run: CatalogException"),
    "no column severity": (["ALTER TABLE mart.violations DROP COLUMN severity"], "The check could not run: BinderException"),
    "no table evaluations": (["DROP TABLE facts.evaluations"], "The evaluation could not be read: CatalogException"),
    "no column evaluable": (["ALTER TABLE facts.evaluations DROP COLUMN evaluable"], "The check could not run: BinderException"),
    "no evaluations": (["DELETE FROM facts.evaluations"], "The control was not evaluated for this party."),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_stage_judges_nobody(stage: StageFiles, name: str) -> None:
    statements, reason = BREAKS[name]
    stage.sql(*statements)
    for control in controls():
        if control.evaluated:
            assert _outcomes(stage, control.control_id) == {("INCONCLUSIVE", reason)}
            break
    assert {result.verdict for result in stage.results().values()} == {"INCONCLUSIVE"}


@pytest.mark.parametrize("which", ["facts", "mart"])
@pytest.mark.parametrize("content", [b"", b"not a database " * 500, None])
def test_a_file_that_cannot_be_opened_judges_nobody(stage: StageFiles, which: str, content: bytes | None) -> None:
    path: Path = getattr(stage, which)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    results = stage.results()
    assert len(results) == len(controls()) * len(stage.parties)
    assert {result.verdict for result in results.values()} == {"INCONCLUSIVE"}


def test_two_files_that_cannot_be_opened_are_an_error_that_says_so(stage: StageFiles) -> None:
    stage.facts.write_bytes(b"x" * 9000)
    stage.mart.unlink()
    with pytest.raises(StageUnreadable, match=r"IOException.*build it again"):
        evaluate(stage.facts, stage.mart)


# -- every exception that GX, SQLAlchemy and DuckDB define ------------------------------------------------------------------------


def _defined_exceptions() -> list[type[Exception]]:
    modules = [sqlalchemy.exc, duckdb, gx_exceptions, *_gx_modules()]
    found = {value for module in modules for _, value in inspect.getmembers(module, inspect.isclass) if issubclass(value, Exception)}
    return sorted(found, key=lambda error: (error.__module__, error.__name__))


def _gx_modules() -> Iterator[Any]:
    """GX's modules that define errors beside the one that should; only what the engine has imported is looked at."""
    yield from (module for name, module in list(sys.modules.items()) if name.startswith("great_expectations.") and module)


EXCEPTIONS = _defined_exceptions()


def test_the_list_of_exceptions_is_not_empty_by_mistake() -> None:
    names = {error.__name__ for error in EXCEPTIONS}
    assert {"BinderException", "ConversionException", "PendingRollbackError", "MetricResolutionError", "TestConnectionError"} <= names
    assert len(EXCEPTIONS) > 120


def _instance(error: type[Exception]) -> Exception:
    """An instance without the constructor's arguments, whose text quotes a value where the class does not make its own."""
    made = error.__new__(error)
    made.args = (PLANTED,)
    return made


def _one_evaluation(stage: StageFiles) -> None:
    stage.sql(f"DELETE FROM facts.evaluations WHERE control_id <> '{ELEMENTS}' OR party_id <> 'quizhive'")


@pytest.mark.parametrize("where", ["in the query", "in GX before the metrics", "in GX after the metrics", "in the metric"])
def test_each_exception_is_inconclusive(
    stage: StageFiles, where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    control = next(c for c in controls() if c.control_id == ELEMENTS)
    _one_evaluation(stage)
    with open_stage(stage.facts, stage.mart) as opened:
        suite = rows.ExpectationSuite(name="one control", expectations=[evaluable(control), no_violation(control)])
        assert {r.verdict for r in judge(_findings(opened, suite, control), ["quizhive"])} == {"PASS"}
        for error in EXCEPTIONS:
            with monkeypatch.context() as patch:
                _raise(patch, where, error)
                reports = run(opened, suite)
            assert {report.rule for report in reports} == {"evaluable", "no violation"}
            assert all(report.error for report in reports), error
            assert {report.error for report in reports} == {error.__name__} or not _has_text(error), error
            (result,) = judge(Findings(control, _evaluations(opened, control), reports), ["quizhive"])
            assert result.verdict == "INCONCLUSIVE"
            assert result.reason.startswith("The check could not run: ")
            assert PLANTED not in f"{reports}{result}{caplog.text}"
        assert {r.verdict for r in judge(_findings(opened, suite, control), ["quizhive"])} == {"PASS"}  # and the engine is none the worse


def _has_text(error: type[Exception]) -> bool:
    """Where an error's own text cannot be made, what fails then is what GX reports."""
    try:
        str(_instance(error))
    except Exception:
        return False
    return True


def _raise(patch: pytest.MonkeyPatch, where: str, error: type[Exception]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise _instance(error)

    match where:
        case "in the query":
            patch.setattr("sqlalchemy.Connection.exec_driver_sql", fail)
        case "in the metric":
            patch.setattr(rows, "_counts_by_party", fail)
        case "in GX before the metrics":
            patch.setattr(rows.ExpectNoSuchParty, "get_validation_dependencies", fail)
        case _:
            patch.setattr(rows.ExpectNoSuchParty, "_validate", fail)


def _findings(stage: engine.Stage, suite: Any, control: Any) -> Findings:
    return Findings(control, _evaluations(stage, control), run(stage, suite))


# -- reading exception_info -------------------------------------------------------------------------------------------------------

TRACEBACK = """Traceback (most recent call last):
  File "a.py", line 1, in a
_duckdb.ConversionException: Conversion Error: Could not convert string 'x'

The above exception was the direct cause of the following exception:

great_expectations.exceptions.exceptions.MetricResolutionError: (duckdb) Could not convert string 'x'
"""


HANDLED = f"""Traceback (most recent call last):
  File "b.py", line 1, in b
KeyError: ('metric', 'id')

During handling of the above exception, another exception occurred:

{TRACEBACK}"""


def _info(text: str, raised: bool = True) -> dict[str, Any]:
    return {"raised_exception": raised, "exception_traceback": text, "exception_message": "Doe: Jane"}


INFOS = [
    ({}, None),
    (None, None),
    (_info("", raised=False), None),
    (_info(TRACEBACK), "ConversionException"),
    (_info(HANDLED), "ConversionException"),
    ({"('metric', 'id')": _info(TRACEBACK)}, "ConversionException"),
    (_info("expectations.engine.CheckFailed: BinderException"), "BinderException"),
    (_info("expectations.engine.CheckFailed: Jane"), "Exception"),
    (_info("Jane Doe: 123\nJane: Doe"), "Exception"),
    (_info("KeyError: 'Jane Doe'"), "KeyError"),
]


@pytest.mark.parametrize(("info", "expected"), INFOS)
def test_only_the_names_of_existing_exceptions_are_read(info: Any, expected: str | None) -> None:
    assert reported_error(info) == expected


# -- leaks ------------------------------------------------------------------------------------------------------------------------


def test_no_value_leaves_the_stage(stage: StageFiles, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    stage.violate(ELEMENTS, "quizhive", 2, detail=_QUOTED)
    stage.sql(
        f"CREATE VIEW facts.bad AS SELECT {_CAST} AS x FROM facts.party",
        f"UPDATE mart.violations SET severity = '{_QUOTED}', place = '{_QUOTED}'",
        "ALTER TABLE facts.evaluations RENAME TO kept",
        f"""CREATE VIEW facts.evaluations AS SELECT * REPLACE (CASE WHEN control_id = 'I.A.active-agreement'
            THEN CAST({_CAST} AS BOOLEAN) ELSE evaluable END AS evaluable) FROM facts.kept""",
    )
    results = evaluate(stage.facts, stage.mart)
    by_key = {(r.control_id, r.party_id): r for r in results}
    assert by_key[ELEMENTS, "quizhive"].verdict == "FAIL"
    assert by_key["I.A.active-agreement", "quizhive"].reason == "The check could not run: ConversionException"
    printed = capfd.readouterr()
    everything = f"{results}{caplog.text}{printed.out}{printed.err}"
    for part in (PLANTED, "Marisol", "Quiñones"):
        assert part not in everything
    assert printed.out == ""  # no progress bars, no advice


@pytest.mark.parametrize("how", ["stage", "one file"])
def test_an_error_carries_no_value_and_no_context(stage: StageFiles, how: str) -> None:
    stage.sql(f"CREATE VIEW facts.bad AS SELECT {_CAST} AS x FROM facts.party")
    with pytest.raises(CheckFailed) as caught:
        _ask(stage, how, "SELECT * FROM facts.bad")
    assert str(caught.value) == "ConversionException"
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert "Marisol" not in "".join(traceback.format_exception(caught.value))


def _ask(stage: StageFiles, how: str, sql: str) -> None:
    if how == "one file":
        records_of("facts", stage.facts, sql)
    else:
        with open_stage(stage.facts, stage.mart) as opened:
            opened.records(sql)


def test_a_text_column_of_an_expectation_is_an_error_not_a_result(stage: StageFiles) -> None:
    stage.violate(ELEMENTS, "quizhive", 1, detail=_QUOTED)
    leaky = rows.ExpectNoSuchParty(
        unexpected_rows_query="SELECT party_id, detail FROM mart.violations JOIN {batch} AS e USING (party_id)",
        meta={"control_id": ELEMENTS, "rule": "evaluable"},
    )
    suite = rows.ExpectationSuite(name="leaky", expectations=[leaky])
    with open_stage(stage.facts, stage.mart) as opened:
        (report,) = run(opened, suite)
    assert (report.error, report.named) == ("TypeError", {})


# -- the engine -------------------------------------------------------------------------------------------------------------------


def test_the_stage_is_read_only_and_closed_to_the_outside(stage: StageFiles) -> None:
    with open_stage(stage.facts, stage.mart) as opened:
        for statement, error in [
            ("DELETE FROM facts.evaluations", "InvalidInputException"),
            ("CREATE TABLE mart.x AS SELECT 1", "InvalidInputException"),
            ("SELECT * FROM read_text('/etc/hostname')", "PermissionException"),
            ("SET enable_external_access = true", "InvalidInputException"),
            ("LOAD httpfs", "PermissionException"),
        ]:
            with pytest.raises(CheckFailed, match=error):
                opened.records(statement)
        assert opened.records("SELECT count(*) AS n FROM facts.evaluations") == [{"n": len(controls()) * len(stage.parties)}]


def test_gx_finds_the_data_source_by_its_type() -> None:
    assert engine.DuckDBDatasource.__fields__["type"].default == "duckdb"
    assert issubclass(DuckDBExecutionEngine, engine.SqlAlchemyExecutionEngine)


def test_gx_may_not_log() -> None:
    logger = logging.getLogger("great_expectations.validator.validation_graph")
    assert not logger.isEnabledFor(logging.CRITICAL)


def test_the_room_imports_nothing_of_ours() -> None:
    import expectations

    for module in pkgutil.iter_modules(expectations.__path__):
        source = inspect.getsource(importlib.import_module(f"expectations.{module.name}"))
        for room in ("scanners", "lineage", "assets", "hallpass", "dashboards", "examples"):
            assert f"import {room}" not in source
            assert f"from {room}" not in source
