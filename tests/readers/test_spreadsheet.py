"""XLSX as Excel and exporters write it, and as hostile ones do: numbers as written, nothing hidden missed, bombs refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

from scanners import readers
from scanners.errors import Quarantine
from scanners.intake import InboxFile
from scanners.readers.source import Limits, Source
from scanners.sandbox import read_file
from scanners.schemas import ParsedFile

Parse = Callable[..., ParsedFile]
Put = Callable[..., InboxFile]
Texts = Callable[[ParsedFile], str]


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def one_sheet(*rows: list[object], title: str = "Roster") -> tuple[Workbook, Any]:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book, sheet


def changed(data: bytes, parts: Mapping[str, bytes | None]) -> bytes:
    """The same package with parts put in, replaced or (None) taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name)


def rows(parsed: ParsedFile, number: int = 0) -> list[list[str | None]]:
    return [list(row.values()) for row in parsed.tables[number].data.to_pylist()]


def beside(parsed: ParsedFile, name: str) -> set[tuple[str | None, ...]]:
    return {tuple(row.values()) for table in parsed.tables if table.name == name for row in table.data.to_pylist()}


PEOPLE: tuple[list[object], ...] = (["id", "name"], ["S-1", "Zoë Núñez"], ["S-2", "Ann Lee"])


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        ("0012345", None, "0012345"),
        (12345, None, "12345"),
        (12345.0, None, "12345"),
        (1234567890123456, None, "1234567890123456"),
        (0.1, None, "0.1"),
        (12345, "0000000", "0012345"),
        (23456789, "000-00-0000", "023-45-6789"),
        (23456789, "000\\-00\\-0000", "023-45-6789"),
        (1234.5, "#,##0.00", "1234.5"),
        (date(2010, 9, 23), None, "2010-09-23"),
        (datetime(2026, 1, 2, 3, 4, 5), None, "2026-01-02T03:04:05"),  # noqa: DTZ001
        (time(3, 4), None, "03:04:00"),
        (40444, 'dd/mm/yyyy;@', "2010-09-23"),
        (True, None, "true"),
        ("=1+1", None, "=1+1"),
        ("line\nbreak", None, "line\nbreak"),
    ],
)  # fmt: skip
def test_cells(parse: Parse, value: object, number_format: str | None, text: str) -> None:
    book, sheet = one_sheet(["id", "value"], ["S-1", value])
    if number_format:
        sheet["B2"].number_format = number_format
    parsed = parse("a.xlsx", saved(book))
    assert (parsed.format, parsed.status, parsed.reason) == ("xlsx", "scanned", None)
    assert rows(parsed) == [["S-1", text]]


def test_dates_of_the_other_epoch(parse: Parse) -> None:
    book, sheet = one_sheet(["id", "born"], ["S-1", 38982])
    sheet["B2"].number_format = "yyyy-mm-dd"
    data = saved(book)
    workbook = part(data, "xl/workbook.xml").replace(b"<workbookPr", b'<workbookPr date1904="1"')
    assert rows(parse("a.xlsx", changed(data, {"xl/workbook.xml": workbook}))) == [["S-1", "2010-09-23"]]


def test_all_sheets_hidden_ones_too(parse: Parse) -> None:
    book, _ = one_sheet(*PEOPLE)
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet.sheet_state = state
        sheet.append(["mail"])
        sheet.append([f"{state}@x.example"])
    parsed = parse("a.xlsm", saved(book))
    assert [t.name for t in parsed.tables[:3]] == ["Roster", "hidden", "veryHidden"]
    assert rows(parsed, 2) == [["veryHidden@x.example"]]


def test_title_above_and_notes_below_and_a_table_that_begins_further_right(parse: Parse) -> None:
    book, sheet = one_sheet(
        ["Roster of Oak"], [], [None, None, "id", "name", "grade"], [None, None, 1, "Ann", 4], [None, None, 2, "Bob", 5]
    )
    sheet["C8"] = "Confidential"
    parsed = parse("a.xlsx", saved(book))
    assert parsed.tables[0].columns == ("id", "name", "grade")
    assert rows(parsed) == [["1", "Ann", "4"], ["2", "Bob", "5"]]
    around = next(t for t in parsed.tables if t.name == "lines around the table")
    assert around.data["line"].to_pylist() == ["Roster of Oak", "Confidential"]


def test_a_form_down_two_columns(parse: Parse) -> None:
    book, _ = one_sheet(
        ["Student name", "Hana Sato"], ["Birth date", "2012-03-09"], ["Student ID", "0012345"], ["Medical alerts", "Asthma"]
    )
    (table, *_) = parse("a.xlsx", saved(book)).tables
    assert table.data.to_pylist() == [
        {"Student name": "Hana Sato", "Birth date": "2012-03-09", "Student ID": "0012345", "Medical alerts": "Asthma"}
    ]


