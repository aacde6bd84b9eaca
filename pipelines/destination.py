"""Settings -> a dlt pipeline that writes to this warehouse profile, with nothing taken from dlt's own files.

One pipeline per gateway (and one for the operational store): its working folder, with packages that a killed
run left behind and the cursors, is <var>/dlt/<name>; its schema is raw_<name>.
"""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

import dlt
import duckdb
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider, CustomLoaderDocProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.destination.exceptions import DestinationTransientException
from dlt.common.runtime.run_context import RunContext
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase
from dlt.pipeline.exceptions import PipelineStepFailed

from billing.errors import BillhouseError, Transient
from billing.settings import Settings
from billing.warehouse import paths
from billing.warehouse.postgres import connect_postgres

_CONFIG: dict[str, Any] = {
    "runtime": {"dlthub_telemetry": False, "log_level": "ERROR"},
    "load": {
        "truncate_staging_dataset": True,  # the merge's second copy of the rows is of no use afterwards
        "delete_completed_jobs": True,
    },
    "normalize": {"parquet_normalizer": {"add_dlt_load_id": False, "add_dlt_id": False}},
}


class _Surroundings(RunContext):
    """Where dlt looks for settings: in `_CONFIG` alone.

    By itself it also asks the environment, .dlt/*.toml and Streamlit, which it imports to be able to ask.
    """

    def initial_providers(self) -> list[ConfigProvider]:
        return [CustomLoaderDocProvider("billhouse", lambda: _CONFIG)]


# The one connection that all questions of an open pipeline share: making one takes longer than most questions do.
_clients: WeakKeyDictionary[dlt.Pipeline, SqlClientBase[Any]] = WeakKeyDictionary()


@contextmanager
def open_pipeline(settings: Settings, name: str) -> Iterator[dlt.Pipeline]:
    """Yield the pipeline that loads raw_<name>, with what a killed run left behind already loaded.

    The caller holds the warehouse's writer lock. Errors of dlt are turned into ours where we caused them.

    Raises:
        Transient: the destination does not answer.
        BillhouseError: what a resource raised while it was read.
    """
    surroundings = PluggableRunContext(_Surroundings(None))
    with Container().injectable_context(surroundings), _our_errors():
        pipeline = dlt.pipeline(
            pipeline_name=name,
            pipelines_dir=str(settings.var / "dlt"),
            destination=_destination(settings),
            dataset_name=f"raw_{name}",
        )
        try:
            pipeline.sync_destination()
            _finish_pending(pipeline)
            _forget_loaded(pipeline)
            if settings.warehouse.engine == "postgres":
                _index_keys(pipeline)
            yield pipeline
        finally:
            client = _clients.pop(pipeline, None)
            if client is not None:
                client.close_connection()
            pipeline.deactivate()


def run(pipeline: dlt.Pipeline, name: str, resources: Any) -> None:
    """Extract, normalize and load resources as one package under the schema `name`.

    Raises:
        BillhouseError: see `open_pipeline`; nothing of the package counts then, the cursors included.
    """
    source = dlt.source(lambda: resources, name=name, max_table_nesting=0)
    # Not `pipeline.run`, which would first ask the destination for the state again.
    pipeline.extract(source())
    pipeline.normalize()
    pipeline.load()


def state(pipeline: dlt.Pipeline, name: str) -> dict[str, Any]:
    """Return what the pipeline's source has stored with its last load; a copy."""
    found: dict[str, Any] = pipeline.state.get("sources", {}).get(name, {})
    return dict(found)


def tables(pipeline: dlt.Pipeline) -> Collection[str]:
    """Return the names of the tables that the pipeline has made."""
    return pipeline.default_schema.tables if pipeline.default_schema_name else ()


def query(pipeline: dlt.Pipeline, sql: str, *params: Any) -> list[Any]:
    """Return the rows of a question, with %s for parameters, about what an open pipeline has loaded.

    A table that is not there yet holds no rows.
    """
    client = _clients.get(pipeline)
    if client is None:
        client = pipeline.sql_client()
        client.open_connection()
        _clients[pipeline] = client
    try:
        return list(client.execute_sql(sql, *params) or [])
    except DatabaseUndefinedRelation:
        return []


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a question about the raw tables of all pipelines, none of which is open.

    Raises:
        Transient: the warehouse does not answer.
    """
    warehouse = settings.warehouse
    if warehouse.engine == "postgres":
        with connect_postgres(warehouse) as server:
            return server.execute(sql.encode()).fetchall()
    file = warehouse.dir / paths.RAW
    if not file.exists():
        return []
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def present(settings: Settings) -> set[tuple[str, str]]:
    """Return (schema, name) of each table that is there.

    Raises:
        Transient: the warehouse does not answer.
    """
    return set(ask(settings, "select table_schema, table_name from information_schema.tables"))


def _finish_pending(pipeline: dlt.Pipeline) -> None:
    """Load what a killed run left behind: it is whole, and later batches must not overtake it."""
    while pipeline.has_pending_data:
        pipeline.run()


def _forget_loaded(pipeline: dlt.Pipeline) -> None:
    """Remove the records of packages already loaded: a load every few minutes would fill the disk with them."""
    loaded = Path(pipeline.working_dir) / "load" / "loaded"
    for package in loaded.iterdir() if loaded.is_dir() else ():
        shutil.rmtree(package)


def _index_keys(pipeline: dlt.Pipeline) -> None:
    """Give PostgreSQL indexes on the keys, by which rows are looked up, and on the batches. DuckDB needs none."""
    statements = []
    for table in tables(pipeline):
        columns = pipeline.default_schema.get_table_columns(table)
        key = ", ".join(name for name, column in columns.items() if column.get("primary_key"))
        if key:
            statements.append(f"create unique index if not exists {table}_key on {table} ({key})")
        if "batch_id" in columns:  # staging asks for the newest
            statements.append(f"create index if not exists {table}_batch on {table} (batch_id)")
    if statements:
        with pipeline.sql_client() as client:
            client.execute_sql("; ".join(statements))


def _destination(settings: Settings) -> Any:
    warehouse = settings.warehouse
    if warehouse.engine == "duckdb":
        warehouse.dir.mkdir(parents=True, exist_ok=True)
        return dlt.destinations.duckdb(credentials=str(warehouse.dir / paths.RAW))
    return dlt.destinations.postgres(
        credentials={
            "host": quote(warehouse.host, safe=""),  # may be the folder of a Unix socket
            "port": warehouse.port,
            "username": warehouse.user,
            "password": warehouse.password.get_secret_value() if warehouse.password else "",
            "database": warehouse.dbname,
        },
        # dlt's own tables have unique ids by default; a load that is killed after it wrote its state, but before
        # it noted that, writes it again, and would then fail for ever.
        create_indexes=False,
    )


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (PipelineStepFailed, DestinationTransientException) as failure:
        cause: BaseException | None = failure
        while cause is not None:
            if isinstance(cause, BillhouseError):
                raise cause from None
            if isinstance(cause, DestinationTransientException):
                raise Transient(f"The warehouse could not be written: {cause}") from failure
            cause = cause.__cause__ or cause.__context__
        raise
