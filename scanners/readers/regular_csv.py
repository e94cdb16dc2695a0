"""Pieces of delimited text in which nothing is odd, read by Arrow. Whatever is odd gives None: the strict reader decides then.

Arrow is lenient where the strict reader is not (a quote within a cell, text after a closing quote), so quotes are looked at first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

_NEWLINE, _RETURN = 10, 13


def whole_records(data: bytes, delimiter: str, quote: str) -> int | None:
    """How many bytes of `data`, which begins with a record, are whole records; None where a quote is not where quotes belong.

    Counted from the start, each quote opens a cell or closes it; two that touch within a cell are one closing and one opening. So
    those at even places stand behind a delimiter, a line break or a quote, those at odd places before one.
    """
    raw = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(raw == ord(quote))
    if not at.size:
        return len(data)
    borders = np.zeros(256, bool)
    borders[[ord(delimiter), ord(quote), _NEWLINE, _RETURN]] = True
    opening, closing = at[0::2], at[1::2]
    behind, before = opening[1:] if opening[0] == 0 else opening, closing[:-1] if closing.size and closing[-1] == len(data) - 1 else closing
    if not borders[raw[behind - 1]].all() or not borders[raw[before + 1]].all():
        return None
    return len(data) if len(opening) == len(closing) else _before_open_record(data, at)


def _before_open_record(data: bytes, at: npt.NDArray[np.int64]) -> int | None:
    """Where the record begins in which the last quote opens a cell that does not end."""
    for last in range(len(at) - 1, -1, -2):
        if (end := data.rfind(b"\n", at[last - 1] + 1 if last else 0, at[last])) >= 0:
            return end + 1
    return None


def read(data: bytes, delimiter: str, quote: str, width: int) -> list[pa.ChunkedArray] | None:
    """The columns of whole records, empty cells as NULL; None where a row has another number of cells."""
    names = [str(n) for n in range(width)]
    quoted = quote.encode() in data
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
            arrow_csv.ParseOptions(delimiter=delimiter, quote_char=quote if quoted else False, newlines_in_values=quoted),
            arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return list(table.columns)


def without_rows_like(columns: Sequence[pa.ChunkedArray], row: Sequence[str]) -> list[pa.ChunkedArray]:
    """The columns without rows that repeat `row`."""
    same = None
    for column, cell in sorted(zip(columns, row, strict=True), key=lambda pair: not pair[1]):  # an empty cell tells little
        equal = pc.equal(column, cell).fill_null(False) if cell else column.is_null()
        same = equal if same is None else pc.and_(same, equal)
        if not pc.any(same).as_py():
            return list(columns)
    return [column.filter(pc.invert(same)) for column in columns]
