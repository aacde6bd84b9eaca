"""Which objects an event of PayPal is about. Webhooks and the list of past events have the same shape."""

from collections.abc import Mapping
from typing import Any

# PayPal's words for kinds of objects -> ours, where they differ.
_KINDS = {
    "capture": "capture",
    "refund": "refund",
    "authorization": "authorization",
    "checkout-order": "order",
    "subscription": "subscription",
    "plan": "plan",
    "product": "product",
    "invoices": "invoice",
    "dispute": "dispute",
    "sale": "capture",  # payments of subscriptions come as sales of the first API, and are read as captures
}


def subject(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return (kind, id) of the object that an event is about; ids are empty where we know none.

    Raises:
        KeyError, TypeError: it has not the shape of an event.
    """
    raw_kind = str(event["resource_type"])
    kind = _KINDS.get(raw_kind, raw_kind)
    resource = event["resource"]
    if kind == "invoice":
        resource = resource.get("invoice", resource)
    found = resource.get("dispute_id") if kind == "dispute" else resource.get("id")
    return kind, str(found or "")


def subjects(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return all objects that change with an event: its subject, and a sale's subscription."""
    found = [subject(event)]
    agreement = event["resource"].get("billing_agreement_id")
    if agreement:
        found.append(("subscription", str(agreement)))
    return [pair for pair in found if pair[1]]
