"""What can be computed of hidden cells from all that is shown: steps 6 and 7 of POLICY.md's "Is a data set truly aggregate?".

A hidden cell that has one possible value is disclosed; one that has few is nearly so. A blank may stand for a group that does not exist:
it counts as hidden only where it is proven to be somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from scanners.aggregate.findings import AuditFinding, AuditSettings
from scanners.aggregate.linear import Narrowed, Relation, Solved, solve
from scanners.aggregate.published_rules import keeps
from scanners.aggregate.relations import Related, Rule, relate
from scanners.aggregate.rounding import percents
from scanners.aggregate.structure import BLANK, HIDDEN, SHOWN, Source, Structure, structure
from scanners.aggregate.unpublished import add_totals
from scanners.aggregate.witness import Witnesses


@dataclass(frozen=True)
class Disclosed:
    """One hidden cell: `block` and `row` are where it stands, for the order of findings."""

    table: int
    block: int
    row: int
    finding: AuditFinding


@dataclass
class Disclosures:
    """All hidden cells that are found out, the notes of each table, and the tables whose system could not be finished."""

    found: list[Disclosed] = field(default_factory=list)
    notes: dict[int, list[str]] = field(default_factory=dict)
    unfinished: dict[int, int] = field(default_factory=dict)
    structure: Structure | None = None


def disclosures(sources: Sequence[Source], settings: AuditSettings, seconds: float = 60) -> Disclosures:
    """Read the tables together, and compute what they hide."""
    s = structure(sources)
    if s is None:
        return Disclosures()
    add_totals(s)
    related = relate(s)
    solved, relations, rule_of = _solved(s, related, seconds, max(settings.minimum_interval_width, 1))
    notes = related.notes
    for contradiction in solved.contradictions:
        _note_contradiction(s, [rule_of[i] for i in contradiction], notes)
    found, unfinished = _found(s, related, solved, relations, rule_of, settings)
    return Disclosures(found, notes, unfinished, s)


def _solved(s: Structure, related: Related, seconds: float, enough: int) -> tuple[Solved, list[Relation], list[Rule]]:
    relations, rule_of = [], []
    for rule in related.rules:
        for relation in rule.relations:
            relations.append(relation)
            rule_of.append(rule)
    used = sorted({v for r in relations for v in r.variables})
    number = {v: i for i, v in enumerate(used)}
    local = [Relation(tuple(number[v] for v in r.variables), r.coefficients, r.low, r.high) for r in relations]
    at = np.array(used, np.int64)
    if not local:
        return Solved({}, (), frozenset()), relations, rule_of
    solved = solve(related.bounds.low[at], related.bounds.high[at], local, seconds=seconds, enough=enough)
    narrowed = {used[v]: n for v, n in solved.narrowed.items()}
    return Solved(narrowed, solved.contradictions, frozenset(used[v] for v in solved.unfinished)), relations, rule_of


def _note_contradiction(s: Structure, rules: Sequence[Rule], notes: dict[int, list[str]]) -> None:
    whole = min((r.whole for r in rules), key=lambda v: int(s.first[v]), default=-1)
    if whole >= 0:
        cell = int(s.first[whole])
        text = f"{' / '.join(s.address(cell))}: what is shown contradicts itself here: not trusted"
        mine = notes.setdefault(s.table(cell), [])
        if text not in mine:
            mine.append(text)


def _found(
    s: Structure, related: Related, solved: Solved, relations: Sequence[Relation], rule_of: Sequence[Rule], settings: AuditSettings
) -> tuple[list[Disclosed], dict[int, int]]:
    low, high = related.bounds.low.copy(), related.bounds.high.copy()
    for v, n in solved.narrowed.items():
        low[v], high[v] = max(low[v], n.low), min(high[v], n.high)
    width = settings.minimum_interval_width
    witnesses = Witnesses(s, related, relations, rule_of)
    told_in = _ToldIn(s)
    of_cell = s.cell_variable
    hidden = (s.cell_state == HIDDEN) | (s.cell_state == BLANK)
    near = hidden & (high[of_cell] - low[of_cell] < max(width, 1)) & ((s.cell_state == HIDDEN) | (low[of_cell] > 0))
    found = []
    for cell in np.flatnonzero(near).tolist():
        v = int(of_cell[cell])
        if high[v] < low[v] or (high[v] != low[v] and high[v] - low[v] >= width):
            continue
        token = int(s.cell_low[cell]), int(s.cell_high[cell])
        if token == (low[v], high[v]) and _allowed(s, cell, related):
            continue
        if s.low[v] == s.high[v]:
            why = witnesses.shown_elsewhere(cell)
        elif token == (low[v], high[v]):
            why = witnesses.token(cell)
        else:
            why = witnesses.of(cell, solved.narrowed.get(v, Narrowed(int(low[v]), int(high[v]), False, ())), int(low[v]), int(high[v]))
        check = "exact_disclosure" if low[v] == high[v] else "interval"
        finding = AuditFinding(check, s.address(cell), float(low[v]), float(high[v]), why)  # type: ignore[arg-type]
        where = told_in.cell(cell, (rule_of[i] for i, _ in solved.narrowed[v].steps) if v in solved.narrowed else ())
        counted = s.columns[s.cell_column[where]]
        if where != cell:
            finding = replace(finding, witness=f"in {s.sources[s.columns[s.cell_column[cell]].block].said}: {why}")
        found.append(Disclosed(s.table(where), counted.block, int(s.cell_row[where]), finding))
    unfinished: dict[int, int] = {}
    for cell in np.flatnonzero(hidden & np.isin(of_cell, np.fromiter(solved.unfinished, np.int64, len(solved.unfinished)))).tolist():
        unfinished[s.table(cell)] = unfinished.get(s.table(cell), 0) + 1
    return found, unfinished


class _ToldIn:
    """In which release a hidden cell is given away: the first in which all that proves it has been published.

    What is known of a variable is known from its first release on. A later table that gives an older one away has the finding.
    """

    def __init__(self, s: Structure) -> None:
        releases = [source.release for source in s.sources]
        order = {release: at for at, release in enumerate(sorted(set(releases)))}
        self._one = len(order) < 2
        self._rank = np.array([order[release] for release in releases], np.int64)[[c.block for c in s.columns]][s.cell_column]
        self._s = s
        self._first: dict[int, int] = {}
        shown_last = np.lexsort((self._rank, s.cell_state != SHOWN))  # shown cells first, each in the order of releases
        if not self._one:
            for cell in shown_last.tolist():
                self._first.setdefault(int(s.cell_variable[cell]), cell)

    def cell(self, hidden: int, rules: Iterable[Rule]) -> int:
        """`hidden` itself, or a cell of the later table without which its proof would not stand."""
        if self._one:
            return hidden
        mine = int(self._s.cell_variable[hidden])
        used = {v for rule in rules for relation in rule.relations for v in relation.variables} - {mine}
        if self._s.low[mine] == self._s.high[mine]:
            used = {mine}
        latest = max((self._first[v] for v in used if v in self._first), key=lambda c: (int(self._rank[c]), -c), default=hidden)
        return latest if self._rank[latest] > self._rank[hidden] else hidden


def _allowed(s: Structure, cell: int, related: Related) -> bool:
    """Is this a coded percentage that says no more than the published rule for its N lets it?"""
    counted = s.columns[s.cell_column[cell]]
    if counted.share is None or counted.share.whole is None:
        return False
    row = int(s.cell_row[cell])
    n = int(counted.share.whole.low[row])
    told = percents(counted.column.cells[row : row + 1], counted.share.fraction)
    return n == counted.share.whole.high[row] and n > 0 and bool(told.coded[0]) and keeps(float(told.low[0]), float(told.high[0]), n)
