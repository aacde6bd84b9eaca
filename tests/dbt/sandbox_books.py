"""Read a sandbox's whole books through Stripe's API into raw rows, without the pipelines."""

from collections.abc import Iterator
from typing import Any

import httpx

from tests.dbt.company import KINDS, Raw, raw_rows

KEYS = {"stripe_eu": "sk_test_sandbox_eu", "stripe_us": "sk_test_sandbox_us"}
LISTS: dict[str, dict[str, str]] = {
    table: {}
    for table in KINDS.values()
    if table not in {"tax_ids", "accounts", "customers", "subscriptions"}
} | {"customers": {"expand[]": "data.tax_ids"}, "subscriptions": {"status": "all"}}


def books(url: str) -> Raw:
    """Every object of both sandbox accounts, as raw rows."""
    return raw_rows({account: list(_objects(f"{url}/stripe/v1", key)) for account, key in KEYS.items()})


def _objects(url: str, key: str) -> Iterator[dict[str, Any]]:
    with httpx.Client(auth=(key, ""), headers={"Stripe-Version": "2026-10-28.endive"}, timeout=60) as client:
        yield client.get(f"{url}/account").raise_for_status().json()
        for path, params in LISTS.items():
            for thing in _listed(client, f"{url}/{path}", params):
                yield from thing.get("tax_ids", {}).get("data", [])
                if path == "invoices" and thing["lines"]["has_more"]:
                    thing["lines"]["data"] = list(_listed(client, f"{url}/invoices/{thing['id']}/lines", {}))
                yield thing


def _listed(client: httpx.Client, url: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    while True:
        page = client.get(url, params={"limit": "100", **params, **after}).raise_for_status().json()
        yield from page["data"]
        if not page["has_more"]:
            return
        after = {"starting_after": page["data"][-1]["id"]}
