"""What pydantic says about a file, said again for the person who writes it: line, what was found, mend."""

from __future__ import annotations

import types
import typing
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from lineage.register.problems import Problem, choose
from lineage.register.yaml_text import Document, Place

Model = TypeVar("Model", bound=BaseModel)

SHAPES = {
    "model_type": ("a map of keys", "Write `key: value` pairs below it."),
    "model_attributes_type": ("a map of keys", "Write `key: value` pairs below it."),
    "dict_type": ("a map of keys", "Write `key: value` pairs below it."),
    "tuple_type": ("a list", "Write it in brackets: `[…]`, or one `- …` a line."),
    "string_type": ("a single text", "Write one word or sentence."),
    "date_type": ("a date", "Write it as YYYY-MM-DD."),
    "date_from_datetime_parsing": ("a date", "Write it as YYYY-MM-DD."),
    "int_type": ("a whole number", "Write digits alone."),
    "int_parsing": ("a whole number", "Write digits alone."),
    "int_from_float": ("a whole number", "Write digits alone."),
    "int_parsing_size": ("a whole number", "Write digits alone."),
    "bool_type": ("`true` or `false`", "Write one of the two."),
    "bool_parsing": ("`true` or `false`", "Write one of the two."),
    "greater_than_equal": ("a number that is large enough", "Write a larger one."),
    "less_than_equal": ("a number that is small enough", "Write a smaller one."),
}


def validate(document: Document, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """The document as `model`, or None and every problem of it."""
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        return None, [_problem(document, model, item) for item in error.errors(include_url=False)]


def _problem(document: Document, model: type[BaseModel], item: Any) -> Problem:
    place: Place = tuple(item["loc"])
    key = str(place[-1]) if place else ""
    line = document.line(place)
    match item["type"]:
        case "unfit":
            inner = item["ctx"].get("key")
            line = document.line((*place, inner)) if inner else line
            return Problem(document.file, line, f"{'' if inner else _where(place)}{item['ctx']['found']}", item["ctx"]["mend"])
        case "extra_forbidden":
            known = _keys(model, place[:-1])
            return Problem(document.file, line, f"unknown key `{key}`", choose(key, known, f"Remove it. Known here: {', '.join(known)}."))
        case "missing":
            return Problem(document.file, document.line(place[:-1]), f"no `{key}`", f"Add `{key}: …`.")
        case "literal_error":
            written = item["input"]
            if not isinstance(written, str):
                return Problem(document.file, line, f"{_where(place)}{_shown(written)} where a single word is expected", "Write one word.")
            return Problem(document.file, line, f"{_where(place)}`{written}` is not one of the words known here", _words(written, item))
        case kind:
            wanted, mend = SHAPES.get(kind, ("something else", str(item["msg"])))
            return Problem(document.file, line, f"{_where(place)}{_shown(item['input'])} where {wanted} is expected", mend)


def _words(written: str, item: Any) -> str:
    words = [word for word in item["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ") if word]
    mend = choose(written, words)
    every = f"Write one of: {', '.join(words)}."
    return mend if mend == every else f"{mend} {every}"


def _where(place: Place) -> str:
    """The last key of the place, for a problem with its value."""
    named = [str(part) for part in place if isinstance(part, str)]
    return f"`{named[-1]}`: " if named else ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else f"`{value}`"


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys known at `place`, found by walking the annotations."""
    annotation: Any = model
    for part in place:
        annotation = _model_or_container(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            by_key = {field.alias or name: name for name, field in annotation.model_fields.items()}
            annotation = typing.get_type_hints(annotation)[by_key[str(part)]]
        else:
            annotation = get_args(annotation)[-1 if get_origin(annotation) is dict else 0]
    found = _model_or_container(annotation)
    return [field.alias or name for name, field in found.model_fields.items()]


def _model_or_container(annotation: Any) -> Any:
    """The annotation without `Annotated` and `| None`."""
    if get_origin(annotation) is typing.Annotated:
        return _model_or_container(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _model_or_container(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation
