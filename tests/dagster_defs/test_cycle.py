"""Both jobs in this process, against the sandbox: loaded; built, checked, published, delivered."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stamina
from dagster import (
    AssetCheckSeverity,
    AssetKey,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
)

from gateways import REGISTRY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(definitions: Definitions, job: str, instance: DagsterInstance) -> ExecuteInProcessResult:
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)


def metadata(result: ExecuteInProcessResult, *path: str) -> dict[str, Any]:
    (event,) = [
        event.materialization
        for event in result.all_events
        if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key == AssetKey(list(path))
    ]
    return {name: value.value for name, value in event.metadata.items()}


def checks(result: ExecuteInProcessResult) -> dict[str, bool]:
    """Whether each check passed; a warning holds nothing up, and the company has some on purpose."""
    return {
        f"{check.asset_key.to_user_string()}: {check.check_name}": check.passed
        or check.severity is AssetCheckSeverity.WARN
        for check in result.get_asset_check_evaluations()
    }


def test_a_cycle_goes_the_whole_road_and_a_second_one_finds_nothing_new(
    fresh_sandbox: Callable[..., Any],
    write_config: Callable[..., Path],
    definitions_for: Callable[[Path], Definitions],
    instance: DagsterInstance,
) -> None:
    sandbox = fresh_sandbox()
    definitions = definitions_for(write_config(sandbox))
    load, first = run(definitions, "load", instance), run(definitions, "publish", instance)
    assert load.success
    assert first.success
    ledger = sandbox.control("ledger")
    assert metadata(first, "published")["snapshot"] == "serve-1"
    read = metadata(load, "raw_stripe", "charges")
    for account, counts in ledger["counts"].items():
        if account.startswith("stripe"):
            assert read[f"{account} rows read"] >= counts["charges"] > 0
    made = checks(load) | checks(first)
    assert sorted(name for name, passed in made.items() if not passed) == []
    assert "raw_stripe/accounts: every_account_loaded" in checks(load)
    assert "raw_stripe/charges: source_fields_hold_raw_stripe_charges_" in checks(first), "a build's own"
    assert "published: control_totals_agree" in checks(first)
    assert metadata(first, "documents")["documents issued"] > 0
    assert metadata(first, "helpdesk_contacts")["writes"] > 0
    layers = {key.path[0] for key in materialized(load) | materialized(first)}
    assert layers >= {"raw_stripe", "staging", "intermediate", "marts", "seeds"}

    again, second = run(definitions, "load", instance), run(definitions, "publish", instance)
    assert metadata(again, "raw_stripe", "charges")["stripe_eu rows changed"] == 0
    assert metadata(second, "documents")["documents issued"] == 0
    assert metadata(second, "helpdesk_contacts")["writes"] == 0


def materialized(result: ExecuteInProcessResult) -> set[AssetKey]:
    return {e.asset_key for e in result.all_events if e.event_type_value == "ASSET_MATERIALIZATION"}


def test_one_account_that_fails_does_not_hold_up_the_other(
    sandbox: Any,
    write_config: Callable[..., Path],
    definitions_for: Callable[[Path], Definitions],
    instance: DagsterInstance,
) -> None:
    config = write_config(sandbox)
    (config.parent / "secrets" / "stripe_us").write_text("sk_test_revoked")
    only_stripe(config)
    result = run(definitions_for(config), "load", instance)
    assert result.success
    assert metadata(result, "raw_stripe", "charges")["stripe_eu rows read"] > 0
    assert checks(result)["raw_stripe/accounts: every_account_loaded"] is False


def test_gateways_that_are_down_or_refuse_fail_their_own_assets_only(
    fresh_sandbox: Callable[..., Any],
    write_config: Callable[..., Path],
    definitions_for: Callable[[Path], Definitions],
    instance: DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dagster_defs import failures

    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0)
    sandbox = fresh_sandbox()
    config = write_config(sandbox)
    for name in ("stripe_us", "stripe_eu"):
        (config.parent / "secrets" / name).write_text("sk_test_revoked")
    sandbox.control("faults", path="/paypal/*", kind="500", times=1_000_000)
    definitions = definitions_for(config)
    with stamina.set_testing(True):
        load = run(definitions, "load", instance)
    down = {"stripe", "paypal"}
    assert not load.success
    failed = {event.step_key for event in load.all_events if event.event_type_value == "STEP_FAILURE"}
    assert failed == {f"load_{gateway}" for gateway in down}
    read = {key.path[0] for key in materialized(load)}
    assert read == {f"raw_{gateway}" for gateway in REGISTRY if gateway not in down} | {
        "raw_operations",
        "settled_actions",
    }
    assert "sk_test_revoked" not in "".join(str(event) for event in load.all_events)
    tries = [step.step_key for step in load.all_events if step.event_type_value == "STEP_START"]
    assert tries.count("load_stripe") == 1, "a bad key is not tried again"
    assert instance.get_run_by_id(load.run_id).tags["billhouse/retryable"] == "no"

    publish = run(definitions, "publish", instance)
    assert publish.success
    assert metadata(publish, "published")["snapshot"] == "serve-1"
    assert checks(publish)["published: control_totals_agree"]


def test_an_outage_is_waited_for(
    fresh_sandbox: Callable[..., Any],
    write_config: Callable[..., Path],
    definitions_for: Callable[[Path], Definitions],
    instance: DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from billing.errors import Transient
    from dagster_defs import failures, ingest

    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0)
    real, calls = ingest.load, []

    def flaky(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise Transient("503")
        return real(*args, **kwargs)

    monkeypatch.setattr(ingest, "load", flaky)
    config = write_config(fresh_sandbox())
    only_stripe(config)
    result = run(definitions_for(config), "load", instance)
    assert result.success
    assert len(calls) == 3, "one failure, then both accounts"


def only_stripe(config: Path) -> None:
    """Take every other gateway's accounts out of a configuration."""
    tables = re.split(r"^(?=\[)", config.read_text(), flags=re.MULTILINE)
    others = [one for one in tables if one.startswith("[[gateways.") and "[[gateways.stripe]]" not in one]
    config.write_text("".join(one for one in tables if one not in others))
