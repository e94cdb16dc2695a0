"""The mart of `small_mart.sql`, published the way a night does it, and what a test reads from a page."""

from __future__ import annotations

import os
from collections.abc import Iterable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb


def publish(folder: Path, *also: str, version: str = "r1") -> Path:
    """Write the mart, with the statements `also`, as `compliance-<version>.duckdb` and link the live name to it; returns the live name."""
    folder.mkdir(parents=True, exist_ok=True)
    versioned, live = folder / f"compliance-{version}.duckdb", folder / "compliance.duckdb"
    with duckdb.connect(str(versioned)) as con:
        con.execute((files("lineage") / "sql" / "mart.sql").read_text(encoding="utf-8"))
        con.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
        for statement in also:
            con.execute(statement)
    link = folder / "link"
    os.link(versioned, link)
    link.replace(live)
    return live


def sql(mart: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(mart), read_only=True) as con:
        return con.execute(statement).fetchall()


class Page(HTMLParser):
    """`links`: where a link leads → (its class, its words). `rows`: cells of every table row. `text`: all words. `tags`: all names."""

    def __init__(self, html: Iterable[str]) -> None:
        super().__init__()
        self.links: dict[str, tuple[str, str]] = {}
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.text = ""
        self._pick: str | None = None
        self._in_cell = False
        for piece in html:
            self.feed(piece)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "a":
            self._pick = given.get("data-pick")
            self.links[self._pick or ""] = (given.get("class") or "", "")
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._pick = None
        elif tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._pick is not None:
            css, text = self.links[self._pick]
            self.links[self._pick] = css, text + data
        if self._in_cell:
            self.rows[-1][-1] += data

    @property
    def verdicts(self) -> dict[str, str]:
        """`?clause=…&party=…` → verdict, of the matrix's cells."""
        return {pick: css.removeprefix("cell ") for pick, (css, _) in self.links.items() if css.startswith("cell ")}
