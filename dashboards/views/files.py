"""What was delivered and what became of it: the files that could not be read, and what one file was taken for."""

from __future__ import annotations

import streamlit as st

from dashboards import queries, words
from dashboards.markup import Markup, heading, join, link, table, tag
from dashboards.queries import File, Mart
from dashboards.views.parties import delivery_table

ROWS = 300


def show(mart: Mart) -> None:
    file = queries.file(mart, st.query_params.get("file", ""))
    names = {party.party_id: party.name for party in queries.parties(mart)}
    if file:
        show_file(mart, file, names)
        return
    st.html(_legend(queries.file_states(mart)))
    for state, sentence in (("quarantined", "No file was refused."), ("partly_scanned", "No file was read only in part.")):
        files = queries.files_in(mart, [state])
        title = {"quarantined": "Quarantined: not read", "partly_scanned": "Read in part"}[state]
        st.html(join([heading(title), _table(files, names) if files else tag("p", sentence, "faint")]))
    with st.expander("Duplicates and files that were read"):
        st.html(_table(queries.files_in(mart, ["duplicate", "scanned"]), names))
    st.html(join([heading("Deliveries"), delivery_table(queries.deliveries(mart))]))


def _legend(states: dict[str, int]) -> Markup:
    parts = [
        tag(
            "span",
            join([tag("b", f"{states.get(state, 0):,}"), " ", word, tag("span", f" ({says})", "faint")]),
            "bad" if state == "quarantined" and states.get(state) else "",
        )
        for state, (word, says) in words.STATES.items()
    ]
    return join(
        [tag("div", join(parts), "legend"), tag("p", "Every file that was delivered ends in exactly one of these states.", "faint")]
    )


def _table(files: list[File], names: dict[str, str]) -> Markup:
    rows = [
        (
            link(it.path, "files", {"file": it.file_id}),
            names.get(it.party_id, it.party_id),
            words.day(it.received_on),
            it.kind,
            words.STATES.get(it.status, (it.status, ""))[0],
            it.reason or "–",
            f"{it.records:,}" if it.records is not None else "–",
        )
        for it in files[:ROWS]
    ]
    more = tag("p", f"The first {ROWS} of {len(files):,}.", "faint") if len(files) > ROWS else ""
    return join([table(("File", "Party", "Received", "Kind", "State", "Reason", "Records"), rows, numbers=(6,), css="files"), more])


def show_file(mart: Mart, file: File, names: dict[str, str]) -> None:
    st.html(tag("div", join([link("Files", "files", {}), file.path], "  ›  "), "crumbs"))
    word, says = words.STATES.get(file.status, (file.status, ""))
    party = link(names.get(file.party_id, file.party_id), "parties", {"party": file.party_id})
    facts = join(
        [
            party,
            f"delivered {words.day(file.received_on)}",
            file.kind,
            file.format or "",
            words.size(file.bytes),
            f"{word}: {file.reason or says}",
        ],
        " · ",
    )
    st.html(join([tag("h2", file.path), tag("p", facts)]))
    fields = queries.fields_of(mart, file.file_id)
    rows = [
        (
            it.field_path,
            words.element(it.data_element) if it.data_element != "none" else tag("span", "none", "faint"),
            f"{it.pii_class}, {it.subject_kind}" if it.subject_kind and it.data_element != "none" else it.pii_class,
            f"{it.records:,}" if it.records is not None else "–",
            f"{it.distinct_values:,}" if it.distinct_values is not None else "–",
            join([tag("div", why) for why in it.why or []]) or "–",
        )
        for it in fields
    ]
    about = "What each field was taken for, and why. Counts only: no value of the file is kept."
    header = ("Field", "Data element", "Class, about whom", "Records", "Different values", "Why")
    st.html(
        join(
            [
                heading("Fields", about),
                table(header, rows, numbers=(3, 4), css="fields") if rows else tag("p", "No field is on record for this file.", "faint"),
            ]
        )
    )
