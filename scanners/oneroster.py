"""The district's roster: an export of OneRoster 1.1 or 1.2 (CSV binding) read into people.

Here belongs what OneRoster's columns mean: who is a student, whose guardian someone is, which values identify a person. Bytes and
CSV are read in `roster_files.py`; matching these values against a file is the scan's. A `Person` holds raw values and never leaves
`scanners`, but for the few facts that `lineage/facts.py` keeps (subject keys and dates).

Source: 1EdTech OneRoster 1.1 section 13 and 1.2 CSV binding. Column names are compared without regard to case and order.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from scanners.canonical import canonical
from scanners.roster_files import RosterError, RosterFile, roster_files

__all__ = ["Person", "PersonKind", "Roster", "RosterError", "read_roster"]

PersonKind = Literal["student", "guardian", "staff"]
Span = tuple[date | None, date | None]

STUDENT_ROLES = frozenset({"student"})
GUARDIAN_ROLES = frozenset({"parent", "guardian", "relative"})
STAFF_ROLES = frozenset(
    {
        *("teacher", "aide", "administrator", "proctor", "systemadministrator", "siteadministrator", "districtadministrator"),
        *("counselor", "principal", "staff", "faculty", "professor", "lecturer", "adjunct", "instructor"),
    }
)
RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
)
BIRTH_PLACE = (("cityofbirth", "birthcity"), ("stateofbirthabbreviation", "birthstate"), ("countryofbirthcode", "birthcountry"))


@dataclass(frozen=True, repr=False)
class Person:
    """One user of the roster. Raw values: `repr` shows none of them, so that no log or traceback does.

    `local_ids` are (value, source column) pairs. `guardians` are the sourcedIds of a student's guardians, `wards` those of a
    guardian's (or a parent's on the staff) students. `enrollments` are (begin, end), a student's alone. `addresses` has the street
    as written and, where there are columns of the town, also the whole address in one line.
    """

    sourced_id: str
    key_id: str
    kind: PersonKind
    given: str = ""
    family: str = ""
    middle: str = ""
    preferred_given: str = ""
    preferred_family: str = ""
    username: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    birth_date: date | None = None
    identifier: str | None = None
    local_ids: tuple[tuple[str, str], ...] = ()
    state_ids: tuple[str, ...] = ()
    ssn: str | None = None
    password: str | None = None
    grades: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    guardians: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()
    enrollments: tuple[Span, ...] = ()
    active: bool = True
    roles: tuple[str, ...] = ()
    sex: str | None = None
    races: tuple[str, ...] = ()
    birth_place: str | None = None
    birth_city: str | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} of the roster>"

    def age_on(self, day: date) -> int | None:
        """Age in whole years on `day`; None where the birth date is unknown or later."""
        born = self.birth_date
        if born is None or born > day:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, repr=False)
class Roster:
    """Everyone the district knows, in order of sourcedId, and the names of its schools and other orgs."""

    people: tuple[Person, ...]
    student_key: str = "sourcedId"
    orgs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<roster of {len(self.people):,} people>"

    @cached_property
    def by_sourced_id(self) -> dict[str, Person]:
        return {person.sourced_id: person for person in self.people}

    @cached_property
    def students(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.kind == "student")

    @cached_property
    def guardians(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.kind == "guardian")

    @cached_property
    def staff(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.kind == "staff")

    @cached_property
    def _students_by_key(self) -> dict[str, Person]:
        return {canonical(person.key_id): person for person in self.students}

    @cached_property
    def _students_by_other_id(self) -> dict[str, tuple[Person, ...]]:
        found: dict[str, dict[str, Person]] = defaultdict(dict)
        for person in self.students:
            for written in (person.identifier, person.sourced_id):
                if written:
                    found[canonical(written)][person.sourced_id] = person
        return {written: tuple(people.values()) for written, people in found.items()}

    def find_students(self, student_id: str) -> tuple[Person, ...]:
        """Whom a written `student_id` means: the value of the key column wins, then `identifier` or sourcedId. Two or more: ambiguous."""
        written = canonical(student_id)
        if (person := self._students_by_key.get(written)) is not None:
            return (person,)
        return self._students_by_other_id.get(written, ())

    def absent_since(self, person: Person, as_of: date) -> date | None:
        """First day of continuous absence: the `endDate` of the last enrollment, which OneRoster counts as the first day without it.

        None while an enrollment is open (without an end, or ending after `as_of`) and where none is known. An enrollment that begins
        after `as_of` says nothing yet.
        """
        ends = [end for begin, end in person.enrollments if begin is None or begin <= as_of]
        closed = [end for end in ends if end is not None and end <= as_of]
        if not ends or len(closed) < len(ends):
            return None
        return max(closed)


def read_roster(folder: Path, student_key: str = "sourcedId") -> Roster:
    """Read the OneRoster export below `folder`, loose or zipped, into people; `student_key` names a column of users.csv.

    Raises RosterError (file, line, found, mend): no users.csv, no student, a file that is no UTF-8 CSV, a needed column or cell that
    is missing, a date that is none, two students with one key.
    """
    files = roster_files(folder)
    drafts = _read_users(folder, files, student_key)
    _read_roles(files, drafts)
    _read_demographics(files, drafts)
    org_names = _read_orgs(files)
    _read_enrollments(files, drafts)
    agents = _read_agents(files, drafts)
    kinds = {sourced_id: _kind(draft, linked=sourced_id in agents) for sourced_id, draft in drafts.items()}
    guardians = _guardians(drafts, kinds)
    keys = _keys(drafts, kinds, student_key)
    people = tuple(_person(drafts[sid], kinds[sid], keys[sid], guardians, org_names) for sid in sorted(drafts))
    if not any(person.kind == "student" for person in people):
        name = next(file.name for file in files if file.table == "users")
        raise RosterError(name, None, "no user has the role `student`", "Give `role` in users.csv (1.1) or roles.csv (1.2).")
    return Roster(people, student_key, tuple(sorted({name for name in org_names.values() if name})))


@dataclass
class _Draft:
    """What the files say about one sourcedId, gathered before anything is concluded."""

    file: str
    line: int
    cells: dict[str, str] = field(default_factory=dict)  # users.csv, by folded column
    spelled: dict[str, str] = field(default_factory=dict)  # folded column → as written
    demographics: dict[str, str] = field(default_factory=dict)  # by plain column
    birth_date: date | None = None
    roles: list[str] = field(default_factory=list)  # primary first
    orgs: set[str] = field(default_factory=set)
    grades: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    enrollments: set[Span] = field(default_factory=set)
    active: bool = False

    @cached_property
    def plain(self) -> dict[str, str]:
        """Cells by plain column name; a column of the standard wins over a metadata column of the same name."""
        found: dict[str, str] = {}
        for column in sorted(self.cells, key=lambda column: (_plain(column) != column, column)):
            found.setdefault(_plain(column), self.cells[column])
        return found

    def cell(self, *names: str) -> str:
        return next((self.plain[name] for name in names if name in self.plain), "")


# --- users.csv ---------------------------------------------------------------------------------------------------------------

# Columns that hold lists: rows of one person (a row a role, a row a school) add up instead of the first one winning.
LISTS = frozenset({"agentsourcedids", "orgsourcedids", "userids", "grades", "role"})


def _read_users(folder: Path, files: Sequence[RosterFile], student_key: str) -> dict[str, _Draft]:
    users = [file for file in files if file.table == "users"]
    if not users:
        raise RosterError(f"{folder.name}/", None, "there is no users.csv", "Put the SIS export (OneRoster CSV, loose or zipped) there.")
    columns = [name for file in users for name in file.header]
    if student_key.casefold() not in {name.casefold() for name in columns}:
        close = difflib.get_close_matches(student_key, columns, 1)
        mend = f"Did you mean `{close[0]}`?" if close else f"The columns are {', '.join(sorted(set(columns)))}."
        raise RosterError(users[0].name, 1, f"no column `{student_key}`, which `student_key` in district.yaml names", mend)
    drafts: dict[str, _Draft] = {}
    for file in users:
        _need(file, "sourcedId", "givenName", "familyName")
        spelled = dict(zip(file.columns, file.header, strict=True))
        for line, row in file.rows():
            _add_user(drafts.setdefault(_id(file, line, row, "sourcedId"), _Draft(file.name, line)), row, spelled)
    return drafts


def _add_user(draft: _Draft, row: dict[str, str], spelled: dict[str, str]) -> None:
    for column, value in row.items():
        if not value:
            continue
        draft.spelled.setdefault(column, spelled[column])
        if column in LISTS and column in draft.cells:
            draft.cells[column] += f",{value}"
        else:
            draft.cells.setdefault(column, value)
    draft.active = draft.active or (
        row.get("status", "").casefold() not in ("tobedeleted", "inactive") and not _is_false(row.get("enableduser"))
    )
    for role in _items(row.get("role", "")):
        _add_role(draft, role)
    draft.orgs.update(_items(row.get("orgsourcedids", "")), _items(row.get("primaryorgsourcedid", "")))
    draft.grades.update(_items(row.get("grades", "")))
    draft.agents.update(_items(row.get("agentsourcedids", "")))


def _add_role(draft: _Draft, role: str, first: bool = False) -> None:
    role = role.casefold()
    if role in draft.roles and first:
        draft.roles.remove(role)
    if role not in draft.roles:
        draft.roles.insert(0 if first else len(draft.roles), role)


# --- the other files ---------------------------------------------------------------------------------------------------------


def _read_roles(files: Sequence[RosterFile], drafts: dict[str, _Draft]) -> None:
    """Roles of 1.2. A deleted role counts only where its user has no other."""
    deleted: list[tuple[_Draft, str]] = []
    for file in (file for file in files if file.table == "roles"):
        _need(file, "userSourcedId", "role")
        for line, row in file.rows():
            draft = drafts.get(_id(file, line, row, "userSourcedId"))
            if draft is None or not row.get("role"):
                continue
            draft.orgs.update(_items(row.get("orgsourcedid", "")))
            draft.grades.update(_items(row.get("grade", "")))
            if row.get("status", "").casefold() == "tobedeleted":
                deleted.append((draft, row["role"]))
            else:
                primary = row.get("roletype", "").casefold() == "primary" or _is_true(row.get("isprimary"))
                _add_role(draft, row["role"], first=primary)
    for draft, role in deleted:
        if not draft.roles:
            _add_role(draft, role)


def _read_demographics(files: Sequence[RosterFile], drafts: dict[str, _Draft]) -> None:
    for file in (file for file in files if file.table == "demographics"):
        if not {"sourcedid", "usersourcedid"} & set(file.columns):
            _need(file, "sourcedId")
        for line, row in file.rows():
            draft = drafts.get(row.get("usersourcedid") or row.get("sourcedid") or "")
            if draft is None:
                continue
            for column, value in row.items():
                if value:
                    draft.demographics.setdefault(_plain(column), value)
            birth_column = next((column for column in row if _plain(column) in ("birthdate", "dateofbirth", "dob")), None)
            if birth_column and draft.birth_date is None:
                draft.birth_date = _day(file, line, birth_column, row[birth_column])


def _read_orgs(files: Sequence[RosterFile]) -> dict[str, str]:
    names: dict[str, str] = {}
    for file in (file for file in files if file.table == "orgs"):
        _need(file, "sourcedId", "name")
        for _, row in file.rows():
            names.setdefault(row.get("sourcedid", ""), row.get("name", ""))
    return names


def _read_enrollments(files: Sequence[RosterFile], drafts: dict[str, _Draft]) -> None:
    for file in (file for file in files if file.table == "enrollments"):
        _need(file, "userSourcedId")
        for line, row in file.rows():
            draft = drafts.get(_id(file, line, row, "userSourcedId"))
            if draft is None:
                continue
            draft.orgs.update(_items(row.get("schoolsourcedid", "")))
            if row.get("role", "").casefold() not in ("", "student"):
                continue
            begin = _day(file, line, "beginDate", row.get("begindate", ""))
            end = _day(file, line, "endDate", row.get("enddate", ""))
            if end is None and row.get("status", "").casefold() == "tobedeleted":
                end = _day(file, line, "dateLastModified", row.get("datelastmodified", ""))  # it ended when it was struck out
            draft.enrollments.add((begin, end))


def _read_agents(files: Sequence[RosterFile], drafts: dict[str, _Draft]) -> set[str]:
    """Add the links of relationships.csv (SDS 2.1) to the agents; returns who is named as somebody's agent, or names a student."""
    for file in (file for file in files if file.table == "relationships"):
        _need(file, "userSourcedId", "relationshipUserSourcedId")
        for _, row in file.rows():
            if draft := drafts.get(row.get("usersourcedid", "")):
                draft.agents.update(_items(row.get("relationshipusersourcedid", "")))
    linked = {agent for draft in drafts.values() for agent in draft.agents}
    return linked | {sid for sid, draft in drafts.items() if any(_is_student(drafts[a]) for a in draft.agents if a in drafts)}


