"""Reading vendor files where they can do no harm: each in a child process of its own, within limits, thrown away afterwards.

A warm process (the server) has the readers imported and forks one child a file, so that a file costs a few milliseconds. The
child can write no file and hold no more than its share of memory; it answers through a pipe, in Arrow IPC and JSON, and is
believed nothing that does not check. Nothing it says on its error output is kept: tracebacks quote values.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import hashlib
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
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from scanners import readers
from scanners.errors import Quarantine, TryTomorrow
from scanners.intake import InboxFile
from scanners.readers import archive
from scanners.readers.source import DEFAULT_LIMITS, Limits, Reading, Source
from scanners.schemas import TRACKER_COLUMNS, ParsedFile, TextTable

__all__ = ["Limits", "Member", "read_file", "read_files"]

_LENGTH = struct.Struct(">Q")
_MAX_HEADER = 64 * 1024 * 1024
_OUT_OF_MEMORY = 77
_STATUSES = frozenset({"scanned", "partly_scanned", "quarantined"})
_TIMES = "times"
_READY = b"r"
_START_SECONDS = 120


@dataclass(frozen=True)
class Member:
    """The reading of an inbox file, or of one member of it. `path` is relative to the delivery, members after `!/`."""

    path: str
    sha256: str
    bytes: int
    parsed: ParsedFile
    facts: dict[str, object] | None = None


def read_files(files: Sequence[InboxFile], limits: Limits = DEFAULT_LIMITS) -> Iterator[tuple[InboxFile, list[Member]]]:
    """Each file with its members, in order; first the file itself, then what is in it. Never raises for what is in a file.

    Raises `TryTomorrow` where this machine cannot start the process that reads.
    """
    for file in files:
        yield file, read_file(file, limits)


def read_file(file: InboxFile, limits: Limits = DEFAULT_LIMITS) -> list[Member]:
    """One file and its members. A child that dies, hangs or needs too much leaves a quarantined row with the reason."""
    if not file.sha256 or file.kind == "delivery":
        return [_quarantined(file, file.reason or "could not be read", format_name="delivery" if file.kind == "delivery" else "unknown")]
    for _ in range(2):
        # A server that is lost between two files (killed, out of memory) costs a new one; lost again, it was the file.
        with contextlib.suppress(OSError):
            return _members(file, _server().read(file, limits))
    return [_quarantined(file, "the reading process was lost")]


def _quarantined(file: InboxFile, reason: str, format_name: str = "unknown") -> Member:
    return Member(file.relative, file.sha256, file.bytes, ParsedFile(format_name, status="quarantined", reason=reason))


# ---- in the parent ---------------------------------------------------------------------------------------------------


@dataclass
class _Answer:
    """What came through the pipe: by number, what was begun and what was finished; and how the child ended."""

    begun: dict[int, tuple[str, str, int]]
    members: dict[int, Member]
    failure: str | None = None


def _members(file: InboxFile, answer: _Answer) -> list[Member]:
    """All rows in the order in which they were begun. What was begun and not finished is what the child failed at."""
    failure = answer.failure or "the reader stopped"
    for number, (path, sha256, size) in sorted(answer.begun.items()):
        if number in answer.members:
            continue
        inside = any(m.path.startswith(path + archive.SEPARATOR) for m in answer.members.values())
        status = "partly_scanned" if inside else "quarantined"
        answer.members[number] = Member(path, sha256, size, ParsedFile("unknown", status=status, reason=failure))  # type: ignore[arg-type]
    if not answer.members:
        return [_quarantined(file, failure)]
    members = [answer.members[number] for number in sorted(answer.members)]
    if members[0].sha256 != file.sha256:
        return [_quarantined(file, "the file was changed while it was read")]
    return members


class _Server:
    """The warm process and the way to it. One file at a time: a second caller waits."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.lock = threading.Lock()
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

    def read(self, file: InboxFile, limits: Limits) -> _Answer:
        """What the child said. Raises `OSError` when the server itself is lost."""
        with self.lock:
            try:
                return self._read(file, limits)
            except OSError:
                self.stop()
                raise

    def _read(self, file: InboxFile, limits: Limits) -> _Answer:
        order = {"path": os.fsencode(file.path).hex(), "relative": file.relative, "kind": file.kind, "limits": asdict(limits)}
        reading, writing = os.pipe()
        try:
            message = json.dumps(order).encode()
            socket.send_fds(self.control, [_LENGTH.pack(len(message))], [writing])
            self.control.sendall(message)
        finally:
            os.close(writing)
        answer = _Answer({}, {})
        try:
            late = _receive(reading, answer, limits)
        finally:
            os.close(reading)
        if late:
            self.control.sendall(b"k")
        ended = _exactly(self.control, 1 + _LENGTH.size)
        code = struct.unpack(">bQ", ended)[0]
        self.control.sendall(b".")  # tells a kill order that came too late from the next file
        answer.failure = late or _cause(code, limits)
        return answer


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


