"""Why a hidden cell is known, in words and numbers that a person can check: "Total Cohort 42 − Male 35 = Female 7".

A chain of steps is told in order, joined by "; ". Each number stands behind the labels in which its cell differs from the others. Every
equation is true as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from scanners.aggregate.layout import UNBOUNDED
from scanners.aggregate.linear import Narrowed, Relation
from scanners.aggregate.relations import Related, Rule
from scanners.aggregate.structure import IMPLIED, SHOWN, Structure

MINUS, PLUS = " − ", " + "
ALL = "All"
MOST_TERMS = 12
"""Named one by one in an equation; the rest is put together."""
MOST_ROUNDS = 60


@dataclass(frozen=True)
class Derived:
    """A bound of one variable that follows from a rule and from bounds known before, which are `used`."""

    variable: int
    upper: bool
    value: int
    rule: Rule
    used: tuple[tuple[int, bool, int], ...]  # (variable, upper, value)


class Witnesses:
    """Tells how cells are known. `relations[i]` belongs to `rule_of[i]`."""

    def __init__(self, s: Structure, related: Related, relations: Sequence[Relation], rule_of: Sequence[Rule]) -> None:
        self.s, self.bounds, self.relations, self.rule_of = s, related.bounds, relations, rule_of
        order = np.argsort(s.cell_variable, kind="stable")
        self._cells = order
        self._edges = np.searchsorted(s.cell_variable[order], np.arange(len(s.low) + 1))

    # -- one cell ------------------------------------------------------------------------------------------------------------

    def token(self, cell: int) -> str:
        counted = self.s.columns[self.s.cell_column[cell]]
        text = counted.column.cells[int(self.s.cell_row[cell])].text
        low, high = int(self.s.cell_low[cell]), int(self.s.cell_high[cell])
        if counted.share is not None and counted.share.whole is not None:
            n = counted.share.whole.cells[int(self.s.cell_row[cell])].text
            return f"{text} of {counted.share.whole.name} {n} is {_spell(low, high)}"
        return f"{text} is {_spell(low, high)}: the token itself says"

    def shown_elsewhere(self, cell: int) -> str:
        """The same cell is shown in another table or row."""
        v = int(self.s.cell_variable[cell])
        cells = self._cells[self._edges[v] : self._edges[v + 1]].tolist()
        other = next((c for c in cells if self.s.cell_low[c] == self.s.cell_high[c] and self.s.cell_state[c] == SHOWN), None)
        if other is None:
            parts = [c for c in cells if c != cell]
            said = "; ".join(f"{self._where(c, cell)} says {_spell(int(self.s.cell_low[c]), int(self.s.cell_high[c]))}" for c in parts[:4])
            return f"{said}: together {int(self.s.low[v]):,}" if said else self.token(cell)
        name = _clean(self.s.columns[self.s.cell_column[other]].column.name)
        return f"{self._where(other, cell)} shows {name} {int(self.s.cell_low[other]):,}"

    def of(self, cell: int, narrowed: Narrowed, low: int, high: int) -> str:
        """The chain of steps that leads to the bounds of a cell."""
        v = int(self.s.cell_variable[cell])
        steps = dict.fromkeys(i for i, _ in (*narrowed.steps, *narrowed.proves_low, *narrowed.proves_high))
        rules = list({id(self.rule_of[i]): self.rule_of[i] for i in steps}.values())
        return "; ".join([*self._made(rules, cell), *self._steps(v, cell, narrowed, rules, low, high)])

    def _made(self, rules: Sequence[Rule], cell: int) -> list[str]:
        """How totals come about that no table shows."""
        used = list(dict.fromkeys(u for rule in rules for u in (rule.whole, *rule.parts)))
        told = [text for u in used if u not in self.s.made_of and (text := self._implied_by(u))]
        for v in (u for u in used if u in self.s.made_of):
            parts = self.s.made_of[v]
            if all(self.s.low[u] == self.s.high[u] for u in parts):
                names = self._names((v, *parts), cell)
                told.append(f"{_terms([(PLUS, names[u], int(self.s.low[u])) for u in parts])} = {names[v]} {int(self.s.low[v]):,}")
        return told

    def _implied_by(self, v: int) -> str | None:
        """The percentage of which a variable is the numerator, where nothing else shows it."""
        s = self.s
        cell = int(s.first[v])
        share = s.columns[s.cell_column[cell]].share
        if s.state[v] != IMPLIED or share is None or share.whole is None or s.low[v] != s.high[v]:
            return None
        row = int(s.cell_row[cell])
        text = share.percent.cells[row].text
        return f"{text} of {_clean(share.whole.name)} {int(share.whole.low[row]):,} is {int(s.low[v]):,}"

    def _steps(self, v: int, cell: int, narrowed: Narrowed, rules: Sequence[Rule], low: int, high: int) -> list[str]:
        if low == high and (equations := self._substituted(v, rules, low)) is not None:
            return [self._equation(d, self._names((d.rule.whole, *d.rule.parts), cell)) for d in equations]
        chain = self._chain(v, rules, low, high)
        if chain is not None:
            return [self._tell(d, cell) for d in _merged(chain)]
        if narrowed.exact and narrowed.steps and (text := self._combined(v, narrowed.steps, cell, low)):
            return [text]
        sides = []
        if low > self.bounds.low[v]:
            sides.append(self._side(v, narrowed.proves_low or narrowed.steps, cell, low, upper=False))
        if high < self.bounds.high[v] or not sides:
            sides.append(self._side(v, narrowed.proves_high or narrowed.steps, cell, high, upper=True))
        return sides

    def _where(self, cell: int, target: int) -> str:
        s = self.s
        if s.table(cell) != s.table(target):
            source = s.sources[s.columns[s.cell_column[cell]].block]
            return _clean(source.place or source.layout.name or f"table {source.table + 1}")
        return f"row {s.sources[s.columns[s.cell_column[cell]].block].layout.addresses[int(s.cell_row[cell])] + 1:,}"

    # -- steps one after the other -------------------------------------------------------------------------------------------

    def _chain(self, target: int, rules: Sequence[Rule], low: int, high: int) -> list[Derived] | None:
        """Bounds of one variable after the other, by one rule each, until those of the target are reached; None: that does not do."""
        known: dict[tuple[int, bool], int] = {}
        done: list[Derived] = []
        latest: dict[tuple[int, bool], int] = {}

        def bound(v: int, upper: bool) -> int:
            return known.get((v, upper), int((self.bounds.high if upper else self.bounds.low)[v]))

        for v in dict.fromkeys([target, *(v for r in rules for v in (r.whole, *r.parts))]):
            for upper, sources in ((False, self.bounds.low_rule), (True, self.bounds.high_rule)):
                if (rule := sources.get(v)) is not None:
                    whole = rule.whole if rule.parts[0] == v else rule.parts[0]
                    n = int(self.s.low[whole])
                    latest[(v, upper)] = len(done)
                    done.append(Derived(v, upper, bound(v, upper), rule, ((whole, True, n), (whole, False, n))))
        for _ in range(MOST_ROUNDS):
            changed = False
            for rule in rules:
                for v, upper, value, used in _implied(rule, bound):
                    if (value < bound(v, True)) if upper else (value > bound(v, False)):
                        latest[(v, upper)] = len(done)
                        done.append(Derived(v, upper, value, rule, used))
                        known[(v, upper)] = value
                        changed = True
                if bound(target, False) >= low and bound(target, True) <= high:
                    break
            if not changed or (bound(target, False) >= low and bound(target, True) <= high):
                break
        if bound(target, False) != low or bound(target, True) != high:
            return None
        return _needed(done, [latest[key] for key in ((target, False), (target, True)) if key in latest])

    def _substituted(self, target: int, rules: Sequence[Rule], value: int) -> list[Derived] | None:
        """Sums of which one cell is open, one after the other, until the target is computed; None: they do not do."""
        known: dict[int, int] = {}
        done: list[Derived] = []
        left = [r for r in rules if r.kind == "sum"]

        def number(v: int) -> int | None:
            return int(self.s.low[v]) if self.s.low[v] == self.s.high[v] else known.get(v)

        while target not in known:
            for rule in left:
                open_ = [v for v in (rule.whole, *rule.parts) if number(v) is None]
                if len(open_) == 1:
                    break
            else:
                return None
            left.remove(rule)
            (v,) = open_
            used = {u: n for u in (rule.whole, *rule.parts) if u != v and (n := number(u)) is not None}
            parts = sum(used[u] for u in rule.parts if u != v)
            known[v] = parts if v == rule.whole else used[rule.whole] - parts
            done.append(Derived(v, True, known[v], rule, tuple((u, True, n) for u, n in used.items())))
        if known[target] != value:
            return None
        wanted = {target}
        kept = []
        for d in reversed(done):
            if d.variable in wanted:
                kept.append(d)
                wanted.update(u for u, _, _ in d.used)
        return kept[::-1]

    def _tell(self, pair: tuple[Derived, Derived | None], cell: int) -> str:
        d, other = pair
        names = self._names((d.rule.whole, *d.rule.parts), cell)
        if other is not None:
            return self._equation(d, names)
        return f"{names[d.variable]} {'at most' if d.upper else 'at least'} {d.value:,} because {self._reason(d, names)}"

    def _equation(self, d: Derived, names: dict[int, str]) -> str:
        rule, value = d.rule, {v: n for v, _, n in d.used}
        if rule.kind == "share" or (rule.kind == "part" and len(rule.parts) == 1):
            return f"{self._reason(d, names)}, so {names[d.variable]} {d.value:,}"
        if d.variable == rule.whole:
            return f"{_terms([(PLUS, names[v], value[v]) for v in rule.parts])} = {names[rule.whole]} {d.value:,}"
        others = [(MINUS, names[v], value[v]) for v in rule.parts if v != d.variable]
        return f"{_terms([(PLUS, names[rule.whole], value[rule.whole]), *others])} = {names[d.variable]} {d.value:,}"

    def _reason(self, d: Derived, names: dict[int, str]) -> str:
        """The bound's arithmetic."""
        rule = d.rule
        value = {v: (upper, n) for v, upper, n in d.used}

        def said(v: int) -> str:
            upper, n = value[v]
            fixed = self._fixed(v, n, d.used)
            return names[v] if fixed else f"{names[v]} {'at most' if upper else 'at least'}"

        if rule.kind == "share":
            if d.variable == rule.whole:
                return f"{names[rule.parts[0]]} {value[rule.parts[0]][1]:,} is {rule.text} of it"
            return f"it is {rule.text} of {names[rule.whole]} {value[rule.whole][1]:,}"
        if rule.kind == "part":
            other = rule.whole if d.variable != rule.whole else rule.parts[0]
            return f"it is part of {said(other)} {value[other][1]:,}" if d.upper else f"{said(other)} {value[other][1]:,} is part of it"
        if d.variable == rule.whole:
            return f"{_terms([(PLUS, said(v), value[v][1]) for v in rule.parts])} = {d.value:,}"
        others = [(MINUS, said(v), value[v][1]) for v in rule.parts if v != d.variable and (value[v][1] or value[v][0])]
        result = value[rule.whole][1] - sum(n for _, _, n in others)
        return f"{_terms([(PLUS, said(rule.whole), value[rule.whole][1]), *others])} = {result:,}"

    def _fixed(self, v: int, n: int, used: Iterable[tuple[int, bool, int]]) -> bool:
        return self.bounds.low[v] == self.bounds.high[v] or sum(1 for u, _, m in used if u == v and m == n) > 1

    # -- several rules at once -----------------------------------------------------------------------------------------------

    def _weights(self, v: int, steps: Sequence[tuple[int, float]]) -> dict[int, float]:
        """target = Σ multiplier × relation + Σ weight × variable: the weights of all other variables."""
        weights: dict[int, float] = {v: 1.0}
        for i, multiplier in steps:
            for u, c in zip(self.relations[i].variables, self.relations[i].coefficients, strict=True):
                weights[u] = weights.get(u, 0.0) - multiplier * c
        return {u: -w for u, w in weights.items() if abs(w) > 1e-9}

    def _combined(self, v: int, steps: Sequence[tuple[int, float]], cell: int, value: int) -> str | None:
        """One equation, the sum of several, in which all that is hidden cancels out."""
        for sign in (1, -1):
            weights = {u: -w for u, w in self._weights(v, [(i, sign * m) for i, m in steps]).items()}
            if v in weights or any(self.bounds.low[u] != self.bounds.high[u] for u in weights):
                continue
            if any(abs(w - round(w)) > 1e-6 for w in weights.values()):
                continue
            names = self._names((v, *weights), cell)
            terms = [(PLUS if w > 0 else MINUS, names[u], int(self.bounds.low[u]), abs(round(w))) for u, w in weights.items()]
            total = sum((n if sign_ == PLUS else -n) * times for sign_, _, n, times in terms)
            if total == value:
                return f"{_weighted(terms)} = {names[v]} {value:,}"
        return None

    def _side(self, v: int, steps: Sequence[tuple[int, float]], cell: int, value: int, *, upper: bool) -> str:
        """A bound from several rules at once: the sum of them, with the bounds of what does not cancel out."""
        side = "at most" if upper else "at least"
        for sign in (1, -1):
            signed = [(i, sign * m) for i, m in steps]
            weights = {u: -w for u, w in self._weights(v, signed).items()}
            constant = 0.0
            for i, m in signed:
                r = self.relations[i]
                constant += m * (r.high if (m > 0) == upper else r.low) if m else 0.0
            ends = {u: int((self.bounds.high if (w > 0) == upper else self.bounds.low)[u]) for u, w in weights.items()}
            if v in weights or not np.isfinite(constant) or any(n >= UNBOUNDED for n in ends.values()):
                continue
            result = constant + sum(w * ends[u] for u, w in weights.items())
            if (floor(result + 1e-6) if upper else ceil(result - 1e-6)) != value:
                continue
            names = self._names((v, *weights), cell)
            terms = []
            for u, w in weights.items():
                fixed = self.bounds.low[u] == self.bounds.high[u]
                label = names[u] if fixed else f"{names[u]} {'at most' if (w > 0) == upper else 'at least'}"
                terms.append((PLUS if w > 0 else MINUS, label, ends[u], abs(round(w, 6))))
            if not constant:
                shown = round(result, 4)
                return f"{names[v]} {side} {value:,} because {_weighted(terms)} = {shown:,.10g}"
        rules = list({id(self.rule_of[i]): self.rule_of[i] for i, _ in steps}.values())
        told = "; ".join(self._rule(rule, cell) for rule in rules[:8])
        return f"{self._names((v,), cell)[v]} {side} {value:,} because no other whole number fits {told}"

    def _rule(self, rule: Rule, cell: int) -> str:
        names = self._names((rule.whole, *rule.parts), cell)

        def said(v: int) -> str:
            low, high = int(self.bounds.low[v]), int(self.bounds.high[v])
            return f"{names[v]} {low:,}" if low == high else names[v]

        if rule.kind == "share":
            return f"{said(rule.parts[0])} is {rule.text} of {said(rule.whole)}"
        sign = "is" if rule.kind == "sum" else "is at least"
        return f"{said(rule.whole)} {sign} {' and '.join(said(v) for v in rule.parts[:MOST_TERMS])}"

    # -- names ---------------------------------------------------------------------------------------------------------------

    def _cell(self, v: int, target: int) -> int:
        """The variable's cell that stands nearest to the target: in its table, in its row, if there is one; one that shows it."""
        s = self.s
        cells = self._cells[self._edges[v] : self._edges[v + 1]].tolist() or [int(s.first[v])]
        table, row = s.table(target), s.cell_row[target]
        fixed = [c for c in cells if s.cell_low[c] == s.cell_high[c]] or cells
        return int(min(fixed, key=lambda c: (s.table(c) != table, s.cell_row[c] != row, c)))

    def _names(self, variables: Sequence[int], target: int) -> dict[int, str]:
        """For each variable the labels in which it differs from the others."""
        s = self.s
        cells = {v: self._cell(v, target) for v in variables}
        codes = s.codes[list(variables)]
        differ = [d for d in range(codes.shape[1]) if len(set(codes[:, d].tolist())) > 1]
        columns = {v: s.columns[s.cell_column[c]].column for v, c in cells.items()}
        several = len({_plain(column.name) for column in columns.values()}) > 1
        by_groups = several and all(column.groups for column in columns.values()) and bool(differ)
        names = {}
        for v, c in cells.items():
            block = s.columns[s.cell_column[c]].block
            words = [self._member(int(d), int(s.codes[v, d]), block) for d in differ] if not (several and columns[v].groups) else []
            words = [word for word in dict.fromkeys(words) if word and not (several and word == ALL)]
            if (several and not by_groups) or not words:
                words.append(columns[v].name)
            if s.table(c) != s.table(target) and self._edges[v] < self._edges[v + 1]:
                words.append(f"in {self._where(c, target)}")
            names[v] = _clean(" ".join(words))
        return names

    def _member(self, d: int, code: int, block: int) -> str:
        if code >= 0:
            dimension = self.s.dimensions.all[d]
            label = dimension.labels[code]
            return label if any(letter.isalpha() for letter in label) or not dimension.names else f"{min(dimension.names)} {label}"
        return self.s.dimensions.totals[block].get(d) or ALL


