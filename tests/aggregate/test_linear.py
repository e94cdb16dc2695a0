"""Bounds of hidden cells: tables of cases by hand, and random small tables against trying out all whole numbers."""

from __future__ import annotations

from itertools import product
from math import inf
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.aggregate.linear import UNBOUNDED, Narrowed, Relation, Solved, solve
from tests.aggregate.small_tables import SmallTable, random_table, tried, wrong

Case = tuple[list[tuple[int, int]], list[Relation], dict[int, tuple[int, int, bool]]]
FREE = (0, UNBOUNDED)


def shown(value: int) -> tuple[int, int]:
    return value, value


def equation(value: float, **parts: float) -> Relation:
    """`equation(42, v0=1, v1=1)`: v0 + v1 = 42."""
    return between(value, value, **parts)


def between(low: float, high: float, **parts: float) -> Relation:
    return Relation(tuple(int(name[1:]) for name in parts), tuple(parts.values()), low, high)


def solved(bounds: list[tuple[int, int]], relations: list[Relation], *, whole: bool = True, seconds: float = 60) -> Solved:
    return solve(np.array([it[0] for it in bounds]), np.array([it[1] for it in bounds]), relations, whole=whole, seconds=seconds)


def two_by_two(values: dict[tuple[int, ...], int]) -> tuple[list[tuple[int, int]], list[Relation]]:
    """2 × 2 × 2 with all cells hidden and the sums over each dimension shown: the classic 3-D table."""
    keys = list(product(range(2), repeat=3))
    lines = [
        tuple(keys.index((*key[:axis], it, *key[axis:])) for it in range(2)) for axis in range(3) for key in product(range(2), repeat=2)
    ]
    relations = [Relation(line, (1.0, 1.0), total := sum(values[keys[it]] for it in line), total) for line in lines]
    return [FREE] * 8, relations


CUBE = dict(zip(product(range(2), repeat=3), (1, 2, 3, 4, 0, 5, 6, 7), strict=True))

TRIANGLES: tuple[list[tuple[int, int]], list[Relation]] = (
    [FREE] * 7,
    [
        *(between(-inf, 1, **{f"v{one}": 1, f"v{other}": 1}) for one, other in ((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5))),
        equation(0, v0=1, v1=1, v2=1, v3=1, v4=1, v5=1, v6=-1),
    ],
)
"""Of three any two make at most one, twice; and the sum of all."""

