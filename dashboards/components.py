"""The two places where a page runs a script of ours: following links (`links.js`) and showing the picture (`picture.js`)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import streamlit as st

HTML = {"links": "", "picture": '<div class="picture"></div>'}


def component(name: str) -> Callable[..., Any]:
    """Registered anew in every run of the script: a server that starts again must know it too."""
    source = (files("dashboards") / f"{name}.js").read_text(encoding="utf-8")
    made: Callable[..., Any] = st.components.v2.component(f"hallpass_{name}", html=HTML[name] or None, js=source, isolate_styles=False)
    return made
