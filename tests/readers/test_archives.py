"""Archives, whole and hostile: each member has a row, limits hold while the bytes stream, names are labels."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from scanners.intake import InboxFile
from scanners.sandbox import Limits, Member, read_file

Put = Callable[..., InboxFile]
CSV = b"id,name\n1,Ann\n2,Bob\n"
LIMITS = Limits(seconds=20)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def told(members: list[Member]) -> list[tuple[str, str, str]]:
    return [(m.path, m.parsed.format, m.parsed.status) for m in members]


@pytest.mark.parametrize(
    ("name", "data", "inner"),
    [
        ("a.zip", zipped({"d/a.csv": CSV}), "d/a.csv"),
        ("a.tar", tarred({"d/a.csv": CSV}), "d/a.csv"),
        ("a.tar.gz", tarred({"d/a.csv": CSV}, "w:gz"), "d/a.csv"),
        ("a.tgz", tarred({"d/a.csv": CSV}, "w:gz"), "d/a.csv"),
        ("a.csv.gz", gzip.compress(CSV) + gzip.compress(b"3,Cid\n"), "a.csv"),
        ("a.csv.bz2", bz2.compress(CSV), "a.csv"),
        ("a.csv.xz", lzma.compress(CSV), "a.csv"),
        ("named-like-text.txt", zipped({"a.csv": CSV}), "a.csv"),
    ],
    ids=["zip", "tar", "tar.gz", "tgz", "gz", "bz2", "xz", "zip-by-content"],
)
def test_members(put: Put, name: str, data: bytes, inner: str) -> None:
    container, member = read_file(put(name, data), LIMITS)
    assert (container.path, container.parsed.status, container.bytes) == (name, "scanned", len(data))
    assert (member.path, member.parsed.format, member.parsed.status) == (f"{name}!/{inner}", "csv", "scanned")
    assert member.parsed.tables[0].data["name"].to_pylist()[:2] == ["Ann", "Bob"]


def test_nested_and_odd_names(put: Put) -> None:
    inner = zipped({"a.csv": CSV})
    outer = zipped({"../../etc/passwd.csv": CSV, "/abs.csv": CSV, "in.zip": inner, "__MACOSX/._a": b"x", "d/.DS_Store": b"x", "d/": b""})
    assert told(read_file(put("o.zip", outer), LIMITS)) == [
        ("o.zip", "zip", "scanned"),
        ("o.zip!/../../etc/passwd.csv", "csv", "scanned"),
        ("o.zip!//abs.csv", "csv", "scanned"),
        ("o.zip!/in.zip", "zip", "scanned"),
        ("o.zip!/in.zip!/a.csv", "csv", "scanned"),
    ]


def test_depth(put: Put) -> None:
    data = CSV
    for _ in range(6):
        data = zipped({"a.zip": data})
    members = read_file(put("a.zip", data), LIMITS)
    assert (len(members), members[-1].parsed.reason) == (5, "archives nested deeper than 4")


def test_ratio(put: Put) -> None:
    bomb = zipped({"zeros.csv": b"0," * 40_000_000, "a.csv": CSV})
    members = read_file(put("bomb.zip", bomb), LIMITS)
    assert told(members) == [("bomb.zip", "zip", "quarantined")]
    assert members[0].parsed.reason == "unpacks to more than 250 times its size"


def test_total_size_and_entries(put: Put) -> None:
    data = zipped({f"{n}.csv": CSV * 100 for n in range(10)}, zipfile.ZIP_STORED)
    members = read_file(put("a.zip", data), Limits(archive_bytes=8_500, seconds=20))
    assert (len(members), members[0].parsed.status) == (5, "partly_scanned")
    members = read_file(put("b.zip", data), Limits(archive_entries=3, seconds=20))
    assert (len(members), members[0].parsed.reason) == (4, "more than 3 entries")


def test_gzip_bomb(put: Put) -> None:
    data = gzip.compress(gzip.compress(bytes(200_000_000)))
    members = read_file(put("a.gz", data), LIMITS)
    assert members[-1].parsed.status == "quarantined"
    assert "250 times" in (members[-1].parsed.reason or "")


def test_overlapping_entries(put: Put) -> None:
    data = zipped({"a.csv": CSV, "b.csv": CSV})
    directory = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", directory + 4)
    overlapping = bytearray(data)
    struct.pack_into("<I", overlapping, second + 42, 0)  # the second entry's data are the first's
    members = read_file(put("a.zip", bytes(overlapping)), LIMITS)
    assert told(members) == [("a.zip", "zip", "quarantined")]
    assert members[0].parsed.reason == "a zip whose entries overlap is not read"


def test_encrypted_member(put: Put) -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    members = read_file(put("a.zip", bytes(data)), LIMITS)
    assert told(members) == [("a.zip", "zip", "quarantined"), ("a.zip!/a.csv", "unknown", "quarantined")]
    assert members[1].parsed.reason == "encrypted"


def test_zip_without_its_end(put: Put) -> None:
    data = zipped({"a.csv": CSV, "b.csv": b"id,name\n" + b"".join(f"{n},Name{n * 7919}\n".encode() for n in range(3_000))})
    members = read_file(put("a.zip", data[: len(data) // 2]), LIMITS)
    assert told(members) == [
        ("a.zip", "zip", "partly_scanned"),
        ("a.zip!/a.csv", "csv", "scanned"),
        ("a.zip!/b.csv", "csv", "partly_scanned"),
    ]
    assert "directory cannot be read" in (members[0].parsed.reason or "")


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04" + b"garbage" * 50, b"\x1f\x8b" + b"garbage" * 50, zipped({"a": CSV})[:30]], ids=["zip", "gz", "cut"]
)
def test_nothing_readable(put: Put, data: bytes) -> None:
    members = read_file(put("a.zip", data), LIMITS)
    assert members[0].parsed.status == "quarantined"
    assert members[0].parsed.reason


def test_wrong_checksum(put: Put) -> None:
    data = zipped({"a.csv": CSV}, zipfile.ZIP_STORED).replace(b"Ann", b"Eve", 1)
    members = read_file(put("a.zip", data), LIMITS)
    assert [m.parsed.status for m in members] == ["partly_scanned", "partly_scanned"]
    assert members[1].parsed.tables[0].data["name"].to_pylist() == ["Eve", "Bob"]


def test_cut_gzip_and_cut_tar(put: Put) -> None:
    rows = b"id,name\n" + b"".join(f"{n},Name{n * 7919}\n".encode() for n in range(9_000))
    for name, data in (
        ("a.csv.gz", gzip.compress(rows)),
        ("a.tar", tarred({"a.csv": rows})),
        ("a.tar.gz", tarred({"a.csv": rows}, "w:gz")),
    ):
        members = read_file(put(name, data[: len(data) // 2]), LIMITS)
        assert [m.parsed.status for m in members] == ["partly_scanned", "partly_scanned"], name
        assert members[1].parsed.tables[0].data.num_rows > 1_000


def test_links_in_a_tar(put: Put) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd.csv"
        archive.addfile(link)
        entry = tarfile.TarInfo("a.csv")
        entry.size = len(CSV)
        archive.addfile(entry, io.BytesIO(CSV))
    members = read_file(put("a.tar", out.getvalue()), LIMITS)
    assert [m.parsed.status for m in members] == ["partly_scanned", "quarantined", "scanned"]


def test_office_files_are_named(put: Put) -> None:
    members = read_file(put("a.vsdx", zipped({"[Content_Types].xml": b"<x/>", "visio/document.xml": b"<x/>"})), LIMITS)
    assert [(m.parsed.status, m.parsed.reason) for m in members] == [("quarantined", "an Office document is not read yet")]


def test_empty_zip(put: Put) -> None:
    assert told(read_file(put("a.zip", zipped({})), LIMITS)) == [("a.zip", "zip", "scanned")]


def test_a_member_that_kills_the_child_leaves_the_others(put: Put) -> None:
    data = zipped({"a.csv": CSV, "b.json": b"[" + b'{"a":1},' * 1_500_000 + b"{}]"})
    members = read_file(put("a.zip", data), Limits(memory_bytes=500 * 2**20, seconds=30))
    assert told(members) == [
        ("a.zip", "unknown", "partly_scanned"),
        ("a.zip!/a.csv", "csv", "scanned"),
        ("a.zip!/b.json", "unknown", "quarantined"),
    ]
    assert members[2].parsed.reason == "needed more than 0.488 GB"


def test_members_that_the_directory_does_not_list(put: Put) -> None:
    data = bytearray(zipped({"a.csv": CSV, "b.csv": CSV + b"9,Zed\n"}))
    first = data.index(b"PK\x01\x02")
    length = data.index(b"PK\x01\x02", first + 4) - first
    data[first + 32 : first + 34] = length.to_bytes(2, "little")  # the first entry's comment swallows the second
    data[-12:-8] = (2 * length).to_bytes(4, "little")
    data[-14:-10] = (1).to_bytes(2, "little") * 2
    members = read_file(put("a.zip", bytes(data)), LIMITS)
    assert told(members) == [("a.zip", "zip", "partly_scanned"), ("a.zip!/a.csv", "csv", "scanned"), ("a.zip!/b.csv", "csv", "scanned")]
    assert members[0].parsed.reason == "it holds members that its directory does not list"
