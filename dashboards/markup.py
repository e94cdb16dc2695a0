"""HTML of the pages. Text from the mart was written by vendors: it becomes markup only through `text`, which escapes all of it.

Streamlit's own Markdown is never given such text: it would turn it into links and pictures.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode

from dashboards import words
from dashboards.queries import Evidence


class Markup(str):
    """A string that is HTML already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """`value` as text: escaped, without control, direction and zero-width characters."""
    if isinstance(value, Markup):
        return value
    clean = "".join(sign if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for sign in str(value))
    return Markup(escape(clean, quote=True))


def join(parts: Iterable[object], between: str = "") -> Markup:
    return Markup(text(between).join(text(part) for part in parts))


def tag(name: str, content: object = "", css: str = "", **attributes: str) -> Markup:
    """`tag("td", "a<b", "number")` → `<td class="number">a&lt;b</td>`; an attribute's `_` is a `-`."""
    given = {"class": css, **{key.strip("_").replace("_", "-"): value for key, value in attributes.items()}}
    written = "".join(f' {key}="{text(value)}"' for key, value in given.items() if value)
    return Markup(f"<{name}{written}>{text(content)}</{name}>")


def link(content: object, page: str, query: Mapping[str, str], css: str = "", title: str = "") -> Markup:
    """A link to a page of this dashboard ("" is the first). A view of the same page is shown without loading it anew."""
    target = f"{page}?{urlencode(query)}"
    return tag("a", content, css, href=f"./{target}", data_pick=target, title=title, target="_self")


def table(header: Sequence[object], rows: Iterable[Sequence[object]], numbers: Sequence[int] = (), css: str = "") -> Markup:
    """A table of cells that are text unless they are `Markup`; `numbers` are the columns to align right."""
    head = join(tag("th", cell, "number" if place in numbers else "", scope="col") for place, cell in enumerate(header))
    body = join(tag("tr", join(tag("td", cell, "number" if place in numbers else "") for place, cell in enumerate(row))) for row in rows)
    return tag("div", tag("table", join([tag("thead", tag("tr", head)), tag("tbody", body)]), f"list {css}".strip()), "scroll")


def verdict(name: str) -> Markup:
    word, says = words.VERDICTS.get(name, (name, ""))
    return tag("span", word, f"badge {name}", title=says)


def severity(name: str) -> Markup:
    return tag("span", name, f"severity {name}")


def evidence(it: Evidence) -> Markup:
    """The file's path as a link to its page, its kind, and the delivery's day."""
    if it.file_id is None:
        return Markup("–")
    about = f"{it.kind}, delivered {words.day(it.received_on)}"
    return join([link(it.path, "files", {"file": it.file_id}), tag("div", about, "faint")])


def heading(content: object, about: object = "") -> Markup:
    return join([tag("h3", content), tag("p", about, "faint") if about else ""])
