"""JSON values to rows of text by dotted path: `actor.email`, `events[].name`. Shared by the JSON and HAR readers.

Arrays of scalars are one cell, joined by `; `. Arrays of objects become rows of their own that repeat the fields around them, so
that each row still says whom it is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanners.readers import delimited
from scanners.readers.tables import RowTable, clean_name, columns_table, unique_names
from scanners.schemas import TextTable

Cells = dict[str, str | None]

MAX_DEPTH = 64
_REPEATED_LENGTH = 200
"""A longer text is not repeated in each child row: a megabyte of notes times a thousand answers would be a gigabyte."""
_KEY = "key"
_VALUE = "value"
_PAIR_LISTS = frozenset({"parameters", "params", "attributes", "properties", "headers", "extensions", "customfields", "custom_fields"})
_PAIR_VALUES = frozenset(
    {"value", "intValue", "boolValue", "stringValue", "multiValue", "multiIntValue", "messageValue", "multiMessageValue"}
)
_DATA_KEY = re.compile(r".*@.*|[A-Za-z]{0,4}[-_]?\d{4,}|[0-9a-fA-F-]{16,}|\d{4}-\d\d-\d\d.*")
_IDENTITY = re.compile(
    r"(?i)(id|_id|sourcedid|email|e_?mail|user_?name|login|name|(first|given|last|family|full|display)_?name|birth.*|dob)"
    r"|.*(student|user|person|learner|pupil).*(id|name|email|number)"
)


def decoder() -> json.JSONDecoder:
    """Numbers stay the text that was written, repeated keys get `#2`, control characters in strings are let through."""
    return json.JSONDecoder(object_pairs_hook=_pairs, parse_float=str, parse_int=str, parse_constant=str, strict=False)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    if any(not key.isascii() for key in plain):  # halves of surrogate pairs can be spelled in keys too
        pairs = [(clean_name(key), value) for key, value in pairs]
        plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    kept: dict[str, object] = {}
    for key, value in pairs:
        put(kept, key, value)
    return kept


def put(row: dict[str, object] | Cells, path: str, value: object) -> None:
    """Set a field; one that is there already is kept, and the new one gets `#2`."""
    unique, again = path, 2
    while unique in row:
        unique, again = f"{path}#{again}", again + 1
    row[unique] = value  # type: ignore[assignment]


def rows(value: Mapping[str, object], prefix: str = "", depth: int = 0) -> list[Cells]:
    """The rows of one record: one, or one for each object in its arrays."""
    base: Cells = {}
    children: list[Cells] = []
    _walk(value, prefix, base, children, depth)
    if not children:
        return [base]
    if not base:
        return children
    short = {path: text for path, text in base.items() if text is None or len(text) <= _REPEATED_LENGTH}
    return [_merged(short if number else base, child) for number, child in enumerate(children)]


def documents(values: Sequence[object]) -> list[TextTable]:
    """The tables of a file's JSON values: one document, or records one after the other."""
    if len(values) != 1:
        return records("", values)
    value = values[0]
    if isinstance(value, list):
        return records("", value)
    if not isinstance(value, dict):
        return [TextTable("", columns_table({_VALUE: [leaf(value)]}))]
    return records("", [value]) if _is_one_record(value) else _envelope(value)


def records(name: str, values: Sequence[object]) -> list[TextTable]:
    """One table of many records. What is no object is a row too: its elements, or its one `value`."""
    if values and all(isinstance(v, list) and v and not any(isinstance(i, (dict, list)) for i in v) for v in values):
        return _arrays(name, values)  # type: ignore[arg-type]
    table = RowTable(name)
    for value in values:
        for row in record_rows(value):
            table.add(row)
    return table.tables()


def record_rows(value: object) -> list[Cells]:
    if isinstance(value, dict):
        return rows(value)
    if isinstance(value, list):
        return rows({_VALUE: value})
    return [{_VALUE: leaf(value)}]


def leaf(value: object) -> str | None:
    """A scalar as text: booleans in lower case, null as NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _walk(value: Mapping[str, object], prefix: str, base: Cells, children: list[Cells], depth: int) -> None:
    if _is_map(value):
        _walk_list(_as_list(value), prefix or _VALUE, base, children, depth)
        return
    for key, item in value.items():
        path = f"{prefix}.{key or '(blank)'}" if prefix else key or "(blank)"
        if isinstance(item, dict):
            _walk_object(item, path, base, children, depth)
        elif isinstance(item, list):
            _walk_list(item, path, base, children, depth)
        else:
            put(base, path, leaf(item))


def _walk_object(value: dict[str, object], path: str, base: Cells, children: list[Cells], depth: int) -> None:
    if not value:
        put(base, path, None)
    elif depth >= MAX_DEPTH:
        put(base, path, joined(value))
    else:
        _walk(value, path, base, children, depth + 1)


def _walk_list(values: list[object], path: str, base: Cells, children: list[Cells], depth: int) -> None:
    if depth >= MAX_DEPTH:
        put(base, path, joined(values))
        return
    if (pairs := _named_pairs(values, path)) is not None:
        _walk(pairs, path, base, children, depth + 1)
        return
    scalars = [item for item in values if not isinstance(item, (dict, list))]
    if scalars or not values:
        put(base, path, joined(scalars))
    for item in values:
        if isinstance(item, dict):
            children += rows(item, f"{path}[]", depth + 1) if item else []
        elif isinstance(item, list):
            nested = any(isinstance(part, dict) for part in item)
            children += rows({f"{path}[]": item}, "", depth + 1) if nested else [{f"{path}[]": joined(item)}]


def joined(value: object) -> str | None:
    """All leaves of a value, in order, joined by `; `. Without recursion: a value may be nested deeper than Python's stack."""
    texts = [text for text in _leaves(value) if text]
    return "; ".join(texts) or None