# --- conclusions -------------------------------------------------------------------------------------------------------------


def _is_student(draft: _Draft) -> bool:
    """By role; where no role is known, an enrollment as a student says so too."""
    roles = set(draft.roles)
    known = roles & (STUDENT_ROLES | GUARDIAN_ROLES | STAFF_ROLES)
    return bool(roles & STUDENT_ROLES) or (not known and bool(draft.enrollments))


def _kind(draft: _Draft, linked: bool) -> PersonKind:
    roles = set(draft.roles)
    if _is_student(draft):
        return "student"
    if roles & STAFF_ROLES:
        return "staff"
    return "guardian" if linked or roles & GUARDIAN_ROLES else "staff"


def _guardians(drafts: dict[str, _Draft], kinds: dict[str, PersonKind]) -> dict[str, set[str]]:
    """Who is linked to whom, student → guardians and guardian → students alike; agents are read in both directions."""
    links: dict[str, set[str]] = defaultdict(set)
    for sourced_id, draft in drafts.items():
        for agent in draft.agents & drafts.keys():
            if (kinds[sourced_id] == "student") != (kinds[agent] == "student"):
                links[sourced_id].add(agent)
                links[agent].add(sourced_id)
    return links


def _keys(drafts: dict[str, _Draft], kinds: dict[str, PersonKind], student_key: str) -> dict[str, str]:
    """Each person's key id. Two students with one key are an error; others who share one are told apart by their sourcedId."""
    column = student_key.casefold()
    keys = {sid: draft.cells.get(column) or sid for sid, draft in drafts.items()}
    holders: dict[tuple[PersonKind, str], list[str]] = defaultdict(list)
    for sid, key in keys.items():
        holders[kinds[sid], canonical(key)].append(sid)
    for (kind, _), shared in holders.items():
        if len(shared) == 1:
            continue
        if kind == "student":
            first, second = (drafts[sid] for sid in shared[:2])
            found = f"`{student_key}` has the value that another student has at {first.file}, line {first.line}"
            raise RosterError(second.file, second.line, found, "Name a column in `student_key` that is unique, or mend the export.")
        keys.update({sid: sid for sid in shared})
    return keys


