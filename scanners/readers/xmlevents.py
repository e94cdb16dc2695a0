"""XML as events, read from bytes within limits: nothing outside the file is fetched, and entities made of entities are refused.

A broken document is taken up again at its next record, so that a broken part costs only itself. What events mean is not asked here.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable
from xml.parsers import expat

from scanners.errors import Quarantine
from scanners.readers import encoding, tables
from scanners.readers.encoding import Decoded

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']""")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));")
_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][^\s/>:<]*)(?=[\s/>])")
_NO_DATA = ("xsi:", "xmlns", "xml:space")
_AMPLIFIED = 43
_AFTER_END = (9, 17)
"""Something follows the document: text, or another document."""
_MAX_DEPTH = 500
_MAX_ENTITY = 1_000
_MAX_RESTARTS = 300
_FIRST_CHUNK, _CHUNK = 1 << 12, 1 << 20


class Handler:
    """What one pass over a document does with its elements. Tags and attributes come without their namespaces."""

    def begin(self, tag: str, attributes: dict[str, str], place: int) -> None:
        """`place` is where in the bytes the element begins."""

    def end(self) -> None: ...

    def text(self, data: str) -> None: ...

    def aside(self, data: str) -> None:
        """A comment or an instruction."""

    def give_up(self) -> int | None:
        """Close what is open, for the document is broken here or ends. Where the record began that is lost with it."""
        return None

    def path(self) -> list[str]:
        """The tags that are open, of a handler that surveys."""
        return []

    def resume(self, around: list[str]) -> None:
        """Open these elements again, from the outermost on, without counting them."""

    def around(self, tag: str) -> list[str] | None:
        """The elements around records of this tag; None where records have another."""
        return None


