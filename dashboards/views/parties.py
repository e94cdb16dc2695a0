"""One party: what it may have, what it has, what it delivered, what it sets in browsers, and what it must give up."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import queries, words
from dashboards.markup import Markup, evidence, heading, join, link, table, tag, verdict
from dashboards.queries import Delivery, Element, Mart, Party
from dashboards.views.matrix import in_order


def show(mart: Mart) -> None:
    parties = queries.parties(mart)
    if not parties:
        st.html(tag("p", "No party is on record."))
        return
    party = _chosen(parties)
    names = {it.party_id: it.name for it in parties}
    st.html(join([_about(mart, party, names), _verdicts(mart, party)]))
    if party.kind != "third_party":
        st.html(join([heading("Agreements"), _agreements(mart, party)]))
    st.html(
        join(
            [
                heading("Data elements", "What its agreements list beside what was seen with it."),
                _elements(queries.elements(mart, party.party_id)),
            ]
        )
    )
    st.html(join([heading("Deliveries"), delivery_table(queries.deliveries(mart, party.party_id))]))
    st.html(join([heading("Trackers", "Cookies and storage that its pages were seen to set."), _trackers(mart, party)]))
    st.html(join([heading("Retention", "What it holds, by how long that may be kept."), _retention(mart, party)]))


def _chosen(parties: Sequence[Party]) -> Party:
    """The party of the address; choosing another one changes the address."""
    ids = [party.party_id for party in parties]
    asked = st.query_params.get("party")
    start = ids.index(asked) if asked in ids else min(1, len(ids) - 1)
    picked = st.selectbox(
        "Party",
        ids,
        index=start,
        format_func=lambda party_id: f"{parties[ids.index(party_id)].name} ({words.KINDS.get(parties[ids.index(party_id)].kind, '')})",
        key=f"party-{ids[start]}",
    )
    if picked != ids[start]:
        st.query_params.from_dict({"party": picked})
        st.rerun()
    return parties[start]


def _about(mart: Mart, party: Party, names: dict[str, str]) -> Markup:
    lines = [words.KINDS.get(party.kind, party.kind), *([f"hosts: {', '.join(party.domains)}"] if party.domains else [])]
    works = []
    for it in queries.subprocessors(mart, party.party_id):
        limits = f" ({', '.join(words.element(slug) for slug in it.elements)})" if it.elements else ""
        other = it.subprocessor_id if it.party_id == party.party_id else it.party_id
        verb = "Gives data to its subprocessor " if it.party_id == party.party_id else "Works as a subprocessor for "
        works.append(tag("div", join([verb, link(names.get(other, other), "parties", {"party": other}), limits])))
    return join([tag("h2", party.name), tag("p", " · ".join(lines), "faint"), *works])


def _verdicts(mart: Mart, party: Party) -> Markup | str:
    found = queries.verdicts_of_party(mart, party.party_id)
    if not found:
        return tag("p", "No register names this receiver, so it has no verdicts of its own: those are with whoever gave it data.", "faint")
    chips = [
        tag(
            "span",
            join(
                [
                    link(clause, "", {"clause": clause, "party": party.party_id}, title=words.CLAUSES.get(clause, "")),
                    " ",
                    verdict(found[clause]),
                ]
            ),
        )
        for clause in sorted(found, key=in_order)
    ]
    return tag("div", join(chips), "legend")


def _agreements(mart: Mart, party: Party) -> Markup:
    rows = [
        (
            it.agreement_id,
            f"{words.day(it.valid_from)} – {words.day(it.valid_to)}",
            words.amount(it.elements, "element"),
            ", ".join(words.plain(purpose) for purpose in it.purposes) or "–",
        )
        for it in queries.agreements(mart, party.party_id)
    ]
    return table(("Agreement", "In force", "Lists", "Purposes"), rows) if rows else _none("No agreement lists a data element.")


def _elements(elements: Sequence[Element]) -> Markup:
    rows = []
    for it in elements:
        listed = it.valid_from is not None or it.valid_to is not None
        if it.authorized is False:
            status = join([tag("span", "NOT AUTHORIZED", "bad"), tag("div", it.reason or "", "faint")])
        else:
            status = tag("span", "listed, not seen" if it.subjects is None else "authorized")
        rows.append(
            (
                join([words.element(it.data_element), tag("div", it.data_element, "faint mono slug")]),
                f"{words.day(it.valid_from)} – {words.day(it.valid_to)}" if listed else "not listed",
                f"{it.subjects:,}" if it.subjects is not None else "–",
                words.days(it.first_seen_on, it.last_seen_on) if it.subjects is not None else "not seen",
                status,
            )
        )
    return (
        table(("Data element", "Agreed", "People", "Seen", "Authorized?"), rows, numbers=(2,), css="elements")
        if rows
        else _none("Nothing agreed and nothing seen.")
    )


def delivery_table(deliveries: Sequence[Delivery]) -> Markup:
    rows = [
        (
            it.delivery_id,
            words.day(it.received_on),
            f"{it.files:,}",
            *(f"{number:,}" if number else "–" for number in (it.quarantined, it.partly_scanned, it.duplicates)),
            words.size(it.bytes),
        )
        for it in deliveries
    ]
    header = ("Delivery", "Received", "Files", "Quarantined", "Partly read", "Duplicates", "Size")
    return table(header, rows, numbers=(2, 3, 4, 5, 6), css="deliveries") if rows else _none("Nothing was delivered.")


def _trackers(mart: Mart, party: Party) -> Markup:
    rows = [
        (
            it.name,
            join([it.host, tag("div", "another party's", "bad") if it.third_party else ""]),
            words.STORAGE.get(it.storage, it.storage),
            f"until {words.day(it.expires_on)}" if it.expires_on else "stays" if it.persistent else "this session",
            tag("span", "shows who it is", "bad") if it.contains_pii else words.yes(it.contains_pii),
            words.amount(it.captures, "file"),
            evidence(it.evidence),
        )
        for it in queries.trackers(mart, party.party_id)
    ]
    return (
        table(("Name", "Host", "Kept as", "How long", "Student data in it", "Seen in", "Last evidence"), rows)
        if rows
        else _none("No capture shows any.")
    )


def _retention(mart: Mart, party: Party) -> Markup:
    bad = ("overdue", "destroyed_early")
    rows = [
        (
            words.plain(it.category),
            f"{it.subjects:,}",
            words.day(it.due_on),
            tag("span", words.RETENTION.get(it.status, it.status), "bad" if it.status in bad else ""),
        )
        for it in queries.retention(mart, party.party_id)
    ]
    return (
        table(("Category", "People", "Due", "Status"), rows, numbers=(1,))
        if rows
        else _none("It holds nothing that a retention rule covers.")
    )


def _none(sentence: str) -> Markup:
    return tag("p", sentence, "faint")
