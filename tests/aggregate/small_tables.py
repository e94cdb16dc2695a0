"""Small tables with hidden cells whose truth is known, and every whole number that the hidden cells can be, found by trying them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import inf
from random import Random

import numpy as np

from scanners.aggregate.linear import UNBOUNDED, Relation, Solved

MOST_TRIED = 150_000
"""Partial solutions at a time: a table with more is no small one."""


@dataclass(frozen=True)
class SmallTable:
    """`truth` of all cells, bounds of each as a reader knows them, and what the labels say adds up."""

    name: str
    truth: tuple[int, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    relations: tuple[Relation, ...]


def tried(table: SmallTable) -> tuple[list[int], list[int]] | None:
    """The least and the greatest value of each cell over all whole-number solutions; None: too many.

    Where a cell is unbounded the sum of the greatest shown cell stands in: the tables here show the total of all.
    """
    top = max((t for t, low, high in zip(table.truth, table.low, table.high, strict=True) if low == high), default=0)
    low = np.array(table.low)
    high = np.where(np.array(table.high) == UNBOUNDED, np.maximum(top, low), table.high)
    matrix = np.zeros((len(table.relations), len(low)))
    for at, relation in enumerate(table.relations):
        for variable, factor in zip(relation.variables, relation.coefficients, strict=True):
            matrix[at, variable] += factor
    ends = np.array([(it.low, it.high) for it in table.relations]).reshape(-1, 2)
    order = sorted(range(len(low)), key=lambda it: (high[it] - low[it], it))
    least = np.minimum(matrix * low, matrix * high)
    most = np.maximum(matrix * low, matrix * high)
    points = np.zeros((1, len(low)))
    sums = np.zeros((1, len(ends)))
    rest_least, rest_most = least.sum(1), most.sum(1)
    for variable in order:
        values = np.arange(low[variable], high[variable] + 1)
        if len(points) * len(values) > MOST_TRIED:
            return None
        points = np.repeat(points, len(values), 0)
        points[:, variable] = np.tile(values, len(sums))
        sums = np.repeat(sums, len(values), 0) + points[:, variable, None] * matrix[:, variable]
        rest_least, rest_most = rest_least - least[:, variable], rest_most - most[:, variable]
        good = ((sums + rest_least <= ends[:, 1] + 1e-7) & (sums + rest_most >= ends[:, 0] - 1e-7)).all(1)
        points, sums = points[good], sums[good]
    return points.min(0).astype(int).tolist(), points.max(0).astype(int).tolist()


def wrong(table: SmallTable, solved: Solved, extremes: tuple[list[int], list[int]]) -> str:
    """What of the answer is not as trying all says; empty: nothing."""
    if solved.contradictions or solved.unfinished:
        return f"contradictions {solved.contradictions}, unfinished {sorted(solved.unfinished)}"
    for at, (low, high) in enumerate(zip(table.low, table.high, strict=True)):
        if (low < high) is not (at in solved.narrowed):
            return f"cell {at} is missing or too many"
        if low < high:
            it = solved.narrowed[at]
            if not it.low <= table.truth[at] <= it.high:
                return f"cell {at} is {table.truth[at]}, not {it.low} … {it.high}"
            if (it.low, it.high) != (extremes[0][at], extremes[1][at]):
                return f"cell {at} is {extremes[0][at]} … {extremes[1][at]}, not {it.low} … {it.high}"
            if it.exact is not in_row_space(table, at):
                return f"cell {at}: exact is {it.exact}"
            if it.exact and not gives(table, at, it.steps):
                return f"cell {at}: the steps {it.steps} do not add up to it"
    return ""


def unknown_matrix(table: SmallTable) -> np.ndarray:
    """The equations over the hidden cells alone."""
    equations = [it for it in table.relations if it.low == it.high]
    matrix = np.zeros((len(equations), len(table.low)))
    for at, relation in enumerate(equations):
        for variable, factor in zip(relation.variables, relation.coefficients, strict=True):
            matrix[at, variable] += factor * (table.low[variable] < table.high[variable])
    return matrix


def in_row_space(table: SmallTable, cell: int) -> bool:
    matrix = unknown_matrix(table)
    unit = np.zeros((1, len(table.low)))
    unit[0, cell] = 1
    return bool(len(matrix) and np.linalg.matrix_rank(matrix) == np.linalg.matrix_rank(np.vstack((matrix, unit))))


def gives(table: SmallTable, cell: int, steps: Sequence[tuple[int, float]]) -> bool:
    """Do these relations add up to the cell alone, and to its value?"""
    total = np.zeros(len(table.low))
    value = 0.0
    for at, factor in steps:
        relation = table.relations[at]
        value += factor * relation.low
        for variable, by in zip(relation.variables, relation.coefficients, strict=True):
            total[variable] += factor * by
    unit = np.zeros(len(table.low))
    unit[cell] = 1
    hidden = np.array(table.low) < np.array(table.high)
    value -= float(total[~hidden] @ np.array(table.low)[~hidden])
    return bool(np.allclose(total[hidden], unit[hidden])) and abs(value - table.truth[cell]) < 1e-6


# -- tables -----------------------------------------------------------------------------------------------------------------------


def random_table(dice: Random) -> SmallTable:
    make = dice.choice((one_way, two_way, two_way, hierarchy, three_way, shares, weighted))
    return make(dice)


def one_way(dice: Random) -> SmallTable:
    """Groups and their total, and sometimes a second partition of the same people."""
    parts = [dice.randint(0, 6) for _ in range(dice.randint(2, 5))]
    cells, relations = [*parts, sum(parts)], [_sum(range(len(parts)), len(parts))]
    if dice.random() < 0.5:
        cut = dice.randint(0, sum(parts))
        cells += [cut, sum(parts) - cut]
        relations.append(_sum((len(parts) + 1, len(parts) + 2), len(parts)))
    return _hidden(dice, "one-way", cells, relations, {len(parts)})


def two_way(dice: Random) -> SmallTable:
    return _array(dice, (dice.randint(2, 4), dice.randint(2, 3)), 1)


def three_way(dice: Random) -> SmallTable:
    return _array(dice, (2, 2, dice.choice((2, 2, 3))), dice.choice((1, 2)))


def hierarchy(dice: Random) -> SmallTable:
    """Classes, schools, district, each for boys, girls and all."""
    schools = [dice.randint(1, 3) for _ in range(dice.randint(2, 3))]
    cells: list[int] = []
    relations: list[Relation] = []

    def triple(boys: int, girls: int) -> int:
        cells.extend((boys, girls, boys + girls))
        relations.append(_sum((len(cells) - 3, len(cells) - 2), len(cells) - 1))
        return len(cells) - 3

    tops = []
    for classes in schools:
        below = [triple(dice.randint(0, 6), dice.randint(0, 6)) for _ in range(classes)]
        tops.append(above := triple(sum(cells[it] for it in below), sum(cells[it + 1] for it in below)))
        relations += [_sum([it + part for it in below], above + part) for part in range(3)]
    district = triple(sum(cells[it] for it in tops), sum(cells[it + 1] for it in tops))
    relations += [_sum([it + part for it in tops], district + part) for part in range(3)]
    return _hidden(dice, "hierarchy", cells, relations, {district + 2}, share=0.35)


def shares(dice: Random) -> SmallTable:
    """Groups with passed and a rounded percentage of each, of which some groups or numerators are hidden."""
    cells: list[int] = []
    relations: list[Relation] = []
    for _ in range(dice.randint(2, 3)):
        whole = dice.randint(1, 20)
        passed = dice.randint(0, whole)
        cells += [whole, passed]
        shown = round(100 * passed / whole, decimals := dice.choice((0, 1)))
        half = 0.5 * 10.0**-decimals
        at = len(cells) - 2
        relations.append(Relation((at, at + 1), ((shown - half) / 100, -1.0), -inf, 0.0))
        relations.append(Relation((at, at + 1), ((shown + half) / 100, -1.0), 0.0, inf))
        relations.append(Relation((at, at + 1), (1.0, -1.0), 0.0, inf))
    groups = len(cells) // 2
    cells += [sum(cells[0 : 2 * groups : 2]), sum(cells[1 : 2 * groups : 2])]
    relations += [_sum(range(0, 2 * groups, 2), 2 * groups), _sum(range(1, 2 * groups, 2), 2 * groups + 1)]
    return _hidden(dice, "shares", cells, relations, {2 * groups, 2 * groups + 1})


def weighted(dice: Random) -> SmallTable:
    """Any small coefficients: parity and other things that whole numbers alone tell."""
    cells = [dice.randint(0, 6) for _ in range(dice.randint(3, 6))]
    relations = []
    for _ in range(dice.randint(1, 4)):
        chosen = dice.sample(range(len(cells)), dice.randint(2, len(cells)))
        factors = [dice.choice((1, 1, 2, 3, 4, -1, -2)) for _ in chosen]
        value = sum(factor * cells[at] for at, factor in zip(chosen, factors, strict=True))
        low, high = dice.choice(((value, value), (value, value), (value - 1, value + 2), (value, inf), (-inf, value + 1)))
        relations.append(Relation(tuple(chosen), tuple(map(float, factors)), low, high))
    return SmallTable("weighted", tuple(cells), (0,) * len(cells), (6,) * len(cells), tuple(relations))


def _array(dice: Random, shape: tuple[int, ...], margins: int) -> SmallTable:
    """All cells of an array and its margins: sums over one dimension, over two … of as many dimensions as `margins` says."""
    inner = np.array([dice.randint(0, 6) for _ in range(int(np.prod(shape)))]).reshape(shape)
    place: dict[tuple[int | None, ...], int] = {}
    cells: list[int] = []
    for key in product(*([*range(size), None] for size in shape)):
        place[key] = len(cells)
        cells.append(int(inner[tuple(slice(None) if it is None else it for it in key)].sum()))
    relations = [
        _sum([place[(*key[:axis], it, *key[axis + 1 :])] for it in range(shape[axis])], place[key])
        for key in place
        for axis in range(len(shape))
        if key[axis] is None and sum(it is None for it in key) <= max(margins, 1 if len(shape) < 3 else 2)
    ]
    total = place[(None,) * len(shape)]
    if len(shape) < 3 or margins > 1:
        relations += [_sum([place[(it, *(None,) * (len(shape) - 1))] for it in range(shape[0])], total)]
    return _hidden(dice, f"{len(shape)}-way", cells, relations, {total}, share=dice.choice((0.3, 0.5, 0.7)))


def _sum(parts: Sequence[int] | range, total: int) -> Relation:
    return Relation((*parts, total), (*(1.0 for _ in parts), -1.0), 0.0, 0.0)


def _hidden(
    dice: Random, name: str, cells: Sequence[int], relations: Sequence[Relation], shown: set[int], share: float = 0.6
) -> SmallTable:
    """Hide cells: by no bound, by `<7`, or by a range around them."""
    low, high = list(cells), list(cells)
    for at, value in enumerate(cells):
        if at not in shown and dice.random() < share:
            kind = dice.randrange(3)
            if kind == 0:
                low[at], high[at] = 0, UNBOUNDED
            elif kind == 1 and value < 7:
                low[at], high[at] = 0, 6
            else:
                low[at], high[at] = max(0, value - dice.randint(0, 4)), value + dice.randint(1, 4)
    return SmallTable(name, tuple(cells), tuple(low), tuple(high), tuple(relations))
