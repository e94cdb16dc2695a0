"""What is this column? Tables of headers and values with the element that a person would give them."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scanners.header import hint
from scanners.oneroster import Roster, read_roster
from scanners.scan import Decision
from tests.scanners.district import ROSTER, STUDENTS, context, fields, key, scan, seen, table
from tests.scanners.labelled.district import District, district, roster_files
from tests.scanners.labelled.exports import exports

IDS = [s.sourced_id for s in STUDENTS]
EMAILS = [s.emails[0] for s in STUDENTS]


def column(header: str, values: list[str], beside: str = "student_id") -> str:
    rows: list[dict[str, str | None]] = [{beside: i, header: v} for i, v in zip(IDS, values * 10, strict=False)]
    return fields(scan(table(rows)))[header]


CASES = [
    ("email", EMAILS, "student_contact.email"),
    ("Parent E-Mail", ["ingrid.j@mail.example", "chidi@mail.example"], "guardian_contact.email"),
    ("mom_email", ["somebody@else.example", "nobody@else.example"], "guardian_contact.email"),
    ("First", [s.given for s in STUDENTS], "student_name"),
    ("studentLastName", [s.family for s in STUDENTS], "student_name"),
    ("DOB", ["2010-02-03", "2011-04-05"], "demographics.birth_date"),
    ("Birthdate", ["2/3/2010", "12/25/2011"], "demographics.birth_date"),
    ("grade", ["4", "5", "K"], "enrollment.grade_level"),
    ("Grade", ["4th", "5th", "Kindergarten"], "enrollment.grade_level"),
    ("grade", ["A-", "B+", "C"], "transcript.grade"),
    ("Final Grade", ["88", "92"], "transcript.grade"),
    ("gender", ["F", "M", "X"], "demographics.gender"),
    ("homeLanguage", ["Spanish", "English"], "demographics.language"),
    ("IEP", ["Y", "N"], "special.iep_504"),
    ("Section 504", ["Y", "N"], "special.iep_504"),
    ("primary_disability", ["Autism", "SLD"], "special.disability"),
    ("FRL Status", ["Free", "Reduced", "Paid"], "special.low_income"),
    ("ELL", ["1", "0"], "special.english_learner"),
    ("homeless", ["yes", "no"], "special.homeless_foster"),
    ("Allergies", ["Peanuts", "Bees"], "special.medical"),
    ("homeroom", ["12B", "14A"], "enrollment.homeroom"),
    ("school", ["Mason Elementary", "Ridge High"], "enrollment.school"),
    ("teacher", ["Carol Lindqvist"], "schedule.teacher"),
    ("counselor", ["Carol Lindqvist"], "enrollment.counselor"),
    ("state_student_id", ["1234567890", "2345678901"], "student_id.state"),
    ("username", [s.username for s in STUDENTS], "student_id.username"),
    ("password", ["Secret12", "Blue42!"], "student_id.password"),
    ("ssn", ["536-22-1234", "536-22-9876"], "student_id.ssn"),
    ("bus_route", ["12", "14"], "transportation"),
    ("absences", ["0", "3"], "attendance"),
    ("suspensions", ["0", "1"], "conduct"),
    ("quiz_score", ["88", "93"], "performance.in_app"),
    ("percentile", ["88", "93"], "assessment.score"),
    ("yr", ["Y5", "Y6"], "enrollment.grade_level"),
    ("letter", ["B+", "C-", "A"], "transcript.grade"),
    ("letter", ["welcome.pdf", "late.pdf"], "none"),
    ("Rider", ["Tomás Villanueva", "Somebody Else"], "student_name"),
    ("rider", ["Y", "N"], "transportation"),
    ("ids.district", IDS, "student_id.local"),
    ("Student_state", ["NE", "CO"], "student_contact.address"),
    ("accom", ["extra time", "small group"], "special.iep_504"),
    ("10/3", ["P", "A"], "attendance"),
    ("v10", ["P", "A"], "none"),
    ("event.grade", ["3", "5"], "performance.in_app"),
    ("guardian_name", ["Ingrid Jorgensen", "Chidi Okafor"], "guardian_name"),
    ("Emergency Contact Phone", ["402-555-0177", "402-555-0188"], "guardian_contact.phone"),
    ("last_login_ip", ["203.0.113.9", "203.0.113.17"], "application.ip"),
    ("photo_url", ["https://cdn.example/a.jpg"], "photo_audio_video"),
    ("ACADEMIC_YEAR_CODE", ["123", "456"], "none"),
    ("room", ["101", "204"], "none"),
    ("email_verified", ["0", "1"], "none"),
    ("created_at", ["2026-08-01T10:00:00Z", "2026-08-02T10:00:00Z"], "none"),
    ("course_id", ["MATH-101", "ENG-202"], "schedule.course"),
    ("status", ["active", "inactive"], "none"),
]


@pytest.mark.parametrize(("header", "values", "expected"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_column(header: str, values: list[str], expected: str) -> None:
    assert column(header, values) == expected


INNOCENT = [
    ("c1", [s.given for s in STUDENTS], "student_name"),
    ("c2", [s.birth_date.strftime("%d.%m.%Y") if s.birth_date else "" for s in STUDENTS], "demographics.birth_date"),
    ("c3", EMAILS, "student_contact.email"),
    ("c4", IDS, "student_id.local"),
    ("c5", [f"{s.family.upper()}, {s.given}" for s in STUDENTS], "student_name"),
]


@pytest.mark.parametrize(("header", "values", "expected"), INNOCENT, ids=[c[0] for c in INNOCENT])
def test_a_header_that_says_nothing(header: str, values: list[str], expected: str) -> None:
    assert column(header, values) == expected


def test_scores_that_are_all_local_ids_are_scores() -> None:
    rows: list[dict[str, str | None]] = [{"email": EMAILS[i], "score": IDS[(i + 3) % 10]} for i in range(10)]
    assert fields(scan(table(rows)))["score"] == "assessment.score"


def test_a_number_column_of_other_peoples_ids_holds_no_ids_of_the_district() -> None:
    rows: list[dict[str, str | None]] = [{"email": EMAILS[i], "ref no": IDS[(i + 3) % 10]} for i in range(10)]
    assert fields(scan(table(rows)))["ref no"] == "student_id.provider"


def test_ids_that_lost_their_leading_zeros() -> None:
    people = tuple(replace(s, sourced_id="0" + s.sourced_id[2:], key_id="0" + s.sourced_id[2:], local_ids=()) for s in STUDENTS)
    rows: list[dict[str, str | None]] = [{"Student Number": p.sourced_id.lstrip("0")} for p in people]
    result = scan(table(rows), roster=Roster(people))
    assert {r["subject_key"] for r in result.tables["sightings"].to_pylist()} == {f"student:{p.key_id}" for p in people}


def test_ids_that_lost_their_zeros_under_a_header_that_says_nothing() -> None:
    people = tuple(replace(s, sourced_id=f"00{s.sourced_id}", key_id=f"00{s.sourced_id}", local_ids=()) for s in STUDENTS[:4])
    people = tuple(replace(p, local_ids=((p.sourced_id, "identifier"),)) for p in people)
    rows: list[dict[str, str | None]] = [{"mail": p.emails[0], "code": p.sourced_id.lstrip("0")} for p in people]
    assert fields(scan(table(rows), roster=Roster(people)))["code"] == "student_id.local"


# -- traps ------------------------------------------------------------------------------------------------------------------


def numbered(ids: list[str]) -> Roster:
    """The district's students under these ids."""
    return Roster(
        tuple(
            replace(s, sourced_id=i, key_id=i, local_ids=((i, "sourcedId"),), username="", emails=())
            for s, i in zip(STUDENTS, ids, strict=True)
        ),
        orgs=ROSTER.orgs,
    )


