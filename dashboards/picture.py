"""The flows as a picture: parties in columns, the district on the left, data going right; an SVG of our own that needs nothing else.

A party stands one column right of the last one that gives to it. Every flow into a party arrives on a line of its own with its words
above it, so that labels never lie on each other. What nothing authorizes is red *and* dashed *and* says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log10

from dashboards import words
from dashboards.markup import Markup, join, link, tag
from dashboards.queries import Edge, Party

BOX, GAP, LINE, SPACE, RUNWAY = 176, 310, 24, 14, 200
"""Pixels: width of a party, between columns, between two arrivals at one party, between two parties of a column, and the straight end of
a line under its words."""

RED, GREY, INK, FAINT = "#b42318", "#5b7083", "#17212b", "#5f6b76"


@dataclass(eq=False)
class _Node:
    """A party, or (without one) the place where a long flow passes a column."""

    column: int
    party: Party | None
    arrivals: list[_Hop] = field(default_factory=list)
    departures: list[_Hop] = field(default_factory=list)
    y: float = 0

    @property
    def height(self) -> float:
        if self.party is None:
            return LINE
        return max(46, LINE * len(self.arrivals) + 10, 12 * len(self.departures) + 10)

    @property
    def left(self) -> float:
        return self.column * (BOX + GAP)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(eq=False)
class _Hop:
    """A piece of a flow between two neighbouring columns, drawn from left to right. `back`: the data goes the other way."""

    edge: Edge
    tail: _Node
    head: _Node
    back: bool
    start: float = 0
    end: float = 0


def flow_picture(edges: Sequence[Edge], parties: Sequence[Party], selected: tuple[str, str] | None = None) -> Markup:
    """SVG of the flows. Each one is a link that selects it, `?from=…&to=…`."""
    nodes, hops = _layout(edges, {party.party_id: party for party in parties})
    columns = max((node.column for node in nodes), default=0) + 1
    beside = any(hop.tail.column == hop.head.column for hop in hops)  # their words stand right of the column
    width = columns * BOX + (columns - 1) * GAP + beside * RUNWAY
    height = max((node.y + node.height for node in nodes), default=0) + 8
    names = {party.party_id: party.name for party in parties}
    drawn: dict[Edge, list[_Hop]] = {}
    for hop in hops:
        drawn.setdefault(hop.edge, []).append(hop)
    in_order = sorted(drawn, key=lambda edge: (edge.unauthorized > 0, (edge.from_party_id, edge.to_party_id) == selected))
    return tag(
        "svg",
        join([*(_flow(edge, drawn[edge], names, selected) for edge in in_order), *(_box(node) for node in nodes if node.party)]),
        "flows",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"-4 -4 {width + 8:g} {height + 4:g}",
        style=f"width:100%;min-width:{width * 0.8:g}px;max-width:{width * 1.1:g}px",
        role="group",
        aria_label="Which party gives student data to which",
    )


def columns_of(edges: Sequence[Edge]) -> dict[str, int]:
    """Party → column: the longest way from the district along flows that do not lead back towards it."""
    distance = _distances(edges)
    forward = [edge for edge in edges if not _leads_back(edge, edges, distance)]
    column = {party: int(party != "district") for edge in edges for party in (edge.from_party_id, edge.to_party_id)}
    for _ in column:
        for edge in forward:
            column[edge.to_party_id] = max(column[edge.to_party_id], column[edge.from_party_id] + 1)
    return column


def _leads_back(edge: Edge, edges: Sequence[Edge], distance: dict[str, int]) -> bool:
    """To a party nearer the district; of parties equally near that give to each other in a circle, to the first by name."""
    start, end = (distance.get(party, len(distance)) for party in (edge.from_party_id, edge.to_party_id))
    circle = start == end and edge.from_party_id >= edge.to_party_id and edge.from_party_id in _reachable(edge.to_party_id, edges)
    return start > end or circle


def _distances(edges: Sequence[Edge]) -> dict[str, int]:
    """Party → flows between it and the district, of those that the district's data reaches."""
    distance = {"district": 0}
    reached = ["district"]
    for party in reached:
        for edge in edges:
            if edge.from_party_id == party and edge.to_party_id not in distance:
                distance[edge.to_party_id] = distance[party] + 1
                reached.append(edge.to_party_id)
    return distance


