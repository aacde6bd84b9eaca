"""Braintree put to the test: old sales refunded, customers made and deleted between a search's two steps."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from braintree import DisputeSearch, TransactionSearch

from tests.conftest import Sandbox
from tests.pipelines.braintree_house import DISPUTED, duckdb_house
from tests.pipelines.trials.trial import Deed, Tables, Trial

_API = "merchants/*"
_DAYS = 12  # as many of the latest summaries are compared: older ones stay as they are


class BraintreeTrial(Trial):
    name = "braintree"
    listed = tuple(
        f"{_API}/{path}"
        for path in (
            "transactions/advanced_search_ids",
            "transactions/advanced_search",
            "customers/advanced_search",
            "disputes/advanced_search",
            "settlement_batch_summary",
            "plans/",
            "merchant_accounts/",
        )
    )
    followed = tuple(
        f"{_API}/{path}"
        for path in (
            "transactions/advanced_search_ids",
            "subscriptions/advanced_search",
            "disputes/advanced_search",
            "plans/",
            "transactions/advanced_search",
        )
    )
    feed = f"{_API}/transactions/advanced_search"
    page_sizes: Mapping[str, int] = {"pipelines.braintree.reading.PAGE_SIZE": 8}
    secret = "bt_sandbox_private"

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self._house = duckdb_house(folder, sandbox)
        self.settings, self.account = self._house.settings, self._house.account

    def change_old(self) -> None:
        self._refund(0)

    def turns(self) -> Mapping[str, Deed]:
        return {
            f"{_API}/transactions/advanced_search": self._refund_both,
            f"{_API}/customers/advanced_search": self._make_and_delete,
        }

    def told(self, living: Tables) -> Tables:
        api = self._house.api
        found: dict[str, list[dict[str, Any]]] = {
            name: api.every(name) for name in ("plans", "discounts", "add_ons")
        }
        for kind in ("transaction", "customer", "subscription"):
            ids = api.search_ids(kind)
            found[f"{kind}s"] = [
                one for n in range(0, len(ids), 50) for one in api.search(kind, ids[n : n + 50])
            ]
        every = DisputeSearch.status.in_list(DISPUTED)
        found["disputes"] = [one for page in api.disputes(every) for one in page]
        found["merchant_accounts"] = api.merchant_accounts()
        summaries = dict(living["settlement_batch_summaries"])
        for day in sorted(summaries)[-_DAYS:]:
            summaries[day] = api.settlement_batch_summary(date.fromisoformat(day))
        return {table: {one["id"]: one for one in things} for table, things in found.items()} | {
            "settlement_batch_summaries": summaries
        }

    def _refund_both(self, _page: httpx.Response) -> None:
        self._refund(0)
        self._refund(-1)

    def _refund(self, place: int) -> None:
        sale = self._settled()[place]
        assert self._house.sdk.transaction.refund(sale["id"]).is_success

    def _settled(self) -> list[dict[str, Any]]:
        """Settled sales without a refund or a dispute, the oldest first."""
        api = self._house.api
        ids = api.search_ids(
            "transaction", TransactionSearch.status == "settled", TransactionSearch.type == "sale"
        )
        found = [one for n in range(0, len(ids), 50) for one in api.search("transaction", ids[n : n + 50])]
        free = [one for one in found if not one["refund-ids"] and not one["disputes"]]
        return sorted(free, key=lambda one: one["created-at"])

    def _make_and_delete(self, _page: httpx.Response) -> None:
        """Delete a customer whom the search has named, change another one, and make a third."""
        sdk = self._house.sdk
        first, *_, last = sorted(self._house.api.search_ids("customer"))
        assert sdk.customer.update(first, {"company": "Nowa Firma"}).is_success
        assert sdk.customer.delete(last).is_success
        assert sdk.customer.create({"email": "meanwhile@example.com"}).is_success


TRIAL = BraintreeTrial
