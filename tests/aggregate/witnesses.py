"""Reads a witness as a person would, and works out whether what it says is true."""

from __future__ import annotations

import re
from fractions import Fraction

BOUND = re.compile(r".*? (at least|at most) (-?\d[\d,]*) because (.+)")
SHARE = re.compile(r"it is (.+?)% of .*?([\d,]+)(?:, so .*?([\d,]+))?")
OF = re.compile(r"([\d.]+)%? of .*?([\d,]+) is ([\d,]+)")
PART = re.compile(r"it is part of .*?([\d,]+)(?:, so .*?([\d,]+))?")
SHOWN = re.compile(r".+ shows .*?([\d,]+)")
TOKEN = re.compile(r".+ is .+: the token itself says|.+ of .+ is .+")


def number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def term(text: str) -> Fraction:
    """`Male 35` is 35, `2 × Male 35` is 70."""
    match = re.search(r"(-?\d[\d,]*(?:\.\d+)?)$", text.strip())
    assert match, f"no number at the end of {text!r}"
    times = re.match(r"(\d+(?:\.\d+)?) × ", text.strip())
    return number(match[1]) * (Fraction(times[1]) if times else 1)


def side(text: str) -> Fraction:
    total, sign = Fraction(0), 1
    for piece in re.split(r" ([−+]) ", text):
        if piece in ("−", "+"):
            sign = -1 if piece == "−" else 1
        else:
            total += sign * term(piece)
    return total


def equation_holds(text: str) -> bool:
    left, right = text.split(" = ")
    return side(left) == side(right)


def step_holds(text: str) -> bool:
    """Is one step of a witness true?"""
    if match := BOUND.fullmatch(text):
        value = number(match[2])
        return reason_gives(match[3], match[1], value)
    if match := OF.fullmatch(text):
        return _near(match[1], number(match[3]), number(match[2]))
    if match := SHARE.fullmatch(text):
        return match[3] is not None and _near(match[1], number(match[3]), number(match[2]))
    if " = " in text:
        return equation_holds(text)
    return bool(SHOWN.fullmatch(text) or TOKEN.fullmatch(text))


def reason_gives(reason: str, which: str, value: Fraction) -> bool:
    if match := PART.fullmatch(reason):
        return number(match[1]) == value
    if match := SHARE.fullmatch(reason):
        return _near(match[1], value, number(match[2]))
    if " is part of it" in reason:
        return term(reason.removesuffix(" is part of it")) == value
    if " = " in reason:
        result = side(reason.split(" = ")[1])
        rounded = result.__floor__() if which == "at most" else result.__ceil__()
        return (equation_holds(reason) or abs(side(reason.split(" = ")[0]) - result) < Fraction(1, 1000)) and rounded == value
    return reason.startswith("no other whole number fits")


def _near(percent: str, part: Fraction, whole: Fraction) -> bool:
    return bool(abs(part / whole * 100 - Fraction(percent)) <= Fraction(1)) if whole else part == 0


def true(witness: str, low: float | None, high: float | None) -> bool:
    """Every step holds, and the last one gives the value, where there is one value."""
    steps = witness.split("; ")
    if not all(step_holds(step) for step in steps):
        return False
    if low is not None and low == high and " = " in steps[-1] and "because" not in steps[-1]:
        return side(steps[-1].split(" = ")[1]) == Fraction(low)
    return True