def _reachable(party: str, edges: Sequence[Edge]) -> set[str]:
    found = [party]
    for it in found:
        found += [edge.to_party_id for edge in edges if edge.from_party_id == it and edge.to_party_id not in found]
    return set(found)


def _layout(edges: Sequence[Edge], parties: dict[str, Party]) -> tuple[list[_Node], list[_Hop]]:
    column = columns_of(edges)
    unknown = {party: Party(party, party, "third_party", None, []) for party in column if party not in parties}
    at = {party: _Node(column[party], {**parties, **unknown}[party]) for party in column}
    nodes, hops = list(at.values()), []
    for edge in edges:
        ends = at[edge.from_party_id], at[edge.to_party_id]
        back = ends[0].column >= ends[1].column
        tail, head = reversed(ends) if back else ends
        if tail.column == head.column:
            hops.append(_Hop(edge, ends[0], ends[1], back=False))
            continue
        for step in range(tail.column + 1, head.column + 1):
            stop = head if step == head.column else _Node(step, None)
            if stop is not head:
                nodes.append(stop)
            hop = _Hop(edge, tail, stop, back)
            tail.departures.append(hop)
            stop.arrivals.append(hop)
            hops.append(hop)
            tail = stop
    _place(nodes)
    for node in nodes:
        _fan(node)
    return nodes, hops


def _place(nodes: list[_Node]) -> None:
    """Top-down positions: each column in the order of where its data comes from, centred on the highest column."""
    columns: dict[int, list[_Node]] = {}
    for node in nodes:
        columns.setdefault(node.column, []).append(node)
    for number in sorted(columns):
        columns[number].sort(key=_order)
        _stack(columns[number], 0)
    for number in sorted(columns, reverse=True):  # and once back, by where it goes
        columns[number].sort(key=lambda node: (_mean([hop.head.middle for hop in node.departures], node.middle), node.y))
        _stack(columns[number], 0)
    highest = max((column[-1].y + column[-1].height for column in columns.values()), default=0)
    for column in columns.values():
        _stack(column, (highest - column[-1].y - column[-1].height) / 2)


def _order(node: _Node) -> tuple[float, str]:
    name = node.party.name.lower() if node.party else node.arrivals[0].edge.to_party_id
    return _mean([hop.tail.middle for hop in node.arrivals], 0), name


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _stack(column: list[_Node], top: float) -> None:
    for node in column:
        node.y = top
        top += node.height + SPACE


def _fan(node: _Node) -> None:
    """Where lines leave and arrive: spread over the side of the box, in the order of their other ends."""
    node.departures.sort(key=lambda hop: hop.head.middle)
    node.arrivals.sort(key=lambda hop: hop.tail.middle)
    spread = min(LINE, (node.height - 10) / max(len(node.departures), 1))
    for place, hop in enumerate(node.departures):
        hop.start = node.middle + (place - (len(node.departures) - 1) / 2) * spread
    for place, hop in enumerate(node.arrivals):
        hop.end = node.middle + (place - (len(node.arrivals) - 1) / 2) * LINE


