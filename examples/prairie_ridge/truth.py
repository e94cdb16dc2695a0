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

from examples.prairie_ridge.inbox import Inbox, Sighting, Tracker
from examples.prairie_ridge.people import Student
from examples.prairie_ridge.register import (
    DISCIPLINE,
    DISTRICT_NAME,
    FUNDED_ACTIVITY_ENDED,
    PERMANENT,
    SPECIAL_EDUCATION,
    STAFF_DIRECTORY,
    YEARS_AFTER_ABSENCE,
    YEARS_AFTER_EVENT,
    Agreement,
    Entry,
    Party,
    Register,
)

DISTRICT = "district"
CONTROLS = (
    "I.A.active-agreement",
    "I.A.staff-records",
    "I.E.consent-before-collection",
    "I.E.district-authorization",
    "II.A.no-third-party-disclosure",
    "II.B.aggregate-only",
    "II.B.authorized-elements",
    "II.C.retained-too-long",
    "III.A.data-returned",
    "III.C.destruction-certificate",
    "III.C.silence-after-destruction",
    "IV.A.no-pii-in-trackers",
    "IV.A.single-site",
    "IV.B.no-persistent-identifiers",
)
ROLLUP = "IV.D.ferpa-coppa-rollup"
NOT_ROLLED_UP = ("I.A.staff-records",)
"""Of the controls above, which are all critical or high, the one that the policy leaves out of IV.D."""
OBSERVED = ("export", "log", "sent", "tracking", "aggregate")
STUDENT_SIGNS_FROM = 18


@dataclass(frozen=True)
class Ages:
    """Birth dates by student, for signatures of students."""

    births: dict[str, date]

    def of(self, student: str, day: date) -> int:
        """Age in full years."""
        birth = self.births[student]
        return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@dataclass(frozen=True)
class Link:
    """One step of a chain of subprocessors: who sends, and the sender's entry for who gets."""

    sender: str
    entry: Entry


@dataclass(frozen=True)
class Terms:
    """An agreement, whose it is, and the entries through which it reaches a subprocessor (none for the owner itself)."""

    owner: Party
    agreement: Agreement
    links: tuple[Link, ...]

    def names(self, element: str) -> bool:
        """Whether agreement and entries have the element, on whatever day."""
        return element in self.agreement.elements and all(element in (link.entry.elements or (element,)) for link in self.links)

    def covers(self, element: str, day: date) -> bool:
        """Whether agreement and entries have the element on that day."""
        return self.agreement.lists(element, day) and self.names(element)


