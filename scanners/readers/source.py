"""What every reader is given and gives back, and the limits they keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from scanners.schemas import ParsedFile, TextTable

if TYPE_CHECKING:
    from scanners.readers.archive import Budget, Unpacked
    from scanners.readers.tables import Kept

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of reading one inbox file. Bytes, seconds.

    `seconds` is the wall clock of one member or one part, archives get ten times it in all; `answer_bytes` are the tables of one
    member or part. A text of more than `part_bytes` is read in parts of that size.
    """

    seconds: float = 60.0
    memory_bytes: int = 1_610_612_736
    answer_bytes: int = 2_147_483_648
    archive_bytes: int = 1_073_741_824
    member_bytes: int = 536_870_912
    archive_ratio: int = 250
    archive_entries: int = 10_000
    archive_depth: int = 4
    part_bytes: int = 33_554_432

    def seconds_in_all(self, size: int) -> float:
        """For an inbox file of so many bytes: one with many parts may take its time, as long as they keep coming."""
        return self.seconds * (10 + size / self.part_bytes)


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
    """What a reader made of a source. `facts` is a certificate's content (evidence.py); nobody else has any.

    `attached` gives the files that lie within (a message's attachments), one after the other, each when it is asked for.
    """

    parsed: ParsedFile
    facts: dict[str, object] | None = None
    attached: Callable[[Budget], Iterator[Unpacked]] | None = None


class Parts(Protocol):
    """Reads one large text, a part at a time and in order; what one part must know of those before it, it keeps."""

    format: str

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The lines that are in none of its tables; the refused ones first."""

    def take(self, text: str, whole: bool) -> tuple[list[TextTable], int]:
        """The tables of the records that end in `text`, and how many characters they took: the rest comes again, with what follows.

        `whole`: nothing follows, or no record may be this long: all is taken.
        """

    def finish(self) -> ParsedFile:
        """What is left to say once all is taken: status, reason, and what belongs to no part."""


class Reader(Protocol):
    """One family of formats."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        """Whether this reader should read it: by content first, by the name's ending second."""

    def read(self, source: Source) -> Reading:
        """Everything that is in it. Raises `Quarantine`; what is only partly readable comes back as `partly_scanned`."""


@runtime_checkable
class PartReader(Protocol):
    """A reader of texts that may be too large to be held whole."""

    def in_parts(self, source: Source, text: str) -> Parts | None:
        """How to read on, from the file's beginning (`source` holds no more) and its text; None where it must be read whole."""


def extension(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""