DAYS = [f"2010{1 + n:02d}{11 + n}" for n in range(10)]
FEW = [None] * 990

TRAPS = [
    ("Building", ["Mason Elementary", "Mason", "Ridge"], "enrollment.school"),
    ("Site", ["Mason", "Lincoln"], "enrollment.school"),
    ("teacher", ["Jordan Mason", "Carol Lindqvist"], "schedule.teacher"),
    ("STUDENT_NAME", [f"{s.family.upper()}, {s.given.upper()} Q" for s in STUDENTS], "student_name"),
    ("LASTFIRST", ["NGUYEN, ARLO", "PARK, INES"], "student_name"),
    ("Home Phone", ["000-111-2222", "555-010-0199", "199-999-0000"], "student_contact.phone"),
    ("State ID", ["NE"], "none"),
    ("ssid", ["NE"], "none"),
    ("link", ["ada.quill@mail.example", "bo.tarn@mail.example"], "student_contact.email"),
    ("homepage", ["https://a.example/@ada", "https://b.example/@bo"], "none"),
    ("browser", ["Safari", "Chrome"], "application.usage"),
    ("client", ["Safari", "Info", "Chrome"], "none"),
    ("level", ["Info", "Warning"], "none"),
    ("score_date", ["2010-02-02", "2011-03-03"], "none"),
    ("School Phone", ["402-555-0100", "402-555-0101"], "none"),
    ("District Street Address", ["100 Oak St", "200 Elm Ave"], "none"),
    ("email_opt_in", ["true", "false"], "none"),
    ("Author", ["Ines Calder", "Otto Brandvold", "Rhea Quill"], "none"),
    ("c9", ["englishLanguageLearner", "giftedOrTalented", "homeless"], "special.english_learner"),
    ("case_number", [str(400_000_000 + n * 7) for n in range(10)], "student_id.provider"),  # nine digits, and one each: no SSN
]


