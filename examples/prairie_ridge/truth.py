"""The truth about the example, derived from what was planted by the rules of the public interface and the policy.

Nothing of the product is asked: this is the second, independent reading of the same pages. Inputs are the register, the sightings and
the list of files; the output is one JSON document (its keys are described in examples/README.md).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from examples.prairie_ridge.inbox import Inbox, Sighting
from examples.prairie_ridge.register import DISTRICT_NAME, STAFF_DIRECTORY, Agreement, Party, Register

DISTRICT = "district"
CONTROLS = (
    "I.A.active-agreement",
    "I.E.consent-before-collection",
    "II.A.no-third-party-disclosure",
    "II.B.authorized-elements",
    "III.A.data-returned",
    "III.C.destruction-certificate",
    "III.C.silence-after-destruction",
)
STUDENT_SIGNS_FROM = 18


@dataclass(frozen=True)
class Ages:
    """Birth dates by student, for signatures of students."""

    births: dict[str, date]

    def of(self, student: str, day: date) -> int:
        """Age in full years."""
        birth = self.births[student]
        return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class Law:
    """The interface's rules over one register."""

    def __init__(self, register: Register, as_of: date) -> None:
        self.register = register
        self.as_of = as_of
        self.consents: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for consent in register.consents:
            self.consents[consent.party, consent.student].append(consent)

    def agreements(self, party_id: str) -> list[tuple[Party, Agreement]]:
        """The party's own agreements, or its parents' where it is a subprocessor without one."""
        party = self.register.party(party_id)
        owners = [party] if party and party.agreements else self.register.parents(party_id)
        return [(owner, agreement) for owner in owners for agreement in owner.agreements]

    def in_force(self, agreement: Agreement, seen: Sighting) -> date | None:
        """The day the sighting counts as under the agreement, None where it is not in force.

        An export that arrives within the days for the return counts as of the last day in force.
        """
        if agreement.effective_on <= seen.seen_on <= agreement.last_day:
            return seen.seen_on
        grace = agreement.last_day + timedelta(days=agreement.return_within_days)
        if seen.kind == "export" and agreement.last_day < seen.seen_on and seen.received_on <= grace:
            return agreement.last_day
        return None

    def basis(self, seen: Sighting) -> str | None:
        """On what a sighting rests, or None where nothing authorizes it."""
        if seen.operation:
            return "operation"
        if seen.receiver.startswith("third_party:"):
            return None
        if seen.giver == DISTRICT:
            return self._under(seen, self.register.party(seen.receiver), "agreement")
        sender = self.register.party(seen.giver)
        entry = next((e for e in sender.subprocessors if e.id == seen.receiver), None) if sender else None
        if entry is None or (entry.elements is not None and seen.element not in entry.elements):
            return None
        return self._under(seen, sender, "subprocessor")

    def _under(self, seen: Sighting, party: Party | None, basis: str) -> str | None:
        for agreement in party.agreements if party else ():
            day = self.in_force(agreement, seen)
            if day is None:
                continue
            if seen.subject_kind == "staff":
                if agreement.lists(seen.element, day):
                    return basis
                if seen.element in STAFF_DIRECTORY:
                    return "staff_directory"
                continue
            assert party is not None
            if agreement.lists(seen.element, day) and (not agreement.consent_required or self._consented(party.id, seen, day)):
                return basis
        return None

    def _consented(self, party: str, seen: Sighting, day: date) -> bool:
        return any(consent.covers(seen.element, day) for consent in self.consents[party, seen.subject or ""])

    def ended_on(self, party_id: str) -> date | None:
        """The last day any agreement was in force, where none is on the as-of day. (The example has no successors.)"""
        agreements = [agreement for _, agreement in self.agreements(party_id) if agreement.effective_on <= self.as_of]
        last = max((agreement.last_day for agreement in agreements), default=None)
        return last if last is not None and last < self.as_of else None


def disclosures(law: Law, sightings: Iterable[Sighting]) -> list[dict[str, Any]]:
    """One row a subject, giver, receiver and element; authorized when every day's sighting is."""
    groups: dict[tuple[str, str, str, str, str], set[Sighting]] = defaultdict(set)
    for seen in sightings:
        if seen.subject is not None and seen.seen_on <= law.as_of:
            groups[seen.subject_kind, seen.subject, seen.giver, seen.receiver, seen.element].add(seen)
    rows = []
    for (kind, subject, giver, receiver, element), group in sorted(groups.items()):
        bases = {law.basis(seen) for seen in group}
        authorized = None not in bases
        basis = next(iter(bases)) if authorized and len(bases) == 1 else "none"
        exempt = "school_official" if kind == "student" and basis in ("agreement", "subprocessor") else None
        rows.append(
            {
                "subject_kind": kind,
                kind: subject,
                "from": giver,
                "to": receiver,
                "data_element": element,
                "first_seen_on": min(seen.seen_on for seen in group).isoformat(),
                "last_seen_on": max(seen.seen_on for seen in group).isoformat(),
                "authorized": authorized,
                "basis": basis,
                "exempt_basis": exempt,
            }
        )
    return rows


