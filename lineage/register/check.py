"""What several files say together: one id for two parties, one host for two, a party or student that nobody knows.

Each function takes what was read and returns problems; what a single file may say is in `models.py` and `tables.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lineage.register.models import District, Schedule, Vendor
from lineage.register.parties import claims
from lineage.register.problems import Problem, choose
from lineage.register.tables import Consent, Decision, Document, Event, Hold, OptOut, Request, Waiver
from lineage.register.yaml_text import Document as Yaml
from scanners.oneroster import Roster

PartyRow = Consent | Request | Document | Waiver | Decision
StudentRow = Consent | Hold | OptOut | Event

SHOWN = 20  # rows about unknown students that are named one by one


@dataclass(frozen=True)
class VendorFile:
    """A vendor file that could be read: what it says and where."""

    yaml: Yaml
    vendor: Vendor


def vendor_problems(district: tuple[Yaml, District] | None, files: Sequence[VendorFile]) -> list[Problem]:
    """All that is wrong among the vendor files and between them and district.yaml (None: that one could not be read)."""
    return [
        *(problem for file in files for problem in _file_name(file)),
        *_party_ids(files),
        *_agreement_ids(files),
        *(problem for file in files for problem in _twice(file)),
        *_subprocessors(files),
        *_hosts(district, files),
    ]


def _file_name(file: VendorFile) -> Iterator[Problem]:
    if Path(file.yaml.file).stem != file.vendor.id:
        found = f"the id `{file.vendor.id}` is not the file's name"
        mend = f"Rename the file to `{file.vendor.id}.yaml`; deliveries lie in `inbox/{file.vendor.id}/`."
        yield Problem(file.yaml.file, file.yaml.line(("id",)), found, mend, "warning")


def _party_ids(files: Sequence[VendorFile]) -> Iterator[Problem]:
    first: dict[str, VendorFile] = {}
    for file in files:
        other = first.setdefault(file.vendor.id.casefold(), file)
        if other is not file:
            found = f"the party id `{file.vendor.id}` is also that of {other.yaml.file}"
            yield Problem(file.yaml.file, file.yaml.line(("id",)), found, "Give one of the two parties another id.")


def _agreement_ids(files: Sequence[VendorFile]) -> Iterator[Problem]:
    first: dict[str, tuple[VendorFile, int]] = {}
    for file in files:
        for number, agreement in enumerate(file.vendor.agreements):
            line = file.yaml.line(("agreements", number, "id"))
            if agreement.id in first:
                other, there = first[agreement.id]
                found = f"the agreement id `{agreement.id}` is also on line {there} of {other.yaml.file}"
                yield Problem(file.yaml.file, line, found, "Give each agreement an id of its own.")
            else:
                first[agreement.id] = (file, line)


def _twice(file: VendorFile) -> Iterator[Problem]:
    """Ids that are given twice within one vendor file, and a party that lists itself."""
    for key, ids in (
        ("subprocessors", [entry.id for entry in file.vendor.subprocessors]),
        ("systems", [system.id for system in file.vendor.systems]),
    ):
        for number, written in enumerate(ids):
            line = file.yaml.line((key, number, "id"))
            if written in ids[:number]:
                yield Problem(file.yaml.file, line, f"`{written}` twice in `{key}`", "Keep one of the two.")
            if key == "subprocessors" and written == file.vendor.id:
                yield Problem(file.yaml.file, line, "the party lists itself as a subprocessor", "Remove the entry.")


def _subprocessors(files: Sequence[VendorFile]) -> Iterator[Problem]:
    with_file = {file.vendor.id for file in files}
    described = {entry.id for file in files for entry in file.vendor.subprocessors if entry.name or entry.domains}
    for file in files:
        for number, entry in enumerate(file.vendor.subprocessors):
            place = ("subprocessors", number)
            if entry.id not in with_file | described:
                found = f"the subprocessor `{entry.id}` has no vendor file, name or domains"
                mend = choose(entry.id, with_file - {file.vendor.id}, "Give its entry `name` and `domains`, or write a vendor file.")
                yield Problem(file.yaml.file, file.yaml.line(place), found, mend, "warning")
            for key in ("elements", "purposes"):
                if getattr(entry, key) == ():
                    found = f"an empty list of `{key}`, which means all of {file.vendor.id}'s"
                    line = file.yaml.line((*place, key))
                    yield Problem(file.yaml.file, line, found, "List them, or remove the key if all are meant.", "warning")


def _hosts(district: tuple[Yaml, District] | None, files: Sequence[VendorFile]) -> Iterator[Problem]:
    if district is None:
        return
    documents: dict[str | None, Yaml] = {None: district[0], **{file.vendor.id: file.yaml for file in files}}
    owners: dict[str, str] = {}
    for host, party_id, file_id, place in claims(district[1], [file.vendor for file in files]):
        owner = owners.setdefault(host, party_id)
        if owner != party_id:
            document = documents[file_id]
            found = f"the host `{host}` is claimed by `{owner}` and by `{party_id}`"
            yield Problem(document.file, document.line(place), found, "A host has one owner: remove it from one of the two.")


def schedule_problems(document: Yaml, schedule: Schedule) -> Iterator[Problem]:
    """An element that two categories name."""
    first: dict[str, str] = {}
    for name, category in schedule.categories.items():
        for number, element in enumerate(category.elements):
            other = first.setdefault(element, name)
            if other != name:
                line = document.line(("categories", name, "elements", number))
                yield Problem(document.file, line, f"`{element}` is already in the category `{other}`", "An element has one category.")


def unknown_parties(file: str, rows: Iterable[PartyRow], known: Iterable[str]) -> Iterator[Problem]:
    """Rows about a party that is neither the district nor registered."""
    ids = sorted(known)
    for row in rows:
        if row.party_id not in ids:
            mend = choose(row.party_id, ids, "Write a party that has a vendor file or is a listed subprocessor.")
            yield Problem(file, row.line, f"`party_id`: no party `{row.party_id}` is registered", mend, "warning")


def unknown_students(file: str, rows: Iterable[StudentRow], roster: Roster) -> Iterator[Problem]:
    """Rows about a student whom the roster does not have, or has twice. The id itself is a person's and is not shown."""
    doubtful = [row for row in rows if len(roster.find_students(row.student_id)) != 1]
    if more := doubtful[SHOWN:]:
        found = f"`student_id`: {len(more):,} more rows are about nobody in the roster, or about several"
        yield Problem(file, more[0].line, found, f"Write each student's `{roster.student_key}`.", "warning")
    for row in doubtful[:SHOWN]:
        match len(roster.find_students(row.student_id)):
            case 0:
                mend = f"Write the student's `{roster.student_key}`; keep the row if the student has left the roster."
                yield Problem(file, row.line, "`student_id`: the roster has no such student", mend, "warning")
            case many:
                mend = f"Write the student's `{roster.student_key}`."
                yield Problem(file, row.line, f"`student_id`: {many:,} students have this id", mend, "warning")


def unknown_events(file: str, rows: Iterable[Event], schedule: Schedule) -> Iterator[Problem]:
    awaited = sorted({category.event for category in schedule.categories.values() if category.event})
    for row in rows:
        if row.event not in awaited:
            mend = choose(row.event, awaited, f"It waits for: {', '.join(awaited) or 'none'}.")
            yield Problem(file, row.line, f"`event`: the schedule waits for no `{row.event}`", mend, "warning")


def request_ids(file: str, rows: Iterable[Request]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for row in rows:
        if (line := first.setdefault(row.request_id, row.line)) != row.line:
            found = f"the request id `{row.request_id}` is also on line {line}"
            yield Problem(file, row.line, found, "Give each request its own id.", "warning")


def stray_files(district: Path, known: Sequence[str], is_known: Callable[[str], bool]) -> Iterator[Problem]:
    """Files beside those of the interface whose name looks like one of them."""
    for path in sorted(district.iterdir()):
        if path.is_file() and path.suffix in (".csv", ".yaml", ".yml") and not is_known(path.name):
            mend = choose(path.name, known, "It is not read; move it elsewhere.")
            yield Problem(path.name, None, "a file that the interface does not name", mend, "warning")