@pytest.mark.parametrize(("header", "values", "expected"), TRAPS, ids=[t[0] for t in TRAPS])
def test_a_trap(header: str, values: list[str], expected: str) -> None:
    assert column(header, values) == expected


@pytest.mark.parametrize("header", ["Student No", "ref", "c4"])
def test_eight_digit_ids_that_spell_dates(header: str) -> None:
    rows: list[dict[str, str | None]] = [{header: d, "due": f"2026{1 + n:02d}{11 + n}"} for n, d in enumerate(DAYS)]
    found = fields(scan(table(rows), roster=numbered(DAYS)))
    assert found == {header: "student_id.local", "due": "none"}


def test_a_column_that_is_empty_but_for_ten_cells() -> None:
    rows: list[dict[str, str | None]] = [{"id": str(n), "contact": e} for n, e in enumerate([*FEW, *EMAILS])]
    assert fields(scan(table(rows)))["contact"] == "student_contact.email"


def test_two_students_of_one_name_are_a_name() -> None:
    rows: list[dict[str, str | None]] = [{"who": "Emily Chen", "born": "2011-03-09"}, {"who": "Emily Chen", "born": "2012-06-20"}] * 3
    assert fields(scan(table(rows)))["who"] == "student_name"


FORMS = {"as it is": str, "capitals": str.upper, "trimmed": lambda v: f" {v.title()} ".strip().lower()}


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("values", "expected"), [(EMAILS, "student_contact.email"), (IDS, "student_id.local")], ids=["e-mail", "id"])
def test_a_hash_is_what_was_hashed(values: list[str], expected: str, form: str, algorithm: str) -> None:
    hashed = [hashlib.new(algorithm, FORMS[form](v).encode()).hexdigest() for v in values]
    result = scan(table([{"value": h} for h in hashed]))
    assert fields(result)["value"] == expected
    assert {f["detector"] for f in result.tables["findings"].to_pylist()} == {"roster_digest"}


def test_hashes_of_strangers_under_a_header_of_e_mails() -> None:
    hashed = [hashlib.md5(f"stranger{n}".encode(), usedforsecurity=False).hexdigest() for n in range(10)]
    assert column("hashed_email", hashed) == "student_contact.email"


def detectors(header: str, values: list[str], beside: str = "student_id") -> set[tuple[str, str]]:
    """(detector, entity) of the findings about this column."""
    rows: list[dict[str, str | None]] = [{beside: i, header: v} for i, v in zip(IDS, values * 10, strict=False)]
    found = scan(table(rows)).tables["findings"].to_pylist()
    return {(f["detector"], f["entity_type"]) for f in found if f["field_path"] == header}


@pytest.mark.parametrize(
    ("values", "told"),
    [(["Tiger12!", "Blue42?"], True), (IDS, True), ([hashlib.sha256(i.encode()).hexdigest() + "0" * 0 for i in "abc"], False)],
    ids=["clear text, reused", "the student's own id", "hashed"],
)
def test_credentials(values: list[str], told: bool) -> None:
    assert column("password", values) == "student_id.password"
    assert (("credential", "PASSWORD") in detectors("password", values)) is told


