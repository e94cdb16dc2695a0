"""Reading vendor files where they can do no harm: each in a child process of its own, within limits, thrown away afterwards.

A warm process (the server) has the readers imported and forks one child a file, so that a file costs a few milliseconds. The
child can write no file and hold no more than its share of memory; it answers through a pipe, in Arrow IPC and JSON, and is
believed nothing that does not check. Nothing it says on its error output is kept: tracebacks quote values.

A large text comes in parts, each when it is asked for: the child makes the next one ready meanwhile, and no more than that.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import hashlib
import importlib
import inspect
import io
import json
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import pyarrow as pa
import pyarrow.compute as pc

from scanners import readers
from scanners.errors import Quarantine, TryTomorrow
from scanners.intake import InboxFile
from scanners.readers import archive, parts
from scanners.readers.encoding import Survey
from scanners.readers.source import DEFAULT_LIMITS, Limits, Parts, Reading, Source
from scanners.schemas import TRACKER_COLUMNS, ParsedFile, TextTable

__all__ = ["Limits", "Member", "read_file", "read_files"]

_LENGTH = struct.Struct(">Q")
_MAX_HEADER = 64 * 1024 * 1024
_OUT_OF_MEMORY = 77
_STATUSES = frozenset({"scanned", "partly_scanned", "quarantined"})
_TIMES = "times"
_READY = b"r"
_START_SECONDS = 120
_TEXT_TYPES = (pa.string(), pa.dictionary(pa.int32(), pa.string()))
_TOLD_BYTES = 64 * 1024 * 1024
_USUAL_RATIO = 8
"""A packed file may be so much larger once it is unpacked, and is looked into."""
_LEAST_ROWS = 1_000
_SAMPLE_ROWS = 20_000
_PIPE_BYTES = 1024 * 1024
_CHANGED = "the file was changed while it was read"


Numbered = tuple[int, "Member"]


@dataclass(frozen=True)
class Member:
    """The reading of an inbox file, or of one member of it. `path` is relative to the delivery, members after `!/`.

    A large text is several of these in a row, of one path: `part` counts from 0, all but the `last` are `scanned` and hold tables
    only, the last has the status, the reason and what belongs to no part. Their columns have the same names and order; a part may
    lack those in which it has nothing.
    """

    path: str
    sha256: str
    bytes: int
    parsed: ParsedFile
    facts: dict[str, object] | None = None
    part: int = 0
    last: bool = True


def read_files(files: Sequence[InboxFile], limits: Limits = DEFAULT_LIMITS) -> Iterator[tuple[InboxFile, Iterator[Member]]]:
    """Each file with its members, in order and as they are read: an archive's own row comes after those of what is in it.

    The members of a file are taken before the next file is asked for. Never raises for what is in a file; raises `TryTomorrow`
    where this machine cannot start the process that reads.
    """
    for file in files:
        members = _members(file, limits)
        yield file, members
        if inspect.getgeneratorstate(members) == inspect.GEN_SUSPENDED:
            members.close()


def read_file(file: InboxFile, limits: Limits = DEFAULT_LIMITS) -> list[Member]:
    """One file and its members at once; first the file itself, then what is in it.

    A child that dies, hangs or needs too much leaves a quarantined row with the reason.
    """
    return [member for _, member in sorted(_numbered(file, limits), key=lambda numbered: numbered[0])]


def _members(file: InboxFile, limits: Limits) -> Generator[Member]:
    for _, member in _numbered(file, limits):
        yield member


def _numbered(file: InboxFile, limits: Limits) -> Iterator[Numbered]:
    """The members as they are done, with the numbers by which they were begun."""
    if not file.sha256 or file.kind == "delivery":
        kind = "delivery" if file.kind == "delivery" else "unknown"
        yield 0, _quarantined(file, file.reason or "could not be read", format_name=kind)
        return
    for _ in range(2):
        # A server that is lost between two files (killed, out of memory) costs a new one; lost again, it was the file.
        answer = _Answer(file)
        try:
            yield from _server().read(answer, limits)
        except OSError:
            answer.failure = "the reading process was lost"
            if not answer.told:
                continue
        break
    yield from answer.unfinished()


def _quarantined(file: InboxFile, reason: str, format_name: str = "unknown") -> Member:
    return Member(file.relative, file.sha256, file.bytes, ParsedFile(format_name, status="quarantined", reason=reason))


# ---- in the parent ---------------------------------------------------------------------------------------------------


@dataclass
class _Begun:
    """A member of which the child has said that it reads it."""

    path: str
    sha256: str
    bytes: int
    parts: int = 0
    done: bool = False


@dataclass
class _Answer:
    """What the child said of one file: by number, what was begun; and how the child ended."""

    file: InboxFile
    begun: dict[int, _Begun] = field(default_factory=dict)
    failure: str | None = None
    told: bool = False

    def take(self, header: dict[str, object], body: memoryview) -> Iterator[Numbered]:
        """One message. Raises where it makes no sense."""
        if header["say"] == "reading":
            return
        number = int(cast(int, header["number"]))
        if header["say"] == "begin":
            self._begin(number, header)
            return
        begun = self.begun[number]
        if begun.done:
            raise ValueError
        begun.done = header["say"] == "done"
        parsed = _parsed(header, body)
        if begun.done and header["sha256"] is not None and header["sha256"] != self.file.sha256:
            parsed = self._of_changed(parsed, begun)
        facts = cast("dict[str, object] | None", header["facts"])
        member = Member(begun.path, begun.sha256, begun.bytes, parsed, facts, begun.parts, begun.done)
        begun.parts += 1
        self.told = True
        yield number, member

    def _begin(self, number: int, header: dict[str, object]) -> None:
        """A file that is read in parts has its hash told at the end of them."""
        sha256 = _optional(header["sha256"])
        self.begun[number] = _Begun(str(header["path"]), sha256 or self.file.sha256, int(cast(int, header["bytes"])))
        if number == 0 and sha256 not in (None, self.file.sha256):
            raise _Changed

    def _of_changed(self, parsed: ParsedFile, begun: _Begun) -> ParsedFile:
        if not begun.parts:
            return ParsedFile("unknown", status="quarantined", reason=_CHANGED)
        return replace(parsed, status="partly_scanned", reason="; ".join(r for r in (_CHANGED, parsed.reason) if r))

    def unfinished(self) -> Iterator[Numbered]:
        """What was begun and not finished is what the child failed at."""
        failure = self.failure or "the reader stopped"
        if not self.begun or failure == _CHANGED:
            yield 0, _quarantined(self.file, failure)
            return
        for number, begun in sorted(self.begun.items()):
            if begun.done:
                continue
            inside = any(b.done or b.parts for b in self.begun.values() if b.path.startswith(begun.path + archive.SEPARATOR))
            parsed = ParsedFile("unknown", status="partly_scanned" if begun.parts or inside else "quarantined", reason=failure)
            yield number, Member(begun.path, begun.sha256, begun.bytes, parsed, None, begun.parts)


class _Changed(Exception):
    """The file is not the one that the inventory saw."""


class _Server:
    """The warm process and the way to it. One file at a time: a second caller waits."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.holder = 0
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        root = str(Path(__file__).resolve().parent.parent)
        code = f"import sys; sys.path.insert(0, {root!r}); from scanners.sandbox import serve; serve({theirs.fileno()})"
        environment = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")}
        # The allocators otherwise reserve address space by the gigabyte, which the limit would count.
        environment |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        self.control = ours
        self.control.settimeout(_START_SECONDS)
        try:
            _exactly(self.control, len(_READY))
        except OSError:
            self.stop()
            raise TryTomorrow("the process that reads files could not be started") from None

    @property
    def usable(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def stop(self) -> None:
        """End the process and its child, if it is ours."""
        self.control.close()
        if self.owner == os.getpid():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def read(self, answer: _Answer, limits: Limits) -> Iterator[Numbered]:
        """What the child says of the answer's file. Raises `OSError` when the server itself is lost."""
        self._claim()
        try:
            yield from self._read(answer, limits)
        except OSError:
            self.stop()
            raise
        finally:
            self.lock.release()

    def _claim(self) -> None:
        if not self.lock.acquire(blocking=False):
            if self.holder == threading.get_ident():
                raise RuntimeError("the members of a file must be taken before another file is read")
            self.lock.acquire()
        self.holder = threading.get_ident()

    def _read(self, answer: _Answer, limits: Limits) -> Iterator[Numbered]:
        pipe = self._order(answer.file, limits)
        try:
            yield from _receive(pipe, answer, limits)
        except BaseException:
            with contextlib.suppress(OSError):
                self._end(pipe, kill=True)
            raise
        late = answer.failure
        code = self._end(pipe, kill=late is not None)
        answer.failure = late or _cause(code, limits)

    def _order(self, file: InboxFile, limits: Limits) -> int:
        """Have a child begin; the pipe through which it answers."""
        order = {
            "path": os.fsencode(file.path).hex(),
            "relative": file.relative,
            "kind": file.kind,
            "bytes": file.bytes,
            "limits": asdict(limits),
        }
        reading, writing = os.pipe()
        with contextlib.suppress(AttributeError, OSError):  # fewer turns between two busy processes
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        try:
            message = json.dumps(order).encode()
            socket.send_fds(self.control, [_LENGTH.pack(len(message))], [writing])
            self.control.sendall(message)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return reading

    def _end(self, pipe: int, kill: bool) -> int:
        """Wait for the child's end; its exit code."""
        os.close(pipe)
        if kill:
            self.control.sendall(b"k")
        code: int = struct.unpack(">bQ", _exactly(self.control, 1 + _LENGTH.size))[0]
        self.control.sendall(b".")  # tells a kill order that came too late from the next file
        return code


def _cause(code: int, limits: Limits) -> str | None:
    if code == 0:
        return None
    if code == _OUT_OF_MEMORY or code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
        return f"needed more than {limits.memory_bytes / 2**30:.3g} GB" if code == _OUT_OF_MEMORY else "the reader crashed"
    if code == -signal.SIGXCPU:
        return "needed too much computing time"
    if code == -signal.SIGKILL:
        return "the reader was killed"
    return "the reader stopped"


def _receive(pipe: int, answer: _Answer, limits: Limits) -> Iterator[Numbered]:
    """The members as they come until the child closes its end, or until it is given up: `answer.failure` says why."""
    messages = _Messages(pipe, limits, limits.seconds_in_all(answer.file.bytes))
    try:
        while (message := messages.next()) is not None:
            yield from answer.take(*message)
    except _GivenUp as error:
        answer.failure = str(error)
    except _Changed:
        answer.failure = _CHANGED
    except (ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
        answer.failure = "the reader's answer could not be understood"


class _GivenUp(Exception):
    """The child took too long or said too much."""


class _Messages:
    """The messages that come through a pipe. Time counts while they are waited for, not while those before are worked on."""

    def __init__(self, pipe: int, limits: Limits, seconds_in_all: float) -> None:
        self.pipe, self.limits = pipe, limits
        self.left_in_all = seconds_in_all
        self.left = limits.seconds

    def next(self) -> tuple[dict[str, object], memoryview] | None:
        """(header, body); None at the end. Raises `_GivenUp`."""
        self.left = self.limits.seconds
        lengths = self._exactly(2 * _LENGTH.size)
        if lengths is None:
            return None
        header_length, body_length = int(_LENGTH.unpack_from(lengths, 0)[0]), int(_LENGTH.unpack_from(lengths, _LENGTH.size)[0])
        if header_length > _MAX_HEADER:
            raise ValueError
        if body_length > self.limits.answer_bytes:
            raise _GivenUp(f"its tables are larger than {self.limits.answer_bytes / 2**30:.3g} GB")
        header, body = self._exactly(header_length), self._exactly(body_length)
        if header is None or body is None:
            return None
        return json.loads(bytes(header), object_hook=_revive), body

    def _exactly(self, count: int) -> memoryview | None:
        """So many bytes; None where the end comes before them."""
        data = memoryview(bytearray(count))
        place = 0
        while place < count:
            self._wait()
            taken = os.readv(self.pipe, [data[place:]])
            if not taken:
                return None
            place += taken
        return data

    def _wait(self) -> None:
        started = time.monotonic()
        wait = min(self.left, self.left_in_all)
        ready = wait > 0 and select.select([self.pipe], [], [], wait)[0]
        spent = time.monotonic() - started
        self.left, self.left_in_all = self.left - spent, self.left_in_all - spent
        if not ready:
            raise _GivenUp(f"reading took longer than {self.limits.seconds:g} s")


def _parsed(header: dict[str, object], body: memoryview) -> ParsedFile:
    tables = []
    position = 0
    for told in cast(list[dict[str, object]], header["tables"]):
        length = int(cast(int, told["length"]))
        tables.append(_table(told, body[position : position + length]))
        position += length
    if header["status"] not in _STATUSES:
        raise ValueError
    hosts = tuple(str(h) for h in cast(list[object], header["page_hosts"]))
    return ParsedFile(str(header["format"]), tuple(tables), header["status"], _optional(header["reason"]), hosts)  # type: ignore[arg-type]


def _table(told: dict[str, object], ipc: memoryview) -> TextTable:
    data = pa.ipc.open_stream(pa.py_buffer(ipc)).read_all()
    data.validate(full=True)
    times = data.column(data.num_columns - 1).combine_chunks() if told["has_times"] else None
    if told["has_times"]:
        data = data.remove_column(data.num_columns - 1)
    if any(field.type not in _TEXT_TYPES for field in data.schema) or len(set(data.column_names)) != data.num_columns:
        raise ValueError
    role = "trackers" if told["role"] == "trackers" else "records"
    if role == "trackers" and tuple(data.column_names) != TRACKER_COLUMNS:
        raise ValueError
    return TextTable(str(told["name"]), data, times, _optional(told["receiver"]), _optional(told["sender"]), role)  # type: ignore[arg-type]


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


_servers: dict[int, _Server] = {}
_servers_lock = threading.Lock()


def _server() -> _Server:
    """This thread's server, started at first use and again when it was lost; a forked process gets one of its own."""
    with _servers_lock:
        if not _servers:
            atexit.register(stop)
        here = threading.get_ident()
        known = _servers.get(here)
        if known is None or not known.usable:
            if known is not None:
                known.stop()
            _servers[here] = known = _Server()
        return known


def stop() -> None:
    """End the warm processes, if there are any; the next file starts another."""
    with _servers_lock:
        while _servers:
            _servers.popitem()[1].stop()


def stop_here() -> None:
    """End this thread's."""
    with _servers_lock:
        if (known := _servers.pop(threading.get_ident(), None)) is not None:
            known.stop()


# ---- in the server ---------------------------------------------------------------------------------------------------


def serve(control_fd: int) -> None:
    """Fork a child for each order that comes, watch it, say how it ended; until the other side is gone."""
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.meta_path.insert(0, _NoPandas())
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    control = socket.socket(fileno=control_fd)
    _warm_up()
    control.sendall(_READY)
    while True:
        length, fds, _, _ = socket.recv_fds(control, _LENGTH.size, 1)
        if not length or not fds:
            return
        order = json.loads(_exactly(control, _LENGTH.unpack(length)[0]))
        code = _watch(control, fds[0], order)
        if code is None:
            return
        control.sendall(struct.pack(">bQ", code, 0))
        while control.recv(1) not in (b".", b""):
            pass


class _NoPandas:
    """Arrow imports pandas when it makes its first array, which takes a second and 60 MB: nothing here needs it."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _warm_up() -> None:
    """Do once what every child would otherwise do first: lazy imports, compiled patterns."""
    for name, data in (("a.csv", b"a,b\n1,2\n"), ("a.json", b'[{"a": 1}]'), ("a.txt", b"a\xe9\n")):
        for table in readers.read(Source(name, data, "export")).parsed.tables:
            pa.ipc.open_stream(_ipc(table)).read_all()
    importlib.import_module("pypdf")  # a third of a second, which each PDF would pay
    gc.freeze()


def _watch(control: socket.socket, pipe: int, order: dict[str, object]) -> int | None:
    """Run one child to its end, or kill it when told to. Its exit code, minus the signal; None when the parent is gone."""
    alive, dying = os.pipe()
    child = os.fork()
    if child == 0:
        control.close()
        os.close(alive)
        _run_child(pipe, order)
    os.close(pipe)
    os.close(dying)
    gone = False
    watched = [alive, control.fileno()]
    while alive not in (ready := select.select(watched, [], [])[0]):
        if control.fileno() in ready:
            gone = not control.recv(1)
            os.kill(child, signal.SIGKILL)
            if gone:
                break
    os.close(alive)
    _, status = os.waitpid(child, 0)
    return None if gone else os.waitstatus_to_exitcode(status)


def _exactly(stream: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = stream.recv(count - len(data))
        if not chunk:
            raise ConnectionError
        data += chunk
    return data


# ---- in the child ----------------------------------------------------------------------------------------------------


def _run_child(pipe: int, order: dict[str, object]) -> None:
    """Read one file, answer, and end without running anything that the server had planned for its own end."""
    code = 1
    try:
        limits = Limits(**cast(dict[str, float], order["limits"]))  # type: ignore[arg-type]
        _confine(limits, int(cast(int, order["bytes"])))
        with os.fdopen(pipe, "wb") as out:
            _Child(out, limits, str(order["kind"])).read(bytes.fromhex(str(order["path"])), str(order["relative"]))
        code = 0
    except MemoryError:
        code = _OUT_OF_MEMORY
    except BaseException:
        code = 1
    finally:
        os._exit(code)


def _confine(limits: Limits, size: int) -> None:
    """Memory, processor time, files: none may be written, few opened, none dumped. What cannot be set here stays as it is."""
    processor = int(limits.seconds_in_all(size)) + 1
    wanted = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: processor,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for what, limit in wanted.items():
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS and refuses it
            resource.setrlimit(what, (limit, limit if what != resource.RLIMIT_CPU else limit + 5))


class _Child:
    """One file's reading, told through a pipe as it goes: what is begun, what is done."""

    def __init__(self, out: BinaryIO, limits: Limits, kind: str) -> None:
        self.out, self.limits, self.kind = out, limits, kind
        self.budget = archive.Budget(limits)
        self.count = 0

    def read(self, path: bytes, relative: str) -> None:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            name = relative.rpartition("/")[2]
            if size > self.limits.part_bytes and self._file_in_parts(name, stream, size, relative):
                return
            if size > self.limits.part_bytes // _USUAL_RATIO and self._packed_in_parts(name, stream, size, relative):
                return
            stream.seek(0)
            data = stream.read()
        self._source(Source(name, data, self.kind, self.limits), relative, depth=0)

    def _file_in_parts(self, name: str, stream: BinaryIO, size: int, path: str) -> bool:
        """Read the inbox file in parts, hashing it; False where it cannot be read so, and nothing was said of it."""
        found = self._begin_parts(name, stream, size)
        if found is None:
            return False
        number = self._begin(path, None, size)
        digest = hashlib.sha256()
        followed = self._followed(stream, digest)
        self._tell_parts(number, parts.read(found[0], followed, found[1], self.limits), found[0].format, None, digest.hexdigest)
        return True

    def _packed_in_parts(self, name: str, stream: BinaryIO, size: int, path: str) -> bool:
        """The same of a packed file: what is in it is unpacked once to measure it, and again to read it, but never held."""
        inner = archive.unpacked_name(name)
        try:
            packed = archive.PackedStream(stream, size, self.limits)
        except ValueError:
            return False
        unpacked = cast(BinaryIO, packed)
        if self.kind not in parts.KINDS or archive.unpacker(Source(inner, packed.read(parts.LEAST_HEAD), self.kind, self.limits)):
            return False
        digest = hashlib.sha256()
        length = _drained(unpacked, self._followed(unpacked, digest))
        if packed.refused or length <= self.limits.part_bytes or not (found := self._begin_parts(inner, unpacked, length)):
            return False
        whole = hashlib.sha256()
        _drained(stream, self._followed(stream, whole))
        container = self._begin(path, whole.hexdigest(), size)
        member = self._begin(archive.label(path, inner, set()), digest.hexdigest(), length)
        self._tell_parts(member, parts.read(found[0], self._followed(unpacked), found[1], self.limits), found[0].format, packed.problem)
        problems = [f"a member is {packed.problem}"] if packed.problem else []
        self._done(container, Reading(archive.container(packed.format, problems, read=1)))
        return True

    def _followed(self, stream: BinaryIO, digest: _Digest | None = None) -> BinaryIO:
        """A file whose reading is told, so that the parent does not give it up while there is progress; hashed where asked to."""
        return cast(BinaryIO, _Followed(stream, lambda: self._send({"say": "reading"}, []), digest))

    def _member_in_parts(self, source: Source, number: int, problem: str | None) -> bool:
        if len(source.data) <= self.limits.part_bytes:
            return False
        stream = io.BytesIO(source.data)
        found = self._begin_parts(source.name, stream, len(source.data))
        if found is None:
            return False
        self._tell_parts(number, parts.read(found[0], stream, found[1], self.limits), found[0].format, problem)
        return True

    def _begin_parts(self, name: str, stream: BinaryIO, size: int) -> tuple[Parts, Survey] | None:
        stream.seek(0)
        head = Source(name, stream.read(parts.LEAST_HEAD), self.kind, self.limits)
        if archive.unpacker(head):
            return None
        with contextlib.suppress(Exception):  # whatever is wrong with it, the reading as a whole will say
            return readers.in_parts(head, self._followed(stream), size)
        return None

    def _tell_parts(
        self,
        number: int,
        reading: Iterator[tuple[ParsedFile, bool]],
        format_name: str,
        problem: str | None,
        sha256: Callable[[], str] | None = None,
    ) -> None:
        told = False
        try:
            for parsed, last in reading:
                if last:
                    break
                self._done(number, Reading(parsed), say="part")
                told = True
                del parsed  # before the next is made
        except (MemoryError, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as error:
            reason = error.reason if isinstance(error, Quarantine) else f"the reader failed: {type(error).__name__}"
            parsed = ParsedFile(format_name, status="partly_scanned" if told else "quarantined", reason=reason)
        self._done(number, _flagged(Reading(parsed), problem), sha256=sha256() if sha256 else None)

    def _source(self, source: Source, path: str, depth: int, problem: str | None = None) -> None:
        number = self._begin(path, hashlib.sha256(source.data).hexdigest(), len(source.data))
        if self._member_in_parts(source, number, problem):
            return
        unpacker = archive.unpacker(source)
        if unpacker and depth >= self.limits.archive_depth:
            self._done(
                number,
                Reading(ParsedFile(unpacker[0], status="quarantined", reason=f"archives nested deeper than {self.limits.archive_depth}")),
            )
        elif unpacker:
            self._done(number, Reading(self._archive(*unpacker, source, path, depth, problem)))
        else:
            self._done(number, _flagged(self._with_attached(_guarded(source), path, depth), problem))

    def _archive(
        self, format_name: str, unpack: archive.Unpacker, source: Source, path: str, depth: int, problem: str | None
    ) -> ParsedFile:
        problems = [problem] if problem else []
        read = self._members(unpack(source, self.budget), path, depth, problems)
        return archive.container(format_name, problems, read)

    def _with_attached(self, reading: Reading, path: str, depth: int) -> Reading:
        """The same reading, once the files that lie within it are read as members of their own."""
        if reading.attached is None:
            return reading
        if depth >= self.limits.archive_depth:
            return _flagged(reading, f"files within it, nested deeper than {self.limits.archive_depth}, are not read")
        problems: list[str] = []
        read = self._members(reading.attached(self.budget), path, depth, problems)
        return _flagged(reading, archive.container(reading.parsed.format, problems, read).reason)

    def _members(self, members: Iterator[archive.Unpacked], path: str, depth: int, problems: list[str]) -> int:
        """Read members as they are unpacked; what was wrong goes into `problems`. How many were read."""
        taken: set[str] = set()
        read = 0
        try:
            for member in members:
                label = archive.label(path, member.name, taken)
                name = member.name.replace("\\", "/").rpartition("/")[2]
                if member.problem:
                    problems.append(f"a member is {member.problem}")
                if member.unread:
                    number = self._begin(label, hashlib.sha256().hexdigest(), 0)
                    self._done(number, Reading(ParsedFile("unknown", status="quarantined", reason=member.problem)))
                    continue
                read += 1
                self._source(Source(name, member.data, self.kind, self.limits), label, depth + 1, member.problem)
        except Quarantine as error:
            problems.append(error.reason)
        except archive.Refused as refused:
            problems.append(str(refused))
        return read

    def _begin(self, path: str, sha256: str | None, size: int) -> int:
        number, self.count = self.count, self.count + 1
        self._send({"say": "begin", "number": number, "path": path, "sha256": sha256, "bytes": size}, [])
        return number

    def _done(self, number: int, reading: Reading, say: str = "done", sha256: str | None = None) -> None:
        parsed = reading.parsed
        bodies = [_ipc(table, self.kind in parts.KINDS) for table in parsed.tables]
        told = [
            {
                "name": t.name,
                "receiver": t.receiver,
                "sender": t.sender,
                "role": t.role,
                "has_times": t.times is not None,
                "length": len(body),
            }
            for t, body in zip(parsed.tables, bodies, strict=True)
        ]
        header = {
            "say": say,
            "number": number,
            "sha256": sha256,
            "format": parsed.format,
            "status": parsed.status,
            "reason": parsed.reason,
            "page_hosts": parsed.page_hosts,
            "facts": reading.facts,
            "tables": told,
        }
        self._send(header, bodies)

    def _send(self, header: dict[str, object], bodies: list[pa.Buffer]) -> None:
        raw = json.dumps(header, default=_date_to_json).encode()
        self.out.write(_LENGTH.pack(len(raw)) + _LENGTH.pack(sum(len(b) for b in bodies)) + raw)
        for body in bodies:
            self.out.write(body)
        self.out.flush()


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class _Followed:
    """A file that says now and then that it is read, and hashes its bytes as they go by: from its start to its end, then."""

    def __init__(self, stream: BinaryIO, tell: Callable[[], None], digest: _Digest | None) -> None:
        self._stream, self._tell, self._digest = stream, tell, digest
        self._untold = 0

    def seek(self, position: int) -> int:
        return self._stream.seek(position)

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if self._digest:
            self._digest.update(data)
        self._untold += len(data)
        if self._untold > _TOLD_BYTES:
            self._untold = 0
            self._tell()
        return data


def _drained(stream: BinaryIO, followed: BinaryIO) -> int:
    """Read a file from its start to its end; how long it is."""
    stream.seek(0)
    length = 0
    while data := followed.read(_PIPE_BYTES):
        length += len(data)
    return length


def _guarded(source: Source) -> Reading:
    """A reader's answer, or a quarantined one: an error of a reader is this member's, not the archive's."""
    try:
        return readers.read(source)
    except Quarantine as error:
        return Reading(ParsedFile(source.extension or "unknown", status="quarantined", reason=error.reason))
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:
        return Reading(ParsedFile(source.extension or "unknown", status="quarantined", reason=f"the reader failed: {type(error).__name__}"))


def _flagged(reading: Reading, problem: str | None) -> Reading:
    if problem is None or reading.parsed.status == "quarantined":
        return reading
    reason = "; ".join(part for part in (problem, reading.parsed.reason) if part)
    return replace(reading, parsed=replace(reading.parsed, status="partly_scanned", reason=reason))


def _ipc(table: TextTable, repeats: bool = False) -> pa.Buffer:
    data = _encoded(table.data) if repeats and table.role == "records" else table.data
    data = data if table.times is None else data.append_column(_TIMES, table.times)
    size = pa.MockOutputStream()
    _write(data, size)
    buffer = pa.allocate_buffer(size.size())
    _write(data, pa.FixedSizeBufferWriter(buffer))
    return buffer


def _write(data: pa.Table, sink: pa.NativeFile) -> None:
    with pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data)


def _encoded(data: pa.Table) -> pa.Table:
    """The columns of fewer distinct values than half of the rows as these values and, for each row, which: less to send, and the
    parent need not look for them."""
    if data.num_rows < _LEAST_ROWS:
        return data
    for number, name in enumerate(data.column_names):
        column = data.column(number).combine_chunks()
        if pc.count_distinct(column[:_SAMPLE_ROWS]).as_py() > 0.95 * min(_SAMPLE_ROWS, data.num_rows):
            continue
        encoded = column.dictionary_encode()
        if len(encoded.dictionary) * 2 < data.num_rows:
            data = data.set_column(number, name, encoded)
    return data


def _date_to_json(value: object) -> object:
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError


def _revive(value: dict[str, object]) -> object:
    return date.fromisoformat(str(value["$date"])) if set(value) == {"$date"} else value
