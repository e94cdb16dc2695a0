"""What a failing control means and what to do about it, from the catalogue that the suites keep, read as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

CATALOGUE = Path(__file__).resolve().parents[1] / "expectations" / "catalogue.yaml"


@dataclass(frozen=True)
class Advice:
    means: str
    mend: str


@cache
def advice() -> dict[str, Advice]:
    """Control id → advice. Empty where the catalogue is not at hand: the mart alone is enough to show verdicts."""
    try:
        listed = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["controls"]
        return {str(it["control_id"]): Advice(str(it["means"]), str(it["mend"])) for it in listed}
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return {}
