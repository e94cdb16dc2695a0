"""What every reader is given and gives back, and the limits they keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scanners.schemas import ParsedFile

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of reading one inbox file. Bytes, seconds; `seconds` is the wall clock of one member, archives get ten times it in all."""

    seconds: float = 60.0
    memory_bytes: int = 1_610_612_736
    answer_bytes: int = 2_147_483_648
    archive_bytes: int = 1_073_741_824
    member_bytes: int = 536_870_912
    archive_ratio: int = 250
    archive_entries: int = 10_000
    archive_depth: int = 4


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Source:
    """The bytes of one file or archive member. `name` is its base name, `kind` the inbox kind it lies in.

    `limits` bind readers of formats that unpack something themselves.
    """

    name: str
    data: bytes
    kind: str
    limits: Limits = DEFAULT_LIMITS

    @property
    def head(self) -> bytes:
        return self.data[:HEAD_BYTES]

    @property
    def extension(self) -> str:
        """The last ending, lower case, without its dot; empty where there is none."""
        return extension(self.name)


@dataclass(frozen=True)
class Reading:
    """What a reader made of a source. `facts` is a certificate's content (evidence.py); nobody else has any."""

    parsed: ParsedFile
    facts: dict[str, object] | None = None


class Reader(Protocol):
    """One family of formats."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        """Whether this reader should read it: by content first, by the name's ending second."""

    def read(self, source: Source) -> Reading:
        """Everything that is in it. Raises `Quarantine`; what is only partly readable comes back as `partly_scanned`."""


def extension(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""
