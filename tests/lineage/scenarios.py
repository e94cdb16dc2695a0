"""What may be known of a party, as steps that fill a case; and one build for a whole table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.lineage.case import Case, Mart

Scenario = Callable[[Case, str], None]
Cases = dict[str, tuple[Scenario, dict[str, str]]]

PASS, FAIL, OPEN, NOT = "PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE"
ENDED = {"starts": "2025-01-01", "ends": "2026-02-01"}  # 60 days: 2026-04-02


def does(*steps: Scenario) -> Scenario:
    def fill(case: Case, party: str) -> None:
        for step in steps:
            step(case, party)

    return fill


def agreement(**given: Any) -> Scenario:
    return lambda case, party: (case.agreement(party, **given), None)[1]


def shows(
    kind: str, received: str, *sightings: tuple[str, str], folder: str | None = None, about: str | None = None, **more: Any
) -> Scenario:
    """A file of the party (or of `folder`, about the party) with (student, element) in it; a capture shows its own host receiving it."""

    def fill(case: Case, party: str) -> None:
        host = {"receiver_host": f"{party}.example", "sender_host": f"{party}.example"} if kind == "tracking" else {}
        purpose = more.pop("purpose", None) if "purpose" in more else None
        named = about or (party if folder and kind != "tracking" else None)
        file_id = case.file(f"{folder or party}/{received}", kind, named, purpose=purpose, **more)
        for subject, element in sightings:
            case.see(file_id, subject, element, **host)

    return fill


def leaks(kind: str, received: str, to: str, subject: str | None = "s1") -> Scenario:
    """The party's value seen going to the host `to` (or, of kind `sent`, to the party `to`)."""

    def fill(case: Case, party: str) -> None:
        file_id = case.file(f"{party}/{received}", kind, to if kind == "sent" else None)
        hosts = {} if kind == "sent" else {"receiver_host": to, "sender_host": f"{party}.example"}
        case.see(file_id, subject, "student_name", **hosts)

    return fill


def consent(given: str, revoked: str | None = None, **more: Any) -> Scenario:
    return lambda case, party: case.consent("s1", party, ["student_name"], given, revoked, **more)


def returned(received: str, *sightings: tuple[str, str], **more: Any) -> Scenario:
    return lambda case, party: (case.returned(f"{party}/{received}", sightings, **more), None)[1]


def certificate(received: str, destroyed: str | None, certified: str | None, folder: str | None = None, **more: Any) -> Scenario:
    return lambda case, party: (case.certificate(f"{folder or party}/{received}", destroyed, certified, **more), None)[1]


def system(name: str, *hosts: str) -> Scenario:
    return lambda case, party: case.add("system", party_id=party, system_id=name, hosts=list(hosts))


def lists(subprocessor: str, elements: list[str] | None = None) -> Scenario:
    return lambda case, party: case.add("subprocessor", party_id=party, subprocessor_id=subprocessor, elements=elements, purposes=None)


def copies(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = [row["kind"] for row in changed]
    return [
        *changed,
        *({"kind": kind, "status": "destroyed"} for kind in ("backups", "replicas", "logs", "subprocessors") if kind not in kinds),
    ]


def held(received: str = "2026-01-10", *more: tuple[str, str]) -> Scenario:
    return shows("export", received, ("s1", "student_name"), *more)


over = does(agreement(**ENDED), held())
wiped = does(over, certificate("2026-03-10", "2026-03-01", "2026-03-05"))


def build(folder: Path, scenarios: Iterable[Scenario], hosted: Callable[[int], bool] = lambda number: True) -> Mart:
    """One district in which scenario number `i` is party `p<i>`, with students s1 and s2, `gone` and `held`, and t1 of the staff."""
    case = Case(folder)
    case.settings["directory_information"] = ["photo_audio_video"]
    for key in ("s1", "s2"):
        case.subject(key)
    case.subject("t1", "staff")
    case.party("w")
    case.party("other", kind="subprocessor")
    for number, scenario in enumerate(scenarios):
        case.party(f"p{number}", domains=[f"p{number}.example"], hosted=hosted(number))
        scenario(case, f"p{number}")
    return case.build()
