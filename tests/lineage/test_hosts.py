from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.hosts import bare, owner_of_host, owner_of_name, registrable_domain

DOMAINS = {"v.example": "v", "cdn.v.example": "cdn", "school.example": "district"}


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("v.example", "v"),
        ("App.V.Example.:8443", "v"),
        ("a.cdn.v.example", "cdn"),
        ("notv.example", "third_party:notv.example"),
        ("stats.g.doubleclick.net", "third_party:doubleclick.net"),
        ("a.b.example.co.uk", "third_party:example.co.uk"),
        ("deep.down.corp.internal", "third_party:corp.internal"),
        ("localhost", "third_party:localhost"),
        ("192.0.2.7:80", "third_party:192.0.2.7"),
        ("[2001:db8::1]:443", "third_party:2001:db8::1"),
        ("https://user@v.example/path", "v"),
        ("co.uk", "third_party:co.uk"),
    ],
)
def test_owner_of_host(host: str, owner: str) -> None:
    assert owner_of_host(host, DOMAINS) == owner


@pytest.mark.parametrize(
    ("name", "owner"),
    [("v", "v"), ("V", "v"), ("cdn.v.example", "cdn"), ("x.ads.example", "third_party:ads.example"), ("Acme Inc", "third_party:acme inc")],
)
def test_owner_of_name(name: str, owner: str) -> None:
    assert owner_of_name(name, ["v", "cdn", "district"], DOMAINS) == owner


@given(st.text(max_size=60))
def test_any_text_has_an_owner(text: str) -> None:
    assert bare(bare(text)) == bare(text) or ":" in text or "/" in text or "[" in text
    assert owner_of_host(text, DOMAINS).startswith(("v", "cdn", "district", "third_party:"))
    assert registrable_domain(text) == registrable_domain(text)
