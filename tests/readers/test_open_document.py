"""Texts and slides of OpenDocument and PowerPoint: paragraphs, tables, comments, notes; nothing lost in silence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.readers.archive import Budget
from scanners.readers.open_document import _Text
from scanners.readers.package import Broke, Package
from scanners.readers.source import Limits
from scanners.sandbox import read_file
from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
NAMESPACES = " ".join(f"xmlns:{p}='{p}'" for p in ("office", "table", "text", "draw", "dc", "xlink", "meta", "a", "p", "r"))


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def open_document(body: str, kind: str = "text", **more: str) -> bytes:
    content = (
        f"<office:document-content {NAMESPACES}><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    parts = {name.replace("__", "/").replace("_", "."): text for name, text in more.items()}
    return zipped(
        {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content, "META-INF/manifest.xml": "<m/>", **parts}
    )


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(f'<table:table-cell><text:p>{c}</text:p></table:table-cell>' for c in cells)}</table:table-row>"


def slides(*bodies: str, **more: str) -> bytes:
    parts = {f"ppt/slides/slide{n}.xml": f"<p:sld {NAMESPACES}><p:txBody>{body}</p:txBody></p:sld>" for n, body in enumerate(bodies, 1)}
    parts |= {name.replace("__", "/").replace("_", "."): f"<p:x {NAMESPACES}>{text}</p:x>" for name, text in more.items()}
    return zipped({"[Content_Types].xml": "<x/>", "ppt/presentation.xml": "<x/>", **parts})


def tables(parsed: ParsedFile) -> dict[str, list[list[str | None]]]:
    return {t.name: [list(r.values()) for r in t.data.to_pylist()] for t in parsed.tables if t.data.num_rows}


NOTE = "<office:annotation><dc:creator>Ms. Núñez</dc:creator><text:p>ask Ann Lee</text:p></office:annotation>"
PEOPLE = row("id", "name") + row("S-1", "Zoë <text:span>Núñez</text:span>") + row("S-2", "Ann Lee")
TEXTS = [
    ("<text:p>Zoë <text:span>Núñez</text:span> left.</text:p><text:h>Next</text:h>", {"": [["Zoë Núñez left."], ["Next"]]}),
    ("<text:p>a<text:s text:c='2'/>b<text:tab/>c<text:line-break/>d</text:p>", {"": [["a  b\tc"], ["d"]]}),
    (f"<text:p>Zoë{NOTE} Núñez left.</text:p>", {"": [["Zoë Núñez left."]], "comments": [["Ms. Núñez", "ask Ann Lee"]]}),
    (f"<table:table>{PEOPLE}</table:table>", {"": [["S-1", "Zoë Núñez"], ["S-2", "Ann Lee"]]}),
    ("<text:p><text:a xlink:href='mailto:zoe@x.example'>mail</text:a></text:p>",
     {"": [["mail"]], "beside the text": [["a", "mailto:zoe@x.example"]]}),
    ("<text:tracked-changes><text:deletion><text:p>Zoë went</text:p></text:deletion></text:tracked-changes>", {"": [["Zoë went"]]}),
    ("<text:p><draw:frame><draw:text-box><text:p>In a box</text:p></draw:text-box></draw:frame>Outside</text:p>",
     {"": [["In a box"], ["Outside"]]}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize(("kind", "name"), [("text", "odt"), ("presentation", "odp"), ("graphics", "odg")])
def test_open_document(parse: Parse, body: str, expected: dict[str, list[list[str | None]]], kind: str, name: str) -> None:
    parsed = parse("a.bin", open_document(body, kind))
    assert (parsed.format, parsed.status, parsed.reason) == (name, "scanned", None)
    assert tables(parsed) == expected


def test_headers_and_properties(parse: Parse) -> None:
    header = f"<s {NAMESPACES}><text:p>Plan of Zoë Núñez</text:p></s>"
    meta = "<m xmlns:meta='m'><meta:initial-creator>Ann Lee</meta:initial-creator></m>"
    found = tables(parse("a.odt", open_document("<text:p>x y</text:p>", styles_xml=header, meta_xml=meta)))
    assert found == {"": [["x y"], ["Plan of Zoë Núñez"]], "properties": [["initial-creator", "Ann Lee"]]}


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (open_document("<text:p>x</text:p>", Pictures__a_png="x"), "partly_scanned", "pictures are not read"),
        (open_document("<text:p>x</text:p>", Basic__Standard__M_xml="x"), "partly_scanned", "macros are not read"),
        (open_document("<text:p>x</text:p><text:p>"), "partly_scanned", "a part cannot be read whole (its XML is broken)"),
        (open_document("<text:p>x</text:p>", what_bin="x"), "partly_scanned", "parts of no known kind are not read"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<broken"}), "quarantined",
         "the document cannot be read: a part cannot be read whole (its XML is broken)"),
        (slides("<a:p><a:r><a:t>x</a:t></a:r></a:p>", ppt__media__a_png="x"), "partly_scanned", "pictures are not read"),
    ],
)  # fmt: skip
def test_what_is_missed_is_named(parse: Parse, data: bytes, status: str, reason: str) -> None:
    parsed = parse("a.bin", data)
    assert (parsed.status, parsed.reason) == (status, reason)


def run(*pieces: str) -> str:
    return f"<a:p>{''.join(f'<a:r><a:rPr/><a:t>{piece}</a:t></a:r>' for piece in pieces)}</a:p>"


def test_slides(parse: Parse) -> None:
    cells = "".join(
        f"<a:tr>{''.join(f'<a:tc><a:txBody>{run(c)}</a:txBody></a:tc>' for c in r)}</a:tr>"
        for r in (("id", "name"), ("S-1", "Zoë"), ("S-2", "Ann"))
    )
    data = slides(
        run("Zoë ", "Núñez"),
        f"<a:tbl>{cells}</a:tbl>",
        *[run(f"slide {n}") for n in range(3, 12)],
        ppt__notesSlides__notesSlide1_xml=run("Ask Ann Lee"),
        ppt__comments__comment1_xml="<p:cm><p:text>Zoë is absent</p:text></p:cm>",
        ppt__commentAuthors_xml="<p:cmAuthor name='Ms. Núñez'/>",
        docProps__core_xml="<dc:creator>Carol Lindqvist</dc:creator>",
        ppt__slideMasters__slideMaster1_xml=run("Prairie Ridge"),
    )
    parsed = parse("a.pptx", data)
    assert (parsed.format, parsed.status, parsed.reason) == ("pptx", "scanned", None)
    found = [[list(r.values()) for r in t.data.to_pylist()] for t in parsed.tables]
    assert found[:2] == [
        [["Ask Ann Lee"], ["Zoë Núñez"], *[[f"slide {n}"] for n in range(3, 12)]],
        [["S-1", "Zoë"], ["S-2", "Ann"]],
    ]
    said = {text for table in found[2:] for _, text in table}
    assert {"Zoë is absent", "Ms. Núñez", "Carol Lindqvist", "Prairie Ridge"} <= {str(text) for text in said}


def test_a_bomb_is_refused(put: Callable[..., object]) -> None:
    (member,) = read_file(put("a.odt", open_document("<text:p>x</text:p>" + " " * 50_000)), Limits(member_bytes=20_000))  # type: ignore[arg-type]
    assert member.parsed.status in ("partly_scanned", "quarantined")


PIECES = [
    "<text:p>", "</text:p>", "x y", "<table:table>", "</table:table>", "<table:table-row>", "</table:table-row>", "<table:table-cell>",
    "</table:table-cell>", "<office:annotation>", "</office:annotation>", "<text:s text:c='9999999'/>",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.booleans())
def test_any_order_of_tags_ends(pieces: list[str], cells: bool) -> None:
    data = open_document("".join(pieces))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        text = _Text(slides=False, cells=cells)
        with suppress(Broke):
            Package(file, Budget(Limits())).parse("content.xml", text)
        text.finish()
    assert all(line for line in text.lines)
