"""Fields of a web log by the request that carried them: names a person recognises, and nothing of a person in them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.roster_index import RosterIndex
from scanners.scan import Decision
from scanners.schemas import DeliveryResult
from scanners.web_requests import MOST_BRANCHES, MOST_REQUESTS, templates
from tests.scanners.district import ROSTER, STUDENTS, context, fields, key, scan, table

INDEX = RosterIndex.build(ROSTER, lambda kind, own: f"{kind}:{own}")
EMAILS = [s.emails[0] for s in STUDENTS]
IDS = [s.sourced_id for s in STUDENTS]


def log(
    requests: Sequence[tuple[str, str]], url: str = "path", method: str = "method", decisions: tuple[Decision, ...] = ()
) -> DeliveryResult:
    rows: list[dict[str, str | None]] = [
        {"time": f"2026-09-01T10:00:{n % 60:02}Z", method: verb, url: target} for n, (verb, target) in enumerate(requests)
    ]
    return scan(table(rows), kind="log", path="log/data.csv", context_=context(decisions))


def elements(result: DeliveryResult) -> dict[str, str]:
    """The fields won from URLs that hold something; a URL as a whole is a text that names somebody, too."""
    return {path: element for path, element in fields(result).items() if element != "none" and ("?" in path or "/" in path)}


EMAIL, NUMBER = "student_contact.email", "student_id.local"
CASES = [
    ([("GET", f"/students?email={e}") for e in EMAILS], {"GET /students?email=": EMAIL}),
    ([("get", f"/students/{i}/grades") for i in IDS], {"GET /students/{id}": NUMBER}),
    ([("GET", f"https://app.example/s?email={e}") for e in EMAILS], {"GET app.example/s?email=": EMAIL}),
    ([("GET", f"/a?email={EMAILS[0]}"), ("POST", f"/a?email={EMAILS[1]}"), ("GET", f"/b.php?email={EMAILS[2]}")],
     {"GET /a?email=": EMAIL, "POST /a?email=": EMAIL, "GET /b.php?email=": EMAIL}),
    ([("GET", f"/schools/{n}7/find?email={e}#top") for n, e in enumerate(EMAILS)], {"GET /schools/{id}/find?email=": EMAIL}),
    ([("GET", f"/u/{e}?id={e}&id={e}") for e in EMAILS], {"GET /u/{id}": EMAIL, "GET /u/{id}?id=": EMAIL, "GET /u/{id}?id=#2": EMAIL}),
]  # fmt: skip


@pytest.mark.parametrize(("requests", "expected"), CASES, ids=[next(iter(e)) for _, e in CASES])
@pytest.mark.parametrize(("url", "method"), [("path", "method"), ("request.url", "request.method"), ("cs-uri", "cs-method")])
def test_fields(requests: list[tuple[str, str]], expected: dict[str, str], url: str, method: str) -> None:
    assert elements(log(requests, url, method)) == expected


@pytest.mark.parametrize(("url", "method"), [("referer", "method"), ("path", "status"), ("redirect_uri", "method")])
def test_other_urls_keep_their_own_name(url: str, method: str) -> None:
    verb = "GET" if method == "method" else "200"
    assert elements(log([(verb, f"/a?email={e}") for e in EMAILS], url, method)) == {f"{url}?email": EMAIL}


def test_the_commonest_requests_have_a_field_and_the_rest_share_one() -> None:
    requests = [("GET", f"/{'abcdefghijklmn'[n]}?email={EMAILS[0]}") for n in range(14) for _ in range(14 - n)]
    result = log(requests)
    assert len(elements(result)) == MOST_REQUESTS + 1
    assert "path?email" in elements(result)
    own = [f["records"] for f in result.tables["fields"].to_pylist() if f["field_path"] in elements(result)]
    assert sum(own) == len(requests)
    counted = [s["records"] for s in result.tables["sightings"].to_pylist() if s["field_path"] != "path"]
    assert sum(counted) == len(requests)


def test_too_many_words_in_one_place_are_values() -> None:
    paths = [f"/people/{chr(97 + n // 26)}{chr(97 + n % 26)}son" for n in range(MOST_BRANCHES + 1)]
    assert set(templates(paths, INDEX).values()) == {"/people/{id}"}


@pytest.mark.parametrize(
    "path",
    [
        "/u/jorgensen",
        "/u/aaliyah",
        "/u/mateo.okafor",
        "/u/9000001",
        "/u/mokafor02",
        "/u/Zo%C3%AB",
        "/u/ann.lee@x.example",
        "/u/a1b2c3",
        "/u/jane.doe",
    ],
)
def test_nothing_of_a_person_is_in_a_template(path: str) -> None:
    assert templates([path], INDEX) == {path: "/u/{id}"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("/ab7.?é@%{}-_"), max_size=12), max_size=30))
def test_every_path_has_a_template_of_as_many_segments(paths: list[str]) -> None:
    found = templates(paths, INDEX)
    assert found.keys() == set(paths)
    assert all(template.count("/") == path.count("/") for path, template in found.items())


def test_a_decision_is_about_one_request() -> None:
    requests = [("GET", f"/a?email={e}") for e in EMAILS[:5]] + [("GET", f"/b?email={e}") for e in EMAILS[5:]]
    result = log(requests, decisions=(Decision("vendor", "log/data.csv", "GET /a?email=", "none"),))
    assert elements(result) == {"GET /b?email=": EMAIL}
    assert {s["subject_key"] for s in result.tables["sightings"].to_pylist() if s["field_path"] != "path"} == {key(n) for n in range(6, 11)}