def _implied(rule: Rule, bound: Callable[[int, bool], int]) -> Iterable[tuple[int, bool, int, tuple[tuple[int, bool, int], ...]]]:
    """(variable, upper, value, used) of every bound that a rule gives, by the bounds of its other variables."""
    low = {v: bound(v, False) for v in (rule.whole, *rule.parts)}
    high = {v: bound(v, True) for v in (rule.whole, *rule.parts)}
    if rule.kind == "share":
        part = rule.parts[0]
        if high[rule.whole] < UNBOUNDED:
            yield part, True, floor(rule.ratio[1] * high[rule.whole] + 1e-9), ((rule.whole, True, high[rule.whole]),)
        yield part, False, ceil(rule.ratio[0] * low[rule.whole] - 1e-9), ((rule.whole, False, low[rule.whole]),)
        if rule.ratio[1] > 0:
            yield rule.whole, False, ceil(low[part] / rule.ratio[1] - 1e-9), ((part, False, low[part]),)
        if rule.ratio[0] > 0 and high[part] < UNBOUNDED:
            yield rule.whole, True, floor(high[part] / rule.ratio[0] + 1e-9), ((part, True, high[part]),)
        return
    least = sum(low[v] for v in rule.parts)
    unbounded = [v for v in rule.parts if high[v] >= UNBOUNDED]
    yield rule.whole, False, least, tuple((v, False, low[v]) for v in rule.parts)
    if rule.kind == "sum" and not unbounded:
        yield rule.whole, True, sum(high[v] for v in rule.parts), tuple((v, True, high[v]) for v in rule.parts)
    for v in rule.parts:
        others = [u for u in rule.parts if u != v]
        if high[rule.whole] < UNBOUNDED:
            used = ((rule.whole, True, high[rule.whole]), *((u, False, low[u]) for u in others))
            yield v, True, high[rule.whole] - (least - low[v]), used
        if rule.kind == "sum" and not [u for u in unbounded if u != v]:
            used = ((rule.whole, False, low[rule.whole]), *((u, True, high[u]) for u in others))
            yield v, False, low[rule.whole] - sum(high[u] for u in others), used


