"""Bad files: a folder's own, and made ones of every format, each with the value of a student planted where that can be done.

Only the making belongs here; no scanner is imported. All chance comes from the seed.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.forms import BINARY, EXPORTS, LOGS, Form, Row, Rows, as_csv, as_json, as_json_lines, as_sql, as_xlsx, as_xml

MB = 1 << 20
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac-roman", "cp437", "cp037", "utf-7", "shift-jis")
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\0\0"}


@dataclass(frozen=True)
class Student:
    number: str
    name: str
    email: str

    @property
    def row(self) -> Row:
        return {"student_id": self.number, "name": self.name, "email": self.email, "note": "read chapter 3"}

    @property
    def values(self) -> tuple[str, str, str]:
        """As they stand in a text of any kind: an id needs a word that says so."""
        return self.email, f"student id {self.number}", self.name


@dataclass(frozen=True)
class BadFile:
    """`planted` is the student whose value stands in it; None where there is none, or the damage has taken it."""

    group: str
    name: str
    data: bytes
    planted: Student | None = None
    kind: str = "export"
    party: str = "vendor"


def of_folder(folder: Path, people: Sequence[Student], seed: int) -> Iterator[BadFile]:
    """Every file below the folder as it is, and with an e-mail, an id, a name before it, within it and behind it; naughty strings apart."""
    chance = random.Random(seed)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data, group = path.read_bytes(), path.relative_to(folder).parts[0]
        yield BadFile(f"{group}: as they are", path.name, data)
        for value in range(3):
            at = (0, len(data), chance.randrange(len(data) + 1))
            for place, position in zip(("before", "behind", "within"), at, strict=True):
                who = chance.choice(people)
                planted = f" {who.values[value]} ".encode()
                planted = planted + b"\n" if place == "before" else b"\n" + planted if place == "behind" else planted
                yield BadFile(f"{group}: planted {place}", path.name, data[:position] + planted + data[position:], who)
    for strings in folder.rglob("blns.json"):
        yield from naughty(json.loads(strings.read_text()), people)


def naughty(strings: Sequence[str], people: Sequence[Student]) -> Iterator[BadFile]:
    """Each string as a cell, a column, a file's name and a party's, beside a student."""
    for n, text in enumerate(strings):
        who = people[n % len(people)]
        for ending, form in (("csv", as_csv), ("json", as_json), ("sql", as_sql), ("xml", as_xml)):
            rows = [{"email": it.email, "note": text} for it in (who, *people[:3])]
            yield BadFile("naughty strings: cells", f"cells.{ending}", form(rows).replace(b"\xed", b"?"), who)
            if text and ending != "xml":
                yield BadFile("naughty strings: columns", f"columns.{ending}", form([{text: "a", "email address": who.email}]), who)
        if usable := text.replace("/", "_").replace("\0", "_")[:60].strip():
            data = as_csv([{"email": who.email}])
            if usable not in (".", ".."):
                yield BadFile("naughty strings: file names", f"{usable}.csv", data, who)
                yield BadFile("naughty strings: party names", "a.csv", data, who, party=usable)


def made(people: Sequence[Student], seed: int, times: int) -> Iterator[BadFile]:
    """Made files of every format; `times` of each chance damage."""
    rows = [it.row for it in people]
    chance = random.Random(seed)
    for name, form in (*EXPORTS.items(), *LOGS.items()):
        kind = "log" if name in LOGS else "export"
        yield from (_as(it, kind) for it in damaged(name, form, rows, people[0], chance, times))
    yield from _misnamed(rows, people)
    yield from _misencoded(rows, people)
    yield from _empty()
    yield from _nested(people[0])
    yield from _wide(people[0])
    yield from _long_lines(people[0])
    yield from _bombs(people[0], rows)
    yield from entities(people[0])


def _as(it: BadFile, kind: str) -> BadFile:
    return BadFile(it.group, it.name, it.data, it.planted, kind, it.party)


def damaged(name: str, form: Form, rows: Rows, who: Student, chance: random.Random, times: int) -> Iterator[BadFile]:
    """Cut short, and with bytes flipped; a text's damage spares the planted value, a binary's need not."""
    data = form(rows)
    text = name not in BINARY
    for _ in range(times):
        end = chance.randrange(1, len(data))
        kept = data[:end]
        shown = who if not text or _whole(who, kept) else None
        yield BadFile("cut short", f"a.{name}", kept, shown)
        flipped = bytearray(data)
        for position in chance.sample(range(len(data)), chance.choice((1, 3, 10, 40))):
            flipped[position] ^= 1 << chance.randrange(8)
        yield BadFile("bytes flipped", f"a.{name}", bytes(flipped), who if not text or _whole(who, bytes(flipped)) else None)
        hole = chance.randrange(len(data))
        holed = data[:hole] + bytes(chance.randrange(256) for _ in range(40)) + data[hole:]
        yield BadFile("random bytes within", f"a.{name}", holed, who if not text or _whole(who, holed) else None)
        twice = data[: chance.randrange(1, len(data))] + data
        yield BadFile("begun, then begun again", f"a.{name}", twice, who)
        packed = gzip.compress(data, mtime=0)
        yield BadFile("packed, cut short", f"a.{name}.gz", packed[: chance.randrange(20, len(packed))], who)
        archive = zipped({f"in/a.{name}": data, "b.txt": b"nothing"})
        yield BadFile("zipped, cut short", "a.zip", archive[: chance.randrange(40, len(archive))], who)
        broken = bytearray(archive)
        for position in chance.sample(range(len(archive)), 5):
            broken[position] ^= 1 << chance.randrange(8)
        yield BadFile("zipped, bytes flipped", "a.zip", bytes(broken), who)


def _whole(who: Student, data: bytes) -> bool:
    """Whether the e-mail stands in what is left, with something behind it."""
    at = data.find(who.email.encode())
    return 0 <= at < len(data) - len(who.email) - 1


def _misnamed(rows: Rows, people: Sequence[Student]) -> Iterator[BadFile]:
    forms = {**EXPORTS, **LOGS}
    for form in forms.values():
        data = form(rows)
        for ending in (*forms, "zip", "gz", "tar", "bin", "xls", "dat"):
            yield BadFile("wrong ending", f"a.{ending}", data, people[0])
        yield BadFile("wrong ending", "a", data, people[0])


def _misencoded(rows: Rows, people: Sequence[Student]) -> Iterator[BadFile]:
    for name, form in (*EXPORTS.items(), *LOGS.items()):
        if name in BINARY or name == "eml":
            continue
        text = form(rows).decode()
        kind = "log" if name in LOGS else "export"
        for encoding in ENCODINGS:
            yield BadFile(f"encoding {encoding}", f"a.{name}", text.encode(encoding, "replace"), people[0], kind)
        for mark in MARKS.values():
            yield BadFile("lying byte order mark", f"a.{name}", mark + text.encode(), people[0], kind)
        nuls = b"\0".join(bytes([b]) for b in text.encode()[:40]) + text.encode()
        yield BadFile("NULs within", f"a.{name}", nuls, people[0], kind)
        yield BadFile("NULs before", f"a.{name}", bytes(4096) + text.encode(), people[0], kind)
        yield BadFile("old Mac line ends", f"a.{name}", text.replace("\n", "\r").encode(), people[0], kind)


def _empty() -> Iterator[BadFile]:
    for name in (*EXPORTS, *LOGS, "zip", "gz", "tar", "bin"):
        for data in (b"", b"\n", b" " * 50, bytes(1), bytes(MB), b"\x1a", *MARKS.values()):
            yield BadFile("nothing in it", f"a.{name}", data)


def _nested(who: Student) -> Iterator[BadFile]:
    leaf = json.dumps(who.email)
    for depth in (500, 5_000, 100_000, 1_000_000):
        yield BadFile("deep nesting", "a.json", ("[" * depth + leaf + "]" * depth).encode(), who)
        yield BadFile("deep nesting", "a.json", ('{"a":' * depth + leaf + "}" * depth).encode(), who)
        yield BadFile("deep nesting", "a.json", ("[" * depth + leaf).encode(), who)
        yield BadFile("deep nesting", "a.jsonl", ('{"a":' * depth + leaf + "}" * depth + "\n" + leaf + "\n").encode(), who)
        yield BadFile("deep nesting", "a.log", ('{"a":' * depth + leaf + "}" * depth + "\n" + leaf + "\n").encode(), who, "log")
        if depth < 1_000_000:
            yield BadFile("deep nesting", "a.xml", ("<a>" * depth + who.email + "</a>" * depth).encode(), who)
            yield BadFile("deep nesting", "a.html", ("<div>" * depth + who.email + "</div>" * depth).encode(), who)
            yield BadFile("deep nesting", "a.sql", f"INSERT INTO a VALUES ({'(' * depth}'{who.email}'{')' * depth});".encode(), who)
    data = who.email.encode()
    for _ in range(12):
        data = zipped({"a.zip" if data[:2] == b"PK" else "a.txt": data})
    yield BadFile("deep nesting", "a.zip", data, who)


def _wide(who: Student) -> Iterator[BadFile]:
    row = {f"c{n}": str(n) for n in range(5_000)} | {"email": who.email}
    for name, form in (*EXPORTS.items(), *LOGS.items()):
        if name not in ("pdf", "docx", "sqlite"):
            yield BadFile("5,000 columns", f"a.{name}", form([row, row]), who, "log" if name in LOGS else "export")


def _long_lines(who: Student) -> Iterator[BadFile]:
    for filler in ("x" * 5 * MB, "word " * MB, ",".join("abcd" for _ in range(MB))):
        for name in ("csv", "txt", "json", "jsonl", "xml", "html", "sql", "eml", "tsv"):
            for text in (f"{who.email} {filler}", f"{filler} {who.email}"):
                yield BadFile("a line of 5 MB", f"a.{name}", text.encode(), who)
        for text in (f"{who.email} {filler}", f"{filler} {who.email}"):
            yield BadFile("a line of 5 MB", "a.log", text.encode(), who, "log")
        yield BadFile("a line of 5 MB", "a.json", json.dumps({"note": filler, "email": who.email}).encode(), who)
        yield BadFile("a line of 5 MB", "a.csv", as_csv([{"note": filler, "email": who.email}]), who)
        yield BadFile("a line of 5 MB", "a.sql", as_sql([{"note": filler, "email": who.email}]), who)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _bombs(who: Student, rows: Rows) -> Iterator[BadFile]:
    """The planted file comes first, in the middle, last."""
    zeros, small = bytes(200 * MB), as_csv(rows)
    inner = zipped({"zeros.txt": zeros})
    for members in (
        {"a.csv": small, "zeros.txt": zeros},
        {"zeros.txt": zeros, "a.csv": small},
        {"bomb.zip": zipped({f"{n}.zip": inner for n in range(20)}), "a.csv": small},
        {**{f"{n}.txt": b"" for n in range(20_000)}, "a.csv": small},
    ):
        yield BadFile("zip bombs", "a.zip", zipped(members), who)
    yield BadFile("zip bombs", "a.csv.gz", gzip.compress(small + zeros, mtime=0), who)
    yield BadFile("zip bombs", "a.csv.gz", gzip.compress(zeros + small, mtime=0), who)
    with zipfile.ZipFile(io.BytesIO(as_xlsx(rows))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", b" " * 200 * MB + b"</sheetData>")
    yield BadFile("zip bombs", "a.xlsx", zipped(parts), who)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in (("zeros", zeros), ("../../a.csv", small)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    yield BadFile("zip bombs", "a.tar.gz", out.getvalue(), who)
    yield BadFile("zip bombs", "a.zip", zipped({"../../../a.csv": small, "/etc/a.csv": small, "C:\\a.csv": small}), who)


def entities(who: Student) -> Iterator[BadFile]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for doctype, told in (
        (f'<!ENTITY l0 "lol">{laughs}', "&l9;"),
        (f'<!ENTITY big "{"x" * 50_000}">', "&big;" * 5_000),
        ('<!ENTITY f SYSTEM "file:///etc/hostname">', "&f;"),
        ('<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;', ""),
        ('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"),
        (f'<!ENTITY who "{who.email}">', "&who;"),
    ):
        for after in (f"<email>{who.email}</email>", ""):
            if after or who.email in doctype:
                text = f'<?xml version="1.0"?><!DOCTYPE a [{doctype}]><a><b>{told}</b>{after}</a>'
                yield BadFile("XML entities", "a.xml", text.encode(), who)
    sheet = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]>'.encode()
    with zipfile.ZipFile(io.BytesIO(as_xlsx([who.row]))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet + parts["xl/worksheets/sheet1.xml"].replace(b"read chapter 3", b"&l9;")
    yield BadFile("XML entities", "a.xlsx", zipped(parts), who)


SLOW: tuple[Callable[[int], str], ...] = (
    lambda n: "a" * n + "!",
    lambda n: "a@" * (n // 2),
    lambda n: "a." * (n // 2) + "@",
    lambda n: "1-" * (n // 2),
    lambda n: "1" * n,
    lambda n: "0 " * (n // 2),
    lambda n: "(" * n,
    lambda n: "%25" * (n // 3),
    lambda n: "=" * n,
    lambda n: "A" * n + "=",
    lambda n: "x=1&" * (n // 4),
    lambda n: "{" * n + "}" * n,
    lambda n: '"' * n,
    lambda n: " " * n + "x",
    lambda n: "12 Main Street " * (n // 15),
    lambda n: "Anna Berg " * (n // 10),
    lambda n: "http://a/?" * (n // 10),
    lambda n: "\u0301" * n,
    lambda n: "&#" * (n // 2),
    lambda n: "\\u00" * (n // 4),
    lambda n: "a-" * (n // 2) + "\n" + "-" * n,
    lambda n: "password: " * (n // 10),
    lambda n: "I am at " * (n // 8) + "5",
)
"""Texts that make a careless expression slow."""


def slow_texts(who: Student, length: int = 40_000) -> Iterator[BadFile]:
    for text in SLOW:
        filler = text(length)
        yield BadFile("regex-hostile", "a.csv", as_csv([{"note": filler, "email": who.email}] * 3), who)
        yield BadFile("regex-hostile", "a.txt", f"{filler}\n{who.email} was here.\n".encode(), who)
        yield BadFile("regex-hostile", "a.jsonl", as_json_lines([{"note": filler + str(n), "email": who.email} for n in range(3)]), who)
        yield BadFile("regex-hostile", "a.log", f"2026-09-01 10:00:00 INFO {filler} {who.email}\n".encode(), who, "log")


def in_five_parts(people: Sequence[Student], part: int) -> Iterator[BadFile]:
    """A text of five parts with damage in the third: a student stands in the first, behind the damage, in the last."""
    for name, (line, damage) in LARGE.items():
        kind = "log" if name == "log" else "export"
        for what, spoilt in damage.items():
            for who, place in zip(people, (0.5, 2.6, 4.5), strict=False):
                size = len(line(Student("8000000", "Nobody Known", "u9999@mail.example")))
                lines = [line(Student(f"80{n:05d}", "Nobody Known", f"u{n}@mail.example")) for n in range(5 * part // size)]
                lines[int(place * part / size)] = line(who)
                lines[int(2.5 * part / size)] = spoilt  # in the third part
                head = b"student_id,name,email,note\n" if name == "csv" else b""
                yield BadFile("damage in part 3 of 5", f"{what}.{name}", head + b"".join(lines), who, kind)


def _sql_line(it: Student) -> bytes:
    values = f"'{it.number}', '{it.name}', '{it.email}', 'read chapter 3'"
    return f"INSERT INTO students (student_id, name, email, note) VALUES ({values});\n".encode()


_ODD = {"a bad byte": b"\xff\xfe\x80 broken \xc3\n", "control bytes": bytes(range(1, 32)) * 8 + b"\n", "NULs": bytes(600) + b"\n"}
LARGE: dict[str, tuple[Callable[[Student], bytes], dict[str, bytes]]] = {
    "csv": (
        lambda it: f"{it.number},{it.name},{it.email},read chapter 3\n".encode(),
        _ODD | {"a ragged row": b"1,2,3,4,5,6,7,8\n", "a short row": b"1\n", "an unclosed quote": b'9,"open,z@mail.example,x\n'},
    ),
    "jsonl": (
        lambda it: (json.dumps(it.row) + "\n").encode(),
        _ODD | {"no JSON": b'{"student_id": "1", "na\n', "an unclosed quote": b'{"a": "b\n', "another shape": b'[1, {"x": [2]}]\n'},
    ),
    "log": (
        lambda it: f"2026-09-01 10:00:00,123 INFO [main] c.e.Foo - saved student_id={it.number} email={it.email} in 20 ms\n".encode(),
        _ODD | {"an unclosed quote": b'2026-09-01 10:00:00,123 INFO "open\n', "another shape": b"   at com.example.Foo(Foo.java:3)\n"},
    ),
    "sql": (
        _sql_line,
        _ODD | {"an unclosed quote": b"INSERT INTO students (student_id, name) VALUES ('9, 'x');\n", "no SQL": b"%%% ((( \n"},
    ),
    "txt": (lambda it: f"Saved the work of {it.name}, {it.email}, without trouble.\n".encode(), _ODD),
}