def flows(rows: Sequence[dict[str, Any]], sightings: Iterable[Sighting]) -> list[dict[str, Any]]:
    """The disclosures by giver, receiver and element, and how many records resolve to nobody."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["from"], row["to"], row["data_element"]].append(row)
    lost: dict[tuple[str, str, str], int] = defaultdict(int)
    for seen in sightings:
        if seen.subject is None:
            lost[seen.giver, seen.receiver, seen.element] += 1
    if unknown := set(lost) - set(groups):
        raise AssertionError(f"the example plants no flow without any subject, yet {unknown}")
    return [
        {
            "from": giver,
            "to": receiver,
            "data_element": element,
            "subjects": len(group),
            "unresolved_records": lost[giver, receiver, element],
            "authorized": all(row["authorized"] for row in group),
            "first_seen_on": min(row["first_seen_on"] for row in group),
            "last_seen_on": max(row["last_seen_on"] for row in group),
        }
        for (giver, receiver, element), group in sorted(groups.items())
    ]


class Bench:
    """The seven controls of the first evaluation, a party at a time. Each method returns verdict and a word why."""

    def __init__(self, law: Law, inbox: Inbox, ages: Ages) -> None:
        self.law, self.inbox, self.ages = law, inbox, ages
        self.to: dict[str, list[Sighting]] = defaultdict(list)
        self.by: dict[str, list[Sighting]] = defaultdict(list)
        for seen in inbox.sightings:
            self.to[seen.receiver].append(seen)
            self.by[seen.giver].append(seen)

    def verdicts(self, party: str) -> list[tuple[str, str, str]]:
        """(control, verdict, why) for one registered party."""
        if party == DISTRICT:
            return [(control, "NOT_APPLICABLE", "a party's duty, not the district's") for control in CONTROLS]
        judges = (self.active_agreement, self.consent, self.third_party, self.elements, self.returned, self.certificate, self.silence)
        return [(control, *judge(party)) for control, judge in zip(CONTROLS, judges, strict=True)]

    def has(self, party: str, *kinds: str) -> bool:
        """Whether readable evidence of one of the kinds is the party's own or names it."""
        return any((party, kind) in self.inbox.evidence for kind in kinds)

    def active_agreement(self, party: str) -> tuple[str, str]:
        """I.A: a flow to the party without an agreement in force on its date."""
        if not self.has(party, "export", "log", "sent", "tracking"):
            return "INCONCLUSIVE", "no evidence"
        for seen in self.to[party]:
            owners = [a for owner, a in self.law.agreements(party) if seen.giver in (DISTRICT, owner.id)]
            if not any(self.law.in_force(agreement, seen) for agreement in owners):
                return "FAIL", "a flow after the agreement's end"
        return "PASS", "every flow has an agreement in force"

    def consent(self, party: str) -> tuple[str, str]:
        """I.E: held where consent is required, without one from before the first collection."""
        if not any(agreement.consent_required for _, agreement in self.law.agreements(party)):
            return "NOT_APPLICABLE", "no agreement requires consent"
        first: dict[tuple[str, str], date] = {}
        for seen in self.to[party]:
            if seen.subject_kind == "student" and seen.subject is not None and not seen.operation:
                key = (seen.subject, seen.element)
                first[key] = min(first.get(key, seen.seen_on), seen.seen_on)
        for (student, element), day in first.items():
            good = [
                consent
                for consent in self.law.consents[party, student]
                if consent.covers(element, day)
                and not (consent.relation == "student" and self.ages.of(student, consent.given_at) < STUDENT_SIGNS_FROM)
            ]
            if not good:
                return "FAIL", "a student without a consent from before the first collection"
        return ("PASS", "every consent predates the first collection") if first else ("INCONCLUSIVE", "no evidence")

    def third_party(self, party: str) -> tuple[str, str]:
        """II.A: a student's value went to neither the party nor an authorized subprocessor."""
        if not self.has(party, "tracking", "log", "sent"):
            return "INCONCLUSIVE", "no capture, log or sent data"
        if any(self.law.basis(seen) is None for seen in self.by[party] if seen.subject_kind == "student"):
            return "FAIL", "students' values went to a third party"
        return "PASS", "captures, logs and sent data show no third party"

    def elements(self, party: str) -> tuple[str, str]:
        """II.B: an element the last agreement does not list, on whatever day; a subprocessor's entry counts like a list."""
        if not self.has(party, "export", "log", "sent"):
            return "INCONCLUSIVE", "no export, log or sent data"
        for seen in self.to[party]:
            if seen.subject_kind == "student" and not seen.operation and not self._listed(party, seen):
                return "FAIL", "an element outside the schedule of data"
        return "PASS", "every element is listed"

    def _listed(self, party: str, seen: Sighting) -> bool:
        own = [(owner, a) for owner, a in self.law.agreements(party) if seen.giver in (DISTRICT, owner.id)]
        owner, last = max(own, key=lambda pair: pair[1].last_day)
        entry = next((e for e in owner.subprocessors if e.id == party), None)
        return seen.element in last.elements and (entry is None or entry.elements is None or seen.element in entry.elements)

    def returned(self, party: str) -> tuple[str, str]:
        """III.A: returned in time, with every element and student that was held before."""
        end = self.law.ended_on(party)
        if end is None:
            return "NOT_APPLICABLE", "the contract has not ended"
        closure = self.inbox.closures[party]
        days = self.law.agreements(party)[0][1].return_within_days
        held = {(seen.subject, seen.element) for seen in self.to[party] if seen.received_on <= closure.returned_on}
        if closure.returned_on > end + timedelta(days=days) or not held <= closure.returned:
            return "FAIL", "the return is late or incomplete"
        return "PASS", "returned in time, complete, checksums verify"

    def certificate(self, party: str) -> tuple[str, str]:
        """III.C: in time, in order (the certificate's fields and copies are complete by construction)."""
        end = self.law.ended_on(party)
        if end is None:
            return "NOT_APPLICABLE", "the contract has not ended"
        closure = self.inbox.closures[party]
        days = self.law.agreements(party)[0][1].destroy_within_days
        in_order = closure.returned_on <= closure.destroyed_on <= closure.certified_on and end <= closure.certified_on
        if closure.certificate_came_on > end + timedelta(days=days) or not in_order:
            return "FAIL", "the certificate is late or out of order"
        return "PASS", "certified in time, in order, with every copy"

    def silence(self, party: str) -> tuple[str, str]:
        """III.C: anything that shows a student after the certified date."""
        if self.law.ended_on(party) is None:
            return "NOT_APPLICABLE", "the contract has not ended"
        certified = self.inbox.closures[party].certified_on
        if any(seen.seen_on > certified for seen in self.to[party]):
            return "FAIL", "students appear after the certified date"
        return "INCONCLUSIVE", "nothing later was read"


