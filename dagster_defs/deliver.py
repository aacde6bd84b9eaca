"""Published copy -> customers and helpdesks, and the settling of actions whose outcome is unknown.

None of it holds the writer lock: a slow mail server does not keep anybody from loading.

Documents are issued twice over: for everything that is due after each publish, and day by day, so that a day can be
looked at, and run again, by itself. Either finds what the other has issued, and issues nothing a second time.
"""

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
)

import helpdesk_sync.engine
import invoices.notices
import invoices.run
from actions.reconcile import settle
from actions.wiring import adapters
from dagster_defs.failures import in_dagsters_terms
from dagster_defs.house import HouseResource
from dagster_defs.transform import PUBLISHED
from invoices.postman import Delivery
from invoices.run import RunReport

GROUP = "delivered"
BY_DAY = "documents_by_day"


@asset(group_name=GROUP, deps=[PUBLISHED])
def documents(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
    """Documents of whatever was paid or refunded since the last run, numbered, kept and mailed once each."""
    with in_dagsters_terms(context):
        report = invoices.run.run(house.settings, house.engine, house.reader)
    return MaterializeResult(metadata=_told(report))


def documents_by_day(first: date, time_zone: str) -> AssetsDefinition:
    """Return the invoice run of single days, from `first` on, as the company's time zone has them."""

    @asset(
        name=BY_DAY,
        group_name=GROUP,
        deps=[PUBLISHED],
        partitions_def=DailyPartitionsDefinition(first.isoformat(), timezone=time_zone),
    )
    def run_of_a_day(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
        """Documents of what was paid or refunded on one day. What was issued already is passed over."""
        day = date.fromisoformat(context.partition_key)
        with in_dagsters_terms(context):
            report = invoices.run.run(house.settings, house.engine, house.reader, day=day)
        return MaterializeResult(metadata=_told(report))

    return run_of_a_day


def _told(report: RunReport | Delivery) -> dict[str, Any]:
    """Return what a run did as Dagster shows it: counts, what was skipped with the reason, the problem if any."""
    told: dict[str, Any] = {}
    for name, value in dataclasses.asdict(report).items():
        words = name.replace("_", " ")
        parts = (
            {f"{words}: {part}": count for part, count in value.items()} if isinstance(value, Mapping) else {}
        )
        told |= parts or {words: "none" if value is None or value == {} else value}
    return told


@asset(group_name=GROUP, deps=[PUBLISHED])
def notices(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
    """Reminders, ends of trials, renewals and cancellations, each told once."""
    with in_dagsters_terms(context):
        report = invoices.notices.run(house.settings, house.engine, house.reader)
    return MaterializeResult(metadata=_told(report))


@asset(group_name=GROUP, deps=[PUBLISHED])
def helpdesk_contacts(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
    """Billing facts in the helpdesks' contacts; only what changed is written."""
    with in_dagsters_terms(context):
        report = helpdesk_sync.engine.sync(house.settings, house.engine, house.reader)
    return MaterializeResult(
        metadata={
            "contacts matched": report.contacts_matched,
            "contacts up to date": report.contacts_synced,
            "writes": report.writes,
            "writes failed": report.failed,
            "problem": report.problem or "none",
        }
    )


@asset(group_name=GROUP)
def settled_actions(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
    """Actions whose outcome was unknown, settled by asking the gateway. Money never moves here."""
    with in_dagsters_terms(context):
        settled = settle(house.engine, adapters(house.settings))
    return MaterializeResult(metadata={"settled": len(settled)})


ASSETS: list[AssetsDefinition] = [documents, notices, helpdesk_contacts, settled_actions]
