"""Published copy -> customers and helpdesks, and the settling of actions whose outcome is unknown.

None of it holds the writer lock: a slow mail server does not keep anybody from loading.
"""

from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition, MaterializeResult, asset

import helpdesk_sync.engine
import invoices.run
from actions.reconcile import settle
from actions.wiring import adapters
from dagster_defs.failures import in_dagsters_terms
from dagster_defs.house import HouseResource
from dagster_defs.transform import PUBLISHED

GROUP = "delivered"


@asset(group_name=GROUP, deps=[PUBLISHED])
def receipts(context: AssetExecutionContext, house: HouseResource) -> MaterializeResult[Any]:
    """Receipts of charges that were paid, numbered, kept and mailed once each."""
    with in_dagsters_terms(context):
        report = invoices.run.run(house.settings, house.engine, house.reader)
    return MaterializeResult(
        metadata={
            "issued": report.documents_issued,
            "mails sent": report.mails_sent,
            "mails failed": report.mails_failed,
            "charges without an address": report.without_address,
            "problem": report.problem or "none",
        }
    )


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


ASSETS: list[AssetsDefinition] = [receipts, helpdesk_contacts, settled_actions]