def _person(draft: _Draft, kind: PersonKind, key: str, links: dict[str, set[str]], org_names: dict[str, str]) -> Person:
    sourced_id = draft.cells["sourcedid"]
    linked = tuple(sorted(links.get(sourced_id, ())))
    local_ids, state_ids, ssn = _ids(draft)
    city, *wider = (_demographic(draft, *names) for names in BIRTH_PLACE)
    return Person(
        sourced_id=sourced_id,
        key_id=key,
        kind=kind,
        given=draft.cells.get("givenname", ""),
        family=draft.cells.get("familyname", ""),
        middle=draft.cells.get("middlename", ""),
        preferred_given=draft.cell("preferredgivenname", "preferredfirstname", "preferredname", "nickname", "knownas", "goesby"),
        preferred_family=draft.cell("preferredfamilyname", "preferredlastname"),
        username=draft.cells.get("username", ""),
        emails=_own_values(draft, "email", _is_email_column, r"[;,\s]+"),
        phones=_own_values(draft, "phone", _is_phone_column, r"[;,]"),
        addresses=_addresses(draft),
        birth_date=draft.birth_date or _own_birth_date(draft),
        identifier=draft.cells.get("identifier"),
        local_ids=local_ids,
        state_ids=state_ids,
        ssn=ssn,
        password=draft.cells.get("password"),
        grades=tuple(sorted(draft.grades)),
        schools=tuple(sorted({org_names[org] for org in draft.orgs if org_names.get(org)})),
        guardians=linked if kind == "student" else (),
        wards=() if kind == "student" else linked,
        enrollments=tuple(sorted(draft.enrollments, key=_span_order)) if kind == "student" else (),
        active=draft.active,
        roles=tuple(draft.roles),
        sex=_demographic(draft, "sex", "gender"),
        races=_races(draft),
        birth_place=", ".join(place for place in (city, *wider) if place) or None,
        birth_city=city,
    )