def _needed(done: Sequence[Derived], last: Sequence[int]) -> list[Derived]:
    """The derivations that lead to the last ones, in their order."""
    wanted = set(last)
    for at in range(len(done) - 1, -1, -1):
        if at not in wanted:
            continue
        for v, upper, value in done[at].used:
            before = [i for i in range(at) if (done[i].variable, done[i].upper) == (v, upper) and done[i].value == value]
            wanted.update(before[-1:])
            # where the other end has the same value the variable is known: both ends are told as one equation
            twin = [i for i in range(at) if (done[i].variable, done[i].upper) == (v, not upper) and done[i].value == value]
            wanted.update(twin[-1:])
    return [done[at] for at in sorted(wanted)]


def _merged(chain: Sequence[Derived]) -> list[tuple[Derived, Derived | None]]:
    """Two bounds of one variable that meet, by the same rule and numbers, are one equation."""
    found: list[tuple[Derived, Derived | None]] = []
    used: set[int] = set()
    for at, d in enumerate(chain):
        if at in used:
            continue
        twin = next(
            (
                i for i in range(at + 1, len(chain))
                if i not in used and (chain[i].variable, chain[i].value) == (d.variable, d.value) and chain[i].upper != d.upper
                and chain[i].rule == d.rule and {(v, n) for v, _, n in chain[i].used} == {(v, n) for v, _, n in d.used}
            ),
            None,
        )  # fmt: skip
        if twin is not None:
            used.add(twin)
        found.append((d, chain[twin] if twin is not None else None))
    return found


