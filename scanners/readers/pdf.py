"""PDF (ISO 32000), through pypdf: lines and drawn tables page by page, form fields, notes, properties; attached files are members.

Pages without text and pictures are named and not read. pypdf raises all kinds of errors on damaged files and mends much in silence:
every step is guarded for itself, and what was mended is said.
"""

from __future__ import annotations

import io
import logging
import re
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from scanners.errors import Quarantine
from scanners.readers import archive, evidence, tables
from scanners.readers.aligned import Cell, Drawn
from scanners.readers.forms import Forms
from scanners.readers.package import NO_WORD, words
from scanners.readers.source import Reading, Source, extension
from scanners.schemas import TextTable

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader  # a third of a second to import: only a child that reads one pays it

NOTES = "comments"

_MARK = b"%PDF-"
_SEARCHED = 1024
_PATIENCE = 0.7
"""The share of a member's time after which no further page is begun."""
_MAX_CONTENT = 16 * 1024 * 1024
_FEWEST_PIXELS = 100 * 100
_MOST_OBJECTS = 50_000
_DRAWS = re.compile(rb"(?:^|[\s\])>])(?:Do|BI|sh|f\*?|F|B\*?|b\*?|S|s|T[jJ])(?=\s|$)")
_INLINE, _SIZE = re.compile(rb"\sBI\s(.{0,400}?)\sID\s", re.S), re.compile(rb"/(W|H)(?:idth|eight)?\s+(\d{1,6})")
_UNKNOWN = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_NAMELESS = re.compile(
    r"(?:text|field|undefined|fill|untitled|check\s?box|drop\s?down|combo|radio|list|group|text\s?field)?[\s_-]*\d*", re.I
)
_HARMLESS = re.compile(r"rotated text|multiple definitions|overwriting cache|annotation sizes|ignoring wrong pointing", re.I)
_STREAM = re.compile(rb"stream\r?\n(.*?)(?:endstream|\Z)", re.S)
_TEXT_OBJECT = re.compile(rb"\bBT\b(.*?)(?:\bET\b|\Z)", re.S)
_STRING = re.compile(rb"\(((?:[^()\\]|\\.)*)\)", re.S)
_END = b"\nstartxref\n0\n%%EOF\n"
"""An end for a file that was cut off: it sends pypdf looking for the objects themselves."""
_MAX_LOOSE = 64 * 1024 * 1024

T = TypeVar("T")


