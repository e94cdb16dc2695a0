"""The README and the import rules know every room, and nobody else's."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from hallpass.cli import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_is_under_the_import_rules_and_the_type_checker() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"}
    rules = PROJECT["tool"]["importlinter"]
    assert packages == set(rules["root_packages"])
    assert packages - {"dashboards", "benchmarks"} <= set(PROJECT["tool"]["mypy"]["packages"])


def test_the_readmes_map_has_every_folder_of_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    folders = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line}
    if not folders:
        pytest.skip("not a git checkout")
    assert {folder for folder in folders if f"`{folder}/`" not in README} == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_shows_every_command(command: str) -> None:
    assert f"hallpass {command}" in README
