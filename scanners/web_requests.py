"""Which request carried it? Fields won from the URLs of a web log, by method and path: `GET /students?email=`, `GET /students/{id}`.

Columns are classified as a whole before (`path?email`, over all requests), and told apart here, so that a rare path loses nothing. Ids
in a path are `{id}`, and so is any segment that could be somebody's. Of many requests the commonest have a field of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scanners import shapes
from scanners.classify import Verdict
from scanners.coded import Codes
from scanners.columns import Column
from scanners.fold import plain
from scanners.header import listed, words
from scanners.roster_index import RosterIndex

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
TARGETS = frozenset({"path", "url", "uri", "request", "target", "endpoint", "route", "resource"})
OTHER_TARGETS = frozenset({"redirect", "callback", "image", "avatar", "photo", "base", "return", "next", "login", "logout"})
COVERED = 0.8
MOST_REQUESTS = 8
"""Requests of one field that are told apart."""
MOST_BRANCHES = 20
"""Different segments after the same beginning: more of them are values, not parts of an application."""
ID = "{id}"
WORD = re.compile(r"[A-Za-z]{1,24}(?:[_-][A-Za-z]{1,24}){0,4}(?:\.(?:php|aspx?|jsp|html?|js|json|do|cgi|py|xml|svc))?|v\d{1,2}")
PARAMETER = re.compile(r"(\?[^?/#\s(]+)(#\d+)?")
SEGMENT = re.compile(r"/\[(\d+)\](#\d+)?")


def by_request(verdicts: list[Verdict], columns: Sequence[Column], index: RosterIndex) -> list[Verdict]:
    """The verdicts, those of a URL's parts told apart by the request that carried them. `columns` are the table's own."""
    targets = {c.path: c for c in columns if c.values and _is_target(c)}
    won = [v for v in verdicts if v.decided and v.meaning != "none" and v.column.parent in targets]
    method = next((c for c in columns if c.values and _are_methods(c)), None) if won else None
    if method is None:
        return verdicts
    told: dict[str, _Requests] = {}
    split: list[Verdict] = []
    for verdict in verdicts:
        parent = targets.get(verdict.column.parent or "") if verdict.decided and verdict.meaning != "none" else None
        if parent is None:
            split.append(verdict)
            continue
        if parent.path not in told:
            told[parent.path] = _Requests(parent, method, index)
        split += told[parent.path].split(verdict)
    return split


def _is_target(column: Column) -> bool:
    own = words(column.header)
    named = bool(own) and not TARGETS.isdisjoint(own[-2:]) and OTHER_TARGETS.isdisjoint(own)
    return named and listed(column.header, "referers") is None and shapes.share(column.values, _is_url) >= COVERED


def _is_url(value: str) -> bool:
    return value.startswith("/") or shapes.is_url(value)


def _are_methods(column: Column) -> bool:
    return len(column.values) <= 3 * len(METHODS) and shapes.share(column.values, lambda v: v.upper() in METHODS) >= COVERED


class _Requests:
    """The requests of a table: for each row its method and the template of its path."""

    def __init__(self, target: Column, method: Column, index: RosterIndex) -> None:
        self._target, self._method = target, method
        paths = [_path(v) for v in target.values]
        names = templates(paths, index)
        self._templates = list(dict.fromkeys(names.values()))
        position = {template: i for i, template in enumerate(self._templates)}
        of_value = np.array([position[names[p]] for p in paths] + [-1], np.int64)
        of_rows = of_value[target.codes]
        self._many = len(method.values)
        self._of_rows = np.where((of_rows >= 0) & (method.codes >= 0), of_rows * self._many + method.codes, -1)

    def split(self, verdict: Verdict) -> list[Verdict]:
        part = verdict.column.path.removeprefix(self._target.path)
        held = np.where(verdict.column.codes >= 0, self._of_rows, -1)
        counts = Counter(dict(enumerate(np.bincount(held[held >= 0], minlength=1).tolist())))
        names: dict[str, list[int]] = {}
        for request, records in counts.most_common():
            if records and (name := self._named(request, part)) and (name in names or len(names) < MOST_REQUESTS):
                names.setdefault(name, []).append(request)
        if not names:
            return [verdict]
        split = [_of_rows(verdict, np.isin(held, requests), name) for name, requests in names.items()]
        rest = (verdict.column.codes >= 0) & ~np.isin(held, [r for own in names.values() for r in own])
        return [*split, *([_of_rows(verdict, rest, verdict.column.path)] if rest.any() else [])]

    def _named(self, request: int, part: str) -> str | None:
        template, method = self._templates[request // self._many], self._method.values[request % self._many].upper()
        if match := PARAMETER.match(part):
            rest = part[match.end() :]
            return f"{method} {template}{match[1]}={rest}{match[2] or ''}"
        if match := SEGMENT.fullmatch(part):
            host, *segments = template.split("/")
            before = segments[: int(match[1]) - 1]
            return f"{method} {'/'.join([host, *before, ID])}{match[2] or ''}"
        return None


def _path(url: str) -> str:
    """Host, where the URL has one, and path."""
    _, scheme, rest = url.partition("://")
    return re.split(r"[?#]", rest if scheme else url, maxsplit=1)[0]


def templates(paths: Iterable[str], index: RosterIndex) -> dict[str, str]:
    """Each path with its variable segments as `{id}`: numbers, codes, names of the roster, and any where too many differ."""
    found: dict[str, str] = {}
    level = {path: ("", path.split("/")) for path in dict.fromkeys(paths)}  # how it begins, and what is left of it
    while level:
        branches: dict[str, set[str]] = {}
        for begin, left in level.values():
            branches.setdefault(begin, set()).add(left[0])
        crowded = {begin for begin, own in branches.items() if len(own) > MOST_BRANCHES}
        names = {segment: _segment(segment, index) for own in branches.values() for segment in own}
        further: dict[str, tuple[str, list[str]]] = {}
        for path, (begin, left) in level.items():
            shown = ID if begin in crowded else left[0] if not begin and "." in left[0] else names[left[0]]
            if len(left) == 1:
                found[path] = begin + shown
            else:
                further[path] = (f"{begin}{shown}/", left[1:])
        level = further
    return found


def _segment(segment: str, index: RosterIndex) -> str:
    if not segment:
        return segment
    named = not WORD.fullmatch(segment) or bool(index.hits(segment)) or any(plain(segment) in own for own in index.name_parts)
    return ID if named else segment


def _of_rows(verdict: Verdict, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], path: str) -> Verdict:
    """The verdict on these rows of its column alone, as a field of its own."""
    column = verdict.column
    codes: Codes = np.where(rows, column.codes, -1).astype(np.int32)
    present = np.zeros(len(column.values) + 1, bool)
    present[codes] = True
    kept = np.flatnonzero(present[:-1])
    renumber = np.full(len(column.values) + 1, -1, np.int32)
    renumber[kept] = np.arange(len(kept), dtype=np.int32)
    own = kept.tolist()
    part = replace(
        column,
        path=path,
        codes=renumber[codes],
        values=tuple(column.values[i] for i in own),
        receivers=tuple(column.receivers[i] for i in own) if column.receivers else None,
        known_as=column.path,
    )
    return replace(
        verdict,
        column=part,
        hits=tuple(verdict.hits[i] for i in own) if verdict.hits else (),
        evidence=tuple(replace(e, accepted=e.accepted[kept]) for e in verdict.evidence),
        elements=tuple((element, flags[kept]) for element, flags in verdict.elements),
    )
