"""Whole nights by the installed command, and what the tests of this folder read from their marts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from examples.prairie_ridge import generate
from hallpass.keys import open_keys
from scanners.canonical import canonical

AS_OF = date(2026, 11, 24)
UNSTABLE = {"run_id", "scanned_at"}
HALLPASS = Path(sys.executable).with_name("hallpass")


@dataclass(frozen=True)
class Place:
    """A district, its home and the truth about it."""

    district: Path
    home: Path
    truth_file: Path

    @property
    def mart(self) -> Path:
        return self.home / "mart" / "compliance.duckdb"

    @property
    def truth(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.truth_file.read_text())
        return loaded

    def subject_key(self, row: dict[str, str]) -> str:
        kind = row["subject_kind"]
        return open_keys(self.home / "keys" / "master.key").subject_key(kind, canonical(row[kind]))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.mart), read_only=True) as con:
            return con.execute(sql).fetchall()


def make(folder: Path, seed: int, students: int) -> Place:
    """A fresh example district."""
    place = Place(folder / "district", folder / "home", folder / "truth.json")
    generate(place.district, place.truth_file, seed, students, as_of=AS_OF)
    return place


def hallpass(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of the installed `hallpass`, in a process of its own."""
    environ = {**os.environ, "HALLPASS_HOME": str(place.home), "HALLPASS_DISTRICT": str(place.district), "COLUMNS": "160"}
    return subprocess.run([str(HALLPASS), *arguments], env=environ, capture_output=True, text=True, timeout=300, check=False)


def night(place: Place, as_of: date = AS_OF) -> str:
    """Run a night that must publish; returns what it printed."""
    done = hallpass(place, "run", "--as-of", as_of.isoformat())
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def mart_content(mart: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a mart without what may differ between equal marts."""
    content = {}
    with duckdb.connect(str(mart), read_only=True) as con:
        for (table,) in con.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall():
            if table != "runs":
                names = [row[0] for row in con.execute(f'DESCRIBE "{table}"').fetchall() if row[0] not in UNSTABLE]
                content[table] = sorted(con.execute(f'SELECT {", ".join(names)} FROM "{table}"').fetchall(), key=repr)
    return content


def difference(wanted: Iterable[Any], got: Iterable[Any]) -> dict[str, list[Any]]:
    """What is missing and what is extra, the first twenty of each; empty when both are the same."""
    want, have = set(wanted), set(got)
    found = {"missing": sorted(want - have, key=repr)[:20], "extra": sorted(have - want, key=repr)[:20]}
    return {name: rows for name, rows in found.items() if rows}
