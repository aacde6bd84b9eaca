"""Gateways -> raw tables: one asset per raw table, one step per gateway, made by one factory from REGISTRY."""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    asset,
    multi_asset,
)

from billing.errors import BillhouseError, Transient
from billing.store import loads
from billing.warehouse import writer_lock
from dagster_defs.failures import give_up, has_tries_left, in_dagsters_terms
from dagster_defs.house import POOL, HouseResource
from gateways import REGISTRY
from pipelines.report import LoadReport
from pipelines.run import accounts, load

GROUP = "raw"
OPERATIONS = AssetKey("raw_operations")
LOADED = "every_account_loaded"


def assets(manifest: Mapping[str, Any]) -> list[AssetsDefinition]:
    """Return the raw assets of every gateway and the copy of the operational store.

    Args:
        manifest: dbt's; its source `raw_<gateway>` names the tables, so that one graph links both sides.
    """
    return [*(_raw_tables(name, _tables(manifest, name)) for name in REGISTRY), _operations()]


def loaded_checks(manifest: Mapping[str, Any]) -> list[AssetCheckKey]:
    """Return the check of each gateway that says whether every account could be loaded."""
    return [AssetCheckKey(_speaker(name, _tables(manifest, name)), LOADED) for name in REGISTRY]


def _speaker(gateway: str, tables: list[str]) -> AssetKey:
    """Return the asset that the check stands on: it needs one, and speaks for all tables of the gateway."""
    return AssetKey([f"raw_{gateway}", min(tables)])


def _tables(manifest: Mapping[str, Any], gateway: str) -> list[str]:
    sources = manifest["sources"].values()
    return sorted(source["name"] for source in sources if source["source_name"] == f"raw_{gateway}")


def _raw_tables(gateway: str, tables: list[str]) -> AssetsDefinition:
    keys = {table: AssetKey([f"raw_{gateway}", table]) for table in tables}
    title = REGISTRY[gateway].title
    first = _speaker(gateway, tables)

    @multi_asset(
        name=f"load_{gateway}",
        specs=[
            AssetSpec(
                key,
                group_name=GROUP,
                kinds={"dlt"},
                description=f"{title}'s {table}, verbatim: one row per account and object.",
            )
            for table, key in keys.items()
        ],
        check_specs=[
            AssetCheckSpec(LOADED, asset=first, description=f"Every {title} account could be loaded.")
        ],
        pool=POOL,
    )
    def load_gateway(
        context: AssetExecutionContext, house: HouseResource
    ) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        with in_dagsters_terms(context):
            reports, problems = _load_accounts(context, house, gateway)
        if problems and not reports:
            give_up(context, "No account could be loaded. " + " ".join(problems))
        for table, key in keys.items():
            yield MaterializeResult(asset_key=key, metadata=_counts(reports, table))
        yield AssetCheckResult(
            asset_key=first,
            check_name=LOADED,
            passed=not problems,
            metadata={"problems": "\n".join(problems) or "none"},
        )

    return load_gateway


def _load_accounts(
    context: AssetExecutionContext, house: HouseResource, gateway: str
) -> tuple[list[LoadReport], list[str]]:
    """Load each account; one that fails is named and does not hold up the others.

    Raises:
        Transient: an account's fault may pass and there are tries left.
    """
    reports: list[LoadReport] = []
    problems: list[str] = []
    with writer_lock(house.settings.warehouse):
        for _, account in accounts(house.settings, gateway):
            try:
                with loads.noted(house.engine, gateway, account.account):
                    reports.append(load(house.settings, gateway, account))
                context.log.info("%s: %s rows changed", account.account, reports[-1].rows_changed)
            except BillhouseError as fault:
                if isinstance(fault, Transient) and has_tries_left(context):
                    raise
                problems.append(f"{account.account}: {fault}")
    return reports, problems


def _counts(reports: list[LoadReport], table: str) -> dict[str, int | str]:
    counts: dict[str, int | str] = {}
    for report in reports:
        found = report.tables.get(table)
        counts[f"{report.account} rows read"] = found.rows_fetched if found else 0
        counts[f"{report.account} rows changed"] = found.rows_changed if found else 0
        counts[f"{report.account} batch"] = report.batch_id
    return counts


def _operations() -> AssetsDefinition:
    @asset(
        key=OPERATIONS,
        group_name=GROUP,
        kinds={"dlt"},
        pool=POOL,
        description="The operational store's audit log, actions, documents and queues, copied for analysts.",
    )
    def raw_operations(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
        from pipelines.operations import copy_store  # dlt takes a second to import: only a run needs it

        with in_dagsters_terms(context), writer_lock(house.settings.warehouse):
            report = copy_store(house.settings, house.engine)
        return MaterializeResult(
            metadata={f"{name} rows": table.rows_changed for name, table in report.tables.items()}
        )

    return raw_operations
