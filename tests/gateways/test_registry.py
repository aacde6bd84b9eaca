"""The registry, the manifests and the status map."""

import pytest

from billing.verbs import ObjectKind, Verb
from billing.vocabulary import (
    ChargeStatus,
    DisputeStatus,
    InvoiceStatus,
    OrderStatus,
    RefundStatus,
    SubscriptionStatus,
)
from gateways import REGISTRY, seeds
from gateways.status_map import UnmappedStatus, status

OURS = {
    "charge": ChargeStatus,
    "refund": RefundStatus,
    "subscription": SubscriptionStatus,
    "invoice": InvoiceStatus,
    "order": OrderStatus,
    "dispute": DisputeStatus,
}


def test_each_gateway_is_registered_under_its_own_name() -> None:
    assert REGISTRY
    assert all(name == gateway.name for name, gateway in REGISTRY.items())


def test_stripe_refunds_charges() -> None:
    assert REGISTRY["stripe"].verbs[Verb.REFUND] is ObjectKind.CHARGE
    assert Verb.REFUND in REGISTRY["stripe"].supported


def test_dashboard_links_tell_live_from_test() -> None:
    stripe = REGISTRY["stripe"]
    assert stripe.dashboard_url("customer", "cus_1") == "https://dashboard.stripe.com/customers/cus_1"
    assert (
        stripe.dashboard_url("charge", "ch_1", is_live=False)
        == "https://dashboard.stripe.com/test/payments/ch_1"
    )
    assert stripe.dashboard_url("event", "evt_1") is None


def test_every_mapped_status_is_one_of_ours() -> None:
    rows = seeds.rows("gateway_status_map")
    assert rows
    for row in rows:
        assert row["gateway"] in REGISTRY
        assert row["status"] in set(OURS[row["entity"]]), row


def test_a_status_is_translated() -> None:
    assert status("stripe", "refund", "requires_action") == RefundStatus.PENDING


def test_an_unknown_status_is_named() -> None:
    with pytest.raises(UnmappedStatus, match="'teleported'"):
        status("stripe", "refund", "teleported")