OWN = ["Otter", "Maple", "Comet", "River", "Panda", "Quartz", "Salmon", "Willow", "Ember", "Tundra"]
NEUTRAL = [
    ("field5", [f"{w}{n}!" for n, w in enumerate(OWN, 11)], True),
    ("value", ["Welcome2026!"] * 10, True),  # everybody's first one
    ("Custom 1", [f"{w.lower()}${n}x" for n, w in enumerate(OWN, 11)], True),
    ("access", [f"{w}{n}" for n, w in enumerate(OWN, 4127)], True),
    ("field5", [*IDS[:4], *[f"{w}{n}!" for n, w in enumerate(OWN[:6], 11)]], True),
    ("field5", [f"{w}#{n}" for n, w in enumerate(OWN[:3], 11)] * 4, True),
    ("field5", IDS, False),
    ("room", [f"B-{n}" for n in range(204, 214)], False),
    ("field5", [f"Room{n}" for n in range(204, 214)], False),
    ("location", [f"Bldg#{n}" for n in range(204, 214)], False),
    ("sku", [f"{w[:3].upper()}-{n}-AB" for n, w in enumerate(OWN, 1200)], False),
    ("part", [f"{w[:3].upper()}{n}@{n}" for n, w in enumerate(OWN[:2], 1200)] * 5, False),
    ("field5", ["Math101", "Hist201", "Chem3001", "Biol110", "Engl4002"] * 2, False),
    ("course_code", [f"{w}{n}!" for n, w in enumerate(OWN, 11)], False),
    ("field5", [hashlib.sha256(w.encode()).hexdigest()[:12] for w in OWN], False),
    ("field5", ["aB3xQ9Zk7", "Zk81mPq0L", "qQ7tLm2Xc", "M9nB4vC1z", "pL0oK9iJ8"] * 2, False),
    ("handle", [f"@{w.lower()}{n}" for n, w in enumerate(OWN, 11)], False),
    ("price", [f"US${n}.50" for n in range(10, 20)], False),
    ("link", [f"/a/{w}?x={n}&y=1!" for n, w in enumerate(OWN, 11)], False),
    ("grade", ["A+", "B-", "C!", "A-"] * 3, False),
]


@pytest.mark.parametrize(("header", "values", "expected"), NEUTRAL, ids=[f"{h}: {v[0]}" for h, v, _ in NEUTRAL])
def test_passwords_that_no_header_announces(header: str, values: list[str], expected: bool) -> None:
    rows: list[dict[str, str | None]] = [{"email": e, header: v} for e, v in zip(EMAILS, values, strict=False)]
    result = scan(table(rows))
    assert (fields(result)[header] == "student_id.password") is expected
    assert (("credential", "PASSWORD") in {(f["detector"], f["entity_type"]) for f in result.tables["findings"].to_pylist()}) is expected


def test_passwords_beside_nobody_are_none() -> None:
    assert fields(scan(table([{"field5": f"{w}{n}!", "n": "1"} for n, w in enumerate(OWN, 11)])))["field5"] == "none"


NUMBERS = [
    ("STUDENT-ID", ["536-22-1234", "536-22-9876", "537-90-4411"], "student_id.ssn", "HEADER"),
    ("c7", ["536-22-1234", "536-22-9876", "537-90-4411"], "student_id.ssn", "US_SSN"),
    ("c7", ["912-70-1234", "912-88-1234", "955-94-0001"], "student_id.ssn", "US_ITIN"),
    ("c7", ["4111111111111111", "5555555555554444", "340000000000009"], "other", "CREDIT_CARD"),
    ("c7", ["4111111111111112", "5555555555554445", "340000000000008"], "none", None),
    ("npi", ["1234567893", "1245319599"], "other", "US_NPI"),
    ("routing", ["011000015", "021000021"], "other", "ABA_ROUTING_NUMBER"),
    ("c7", ["011000015", "021000021"], "none", None),
    ("c7", ["900-12-3456", "000-12-3456", "666-12-3456"], "none", None),
]


@pytest.mark.parametrize(("header", "values", "expected", "entity"), NUMBERS, ids=[f"{n[3]}-{i}" for i, n in enumerate(NUMBERS)])
def test_numbers_with_checks(header: str, values: list[str], expected: str, entity: str | None) -> None:
    assert column(header, values) == expected
    assert entity is None or entity in {e for _, e in detectors(header, values)}