def test_merged_cells_are_the_value_of_each_row(parse: Parse) -> None:
    book, sheet = one_sheet(["All pupils", None, None], ["id", "name", "score"], ["S-1", "Ann", 1], [None, None, 2], ["S-2", "Bob", 3])
    for merged in ("A1:C1", "A3:A4", "B3:B4"):
        sheet.merge_cells(merged)
    parsed = parse("a.xlsx", saved(book))
    assert rows(parsed) == [["S-1", "Ann", "1"], ["S-1", "Ann", "2"], ["S-2", "Bob", "3"]]


def test_what_lies_beside_the_cells(parse: Parse) -> None:
    book, sheet = one_sheet(*PEOPLE)
    sheet["B2"].comment = Comment("has an IEP", "C. Lindqvist")
    sheet["B3"].hyperlink = "mailto:ann.lee@x.example"
    sheet["C2"] = '=HYPERLINK("https://x.example/?s=Ann","x")'
    sheet.oddHeader.center.text = "Class of Ms. Vance"
    book.properties.creator, book.properties.keywords = "J. Doe", "discipline"
    parsed = parse("a.xlsx", saved(book))
    assert ("Roster!B2", "has an IEP") in beside(parsed, "comments")
    assert {("creator", "J. Doe"), ("keywords", "discipline"), ("sheet", "Roster")} <= beside(parsed, "properties")
    said = "\n".join(str(value) for _, value in beside(parsed, "beside the cells"))
    assert "mailto:ann.lee@x.example" in said
    assert "Class of Ms. Vance" in said
    assert rows(parsed)[0][2] == '=HYPERLINK("https://x.example/?s=Ann","x")'


def test_the_cache_of_a_pivot_table_and_a_drawing(parse: Parse, texts: Texts) -> None:
    items = b'<cacheField name="pupil"><sharedItems><s v="Dee Fox"/></sharedItems></cacheField>'
    cache = b'<pivotCacheDefinition xmlns="m"><cacheFields>' + items + b"</cacheFields></pivotCacheDefinition>"
    drawing = b'<xdr:wsDr xmlns:xdr="d" xmlns:a="a"><a:p><a:r><a:t>Suspended: </a:t></a:r><a:r><a:t>Bob Ray</a:t></a:r></a:p></xdr:wsDr>'
    data = changed(saved(one_sheet(*PEOPLE)[0]), {"xl/pivotCache/pivotCacheDefinition1.xml": cache, "xl/drawings/drawing1.xml": drawing})
    parsed = parse("a.xlsx", data)
    assert parsed.status == "scanned"
    assert "Dee Fox" in texts(parsed)
    assert "Suspended: Bob Ray" in texts(parsed)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("xl/media/image1.png", "pictures are not read"),
        ("xl/vbaProject.bin", "macros are not read"),
        ("xl/embeddings/oleObject1.bin", "embedded files are not read"),
        ("students.csv", "parts of no known kind are not read"),
    ],
)
def test_what_is_not_read_is_said(parse: Parse, name: str, reason: str) -> None:
    parsed = parse("a.xlsx", changed(saved(one_sheet(*PEOPLE)[0]), {name: b"x"}))
    assert (parsed.status, parsed.reason) == ("partly_scanned", reason)
    assert len(rows(parsed)) == 2


def test_names_with_prefixes_inline_texts_and_no_places(parse: Parse) -> None:
    cells = (
        b'<x:c t="inlineStr"><x:is><x:t>id</x:t></x:is></x:c><x:c t="str"><x:v>na_x006D_e</x:v></x:c>',
        b'<x:c><x:v>1.2345E+4</x:v></x:c><x:c t="inlineStr"><x:is><x:r><x:t>Ann </x:t></x:r><x:r><x:t>Lee</x:t></x:r></x:is></x:c>',
    )
    found = b"<x:row>" + cells[0] + b'</x:row><x:row r="9">' + cells[1] + b"</x:row>"
    sheet = b'<x:worksheet xmlns:x="m"><x:sheetData>' + found + b"</x:sheetData></x:worksheet>"
    parsed = parse("a.xlsx", changed(saved(one_sheet(*PEOPLE)[0]), {"xl/worksheets/sheet1.xml": sheet}))
    assert parsed.tables[0].data.to_pylist() == [{"id": "12345", "name": "Ann Lee"}]


def test_a_sheet_cut_off_keeps_the_rows_before(parse: Parse) -> None:
    data = saved(one_sheet(*PEOPLE)[0])
    sheet = part(data, "xl/worksheets/sheet1.xml")
    parsed = parse("a.xlsx", changed(data, {"xl/worksheets/sheet1.xml": sheet[: sheet.index(b'<c r="B3"')]}))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "sheet 1 cannot be read whole (its XML is broken)")
    assert rows(parsed) == [["S-1", "Zoë Núñez"]]


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
def test_sheets_are_found_without_a_directory(parse: Parse, texts: Texts, missing: str) -> None:
    parsed = parse("a.xlsx", changed(saved(one_sheet(*PEOPLE)[0]), {missing: None}))
    assert "Zoë Núñez" in texts(parsed)


