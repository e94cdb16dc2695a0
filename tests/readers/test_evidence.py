"""Certificates and manifests under the interface's names and under others' own."""

from __future__ import annotations

import json
from datetime import date

import pytest

from scanners import readers
from scanners.errors import Quarantine
from scanners.readers.evidence import ManifestLine, read_certificate, read_manifest
from scanners.readers.source import Source

CERTIFICATE = """
party: reads
agreement: NE-1
systems: [reader-app, backups]
datasets: students; scores
rows: {students: "1,200", scores: 90}
method: Purge
destroyed_on: 2026-06-01
certified_on: 2026-06-03
person: Kim Doe
signature:
copies:
  - {kind: backups, status: pending, expires_on: 2026-09-01}
  - {kind: logs, status: destroyed}
"""


def test_certificate() -> None:
    facts = read_certificate(CERTIFICATE.encode(), "certificate.yaml")
    assert facts["systems"] == ["reader-app", "backups"]
    assert facts["datasets"] == ["students", "scores"]
    assert facts["rows"] == {"students": 1200, "scores": 90}
    assert (facts["destroyed_on"], facts["certified_on"]) == (date(2026, 6, 1), date(2026, 6, 3))
    assert (facts["signature"], facts["tool"], facts["problems"]) == (None, None, [])
    assert facts["copies"] == [
        {"kind": "backups", "status": "pending", "system": None, "expires_on": date(2026, 9, 1)},
        {"kind": "logs", "status": "destroyed", "system": None, "expires_on": None},
    ]


def test_other_names_and_nesting() -> None:
    content = {
        "certificate": {"Vendor": "reads", "Destruction Date": "June 1, 2026", "records": "1,200", "copies": {"backup": "destroyed"}}
    }
    facts = read_certificate(json.dumps(content).encode(), "c.json")
    assert (facts["party"], facts["destroyed_on"], facts["rows"]) == ("reads", date(2026, 6, 1), 1200)
    assert facts["copies"] == [{"kind": "backups", "status": "destroyed", "system": None, "expires_on": None}]


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "06/2026", "12 June"])
def test_a_date_that_is_none(text: str) -> None:
    facts = read_certificate(f"party: a\ndestroyed_on: {text}\n".encode(), "certificate.yml")
    assert (facts["destroyed_on"], facts["problems"]) == (None, ["destroyed_on is not a date"])


@pytest.mark.parametrize(
    "data",
    [b"", b"- a\n- b\n", b"a: [", b"a: &x 1\nb: *x\n", b"!!python/object/apply:os.system ['x']", b"a: " + b"x" * 2_000_000, b"[" * 5_000],
)
def test_no_certificate(data: bytes) -> None:
    with pytest.raises(Quarantine):
        read_certificate(data, "certificate.yaml")


def test_certificate_reader_gives_a_table_and_facts() -> None:
    reading = readers.read(Source("certificate.yaml", CERTIFICATE.encode(), "destruction"))
    assert reading.facts is not None
    assert reading.facts["party"] == "reads"
    assert ("copies[].kind", "backups") in [tuple(r.values()) for r in reading.parsed.tables[0].data.to_pylist()]


def test_manifest() -> None:
    text = 'File Path,Data Category,Row Count,SHA-256\n./a/students.csv,students,"1,200",ABCDEF\n,,,\nb.csv,,many,\n'
    table = readers.read(Source("manifest.csv", text.encode(), "return")).parsed.tables[0]
    assert read_manifest(table) == [
        ManifestLine(1, "a/students.csv", "students", 1200, "abcdef"),
        ManifestLine(3, "b.csv", None, None, None),
    ]


def test_manifest_without_paths() -> None:
    with pytest.raises(Quarantine):
        read_manifest(readers.read(Source("m.csv", b"a,b\n1,2\n", "return")).parsed.tables[0])