class Document:
    """The bytes of a document in UTF-8, for handlers to pass over once or more."""

    def __init__(self, text: str) -> None:
        text = _ILLEGAL.sub(" ", text)
        self.data = (_ILLEGAL_REFERENCE.sub(" ", text) if "&#" in text else text).encode()
        self.rejected: dict[int, str] = {}
        self._starts: list[tuple[int, list[str]]] = [(0, [])]
        self._outside = False
        self._broken: list[int] = []
        self._gone: set[str] = set()
        self._failures = 0

    def survey(self, handler: Handler) -> None:
        """The first pass, which finds where the document is broken and can be taken up again."""
        while (failed := self._parse(handler, *self._starts[-1])) is not None:
            within = handler.path()
            handler.give_up()
            again = self._next(handler, within, *failed) if self._failures <= _MAX_RESTARTS else None
            if again is None:
                return
            self._starts.append(again)
        handler.give_up()

    def read(self, handler: Handler) -> None:
        """The last pass. What was open where the document is broken is rejected, up to where it is taken up again."""
        for number, (start, around) in enumerate(self._starts):
            failed = self._parse(handler, start, around)
            lost = handler.give_up()
            if failed is not None:
                place = failed[0]
                first = max(start, self.data.rfind(b"<", 0, place)) if lost is None and failed[1] not in _AFTER_END else lost
                last = number + 1 == len(self._starts)
                self._reject(place, place if first is None else first, len(self.data) if last else self._starts[number + 1][0])

    def reasons(self) -> list[str]:
        why = [f"the XML is broken at {tables.numbered(self._broken)}"] if self._broken else []
        return [*why, "what it refers to outside of the file is not read"] if self._outside else why

    def _parse(self, handler: Handler, start: int, around: list[str]) -> tuple[int, int] | None:
        """Where it broke, and expat's code for why; None where it did not."""
        parser = expat.ParserCreate("utf-8")
        opening = "".join(f"<{tag}>" for tag in around).encode()
        self._confine(parser, handler)
        try:
            if around:
                parser.Parse(opening, False)
                handler.resume(around)
            _listen(parser, handler, start - len(opening), len(around))
            position, size = start, _FIRST_CHUNK
            view = memoryview(self.data)
            while position < len(view):
                parser.Parse(view[position : position + size], False)
                position, size = position + size, min(2 * size, _CHUNK)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            if error.code == _AMPLIFIED:
                raise Quarantine("the XML's entities make it many times larger than it is") from None
            return min(start - len(opening) + parser.ErrorByteIndex, len(self.data)), error.code
        return None

    def _confine(self, parser: expat.XMLParserType, handler: Handler) -> None:
        """Entities of a few words alone; others that a document names without declaring them are those of HTML."""

        def declared(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
            if value is not None and (len(value) > _MAX_ENTITY or "&" in value or "%" in value):
                raise Quarantine("XML that declares entities made of entities is not read")

        def outside(context: str | None, base: str | None, system: str | None, public: str | None) -> int:
            if system is None:  # the foreign definitions that are asked for below: there are none, but then names may be unknown
                parser.ExternalEntityParserCreate(context).Parse(b"", True)
            self._outside |= bool(context) and system is not None
            return 1

        def skipped(name: str, is_parameter: bool) -> None:
            if not is_parameter:
                handler.text(html.unescape(f"&{name};"))

        parser.UseForeignDTD(True)
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
        parser.EntityDeclHandler = declared
        parser.ExternalEntityRefHandler = outside
        parser.SkippedEntityHandler = skipped

    def _next(self, handler: Handler, within: list[str], failed: int, code: int) -> tuple[int, list[str]] | None:
        """Where to go on after a failure: at the document that follows a whole one, or at the next record.

        `within` are the elements that were open: the outermost of them that comes again is one of records too.
        """
        if code in _AFTER_END and self.data.startswith(b"<", failed) and failed > self._starts[-1][0]:
            return failed, []
        self._failures += 1
        again = (self._tag(tag, failed) for tag in within[1:])
        sibling = next(((place, within[: n + 1]) for n, place in enumerate(again) if place), None)
        known: dict[bytes, list[str] | None] = {}
        for match in _TAG.finditer(self.data, failed + 1, sibling[0] if sibling else len(self.data)):
            tag = match[1]
            if tag not in known:
                known[tag] = handler.around(tag.decode("utf-8", "replace"))
            if (around := known[tag]) is not None:
                return match.start(), around
        return sibling

    def _tag(self, tag: str, place: int) -> int | None:
        if tag in self._gone:
            return None
        match = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?" + re.escape(tag.encode()) + rb"(?=[\s/>])").search(self.data, place + 1)
        if match is None:
            self._gone.add(tag)
        return match.start() if match else None

    def _reject(self, place: int, start: int, end: int) -> None:
        texts = self.data[start:end].decode("utf-8", "replace")
        if not texts.strip() and end < len(self.data):
            return
        broken = 1 + self.data.count(b"\n", 0, place)
        self._broken += [broken] if self._broken[-1:] != [broken] else []
        number = 1 + self.data.count(b"\n", 0, start)
        for offset, line in enumerate(texts.split("\n")):
            if line.strip():
                at = number + offset
                self.rejected[at] = f"{self.rejected[at]} {line}" if at in self.rejected else line


def decode(data: bytes) -> Decoded:
    """The text, by the encoding that is declared where the bytes fit it; of UTF-16 the bytes alone are believed."""
    match = _DECLARED.match(data[:200])
    declared = match[1].decode().casefold() if match else "utf-8"
    if not declared.startswith(("utf", "ucs", "us-ascii", "iso-10646")):
        try:
            if getattr(codecs.lookup(declared), "_is_text_encoding", False):
                return Decoded(data.decode(declared), declared)
        except (LookupError, UnicodeError):
            pass
    return encoding.decode(data)


def looks_whole(text: str) -> bool:
    """Whether the beginning of a text is XML as far as it goes, with an element that ends."""
    parser = expat.ParserCreate("utf-8")
    try:
        parser.Parse(_ILLEGAL.sub(" ", text).encode(), False)
    except expat.ExpatError as error:
        return error.code in _AFTER_END
    return "</" in text or "/>" in text


def _listen(parser: expat.XMLParserType, handler: Handler, shift: int, depth: int) -> None:
    """Tell the handler what comes from here on."""
    local: dict[str, str] = {}
    begin: Callable[[str, dict[str, str], int], None] = handler.begin
    end: Callable[[], None] = handler.end

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise Quarantine(f"XML of elements nested deeper than {_MAX_DEPTH}")
        tag = local.get(name)
        if tag is None:
            tag = local[name] = name.rpartition(":")[2] or name
        if attributes:
            attributes = {key.rpartition(":")[2]: value for key, value in attributes.items() if not key.startswith(_NO_DATA)}
        begin(tag, attributes, shift + parser.CurrentByteIndex)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end()

    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = handler.text
    parser.CommentHandler = handler.aside
    parser.ProcessingInstructionHandler = lambda target, data: handler.aside(data)
