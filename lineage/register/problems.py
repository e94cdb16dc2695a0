"""What is wrong with a district folder, in words that say where and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `file` is relative to the district folder; `found` and `mend` hold no value of a person."""

    file: str
    line: int | None
    found: str
    mend: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.found}. {self.mend}"


class RegisterErrors(Exception):
    """The district folder cannot be used. `problems` has every error found, in order of file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, by file and line."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line or 0, p.severity, p.found))


def choose(written: str, allowed: Iterable[str], otherwise: str | None = None) -> str:
    """The mend for a word that is none of `allowed`: the nearest one, else all of them (or the sentence `otherwise`)."""
    words = list(allowed)
    folded = {word.casefold(): word for word in words}
    close = difflib.get_close_matches(written.casefold(), folded, 1, 0.6)
    if close:
        return f"Did you mean `{folded[close[0]]}`?"
    return otherwise if otherwise is not None else f"Write one of: {', '.join(words)}."
