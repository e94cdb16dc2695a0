"""The chain: what makes the record of disclosures tamper-evident. One keyed entry a published night, each over the one before it.

An entry has the digest of every subject whose disclosures changed that night, a keyed Merkle root over these, and a head: the HMAC over the
previous head, the night and the root. Whoever has no key can change nothing without `verify` seeing it, and whoever has one of the heads
printed with each night sees too when entries were cut off the end. Here belongs the chain's file and its arithmetic; the key stays with
the caller, who hands over a `token` function.

The file is append-only and lies beside the lake, not in it: a lost lake is scanned anew from the inbox, but what was once published
cannot be made again, so the chain must outlive the lake. An entry is written before its mart is published: nothing is ever served that
the chain does not have.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from lineage.stage import sql

Token = Callable[..., str]
"""`token(purpose, *parts)`: a keyed digest, parts length-prefixed, as hex."""

PURPOSE = "chain"
GONE = ""
"""The digest of a subject who no longer has a disclosure."""

SHOWN = 5


@dataclass(frozen=True)
class Entry:
    """One night. `changed`: subject key → digest of its disclosures; `key`: which master key (its fingerprint) it was made with."""

    number: int
    previous: str
    run_id: str
    as_of: str
    written_at: str
    key: str
    changed: dict[str, str]
    root: str
    head: str

    @property
    def line(self) -> bytes:
        """The entry as the file has it: one line, one way to write it."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True)
class Defect:
    """What does not hold, and where: `entry 3`, `the mart`, `the anchor`."""

    place: str
    found: str


@dataclass(frozen=True)
class Checked:
    """How `verify` went. `entries` are those that could be read, in the file's order; the record holds when there is no defect."""

    entries: tuple[Entry, ...]
    subjects: int
    defects: tuple[Defect, ...]


# -- a night ------------------------------------------------------------------------------------------------------------------------


