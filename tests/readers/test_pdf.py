"""PDF: lines and drawn tables, forms, notes, properties, files within; what is a picture, hidden by a password, broken or hostile."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from scanners import readers
from scanners.errors import Quarantine
from scanners.intake import InboxFile
from scanners.readers.source import Limits, Source
from scanners.sandbox import read_file
from scanners.schemas import ParsedFile
from tests.readers.conftest import parse_bytes, texts_of
from tests.readers.papers import fill, lines, note, pdf, picture, rows, saved, show, writer

Parse = Callable[..., ParsedFile]
Put = Callable[..., InboxFile]
ROSTER = [
    ("student id", "name", "email", "birth date"),
    ("0012345", "Zoë O'Rourke-Díaz", "zoe@pr.example", "2010-01-31"),
    ("0012346", "Mateo Okafor", "", "2011-02-03"),
    ("0112347", "Tomás (Tom) Núñez", "tomas@pr.example", ""),
    ("0912349", "Søren Łukasik", "soren@pr.example", "2009-10-10"),
]


def table(parsed: ParsedFile, name: str) -> list[dict[str, str | None]]:
    return next(t.data.to_pylist() for t in parsed.tables if t.name == name)


def said(parsed: ParsedFile) -> list[str]:
    return [row["line"] or "" for row in table(parsed, "")]


def test_lines_and_a_drawn_table(parse: Parse) -> None:
    parsed = parse("a.pdf", pdf([*lines("Roster of Room 12"), *rows(ROSTER), *lines("Printed in the office", top=500)]))
    assert (parsed.format, parsed.status, parsed.reason) == ("pdf", "scanned", None)
    assert said(parsed) == ["Roster of Room 12", "student id name email birth date", "Printed in the office"]
    assert table(parsed, "table 1") == [{n: v or None for n, v in zip(ROSTER[0], row, strict=True)} for row in ROSTER[1:]]


def test_a_table_goes_on_over_pages_with_and_without_its_header(parse: Parse) -> None:
    students = [(f"{1000000 + n}", f"Ann Lee {n}", f"ann{n}@pr.example", "2010-01-31") for n in range(12)]
    pages = [[ROSTER[0], *students[:4]], [ROSTER[0], *students[4:8]], students[8:]]
    parsed = parse("a.pdf", pdf(*map(rows, pages)))
    assert [row["student id"] for row in table(parsed, "table 1")] == [s[0] for s in students]
    assert len(parsed.tables) == 3  # lines, the table, properties


@pytest.mark.parametrize(
    "text",
    [
        lines("Student: Zoë Núñez", "Date of Birth: 2010-01-31", "Grade: 9"),
        [
            *lines(*["A policy in a column of its own, "] * 6),
            *[(330, y, "and another one beside the first.") for _, y, _ in lines(*"123456")],
        ],
        rows([("Student:", "Zoë Núñez", "Grade:", "9"), ("Guardian:", "Rin Sato", "Room:", "12"), ("Bus:", "4", "Lunch:", "A")]),
        rows([("•", "One"), ("•", "Two"), ("•", "Three")]),
    ],
)
def test_what_is_no_table_is_lines(parse: Parse, text: list[tuple[float, float, str]]) -> None:
    parsed = parse("a.pdf", pdf(text))
    assert [t.name for t in parsed.tables] == ["", "properties"]
    assert all(word in " ".join(said(parsed)) for _, _, piece in text for word in piece.split())


def test_form_fields_are_a_table_by_their_names(parse: Parse) -> None:
    file = writer(lines("Request"))
    fill(file, {"Student Name": "Zoë Núñez", "form1[0].page[0].Birth_Date[0]": "2010-01-31", "Text3": "IEP"})
    parsed = parse("a.pdf", saved(file))
    assert table(parsed, "form fields") == [{"Student Name": "Zoë Núñez", "Birth_Date": "2010-01-31", "Text3": "IEP"}]


def test_fields_that_only_the_page_has(parse: Parse) -> None:
    file = writer(lines("Request"))
    fill(file, {"Student Name": "Zoë Núñez"})
    del file.root_object["/AcroForm"]
    file.pages[0]["/Annots"][0].get_object()[NameObject("/TU")] = TextStringObject("Who")  # type: ignore[index]
    assert table(parse("a.pdf", saved(file)), "form fields") == [{"Student Name": "Zoë Núñez"}]


def test_notes_links_and_properties(parse: Parse) -> None:
    file = writer(lines("Minutes"), title="IEP of Zoë", author="Kim Doe", subject="504", keywords="hearing")
    free = FreeText(text="Ask Mateo Okafor", rect=(50, 50, 200, 100))
    free[NameObject("/T")] = TextStringObject("Pat Lee")
    file.add_annotation(0, free)
    file.add_annotation(0, Link(rect=(50, 50, 200, 100), url="https://x.example/?id=0012345"))
    file.add_outline_item("Zoë Núñez", 0)
    parsed = parse("a.pdf", saved(file))
    assert table(parsed, "comments") == [{"author": "Pat Lee", "comment": "Ask Mateo Okafor"}]
    found = {(row["path"], row["value"]) for row in table(parsed, "properties")}
    assert found >= {
        ("title", "IEP of Zoë"), ("author", "Kim Doe"), ("subject", "504"), ("keywords", "hearing"), ("bookmark", "Zoë Núñez"),
        ("link", "https://x.example/?id=0012345"),
    }  # fmt: skip


def test_xmp_packet_and_rich_notes(parse: Parse) -> None:
    file = writer(lines("Minutes"))
    packet = DecodedStreamObject()
    packet.set_data(b"<x:xmpmeta xmlns:x='x' xmlns:dc='d'><dc:creator><li>Kim Doe</li></dc:creator></x:xmpmeta>")
    file.root_object[NameObject("/Metadata")] = file._add_object(packet)
    rich = "<body><p>Mateo Okafor</p></body>"
    note(
        file.pages[0],
        DictionaryObject({NameObject("/Subtype"): NameObject("/Text"), NameObject("/RC"): TextStringObject(rich)}),
    )
    parsed = parse("a.pdf", saved(file))
    assert "Kim Doe" in texts_of(parsed)
    assert "Mateo Okafor" in texts_of(parsed)


def test_files_within_are_members(put: Put) -> None:
    file = writer(lines("See attached"))
    file.add_attachment("students.csv", b"id,name\n1,Ann\n")
    file.add_attachment("inner.pdf", pdf(lines("inner text")))
    members = list(read_file(put("a.pdf", saved(file))))
    assert sorted((m.path, m.parsed.format, m.parsed.status) for m in members) == [
        ("a.pdf", "pdf", "scanned"),
        ("a.pdf!/inner.pdf", "pdf", "scanned"),
        ("a.pdf!/students.csv", "csv", "scanned"),
    ]


def test_a_file_behind_a_note_and_one_that_is_not_there(put: Put) -> None:
    file = writer(lines("See attached"))
    file.add_attachment("students.csv", b"id,name\n1,Ann\n")
    names = file.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    specification = names[1]
    lost = DictionaryObject({NameObject("/F"): TextStringObject("lost.csv")})
    file.root_object[NameObject("/Names")] = DictionaryObject()
    for held in (specification, lost):
        note(file.pages[0], DictionaryObject({NameObject("/Subtype"): NameObject("/FileAttachment"), NameObject("/FS"): held}))
    members = list(read_file(put("a.pdf", saved(file))))
    assert [(m.path, m.parsed.status) for m in members] == [
        ("a.pdf", "partly_scanned"),
        ("a.pdf!/students.csv", "scanned"),
        ("a.pdf!/lost.csv", "quarantined"),
    ]
    assert members[0].parsed.reason == "a member is not in the pdf"


def test_pages_without_text_and_pictures(parse: Parse) -> None:
    file = writer(lines("Cover"), [], [], lines("With a photo"))
    picture(file, file.pages[1])
    show(file, file.pages[1], b"q 600 0 0 700 0 0 cm /Im1 Do Q")
    picture(file, file.pages[3])
    parsed = parse("a.pdf", saved(file))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "no text on page 2 (a scan?); pictures of page 4 are not read")


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_encrypted(parse: Parse, algorithm: str) -> None:
    for user, status in (("", "scanned"), ("secret", "quarantined")):
        file = writer(lines("Zoë Núñez"))
        file.encrypt(user, "owner", algorithm=algorithm)
        parsed = parse("a.pdf", saved(file))
        assert parsed.status == status
        assert parsed.reason == (None if status == "scanned" else "the pdf is encrypted")


CERTIFICATE = [
    "Certificate of Destruction",
    "Vendor: reads",
    "Agreement: NE-1",
    "Systems: reader-app; backups",
    "Data destroyed: students; scores",
    "Rows: students: 1,200; scores: 90",
    "Method: Purge, in",
    "three passes",
    "",
    "Date of destruction: June 1, 2026",
    "Certified on: 2026-06-03",
    "Name: Kim Doe",
    "Backups: pending until 2026-09-01",
    "Logs: destroyed",
]


def test_certificate_in_lines() -> None:
    reading = readers.read(Source("certificate.pdf", pdf(lines(*CERTIFICATE)), "destruction"))
    facts = reading.facts or {}
    assert (facts["party"], facts["agreement"], facts["person"]) == ("reads", "NE-1", "Kim Doe")
    assert (facts["systems"], facts["datasets"]) == (["reader-app", "backups"], ["students", "scores"])
    assert (facts["rows"], facts["method"]) == ({"students": 1200, "scores": 90}, "Purge, in\nthree passes")
    assert (facts["destroyed_on"], facts["certified_on"], facts["problems"]) == (date(2026, 6, 1), date(2026, 6, 3), [])
    assert facts["copies"] == [
        {"kind": "backups", "status": "pending", "system": None, "expires_on": date(2026, 9, 1)},
        {"kind": "logs", "status": "destroyed", "system": None, "expires_on": None},
    ]


def test_certificate_in_a_form() -> None:
    file = writer(lines("Certificate of Destruction"))
    fill(file, {"party": "reads", "destroyed_on": "2026-06-01", "copies.backups": "destroyed", "rows": "1,200"})
    facts = readers.read(Source("certificate.pdf", saved(file), "destruction")).facts or {}
    assert (facts["party"], facts["destroyed_on"], facts["rows"]) == ("reads", date(2026, 6, 1), 1200)
    assert facts["copies"] == [{"kind": "backups", "status": "destroyed", "system": None, "expires_on": None}]


def test_certificate_in_two_columns_without_colons() -> None:
    pairs = [("Vendor", "reads"), ("Agreement", "NE-1"), ("Method", "Purge"), ("Date destroyed", "2026-06-01"), ("Title", "CTO")]
    facts = readers.read(Source("certificate.pdf", pdf(rows(pairs)), "destruction")).facts or {}
    assert (facts["party"], facts["method"], facts["title"], facts["destroyed_on"]) == ("reads", "Purge", "CTO", date(2026, 6, 1))


@pytest.mark.parametrize("kind", ["destruction", "documents"])
def test_another_paper_is_no_certificate(kind: str) -> None:
    assert readers.read(Source("letter.pdf", pdf(lines("Dear all", "Subject: summer")), kind)).facts is None


# -- broken and hostile -------------------------------------------------------------------------------------------------------

WHOLE = saved(writer([*lines("Roster of Room 12", "Zoë Núñez"), *rows(ROSTER)], lines("the second page"), title="IEP"))


def states(data: bytes) -> tuple[str, str | None]:
    parsed = parse_bytes("a.pdf", data)
    assert parsed.reason or parsed.status == "scanned"
    return parsed.status, parsed.reason


def test_cut_off_anywhere(parse: Parse) -> None:
    for tenth in range(1, 10):
        parsed = parse("a.pdf", WHOLE[: len(WHOLE) * tenth // 10])
        assert parsed.status != "scanned"
        assert parsed.reason
    late = parse("a.pdf", WHOLE[: WHOLE.rindex(b"xref")])
    assert "Mateo Okafor" in texts_of(late)
    assert table(late, "table 1")


def test_without_their_tree_the_pages_are_read_as_they_lie(parse: Parse) -> None:
    parsed = parse("a.pdf", WHOLE.replace(b"/Type /Pages", b"/Type /Sagep").replace(b"/Kids", b"/Sdik"))
    assert (parsed.status, parsed.reason) == (
        "partly_scanned",
        "the pdf is damaged: its pages are read as they lie in it, what is beside them is not",
    )
    assert [row["student id"] for row in table(parsed, "table 1")] == [row[0] for row in ROSTER[1:]]
    assert "the second page" in said(parsed)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"/Type /Page\n", b"/Type /Pige\n", "pages that cannot be found: 1"),
        (b"/Resources", b"/Resoorces", "no text on page 1 (a scan?)"),
        (b"Zo\xeb", b"Zo\xec", "damaged: page 1"),
    ],
)
def test_damage_that_pypdf_does_not_tell(parse: Parse, old: bytes, new: bytes, reason: str) -> None:
    broken = WHOLE.replace(old, new, 1)
    if broken == WHOLE:  # within the compressed content
        content = next(part for part in WHOLE.split(b"stream\n") if part.startswith(b"x\x9c"))
        broken = WHOLE.replace(content[:60], content[:55] + bytes([content[55] ^ 1]) + content[56:60])
    parsed = parse("a.pdf", broken)
    assert parsed.status == "partly_scanned"
    assert reason in (parsed.reason or "")


def test_without_a_directory_the_loose_text_is_read(parse: Parse) -> None:
    content = zlib.compress(b"BT /F1 10 Tf (Mateo \\(Teo\\) Okafor) Tj ET BT [(Zo) 20 (e)] TJ ET")
    parsed = parse("a.pdf", b"%PDF-1.4\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + content + b"\nendstream\n")
    assert (parsed.status, parsed.reason) == ("partly_scanned", "the pdf is damaged: only loose pieces of its text are read")
    assert table(parsed, "rejected lines") == [{"line": "Mateo (Teo) Okafor"}, {"line": "Zoe"}]


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 3, 30]))
def test_flipped_bytes_end_in_a_state(luck: random.Random, count: int) -> None:
    broken = bytearray(WHOLE)
    for _ in range(count):
        broken[luck.randrange(len(broken))] = luck.randrange(256)
    states(bytes(broken))


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_after_the_mark_end_in_a_state(tail: bytes) -> None:
    with pytest.raises(Quarantine):
        raise Quarantine(readers.read(Source("a.pdf", b"%PDF-1.7\n" + tail, "export")).parsed.reason or "")


def nested(depth: int) -> bytes:
    return b"%PDF-1.4\n1 0 obj\n" + b"<</A" * depth + b" 1" + b">>" * depth + b"\nendobj\ntrailer <</Root 1 0 R>>\n%%EOF"


def kids_of_each_other() -> bytes:
    file = PdfWriter()
    file.add_blank_page(10, 10)
    pages = file.root_object["/Pages"]
    pages[NameObject("/Kids")] = ArrayObject([pages.indirect_reference] * 50)  # type: ignore[index]
    return saved(file)


def swollen() -> bytes:
    file = writer(lines("first page"), [])
    show(file, file.pages[1], b"BT /F1 10 Tf (a) Tj ET " * 800_000)
    return saved(file)


@pytest.mark.parametrize("make", [lambda: nested(10_000), lambda: nested(100), kids_of_each_other, swollen])
def test_hostile(put: Put, make: Callable[[], bytes]) -> None:
    (member,) = read_file(put("a.pdf", make()), replace(Limits(), seconds=20))
    assert member.parsed.status != "scanned"
    assert "the reader failed" not in (member.parsed.reason or "")
    assert "took longer" not in (member.parsed.reason or "")


def test_pages_left_when_the_time_is_over(put: Put) -> None:
    (member,) = read_file(put("a.pdf", pdf(*[rows(ROSTER)] * 2_000)), replace(Limits(), seconds=2))
    assert member.parsed.status == "partly_scanned"
    assert (member.parsed.reason or "").endswith("to 2,000 were not read: it took too long")
    assert "Mateo Okafor" in texts_of(member.parsed)


def test_many_fields(put: Put) -> None:
    file = writer(lines("Request"))
    fill(file, {f"Field {n}": f"value {n}" for n in range(600)})
    members = list(read_file(put("a.pdf", saved(file))))
    assert members[0].parsed.status == "scanned"
    assert {"value 0", "value 599"} <= set(texts_of(members[0].parsed).splitlines())
