"""Any other text is lines; what is no text is refused by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "utf-32"])
def test_lines(parse: Parse, encoding: str) -> None:
    parsed = parse("notes.txt", "Zoë came.\r\n\r\n  Ann stayed\x0b home \r\n".encode(encoding))
    assert (parsed.format, parsed.status) == ("text", "scanned")
    assert parsed.tables[0].data["line"].to_pylist() == ["Zoë came.", "  Ann stayed\x0b home "]


BROKEN = b" \xe9\xe8 caf\xe9 \xff\xfe \xc3 na\xefve"
"""Bytes that are no UTF-8, more than there are characters of it."""


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.json", '[{"name": "Zoë Núñez", "note": "', '"}]'),
        ("a.jsonl", '{"name": "Zoë Núñez"}\n{"note": "', '"}\n'),
        ("a.csv", "name,note\nZoë Núñez,", "\n"),
        ("a.txt", "Zoë Núñez\n", "\n"),
    ],
)
@pytest.mark.parametrize("who", ["Zoë Núñez", "Łukasz Dvořák", "Никита Зайцев", "王小明"])
def test_a_name_in_utf8_among_mostly_broken_bytes(parse: Parse, name: str, before: str, after: str, who: str) -> None:
    parsed = parse(name, before.replace("Zoë Núñez", who).encode() + 4 * BROKEN + after.encode())
    assert parsed.status == "partly_scanned"
    assert "bytes that are not UTF-8" in (parsed.reason or "")
    assert any(who in value for t in parsed.tables for c in t.data.itercolumns() for value in c.to_pylist() if value)


@pytest.mark.parametrize(
    ("text", "encoding", "reason"),
    [
        ("„Strauß“ … GRÖßE – Übung “É” »Äpfel«", "cp1252", None),
        ("CAFÉ” «ÉCOLE» ESPAÑA’S", "cp1252", None),
        ("«Éric» «été» ÇÉ", "mac-roman", None),
        ("Никита", "cp1251", None),  # letters of another code page: nothing says so
        ("Ђорђе Џ", "cp1251", "bytes that are not CP1252 in line 2"),
    ],
)
def test_a_text_in_a_single_byte_encoding(parse: Parse, text: str, encoding: str, reason: str | None) -> None:
    line_end = "\r" if encoding == "mac-roman" else "\n"
    parsed = parse("a.txt", f"x{line_end}{text}{line_end}".encode(encoding))
    assert parsed.reason == reason
    if encoding != "cp1251":
        assert parsed.tables[0].data["line"].to_pylist() == ["x", text]


def test_a_few_control_characters_among_other_scripts_are_text(parse: Parse) -> None:
    text = "\n".join(["部落格 社會科學院語學研究所"] * 40 + ["odd: " + "".join(map(chr, range(1, 9)))] + ["Ω≈ç√∫˜µ≤≥÷ åß∂ƒ©˙∆˚¬…æ"] * 40)
    parsed = parse("a.txt", text)
    assert (parsed.status, parsed.tables[0].data.num_rows) == ("scanned", 81)


def test_rtf_is_read_as_it_is_written(parse: Parse) -> None:
    parsed = parse("a.rtf", "{\\rtf1\\ansi {\\b Ann} Lee came, Zo\\'eb left.}")
    assert (parsed.format, parsed.status) == ("rtf", "partly_scanned")
    assert "formatting may stand within names" in (parsed.reason or "")
    assert parsed.tables[0].data.num_rows == 1


def test_one_very_long_line(parse: Parse) -> None:
    text = "word " * 20_000
    lines = parse("a.txt", text).tables[0].data["line"].to_pylist()
    assert "".join(lines) == text
    assert max(map(len, lines)) <= 20_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7\n", "the pdf is damaged: nothing of it can be read"),
        (b"PAR1\x00\x00", "the parquet is cut off: its directory, at the end, is missing"),
        (b"SQLite format 3\x00" + bytes(100), "the SQLite database is damaged: its schema cannot be read"),
        (b"\x37\x7f\x06\x82" + bytes(40), "a write-ahead log of SQLite is not read yet"),
        (b"\x89PNG\r\n\x1a\n", "png is not read yet"),
        (b"\x01\x02\x03\x04" * 50, "binary data of no known format"),
        (b"", "the file is empty"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a"])
def test_no_text(parse: Parse, name: str, data: bytes, reason: str) -> None:
    parsed = parse(name, data)
    assert (parsed.status, parsed.reason) == ("quarantined", reason)


@pytest.mark.parametrize(
    ("name", "text", "format_name"),
    [
        ("a.html", "<p>x</p>", "html"),
        ("a", "<!DOCTYPE html><p>x", "html"),
        ("a.dat", "<?xml version='1.0'?><a/>", "xml"),
        ("a.sql", "INSERT INTO t VALUES (1);", "sql"),
        ("a.pem", "-----BEGIN CERTIFICATE-----\nMII\n", "pem"),
    ],
)
def test_formats_by_content_or_name(parse: Parse, name: str, text: str, format_name: str) -> None:
    assert parse(name, text).format == format_name
