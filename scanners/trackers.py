"""Cookies and storage items: do they hold a student's value? Rows for the table of trackers, without the value itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from scanners import vocabulary
from scanners.derived import decode
from scanners.fold import local_day
from scanners.redact import Redactor
from scanners.roster_index import RosterIndex
from scanners.schemas import TextTable

DIGEST_LENGTH = 8
SURE = ("email", "ssn", "digest", "name", "username", "id", "state_id", "phone")


def tracker_rows(table: TextTable, index: RosterIndex, zone: ZoneInfo, token: Callable[..., str]) -> Iterator[dict[str, object]]:
    """One row a cookie or storage item as the capture shows it."""
    redactor = Redactor(index)
    days = table.times.to_pylist() if table.times is not None else [None] * table.data.num_rows
    for row, time in zip(table.data.to_pylist(), days, strict=True):
        elements = student_elements(row["value"] or "", index)
        yield {
            "page_host": row["page_host"],
            "host": row["host"],
            "name": redactor.path(row["name"] or ""),
            "storage": row["storage"],
            "persistent": None if row["persistent"] is None else row["persistent"] == "true",
            "expires_on": local_day(row["expires_at"], zone) if row["expires_at"] else None,
            "contains_pii": bool(elements),
            "data_elements": elements,
            "set_on": local_day(time, zone) if time else None,
            "value_digest": token("tracker", row["value"]) if row["value"] and len(row["value"]) >= DIGEST_LENGTH else None,
        }


def student_elements(value: str, index: RosterIndex) -> list[str]:
    """The data elements of students that a value holds, decoded or as it stands."""
    found: set[str] = set()
    for text in [value, *(part.value for part in decode(value))]:
        for hit in index.hits(text):
            long_enough = hit.attribute not in ("id", "username") or len(text.strip()) >= 5 or hit.derivation
            if index.people[hit.person].kind == "student" and long_enough:
                found.add(vocabulary.element(hit.attribute, "student"))
        for mention in index.mentions(text):
            found |= {vocabulary.element(h.attribute, "student") for h in mention.hits if index.people[h.person].kind == "student"}
    return sorted(found)