def _terms(terms: Sequence[tuple[str, str, int]]) -> str:
    return _weighted([(sign, name, n, 1) for sign, name, n in terms])


def _weighted(terms: Sequence[tuple[str, str, int, float]]) -> str:
    """Label and number of each term, those with a plus first; of many the rest is put together."""
    ordered = sorted(terms, key=lambda t: t[0] != PLUS)
    most = MOST_TERMS if len(ordered) > MOST_TERMS + 1 else len(ordered)
    shown, rest = ordered[:most], ordered[most:]
    text = ""
    for sign, name, n, times in shown:
        factor = "" if times == 1 else f"{times:g} × "
        text += f"{'' if not text and sign == PLUS else (sign if text else '−')}{factor}{name} {n:,}"
    if rest:
        total = sum((n if sign == PLUS else -n) * times for sign, _, n, times in rest)
        text += f"{PLUS if total >= 0 else MINUS}{len(rest):,} others together {abs(total):,.10g}"
    return text


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _clean(label: str) -> str:
    """A label without the signs that a witness is built of."""
    for sign, word in (("−", "-"), ("=", ":"), (";", ","), (" + ", " and "), ("×", "x")):
        label = label.replace(sign, word)
    return " ".join(label.split())


def _spell(low: int, high: int) -> str:
    if low == high:
        return f"{low:,}"
    return f"at least {low:,}" if high >= UNBOUNDED else f"{low:,} to {high:,}"
