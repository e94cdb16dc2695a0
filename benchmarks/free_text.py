"""Free text, measured: what is found in labelled sentences, and how fast novel notes are read. Prints Markdown.

    python -m benchmarks.free_text --labelled synth_dataset_v2.json [--presidio] [--second-opinion]
    python -m benchmarks.free_text --speed [--texts 4000] [--second-opinion]

The labelled file is presidio-research's (MIT, not part of this repository). One seeded half is for tuning; the other half is reported.
Scored as presidio-research's span evaluator does: spans are reduced to their telling words (its list of skip words and punctuation set
aside), neighbouring spans of one type are one, and an annotation is found when spans of its type together cover it with an
intersection over union of characters of .9. Only the entity types that we claim are scored, and a span of another type is a miss.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spacy
from spacy.lang.en.stop_words import STOP_WORDS

import scanners  # noqa: F401  # before numpy: it says how many threads numpy takes
from benchmarks.against_presidio import cores, presidio_of
from benchmarks.notes import notes
from scanners.detectors.engine import Prose, default_model

IOU = 0.9
BETA = 2.0
BATCH = 256
CLAIMED = (
    "PERSON",
    "STREET_ADDRESS",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "US_SSN",
    "CREDIT_CARD",
    "IBAN_CODE",
    "IP_ADDRESS",
    "DOMAIN_NAME",
    "US_DRIVER_LICENSE",
)
"""Left alone: places, organisations, titles, nationalities, dates, ages and bare ZIP codes, which identify nobody by themselves."""

PRESIDIO_NAMES = {"LOCATION": "STREET_ADDRESS", "URL": "DOMAIN_NAME"}
SKIPPED = STOP_WORDS | set(
    """'s street st. st de rue via and a the or do as of day address country state city zip po apt unit corner p.o. box suite mr. mrs. miss
    year years y/o month months old morning noon afternoon night evening this first last week weeks weekend days age ago
    inc inc. ltd""".split()
)


@dataclass(frozen=True)
class Span:
    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    text: str
    spans: tuple[Span, ...]


@dataclass
class Score:
    """Annotated spans, predicted ones, annotated ones that were found, and predicted ones that found something."""

    annotated: int = 0
    predicted: int = 0
    found: int = 0
    right: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, n) + getattr(other, n) for n in ("annotated", "predicted", "found", "right")))

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.annotated if self.annotated else 0.0

    @property
    def f2(self) -> float:
        weighted = BETA**2 * self.precision + self.recall
        return (1 + BETA**2) * self.precision * self.recall / weighted if weighted else 0.0


Finder = Callable[[Sequence[str]], Iterable[Sequence[Span]]]


def main(arguments: list[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--labelled", type=Path, help="the labelled sentences, a JSON file")
    options.add_argument("--half", choices=("report", "tune"), default="report")
    options.add_argument("--speed", action="store_true", help="measure the speed on generated notes instead")
    options.add_argument("--texts", type=int, default=4_000)
    options.add_argument("--seed", type=int, default=7400)
    options.add_argument("--presidio", action="store_true", help="score Presidio too, as it comes")
    options.add_argument("--second-opinion", action="store_true", help="with the second opinion switched on as well")
    given = options.parse_args(arguments)
    warnings.simplefilter("ignore")
    if given.speed:
        print(speed(given.texts, given.seed, given.second_opinion))
    elif given.labelled:
        print(quality(given.labelled, given.half, given.seed, given.presidio, given.second_opinion))
    else:
        options.error("give --labelled FILE or --speed")


# -- quality ------------------------------------------------------------------------------------------------------------------------


def quality(file: Path, half: str, seed: int, presidio: bool, second_opinion: bool) -> str:
    sentences = halves(file, seed)[half]
    finders: dict[str, Finder] = {"Hallpass": ours()}
    if second_opinion:
        finders["Hallpass with the second opinion"] = ours(second_opinion=True)
    if presidio:
        finders["Presidio as it comes"] = theirs()
    head = f"# Free text\n\n{file.name}, {len(sentences):,} sentences (half `{half}`, seed {seed}), IoU {IOU}. {versions()}"
    return "\n".join([head, *(table(name, score(sentences, finder)) for name, finder in finders.items())])


def halves(file: Path, seed: int) -> dict[str, list[Sentence]]:
    """The file's sentences, shuffled by the seed and cut in two."""
    rows = json.loads(file.read_text(encoding="utf-8"))
    spans = [tuple(Span(s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]) for row in rows]
    sentences = [Sentence(row["full_text"], own) for row, own in zip(rows, spans, strict=True)]
    random.Random(seed).shuffle(sentences)
    middle = len(sentences) // 2
    return {"tune": sentences[:middle], "report": sentences[middle:]}


def ours(second_opinion: bool = False) -> Finder:
    prose = Prose(second_opinion=second_opinion, processes=1)

    def find(texts: Sequence[str]) -> Iterator[list[Span]]:
        for finds in prose.analyze(texts):
            yield [Span({"URL": "DOMAIN_NAME"}.get(f.entity_type, f.entity_type), f.start, f.end) for f in finds.found]

    return find


