"""The one kind of expectation that all suites are made of: a query that names parties, and counts.

Here belong the expectation, its metric, the three rules every control is asked by (`evaluable`, `no_violation`, `not_yet_evaluated`),
and the reading of what GX reports about them. What the answers mean is decided in `verdicts.py`.

Each rule is one expectation a control, for all parties at once, and is found again by its `meta`: results do not come in the suite's order.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from expectations.catalogue import SEVERITIES, Control, controls
from expectations.engine import CheckFailed, DuckDBExecutionEngine, Stage, error_class
from expectations.verdicts import EVALUABLE, NO_VIOLATION, Counts, Report

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # third-party imports, as in engine.py
    from great_expectations.core import ExpectationSuite
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
    from great_expectations.expectations.metrics.metric_provider import metric_value
    from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

_HANDLED = "\nDuring handling of the above exception, another exception occurred:\n"
_METRIC = "unexpected_parties.counts"


class UnexpectedParties(QueryMetricProvider):
    """All rows of the query as party id → counts. A column that is neither is an error of the query, and its value stays here."""

    metric_name = _METRIC
    value_keys = ("unexpected_rows_query",)
    query_param_name: ClassVar[str] = "unexpected_rows_query"

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, dict[str, int]]:
        selectable, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type="table")
        sql = cls._get_substituted_batch_subquery_from_query_and_batch_selectable(
            query=cls._get_query_from_metric_value_kwargs(metric_value_kwargs),
            batch_selectable=selectable,
            execution_engine=execution_engine,
        )
        return _counts_by_party(execution_engine.records(sql))


def _counts_by_party(records: Iterable[Mapping[str, object]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for record in records:
        counts = {name: value for name, value in record.items() if name != "party_id" and isinstance(value, int)}
        if len(counts) != len(record) - 1:
            raise CheckFailed("TypeError")
        party = record.get("party_id")
        found["" if party is None else str(party)] = counts
    return found


class ExpectNoSuchParty(UnexpectedRowsExpectation):
    """`UnexpectedRowsExpectation` that fetches all rows and reports party ids and counts only, whatever the result format."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_METRIC,)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: dict[str, Any] | None = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        parties: dict[str, dict[str, int]] = metrics[_METRIC]
        return {"success": not parties, "result": {"observed_value": len(parties), "details": {"parties": parties}}}


# -- the rules --------------------------------------------------------------------------------------------------------------------


def evaluable(control: Control) -> ExpectNoSuchParty:
    """Every party that the control applies to can be judged."""
    return _expectation(control, EVALUABLE, _parties_where(f"{_of(control)} AND applicable AND evaluable IS NOT TRUE"))


def not_yet_evaluated(control: Control) -> ExpectNoSuchParty:
    """No party that the control applies to can be judged, whatever its row says: the check is not written."""
    return _expectation(control, EVALUABLE, _parties_where(f"{_of(control)} AND applicable"))


def no_violation(control: Control) -> ExpectNoSuchParty:
    """No party that can be judged has a violation.

    The count of the evaluation (`counted`), the rows people drill down to (`listed`, and how many of each severity) and whether the
    party could be judged at all (`judged`, 1 where it could) are all reported: `verdicts.py` compares them. A violation that names no
    severity has the evaluation's, else the control's.
    """
    severity = f"coalesce({_known('listed.severity')}, {_known('evaluated.severity')}, '{control.severity}')"
    by_severity = ", ".join(f"count(listed.party_id) FILTER ({severity} = '{each}') AS {each}" for each in SEVERITIES)
    return _expectation(
        control,
        NO_VIOLATION,
        f"""
        WITH evaluated AS (
            SELECT coalesce(party_id, '') AS party_id, CAST(sum(violations) AS BIGINT) AS counted, any_value(severity) AS severity,
                   count(*) FILTER (applicable AND evaluable) AS judged
            FROM {{batch}} AS evaluation WHERE {_of(control)} GROUP BY ALL
        ), listed AS (
            SELECT coalesce(party_id, '') AS party_id, severity FROM mart.violations WHERE {_of(control)}
        )
        SELECT coalesce(evaluated.party_id, listed.party_id) AS party_id, coalesce(any_value(counted), 0) AS counted,
               count(listed.party_id) AS listed, coalesce(any_value(judged), 0) AS judged, {by_severity}
        FROM evaluated FULL JOIN listed ON evaluated.party_id = listed.party_id
        GROUP BY 1 HAVING counted > 0 OR listed > 0
        """,
    )


