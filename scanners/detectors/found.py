"""What the detectors say of one text: spans without their text, and who did not finish reading it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One span: what it is, where it stands in the text that was read (characters), how sure that is, and who says so."""

    entity_type: str
    start: int
    end: int
    score: float
    detector: str
    data_element: str | None = None  # what it is of the row's student, where the kind of find says so

    def overlaps(self, other: Found) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Finds:
    """All of one text. `gave_up` names the detectors that ran out of time or failed on it: the text counts as partly read."""

    found: tuple[Found, ...] = ()
    gave_up: tuple[str, ...] = ()
