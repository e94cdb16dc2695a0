"""The analyzer of prose: one registry of Presidio recognizers over one spaCy model, set up once a process and without the network.

Large batches are shared with a second process (`worker`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import files
from itertools import islice
from typing import Any

import yaml
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from scanners.detectors import addresses, identifiers  # noqa: F401  # the registry finds their classes by name
from scanners.detectors.columns import made_of
from scanners.detectors.found import Finds, Found
from scanners.detectors.language import ModelMissing, default_model, entities, language
from scanners.detectors.limits import Run, limit
from scanners.detectors.names import NameRecognizer, cased
from scanners.detectors.worker import Second
from scanners.roster_index import RosterIndex

CHUNK = 128
SHARED_FROM = 500
"""Texts from which a second process is worth its start."""

FEWEST_DIGITS = 5
"""Of what our own recognizers take for an identifier; a district's may have fewer."""

SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no model can read."""

LEAST = 0.4
LONGEST = 100_000
"""Characters of one text that are read in one piece."""

RANK = (
    "EMAIL_ADDRESS",
    "URL",
    "PASSWORD",
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "IP_ADDRESS",
    "US_PASSPORT",
    "US_DRIVER_LICENSE",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
    "PERSON",
)  # fmt: skip
"""Of spans that overlap, the first of these stays; a district's own entities stay beside all."""


ELEMENTS = {"US_SSN": "student_id.ssn", "PASSWORD": "student_id.password"}


@dataclass(frozen=True)
class Setup:
    """What makes an analyzer: all that its second process is told. `recognizers`: the district's, in Presidio's format."""

    model: str
    places: tuple[str, ...] = ()
    recognizers: tuple[Mapping[str, Any], ...] = ()
    second_opinion: bool = False
    elements: Mapping[str, str] = field(default_factory=dict)  # entity → data element


@dataclass
class Reader:
    """Reads texts in this process."""

    setup: Setup
    recognizers: list[EntityRecognizer] = field(init=False)

    def __post_init__(self) -> None:
        self.language = language(self.setup.model)
        self.recognizers = _recognizers(self.setup)

    def read(self, texts: Sequence[str]) -> Iterator[Finds]:
        run = Run(self.recognizers)
        readable = [SURROGATES.sub("\ufffd", text[:LONGEST]) for text in texts]
        for text, named in zip(readable, entities(self.language, [cased(text) for text in readable]), strict=True):
            artifacts = NlpArtifacts(named, None, [], [], None, "en")  # type: ignore[arg-type]
            found, gave_up = run.read(text, artifacts)
            too_long = ["LengthLimit"] if len(text) == LONGEST else []
            elements = ELEMENTS | dict(self.setup.elements)
            told = (replace(f, data_element=elements.get(f.entity_type)) for f in settled(found))
            yield Finds(tuple(told), (*gave_up, *too_long))


def _recognizers(setup: Setup) -> list[EntityRecognizer]:
    configuration = yaml.safe_load((files("scanners.detectors") / "registry.yaml").read_text(encoding="utf-8"))
    entries = [_switched(entry, setup) for entry in configuration["recognizers"]]
    configuration["recognizers"] = [entry for entry in entries if entry.get("enabled", True)]
    made = list(RecognizerRegistryProvider(registry_configuration=configuration).create_recognizer_registry().recognizers)
    made += made_of(setup.recognizers)
    for recognizer in made:
        limit(recognizer)
        vetoes = getattr(recognizer, "vetoes", recognizer)
        if isinstance(vetoes, NameRecognizer):
            vetoes.places = frozenset(setup.places)
    return made


def _switched(entry: dict[str, Any], setup: Setup) -> dict[str, Any]:
    if entry["name"] != "SecondOpinionRecognizer":
        return entry
    if setup.second_opinion:
        from scanners.detectors import second_opinion  # noqa: F401  # an extra: only where it is wanted
    return entry | {"enabled": setup.second_opinion}


def settled(found: Sequence[Found]) -> list[Found]:
    """The spans in order: of those of one text that overlap, the kind of higher rank, then the longer one."""
    own = [f for f in found if f.score >= LEAST and f.entity_type in RANK]
    chosen: list[Found] = [f for f in found if f.score >= LEAST and f.entity_type not in RANK]
    ranked: list[Found] = []
    for it in sorted(own, key=lambda f: (RANK.index(f.entity_type), f.start - f.end)):
        if not any(it.overlaps(other) for other in ranked):
            ranked.append(it)
    return sorted((*chosen, *ranked), key=lambda f: (f.start, f.end))


class Prose:
    """Finds people and identifiers in free text: by pattern, checksum and name recognition. The roster's people are found elsewhere."""

    def __init__(
        self,
        index: RosterIndex | None = None,
        model: str | None = None,
        recognizers: Sequence[Mapping[str, Any]] = (),
        *,
        elements: Mapping[str, str] | None = None,
        second_opinion: bool = False,
        processes: int = 2,
    ) -> None:
        places = tuple(sorted(index.places)) if index else ()
        self.setup = Setup(model or default_model(), places, tuple(recognizers), second_opinion, elements or {})
        self.processes = processes
        self.fewest_digits = 0 if recognizers else FEWEST_DIGITS
        self.reader = Reader(self.setup)

    def analyze(self, texts: Sequence[str]) -> Iterator[Finds]:
        """What is in each text, in order. Large batches are read by two processes."""
        if self.processes < 2 or len(texts) < SHARED_FROM:
            yield from self.reader.read(texts)
            return
        chunks = list(_chunks(texts))
        for finds in self._second.share(chunks, self.reader.read):
            yield from finds

    @cached_property
    def _second(self) -> Second:
        return Second(self.setup)

    def close(self) -> None:
        """End the second process, if there is one."""
        if "_second" in self.__dict__:
            self._second.close()
            del self.__dict__["_second"]


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


__all__ = ["ModelMissing", "Prose", "Reader", "Setup", "default_model"]
