"""Rows of single students that call themselves de-identified: step 9 of POLICY.md's "Is a data set truly aggregate?".

The re-identification rate against the district's own roster, k-anonymity (Sweeney 2002), l-diversity (Machanavajjhala et al. 2007, in its
distinct form) and ids that were made of real ones. A table of groups has no such findings. Witnesses name columns and numbers, no values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scanners.aggregate.derived_ids import derived_ids
from scanners.aggregate.findings import AuditFinding, AuditSettings
from scanners.aggregate.grain import grain, names_persons, numbered, tracks_enrollment
from scanners.aggregate.layout import AuditColumn, Layout
from scanners.aggregate.linkage import Linked, link, shared_traits, smallest_subset, with_learned_codes
from scanners.aggregate.quasi_identifiers import QuasiIdentifier, distinct, quasi_identifiers
from scanners.aggregate.traits import StudentTraits
from scanners.header import hint

Ints = npt.NDArray[np.int64]

MOST_YEARS_BACK = 3
"""School years by which a file may be older than the roster: its grades are then lower by as many."""
MOST_SENSITIVE = 10
"""Columns of which each has a finding; where there are more, one finding says how many."""


def deidentified(layout: Layout, students: Sequence[int], settings: AuditSettings) -> list[AuditFinding]:
    """What makes the persons of a table known again, each as one finding of `reidentification`; none for a table of groups.

    `low` = `high` is: the rows that join exactly one student; k, where it is below the minimum cell size; l; the rows whose id was derived.
    """
    if not layout.rows or not (grain(layout, students, settings.roster) or tracks_enrollment(layout, settings.enrollment)):
        return []
    traits = quasi_identifiers(layout)
    found: list[AuditFinding] = []
    if settings.roster is not None and len(settings.roster):
        found += _joined(layout, traits, settings.roster)
    found += _groups(layout, traits, settings.minimum_cell_size)
    if settings.roster is not None and len(settings.roster):
        found += [
            _finding((d.column,), d.rows, f"{d.witness} of {layout.rows:,} rows") for d in derived_ids(layout, traits, settings.roster)
        ]
    return found


def _finding(cell: tuple[str, ...], count: int, witness: str) -> AuditFinding:
    return AuditFinding("reidentification", cell, float(count), float(count), witness)


# --- the roster --------------------------------------------------------------------------------------------------------------


def _joined(layout: Layout, traits: Sequence[QuasiIdentifier], roster: StudentTraits) -> Iterator[AuditFinding]:
    linked, years_back = reidentified(traits, layout.rows, roster)
    if not linked.joined:
        return
    many = f"{linked.joined:,} of {layout.rows:,} rows {'matches' if linked.joined == 1 else 'match'} exactly one student of the roster"
    said = f"{many} on {_listed([s.name for s in linked.by])}"
    if years_back:
        said += f" (grades of {years_back} school {'year' if years_back == 1 else 'years'} before the roster's)"
    if (smaller := smallest_subset(linked, len(roster))) is not None:
        said += f"; {smaller[1]:,} already on {_listed([s.name for s in smaller[0]])} alone"
    yield _finding((), linked.joined, said)


def reidentified(traits: Sequence[QuasiIdentifier], rows: int, roster: StudentTraits) -> tuple[Linked, int]:
    """The rows joined with the roster on all traits that both have, and by how many school years the file's grades are older."""
    best, years_back = link(shared_traits(traits, roster), rows, len(roster)), 0
    if any(s.trait.kind == "grade" for s in best.by) and best.joined < rows / 2:
        for back in range(1, MOST_YEARS_BACK + 1):
            older = link(shared_traits(traits, roster, back), rows, len(roster))
            if older.joined > 2 * best.joined + 2 and _met(older) > 2 * _met(best):
                best, years_back = older, back
    if learned := [t for t in with_learned_codes(traits, best, roster) if any(r is not None for r in t.readings)]:
        known = {t.column.name: t for t in learned}
        again = link(shared_traits([known.get(t.column.name, t) for t in traits], roster, years_back), rows, len(roster))
        best = again if again.joined >= best.joined else best
    return best, years_back


def _met(linked: Linked) -> int:
    return int((linked.candidates > 0).sum())


