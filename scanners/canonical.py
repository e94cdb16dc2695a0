"""The one written form in which ids are compared and keyed. Nothing else belongs here."""

from __future__ import annotations

import unicodedata


def canonical(text: str) -> str:
    """`text` as two people would agree it is the same id: NFKC, surrounding blanks trimmed, case folded.

    Folding can undo the normal form (a combining iota), so the text is normalised once more: `canonical` of its own result
    changes nothing.
    """
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    return unicodedata.normalize("NFKC", folded).strip()
