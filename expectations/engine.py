"""The small Great Expectations engine that works on DuckDB, and the stage opened through it.

Here belongs what GX needs in order to ask DuckDB a question, and nothing about controls. Stock GX closes its connection before
the rows are read and leaves a failed transaction behind, so that one failed cast fails every later expectation: the engine below
keeps one connection and rolls back. It also keeps values out of errors: what DuckDB says quotes the cell it stumbled on, so an
error leaves this module as `CheckFailed` with the class of the error and nothing else.
"""

from __future__ import annotations

import builtins
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

with warnings.catch_warnings():
    # Deprecations inside GX and what it imports are not ours to mend, and the tests turn warnings into errors.
    warnings.simplefilter("ignore")
    import great_expectations as gx
    from great_expectations.compatibility import pydantic
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine


def _silence(name: str) -> None:
    """GX logs the text of errors, and the text quotes values. Some of its loggers have a level of their own."""
    for each in [name, *(other for other in logging.root.manager.loggerDict if other.startswith(f"{name}."))]:
        logging.getLogger(each).setLevel(logging.NOTSET)
    logger = logging.getLogger(name)
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False


_silence("great_expectations")

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "temp_directory": "",  # no spill: what lies in a stage is small, and spill files are in clear
}


Record = dict[str, Any]
"""Column → value."""


class CheckFailed(Exception):
    """A query could not run. The message is the class of the error, never its text."""


def error_class(error: BaseException) -> str:
    """The name of the class people can look up: DuckDB's where SQLAlchemy only wraps it."""
    if isinstance(error, CheckFailed) and error.args:
        return str(error.args[0])
    if isinstance(error, DBAPIError) and error.orig is not None:
        return type(error.orig).__name__
    return type(error).__name__


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """GX's SQL engine with one kept, clean connection; `attach` maps schema aliases to database files, all read-only."""

    def __init__(self, *args: Any, attach: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = dict(attach or {})
        sa.event.listen(self.engine, "connect", lambda connection, _record: _attach(connection, files))

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
        if self._connection.in_transaction():
            self._connection.rollback()  # else one failed query fails every later one
        yield self._connection

    def execute_query(self, query: Any) -> Any:
        failed = ""
        try:
            return super().execute_query(query)
        except Exception as error:
            failed = error_class(error)
        raise CheckFailed(failed)  # outside the handler: the error with the value is not even its context

    def records(self, sql: str, parameters: Sequence[object] = ()) -> list[Record]:
        """All rows of a query (`?` for parameters), fetched here: what fails while fetching fails safely too. Raises `CheckFailed`."""
        failed = ""
        try:
            with self.get_connection() as connection:
                return [dict(row) for row in connection.exec_driver_sql(sql, tuple(parameters)).mappings()]
        except Exception as error:
            failed = error_class(error)
        raise CheckFailed(failed)

    def close(self) -> None:
        """Let go of the files: whoever built the stage writes to it next."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


def _attach(connection: Any, files: Mapping[str, str]) -> None:
    for alias, path in files.items():
        quoted = path.replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS {alias} (READ_ONLY)")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


class DuckDBDatasource(SQLDatasource):
    """The data source that names the engine; importing this module registers `context.data_sources.add_duckdb`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
    attach: dict[str, str] = pydantic.Field(default_factory=dict)

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        return DuckDBExecutionEngine

    def get_engine(self) -> sa.Engine:
        return self.get_execution_engine().engine  # one engine: a second one would have nothing attached

    def test_connection(self, test_assets: bool = True) -> None:
        """Nothing: GX quotes the error of a failed test; `open_stage` makes its own."""


class Stage:
    """The two files of the stage (schemas `facts` and `mart`): `records` asks them, `batch` is what suites are validated on."""

    def __init__(self, engine: DuckDBExecutionEngine, batch: Batch) -> None:
        self.records = engine.records
        self.batch = batch


@contextmanager
def open_stage(facts: Path, stage_mart: Path) -> Iterator[Stage]:
    """Attach both files read-only, write nothing, let go of them at the end. Raises `CheckFailed` when one cannot be opened."""
    source = _source(facts, stage_mart)
    engine = source.get_execution_engine()
    assert isinstance(engine, DuckDBExecutionEngine)
    try:
        engine.records("SELECT 1")  # attaches
        yield Stage(engine, _batch(source))
    finally:
        engine.close()


def records_of(alias: str, file: Path, sql: str) -> list[Record]:
    """The rows of a query on one file alone, attached read-only as `alias`. Raises `CheckFailed`."""
    failed = ""
    try:
        with duckdb.connect(":memory:", config=_CONFIG) as connection:
            _attach(connection, {alias: str(file.resolve())})
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except Exception as error:
        failed = error_class(error)
    raise CheckFailed(failed)


def _source(facts: Path, stage_mart: Path) -> DuckDBDatasource:
    config = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())  # the default makes a folder for Data Docs
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_duckdb(
        name="stage",
        connection_string="duckdb:///:memory:",
        create_temp_table=False,
        kwargs={"connect_args": {"config": _CONFIG}},
        attach={"facts": str(facts.resolve()), "mart": str(stage_mart.resolve())},
    )
    assert isinstance(source, DuckDBDatasource)
    return source


def _batch(source: DuckDBDatasource) -> Batch:
    """The batch is the table of evaluations; each expectation's query names its control. Nothing is read yet."""
    asset = source.add_query_asset(name="evaluations", query="SELECT * FROM facts.evaluations")
    return asset.add_batch_definition_whole_table("all").get_batch()
