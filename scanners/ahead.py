"""Reading ahead: while one file is scanned, a thread has the next one read in its sandbox. Both cores have something to do.

Only the order of work belongs here: what is read, and how, is `sandbox`'s. At most `AHEAD` pieces (parts of files) wait in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from queue import Full, Queue
from types import TracebackType

from scanners import sandbox
from scanners.intake import InboxFile
from scanners.sandbox import Member, read_files

AHEAD = 2
PATIENCE = 0.2
LONGEST_GOODBYE = 10.0

Read = Callable[[Sequence[InboxFile]], Iterable[tuple[InboxFile, Iterable[Member]]]]


@dataclass(frozen=True)
class _Piece:
    """A member of a file of a group; without a member, that a file begins; without a file, that the group is over, or how it failed."""

    group: int
    file: InboxFile | None = None
    member: Member | None = None
    error: BaseException | None = None


class ReadAhead:
    """Reads groups of files (one a delivery) in their order. Use it as a context; `reader` is what `scan_delivery` asks for."""

    def __init__(self, groups: Sequence[Sequence[InboxFile]], read: Read = read_files) -> None:
        self._groups = groups
        self._read = read
        self._queue: Queue[_Piece] = Queue(AHEAD)
        self._over = threading.Event()
        self._next = 0
        self._thread = threading.Thread(target=self._work, name="reading ahead", daemon=True)

    def __enter__(self) -> ReadAhead:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(LONGEST_GOODBYE)

    def reader(self, files: Sequence[InboxFile]) -> Iterator[tuple[InboxFile, Iterator[Member]]]:
        """The next group, where its files are these very ones; any others are read here and now. What was not taken before is dropped."""
        group = next((n for n in range(self._next, len(self._groups)) if self._groups[n] is files), None)
        if group is None:
            yield from ((file, iter(members)) for file, members in self._read(files))
            return
        self._next = group + 1
        piece = self._take(group)
        while piece.file is not None:
            rest = self._members(group)
            yield piece.file, rest
            for _ in rest:
                pass
            piece = self._begun
        if piece.error is not None:
            raise piece.error

    def _members(self, group: int) -> Iterator[Member]:
        """The members of the file that has begun; afterwards `_begun` is what came next."""
        while True:
            self._begun = piece = self._take(group)
            if piece.member is None:
                return
            yield piece.member

    def _take(self, group: int) -> _Piece:
        while (piece := self._queue.get()).group < group:
            pass
        return piece

    # -- in the thread --

    def _work(self) -> None:
        try:
            for group, files in enumerate(self._groups):
                self._put(self._read_group(group, files))
        except _Stopped:
            pass
        finally:
            sandbox.stop_here()

    def _read_group(self, group: int, files: Sequence[InboxFile]) -> Iterator[_Piece]:
        try:
            for file, members in self._read(files):
                yield _Piece(group, file)
                for member in members:
                    yield _Piece(group, file, member)
        except Exception as error:  # whoever scans this group hears of it
            yield _Piece(group, error=error)
        else:
            yield _Piece(group)

    def _put(self, pieces: Iterator[_Piece]) -> None:
        for piece in pieces:
            while True:
                if self._over.is_set():
                    raise _Stopped
                try:
                    self._queue.put(piece, timeout=PATIENCE)
                    break
                except Full:
                    continue


class _Stopped(Exception):
    """Nobody wants the rest."""
