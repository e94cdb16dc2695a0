"""Which members of a dimension, or which columns of a row, add up to another one: by their labels, and by arithmetic over many contexts.

A context is everything else that a cell says: the school and the year, where the sexes are in question. A sum counts where it holds in 95 %
of the contexts that show all of its cells, and in so many different ones that chance is ruled out; or where the labels say so and no
context speaks against it. What a known sum tells of hidden cells is asked in `disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt

from scanners.aggregate.dimensions import Codes
from scanners.aggregate.families import Family, families, family_of
from scanners.aggregate.structure import BLANK, Flags

HOLDING = 0.95
"""Of the contexts that show all cells, in which a sum must hold."""
FEWEST = 3
"""Contexts with different values, and two groups that are not empty, in which a sum must hold where no label says it."""
SURPRISE = 10.0
"""Bits by which the sums that hold must be less likely than chance would have them, all sums that were tried taken into account."""
SURPRISE_SAID = 3.0
"""The same where the whole is called a total."""
SURPRISE_ONE = 8.0
"""The same where the whole is called a total and no other sum is tried."""
MOST_SEARCHED = 28
"""Members among which every subset is tried."""
MOST_DENSE = 80
"""Members up to which families and subsets are looked for; beyond (schools), all of them or a run of them can be a sum."""
MOST_SUMS = 12
"""Of one whole."""
MOST_RUNS = 2
"""Of one whole: the shortest."""


@dataclass(frozen=True)
class Counts:
    """What is known of all variables: one entry each."""

    low: Codes
    high: Codes
    state: Codes


@dataclass(frozen=True)
class Axis:
    """One way to cut a population. `matrix` is contexts × (1 + members) of variables, -1 where there is none; column 0 is everybody's.

    `labels` are the members'. `said`: a label says that column 0 is everybody's. `group` is one a context: sums that fail in one group (a
    measure that counts events) may hold in others. `firm`: labels alone may tell; not where tables were joined that share no cell.
    """

    labels: tuple[str, ...]
    matrix: Codes
    group: Codes
    said: bool
    firm: bool = True


@dataclass(frozen=True)
class Sum:
    """`whole` = the sum of `parts` (positions in the axis' matrix), in the contexts whose `group` is trusted.

    `zeros`: parts that are not there, or blank, are nobody. `complete` is false where the parts are only known to be disjoint: then they
    add up to no more than the whole.
    """

    whole: int
    parts: tuple[int, ...]
    groups: frozenset[int]
    zeros: bool
    complete: bool = True


@dataclass(frozen=True)
class Judged:
    """In how many contexts a sum could be checked and held; the same where parts that are not there count as nobody."""

    checked: int
    held: int
    checked_zeros: int
    held_zeros: int
    contradicted: int
    seen: int
    distinct: int
    bits: float
    groups: frozenset[int]
    plausible: bool

    @property
    def holds(self) -> bool:
        return self.held >= HOLDING * self.checked and self.contradicted <= (1 - HOLDING) * self.seen

    @property
    def zeros(self) -> bool:
        return self.checked_zeros >= FEWEST and self.held_zeros >= HOLDING * self.checked_zeros

    @property
    def holds_with_zeros(self) -> bool:
        return self.held + self.held_zeros >= HOLDING * (self.checked + self.checked_zeros)


def sums(axis: Axis, counts: Counts) -> list[Sum]:
    """Every sum that this axis is known to have, complete ones first."""
    members = axis.matrix.shape[1] - 1
    found: list[Sum] = []
    everyone = tuple(range(1, members + 1))
    if members > MOST_DENSE:
        _keep(found, _all_members(axis, counts, everyone))
        found += _runs(axis, counts)
        return found
    told = families(axis.labels)
    for family in told:
        if family.plain:
            _keep(found, _family(axis, counts, family))
            if not axis.said:
                _keep(found, _family_of_a_member(axis, counts, family))
    if members >= 2:
        _keep(found, _all_members(axis, counts, everyone))
    found += [s for s in _searched(axis, counts) if not _known(found, s)]
    if members > MOST_SEARCHED:
        found += [s for s in _runs(axis, counts) if not _known(found, s)]
    found = _without_substitutes(found)
    for family in told:
        if not family.plain and not any(
            set(positions) <= set(s.parts) for s in found for positions in [tuple(m + 1 for m in family.members)]
        ):
            _keep(found, _disjoint(axis, counts, tuple(m + 1 for m in family.members)))
    return found


def beyond(sum_: Sum, known: Iterable[Sum]) -> tuple[int, ...]:
    """Parts that wider sums of the same whole have besides: `sum_` holds only where they are nobody (grade 9 in a K-8 school)."""
    mine = set(sum_.parts)
    wider = (set(o.parts) for o in known if o.whole == sum_.whole and o.complete and sum_.complete)
    return tuple(sorted({part for parts in wider if mine < parts for part in parts - mine}))


def _keep(found: list[Sum], sum_: Sum | None) -> None:
    if sum_ is not None and not _known(found, sum_):
        found.append(sum_)


def _known(found: Iterable[Sum], sum_: Sum) -> bool:
    return any(s.whole == sum_.whole and set(s.parts) == set(sum_.parts) for s in found)


def _family(axis: Axis, counts: Counts, family: Family) -> Sum | None:
    """Two sides that are everybody, by their names; the numbers must not speak against it."""
    parts = tuple(m + 1 for m in family.members)
    judged = judge(axis, counts, 0, parts)
    if not judged.seen or not judged.groups:
        return None
    if judged.checked < 1 and not axis.firm:
        return None
    return Sum(0, parts, judged.groups, judged.zeros) if judged.holds else None


def _family_of_a_member(axis: Axis, counts: Counts, family: Family) -> Sum | None:
    """Two sides of another member that no word calls a total: Enrolled = Male + Female. The numbers must say so."""
    parts = tuple(m + 1 for m in family.members)
    needed = SURPRISE_ONE + log2(axis.matrix.shape[1])
    for whole in range(1, axis.matrix.shape[1]):
        if whole not in parts:
            judged = judge(axis, counts, whole, parts)
            if judged.held and judged.holds and judged.bits >= needed:
                return Sum(whole, parts, judged.groups, judged.zeros)
    return None


def _all_members(axis: Axis, counts: Counts, parts: tuple[int, ...]) -> Sum | None:
    """All members that a context has, where they add up to its total."""
    judged = judge(axis, counts, 0, parts)
    if not judged.groups or not judged.seen:
        return None
    checked, held = judged.checked + judged.checked_zeros, judged.held + judged.held_zeros
    if held < HOLDING * checked or judged.contradicted > (1 - HOLDING) * judged.seen:
        return None
    told = [family_of(label) for label in axis.labels]
    kinds = {f[0] for f in told if f is not None}
    one_kind = len(kinds) <= 1 and (not kinds or all(f is not None for f in told)) and "race" not in kinds
    by_label = axis.said and axis.firm and one_kind and (held > 0 or judged.plausible)
    by_label = by_label or (axis.said and held > 0 and one_kind)
    fewest = 1 if axis.said and axis.firm else FEWEST  # only this one sum is tried
    by_numbers = judged.distinct >= fewest and judged.bits >= (SURPRISE_ONE if fewest == 1 else SURPRISE)
    return Sum(0, parts, judged.groups, True) if by_label or by_numbers else None


def _disjoint(axis: Axis, counts: Counts, parts: tuple[int, ...]) -> Sum | None:
    """Groups of which nobody is in two, but some people may be in none: never more than the total."""
    judged = _never_more(axis, counts, 0, parts)
    return Sum(0, parts, judged, True, complete=False) if judged else None


def _never_more(axis: Axis, counts: Counts, whole: int, parts: tuple[int, ...]) -> frozenset[int]:
    """The groups in which the parts are never more than the whole, where any context shows them."""
    w, p = axis.matrix[:, whole], axis.matrix[:, list(parts)]
    rows = (w >= 0) & (p >= 0).any(axis=1)
    w, p, group = w[rows], p[rows], axis.group[rows]
    if not len(w):
        return frozenset()
    least = np.where(p >= 0, counts.low[p], 0).sum(axis=1)
    shown = (counts.low[w] == counts.high[w]) & (np.where(p >= 0, counts.low[p] == counts.high[p], True).all(axis=1))
    broken = least > counts.high[w]
    good = [g for g in np.unique(group).tolist() if broken[group == g].sum() <= (1 - HOLDING) * (group == g).sum()]
    return frozenset(good) if shown[np.isin(group, good)].sum() >= FEWEST else frozenset()


def judge(axis: Axis, counts: Counts, whole: int, parts: Sequence[int]) -> Judged:
    """Check one sum in every context."""
    w, p = axis.matrix[:, whole], axis.matrix[:, list(parts)]
    rows = (w >= 0) & (p >= 0).any(axis=1)
    w, p, group = w[rows], p[rows], axis.group[rows]
    there = p >= 0
    low, high = np.where(there, counts.low[p], 0), np.where(there, counts.high[p], 0)
    fixed = low == high
    empty = ~there | (there & (counts.state[p] == BLANK) & ~fixed)
    known = counts.low[w] == counts.high[w]
    total = counts.low[w]
    full = known & fixed.all(axis=1) & there.all(axis=1)
    with_zeros = known & (fixed | empty).all(axis=1) & ~full
    sum_low = np.where(empty, 0, low).sum(axis=1)
    sum_high = np.minimum(high, 2**40).sum(axis=1)
    equal = sum_low == total
    whole_high = counts.high[w]
    against = there.all(axis=1) & ((low.sum(axis=1) > whole_high) | (sum_high < counts.low[w]))
    good = _trusted(group, (full & ~equal) | against, full | against)
    kept = np.isin(group, list(good)) if len(good) else np.zeros(len(group), bool)
    full, with_zeros, against = full & kept, with_zeros & kept, against & kept
    sure = (full | with_zeros) & equal
    several = sure & ((np.where(empty, 0, low) > 0).sum(axis=1) >= 2)
    kinds = np.unique(np.concatenate([total[several, None], low[several] * ~empty[several]], axis=1), axis=0) if several.any() else None
    distinct, bits = 0, 0.0
    if kinds is not None:
        distinct = len(kinds)
        rest = kinds[:, 0] - kinds[:, 1:].max(axis=1)
        bits = float(np.log2(1.0 + rest[:2000]).sum())
    return Judged(
        int(full.sum()),
        int((full & equal).sum()),
        int(with_zeros.sum()),
        int((with_zeros & equal).sum()),
        int(against.sum()),
        int(kept.sum()),
        distinct,
        bits,
        good,
        _plausible(total, known & kept, low, high, fixed, there),
    )


def _trusted(group: Codes, bad: Flags, checked: Flags) -> frozenset[int]:
    """The groups in which the sum does not fail more often than a mistake would."""
    found = []
    for g in np.unique(group).tolist():
        mine = group == g
        if bad[mine].sum() <= (1 - HOLDING) * max(1, checked[mine].sum()):
            found.append(g)
    return frozenset(found)


def _plausible(total: Codes, known: Flags, low: Codes, high: Codes, fixed: Flags, there: Flags) -> bool:
    """Is what the shown parts leave to the hidden ones no more, for each, than the largest part that is shown?"""
    hidden = (there & ~fixed).sum(axis=1)
    rows = known & (hidden > 0)
    if not rows.any():
        return True
    rest = (total - np.where(fixed, low, 0).sum(axis=1))[rows]
    largest = np.where(fixed & there, low, 0).max(axis=1)[rows]
    return bool(((rest >= 0) & (rest <= np.maximum(largest, 20) * hidden[rows])).all())


# -- sums that no label tells ----------------------------------------------------------------------------------------------


def _searched(axis: Axis, counts: Counts) -> list[Sum]:
    """Subsets of the members that add up to another member or to the total, wherever all of them are shown."""
    matrix = axis.matrix
    shown = (matrix >= 0) & (counts.low[matrix] == counts.high[matrix])
    nothing = (matrix < 0) | ((counts.state[matrix] == BLANK) & ~shown)
    values = np.where(shown, counts.low[matrix], 0)
    tried: dict[tuple[int, tuple[int, ...]], None] = {}
    for rows, blanks in _contexts_to_try(values, shown, nothing):
        usable = (shown[rows] | (nothing[rows] if blanks else False)).all(axis=0) & (values[rows] > 0).any(axis=0)
        columns = np.flatnonzero(usable)
        if len(columns) > MOST_SEARCHED:
            weight = values[np.ix_(rows, columns)].sum(axis=0)
            columns = np.sort(columns[np.argsort(-weight, kind="stable")[:MOST_SEARCHED]])
        if len(columns) >= 3:
            for whole, parts in _subset_sums(values[np.ix_(rows, columns)]):
                tried.setdefault((int(columns[whole]), tuple(int(columns[p]) for p in parts)))
    members = matrix.shape[1] - 1
    found: list[Sum] = []
    for (whole, parts), _ in sorted(tried.items(), key=lambda t: (len(t[0][1]), t[0])):
        if sum(s.whole == whole for s in found) >= MOST_SUMS:
            continue
        parts = _extended(axis, counts, whole, parts)
        judged = judge(axis, counts, whole, parts)
        needed = (
            (SURPRISE_SAID if axis.said and whole == 0 else SURPRISE) + min(members, len(parts) * log2(members + 1)) + log2(members + 1)
        )
        sure = judged.distinct >= FEWEST and judged.bits >= needed and judged.contradicted <= (1 - HOLDING) * judged.seen
        zeros = judged.zeros and judged.holds_with_zeros
        if sure and (judged.holds if judged.checked >= FEWEST else zeros) and judged.groups:
            sum_ = Sum(whole, parts, judged.groups, zeros)
            if not _known(found, sum_):
                found.append(sum_)
    return found


def _contexts_to_try(values: Codes, shown: Flags, nothing: Flags) -> list[tuple[Codes, bool]]:
    """Few contexts each that show most and have the largest numbers; then such as cover every member, with blanks as nobody."""
    filled = ((values > 0) & shown).sum(axis=1)
    order = np.lexsort((-values.max(axis=1, initial=0), -filled))
    order = order[filled[order] >= 3]
    chosen: list[tuple[Codes, bool]] = []
    seen: set[bytes] = set()
    best: list[int] = []
    for row in order[:400].tolist():
        if (mark := values[row].tobytes()) not in seen:
            seen.add(mark)
            best.append(row)
    for start, stop in ((0, 3), (0, 6), (3, 7), (7, 12), (12, 24), (0, 12)):
        if len(best[start:stop]) >= 3:
            chosen.append((np.array(best[start:stop]), False))
    if len(best) < 3:
        return []
    possible = np.flatnonzero((shown | nothing).all(axis=1))
    if len(possible) >= 3:
        covering = dict.fromkeys(best[:3] if set(best[:3]) <= set(possible.tolist()) else [])
        for column in range(values.shape[1]):
            covering.setdefault(int(possible[np.argmax(values[possible, column])]))
        if len(covering) >= 3:
            chosen.append((np.array(list(covering)), True))
    return chosen


def _subset_sums(values: Codes) -> list[tuple[int, tuple[int, ...]]]:
    """Every (whole, parts), by columns, whose parts add up to the whole in each row: a meeting in the middle over hashes of whole columns.

    The hash is linear (random multiples, modulo 2^64), so that the hash of a sum is the sum of hashes.
    """
    multiples = np.random.default_rng(7).integers(1, 2**62, len(values), dtype=np.uint64) | np.uint64(1)
    hashes = (values.astype(np.uint64) * multiples[:, None]).sum(axis=0, dtype=np.uint64)
    n = len(hashes)
    left, right = _all_sums(hashes[: n // 2]), _all_sums(hashes[n // 2 :])
    near = np.argsort(right, kind="stable")
    right = right[near]
    order = np.argsort(left, kind="stable")
    ordered = left[order]
    found = []
    for whole in range(n):
        needed = hashes[whole] - right
        at = np.searchsorted(ordered, needed)
        hits = np.flatnonzero((at < len(ordered)) & (ordered[np.minimum(at, len(ordered) - 1)] == needed))
        solutions: list[tuple[int, ...]] = []
        for r in hits[:2000].tolist():
            a = int(at[r])
            while a < len(ordered) and ordered[a] == needed[r] and len(solutions) < 500:
                mask = int(order[a]) | (int(near[r]) << (n // 2))
                a += 1
                if not mask >> whole & 1 and mask.bit_count() >= 2:
                    solutions.append(tuple(i for i in range(n) if mask >> i & 1))
        solutions.sort(key=lambda s: (len(s), s))
        found += [(whole, s) for s in solutions[: 2 * MOST_SUMS]]
    return found


def _all_sums(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    found = np.zeros(1, np.uint64)
    for h in hashes:
        found = np.concatenate([found, found + h])
    return found


def _extended(axis: Axis, counts: Counts, whole: int, parts: tuple[int, ...]) -> tuple[int, ...]:
    """The parts, and further members that are nearly always nobody but are missing where the sum fails: a third sex."""
    judged = judge(axis, counts, whole, parts)
    if judged.held == judged.checked:
        return parts
    for column in range(1, axis.matrix.shape[1]):
        if column in parts or column == whole:
            continue
        wider = judge(axis, counts, whole, (*parts, column))
        if wider.checked >= FEWEST and wider.checked - wider.held < judged.checked - judged.held and wider.held > HOLDING * wider.checked:
            parts, judged = tuple(sorted((*parts, column))), wider
    return parts


def _without_substitutes(found: list[Sum]) -> list[Sum]:
    """Leave out sums that say no more than shorter ones: A = B + C + D where A = B + E and E = C + D."""
    known = {(s.whole, frozenset(s.parts)) for s in found}
    kept = []
    for s in found:
        parts = frozenset(s.parts)
        follows = any(
            o is not s and len(o.parts) < len(s.parts) and frozenset(o.parts) <= parts and o.whole not in parts
            and (s.whole, parts - frozenset(o.parts) | {o.whole}) in known
            for o in found
        )  # fmt: skip
        if not follows:
            kept.append(s)
    return kept


def _runs(axis: Axis, counts: Counts) -> list[Sum]:
    """A member that adds up members that follow each other in the file's order: a district and its schools, subtotals."""
    matrix = axis.matrix
    shown = (matrix >= 0) & (counts.low[matrix] == counts.high[matrix])
    there = matrix[:, 1:] >= 0
    rows = np.flatnonzero((shown[:, 1:] | ~there).all(axis=1) & (2 * there.sum(axis=1) > there.shape[1]))
    if len(rows) < FEWEST:
        return []
    values = np.where(there[rows], counts.low[matrix[rows, 1:]], 0)
    multiples = np.random.default_rng(7).integers(1, 2**62, len(rows), dtype=np.uint64) | np.uint64(1)
    hashes = (values.astype(np.uint64) * multiples[:, None]).sum(axis=0, dtype=np.uint64)
    before = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashes, dtype=np.uint64)])
    found = []
    order = np.argsort(before, kind="stable")
    ordered = before[order]
    for at in range(len(hashes)):
        if not values[:, at].any():
            continue
        needed = before + hashes[at]
        first = np.searchsorted(ordered, needed)
        starts = np.flatnonzero((first < len(ordered)) & (ordered[np.minimum(first, len(ordered) - 1)] == needed))
        runs = [(start, int(order[first[start]])) for start in starts.tolist()]
        runs = [(start, stop) for start, stop in runs if stop - start >= 2 and not start <= at < stop]
        for start, stop in sorted(runs, key=lambda r: (r[1] - r[0], r))[:MOST_RUNS]:
            parts = tuple(range(start + 1, stop + 1))
            judged = judge(axis, counts, at + 1, parts)
            sure = judged.holds and (judged.checked >= FEWEST or (judged.zeros and judged.holds_with_zeros))
            if sure and judged.distinct >= FEWEST and judged.bits >= SURPRISE + 2 * log2(len(hashes)):
                found.append(Sum(at + 1, parts, judged.groups, judged.zeros))
    return found
