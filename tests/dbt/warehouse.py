"""Raw tables for tests, and dbt in this process upon them, on either engine."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
import yaml
from dbt.adapters.factory import FACTORY, reset_adapters
from dbt.cli.main import dbtRunner

from tests.dbt.company import AS_OF, TABLES, Raw

# What Stripe's rows touch, views too: they hold the moment of the build.
OF_STRIPE = ("build", "--select", "source:raw_stripe+", "--exclude", "resource_type:unit_test")
PROJECT = Path(__file__).parents[2] / "dbt_project"
COLUMNS = (
    "account varchar not null, id varchar not null, created_at timestamp, fetched_at timestamp, "
    "api_version varchar, is_deleted boolean not null, batch_id varchar not null, data {text} not null"
)

LINK_COLUMNS = (
    "id bigint not null, kind varchar not null, customer_ref_a varchar not null, customer_ref_b varchar not null, "
    "actor varchar not null, reason varchar not null, created_at varchar not null, undone_at varchar"
)


@cache
def raw_tables() -> dict[str, list[str]]:
    """The raw tables of every gateway that the models unite, by schema; a pipeline always makes all of its own."""
    gateways = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["gateways"]
    found = {"raw_stripe": list(TABLES)}
    for gateway in gateways:
        sources = yaml.safe_load((PROJECT / f"models/staging/{gateway}/_sources.yml").read_text())["sources"]
        found |= {source["schema"]: [table["name"] for table in source["tables"]] for source in sources}
    return found


_manifests: dict[
    str, Any
] = {}  # parsed once per engine; every PostgreSQL warehouse here has the same database name


@dataclass
class Outcome:
    """What a dbt run did: `ok`, and each failed node with its message and first failing rows."""

    ok: bool
    failures: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)


@dataclass
class Warehouse:
    """One warehouse: a folder of DuckDB files, or a PostgreSQL database when `uri` is set."""

    folder: Path
    uri: str | None = None

    @property
    def target(self) -> str:
        return "postgres" if self.uri else "duckdb"

    def load(self, raw: Raw) -> None:
        """Upsert raw rows by (account, id), making the tables first."""
        with self.raw() as run:
            run("create schema if not exists raw_operations", ())
            run(f"create table if not exists raw_operations.person_links ({LINK_COLUMNS})", ())
            columns = COLUMNS.format(text="text" if self.uri else "varchar")
            for schema, tables in raw_tables().items():
                run(f"create schema if not exists {schema}", ())
                for table in tables:
                    run(f"create table if not exists {schema}.{table} ({columns})", ())
            for table, rows in raw.items():
                place = table if "." in table else f"raw_stripe.{table}"
                for row in rows:
                    mark = "%s" if self.uri else "?"
                    run(f"delete from {place} where account = {mark} and id = {mark}", row[:2])
                    run(f"insert into {place} values ({', '.join([mark] * 8)})", row)

    def say(self, *statements: tuple[Any, ...]) -> None:
        """Put agents' statements, (id, kind, ref_a, ref_b, actor, undone_at), where they are copied to."""
        mark = "%s" if self.uri else "?"
        with self.raw() as run:
            for id_, kind, a, b, actor, undone_at in statements:
                values = (id_, kind, a, b, actor, "because", "2026-11-23T18:00:00.000000+00:00", undone_at)
                run(f"insert into raw_operations.person_links values ({', '.join([mark] * 8)})", values)

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """A function (sql, parameters) -> rows on the raw tables."""
        if self.uri:
            with psycopg.connect(self.uri) as connection:
                yield connection.execute
        else:
            with duckdb.connect(str(self.folder / "raw.duckdb")) as connection:
                connection.begin()
                yield connection.execute
                connection.commit()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on what dbt built; schemas are marts and, on PostgreSQL, staging and intermediate."""
        if self.uri:
            with psycopg.connect(self.uri, row_factory=psycopg.rows.dict_row) as connection:
                return connection.execute(sql).fetchall()
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.folder}/staging.duckdb' as staging (read_only)")
            # Named as no schema is, like the published copy: "marts.charges" must not be ambiguous.
            connection.execute(f"attach '{self.folder}/marts.duckdb' as built (read_only)")
            connection.execute("use built")
            found = connection.execute(sql)
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def dbt(self, *command: str, as_of: str = AS_OF) -> Outcome:
        """Run dbt here, let go of every lock, and say what failed and on which rows."""
        place = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", self.target]
        logs = [
            "--target-path",
            str(self.folder / "target"),
            "--log-path",
            str(self.folder / "logs"),
            "--quiet",
        ]
        with _environment(self._variables()):
            try:
                if self.target not in _manifests:
                    _manifests[self.target] = dbtRunner().invoke(["parse", *place, *logs]).result
                runner = dbtRunner(manifest=_manifests[self.target])
                return _outcome(
                    runner.invoke([*command, *place, *logs, "--vars", json.dumps({"as_of": as_of})])
                )
            finally:
                _let_go()

    def _variables(self) -> dict[str, str]:
        if not self.uri:
            return {"WAREHOUSE_DIR": str(self.folder)}
        parts = urlsplit(self.uri)
        host = parts.hostname or parse_qs(parts.query)["host"][0]
        return {
            "WAREHOUSE_PG_HOST": host,
            "WAREHOUSE_PG_PORT": str(parts.port or 5432),
            "WAREHOUSE_PG_USER": parts.username or "postgres",
            "WAREHOUSE_PG_PASSWORD": parts.password or "none",
            "WAREHOUSE_PG_DBNAME": parts.path.lstrip("/"),
            "PGTZ": "Asia/Tokyo",  # no model may depend on the session's zone
        }


def _outcome(result: Any) -> Outcome:
    if result.exception:
        raise result.exception
    outcome = Outcome(result.success)
    for each in getattr(result.result, "results", []):
        name = each.node.name
        outcome.statuses[name] = str(each.status)
        if str(each.status) in {"error", "fail", "warn"}:
            rows = _failing_rows(each.node) if str(each.status) != "error" else []
            outcome.failures[name] = f"{each.message} {rows}"
    return outcome


def _failing_rows(node: Any) -> list[tuple[Any, ...]]:
    """The first rows that a failed test returns, read through the adapter that is still open."""
    adapter: Any = next(iter(FACTORY.adapters.values()))
    with adapter.connection_named("failing_rows"):
        _, table = adapter.execute(f"select * from ({node.compiled_code}) as failing limit 5", fetch=True)
        return [tuple(row) for row in table.rows]


def _let_go() -> None:
    """Close dbt's connections; DuckDB's files stay locked until the adapter's own connection is closed too."""
    adapters = list(FACTORY.adapters.values())
    reset_adapters()  # type: ignore[no-untyped-call]
    for adapter in adapters:
        environment = getattr(adapter.connections, "_ENV", None)
        if environment is not None:
            environment.close()
            type(adapter.connections)._ENV = None


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