class PdfFileReader:
    """Anything that says it is a PDF: at its start, or, where its name says so, near it."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return head.lstrip(b"\xef\xbb\xbf \t\r\n\x00").startswith(_MARK) or (extension(name) == "pdf" and _MARK in head[:_SEARCHED])

    def read(self, source: Source) -> Reading:
        until = time.monotonic() + _PATIENCE * source.limits.seconds
        with _warnings() as mended:
            whole = _opened(source.data)
            file = whole or _opened(source.data + _END)
            if file is None:
                return _loose(source.data)
            document = _Document(file, until)
            document.read()
        if not document.pages:
            return _loose(source.data)
        if any("fontTools" in words_ for words_ in mended):
            document.reasons.append("characters of some fonts may be read wrongly")
        if whole is None or any("fontTools" not in words_ for words_ in mended):
            document.reasons.append("the pdf is damaged in places")
        facts = evidence.facts_of_document(source, document.lines, document.forms.pairs, document.drawn.tables())
        attached = partial(_attached, document.files) if document.files else None
        return Reading(tables.parsed("pdf", document.all_tables(), None, {}, document.reasons), facts, attached)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What pypdf says that it mended or left out, meanwhile: its words, without the values."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not _HARMLESS.search(str(record.msg)):
                said.append(str(record.msg))

    logger, handler = logging.getLogger("pypdf"), Keep(logging.WARNING)
    spread = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = spread


def _opened(data: bytes) -> PdfReader | None:
    """The file, once it is known to open without a password; None where it is too damaged."""
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError

    try:
        file = PdfReader(io.BytesIO(data))
        if file.is_encrypted and not file.decrypt(""):
            raise Quarantine("the pdf is encrypted")
    except (Quarantine, MemoryError):
        raise
    except (FileNotDecryptedError, NotImplementedError):
        raise Quarantine("the pdf is encrypted") from None
    except Exception:
        return None
    return file


def _tried(step: Callable[[], T], otherwise: T) -> T:
    """A step that may fail in any way, and then is left out: who asks says what is missing."""
    try:
        return step()
    except MemoryError:
        raise
    except Exception:
        return otherwise


def _done(step: Callable[[], None]) -> bool:
    """Whether a step came to its end; what it found before it failed is kept."""
    try:
        step()
    except MemoryError:
        raise
    except Exception:
        return False
    return True


@dataclass
class _Document:
    """One file's reading."""

    file: PdfReader
    until: float
    lines: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    forms: Forms = field(default_factory=Forms)
    files: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    pages: int = 0
    complete: bool = True
    drawn: Drawn = field(default_factory=Drawn)
    _notes: list[tuple[str, str]] = field(default_factory=list)
    _properties: dict[tuple[str, str], None] = field(default_factory=dict)
    _missed: dict[str, list[int]] = field(default_factory=dict)
    _fields: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def read(self) -> None:
        self._read_pages()
        for what, step in (
            ()
            if not self.complete
            else (
                ("the properties", self._read_properties),
                ("the form's fields", self._read_fields),
                ("the outline", self._read_outline),
                ("the attached files", self._read_names),
            )
        ):
            if not _done(step):
                self.reasons.append(f"{what} cannot be read")
        self.forms.add((label, value) for label, value in self._fields.values() if value)
        for words_, numbers in self._missed.items():
            self.reasons.append(words_.format(_pages(numbers)))

    def all_tables(self) -> list[TextTable]:
        drawn = self.drawn.tables()
        lines = tables.lines_table(self.lines)
        found = [*([lines] if lines.data.num_rows or not drawn else []), *drawn, *self.forms.tables()]
        if self._notes:
            authors, texts = zip(*self._notes, strict=True)
            found.append(TextTable(NOTES, tables.columns_table({"author": authors, "comment": texts})))
        if self._properties:
            paths, values = zip(*self._properties, strict=True)
            found.append(TextTable(tables.PROPERTIES, tables.columns_table({"path": paths, "value": values})))
        return found if any(table.data.num_rows for table in found) else [lines] if self.pages else []

    # -- pages ---------------------------------------------------------------------------------------------------------------

    def _read_pages(self) -> None:
        count = _tried(lambda: len(self.file.pages), 0)
        strays = [] if count else list(_strays(self.file))
        if strays:
            self.reasons.append("the pdf is damaged: its pages are read as they lie in it, what is beside them is not")
            self.complete = False
        elif (told := _tried(lambda: int(self.file.root_object["/Pages"]["/Count"]), count)) > count:  # type: ignore[index]
            self.reasons.append(f"pages that cannot be found: {told - count:,}")
        count = count or len(strays)
        for number in range(1, count + 1):
            if time.monotonic() > self.until:
                self.reasons.append(f"pages {number:,} to {count:,} were not read: it took too long")
                return
            page = strays[number - 1] if strays else _tried(partial(self.file.get_page, number - 1), None)
            if page is None:
                self._miss("{} cannot be read", number)
                continue
            self.pages += 1
            self._read_page(page, number)
            if not _done(partial(self._read_annotations, page)):
                self._miss("notes of {} cannot be read", number)

    def _read_page(self, page: PageObject, number: int) -> None:
        content = _tried(lambda: _content(page), None)
        if content is None or len(content) > _MAX_CONTENT:
            self._miss("{} cannot be read" if content is None else "too large to be read: {}", number)
            return
        if not _tried(lambda: _is_intact(page), False):
            self._miss("damaged: {}", number)
        text = _tried(page.extract_text, None)
        if text is None:
            self._miss("{} cannot be read", number)
            return
        pixels = _tried(lambda: _pixels(page), _FEWEST_PIXELS) + _inline_pixels(content)
        if not text.strip():
            if pixels or _DRAWS.search(content):
                self._miss("no text on {} (a scan?)", number)
            return
        if pixels >= _FEWEST_PIXELS:
            self._miss("pictures of {} are not read", number)
        if len(_UNKNOWN.findall(text)) > len(text) // 10:
            self._miss("characters that the pdf does not explain on {}", number)
        self.drawn.taken = []
        self.drawn.add(_tried(lambda: _drawn_lines(page, content), []))
        taken = Counter("".join(line.split()) for line in self.drawn.taken)
        for line in text.replace("\x00", "").splitlines():
            bare = "".join(line.split())
            if taken[bare]:
                taken[bare] -= 1
            elif bare:
                self.lines.append(" ".join(line.split()))

    def _read_annotations(self, page: PageObject) -> None:
        for reference in page.annotations or ():
            note = reference.get_object()
            if note.get("/Subtype") == "/Widget":
                self._field(note)
                continue
            author = str(note.get("/T", "") or "").strip()
            told = [str(text).strip() for key in ("/Subj", "/Contents") if isinstance(text := note.get(key), str)]
            if not any(told) and isinstance(rich := note.get("/RC"), str):
                told = [text for _, text in words(rich.encode())]
            if text := "\n".join(filter(None, told)):
                self._notes.append((author, text))
            action = note.get("/A")
            if action is not None and isinstance(link := action.get_object().get("/URI"), (str, bytes)):
                self._say("link", link.decode("latin-1") if isinstance(link, bytes) else link)
            if (attached := note.get("/FS")) is not None:
                self.files.append(("", attached.get_object()))

    def _miss(self, words_: str, page: int) -> None:
        self._missed.setdefault(words_, []).append(page)

    # -- beside the pages ----------------------------------------------------------------------------------------------------

    def _read_properties(self) -> None:
        for key, value in (self.file.metadata or {}).items():
            if isinstance(value := value.get_object(), str) and key not in ("/Trapped", "/CreationDate", "/ModDate"):
                self._say(key.removeprefix("/").lower(), value)
        packet = self.file.root_object.get("/Metadata")
        if packet is not None:
            known = {value for _, value in self._properties}
            for tag, text in words(packet.get_object().get_data()):
                if text.strip() not in known and not NO_WORD.fullmatch(text.strip()):
                    self._say(f"xmp {tag}", text)

    def _read_fields(self) -> None:
        for name, told in (self.file.get_fields() or {}).items():
            if told.get("/FT") is not None:
                self._fields.setdefault(name, (_label(name, told.get("/TU")), _value(told.get("/V"))))
        packets = self.file.xfa or {}
        known = {value for _, value in self._fields.values()}
        for number, (tag, text) in enumerate(words(packets["datasets"]) if "datasets" in packets else ()):
            if text.strip() and text not in known:
                self._fields[f"xfa {number}"] = (tag, text)

    def _field(self, widget: Any) -> None:
        """A field by its place on the page: those that the form's directory does not list are found here alone."""
        names: list[str] = []
        told: dict[str, Any] = {}
        node = widget
        for _ in range(32):
            if isinstance(part := node.get("/T"), str):
                names.insert(0, part)
            for key in ("/V", "/TU"):
                if key not in told and node.get(key) is not None:
                    told[key] = node[key]
            if node.get("/Parent") is None:
                break
            node = node["/Parent"].get_object()
        if names:
            self._fields[".".join(names)] = (_label(".".join(names), told.get("/TU")), _value(told.get("/V")))

    def _read_outline(self) -> None:
        pending: list[Any] = list(self.file.outline)
        while pending:
            item = pending.pop(0)
            if isinstance(item, list):
                pending = [*item, *pending]
            elif isinstance(title := item.title, str):
                self._say("bookmark", title)

    def _read_names(self) -> None:
        names = self.file.root_object.get("/Names")
        tree = names.get_object().get("/EmbeddedFiles") if names is not None else None
        pending: list[tuple[Any, int]] = [(tree.get_object(), 0)] if tree is not None else []
        while pending:
            node, depth = pending.pop()
            pairs = list(node.get("/Names", ()))
            self.files += [(str(name), spec.get_object()) for name, spec in zip(pairs[::2], pairs[1::2], strict=False)]
            if depth < 32:
                pending += [(kid.get_object(), depth + 1) for kid in node.get("/Kids", ())]

    def _say(self, path: str, value: str) -> None:
        if text := value.replace("\x00", "").strip():
            self._properties[path, text] = None


