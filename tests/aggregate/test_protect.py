"""Suggestions that pass: what is hidden cannot be computed, by the audit and by trying every number; what is too bad is left out."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from scanners.aggregate.audit import audit_tables
from scanners.aggregate.complementary import Cells, Complementary
from scanners.aggregate.findings import Audited, AuditFinding, AuditSettings, Published
from scanners.aggregate.linear import UNBOUNDED, Relation, solve
from scanners.aggregate.protect import Protected, Suggestion, protect
from scanners.schemas import TextTable
from tests.aggregate.small_tables import SmallTable, tried
from tests.aggregate.test_audit import table

SETTINGS = AuditSettings()
WIDTH = SETTINGS.minimum_interval_width


def protected(*texts: str) -> Protected:
    result = protect([Published(table(text), (), f"t{i}", f"2026-0{i + 1}-01") for i, text in enumerate(texts)], SETTINGS, audit_tables)
    assert result.passes
    kept = [t for t in result.tables if t is not None]
    assert not any(a.findings for a in audit_tables(kept, SETTINGS))
    return result


def rows(result: Protected, at: int = 0) -> list[list[str | None]]:
    kept = result.tables[at]
    assert kept is not None
    return [list(row.values()) for row in kept.table.data.to_pylist()]


def said(result: Protected) -> list[tuple[str, tuple[str, ...], str]]:
    return [(s.action, s.cell, s.write) for s in result.suggestions]


# -- tables --------------------------------------------------------------------------------------------------------------------

CLEAN = "school | gender | students\nA | All | 62\nA | Male | 30\nA | Female | 32"


def test_nothing_is_suggested_for_what_passes() -> None:
    assert protected(CLEAN).suggestions == ()


def test_a_small_cell_and_its_complement() -> None:
    schools = [("A", 29, 3), ("B", 30, 31), ("C", 20, 33)]
    lines = [f"{name} | All | {a + b}\n{name} | Male | {a}\n{name} | Female | {b}" for name, a, b in schools]
    text = "\n".join(["school | gender | students", *lines])
    result = protected(text)
    assert said(result) == [("suppress", ("A", "Male", "students"), "*"), ("suppress", ("A", "Female", "students"), "*")]
    assert result.suggestions[1].why == "students = 3, fewer than 10"
    assert result.suggestions[0].why == "so that A / Female / students cannot be computed"
    assert rows(result)[:3] == [["A", "All", "32"], ["A", "Male", "*"], ["A", "Female", "*"]]


def test_two_ways_of_adding_up_need_four_cells() -> None:
    text = "school | Male | Female | Total\nA | 40 | 5 | 45\nB | 30 | 31 | 61\nC | 20 | 33 | 53\nTotal | 90 | 69 | 159"
    hidden = [cell for action, cell, _ in said(protected(text)) if action == "suppress"]
    assert len(hidden) == 4
    assert ("A", "Female") in hidden
    assert not any("Total" in cell for cell in hidden)


def test_percentages_are_coded_by_the_published_rules() -> None:
    text = "school | n | pct_passed\nA | 20 | 95%\nB | 40 | 50%\nC | 400 | 99%\nD | 30 | 100%\nE | 20 | >95%"
    assert [row[2] for row in rows(protected(text))] == [">=90%", "50%", ">=99%", ">=90%", ">=90%"]


def test_a_percentage_goes_with_its_count() -> None:
    text = "school | tested | passed | pct_passed\nA | 60 | 4 | 6.7%\nB | 40 | 20 | 50.0%\nC | 60 | 15 | 25.0%\nD | 90 | 30 | 33.3%"
    assert rows(protected(text))[0] == ["A", "60", "*", "*"]


def test_titles_and_headers_of_several_rows_stay() -> None:
    names = ["Enrollment by sex", "column_2", "column_3", "column_4"]
    lines = ["School|Grade 3||", "|Male|Female|Total", "Adams|40|5|45", "Mason|30|30|60", "Lake|22|33|55", "Note: from the register|||"]
    columns = zip(names, zip(*(line.split("|") for line in lines), strict=True), strict=True)
    sheet = TextTable("", pa.table({name: pa.array([cell or None for cell in column], pa.string()) for name, column in columns}))
    result = protect([Published(sheet)], SETTINGS, audit_tables)
    assert result.passes
    assert [s.cell for s in result.suggestions] == [("Adams", "Grade 3 / Male"), ("Adams", "Grade 3 / Female")]
    assert rows(result)[1:4] == [[None, "Male", "Female", "Total"], ["Adams", "*", "*", "45"], ["Mason", "30", "30", "60"]]


def test_measures_in_rows() -> None:
    lines = ["A | Number of students | 40", "A | Number proficient | 4", "B | Number of students | 50", "B | Number proficient | 24"]
    result = protected("\n".join(["school | measure | value", *lines]))
    assert rows(result)[:2] == [["A", "Number of students", "40"], ["A", "Number proficient", "*"]]


def test_the_original_is_not_changed() -> None:
    given = Published(table("school | students\nA | 3\nB | 40"))
    protect([given], SETTINGS, audit_tables)
    assert given.table.data.column(1).to_pylist() == ["3", "40"]


def test_a_column_of_which_most_would_be_hidden_is_left_out() -> None:
    lines = [f"School {i} | {100 + i} | {2 + i % 5} | {40 + i}" for i in range(10)]
    result = protected("\n".join(["school | students | homeless | proficient", *lines]))
    assert said(result) == [("leave_out", ("homeless",), "")]


def test_rows_of_students_are_withdrawn() -> None:
    text = "email | score\n" + "\n".join(f"kid{i}@pr.example | 4" for i in range(8))
    result = protected(text, CLEAN)
    assert said(result) == [("leave_out", (), "")]
    assert result.tables[0] is None
    assert result.tables[1] is not None


def test_a_token_that_tells_too_much_is_written_over() -> None:
    result = protected("school | students | suspended\nA | 60 | <4\nB | 70 | 20\nC | 80 | 15")
    assert said(result) == [("suppress", ("A", "suspended"), "*")]


def test_a_difference_hides_the_cell_of_the_later_release() -> None:
    """The audit of differences is another step: here it is one that compares two tables cell by cell."""

    def compared(published: Sequence[Published], settings: AuditSettings) -> list[Audited]:
        found = [Audited(list(a.findings)) for a in audit_tables(list(published)[:1], settings)] + [Audited()]
        first, second = (p.table.data.to_pylist() for p in published)
        for a, b in zip(first, second, strict=True):
            if "*" not in (a["students"], b["students"]) and 0 < abs(int(a["students"]) - int(b["students"])) < settings.minimum_cell_size:
                found[1].findings.append(AuditFinding("differencing", (b["school"], "students"), 1, 1, "one more than before"))
        return found

    texts = [f"school | students\nA | {n}\nB | 40" for n in (52, 53)]
    releases = [Published(table(text), (), release, release) for text, release in zip(texts, ("2026-01", "2026-02"), strict=True)]
    result = protect(releases, SETTINGS, compared)
    assert result.passes
    assert result.suggestions == (Suggestion(1, "suppress", ("A", "students"), "one more than before", "*"),)


def test_an_audit_that_never_passes_is_told() -> None:
    def never(published: Sequence[Published], settings: AuditSettings) -> list[Audited]:
        return [Audited([AuditFinding("interval", ("A", "students"), 1, 3, "so it is")]) for _ in published]

    result = protect([Published(table(CLEAN))], SETTINGS, never)
    assert [s.action for s in result.suggestions] == ["leave_out"]
    assert result.tables == (None,)


# -- random tables -------------------------------------------------------------------------------------------------------------


def two_way(random: Random) -> tuple[str, list[tuple[int, ...]]]:
    """(a table of schools by group with margins, the sums as positions of cells in the order of the rows)."""
    height, width = random.randint(3, 4), random.randint(2, 3)
    inner = [[random.choice((0, 2, 4, 7, 12, 15, 30)) + random.randint(0, 3) for _ in range(width)] for _ in range(height)]
    full = [[*row, sum(row)] for row in inner]
    full.append([sum(column) for column in zip(*full, strict=True)])
    groups = ["Asian", "Black", "White"][:width] if width == 3 else ["Male", "Female"]
    names = [*(f"School {i}" for i in range(height)), "Total"]
    lines = [f"{name} | " + " | ".join(map(str, row)) for name, row in zip(names, full, strict=True)]
    at = np.arange((height + 1) * (width + 1)).reshape(height + 1, width + 1)
    sums = [(int(row[-1]), *map(int, row[:-1])) for row in at] + [(int(column[-1]), *map(int, column[:-1])) for column in at.T]
    return "\n".join([" | ".join(["school", *groups, "Total"]), *lines]), sums


def hierarchy(random: Random) -> tuple[str, list[tuple[int, ...]]]:
    """A district of schools of grades, in one column."""
    lines, sums, cells = ["district | school | grade | students"], [], 0
    sizes = [random.randint(2, 3) for _ in range(random.randint(2, 3))]
    schools = [[random.choice((3, 6, 11, 25, 40)) + random.randint(0, 4) for _ in range(size)] for size in sizes]
    lines.append(f"Prairie | All | All | {sum(map(sum, schools))}")
    wholes = []
    for number, grades in enumerate(schools):
        cells += 1
        wholes.append(cells)
        lines.append(f"Prairie | School {number} | All | {sum(grades)}")
        sums.append((cells, *range(cells + 1, cells + 1 + len(grades))))
        for grade, n in enumerate(grades):
            cells += 1
            lines.append(f"Prairie | School {number} | Grade {grade + 3} | {n}")
    return "\n".join(lines), [(0, *wholes), *sums]


def cells_of(text: list[list[str | None]]) -> list[str]:
    return [cell or "" for row in text for cell in row if cell and (cell == "*" or cell.isdigit())]


@pytest.mark.parametrize("made", [two_way, hierarchy])
def test_what_is_hidden_cannot_be_found_by_trying(made) -> None:  # type: ignore[no-untyped-def]
    """Independent of the audit: every whole number that a hidden cell can be, by the sums that the table was made with."""
    random, checked = Random(7), 0
    for _ in range(12):
        text, sums = made(random)
        result = protected(text)
        if result.tables[0] is None or any(s.action == "leave_out" for s in result.suggestions):
            continue
        truth = [int(cell) for cell in cells_of([[c.strip() for c in line.split("|")] for line in text.splitlines()[1:]])]
        shown = cells_of(rows(result))
        low = tuple(0 if cell == "*" else int(cell) for cell in shown)
        high = tuple(UNBOUNDED if cell == "*" else int(cell) for cell in shown)
        relations = tuple(Relation(cells, (1.0, *(-1.0 for _ in cells[1:])), 0.0, 0.0) for cells in sums)
        known = tried(SmallTable("", tuple(truth), low, high, relations))
        if known is None:
            continue
        checked += 1
        for cell, n, least, most in zip(shown, truth, *known, strict=True):
            if cell == "*":
                assert least <= n <= most
                assert most - least >= WIDTH, (text, shown)
            else:
                assert n == 0 or n >= SETTINGS.minimum_cell_size, (text, shown)
    assert checked >= 4


@pytest.mark.parametrize("seed", range(20))
def test_hiding_more_over_bare_relations(seed: int) -> None:
    """Without any table: sums of random cells, one of them hidden; the cells that are hidden with it leave each a wide interval."""
    random = Random(seed)
    parts = [[random.randint(0, 40) for _ in range(4)] for _ in range(4)]
    values = np.array([*(n for row in parts for n in row), *map(sum, parts), *map(sum, zip(*parts, strict=True)), sum(map(sum, parts))])
    sums = [(16 + r, *(4 * r + c for c in range(4))) for r in range(4)] + [(20 + c, *(4 * r + c for r in range(4))) for c in range(4)]
    sums += [(24, 16, 17, 18, 19), (24, 20, 21, 22, 23)]
    relations = [Relation(cells, (1.0, *(-1.0 for _ in cells[1:])), 0.0, 0.0) for cells in sums]
    false = np.zeros(len(values), bool)
    cells = Cells(values.copy(), values.copy(), values, false.copy(), false.copy(), false.copy(), ~false)
    beside = Complementary(cells, relations, WIDTH)
    first = random.sample(range(16), 2)
    for cell in first:
        beside.hide(cell)
    found = beside.run()
    assert set(found).isdisjoint(first)
    assert not cells.hidden[24], "the total of all is never hidden first"
    solved = solve(cells.low, cells.high, relations)
    assert not solved.contradictions
    assert all(n.high - n.low >= WIDTH for n in solved.narrowed.values())
    assert len(found) <= 12


def test_few_rows_that_cannot_be_mended_are_left_out() -> None:
    """An audit with an objection of its own to one row, whatever is hidden in it."""

    def objects(published: Sequence[Published], settings: AuditSettings) -> list[Audited]:
        there = "School 3" in published[0].table.data.column(0).to_pylist()
        return [Audited([AuditFinding("interval", ("School 3", "students"), 1, 3, "so it is")] if there else [])]

    text = "\n".join(["school | students", *(f"School {i} | {100 + i}" for i in range(30))])
    result = protect([Published(table(text))], SETTINGS, objects)
    assert result.passes
    assert said(result) == [("leave_out", ("School 3",), "")]
