"""A column as the scan sees it: distinct values and, for each row, which of them it holds.

Cost follows distinct values, so every detector works on `Column.values` and nothing walks rows cell by cell. Here: building
columns from a `TextTable` and the counts that need rows. What a value holds inside (a URL's parameters, JSON, base64)
becomes a column of its own in `derived`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scanners.header import Hint, hint
from scanners.schemas import TextTable

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Column:
    """`codes[row]` is the position in `values`, or -1 where the row has nothing there.

    `derivation` says how the values were won from `parent`'s (base64, …; None: as they stand). `receivers[value]` is the host
    to which an absolute URL carried the value. `known_as`: the path of the column that this one is some rows of (`web_requests`).
    """

    path: str
    codes: Codes
    values: tuple[str, ...]
    header: str
    derivation: str | None = None
    parent: str | None = None
    receivers: tuple[str | None, ...] | None = None
    known_as: str | None = None

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """How many rows hold each distinct value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    @property
    def records(self) -> int:
        return int((self.codes >= 0).sum())

    @cached_property
    def hint(self) -> Hint:
        return hint(self.header)

    def occurrences(self, accepted: npt.NDArray[np.bool_]) -> int:
        """Rows whose value is accepted; `accepted` is one flag a distinct value."""
        return int(self.counts[accepted].sum()) if len(self.values) else 0


def columns_of(table: TextTable) -> list[Column]:
    """One `Column` a field path, in the file's order; cells of nothing but blanks count as absent."""
    prefix = f"{table.name}." if table.name and not table.alone else ""
    return [_column(prefix + name, name, table.data.column(i)) for i, name in enumerate(table.data.column_names)]


def _column(path: str, header: str, data: pa.ChunkedArray) -> Column:
    encoded = data.combine_chunks() if pa.types.is_dictionary(data.type) else pc.dictionary_encode(data.cast(pa.string())).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # no rows: no chunk
        if not encoded.num_chunks:
            return Column(path, np.empty(0, np.int32), (), header)
        encoded = pa.concat_arrays(encoded.unify_dictionaries().chunks)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return compact(path, header, codes, encoded.dictionary.to_pylist())


def compact(path: str, header: str, codes: Codes, values: list[str | None], **kept: object) -> Column:
    """A column without blank values; their rows become -1."""
    absent = [i for i, v in enumerate(values) if v is None or v.isspace() or not v]
    if not absent:
        return Column(path, codes, tuple(values), header, **kept)  # type: ignore[arg-type]
    renumber = np.arange(len(values) + 1, dtype=np.int32)
    renumber -= np.searchsorted(np.array(absent), renumber).astype(np.int32)
    renumber[[*absent, len(values)]] = -1
    gone = set(absent)
    return Column(path, renumber[codes], tuple(v for i, v in enumerate(values) if v is not None and i not in gone), header, **kept)  # type: ignore[arg-type]
