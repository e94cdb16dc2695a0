"""Which earlier deliveries a delivery's aggregate tables are compared with, and what a scan that compared them is known by.

What was found by comparing is not lost when the district removes an old delivery's folder: the lake still knows its bytes. Reading and
auditing the tables is `scanners.published`'s. Knows nothing of Dagster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from lineage.lake import Lake
from scanners.intake import DISTRICT, Delivery, InboxFile
from scanners.published import Release, owner_of, whose

AGGREGATE = "aggregate"


@dataclass
class Releases:
    """The publications of one inbox and lake. `files` and `content` say what is in a delivery, and the digest that the lake would hold."""

    inbox: Sequence[Delivery]
    lake: Lake
    files: Callable[[Delivery], list[InboxFile]]
    content: Callable[[Delivery], str]
    _before: dict[str, list[Release]] = field(default_factory=dict)

    def before(self, delivery: Delivery) -> list[Release]:
        """Of the parties that this delivery has aggregate tables of, what they published earlier, oldest first. Raises OSError."""
        if delivery.delivery_id not in self._before:
            owners = {owner_of(delivery, file) for file in self.files(delivery) if file.kind == AGGREGATE}
            earlier = [*self._here(delivery, owners), *self._gone(delivery, owners)] if owners else []
            self._before[delivery.delivery_id] = sorted(earlier, key=lambda it: (it.published_on, it.delivery_id, it.owner))
        return self._before[delivery.delivery_id]

    def digest(self, delivery: Delivery, gone: int | None = None) -> str:
        """Of what a scan compares this delivery with; empty: nothing. Of the releases whose folders are gone the first `gone` (None: all)
        were gone before that scan, the others after it."""
        releases = self.before(delivery)
        missing = [it for it in releases if not it.files][:gone]
        return repr([(it.delivery_id, it.owner, "" if it in missing else it.content) for it in releases]) if releases else ""

    def digests(self, delivery: Delivery) -> list[str]:
        """All that a scan can be known by that found what there is to be found, and perhaps more. Folders go from the oldest on."""
        gone = sum(not it.files for it in self.before(delivery))
        return [self.digest(delivery, first) for first in range(gone + 1)]

    def _here(self, delivery: Delivery, owners: set[str]) -> Iterator[Release]:
        for it in self.inbox:
            if _order(it) < _order(delivery) and it.party_folder.casefold() in {*owners, DISTRICT}:
                for owner, files in self._published(it).items():
                    if owner in owners:
                        yield Release(it.delivery_id, it.received_on.isoformat(), owner, self.content(it), tuple(files))

    def _published(self, delivery: Delivery) -> dict[str, list[InboxFile]]:
        found: dict[str, list[InboxFile]] = {}
        with suppress(OSError):  # its own scan says so; here it is as if the folder were gone
            for file in self.files(delivery):
                if file.kind == AGGREGATE:
                    found.setdefault(owner_of(delivery, file), []).append(file)
        return found

    def _gone(self, delivery: Delivery, owners: set[str]) -> Iterator[Release]:
        here = {it.delivery_id for it in self.inbox}
        for it in self._known:
            if it.delivery_id not in here and it.owner in owners and (it.published_on, it.delivery_id) < _order(delivery):
                yield it

    @cached_property
    def _known(self) -> list[Release]:
        return [
            Release(delivery_id, received_on.isoformat(), whose(party_folder, about_party), content)
            for delivery_id, party_folder, received_on, content, about_party in self.lake.aggregates()
        ]


def _order(delivery: Delivery) -> tuple[str, str]:
    return delivery.received_on.isoformat(), delivery.delivery_id