def theirs() -> Finder:
    batch: Any = presidio_of()

    def find(texts: Sequence[str]) -> Iterator[list[Span]]:
        for found in batch.analyze_iterator(list(texts), language="en", batch_size=BATCH, score_threshold=0.4):
            yield [Span(PRESIDIO_NAMES.get(f.entity_type, f.entity_type), f.start, f.end) for f in found]

    return find


def score(sentences: Sequence[Sentence], finder: Finder) -> dict[str, Score]:
    tokenizer = spacy.blank("en").tokenizer
    scores = {entity: Score() for entity in CLAIMED}
    for sentence, found in zip(sentences, finder([s.text for s in sentences]), strict=True):
        words = [(t.idx, t.idx + len(t), t.lower_) for t in tokenizer(sentence.text)]
        for entity in CLAIMED:
            truth = telling(words, [s for s in sentence.spans if s.entity == entity])
            scores[entity] += compare(truth, telling(words, [s for s in found if s.entity == entity]))
    return scores


Extent = tuple[int, int]


def telling(words: list[tuple[int, int, str]], spans: Iterable[Span]) -> list[Extent]:
    """The extents of the spans from their first telling word to their last; those with none but skip words between them are one."""
    marked = [any(s.start < end and start < s.end for s in spans) for start, end, _ in words]
    extents: list[Extent] = []
    apart = True
    for (start, end, word), inside in zip(words, marked, strict=True):
        skipped = word in SKIPPED or not any(c.isalnum() for c in word)
        if inside and not skipped:
            extents = [*extents, (start, end)] if apart else [*extents[:-1], (extents[-1][0], end)]
            apart = False
        elif not inside and not skipped:
            apart = True
    return extents


def compare(truth: list[Extent], found: list[Extent]) -> Score:
    hit: set[Extent] = set()
    matched = 0
    for start, end in truth:
        over = [f for f in found if f not in hit and f[0] < end and start < f[1]]
        if over and union_share((start, end), over) >= IOU:
            matched += 1
            hit |= set(over)
    return Score(len(truth), len(found), matched, len(hit))


def union_share(whole: Extent, parts: list[Extent]) -> float:
    own = set(range(*whole))
    theirs = {i for part in parts for i in range(*part)}
    return len(own & theirs) / len(own | theirs)


def table(name: str, scores: dict[str, Score]) -> str:
    lines = [f"\n## {name}\n", "| entity | labelled | found | P | R | F2 |", "| --- |" + " ---: |" * 5]
    total = sum(scores.values(), Score())
    for entity, it in [*scores.items(), ("all that we claim", total)]:
        lines.append(f"| {entity} | {it.annotated} | {it.predicted} | {it.precision:.3f} | {it.recall:.3f} | {it.f2:.3f} |")
    return "\n".join(lines)


def versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("hallpass", "presidio-analyzer", "spacy"))
    return f"Python {platform.python_version()}, {packages}, {Path(default_model()).parent.name}."


# -- speed --------------------------------------------------------------------------------------------------------------------------


def speed(count: int, seed: int, second_opinion: bool) -> str:
    """Presidio in this process, ours in this one and its second; models are loaded and processes started before the clock."""
    texts = notes(count, seed)
    size = sum(len(t.encode()) for t in texts)
    warm = notes(1_000, seed + 1)
    lines = [
        f"# Novel free text\n\nN = {count:,} notes, {len(set(texts)):,} distinct, {size / 1e3:,.0f} kB, seed {seed}; {cores()} cores."
        f" {versions()}\n",
        "| | seconds | texts/s | kB/s | times |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    batch: Any = presidio_of()
    slow = timed(lambda some: list(batch.analyze_iterator(some, language="en", batch_size=BATCH)), texts, warm[:50])
    measured = [("Presidio batch analyzer, one process", slow)]
    for name, prose in proses(second_opinion):
        measured.append((name, timed(lambda some, prose=prose: list(prose.analyze(some)), texts, warm)))  # type: ignore[misc]
        prose.close()
    for name, seconds in measured:
        lines.append(f"| {name} | {seconds:,.1f} | {count / seconds:,.0f} | {size / 1e3 / seconds:,.1f} | {slow / seconds:.1f} |")
    return "\n".join(lines)


def proses(second_opinion: bool) -> Iterator[tuple[str, Prose]]:
    yield "Hallpass, one process", Prose(processes=1)
    yield "Hallpass, two processes", Prose(processes=2)
    if second_opinion:
        yield "Hallpass, two processes, second opinion", Prose(processes=2, second_opinion=True)


def timed(work: Callable[[Sequence[str]], object], texts: Sequence[str], warm: Sequence[str]) -> float:
    work(warm)
    begun = time.perf_counter()
    work(texts)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
