"""What new rows touch, built in DuckDB by the SQL that dbt compiled, without dbt's way around each model and check.

That way takes dbt 20 to 60 ms a node, of Python: three quarters of the time until a webhook's news can be looked up
(`python -m benchmarks.freshness`). So a warm process has dbt compile what follows a set of raw tables once, keeps
the statements, and runs them as dbt would: a table made anew under its contract, an incremental model by
delete+insert, a check by its own limits. It judges nothing: where a statement fails or a check does not hold, dbt
builds the same again and says what is wrong. On PostgreSQL dbt builds as ever.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import duckdb
from dbt.contracts.graph.manifest import Manifest

from billing import clock
from billing.settings import Settings
from billing.warehouse import paths

AS_OF = "1111-11-11 11:11:11"
"""The moment of the run while dbt compiles (its var `as_of`); each run puts its own in this place."""

_AS_OF_FORMAT = "%Y-%m-%d %H:%M:%S"


class NotGreen(Exception):
    """A statement failed or a check does not hold: dbt is to build the same, and to say why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Models in the order in which they can be built, then the checks; all compiled by dbt."""

    models: tuple[Any, ...]
    checks: tuple[Any, ...]


def follow(manifest: Manifest, tables: Iterable[str], without_tag: str) -> set[str]:
    """Return dbt's unique ids of what follows raw tables: tables, incremental models and data tests.

    Args:
        manifest: The parsed project.
        tables: As "raw_stripe.charges".
        without_tag: Models with this tag, and all that follows them, are left out.
    """
    manifest.build_parent_and_child_maps()  # type: ignore[no-untyped-call]
    named = {f"{one.schema}.{one.identifier}": one.unique_id for one in manifest.sources.values()}
    left_out = _below(manifest, {key for key, node in manifest.nodes.items() if without_tag in node.tags})
    found = _below(manifest, {named[table] for table in tables if table in named}) - left_out
    return {key for key in found if key in manifest.nodes and _is_built(manifest.nodes[key])}


def plan(manifest: Manifest, compiled: Mapping[str, Any]) -> Plan:
    """Put compiled nodes, by unique id, in order."""
    order = TopologicalSorter({key: manifest.parent_map[key] for key in manifest.nodes}).static_order()
    nodes = [compiled[key] for key in order if key in compiled]
    return Plan(
        models=tuple(node for node in nodes if node.resource_type == "model"),
        checks=tuple(node for node in nodes if node.resource_type == "test"),
    )


def run(settings: Settings, made: Plan, lenient: str) -> int:
    """Build the models, run the checks, and return how many checks held. The caller holds the writer lock.

    Args:
        settings: Where the warehouse is.
        made: What to run.
        lenient: Checks whose name begins so hold nothing back.

    Raises:
        NotGreen: see there; what was built until then is not to be published.
    """
    now = clock.now().strftime(_AS_OF_FORMAT)
    folder = settings.warehouse.dir
    try:
        with closing(duckdb.connect(str(folder / paths.MARTS))) as warehouse:
            warehouse.execute("set TimeZone = 'UTC'")
            for file, name, mode in ((paths.RAW, "raw", "(read_only)"), (paths.STAGING, "staging", "")):
                place = str(folder / file).replace("'", "''")
                warehouse.execute(f"attach '{place}' as {name} {mode}")
            for model in made.models:
                for statement in _statements(model):
                    warehouse.execute(statement.replace(AS_OF, now))
            return sum(_holds(warehouse, check, now, lenient) for check in made.checks)
    except duckdb.Error as cause:
        raise NotGreen(str(cause)) from cause


def _below(manifest: Manifest, keys: set[str]) -> set[str]:
    """Return nodes with all that depends on them, however far down."""
    found, next_ones = set(keys), list(keys)
    while next_ones:
        for child in manifest.child_map.get(next_ones.pop(), ()):
            if child not in found:
                found.add(child)
                next_ones.append(child)
    return found


def _is_built(node: Any) -> bool:
    is_living = node.resource_type == "model" and node.config.materialized in ("table", "incremental")
    return is_living or node.resource_type == "test"


def _statements(model: Any) -> Iterator[str]:
    """Yield what makes a model's table what dbt would make it."""
    table, select = model.relation_name, model.compiled_code
    if model.config.materialized == "incremental":
        yield f"create or replace temp table unstaged as {select}"
        yield "begin"
        keys = " and ".join(f"target.{key} = unstaged.{key}" for key in model.config.unique_key)
        yield f"delete from {table} as target using unstaged where {keys}"  # noqa: S608 - names of our models
        yield f"insert into {table} by name from unstaged"
        yield "commit"
    elif model.contract.enforced:
        yield "begin"
        yield f"create or replace table {table} ({', '.join(_columns(model))})"
        yield f"insert into {table} by name ({select})"
        yield "commit"
    else:
        yield f"create or replace table {table} as ({select})"


def _columns(model: Any) -> Iterator[str]:
    for column in model.columns.values():
        rules = [rule.type.value.replace("_", " ") for rule in column.constraints]
        yield " ".join([column.name, column.data_type, *rules])


def _holds(warehouse: duckdb.DuckDBPyConnection, check: Any, now: str, lenient: str) -> bool:
    """Say whether a check passes; False is a warning.

    Raises:
        NotGreen: it fails.
    """
    config, sql = check.config, check.compiled_code.replace(AS_OF, now)
    limit = f"limit {config.limit}" if config.limit else ""
    count = config.fail_calc
    found = warehouse.execute(
        f"select {count} {config.warn_if}, {count} {config.error_if} from ({sql} {limit}) as failing"  # noqa: S608 - dbt's
    ).fetchone()
    warns, errs = found or (True, True)
    if errs and config.severity.lower() == "error" and not check.name.startswith(lenient):
        raise NotGreen(check.name)
    return not warns
