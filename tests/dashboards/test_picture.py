"""The picture of the flows: who stands where, what is red, and that no vendor's name becomes markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dashboards.picture import columns_of, flow_picture
from dashboards.queries import Edge, Party

SVG = "{http://www.w3.org/2000/svg}"


def edge(sender: str, receiver: str, unauthorized: int = 0) -> Edge:
    return Edge(sender, receiver, 3, unauthorized, 12, date(2026, 3, 2), date(2026, 3, 9))


def party(name: str) -> Party:
    return Party(name, f"Party <{name}> & co", "vendor", None, [])


def test_a_party_stands_right_of_whoever_gives_to_it() -> None:
    onward = [edge("district", "a"), edge("district", "b"), edge("a", "b"), edge("b", "c"), edge("c", "a")]
    assert columns_of(onward) == {"district": 0, "a": 1, "b": 2, "c": 3}


def test_what_nothing_authorizes_is_red_dashed_and_says_so() -> None:
    root = ET.fromstring(flow_picture([edge("district", "a"), edge("a", "b", unauthorized=1)], [party("a"), party("b")]))
    lines = {link.get("href"): link for link in root if "flow" in (link.get("class") or "")}
    good, bad = lines["./flows?from=district&to=a"], lines["./flows?from=a&to=b"]
    assert [path.get("stroke-dasharray") for path in good.iter(f"{SVG}path")] == [None, None]
    assert [path.get("stroke-dasharray") for path in bad.iter(f"{SVG}path")] == [None, "7 4"]
    assert [it.text for it in bad.iter(f"{SVG}text")] == ["1 of 3 not authorized · 12 people"]
    assert [it.text for it in good.iter(f"{SVG}text")] == ["3 elements · 12 people"]


NAMES = st.sampled_from(["district", "a", "b", "c", "d", "e", "third_party:x.example"])


@given(st.sets(st.tuples(NAMES, NAMES).filter(lambda pair: pair[0] != pair[1]), max_size=16))
def test_every_flow_and_every_party_is_in_the_picture(pairs: set[tuple[str, str]]) -> None:
    root = ET.fromstring(flow_picture([edge(*pair) for pair in sorted(pairs)], [party(name) for name in "abc"]))
    links = [link.get("data-pick") or "" for link in root]
    assert sum(link.startswith("flows?") for link in links) == len(pairs)
    assert sum(link.startswith("parties?") for link in links) == len({name for pair in pairs for name in pair})


@given(st.sets(NAMES.filter(lambda name: name != "district"), min_size=1))
def test_labels_of_one_column_keep_their_distance(receivers: set[str]) -> None:
    root = ET.fromstring(flow_picture([edge("district", name) for name in sorted(receivers)], []))
    heights = sorted(float(it.get("y", "0")) for link in root if "flow" in (link.get("class") or "") for it in link.iter(f"{SVG}text"))
    assert all(below - above >= 20 for above, below in pairwise(heights))