CODES = [
    ("status", ["IEP", "504", "Exited"], "special.iep_504"),
    ("category", ["Free", "Reduced", "Paid"], "special.low_income"),
    ("group", ["ELL", "Gen Ed"], "special.english_learner"),
    ("tag", ["McKinney-Vento", "none"], "special.homeless_foster"),
    ("code", ["SLD", "OHI", "AU"], "special.disability"),
    ("type", ["Peanut allergy", "Asthma", "None"], "special.medical"),
    ("flag2", ["Doubled-Up", "Hotel/Motel", "Permanent"], "special.homeless_foster"),
    ("status", ["504", "200", "404"], "none"),
    ("plan", ["Free", "Premium", "Trial"], "none"),
    ("category", ["F", "R", "P"], "none"),
    ("status", ["active", "IEP review pending for the account", "closed", "new"], "none"),
]


@pytest.mark.parametrize(("header", "values", "expected"), CODES, ids=[f"{c[0]}-{c[2]}-{i}" for i, c in enumerate(CODES)])
def test_codes_under_an_innocent_name(header: str, values: list[str], expected: str) -> None:
    assert column(header, values) == expected


IEP, ELL, FRL, GIFTED = "special.iep_504", "special.english_learner", "special.low_income", "enrollment.program"
FLAGS = [
    ("userFlags", ["ELL;IEP;FRL", "ELL", "", "IEP;FRL", "none"], [{ELL, IEP, FRL}, {ELL}, set(), {IEP, FRL}, set()]),
    ("flag", ["ELL", "IEP", "FRL", "No", "IEP"], [{ELL}, {IEP}, {FRL}, set(), {IEP}]),
    ("flags", ['["englishLanguageLearner", "giftedOrTalented"]', '["freeLunch"]', "[]", "[]", "[]"], [{ELL, GIFTED}, {FRL}, *[set()] * 3]),
    ("indicators", ["ell | gifted", "gifted | ward", "ward", "ell", "ell | ward"], [{ELL, GIFTED}, {GIFTED}, set(), {ELL}, {ELL}]),
    ("programs", ["IEP, ELL", "Not ELL, IEP", "n/a", "AVID, ELL", "504"], [{IEP, ELL}, {IEP}, set(), {"program_membership", ELL}, {IEP}]),
    ("housing", ["Hotel/Motel", "Doubled-Up", "Shelter", "Permanent", "Permanent"], [{"special.homeless_foster"}] * 5),
    ("tags", ["IEP", "IEP", "504", "No", "IEP"], [{IEP}, {IEP}, {IEP}, set(), {IEP}]),
    ("groups", ["Red; Blue", "Blue; IEP party", "Green", "Red; Green", "Red"], [set()] * 5),
    ("x1", ["IEP, ELL", "see the nurse, then call", "left early, came back", "ok", "came back late"], [set()] * 5),
]


@pytest.mark.parametrize(("header", "values", "expected"), FLAGS, ids=[f[0] for f in FLAGS])
def test_flags_of_several_elements(header: str, values: list[str], expected: list[set[str]]) -> None:
    """Each flag is its own element's finding and its student's own sighting."""
    result = scan(table([{"student_id": i, header: v or None} for i, v in zip(IDS, values, strict=False)]))
    shown = {(k, e) for k, e in seen(result) if e != "student_id.local"}
    assert shown == {(key(n), e) for n, own in enumerate(expected, 1) for e in own}
    if (every := {e for own in expected for e in own}) and len(every) > 1:
        found = {f["data_element"]: f for f in result.tables["findings"].to_pylist() if f["field_path"] == header}
        assert {e: f["occurrences"] for e, f in found.items()} == {e: sum(e in own for own in expected) for e in every}
        assert {e: f["subjects"] for e, f in found.items()} == {e: sum(e in own for own in expected) for e in every}
        assert fields(result)[header] in every


def test_a_decision_settles_flags_as_one() -> None:
    rows: list[dict[str, str | None]] = [{"student_id": i, "userFlags": v} for i, v in zip(IDS, ["ELL;IEP", "IEP;FRL"] * 5, strict=True)]
    own = context((Decision("vendor", "export/data.csv", "userFlags", "program_membership"),))
    assert {e for _, e in seen(scan(table(rows), context_=own))} == {"student_id.local", "program_membership"}


