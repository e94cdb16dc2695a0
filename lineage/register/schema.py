"""JSON Schemas of the three YAML files, for editors: made from the models, so that what an editor accepts is what the night accepts.

The models read text with validators of their own, which pydantic cannot put into a schema; what these accept is added here by the name of
the key: slugs as a list to choose from, a text that stands for a map, the shape of days and hosts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from lineage.elements import elements
from lineage.register.models import INBOX_KINDS, District, Schedule, Vendor

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODELS: dict[str, type[BaseModel]] = {"district": District, "schedule": Schedule, "vendor": Vendor}
SLUGS = ("elements", "directory_information")
SHORT = {"subprocessors": "id", "systems": "id", "authorized": "element"}
"""Lists in which a text stands for the map with this one key."""

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """`district`, `schedule`, `vendor` → the JSON Schema of that file."""
    return {name: _schema(model) for name, model in MODELS.items()}


def _schema(model: type[BaseModel]) -> Schema:
    schema: Schema = {"$schema": DIALECT, **model.model_json_schema(by_alias=True)}
    schema["description"] = "A key without a value counts as left out."
    for place in _objects(schema):
        required = place.get("required", ())
        for key, value in place["properties"].items():
            value.pop("title", None)
            _by_name(key, value)
            place["properties"][key] = value if key in required else {"anyOf": [value, {"type": "null"}]}
    return schema


def _objects(schema: Schema) -> Iterator[Schema]:
    for place in (schema, *schema.get("$defs", {}).values()):
        if "properties" in place:
            yield place


def _by_name(key: str, value: Schema) -> None:
    """What the validators of `models.py` accept under this key, beyond what pydantic knows."""
    if key in SLUGS or key == "staff_directory":
        _list_of(value, {"enum": sorted(it.slug for it in elements().values() if key != "staff_directory" or it.subject_kind == "staff")})
    elif key == "element":
        value["enum"] = sorted(elements())
    elif key in SHORT:
        short = {"enum": sorted(elements())} if SHORT[key] == "element" else {"type": "string"}
        value["items"] = {"anyOf": [value["items"], short]}
    elif key == "evidence_intervals":
        value["propertyNames"] = {"enum": [kind.replace("-", "_") for kind in INBOX_KINDS]}
    elif key == "school_year_starts":
        value["pattern"] = r"^\d{2}-\d{2}$"
    elif key == "time_zone":
        value["examples"] = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]


def _list_of(value: Schema, items: Schema) -> None:
    """In a list, or in each list of a choice of types."""
    for choice in (value, *value.get("anyOf", ())):
        if choice.get("type") == "array":
            choice["items"] = items
