"""A night with decisions.csv: what each line settles or does not, and that people are told in print, in the mart and in Dagster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner

from assets.instance import open_instance
from hallpass.cli import main
from hallpass.settings import Settings

LINES = """\
party_id,path,field_path,data_element,because,decided_by,until
quietquill,export/learners.csv,grade,none,It is a shelf,Rosalind Harlow,
quietquill,export/*,first_name,other,,Office,2026-03-30
quietquill,export/Ingrid Lindqvist.csv,grade,none,,,
quietquill,2026-03-02/*,note#2,none,,,
"""


def told(settings: Settings) -> dg.AssetCheckEvaluation:
    with open_instance(settings) as instance:
        key = dg.AssetCheckKey(dg.AssetKey(["compliance", "decisions"]), "every_decision_applies")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.event is not None
        evaluation = record.event.get_dagster_event().event_specific_data
        assert isinstance(evaluation, dg.AssetCheckEvaluation)
        return evaluation


def test_what_became_of_each_line_is_told_everywhere(
    elm: Settings, elm_creek: Path, deliver: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HOME", elm.home), ("DISTRICT", elm.district), ("AS_OF", elm.as_of)):
        monkeypatch.setenv(f"HALLPASS_{name}", str(value))
    (elm_creek / "decisions.csv").write_text(LINES)
    deliver("quietquill/2026-03-16", {"export/Ingrid Lindqvist.csv": "note,note\nseat 1,seat 2\n"})
    done = CliRunner().invoke(main, ["run"])
    assert done.exit_code == 0, done.output
    printed = " ".join(done.output.split())
    assert "4 decisions on what a field is: 1 applied, 1 expired, 2 unmatched." in printed
    assert "decisions.csv, line 3, about quietquill: expired: ran out on 2026-03-30; it would still settle 2 fields" in printed
    assert "decisions.csv, line 4, about quietquill: unmatched: 1 file with such a path, but none has such a field." in printed
    with duckdb.connect(str(elm.mart), read_only=True) as mart:
        found = mart.execute("SELECT line, path, field_path, decided_by, status, fields FROM decisions ORDER BY line").fetchall()
        assert found == [
            (2, "export/learners.csv", "grade", "[redacted]", "applied", 2),
            (3, "export/*", "first_name", "Office", "expired", 2),
            (4, "export/[redacted].csv", "grade", None, "unmatched", 0),
            (5, "2026-03-02/*", "note#2", None, "unmatched", 0),
        ]
        assert mart.execute("SELECT DISTINCT data_element FROM fields WHERE field_path = 'grade'").fetchall() == [("none",)]
    check = told(elm)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    shown = {name: it.value for name, it in check.metadata.items()}
    assert shown == {"applied": 1, "expired": 1, "unmatched": 2, "lines": "3, 4, 5", "fields_for_review": 0}
