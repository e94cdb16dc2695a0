"""Identifiers that patterns tell: cards and accounts by their checksums, SSNs by their number ranges, phones by form or by the word before.

`Pattern` scores: .5 and more stands alone; less needs a word of the recognizer's `context` before it (`limits.in_context`).
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

from presidio_analyzer import Pattern, PatternRecognizer

from scanners.detectors.limits import Telling

DIGITS = re.compile(r"\D")


class CardRecognizer(PatternRecognizer):
    """CREDIT_CARD: 12 to 19 digits of a card network's range with the check digit of ISO/IEC 7812 (Luhn)."""

    telling = Telling(digits=12)

    def __init__(self, name: str = "CardRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern(
            "card", r"(?<![\w.+\-])[2-6]\d{3}(?:[ \-]?\d{2,6}){2,4}(?![\w\-]|\.\d)|(?<![\w.+\-])[13456]\d{11,18}(?![\w\-]|\.\d)", 0.5
        )
        super().__init__("CREDIT_CARD", patterns=[pattern], name=name, supported_language=supported_language)

    def validate_result(self, pattern_text: str) -> bool:
        digits = DIGITS.sub("", pattern_text)
        return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits)


def luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


class AccountRecognizer(PatternRecognizer):
    """IBAN_CODE: ISO 13616, with its two check digits (modulo 97)."""

    telling = Telling(digits=8)

    def __init__(self, name: str = "AccountRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern("iban", r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{4}){2,7}(?:[ \-]?[A-Z0-9]{1,3})?\b", 0.5)
        super().__init__("IBAN_CODE", patterns=[pattern], name=name, supported_language=supported_language)

    def validate_result(self, pattern_text: str) -> bool:
        code = re.sub(r"[^A-Z0-9]", "", pattern_text.upper())
        return 15 <= len(code) <= 34 and int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


class SocialSecurityRecognizer(PatternRecognizer):
    """US_SSN: grouped by dashes or blanks, or nine digits after a word that says so. The SSA issues no 000, 666, 9xx, 00 or 0000."""

    telling = Telling(digits=9)

    def __init__(self, name: str = "SocialSecurityRecognizer", supported_language: str = "en", **_: Any) -> None:
        number = r"(?<![\w\-./#])(?!000|666|9\d\d)\d{3}%s(?!00)\d{2}%s(?!0000)\d{4}(?![\w\-/]|\.\d)"
        patterns = [
            Pattern("grouped", number % ("-", "-"), 0.85),
            Pattern("spaced", number % ("[ .]", "[ .]"), 0.2),
            Pattern("bare", number % ("", ""), 0.1),
        ]
        words = ["ssn", "social", "security", "ssns", "soc", "ss#", "ssid"]
        super().__init__("US_SSN", patterns=patterns, context=words, name=name, supported_language=supported_language)

    def invalidate_result(self, pattern_text: str) -> bool:
        digits = DIGITS.sub("", pattern_text)
        return len(set(digits)) == 1 or digits in ("123456789", "078051120", "219099999")


class TelephoneRecognizer(PatternRecognizer):
    """PHONE_NUMBER: North American by its groups, international by its plus, any other after a word for phones."""

    telling = Telling(digits=7)

    def __init__(self, name: str = "TelephoneRecognizer", supported_language: str = "en", **_: Any) -> None:
        end = r"(?:[ ]?(?:x|ext\.?|extension)[ ]?\d{1,6})?(?![\w\-]|\.\d)"
        patterns = [
            Pattern("North American", r"(?<![\w.\-/])(?:(?:\+|00)?1[ .\-]?)?(?:\(\d{3}\)[ ]?|\d{3}[ .\-])\d{3}[ .\-]\d{4}" + end, 0.75),
            Pattern("international", r"(?<![\w.\-/])(?:\+|00)[1-9]\d{0,2}(?:[ .\-]?\(?\d{1,5}\)?){2,6}" + end, 0.7),
            Pattern("area code", r"(?<![\w.\-/])\(\d{2,5}\)[ ]?\d{3,4}(?:[ \-]?\d{2,4}){1,2}" + end, 0.6),
            Pattern(
                "said after",
                r"(?<![\w.\-/])(?:\(\d{2,4}\)[ ]?)?\d{2,5}(?:[ .\-]\d{2,7}){0,4}"
                r"(?=[ \-]{1,2}\(?(?:office|fax|mobile|cell|home|work|desk)\b)",
                0.6,
            ),
            Pattern("grouped", r"(?<![\w.\-/,])\d{2,5}(?:[ .\-]\d{2,7}){1,4}" + end, 0.15),
            Pattern("bare", r"(?<![\w.\-/,])\d{7,12}" + end, 0.15),
        ]
        super().__init__("PHONE_NUMBER", patterns=patterns, context=PHONE_WORDS.split(), name=name, supported_language=supported_language)

    def invalidate_result(self, pattern_text: str) -> bool:
        digits = DIGITS.sub("", pattern_text)
        return not 7 <= len(digits) <= 17 or len(set(digits)) <= 2 or DATE.match(pattern_text) is not None