def _parties_where(condition: str) -> str:
    return f"SELECT party_id, count(*) AS rows FROM {{batch}} WHERE {condition} GROUP BY party_id"


def _known(severity: str) -> str:
    return f"CASE WHEN {severity} IN ({', '.join(map(repr, SEVERITIES))}) THEN {severity} END"


def _of(control: Control) -> str:
    return f"control_id = '{control.control_id}'"  # ids are letters, digits, dots and hyphens: the catalogue checks


def _expectation(control: Control, rule: str, query: str) -> ExpectNoSuchParty:
    return ExpectNoSuchParty(unexpected_rows_query=query, meta={"control_id": control.control_id, "rule": rule})


def section_suite(section: str, but: Collection[str] = ()) -> ExpectationSuite:
    """The suite of a policy section (`II`): two expectations a control that is evaluated, one a control that is not yet.

    `but` names controls that have a suite of their own.
    """
    mine = [control for control in controls() if control.section == section and control.control_id not in but]
    return ExpectationSuite(name=f"section {section}", expectations=[each for control in mine for each in _expectations_of(control)])


def control_suite(control_id: str) -> ExpectationSuite:
    """The suite of one control that is asked in a call of its own."""
    mine = [control for control in controls() if control.control_id == control_id]
    return ExpectationSuite(name=control_id, expectations=[each for control in mine for each in _expectations_of(control)])


def _expectations_of(control: Control) -> Iterator[ExpectNoSuchParty]:
    if control.evaluated:
        yield evaluable(control)
        yield no_violation(control)
    else:
        yield not_yet_evaluated(control)


# -- what GX reports --------------------------------------------------------------------------------------------------------------


def run(stage: Stage, suite: ExpectationSuite) -> list[Report]:
    """Validate a suite on the stage. What could not run comes back as a report with the class of its error, nothing is raised."""
    failed = ""
    try:
        return [_report(result) for result in stage.batch.validate(suite, result_format="COMPLETE").results]
    except Exception as error:  # GX raises what it does not catch itself: then no expectation of the suite ran
        failed = error_class(error)
    return [Report(**expectation.meta, error=failed) for expectation in suite.expectations if expectation.meta]


def _report(result: Any) -> Report:
    meta = result.expectation_config.meta
    error = reported_error(result.exception_info)
    if error is None and bool(result.success) == bool(_parties(result)):
        error = "ContradictoryResult"
    named = {} if error else {party: Counts(**counts) for party, counts in _parties(result).items()}
    return Report(control_id=meta["control_id"], rule=meta["rule"], named=named, error=error)


def _parties(result: Any) -> dict[str, dict[str, int]]:
    details: dict[str, Any] = (result.result or {}).get("details") or {}
    return details.get("parties") or {}


def reported_error(exception_info: Mapping[str, Any] | None) -> str | None:
    """The class of the error in a result's `exception_info`, which is flat on success and may be a map by metric id on error; else None.

    Its texts may quote values and are only searched for names of exception classes that exist.
    """
    for info in _infos(exception_info or {}):
        if info.get("raised_exception"):
            return _class_named_in(f"{info.get('exception_traceback')}\n{info.get('exception_message')}")
    return None


def _infos(exception_info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "raised_exception" in exception_info:
        return [exception_info]
    return list(exception_info.values())


def _class_named_in(text: str) -> str:
    """The error that came first, for tracebacks print the cause before what it caused; what GX had already handled does not count.

    Our own `CheckFailed` names the class it stands for.
    """
    known = {error.__name__ for error in _subclasses(BaseException)}
    for name, message in re.findall(r"^([A-Za-z_][\w.]*)(?:: (\w+)$)?", text.rpartition(_HANDLED)[2], flags=re.MULTILINE):
        candidate: str = message if name.endswith(f".{CheckFailed.__name__}") else name.rpartition(".")[2]
        if candidate in known:
            return candidate
    return "Exception"


def _subclasses(of: type[BaseException]) -> Iterator[type[BaseException]]:
    for subclass in of.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
