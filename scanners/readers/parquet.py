"""Parquet, row group by row group, so that a damaged one costs only itself. Nested columns become rows as in JSON (flatten.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scanners.errors import Quarantine
from scanners.readers import flatten, tables
from scanners.readers.plain import Plain, text
from scanners.readers.source import Reading, Source
from scanners.schemas import TextTable

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_BATCH_ROWS = 20_000
_OWN_METADATA = frozenset({"ARROW:schema", "pandas"})
_READ = {"use_threads": False}
_ERRORS = (pa.ArrowException, OSError, ValueError, OverflowError, TypeError, KeyError, NotImplementedError)


class ParquetReader:
    """Parquet files, by their first bytes."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return head.startswith((_MAGIC, _ENCRYPTED))

    def read(self, source: Source) -> Reading:
        file = _open(source.data)
        rows = _Rows(file)
        found = rows.read()
        properties = _properties(file.schema_arrow.metadata or {}) if found or not rows.reasons else []
        if not found and rows.reasons:
            raise Quarantine("the parquet is damaged: nothing of it can be read")
        return Reading(tables.parsed("parquet", [*found, *properties], None, {}, rows.reasons))


def _open(data: bytes) -> pq.ParquetFile:
    if data.startswith(_ENCRYPTED) or data.endswith(_ENCRYPTED):
        raise Quarantine("the parquet is encrypted")
    if len(data) < 12 or not data.endswith(_MAGIC):
        raise Quarantine("the parquet is cut off: its directory, at the end, is missing")
    try:
        return pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    except _ERRORS as error:
        raise Quarantine("the parquet is encrypted" if "ncrypt" in str(error) else "the parquet is damaged") from None


def _properties(metadata: Mapping[bytes, bytes]) -> list[TextTable]:
    """What whoever wrote the file put beside the schema."""
    said = {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in metadata.items()}
    kept = {key: value for key, value in said.items() if key not in _OWN_METADATA}
    if not kept:
        return []
    return [TextTable(tables.PROPERTIES, tables.columns_table({"path": list(kept), "value": list(kept.values())}))]


class _Rows:
    """One pass over a file."""

    def __init__(self, file: pq.ParquetFile) -> None:
        self.file, self.schema = file, file.schema_arrow
        self.reasons: list[str] = []
        self.plain = Plain()
        self.names = tables.unique_names([field.name for field in self.schema])
        self.nested = any(pa.types.is_nested(_bare(field.type)) for field in self.schema)
        self._bad: dict[int, list[int]] = {}
        self._not_utf8 = False

    def read(self) -> list[TextTable]:
        """The one table, and that of further fields; what was missed is in `reasons`."""
        table = tables.RowTable("")
        chunks: list[pa.Table] = []
        for group in range(self.file.num_row_groups):
            for columns in self._group(group):
                if self.nested:
                    self._add_nested(columns, table)
                else:
                    chunks.append(pa.table([self._texts(column) for column in columns], names=self.names))
        self.reasons += [
            f"{_columns(columns, len(self.names))} of row group {group + 1:,} cannot be read" for group, columns in self._bad.items()
        ]
        if self._not_utf8:
            self.reasons.append("texts that are not UTF-8")
        if self.plain.binary:
            self.reasons.append(f"{self.plain.binary:,} binary values are no text")
        if self._bad and not chunks and not self.nested:
            return []
        if self.nested:
            return table.tables()
        empty = pa.table({name: pa.array([], pa.string()) for name in self.names})
        return [TextTable("", pa.concat_tables(chunks) if chunks else empty)] if self.names else []

    def _group(self, group: int) -> list[list[pa.Array]]:
        """The batches of one row group; where it is damaged, with NULLs for the columns that are."""
        try:
            batches = self.file.iter_batches(_BATCH_ROWS, row_groups=[group], **_READ)
            return [[self._decoded(column) for column in batch.columns] for batch in batches]
        except _ERRORS:
            return self._columnwise(group)

    def _columnwise(self, group: int) -> list[list[pa.Array]]:
        count = self.file.metadata.row_group(group).num_rows
        columns: list[pa.Array] = []
        for number, field in enumerate(self.schema):
            try:
                part = self.file.read_row_group(group, columns=[field.name], **_READ)
                column = self._decoded(part.column(0).combine_chunks())
                if part.num_columns != 1 or len(column) != count:
                    raise ValueError
            except _ERRORS:
                self._bad.setdefault(group, []).append(number + 1)
                column = None
            columns.append(column)
        known = [column for column in columns if column is not None]
        if not known:
            return []
        return [[pa.nulls(len(known[0]), pa.string()) if column is None else column for column in columns]]

    def _decoded(self, column: pa.Array) -> pa.Array:
        """Without dictionaries, extension types and views. Checked before it is used: Arrow believes what a page says."""
        if isinstance(column, pa.ExtensionArray):
            column = column.storage
        if pa.types.is_dictionary(column.type):
            column = pc.cast(column, column.type.value_type)
        if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = pc.cast(column, pa.string())
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            if not pa.types.is_string(column.type):
                raise
            raw = column.view(pa.binary())
            raw.validate(full=True)
            column = tables.strings([None if value is None else text(value) for value in raw.to_pylist()])
            self._not_utf8 = True
        return column

    def _texts(self, column: pa.Array) -> pa.Array:
        """A column of text, value by distinct value."""
        if pa.types.is_string(column.type) or pa.types.is_null(column.type):
            return column.cast(pa.string())
        try:
            encoded = column.dictionary_encode()
        except pa.ArrowException:  # a type without equality
            return tables.strings([self.plain.scalar(value) for value in _objects(column)])
        texts = [self.plain.scalar(value) for value in _objects(encoded.dictionary)]
        return tables.strings(texts).take(encoded.indices) if texts else pa.nulls(len(column), pa.string())

    def _add_nested(self, columns: Sequence[pa.Array], table: tables.RowTable) -> None:
        values = [_objects(column) for column in columns]
        for row in zip(*values, strict=True):
            record = {name: self.plain.value(_maps(value)) for name, value in zip(self.names, row, strict=True)}
            for flat in flatten.rows(record):
                table.add(flat)


def _bare(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _objects(column: pa.Array) -> list[object]:
    """Python's values; times finer than microseconds are cut, and what no calendar holds is a number."""
    try:
        if pa.types.is_timestamp(column.type):
            finest = pa.timestamp("us", "UTC" if column.type.tz else None)
            column = pc.cast(column, options=pc.CastOptions(finest, allow_time_truncate=True))
        return list(column.to_pylist(maps_as_pydicts=None))
    except (ValueError, OverflowError, pa.ArrowException, KeyError):
        if pa.types.is_nested(column.type):
            return [_object(column[i]) for i in range(len(column))]
        return list(pc.cast(column, pa.int64() if pa.types.is_temporal(column.type) else pa.string(), safe=False).to_pylist())


def _object(value: pa.Scalar) -> object:
    try:
        return value.as_py()
    except (ValueError, OverflowError, pa.ArrowException, KeyError):
        return str(value)


def _maps(value: object) -> object:
    """Arrow's maps are lists of pairs: as objects, which `flatten` knows."""
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return [{"key": key, "value": _maps(item)} for key, item in value]
        return [_maps(item) for item in value]
    return {key: _maps(item) for key, item in value.items()} if isinstance(value, dict) else value


def _columns(numbers: Sequence[int], width: int) -> str:
    if len(numbers) == width:
        return "all columns"
    return (
        f"column {numbers[0]:,}" if len(numbers) == 1 else f"columns {', '.join(map(str, numbers[:5]))}{' …' if len(numbers) > 5 else ''}"
    )
