"""What Dagster is told: everything loads, nothing is thick, every column and control is there."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

import assets
from assets.build import build_definitions, time_zone
from assets.mart import check_name, check_result
from assets.scan import DELIVERIES
from assets.tables import COMES_FROM, mart_tables, table_key, table_schema
from expectations.catalogue import controls
from expectations.sentences import summaries
from expectations.verdicts import ControlResult
from hallpass.settings import Settings


@pytest.fixture
def definitions(settings: Settings) -> dg.Definitions:
    return build_definitions(settings=settings)


def test_definitions_load_without_a_district(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    graph = definitions.get_repository_def().asset_graph
    assert graph.get(dg.AssetKey("delivery_scan")).partitions_def == DELIVERIES
    assert {job.name for job in definitions.get_repository_def().get_all_jobs()} >= {"nightly", "judge"}


def test_every_asset_has_a_room_an_owner_kinds_and_a_pii_tag(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.group_name in {"intake", "scan", "lineage", "stage", "audit", "mart"}, spec.key
        assert spec.owners, spec.key
        assert spec.kinds, spec.key
        assert spec.tags["pii"] in {"none", "pseudonym"}, spec.key
        assert spec.description, spec.key


def test_every_control_has_its_check_and_only_the_contract_blocks(definitions: dg.Definitions) -> None:
    graph = definitions.get_repository_def().asset_graph
    checks = {key.name: graph.get_check_spec(key) for key in graph.asset_check_keys}
    assert {check_name(control.control_id) for control in controls()} <= set(checks)
    assert {name for name, spec in checks.items() if spec.blocking} == {"contract"}


def test_columns_come_from_mart_sql_and_carry_a_pii_tag() -> None:
    assert {"parties", "disclosures", "flows", "control_results", "clause_status", "runs"} <= set(mart_tables())
    tags = {column.name: column.tags["pii"] for column in table_schema("disclosures").columns}
    assert tags["subject_key"] == "pseudonym"
    assert tags["authorized"] == "none"


def test_every_table_and_column_says_what_it_means() -> None:
    for table, described in mart_tables().items():
        assert described.description, table
        for column in table_schema(table).columns:
            assert column.description, (table, column.name)


def test_column_lineage_names_columns_that_exist() -> None:
    columns = {table: {column.name for column in described.columns} for table, described in mart_tables().items()}
    for table, of in COMES_FROM.items():
        for column, sources in of.items():
            assert column in columns[table]
            for source, name in sources:
                assert name in columns[source], (table, column, source, name)


def test_every_table_of_the_mart_is_an_asset(definitions: dg.Definitions) -> None:
    keys = definitions.get_repository_def().asset_graph.get_all_asset_keys()
    assert {table_key(table) for table in mart_tables()} <= set(keys)


def test_the_schedule_runs_in_the_districts_time_zone(settings: Settings) -> None:
    settings.district.mkdir(parents=True)
    (settings.district / "district.yaml").write_text("name: Elm Creek\ntime_zone: America/Denver\n")
    schedule = build_definitions(settings=settings).resolve_schedule_def("every_night")
    assert schedule.execution_timezone == "America/Denver"


@pytest.mark.parametrize(
    "text", ["", "name: x", "[", "time_zone:", "\x00", "- time_zone", "time_zone: Mars/Base", "time_zone: [a]", "time_zone: ../x"]
)
def test_a_district_that_cannot_be_read_still_loads(settings: Settings, text: str) -> None:
    settings.district.mkdir(parents=True)
    (settings.district / "district.yaml").write_text(text)
    assert time_zone(settings) == "UTC"


def test_dagsters_own_settings_keep_quiet() -> None:
    written = yaml.safe_load((Path(assets.__file__).parent / "dagster.yaml").read_text())
    assert written["telemetry"] == {"enabled": False}
    assert written["compute_logs"]["class"] == "NoOpComputeLogManager"
    assert written["concurrency"]["pools"] == {"granularity": "run", "default_limit": 1}


def test_the_workspace_names_a_module_that_exists() -> None:
    root = Path(assets.__file__).parents[1]
    (entry,) = yaml.safe_load((root / "workspace.yaml").read_text())["load_from"]
    module = import_module(entry["python_module"]["module_name"])
    assert isinstance(module.defs, dg.Definitions)


def test_assets_are_thin() -> None:
    """30 lines or fewer, decorators and docstring apart."""
    for file in sorted(Path(assets.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.body[0].lineno < 30, f"{file.name}: {node.name}"


@pytest.mark.parametrize(
    ("verdicts", "passed", "severity"),
    [
        (["PASS", "NOT_APPLICABLE"], True, dg.AssetCheckSeverity.WARN),
        (["PASS", "INCONCLUSIVE"], False, dg.AssetCheckSeverity.WARN),
        (["FAIL", "INCONCLUSIVE"], False, dg.AssetCheckSeverity.ERROR),
    ],
)
def test_a_check_is_red_only_for_a_party_that_fails(verdicts: list[Any], passed: bool, severity: dg.AssetCheckSeverity) -> None:
    control = next(it for it in controls() if it.control_id == "II.B.authorized-elements")
    rows = [
        ControlResult(control.control_id, control.clause, f"party-{i}", verdict, "critical", int(verdict == "FAIL"), "because", None, None)
        for i, verdict in enumerate(verdicts)
    ]
    result = check_result(control, summaries(rows)[0])
    assert (result.passed, result.severity) == (passed, severity)
    assert control.control_id in str(result.description)
    assert result.metadata["mend"].value == control.mend
