"""Raw -> staging -> marts by dbt, and the published copy, in one step.

Building and publishing share one hold of the writer lock: were it let go in between, another writer's unchecked
marts could be published in our name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings
from dagster_dbt.asset_utils import build_dbt_specs, get_asset_check_key_for_test

from billing.warehouse import publish, writer_lock
from dagster_defs.failures import give_up, in_dagsters_terms
from dagster_defs.house import POOL, HouseResource
from dagster_defs.ingest import OPERATIONS
from pipelines.build import NodeResult, build

PUBLISHED = AssetKey("published")
Props = Mapping[str, Any]


class Translator(DagsterDbtTranslator):
    """dbt's names as Dagster shows them; a source raw_stripe.charges is the raw asset of that name."""

    def get_asset_key(self, dbt_resource_props: Props) -> AssetKey:
        """Return [source, table] for a source, [layer, name] for a model or seed."""
        if dbt_resource_props["resource_type"] == "source":
            if dbt_resource_props["source_name"] == OPERATIONS.path[0]:  # copied as one asset
                return OPERATIONS
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return AssetKey([_layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Props) -> str | None:
        """Group by layer: seeds, staging, intermediate, marts."""
        return None if dbt_resource_props["resource_type"] == "source" else _layer(dbt_resource_props)


def _layer(props: Props) -> str:
    return "seeds" if props["resource_type"] == "seed" else str(props["fqn"][1])


@dataclass(frozen=True, slots=True)
class _Graph:
    """dbt's nodes by unique id, as the assets and checks that they are in Dagster."""

    assets: Mapping[str, AssetKey]
    checks: Mapping[str, AssetCheckKey]
    names: Mapping[AssetKey, str]


def assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    """Return the step that builds dbt's models, runs their checks and publishes, each visible as an asset."""
    translator = Translator(settings=DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))
    specs, check_specs = build_dbt_specs(
        translator=translator,
        manifest=manifest,
        select="fqn:*",
        exclude="",
        selector="",
        io_manager_key=None,
        project=None,
    )
    graph = _graph(manifest, translator)
    published = AssetSpec(
        PUBLISHED,
        deps=[spec.key for spec in specs if spec.key.path[0] == "marts"],
        group_name="published",
        description="The copy of the marts that people read; replaced in one step when every check is green.",
    )

    @multi_asset(
        name="build_and_publish",
        specs=[*specs, published],
        check_specs=check_specs,
        can_subset=True,
        allow_arbitrary_check_specs=True,  # checks of raw tables are dbt's too
        pool=POOL,
    )
    def build_and_publish(
        context: AssetExecutionContext, house: HouseResource
    ) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        chosen, snapshot = context.selected_asset_keys, None
        with in_dagsters_terms(context), writer_lock(house.settings.warehouse):
            # What is published was built and checked whole: another writer may have left marts that failed.
            names = sorted(graph.names[key] for key in chosen if key in graph.names)
            report = build(house.settings, None if PUBLISHED in chosen else " ".join(names))
            if not report.failed and PUBLISHED in chosen:
                snapshot = publish(house.settings.warehouse)
        yield from _events(graph, report.nodes, chosen, context.selected_asset_check_keys)
        if report.failed:
            give_up(context, "Nothing was published. " + "\n".join(report.failed))
        if snapshot:
            yield MaterializeResult(
                asset_key=PUBLISHED, metadata={"snapshot": snapshot, "checks passed": report.passed}
            )

    return build_and_publish


def _graph(manifest: Mapping[str, Any], translator: Translator) -> _Graph:
    nodes = manifest["nodes"]
    keys = {
        unique_id: translator.get_asset_key(props)
        for unique_id, props in nodes.items()
        if props["resource_type"] in ("model", "seed")
    }
    checks = {
        unique_id: get_asset_check_key_for_test(manifest, translator, unique_id, None)
        for unique_id, props in nodes.items()
        if props["resource_type"] == "test"
    }
    return _Graph(
        assets=keys,
        checks={unique_id: key for unique_id, key in checks.items() if key},
        names={key: str(nodes[unique_id]["name"]) for unique_id, key in keys.items()},
    )


def _events(
    graph: _Graph,
    nodes: Mapping[str, NodeResult],
    assets_chosen: set[AssetKey],
    checks_chosen: set[AssetCheckKey],
) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    for unique_id, node in nodes.items():
        key, check = graph.assets.get(unique_id), graph.checks.get(unique_id)
        if key in assets_chosen and node.status == "success":
            yield MaterializeResult(
                asset_key=key, metadata={"seconds": round(node.seconds, 2), "dbt": unique_id}
            )
        elif check in checks_chosen and node.status in ("pass", "warn", "fail", "error"):
            yield AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=node.status == "pass",
                severity=AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR,
                metadata={"failing rows": node.failures, "message": node.message or "none"},
            )