RICH = "<si><r><t>Zoë </t></r><r><rPr><b/></rPr><t>Núñez</t></r></si>"
SHARED = f'<sst xmlns="m"><si><t>id</t></si><si><t>na_x006D_e</t></si>{RICH}</sst>'.encode()
REFERRING = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row><c t="s"><v>0</v></c><c t="s"><v>2</v></c></row>'


def shared(texts: bytes) -> bytes:
    sheet = f"<worksheet><sheetData>{REFERRING}</sheetData></worksheet>".encode()
    return changed(saved(one_sheet(*PEOPLE)[0]), {"xl/sharedStrings.xml": texts, "xl/worksheets/sheet1.xml": sheet})


def test_shared_texts(parse: Parse) -> None:
    parsed = parse("a.xlsx", shared(SHARED))
    assert (parsed.status, parsed.tables[0].data.to_pylist()) == ("scanned", [{"id": "id", "name": "Zoë Núñez"}])


def test_texts_that_are_missing_are_said(parse: Parse) -> None:
    parsed = parse("a.xlsx", shared(SHARED.replace(b"<si><t>id</t></si>", b"", 1)))
    assert (parsed.status, parsed.reason) == ("partly_scanned", "1 cells of sheet 1 refer to texts that are not there")


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'


def test_entities_are_refused(parse: Parse) -> None:
    parsed = parse("a.xlsx", changed(saved(one_sheet(*PEOPLE)[0]), {"xl/sharedStrings.xml": BOMB}))
    assert parsed.status == "partly_scanned"
    assert (parsed.reason or "").startswith("the workbook's texts cannot be read whole (XML that declares entities is not read)")


def test_a_file_outside_is_not_read(parse: Parse, texts: Texts) -> None:
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><sst><si><t>&a;</t></si></sst>'
    parsed = parse("a.xlsx", changed(saved(one_sheet(*PEOPLE)[0]), {"xl/sharedStrings.xml": outside}))
    assert parsed.status == "partly_scanned"


def test_a_zip_bomb_is_stopped() -> None:
    data = changed(saved(one_sheet(*PEOPLE)[0]), {"xl/comments9.xml": b"<c>" + b" " * 40_000_000 + b"</c>"})
    parsed = readers.read(Source("a.xlsx", data, "export")).parsed
    assert (parsed.status, parsed.reason) == ("partly_scanned", "unpacks to more than 250 times its size")
    with pytest.raises(Quarantine, match=r"more than 0\.00191 MB unpacked"):
        readers.read(Source("a.xlsx", data, "export", Limits(archive_bytes=2_000)))


def test_a_cell_far_away_costs_nothing(put: Put) -> None:
    book, sheet = one_sheet(*PEOPLE)
    sheet["XFD1048576"] = "zed@x.example"
    (member,) = read_file(put("a.xlsx", saved(book)), Limits(memory_bytes=600 * 2**20, seconds=20))
    assert member.parsed.status == "scanned"
    assert "zed@x.example" in {cell for table in member.parsed.tables for column in table.data.columns for cell in column.to_pylist()}


def test_in_the_sandbox_and_within_a_zip(put: Put) -> None:
    data = saved(one_sheet(*PEOPLE)[0])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("in/a.xlsx", data)
    members = read_file(put("a.zip", out.getvalue()))
    assert [(m.path, m.parsed.format, m.parsed.status) for m in members] == [
        ("a.zip", "zip", "scanned"),
        ("a.zip!/in/a.xlsx", "xlsx", "scanned"),
    ]
    assert rows(members[1].parsed) == [["S-1", "Zoë Núñez"], ["S-2", "Ann Lee"]]


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"xl/worksheets/sheet1.xml": b""}, "partly_scanned"),
        ({"xl/worksheets/sheet1.xml": b"\x00\xff" * 50}, "partly_scanned"),
        ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='x'><c r='A1' s='-5'><v>1</v></c></row></sheetData></worksheet>"},
         "partly_scanned"),
        ({"xl/worksheets/sheet1.xml": None}, "quarantined"),
        ({"xl/workbook.xml": b"<workbook><sheets><sheet name='a' id='rId1'/><sheet name='b' id='rId1'/></sheets></workbook>"}, "scanned"),
        ({"xl/worksheets/_rels/sheet1.xml.rels": b"<Relationships><Relationship Id='1' Type='x/comments' Target='../../etc/x'/>"},
         "partly_scanned"),
    ],
)  # fmt: skip
def test_odd_parts_end_in_a_state(parse: Parse, parts: dict[str, bytes | None], status: str) -> None:
    assert parse("a.xlsx", changed(saved(one_sheet(*PEOPLE)[0]), parts)).status == status


def test_without_its_end_the_parts_are_read_as_text(put: Put) -> None:
    data = saved(one_sheet(*PEOPLE)[0])
    members = read_file(put("a.xlsx", data[: data.rindex(b"PK\x01\x02")]))
    assert members[0].parsed.status == "partly_scanned"
    cells = {cell for m in members for t in m.parsed.tables for column in t.data.columns for cell in column.to_pylist()}
    assert any("Zoë Núñez" in (cell or "") for cell in cells)
