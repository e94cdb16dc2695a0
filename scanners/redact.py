"""Names of files, sheets and columns can be PII too ("IEP_Jane_Doe.pdf"): what matches the roster is not shown."""

from __future__ import annotations

import re

from scanners.fold import plain
from scanners.roster_index import RosterIndex

REDACTED = "[redacted]"
WORD = re.compile(r"[^\W_]+(?:[.'’@+\-][^\W_]+)*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Redactor:
    """Redacts labels by one roster index."""

    def __init__(self, index: RosterIndex) -> None:
        self.index = index

    def path(self, label: str) -> str:
        """The label with the roster's names, ids, e-mails and user names replaced and control characters dropped."""
        return WORD.sub(self._word, self._mentions(CONTROL.sub("", label)))

    def _mentions(self, label: str) -> str:
        folded = plain(label)
        text = label if len(folded) == len(label) else folded
        spans = [(m.start, m.end) for m in self.index.mentions(label)]
        for start, end in reversed(spans):
            text = text[:start] + REDACTED + text[end:]
        return text

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < 4 or word == "redacted":
            return word
        sure = [h for h in self.index.hits(word) if h.attribute in ("email", "ssn", "digest", "phone") or h.derivation or _distinct(word)]
        return REDACTED if sure else word


def _distinct(word: str) -> bool:
    """Six characters and more with a digit, or a dotted user name: no ordinary word of a path."""
    return len(word) >= 6 and (any(c.isdigit() for c in word) or "." in word or "@" in word)
