"""The roster's people in free text, as a Presidio recognizer. The matching itself is `RosterIndex.mentions`."""

from __future__ import annotations

from typing import Any

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

from scanners.roster_index import Mention, RosterIndex

ENTITIES = {
    "name": "ROSTER_PERSON",
    "email": "ROSTER_EMAIL",
    "id": "ROSTER_ID",
    "state_id": "ROSTER_ID",
    "username": "ROSTER_USER_NAME",
}


NAME = "RosterRecognizer"


class RosterRecognizer(EntityRecognizer):
    """Finds people of the roster by name, id, e-mail and user name; `recognition_metadata["mention"]` says whom."""

    def __init__(self, index: RosterIndex) -> None:
        self.index = index
        super().__init__(supported_entities=sorted(set(ENTITIES.values())), name=NAME, supported_language="en")

    def load(self) -> None:
        """Nothing to load: the index is handed over."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """One result a mention. Offsets are into the folded text, which has the length of most texts."""
        return [self._result(m) for m in self.index.mentions(text) if ENTITIES[m.hits[0].attribute] in entities]

    def _result(self, mention: Mention) -> RecognizerResult:
        attribute = mention.hits[0].attribute
        explanation = AnalysisExplanation(recognizer=NAME, original_score=1.0, textual_explanation=f"a roster {attribute}")
        return RecognizerResult(
            ENTITIES[attribute], mention.start, mention.end, 1.0, explanation,
            {"recognizer_name": NAME, "recognizer_identifier": self.id, "mention": mention},
        )  # fmt: skip
