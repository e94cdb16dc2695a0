"""What the front door says when it will not go on. Put errors here that a person at the command line can mend."""

from __future__ import annotations


class Refused(Exception):
    """One clear error: what was found, and what mends it. Holds paths and settings, never a value from a file."""

    def __init__(self, found: str, mend: str) -> None:
        super().__init__(f"{found}\n  Mend: {mend}")
        self.found = found
        self.mend = mend