# --- groups ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Anonymity:
    """`k`: the persons of the smallest group; `alone`: the groups of one person."""

    k: int
    alone: int
    persons: int


def k_anonymity(groups: Ints, persons: Ints | None = None) -> Anonymity:
    """Of the group of each row; `persons` numbers whom a row is about where one has several rows."""
    if persons is not None:
        width = int(persons.max()) + 1
        groups = np.unique(groups * width + persons) // width
    sizes = np.bincount(groups)
    sizes = sizes[sizes > 0]
    return Anonymity(int(sizes.min()), int((sizes == 1).sum()), int(sizes.sum()))


@dataclass(frozen=True)
class Diversity:
    """`l`: the least number of values in a group. `alike`: groups of two rows and more in which all have one value, with their `rows`."""

    l: int  # noqa: E741 - the literature's name
    alike: int
    rows: int


def l_diversity(groups: Ints, values: Ints) -> Diversity:
    """Distinct l-diversity of one sensitive column; rows whose value is -1 say nothing, and a group of them only is left out."""
    said = values >= 0
    if not said.any():
        return Diversity(0, 0, 0)
    own, own_values = groups[said], values[said]
    pairs = np.unique(own * (int(own_values.max()) + 1) + own_values)
    different = np.bincount(pairs // (int(own_values.max()) + 1))
    rows = np.bincount(own)
    whole = np.bincount(groups, minlength=len(rows))[: len(rows)] == rows
    alike = (different == 1) & (rows > 1) & whole
    return Diversity(int(different[different > 0].min()), int(alike.sum()), int(rows[alike].sum()))


def _groups(layout: Layout, traits: Sequence[QuasiIdentifier], least: int) -> Iterator[AuditFinding]:
    varied = [trait for trait in traits if trait.varied]
    if not varied:
        return
    groups = numbered([trait.codes for trait in varied])
    names = _listed([trait.column.name for trait in varied])
    persons = _persons(layout)
    found = k_anonymity(groups, persons)
    if found.k < least:
        what = "rows" if persons is None else "persons"
        said = f"k = {found.k:,}: the smallest group over {names} has {found.k:,} {what[:-1] if found.k == 1 else what}"
        if found.alone:
            said += f"; {found.alone:,} of {found.persons:,} {what} ({found.alone / found.persons:.1%}) are alone in their group"
        yield _finding((), found.k, said)
    yield from _alike(layout, traits, groups, names)


def _persons(layout: Layout) -> Ints | None:
    """Whom each row is about, by a column of pseudonyms; None where there is none or each row has its own."""
    for column in layout.columns:
        if names_persons(column.name):
            texts, codes = distinct(column)
            if texts and (codes >= 0).all():
                return codes if len(texts) < layout.rows else None
    return None


def _alike(layout: Layout, traits: Sequence[QuasiIdentifier], groups: Ints, names: str) -> Iterator[AuditFinding]:
    found = [(c, d) for c, codes in _sensitive(layout, traits) if (d := l_diversity(groups, codes)).alike]
    if len(found) > MOST_SENSITIVE:
        most = max(d.alike for _, d in found)
        said = f"l = 1 in {len(found):,} columns: in up to {most:,} groups over {names} all rows have the same value"
        yield _finding((), 1, said)
        return
    for column, d in found:
        one = "group" if d.alike == 1 else "groups"
        said = f"l = 1: in {d.alike:,} {one} over {names} all rows ({d.rows:,} together) have the same {column.name}"
        yield _finding((column.name,), 1, said)


def _sensitive(layout: Layout, traits: Sequence[QuasiIdentifier]) -> Iterator[tuple[AuditColumn, Ints]]:
    """The columns that tell something of a person that others do not know: not the traits, ids, dates and texts."""
    taken = {trait.column.name for trait in traits}
    for column in layout.columns:
        if column.name in taken or column.role in ("prose", "empty") or names_persons(column.name):
            continue
        if (hint(column.name).meaning or "").split(".")[0] in ("id", "name", "email", "phone", "address", "username"):
            continue
        texts, codes = distinct(column)
        if len(texts) > 1:
            yield column, codes


def _listed(names: Sequence[str]) -> str:
    """`grade, sex and birth date`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
