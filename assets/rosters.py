"""What a change of the roster touches: the deliveries that must be scanned again, and those that hold as they are.

The rule is in `scanners.probes`, the storage in the lake; here the two meet. Knows nothing of Dagster.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import fields

import pyarrow as pa

from lineage.lake import ROSTERS, Known, Lake
from scanners.oneroster import Person, Roster
from scanners.probes import EMPTY, UNMATCHED, Matched, matched, of_change, packed, touched, unpacked

Token = Callable[..., str]
EVERYBODY = ""
"""In place of a person's token: the sizes of the district, its schools and grades, which the audit of aggregates compares."""
TRAITS = "traits"
"""In place of a person's token: all that points at a student, which rows that call themselves de-identified are joined on."""


def roster_token(token: Token, roster: Roster) -> str:
    """Keyed, of what the scan matches with: a student who is enrolled elsewhere from today is the same student to the scan."""
    digest = hashlib.sha256()
    for person in roster.people:
        digest.update(
            repr([getattr(person, it.name) for it in fields(person) if it.name not in UNMATCHED]).encode("utf-8", "surrogatepass")
        )
    return token("roster", digest.hexdigest())


def matched_people(token: Token, probe_key: bytes, roster: Roster) -> dict[str, Matched]:
    """By token, what matches each person; under `EVERYBODY` a digest of how many there are, under `TRAITS` of what they are like."""
    alike = hashlib.sha256()
    for person in roster.people:
        if person.kind == "student":
            alike.update(repr(person).encode("utf-8", "surrogatepass"))
    return matched(roster.people, probe_key, token) | {
        EVERYBODY: Matched(token("sizes", repr(_sizes(roster.people))), EMPTY),
        TRAITS: Matched(token("traits", alike.hexdigest()), EMPTY),
    }


def _sizes(people: tuple[Person, ...]) -> list[tuple[str, int]]:
    students = [p for p in people if p.kind == "student"]
    groups = Counter(g for p in students for g in (*(f"school {s}" for s in p.schools), *(f"grade {g}" for g in p.grades)))
    return [("students", len(students)), *sorted(groups.items())]


def rows_of(digest: str, people: Mapping[str, Matched]) -> pa.Table:
    """As the lake keeps a roster."""
    rows = [{"roster_digest": digest, "person": who, "context": it.context, "hashes": packed(it.probes)} for who, it in people.items()]
    return pa.Table.from_pylist(rows, schema=ROSTERS)


def untouched(lake: Lake, known: Mapping[str, Known], people: Mapping[str, Matched]) -> set[str]:
    """Of these deliveries, scanned with other rosters, those that a scan with this one would say the same about."""
    by_roster: dict[str, list[str]] = defaultdict(list)
    for delivery_id, it in known.items():
        by_roster[it.roster].append(delivery_id)
    found: set[str] = set()
    for digest, ids in by_roster.items():
        before = {who: Matched(context, held) for who, context, hashes in lake.roster(digest) if (held := unpacked(hashes)) is not None}
        if before:
            found |= set(ids) - _touched(lake, ids, before, people)
    return found


def _touched(lake: Lake, ids: list[str], before: Mapping[str, Matched], after: Mapping[str, Matched]) -> set[str]:
    change = of_change(before, after)
    resized, others = (who not in before or before[who].context != after[who].context for who in (EVERYBODY, TRAITS))
    told, found = set(), lake.row_level(ids) if others else set()
    for delivery_id, aggregate, hashes in lake.probes(ids):
        told.add(delivery_id)
        if touched(unpacked(hashes), change) or (aggregate and resized):
            found.add(delivery_id)
    return found | (set(ids) - told)