def _span_order(span: Span) -> tuple[date, date]:
    return span[0] or date.min, span[1] or date.max


# --- which of a person's cells is what ----------------------------------------------------------------------------------------

ID_WORDS = ("student", "pupil", "person", "user", "local", "sis", "perm", "staff", "employee", "teacher", "badge", "card", "lunch")
ID_ENDINGS = ("id", "identifier", "number", "num", "nbr", "pin")
OTHERS = ("parent", "guardian", "mother", "father", "emergency", "contact", "doctor", "counselor", "school", "org", "agent")
STANDARD_IDS = (("sourcedid", "sourcedId"), ("identifier", "identifier"), ("usermasteridentifier", "userMasterIdentifier"))
NOT_IDS = frozenset({"sourcedid", "identifier", "usermasteridentifier", "userids", "username", "userprofilesourcedid"})


def _ids(draft: _Draft) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], str | None]:
    """(local ids with their column, state ids, SSN): from the standard's columns, `userIds` pairs and further columns named like ids."""
    local = [(draft.cells[column], name) for column, name in STANDARD_IDS if column in draft.cells]
    pairs = re.findall(r"\{([^{}:]*):([^{}]*)\}", draft.cells.get("userids", ""))
    typed = sorted({(kind.strip(), value.strip()) for kind, value in pairs if value.strip()})
    further = sorted((draft.spelled[column], value) for column, value in draft.cells.items() if _is_id_column(_plain(column)))
    state, ssn = [], None
    for source, kind, value in [(f"userIds.{k}", _plain(k), v) for k, v in typed] + [(c, _plain(c), v) for c, v in further]:
        if _is_ssn(kind):
            ssn = ssn or value
        elif _is_state_id(kind):
            state.append(value)
        else:
            local.append((value, source))
    return tuple(dict.fromkeys(local)), tuple(dict.fromkeys(state)), ssn


