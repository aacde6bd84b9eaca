"""Stripe put to the test: old charges refunded, customers made and deleted while lists are read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from gateways.stripe.api import StripeApi
from pipelines.stripe.objects import LISTED, to_rows
from tests.conftest import Sandbox
from tests.pipelines.conftest import duckdb_raw, stripe_account
from tests.pipelines.test_stripe_load import new_customer, refund
from tests.pipelines.trials.trial import Deed, Tables, Trial


class StripeTrial(Trial):
    name = "stripe"
    listed = (
        "v1/charges",
        "v1/invoices",
        "v1/balance_transactions",
        "v1/events",
        "v1/customers",
        "v1/account",
    )
    followed = ("v1/events", "v1/balance_transactions", "v1/refunds/*", "v1/charges/*")
    feed = "v1/events"
    page_sizes: Mapping[str, int] = {
        "gateways.stripe.api.PAGE_SIZE": 6,
        "pipelines.stripe.reading.PAGE_SIZE": 6,
    }
    secret = "sk_test_sandbox_eu"

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self._raw = duckdb_raw(folder, stripe_account(sandbox))
        self.settings, self.account = self._raw.settings, self._raw.account

    def change_old(self) -> None:
        self._refund(-1)

    def turns(self) -> Mapping[str, Deed]:
        return {"v1/charges": self._refund_both, "v1/customers": self._lose_the_place}

    def told(self, living: Tables) -> Tables:
        api = StripeApi(self._raw.account)
        found: dict[str, dict[str, Any]] = {"tax_ids": {}}
        for resource in LISTED:
            things = [one for page in api.pages(resource.path, resource.list_params) for one in page]
            for table, rows in to_rows(api, resource, things):
                found.setdefault(table, {}).update((row.id, self.parse(row.data or "")) for row in rows)
        events = {one["id"]: one for page in api.pages("/v1/events") for one in page}
        return found | {"events": {**living["events"], **events}}  # Stripe forgets old ones

    def _refund_both(self, _page: httpx.Response) -> None:
        self._refund(0)  # on the page that has come
        self._refund(-1)  # on the last page

    def _refund(self, place: int) -> None:
        api = StripeApi(self._raw.account)
        charges = [one for page in api.pages("/v1/charges") for one in page]
        free = [
            one
            for one in charges
            if one["status"] == "succeeded"
            and one["captured"]
            and not one["amount_refunded"]
            and not one["disputed"]
        ]
        refund(self._raw, free[place], free[place]["amount"])

    def _lose_the_place(self, page: httpx.Response) -> bool:
        """Delete the customer after whom the next page was to begin, and make another one."""
        is_window = any(name.startswith("created[") for name in page.request.url.params)
        if not is_window or not page.json()["has_more"]:
            return False  # nothing follows this page by its last customer
        mark = page.json()["data"][-1]["id"]
        StripeApi(self._raw.account).write(lambda client: client.v1.customers.delete(mark))
        new_customer(self._raw)
        return True


TRIAL = StripeTrial
