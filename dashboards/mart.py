"""The published mart, opened so that nothing can be changed and nothing but it can be read."""

from __future__ import annotations

from pathlib import Path

import duckdb


class NoMart(Exception):
    """Nothing was published yet."""


CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "max_temp_directory_size": "0KB",
    "lock_configuration": "true",
}
"""No other file, no extension, no spill, and no way to change that. The same for every connection, because sessions of one process share
a database."""


def open_newest(mart: Path) -> duckdb.DuckDBPyConnection:
    """Open the mart of the last night by its versioned name, read only: the next night may replace the live name meanwhile, and a
    process that has a path open would get the old file again. Raises `NoMart`."""
    for _ in range(3):  # a night may publish, and remove an old version, between the two steps
        try:
            return duckdb.connect(str(newest(mart)), read_only=True, config=CLOSED)
        except duckdb.IOException:
            continue
    raise NoMart(str(mart))


def newest(mart: Path) -> Path:
    if not mart.exists():
        raise NoMart(str(mart))
    return next((path for path in mart.parent.glob(f"{mart.stem}-*{mart.suffix}") if path.samefile(mart)), mart)
