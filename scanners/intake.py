"""What lies in the inbox: deliveries, their `delivery.yaml`, and an inventory of their files.

Nothing is opened here but `delivery.yaml` and, for its digest, each regular file. Symbolic links are never followed.
Exactly `.DS_Store`, `Thumbs.db` and `desktop.ini` are ignored: operating systems write them into any folder, and a row for
each would be noise. All else is listed, lock files (`~$x`) and dotfiles too, so that nothing is lost unseen.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import yaml

DISTRICT = "district"
KINDS = frozenset(
    [
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
    ],
)
IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
DELIVERY_FILES = ("delivery.yaml", "delivery.yml")
OWNED_BY_HOST = frozenset({"tracking", "encryption"})
"""Kinds of the district's evidence whose party follows from the hosts in the file, not from a folder."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_META_KEYS = frozenset({"as_of", "period_start", "period_end", "systems", "purpose"})
_META_BYTES = 64 * 1024
_CHUNK = 1 << 20


@dataclass(frozen=True)
class DeliveryMeta:
    """What `delivery.yaml` says; all empty where there is none, or a bad one (then `problem` says what is wrong)."""

    as_of: date | None = None
    period_start: date | None = None
    period_end: date | None = None
    systems: tuple[str, ...] = ()
    purpose: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One party's folder for one date."""

    delivery_id: str
    party_folder: str
    received_on: date
    path: Path
    meta: DeliveryMeta = field(default_factory=DeliveryMeta)


@dataclass(frozen=True)
class InboxFile:
    """One file of a delivery. `relative` is its raw path below the date folder; `reason` says what was odd about it.

    `sha256` is empty where the file must not or could not be read (a link, a device, no permission). Kind `delivery` is a bad
    `delivery.yaml`.
    """

    path: Path
    relative: str
    kind: str
    about_party: str | None
    bytes: int
    sha256: str
    reason: str | None = None


@dataclass(frozen=True)
class NotYet:
    """Something in the inbox that is no delivery of this night; `place` is its raw path below the inbox."""

    place: str
    state: Literal["later", "being_written", "problem"]
    reason: str


def discover(inbox: Path, as_of: date, quiet_seconds: int, now: float) -> tuple[list[Delivery], list[NotYet]]:
    """All complete deliveries up to `as_of`, by (day, party), and what was left.

    `now` is seconds since the epoch. A delivery is complete when no file of it was changed in the last `quiet_seconds`; a time
    of change further than that in the future is a wrong clock, not a file being written.
    """
    deliveries: list[Delivery] = []
    left: list[NotYet] = []
    for party in _entries(inbox, left, inbox):
        if not _is_folder(party, left, "a party's deliveries lie in a folder of their own: inbox/<party-id>/<YYYY-MM-DD>/"):
            continue
        for day in _entries(Path(party.path), left, inbox):
            if not _is_folder(day, left, "a delivery is a folder named by its date (YYYY-MM-DD): put the file into one", party.name):
                continue
            place = f"{readable(party.name)}/{readable(day.name)}"
            received_on = _day(day.name)
            if received_on is None:
                left.append(NotYet(place, "problem", "the folder's name is not a date (YYYY-MM-DD)"))
            elif received_on > as_of:
                left.append(NotYet(place, "later", f"dated later than {as_of.isoformat()}"))
            elif _being_written(Path(day.path), quiet_seconds, now):
                left.append(NotYet(place, "being_written", f"a file in it was changed in the last {quiet_seconds} s"))
            else:
                folder = Path(day.path)
                deliveries.append(Delivery(place, readable(party.name), received_on, folder, read_meta(folder)))
    deliveries.sort(key=lambda d: (d.received_on, d.party_folder))
    left.sort(key=lambda n: n.place)
    return deliveries, left


def inventory(delivery: Delivery) -> list[InboxFile]:
    """Every file of the delivery, in the order of its path, with its kind and the party it is about."""
    files = [_inbox_file(delivery, Path(entry)) for entry in _walk(delivery.path)]
    return sorted((f for f in files if f.kind != "delivery" or f.reason), key=lambda f: f.relative)


def content_digest(files: Sequence[InboxFile]) -> str:
    """SHA-256 (hex) over the sorted paths, sizes and hashes: equal for equal folders, whatever the order of `files`."""
    digest = hashlib.sha256()
    for item in sorted((f.relative, f.bytes, f.sha256) for f in files):
        for part in item:
            raw = str(part).encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)
    return digest.hexdigest()


def readable(name: str) -> str:
    """A file name as text that any table can hold: bytes that are no UTF-8 become `\\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def read_meta(folder: Path) -> DeliveryMeta:
    """What `delivery.yaml` in `folder` says. Never raises: a bad file leaves all empty but `problem`."""
    file = next((folder / name for name in DELIVERY_FILES if os.path.lexists(folder / name)), None)
    if file is None:
        return DeliveryMeta()
    try:
        return _meta(_load_plain(file))
    except _BadMeta as problem:
        return DeliveryMeta(problem=f"{file.name}: {problem}")


class _BadMeta(Exception):
    pass


class PlainLoader(yaml.SafeLoader):
    """YAML with neither aliases (they multiply) nor implied types: every scalar is the text that was written."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not read", self.get_mark())
        return super().compose_node(parent, index)


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag == "tag:yaml.org,2002:null"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _load_plain(file: Path) -> dict[str, object]:
    if file.is_symlink() or not file.is_file():
        raise _BadMeta("it is a link or no file")
    try:
        with file.open("rb") as stream:
            data = stream.read(_META_BYTES + 1)
        if len(data) > _META_BYTES:
            raise _BadMeta("it is larger than 64 kB")
        content = yaml.load(data, PlainLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _BadMeta(f"not YAML, line {mark.line + 1}" if mark else "not YAML") from None
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError):
        raise _BadMeta("not YAML") from None
    except OSError as error:
        raise _BadMeta(f"could not be read ({error.strerror})") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _BadMeta("it must hold keys and values")
    return {str(key): value for key, value in content.items()}


