"""Formats as logs and as evidence: what a request carried, when and to whom; cookies and storage under any kind; hostile bytes."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from scanners.intake import Delivery, InboxFile
from scanners.sandbox import Limits, read_file
from scanners.scan import scan_delivery
from scanners.schemas import DeliveryResult
from tests.scanners.district import context, key

ROUNDS = 40
Scan = Callable[[str, bytes, str], DeliveryResult]
ACCESS = "\n".join(
    [
        '203.0.113.5 - - [01/Sep/2026:23:30:00 -0500] "GET /app?email=aaliyah.jorgensen1%40pr.example HTTP/1.1" 200 512 '
        '"https://www.vendor.example/x?email=mateo.okafor2%40pr.example" "Mozilla/5.0"',
        '203.0.113.6 - - [02/Sep/2026:01:00:00 -0500] "GET /?student=9000003 HTTP/1.1" 200 1 "-" "curl"',
        '203.0.113.7 - - [02/Sep/2026:01:00:00 -0500] "GET /go?to=https%3A%2F%2Ft.example%2Fp%3Fe%3Dhana.sato10%40pr.example HTTP/1.1" 302 '
        '0 "-" "curl"',
    ]
).encode()
COOKIES = b"# Netscape HTTP Cookie File\n.site.example\tTRUE\t/\tFALSE\t1893456000\tuid\thana.sato10@pr.example\n"
STATE = json.dumps(
    {
        "cookies": [{"name": "uid", "value": "9000010", "domain": ".site.example", "path": "/", "expires": 1893456000}],
        "origins": [{"origin": "https://site.example", "localStorage": []}],
    }
).encode()


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    def run(name: str, data: bytes, kind: str) -> DeliveryResult:
        path = tmp_path / name
        path.write_bytes(data)
        source = InboxFile(path, f"{kind}/{name}", kind, None, len(data), hashlib.sha256(data).hexdigest())
        delivery = Delivery("vendor/2026-09-02", "vendor", date(2026, 9, 2), tmp_path)
        return scan_delivery(delivery, [source], context(), lambda files: ((file, read_file(file)) for file in files))

    return run


@pytest.mark.parametrize(
    ("name", "data"), [("access.log", ACCESS), ("access.log.gz", gzip.compress(ACCESS)), ("access.log.xz", lzma.compress(ACCESS))]
)
def test_what_requests_carried(scan: Scan, name: str, data: bytes) -> None:
    rows = scan(name, data, "log").tables["sightings"].to_pylist()
    found = {(r["field_path"], r["subject_key"], r["data_element"], r["receiver_host"], r["seen_on"]) for r in rows}
    assert {
        ("GET /app?email=", key(1), "student_contact.email", None, date(2026, 9, 1)),
        ("referer?email", key(2), "student_contact.email", None, date(2026, 9, 1)),  # the request's host received it, not the page's
        ("GET /?student=", key(3), "student_id.local", None, date(2026, 9, 2)),
        ("GET /go?to=?e", key(10), "student_contact.email", "t.example", date(2026, 9, 2)),
    } <= found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("app.log", b'time=2026-09-01T10:00:00Z level=info email=hana.sato10@pr.example msg="log in"\n' * 3),
        ("app.jsonl", b'{"time": "2026-09-01T10:00:00Z", "user": {"email": "hana.sato10@pr.example"}}\n' * 3),
        ("one.log", b'{"time": "2026-09-01T10:00:00Z", "user": {"email": "hana.sato10@pr.example"}}'),
        ("app.tsv.bz2", bz2.compress(b"time\temail\n2026-09-01T10:00:00Z\thana.sato10@pr.example\n")),
        ("plain.log", b"2026-09-01 10:00:00 login of hana.sato10@pr.example\n"),
    ],
)
def test_log_lines_have_their_day(scan: Scan, name: str, data: bytes) -> None:
    rows = scan(name, data, "log").tables["sightings"].to_pylist()
    assert {(r["subject_key"], r["data_element"], r["seen_on"]) for r in rows} == {(key(10), "student_contact.email", date(2026, 9, 1))}


@pytest.mark.parametrize("kind", ["tracking", "export", "log"])
@pytest.mark.parametrize(
    ("name", "data", "element"),
    [
        ("cookies.txt", COOKIES, "student_contact.email"),
        ("jar.bin", COOKIES, "student_contact.email"),
        ("state.json", STATE, "student_id.local"),
        ("state", STATE, "student_id.local"),
    ],
)
def test_what_was_stored(scan: Scan, name: str, data: bytes, element: str, kind: str) -> None:
    result = scan(name, data, kind)
    (row,) = result.tables["trackers"].to_pylist()
    assert (row["page_host"], row["name"], row["persistent"], row["data_elements"]) == ("site.example", "uid", True, [element])
    assert result.tables["files"].to_pylist()[0]["status"] == "scanned"


def samples() -> dict[str, bytes]:
    rows = [(f"S-{n}", f"ann{n}@x.example") for n in range(300)]
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [r[0] for r in rows], "mail": [r[1] for r in rows]}), out, row_group_size=100)
    book, saved = Workbook(), io.BytesIO()
    for row in (("id", "mail"), *rows):
        book.worksheets[0].append(row)
    book.save(saved)
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.execute("CREATE TABLE s (id, mail)")
    con.executemany("INSERT INTO s VALUES (?, ?)", rows)
    data = con.serialize()
    con.close()
    return {"a.parquet": out.getvalue(), "a.xlsx": saved.getvalue(), "a.sqlite": data}


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx", "a.sqlite"])
def test_hostile_bytes_end_in_a_state_and_nothing_is_lost_unsaid(tmp_path: Path, name: str) -> None:
    data, luck = samples()[name], random.Random(name)
    for _ in range(ROUNDS):
        broken = bytearray(data)
        for _ in range(luck.choice([1, 1, 5, 50])):
            broken[luck.randrange(len(broken))] = luck.randrange(256)
        if luck.random() < 0.2:
            del broken[luck.randrange(len(broken)) :]
        path = tmp_path / name
        path.write_bytes(broken)
        members = read_file(InboxFile(path, name, "export", None, len(broken), hashlib.sha256(broken).hexdigest()), Limits(seconds=20))
        statuses = {m.parsed.status for m in members}
        assert all(m.parsed.reason or m.parsed.status == "scanned" for m in members)
        assert not any("the reader failed" in (m.parsed.reason or "") for m in members), members[0].parsed.reason
        cells = "\n".join(cell or "" for m in members for t in m.parsed.tables for c in t.data.columns for cell in c.to_pylist())
        if name == "a.xlsx":  # the others have no checksum, so that a byte of a value can change unseen
            assert statuses != {"scanned"} or all(f"ann{n}@x.example" in cells for n in range(300))
