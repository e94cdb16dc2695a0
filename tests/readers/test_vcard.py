"""vCards as phones and programs write them: a record a card, folded and quoted lines joined, damage named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.readers.source import Source
from scanners.readers.vcard import VcardReader
from scanners.schemas import ParsedFile
from tests.scanners.district import STUDENTS, key, scan, seen

Parse = Callable[..., ParsedFile]


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]) + "\r\n"


CARDS = [
    (card("VERSION:3.0", "N:Núñez;Zoë;Ann;;", "FN:Zoë Núñez", "BDAY:2010-03-04"),
     [{"name.family": "Núñez", "name.given": "Zoë", "name.middle": "Ann", "full name": "Zoë Núñez", "birth date": "2010-03-04"}]),
    (card("item1.EMAIL;TYPE=INTERNET:zoe@x.example", "EMAIL:z@y.example", "TEL;VALUE=uri;TYPE=\"voice,cell\":tel:+1-402-555-0102"),
     [{"email": "zoe@x.example", "email#2": "z@y.example", "phone": "+1-402-555-0102"}]),
    (card("ADR;TYPE=HOME:;;12 Elm St\\, Apt 3;Fairview;NE;68131;", "NOTE:first\\nsecond\\; third"),
     [{"address": "12 Elm St, Apt 3, Fairview, NE, 68131", "note": "first\nsecond; third"}]),
    (card("FN:Zoë", "NOTE:a long", "  line, fol", "\tded"), [{"full name": "Zoë", "note": "a long line, folded"}]),
    (card("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB N=", "=C3=BA=C3=B1ez", "TEL;CELL:555-0102"),
     [{"full name": "Zoë Núñez", "phone": "555-0102"}]),
    (card("FN:Ann") + "\r\n" + card("fn:Bob"), [{"full name": "Ann", "email": None}, {"full name": "Bob"}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CARDS, ids=range(len(CARDS)))
@pytest.mark.parametrize("name", ["contacts.vcf", "a.txt", "a"])
def test_cards(parse: Parse, text: str, expected: list[dict[str, str | None]], name: str) -> None:
    parsed = parse(name, text)
    assert (parsed.format, parsed.status, parsed.reason) == ("vcf", "scanned", None)
    wanted = [{k: v for k, v in row.items() if v} for row in expected]
    assert [{k: v for k, v in row.items() if v} for row in parsed.tables[0].data.to_pylist()] == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (card("FN:Ann", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ", " SkZJRg=="), "pictures are not read"),
        (card("FN:Ann", "PHOTO:data:image/jpeg;base64,/9j/4AAQ"), "pictures are not read"),
        (card("FN:Ann", "what is this"), "no property of a card at line 3"),
        (card("FN:Ann") + "left over\r\n", "no property of a card at line 4"),
        ("BEGIN:VCARD\r\nFN:Ann\r\n", "a card has no end"),
        ("BEGIN:VCARD\r\nFN:Ann\r\n" + card("FN:Bob"), "a card has no end"),
    ],
)
def test_what_is_missed_is_named(parse: Parse, text: str, reason: str) -> None:
    parsed = parse("a.vcf", text)
    assert (parsed.status, parsed.reason) == ("partly_scanned", reason)
    assert parsed.tables[0].data["full name"].to_pylist()[0] == "Ann"
    assert reason != "no property of a card at line 3" or "what is this" in str([t.data.to_pylist() for t in parsed.tables])


def test_no_card(parse: Parse) -> None:
    assert parse("a.txt", "see BEGIN:VCARD\n").format == "text"


def test_contacts_are_their_students() -> None:
    text = "".join(card(f"N:{s.family};{s.given};;;", f"EMAIL:{s.emails[0]}", "ADR:;;12 Elm St;Fairview;NE;;") for s in STUDENTS[:4])
    (table,) = VcardReader().read(Source("a.vcf", text.encode(), "export")).parsed.tables
    expected = {(key(n), e) for n in range(1, 5) for e in ("student_name", "student_contact.email", "student_contact.address")}
    assert seen(scan(table)) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.sampled_from('NFEMAIL:;=\\ \t\r\né"b'), max_size=25), max_size=8))
def test_any_text_in_a_card_ends_in_a_status(lines: list[str]) -> None:
    parsed = VcardReader().read(Source(str(Path("a.vcf")), card(*lines).encode(), "export")).parsed
    assert parsed.status in ("scanned", "partly_scanned")
