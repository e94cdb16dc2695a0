"""PDFs for the tests: texts at places on pages, form fields, notes, files within."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from pypdf import PageObject, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

Text = tuple[float, float, str]
_LETTERS = {"Ł": (b"\x01", "/Lslash"), "ł": (b"\x02", "/lslash"), "ş": (b"\x03", "/scedilla")}
"""Letters beyond Windows-1252, by the codes that the font gives them."""


def pdf(*pages: Sequence[Text], **properties: str) -> bytes:
    return saved(writer(*pages, **properties))


def saved(file: PdfWriter) -> bytes:
    out = io.BytesIO()
    file.write(out)
    return out.getvalue()


def writer(*pages: Sequence[Text], **properties: str) -> PdfWriter:
    file = PdfWriter()
    differences = ArrayObject([NumberObject(1), *(NameObject(name) for _, name in _LETTERS.values())])
    encoding = _named({"/Type": NameObject("/Encoding"), "/BaseEncoding": NameObject("/WinAnsiEncoding"), "/Differences": differences})
    told = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    font = file._add_object(_named({**{key: NameObject(value) for key, value in told.items()}, "/Encoding": encoding}))
    for texts in pages:
        page = file.add_blank_page(612, 792)
        page[NameObject("/Resources")] = _named({"/Font": _named({"/F1": font})})
        show(file, page, b"\n".join(map(_shown, texts)))
    if properties:
        file.add_metadata({f"/{key.title()}": value for key, value in properties.items()})
    return file


def show(file: PdfWriter, page: PageObject, operators: bytes) -> None:
    content = DecodedStreamObject()
    content.set_data(operators)
    page[NameObject("/Contents")] = file._add_object(content.flate_encode())


def rows(table: Sequence[Sequence[str]], columns: Sequence[float] = (50, 130, 280, 430), top: float = 700) -> list[Text]:
    """A table drawn cell by cell."""
    return [(columns[n], top - 16 * line, cell) for line, row in enumerate(table) for n, cell in enumerate(row) if cell]


def lines(*texts: str, top: float = 740) -> list[Text]:
    return [(50, top - 16 * number, text) for number, text in enumerate(texts)]


def fill(file: PdfWriter, fields: Mapping[str, str]) -> None:
    """A form of text fields on the first page; a name of `a.b` is a field `b` within `a`."""
    page, kids, parents = file.pages[0], ArrayObject(), dict[str, DictionaryObject]()
    for number, (name, value) in enumerate(fields.items()):
        parent, _, own = name.rpartition(".")
        box = ArrayObject(FloatObject(n) for n in (50, 500 - 20 * number, 200, 515 - 20 * number))
        field = _named(
            {
                "/Type": NameObject("/Annot"), "/Subtype": NameObject("/Widget"), "/FT": NameObject("/Tx"),
                "/T": TextStringObject(own), "/V": TextStringObject(value), "/Rect": box,
            }
        )  # fmt: skip
        reference = file._add_object(field)
        if parent and parent not in parents:
            parents[parent] = _named({"/T": TextStringObject(parent), "/Kids": ArrayObject()})
            kids.append(file._add_object(parents[parent]))
        if parent:
            field[NameObject("/Parent")] = parents[parent].indirect_reference or parents[parent]
            parents[parent]["/Kids"].append(reference)  # type: ignore[attr-defined]
        else:
            kids.append(reference)
        note(page, reference)
    file.root_object[NameObject("/AcroForm")] = file._add_object(_named({"/Fields": kids}))


def note(page: PageObject, annotation: object) -> None:
    page[NameObject("/Annots")] = ArrayObject([*page.get("/Annots", ()), annotation])


def picture(file: PdfWriter, page: PageObject, width: int = 200, height: int = 200) -> None:
    """A grey picture, drawn over the page."""
    image = DecodedStreamObject()
    image.set_data(b"\x80" * (width * height))
    told = {"/Type": NameObject("/XObject"), "/Subtype": NameObject("/Image"), "/ColorSpace": NameObject("/DeviceGray")}
    image.update({NameObject(key): value for key, value in told.items()})
    image.update({NameObject(f"/{key}"): NumberObject(n) for key, n in (("Width", width), ("Height", height), ("BitsPerComponent", 8))})
    page[NameObject("/Resources")][NameObject("/XObject")] = _named({"/Im1": file._add_object(image.flate_encode())})  # type: ignore[index]


def _shown(text: Text) -> bytes:
    x, y, said = text
    raw = b"".join(_LETTERS[c][0] if c in _LETTERS else c.encode("cp1252") for c in said)
    raw = raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT /F1 10 Tf 1 0 0 1 %d %d Tm (%s) Tj ET" % (x, y, raw)


def _named(entries: Mapping[str, object]) -> DictionaryObject:
    return DictionaryObject({NameObject(key): value for key, value in entries.items()})
