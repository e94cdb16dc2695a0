"""The command line: quick to help, every command there, and refusals that read well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hallpass.cli import COMMANDS, main


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from hallpass.cli import main\n"
        "result = CliRunner().invoke(main, ['--help']); print(result.output)\n"
        "heavy = {'dagster', 'duckdb', 'spacy', 'great_expectations', 'pandas', 'pyarrow', 'cryptography'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else result.exit_code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert name in result.output


def test_a_refusal_is_one_clear_error(home: Path) -> None:
    result = CliRunner().invoke(main, ["summary"])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"Error: There is no published mart at {home / 'mart' / 'compliance.duckdb'}.",
        "  Mend: run `hallpass run` (or `make run`) first",
    ]


def test_a_wrong_day_is_refused_before_anything_is_made(home: Path) -> None:
    result = CliRunner().invoke(main, ["run", "--as-of", "tomorrow"])
    assert result.exit_code == 1
    assert "YYYY-MM-DD" in result.output
    assert not home.exists()
