"""What lies in the inbox: which folders are deliveries of this night, what their files are, what was left and why."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from scanners.intake import DeliveryMeta, InboxFile, content_digest, discover, inventory

NOW = 1_800_000_000.0
AS_OF = date(2026, 11, 24)


def lay(inbox: Path, path: str, text: str = "a,b\n1,2\n", age: float = 1_000) -> Path:
    file = inbox / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (NOW - age, NOW - age))
    return file


def files_of(inbox: Path) -> list[InboxFile]:
    (delivery,) = discover(inbox, AS_OF, 60, NOW)[0]
    return inventory(delivery)


def test_order_and_what_is_left(tmp_path: Path) -> None:
    lay(tmp_path, "b/2026-01-02/export/a.csv")
    lay(tmp_path, "a/2026-01-02/export/a.csv")
    lay(tmp_path, "c/2026-01-01/export/a.csv")
    lay(tmp_path, "c/2026-11-25/export/a.csv")
    lay(tmp_path, "c/2026-11-24/export/a.csv")
    lay(tmp_path, "c/2026-11-20/export/deep/a.csv", age=10)
    lay(tmp_path, "c/2026-11-20/export/b.csv")
    lay(tmp_path, "c/2026-02-30/export/a.csv")
    lay(tmp_path, "c/20260101/export/a.csv")
    lay(tmp_path, "c/stray.csv")
    lay(tmp_path, "stray.csv")
    lay(tmp_path, ".DS_Store")
    (tmp_path / "elsewhere").symlink_to("/tmp")
    (tmp_path / "d/2026-01-05").mkdir(parents=True)
    os.utime(tmp_path / "d/2026-01-05", (NOW - 100, NOW - 100))
    deliveries, left = discover(tmp_path, AS_OF, 60, NOW)
    assert [d.delivery_id for d in deliveries] == ["c/2026-01-01", "a/2026-01-02", "b/2026-01-02", "d/2026-01-05", "c/2026-11-24"]
    assert inventory(deliveries[3]) == []
    assert [(n.place, n.state) for n in left] == [
        ("c/2026-02-30", "problem"),
        ("c/2026-11-20", "being_written"),
        ("c/2026-11-25", "later"),
        ("c/20260101", "problem"),
        ("c/stray.csv", "problem"),
        ("elsewhere", "problem"),
        ("stray.csv", "problem"),
    ]


def test_no_inbox(tmp_path: Path) -> None:
    assert discover(tmp_path / "none", AS_OF, 60, NOW) == ([], [])


def test_a_clock_that_is_wrong_does_not_wait_for_ever(tmp_path: Path) -> None:
    lay(tmp_path, "a/2026-01-01/export/a.csv", age=-10_000_000)
    assert len(discover(tmp_path, AS_OF, 60, NOW)[0]) == 1


@pytest.mark.parametrize(
    ("path", "kind", "about", "odd"),
    [
        ("v/2026-01-01/export/x/a.csv", "export", None, False),
        ("v/2026-01-01/access-log/a.csv", "access-log", None, False),
        ("v/2026-01-01/Access_Log/a.csv", "access-log", None, False),
        ("v/2026-01-01/sent/other/a.csv", "sent", "other", False),
        ("v/2026-01-01/sent/a.csv", "sent", None, True),
        ("v/2026-01-01/a.csv", "export", None, True),
        ("v/2026-01-01/foo/a.csv", "export", None, True),
        ("v/2026-01-01/log/party/a.csv", "log", None, False),
        ("district/2026-01-01/log/reads/a.csv", "log", "reads", False),
        ("district/2026-01-01/log/a.csv", "log", None, False),
        ("district/2026-01-01/sent/reads/a.csv", "sent", "reads", False),
        ("district/2026-01-01/tracking/reads/a.har", "tracking", None, False),
        ("district/2026-01-01/encryption/reads/a.pem", "encryption", None, False),
        ("district/2026-01-01/foo/reads/a.csv", "export", None, True),
    ],
)
def test_kinds(tmp_path: Path, path: str, kind: str, about: str | None, odd: bool) -> None:
    lay(tmp_path, path)
    (file,) = files_of(tmp_path)
    assert (file.kind, file.about_party, file.reason is not None) == (kind, about, odd)
    assert file.relative == path.split("/", 2)[2]
    assert (file.bytes, len(file.sha256)) == (8, 64)


def test_meta(tmp_path: Path) -> None:
    text = "as_of: 2026-01-01\nperiod_start: 2025-12-01\nperiod_end: 2025-12-31\nsystems: [app, lms]\npurpose: educational_service\n"
    lay(tmp_path, "v/2026-01-02/delivery.yaml", text)
    (delivery,) = discover(tmp_path, AS_OF, 60, NOW)[0]
    assert delivery.meta == DeliveryMeta(date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31), ("app", "lms"), "educational_service")
    assert inventory(delivery) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("as_off: 2026-01-01", "unknown key 'as_off'"),
        ("Ann Lee: 1", "unknown key unreadable"),
        ("as_of: 2026-02-30", "as_of is not a date"),
        ("period_start: 2026-02-01\nperiod_end: 2026-01-01", "period_start is after period_end"),
        ("- a", "keys and values"),
        ("a: [", "not YAML"),
        ("systems: {a: 1}", "systems must be a list"),
        ("a: &x [1]\nb: *x", "not YAML, line 2"),
        ("[" * 5_000, "not YAML"),
        ("\x00", "not YAML"),
        ("x" * 70_000, "larger than 64 kB"),
    ],
)
def test_bad_meta_is_a_row_and_no_more(tmp_path: Path, text: str, reason: str) -> None:
    lay(tmp_path, "v/2026-01-02/delivery.yaml", text)
    lay(tmp_path, "v/2026-01-02/export/a.csv")
    (delivery,) = discover(tmp_path, AS_OF, 60, NOW)[0]
    assert (delivery.meta.as_of, delivery.meta.systems) == (None, ())
    bad, good = inventory(delivery)
    assert (bad.kind, good.kind) == ("delivery", "export")
    assert reason in (bad.reason or "")


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    lay(tmp_path, "v/2026-01-02/export/a.csv")
    folder = tmp_path / "v/2026-01-02/export"
    (folder / "file").symlink_to("/etc/hostname")
    (folder / "folder").symlink_to("/etc")
    (folder / "~$a.xlsx").write_text("lock")
    os.mkfifo(folder / "pipe")
    os.utime(folder / "~$a.xlsx", (NOW - 99, NOW - 99))
    os.utime(folder / "pipe", (NOW - 99, NOW - 99))
    listed = {f.relative.rpartition("/")[2]: (f.sha256 != "", f.reason) for f in files_of(tmp_path)}
    assert listed == {
        "a.csv": (True, None),
        "~$a.xlsx": (True, None),
        "file": (False, "a link: links are not followed"),
        "folder": (False, "a link: links are not followed"),
        "pipe": (False, "neither file nor folder"),
    }


def test_names_that_are_no_text(tmp_path: Path) -> None:
    folder = tmp_path / "v/2026-01-02/export"
    folder.mkdir(parents=True)
    path = os.fsencode(folder) + b"/n\xe9.csv"
    with open(path, "wb") as stream:  # noqa: PTH123  a path of bytes
        stream.write(b"a\n1\n")
    os.utime(path, (NOW - 99, NOW - 99))
    assert [f.relative for f in files_of(tmp_path)] == ["export/n\\xe9.csv"]


def test_content_digest(tmp_path: Path) -> None:
    one = lay(tmp_path, "v/2026-01-02/export/a.csv")
    lay(tmp_path, "v/2026-01-02/export/b.csv", "x\n")
    files = files_of(tmp_path)
    before = content_digest(files)
    assert content_digest(list(reversed(files))) == before
    one.write_text("a,b\n1,3\n")
    os.utime(one, (NOW - 99, NOW - 99))
    assert content_digest(files_of(tmp_path)) != before
    assert content_digest([]) != before
