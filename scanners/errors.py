"""The two ways in which reading something can fail; every other exception is a bug.

Texts of these errors are shown to people and stored: they never hold a value from a file.
"""

from __future__ import annotations


class TryTomorrow(Exception):
    """The night cannot take this now and should come back to it: nothing is wrong with the input."""


class Quarantine(Exception):
    """This file cannot be read and never will be as it stands; `reason` goes into `files.reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
