"""Raw -> staging -> marts by dbt, and the published copy, in one step.

Building and publishing share one hold of the writer lock: were it let go in between, another writer's unchecked
marts could be published in our name.
"""

import json
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

from billing.settings import Settings
from billing.warehouse import publish, writer_lock
from dagster_defs.failures import give_up, in_dagsters_terms
from dagster_defs.house import POOL, HouseResource
from pipelines.build import BuildReport, build, target_folder

PUBLISHED = AssetKey("published")
Props = Mapping[str, Any]


class Translator(DagsterDbtTranslator):
    """dbt's names as Dagster shows them; a source raw_stripe.charges is the raw asset of that name."""

    def get_asset_key(self, dbt_resource_props: Props) -> AssetKey:
        """Return [source, table] for a source, [layer, name] for a model or seed."""
        if dbt_resource_props["resource_type"] == "source":
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
            select = " ".join(sorted(graph.names[key] for key in chosen if key in graph.names))
            report, results = _build(house.settings, None if not context.is_subset else select)
            if not report.failed and PUBLISHED in chosen:
                snapshot = publish(house.settings.warehouse)
        yield from _events(graph, results, chosen, context.selected_asset_check_keys)
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


def _build(settings: Settings, select: str | None) -> tuple[BuildReport, list[dict[str, Any]]]:
    """Build, and return dbt's own result of every node beside the report."""
    path = target_folder(settings) / "run_results.json"
    path.unlink(missing_ok=True)  # an earlier run's results must not pass for this one's
    report = build(settings, select=select)
    return report, json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []


def _events(
    graph: _Graph,
    results: list[dict[str, Any]],
    assets_chosen: set[AssetKey],
    checks_chosen: set[AssetCheckKey],
) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    for result in results:
        unique_id, status = result["unique_id"], result["status"]
        key, check = graph.assets.get(unique_id), graph.checks.get(unique_id)
        if key in assets_chosen and status == "success":
            yield MaterializeResult(
                asset_key=key, metadata={"seconds": round(result["execution_time"], 2), "dbt": unique_id}
            )
        elif check in checks_chosen and status in ("pass", "warn", "fail", "error"):
            yield AssetCheckResult(
                asset_key=check.asset_key,
                check_name=check.name,
                passed=status == "pass",
                severity=AssetCheckSeverity.WARN if status == "warn" else AssetCheckSeverity.ERROR,
                metadata={"failing rows": result["failures"] or 0, "message": result["message"] or "none"},
            )
