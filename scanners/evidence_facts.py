"""Evidence with a form of its own (manifests of returns, destruction certificates) as facts: dates, counts, names of things.

Verdict-free, and free of people: who signed is kept as "signed", a file as its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import PurePosixPath

from scanners.intake import InboxFile
from scanners.readers.evidence import read_manifest
from scanners.sandbox import Member

REQUIRED = (
    "party",
    "agreement",
    "systems",
    "datasets",
    "rows",
    "method",
    "tool",
    "verification",
    "destroyed_on",
    "certified_on",
    "place",
    "person",
    "title",
    "signature",
    "copies",
)
Add = Callable[[str, Iterable[dict[str, object]]], None]


def add(gather: Add, files: list[tuple[InboxFile, Member, str]], ids: Mapping[str, str]) -> None:
    """Gather the certificates and manifest entries of one delivery. `files`: (source, member, file_id)."""
    digests = {member.path: member.sha256 for _, member, _ in files}
    for source, member, file_id in files:
        if source.kind == "destruction" and member.facts is not None:
            gather("certificates", [certificate_row(file_id, member.facts)])
        if source.kind == "return" and PurePosixPath(member.path).stem.lower() == "manifest":
            gather("manifest_entries", manifest_rows(file_id, member, ids, digests))


def certificate_row(file_id: str, facts: Mapping[str, object]) -> dict[str, object]:
    """One certificate; `missing` names the required statements that are blank. `rows` given by dataset are added up."""
    rows = facts.get("rows")
    total = sum(n for v in rows.values() if (n := _number(v)) is not None) if isinstance(rows, dict) else _number(rows)
    return {
        "file_id": file_id,
        "party": _text(facts.get("party")),
        "agreement": _text(facts.get("agreement")),
        "systems": _names(facts.get("systems")),
        "datasets": _names(facts.get("datasets")),
        "rows": total,
        "method": _text(facts.get("method")),
        "destroyed_on": _day(facts.get("destroyed_on")),
        "certified_on": _day(facts.get("certified_on")),
        "missing": [name for name in REQUIRED if _blank(facts.get(name))],
        "copies": [_copy(c) for c in _list(facts.get("copies"))],
    }


def _copy(entry: object) -> dict[str, object]:
    given = entry if isinstance(entry, dict) else {"kind": entry}
    texts = {name: _text(given.get(name)) for name in ("kind", "status", "system")}
    return {**texts, "expires_on": _day(given.get("expires_on"))}


def _blank(value: object) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def _text(value: object) -> str | None:
    return None if value is None or isinstance(value, (list, dict)) else str(value).strip()[:200] or None


def _list(value: object) -> list[object]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        value = [part for part in value.replace(",", ";").split(";") if part.strip()]
    named = [v.get("name") or v.get("id") if isinstance(v, dict) else v for v in _list(value)]
    return [t for v in named if (t := _text(v))]


def _number(value: object) -> int | None:
    try:
        return int(str(value).replace(",", "").strip())
    except ValueError:
        return None


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def manifest_rows(file_id: str, member: Member, ids: Mapping[str, str], digests: Mapping[str, str]) -> list[dict[str, object]]:
    """The lines of a manifest, each with the file it names; paths are relative to the manifest."""
    folder = PurePosixPath(member.path).parent
    rows: list[dict[str, object]] = []
    for table in member.parsed.tables[:1]:
        for line in read_manifest(table):
            named = next((p for p in _spellings(folder, line.path) if p in ids), None)
            matches = None if named is None or not line.sha256 else digests[named] == line.sha256.lower()
            rows.append(
                {
                    "file_id": file_id,
                    "line": line.line,
                    "category": line.category,
                    "rows": line.rows,
                    "entry_file_id": ids[named] if named else None,
                    "sha256_matches": matches,
                }
            )
    return rows


def _spellings(folder: PurePosixPath, path: str) -> tuple[str, ...]:
    """A manifest's path from its own folder, from the delivery's, and below `return/`."""
    bare = path.strip().replace("\\", "/").removeprefix("./")
    return (str(folder / bare), bare, f"return/{bare}")
