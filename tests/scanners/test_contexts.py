"""Names known by their company: which texts are taken to hold one, and which are not."""

from __future__ import annotations

import pytest

from scanners.contexts import alike

KNOWN = ("Robin Doe submitted quiz 4", "Robin Doe submitted quiz 5", "Robin Doe submitted quiz 71")


def found(*texts: str, known: tuple[str, ...] = KNOWN, name: str = "Robin Doe") -> list[str]:
    taught = {text: [(text.index(name), text.index(name) + len(name))] for text in known}
    return alike(dict.fromkeys((*known, *texts), 1), taught)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ilse Dragan submitted quiz 9", True),
        ("Dragan, Ilse submitted quiz 9", True),
        ("ILSE DRAGAN submitted quiz 9", True),
        ("ilse dragan submitted quiz 9", True),
        ("Ilse Marie van Dragan submitted quiz 9", True),
        ("The system submitted quiz 9", False),  # `the` is in no name
        ("worker 12 submitted quiz 9", False),
        ("Ilse submitted quiz 9", False),  # one word is any host's or service's
        ("Ilse Dragan opened quiz 9", False),
        ("quiz 9 is over", False),
    ],
)
def test_a_name_between_the_same_words(text: str, named: bool) -> None:
    assert found(text) == ([text] if named else [])


def test_two_teachers_are_too_few() -> None:
    assert found("Ilse Dragan submitted quiz 9", known=KNOWN[:2]) == []


def test_where_names_are_rare_the_words_are_no_sentence_about_people() -> None:
    others = [
        f"Window {word} submitted quiz 9" for word in ("Manager", "Helper", "Server", "Broker", "Driver", "Reader", "Writer", "Loader")
    ]
    many = [f"{given} {word} submitted quiz 9" for given in ("Cache", "Index") for word in ("Keeper", "Warmer", "Sweeper", "Loader")]
    assert found(*others, *many) == []


def test_capitals_where_the_others_have_them() -> None:
    names = ["Ilse Dragan submitted quiz 9", "Tobenna Okafor submitted quiz 9"]
    assert found(*names, "late batch submitted quiz 9") == names


def test_a_whole_value_has_no_company() -> None:
    assert found("Ilse Dragan", known=("Robin Doe",)) == []
