"""A second process that reads prose: started when there is much of it, kept warm, ended with its parent.

Texts and spans go through its standard input and output as lengths and JSON, nothing through a file. It is told what it needs to build
the same recognizers, has no key and no register, and dumps no core. If it is lost, the parent reads on alone.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from scanners.detectors.found import Finds, Found

if TYPE_CHECKING:
    from scanners.detectors.engine import Setup

LENGTH = struct.Struct(">Q")
LONGEST_ANSWER = 1 << 30
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")

Read = Callable[[Sequence[str]], Iterator[Finds]]


class Second:
    """The parent's end."""

    def __init__(self, setup: Setup) -> None:
        root = str(Path(__file__).resolve().parents[2])
        code = f"import sys; sys.path.insert(0, {root!r}); from scanners.detectors.worker import serve; serve()"
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self.lost = False
        atexit.register(self.close)
        with contextlib.suppress(OSError):
            self._send({"parent": self.owner, "path": [p for p in sys.path if p], "setup": asdict(setup)})

    def share(self, chunks: Sequence[Sequence[str]], read: Read) -> Iterator[list[Finds]]:
        """The finds of each chunk, in order: this process takes from the front, the second one from the back."""
        waiting = deque(range(len(chunks)))
        done: dict[int, list[Finds]] = {}
        theirs = threading.Thread(target=self._work, args=(chunks, waiting, done), daemon=True)
        theirs.start()
        with contextlib.suppress(IndexError):
            while True:
                number = waiting.popleft()
                done[number] = list(read(chunks[number]))
        theirs.join()
        for number, chunk in enumerate(chunks):
            yield done.pop(number) if number in done else list(read(chunk))

    def _work(self, chunks: Sequence[Sequence[str]], waiting: deque[int], done: dict[int, list[Finds]]) -> None:
        while not self.lost:
            try:
                number = waiting.pop()
            except IndexError:
                return
            try:
                self._send(list(chunks[number]))
                answer = _receive(self._pipe(self.process.stdout))
                done[number] = [_finds(it) for it in answer]
                if len(done[number]) != len(chunks[number]):
                    raise ValueError
            except (OSError, ValueError, TypeError, EOFError, struct.error):
                done.pop(number, None)
                self.lost = True

    def _send(self, message: object) -> None:
        _send(self._pipe(self.process.stdin), message)

    @staticmethod
    def _pipe(end: Any) -> BinaryIO:
        if end is None or end.closed:
            raise OSError
        pipe: BinaryIO = end
        return pipe

    def close(self) -> None:
        """End the process; what it was told dies with it."""
        atexit.unregister(self.close)
        if self.owner != os.getpid():
            return
        self.lost = True
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        for end in (self.process.stdin, self.process.stdout):
            if end:
                with contextlib.suppress(OSError):
                    end.close()
        self.process.wait()


def _finds(told: Any) -> Finds:
    found, gave_up = told
    return Finds(tuple(Found(*it) for it in found), tuple(gave_up))


def _send(pipe: BinaryIO, message: object) -> None:
    data = json.dumps(message).encode()
    pipe.write(LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: BinaryIO) -> Any:
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    if length > LONGEST_ANSWER:
        raise ValueError
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return json.loads(data)


# -- in the second process ----------------------------------------------------------------------------------------------------------


def serve() -> None:
    """Read what comes, until the parent is gone."""
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nobody else's words may get among ours
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, BrokenPipeError):
        told = _receive(incoming)
        _ends_with(int(told["parent"]))
        sys.path.extend(p for p in told["path"] if p not in sys.path)
        from scanners.detectors.engine import Reader, Setup

        setup = told["setup"]
        reader = Reader(Setup(**setup | {"places": tuple(setup["places"]), "recognizers": tuple(setup["recognizers"])}))
        while True:
            texts = _receive(incoming)
            _send(outgoing, [[[astuple(f) for f in it.found], it.gave_up] for it in reader.read(texts)])


def _ends_with(parent: int) -> None:
    """Die when the parent does, also when it is killed while this process works."""

    def watch() -> None:
        import time

        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


__all__ = ["Second", "serve"]
