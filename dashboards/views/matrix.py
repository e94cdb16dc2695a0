"""The first page: every clause and party at a glance, and one clause of one party in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboards import queries, words
from dashboards.advice import advice
from dashboards.export import to_csv
from dashboards.markup import Markup, evidence, heading, join, link, severity, table, tag, verdict
from dashboards.queries import Cell, Mart, Party, Place, Result

PLACES, SUBJECTS = 100, 50
"""Rows on the page; the download has all."""

WIDE = 10
"""More parties than this have their names upright."""


def show(mart: Mart) -> None:
    clause, party = st.query_params.get("clause"), st.query_params.get("party")
    cells = queries.cells(mart)
    if clause in {cell.clause for cell in cells}:
        show_clause(mart, str(clause), party)
    else:
        show_matrix(cells, queries.parties(mart))


def show_matrix(cells: Sequence[Cell], parties: Sequence[Party]) -> None:
    st.html(legend(cells))
    if st.toggle("Only parties and clauses that fail somewhere", key="failing"):
        failing = [cell for cell in cells if cell.verdict == "FAIL"]
        rows, columns = {cell.clause for cell in failing}, {cell.party_id for cell in failing}
        cells = [cell for cell in cells if cell.clause in rows and cell.party_id in columns]
    if cells:
        st.html(matrix(cells, parties))
    else:
        st.html(tag("p", "Nothing fails."))


def legend(cells: Sequence[Cell]) -> Markup:
    counts = Counter(cell.verdict for cell in cells)
    words_ = [
        tag("span", join([verdict(name), " ", tag("b", f"{counts[name]:,}"), " ", tag("span", says, "faint")]))
        for name, (_, says) in words.VERDICTS.items()
    ]
    hint = tag(
        "p",
        "Each cell shows the worst verdict of the clause's controls. Choose a cell to see what was found, where, and what to do.",
        "faint",
    )
    return join([tag("div", join(words_), "legend"), hint])


def matrix(cells: Sequence[Cell], parties: Sequence[Party]) -> Markup:
    """Clauses down, parties across: the verdict as a colour and as a word, and how many violations."""
    at = {(cell.clause, cell.party_id): cell for cell in cells}
    shown = [party for party in parties if any(cell.party_id == party.party_id for cell in cells)]
    head = join(tag("th", link(party.name, "parties", {"party": party.party_id}), scope="col") for party in shown)
    rows = []
    clauses = sorted({cell.clause for cell in cells}, key=in_order)
    for section, about in words.SECTIONS.items():
        mine = [clause for clause in clauses if clause.split(".")[0] == section]
        if mine:
            rows.append(tag("tr", tag("th", f"{section}  {about}", colspan=str(len(shown) + 1)), "section"))
        for clause in mine:
            name = tag("th", link(join([tag("b", clause), words.CLAUSES.get(clause, "")]), "", {"clause": clause}), scope="row")
            rows.append(tag("tr", join([name, *(tag("td", _cell(at.get((clause, party.party_id)), party)) for party in shown)])))
    return tag(
        "div",
        tag(
            "table",
            join([tag("thead", tag("tr", join([tag("th", "Clause"), head]))), tag("tbody", join(rows))]),
            "matrix many" if len(shown) > WIDE else "matrix",
        ),
        "scroll",
    )


def in_order(clause: str) -> tuple[int, str]:
    section = clause.split(".")[0]
    return list(words.SECTIONS).index(section) if section in words.SECTIONS else len(words.SECTIONS), clause


def _cell(cell: Cell | None, party: Party) -> Markup | str:
    if cell is None:
        return ""
    word = words.VERDICTS.get(cell.verdict, (cell.verdict, ""))[0]
    note = f"{cell.violations:,} found" if cell.failing else f"{cell.inconclusive} of {cell.controls}" if cell.inconclusive else ""
    note += ", waived" if cell.waived else ""
    title = (
        f"{cell.clause}, {party.name}: {words.amount(cell.controls, 'control')}, {cell.failing} failing, {cell.inconclusive} unclear; "
        f"{words.amount(cell.violations, 'violation')}"
    )
    query = {"clause": cell.clause, "party": cell.party_id}
    return link(join([word, tag("small", note)]), "", query, f"cell {cell.verdict}", title)


def show_clause(mart: Mart, clause: str, party_id: str | None) -> None:
    names = {party.party_id: party.name for party in queries.parties(mart)}
    party_id = party_id if party_id in names else None
    results = queries.results(mart, clause, party_id)
    crumbs = [link("Matrix", "", {}), f"{clause} {words.CLAUSES.get(clause, '')}"]
    if party_id:
        crumbs = [crumbs[0], link(crumbs[1], "", {"clause": clause}), link(names[party_id], "parties", {"party": party_id})]
    st.html(tag("div", join(crumbs, "  ›  "), "crumbs"))
    title = f"{clause}  {words.CLAUSES.get(clause, '')}" + (f": {names[party_id]}" if party_id else "")
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.html(join([tag("h2", title), heading("What the clause asks"), *_rules(mart, clause)]))
        header, rows = queries.violations_all(mart, clause, party_id)
        if rows:
            st.download_button(
                f"Download all {words.amount(len(rows), 'violation')} (CSV)",
                to_csv(header, rows),
                f"violations-{clause}{'-' + party_id if party_id else ''}.csv",
                "text/csv",
                on_click="ignore",
            )
    with right:
        for result in results:
            _show_result(mart, result, name_it=party_id is None)


def _rules(mart: Mart, clause: str) -> list[Markup]:
    rules = []
    for control in queries.controls(mart, clause):
        told = advice().get(control.control_id)
        rules.append(
            tag(
                "div",
                join(
                    [
                        tag("div", join([tag("b", control.title), " ", severity(control.severity)])),
                        tag("div", join([tag("span", control.control_id, "mono"), " · ", control.law]), "faint"),
                        tag("div", join([tag("b", "If it fails: "), told.means]), "faint") if told else "",
                        tag("div", join([tag("b", "What to do: "), told.mend])) if told else "",
                    ]
                ),
                "rule",
            )
        )
    return rules


def _show_result(mart: Mart, result: Result, name_it: bool) -> None:
    named = [link(result.party, "", {"clause": result.control_id.rsplit(".", 1)[0], "party": result.party_id})] if name_it else []
    waived = [tag("span", f"waived until {words.day(result.waived_until)}", "badge NOT_APPLICABLE")] if result.waived_until else []
    grave = [severity(result.severity)] if result.verdict == "FAIL" else []
    first = join([verdict(result.verdict), *grave, *waived, *named, tag("span", result.control_id, "mono faint")], " ")
    found = []
    if result.violations:
        people = f" about {words.amount(result.subjects, 'person', 'people')}" if result.subjects else ""
        found = [tag("p", tag("b", f"{words.amount(result.violations, 'violation')}{people}."))]
    rests_on = tag("div", join(["Evidence: ", evidence(result.evidence)]), "faint") if result.evidence.file_id else ""
    places = [] if name_it or not result.violations else queries.violations_by_place(mart, result.control_id, result.party_id, PLACES + 1)
    body = [tag("div", first), tag("p", result.reason), *found, rests_on]
    st.html(tag("div", join([*body, _places(places[:PLACES], result) if places else ""]), "control"))
    if len(places) > PLACES:
        st.html(tag("p", f"The {PLACES} most frequent places; the download has all.", "faint"))
    if places and result.subjects:
        with st.expander(f"By person: pseudonyms of {words.amount(result.subjects, 'person', 'people')}"):
            st.html(_subjects(mart, result))


def _places(places: Sequence[Place], result: Result) -> Markup:
    rows = [
        (
            join([it.place or "–", tag("div", it.detail or "", "faint")]),
            words.element(it.data_element) if it.data_element else "–",
            f"{it.violations:,}",
            f"{it.subjects:,}" if it.subjects else "–",
            evidence(it.evidence),
        )
        for it in places
    ]
    return table(
        ("Where, and what was found there", "Data element", "Violations", "People", "Evidence"), rows, numbers=(2, 3), css="violations"
    )


def _subjects(mart: Mart, result: Result) -> Markup:
    rows = [
        (tag("span", it.subject_key, "mono"), f"{it.violations:,}", ", ".join(words.element(slug) for slug in it.elements) or "–")
        for it in queries.violations_by_subject(mart, result.control_id, result.party_id, SUBJECTS)
    ]
    note = "Pseudonyms, made with the district's key: this page cannot tell who they are."
    more = f" The {SUBJECTS} with the most violations; the download has all." if result.subjects > SUBJECTS else ""
    return join([tag("p", note + more, "faint"), table(("Pseudonym", "Violations", "Data elements"), rows, numbers=(1,), css="subjects")])