def extend(chain: Path, mart: Path, run_id: str, as_of: date, token: Token, key: str, now: datetime | None = None) -> Entry:
    """Append this night's entry over the disclosures of `mart`, which is about to be published; returns it.

    Every night has an entry, also one in which nothing changed. The same night tried again adds nothing. What cannot be read of the chain
    stays as it is, for `verify` to find: a night does not fail for it. Raises OSError where the file cannot be written.
    """
    lines = _lines(chain)
    entries = [entry for line in lines if (entry := parse(line)) is not None]
    known, found = fold(entries), digests(mart, token)
    changed = {
        subject: found.get(subject, GONE) for subject in sorted({*known, *found}) if known.get(subject, GONE) != found.get(subject, GONE)
    }
    if entries and entries[-1].run_id == run_id and not changed:
        return entries[-1]
    entry = seal(
        len(lines) + 1,
        entries[-1].head if entries else "",
        run_id,
        as_of.isoformat(),
        (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
        key,
        changed,
        token,
    )
    _append(chain, entry.line)
    return entry


def seal(number: int, previous: str, run_id: str, as_of: str, written_at: str, key: str, changed: dict[str, str], token: Token) -> Entry:
    """An entry with its root and head."""
    root = merkle_root(changed, token)
    head = token(PURPOSE, "entry", str(number), previous, run_id, as_of, written_at, key, str(len(changed)), root)
    return Entry(number, previous, run_id, as_of, written_at, key, changed, root, head)


def last(chain: Path) -> Entry | None:
    """The newest entry that can be read; None where there is none."""
    return next((entry for line in reversed(_lines(chain)) if (entry := parse(line)) is not None), None)


def digests(mart: Path, token: Token) -> dict[str, str]:
    """Subject key → keyed digest of its rows of `disclosures`, all columns but `run_id`."""
    with duckdb.connect(str(mart), read_only=True, config={"temp_directory": ""}) as con:
        rows = con.execute(sql("subject_digest")).fetchall()
    return {subject: token(PURPOSE, "subject", subject, digest) for subject, digest in rows}


def fold(entries: Sequence[Entry]) -> dict[str, str]:
    """Subject key → digest after all these nights; who is gone is left out."""
    state: dict[str, str] = {}
    for entry in entries:
        state.update(entry.changed)
    return {subject: digest for subject, digest in state.items() if digest != GONE}


# -- the file -----------------------------------------------------------------------------------------------------------------------


def parse(line: bytes) -> Entry | None:
    """The entry of one line; None for anything that an entry would not have been written as, byte for byte."""
    try:
        entry = Entry(**json.loads(line))
        whole = entry.line == line
    except (ValueError, TypeError, RecursionError):
        return None
    typed = isinstance(entry.number, int) and isinstance(entry.changed, dict)
    texts = (entry.previous, entry.run_id, entry.as_of, entry.written_at, entry.key, entry.root, entry.head, *_flat(entry.changed))
    return entry if whole and typed and all(isinstance(text, str) for text in texts) else None


def _flat(changed: object) -> Iterator[object]:
    if isinstance(changed, dict):
        for pair in changed.items():
            yield from pair


def _lines(chain: Path) -> list[bytes]:
    """Finished lines; the rest of one that a killed night left unfinished is none."""
    if not chain.exists():
        return []
    return [line for line in chain.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _append(chain: Path, line: bytes) -> None:
    """To disk before it returns. An unfinished line at the end, which a killed night left, makes room."""
    chain.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(chain, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        content = file.read()
        file.seek(content.rfind(b"\n") + 1)
        file.truncate()
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


# -- checking it --------------------------------------------------------------------------------------------------------------------


def verify(chain: Path, mart: Path | None, tokens: Mapping[str, Token], head: str | None = None, count: int | None = None) -> Checked:
    """Recompute everything. `tokens`: fingerprint of a master key → its function; `head` and `count` are those kept from some night.

    Finds any entry flipped, removed, swapped or put in; entries cut off the end only by the anchor or by a mart that is newer; and a mart
    whose disclosures are not those of the last entry.
    """
    data = chain.read_bytes() if chain.exists() else b""
    lines = data.splitlines(keepends=True)
    parsed = [parse(line) for line in lines]
    entries = tuple(entry for entry in parsed if entry is not None)
    defects = [*_links(parsed, lines, tokens), *_anchor(parsed, head, count)]
    if not lines and not defects:
        defects.append(Defect("the chain", "there is none: no night has written an entry, or somebody removed it"))
    if not defects:
        defects += _mart(entries, mart, tokens)
    return Checked(entries, len(fold(entries)), tuple(defects))


def _links(parsed: Sequence[Entry | None], lines: Sequence[bytes], tokens: Mapping[str, Token]) -> Iterator[Defect]:
    previous: str | None = ""
    for number, entry in enumerate(parsed, start=1):
        place = f"entry {number}"
        if entry is None:
            unfinished = number == len(lines) and not lines[-1].endswith(b"\n")
            yield Defect(place, "unfinished: a night was killed while writing it, or it was cut" if unfinished else "not as it was written")
            previous = None  # the next one's link cannot be checked
            continue
        if entry.number != number:
            yield Defect(place, f"says it is entry {entry.number:,}: entries were removed, put in or swapped")
        if previous is not None and entry.previous != previous:
            yield Defect(place, "does not follow the entry before it")
        yield from _seals(entry, place, tokens)
        previous = entry.head


def _seals(entry: Entry, place: str, tokens: Mapping[str, Token]) -> Iterator[Defect]:
    token = tokens.get(entry.key)
    if token is None:
        yield Defect(place, f"made with the master key {entry.key}, which is not at hand: it cannot be checked without that key")
        return
    again = seal(entry.number, entry.previous, entry.run_id, entry.as_of, entry.written_at, entry.key, entry.changed, token)
    if again.root != entry.root:
        yield Defect(place, "its subjects are not those it was sealed with")
    elif again.head != entry.head:
        yield Defect(place, "its head is not the one the key gives")


def _anchor(parsed: Sequence[Entry | None], head: str | None, count: int | None) -> Iterator[Defect]:
    if count is not None and len(parsed) < count:
        yield Defect("the anchor", f"{count:,} entries were counted once, {len(parsed):,} are left: the end was cut off")
    elif head is not None:
        at = [entry for entry in parsed if entry is not None and entry.head == head]
        if not at:
            yield Defect("the anchor", "no entry has the head that was kept: the chain was cut off or made anew")
        elif count is not None and at[0].number != count:
            yield Defect("the anchor", f"the head that was kept is of entry {at[0].number:,}, not of entry {count:,}")


def _mart(entries: Sequence[Entry], mart: Path | None, tokens: Mapping[str, Token]) -> Iterator[Defect]:
    if mart is None:
        yield Defect("the mart", "there is no published mart to compare with the last entry")
        return
    found, wanted = digests(mart, tokens[entries[-1].key]), fold(entries)
    if found == wanted:
        return
    for number in range(len(entries) - 1, 0, -1):
        if fold(entries[:number]) == found:
            why = "a night was killed before it published, or an older mart was put back; the next night publishes again"
            yield Defect("the mart", f"has the disclosures of entry {number:,}, not of the last one, {len(entries):,}: {why}")
            return
    different = sorted(subject for subject in {*found, *wanted} if found.get(subject) != wanted.get(subject))
    shown = ", ".join(different[:SHOWN]) + (", …" if different[SHOWN:] else "")
    yield Defect("the mart", f"the disclosures of {len(different):,} subjects are not those of the chain: {shown}")


# -- one subject's path -------------------------------------------------------------------------------------------------------------


def proof(chain: Path, subject_key: str, token: Token) -> dict[str, Any] | None:
    """How a subject's record hangs in the chain: the newest entry with its digest, and the path from there to that entry's root.

    `path` lists the siblings, nearest first, as [side, digest]; None for a subject the chain has never had.
    """
    entries = [entry for line in _lines(chain) if (entry := parse(line)) is not None]
    entry = next((entry for entry in reversed(entries) if subject_key in entry.changed), None)
    if entry is None:
        return None
    return {
        "entry": entry.number,
        "run_id": entry.run_id,
        "as_of": entry.as_of,
        "digest": entry.changed[subject_key],
        "path": merkle_path(entry.changed, subject_key, token),
        "root": entry.root,
        "head": entry.head,
        "entries": len(entries),
    }


def proves(found: Mapping[str, Any], subject_key: str, token: Token) -> bool:
    """Whether the path leads from the subject's digest to the root. Whether the root is the chain's is what `verify` says."""
    node = _leaf(subject_key, str(found["digest"]), token)
    for side, sibling in found["path"]:
        node = _node(sibling, node, token) if side == "left" else _node(node, sibling, token)
    return bool(node == found["root"])


def merkle_root(changed: Mapping[str, str], token: Token) -> str:
    """Keyed, over (subject, digest) in the order of subjects; of nobody it is the keyed digest of nothing."""
    return _levels(changed, token)[-1][0] if changed else token(PURPOSE, "nobody")


def merkle_path(changed: Mapping[str, str], subject_key: str, token: Token) -> list[tuple[str, str]]:
    at, path = sorted(changed).index(subject_key), []
    for level in _levels(changed, token)[:-1]:
        sibling = at ^ 1
        if sibling < len(level):
            path.append(("left" if sibling < at else "right", level[sibling]))
        at //= 2
    return path


def _levels(changed: Mapping[str, str], token: Token) -> list[list[str]]:
    """Leaves first, the root alone last; one without a sibling goes up as it is."""
    levels = [[_leaf(subject, changed[subject], token) for subject in sorted(changed)]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([_node(below[i], below[i + 1], token) if i + 1 < len(below) else below[i] for i in range(0, len(below), 2)])
    return levels


def _leaf(subject_key: str, digest: str, token: Token) -> str:
    return token(PURPOSE, "leaf", subject_key, digest)


def _node(left: str, right: str, token: Token) -> str:
    return token(PURPOSE, "node", left, right)