PHONE_WORDS = (
    "phone phones telephone tel cell mobile fax call called calls calling text texted texting number desk office whatsapp reach reached "
    "contact answering answer answers dial dialed registered messages message ring home work"
)
DATE = re.compile(r"(?:(?:19|20)\d\d[ .\-]\d{1,2}[ .\-]\d{1,2}|\d{1,2}[ .\-]\d{1,2}[ .\-](?:19|20)\d\d)(?!\d)")


class MailAddressRecognizer(PatternRecognizer):
    """EMAIL_ADDRESS with a dot in its domain and a top-level domain of letters."""

    telling = Telling(character="@")

    def __init__(self, name: str = "MailAddressRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern("e-mail", r"(?<![\w.+\-])[\w!#$%&'*+\-/=?^{|}~.]{1,64}@(?:[\w\-]{1,63}\.){1,6}[^\W\d_][\w\-]{1,23}(?![\w@])", 0.9)
        super().__init__("EMAIL_ADDRESS", patterns=[pattern], name=name, supported_language=supported_language)


class LinkRecognizer(PatternRecognizer):
    """URL with a scheme, or a host that begins with www."""

    telling = Telling(character=".")

    def __init__(self, name: str = "LinkRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern("url", r"(?<![\w@])(?:https?://|www\.)[^\s<>\"'“”\\]{3,2000}(?<![.,;:!?)\]}…])", 0.9)
        super().__init__("URL", patterns=[pattern], name=name, supported_language=supported_language)


class NetworkAddressRecognizer(PatternRecognizer):
    """IP_ADDRESS, version 4 or 6, that the standard library reads."""

    telling = Telling(character=".:", digits=4)

    def __init__(self, name: str = "NetworkAddressRecognizer", supported_language: str = "en", **_: Any) -> None:
        patterns = [
            Pattern("IPv4", r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?![\w\-]|\.\d)", 0.7),
            Pattern("IPv6", r"(?<![\w:.])(?=[0-9a-fA-F]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{6,39}(?![\w:])", 0.7),
        ]
        super().__init__("IP_ADDRESS", patterns=patterns, name=name, supported_language=supported_language)

    def validate_result(self, pattern_text: str) -> bool:
        try:
            return not ip_address(pattern_text).is_unspecified
        except ValueError:
            return False


class LicenseRecognizer(PatternRecognizer):
    """US_DRIVER_LICENSE and alike after a word that says so: the states' forms have nothing of their own in common."""

    telling = Telling(digits=5)
    reach = 25

    def __init__(self, name: str = "LicenseRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern("number", r"(?<![\w\-])[A-Z]{0,2}\d(?:[\dA-Z]|-(?=\d)){5,15}(?![\w\-])", 0.1)
        words = ["license", "licence", "driver", "driver's", "drivers", "permit"]
        super().__init__("US_DRIVER_LICENSE", patterns=[pattern], context=words, name=name, supported_language=supported_language)


class PassportRecognizer(PatternRecognizer):
    """US_PASSPORT: nine digits, or a letter and eight, after the word."""

    telling = Telling(digits=8)
    reach = 25

    def __init__(self, name: str = "PassportRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern("number", r"(?<![\w\-])(?:[A-Z]\d{8}|\d{9})(?![\w\-])", 0.1)
        super().__init__("US_PASSPORT", patterns=[pattern], context=["passport"], name=name, supported_language=supported_language)


class PasswordRecognizer(PatternRecognizer):
    """PASSWORD: what is written after the word, when it is no word itself."""

    telling = Telling(character=":=")

    def __init__(self, name: str = "PasswordRecognizer", supported_language: str = "en", **_: Any) -> None:
        pattern = Pattern(
            "written out", r"(?<=\b(?:password|passwd|passcode|pwd|pw)[ ]?(?:is)?[ ]?[:=][ ]?)(?=\S{0,30}[\d!@#$%^&*])[^\s,;]{5,40}", 0.6
        )
        super().__init__("PASSWORD", patterns=[pattern], name=name, supported_language=supported_language)
