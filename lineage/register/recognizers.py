"""`recognizers.yaml`: what a district's own identifiers look like, in the format of Presidio's recognizer registry.

    data_elements: {LUNCH_PIN: student_id.local}
    recognizers:
      - name: lunch pin
        type: custom
        supported_entity: LUNCH_PIN
        patterns: [{name: digits, regex: '\\bLP-\\d{5}\\b', score: 0.6}]
        context: [lunch, pin]

Each entity is mapped to a data element by `data_elements`, a key of ours beside Presidio's. `second_opinion: false` switches off the
second finder of names and addresses, which is on where it is installed (the extra `second-opinion`); `true` insists on it. Nothing else of
Presidio's format is read here: recognizers of code are not a district's to write.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import regex
from pydantic import AfterValidator, Field, model_validator

from lineage.register.models import Slug, Text, _Model, _unfit

FLAGS = 26
"""Presidio's own for a registry: dot matches all, `^` and `$` match at lines, case is ignored."""

TAKEN = frozenset(
    ["PERSON", "STREET_ADDRESS", "EMAIL_ADDRESS", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "URL",
     "US_DRIVER_LICENSE", "US_PASSPORT", "PASSWORD"]
)  # fmt: skip
MOST = 200


def _entity(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,39}", text, re.ASCII):
        raise _unfit(f"`{text}` is no name of an entity", "Write capital letters, digits and `_`, such as `LUNCH_PIN`.")
    if text in TAKEN:
        raise _unfit(f"`{text}` is an entity that is found already", "Give yours a name of its own, such as `LUNCH_PIN`.")
    return text


def _expression(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = regex.compile(text, FLAGS)
    except regex.error as error:
        raise _unfit(f"a regular expression that cannot be read ({error.msg})", "Mend it; Presidio's syntax is that of Python.") from None
    except (OverflowError, RecursionError, MemoryError):
        raise _unfit("a regular expression that is too large", "Write a smaller one.") from None
    if compiled.fullmatch("", timeout=1):
        raise _unfit("a regular expression that matches nothing at all", "Write one that needs at least one character.")
    return text


Entity = Annotated[str, AfterValidator(_entity)]
Score = Annotated[float, Field(ge=0, le=1)]


class Pattern(_Model):
    name: Text
    regex: Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_expression)]
    score: Score = 0.5


class Recognizer(_Model):
    name: Annotated[Text, Field(max_length=60)]
    type: Literal["custom"]
    supported_entity: Entity
    supported_languages: tuple[Literal["en"], ...] = ("en",)
    patterns: Annotated[tuple[Pattern, ...], Field(max_length=MOST)] = ()
    deny_list: Annotated[tuple[Text, ...], Field(max_length=10_000)] = ()
    deny_list_score: Score = 1.0
    context: tuple[Text, ...] = ()
    enabled: bool = True

    @model_validator(mode="before")
    @classmethod
    def _context_of_the_language(cls, value: Any) -> Any:
        """Presidio's other way of writing it: `supported_languages: [{language: en, context: […]}]`."""
        languages = value.get("supported_languages") if isinstance(value, dict) else None
        if not isinstance(languages, list) or not all(isinstance(it, dict) and set(it) <= {"language", "context"} for it in languages):
            return value
        context = [word for it in languages for word in (it.get("context") or ())]
        return {"context": context, **value, "supported_languages": [it.get("language") for it in languages]}

    @model_validator(mode="after")
    def _something_to_find(self) -> Recognizer:
        if not self.patterns and not self.deny_list:
            raise _unfit(f"`{self.name}` has neither patterns nor a deny list", "Give it one of the two.", "name")
        return self


class Recognizers(_Model):
    """All of the file. Without the file: none, and no second opinion."""

    recognizers: Annotated[tuple[Recognizer, ...], Field(max_length=MOST)] = ()
    data_elements: dict[Entity, Slug] = Field(default_factory=dict)
    second_opinion: bool | None = None  # None: on where it is installed
    supported_languages: tuple[Literal["en"], ...] = ("en",)
    global_regex_flags: Annotated[int, Field(ge=FLAGS, le=FLAGS)] = FLAGS

    @model_validator(mode="after")
    def _every_entity_has_an_element(self) -> Recognizers:
        entities = {it.supported_entity for it in self.recognizers}
        for entity in sorted(entities - set(self.data_elements)):
            raise _unfit(f"no data element for `{entity}`", f"Add `{entity}: …` below `data_elements`, with a slug.", "recognizers")
        for entity in sorted(set(self.data_elements) - entities):
            raise _unfit(f"`{entity}` is found by no recognizer of this file", "Write its recognizer, or remove the line.", "data_elements")
        names = [it.name for it in self.recognizers]
        for name in sorted({n for n in names if names.count(n) > 1}):
            raise _unfit(f"two recognizers called `{name}`", "Give each a name of its own.", "recognizers")
        return self

    def as_presidio(self) -> tuple[Mapping[str, Any], ...]:
        """The recognizers that are switched on, as Presidio's registry reads them."""
        return tuple(_as_presidio(it) for it in self.recognizers if it.enabled)


def _as_presidio(it: Recognizer) -> dict[str, Any]:
    content = it.model_dump(mode="json", exclude={"enabled", "supported_languages"})
    kept = {key: value for key, value in content.items() if value or key in ("name", "type", "supported_entity")}
    return kept | {"supported_languages": ["en"]}
