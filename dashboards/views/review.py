"""What people have to look at: fields that no detector could tell, and decisions that settle nothing.

A line for decisions.csv is written as far as it is known; whose word it is, why, and until when, is for a person to say.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import groupby

import streamlit as st

from dashboards import queries, words
from dashboards.export import FORMULA
from dashboards.markup import Markup, evidence, heading, join, link, table, tag
from dashboards.queries import Decision, Mart, Undetermined

COLUMNS = ("party_id", "path", "field_path", "data_element", "because", "decided_by", "until")
"""Of decisions.csv, in the order of its lines here."""
ROWS = 300
HOW = (
    "A detector saw something in these fields, and none could tell what they are. Look at the field in the delivered file. Then copy its "
    "line into decisions.csv and complete it: what the field is (a data element, or none), because of what, who says so, and until when. "
    "From the next night on the line counts, in every delivery of the party that has such a file. A guess that is filled in is only that."
)
BY_HAND = "A name that a spreadsheet would run as a formula is left out here: write its line in a text editor."


def show(mart: Mart) -> None:
    names = {party.party_id: party.name for party in queries.parties(mart)}
    decisions = queries.decisions(mart)
    if idle := [it for it in decisions if it.status != "applied"]:
        st.html(join([tag("h2", "Decisions that settle nothing"), _decisions(idle, names)]))
    _show_fields(queries.undetermined(mart), names)
    if applied := [it for it in decisions if it.status == "applied"]:
        with st.expander(f"In force: {words.amount(len(applied), 'decision')}"):
            st.html(_decisions(applied, names))


def _show_fields(fields: Sequence[Undetermined], names: dict[str, str]) -> None:
    about = HOW if fields else "No field waits for anybody: of each one some detector is sure, or none saw anything."
    title = f"For review: {words.amount(len(fields), 'field')}" if fields else "For review"
    st.html(join([tag("h2", title), tag("p", about)]))
    for party_id, of_party in groupby(fields, key=lambda it: it.party_id):
        _show_party(party_id, list(of_party), names)


def _show_party(party_id: str, fields: Sequence[Undetermined], names: dict[str, str]) -> None:
    rows = [
        (
            it.field_path,
            join([evidence(it.evidence), tag("div", f"and {words.amount(it.files - 1, 'file')} more", "faint") if it.files > 1 else ""]),
            _number(it.records),
            _number(it.distinct_values),
            it.why,
            words.element(it.data_element) if it.data_element != "none" else "–",
        )
        for it in fields[:ROWS]
    ]
    title = join([link(names.get(party_id, party_id), "parties", {"party": party_id}), f": {words.amount(len(fields), 'field')}"])
    more = f"The first {ROWS} of {len(fields):,}." if len(fields) > ROWS else ""
    header = ("Field", "Last file", "Records", "Different values", "What is known", "Guess")
    st.html(join([heading(title, more), table(header, rows, numbers=(2, 3), css="review")]))
    written = [it for it in fields[:ROWS] if not (it.field_path.startswith(FORMULA) or it.decision_path.startswith(FORMULA))]
    st.caption("Lines for decisions.csv" + (f". {BY_HAND}" if len(written) < len(fields[:ROWS]) else ""))
    st.code(lines(written), language=None, wrap_lines=True)


def lines(fields: Iterable[Undetermined]) -> str:
    """A header and one line a field. Without a guess the element is left blank: such a line is refused until somebody completes it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for it in fields:
        guess = it.data_element if it.data_element != "none" else ""
        writer.writerow((it.decision_party_id, it.decision_path, it.field_path, guess, "", "", ""))
    return target.getvalue()


def _decisions(decisions: Sequence[Decision], names: dict[str, str]) -> Markup:
    rows = [
        (
            f"{it.line:,}",
            link(names.get(it.party_id, it.party_id), "parties", {"party": it.party_id}),
            join([it.field_path, tag("div", it.path, "faint mono")]),
            words.element(it.data_element),
            join([it.decided_by or "–", tag("div", f"until {words.day(it.until)}" if it.until else "without end", "faint")]),
            _status(it.status),
            f"{it.fields:,}",
            it.reason,
        )
        for it in decisions[:ROWS]
    ]
    header = ("Line", "Party", "Field and path", "Is", "Decided by", "State", "Fields", "How far it came")
    return table(header, rows, numbers=(0, 6), css="decisions")


def _status(status: str) -> Markup:
    word, says = words.DECISIONS.get(status, (status, ""))
    return tag("span", word, "" if status == "applied" else "bad", title=says)


def _number(count: int | None) -> str:
    return f"{count:,}" if count is not None else "–"
