"""Checks on the published copy: is it fresh, do its totals agree, does every amount fit its currency?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dagster import AssetCheckResult, AssetChecksDefinition, AssetCheckSeverity, asset_check

from billing import clock
from billing.errors import NotFound
from billing.warehouse.reader import Reader, snapshot
from dagster_defs.house import HouseResource
from dagster_defs.transform import PUBLISHED

STALE_AFTER = timedelta(hours=1)
SHOWN = 20


@asset_check(asset=PUBLISHED)
def is_fresh(house: HouseResource) -> AssetCheckResult:
    """The published copy is younger than an hour."""
    try:
        name, published_at = snapshot(house.reader)
    except NotFound as nothing:
        return AssetCheckResult(passed=False, metadata={"problem": str(nothing)})
    age = clock.now() - published_at
    return AssetCheckResult(
        passed=age <= STALE_AFTER,
        metadata={"snapshot": name, "age in minutes": round(age.total_seconds() / 60)},
    )


@asset_check(asset=PUBLISHED)
def control_totals_agree(house: HouseResource) -> AssetCheckResult:
    """What the marts add up to is what the gateways' balance transactions add up to, to the minor unit."""
    query = """
        select account, currency, measure, ours_minor, independent_minor, difference_minor from control_totals
        where difference_minor <> 0 order by account, currency, measure"""
    return _no_rows(house.reader, query, "differing totals", AssetCheckSeverity.ERROR)


@asset_check(asset=PUBLISHED)
def daily_totals_agree(house: HouseResource) -> AssetCheckResult:
    """Each day's totals are what the gateways' own books say of that day, to the minor unit."""
    query = """
        select gateway, account, day, currency, measure, ours_minor, independent_minor, difference_minor
        from control_totals_daily
        where difference_minor <> 0 order by gateway, account, day desc, currency, measure"""
    return _no_rows(house.reader, query, "differing days", AssetCheckSeverity.ERROR)


@asset_check(asset=PUBLISHED)
def amounts_fit_their_currency(house: HouseResource) -> AssetCheckResult:
    """No amount has more decimals than its currency; those that do are kept exactly in raw and listed."""
    query = "select object_ref, field, raw_value, currency, why from unfit_amounts order by object_ref"
    return _no_rows(house.reader, query, "unfit amounts", AssetCheckSeverity.WARN)


def _no_rows(reader: Reader, query: str, what: str, severity: AssetCheckSeverity) -> AssetCheckResult:
    rows: Sequence[dict[str, Any]] = reader.rows(query)
    lines = ["; ".join(f"{name}={value}" for name, value in row.items()) for row in rows[:SHOWN]]
    return AssetCheckResult(
        passed=not rows, severity=severity, metadata={what: len(rows), "first": "\n".join(lines) or "none"}
    )


CHECKS: list[AssetChecksDefinition] = [
    is_fresh,
    control_totals_agree,
    daily_totals_agree,
    amounts_fit_their_currency,
]
