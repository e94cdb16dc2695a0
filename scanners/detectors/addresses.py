"""Street addresses in free text: house number and street in American and in other order, post boxes, military mail, corners.

A street is known by its number and its own word ("Ave", "-straße"), by a unit after it, or by a word before it that asks for one ("lives
at"). Town, state and ZIP belong to the address where they continue it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

NAME = "StreetAddressRecognizer"
SCORE = 0.8
MONTHS = (
    "January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
NO_STREET = frozenset(
    f"""{MONTHS} Monday Tuesday Wednesday Thursday Friday Saturday Sunday Room Rm Grade Gr Grades Unit Chapter Ch Page Pages Lesson Lessons
    Table Bus Route Period Section Title Form Version Level Test Quiz Homework Question Questions Problem Problems Week Day Item Step Part
    Volume Vol Number No Figure Exercise Task Module Class Team Group Line Bldg Hall Case Row Seat Phase Act Scene Year Ext Card Phone Fax
    Building Session Block Cycle Stage Tier Score Points Minutes Students Boeing Windows Office Covid COVID IEP Box PSC Psalm Apt Suite"""
    .split()
)  # fmt: skip

DIGITS = r"\d{1,5}[A-Za-z]?(?![\w.]\d)"
CAPITAL = r"(?<!\w)[A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩΆ-ΏА-Я][\w'’.\-]{0,40}"
PARTICLE = (
    r"(?:de|da|do|dos|das|del|della|delle|di|du|des|d['’]|la|las|le|les|l['’]|van|von|der|den|het|y|e|og|i|na|z"
    r"|u\.|utca|út|útja|tér|rkp\.|kapu|tee|terrasse|trg)"
)
WORDS = rf"{CAPITAL}(?:[ ](?:{CAPITAL}|{PARTICLE}(?=[ ]|\b)|str\b\.?|[a-zà-ž]{{3,14}}(?=[ ]\d))){{0,5}}"
TYPE = (
    r"(?:Street|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Circle|Cir|Place|Pl|Terrace|Ter|Parkway|Pkwy|Highway|Hwy"
    r"|Way|Trail|Trl|Square|Sq|Close|Crescent|Loop|Alley|Plaza|Row|Pike|Mews|Gardens|Grove|Str)\b\.?"
)
BEFORE = (
    r"(?:Rua|[Rr]ue|[Aa]venue|[Vv]ia|Viale|Vicolo|Piazza|Avenida|Av\.|Calle|Camino|Plaza|Praça|Quadra|ul\.|Ulica|Place|Chemin|Allée|Corso"
    r"|Largo|Travessa|Πλατεία|Λεωφόρος)"
)
AFTER = (
    r"(?<!\w)[A-ZÀ-ÖØ-ÞĀ-Ž][\w\-]{0,40}(?:stra(?:ße|sse|at)|str\.|gasse|weg|platz|laan|plein|dijk|kade|katu|kuja|tie|polku|vej|gade|stien|vangen|vænget"
    r"|v[äa]gen|gatan"
    r"|gata|gatu|veien|vegen|braut|vegur|skála|utca|út|tér|útja|kapu)"
)
UNIT = r"(?:Apt|Apartment|Suite|Ste|Unit|Flat|Lot|Trlr|Bldg)\b\.?[ ]?#?[ ]?\w{1,5}|#[ ]?\d{1,5}"
UNITS = rf"(?:,?[\s>?]{{1,6}}(?:{UNIT})){{1,2}}"
BOX = r"P\.?[ ]?O\.?[ ]?Box[ ]\d{1,6}"
STREET = (
    rf"(?:{DIGITS}[ ])?{DIGITS}[ ]{WORDS}[ ]{TYPE}"
    rf"|(?:{DIGITS}[ ]){{1,2}}{WORDS}[ ]\d{{1,4}}\.?(?!\w)"
    rf"|{DIGITS}[ ]{DIGITS}[ ]{WORDS}"
    rf"|(?:{DIGITS}[ ]){{0,2}}{BEFORE}[ ](?:[\w'’.\-]{{1,40}}[ ]){{0,5}}[\w'’.\-]{{1,40}}[ ]\d{{1,4}}\.?(?!\w)"
    rf"|(?:{DIGITS}[ ]){{1,2}}{BEFORE}[ ]{WORDS}"
    rf"|(?:{CAPITAL}[ ]){{0,3}}{AFTER}[ ]\d{{1,4}}[a-z]?\b"
    rf"|(?:{DIGITS}[ ])?{BOX}"
)
KIND = re.compile(rf"\b{TYPE}|\b{BEFORE}|{AFTER}|\b{UNIT}|{BOX}")
SURE = re.compile(rf"(?<![\w.$#/\-])(?:{STREET})(?P<units>{UNITS})?")
WITH_UNIT = re.compile(rf"(?<![\w.$#/\-])(?:(?:{CAPITAL}[ ])?(?:{DIGITS}[ ]){{1,2}}{WORDS}|{WORDS}[ ]{DIGITS})(?P<units>{UNITS})")
UNIT_FIRST = re.compile(rf"(?:{UNIT})[ ,]{{1,2}}$")
ASKED = re.compile(
    r"(?:\b(?:lives?|living|lived|resides?|located|staying|moved|meet (?:me|you|us)|restaurant is|office is|shop is|house is)"
    r"\s(?:at|on|in|to)"
    r"|\b(?:station|stop) is (?:on|at)|\b(?:drops?|picks?) (?:you|him|her|them|us) (?:off|up) at|\bside of"
    r"|\benter on|\brefers to|\bcorner of|\baddress(?: is|:| to|es?:)"
    r"|\bshows on|\bis it at)[ \t]{1,8}(?:the )?"
)
NAMED = re.compile(rf"{WORDS}[ ]\d{{1,4}}\.?(?!\w)|(?:{DIGITS}[ ])?{WORDS}(?=[ ](?:[Ss]treet|St\.|[Aa]venue|[Rr]oad)(?:\W|$))")
MILITARY = re.compile(
    r"(?:\bPSC \d{1,5},? Box \d{1,6}|\bUnit \d{1,6},? Box \d{1,6}|\bUS[A-Z]{1,4} [\w'’.\- ]{2,30})\s{1,3}(?:APO|FPO|DPO) A[AEP] \d{5}",
    re.IGNORECASE,
)
CORNER = re.compile(
    rf"\bthe corner of (?:{DIGITS}[ ])?[\w'’.\- ]{{3,50}}? and (?:ul\. )?{CAPITAL}(?:[ ]{CAPITAL}|[ ]str\b)*(?:[ ]\d{{1,4}}\.?)?"
)
STATE_ZIP = r"(?:[A-Z]{2,3}|nan)(?:[ ]\d{5}(?:-\d{4})?)?"
TOWN = r"[^\W\d_][^\d\n,;:?!]{1,40}"
ZIP = r"\d{5}(?:-\d{4})?\b"
ZIP_BELOW = re.compile(rf"(?:[ ]*\n[ >?]*[^\W\d][^\d\n]{{1,40}}){{0,1}}[ ]*\n{{1,2}}[ >?]*[^\W\d][^\d\n]{{1,40}}[ ]({ZIP})[ ]*(?=\n|$)")
PLACE = re.compile(
    rf"\s{{0,2}},?\s{{1,2}}(?:{TOWN}\s{{0,3}},\s{{1,3}}(?:{STATE_ZIP}\b(?:\s{{1,3}}(?:[^\W\d_][^\d\n,.;:?!]{{2,30}}\s?)?{ZIP})?"
    rf"|[^\W\d_][^\d\n,.;:?!]{{2,30}}(?:\s{{0,3}}{ZIP})?)"
    rf"|{CAPITAL}[^\d\n,.;:?!]{{0,40}}(?:\n[ ]?{CAPITAL}[^\d\n,.;:?!]{{2,30}})?(?:\s{{0,3}}{ZIP})?)"
)
ENDS_PLACE = re.compile(
    r"\s(?:after|before|in case|for|and|when|until|last|I|It|Please|at|the|this|by|with|because|is|was|to|so|where|who)\b.*$",
    re.DOTALL | re.IGNORECASE,
)


class StreetAddressRecognizer(EntityRecognizer):
    """STREET_ADDRESS by patterns; every alternative is bounded, so that no text makes it slow."""

    def __init__(self, name: str = NAME, supported_language: str = "en", **_: Any) -> None:
        super().__init__(supported_entities=["STREET_ADDRESS"], name=name, supported_language=supported_language)

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        explanation = AnalysisExplanation(recognizer=NAME, original_score=SCORE, textual_explanation="number and street")
        return [RecognizerResult("STREET_ADDRESS", start, end, SCORE, explanation) for start, end in apart(spans(text))]


def written(text: str) -> str:
    """The text; one in small letters alone with capitals, which streets are told by."""
    raised = text.title() if text.islower() else text
    return raised if len(raised) == len(text) else text


def spans(text: str) -> Iterator[tuple[int, int]]:
    """The addresses, some of them within others; in small letters only those with a word for a street or a unit."""
    raised = written(text)
    for start, end in _spans(raised):
        if raised is text or KIND.search(raised[start:end]):
            yield start, start + len(raised[start:end].rstrip(" .,;"))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for pattern in (MILITARY, CORNER) for match in pattern.finditer(text))
    sure = [match for match in SURE.finditer(text) if _a_street(match[0])]
    taken = [match.span() for match in sure]
    others = [match for match in WITH_UNIT.finditer(text) if all(match.end() <= start or end <= match.start() for start, end in taken)]
    for match in (*sure, *others):
        if _a_street(match[0]):
            first = UNIT_FIRST.search(text[max(0, match.start() - 20) : match.start()])
            start = match.start() - len(first[0]) if first else match.start()
            end = match.end()
            yield start, _with_place(text, start, end, bool(match["units"]))
            if (below := ZIP_BELOW.match(text, end)) and re.search(r"(?:^|\n)\W*$", text[:start]):
                yield below.span(1)
    for asked in ASKED.finditer(text):
        named = NAMED.match(text, asked.end())
        if named and _a_street(named[0]):
            yield named.span()


def _a_street(found: str) -> bool:
    words = re.findall(r"[^\W\d_][\w'’.]*", found)
    return bool(words) and words[0].strip(".") not in NO_STREET and not (len(words) == 1 and words[0] in NO_STREET)


def _with_place(text: str, start: int, end: int, has_unit: bool) -> int:
    """Where the address ends, with the town, state and ZIP that continue it; each on a line of a letterhead is left to itself."""
    place = PLACE.match(text, end)
    if not place:
        return end
    said = ENDS_PLACE.sub("", place[0])
    letterhead = re.search(r"(?:^|\n)\W*$", text[:start]) is not None and not re.search(r"address:\s*$", text[:start], re.IGNORECASE)
    of_lines = "\n" in text[start:end]
    tells = re.search(r",\s{1,3}(?:[A-Z]{2}|nan)\b|\d{5}$", said) is not None
    if (letterhead and of_lines) or not (has_unit or tells):
        return end
    return end + len(said.rstrip(" \n,."))


def apart(found: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of spans that overlap, the longest."""
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: span[0] - span[1]):
        if all(end <= other[0] or other[1] <= start for other in chosen):
            chosen.append((start, end))
    return sorted(chosen)
