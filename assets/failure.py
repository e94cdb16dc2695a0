"""What may be said of an error: its class and the line of ours it came from. Its text may quote a value, so it stays unsaid."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from assets.night import Night
from hallpass.errors import Refused
from lineage.register import RegisterErrors

OUR_FOLDER = Path(__file__).resolve().parent.parent


def describe(error: BaseException) -> str:
    """`CatalogException at lineage/stage.py:120`; an error of ours that is written for people is its own sentence."""
    if isinstance(error, Refused | RegisterErrors):
        return str(error)
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    if not places:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(places[-1].filename).relative_to(OUR_FOLDER)}:{places[-1].lineno}"


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(OUR_FOLDER) and "site-packages" not in path.parts


@contextmanager
def step(night: Night, sentence: str) -> Iterator[None]:
    """A part of the night. Dagster redacts an error whole, so what may be said of it is said here: in the run's log, and to the night."""
    night.progress.step(sentence)
    try:
        yield
    except Exception as error:
        night.problem = f"{sentence} failed: {describe(error)}"
        dg.get_dagster_logger().error(night.problem)
        raise
    night.problem = None
