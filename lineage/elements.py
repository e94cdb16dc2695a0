"""The vocabulary of data elements (`elements.yaml`), read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml


@dataclass(frozen=True)
class Element:
    """One data element: `ndpa` is the row of the NDPA's schedule of data (None: staff), `pii_class` the class by default."""

    slug: str
    label: str
    ndpa: str | None
    pii_class: str  # direct, sensitive, indirect
    subject_kind: str  # student, guardian, staff


@cache
def elements() -> MappingProxyType[str, Element]:
    """Every element by slug, in the order of the file."""
    content: dict[str, Any] = yaml.safe_load(files("lineage").joinpath("elements.yaml").read_text(encoding="utf-8"))
    return MappingProxyType({row["slug"]: Element(**row) for row in content["elements"]})
