"""Evidence of a fixed form: destruction certificates and manifests of a return. What a missing field means is not judged here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import yaml
from dateutil import parser as dates

from scanners.errors import Quarantine
from scanners.intake import PlainLoader
from scanners.readers import encoding, flatten, jsonlines
from scanners.readers.forms import labelled
from scanners.readers.source import Reading, Source, extension
from scanners.readers.tables import columns_table
from scanners.schemas import ParsedFile, TextTable

Facts = dict[str, object]

_MAX_BYTES = 1_048_576
_TEXTS = ("party", "agreement", "method", "tool", "verification", "place", "person", "title", "signature")
_LISTS = ("systems", "datasets")
_DATES = ("destroyed_on", "certified_on")
_SYNONYMS = {
    "vendor": "party", "provider": "party", "company": "party", "party_id": "party", "vendor_id": "party", "organization": "party",
    "agreement_id": "agreement", "contract": "agreement", "contract_id": "agreement", "dpa": "agreement",
    "system": "systems", "systems_covered": "systems", "media": "systems",
    "dataset": "datasets", "data_sets": "datasets", "data": "datasets", "tables": "datasets", "data_destroyed": "datasets",
    "records": "rows", "row_count": "rows", "rows_destroyed": "rows", "records_destroyed": "rows", "record_count": "rows", "counts": "rows",
    "destruction_method": "method", "sanitization_method": "method", "method_of_destruction": "method",
    "tools": "tool", "software": "tool", "tool_used": "tool", "verified": "verification", "verification_method": "verification",
    "verification_result": "verification",
    "destruction_date": "destroyed_on", "date_destroyed": "destroyed_on", "date_of_destruction": "destroyed_on",
    "destroyed": "destroyed_on",
    "destroyed_at": "destroyed_on", "destroyed_date": "destroyed_on",
    "certification_date": "certified_on", "date_certified": "certified_on", "certified": "certified_on", "certificate_date": "certified_on",
    "certified_at": "certified_on", "signed_on": "certified_on", "date_signed": "certified_on", "date": "certified_on",
    "location": "place", "name": "person", "certified_by": "person", "signed_by": "person", "signer": "person", "certifier": "person",
    "job_title": "title", "position": "title", "role": "title", "signature_image": "signature", "signed": "signature",
    "known_copies": "copies", "other_copies": "copies", "all_known_copies": "copies",
}  # fmt: skip
_COPY_SYNONYMS = {
    "type": "kind", "copy": "kind", "state": "status", "disposition": "status", "location": "system", "name": "system",
    "expires": "expires_on", "expiry": "expires_on", "until": "expires_on", "expires_at": "expires_on", "expiration_date": "expires_on",
    "pending_until": "expires_on",
}  # fmt: skip
_COPY_KINDS = {"backup": "backups", "replica": "replicas", "log": "logs", "subprocessor": "subprocessors"}
_KNOWN = frozenset({*_TEXTS, *_LISTS, *_DATES, "rows", "copies"})
_MANIFEST = {
    "path": ("path", "file", "filename", "file_name", "file_path", "name", "location"),
    "category": ("category", "data_category", "type", "data_element", "element", "dataset", "kind", "description", "contents"),
    "rows": ("rows", "row_count", "records", "record_count", "count", "lines"),
    "sha256": ("sha256", "sha_256", "sha256sum", "checksum", "hash", "digest", "sha256_hash"),
}
_BLANK = frozenset({"", "null", "none", "~", "n/a", "na", "-", "tbd"})


@dataclass(frozen=True)
class ManifestLine:
    """One line of a return's manifest. `line` counts the rows below the header from 1; `rows` is None where it is no number."""

    line: int
    path: str
    category: str | None
    rows: int | None
    sha256: str | None