def _strays(file: PdfReader) -> Iterator[PageObject]:
    """The pages of a file that has lost its directory of them: every object that says it is one."""
    from pypdf import PageObject
    from pypdf.generic import IndirectObject

    listed = [(n, generation) for generation, numbers in file.xref.items() for n in numbers] + [(n, 0) for n in file.xref_objStm]
    for number, generation in sorted(set(listed))[:_MOST_OBJECTS]:
        reference = IndirectObject(number, generation, file)
        told: Any = _tried(reference.get_object, None)
        if isinstance(told, dict) and told.get("/Type") == "/Page":
            page = PageObject(file, reference)
            page.update(told)
            if "/Resources" not in page and (above := _tried(partial(_inherited, told), None)) is not None:
                page.update({key: value for key, value in above.items() if key == "/Resources"})
            yield page


def _inherited(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """The nearest node above a page that has resources."""
    node = page["/Parent"].get_object()
    for _ in range(32):
        if "/Resources" in node:
            break
        node = node["/Parent"].get_object()
    return dict(node)


def _content(page: PageObject) -> bytes:
    contents = page.get_contents()
    return b"" if contents is None else bytes(contents.get_data())


def _is_intact(page: PageObject) -> bool:
    """Whether the checksums of the page's content are right: pypdf reads on where one is wrong, and a letter may be another."""
    held: Any = page["/Contents"].get_object() if "/Contents" in page else []
    streams: list[Any] = [part.get_object() for part in (held if isinstance(held, list) else [held])]
    for stream in streams:
        if stream.get("/Filter") in ("/FlateDecode", ["/FlateDecode"]):
            try:
                zlib.decompressobj().decompress(stream._data, _MAX_CONTENT)
            except zlib.error:
                return False
    return True


def _pixels(page: PageObject) -> int:
    """Of all pictures of a page together, by what they say of themselves."""
    total = 0
    pending = [(page.get("/Resources"), 0)]
    while pending:
        resources, depth = pending.pop()
        objects = resources.get_object().get("/XObject") if resources is not None else None
        for reference in (objects.get_object() if objects is not None else {}).values():
            drawn = reference.get_object()
            if drawn.get("/Subtype") == "/Image":
                total += int(drawn.get("/Width", 0)) * int(drawn.get("/Height", 0))
            elif drawn.get("/Subtype") == "/Form" and depth < 4:
                pending.append((drawn.get("/Resources"), depth + 1))
    return total


def _inline_pixels(content: bytes) -> int:
    sizes = [dict(_SIZE.findall(match[1])) for match in _INLINE.finditer(content)]
    return sum(int(size.get(b"W", 0)) * int(size.get(b"H", 0)) for size in sizes)


def _drawn_lines(page: PageObject, content: bytes) -> list[list[Cell]]:
    """The page's lines from its top, in cells: what stands further apart than words do. pypdf has the places for its layout mode."""
    from pypdf._text_extraction import _layout_mode as layout
    from pypdf.generic import ContentStream, DecodedStreamObject

    stream = DecodedStreamObject()
    stream.set_data(content)
    groups = layout.text_show_operations(iter(ContentStream(stream, page.pdf, "bytes").operations), page._layout_mode_fonts())
    return [_cells(line) for line in layout.y_coordinate_groups(groups).values()] if groups else []


def _cells(groups: list[Any]) -> list[Cell]:
    cells: list[Cell] = []
    for group in groups:
        text, start = group["text"], group["tx"]
        width = (group["displaced_tx"] - start) / max(1, len(text))
        for piece in re.finditer(r"\S+(?:\s\S+)*", text):
            begin, end, height = start + piece.start() * width, start + piece.end() * width, group["font_height"]
            if cells and begin - cells[-1].end < height:
                before = cells.pop()
                between = " " if begin - before.end > 0.15 * height or text[: piece.start()].endswith(" ") else ""
                cells.append(Cell(before.start, end, f"{before.text}{between}{piece[0]}"))
            else:
                cells.append(Cell(begin, end, piece[0]))
    return cells


def _label(name: str, told: object) -> str:
    """What a field is called: the last of its names, or, where a program numbered it, what is shown of it."""
    own = re.sub(r"\[\d+\]", "", name).rpartition(".")[2].strip()
    shown = told.strip() if isinstance(told, str) else ""
    return shown if shown and (_NAMELESS.fullmatch(own) or not own) else own or name


def _value(value: Any) -> str | None:
    value = value.get_object() if value is not None else None
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value.removeprefix("/").replace("\x00", "").strip() or None
    if isinstance(value, list):
        return "; ".join(filter(None, map(_value, value))) or None
    if isinstance(value, dict):  # a signature
        return _value(value.get("/Name")) or ("signed" if value.get("/ByteRange") is not None else None)
    return None if value is None else str(value)


def _attached(files: list[tuple[str, Mapping[str, Any]]], budget: archive.Budget) -> Iterator[archive.Unpacked]:
    """The files within the PDF. A name is a label only."""
    seen: set[int] = set()
    for number, (name, specification) in enumerate(files, 1):
        label = _tried(partial(_file_name, specification), "") or name or f"attached {number}"
        stream = _tried(partial(_embedded, specification), None)
        if stream is None or id(stream) in seen:
            if stream is None:
                yield archive.Unpacked(label, b"", "not in the pdf", unread=True)
            continue
        seen.add(id(stream))
        budget.entry()
        with _warnings():
            data = _tried(lambda stream=stream: bytes(stream.get_data()), None)  # type: ignore[misc]
        if data is None:
            yield archive.Unpacked(label, b"", "damaged, or too large to be unpacked", unread=True)
        else:
            yield archive.Unpacked(label, budget.drain(io.BytesIO(data).read))


def _file_name(specification: Mapping[str, Any]) -> str:
    return str(specification.get("/UF") or specification.get("/F") or "")


def _embedded(specification: Mapping[str, Any]) -> Any:
    held = specification["/EF"].get_object()
    return next(held[key] for key in ("/UF", "/F", "/DOS", "/Mac", "/Unix") if key in held).get_object()


def _pages(numbers: list[int]) -> str:
    """`page 4`, `pages 4 and 5`: as lines are numbered."""
    return tables.numbered(numbers).replace("line", "page", 1)


# ---- what is too damaged to be opened ------------------------------------------------------------------------------------


def _loose(data: bytes) -> Reading:
    """The strings of a file whose directory is lost, from its streams as they lie there. Letters that a font hides stay hidden."""
    lines: list[str] = []
    left = _MAX_LOOSE
    for match in _STREAM.finditer(data):
        unpacked = _inflated(match[1], left)
        left -= len(unpacked)
        for shown in _TEXT_OBJECT.finditer(unpacked):
            lines.append("".join(_unescaped(text[1]) for text in _STRING.finditer(shown[1])))
        if left <= 0:
            break
    found = [line for line in lines if line.strip()]
    if not found:
        raise Quarantine("the pdf is damaged: nothing of it can be read")
    rejected = dict(enumerate(found))
    return Reading(tables.parsed("pdf", [], None, rejected, ["the pdf is damaged: only loose pieces of its text are read"]))


def _inflated(data: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, max(1, most))
    except zlib.error:
        return data if b"BT" in data else b""


def _unescaped(raw: bytes) -> str:
    return re.sub(rb"\\([()\\])", rb"\1", raw).decode("cp1252", "replace")
