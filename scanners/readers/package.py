"""Office files as packages of parts (ECMA-376 part 2): parts of XML streamed to handlers within the limits. Knows no kind of document."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from typing import Protocol, TypeVar
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from scanners.errors import Quarantine
from scanners.readers import archive
from scanners.readers.source import Source

_SPEAKING = frozenset(
    {"v", "name", "descr", "title", "displayName", "author", "userName", "userId", "connection", "sourceFile", "command", "text", "val",
     "url", "ref1", "address", "tooltip", "prompt", "error"}
)  # fmt: skip
NO_WORD = re.compile(r".|True|False|true|false|[-+\d.,: ]{1,4}|General")
_XML_ERRORS = (SAXException, ValueError, LookupError, RecursionError)


class Broke(Exception):
    """A part ended too early or is no XML; the words are for people."""


class Reader(Protocol):
    """Reads the parts of one kind of document; `reasons` are what it could not read."""

    reasons: list[str]

    def read(self) -> None: ...


R = TypeVar("R", bound=Reader)


def read(source: Source, called: str, reader: Callable[[Package], R]) -> R:
    """The document's reader (`reader(its package)`), when it has read what it can. Raises `Quarantine` where parts overlap."""
    with zipfile.ZipFile(io.BytesIO(source.data)) as file:
        if archive.overlapping(file.infolist(), file.start_dir):
            raise Quarantine(f"a {called} whose parts overlap is not read")
        document = reader(Package(file, archive.Budget(source.limits)))
        if archive.unlisted(source.data, file.infolist(), file.start_dir):
            document.reasons.append("parts that the zip's directory does not list are not read")
        try:
            document.read()
        except archive.Refused as refused:
            document.reasons.append(str(refused))
    return document


class Package:
    """The parts of the zip, streamed within the budget."""

    def __init__(self, package: zipfile.ZipFile, budget: archive.Budget) -> None:
        self._package, self._budget = package, budget
        self.parts: dict[str, zipfile.ZipInfo] = {}
        self.repeated = False
        for entry in package.infolist():
            name = entry.filename.replace("\\", "/").lstrip("/")
            self.repeated |= name in self.parts
            if not name.endswith("/"):
                self.parts[name] = entry

    def parse(self, name: str, handler: ContentHandler) -> None:
        """Feed one part to a handler. Raises `Broke`, after what could be read; `Refused` when a limit is passed."""
        parser = DefusedExpatParser(forbid_dtd=True)
        parser.setContentHandler(handler)
        self._budget.entry()
        entry = self.parts[name]
        try:
            with self._package.open(entry) as stream:
                empty = True
                for chunk in self._budget.stream(stream.read, entry.compress_size):
                    parser.feed(chunk)
                    empty = False
            if empty:
                raise Broke("it is empty")
            parser.close()
        except archive.Broken as broken:
            raise Broke(broken.reason) from None
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
            raise Broke("encrypted" if entry.flag_bits & 0x1 else "it cannot be unpacked") from None
        except DefusedXmlException:
            raise Broke("XML that declares entities is not read") from None
        except _XML_ERRORS:
            raise Broke("its XML is broken") from None

    def data(self, name: str) -> bytes:
        """The bytes of one part. Raises `Broke`; `Refused` when a limit is passed."""
        self._budget.entry()
        entry = self.parts[name]
        try:
            with self._package.open(entry) as stream:
                return b"".join(self._budget.stream(stream.read, entry.compress_size))
        except archive.Broken as broken:
            raise Broke(broken.reason) from None
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
            raise Broke("encrypted" if entry.flag_bits & 0x1 else "it cannot be unpacked") from None

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Of one part: id → (kind, target); targets inside the package are part names, others are as written."""
        folder, _, name = part.rpartition("/")
        own = f"{folder}/_rels/{name}.rels".lstrip("/")
        if own not in self.parts:
            return {}
        handler = Relations(folder)
        self.parse(own, handler)
        return handler.found


class Part(ContentHandler):
    """SAX events by local name, and the text within the element that was last asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl[str]) -> None:
        self.begin(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def characters(self, content: str) -> None:
        self._pieces.append(content)

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def clear(self) -> None:
        self._pieces = []

    def text(self) -> str:
        return "".join(self._pieces)


class Relations(Part):
    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        if tag != "Relationship":
            return
        target = attrs.get("Target", "")
        if attrs.get("TargetMode") != "External":
            target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(self.folder, target))
        self.found[attrs.get("Id", "")] = (attrs.get("Type", "").rpartition("/")[2], target)


class Words(Part):
    """All texts of any part by the name of their element, and attributes that hold words; pieces of a paragraph are joined."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._runs: list[str] = []

    def begin(self, tag: str, attrs: AttributesImpl[str]) -> None:
        own = attrs.get("name") if tag == "property" else None
        self._named = own or (self._named if tag.startswith("lp") else "")
        if tag != "x":  # a number of an item, in the cache of a pivot table
            self.found += [(tag, value) for key, value in attrs.items() if key.rpartition(":")[2] in _SPEAKING and len(value) > 1]
        self.clear()

    _named = ""

    def end(self, tag: str) -> None:
        text = self.text()
        if tag == "t":
            self._runs.append(text)
        elif tag in ("p", "text", "si") and self._runs:
            self.found.append((tag, "".join(self._runs)))
            self._runs = []
        elif text.strip():
            self.found.append((self._named or tag, text))
        self.clear()

    def endDocument(self) -> None:
        if self._runs:
            self.found.append(("t", " ".join(self._runs)))


def words(xml: bytes) -> list[tuple[str, str]]:
    """(element, text) of any XML that stands by itself; of a broken one what comes before the break."""
    handler = Words()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        parser.feed(xml)
        parser.close()
    except (DefusedXmlException, *_XML_ERRORS):
        pass
    return handler.found
