"""Are the rows of this table single persons? Step 1 of POLICY.md's "Is a data set truly aggregate?".

Row-level if roster identifiers match, a column is unique per person, free text is present, or the row count tracks enrollment.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from scanners import shapes
from scanners.aggregate import words as w
from scanners.aggregate.cells import Cell
from scanners.aggregate.layout import AuditColumn, Layout
from scanners.header import hint, names_a_thing

FEWEST_ROWS = 5
"""Rows below which a column of different values proves nothing."""
MANY_ROWS = 30
"""Rows from which opaque ids and the number of rows itself tell."""
PERSONAL = ("id.local", "id.state", "id.provider", "id.username", "email", "name", "name.full", "username", "ssn", "person")
ORGANISATION = frozenset("school site building campus district org organization agency nces fips room course class teacher staff".split())


def grain(layout: Layout, students: Sequence[int]) -> str | None:
    """Why the rows are single students', by the roster (`students`, one a row, negative: nobody) and by the columns; None: they are not."""
    if people := len({person for person in students if person >= 0}):
        rows = sum(person >= 0 for person in students)
        return f"{rows:,} of {layout.rows:,} rows match {people:,} {'student' if people == 1 else 'students'} of the roster"
    if column := next((c for c in layout.columns if _unique_per_person(c, layout)), None):
        return f"the column {column.name} is unique in {layout.rows:,} rows"
    if column := next((c for c in layout.columns if c.role == "prose"), None):
        return f"the column {column.name} holds free text"
    return None


def tracks_enrollment(layout: Layout, enrollment: Collection[int]) -> str | None:
    """Why the number of rows says that each is a student: as many as there are students, and nothing in them counts people."""
    if (
        layout.rows < MANY_ROWS
        or layout.counts
        or layout.totals
        or any(c.kind == "suppressed" for col in layout.columns for c in col.cells)
    ):
        return None
    near = [size for size in enrollment if abs(size - layout.rows) <= max(1, size // 50)]
    return f"{layout.rows:,} rows, and {min(near, key=lambda s: abs(s - layout.rows)):,} students are enrolled" if near else None


def _unique_per_person(column: AuditColumn, layout: Layout) -> bool:
    if column.role not in ("key", "prose"):
        return False  # the column `students` of a table of schools counts them
    texts = [c.text for c in column.cells if c.kind in ("label", "number")]
    if len(texts) < max(FEWEST_ROWS, 0.9 * layout.rows) or len(set(texts)) < 0.95 * len(texts):
        return False
    if shapes.share(texts, shapes.is_email) >= 0.8 or shapes.share(texts, lambda t: shapes.HEX_DIGEST.fullmatch(t) is not None) >= 0.8:
        return True
    said = hint(column.name)
    organisation = bool(w.words_of(column.name) & ORGANISATION) or names_a_thing(column.name)
    if said.meaning in PERSONAL and said.role not in ("staff",) and not organisation and _told_as_person(said.role, said.meaning, texts):
        return True
    return not organisation and not layout.counts and len(texts) >= MANY_ROWS and _opaque(column.cells, texts)


def _told_as_person(role: str | None, meaning: str, texts: Sequence[str]) -> bool:
    """`student id` says whose; a bare `id` or `name` must look like a person's."""
    if role is not None:
        return True
    return (
        shapes.share(texts, shapes.is_name_like) >= 0.8 and all("," in t for t in texts)
        if meaning.startswith(("name", "person"))
        else False
    )


def _opaque(cells: Sequence[Cell], texts: Sequence[str]) -> bool:
    """Ids that mean nothing by themselves: UUIDs, or six characters and more with a digit in every one."""
    if all(c.kind == "number" for c in cells):
        return all(len(t) >= 6 and t.isdigit() for t in texts)
    return shapes.share(texts, lambda t: len(t) >= 6 and shapes.is_id_like(t)) >= 0.95