def _flow(edge: Edge, hops: list[_Hop], names: dict[str, str], selected: tuple[str, str] | None) -> Markup:
    first, last = hops[0], hops[-1]
    if first.tail.column == first.head.column:
        side = first.tail.left + BOX
        start, end = first.tail.middle, last.head.middle
        path = f"M{side:g} {start:g}C{side + 70:g} {start:g} {side + 70:g} {end:g} {side:g} {end:g}"
        tip, label, anchor = (side, end), (side + 58, (start + end) / 2), "start"
    else:
        path = "".join(_curve(hop) for hop in hops)
        tip, label, anchor = (last.head.left, last.end), (last.head.left - 11, last.end - 5), "end"
        if last.back:
            tip = (first.tail.left + BOX, first.start)
    to_left = last.back or first.tail.column == first.head.column
    chosen = (edge.from_party_id, edge.to_party_id) == selected
    colour = RED if edge.unauthorized else GREY
    line = tag(
        "path",
        d=path,
        fill="none",
        stroke=colour,
        stroke_width=f"{1.2 + log10(edge.subjects + 1) * 0.7 + (2 if chosen else 0):.1f}",
        stroke_dasharray="7 4" if edge.unauthorized else "",
        stroke_opacity="1" if chosen or not selected else "0.45",
    )
    wide = tag("path", d=path, fill="none", stroke="transparent", stroke_width="12")
    wing = tip[0] + (8 if to_left else -8)
    arrow = tag("polygon", points=f"{tip[0]:g},{tip[1]:g} {wing:g},{tip[1] - 4:g} {wing:g},{tip[1] + 4:g}", fill=colour)
    heavy = "600" if edge.unauthorized or chosen else "400"
    words_ = tag(
        "text", says(edge), x=f"{label[0]:g}", y=f"{label[1]:g}", text_anchor=anchor, fill=colour, font_size="11.5", font_weight=heavy
    )
    about = f"{names.get(edge.from_party_id, edge.from_party_id)} to {names.get(edge.to_party_id, edge.to_party_id)}: {says(edge)}"
    query = {"from": edge.from_party_id, "to": edge.to_party_id}
    return link(join([tag("title", about), wide, line, arrow, words_]), "flows", query, "flow open" if edge.unauthorized else "flow")


def _curve(hop: _Hop) -> str:
    """From the right side of one column to the left side of the next, straight where the words stand."""
    x, to = hop.tail.left + (BOX if hop.tail.party else BOX / 2), hop.head.left + (0 if hop.head.party else BOX / 2)
    side, turn = hop.tail.left + BOX, hop.tail.left + BOX + GAP - RUNWAY
    bend = (side + turn) / 2
    return f"M{x:g} {hop.start:g}H{side:g}C{bend:g} {hop.start:g} {bend:g} {hop.end:g} {turn:g} {hop.end:g}H{to:g}"


def says(edge: Edge) -> str:
    """`4 of 17 not authorized`, or `12 elements`, and how many people the most common one concerns."""
    people = f" · {words.amount(edge.subjects, 'person', 'people')}" if edge.subjects else ""
    if not edge.unauthorized:
        return words.amount(edge.elements, "element") + people
    share = f"{edge.elements}" if edge.unauthorized == edge.elements else f"{edge.unauthorized} of {edge.elements}"
    return f"{share} not authorized{people}"


def _box(node: _Node) -> Markup:
    party = node.party
    assert party is not None
    stranger = party.kind == "third_party"
    box = tag(
        "rect",
        x=f"{node.left:g}",
        y=f"{node.y:g}",
        width=str(BOX),
        height=f"{node.height:g}",
        rx="7",
        fill="#17324d" if party.kind == "district" else "#fff4f2" if stranger else "#ffffff",
        stroke=RED if stranger else "#9fb0be",
        stroke_dasharray="4 3" if stranger else "",
    )
    dark = party.kind == "district"
    name = party.name.removeprefix("third_party:")
    lines = [
        tag(
            "text",
            _short(name),
            x=f"{node.left + 10:g}",
            y=f"{node.middle - 3:g}",
            fill="#ffffff" if dark else INK,
            font_size="13",
            font_weight="600",
        ),
        tag(
            "text",
            words.KINDS.get(party.kind, party.kind),
            x=f"{node.left + 10:g}",
            y=f"{node.middle + 13:g}",
            fill="#d5e0ea" if dark else FAINT,
            font_size="11",
        ),
    ]
    return link(join([tag("title", name), box, *lines]), "parties", {"party": party.party_id}, "party")


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"
