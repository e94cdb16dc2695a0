"""Names of people as spaCy finds them, with what a name is and is not put right.

spaCy's spans carry titles, possessives and the next line's first word, and call streets, schools and companies people. Names that follow
a word which only a name can follow ("Name:", "Mrs.") are taken without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

from scanners.fold import plain

NAME = "NameRecognizer"
SCORE = 0.85
MOST_WORDS = 6

WORD = r"(?:[^\W\d_](?:[^\W\d_]|['’\-](?=[^\W\d_]))*\.?)"
CAPITAL = r"(?:(?<![^\W_])(?:[A-ZÀ-ÖØ-ÞĀ-ŽƁ-Ɏ]|[Α-ΩА-Я])[^\W\d_]{0,30}(?:['’\-][^\W\d_]{1,30}){0,3}(?![^\W\d_]))"
INITIAL = r"(?:[A-ZÀ-ÖØ-ÞĀ-Ž]\.?(?=\s))"
PARTICLE = r"(?:de|da|do|dos|del|della|di|du|la|le|van|von|der|den|ter|bin|al|el|y|e)"
FULL = rf"(?:{CAPITAL}(?:[ ](?:{INITIAL}|{PARTICLE}[ ](?={CAPITAL}|{PARTICLE})|{CAPITAL})){{0,4}})"
TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor coach principal sir madam rev father sister officer nurse señor señora mister dean judge".split()
)
NO_INITIAL = (
    "Vitamin|Plan|Part|Grade|Type|Section|Hepatitis|Option|Group|Room|Level|Form|Schedule|Title|Exhibit|Appendix|Unit|Class|Period|Block|Day"
    "|Week|Team|Wing|Building|Lot|Gate|Row|Track|Tier|Model|Answer|Apt|Suite|Question|Version|The|And|But|Is|Are|Was|Am|Did|Do|Can|When|If|As"
)
TITLED = re.compile(rf"\b(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Coach|Principal)\b\.?[ ]({FULL})")
KIN = (
    "kid|child|son|daughter|brother|sister|partner|wife|husband|friend|student|pupil|teacher|classmate|mother|father|mom|dad|aunt|uncle|cousin"
    "|guardian|parent|grandmother|grandfather|stepfather|stepmother|substitute|counselor|aide|producer|songwriter|author"
)
TOLD = re.compile(
    r"(?:\b(?:[Nn]ame|[Ss]tudent|[Pp]arent|[Tt]eacher|[Gg]uardian|[Cc]ontact|[Pp]upil|User|From|To|Directed By)s?(?:[ ]name)?:[ \t]*"
    r"|\b[Nn]ame(?:['’]s| is|)[?]? |\bI am |\bI['’]m |\b[Nn]amed (?:him |her |them |me )?|\bcall(?:s|ed)? (?:me |him |her )|\bwas called "
    rf"|\b(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir|[Oo]ur|[Aa]|[Tt]he) (?:{KIN}),? |\b(?:Producer|Songwriter|Author) |\b[Aa]dd )"
    rf"({FULL})"
)
INITIALLED = re.compile(rf"\b(?!(?:{NO_INITIAL})\b)({CAPITAL}[ ][A-ZÀ-ÖØ-Þ]\.?[ ](?:{PARTICLE}[ ])?{CAPITAL})(?![\w])")
SERIES = re.compile(rf"({FULL})((?:,[ ]{FULL}){{0,30}}),?[ ](?:and|&|to)[ ]({FULL})")
SAID = re.compile(rf"(?:,[\"”’'][ ](?:says|said|asked|explained)[ ])({FULL})")
LAST_FIRST = re.compile(rf"^\W*({CAPITAL}(?:[ -]{CAPITAL})?,[ ]?{CAPITAL}(?:[ ]{INITIAL}|[ ]{CAPITAL})?)\W*$", re.MULTILINE)
SHOUTED = re.compile(
    r"(?<![\w.])[A-ZÀ-ÖØ-Þ]{2,}(?:['’\-][A-ZÀ-ÖØ-Þ]+)?(?:,?[ ](?:[A-Z]\.?[ ])?[A-ZÀ-ÖØ-Þ]{2,}(?:['’\-][A-ZÀ-ÖØ-Þ]+)?)+(?![\w.])"
)

PLACE_WORDS = frozenset(
    """school elementary middle high academy college university kindergarten preschool district library gym gymnasium campus hall building
    center centre office department church hospital park field stadium museum theater theatre hotel club bank restaurant orchestra
    street st avenue ave road rd lane ln drive dr boulevard blvd court ct circle cir place pl terrace ter parkway pkwy highway hwy way trail
    suite apt apartment unit box floor room county inc ltd llc plc corp corporation company co group partners associates foundation
    institute systems technologies solutions services insurance agency union league team committee association society""".split()
)
NO_NAMES = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november
    december math algebra geometry biology chemistry physics english spanish french history science reading writing art music band chorus
    chromebook google zoom schoology canvas clever gmail iphone ipad windows excel internet christmas easter thanksgiving halloween
    phone mobile fax desk email e-mail address website name date subject hello hi dear thanks sincerely regards info nan user bot
    mom dad mommy daddy grandma grandpa i my the a""".split()
)


