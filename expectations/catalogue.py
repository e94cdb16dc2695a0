"""The controls as data: `catalogue.yaml`, read and checked.

Here belongs what is true of a control on every night: its words, severity and law. Whether a party meets it is the suites' question
(`section_*.py`). This module imports nothing heavy, so that whoever only shows controls does not wait for Great Expectations.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Severity = Literal["critical", "high", "medium", "low"]
Kind = Literal[
    "export",
    "sent",
    "aggregate",
    "log",
    "access-log",
    "accounts",
    "intrusion",
    "encryption",
    "documents",
    "tracking",
    "return",
    "destruction",
]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, pattern=r"\.$")]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
"""Worst first."""


class Control(BaseModel):
    """One control of POLICY.md. `on` says whose duty it is; `evidence` are inbox kinds, empty where the register is the evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    control_id: str = Field(pattern=r"^(I|II|III|IV)\.[A-H]\.[a-z0-9-]+$")
    clause: str = Field(pattern=r"^(I|II|III|IV)\.[A-H]$")
    title: Sentence
    severity: Severity
    law: str = Field(min_length=5)
    evidence: tuple[Kind, ...]
    evaluated: bool
    on: Literal["district", "party"]
    means: Sentence
    mend: Sentence

    @property
    def section(self) -> str:
        return self.clause.split(".")[0]

    @model_validator(mode="after")
    def _id_begins_with_its_clause(self) -> Self:
        if not self.control_id.startswith(f"{self.clause}."):
            raise ValueError(f"{self.control_id} is not a control of clause {self.clause}")
        return self


class Catalogue(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verified_on: str
    controls: tuple[Control, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [control.control_id for control in self.controls]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"listed twice: {', '.join(twice)}")
        return self


def parse(text: str) -> Catalogue:
    """Read a catalogue from YAML. Raises pydantic's `ValidationError` with every problem at once."""
    return Catalogue.model_validate(yaml.load(text, Loader=yaml.BaseLoader))


@cache
def _shipped() -> Catalogue:
    return parse(files("expectations").joinpath("catalogue.yaml").read_text(encoding="utf-8"))


def controls() -> list[Control]:
    """All controls, in the policy's order."""
    return list(_shipped().controls)
