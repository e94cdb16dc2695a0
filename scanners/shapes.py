"""What a value looks like, whoever it belongs to: e-mail, phone, date, flag, grade level, code, URL, hash, free text.

Each shape is a predicate over one cell. A column has a shape when nearly all of its distinct values have it (`share`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from scanners.fold import as_day, fold, phone_digits

EMAIL = re.compile(r"[a-z0-9._%+'\-]+@[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9\-]+)+", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")
UUID = re.compile(r"\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?", re.IGNORECASE)
HEX_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
IPV6 = re.compile(r"(?=.*:.*:)[0-9a-f:]{3,39}", re.IGNORECASE)
SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?", re.IGNORECASE)
GRADE_LEVEL = re.compile(
    r"(?:grade\s*|gr\.?\s*|year\s*)?(?:-?[12]|0?[0-9]|1[0-3]|p?k[g34]?|pre-?k(?:indergarten)?|tk|kg|kindergarten|ps|ug|ut)(?:st|nd|rd|th)?(?:\s*grade)?",
    re.IGNORECASE,
)
LETTER_GRADE = re.compile(r"[a-dfipnw][+-]?|\d{1,3}(?:\.\d+)?%?|pass|fail|incomplete", re.IGNORECASE)
CODE_WORDS = re.compile(r"[A-Z0-9]+(?:[_\-][A-Z0-9]+)*")
NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'’.\-]*(?:['’\-][^\W\d_]+)*\.?")

NEGATIVE = frozenset(
    [
        "n",
        "no",
        "none",
        "false",
        "f",
        "0",
        "0.0",
        "off",
        "not",
        "never",
        "nil",
        "null",
        "na",
        "n/a",
        "-",
        "--",
        ".",
        "unknown",
        "declined",
        "ineligible",
        "inactive",
        "paid",
        "regular",
        "general",
        "general_education",
        "notapplicable",
        "english only",
        "exited",
        "p",
    ]
) | {
    "not eligible",
    "not applicable",
    "no plan",
    "regular ed",
    "general education",
    "general ed",
    "full pay",
    "full price",
    "not enrolled",
    "never el",
}
NEGATION = re.compile(
    r"(?:not?|non|never|without|ineligible for|does not|doesn't|isn't)\b[\s\-_]*\w.*|.*\bno(?:ne| known)\b.*", re.IGNORECASE
)
FLAGS = frozenset(["y", "n", "yes", "no", "true", "false", "t", "f", "0", "1", "0.0", "1.0", "x", "on", "off", "checked", "unchecked"])


def blank_or_negative(value: str) -> bool:
    """Is this indicator one that says nothing about its student: "N", "0", "none", "not special education"?"""
    folded = fold(value)
    return not folded or folded in NEGATIVE or NEGATION.fullmatch(folded) is not None


def is_flag(value: str) -> bool:
    return fold(value) in FLAGS


def is_email(value: str) -> bool:
    return EMAIL.fullmatch(value.strip().removeprefix("mailto:")) is not None


def is_number(value: str) -> bool:
    return NUMBER.fullmatch(value.strip()) is not None


def is_date(value: str) -> bool:
    return as_day(value) is not None


def is_phone(value: str) -> bool:
    digits = phone_digits(value)
    return digits is not None and 7 <= len(digits) <= 15 and not is_date(value)


def is_formatted_phone(value: str) -> bool:
    """A phone by its own look: ten digits that somebody grouped, or E.164."""
    return is_phone(value) and re.fullmatch(r"\+\d{11,15}|\+?1?[\s.\-]?\(?\d{3}\)?[\s.\-]\s?\d{3}[\s.\-]\d{4}.*", value.strip()) is not None


def is_grade_level(value: str) -> bool:
    return GRADE_LEVEL.fullmatch(value.strip()) is not None


def is_letter_grade(value: str) -> bool:
    return LETTER_GRADE.fullmatch(value.strip()) is not None


def is_ip(value: str) -> bool:
    text = value.strip()
    return IPV4.fullmatch(text) is not None or (":" in text and IPV6.fullmatch(text) is not None)


def is_ssn(value: str) -> bool:
    return SSN.fullmatch(value.strip()) is not None


def is_host(value: str) -> bool:
    return HOST.fullmatch(value.strip()) is not None and not is_ip(value)


def is_url(value: str) -> bool:
    return re.match(r"(?:https?|wss?)://[^\s/]+", value.strip(), re.IGNORECASE) is not None


def is_name_like(value: str) -> bool:
    """Two to five words of letters, with a comma at most: "Jorgensen, Aaliyah M."."""
    text = value.strip()
    words = text.replace(",", " ").split()
    return (
        2 <= len(words) <= 5
        and text.count(",") <= 1
        and len(text) <= 60
        and all(NAME_WORD.fullmatch(word) for word in words)
        and not CODE_WORDS.fullmatch(text)
    )


def is_text(value: str) -> bool:
    """Free text: four words and more, with letters in them."""
    return len(value) > 20 and len(value.split()) >= 4 and re.search(r"[^\W\d_]{2}", value) is not None


def is_id_like(value: str) -> bool:
    """An opaque id: no spaces, four characters and more, with a digit in it, not a date, decimal, percentage or address."""
    text = value.strip()
    if UUID.fullmatch(text):
        return True
    return (
        4 <= len(text) <= 64
        and not any(c.isspace() for c in text)
        and any(c.isdigit() for c in text)
        and re.search(r"[@/%,]|^\d+\.\d+$|:\d\d", text) is None
        and (not is_date(text) or text.isdigit())
    )


def share(values: Iterable[str], shape: Callable[[str], bool]) -> float:
    """The share of values that have this shape; 0 where there are none."""
    total = hits = 0
    for value in values:
        total += 1
        hits += shape(value)
    return hits / total if total else 0.0