def tell_truth(register: Register, inbox: Inbox, births: dict[str, date], as_of: date, seed: int) -> dict[str, Any]:
    """The whole document."""
    law = Law(register, as_of)
    rows = disclosures(law, inbox.sightings)
    bench = Bench(law, inbox, Ages(births))
    parties = _parties(register)
    waived = {(row[0], row[1]): row[2] for row in register.waivers if row[2] >= as_of.isoformat()}
    verdicts = [
        {
            "control_id": control,
            "party_id": party["party_id"],
            "verdict": verdict,
            "violations": None if verdict == "FAIL" else 0,
            "waived_until": waived.get((control, party["party_id"])),
            "why": why,
        }
        for party in parties
        for control, verdict, why in bench.verdicts(party["party_id"])
    ]
    third = sorted({name for seen in inbox.sightings for name in (seen.giver, seen.receiver) if name.startswith("third_party:")})
    return {
        "district": DISTRICT_NAME,
        "as_of": as_of.isoformat(),
        "seed": seed,
        "students": len(births),
        "parties": parties,
        "third_parties": third,
        "subprocessors": [
            {"party_id": party.id, "subprocessor_id": entry.id, "elements": list(entry.elements) if entry.elements is not None else None}
            for party in register.parties
            for entry in party.subprocessors
        ],
        "deliveries": [
            {"delivery_id": key, "party_id": key.split("/")[0], "received_on": day.isoformat()}
            for key, day in sorted(inbox.deliveries.items())
        ],
        "files": [asdict(file) for file in sorted(inbox.files, key=lambda f: (f.delivery_id, f.path))],
        "trackers": [asdict(item) for item in inbox.trackers],
        "verdicts": verdicts,
        "flows": flows(rows, inbox.sightings),
        "disclosures": rows,
    }


def _parties(register: Register) -> list[dict[str, Any]]:
    """The district, the parties with a file, then the subprocessors that only an entry names."""
    rows = [{"party_id": DISTRICT, "name": DISTRICT_NAME, "kind": "district", "parent_party_id": None}]
    named = [(party.id, party.name, party.kind) for party in register.parties]
    named += [(entry.id, entry.name or entry.id, "subprocessor") for entry in register.entries_without_file()]
    for party_id, name, kind in named:
        parents = register.parents(party_id)
        rows.append({"party_id": party_id, "name": name, "kind": kind, "parent_party_id": parents[0].id if len(parents) == 1 else None})
    return rows


def truth_bytes(document: dict[str, Any]) -> bytes:
    """JSON with one line a row, so that two truths can be compared by eye."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list):
            body = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f' "{key}": [\n{body}\n ]')
        else:
            parts.append(f' "{key}": {json.dumps(value, ensure_ascii=False)}')
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()
