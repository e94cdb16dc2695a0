"""The chain over the record of disclosures: every kind of edit is found, and a subject's path leads to its root."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.chain import Checked, Entry, extend, fold, last, merkle_root, parse, proof, proves, seal, verify

Rows = list[tuple[str, str, str, str]]


def token_of(key: bytes) -> Callable[..., str]:
    return lambda *parts: hmac.new(key, b"".join(len(p).to_bytes(4, "big") + p.encode() for p in parts), hashlib.sha256).hexdigest()[:32]


TOKEN, OTHER = token_of(b"one"), token_of(b"two")
NIGHTS: list[Rows] = [
    [("s1", "district", "v", "student_name"), ("s2", "district", "v", "student_name")],
    [("s1", "district", "v", "student_name"), ("s2", "district", "v", "student_name"), ("s2", "v", "w", "student_name")],
    [("s1", "district", "v", "student_name"), ("s2", "district", "v", "student_name"), ("s2", "v", "w", "student_name")],
    [("s2", "district", "v", "student_name"), ("s2", "v", "w", "student_name"), ("s3", "district", "v", "attendance")],
    [("s2", "district", "v", "student_name"), ("s2", "v", "w", "student_name"), ("s3", "district", "v", "attendance")],
]


def mart(folder: Path, rows: Rows, run: str = "r") -> Path:
    path = folder / "mart.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute(
            """CREATE TABLE disclosures (subject_key VARCHAR, from_party_id VARCHAR, to_party_id VARCHAR, data_element VARCHAR,
               authorized BOOLEAN, run_id VARCHAR)"""
        )
        if rows:
            con.executemany(f"INSERT INTO disclosures VALUES (?, ?, ?, ?, true, '{run}')", rows)
    return path


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Five nights; the mart beside it is that of the last one."""
    path = tmp_path / "chain.jsonl"
    for number, rows in enumerate(NIGHTS, start=1):
        extend(path, mart(tmp_path, rows, f"run-{number}"), f"run-{number}", date(2026, 3, number), TOKEN, "key1")
    return path


def check(chain: Path, head: str | None = None, count: int | None = None) -> Checked:
    return verify(chain, chain.parent / "mart.duckdb", {"key1": TOKEN}, head, count)


def places(chain: Path, head: str | None = None, count: int | None = None) -> set[str]:
    return {defect.place for defect in check(chain, head, count).defects}


def entries(chain: Path) -> list[Entry]:
    return [entry for line in chain.read_bytes().splitlines(keepends=True) if (entry := parse(line))]


def test_one_entry_a_night_and_the_mart_is_the_last_ones(chain: Path) -> None:
    found = check(chain)
    assert found.defects == ()
    assert [set(entry.changed) for entry in found.entries] == [{"s1", "s2"}, {"s2"}, set(), {"s1", "s3"}, set()]
    assert found.subjects == 2
    assert set(fold(found.entries)) == {"s2", "s3"}
    newest = last(chain)
    assert newest is not None
    assert places(chain, newest.head, 5) == set()
    assert places(chain, entries(chain)[2].head, 3) == set(), "an older anchor holds too"
    assert oct(chain.stat().st_mode & 0o777) == "0o600"


def test_the_same_night_tried_again_adds_nothing(chain: Path) -> None:
    before = chain.read_bytes()
    assert extend(chain, chain.parent / "mart.duckdb", "run-5", date(2026, 3, 5), TOKEN, "key1").number == 5
    assert chain.read_bytes() == before


# -- every kind of edit ---------------------------------------------------------------------------------------------------------------

Edit = Callable[[list[bytes]], list[bytes]]


def changed_entry(number: int, /, **fields: object) -> Edit:
    """An entry rewritten, in the form an entry has, by somebody without the key."""

    def edit(lines: list[bytes]) -> list[bytes]:
        entry = parse(lines[number - 1])
        assert entry
        return [*lines[: number - 1], replace(entry, **fields).line, *lines[number:]]  # type: ignore[arg-type]

    return edit


