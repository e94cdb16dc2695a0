"""IV.A and IV.B: what captures and storage states show of a party → the verdict. One build for all."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.lineage.case import Case, Mart
from tests.lineage.scenarios import FAIL, NOT, OPEN, PASS, Cases, Scenario, agreement, build, does, shows

PII, SITE, LASTING = "IV.A.no-pii-in-trackers", "IV.A.single-site", "IV.B.no-persistent-identifiers"
Item = dict[str, Any]


def cookie(name: str = "sid", host: str = "{}.example", lasting: bool = False, value: str | None = None, **more: Any) -> Item:
    """An item of a page of the party; `{}` is the party. `value` is a digest, and then the value identifies."""
    elements = list(more.pop("elements", ()))
    return {
        "page_host": "{}.example",
        "host": host,
        "name": name,
        "storage": "cookie",
        "persistent": lasting,
        "contains_pii": bool(elements),
        "data_elements": elements,
        "value_digest": value,
        "identifying": value is not None,
    } | more


def capture(*items: Item, on: str = "2026-01-10", sends: tuple[tuple[str, str], ...] = (), format: str = "har", **more: Any) -> Scenario:
    """A capture (or, by its format, a storage state) with these items, and (digest, host) of what its requests carry."""

    def fill(case: Case, party: str) -> None:
        file_id = case.file(f"{party}/{on}", "tracking", format=format, page_hosts=[f"{party}.example"], **more)
        for item in items:
            case.put("trackers", file_id, **{k: v.format(party) if isinstance(v, str) else v for k, v in item.items()})
        for digest, host in sends:
            case.put("tracker_sends", file_id, value_digest=digest, host=host.format(party), field_path="GET ?uid")

    return fill


def state(*items: Item, **more: Any) -> Scenario:
    return capture(*items, format="storage-state", **more)


login: Scenario = lambda case, party: case.add("login_cookie", party_id=party, name="login")  # noqa: E731
hosts_nothing: Scenario = lambda case, party: next(  # noqa: E731
    row for table, row in case.facts if table == "party" and row["party_id"] == party
).update(hosted=False)

NAME, USER = "student_name", "student_id.username"
own = cookie(value="d1")

CASES: Cases = {
    # -- evidence
    "nothing": (agreement(), {PII: OPEN, SITE: OPEN, LASTING: OPEN}),
    "no host": (does(hosts_nothing, capture(cookie(lasting=True, elements=(NAME,)))), {PII: NOT, SITE: NOT, LASTING: NOT}),
    "a capture without a cookie": (shows("tracking", "2026-01-10"), {PII: OPEN, SITE: OPEN, LASTING: OPEN}),
    "a capture with one": (capture(cookie()), {PII: PASS, SITE: PASS, LASTING: PASS}),
    "an empty storage state": (state(), {PII: PASS, SITE: PASS, LASTING: PASS}),
    "an empty cookies.txt": (capture(format="cookies.txt"), {PII: PASS, SITE: PASS, LASTING: PASS}),
    "an unreadable one": (capture(status="quarantined", reason="corrupt"), {PII: OPEN, SITE: OPEN, LASTING: OPEN}),
    "a stale one": (capture(cookie(lasting=True, elements=(NAME,)), on="2025-06-29"), {PII: OPEN, SITE: OPEN, LASTING: OPEN}),
    "one of 365 days": (capture(cookie(), on="2025-06-30"), {PII: PASS}),
    "a stale one and a clean one": (
        does(capture(cookie(lasting=True, elements=(NAME,)), on="2025-06-29"), capture(cookie())),
        {PII: PASS, LASTING: PASS},
    ),
    # -- IV.A: a student's data
    "a name": (capture(cookie(elements=(NAME,))), {PII: FAIL, LASTING: PASS}),
    "a user name": (capture(cookie(elements=(USER,))), {PII: FAIL}),
    "the user name in the log-in": (does(login, capture(cookie("login", elements=(USER,), lasting=True))), {PII: PASS, LASTING: PASS}),
    "a name in the log-in": (does(login, capture(cookie("login", elements=(USER, NAME)))), {PII: FAIL}),
    "the same name at a third party": (
        does(login, capture(cookie("login", "ads.example", elements=(USER,), lasting=True))),
        {PII: FAIL, LASTING: FAIL},
    ),
    "in a storage state": (state(cookie(storage="local_storage", elements=("guardian_contact.email",))), {PII: FAIL, LASTING: FAIL}),
    # -- IV.A: another site
    "its own hosts": (capture(own, sends=(("d1", "api.{}.example"), ("d1", "{}.example"))), {SITE: PASS}),
    "another site": (capture(own, sends=(("d1", "px.ads.example"),)), {SITE: FAIL}),
    "the district's own host": (capture(own, sends=(("d1", "sso.district.example"),)), {SITE: PASS}),
    "another site's cookie": (capture(own, cookie("uid", "ads.example", value="d1")), {SITE: FAIL}),
    "another site's own cookie": (capture(own, cookie("uid", "ads.example", value="d2"), sends=(("d2", "px.ads.example"),)), {SITE: PASS}),
    "two other sites share one": (
        capture(cookie(), cookie("uid", "ads.example", value="d2"), sends=(("d2", "sync.example"),)),
        {SITE: FAIL},
    ),
    "no identifying value": (capture(cookie(value_digest="d1"), sends=(("d1", "px.ads.example"),)), {SITE: PASS}),
    "a storage state alone": (state(own), {SITE: OPEN, PII: PASS, LASTING: PASS}),
    "a storage state and a capture": (does(state(own), capture(cookie())), {SITE: PASS}),
    # -- IV.B
    "until a day": (capture(cookie(lasting=True, expires_on=date(2027, 1, 1))), {LASTING: FAIL}),
    "taken away": (capture(cookie(lasting=True, expires_on=date(1970, 1, 1))), {LASTING: PASS}),
    "a third party's": (capture(cookie("uid", "ads.example", lasting=True)), {LASTING: FAIL}),
    "nothing says": (capture(cookie(persistent=None)), {LASTING: PASS}),
    "session storage": (state(cookie(storage="session_storage")), {LASTING: PASS}),
    "a database": (state(cookie(storage="indexed_db")), {LASTING: FAIL}),
    "a service worker": (state(cookie(storage="service_worker")), {LASTING: FAIL}),
    "local storage": (state(cookie(storage="local_storage")), {LASTING: FAIL}),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mart:
    return build(Path(tmp_path_factory.mktemp("trackers")), [scenario for scenario, _ in CASES.values()])


def party(name: str) -> str:
    return f"p{list(CASES).index(name)}"


@pytest.mark.parametrize(("name", "control"), [(name, control) for name, (_, expected) in CASES.items() for control in expected])
def test_verdict(built: Mart, name: str, control: str) -> None:
    assert built.verdict(control, party(name)) == CASES[name][1][control], built.reason(control, party(name))


def test_they_are_no_duties_of_the_district(built: Mart) -> None:
    assert {built.verdict(control, "district") for control in (PII, SITE, LASTING)} == {NOT}


def test_what_the_violations_say(built: Mart) -> None:
    leaky = party("another site")
    assert built.violations(SITE, leaky) == [
        (None, "application.cookie", f"the value of cookie sid of {leaky}.example was sent to ads.example")
    ]
    assert built.rows(f"SELECT place FROM violations WHERE control_id = '{SITE}' AND party_id = '{leaky}'")[0][0].endswith(" GET ?uid")
    (named,) = built.violations(PII, party("a name in the log-in"))
    assert named[1:] == (NAME, f"cookie login of {party('a name in the log-in')}.example holds student_name")
    (lasting,) = built.violations(LASTING, party("until a day"))
    assert lasting[2] == f"cookie sid of {party('until a day')}.example outlives the session, until 2027-01-01"
    assert len(built.violations(SITE, party("another site's cookie"))) == 1
    assert "stripped" in built.reason(PII, party("a capture without a cookie"))


def test_the_districts_captures_belong_to_the_owners_of_their_pages(case: Case) -> None:
    file_id = case.file("district/2026-01-10", "tracking", page_hosts=["v.example", "w.example"])
    for owner, lasting in (("v", True), ("w", False)):
        case.put("trackers", file_id, page_host=f"{owner}.example", host=f"{owner}.example", name="n", storage="cookie", persistent=lasting)
    mart = case.build()
    assert (mart.verdict(LASTING, "v"), mart.verdict(LASTING, "w"), mart.verdict(LASTING, "sub")) == (FAIL, PASS, OPEN)
