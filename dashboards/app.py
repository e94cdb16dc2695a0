"""The script that Streamlit runs for every visit and every click: opens the newest mart, draws the masthead, and hands over to a page.

`--mart PATH` is the published mart. Started by `serve.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import streamlit as st

from dashboards import queries, words
from dashboards.components import component
from dashboards.markup import Markup, join, tag
from dashboards.mart import NoMart, open_newest
from dashboards.queries import Mart, Night
from dashboards.views import aggregates, files, flows, matrix, parties, review

HERE = Path(__file__).parent
# address: title, and what draws it
PAGES: dict[str, tuple[str, Callable[[Mart], None]]] = {
    "": ("Matrix", matrix.show),
    "flows": ("Flows", flows.show),
    "parties": ("Parties", parties.show),
    "files": ("Files", files.show),
    "aggregates": ("Aggregates", aggregates.show),
    "review": ("For review", review.show),
}


def main(mart_file: Path) -> None:
    st.set_page_config(page_title="Hallpass", page_icon=None, layout="wide")
    st.html(HERE / "style.css")
    page = st.navigation([_page(mart_file, address) for address in PAGES], position="top")
    _follow_links(page.url_path)
    page.run()


def _page(mart_file: Path, address: str) -> st.Page:
    title, draw = PAGES[address]

    def run() -> None:
        try:
            mart = open_newest(mart_file)
        except NoMart:
            st.html(tag("p", "No night has published anything yet. Run `hallpass run` (or `make run`) first, then load this page again."))
            return
        with mart:
            if night := queries.night(mart):
                st.html(masthead(night))
            draw(mart)

    return st.Page(run, title=title, url_path=address or None, default=not address)


def masthead(night: Night) -> Markup:
    counts = (
        words.amount(night.parties, "party", "parties"),
        words.amount(night.deliveries, "delivery", "deliveries"),
        words.amount(night.files, "file"),
    )
    finished = f"night {night.run_id[:8]}, finished {words.moment(night.finished_at)}"
    when = f"As of the end of {words.day(night.as_of)} · {', '.join(counts)} · {finished}"
    what = (
        "Evidence findings, not legal advice: what the delivered files and the district's register show. What a party keeps and does not "
        "deliver is not seen here."
    )
    return tag(
        "div", join([tag("div", join([tag("h1", night.district), tag("div", when, "faint")])), tag("div", what, "faint what")]), "masthead"
    )


def _follow_links(current: str) -> None:
    """A click on a link to another view of this page changes the address within the session."""
    picked = getattr(component("links")(key="links", on_picked_change=lambda: None, height=1), "picked", None)
    address, _, query = str(picked or "").partition("?")
    if picked and address == current:
        st.query_params.from_dict(dict(parse_qsl(query)))
        st.rerun()


def mart_of(arguments: list[str]) -> Path:
    return Path(arguments[arguments.index("--mart") + 1])


main(mart_of(sys.argv))