def _meta(content: dict[str, object]) -> DeliveryMeta:
    if unknown := sorted(set(content) - _META_KEYS):
        # A key may be anything, a name too: it is quoted only where it looks like one of ours.
        shown = [f"'{key}'" for key in unknown if re.fullmatch(r"[a-z_]{1,30}", key)] or ["unreadable"]
        raise _BadMeta(f"unknown key {', '.join(shown)}; known are {', '.join(sorted(_META_KEYS))}")
    days = {key: _meta_day(key, content.get(key)) for key in ("as_of", "period_start", "period_end")}
    if days["period_start"] and days["period_end"] and days["period_start"] > days["period_end"]:
        raise _BadMeta("period_start is after period_end")
    purpose = content.get("purpose")
    if purpose is not None and not isinstance(purpose, str):
        raise _BadMeta("purpose must be one word")
    return DeliveryMeta(
        days["as_of"],
        days["period_start"],
        days["period_end"],
        _meta_systems(content.get("systems")),
        (purpose or "").strip() or None,
    )


def _meta_day(key: str, value: object) -> date | None:
    if value is None or value == "":
        return None
    day = _day(value.strip()) if isinstance(value, str) else None
    if day is None:
        raise _BadMeta(f"{key} is not a date (YYYY-MM-DD)")
    return day


def _meta_systems(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise _BadMeta("systems must be a list of names")
    return tuple(part.strip() for item in listed for part in item.split(";") if part.strip())


def _day(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _entries(folder: Path, left: list[NotYet], inbox: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted((e for e in found if e.name not in IGNORED), key=lambda e: e.name)
    except FileNotFoundError:
        return []  # no inbox yet, or gone since it was listed
    except OSError as error:
        place = readable(str(folder.relative_to(inbox)))
        left.append(NotYet(place, "problem", f"the folder could not be read ({error.strerror})"))
        return []


def _is_folder(entry: os.DirEntry[str], left: list[NotYet], mend: str, party: str | None = None) -> bool:
    if entry.is_dir(follow_symlinks=False):
        return True
    place = readable(f"{party}/{entry.name}" if party else entry.name)
    left.append(NotYet(place, "problem", "links are not followed" if entry.is_symlink() else mend))
    return False


def _being_written(folder: Path, quiet_seconds: int, now: float) -> bool:
    changed = [status.st_mtime for status in map(_status, _walk(folder)) if status] or [folder.stat().st_mtime]
    return any(abs(now - moment) < quiet_seconds for moment in changed)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _walk(folder: Path) -> Iterator[str]:
    """Every entry below that is no folder, and every folder that cannot be opened."""
    pending = [os.fspath(folder)]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(current) as found:
                entries = list(found)
        except OSError:
            yield current
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.name not in IGNORED:
                yield entry.path


def _inbox_file(delivery: Delivery, path: Path) -> InboxFile:
    parts = tuple(readable(part) for part in path.relative_to(delivery.path).parts)
    kind, about_party, odd = _kind(parts, delivery.party_folder == DISTRICT)
    if len(parts) == 1 and parts[0] in DELIVERY_FILES:
        kind, odd = "delivery", delivery.meta.problem
    size, sha256, unreadable = _digest(path)
    return InboxFile(path, "/".join(parts), kind, about_party, size, sha256, unreadable or odd)


def _kind(parts: tuple[str, ...], of_district: bool) -> tuple[str, str | None, str | None]:
    """(kind, party it is about, what was odd) of a path below the date folder.

    The reason does not repeat the folder's name: it may be a person's, and the path beside it is shown redacted.
    """
    if len(parts) == 1:
        return "export", None, "it lies in no kind's folder: scanned as export"
    kind = parts[0].casefold().replace("_", "-")
    if kind not in KINDS:
        return "export", None, "its folder is not a known kind: scanned as export"
    folder = parts[1] if len(parts) > 2 else None
    if kind == "sent":
        return kind, folder, None if folder else "sent/ needs a folder named for the receiving party"
    return kind, folder if of_district and kind not in OWNED_BY_HOST else None, None


def _digest(path: Path) -> tuple[int, str, str | None]:
    """(bytes, SHA-256, None), or (0, "", why it is not read)."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return 0, "", "a link: links are not followed"
        if not stat.S_ISREG(status.st_mode):
            return 0, "", "neither file nor folder" if not stat.S_ISDIR(status.st_mode) else "the folder could not be read"
        digest, size = hashlib.sha256(), 0
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return size, digest.hexdigest(), None
    except OSError as error:
        return 0, "", f"could not be read ({error.strerror})"
