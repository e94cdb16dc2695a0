"""One value a row as a code array, and rows grouped by what several code arrays say of them.

Whatever is told of a million rows is told once for each distinct value or group; rows are only ever arrays of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

T = TypeVar("T")
Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.signedinteger[Any]]
WIDEST = 2**62


@dataclass(frozen=True)
class Coded(Generic[T]):
    """`codes[row]` is the position of the row's value in `values`, or -1 where it has none; no value stands there twice."""

    codes: Codes
    values: tuple[T, ...]

    def at(self, row: int) -> T | None:
        code = int(self.codes[row])
        return self.values[code] if code >= 0 else None

    def of(self, rows: Rows) -> list[T | None]:
        """The values of some rows."""
        values = (*self.values, None)
        return [values[code] for code in self.codes[rows].tolist()]

    def present(self) -> set[T]:
        """The values that some row has."""
        return {self.values[code] for code in np.unique(self.codes).tolist() if code >= 0}


def told(codes: Codes, said: Iterable[T | None]) -> Coded[T]:
    """What each row's value says, where `said` has one answer a distinct value (None: nothing)."""
    numbers: dict[T, int] = {}
    renumber = np.array([-1 if s is None else numbers.setdefault(s, len(numbers)) for s in said] + [-1], np.int32)
    return Coded(renumber[codes], tuple(numbers))


def first_of(parts: Iterable[Coded[T]], rows: int) -> Coded[T]:
    """For each row what the first part says that says anything of it."""
    numbers: dict[T, int] = {}
    codes = np.full(rows, -1, np.int32)
    for part in parts:
        renumber = np.array([numbers.setdefault(v, len(numbers)) for v in part.values] + [-1], np.int32)
        codes = np.where(codes < 0, renumber[part.codes], codes)
    return Coded(codes, tuple(numbers))


@dataclass(frozen=True)
class Groups:
    """Rows of equal keys: `of_rows[row]` is the row's group, `first[group]` its first row; groups are numbered by first row."""

    of_rows: Codes
    first: Rows

    @cached_property
    def records(self) -> Rows:
        """How many rows each group has."""
        return np.bincount(self.of_rows, minlength=len(self.first))


def grouped(*keys: Numbers) -> Groups:
    """Rows grouped by all keys (arrays of numbers, one a row) together."""
    combined, size = np.zeros(len(keys[0]), np.int64), 1
    if not len(combined):
        return Groups(np.empty(0, np.int32), np.empty(0, np.int64))
    for key in keys:
        low, high = int(key.min()), int(key.max())
        if size * (high - low + 1) > WIDEST:
            combined = _dense(combined).astype(np.int64)
            size = int(combined.max()) + 1
        combined = combined * (high - low + 1) + (key - low)
        size *= high - low + 1
    of_rows = _dense(combined)
    first = np.flatnonzero(np.diff(np.maximum.accumulate(of_rows), prepend=-1))
    return Groups(of_rows, first)


def _dense(keys: Rows) -> Codes:
    """Keys renumbered without gaps, in the order of first sight."""
    numbers: Codes = pa.array(keys).dictionary_encode().indices.to_numpy()
    return numbers