def _receive(pipe: int, answer: _Answer, limits: Limits) -> str | None:
    """Fill `answer` until the child closes its end. Why it was given up, or None."""
    started = last = time.monotonic()
    buffer = bytearray()
    total = 0
    while True:
        wait = min(last + limits.seconds, started + 10 * limits.seconds) - time.monotonic()
        if wait <= 0 or not select.select([pipe], [], [], wait)[0]:
            return f"reading took longer than {limits.seconds:g} s"
        chunk = os.read(pipe, 1 << 20)
        if not chunk:
            return None
        buffer += chunk
        total += len(chunk)
        if total > limits.answer_bytes:
            return f"its tables are larger than {limits.answer_bytes / 2**30:.3g} GB"
        try:
            while (taken := _take(buffer, answer)) > 0:
                del buffer[:taken]
                last = time.monotonic()
        except (ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
            return "the reader's answer could not be understood"


def _take(buffer: bytearray, answer: _Answer) -> int:
    """Take one message from the front of the buffer into `answer`; how long it was, 0 while it is not whole."""
    if len(buffer) < 2 * _LENGTH.size:
        return 0
    header_length, body_length = int(_LENGTH.unpack_from(buffer, 0)[0]), int(_LENGTH.unpack_from(buffer, _LENGTH.size)[0])
    if header_length > _MAX_HEADER:
        raise ValueError
    end = 2 * _LENGTH.size + header_length + body_length
    if len(buffer) < end:
        return 0
    start = 2 * _LENGTH.size + header_length
    header = json.loads(bytes(buffer[2 * _LENGTH.size : start]), object_hook=_revive)
    number = int(header["number"])
    if header["say"] == "begin":
        answer.begun[number] = (str(header["path"]), str(header["sha256"]), int(header["bytes"]))
    else:
        path, sha256, size = answer.begun[number]
        answer.members[number] = Member(path, sha256, size, _parsed(header, memoryview(bytes(buffer[start:end]))), header["facts"])
    return end


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
    if any(field.type != pa.string() for field in data.schema) or len(set(data.column_names)) != data.num_columns:
        raise ValueError
    role = "trackers" if told["role"] == "trackers" else "records"
    if role == "trackers" and tuple(data.column_names) != TRACKER_COLUMNS:
        raise ValueError
    return TextTable(str(told["name"]), data, times, _optional(told["receiver"]), _optional(told["sender"]), role)  # type: ignore[arg-type]


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


_current: _Server | None = None
_current_lock = threading.Lock()


def _server() -> _Server:
    """This process's server, started at first use and again when it was lost; a forked process gets one of its own."""
    global _current
    with _current_lock:
        if _current is None or not _current.usable:
            if _current is not None:
                _current.stop()
            else:
                atexit.register(stop)
            _current = _Server()
        return _current


def stop() -> None:
    """End the warm process, if there is one; the next file starts another."""
    global _current
    with _current_lock:
        if _current is not None:
            _current.stop()
        _current = None


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
        _confine(limits)
        with os.fdopen(pipe, "wb") as out:
            _Child(out, limits, str(order["kind"])).read(bytes.fromhex(str(order["path"])), str(order["relative"]))
        code = 0
    except MemoryError:
        code = _OUT_OF_MEMORY
    except BaseException:
        code = 1
    finally:
        os._exit(code)


def _confine(limits: Limits) -> None:
    """Memory, processor time, files: none may be written, few opened, none dumped. What cannot be set here stays as it is."""
    processor = int(limits.seconds * 10) + 1
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
            data = stream.read()
        name = relative.rpartition("/")[2]
        self._source(Source(name, data, self.kind, self.limits), relative, depth=0)

    def _source(self, source: Source, path: str, depth: int, problem: str | None = None) -> None:
        number = self._begin(path, source.data)
        unpacker = archive.unpacker(source)
        if unpacker and depth >= self.limits.archive_depth:
            self._done(
                number,
                Reading(ParsedFile(unpacker[0], status="quarantined", reason=f"archives nested deeper than {self.limits.archive_depth}")),
            )
        elif unpacker:
            self._done(number, Reading(self._archive(*unpacker, source, path, depth, problem)))
        else:
            self._done(number, _flagged(_guarded(source), problem))

    def _archive(
        self, format_name: str, unpack: archive.Unpacker, source: Source, path: str, depth: int, problem: str | None
    ) -> ParsedFile:
        problems = [problem] if problem else []
        taken: set[str] = set()
        read = 0
        try:
            for member in unpack(source, self.budget):
                label = archive.label(path, member.name, taken)
                name = member.name.replace("\\", "/").rpartition("/")[2]
                if member.problem:
                    problems.append(f"a member is {member.problem}")
                if member.unread:
                    number = self._begin(label, b"")
                    self._done(number, Reading(ParsedFile("unknown", status="quarantined", reason=member.problem)))
                    continue
                read += 1
                self._source(Source(name, member.data, self.kind, self.limits), label, depth + 1, member.problem)
        except Quarantine as error:
            problems.append(error.reason)
        except archive.Refused as refused:
            problems.append(str(refused))
        return archive.container(format_name, problems, read)

    def _begin(self, path: str, data: bytes) -> int:
        number, self.count = self.count, self.count + 1
        header = {"say": "begin", "number": number, "path": path, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        self._send(header, [])
        return number

    def _done(self, number: int, reading: Reading) -> None:
        parsed = reading.parsed
        bodies = [_ipc(table) for table in parsed.tables]
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
            "say": "done",
            "number": number,
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


def _ipc(table: TextTable) -> pa.Buffer:
    data = table.data if table.times is None else table.data.append_column(_TIMES, table.times)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data)
    return sink.getvalue()


def _date_to_json(value: object) -> object:
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError


def _revive(value: dict[str, object]) -> object:
    return date.fromisoformat(str(value["$date"])) if set(value) == {"$date"} else value
