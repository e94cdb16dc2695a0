"""Which party gives what to which, as a picture; one pair of parties in full."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import queries, words
from dashboards.components import component
from dashboards.markup import Markup, evidence, heading, join, link, table, tag
from dashboards.picture import flow_picture
from dashboards.queries import Edge, Flow, Mart

ROWS = 200


def show(mart: Mart) -> None:
    edges, parties = queries.edges(mart), queries.parties(mart)
    names = {party.party_id: party.name.removeprefix("third_party:") for party in parties}
    asked = (st.query_params.get("from", ""), st.query_params.get("to", ""))
    selected = asked if asked in {(edge.from_party_id, edge.to_party_id) for edge in edges} else None
    st.html(_legend(edges))
    if not edges:
        return
    only_open = st.toggle("Only what nothing authorizes", key="open")
    drawn = [edge for edge in edges if edge.unauthorized] if only_open else edges
    if drawn:
        component("picture")(data=flow_picture(drawn, parties, selected), key="picture")
    flows = queries.flows(mart, *(selected or (None, None)))
    if selected:
        sender, receiver = names.get(selected[0], selected[0]), names.get(selected[1], selected[1])
        about = join([link("Show all flows", "flows", {})])
        st.html(join([heading(f"{sender} to {receiver}", about), _table(flows, names, pair=True)]))
        return
    open_flows = [flow for flow in flows if not flow.authorized]
    if open_flows:
        note = f" The first {ROWS} of {len(open_flows):,}." if len(open_flows) > ROWS else ""
        st.html(
            join(
                [
                    heading("Not authorized", f"Choose a line in the picture to see all its elements.{note}"),
                    _table(open_flows[:ROWS], names),
                ]
            )
        )


def _legend(edges: Sequence[Edge]) -> Markup:
    flows, open_flows = sum(edge.elements for edge in edges), sum(edge.unauthorized for edge in edges)
    return join(
        [
            tag(
                "div",
                join(
                    [
                        tag(
                            "span",
                            join(
                                [
                                    tag("b", f"{flows:,}"),
                                    f" {'flow' if flows == 1 else 'flows'}: one data element from one party to another",
                                ]
                            ),
                        ),
                        tag("span", join([tag("b", f"{open_flows:,}"), " not authorized (red, dashed)"]), "bad" if open_flows else ""),
                        tag("span", "Dashed box: a receiver that no register names", "faint"),
                    ]
                ),
                "legend",
            ),
            tag(
                "p",
                "Data goes from left to right; beside a line stand its data elements and the most people that one of them concerns. "
                "Authorized means: for every person and on every day it was seen.",
                "faint",
            ),
        ]
    )


def _table(flows: Sequence[Flow], names: dict[str, str], pair: bool = False) -> Markup:
    rows = []
    for flow in flows:
        people = f"{flow.subjects:,}" if flow.subjects else "–"
        unresolved = (
            tag("div", f"{words.amount(flow.unresolved_records, 'record')} of nobody known", "faint") if flow.unresolved_records else ""
        )
        status = "authorized" if flow.authorized else tag("span", "NOT AUTHORIZED", "bad")
        way = () if pair else (f"{names.get(flow.from_party_id, flow.from_party_id)} to {names.get(flow.to_party_id, flow.to_party_id)}",)
        rows.append(
            (
                *way,
                join([words.element(flow.data_element), tag("div", flow.data_element, "faint mono slug")]),
                join([people, unresolved]),
                words.days(flow.first_seen_on, flow.last_seen_on),
                join([status, tag("div", flow.reason or "", "faint")]),
                evidence(flow.evidence),
            )
        )
    header = ("Data element", "People", "Seen", "Authorized?", "Evidence")
    return table(header if pair else ("From, to", *header), rows, numbers=(1,) if pair else (2,), css="elements")
