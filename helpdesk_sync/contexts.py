"""The mart helpdesk_contexts -> the values of our contact fields, and the hash that tells whether they changed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from billing.settings import Settings
from billing.warehouse.reader import Reader
from helpdesk_sync import links
from helpdesk_sync.ports import Field, FieldKind, Value

FIELDS = (
    Field("billhouse_plan", "Plan", FieldKind.TEXT, "What the customer subscribes to."),
    Field("billhouse_status", "Subscription", FieldKind.TEXT, "Active, past due, canceled ..."),
    Field("billhouse_renews_on", "Renews on", FieldKind.DATE, "The next renewal; empty when there is none."),
    Field("billhouse_past_due", "Past due", FieldKind.TEXT, "What should have been paid by now."),
    Field("billhouse_open_amount", "Open", FieldKind.TEXT, "All that is invoiced and not yet paid."),
    Field("billhouse_last_charge", "Last charge", FieldKind.TEXT, "Amount, outcome and day."),
    Field("billhouse_last_failure", "Last charge failed", FieldKind.TEXT, "Why, if the last charge failed."),
    Field(
        "billhouse_lifetime_value", "Lifetime value", FieldKind.TEXT, "Charged less refunded, per currency."
    ),
    Field("billhouse_open_disputes", "Open disputes", FieldKind.INTEGER, "Disputes that are not decided."),
    Field(
        "billhouse_gateways", "Billed through", FieldKind.TEXT, "The payment gateways that know the customer."
    ),
    Field("billhouse_link", "Look up", FieldKind.TEXT, "The customer's page in Billhouse."),
)
CLEARED: Mapping[str, Value] = {field.key: None for field in FIELDS}

_ALL = """
    select email_key, plan, subscription_status, renews_at, past_due, open_amount, last_charge, last_failure,
        lifetime_value, open_disputes, gateways
    from helpdesk_contexts
    where email_key is not null and email_key <> ''"""


def load(settings: Settings, reader: Reader) -> dict[str, Mapping[str, Value]]:
    """Return email_key -> field values for everybody who has billing facts; the settings say where links lead.

    Raises:
        NotFound: nothing was published yet.
    """
    return {row["email_key"]: _values(settings, row) for row in reader.rows(_ALL)}


def content_hash(values: Mapping[str, Value]) -> str:
    """Return the hash of a contact's field values; equal hashes need no write."""
    canonical = json.dumps(dict(values), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _values(settings: Settings, row: Mapping[str, Any]) -> Mapping[str, Value]:
    renews = row["renews_at"]
    return {
        "billhouse_plan": row["plan"] or None,
        "billhouse_status": (row["subscription_status"] or "").replace("_", " ") or None,
        "billhouse_renews_on": renews.date().isoformat() if renews else None,
        "billhouse_past_due": row["past_due"] or None,
        "billhouse_open_amount": row["open_amount"] or None,
        "billhouse_last_charge": row["last_charge"] or None,
        "billhouse_last_failure": row["last_failure"] or None,
        "billhouse_lifetime_value": row["lifetime_value"] or None,
        "billhouse_open_disputes": int(row["open_disputes"] or 0),
        "billhouse_gateways": row["gateways"] or None,
        "billhouse_link": links.look_up(settings, row["email_key"]),
    }