def _leaves(value: object) -> Iterator[str | None]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending += [part for pair in reversed(item.items()) for part in (pair[1], pair[0])]
        elif isinstance(item, list):
            pending += reversed(item)
        else:
            yield leaf(item)


def _merged(parent: Cells, child: Cells) -> Cells:
    row = dict(parent)
    for path, text in child.items():
        put(row, path, text)
    return row


def _is_map(value: Mapping[str, object]) -> bool:
    """Whether the keys are data (ids, addresses, days) and not names of fields: then each entry is a row."""
    if not value:
        return False
    data = sum(1 for key in value if _DATA_KEY.fullmatch(key))
    return data >= 1 and data * 2 >= len(value)


def _as_list(value: Mapping[str, object]) -> list[object]:
    return [
        {_KEY: key, **item} if isinstance(item, dict) and _KEY not in item else {_KEY: key, _VALUE: item} for key, item in value.items()
    ]


def _named_pairs(values: list[object], path: str) -> dict[str, object] | None:
    """`[{"name": "doc_title", "value": "…"}]` as `{"doc_title": "…"}`, where the list is known to be one of parameters."""
    last = path.rpartition(".")[2].removesuffix("[]").casefold()
    if last not in _PAIR_LISTS or not values:
        return None
    pairs: dict[str, object] = {}
    for item in values:
        if not isinstance(item, dict) or not set(item) - {"name"} <= _PAIR_VALUES:
            return None
        name = item.get("name")
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][\w.-]{0,63}", name):
            return None
        contents = [v for k, v in item.items() if k != "name"]
        put(pairs, name, contents[0] if len(contents) == 1 else contents)
    return pairs


def _is_one_record(document: dict[str, object]) -> bool:
    """Whether a document is about one subject itself (`{"id": …, "scores": […]}`) and not an envelope around many."""
    return not _is_map(document) and any(_IDENTITY.fullmatch(key) and not isinstance(item, (dict, list)) for key, item in document.items())


def names_a_subject(keys: Iterable[str]) -> bool:
    """Whether one of these is what a person or thing is known by."""
    return any(_IDENTITY.fullmatch(key) for key in keys)


def _envelope(document: dict[str, object]) -> list[TextTable]:
    collections: list[tuple[str, list[object], list[object] | None]] = []
    rest = _without_collections(document, "", collections, 0)
    tables: list[TextTable] = []
    for name, values, names in collections:
        tables += _arrays(name, values, names) if names else records(name, values)  # type: ignore[arg-type]
    return tables + (records("", [rest]) if rest else [])


def _without_collections(
    value: dict[str, object], prefix: str, found: list[tuple[str, list[object], list[object] | None]], depth: int
) -> dict[str, object]:
    """The document without its arrays of records; those go to `found` as (path, records, names of the columns if apart)."""
    if _is_map(value) or _is_map_of_records(value):
        found.append((prefix, _as_list(value), None))
        return {}
    rest: dict[str, object] = {}
    for key, item in value.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(item, list) and any(isinstance(part, (dict, list)) for part in item) and _named_pairs(item, path) is None:
            found.append((path, item, _names_apart(value, item)))
        elif isinstance(item, dict) and depth < 4:
            inner = _without_collections(item, path, found, depth + 1)
            if inner or not item:
                rest[key] = inner
        else:
            rest[key] = item
    return rest


def _is_map_of_records(value: dict[str, object]) -> bool:
    """`{"Ann": {…}, "Bob": {…}}`: two or more objects with mostly the same fields."""
    objects = [item for item in value.values() if isinstance(item, dict) and item]
    if len(objects) < 2 or len(objects) != len(value):
        return False
    fields = [set(item) for item in objects]
    common = set.intersection(*fields[:50])
    return len(common) * 2 >= max(len(f) for f in fields[:50])


def _names_apart(parent: dict[str, object], values: list[object]) -> list[object] | None:
    """`{"columns": ["id", …], "rows": [[…], …]}`: the names that stand beside an array of arrays."""
    if not all(isinstance(row, list) for row in values):
        return None
    for key in ("columns", "header", "headers", "fields", "names"):
        names = parent.get(key)
        if isinstance(names, list) and names and all(isinstance(n, str) for n in names) and all(len(row) == len(names) for row in values):  # type: ignore[arg-type]
            return names
    return None


def _arrays(name: str, values: Sequence[list[object]], names: Sequence[object] | None = None) -> list[TextTable]:
    """A table of arrays of scalars, named by `names`, by its first row, or by number."""
    width = max(len(row) for row in values)
    texts = [[*(joined(item) or "" for item in row), *[""] * (width - len(row))] for row in values]
    if names:
        header, skipped = unique_names([str(n) for n in names]), 0
    elif _has_header(texts):
        header, skipped = unique_names(texts[0]), 1
    else:
        header, skipped = [f"column_{n}" for n in range(1, width + 1)], 0
    table = RowTable(name)
    for row in texts[skipped:]:
        table.add(dict(zip(header, row, strict=True)))
    return table.tables()


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these arrays names the columns: words without digits, with digits below one of them."""
    first, rest = rows[0], rows[1:50]
    if not rest or delimited.first_row_is_data(rows) or not all(re.fullmatch(r"[A-Za-z_][A-Za-z _.-]*", cell) for cell in first):
        return False
    return any(all(any(c.isdigit() for c in row[n]) for row in rest) for n in range(len(first)))
