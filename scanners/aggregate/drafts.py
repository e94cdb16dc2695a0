"""A published table while it is being changed: cells written over, columns, rows or all of it left out, and why.

The original stays as it is. Which cells to change is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa

from scanners.aggregate.findings import Published
from scanners.aggregate.layout import AuditColumn, Layout, is_total, layouts

Action = Literal["suppress", "code", "leave_out"]
Said = tuple[Action, tuple[str, ...], str, str]
"""(action, address, why, what is written)."""


@dataclass(frozen=True)
class Place:
    """A cell of a layout: a row, and the position of a column."""

    layout: Layout
    row: int
    position: int


@dataclass
class Draft:
    """`row_of` are the rows of the original that are kept, `names` the columns. `changes` grows with each change."""

    original: Published
    left_out: bool = False
    changes: int = 0
    _written: dict[tuple[int, str], Said] = field(default_factory=dict)
    _left: dict[tuple[str, ...], Said] = field(default_factory=dict)
    _texts: dict[str, list[str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        data = self.original.table.data
        self._texts = {name: data.column(i).to_pylist() for i, name in enumerate(data.column_names)}
        self._rows = list(range(data.num_rows))
        self._now: Published | None = None
        self._known: dict[int, tuple[Layout, list[str | None]]] = {}
        self._where: dict[str, list[tuple[int, str]]] | None = None
        self._before: dict[tuple[int, str], str | None] = {}
        self._kept: set[tuple[int, str]] = set()

    @property
    def place(self) -> str:
        return self.original.place

    @property
    def release(self) -> str:
        return self.original.release

    def published(self) -> Published:
        """The table as it is now."""
        if self._now is None:
            columns = {name: pa.array([texts[row] for row in self._rows], pa.string()) for name, texts in self._texts.items()}
            students = [self.original.students[row] for row in self._rows] if len(self.original.students) else ()
            table = replace(self.original.table, data=pa.table(columns), times=None)
            self._now, self._where = replace(self.original, table=table, students=students), None
        return self._now

    def suggestions(self) -> list[Said]:
        """What was changed, in the order of the rows; what is left out stands first, and its cells are not told one by one."""
        if self.left_out:
            return [self._left[()]]
        kept = set(self._rows)
        cells = sorted(
            (row, list(self._texts).index(name), said) for (row, name), said in self._written.items() if name in self._texts and row in kept
        )
        return [*self._left.values(), *(said for _, _, said in cells)]

    # changes

    def write(self, at: Place, token: str, address: tuple[str, ...], why: str) -> None:
        """Write a token over a cell. A table whose cell cannot be found in the file as it was read is left out."""
        found = self._found(at)
        if found is None:
            self.leave_out(f"{why}; its cells cannot be changed one by one")
            return
        row, name = found
        if self._texts[name][row] == token:
            return
        self._before.setdefault(found, self._texts[name][row])
        self._texts[name][row] = token
        before = self._written.get(found)
        self._written[found] = ("suppress" if token == "*" else "code", address, before[2] if before else why, token)
        self._now, self.changes = None, self.changes + 1

    def restore(self, at: Place) -> None:
        """Write again what stood in a cell, for good: `is_kept` from now on."""
        found = self._found(at)
        if found is not None and found in self._before:
            self._texts[found[1]][found[0]] = self._before.pop(found)
            del self._written[found]
            self._kept.add(found)
            self._now, self.changes = None, self.changes + 1

    def is_kept(self, at: Place) -> bool:
        return bool(self._kept) and self._found(at) in self._kept

    def leave_out(self, why: str) -> None:
        if not self.left_out:
            self.left_out, self.changes = True, self.changes + 1
            self._left = {(): ("leave_out", (), why, "")}

    def leave_out_column(self, column: str, why: str) -> bool:
        """False where there is no such column, or where it is a column of several blocks."""
        shapes = layouts(self.published().table)
        if len(shapes) != 1:
            return False
        name = next((n for c, n in zip(shapes[0].columns, self._columns(shapes[0]), strict=True) if c.name == column), None)
        if name is None:
            return False
        del self._texts[name]
        self._left.setdefault((column,), ("leave_out", (column,), why, ""))
        self._now, self.changes = None, self.changes + 1
        return True

    def leave_out_rows(self, keys: Set[tuple[str, ...]], few: float, why: str) -> bool:
        """Leave out the rows with these labels, if they are few. False where they are not, or where there are none."""
        found = [
            (layout, row) for layout in layouts(self.published().table) for row in range(layout.rows) if keys and layout.key(row) in keys
        ]
        gone = {self._row(layout, row) for layout, row in found} - {None}
        if not gone or len(gone) > few * len(self._rows):
            return False
        for layout, row in found:
            self._left.setdefault(layout.key(row), ("leave_out", layout.key(row), why, ""))
        self._rows = [row for row in self._rows if row not in gone]
        self._now, self.changes = None, self.changes + 1
        return True

    def leave_out_what_is_mostly_hidden(self, half: float, fewest: int, kept: Set[str]) -> None:
        """Columns that are not among `kept`, then groups of rows, of which more than `half` of the cells are hidden by what was written."""
        for layout in layouts(self.published().table):
            self._mostly_hidden_columns(layout, half, fewest, kept)
        if self.left_out:
            return
        for layout in layouts(self.published().table):
            self._mostly_hidden_groups(layout, half, fewest)

    def _mostly_hidden_columns(self, layout: Layout, half: float, fewest: int, kept: Set[str]) -> None:
        if sum(c.role == "count" for c in layout.columns) + sum(c.role == "percent" for c in layout.columns) < 2:
            return  # nothing would be left
        for column in layout.columns:
            if column.role not in ("count", "percent") or column.denominator or column.name in kept:
                continue
            hidden, there = self._hidden(layout, [column], range(layout.rows))
            if there >= fewest and hidden > half * there:
                self.leave_out_column(column.name, f"{hidden:,} of its {there:,} cells would be hidden")

    def _mostly_hidden_groups(self, layout: Layout, half: float, fewest: int) -> None:
        told = [c for c in layout.columns if c.role in ("count", "percent")]
        for key in layout.keys:
            groups: dict[str, list[int]] = {}
            for row, cell in enumerate(key.cells):
                groups.setdefault(cell.text, []).append(row)
            if len(groups) < 2:
                continue
            for label, rows in groups.items():
                if not label or is_total(label) or len(rows) < 2 or len(rows) > half * layout.rows:
                    continue
                hidden, there = self._hidden(layout, told, rows)
                if there >= fewest and hidden > half * there:
                    self._leave_out_rows(layout, rows, (label,), f"{hidden:,} of its {there:,} cells would be hidden")
                    return  # positions have moved

    def _leave_out_rows(self, layout: Layout, rows: Sequence[int], label: tuple[str, ...], why: str) -> None:
        gone = {self._row(layout, row) for row in rows} - {None}
        if gone:
            self._rows = [row for row in self._rows if row not in gone]
            self._left.setdefault(label, ("leave_out", label, why, ""))
            self._now, self.changes = None, self.changes + 1

    def _hidden(self, layout: Layout, columns: Sequence[AuditColumn], rows: Sequence[int] | range) -> tuple[int, int]:
        """(cells that were hidden here, cells that say anything)."""
        names = dict(zip(map(id, layout.columns), self._columns(layout), strict=True))
        there = [(self._row(layout, row), names[id(c)]) for c in columns for row in rows if c.cells[row].kind != "blank"]
        return sum(place in self._written for place in there), len(there)

    def _found(self, at: Place) -> tuple[int, str] | None:
        """(row of the original, name of the column) of a cell; None where the layout is not how the file stands."""
        name = self._columns(at.layout)[at.position]
        row = self._row(at.layout, at.row)
        return (row, name) if name is not None and row is not None else self._turned(at)

    def _turned(self, at: Place) -> tuple[int, str] | None:
        """The cell where the layout has turned rows into columns: the only one of this text in a row with all of its labels."""
        text, column, labels = at.layout.columns[at.position].cells[at.row].text, at.layout.columns[at.position].name, at.layout.key(at.row)
        found = []
        for row, name in self._places().get(text, ()):
            beside = {(texts[row] or "").strip() for other, texts in self._texts.items() if other != name}
            if set(labels) <= beside and any(it in column for it in beside - set(labels) if it):
                found.append((row, name))
        return found[0] if len(found) == 1 else None

    def _places(self) -> dict[str, list[tuple[int, str]]]:
        """Where each text stood when the table was last read."""
        if self._where is None:
            self._where = {}
            for name, texts in self._texts.items():
                for row in self._rows:
                    self._where.setdefault((texts[row] or "").strip(), []).append((row, name))
        return self._where

    def _row(self, layout: Layout, row: int) -> int | None:
        """The row of the original for a row of a layout of the table as it is now."""
        now = layout.addresses[row] if layout.addresses else row
        return self._rows[now] if 0 <= now < len(self._rows) else None

    def _columns(self, layout: Layout) -> list[str | None]:
        """The original's column for each column of a layout, by what stands in its rows, from left to right."""
        if (known := self._known.get(id(layout))) is not None and known[0] is layout:
            return known[1]
        rows = [self._row(layout, row) for row in range(layout.rows)]
        names, found, after = list(self._texts), [], 0
        for column in layout.columns:
            match = next((i for i in range(after, len(names)) if self._same(column, names[i], rows)), None)
            found.append(None if match is None else names[match])
            after = after if match is None else match + 1
        self._known[id(layout)] = layout, found
        return found

    def _same(self, column: AuditColumn, name: str, rows: Sequence[int | None]) -> bool:
        texts = self._texts[name]
        for row, cell in zip(rows, column.cells, strict=True):
            if row is None:
                return False
            text = (texts[row] or "").strip()
            if text != cell.text.strip() and (row, name) not in self._written:
                return False
        return True