def test_letters_that_could_mean_several_things_are_left_to_a_person() -> None:
    rows: list[dict[str, str | None]] = [{"student_id": i, "category": v} for i, v in zip(IDS, "FRP" * 4, strict=False)]
    result = scan(table(rows))
    (field,) = [f for f in result.tables["fields"].to_pylist() if f["field_path"] == "category"]
    assert (field["data_element"], field["confidence"] < 0.5) == ("none", True)
    assert "codes" in {f["detector"] for f in result.tables["findings"].to_pylist() if f["field_path"] == "category"}


def test_codes_beside_nobody_are_no_indicator() -> None:
    assert fields(scan(table([{"category": "IEP", "n": "12"}, {"category": "ELL", "n": "40"}])))["category"] == "none"


SHORT = [
    ("STU_LNAME", "name.family", "student"),
    ("PRNT1_EML", "email", "guardian"),
    ("Prnt2FName", "name.given", "guardian"),
    ("BDATE", "birth_date", None),
    ("GNDR_CD", "gender", None),
    ("LEP_IND", "special.english_learner", None),
    ("SPED_FLG", "special.iep_504", None),
    ("ETHNC", "demographics.ethnicity_race", None),
    ("GRD-NAME", "name.full", "guardian"),
    ("GRD_LVL", "enrollment.grade_level", None),
    ("STDOB", "birth_date", "student"),
    ("EMRGPH", "phone", "guardian"),
    ("twoormoreraces", "demographics.ethnicity_race", None),
    ("accountableschoolname", "enrollment.school", None),
    ("telephones.0.telephoneNumber", "phone", None),
    ("Does your child have an IEP or 504?", "special.iep_504", "student"),
    ("School Year", None, None),
    ("photo_release", None, None),
]


@pytest.mark.parametrize(("header", "meaning", "role"), SHORT, ids=[s[0] for s in SHORT])
def test_short_and_glued_words(header: str, meaning: str | None, role: str | None) -> None:
    said = hint(header)
    assert (said.meaning, said.role) == (meaning, role)


# -- whole exports ----------------------------------------------------------------------------------------------------------
CHOSEN = ("skyward roster", "headerless one", "misleading headers", "nssrs student", "spanish roster", "teds student")


def labelled_roster(whole: District) -> Roster:
    with TemporaryDirectory() as folder:
        for name, text in roster_files(whole).items():
            (Path(folder) / name).write_text(text)
        return read_roster(Path(folder), "sourcedId")


def test_labelled_exports() -> None:
    """A few of those tuned on (all: `python -m benchmarks.columns`), with a roster of 60 % of the students."""
    whole = district()
    known, wrong = labelled_roster(whole), []
    for export in [e for e in exports() if e.tuning and e.name in CHOSEN]:
        lines = list(csv.DictReader(StringIO(export.csv(whole))))
        found = fields(scan(table([dict(line) for line in lines]), roster=known))
        wrong += [(export.name, c.header) for c in export.columns if c.accepted and found[c.header].replace("none", "-") not in c.accepted]
    assert wrong == []


def test_no_rationale_holds_a_value() -> None:
    cells = {"status": "McKinney-Vento", "password": "Tiger12!", "c3": "536-22-1234", "Notes": "Mateo Okafor left"}
    rows: list[dict[str, str | None]] = [{"student_id": i, **cells} for i in IDS]
    said = " ".join(f["rationale"] for f in scan(table(rows)).tables["findings"].to_pylist())
    assert not [cell for cell in (*cells.values(), *IDS) if cell in said]


def test_a_header_that_its_values_do_not_bear_out_is_left_for_people() -> None:
    rows: list[dict[str, str | None]] = [{"birth date": word} for word in "oak elm ash fir yew pine holly maple".split()]
    (row,) = scan(table(rows)).tables["fields"].to_pylist()
    assert (row["data_element"], row["confidence"]) == ("none", 0.3)
    (finding,) = scan(table(rows)).tables["findings"].to_pylist()
    assert finding["rationale"] == "the header says birth date, but the values do not look like it"


def test_a_few_ids_of_the_roster_among_other_numbers_are_left_for_people() -> None:
    rows: list[dict[str, str | None]] = [{"reading": str(1_000_000 + n)} for n in range(300)]
    rows += [{"reading": STUDENTS[0].sourced_id}, {"reading": STUDENTS[1].sourced_id}]
    result = scan(table(rows))
    assert fields(result) == {"reading": "none"}
    (finding,) = result.tables["findings"].to_pylist()
    assert (finding["detector"], finding["occurrences"], finding["confidence"]) == ("roster_match", 2, 0.3)
    assert not seen(result)