class NameRecognizer(EntityRecognizer):
    """PERSON, from what spaCy's name recognizer has found. `places` are the plain names of the district's buildings."""

    def __init__(self, places: Iterable[str] = (), name: str = NAME, supported_language: str = "en", **_: Any) -> None:
        self.places = frozenset(places)
        super().__init__(supported_entities=["PERSON"], name=name, supported_language=supported_language)

    def load(self) -> None:
        """Nothing to load: the entities come with the text."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        text = cased(text)
        named = [*self._by_words(text), *(self._by_model(text, nlp_artifacts.entities) if nlp_artifacts else ())]
        spans = dict.fromkeys((*named, *self._in_series(text, named)))
        explanation = AnalysisExplanation(recognizer=NAME, original_score=SCORE, textual_explanation="a name of a person")
        return [RecognizerResult("PERSON", start, end, SCORE, explanation) for start, end in joined(text, spans)]

    def _by_model(self, text: str, entities: Iterable[Any]) -> Iterator[tuple[int, int]]:
        for entity in entities:
            if entity.label_ == "PERSON":
                for start, end in trimmed(text, entity.start_char, entity.end_char):
                    if self._a_persons(text[start:end]) and not _placed(text, start, end):
                        yield start, end

    def _by_words(self, text: str) -> Iterator[tuple[int, int]]:
        for pattern in (TITLED, TOLD, SAID, INITIALLED):
            for match in pattern.finditer(text):
                for start, end in trimmed(text, *match.span(1)):
                    if self._a_persons(text[start:end]):
                        yield start, end

    def _in_series(self, text: str, named: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The others of "Ann, Bea and Cy" where one of them is known for a name."""
        for match in SERIES.finditer(text) if named else ():
            if any(match.start() <= start and end <= match.end() for start, end in named):
                for one in re.finditer(FULL, match[0]):
                    start, end = one.start() + match.start(), one.end() + match.start()
                    if self._a_persons(text[start:end]) and not _placed(text, match.start(), end):
                        yield start, end

    def may_be(self, text: str, start: int, end: int) -> bool:
        """Whether a span that somebody else calls a name can be one."""
        return self._a_persons(text[start:end]) and not _placed(text, start, end)

    def _a_persons(self, name: str) -> bool:
        """No building, street, company, day or subject."""
        words = [w.strip(".,") for w in plain(name).split()]
        if not words or any(w in PLACE_WORDS for w in words[1:]) or all(w in NO_NAMES or w in PLACE_WORDS for w in words):
            return False
        return not any(_within(plain(name), place) for place in self.places)


PLACED = re.compile(r"(?:\b(?:in|at|near|for|than|city|originally from)|[A-ZÀ-Þ][\w.'’]*(?: is)? from) $")
LETTERHEAD = re.compile(r"(?:\d|Suite \w+|Apt\.? \w+)[ ,]*\n[ >?]*(?:[^\W\d][^\n\d]*\n[ >?]*)?$")


def _placed(text: str, start: int, end: int) -> bool:
    """Does it stand where a place or a company stands: after "in" or "at", as "… from Acme", in the lines below a street?"""
    if PLACED.search(text[max(0, start - 40) : start]):
        return True
    return LETTERHEAD.search(text[max(0, start - 60) : start]) is not None


def _within(name: str, place: str) -> bool:
    return name in place or place in name


def cased(text: str) -> str:
    """Words in capitals that stand together (a text in nothing but capitals: all) in title case; as long as the text was."""
    if text.isupper():
        changed = text.title()
    else:
        changed = SHOUTED.sub(lambda match: match[0].title(), text)
    return changed if len(changed) == len(text) else text


def trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The names within a span: one a line, without titles, possessives, punctuation and what is no word of a name."""
    for line in re.finditer(r"[^\n\r\t:;>/\\|()\[\]\"”“]+", text[start:end]):
        words = [(m.start() + start + line.start(), m[0]) for m in re.finditer(r"\S+", line[0])]
        words = [(at, bare) for at, word in words if (bare := _bare(word))]
        while words and (words[0][1].strip(".,").lower() in TITLES or not _of_a_name(words[0][1])):
            words.pop(0)
        kept: list[tuple[int, str]] = []
        for at, word in words[:MOST_WORDS]:
            if not _of_a_name(word) and word.lower() not in PARTICLES:
                break
            kept.append((at, word))
        while kept and kept[-1][1].lower() in PARTICLES:
            kept.pop()
        if kept:
            last_at, last = kept[-1]
            yield kept[0][0], last_at + len(last.rstrip(",.") if len(last) > 2 else last)


PARTICLES = frozenset(PARTICLE.removeprefix("(?:").removesuffix(")").split("|"))


def _bare(word: str) -> str:
    """A word without what may stick to its end: a possessive, brackets, marks."""
    bare = re.sub(r"(?:['’]s?|s['’])$", "", word.rstrip("!?*_…")) if re.search(r"['’]s?$", word) else word.rstrip("!?*_…")
    return bare if not bare or bare[0] not in "'’\"*_-" else ""


def _of_a_name(word: str) -> bool:
    return re.fullmatch(WORD + ",?", word) is not None and (word[0].isupper() or not word[0].isascii() or "'" in word[:3])


def joined(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order: of two that overlap the longer one, and "Last, First" in a line of its own as one."""
    lines = [match.span(1) for match in LAST_FIRST.finditer(text)]
    widened = [next((line for line in lines if line[0] <= start and end <= line[1]), (start, end)) for start, end in spans]
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(widened, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other[0] or other[1] <= start for other in chosen):
            chosen.append((start, end))
    return sorted(chosen)
