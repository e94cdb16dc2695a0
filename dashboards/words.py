"""What things are called on the pages: in the words of a privacy officer, one place for all of them."""

from __future__ import annotations

from datetime import date, datetime

SECTIONS = {
    "I": "Who may hold records, and how safely",
    "II": "What may be shared, with whom, how long",
    "III": "After the contract ends",
    "IV": "Tracking and federal rules",
}

CLAUSES = {
    "I.A": "Who may hold the records",
    "I.B": "Who may log in",
    "I.C": "Intrusions",
    "I.D": "Who looked at student information",
    "I.E": "Consent",
    "I.F": "Encryption",
    "I.G": "Keeping the encryption current",
    "I.H": "Documents and requests",
    "II.A": "Third parties",
    "II.B": "Only what was agreed",
    "II.C": "How long records are kept",
    "III.A": "Return at the end",
    "III.B": "Whose data it is",
    "III.C": "Destruction at the end",
    "IV.A": "Trackers",
    "IV.B": "Identifiers that persist",
    "IV.C": "How long tracking records are kept",
    "IV.D": "Federal rules",
}
"""Headings of ours for the policy's clauses. They quote nothing."""

VERDICTS = {
    "FAIL": ("FAIL", "the evidence shows a breach of the rule"),
    "INCONCLUSIVE": ("unclear", "evidence is missing, too old or unreadable"),
    "PASS": ("pass", "the evidence was read and shows no breach"),
    "NOT_APPLICABLE": ("n/a", "the rule does not apply here"),
}
"""Verdict, worst first → (its word, what it says)."""

KINDS = {
    "district": "the district",
    "vendor": "vendor",
    "subprocessor": "subprocessor",
    "agency": "agency",
    "researcher": "researcher",
    "third_party": "not registered",
}

STATES = {
    "quarantined": ("quarantined", "not read, for the reason given"),
    "partly_scanned": ("partly read", "some of it could not be read"),
    "duplicate": ("duplicate", "same bytes as an earlier file; counted, not read again"),
    "scanned": ("read", "read whole"),
}
"""State of a file, worst first → (its word, what it says)."""

DECISIONS = {
    "expired": ("run out", "its last day is past: the detectors decide again"),
    "unmatched": ("matches nothing", "no field that was delivered is meant by it"),
    "overruled": ("overruled", "an earlier line settles the same fields"),
    "waiting": ("waiting", "its fields were not scanned since it was written"),
    "applied": ("settles", "it wins over the detectors"),
}
"""State of a line of decisions.csv, worst first → (its word, what it says)."""

AUDITS = {
    "grain": ("rows are single students", "Have the table withdrawn and destroyed: it is not aggregate."),
    "reidentification": (
        "rows without names can be traced to single students",
        "Have the table withdrawn and destroyed: taking names away does not make it aggregate.",
    ),
    "exact_disclosure": (
        "hidden cells can be computed",
        "Hide a second cell wherever one is hidden, in every total it counts in, and publish the table anew.",
    ),
    "interval": ("hidden cells can be narrowed", "Hide more cells beside it, or write a wider range in its place."),
    "differencing": (
        "two releases or groups differ by a few students",
        "Hide the cell in the later release, or publish at longer intervals and with the same groups.",
    ),
    "zero_or_full": ("all or none of a group are counted", "Write a range instead (`>95%`, `<5%`), wide enough for the size of the group."),
    "small_cell": ("groups are too small", "Hide the cell, or merge the group with its neighbours."),
}
"""Check of the disclosure audit, worst first → (what it found, what to do)."""

RETENTION = {
    "destroyed_early": "destroyed too early",
    "overdue": "kept too long",
    "pending": "to be destroyed",
    "held": "kept under a hold",
    "within": "within its time",
    "destroyed": "destroyed",
}

STORAGE = {
    "cookie": "cookie",
    "local_storage": "local storage",
    "session_storage": "session storage",
    "indexed_db": "IndexedDB",
    "service_worker": "service worker",
}

_SPECIAL = {"ip": "IP address", "iep_504": "IEP or 504 plan", "ssn": "social security number", "in_app": "in the app"}
_GROUPS = {
    "student_id": "Student id",
    "student_contact": "Student's contact",
    "guardian_contact": "Guardian's contact",
    "staff_contact": "Staff contact",
    "special": "Special indicator",
}


def element(slug: str | None) -> str:
    """`student_contact.email` → `Student's contact: email`."""
    if not slug or slug == "none":
        return "no data element"
    group, _, part = slug.partition(".")
    words = _GROUPS.get(group, group.replace("_", " ").capitalize())
    return f"{words}: {_SPECIAL.get(part, part.replace('_', ' '))}" if part else words


def plain(slug: str | None) -> str:
    return (slug or "").replace("_", " ")


def amount(number: int | None, one: str, many: str | None = None) -> str:
    return f"{number or 0:,} {one if number == 1 else many or f'{one}s'}"


def day(when: date | None) -> str:
    return f"{when.day} {when:%b %Y}" if when else "–"


def days(first: date | None, last: date | None) -> str:
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def moment(when: datetime | None) -> str:
    return f"{day(when.date())}, {when:%H:%M}" if when else "–"


def size(number: int | None) -> str:
    amount_ = float(number or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount_ < 1000 or unit == "GB":
            break
        amount_ /= 1000
    return f"{amount_:,.0f} {unit}" if unit == "bytes" or amount_ >= 10 else f"{amount_:.1f} {unit}"


def yes(flag: bool | None) -> str:
    return "–" if flag is None else "yes" if flag else "no"