def resealed(number: int) -> Edit:
    """An entry made anew, root, head and all, with another key that is called by the same name."""

    def edit(lines: list[bytes]) -> list[bytes]:
        entry = parse(lines[number - 1])
        assert entry
        fresh = seal(number, entry.previous, entry.run_id, entry.as_of, entry.written_at, entry.key, {"s9": "forged"}, OTHER)
        return [*lines[: number - 1], fresh.line, *lines[number:]]

    return edit


EDITS: dict[str, tuple[Edit, set[str]]] = {
    "a digest": (changed_entry(2, changed={"s2": "f" * 32}), {"entry 2"}),
    "a subject left out": (changed_entry(1, changed={}), {"entry 1"}),
    "a subject put in": (changed_entry(3, changed={"s7": "f" * 32}), {"entry 3"}),
    "a day": (changed_entry(4, as_of="2026-01-01"), {"entry 4"}),
    "a time": (changed_entry(4, written_at="2026-01-01T00:00:00+00:00"), {"entry 4"}),
    "a run": (changed_entry(5, run_id="run-9"), {"entry 5"}),
    "a root": (changed_entry(2, root="0" * 32), {"entry 2"}),
    "a head": (changed_entry(2, head="0" * 32), {"entry 2", "entry 3"}),
    "a link": (changed_entry(3, previous="0" * 32), {"entry 3"}),
    "a number": (changed_entry(3, number=7), {"entry 3"}),
    "another key's name": (changed_entry(3, key="key9"), {"entry 3"}),
    "made anew without the key": (resealed(2), {"entry 2", "entry 3"}),
    "the last one made anew without the key": (resealed(5), {"entry 5"}),
    "spaces": (lambda lines: [lines[0], json.dumps(json.loads(lines[1])).encode() + b"\n", *lines[2:]], {"entry 2"}),
    "not JSON": (lambda lines: [*lines[:2], b"{\n", *lines[3:]], {"entry 3"}),
    "removed first": (lambda lines: lines[1:], {"entry 1", "entry 2", "entry 3", "entry 4"}),
    "removed in the middle": (lambda lines: [*lines[:2], *lines[3:]], {"entry 3", "entry 4"}),
    "swapped": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], {"entry 2", "entry 3", "entry 4"}),
    "twice": (lambda lines: [*lines, lines[-1]], {"entry 6"}),
    "a blank line": (lambda lines: [*lines[:2], b"\n", *lines[2:]], {"entry 3", "entry 4", "entry 5", "entry 6"}),
    "the last byte gone": (lambda lines: [*lines[:4], lines[4][:-1]], {"entry 5"}),
    "cut to before the mart": (lambda lines: lines[:3], {"the mart"}),
    "all gone": (lambda lines: [], {"the chain"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found_where_it_is(chain: Path, edit: str) -> None:
    work, wanted = EDITS[edit]
    chain.write_bytes(b"".join(work(chain.read_bytes().splitlines(keepends=True))))
    assert places(chain) == wanted


@given(st.data())
def test_any_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("flip")
    head, lines = "", []
    for number in range(1, 4):
        entry = seal(number, head, f"run-{number}", "2026-03-01", "2026-03-01T00:00:00+00:00", "key1", {f"s{number}": "d"}, TOKEN)
        head, lines = entry.head, [*lines, entry.line]
    whole = bytearray(b"".join(lines))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "chain.jsonl").write_bytes(bytes(whole))
    assert any(it.place.startswith("entry") for it in verify(folder / "chain.jsonl", None, {"key1": TOKEN}).defects)


def test_a_cut_end_is_seen_with_the_anchor_alone(chain: Path) -> None:
    """The last night changed nothing: without the anchor, cutting it off leaves a chain and a mart that agree."""
    anchor = entries(chain)[-1]
    chain.write_bytes(b"".join(entry.line for entry in entries(chain)[:-1]))
    assert places(chain) == set()
    assert places(chain, anchor.head, 5) == places(chain, None, 5) == places(chain, anchor.head) == {"the anchor"}
    extend(chain, chain.parent / "mart.duckdb", "run-6", date(2026, 3, 6), TOKEN, "key1")
    assert places(chain, anchor.head, 5) == {"the anchor"}, "a chain that grew again has another head there"


@pytest.mark.parametrize(
    "rows",
    [
        NIGHTS[4][1:],
        [*NIGHTS[4], ("s4", "district", "v", "student_name")],
        [(subject, "district", "x", element) for subject, _, _, element in NIGHTS[4]],
        [],
    ],
    ids=["a row less", "a row more", "another receiver", "none"],
)
def test_a_mart_that_says_otherwise_is_found(chain: Path, rows: Rows) -> None:
    mart(chain.parent, rows)
    assert places(chain) == {"the mart"}


def test_an_older_mart_put_back_is_named_as_such(chain: Path) -> None:
    mart(chain.parent, NIGHTS[1])
    (defect,) = check(chain).defects
    assert "has the disclosures of entry 3, not of the last one, 5" in defect.found


# -- living with it -------------------------------------------------------------------------------------------------------------------


def test_what_a_killed_night_left_unfinished_makes_room(chain: Path) -> None:
    whole = chain.read_bytes()
    chain.write_bytes(whole + entries(chain)[-1].line[:40])
    assert places(chain) == {"entry 6"}
    extend(chain, chain.parent / "mart.duckdb", "run-6", date(2026, 3, 6), TOKEN, "key1")
    assert places(chain) == set()
    assert chain.read_bytes().startswith(whole)


def test_a_night_goes_on_over_a_broken_chain_and_verify_still_finds_it(chain: Path) -> None:
    lines = chain.read_bytes().splitlines(keepends=True)
    chain.write_bytes(b"".join([*lines[:1], b"torn\n", *lines[2:]]))
    assert extend(chain, chain.parent / "mart.duckdb", "run-6", date(2026, 3, 6), TOKEN, "key1").number == 6
    assert "entry 2" in places(chain)


def test_after_a_rotation_old_entries_need_the_old_key(chain: Path) -> None:
    extend(chain, mart(chain.parent, [("t1", "district", "v", "attendance")]), "run-6", date(2026, 3, 6), OTHER, "key2")
    alone = verify(chain, chain.parent / "mart.duckdb", {"key2": OTHER})
    assert {defect.place for defect in alone.defects} == {f"entry {number}" for number in range(1, 6)}
    assert verify(chain, chain.parent / "mart.duckdb", {"key1": TOKEN, "key2": OTHER}).defects == ()


@given(st.dictionaries(st.text("abcdef0123456789", min_size=1, max_size=6), st.text(max_size=4), min_size=1, max_size=20), st.data())
def test_a_path_leads_to_the_root_and_no_other_digest_does(
    tmp_path_factory: pytest.TempPathFactory, changed: dict[str, str], data: st.DataObject
) -> None:
    chain = tmp_path_factory.mktemp("proof") / "chain.jsonl"
    chain.write_bytes(seal(1, "", "r", "2026-03-01", "t", "key1", changed, TOKEN).line)
    subject = data.draw(st.sampled_from(sorted(changed)))
    found = proof(chain, subject, TOKEN)
    assert found is not None
    assert found["root"] == merkle_root(changed, TOKEN)
    assert proves(found, subject, TOKEN)
    assert not proves({**found, "digest": found["digest"] + "x"}, subject, TOKEN)
    assert not proves(found, subject + "0", TOKEN)
    assert not proves(found, subject, OTHER)


def test_the_newest_entry_about_a_subject_proves_its_record(chain: Path) -> None:
    found = proof(chain, "s2", TOKEN)
    assert found is not None
    assert (found["entry"], found["entries"]) == (2, 5)
    assert proof(chain, "nobody", TOKEN) is None
    assert asdict(entries(chain)[1])["changed"]["s2"] == found["digest"]
