"""Every bad district folder is one clear error: file, line, what was found, how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.register import RegisterErrors, load_register, problems
from tests.register.conftest import DISTRICT, FILES, USERS, VENDOR, Write

V = "vendors/inkwell.yaml"
CONSENTS = "student_id,party_id,elements,given_by,relation,method,given_at,revoked_at\n"
OTHER = "id: quietpond\nname: Quiet Pond\nkind: agency\n"


def vendor(old: str, new: str) -> dict[str, str | bytes | None]:
    assert old in VENDOR
    return {V: VENDOR.replace(old, new)}


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "\n".join(lines) + "\n"


# (changed files, file of the one error, its line, in what was found, in the mend)
FAILING: dict[str, tuple[dict[str, str | bytes | None], str, int | None, str, str]] = {
    # folders and files
    "no district.yaml": ({"district.yaml": None}, "district.yaml", None, "no such file", "time_zone"),
    "no vendors": ({V: None}, "vendors/", None, "no such folder", "Make it"),
    "no roster": (dict.fromkeys([f for f in FILES if f.startswith("roster")]), "roster/", None, "no such folder", "SIS export"),
    # YAML
    "empty": ({"district.yaml": "\n# nothing\n"}, "district.yaml", 1, "empty", "Write its keys"),
    "a list": ({"district.yaml": "- name: x\n"}, "district.yaml", 1, "a list where a map", "key: value"),
    "a text": ({V: "hello\n"}, V, 1, "a single text where a map", "key: value"),
    "a tab": ({V: VENDOR.replace("    effective", "\teffective")}, V, 9, "a tab", "spaces"),
    "a key twice": ({V: VENDOR + "name: Again\n"}, V, 13, "key `name` a second time (first on line 2)", "Keep one"),
    "two documents": ({V: VENDOR + "---\nid: b\n"}, V, 13, "second document", "one document"),
    "broken YAML": ({V: "id: [inkwell\nname: x\n"}, V, 2, "not readable as YAML", "Check indentation"),
    "not UTF-8": ({V: VENDOR.replace("Ltd", "Café").encode("latin-1")}, V, 2, "not UTF-8", "UTF-8"),
    "a control character": ({V: "id: a\nname: b\x07c\n"}, V, 2, "control character", "Remove it"),
    "anchors without end": ({V: bomb()}, V, None, "anchors that unfold without end", "Write the values out"),
    "an anchor that holds itself": ({V: "id: &a [*a]\n"}, V, 1, "anchors that unfold", "Write the values out"),
    "deep": ({V: "id: " + "[" * 3000 + "\n"}, V, None, "nested too deeply", "nothing below"),
    "a merge key": ({V: "id: a\nname: b\nkind: vendor\nsystems: [{<<: {id: x}}]\n"}, V, 4, "merge key", "Write the keys out"),
    "a tag": ({V: VENDOR.replace("Inkwell Ltd", "!!python/name:os.system x").replace("!!", "!")}, V, 2, "a tag", "Remove"),
    # keys and values
    "an unknown key": (vendor("authorized:", "authorised:"), V, 10, "unknown key `authorised`", "Did you mean `authorized`?"),
    "an unknown key in a list": (
        vendor("{element: student_name}", "{elemen: student_name, element: survey}"),
        V,
        11,
        "`elemen`",
        "`element`",
    ),
    "an unknown key with no namesake": (
        {"district.yaml": DISTRICT + "zzz: 1\n"},
        "district.yaml",
        4,
        "unknown key `zzz`",
        "Known here: name",
    ),
    "a missing key": (vendor("    effective_on: 2025-08-01\n", ""), V, 8, "no `effective_on`", "Add `effective_on"),
    "a key without value": (vendor("name: Inkwell Ltd", "name:"), V, 1, "no `name`", "Add `name"),
    "a day that is none": (vendor("2025-08-01", "2025-02-30"), V, 9, "`effective_on`: `2025-02-30` is a day that does not", "YYYY-MM-DD"),
    "a date that is none": (vendor("2025-08-01", "next year"), V, 9, "`next year` is no date", "YYYY-MM-DD"),
    "a number for a date": (vendor("2025-08-01", "20250801"), V, 9, "`20250801` is no date", "YYYY-MM-DD"),
    "an unknown slug": (
        vendor("student_id.local", "student_id.locale"),
        V,
        12,
        "`student_id.locale` is no data element",
        "`student_id.local`",
    ),
    "a wildcard": (vendor("student_id.local", '"student_id.*"'), V, 12, "`student_id.*` is no data element", ""),
    "an unknown purpose": (
        vendor("    effective_on: 2025-08-01", "    effective_on: 2025-08-01\n    purposes: [advertizing]"),
        V,
        10,
        "`purposes`: `advertizing`",
        "Did you mean `advertising`?",
    ),
    "an unknown kind": (vendor("kind: vendor", "kind: shop"), V, 3, "`kind`: `shop`", "vendor, subprocessor, agency, researcher"),
    "an agreement that ends first": (
        vendor("    effective_on: 2025-08-01", "    effective_on: 2025-08-01\n    expires_on: 2025-07-31"),
        V,
        10,
        "ends (expires_on 2025-07-31) before it starts",
        "Mend `expires_on`",
    ),
    "an authorization that ends first": (
        vendor("{element: student_name}", "{element: student_name, from: 2026-01-02, to: 2026-01-01}"),
        V,
        11,
        "`to` 2026-01-01 lies before",
        "later day",
    ),
    "a text for a list": (vendor("[inkwell.example]", "inkwell.example"), V, 4, "where a list is expected", "brackets"),
    "a list for a text": (vendor("Inkwell Ltd", "[a, b]"), V, 2, "a list where a single text", "one word"),
    "a word for a number": (
        {"district.yaml": DISTRICT + "quiet_seconds: soon\n"},
        "district.yaml",
        4,
        "`soon` where a whole number",
        "digits",
    ),
    "a number below none": ({"district.yaml": DISTRICT + "quiet_seconds: -1\n"}, "district.yaml", 4, "large enough", "larger"),
    "a word for a flag": (vendor("kind: vendor", "kind: vendor\nhosted: maybe"), V, 4, "`maybe` where `true` or `false`", "one of the two"),
    "a URL for a host": (vendor("[inkwell.example]", "['https://inkwell.example/x']"), V, 4, "is no host name", "no https://"),
    "a time zone that is none": (
        {"district.yaml": DISTRICT.replace("Chicago", "Chicagoo")},
        "district.yaml",
        2,
        "`America/Chicagoo` is no time zone",
        "`America/Chicago`",
    ),
    "a day of the year that is none": (
        {"district.yaml": DISTRICT + "school_year_starts: August\n"},
        "district.yaml",
        4,
        "no day of the year",
        "MM-DD",
    ),
    "a student's element in staff_directory": (
        {"district.yaml": DISTRICT + "staff_directory: [survey]\n"},
        "district.yaml",
        4,
        "`survey` is no element of staff",
        "staff_name",
    ),
    "an unknown interval": (
        {"district.yaml": DISTRICT + "evidence_intervals:\n  accounts: 9\n  access-log: 9\n"},
        "district.yaml",
        6,
        "unknown key `access-log`",
        "`access_log`",
    ),
    "a nested unknown key": (
        {"district.yaml": DISTRICT + "consent_ages:\n  student_signs: 18\n"},
        "district.yaml",
        5,
        "unknown key `student_signs`",
        "`student_signs_from`",
    ),
    "a student_key without column": (
        {"district.yaml": DISTRICT + "student_key: identifer\n"},
        "roster/users.csv",
        1,
        "no column `identifer`",
        "`identifier`",
    ),
    # ids
    "a party id with a slash": (vendor("id: inkwell\n", "id: ink/well\n"), V, 1, "cannot be a folder's name", "no slash"),
    "a party called district": (vendor("id: inkwell\n", "id: district\n"), V, 1, "the id `district`", "another id"),
    "a party called a third party": (vendor("id: inkwell\n", "id: 'third_party:x'\n"), V, 1, "third_party:", "another id"),
    "two parties with one id": (
        {"vendors/zz.yaml": OTHER.replace("quietpond", "inkwell")},
        "vendors/zz.yaml",
        1,
        "`inkwell` is also that of vendors/inkwell.yaml",
        "another id",
    ),
    "two agreements with one id": (
        {"vendors/quietpond.yaml": OTHER + "agreements: [{id: A-1, effective_on: 2025-01-01}]\n"},
        "vendors/quietpond.yaml",
        4,
        "`A-1` is also on line 8 of vendors/inkwell.yaml",
        "an id of its own",
    ),
    "a host of two parties": (
        {"vendors/quietpond.yaml": OTHER + "systems:\n  - id: app\n    hosts: [INKWELL.example:443]\n"},
        "vendors/quietpond.yaml",
        6,
        "`inkwell.example` is claimed by `inkwell` and by `quietpond`",
        "one owner",
    ),
    "a host of the district's": (vendor("[inkwell.example]", "[a.example, willowbend.example]"), V, 4, "by `district` and by", "one owner"),
    "a subprocessor of itself": (vendor("subprocessors:", "subprocessors:\n  - inkwell"), V, 6, "lists itself", "Remove"),
    "a subprocessor twice": (vendor("subprocessors:", "subprocessors:\n  - stashbox"), V, 7, "`stashbox` twice", "Keep one"),
    # schedule.yaml
    "a rule without its number": (
        {"schedule.yaml": "categories:\n  kept:\n    rule: years_after_absence\n"},
        "schedule.yaml",
        3,
        "`years_after_absence` without `years`",
        "Add `years",
    ),
    "a rule that is none": (
        {"schedule.yaml": "categories:\n  kept: {rule: forever}\n"},
        "schedule.yaml",
        2,
        "`rule`: `forever`",
        "permanent",
    ),
    "a default that is none": (
        {"schedule.yaml": "default: subsidary\ncategories:\n  subsidiary: {rule: permanent}\n"},
        "schedule.yaml",
        1,
        "`subsidary` is no category",
        "`subsidiary`",
    ),
    "an element of two categories": (
        {"schedule.yaml": "categories:\n  a: {rule: permanent, elements: [survey]}\n  b: {rule: permanent, elements: [survey]}\n"},
        "schedule.yaml",
        3,
        "`survey` is already in the category `a`",
        "one category",
    ),
    # CSV files
    "a column that is missing": (
        {"consents.csv": "student_id,party,given_at\ns-1,inkwell,2025-01-01\n"},
        "consents.csv",
        1,
        "`party_id`",
        "`party`",
    ),
    "a column twice": ({"holds.csv": "student_id,opened_on,Opened_On\n"}, "holds.csv", 1, "`opened_on` twice", "Keep one"),
    "a cell too many": ({"holds.csv": "student_id,opened_on\ns-1,2025-01-01,x\n"}, "holds.csv", 2, "3 cells", "double quotes"),
    "a blank that is needed": (
        {"holds.csv": "student_id,opened_on\ns-1,\n"},
        "holds.csv",
        2,
        "`opened_on`: the cell is blank",
        "fill it in",
    ),
    "a hold that closes first": (
        {"holds.csv": "student_id,opened_on,closed_on\ns-1,2025-02-01,2025-01-01\n"},
        "holds.csv",
        2,
        "`closed_on` lies before `opened_on`",
        "Mend one",
    ),
    "a date in a CSV that is none": (
        {"opt_outs.csv": "student_id,opted_out_on\ns-1,9/1/2025\n"},
        "opt_outs.csv",
        2,
        "no date",
        "YYYY-MM-DD",
    ),
    "a time in a CSV that is none": (
        {"opt_outs.csv": "student_id,opted_out_on\ns-1,2025-09-01T25:00:00\n"},
        "opt_outs.csv",
        2,
        "no time",
        "offset",
    ),
    "a quotation that does not close": ({"holds.csv": 'student_id,opened_on\n"s-1,2025-01-01\n'}, "holds.csv", 2, "quotation", "Close it"),
    "a NUL": ({"holds.csv": b"student_id,opened_on\ns-1,2025-01-01\n\0\0"}, "holds.csv", 3, "NUL", "UTF-8"),
    "a CSV that is not UTF-8": ({"holds.csv": b"student_id,opened_on\n\xff,2025-01-01\n"}, "holds.csv", 2, "not UTF-8", "UTF-8"),
    "a CSV that is a folder": ({"holds.csv/x": ""}, "holds.csv", None, "cannot be read", "readable file"),
    "a slug in a consent": (
        {"consents.csv": CONSENTS + "s-1,inkwell,student_name; student_mail,x,parent,in_person,2025-01-01,\n"},
        "consents.csv",
        2,
        "`elements`: `student_mail` is no data element",
        "Did you mean",
    ),
    "a relation": (
        {"consents.csv": CONSENTS + "s-1,inkwell,survey,x,aunt,in_person,2025-01-01,\n"},
        "consents.csv",
        2,
        "`relation`: `aunt`",
        "parent, guardian, student",
    ),
    "a kind of request": (
        {"requests.csv": "request_id,party_id,kind,asked_on\nr,inkwell,access_log,2025-01-01\n"},
        "requests.csv",
        2,
        "`access_log` is no inbox kind",
        "`access-log`",
    ),
    "a control id": (
        {"waivers.csv": "control_id,party_id,until,by,reason\nI.B.Unique Accounts,inkwell,2027-01-01,x,y\n"},
        "waivers.csv",
        2,
        "no control id",
        "I.B.unique-accounts",
    ),
    "a checksum": ({"documents.csv": "party_id,kind,sha256\ninkwell,eula,abc\n"}, "documents.csv", 2, "no SHA-256", "64"),
    "a decision": (
        {"decisions.csv": "party_id,path,field_path,data_element\ninkwell,*,x,nothing\n"},
        "decisions.csv",
        2,
        "`nothing` is no data element",
        "",
    ),
    # the roster
    "a roster without givenName": ({"roster/users.csv": USERS.replace("givenName", "firstName")}, "roster/users.csv", 1, "`givenName`", ""),
    "a roster without students": (
        {"roster/users.csv": USERS.replace("student", "teacher")},
        "roster/users.csv",
        None,
        "no user has",
        "`role`",
    ),
}


@pytest.mark.parametrize("case", FAILING)
def test_one_clear_error(write: Write, case: str) -> None:
    changes, file, line, found, mend = FAILING[case]
    district = write(changes)
    with pytest.raises(RegisterErrors) as caught:
        load_register(district)
    errors = caught.value.problems
    assert [error.file for error in errors] == [file], str(caught.value)
    assert line is None or errors[0].line == line
    assert found in errors[0].found
    assert mend in errors[0].mend
    assert str(errors[0]) in str(caught.value)


# (changed files, file of the one warning, its line, in what was found, in the mend)
WARNING: dict[str, tuple[dict[str, str | bytes | None], str, int | None, str, str]] = {
    "a party nobody knows": (
        {"consents.csv": "\ufeff" + CONSENTS + "\n\ns-1,inkwel,survey,x,parent,in_person,2025-01-01,\n"},
        "consents.csv",
        4,
        "no party `inkwel`",
        "Did you mean `inkwell`?",
    ),
    "a subprocessor nobody describes": (vendor("subprocessors:", "subprocessors:\n  - mist"), V, 6, "`mist` has no vendor file", "`name`"),
    "an empty list of elements": (vendor("elements: [student_name]", "elements: []"), V, 6, "means all of inkwell's", "remove the key"),
    "a file named otherwise": ({"vendors/pond.yaml": OTHER}, "vendors/pond.yaml", 1, "not the file's name", "`quietpond.yaml`"),
    "a column nobody reads": ({"holds.csv": "student_id,opened_on,colour\n"}, "holds.csv", 1, "unknown column `colour`", "remove it"),
    "an empty CSV": ({"holds.csv": ""}, "holds.csv", 1, "empty", "header"),
    "a student nobody knows": (
        {"holds.csv": "student_id,opened_on\nnobody,2025-01-01\n"},
        "holds.csv",
        2,
        "no such student",
        "`sourcedId`",
    ),
    "a consent that never counts": (
        {"consents.csv": CONSENTS + "s-1,inkwell,survey,x,parent,in_person,2025-01-02,2025-01-01\n"},
        "consents.csv",
        2,
        "`revoked_at` lies before `given_at`",
        "Mend one",
    ),
    "an event nobody waits for": (
        {"events.csv": "student_id,event,occurred_on\ns-1,funded_activity_end,2025-01-01\n"},
        "events.csv",
        2,
        "waits for no `funded_activity_end`",
        "`funded_activity_ended`",
    ),
    "a request id twice": (
        {"requests.csv": "request_id,party_id,kind,asked_on\nr,inkwell,log,2025-01-01\nr,inkwell,log,2025-01-01\n"},
        "requests.csv",
        3,
        "`r` is also on line 2",
        "its own id",
    ),
    "a file nobody reads": ({"consent.csv": "a\n"}, "consent.csv", None, "does not name", "`consents.csv`"),
}


@pytest.mark.parametrize("case", WARNING)
def test_a_warning_does_not_stop_the_night(write: Write, case: str) -> None:
    changes, file, line, found, mend = WARNING[case]
    district = write(changes)
    load_register(district)
    [warning] = problems(district)
    assert (warning.severity, warning.file, warning.line) == ("warning", file, line)
    assert found in warning.found
    assert mend in warning.mend


def test_all_errors_are_told_together(write: Write) -> None:
    district = write({"district.yaml": "name: x\n", V: VENDOR.replace("kind", "kid"), "holds.csv": "student_id\n"})
    with pytest.raises(RegisterErrors) as caught:
        load_register(district)
    assert {error.file for error in caught.value.problems} == {"district.yaml", V, "holds.csv"}
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


def test_a_thousand_unknown_students_are_told_in_short(write: Write) -> None:
    rows = "".join(f"left-{number},2025-01-01\n" for number in range(1_000))
    found = problems(write({"opt_outs.csv": "student_id,opted_out_on\n" + rows}))
    assert len(found) == 21
    assert (found[-1].line, found[-1].severity) == (22, "warning")
    assert "980 more rows" in found[-1].found


def test_no_student_id_and_no_signer_in_a_problem(write: Write) -> None:
    district = write({"consents.csv": CONSENTS + "secret-id,nowhere,what,Secret Signer,aunt,in_person,then,\n"})
    assert "ecret" not in "\n".join(map(str, problems(district)))


def test_the_right_district_has_no_problem(write: Write) -> None:
    assert problems(write()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RegisterErrors, match="no such district folder"):
        load_register(tmp_path / "none")
