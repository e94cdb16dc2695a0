"""A district's own recognizers on columns: most values match from end to end, and the column is what the recognizer says.

Context words are looked for in the header. The roster and a person's decision know better and are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from scanners.classify import Evidence, Flags, Verdict
from scanners.detectors.limits import BOOST, FAILURES, WITH_CONTEXT, GaveUp, has_context, limit
from scanners.header import words

LEAST_SHARE = 0.8
LEAST_SCORE = 0.5
LEFT = ("type", "supported_languages")
LONGEST = 200
"""Characters of a value that can be an identifier."""


class ColumnRecognizers:
    """`recognizers` in Presidio's format, `elements` by their entities."""

    def __init__(self, recognizers: Sequence[Mapping[str, Any]] = (), elements: Mapping[str, str] | None = None) -> None:
        self.told = tuple(recognizers)
        self.elements = elements or {}
        self.made: list[Any] = []

    def read(self, verdict: Verdict) -> tuple[Verdict, tuple[str, ...]]:
        """The verdict, the recognizers' where one knows the column; and the names of those that gave up on it."""
        if not self.told or not verdict.column.values or verdict.identifies or any(e.detector == "decision" for e in verdict.evidence):
            return verdict, ()
        gave_up: list[str] = []
        for recognizer in self._recognizers():
            try:
                flags = _matches(recognizer, verdict)
            except Exception:  # a district's own expressions: whatever goes wrong, the column is not clean
                gave_up.append(str(recognizer.name))
                continue
            if flags.mean() >= LEAST_SHARE:
                return self._decided(verdict, recognizer, flags), tuple(gave_up)
        return verdict, tuple(gave_up)

    def _recognizers(self) -> list[Any]:
        if not self.made:
            self.made = made_of(self.told)
        return self.made

    def _decided(self, verdict: Verdict, recognizer: Any, flags: Flags) -> Verdict:
        entity = recognizer.supported_entities[0]
        rationale = f"{int(flags.sum()):,} of {len(flags):,} distinct values match the district's recognizer {recognizer.name!r}"
        evidence = Evidence(str(recognizer.name), entity, flags, rationale, 0.9)
        settled = replace(verdict, meaning=self.elements[entity], role="student", confidence=0.9, decided=True, elements=())
        return replace(settled, evidence=(*verdict.evidence, evidence))


def made_of(told: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Presidio's pattern recognizers of a district, with our time limit. (Presidio's own loader loses a plain `context`.)"""
    from presidio_analyzer import PatternRecognizer  # a second to import, and only needed where a district has some

    made = [
        PatternRecognizer.from_dict({k: v for k, v in deepcopy(dict(it)).items() if k not in LEFT}) for it in told
    ]  # it writes into its lists
    for recognizer in made:
        limit(recognizer)
    return made


def _matches(recognizer: Any, verdict: Verdict) -> Flags:
    """One flag a distinct value: does it match as a whole, with enough score? A few time-outs are enough to stop."""
    header = " ".join(words(verdict.column.header))
    raised = bool(recognizer.context) and has_context({w.casefold() for w in recognizer.context}, header)
    failures = 0
    flags = np.zeros(len(verdict.column.values), bool)
    for at, value in enumerate(verdict.column.values):
        text = value.strip()
        if len(text) > LONGEST:
            continue
        try:
            results = recognizer.analyze(text, recognizer.supported_entities, None)
        except GaveUp:
            failures += 1
            if failures >= FAILURES:
                raise
            continue
        flags[at] = any(r.start == 0 and r.end == len(text) and _score(r.score, raised) >= LEAST_SCORE for r in results)
    if failures:
        raise GaveUp
    return flags


def _score(score: float, raised: bool) -> float:
    return max(score + BOOST, WITH_CONTEXT) if raised else score
