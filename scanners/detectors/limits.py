"""Pattern recognizers within limits: asked only where their pattern could match, stopped when they take too long, helped by context.

Presidio lets a regular expression run for a minute, then goes on as if it had found nothing. Here a time-out is an exception, so that the
text counts as partly read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import regex

from scanners.detectors.found import Found

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, RecognizerResult  # a second to import

SECONDS = 1.0
"""Of one expression on one text."""

BOOST, WITH_CONTEXT, REACH = 0.35, 0.4, 60
"""What a word of context adds to a score, the least it makes of one (both are Presidio's), and how many characters before it may stand."""

FAILURES = 3
"""So often a recognizer may give up on one batch; then the rest is not tried, and says so."""


@dataclass(frozen=True)
class Telling:
    """What a text must have for a recognizer to be asked: so many digits, one of these characters."""

    digits: int = 0
    character: str = ""

    def __call__(self, text: str, digits: int) -> bool:
        return digits >= self.digits and (not self.character or any(c in text for c in self.character))


ALWAYS = Telling()


class GaveUp(Exception):
    """A recognizer did not finish. Says nothing of the text."""


class _Limited:
    """A compiled expression as Presidio calls it, with our time and our exception."""

    def __init__(self, compiled: Any) -> None:
        self.compiled = compiled

    def finditer(self, text: str, **_: Any) -> list[Any]:
        try:
            return list(self.compiled.finditer(text, timeout=SECONDS))
        except TimeoutError:
            raise GaveUp from None


def limit(recognizer: EntityRecognizer) -> None:
    """Compile a recognizer's patterns once, with the time limit."""
    for pattern in getattr(recognizer, "patterns", ()):
        flags = getattr(recognizer, "global_regex_flags", 0)
        pattern.compiled_with_flags = flags
        pattern.compiled_regex = _Limited(regex.compile(pattern.regex, flags))


class Run:
    """One batch of texts through recognizers: remembers who gives up, and stops asking who does so too often."""

    def __init__(self, recognizers: Sequence[EntityRecognizer]) -> None:
        self.recognizers = recognizers
        self.failures: dict[str, int] = {}

    def read(self, text: str, artifacts: Any) -> tuple[list[Found], list[str]]:
        """What all recognizers find in a text, and the names of those that gave up."""
        digits = sum(map(str.isdigit, text))
        found: list[Found] = []
        gave_up: list[str] = []
        for recognizer in self.recognizers:
            if not getattr(recognizer, "telling", ALWAYS)(text, digits):
                continue
            name = str(recognizer.name)  # type: ignore[has-type]
            try:
                found += self._ask(recognizer, name, text, artifacts)
            except Exception:  # other people's patterns and code: whatever goes wrong, the text is not clean
                self.failures[name] = self.failures.get(name, 0) + 1
                gave_up.append(name)
        return found, gave_up

    def _ask(self, recognizer: EntityRecognizer, name: str, text: str, artifacts: Any) -> Iterator[Found]:
        if self.failures.get(name, 0) >= FAILURES:
            raise GaveUp
        results = recognizer.analyze(text, recognizer.supported_entities, artifacts)
        weighed = in_context(recognizer, text, results) if recognizer.context else results
        return (Found(r.entity_type, r.start, r.end, r.score, name) for r in weighed)


def in_context(recognizer: EntityRecognizer, text: str, results: Sequence[RecognizerResult]) -> Sequence[RecognizerResult]:
    """The results, those with a word of the recognizer's context shortly before them raised."""
    words = {word.casefold() for word in recognizer.context}
    reach = getattr(recognizer, "reach", REACH)
    for result in results:
        if has_context(words, text[max(0, result.start - reach) : result.start]):
            result.score = min(1.0, max(result.score + BOOST, WITH_CONTEXT))
    return results


def has_context(words: Collection[str], before: str) -> bool:
    folded = before.casefold()
    return any(word in words for word in re.findall(r"[\w'#\-]+", folded)) or any(" " in word and word in folded for word in words)
