"""The shape of what the step of small cells finds, and how its numbers are said. Nothing is searched for here."""

from __future__ import annotations

from dataclasses import dataclass

MINUS = " − "

Place = tuple[int, int]
"""A row of a layout and the position of a column in it."""


@dataclass(frozen=True)
class SmallCell:
    """A cell, by its row and the name of what is counted, with the bounds of the count and the equation that shows it.

    `rests_on` are the shown cells that give it away, the part before its whole: hiding the first is the smallest loss. `same_as` is the
    hidden cell of the table that is this very count, where there is one; a step that finds that cell too tells the same fact.
    """

    row: int
    column: str
    low: int
    high: int
    witness: str
    rests_on: tuple[Place, ...] = ()
    same_as: Place | None = None


def spell(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def between(low: int, high: int) -> str:
    return f"exactly {low:,}" if low == high else f"between {low:,} and {high:,}"
