"""Are the rows of this table single persons? Step 1 of POLICY.md's "Is a data set truly aggregate?".

Row-level if roster identifiers match, a column is unique per person, free text is present, or the row count tracks enrollment; and, of
the same kind: a column of birth dates, flags of one person each, and groups that stand in several rows of a table that counts nobody.
A wrong "row-level" hides what the other steps would find, so a label or two that a student shares with a school or a teacher is not enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from scanners import shapes
from scanners.aggregate import words as w
from scanners.aggregate.cells import Cell
from scanners.aggregate.layout import AuditColumn, Layout
from scanners.aggregate.quasi_identifiers import INTIMATE, Codes, QuasiIdentifier, distinct, quasi_identifiers
from scanners.aggregate.traits import StudentTraits
from scanners.fold import identifier
from scanners.header import hint, names_a_thing
from scanners.oneroster import Person
from scanners.roster_index import DIGEST, digests_of, matched_by

FEWEST_ROWS = 5
"""Rows below which a column of different values proves nothing."""
MANY_ROWS = 30
"""Rows from which opaque ids and the number of rows itself tell."""
NAMED_ROWS = 0.2
"""Share of a table's rows that must match students by other than an id. A district of thousands has a namesake for one teacher in ten."""
NAMED_ROWS_WHERE_COUNTED = 0.5
"""The same where the table counts people: a row is then a class or a school unless most rows are a student's."""
REPEATED = 0.1
"""Share of rows whose group another row has, too, from which a table without counts is one of persons. A table of groups has each once."""
REPEATED_WHERE_COUNTED = 0.5
FEWEST_FLAGS = 3
MANY_TRAITS = 4
HIGHEST_RATING = 10
PERSONAL = ("id.local", "id.state", "id.provider", "id.username", "email", "name", "name.full", "username", "ssn", "person")
IDS = ("id.local", "id.state", "id.provider", "id.username", "ssn")
ORGANISATION = frozenset("school site building campus district org organization agency nces fips room course class teacher staff".split())
PSEUDONYMS = frozenset(
    "pseudonym respondent participant anonymous anonymized anon deidentified masked hashed hash scrambled subject".split()
)
PERSONS = frozenset("student students pupil pupils learner child kid scholar person".split())
ID_WORDS = frozenset("id ids key code number no num nbr hash uid guid token identifier pseudonym".split())
"""Words by which `pupil code` or `child_no` says that it tells persons apart."""
SAID_AGGREGATE = frozenset("average avg mean median std sd percentile rate percent percentage pct share proportion per".split())
DIMENSIONS = frozenset(
    """item items question questions measure metric indicator category domain standard strand subject course section topic lesson unit
    assessment test response answer option benchmark quarter term semester week month year date period group subgroup variable""".split()
)
"""Words of a column that parts a table of groups further: one row for each question, or each quarter."""


def grain(layout: Layout, students: Sequence[int], roster: StudentTraits | None = None) -> str | None:
    """Why the rows are single students'; None: they are not, as far as this table tells.

    `students` has one number a row, the student of the roster whom its identifiers match (negative: nobody). With `roster` a row that
    holds a student's own id is told from one that only shares a name with a student. The reason names columns and numbers of rows.
    """
    traits = quasi_identifiers(layout)
    counts = _counts(layout, traits)
    return (
        _matched(layout, students, bool(counts), roster)
        or _birth_dates(layout, traits)
        or next((f"the column {c.name} is unique in {layout.rows:,} rows" for c in layout.columns if _unique_per_person(c, layout)), None)
        or next((why for c in layout.columns if (why := _repeated_id(c, traits))), None)
        or next((f"the column {c.name} holds free text" for c in layout.columns if c.role == "prose"), None)
        or _flags(layout, traits)
        or _repeated_groups(layout, traits, counts)
    )