class Law:
    """The interface's rules over one register."""

    def __init__(self, register: Register, as_of: date) -> None:
        self.register = register
        self.as_of = as_of
        self.found: dict[tuple[str, str], list[Terms]] = {}
        self.consents: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for consent in register.consents:
            self.consents[consent.party, consent.student].append(consent)

    def terms(self, party_id: str) -> list[Terms]:
        """The party's own agreements, or those it works under as a subprocessor without one: its parents', and so on up."""
        party = self.register.party(party_id)
        if party and party.agreements:
            return [Terms(party, agreement, ()) for agreement in party.agreements]
        return [
            Terms(terms.owner, terms.agreement, (*terms.links, Link(parent.id, entry)))
            for parent in self.register.parents(party_id)
            for entry in parent.subprocessors
            if entry.id == party_id
            for terms in self.terms(parent.id)
        ]

    def terms_of(self, seen: Sighting) -> list[Terms]:
        """What a sighting may rest on: all terms of the receiver, or those that lead through the sender where that is not the district."""
        key = (seen.giver, seen.receiver)
        if key not in self.found:
            all_of_it = self.terms(seen.receiver)
            self.found[key] = [t for t in all_of_it if seen.giver == DISTRICT or (t.links and t.links[-1].sender == seen.giver)]
        return self.found[key]

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
        for terms in self.terms_of(seen):
            day = self.in_force(terms.agreement, seen)
            if day is None:
                continue
            if seen.subject_kind == "staff" and seen.element in STAFF_DIRECTORY and not terms.agreement.lists(seen.element, day):
                return "staff_directory"
            if not terms.covers(seen.element, day):
                continue
            if seen.subject_kind == "staff" or not terms.agreement.consent_required or self._consented(terms.owner.id, seen, day):
                return "subprocessor" if terms.links else "agreement"
        return None

    def _consented(self, party: str, seen: Sighting, day: date) -> bool:
        return any(consent.covers(seen.element, day) for consent in self.consents[party, seen.subject or ""])

    def ended_on(self, party_id: str) -> date | None:
        """The last day any agreement was in force, where none is on the as-of day. (The example has no successors.)"""
        agreements = [agreement for terms in self.terms(party_id) if (agreement := terms.agreement).effective_on <= self.as_of]
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
        official = all(any(law.in_force(terms.agreement, seen) for terms in law.terms_of(seen)) for seen in group)
        exempt = "school_official" if kind == "student" and basis != "none" and official else None
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
    """The controls, a party at a time. Each method returns verdict and a word why."""

    def __init__(self, law: Law, inbox: Inbox, ages: Ages, retention: Sequence[dict[str, Any]]) -> None:
        self.law, self.inbox, self.ages, self.retention = law, inbox, ages, retention
        self.to: dict[str, list[Sighting]] = defaultdict(list)
        self.by: dict[str, list[Sighting]] = defaultdict(list)
        for seen in inbox.sightings:
            self.to[seen.receiver].append(seen)
            self.by[seen.giver].append(seen)

    def verdicts(self, party: str) -> list[tuple[str, str, str]]:
        """(control, verdict, why) for one registered party."""
        if party == DISTRICT:
            return [(control, "NOT_APPLICABLE", "a party's duty, not the district's") for control in (*CONTROLS, ROLLUP)]
        judges = (
            self.active_agreement,
            self.staff,
            self.consent,
            self.authorization,
            self.third_party,
            self.aggregate,
            self.elements,
            self.retained,
            self.returned,
            self.certificate,
            self.silence,
            self.tracked,
            self.single_site,
            self.persistent,
        )
        rows = [(control, *judge(party)) for control, judge in zip(CONTROLS, judges, strict=True)]
        failed = any(verdict == "FAIL" and control not in NOT_ROLLED_UP for control, verdict, _ in rows)
        rollup = ("FAIL", "a critical or high control fails") if failed else ("INCONCLUSIVE", "controls are not evaluated yet")
        return [*rows, (ROLLUP, *rollup)]

    def has(self, party: str, *kinds: str, after: date = date.min) -> bool:
        """Whether readable evidence of one of the kinds is the party's own or names it."""
        return any(owner == party and kind in kinds and day > after for owner, kind, day in self.inbox.evidence)

    def judged(self, party: str) -> list[Sighting]:
        """What shows students at the party, without what only its operation records."""
        return [seen for seen in self.to[party] if seen.subject_kind == "student" and not seen.operation]

    def active_agreement(self, party: str) -> tuple[str, str]:
        """I.A: a flow to the party without an agreement in force on its date."""
        if not self.has(party, *OBSERVED):
            return "INCONCLUSIVE", "no evidence"
        for seen in self.to[party]:
            if not any(self.law.in_force(terms.agreement, seen) for terms in self.law.terms_of(seen)):
                return "FAIL", "a flow after the agreement's end"
        return "PASS", "every flow has an agreement in force"

    def staff(self, party: str) -> tuple[str, str]:
        """I.A: a staff element that neither the agreement nor the staff directory lists."""
        if not self.has(party, *OBSERVED):
            return "INCONCLUSIVE", "no evidence"
        held = {seen.element for seen in self.to[party] if seen.subject_kind == "staff"}
        listed = {element for terms in self.law.terms(party) for element in terms.agreement.elements}
        if held - listed - set(STAFF_DIRECTORY):
            return "FAIL", "a staff element that nothing lists"
        return "PASS", "staff elements are listed" if held else "no staff is held"

    def consent(self, party: str) -> tuple[str, str]:
        """I.E: held where consent is required, without one from before the first collection."""
        if not any(terms.agreement.consent_required for terms in self.law.terms(party)):
            return "NOT_APPLICABLE", "no agreement requires consent"
        first: dict[tuple[str, str], date] = {}
        for seen in self.judged(party):
            if seen.subject is not None:
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
        if not self.has(party, *OBSERVED):
            return "INCONCLUSIVE", "no evidence"
        return "PASS", "every consent predates the first collection" if first else "no student is held"

    def authorization(self, party: str) -> tuple[str, str]:
        """I.E: held without an authorization in force on the day of the student's first collection."""
        if not self.has(party, *OBSERVED):
            return "INCONCLUSIVE", "no evidence"
        first: dict[tuple[str | None, str, str], Sighting] = {}
        for seen in self.judged(party):
            key = (seen.subject, seen.element, seen.giver)
            first[key] = min(first.get(key, seen), seen, key=lambda each: each.seen_on)
        for seen in first.values():
            days = [(terms, self.law.in_force(terms.agreement, seen)) for terms in self.law.terms_of(seen)]
            if not any(day and terms.covers(seen.element, day) for terms, day in days):
                return "FAIL", "an element without an authorization when it was first collected"
        return "PASS", "every element was authorized when it was first collected"

    def third_party(self, party: str) -> tuple[str, str]:
        """II.A: a student's value went to neither the party nor an authorized subprocessor."""
        if not self.has(party, "tracking", "log", "sent"):
            return "INCONCLUSIVE", "no capture, log or sent data"
        if any(self.law.basis(seen) is None for seen in self.by[party] if seen.subject_kind == "student"):
            return "FAIL", "students' values went to a third party"
        return "PASS", "captures, logs and sent data show no third party"

    def aggregate(self, party: str) -> tuple[str, str]:
        """II.B: an aggregate that is none or that has small cells, or rows about students at a party that may have aggregates only."""
        only = any(terms.agreement.aggregate_only for terms in self.law.terms(party))
        if not only and not self.has(party, "aggregate"):
            return "NOT_APPLICABLE", "no agreement for aggregates only, and no aggregate"
        if any(found.delivery_id.split("/")[0] == party for found in self.inbox.audit) or (only and self.judged(party)):
            return "FAIL", "row-level data or small cells"
        return ("PASS", "no disclosure found") if self.has(party, "aggregate") else ("INCONCLUSIVE", "no aggregate")

    def elements(self, party: str) -> tuple[str, str]:
        """II.B: an element the last agreement does not list, on whatever day; a subprocessor's entry counts like a list."""
        if not self.has(party, "export", "log", "sent"):
            return "INCONCLUSIVE", "no export, log or sent data"
        for seen in self.judged(party):
            if not max(self.law.terms_of(seen), key=lambda terms: terms.agreement.last_day).names(seen.element):
                return "FAIL", "an element outside the schedule of data"
        return "PASS", "every element is listed"

    def retained(self, party: str) -> tuple[str, str]:
        """II.C: records past their due date without a hold."""
        if not self.has(party, *OBSERVED):
            return "INCONCLUSIVE", "no evidence"
        if any(row["party_id"] == party and row["status"] == "overdue" for row in self.retention):
            return "FAIL", "records past their due date"
        return "PASS", "nothing is past its due date without a hold"

    def returned(self, party: str) -> tuple[str, str]:
        """III.A: returned in time, with every element and student that was held before."""
        end = self.law.ended_on(party)
        if end is None:
            return "NOT_APPLICABLE", "the contract has not ended"
        closure = self.inbox.closures[party]
        days = self.law.terms(party)[0].agreement.return_within_days
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
        days = self.law.terms(party)[0].agreement.destroy_within_days
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
        if not self.has(party, "export", "log", "tracking", after=certified):
            return "INCONCLUSIVE", "nothing later was read"
        return "PASS", "what came later shows nobody"

    def _storage(self, party: str) -> tuple[str, str] | list[Tracker]:
        """What is stored for the party's pages, or why there is no telling."""
        own = self.law.register.party(party)
        if own and not own.hosted:
            return "NOT_APPLICABLE", "files only, no pages"
        if party not in self.inbox.storage_shown:
            return "INCONCLUSIVE", "no capture that shows cookies or storage"
        return [item for item in self.inbox.trackers if item.party_id == party]

    def _log_in(self, party: str, item: Tracker) -> bool:
        own = self.law.register.party(party)
        return own is not None and item.name in own.login_cookies and item.storage == "cookie" and not item.third_party

    def tracked(self, party: str) -> tuple[str, str]:
        """IV.A: a stored value matches the roster; the own username in a log-in cookie may."""
        items = self._storage(party)
        if isinstance(items, tuple):
            return items
        if any(item.contains_pii and not (item.own_username and self._log_in(party, item)) for item in items):
            return "FAIL", "a student's value is stored"
        return "PASS", "no student's value is stored"

    def single_site(self, party: str) -> tuple[str, str]:
        """IV.A: a value set for a user went to another site."""
        items = self._storage(party)
        if isinstance(items, tuple):
            return items
        if party in self.inbox.followed:
            return "FAIL", "a visitor's id went to another site"
        return (
            ("PASS", "no stored value went elsewhere") if party in self.inbox.visits_shown else ("INCONCLUSIVE", "no capture of requests")
        )

    def persistent(self, party: str) -> tuple[str, str]:
        """IV.B: outlives the session and is no log-in cookie."""
        items = self._storage(party)
        if isinstance(items, tuple):
            return items
        if any(item.persistent and not self._log_in(party, item) for item in items):
            return "FAIL", "an identifier outlives the session"
        return "PASS", "nothing but log-in cookies outlives the session"


