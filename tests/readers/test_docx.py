"""DOCX: lines, tables, forms, notes and comments, tracked changes, what is hidden; files within; damage, bombs, hostile XML."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping

import docx
import pytest
from docx.document import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import readers
from scanners.intake import InboxFile
from scanners.readers.source import Limits, Source
from scanners.sandbox import read_file
from scanners.schemas import ParsedFile
from tests.readers.conftest import parse_bytes, texts_of
from tests.readers.test_workbook import ole

Parse = Callable[..., ParsedFile]
Put = Callable[..., InboxFile]
W = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
BESIDE = "a part beside the text cannot be read whole"
PEOPLE = [("student id", "name", "note"), ("0012345", "Zoë Núñez", ""), ("0012346", "Mateo Okafor", "late")]


def saved(document: Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def filled(document: Document, rows: list[tuple[str, ...]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def packed(body: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A document of raw parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        for name, content in (parts or {}).items():
            package.writestr(name, content)
    return out.getvalue()


def p(*runs: str) -> str:
    return f"<w:p>{''.join(run if run.startswith('<') else f'<w:r><w:t>{run}</w:t></w:r>' for run in runs)}</w:p>"


def row(*cells: str, more: str = "") -> str:
    return f"<w:tr>{''.join(f'<w:tc><w:tcPr>{more}</w:tcPr>{p(cell)}</w:tc>' for cell in cells)}</w:tr>"


def table(parsed: ParsedFile, name: str) -> list[dict[str, str | None]]:
    return next((t.data.to_pylist() for t in parsed.tables if t.name == name), [])


def said(parsed: ParsedFile) -> list[str]:
    return [line["line"] or "" for line in table(parsed, "")]


def test_a_document_as_a_program_saves_it(parse: Parse) -> None:
    document = docx.Document()
    document.core_properties.author, document.core_properties.title = "Kim Doe", "IEP of Zoë"
    paragraph = document.add_paragraph("Student: Zoë ")
    paragraph.add_run("Núñez").font.hidden = True
    filled(document, PEOPLE)
    filled(document, [("Student Name:", "Hana Sato", "Grade:", "9"), ("Guardian:", "Rin Sato", "Bus:", "")])
    filled(document, [("course", "score"), ("Algebra", "91"), ("Art", "84")])
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.sections[0].footer.paragraphs[0].text = "Prairie Ridge"
    document.add_comment(paragraph.runs, text="Ask Mateo", author="Pat Lee")
    parsed = parse("a.docx", saved(document))
    assert (parsed.format, parsed.status, parsed.reason) == ("docx", "scanned", None)
    assert sorted(said(parsed)) == ["Bus:", "Confidential", "Prairie Ridge", "Student: Zoë Núñez"]
    assert table(parsed, "table 1") == [{n: v or None for n, v in zip(PEOPLE[0], r, strict=True)} for r in PEOPLE[1:]]
    assert table(parsed, "table 2") == [{"course": "Algebra", "score": "91"}, {"course": "Art", "score": "84"}]
    assert table(parsed, "form fields") == [{"Student Name": "Hana Sato", "Grade": "9", "Guardian": "Rin Sato"}]
    assert table(parsed, "comments") == [{"author": "Pat Lee", "comment": "Ask Mateo"}]
    properties = {(line["path"], line["value"]) for line in table(parsed, "properties")}
    assert properties >= {("creator", "Kim Doe"), ("title", "IEP of Zoë")}


def test_a_form_without_colons(parse: Parse) -> None:
    document = docx.Document()
    filled(document, [("Student name", "Hana Sato"), ("Date of birth", "2012-03-09"), ("Allergies", "Asthma"), ("Medication", "")])
    filled(document, [("Name", "Grade"), ("Hana Sato", "9"), ("Rin Sato", "8")])
    parsed = parse("a.docx", saved(document))
    assert table(parsed, "form fields") == [{"Student name": "Hana Sato", "Date of birth": "2012-03-09", "Allergies": "Asthma"}]
    assert [list(row) for row in table(parsed, "table 1")] == [["Name", "Grade"]] * 2


@pytest.mark.parametrize("name", ["a.docm", "a.dotx", "a.zip", "noname"])
def test_known_by_what_is_in_it(put: Put, name: str) -> None:
    (member,) = read_file(put(name, packed(p("Zoë Núñez"))))
    assert (member.parsed.format, said(member.parsed)) == ("docx", ["Zoë Núñez"])


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (p("Zoë", "<w:r><w:tab/><w:t>Núñez</w:t><w:br/><w:t>Grade 9</w:t></w:r>"), ["Zoë\tNúñez", "Grade 9"]),
        (p("Zoë") + "<w:sdt><w:sdtContent>" + p("in a control") + "</w:sdtContent></w:sdt>", ["Zoë", "in a control"]),
        (p("outer", f"<w:r><w:pict><w:txbxContent>{p('in a box')}</w:txbxContent></w:pict></w:r>"), ["in a box", "outer"]),
        ("<w:tbl>" + row("laid out", "by a table") + "</w:tbl>", ["laid out; by a table"]),
        ("<w:tbl><w:tr><w:tc><w:tbl>" + row("a", "b") + "</w:tbl></w:tc><w:tc>" + p("c") + "</w:tc></w:tr></w:tbl>", ["a; b", "c"]),
        (p("<w:ins w:author='A'><w:r><w:t>put in</w:t></w:r></w:ins>"), ["put in"]),
        (p("<w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink>"), ["a link"]),
        (p("<w:r><w:fldChar><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r>", " IEP"), ["☒ IEP"]),
    ],
)
def test_lines(parse: Parse, body: str, lines: list[str]) -> None:
    assert said(parse("a.docx", packed(body))) == lines


def test_a_fallback_says_a_shape_again(parse: Parse) -> None:
    box = "<w:txbxContent>{}</w:txbxContent>"
    choice, fallback = box.format(p("in a box")), box.format(p("in a box") + p("only in the fallback"))
    both = f"<m:AlternateContent xmlns:m='m'><m:Choice>{choice}</m:Choice><m:Fallback>{fallback}</m:Fallback></m:AlternateContent>"
    assert said(parse("a.docx", packed(p(f"<w:r>{both}</w:r>")))) == ["in a box", "only in the fallback"]


def test_what_a_change_took_out_is_kept_apart(parse: Parse) -> None:
    taken = "<w:del w:author='Pat Lee'><w:r><w:delText>Mateo</w:delText></w:r></w:del>"
    put_in = "<w:ins w:author='Kim Doe'><w:r><w:t>Zoë</w:t></w:r></w:ins>"
    parsed = parse("a.docx", packed(p("Student: ", taken, put_in, " is late")))
    assert said(parsed) == ["Student: Zoë is late"]
    assert table(parsed, "deleted text") == [{"line": "Student: Mateo is late"}]
    assert {line["value"] for line in table(parsed, "properties")} == {"Pat Lee", "Kim Doe"}


def test_cells_that_reach_over_rows_and_columns(parse: Parse) -> None:
    def cell(text: str, more: str) -> str:
        return f"<w:tc><w:tcPr>{more}</w:tcPr>{p(text)}</w:tc>"

    begun, two = "<w:vMerge w:val='restart'/>", "<w:gridSpan w:val='2'/>"
    body = "<w:tbl>" + row("room", "name", "grade")
    body += f"<w:tr>{cell('12', begun)}{cell('Zoë', '')}{cell('9', '')}</w:tr>"
    body += f"<w:tr>{cell('', '<w:vMerge/>')}{cell('Ann', '')}{cell('8', '')}</w:tr>"
    body += f"<w:tr>{cell('13', '')}{cell('Bo, who has no grade', two)}</w:tr></w:tbl>"
    assert table(parse("a.docx", packed(body)), "table 1") == [
        {"room": "12", "name": "Zoë", "grade": "9"},
        {"room": "12", "name": "Ann", "grade": "8"},
        {"room": "13", "name": "Bo, who has no grade", "grade": None},
    ]


def test_controls_notes_links_settings_and_other_parts(parse: Parse) -> None:
    control = "<w:sdt><w:sdtPr><w:alias w:val='Student Name'/></w:sdtPr><w:sdtContent><w:r><w:t>{}</w:t></w:r></w:sdtContent></w:sdt>"
    blank = control.replace("<w:alias", "<w:showingPlcHdr/><w:alias").replace("Student Name", "Grade").format("Click here")
    parsed = parse(
        "a.docx",
        packed(
            p(control.format("Zoë Núñez")) + p(blank),
            {
                "word/footnotes.xml": f"<w:footnotes {W}><w:footnote>{p('See Mateo Okafor')}</w:footnote></w:footnotes>",
                "word/_rels/document.xml.rels": "<R><Relationship Type='t/hyperlink' Target='mailto:zoe@pr.example'/></R>",
                "word/settings.xml": f"<w:settings {W}><w:docVar w:name='sid' w:val='0012345'/><w:rsid w:val='00123456'/></w:settings>",
                "word/charts/chart1.xml": "<c:chart xmlns:c='c'><c:v>Hana Sato</c:v></c:chart>",
                "customXml/item1.xml": "<form><guardian>Rin Sato</guardian></form>",
            },
        ),
    )
    assert parsed.status == "scanned"
    assert table(parsed, "form fields") == [{"Student Name": "Zoë Núñez"}]
    assert "See Mateo Okafor" in said(parsed)
    beside = {line["value"] for line in table(parsed, "beside the text")}
    assert beside == {"word/mailto:zoe@pr.example", "0012345", "Hana Sato", "Rin Sato"}


def test_pictures_and_macros_are_named_and_files_are_members(put: Put) -> None:
    data = packed(
        p("x"), {"word/media/image1.png": b"\x89PNG", "word/vbaProject.bin": b"x", "word/embeddings/roster.csv": b"id,name\n1,Ann\n"}
    )
    members = list(read_file(put("a.docm", data)))
    assert [(m.path, m.parsed.status, m.parsed.reason) for m in members] == [
        ("a.docm", "partly_scanned", "pictures are not read; macros are not read"),
        ("a.docm!/word/embeddings/roster.csv", "scanned", None),
    ]


def test_certificate() -> None:
    document = docx.Document()
    filled(document, [("Vendor:", "reads"), ("Method:", "Purge"), ("Backups:", "destroyed")])
    document.add_paragraph("Date destroyed: 2026-06-01")
    facts = readers.read(Source("certificate.docx", saved(document), "destruction")).facts or {}
    assert (facts["party"], facts["method"], str(facts["destroyed_on"])) == ("reads", "Purge", "2026-06-01")
    assert facts["copies"] == [{"kind": "backups", "status": "destroyed", "system": None, "expires_on": None}]


# -- broken and hostile -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "status", "reason"),
    [
        ("a.docx", ole("EncryptedPackage", b"\x01" * 64), "quarantined", "the document is protected by a password"),
        ("a.doc", ole("WordDocument", b"\x01" * 64), "quarantined", "an old Office document (doc, ppt, msg) is not read yet"),
        ("a.docx", packed("<w:p><w:r><w:t>Zoë</w:t></w:r></w:q>"), "partly_scanned", "the text cannot be read whole (its XML is broken)"),
        ("a.docx", packed(p("Zoë"), {"word/footnotes.xml": "<a"}), "partly_scanned", f"{BESIDE} (its XML is broken)"),
        (
            "a.docx",
            packed(p("x"), {"word/header1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
            "partly_scanned",
            f"{BESIDE} (XML that declares entities is not read)",
        ),
    ],
)  # fmt: skip
def test_states(parse: Parse, name: str, data: bytes, status: str, reason: str) -> None:
    parsed = parse(name, data)
    assert (parsed.status, parsed.reason) == (status, reason)


def test_a_broken_text_keeps_what_came_before(parse: Parse) -> None:
    parsed = parse("a.docx", packed(p("Zoë Núñez") + "<w:tbl>" + row("id", "name") + row("1", "Mateo Okafor") + row("2", "Hana</w:q>")))
    assert {"Zoë Núñez", "Mateo Okafor"} <= set(texts_of(parsed).splitlines())


def test_a_bomb_is_given_up(put: Put) -> None:
    data = packed(p("Zoë"), {"word/header1.xml": f"<w:hdr {W}>{p('x' * 40_000_000)}</w:hdr>"})
    (member,) = read_file(put("a.docx", data))
    assert (member.parsed.status, member.parsed.reason) == ("partly_scanned", "unpacks to more than 250 times its size")
    assert "Zoë" in said(member.parsed)
    (member,) = read_file(put("a.docx", packed(p("Zoë " * 10_000))), Limits(member_bytes=20_000))
    assert (member.parsed.status, member.parsed.reason) == (
        "quarantined",
        "the document cannot be read: a member of more than 0.0191 MB",
    )


def test_deeply_nested(put: Put) -> None:
    deep = "<w:tbl><w:tr><w:tc>" * 20_000 + p("x") + "</w:tc></w:tr></w:tbl>" * 20_000
    (member,) = read_file(put("a.docx", packed(deep + p("Zoë"))), Limits(seconds=20))
    assert "Zoë" in said(member.parsed)


WHOLE = packed(
    p("Student: Zoë Núñez") + "<w:tbl>" + "".join(row(*r) for r in PEOPLE) + "</w:tbl>", {"word/footnotes.xml": f"<w:footnotes {W}/>"}
)


def test_cut_off_anywhere(put: Put) -> None:
    for tenth in range(1, 10):
        members = list(read_file(put("a.docx", WHOLE[: len(WHOLE) * tenth // 10])))
        assert all(m.parsed.reason or m.parsed.status == "scanned" for m in members)
        assert members[0].parsed.status != "scanned"


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 3, 30]))
def test_flipped_bytes_lose_nothing_unsaid(luck: random.Random, count: int) -> None:
    broken = bytearray(WHOLE)
    for _ in range(count):
        broken[luck.randrange(len(broken))] = luck.randrange(256)
    parsed = parse_bytes("a.docx", bytes(broken))
    assert parsed.reason or parsed.status == "scanned"
    if (parsed.format, parsed.status) == ("docx", "scanned"):
        assert "Mateo Okafor" in texts_of(parsed)