def tracks_enrollment(layout: Layout, enrollment: Collection[int]) -> str | None:
    """Why the number of rows says that each is a student: as many as there are students, and nothing in them counts people."""
    if (
        layout.rows < MANY_ROWS
        or _counts(layout, quasi_identifiers(layout))
        or layout.totals
        or any(c.kind == "suppressed" for col in layout.columns for c in col.cells)
    ):
        return None
    near = [size for size in enrollment if abs(size - layout.rows) <= max(1, size // 50)]
    return f"{layout.rows:,} rows, and {min(near, key=lambda s: abs(s - layout.rows)):,} students are enrolled" if near else None


def _counts(layout: Layout, traits: Sequence[QuasiIdentifier]) -> list[AuditColumn]:
    """Columns that count people: not those that hold a person's sex in codes or are called `student number`."""
    names = {trait.column.name for trait in traits}
    return [c for c in layout.counts if c.name not in names and not names_persons(c.name)]


def names_persons(header: str) -> bool:
    """Is it the header of ids or pseudonyms of persons?"""
    said, own = hint(header), w.words_of(header)
    if said.role in ("staff", "guardian") or own & ORGANISATION:
        return False
    if said.meaning in IDS and (said.role == "student" or said.meaning == "id.state"):
        return True
    return bool(own & ID_WORDS and own & (PERSONS | PSEUDONYMS)) or (bool(own & PSEUDONYMS) and len(own) <= 2 and not own & w.PERCENTAGES)


# --- the roster --------------------------------------------------------------------------------------------------------------


def _matched(layout: Layout, students: Sequence[int], counted: bool, roster: StudentTraits | None) -> str | None:
    rows = [row for row, person in enumerate(students) if person >= 0]
    if not rows:
        return None
    people = len({students[row] for row in rows})
    said = f"{len(rows):,} of {layout.rows:,} rows match {people:,} {'student' if people == 1 else 'students'} of the roster"
    if any(_holds_an_id(layout, row, students[row], roster) for row in rows):
        return said
    least = NAMED_ROWS_WHERE_COUNTED if counted else NAMED_ROWS
    return said if len(rows) >= least * layout.rows and not (counted and people < 2 and layout.rows > 1) else None


def _holds_an_id(layout: Layout, row: int, number: int, roster: StudentTraits | None) -> bool:
    """Does one of the row's cells hold an id or e-mail of this student? Without the roster: one that looks like it, under such a header."""
    person = roster.by_number.get(number) if roster else None
    for column in layout.columns:
        text = column.cells[row].text
        if not text or w.words_of(column.name) & ORGANISATION:
            continue
        if person is not None:
            if (column.role in ("key", "prose") or names_persons(column.name)) and _is_of(text, person):
                return True
        elif shapes.is_email(text) or (names_persons(column.name) and shapes.is_id_like(text)):
            return True
    return False


def _is_of(text: str, person: Person) -> bool:
    key = identifier(text)
    if DIGEST.fullmatch(key):
        return key in digests_of(person)
    return any(key == own for attribute, own in matched_by(person) if attribute not in ("name", "phone", "address") and len(own) >= 4)


# --- one column --------------------------------------------------------------------------------------------------------------


def _birth_dates(layout: Layout, traits: Sequence[QuasiIdentifier]) -> str | None:
    """Birth dates to the day: no table of groups has them."""
    for trait in traits:
        if trait.kind == "birth date":
            to_the_day = np.array([isinstance(r, tuple) and r[0] == r[1] for r in trait.readings] + [False])[trait.codes]
            if (rows := int(to_the_day.sum())) >= max(1, layout.rows // 2):
                return f"the column {trait.column.name} holds birth dates in {rows:,} of {layout.rows:,} rows"
    return None


def _unique_per_person(column: AuditColumn, layout: Layout) -> bool:
    named = names_persons(column.name)
    if column.role not in ("key", "prose") and not named:
        return False  # the column `students` of a table of schools counts them
    texts = [c.text for c in column.cells if c.kind in ("label", "number")]
    if len(texts) < max(1 if named else FEWEST_ROWS, 0.9 * layout.rows) or len(set(texts)) < 0.95 * len(texts):
        return False
    if named and (len(texts) >= FEWEST_ROWS or all(shapes.is_id_like(t) for t in texts)):
        return True
    if len(texts) < FEWEST_ROWS:
        return False
    said = hint(column.name)
    organisation = bool(w.words_of(column.name) & ORGANISATION) or names_a_thing(column.name) or said.role == "staff"
    if shapes.share(texts, shapes.is_email) >= 0.8 or shapes.share(texts, lambda t: shapes.HEX_DIGEST.fullmatch(t) is not None) >= 0.8:
        return not organisation and (said.role == "student" or not (layout.counts and _keyed_by_a_thing(layout)))
    if said.meaning in PERSONAL and not organisation and _told_as_person(said.role, said.meaning, texts):
        return True
    return (
        not organisation
        and not layout.counts
        and len(texts) >= MANY_ROWS
        and _opaque(column.cells, texts)
        and not _keyed_by_a_thing(layout)
    )


def _keyed_by_a_thing(layout: Layout) -> bool:
    """Has every row a school, a course, an item of its own? Then a contact's e-mail or a code beside it is that thing's."""
    for column in layout.keys:
        if not (w.words_of(column.name) & (ORGANISATION | w.THINGS) or names_a_thing(column.name)) or names_persons(column.name):
            continue
        texts = [c.text for c in column.cells if c.text]
        if len(texts) >= 0.9 * layout.rows and len(set(texts)) >= 0.95 * len(texts):
            return True
    return False


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


def _repeated_id(column: AuditColumn, traits: Sequence[QuasiIdentifier]) -> str | None:
    """Ids of students that stand in several rows each, as where a row is a test or a visit."""
    if not names_persons(column.name) or any(trait.column is column for trait in traits):
        return None
    texts = [c.text for c in column.cells if c.kind in ("label", "number")]
    people = len(set(texts))
    if people < FEWEST_ROWS or len(texts) < 0.5 * len(column.cells) or shapes.share(sorted(set(texts)), shapes.is_id_like) < 0.8:
        return None
    return f"the column {column.name} tells {people:,} persons apart in {len(texts):,} rows"


# --- several columns ---------------------------------------------------------------------------------------------------------


def _flags(layout: Layout, traits: Sequence[QuasiIdentifier]) -> str | None:
    """Yes or no of one person a row: several columns of traits that hold nothing else, both answers among them."""
    flags = [t.column.name for t in traits if t.kind in INTIMATE or t.kind.startswith("race: ") if _answers(t)]
    if layout.rows < FEWEST_ROWS or len(flags) < FEWEST_FLAGS or _keyed_by_a_thing(layout):
        return None
    return f"the columns {', '.join(flags[:5])} hold yes or no for one person a row"


def _answers(trait: QuasiIdentifier) -> bool:
    return len(trait.texts) == 2 and all(shapes.is_flag(text) for text in trait.texts)


def _repeated_groups(layout: Layout, traits: Sequence[QuasiIdentifier], counts: Sequence[AuditColumn]) -> str | None:
    """Rows of one group, over and over, where a table of groups would have one with a number: survey answers, scores, events."""
    own = [t for t in traits if t.varied or t.kind in INTIMATE]
    intimate = [t for t in own if t.kind in INTIMATE or t.kind.startswith("race: ")]
    if layout.rows < FEWEST_ROWS or not intimate or len(own) < 2 or _keyed_by_a_thing(layout):
        return None
    counted = bool(counts) or any(c.role == "percent" or w.words_of(c.name) & SAID_AGGREGATE for c in layout.columns)
    if any(c.denominator or w.words_of(c.name) & {"students", "pupils", "n", "count", "enrolled"} for c in counts):
        return None
    if counted and (
        (len(intimate) < 2 and not _ratings(counts, layout.rows))
        or any(c.kind == "suppressed" for col in layout.columns if col.role != "key" for c in col.cells)
    ):
        return None
    names = ", ".join(t.column.name for t in own[:5])
    group_of = _groups(layout, own)
    sizes = np.bincount(group_of)
    repeated = int(sizes[sizes > 1].sum())
    if repeated >= max(2, (REPEATED_WHERE_COUNTED if counted else REPEATED) * layout.rows) and not _parted_further(layout, own, group_of):
        said = "no column counts people" if not counted else "one group stands in many rows"
        return f"{repeated:,} of {layout.rows:,} rows have the same {names} as another row, and {said}"
    if not counted and len(own) >= MANY_TRAITS and len(intimate) >= 2 and layout.rows >= MANY_ROWS and not _only_once(layout, own, sizes):
        return f"every row has {names} of its own, and no column counts people"
    return None


def _ratings(counts: Sequence[AuditColumn], rows: int) -> bool:
    """Do all the columns that could count people hold one small number in every row, as answers from 1 to 5 do?"""
    return (
        bool(counts) and rows >= MANY_ROWS and all((n := c.count) is not None and n <= HIGHEST_RATING for col in counts for c in col.cells)
    )


def _groups(layout: Layout, traits: Sequence[QuasiIdentifier]) -> Codes:
    """For each row the number of its group by its traits and by the table's further dimensions."""
    columns = [t.codes for t in traits]
    taken = {t.column.name for t in traits}
    for column in layout.columns:
        said = w.words_of(column.name)
        if column.name in taken or column.role in ("count", "percent", "prose", "empty") or not (said & (DIMENSIONS | w.THINGS | w.KEYS)):
            continue
        if column.role == "key" or all(c.count is not None or c.kind == "blank" for c in column.cells):
            columns.append(distinct(column)[1])
    return numbered(columns)


def numbered(columns: Sequence[Codes]) -> Codes:
    """One number for each different row of these codes (-1 is a code of its own), from 0 without gaps."""
    result = np.zeros(len(columns[0]), np.int64)
    for codes in columns:
        width = int(codes.max(initial=-1)) + 2
        result = np.unique(result * width + (codes + 1), return_inverse=True)[1].reshape(-1)
    return result


def _parted_further(layout: Layout, traits: Sequence[QuasiIdentifier], group_of: Codes) -> bool:
    """Is there one more column by which the rows of a group differ, alike in nearly every group? Then it is a dimension of groups."""
    sizes = np.bincount(group_of)
    common = Counter(sizes.tolist()).most_common(1)[0]
    if common[0] < 2 or common[1] < 0.8 * len(sizes) or len(sizes) < 3:
        return False
    taken = {t.column.name for t in traits}
    for column in layout.columns:
        if column.name in taken or column.role not in ("key", "measure"):
            continue
        texts, codes = distinct(column)
        if 2 <= len(texts) <= 2 * common[0] and int(numbered([group_of, codes]).max()) + 1 >= 0.98 * layout.rows:
            return True
    return False


def _only_once(layout: Layout, traits: Sequence[QuasiIdentifier], sizes: Codes) -> bool:
    """Does the table go through the combinations of its traits, each once, as a table of groups does?"""
    if int(sizes.max()) > 1:
        return False
    possible = float(np.prod([float(len(t.readings)) for t in traits]))
    return layout.rows >= 0.5 * possible