class Schedule:
    """The retention schedule: when which record of whom is due."""

    def __init__(self, law: Law, inbox: Inbox, students: Sequence[Student]) -> None:
        self.law, self.inbox = law, inbox
        self.students = {student.sid: student for student in students}
        self.on_hold = {row[0] for row in law.register.holds if not row[3] or row[3] > law.as_of.isoformat()}
        self.ended = {row[0]: date.fromisoformat(row[2]) for row in law.register.events if row[1] == FUNDED_ACTIVITY_ENDED}
        certified = {party: closure.certified_on for party, closure in inbox.closures.items()}
        self.back = {(seen.receiver, seen.subject) for seen in inbox.sightings if seen.seen_on > certified.get(seen.receiver, date.max)}
        """(party, student) pairs that were seen after the party certified that all is destroyed."""

    @staticmethod
    def category(element: str) -> str:
        """The category of an element while the contract runs."""
        for name, elements in (("permanent", PERMANENT), ("discipline", DISCIPLINE), ("special_education", SPECIAL_EDUCATION)):
            if element in elements:
                return name
        return "subsidiary"

    def due(self, category: str, student: str) -> date | None:
        """The day a record is due; None while it is not known. The last enrollment's end is the first day of absence."""
        if category == "permanent":
            return None
        if category == "special_education":
            return _years_later(self.ended.get(student), YEARS_AFTER_EVENT)
        return _years_later(self.students[student].stays[-1].ended, YEARS_AFTER_ABSENCE)

    def rows(self) -> list[dict[str, Any]]:
        """One row a party, category, due date and status."""
        held: dict[tuple[str, str], set[str]] = defaultdict(set)
        over = {party: self.law.ended_on(party) is not None for party in {seen.receiver for seen in self.inbox.sightings}}
        for seen in self.inbox.sightings:
            if seen.subject_kind == "student" and seen.subject and not seen.receiver.startswith("third_party:"):
                held[seen.receiver, "vendor_copy" if over[seen.receiver] else self.category(seen.element)].add(seen.subject)
        counts: dict[tuple[str, str, str | None, str], int] = defaultdict(int)
        for (party, category), students in held.items():
            for student in students:
                due, status = self._status(party, category, student)
                counts[party, category, due.isoformat() if due else None, status] += 1
        names = ("party_id", "category", "due_on", "status")
        return [{**dict(zip(names, key, strict=True)), "subjects": count} for key, count in sorted(counts.items(), key=repr)]

    def _status(self, party: str, category: str, student: str) -> tuple[date | None, str]:
        if category == "vendor_copy":
            return self._copy(party, student)
        due = self.due(category, student)
        if due is None or due >= self.law.as_of:
            return due, "within"
        return due, "held" if student in self.on_hold else "overdue"

    def _copy(self, party: str, student: str) -> tuple[date, str]:
        """A copy after the end: destroyed, unless the student shows up once more; every party of the example that ended has certified."""
        end, terms = self.law.ended_on(party), self.law.terms(party)[0]
        assert end is not None
        due = end + timedelta(days=terms.agreement.destroy_within_days)
        return due, "overdue" if (party, student) in self.back else "destroyed"


def _years_later(day: date | None, years: int) -> date | None:
    return day.replace(year=day.year + years) if day else None


def tell_truth(register: Register, inbox: Inbox, students: Sequence[Student], as_of: date, seed: int) -> dict[str, Any]:
    """The whole document."""
    law = Law(register, as_of)
    rows = disclosures(law, inbox.sightings)
    retention = Schedule(law, inbox, students).rows()
    bench = Bench(law, inbox, Ages({student.sid: student.birth for student in students}), retention)
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
        "students": len(students),
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
        "trackers": [{key: value for key, value in asdict(item).items() if key != "own_username"} for item in inbox.trackers],
        "retention": retention,
        "aggregates": [asdict(found) for found in inbox.audit],
        "decisions": [
            {"party_id": row[0], "path": row[1], "field_path": row[2], "status": outcome}
            for row, outcome in zip(register.decisions, register.outcomes, strict=True)
        ],
        "undetermined": [{"delivery_id": it, "path": path, "field_path": name} for it, path, name in inbox.undetermined],
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
