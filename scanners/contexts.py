"""Names known by their company: where a program says one sentence about many people, those it says it about are people too.

`Emma Larson submitted quiz 4` with Emma on the roster, and the same words around `Ilse Dragan`, who is on none: what stands between the
same words as the names of three others is a name. The teachers are the roster's people and the names that recognition is sure of.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from scanners import shapes

Span = tuple[int, int]
Words = tuple[str, ...]

_TOKEN = re.compile(r"\w+(?:[.'’\-]\w+)*\.?(?=\s|\W|$)|[^\w\s]")
_WIDTH = 2
"""Words on either side that make a context."""

_FEWEST_TEACHERS = 3
_LEAST_SHARE = 0.2
_LONGEST = 2_000
_NO_NAME = frozenset(
    "a all an and any are at by each every for from has have he her his i in is it its my new no not of on or our she some system that the"
    " their these they this those to user was we were which who with you your".split()
)


def alike(weights: Mapping[str, int], taught: Mapping[str, Sequence[Span]]) -> list[str]:
    """The texts without a known name that have one where others have theirs.

    `weights`: how many values each text stands for. `taught`: where the known names of a text are.
    """
    tokens = {text: _tokens(text) for text in weights if len(text) <= _LONGEST}
    teachers: dict[tuple[Words, Words], int] = defaultdict(int)
    for text, spans in taught.items():
        for span in spans if text in tokens else ():
            if context := _around(text, tokens[text], span):
                teachers[context] += weights[text]
    trusted = {context for context, count in teachers.items() if count >= _FEWEST_TEACHERS}
    if not trusted:
        return []
    candidates: dict[tuple[Words, Words], dict[str, bool]] = defaultdict(dict)
    for text in tokens:
        if not taught.get(text):
            for context, name in _between(text, tokens[text], trusted):
                candidates[context][text] = not name.islower()
    found: dict[str, None] = {}
    for context, texts in candidates.items():
        if teachers[context] >= _LEAST_SHARE * (teachers[context] + sum(weights[text] for text in texts)):
            mostly_capitals = sum(texts.values()) >= 0.5 * len(texts)
            found |= dict.fromkeys(text for text, capitals in texts.items() if capitals or not mostly_capitals)
    return list(found)


def _tokens(text: str) -> list[Span]:
    return [match.span() for match in _TOKEN.finditer(text)]


def _word(text: str, span: Span) -> str:
    return re.sub(r"\d+", "0", text[span[0] : span[1]]).casefold()


def _around(text: str, tokens: Sequence[Span], span: Span) -> tuple[Words, Words] | None:
    """The words on both sides of a span; None where there are none."""
    before = [t for t in tokens if t[1] <= span[0]]
    after = [t for t in tokens if t[0] >= span[1]]
    if not before and not after:
        return None
    return _left(text, before), _right(text, after)


def _left(text: str, before: Sequence[Span]) -> Words:
    return tuple(_word(text, t) for t in before[-_WIDTH:])


def _right(text: str, after: Sequence[Span]) -> Words:
    return tuple(_word(text, t) for t in after[:_WIDTH])


def _between(text: str, tokens: Sequence[Span], trusted: set[tuple[Words, Words]]) -> Iterator[tuple[tuple[Words, Words], str]]:
    """What stands in a trusted context and looks like a name."""
    lefts = {left for left, _ in trusted}
    for start in range(len(tokens)):
        left = _left(text, tokens[max(start - _WIDTH, 0) : start])
        if left not in lefts:
            continue
        for end in range(start + 2, min(start + 6, len(tokens) + 1)):
            context = (left, _right(text, tokens[end : end + _WIDTH]))
            name = text[tokens[start][0] : tokens[end - 1][1]]
            if context in trusted and shapes.is_name_like(name) and not _NO_NAME & set(name.casefold().split()):
                yield context, name
