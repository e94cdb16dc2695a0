"""What people settled (`decisions.csv`): which decision, if any, is about a file and a field of it.

Names are compared as a person reads them: as they stand in the file or as the mart shows them, redacted. A path is a glob, and a path that
is written out is itself, brackets and all. The first line that fits counts.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Decision:
    """A person's word on what a field is; `path` is a glob within the party's deliveries, `data_element` a slug or `none`."""

    party_id: str
    path: str
    field_path: str
    data_element: str
    until: date | None = None

    def in_force(self, as_of: date) -> bool:
        return self.until is None or as_of <= self.until


def about_file(decisions: Iterable[Decision], parties: Iterable[str], paths: Sequence[str], as_of: date) -> tuple[Decision, ...]:
    """The decisions in force on a file of one of `parties`, which goes by each of `paths`."""
    folded = {party.casefold() for party in parties}
    return tuple(it for it in decisions if it.party_id.casefold() in folded and it.in_force(as_of) and _fits(it.path, paths))


def _fits(glob: str, paths: Sequence[str]) -> bool:
    return glob in paths or any(fnmatch.fnmatchcase(path, glob) for path in paths)


def about_field(decisions: Iterable[Decision], *names: str) -> Decision | None:
    """The first decision on a field that goes by these names; blanks around a name are not seen by anybody."""
    bare = {name.strip() for name in names}
    return next((it for it in decisions if it.field_path in bare), None)
