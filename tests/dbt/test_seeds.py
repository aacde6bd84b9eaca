"""The seeds say what their sources say: ISO 4217, the gateways' lists, our own vocabulary."""

import csv
import json
from typing import Any

import pytest
from iso4217 import Currency

from billing.vocabulary import (
    ChargeStatus,
    DisputeStatus,
    InvoiceStatus,
    OrderStatus,
    RefundStatus,
    SubscriptionStatus,
)
from tests.conftest import SPECS
from tests.dbt.warehouse import PROJECT

WORDS: dict[str, Any] = {
    "charge": ChargeStatus,
    "refund": RefundStatus,
    "subscription": SubscriptionStatus,
    "invoice": InvoiceStatus,
    "dispute": DisputeStatus,
    "order": OrderStatus,
}
NOT_STRIPES = {"order"}
# Stripe's documentation of currencies: everything else it takes has two decimals in its API.
STRIPE_ZERO = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
]  # fmt: skip
STRIPE_THREE = ["BHD", "JOD", "KWD", "OMR", "TND"]
NOT_AT_STRIPE = {"CLF", "IQD", "LYD", "UYI", "UYW"}


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_currencies_are_those_of_iso_4217() -> None:
    expected = {each.code: str(each.exponent) for each in Currency if each.exponent is not None}
    assert {row["currency"]: row["exponent"] for row in seed("currencies")} == expected


def test_stripe_exponents_list_exactly_what_differs_from_iso() -> None:
    stripe = dict.fromkeys(STRIPE_ZERO, 0) | dict.fromkeys(STRIPE_THREE, 3)
    taken = [each for each in Currency if each.exponent is not None and each.code not in NOT_AT_STRIPE]
    ours = {each.code: stripe.get(each.code, 2) for each in taken}
    differing = {each.code: str(ours[each.code]) for each in taken if each.exponent != ours[each.code]}
    listed = {row["currency"]: row["exponent"] for row in seed("gateway_currency_exponents")}
    assert listed == differing == {"ISK": "2", "MGA": "0", "UGX": "2"}


def test_every_mapped_status_is_a_word_of_ours() -> None:
    rows = seed("gateway_status_map")
    assert {row["entity"] for row in rows} == set(WORDS)
    for row in rows:
        assert row["status"] in list(WORDS[row["entity"]]), row


@pytest.mark.skipif(not SPECS.exists(), reason="the vendors' schemas are not beside this checkout")
def test_every_status_in_stripes_schema_is_mapped() -> None:
    schemas = json.loads((SPECS / "stripe.openapi.json").read_text())["components"]["schemas"]
    mapped = {(row["entity"], row["raw_status"]) for row in seed("gateway_status_map")}
    for entity in WORDS.keys() - NOT_STRIPES:
        status = schemas[entity]["properties"]["status"]
        known = {word for word in status.get("enum") or status.get("x-open-enum") or [] if word}
        assert {word for word in known if (entity, word) not in mapped} == set(), entity


def test_seeds_use_one_kind_of_line_ending() -> None:
    for path in (PROJECT / "seeds").glob("*.csv"):
        assert b"\r" not in path.read_bytes(), path.name
