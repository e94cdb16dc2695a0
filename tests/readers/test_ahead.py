"""Reading ahead changes the order of work, never what is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.ahead import ReadAhead
from scanners.errors import TryTomorrow
from scanners.intake import InboxFile
from scanners.sandbox import Member, read_files
from scanners.schemas import ParsedFile

Made = dict[str, int]


def file(name: str) -> InboxFile:
    return InboxFile(Path("/nowhere") / name, name, "export", None, 1, "00")


def reading(parts: Made, fail: str = "") -> Callable[[Sequence[InboxFile]], Iterator[tuple[InboxFile, Iterator[Member]]]]:
    """A reader of files that come in so many parts."""

    def read(files: Sequence[InboxFile]) -> Iterator[tuple[InboxFile, Iterator[Member]]]:
        for it in files:
            if it.relative == fail:
                raise TryTomorrow("no memory")
            yield it, (Member(it.relative, "00", 1, ParsedFile("csv"), None, n) for n in range(parts[it.relative]))

    return read


def taken(pairs: Iterator[tuple[InboxFile, Iterator[Member]]]) -> list[tuple[str, list[int]]]:
    return [(it.relative, [m.part for m in members]) for it, members in pairs]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=4), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_the_same_members_in_the_same_order(groups: list[list[int]], left_out: set[int], cut: set[int]) -> None:
    """Whatever groups nobody asks for, and whatever is not taken of one."""
    parts = {f"{g}-{n}": many for g, group in enumerate(groups) for n, many in enumerate(group)}
    files = [[file(f"{g}-{n}") for n in range(len(group))] for g, group in enumerate(groups)]
    with ReadAhead(files, reading(parts)) as ahead:
        for g, group in enumerate(files):
            if g in cut and group:
                next(ahead.reader(group))
            elif g not in left_out:
                assert taken(ahead.reader(group)) == [(it.relative, list(range(parts[it.relative]))) for it in group]
    assert "reading ahead" not in {thread.name for thread in threading.enumerate()}


def test_other_files_are_read_at_once_and_an_error_is_the_groups_own() -> None:
    parts = {"a": 2, "b": 1, "c": 3}
    first, bad, last = [file("a")], [file("b")], [file("c")]
    with ReadAhead([first, bad, last], reading(parts, fail="b")) as ahead:
        assert taken(ahead.reader(first)) == [("a", [0, 1])]
        assert taken(ahead.reader([file("a")])) == [("a", [0, 1])]
        with pytest.raises(TryTomorrow):
            taken(ahead.reader(bad))
        assert taken(ahead.reader(last)) == [("c", [0, 1, 2])]


def test_real_files(tmp_path: Path) -> None:
    import hashlib

    groups = []
    for n in range(3):
        path = tmp_path / f"{n}.csv"
        path.write_text(f"a,b\n{n},x\n")
        groups.append([InboxFile(path, path.name, "export", None, 9, hashlib.sha256(path.read_bytes()).hexdigest())])
    with ReadAhead(groups) as ahead:
        for group in groups:
            (it,) = [(f, list(members)) for f, members in ahead.reader(group)]
            (again,) = [(f, list(members)) for f, members in read_files(group)]
            assert it[1][0].parsed.tables[0].data.equals(again[1][0].parsed.tables[0].data)
