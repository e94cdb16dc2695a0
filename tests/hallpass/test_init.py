"""`hallpass init`: what it writes is right but for the roster, says every default, and its schemas accept what the register accepts."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from examples.prairie_ridge import generate
from hallpass.cli import main
from lineage.register import problems
from lineage.register.explain import validate
from lineage.register.models import Agreement, Authorized, District, Schedule, Subprocessor, Vendor, shipped_schedule
from lineage.register.schema import MODELS, schemas
from lineage.register.yaml_text import parse_yaml


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init") / "district"
    done = CliRunner().invoke(main, ["init", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    generate(folder / "district", folder / "truth.json", 5, 60, as_of=date(2026, 11, 24))
    return folder / "district"


def uncommented(path: Path) -> bytes:
    """Every `# key: …` line as a key; what is prose stays a comment."""
    text = re.sub(r"(?m)^(\s*)# (?=(- )?[{a-z_]+: |  - \{|[a-z_]+:$)", r"\1", path.read_text())
    return text.encode()


def test_only_the_roster_is_missing_and_then_nothing_is(written: Path, example: Path, tmp_path: Path) -> None:
    district = tmp_path / "district"
    shutil.copytree(written, district)
    (missing,) = problems(district)
    assert (missing.file, missing.severity) == ("roster/", "error")
    assert "users.csv" in missing.found
    shutil.copytree(example / "roster", district / "roster", dirs_exist_ok=True)
    for sample in district.rglob("*.sample"):
        sample.rename(sample.with_suffix(""))
    assert problems(district) == []


def test_every_key_is_there_with_its_default(written: Path) -> None:
    document, found = parse_yaml(uncommented(written / "district.yaml"), "district.yaml")
    assert (found, document is not None) == ([], True)
    assert document is not None
    assert set(document.value) == set(District.model_fields)
    settings, found = validate(document, District)
    assert found == []
    assert settings == District(name="Our School District", time_zone="America/Chicago")


def test_the_sample_vendor_has_every_key(written: Path) -> None:
    document, found = parse_yaml(uncommented(written / "vendors" / "example-vendor.yaml.sample"), "example-vendor.yaml")
    assert found == []
    assert document is not None
    vendor, found = validate(document, Vendor)
    assert found == []
    assert vendor is not None
    assert set(document.value) == set(Vendor.model_fields)
    assert vendor.agreements[0].model_fields_set == set(Agreement.model_fields)
    assert vendor.agreements[0].authorized[2].model_fields_set >= set(Authorized.model_fields) - {"valid_to"}
    assert vendor.subprocessors[0].model_fields_set >= set(Subprocessor.model_fields) - {"purposes"}


def test_the_schedule_is_the_shipped_one(written: Path) -> None:
    document, _ = parse_yaml((written / "schedule.yaml").read_bytes(), "schedule.yaml")
    assert document is not None
    assert validate(document, Schedule)[0] == shipped_schedule()


def test_a_folder_with_something_in_it_is_left_alone(written: Path) -> None:
    assert CliRunner().invoke(main, ["init", str(written)]).exit_code == 1
    shutil.rmtree(written / ".hallpass")
    assert CliRunner().invoke(main, ["init", str(written), "--schemas-only"]).exit_code == 0
    assert {path.stem for path in (written / ".hallpass" / "schemas").iterdir()} == set(MODELS)


# -- the schemas ----------------------------------------------------------------------------------------------------------------------


def as_an_editor_reads(path: Path) -> Any:
    """YAML 1.2's core schema, in which a day is a text."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(path.read_text(), Loader=loader)


def accepts(name: str, document: Any) -> bool:
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    return bool(jsonschema.Draft202012Validator(schema).is_valid(document))


def test_the_schemas_accept_the_example_and_what_init_writes(example: Path, written: Path) -> None:
    for folder in (example, written):
        assert accepts("district", as_an_editor_reads(folder / "district.yaml"))
        if (folder / "schedule.yaml").exists():
            assert accepts("schedule", as_an_editor_reads(folder / "schedule.yaml"))
    vendors = [*(example / "vendors").glob("*.yaml"), *(written / "vendors").glob("*.sample")]
    assert len(vendors) > 5
    for path in vendors:
        assert accepts("vendor", as_an_editor_reads(path)), path.name


VENDOR = {"id": "v", "name": "V", "kind": "vendor"}
AGREEMENT = {"id": "a", "effective_on": "2026-01-01"}


@pytest.mark.parametrize(
    ("name", "document", "wanted"),
    [
        ("vendor", VENDOR, True),
        ("vendor", {**VENDOR, "domains": None}, True),
        ("vendor", {**VENDOR, "subprocessors": ["cloud", {"id": "mail"}]}, True),
        ("vendor", {**VENDOR, "domain": []}, False),
        ("vendor", {**VENDOR, "kind": "partner"}, False),
        ("vendor", {"id": "v", "name": "V"}, False),
        (
            "vendor",
            {**VENDOR, "agreements": [{**AGREEMENT, "authorized": ["student_name", {"element": "attendance", "from": None}]}]},
            True,
        ),
        ("vendor", {**VENDOR, "agreements": [{**AGREEMENT, "authorized": ["student_nam"]}]}, False),
        ("vendor", {**VENDOR, "agreements": [{**AGREEMENT, "authorized": [{"element": "name.*"}]}]}, False),
        ("vendor", {**VENDOR, "agreements": [{**AGREEMENT, "consent": "maybe"}]}, False),
        ("vendor", {**VENDOR, "subprocessors": [{"id": "mail", "elements": ["nothing"]}]}, False),
        ("district", {"name": "D", "time_zone": "America/Chicago"}, True),
        ("district", {"name": "D", "time_zone": "America/Chicago", "staff_directory": ["student_name"]}, False),
        ("district", {"name": "D", "time_zone": "America/Chicago", "evidence_intervals": {"access_log": 30}}, True),
        ("district", {"name": "D", "time_zone": "America/Chicago", "evidence_intervals": {"access_logs": 30}}, False),
        ("district", {"name": "D", "time_zone": "America/Chicago", "own_retention_days": {"finding": 3}}, False),
        ("district", {"name": "D", "time_zone": "America/Chicago", "school_year_starts": "August"}, False),
        ("schedule", {"categories": {"x": {"rule": "permanent", "elements": ["attendance"]}}}, True),
        ("schedule", {"categories": {"x": {"rule": "for ever"}}}, False),
        ("schedule", {"categories": {"x": {"rule": "permanent", "elements": ["attendence"]}}}, False),
    ],
)
def test_a_schema_refuses_what_the_register_refuses(name: str, document: dict[str, Any], wanted: bool) -> None:
    assert accepts(name, document) is wanted
    text, _ = parse_yaml(json.dumps(document).encode(), f"{name}.yaml")
    assert text is not None
    assert (validate(text, MODELS[name])[1] == []) is wanted
