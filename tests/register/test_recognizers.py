"""`recognizers.yaml`: a district's own recognizers, in Presidio's format, and what is said of a broken one."""

from __future__ import annotations

import pytest

from lineage.register import load_register, problems, register_digest
from tests.register.conftest import Write

FILE = "recognizers.yaml"
GOOD = r"""data_elements: {LUNCH_PIN: student_id.local}
recognizers:
  - name: lunch pin
    type: custom
    supported_entity: LUNCH_PIN
    patterns: [{name: digits, regex: '\bLP-\d{5}\b', score: 0.6}]
    context: [lunch, pin]
"""

# (the file, the line of the one error, in what was found, in the mend)
FAILING: dict[str, tuple[str, int, str, str]] = {
    "no such element": (GOOD.replace("id.local", "id.lokal"), 1, "`student_id.lokal` is no data element", "student_id.local"),
    "no mapping": (GOOD.replace("LUNCH_PIN: student_id.local", ""), 2, "no data element for `LUNCH_PIN`", "data_elements"),
    "a mapping too many": (GOOD.replace("{LUNCH", "{BUS: survey, LUNCH"), 1, "`BUS` is found by no recognizer", "remove the line"),
    "a broken expression": (GOOD.replace(r"\bLP", "(LP"), 6, "a regular expression that cannot be read", "Mend it"),
    "an expression that matches nothing": (GOOD.replace(r"\bLP-\d{5}\b", r"\d*"), 6, "matches nothing at all", "at least one character"),
    "a score that is none": (GOOD.replace("0.6", "6"), 6, "small enough", "smaller"),
    "neither patterns nor a deny list": (
        GOOD.replace("    patterns", "    # patterns"), 3, "neither patterns nor a deny list", "one of the two",
    ),
    "code": (GOOD.replace("type: custom", "type: predefined"), 4, "`predefined` is not one of the words", "custom"),
    "an unknown key": (GOOD.replace("context:", "contexts:"), 7, "unknown key `contexts`", "Did you mean `context`?"),
    "an entity in small letters": (GOOD.replace("LUNCH_PIN", "lunch_pin"), 1, "`lunch_pin` is no name of an entity", "capital letters"),
    "an entity that is taken": (GOOD.replace("LUNCH_PIN", "PERSON"), 1, "found already", "name of its own"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILING)
def test_a_broken_file_is_a_clear_error(write: Write, case: str) -> None:
    text, line, found, mend = FAILING[case]
    first = problems(write({FILE: text}))[0]
    assert (first.file, first.line, first.severity) == (FILE, line, "error")
    assert found in first.found
    assert mend in first.mend


def test_a_good_file_is_read(write: Write) -> None:
    register = load_register(write({FILE: GOOD}))
    (pin,) = register.recognizers.as_presidio()
    assert (pin["name"], pin["supported_entity"], pin["context"]) == ("lunch pin", "LUNCH_PIN", ["lunch", "pin"])
    assert pin["patterns"] == [{"name": "digits", "regex": r"\bLP-\d{5}\b", "score": 0.6}]
    assert register.recognizers.data_elements == {"LUNCH_PIN": "student_id.local"}
    assert register.recognizers.second_opinion is None


@pytest.mark.parametrize(
    ("old", "new", "context"),
    [
        ("    context: [lunch, pin]", "    supported_languages: [{language: en, context: [tray]}]", ["tray"]),
        ("custom", "custom\n    enabled: false", None),
    ],
)
def test_presidios_other_ways_of_writing(write: Write, old: str, new: str, context: list[str] | None) -> None:
    told = load_register(write({FILE: GOOD.replace(old, new)})).recognizers.as_presidio()
    assert [it["context"] for it in told] == ([] if context is None else [context])


def test_the_digest_of_the_register_knows_the_recognizers(write: Write) -> None:
    digests = {register_digest(load_register(write({FILE: text}))) for text in (None, GOOD, GOOD.replace("0.6", "0.7"))}
    assert len(digests) == 3
