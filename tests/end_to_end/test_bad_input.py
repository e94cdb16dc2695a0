"""Bad input: one clear error for the folder, a row with a reason for a file, and the rest of the night done."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from tests.end_to_end.nights import Place, hallpass, mart_content, night

LONG_AGO = 1_600_000_000


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (LONG_AGO, LONG_AGO))


def test_bad_files_end_in_a_state_and_the_night_goes_on(small: Place) -> None:
    night(small)
    before = mart_content(small.mart)["disclosures"]
    folder = small.district / "inbox" / "lantern-literacy" / "2026-11-21" / "export"
    good = b"First,Last\n" + b"Wilhelmina,Xanthopoulos\n" * 3
    put(folder / "half.csv", good + b"\x00\xff\xfe\x01\x02\x00" * 400)
    put(folder / "broken.zip", b"PK\x03\x04 this is no archive")
    put(folder / "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200))
    put(folder / "lines.jsonl", b'{"a": 1}\n{"a": \n{"a": 3}\n')
    archive = folder / "some.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("../escape.csv", "x\n1\n")
        writer.writestr("fine.csv", "y\n2\n")
    os.utime(archive, (LONG_AGO, LONG_AGO))
    put(folder.parent / "delivery.yaml", b"as_of: [not, a, date\n")

    night(small)
    files = {path: (status, reason) for path, status, reason in small.rows(
        "SELECT path, status, reason FROM files WHERE delivery_id = 'lantern-literacy/2026-11-21'"
    )}  # fmt: skip
    assert files["export/half.csv"][0] == "partly_scanned"
    assert files["export/broken.zip"][0] == "quarantined"
    assert files["export/picture.png"][0] == "quarantined"
    assert files["export/lines.jsonl"][0] == "partly_scanned"
    assert files["export/some.zip!/fine.csv"][0] == "scanned"
    assert all(reason for status, reason in files.values() if status != "scanned")
    assert not (small.home.parent / "escape.csv").exists()
    assert set(before) <= set(mart_content(small.mart)["disclosures"]), "what was known is still known"


def test_a_wrong_vendor_file_is_one_clear_error(small: Place) -> None:
    night(small)
    published = small.mart.read_bytes()
    vendor = small.district / "vendors" / "storyloom.yaml"
    vendor.write_text(vendor.read_text() + "\ndomians: [x.example]\n")
    done = hallpass(small, "run", "--as-of", "2026-11-24")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "vendors/storyloom.yaml" in said
    assert "domians" in said
    assert "domains" in said, "the mend is named"
    assert "Traceback" not in said
    assert small.mart.read_bytes() == published, "the old mart is still served"
    assert hallpass(small, "check").returncode == 1


def test_an_unreadable_roster_is_one_clear_error(small: Place) -> None:
    users = small.district / "roster" / "users.csv"
    users.write_bytes(b"sourcedId,status\n\xff\xfe\x00")
    done = hallpass(small, "run", "--as-of", "2026-11-24")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "roster/users.csv" in said
    assert "Traceback" not in said
