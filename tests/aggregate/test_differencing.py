"""Two releases, two days, two overlapping filters: what lies between is a group."""

from __future__ import annotations

import pytest

from scanners.aggregate import AuditSettings, Published, audit_tables
from tests.aggregate.test_audit import table
from tests.aggregate.witnesses import true


def differences(*texts: str, k: int = 10) -> list[tuple[int, str, float | None]]:
    """(table, cell, difference); tables are releases in their order."""
    published = [Published(table(text), (), f"t{i}.csv", f"2026-0{i + 1}-01") for i, text in enumerate(texts)]
    found = [(i, f) for i, a in enumerate(audit_tables(published, AuditSettings(k))) for f in a.findings if f.check_id == "differencing"]
    assert all(true(f.witness, f.low, f.high) for _, f in found)
    return [(i, " / ".join(f.cell), f.low) for i, f in found]


ONE = [
    ("Cohort | Grads\n2006 | 40\n2006 Aug | 43\n2005 | 41", [("2006 Aug / Grads", 3)]),
    ("Group | Students\nGrades 3-5 | 80\nGrades 3-4 | 77", [("Grades 3-5 / Students", 3)]),
    ("Group | Students\nGrades 3-5 | 80\nGrades 3-4 | 40", []),
    ("Group | Students\nAll | 80\nAll but EL | 77", [("All / Students", 3)]),
    ("Month | Suspensions YTD\nSep | 10\nOct | 14\nNov | 30", [("Oct / Suspensions YTD", 4)]),
    ("Month | Suspensions\nSep | 20\nOct | 14\nNov | 30", []),
    ("Year | Students\n2023-24 | 120\n2024-25 | 123\n2025-26 | 125", []),
    ("School | Students\nAdams | 45\nMason | 42", []),
]


@pytest.mark.parametrize(("text", "expected"), ONE)
def test_in_one_table(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(cell, n) for _, cell, n in differences(text)] == expected


def test_two_releases() -> None:
    earlier = "School | Sex | Students\nAdams | Male | 45\nAdams | Female | 30\nMason | Male | 50\nMason | Female | *"
    later = "School | Sex | Students\nMason | Male | 50\nAdams | Male | 42\nAdams | Female | 51\nMason | Female | 20"
    assert differences(earlier, later) == [(1, "Adams / Male / Students", 3)]
    assert differences(earlier, later, k=3) == []


def test_other_tables_are_not_compared() -> None:
    assert differences("School | Students\nAdams | 45", "Book | Copies sold | Readers\nAdams | 42 | 43") == []


def test_a_newer_release_that_gives_away_an_older_ones_hidden_cell_has_the_finding() -> None:
    """It is the newer one that must be mended: the older was safe until then."""
    rest = "B | All | 90\nB | Female | 40\nB | Male | 50\nC | All | 130\nC | Female | 70\nC | Male | 60"
    older = f"School | Sex | Students\nA | All | 70\nA | Female | *\nA | Male | *\n{rest}"
    newer = f"School | Sex | Students\nA | All | 70\nA | Female | 27\nA | Male | *\n{rest}"
    published = [Published(table(older), (), "older.csv", "2026-01-01"), Published(table(newer), (), "newer.csv", "2026-02-01")]
    before, after = (audited.findings for audited in audit_tables(published, AuditSettings()))
    assert before == []
    assert ("exact_disclosure", ("A", "Female", "Students"), 27.0, "in older.csv: newer.csv shows Students 27") in {
        (f.check_id, f.cell, f.low, f.witness) for f in after
    }
