"""Free text: whom it names, what else it holds, and what happens to what could not be read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.detectors import addresses, limits, names
from scanners.detectors.columns import ColumnRecognizers
from scanners.detectors.engine import RANK, Prose
from scanners.detectors.found import Finds
from scanners.detectors.identifiers import luhn
from scanners.detectors.rampart import installed
from scanners.prose import STAND_IN, masked
from scanners.roster_index import RosterIndex
from scanners.scan import ScanContext
from tests.scanners.district import ROSTER, STUDENTS, context, fields, key, scan, seen, table

PIN = {
    "name": "lunch pin",
    "type": "custom",
    "supported_entity": "LUNCH_PIN",
    "patterns": [{"name": "digits", "regex": r"\bLP-\d{3}\b", "score": 0.3}],
    "context": ["lunch", "pin"],
    "supported_languages": ["en"],
}
SLOW = PIN | {
    "name": "slow one",
    "supported_entity": "SLOW",
    "patterns": [{"name": "catastrophic", "regex": r"(?:x|xx)+[yz]", "score": 0.9}],
    "context": [],
}
ELEMENTS = {"LUNCH_PIN": "student_id.local", "SLOW": "survey"}
ENDLESS = "x" * 60 + " and more words than a code would have"


@cache
def prose() -> Prose:
    return Prose(RosterIndex.build(ROSTER, lambda kind, own: f"{kind}:{own}"), processes=1)


def found(text: str) -> list[tuple[str, str]]:
    (finds,) = prose().analyze([text])
    assert not finds.gave_up
    return [(it.entity_type, text[it.start : it.end]) for it in finds.found]


IDENTIFIERS: list[tuple[str, str, str | None]] = [
    ("Her SSN is 523-44-1234.", "US_SSN", "523-44-1234"),
    ("social security 523441234 on file", "US_SSN", "523441234"),
    ("Order 523441234 shipped", "US_SSN", None),
    ("Case 000-44-1234", "US_SSN", None),
    ("paid with 4111 1111 1111 1111 today", "CREDIT_CARD", "4111 1111 1111 1111"),
    ("paid with 4111 1111 1111 1112 today", "CREDIT_CARD", None),
    ("tracking 7411111111111111", "CREDIT_CARD", None),
    ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
    ("IBAN DE88 3704 0044 0532 0130 00 please", "IBAN_CODE", None),
    ("call (402) 555-0199 after noon", "PHONE_NUMBER", "(402) 555-0199"),
    ("call me at 24 971 50 30", "PHONE_NUMBER", "24 971 50 30"),
    ("scores 24 971 50 30", "PHONE_NUMBER", None),
    ("on 2026-09-01 and 09/02/2026", "PHONE_NUMBER", None),
    ("write to ann.lee@mail.example soon", "EMAIL_ADDRESS", "ann.lee@mail.example"),
    ("room @ 4.30 pm", "EMAIL_ADDRESS", None),
    ("driver license D12345678", "US_DRIVER_LICENSE", "D12345678"),
    ("part D12345678", "US_DRIVER_LICENSE", None),
    ("passport 512345678", "US_PASSPORT", "512345678"),
    ("password: Otter#42", "PASSWORD", "Otter#42"),
    ("password: forgotten", "PASSWORD", None),
    ("from 198.51.100.7 again", "IP_ADDRESS", "198.51.100.7"),
    ("version 998.51.100.7", "IP_ADDRESS", None),
]


@pytest.mark.parametrize(("text", "entity", "expected"), IDENTIFIERS, ids=[t for t, _, _ in IDENTIFIERS])
def test_identifiers(text: str, entity: str, expected: str | None) -> None:
    assert dict(found(text)).get(entity) == expected


ADDRESSES: list[tuple[str, str | None]] = [
    ("She moved to 1207 Larkspur Lane.", "1207 Larkspur Lane"),
    ("Mail goes to 88 Elm St Apt 4, Fairview, NE 68131 now", "88 Elm St Apt 4, Fairview, NE 68131"),
    ("PO: P.O. Box 117", "P.O. Box 117"),
    ("ship to PSC 1234, Box 5678\nAPO AE 09012 please", "PSC 1234, Box 5678\nAPO AE 09012"),
    ("He lives on Harjuweg 17.", "Harjuweg 17"),
    ("12 students of Grade 5 are in Room 204", None),
    ("Read Chapter 4 by Friday 12 October 2026", None),
    ("Bus 12 leaves at 3", None),
    ("scored 85 on Test 4 and 90 on Test 5", None),
    ("See Section 504", None),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES, ids=[t for t, _ in ADDRESSES])
def test_addresses(text: str, expected: str | None) -> None:
    assert dict(found(text)).get("STREET_ADDRESS") == expected


NAMES: list[tuple[str, list[str]]] = [
    ("Mrs. Harriet Osgood called about the bus.", ["Harriet Osgood"]),
    ("Harriet Osgood's mother called.", ["Harriet Osgood"]),
    ("OSGOOD, HARRIET", ["OSGOOD, HARRIET"]),
    ("Name: Vide A. Persson", ["Vide A. Persson"]),
    ("My name is Brigid Talbot.", ["Brigid Talbot"]),
    ("We met at Mason Elementary on Monday.", []),
    ("He walked along Jefferson Street.", []),
    ("Vitamin B Complex was given.", []),
]


@pytest.mark.parametrize(("text", "expected"), NAMES, ids=[t for t, _ in NAMES])
def test_names(text: str, expected: list[str]) -> None:
    assert [span for entity, span in found(text) if entity == "PERSON"] == expected


@pytest.mark.parametrize(("digits", "right"), [("4111111111111111", True), ("4111111111111112", False), ("0", True)])
def test_luhn(digits: str, right: bool) -> None:
    assert luhn(digits) is right


@settings(max_examples=60, deadline=2_000)
@given(st.text(alphabet=st.sampled_from(list("aB1 .,-'\n>ÉSt Apt")), max_size=400))
def test_patterns_end_in_time_and_inside_the_text(text: str) -> None:
    for start, end in [*addresses.spans(text), *names.trimmed(text, 0, len(text))]:
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "text", ["A" * 5_000, "Ab " * 3_000, "1 " * 4_000, "12 Ab " * 1_500, "A-" * 4_000, "A, " * 3_000, "Apt 1 " * 1_500]
)
def test_long_repetitions_are_no_trap(text: str) -> None:
    begun = time.perf_counter()
    (finds,) = prose().analyze([text])
    assert not finds.gave_up
    assert time.perf_counter() - begun < 10


# -- the roster's people ------------------------------------------------------------------------------------------------------


def test_a_namesake_is_the_student_of_the_row() -> None:
    rows = [{"student_id": STUDENTS[7].sourced_id, "note": "Talked with Emily Chen about the last unit."}]
    assert (key(8), "student_name") in seen(scan(table(rows)))
    assert (None, "student_name") not in seen(scan(table(rows)))


def test_a_namesake_whom_nobody_tells_is_counted_for_nobody() -> None:
    rows = [{"note": "Talked with Emily Chen about the last unit."}]
    result = scan(table(rows))
    assert seen(result) == {(None, "student_name")}
    (finding,) = [it for it in result.tables["findings"].to_pylist() if it["detector"] == "roster_mention"]
    assert finding["occurrences"] == 1
    assert finding["data_element"] == "student_name"
    assert "fits several" in finding["rationale"]
    assert "Chen" not in finding["rationale"]


def test_a_namesake_in_the_row_of_somebody_else_is_not_that_one() -> None:
    rows = [{"student_id": STUDENTS[1].sourced_id, "note": "Talked with Emily Chen about the last unit."}]
    assert seen(scan(table(rows))) == {(key(2), "student_id.local"), (None, "student_name")}


BESIDE = [
    ("address", "c/o Mateo Okafor, 12 Elm St", {(key(2), "student_name")}),
    ("address", "Attn: OKAFOR, MATEO; 12 Elm St", {(key(2), "student_name")}),
    ("Mailing Address", "Mateo Okafor\n12 Elm St\nFairview", {(key(2), "student_name")}),
    ("home_address", "12 Elm St (c/o Ingrid Jorgensen)", {(key(1), "guardian_name")}),
    ("address", "12 Elm St, mateo.okafor2@pr.example", {(key(2), "student_contact.email")}),
    ("address", "12 Mateo Okafor St", set()),
    ("address", "12 Jordan Mason's Way", set()),
    ("address", "Emily Chen Elementary, 5 Oak Ave", set()),
    ("phone", "402-555-0102 (Mateo Okafor)", {(key(2), "student_name")}),
    ("school", "Jordan Mason Middle School", set()),
    ("attendance_code", "excused by Mateo Okafor", {(key(2), "student_name")}),
]


@pytest.mark.parametrize(("header", "value", "expected"), BESIDE, ids=[f"{h}: {v!r}" for h, v, _ in BESIDE])
def test_people_beside_what_a_settled_field_is(header: str, value: str, expected: set[tuple[str, str]]) -> None:
    plain_values = {"phone": "402-555-01{}1", "attendance_code": "A", "school": "Mason Elementary"}
    others = [{"student_id": STUDENTS[0].sourced_id, header: plain_values.get(header, "1{} Oak Ave").format(n)} for n in range(4)]
    result = scan(table([*others, {"student_id": STUDENTS[0].sourced_id, header: value}]))
    assert {s for s in seen(result) if s[1] in ("student_name", "guardian_name") or s[0] == key(2)} == expected
    assert fields(result)[header] not in ("student_name", "guardian_name")


def test_a_name_beside_an_address_of_the_roster() -> None:
    people = tuple(replace(p, addresses=("12 Elm St",)) if p is STUDENTS[1] else p for p in ROSTER.people)
    rows: list[dict[str, str | None]] = [{"address": "12 Elm St"}, {"address": "c/o Hana Sato, 7 Birch Rd"}]
    found_ = seen(scan(table(rows), roster=replace(ROSTER, people=people)))
    assert found_ >= {(key(2), "student_contact.address"), (key(10), "student_name"), (key(10), "student_contact.address")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Aaliyah Jorgensen has 3 books", f"{STAND_IN} has 0 books"),
        ("Zoë  O’Rourke-Díaz has 3 books", f"{STAND_IN} has 0 books"),  # folding changes its length
        ("Emily Chen, 402-555-0102", f"{STAND_IN}, 402-555-0102"),
    ],
)
def test_masked(text: str, expected: str) -> None:
    assert masked(text, prose_index()).casefold() == expected.casefold()


@cache
def prose_index() -> RosterIndex:
    return RosterIndex.build(ROSTER, lambda kind, own: f"{kind}:{own}")


# -- what a district adds -----------------------------------------------------------------------------------------------------


def with_recognizers(*recognizers: dict[str, Any]) -> ScanContext:
    analyzer = Prose(prose_index(), recognizers=recognizers, elements=ELEMENTS, processes=1)
    return replace(context(), analyzer=lambda: analyzer, recognizers=ColumnRecognizers(recognizers, ELEMENTS))


def test_a_districts_recognizer_reads_free_text() -> None:
    rows = [{"student_id": STUDENTS[1].sourced_id, "note": f"forgot the lunch PIN LP-{n} again today"} for n in (101, 102)]
    result = scan(table(rows), context_=with_recognizers(PIN))
    assert (key(2), "student_id.local") in seen(result)
    (finding,) = [it for it in result.tables["findings"].to_pylist() if it["detector"] == "lunch pin"]
    assert finding["occurrences"] == finding["distinct_values"] == 2
    assert finding["entity_type"] == "LUNCH_PIN"
    assert "101" not in finding["rationale"]


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("lunch", ("LP-101", "LP-102"), True),
        ("code", ("LP-101", "LP-102"), False),  # .3 alone is too little
        ("lunch", ("LP-101", "cash", "cash at door"), False),
    ],
)
def test_a_districts_recognizer_reads_columns(header: str, values: tuple[str, ...], expected: bool) -> None:
    rows = [{header: value} for value in values]
    found_ = fields(scan(table(rows), context_=replace(context(), recognizers=ColumnRecognizers([PIN], ELEMENTS))))
    assert (found_[header] == "student_id.local") is expected


def test_a_deny_list_is_a_recognizer_too() -> None:
    club = PIN | {"name": "club", "patterns": [], "deny_list": ["Falcon Circle"], "context": []}
    rows = [{"note": "is a member of the Falcon Circle since last week"}]
    result = scan(table(rows), context_=with_recognizers(club))
    assert [it["entity_type"] for it in result.tables["findings"].to_pylist()] == ["LUNCH_PIN"]


def test_a_recognizer_that_runs_out_of_time_leaves_the_file_partly_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.05)
    rows = [{"note": f"{ENDLESS} {word}"} for word in ("one", "two", "three", "four", "five")]
    begun = time.perf_counter()
    (file,) = scan(table(rows), context_=with_recognizers(SLOW)).tables["files"].to_pylist()
    assert file["status"] == "partly_scanned"
    assert "slow one" in file["reason"]
    assert "xx" not in file["reason"]
    assert time.perf_counter() - begun < 5


def test_a_recognizer_that_runs_out_of_time_on_a_column_does_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.05)
    own = replace(context(), recognizers=ColumnRecognizers([SLOW], ELEMENTS))
    (file,) = scan(table([{"code": "x" * 60}]), context_=own).tables["files"].to_pylist()
    assert (file["status"], "slow one" in file["reason"]) == ("partly_scanned", True)


def test_a_recognizer_that_fails_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> list[object]:
        raise RuntimeError("with a value in it")

    monkeypatch.setattr(addresses.StreetAddressRecognizer, "analyze", fails)
    (finds,) = Prose(processes=1).analyze(["Mrs. Harriet Osgood called from 402-555-0199"])
    assert finds.gave_up == ("StreetAddressRecognizer",)
    assert {it.entity_type for it in finds.found} == {"PERSON", "PHONE_NUMBER"}


# -- the second process -------------------------------------------------------------------------------------------------------


def notes(count: int) -> list[str]:
    return [f"Mrs. Harriet Osgood called about bus {n} from 402-555-{n:04} \ud800" for n in range(count)]


def test_two_processes_say_what_one_says() -> None:
    both = Prose(prose_index(), processes=2)
    try:
        texts = notes(600)
        assert list(both.analyze(texts)) == list(prose().analyze(texts))
        assert both._second.process.poll() is None
        both._second.process.kill()  # lost between two batches: this process reads on alone
        assert list(both.analyze(texts)) == list(prose().analyze(texts))
    finally:
        both.close()


class Counting:
    """An analyzer that says nothing, and how many texts it was asked about."""

    fewest_digits = 5

    def __init__(self) -> None:
        self.asked = 0

    def analyze(self, texts: Sequence[str]) -> Iterator[Finds]:
        self.asked += len(texts)
        return iter([Finds() for _ in texts])


def test_values_that_differ_in_known_names_and_small_numbers_are_read_once() -> None:
    counting = Counting()
    who = ("Aaliyah Jorgensen", "Mateo Okafor", "Emily Chen")
    rows = [{"note": f"{name} finished unit {n} early today"} for name in who for n in range(10)]
    scan(table(rows), context_=replace(context(), analyzer=lambda: counting))
    assert counting.asked == 1


def test_entities_that_a_district_may_not_take_are_those_that_are_found() -> None:
    from lineage.register.recognizers import TAKEN

    assert set(RANK) == TAKEN


@pytest.mark.skipif(not installed(), reason="the extra `second-opinion` is not installed")
def test_a_second_opinion_finds_names_in_small_letters() -> None:
    (finds,) = Prose(second_opinion=True, processes=1).analyze(["please block my card, my name is harriet osgood"])
    assert "PERSON" in {it.entity_type for it in finds.found}
