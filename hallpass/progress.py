"""What a person sees while a night runs: the step, and a bar over the deliveries. Counts only; nothing at all where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from assets.night import Outcome, Progress


class Watched(Progress):
    """One line that moves in a terminal; in a log, one line a step with the seconds since the start."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._begun = monotonic()
        self._task = bar.add_task("starting", total=None)
        self._files = 0

    def step(self, sentence: str) -> None:
        self._bar.update(self._task, description=sentence, total=None, completed=0)
        if not self._bar.console.is_terminal:
            self._bar.console.print(f"{monotonic() - self._begun:6.1f} s  {sentence}", highlight=False)

    def delivery(self, outcome: Outcome, done: int, total: int) -> None:
        self._files += outcome.files
        self._bar.update(self._task, description=f"scanning deliveries, {self._files:,} files", completed=done, total=total)


@contextmanager
def watched() -> Iterator[Watched]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Watched(bar)
