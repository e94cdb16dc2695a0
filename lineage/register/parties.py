"""Who the parties are: the district, every vendor file, every listed subprocessor; and which host is whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lineage.register.models import District, Subprocessor, Vendor

DISTRICT = "district"


@dataclass(frozen=True)
class Party:
    """A registered party. `parent_party_id` is the one party that lists a subprocessor, None where none or several do."""

    party_id: str
    name: str
    kind: str  # district, vendor, subprocessor, agency, researcher
    parent_party_id: str | None
    domains: tuple[str, ...]
    hosted: bool
    has_file: bool


def parties(district: District, vendors: Sequence[Vendor]) -> tuple[Party, ...]:
    """The district first, then all others by id."""
    entries: dict[str, list[tuple[Vendor, Subprocessor]]] = defaultdict(list)
    for vendor in vendors:
        for entry in vendor.subprocessors:
            entries[entry.id].append((vendor, entry))
    found = {vendor.id: _with_file(vendor, entries[vendor.id]) for vendor in vendors}
    for party_id, listed in entries.items():
        if party_id not in found and listed:
            found[party_id] = _listed(party_id, listed)
    own = Party(DISTRICT, district.name, "district", None, tuple(dict.fromkeys(district.domains)), hosted=True, has_file=False)
    return (own, *(found[party_id] for party_id in sorted(found)))


def _with_file(vendor: Vendor, listed: list[tuple[Vendor, Subprocessor]]) -> Party:
    domains = (*vendor.domains, *(domain for _, entry in listed for domain in entry.domains))
    parent = _parent(listed) if vendor.kind == "subprocessor" else None
    return Party(vendor.id, vendor.name, vendor.kind, parent, tuple(dict.fromkeys(domains)), vendor.hosted, has_file=True)


def _listed(party_id: str, listed: list[tuple[Vendor, Subprocessor]]) -> Party:
    name = next((entry.name for _, entry in listed if entry.name), party_id)
    domains = tuple(dict.fromkeys(domain for _, entry in listed for domain in entry.domains))
    return Party(party_id, name, "subprocessor", _parent(listed), domains, hosted=True, has_file=False)


def _parent(listed: list[tuple[Vendor, Subprocessor]]) -> str | None:
    listing = {vendor.id for vendor, _ in listed}
    return listing.pop() if len(listing) == 1 else None


def claims(district: District, vendors: Sequence[Vendor]) -> Iterator[tuple[str, str, str | None, tuple[str | int, ...]]]:
    """Every (host, party id, id of the vendor file that says so, place in it); None is district.yaml."""
    for number, host in enumerate(district.domains):
        yield host, DISTRICT, None, ("domains", number)
    for vendor in vendors:
        for number, host in enumerate(vendor.domains):
            yield host, vendor.id, vendor.id, ("domains", number)
        for number, system in enumerate(vendor.systems):
            for inner, host in enumerate(system.hosts):
                yield host, vendor.id, vendor.id, ("systems", number, "hosts", inner)
        for number, entry in enumerate(vendor.subprocessors):
            for inner, host in enumerate(entry.domains):
                yield host, entry.id, vendor.id, ("subprocessors", number, "domains", inner)