CASES: dict[str, Case] = {
    "a single subtraction": (
        [shown(42), shown(35), FREE],
        [equation(0, v0=1, v1=-1, v2=-1)],
        {2: (7, 7, True)},
    ),
    "two steps": (
        [shown(42), shown(35), FREE, FREE, shown(3)],
        [equation(0, v0=1, v1=-1, v2=-1), equation(0, v2=1, v3=-1, v4=-1)],
        {2: (7, 7, True), 3: (4, 4, True)},
    ),
    "a determined cell is not small": (
        [shown(500), shown(100), FREE],
        [equation(0, v0=1, v1=-1, v2=-1)],
        {2: (400, 400, True)},
    ),
    "two hidden in a row share their sum": (
        [FREE, FREE],
        [equation(7, v0=1, v1=1)],
        {0: (0, 7, False), 1: (0, 7, False)},
    ),
    "nothing left for two": (
        [FREE, FREE],
        [equation(0, v0=1, v1=1)],
        {0: (0, 0, False), 1: (0, 0, False)},
    ),
    "two in each row and column, and yet determined by the bounds": (
        [FREE] * 4,
        [equation(5, v0=1, v1=1), equation(4, v2=1, v3=1), equation(9, v0=1, v2=1), equation(0, v1=1, v3=1)],
        {0: (5, 5, False), 1: (0, 0, False), 2: (4, 4, False), 3: (0, 0, False)},
    ),
    "three pairs of three cells determine each": (
        [FREE] * 3,
        [equation(5, v0=1, v1=1), equation(4, v1=1, v2=1), equation(3, v0=1, v2=1)],
        {0: (2, 2, True), 1: (3, 3, True), 2: (1, 1, True)},
    ),
    "a sum of rows minus a sum of columns": (
        [FREE] * 5,
        [equation(9, v0=1, v1=1, v4=1), equation(8, v2=1, v3=1), equation(6, v0=1, v2=1), equation(7, v1=1, v3=1)],
        {0: (0, 5, False), 1: (0, 5, False), 2: (1, 6, False), 3: (2, 7, False), 4: (4, 4, True)},
    ),
    "a token's bounds meet the total": (
        [(0, 9), (0, 9)],
        [equation(18, v0=1, v1=1)],
        {0: (9, 9, False), 1: (9, 9, False)},
    ),
    "only whole numbers: 2x + 4y = 10": (
        [FREE, FREE],
        [equation(10, v0=2, v1=4)],
        {0: (1, 5, False), 1: (0, 2, False)},
    ),
    "only whole numbers: 3x + 5y = 14": (
        [FREE, FREE],
        [equation(14, v0=3, v1=5)],
        {0: (3, 3, False), 1: (1, 1, False)},
    ),
    "only whole numbers, over two equations": (
        [(0, 1)] * 4,
        [between(1, 1, v0=1, v1=1, v2=-1, v3=-1), between(-inf, 1, v0=1, v1=1), equation(0, v0=1, v2=-1)],
        {0: (0, 0, False), 1: (1, 1, False), 2: (0, 0, False), 3: (0, 0, False)},
    ),
    "a linear program says three, whole numbers two": (*TRIANGLES, {**dict.fromkeys(range(6), (0, 1, False)), 6: (0, 2, False)}),
    "part of a whole": (
        [shown(6), FREE, FREE],
        [between(0, inf, v0=1, v1=-1), between(0, inf, v1=1, v2=-1)],
        {1: (0, 6, False), 2: (0, 6, False)},
    ),
    "nothing bounds it": (
        [FREE, FREE],
        [equation(3, v0=1, v1=-1)],
        {0: (3, UNBOUNDED, False), 1: (0, UNBOUNDED, False)},
    ),
    "in no relation": ([FREE, (0, 9)], [], {0: (0, UNBOUNDED, False), 1: (0, 9, False)}),
    "other coefficients": (
        [FREE, shown(4)],
        [equation(22, v0=3, v1=2.5)],
        {0: (4, 4, True)},
    ),
    "thirds": ([FREE, FREE], [equation(2, v0=1 / 3, v1=1 / 3), equation(1, v0=1 / 3)], {0: (3, 3, True), 1: (3, 3, True)}),
    "a coefficient that is no fraction proves no more than it says": (
        [shown(7), FREE],
        [equation(7 * 2**0.5 - 0.5, v0=2**0.5, v1=-0.5)],
        {1: (1, 1, False)},
    ),
    "67.3 % of 400": (
        [shown(400), FREE],
        [between(0, inf, v0=-(67.3 - 0.05) / 100, v1=1), between(0, inf, v0=(67.3 + 0.05) / 100, v1=-1)],
        {1: (269, 269, False)},
    ),
    "the percentage tells the group: 95 % of at most 20": (
        [(1, 20), FREE],
        [between(0, inf, v0=-0.9495, v1=1), between(0, inf, v0=0.9505, v1=-1)],
        {0: (20, 20, False), 1: (19, 19, False)},
    ),
    "named twice": ([FREE, shown(2)], [equation(8, v0=1, v1=1), Relation((0, 0, 1), (1.0, 1.0, 1.0), 14, 14)], {0: (6, 6, True)}),
    "a large table of one relation": (
        [FREE] * 30,
        [Relation(tuple(range(30)), (1.0,) * 30, 9, 9)],
        dict.fromkeys(range(30), (0, 9, False)),
    ),
    "3-D": (
        *two_by_two(CUBE),
        {at: (*ends, False) for at, ends in enumerate(((0, 1), (2, 3), (3, 4), (3, 4), (0, 1), (4, 5), (5, 6), (7, 8)))},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bounds_by_hand(name: str) -> None:
    bounds, relations, expected = CASES[name]
    found = solved(bounds, relations)
    assert {at: (it.low, it.high, it.exact) for at, it in found.narrowed.items()} == expected
    assert not found.contradictions
    assert not found.unfinished


def test_three_dimensions_agree_with_trying_everything() -> None:
    bounds, relations = two_by_two(CUBE)
    table = SmallTable("cube", tuple(CUBE.values()), (0,) * 8, (20,) * 8, tuple(relations))
    extremes = tried(table)
    assert extremes is not None
    assert [(it.low, it.high) for it in solved(bounds, relations).narrowed.values()] == list(zip(*extremes, strict=True))


def test_steps_of_an_exact_cell_add_up_to_it() -> None:
    bounds, relations, _ = CASES["two steps"]
    assert solved(bounds, relations).narrowed[3] == Narrowed(4, 4, True, ((0, -1.0), (1, -1.0)))


def test_the_shorter_of_two_ways_is_told() -> None:
    """Cell 2 follows from cells 0 and 1 by three relations, and from one."""
    relations = [
        equation(5, v0=1, v1=1),
        equation(9, v0=1, v1=1, v2=1, v3=1),
        equation(1, v3=1),
        equation(3, v2=1),
    ]
    assert solved([FREE] * 4, relations).narrowed[2].steps == ((3, 1.0),)


def test_each_end_tells_what_proves_it() -> None:
    bounds, relations, _ = CASES["two in each row and column, and yet determined by the bounds"]
    cell = solved(bounds, relations).narrowed[0]
    assert dict(cell.proves_high) == {0: 1.0}
    assert {at for at, _ in cell.proves_low} == {2, 1} or {at for at, _ in cell.proves_low} == {0, 3}
    assert set(cell.steps) == {*cell.proves_low, *cell.proves_high}


def test_what_only_whole_numbers_prove_names_its_relations() -> None:
    bounds, relations, _ = CASES["only whole numbers: 3x + 5y = 14"]
    assert {at for at, _ in solved(bounds, relations).narrowed[0].steps} == {0}


def test_without_whole_numbers_bounds_are_those_of_the_linear_program() -> None:
    assert solved(*TRIANGLES, whole=False).narrowed[6].high == 3


def test_what_is_known_to_range_widely_need_not_be_narrowed_to_the_end() -> None:
    bounds, relations = two_by_two(CUBE)
    low, high = np.array([it[0] for it in bounds]), np.array([it[1] for it in bounds])
    tight, loose = solve(low, high, relations), solve(low, high, relations, enough=1)
    assert not loose.unfinished
    for at, it in tight.narrowed.items():
        other = loose.narrowed[at]
        assert other.low <= it.low <= it.high <= other.high
        assert (it.low, it.high) == (other.low, other.high) or it.high - it.low >= 1


CONTRADICTIONS: dict[str, tuple[list[tuple[int, int]], list[Relation], tuple[tuple[int, ...], ...]]] = {
    "a shown total": ([shown(42), shown(35), shown(8)], [equation(0, v0=1, v1=-1, v2=-1)], ((0,),)),
    "two totals of the same": ([FREE, FREE], [equation(5, v0=1, v1=1), equation(6, v0=1, v1=1)], ((0, 1),)),
    "one against two": (
        [FREE] * 3,
        [equation(5, v0=1, v1=1), equation(7, v0=1), equation(3, v2=1)],
        ((0, 1),),
    ),
    "over several rows": (
        [FREE] * 4,
        [equation(5, v0=1, v1=1), equation(4, v2=1, v3=1), equation(6, v0=1, v2=1), equation(7, v1=1, v3=1), equation(2, v0=1)],
        ((0, 1, 2, 3),),
    ),
    "parity": ([FREE, FREE], [equation(5, v0=2, v1=4)], ((0,),)),
    "parity over two": ([FREE, FREE], [equation(5, v0=1, v1=1), equation(0, v0=1, v1=-1)], ((0, 1),)),
    "bounds of tokens": ([(0, 4), (0, 4)], [equation(9, v0=1, v1=1)], ((0,),)),
    "nothing in it": ([FREE], [Relation((), (), 1, 1)], ((0,),)),
    "no whole number in between": ([(0, 1), (0, 1)], [equation(1.5, v0=1, v1=0.5)], ()),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_are_told_and_left_out(name: str) -> None:
    bounds, relations, expected = CONTRADICTIONS[name]
    good = len(bounds)
    found = solved([*bounds, FREE, shown(2)], [*relations, Relation((good, good + 1), (1.0, 1.0), 9, 9)])
    assert found.contradictions == expected
    assert found.narrowed[good] == Narrowed(7, 7, True, ((len(relations), 1.0),))
    if expected:
        bad = {at for conflict in expected for at in conflict}
        rest = [it if at not in bad else Relation((), (), 0, 0) for at, it in enumerate(relations)]
        assert {at: it for at, it in found.narrowed.items() if at < good} == solved(bounds, rest).narrowed


def test_many_contradictions_in_one_component_are_all_told() -> None:
    """A district's total of thirty schools; in ten of them two totals disagree."""
    schools = range(30)
    relations = [Relation(tuple(schools), (1.0,) * 30, 400, 400)]
    relations += [Relation((it,), (1.0,), 10, 10) for it in schools if it < 20]
    relations += [Relation((it,), (1.0,), 11, 11) for it in schools if it < 10]
    found = solved([FREE] * 30, relations)
    assert found.contradictions == tuple((1 + it, 21 + it) for it in range(10))
    assert (found.narrowed[15].low, found.narrowed[0].low, found.narrowed[0].high) == (10, 0, 300)


@pytest.mark.parametrize(
    ("low", "high", "relations", "why"),
    [
        ([3], [2], [], "variable 0 is bounded by 3 and 2"),
        ([0, -1], [2, 4], [], "variable 1 is bounded by -1 and 4"),
        ([0], [2, 3], [], "one number for each variable"),
        ([0], [2], [Relation((1,), (1.0,), 0, 0)], "none of the 1"),
        ([0], [2], [Relation((0,), (1.0, 2.0), 0, 0)], "one coefficient for each"),
        ([0], [2], [Relation((0,), (inf,), 0, 0)], "must be numbers"),
    ],
)
def test_what_is_no_system_is_one_clear_error(low: list[int], high: list[int], relations: list[Relation], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        solve(np.array(low), np.array(high), relations)


def test_without_time_the_bounds_are_true_and_unfinished() -> None:
    bounds, relations = two_by_two(CUBE)
    found = solved(bounds, relations, seconds=0)
    assert found.unfinished == frozenset(range(8))
    assert all(found.narrowed[at].low <= value <= found.narrowed[at].high for at, value in enumerate(CUBE.values()))


def test_thirty_thousand_subtractions_take_seconds() -> None:
    """A file's mass: groups with one hidden cell each. The limit is generous; it is half a second on a quiet machine."""
    count = 30_000
    low = np.tile([42, 35, 0], count)
    high = np.tile([42, 35, UNBOUNDED], count)
    relations = [Relation((at, at + 1, at + 2), (1.0, -1.0, -1.0), 0, 0) for at in range(0, 3 * count, 3)]
    found = solve(low, high, relations, seconds=20)
    assert len(found.narrowed) == count
    assert all((it.low, it.high, it.exact, it.steps) == (7, 7, True, ((at // 3, -1.0),)) for at, it in found.narrowed.items())


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    solved(*two_by_two(CUBE))
    assert capfd.readouterr() == ("", "")


@given(st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_random_small_tables_agree_with_trying_everything(seed: int) -> None:
    table = random_table(Random(seed))
    extremes = tried(table)
    if extremes is not None:
        found = solve(np.array(table.low), np.array(table.high), table.relations)
        assert wrong(table, found, extremes) == ""


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_relations_and_variables_changes_no_bound(seed: int, dice: Random) -> None:
    table = random_table(Random(seed))
    places = list(range(len(table.low)))
    dice.shuffle(places)
    back = np.argsort(places)
    relations = [Relation(tuple(int(back[it]) for it in r.variables), r.coefficients, r.low, r.high) for r in table.relations]
    dice.shuffle(relations)
    first = solve(np.array(table.low), np.array(table.high), table.relations).narrowed
    other = solve(np.array(table.low)[places], np.array(table.high)[places], relations).narrowed
    assert {at: (it.low, it.high, it.exact) for at, it in first.items()} == {
        places[at]: (it.low, it.high, it.exact) for at, it in other.items()
    }


@given(st.integers(0, 2**32), st.integers(0, 20), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_a_total_that_does_not_add_up_harms_only_what_hangs_on_it(seed: int, at: int, by: int) -> None:
    """One relation is wrong: the truth lies within the bounds wherever every relation that contradicts was left out."""
    table = random_table(Random(seed))
    wrong_one = at % len(table.relations)
    relations = list(table.relations)
    it = relations[wrong_one]
    relations[wrong_one] = Relation(it.variables, it.coefficients, it.low + by, it.high + by)
    found = solve(np.array(table.low), np.array(table.high), relations)
    for conflict in found.contradictions:
        assert wrong_one in conflict
    if found.contradictions:
        rest = [Relation((), (), 0, 0) if any(n in bad for bad in found.contradictions) else r for n, r in enumerate(relations)]
        alone = solve(np.array(table.low), np.array(table.high), rest)
        assert {v: (n.low, n.high) for v, n in found.narrowed.items()} == {v: (n.low, n.high) for v, n in alone.narrowed.items()}
        assert all(it.low <= table.truth[n] <= it.high for n, it in found.narrowed.items())