@lru_cache(maxsize=4096)
def _is_id_column(plain: str) -> bool:
    if plain in NOT_IDS or any(word in plain for word in OTHERS):
        return False
    named = plain == "id" or (plain.endswith(ID_ENDINGS) and any(word in plain for word in ID_WORDS))
    return not _is_phone_column(plain) and (named or _is_ssn(plain) or (_is_state_id(plain) and plain.endswith(ID_ENDINGS)))


def _is_ssn(plain: str) -> bool:
    return plain.endswith("ssn") or plain.startswith("socialsecurity")


def _is_state_id(plain: str) -> bool:
    return "state" in plain or "ssid" in plain


@lru_cache(maxsize=4096)
def _is_email_column(plain: str) -> bool:
    return "email" in plain and not any(word in plain for word in OTHERS)


@lru_cache(maxsize=4096)
def _is_phone_column(plain: str) -> bool:
    named = any(word in plain for word in ("phone", "mobile")) or plain in ("sms", "cell", "homecell")
    return named and not any(word in plain for word in OTHERS)


def _own_values(draft: _Draft, first: str, wanted: Callable[[str], bool], separator: str) -> tuple[str, ...]:
    """Values of the columns that `wanted` takes, the standard's own (`first`) before all others, each once."""
    columns = sorted((column for column in draft.cells if wanted(_plain(column))), key=lambda column: (column != first, column))
    values = (value.strip() for column in columns for value in re.split(separator, draft.cells[column]))
    return tuple(dict.fromkeys(value for value in values if value and not _is_flag(value)))


