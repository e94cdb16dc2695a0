"""What a value looks like, whoever it belongs to: e-mail, phone, date, flag, grade level, code, URL, hash, free text.

Each shape is a predicate over one cell. A column has a shape when nearly all of its distinct values have it (`share`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scanners.fold import as_day, birth_day, fold, phone_digits

SAMPLE = 1_000
"""Distinct values that a share is taken of: its error is 3 percentage points at most, 19 times of 20."""

EMAIL = re.compile(r"[a-z0-9._%+'\-]+@[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9\-]+)+", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")
UUID = re.compile(r"\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?", re.IGNORECASE)
HEX_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
IPV6 = re.compile(r"(?=.*:.*:)[0-9a-f:]{3,39}", re.IGNORECASE)
SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
ITIN = re.compile(r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}")
PASSWORD_HASH = re.compile(r"\$\w{1,8}\$.+|\{\w+\}.+")
STREET_ADDRESS = re.compile(
    r"\d{1,6}[a-z]?\s+(?:[\w.'\-]+\s+){1,5}?(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|boulevard|way|pl|place|cir|circle"
    r"|ter|terrace|pkwy|parkway|hwy|highway|trl|trail|loop|sq|square)\b\.?(?:[\s,#].*)?"
    r"|\d{1,6}\s+(?:county|state|rural)\s+(?:road|route|highway)\s+\w+.*|p\.?\s?o\.?\s+box\s+\d+.*",
    re.IGNORECASE,
)
GENDER_WORD = re.compile(r".*(?:\b|_|#)(?:fe)?male\b.*", re.IGNORECASE)
HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?", re.IGNORECASE)
GRADE_LEVEL = re.compile(
    r"(?:grade\s*|gr\.?\s*|y(?:ea)?r?\.?\s*)?(?:-?[12]|0?[0-9]|1[0-3]|p?k[g34]?|pre-?k(?:indergarten)?|tk|kg|kindergarten|ps|ug|ut)(?:st|nd|rd|th)?(?:\s*grade)?",
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
    "gen ed",
    "reg ed",
    "full pay",
    "full price",
    "not enrolled",
    "never el",
}
DESCRIPTOR = re.compile(r"(?:uri|urn|https?):.*[#/|]([^#/|]+)$", re.IGNORECASE)
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
NEGATION = re.compile(
    r"(?:not?|non|never|without|ineligible for|does not|doesn't|isn't)\b[\s\-_]*\w.*|.*\bno(?:ne| known)\b.*", re.IGNORECASE
)
FLAGS = frozenset(["y", "n", "yes", "no", "true", "false", "t", "f", "0", "1", "0.0", "1.0", "x", "on", "off", "checked", "unchecked"])


def blank_or_negative(value: str) -> bool:
    """Is this indicator one that says nothing about its student: "N", "0", "none", "not special education", an Ed-Fi `…#NotLimited`?"""
    folded = fold(value)
    if described := DESCRIPTOR.match(value.strip()):
        folded = fold(HUMP.sub(" ", described[1]))
    return not folded or folded in NEGATIVE or NEGATION.fullmatch(folded) is not None


def is_flag(value: str) -> bool:
    return fold(value) in FLAGS


def is_email(value: str) -> bool:
    return EMAIL.fullmatch(value.strip().removeprefix("mailto:")) is not None


def is_number(value: str) -> bool:
    return NUMBER.fullmatch(value.strip()) is not None


def is_date(value: str) -> bool:
    return as_day(value) is not None


def is_birth_day(value: str) -> bool:
    """A date, or month, day and year without a separator."""
    return birth_day(value) is not None


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


def is_itin(value: str) -> bool:
    """An Individual Taxpayer Identification Number as the IRS writes and numbers it."""
    return ITIN.fullmatch(value.strip()) is not None


def is_card(value: str) -> bool:
    """A payment card: 13 to 19 digits of a network's range with the check digit of ISO/IEC 7812."""
    digits = re.sub(r"[\s\-]", "", value.strip())
    return re.fullmatch(r"(?:4\d{12,18}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12})", digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def is_npi(value: str) -> bool:
    """A National Provider Identifier (a doctor's): ten digits, Luhn after the prefix 80840 (45 CFR 162.406)."""
    text = value.strip()
    return re.fullmatch(r"[12]\d{9}", text) is not None and luhn("80840" + text)


def is_aba(value: str) -> bool:
    """A bank's routing number: nine digits of the ABA's ranges, weighted 3-7-1."""
    text = value.strip()
    if re.fullmatch(r"(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}", text) is None:
        return False
    return sum(int(d) * weight for d, weight in zip(text, (3, 7, 1) * 3, strict=True)) % 10 == 0


def is_digest(value: str) -> bool:
    """A hash of an e-mail, an id or a password: MD5, SHA-1, SHA-256 in hex, or a password hash with its scheme."""
    text = value.strip()
    return HEX_DIGEST.fullmatch(text) is not None or PASSWORD_HASH.fullmatch(text) is not None


def is_street_address(value: str) -> bool:
    return len(value) <= 120 and STREET_ADDRESS.fullmatch(value.strip()) is not None


def is_gender(value: str) -> bool:
    """A word, or one of a few numbers; a descriptor's URI that ends in the word."""
    text = value.strip()
    return (
        (len(text) <= 24 and not is_number(text)) or text.lstrip("0") in ("", "1", "2", "3", "9") or GENDER_WORD.fullmatch(text) is not None
    )


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


def share(values: Sequence[str], shape: Callable[[str], bool]) -> float:
    """The share of values that have this shape; 0 where there are none. Of many values, every n-th is looked at."""
    looked_at = values[:: len(values) // SAMPLE] if len(values) >= 2 * SAMPLE else values
    return sum(map(shape, looked_at)) / len(looked_at) if looked_at else 0.0
