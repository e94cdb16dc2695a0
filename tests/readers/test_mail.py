"""Mail: messages and mailboxes, headers, text and HTML, attachments within attachments; broken MIME, odd charsets, hostile mail."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import readers
from scanners.intake import InboxFile
from scanners.readers.mail import MailReader
from scanners.readers.source import Limits, Source
from scanners.sandbox import read_file
from scanners.schemas import ParsedFile
from tests.readers.conftest import parse_bytes, texts_of

Parse = Callable[..., ParsedFile]
Put = Callable[..., InboxFile]
CSV = b"id,name\n1,Ann\n"
PLAIN = b"From: a@x.example\nTo: b@x.example\nSubject: Hi\nDate: Tue, 1 Sep 2026 10:00:00 -0500\n\nHello Ann Lee\n"
ENVELOPE = b"From a@x.example Tue Sep  1 10:00:00 2026\n"


def message(text: str = "Hello", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    told = {"From": "a@x.example", "To": "b@x.example", "Subject": "Hi", "Date": "Tue, 01 Sep 2026 10:00:00 -0500"}
    for name, value in {**told, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        mail[name] = value
    mail.set_content(text)
    return mail


def attached(data: bytes, name: str, mail: EmailMessage | None = None) -> EmailMessage:
    mail = mail or message()
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail


def rows(parsed: ParsedFile, name: str = "") -> list[dict[str, str | None]]:
    return next((t.data.to_pylist() for t in parsed.tables if t.name == name), [])


def told(put: Put, name: str, data: bytes, limits: Limits | None = None) -> list[tuple[str, str, str, str | None]]:
    members = read_file(put(name, data), limits or Limits())
    return [(m.path, m.parsed.format, m.parsed.status, m.parsed.reason) for m in members]


def test_a_message_is_a_row(parse: Parse) -> None:
    mail = message(
        "Zoë is late\n", Cc="Hana Sato <h@x.example>", Reply_To="r@x.example", X_Student_ID="0012345", Message_ID="<q@x.example>",
        X_MS_Exchange_Id="77",
    )  # fmt: skip
    mail.replace_header("From", '"O\'Rourke, Zoë" <zoe@x.example>')
    mail.replace_header("Subject", "Fälle für Zoë Núñez, der in diesem Schuljahr noch nicht da war")
    parsed = parse("a.eml", mail.as_bytes())
    assert (parsed.format, parsed.status, parsed.reason) == ("eml", "scanned", None)
    assert rows(parsed) == [
        {
            "from": "O'Rourke, Zoë <zoe@x.example>", "to": "b@x.example", "cc": "Hana Sato <h@x.example>", "reply_to": "r@x.example",
            "date": "Tue, 01 Sep 2026 10:00:00 -0500", "subject": "Fälle für Zoë Núñez, der in diesem Schuljahr noch nicht da war",
            "x-student-id": "0012345", "body": "Zoë is late",
        }
    ]  # fmt: skip
    times = parsed.tables[0].times
    assert times is not None
    assert times.to_pylist() == ["2026-09-01T10:00:00-05:00"]


@pytest.mark.parametrize(
    ("name", "data", "known"),
    [
        ("a.eml", PLAIN, True),
        ("noname", PLAIN, True),
        ("a.txt", b"\r\n" + PLAIN.replace(b"\n", b"\r\n"), True),
        ("a.eml", b"X-Only: this\n\ntext", True),
        ("mail", ENVELOPE + PLAIN, True),
        ("a.yaml", b"From: a\nTo: b\n", False),
        ("a.txt", b"From: a note\nit goes on\n", False),
        ("a.txt", b"Subject: one header\n\ntext", False),
        ("a.txt", b"From here to there it was 10:30\nand so on\n", False),
        ("a.csv", ENVELOPE + PLAIN, False),
    ],
)
def test_known_by_its_headers(name: str, data: bytes, known: bool) -> None:
    assert MailReader().matches(name, data, "export") is known
    assert isinstance(readers.choose(Source(name, data, "export")), MailReader) is known


def test_a_mailbox_has_a_row_a_message(parse: Parse) -> None:
    first, second = message("one\n\nFrom here on it is text\n").as_bytes(), message("two").as_bytes()
    for newline in (b"\n", b"\r\n"):
        data = (ENVELOPE + first + b"\n" + ENVELOPE + second + b"\n").replace(b"\n", newline)
        parsed = parse("box.mbox", data)
        assert (parsed.format, parsed.status) == ("mbox", "scanned")
        assert [row["body"] for row in rows(parsed)] == ["one\n\nFrom here on it is text", "two"]


def test_html_adds_what_the_text_does_not_say(parse: Parse) -> None:
    mail = message("Hello Ann\n")
    page = (
        "<html><style>p {color: red}</style><p>Hello Ann</p><p>Your child <b>Bo Lee</b> was late</p>"
        "<a href='https://x.example/?id=0012345'>more</a>"
        "<table><tr><th>id</th><th>name</th></tr><tr><td>1</td><td>Cy</td></tr><tr><td>2</td><td>Di</td></tr></table></html>"
    )
    mail.add_alternative(page, subtype="html")
    for data, many in ((mail.as_bytes(), 1), (b"".join(ENVELOPE + mail.as_bytes() + b"\n" for _ in range(2)), 2)):
        parsed = parse("a", data)
        assert [row["body"] for row in rows(parsed)] == ["Hello Ann\nYour child Bo Lee was late\nmore"] * many
        assert rows(parsed, "table 1") == [{"id": "1", "name": "Cy"}, {"id": "2", "name": "Di"}] * many
        assert rows(parsed, "attributes") == [{"path": "a.href", "value": "https://x.example/?id=0012345"}]


@pytest.mark.parametrize(
    ("head", "body", "subject", "text"),
    [
        (b"Subject: =?iso-8859-1?q?Z=F6e?=\nContent-Type: text/plain; charset=iso-8859-1", "Zöe".encode("latin-1"), "Zöe", "Zöe"),
        (b"Subject: =?utf-8?b?Wm/Dqw==?= =?utf-8?q?_N=C3=BA=C3=B1ez?=\nX-A: b", b"Z", "Zoë Núñez", "Z"),
        ("Subject: Zoë raw\nX-A: b".encode(), "Zoë".encode(), "Zoë raw", "Zoë"),
        ("Subject: Zoë raw\nX-A: b".encode("cp1252"), "Zoë".encode("cp1252"), "Zoë raw", "Zoë"),
        (b"Subject: =?x-nobody?q?Z?=\nContent-Type: text/plain; charset=x-nobody", "Zoë".encode(), "=?x-nobody?q?Z?=", "Zoë"),
        (b"Subject: a\n b\nContent-Transfer-Encoding: base64\nX-A: b", b"Wm/Dqw==", "a b", "Zoë"),
        (b"Subject: q\nContent-Transfer-Encoding: quoted-printable\nX-A: b", b"Zo=C3=\n=AB", "q", "Zoë"),
    ],
)
def test_words_and_charsets(parse: Parse, head: bytes, body: bytes, subject: str, text: str) -> None:
    parsed = parse("a.eml", b"From: a@x.example\n" + head + b"\n\n" + body + b"\n")
    (row,) = rows(parsed)
    assert (row["subject"], row["body"]) == (subject, text)


def test_attachments_are_members(put: Put) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in.csv", CSV)
    inner = attached(CSV, "inner.csv", message("forwarded"))
    mail = attached(packed.getvalue(), "a.zip", attached(CSV, "rößter.csv"))
    mail.add_attachment(inner)
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    data = mail.as_bytes()
    members = [
        ("!/rößter.csv", "csv", "scanned", None),
        ("!/a.zip", "zip", "scanned", None),
        ("!/a.zip!/in.csv", "csv", "scanned", None),
        ("!/part 4.eml", "eml", "scanned", None),
        ("!/part 4.eml!/inner.csv", "csv", "scanned", None),
    ]
    pictures = "pictures are not read"
    assert told(put, "a.eml", data) == [("a.eml", "eml", "partly_scanned", pictures), *[(f"a.eml{p}", *rest) for p, *rest in members]]
    box = ENVELOPE + PLAIN + b"\n" + ENVELOPE + data
    assert told(put, "box", box) == [
        ("box", "mbox", "partly_scanned", f"{pictures} (message 2)"),
        *[(f"box!/message 2/{path.removeprefix('!/')}", *rest) for path, *rest in members],
    ]


def test_names_of_attachments_are_labels_only(put: Put) -> None:
    mail = attached(CSV, "../../etc/a.csv", attached(CSV, "a.csv", attached(CSV, "a.csv")))
    assert [path for path, *_ in told(put, "a.eml", mail.as_bytes())] == [
        "a.eml",
        "a.eml!/a.csv",
        "a.eml!/a.csv#2",
        "a.eml!/.._.._etc_a.csv",
    ]


def test_nested_deeper_than_is_read(put: Put) -> None:
    mail = attached(CSV, "deep.csv")
    for _ in range(3):
        outer = message("forward")
        outer.add_attachment(mail)
        mail = outer
    found = told(put, "a.eml", mail.as_bytes(), Limits(archive_depth=2))
    assert found[-1] == ("a.eml!/part 2.eml!/part 2.eml", "eml", "partly_scanned", "files within it, nested deeper than 2, are not read")


BOUNDARY = b"From: a@x.example\nSubject: s\nContent-Type: multipart/mixed; boundary=B\n\n"
PART = b"--B\nContent-Type: text/csv\nContent-Disposition: attachment; filename=a.csv\nContent-Transfer-Encoding: base64\n\n"


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (BOUNDARY.replace(b"; boundary=B", b"") + b"--B\n\nHello Ann\n", "Hello Ann"),
        (BOUNDARY + b"Hello Ann\n", "Hello Ann"),
        (BOUNDARY + b"--B\nContent-Type: text/plain\n\nHello Ann\n", "Hello Ann"),
        (BOUNDARY + b"--B\nContent-Transfer-Encoding: base64\n\nSGVsbG8gQW5u!!=\n--B--\n", "Hello Ann"),
        (b"From: a@x.example\nSubject: s\nno header at all\n\nHello Ann\n", "Hello Ann"),
    ],
)
def test_broken_mime_is_said_and_read(parse: Parse, data: bytes, kept: str) -> None:
    parsed = parse("a.eml", data)
    assert (parsed.status, parsed.reason) == ("partly_scanned", "broken MIME")
    assert kept in texts_of(parsed)


def test_text_before_and_after_the_parts_is_read(parse: Parse) -> None:
    parsed = parse("a.eml", BOUNDARY + b"before: Ann Lee\n--B\n\nHello\n--B--\nafter: Bo Lee\n")
    assert rows(parsed)[0]["body"] == "before: Ann Lee\nafter: Bo Lee\nHello"


def test_a_damaged_attachment_is_read_and_said(put: Put) -> None:
    assert told(put, "a.eml", BOUNDARY + PART + b"aWQsbmFtZQoxLEFubgo!\n--B--\n") == [
        ("a.eml", "eml", "partly_scanned", "a member is damaged (broken MIME)"),
        ("a.eml!/a.csv", "csv", "partly_scanned", "damaged (broken MIME)"),
    ]


def test_encrypted_and_signed(parse: Parse) -> None:
    data = b"From: a@x.example\nSubject: s\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nMIIB\n"
    assert parse("a.eml", data).reason == "encrypted parts are not read"
    signed = BOUNDARY + b"--B\n\nHello\n--B\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB\n--B--\n"
    assert parse("a.eml", signed).status == "scanned"


def test_a_long_text_is_cut_into_rows(parse: Parse) -> None:
    parsed = parse("a.eml", PLAIN + b"word " * 10_000)
    bodies = [row["body"] or "" for row in rows(parsed)]
    assert len(bodies) == 3
    assert max(map(len, bodies)) <= 20_000
    assert [row["subject"] for row in rows(parsed)] == ["Hi", None, None]


# -- hostile ------------------------------------------------------------------------------------------------------------------


def test_more_attachments_than_are_read(put: Put) -> None:
    data = BOUNDARY + (PART + b"aWQsbmFtZQoxLEFubgo=\n") * 5_000 + b"--B--\n"
    found = told(put, "a.eml", data, Limits(archive_entries=300))
    assert len(found) == 301
    assert found[0][2:] == ("partly_scanned", "more than 300 entries")


def test_an_attachment_that_is_too_large(put: Put) -> None:
    found = told(put, "a.eml", attached(b"x" * 200_000, "a.txt").as_bytes(), Limits(archive_bytes=100_000))
    assert found == [("a.eml", "eml", "partly_scanned", "more than 0.0954 MB unpacked")]


def test_parts_within_parts_without_end(put: Put) -> None:
    deep = b"From: a@x.example\nSubject: s\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=B%d\n\n--B%d\n" % (n, n) for n in range(3_000)
    )
    (row,) = told(put, "a.eml", deep + b"\nHello\n", Limits(seconds=20))
    assert row[2] == "partly_scanned"


WHOLE = attached(CSV, "a.csv", message("Hello Ann Lee", X_Student_ID="0012345")).as_bytes()


def test_cut_off_anywhere(parse: Parse) -> None:
    for tenth in range(1, 10):
        parsed = parse("a.eml", WHOLE[: len(WHOLE) * tenth // 10])
        assert parsed.reason or parsed.status == "scanned"


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 5, 60]), st.sampled_from([b"", ENVELOPE]))
def test_flipped_bytes_end_in_a_state(luck: random.Random, count: int, envelope: bytes) -> None:
    broken = bytearray(envelope + WHOLE)
    for _ in range(count):
        broken[luck.randrange(len(broken))] = luck.randrange(256)
    parsed = parse_bytes("a.eml", bytes(broken))
    assert parsed.reason or parsed.status == "scanned"


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"Content-Type: ", b"Content-Type: text/plain; charset=", b"Content-Type: multipart/a; boundary="]),
)
def test_any_bytes_after_a_header_end_in_a_state(tail: bytes, header: bytes) -> None:
    parsed = parse_bytes("a.eml", b"From: a@x.example\nSubject: x\n" + header + tail)
    assert parsed.reason or parsed.status == "scanned"
