"""Recurly put to the test: old invoices refunded and accounts opened while lists by last change are read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from gateways.recurly import exact
from gateways.recurly.api import RecurlyApi
from pipelines.recurly.objects import complete
from tests.conftest import Sandbox
from tests.pipelines.recurly_house import LISTS, duckdb_house
from tests.pipelines.trials.trial import Deed, Tables, Trial

_MADE = ("has_live_subscription", "has_active_subscription", "has_future_subscription",
         "has_canceled_subscription", "has_paused_subscription", "has_past_due_invoice")  # fmt: skip


class RecurlyTrial(Trial):
    name = "recurly"
    listed = (*LISTS, "sites", "invoices/*/line_items")
    followed = ("accounts", "transactions", "credit_payments", "invoices")
    feed = "invoices"
    page_sizes: Mapping[str, int] = {"gateways.recurly.api.PAGE_SIZE": 7}
    secret = "recurly_sandbox_key"

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self._house = duckdb_house(folder, sandbox)
        self.settings, self.account = self._house.settings, self._house.account

    def change_old(self) -> None:
        self._refund(0)

    def turns(self) -> Mapping[str, Deed]:
        return {"invoices": self._refund_both, "accounts": self._open_and_close}

    def told(self, living: Tables) -> Tables:
        api = RecurlyApi(self._house.account)
        found = {table: {one["id"]: one for one in self._house.every(table)} for table in LISTS}
        for invoice in found["invoices"].values():
            complete(api, "invoice", invoice)
        return {table: {key: _own(one) for key, one in things.items()} for table, things in found.items()}

    def parse(self, data: str) -> Any:
        return _own(exact.loads(data))

    def _refund_both(self, _page: httpx.Response) -> None:
        self._refund(0)  # on the page that has come
        self._refund(-1)  # on the last page

    def _refund(self, place: int) -> None:
        paid = self._house.every("invoices", sort="updated_at", order="asc", type="charge", state="paid")
        invoice = [one for one in paid if one["refundable_amount"] > 2][place]
        self._house.send("POST", f"/invoices/{invoice['id']}/refund", {"type": "amount", "amount": 0.5})

    def _open_and_close(self, _page: httpx.Response) -> None:
        first, *_, last = self._house.every("accounts", sort="updated_at", order="asc")
        for account in (first, last):
            self._house.send("PUT", f"/accounts/{account['id']}", {"vat_number": "GB123456789"})
        opened = self._house.every("accounts", sort="created_at", order="desc")
        self._house.send("POST", "/accounts", {"code": f"new{len(opened)}", "email": "new@example.com"})


def _own(thing: dict[str, Any]) -> dict[str, Any]:
    """Return an object without what it shows of others: that is a copy, which changes without a date of its own.

    The others are compared where they are. What Recurly makes of an account's subscriptions is such a copy, too.
    """
    return {name: _reference(value) for name, value in thing.items() if name not in _MADE}


def _reference(value: Any) -> Any:
    if isinstance(value, list):
        return [_reference(one) for one in value]
    is_copy = isinstance(value, dict) and value.get("object") in (
        "account",
        "invoice",
        "transaction",
        "credit_payment",
    )
    return value["id"] if is_copy else value


TRIAL = RecurlyTrial
