"""Whose host is this, and whose folder? Names of the outside world resolved to party ids.

Here belongs the step from a host name, an inbox folder or a `sent/<to>` to a party. What follows from it belongs in the SQL.

The register's domains cover their subdomains and the longest one wins. Anything else is `third_party:<registrable domain>`, by the
snapshot of the public suffix list that tldextract carries (nothing is ever fetched); where the list does not know the suffix, the last
two labels.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache

import duckdb
import tldextract

from lineage.lake import insert_rows

THIRD_PARTY = "third_party:"

_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def bare(host: str) -> str:
    """A host as it is compared: lower case, no port, no brackets, no leading or trailing dot."""
    text = host.strip().lower()
    if "://" in text:
        text = text.split("://", 1)[1].split("/", 1)[0].rpartition("@")[2]
    if text.startswith("["):
        return text[1:].split("]", 1)[0]
    if text.count(":") == 1:
        text = text.split(":", 1)[0]
    return text.strip(".")


@lru_cache(maxsize=65536)
def registrable_domain(host: str) -> str:
    """`example.co.uk` of `a.b.example.co.uk`; the host itself where it is an address or a single label."""
    host = bare(host)
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    parts = _EXTRACT(host)
    if parts.suffix:
        return f"{parts.domain}.{parts.suffix}" if parts.domain else host
    return ".".join(host.split(".")[-2:])


def owner_of_host(host: str, domains: Mapping[str, str]) -> str:
    """The party id that owns `host`; `domains` maps a registered domain, bare, to its party."""
    labels = bare(host).split(".")
    for start in range(len(labels)):
        if owner := domains.get(".".join(labels[start:])):
            return owner
    return THIRD_PARTY + registrable_domain(host)


def owner_of_name(name: str, parties: Iterable[str], domains: Mapping[str, str]) -> str:
    """The party that an inbox folder or `sent/<to>` names: an id of the register, else a domain, else a third party of that name."""
    by_fold = {party.casefold(): party for party in parties}
    if party := by_fold.get(name.casefold()):
        return party
    return owner_of_host(name, domains) if "." in name.strip(".") else THIRD_PARTY + name.strip().lower()


def write_owners(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `host_party (host, bare, party_id, registered, site)` and `party_name (name, …)` for all that the lake names.

    `site` is the registrable domain, whoever owns it.
    The connection has `facts` as its default schema and the lake as `lake`.
    """
    parties = [party for (party,) in con.execute("SELECT party_id FROM party ORDER BY party_id").fetchall()]
    domains = {bare(host): party for host, party in con.execute("SELECT host, party_id FROM party_host ORDER BY ALL").fetchall() if host}
    hosts = {host: owner_of_host(host, domains) for host in _column(con, _HOSTS)}
    names = {name: owner_of_name(name, parties, domains) for name in _column(con, _NAMES)}
    for table, column, owners in (("host_party", "host", hosts), ("party_name", "name", names)):
        con.execute(f"CREATE OR REPLACE TABLE {table} ({column} VARCHAR, bare VARCHAR, party_id VARCHAR, registered BOOLEAN, site VARCHAR)")
        insert_rows(
            con, table, [(name, bare(name), owner, owner in parties, registrable_domain(name)) for name, owner in sorted(owners.items())]
        )


_HOSTS = """SELECT DISTINCT host FROM (
    SELECT receiver_host AS host FROM lake.sightings WHERE known_to IS NULL
    UNION ALL SELECT sender_host FROM lake.sightings WHERE known_to IS NULL
    UNION ALL SELECT unnest(page_hosts) FROM lake.files WHERE known_to IS NULL
    UNION ALL SELECT unnest([page_host, host]) FROM lake.trackers WHERE known_to IS NULL
    UNION ALL SELECT host FROM lake.tracker_sends WHERE known_to IS NULL) WHERE host <> ''"""

_NAMES = """SELECT DISTINCT name FROM (
    SELECT party_folder AS name FROM lake.deliveries WHERE known_to IS NULL
    UNION ALL SELECT about_party FROM lake.files WHERE known_to IS NULL) WHERE name <> ''"""


def _column(con: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [value for (value,) in con.execute(sql).fetchall()]
