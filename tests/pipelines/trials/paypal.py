"""PayPal put to the test: an old payment refunded, invoices made and deleted while their list is read."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.paypal.cursor import DAY, WINDOW, moment
from pipelines.paypal.objects import transaction_row
from tests.conftest import Sandbox
from tests.pipelines.paypal_raw import PATHS, paypal_raw
from tests.pipelines.trials.trial import Deed, Tables, Trial

_HISTORY_DAYS = 430  # the company is a little younger


class PaypalTrial(Trial):
    name = "paypal"
    listed = (
        "v1/reporting/transactions",
        "v1/reporting/balances",
        "v1/notifications/webhooks-events",
        "v2/invoicing/invoices",
        "v1/customer/disputes",
        "v1/billing/plans",
        "v2/payments/captures/*",
    )
    followed = (
        "v1/reporting/transactions",
        "v2/invoicing/invoices",
        "v1/customer/disputes",
        "v1/notifications/webhooks-events",
        "v2/payments/captures/*",
        "v2/payments/refunds/*",
    )
    feed = "v1/notifications/webhooks-events"
    page_sizes: Mapping[str, int] = {
        f"gateways.paypal.api.{name}": 4
        for name in ("REPORT_PAGE", "_INVOICE_PAGE", "_CATALOGUE_PAGE", "_DISPUTE_PAGE", "_EVENT_PAGE")
    }
    secret = "paypal_sandbox_secret"

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        super().__init__(folder, sandbox)
        self._raw = paypal_raw(folder, sandbox)
        opened = (datetime.now(UTC) - timedelta(days=_HISTORY_DAYS)).date()
        self.settings, self.account = (
            self._raw.settings,
            self._raw.account.model_copy(update={"opened": opened}),
        )
        # Small pages and no pauses between attempts are more requests than a second has room for; what a refusal
        # does is asked by faults.
        self._raw.act(knobs={"requests_per_second": 10_000})

    def change_old(self) -> None:
        part = {"amount": {"currency_code": "USD", "value": "0.10"}}
        self._raw.ask("POST", f"/v2/payments/captures/{self._raw.named('grace_old')}/refund", part)

    def turns(self) -> Mapping[str, Deed]:
        draft = self._draft()  # the newest of all, on the first page
        return {
            "v2/invoicing/invoices": lambda _page: self._pull_the_pages(draft),
            "v1/customer/disputes": lambda _page: self._quarrel_and_bill(),
        }

    def told(self, living: Tables) -> Tables:
        """Ask for each object by its id, as PayPal lists few of them, and for the lines of its report."""
        found: dict[str, Any] = {
            table: {key: self._raw.ask("GET", f"{path}/{key}") for key in living[table]}
            for table, path in PATHS.items()
        }
        balances = self._raw.ask("GET", "/v1/reporting/balances")["balances"]
        found["balances"] = {one["currency"]: one for one in balances}
        found["transactions"] = dict(self._lines())
        return found

    def counts(self) -> dict[str, int]:
        """Leave out what the report does not tell yet, and an order that nobody approved: it cannot be known."""
        found = super().counts()
        del found["transactions"]
        return found | {"orders": found["orders"] - 1}

    def _lines(self) -> Iterator[tuple[str, Any]]:
        now = self.ask("GET", "clock")["timestamp"] - 3 * 3600
        for start in range(now - _HISTORY_DAYS * DAY, now, WINDOW):
            query = f"start_date={moment(start)}&end_date={moment(min(now, start + WINDOW))}&fields=all"
            more = "&balance_affecting_records_only=N&page_size=500"
            for line in self._raw.ask("GET", f"/v1/reporting/transactions?{query}{more}")[
                "transaction_details"
            ]:
                yield transaction_row(line).id, line

    def _draft(self) -> str:
        bill = {
            "detail": {"currency_code": "EUR"},
            "primary_recipients": [{"billing_info": {"email_address": "late@example.com"}}],
            "items": [{"name": "Poster", "quantity": "1", "unit_amount": {"value": "10.00"}}],
        }
        answer = self._raw.ask("POST", "/v2/invoicing/invoices", bill)
        return str(answer["href"]).rpartition("/")[2]

    def _quarrel_and_bill(self) -> None:
        """Open a dispute; and make invoices, so that a look at the newest ones alone does not find older ones."""
        self._raw.act(deed="open_dispute", capture=self._raw.named("maria"), reason="UNAUTHORISED")
        for _ in range(4):
            self._draft()

    def _pull_the_pages(self, draft: str) -> None:
        """Delete a draft of the page that has come, so that all others move up; change some that are to come."""
        self._raw.ask("DELETE", f"/v2/invoicing/invoices/{draft}")
        part = {"amount": {"currency_code": "EUR", "value": "1.00"}, "method": "CASH"}
        self._raw.ask("POST", f"/v2/invoicing/invoices/{self._raw.named('nord_open')}/payments", part)
        self._raw.ask("POST", f"/v2/invoicing/invoices/{self._raw.named('nord_paid')}/refunds", part)


TRIAL = PaypalTrial