class CertificateReader:
    """A certificate of destruction in YAML or JSON, in an inbox folder of kind `destruction`."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if kind != "destruction" or extension(name) not in ("yaml", "yml", "json"):
            return False
        return re.search(r"(?i)certificat", name) is not None or len(set(_head_keys(head)) & (_KNOWN | set(_SYNONYMS))) >= 2

    def read(self, source: Source) -> Reading:
        content = _mapping(source.data, source.name)
        rows = flatten.rows(content)
        pairs = [(path, value) for row in rows for path, value in row.items()]
        pairs = list(dict.fromkeys(pairs))
        table = TextTable("certificate", columns_table({"path": [p for p, _ in pairs], "value": [v for _, v in pairs]}))
        return Reading(ParsedFile("certificate", (table,)), _facts(content))


def read_certificate(data: bytes, name: str) -> Facts:
    """A certificate's content under the interface's keys, all of them present, None (or an empty list) where blank.

    `systems`, `datasets`: list of text. `rows`: int, or {dataset: int}, or None. `destroyed_on`, `certified_on`: date. `copies`:
    list of {kind, status, system, expires_on}. `problems`: sentences on what is there but not readable. Raises `Quarantine`.
    """
    return _facts(_mapping(data, name))


def facts_of_document(
    source: Source, lines: Iterable[str], fields: Sequence[tuple[str, str]], drawn: Iterable[TextTable] = ()
) -> Facts | None:
    """A certificate's content as a PDF or DOCX has it: in the fields of a form, in lines of `label: value`, in tables of two columns.

    None where it is none.
    """
    if source.kind != "destruction":
        return None
    content: dict[str, object] = {}
    copies: dict[str, object] = {}
    two_wide = [table.data for table in drawn if table.data.num_columns == 2 and table.columns[0] != "author"]
    rows = [row for data in two_wide for row in (data.column_names, *zip(*(column.to_pylist() for column in data.columns), strict=True))]
    for label, value in (*fields, *labelled(lines), *((row[0], row[1] or "") for row in rows if row[0])):
        kind = _copy_kind(_key(label))
        if kind and value:
            copies.setdefault(kind, _copy_status(value))
        elif not _text(content.get(_key(label))):
            content[_key(label)] = value
    if len({_SYNONYMS.get(key, key) for key in content} & _KNOWN) < 2:
        return None
    given = content.pop("copies", None)
    content["copies"] = {**_copies_written(given), **copies}
    for key, written in content.items():
        if _SYNONYMS.get(key, key) == "rows" and isinstance(written, str) and _count(written) is None:
            content[key] = _rows_written(written)
    return _facts(content)


def _copy_kind(label: str) -> str | None:
    """The kind of copy that a label speaks of: `Backups`, `copies.backups`, `Copies (logs)`."""
    words = [w for w in re.split(r"[_()\[\]/]+", label) if w and w not in ("copies", "copy", "of", "in", "status")]
    kind = _COPY_KINDS.get(words[0], words[0]) if len(words) == 1 else None
    return kind if kind in _COPY_KINDS.values() else None


def _copy_status(value: str) -> dict[str, object]:
    """`destroyed`, `none`, `pending until 2026-09-01`."""
    status = re.match(r"[^\W\d_]+", value.strip())
    day = re.search(r"\d{4}-\d{2}-\d{2}", value)
    until = day if status and status[0].casefold() == "pending" else None
    return {"status": status[0] if status else value, "expires_on": until[0] if until else None}


def _copies_written(value: object) -> dict[str, object]:
    """`backups: destroyed; logs: pending until 2026-09-01`."""
    parts = (part.partition(":") for part in re.split(r"[;,\n]", value if isinstance(value, str) else ""))
    return {kind: _copy_status(status) for label, _, status in parts if (kind := _copy_kind(_key(label))) and status.strip()}


def _rows_written(value: str) -> object:
    """`students: 1,200; scores: 90` by dataset; what is not so, as it stands."""
    found = [re.fullmatch(r"\s*(.+?)\s*[:=]\s*(\d[\d,_ ]*)\s*", part) for part in re.split(r"[;\n]", value) if part.strip()]
    return {match[1]: match[2] for match in found if match} if found and all(found) else value


def read_manifest(table: TextTable) -> list[ManifestLine]:
    """The lines of a manifest, by the columns of the interface or what others call them. Raises `Quarantine` without a path column."""
    names = {re.sub(r"[\s-]+", "_", column.strip().casefold()): column for column in table.columns}
    columns = {field: next((names[n] for n in known if n in names), None) for field, known in _MANIFEST.items()}
    if columns["path"] is None:
        raise Quarantine("the manifest has no column 'path'")
    cells = {field: table.data[column].to_pylist() if column else [None] * table.data.num_rows for field, column in columns.items()}
    lines = zip(cells["path"], cells["category"], cells["rows"], cells["sha256"], strict=True)
    return [
        ManifestLine(
            number, path.strip().replace("\\", "/").removeprefix("./"), _text(category), _count(rows), (_text(digest) or "").lower() or None
        )
        for number, (path, category, rows, digest) in enumerate(lines, 1)
        if path and path.strip()
    ]


def _head_keys(head: bytes) -> Iterator[str]:
    for match in re.finditer(r'(?m)^[\s{,]*"?([A-Za-z_][\w -]{0,40})"?\s*:', encoding.decode(head).text):
        yield _key(match.group(1))


def _mapping(data: bytes, name: str) -> dict[str, object]:
    if len(data) > _MAX_BYTES:
        raise Quarantine("a certificate of more than 1 MB")
    if not data.strip():
        raise Quarantine("the file is empty")
    text = encoding.decode(data).text
    try:
        content = jsonlines.parse(text) if extension(name) == "json" else yaml.load(text, PlainLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Quarantine(f"not YAML, line {mark.line + 1}" if mark else "not YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Quarantine("not JSON" if extension(name) == "json" else "not YAML") from None
    if isinstance(content, list) and len(content) == 1:
        content = content[0]
    if not isinstance(content, dict):
        raise Quarantine("a certificate must hold keys and values")
    return _text_keys(content)


def _text_keys(value: Mapping[object, object]) -> dict[str, object]:
    return {str(key): _plain(item) for key, item in value.items()}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return _text_keys(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _key(raw: str) -> str:
    return re.sub(r"[\s.-]+", "_", raw.strip().casefold())


def _facts(content: dict[str, object]) -> Facts:
    if len(content) == 1 and isinstance(inner := next(iter(content.values())), dict):
        content = inner  # everything under one key, such as `certificate:`
    given: dict[str, object] = {}
    for raw, value in content.items():
        key = _key(raw)
        if key in _KNOWN:
            given[key] = value
    for raw, value in content.items():
        canonical = _SYNONYMS.get(_key(raw))
        if canonical and given.get(canonical) is None:
            given[canonical] = value
    problems: list[str] = []
    facts: Facts = {key: _text(given.get(key)) for key in _TEXTS}
    facts |= {key: _list(given.get(key)) for key in _LISTS}
    facts |= {key: _date(given.get(key), key, problems) for key in _DATES}
    facts["rows"] = _rows(given.get("rows"), problems)
    facts["copies"] = _copies(given.get("copies"), problems)
    facts["problems"] = problems
    return facts


def _text(value: object) -> str | None:
    if isinstance(value, (dict, list)):
        return flatten.joined(value)
    text = flatten.leaf(value)
    return None if text is None or text.strip().casefold() in _BLANK else text.strip()


def _word(value: object) -> str | None:
    """A word of a vocabulary in which `none` says something: there are no such copies."""
    text = flatten.leaf(value)
    return text.strip() or None if text is not None else None


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        value = re.split(r"[;,\n]", value)
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, list):
        return []
    named = [item.get("name") or item.get("id") or item if isinstance(item, dict) else item for item in value]
    return [text for item in named if (text := _text(item))]


def _date(value: object, key: str, problems: list[str]) -> date | None:
    text = _text(value)
    if text is None:
        return None
    found = _day(text)
    if found is None:
        problems.append(f"{key} is not a date")
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    if not re.search(r"\d{4}", text) or not re.fullmatch(r"[\w\s,./:+-]{6,40}", text):
        return None  # without a year dateutil would make one up
    try:
        one, other = (dates.parse(text, default=dates.parse(f"2000-01-0{n}")) for n in (1, 2))
    except (ValueError, OverflowError):
        return None
    return one.date() if one.date() == other.date() else None


def _rows(value: object, problems: list[str]) -> int | dict[str, int] | None:
    if isinstance(value, list):
        pairs = [item for item in value if isinstance(item, dict) and "rows" in item]
        value = {str(p.get("dataset") or p.get("name")): p["rows"] for p in pairs} if len(pairs) == len(value) else None
    if isinstance(value, dict):
        counted = {key: count for key, item in value.items() if (count := _count(item)) is not None}
        if len(counted) < len(value):
            problems.append("rows holds what is not a number")
        return counted
    text = _text(value)
    if text is None:
        return None
    count = _count(text)
    if count is None:
        problems.append("rows is not a number")
    return count


def _count(value: object) -> int | None:
    text = re.sub(r"(?<=\d)[,_ ](?=\d{3}\b)", "", _text(value) or "")
    return int(text) if re.fullmatch(r"\d{1,15}", text) else None


def _copies(value: object, problems: list[str]) -> list[dict[str, object]]:
    if isinstance(value, dict):  # {backups: pending} or {backups: {status: …}}
        value = [{"kind": kind, **item} if isinstance(item, dict) else {"kind": kind, "status": item} for kind, item in value.items()]
    if not isinstance(value, list):
        return []
    copies: list[dict[str, object]] = []
    for item in value:
        if not isinstance(item, dict):
            problems.append("copies holds what is not a mapping")
            continue
        keyed = {_COPY_SYNONYMS.get(_key(key), _key(key)): part for key, part in item.items()}
        kind, status = ((_word(keyed.get(key)) or "").casefold() or None for key in ("kind", "status"))
        copies.append(
            {
                "kind": _COPY_KINDS.get(kind, kind) if kind else None,
                "status": status,
                "system": _text(keyed.get("system")),
                "expires_on": _date(keyed.get("expires_on"), "expires_on of a copy", problems),
            }
        )
    return copies