def _is_flag(value: str) -> bool:
    """`emailVerified` and its like hold flags, not addresses."""
    return value.casefold() in ("true", "false", "yes", "no", "y", "n", "0", "1")


STREETS = ("", "home", "street", "mailing", "residence", "residential", "physical")
ADDRESS_COLUMNS = frozenset(
    {f"{kind}address{line}" for kind in (*STREETS, "homestreet") for line in ("", "1", "line1", "street")}
    | {f"{kind}street{line}" for kind in STREETS[:2] for line in ("", "1", "line1")}
)


def _addresses(draft: _Draft) -> tuple[str, ...]:
    streets = [draft.plain[name] for name in sorted(ADDRESS_COLUMNS & draft.plain.keys())]
    town = [draft.cell("city", "town", "homecity"), draft.cell("state", "homestate"), draft.cell("zip", "zipcode", "postalcode", "homezip")]
    second = draft.cell("address2", "addressline2", "homeaddress2", "streetaddress2", "street2", "apartment", "unit")
    rest = [part for part in (second, town[0], " ".join(part for part in town[1:] if part)) if part]
    whole = [", ".join([street, *rest]) for street in streets[:1] if rest]
    return tuple(dict.fromkeys([*streets, *whole]))


def _own_birth_date(draft: _Draft) -> date | None:
    """A birth date in a metadata column of users.csv. No column of the standard, so what cannot be read is left alone."""
    return _parse_day(draft.cell("birthdate", "dateofbirth", "dob"))


def _demographic(draft: _Draft, *names: str) -> str | None:
    return next((draft.demographics[name] for name in names if name in draft.demographics), None)


def _races(draft: _Draft) -> tuple[str, ...]:
    flags = [race for race in RACES if _is_true(draft.demographics.get(race.casefold()))]
    codes = [code for column in ("racecodes", "ethnicitycodes") for code in _items(draft.demographics.get(column, ""))]
    return tuple(dict.fromkeys([*flags, *codes]))


# --- cells -------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)  # few columns, asked of every row
def _plain(column: str) -> str:
    """A column's name without prefix, case and punctuation: `metadata.Student_Number` → `studentnumber`."""
    name = re.sub(r"^(metadata|ext)[._ ]", "", column.casefold().strip())
    return "".join(letter for letter in name if letter.isalnum())


def _need(file: RosterFile, *columns: str) -> None:
    for column in columns:
        if column.casefold() not in file.columns:
            close = difflib.get_close_matches(column.casefold(), file.columns, 1)
            mend = f"Rename `{file.header[file.columns.index(close[0])]}`?" if close else "Export the file again with this column."
            raise RosterError(file.name, 1, f"no column `{column}`", mend)


def _id(file: RosterFile, line: int, row: dict[str, str], column: str) -> str:
    if not (value := row.get(column.casefold(), "")):
        raise RosterError(file.name, line, f"`{column}` is blank", "Every row needs it; mend the export or remove the row.")
    return value


def _items(value: str) -> Iterable[str]:
    return [item for part in re.split(r"[,;]", value) if (item := part.strip().strip("\"'"))]


def _is_true(value: str | None) -> bool:
    return (value or "").casefold() in ("true", "1", "yes", "y", "t")


def _is_false(value: str | None) -> bool:
    return (value or "").casefold() in ("false", "0", "no", "n", "f")


def _day(file: RosterFile, line: int, column: str, value: str) -> date | None:
    """A day, None where blank. ISO (a timestamp's day as well), `YYYYMMDD` and the American `M/D/YYYY`."""
    if not value:
        return None
    if (day := _parse_day(value)) is None:
        raise RosterError(file.name, line, f"`{column}` is no date", "Write it as YYYY-MM-DD, or leave it blank.")
    return day


def _parse_day(value: str) -> date | None:
    iso = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?=$|[T ])", value)
    american = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})(?=$| )", value)
    if iso is None and american is None:
        return None
    year, month, day = iso.groups() if iso else (american[3], american[1], american[2])  # type: ignore[index]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
