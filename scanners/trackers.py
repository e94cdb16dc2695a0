"""Cookies and storage items: do they hold a student's value, and who else was sent it? Rows without the value itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from scanners import shapes, vocabulary
from scanners.columns import columns_of
from scanners.derived import decode
from scanners.fold import local_day
from scanners.header import words
from scanners.redact import Redactor
from scanners.roster_index import Hit, RosterIndex
from scanners.schemas import TextTable

DIGEST_LENGTH = 8
LONGEST = 4096
SURE = ("email", "ssn", "digest", "name", "username", "id", "state_id", "phone")
LAST_FOREVER = ("local_storage", "indexed_db", "service_worker")
ONE_TIME = frozenset({"state", "nonce"})
"""Parameters of a log-in at another site (OAuth 2.0, RFC 6749 section 10.12; OpenID Connect): made for one request, of no user."""

EPOCH = re.compile(r"1[4-9]\d{8}(?:\d{3}|\d{6})?(?:\.\d{1,6})?")  # since 2014
VERSION = re.compile(r"v?\d{1,4}(?:\.\d{1,4}){1,3}")
LISTS = re.compile(r"[,;=]")
BREAKS = re.compile(r"[.|:~!$,;&]")

Token = Callable[..., str]
Row = dict[str, object]


def tracker_rows(table: TextTable, index: RosterIndex, zone: ZoneInfo, token: Token) -> Iterator[Row]:
    """One row a cookie or storage item as the capture shows it."""
    redactor = Redactor(index)
    days = table.times.to_pylist() if table.times is not None else [None] * table.data.num_rows
    for row, time in zip(table.data.to_pylist(), days, strict=True):
        value = row["value"] or ""
        elements = student_elements(value, index)
        yield {
            "page_host": row["page_host"],
            "host": row["host"],
            "name": redactor.path(row["name"] or ""),
            "storage": row["storage"],
            "persistent": _lasts(row, time),
            "expires_on": local_day(row["expires_at"], zone) if row["expires_at"] else None,
            "contains_pii": bool(elements),
            "data_elements": elements,
            "set_on": local_day(time, zone) if time else None,
            "value_digest": _digest(value, token),
            "identifying": identifying(value),
        }


def _digest(value: str, token: Token) -> str | None:
    return token("tracker", value) if len(value) >= DIGEST_LENGTH else None


def _lasts(row: Row, time: str | None) -> bool | None:
    """Does the item outlive the session? A cookie without a value, or with an end that has passed, is one taken away (Max-Age=0)."""
    if row["storage"] in LAST_FOREVER:
        return True
    if row["persistent"] is None:
        return None
    if not row["value"]:
        return False
    ends, begins = _moment(row["expires_at"]), _moment(time)
    return row["persistent"] == "true" and not (ends is not None and (ends <= begins if begins else ends.year < 1990))


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def student_elements(value: str, index: RosterIndex) -> list[str]:
    """The data elements of students, and of their guardians, that a value holds, decoded or as it stands.

    A user name that is its student's id as well counts as the user name: it is the log-in, and nothing else was added to it.
    """
    found: set[str] = set()
    for text in [value, *(part.value for part in decode(value))]:
        hits = [h for h in index.hits(text) if h.attribute not in ("id", "username") or len(text.strip()) >= 5 or h.derivation]
        login = {h.person for h in hits if h.attribute == "username"}
        found |= _elements([h for h in hits if not (h.person in login and h.attribute in ("id", "state_id"))], index)
        for mention in index.mentions(text):
            found |= _elements(mention.hits, index)
    return sorted(found)


def _elements(hits: Sequence[Hit], index: RosterIndex) -> set[str]:
    kinds = [(h.attribute, index.people[h.person].kind) for h in hits]
    return {vocabulary.element(attribute, kind) for attribute, kind in kinds if kind in ("student", "guardian")}


# -- who else was sent it -------------------------------------------------------------------------------------------------------


def identifying(value: str) -> bool:
    """Can this value tell one browser from another? Eight characters and more that are no word, flag, time, version or address.

    A number needs eight digits, anything else two digits or a mixture of cases that no word has.
    """
    text = value.strip()
    if not DIGEST_LENGTH <= len(text) <= LONGEST or any(c.isspace() for c in text) or _says_something(text):
        return False
    if shapes.is_url(text) or shapes.is_host(text) or shapes.is_email(text) or text[0] in "{[" or LISTS.search(text.rstrip("=")):
        return False
    digits = sum(c.isdigit() for c in text)
    if re.fullmatch(r"[\d.,]+", text):
        return digits >= 8
    if digits >= 2:
        return len(set(text)) >= 5
    return len(text) >= 16 and len(re.findall(r"[a-z][A-Z]|[A-Z][a-z]", text)) >= 4 and re.fullmatch(r"[\w+/=-]+", text) is not None


def _says_something(text: str) -> bool:
    return bool(EPOCH.fullmatch(text) or VERSION.fullmatch(text)) or shapes.is_flag(text) or shapes.is_date(text) or shapes.is_ip(text)


def pieces(value: str) -> set[str]:
    """What of a value identifies: itself, what it decodes to, and what follows a prefix (`GA1.2.` of Google's client id)."""
    texts = [value, *(part.value for part in decode(value))]
    tails = [text[m.end() :] for text in texts if len(text) <= 200 for m in BREAKS.finditer(text)]
    return {piece.strip() for piece in (*texts, *tails) if identifying(piece)}


@dataclass(frozen=True)
class Carried:
    """A column of requests of a capture that carried (a piece of) a tracker's value."""

    digest: str
    host: str
    path: str
    day: date | None


def sent_values(trackers: Sequence[TextTable], requests: Sequence[TextTable], zone: ZoneInfo, token: Token) -> list[Carried]:
    """Which hosts a capture shows receiving an identifying value of its own cookies and storage items, in any part of a request.

    A request's own cookies are among them. What a host reads back of what it set itself is told apart in lineage, by domains.
    """
    owners: dict[str, set[str]] = {}
    for table in trackers:
        for value in set(table.data.column("value").to_pylist()):
            for piece in pieces(value) if value else ():
                owners.setdefault(piece, set()).add(token("tracker", value))
    found = {it: None for table in requests if table.receiver and owners for it in _carried(table, owners, zone)}
    return list(found)


def _carried(table: TextTable, owners: dict[str, set[str]], zone: ZoneInfo) -> Iterator[Carried]:
    times = table.times.to_pylist() if table.times is not None else []
    for column in columns_of(table):
        if words(column.header)[-1:] and words(column.header)[-1] in ONE_TIME:
            continue
        for code, value in enumerate(column.values):
            digests = {d for text in (value, *(p.value for p in decode(value))) for d in owners.get(text.strip(), ())}
            if digests:
                row = int((column.codes == code).argmax())
                day = local_day(times[row], zone) if times and times[row] else None
                yield from (Carried(digest, str(table.receiver), column.path, day) for digest in sorted(digests))
