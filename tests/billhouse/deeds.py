"""What may happen to an old object at each gateway, done past our own clients, and what the marts must show of it.

A gateway that has no such thing has a sentence in its place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from billhouse.house import House
from gateways.braintree.api import BraintreeApi
from pipelines.run import account_named
from tests.billhouse.prepared import GATEWAY_OF
from tests.conftest import Sandbox

AMOUNT_MINOR, AMOUNT = 150, "1.50"
TAX_ID = "DE129273398"


@dataclass(frozen=True)
class Shown:
    """A row of a mart and what must stand in it; None says that no such row is left."""

    mart: str
    ref: str
    values: Mapping[str, Any] | None


class Desk:
    """One account: its objects as they are published, and its vendor."""

    def __init__(self, sandbox: Sandbox, house: House, account: str) -> None:
        self.sandbox = sandbox
        self.house = house
        self.account = account
        self.gateway = GATEWAY_OF[account]
        self.config: Any = account_named(house.settings, self.gateway, account)
        now = datetime.fromisoformat(sandbox.control("clock")["now"]).replace(tzinfo=None)
        self.old, self.too_old = now - timedelta(days=50), now - timedelta(days=175)

    def ref(self, id: Any) -> str:
        return f"{self.gateway}:{self.account}:{id}"

    def old_rows(self, mart: str, where: str) -> list[dict[str, Any]]:
        """Return the account's rows that are more than 50 days old, oldest first."""
        found = self.house.reader.rows(
            f"select * from {mart} where account = $account and created_at < $old and {where}"
            " order by created_at, 1",
            {"account": self.account, "old": self.old},
        )
        assert found, f"{self.account} has no old {mart} with {where}"
        return found

    def charge(self, nth: int) -> dict[str, Any]:
        """Return the nth oldest untouched charge of a customer; PayPal refunds none that is older than 180 days."""
        where = "status = 'paid' and refunded_minor = 0 and refundable_minor > 1000 and not is_disputed"
        found = self.old_rows(
            "charges", f"{where} and customer_ref is not null and currency in ('EUR', 'USD', 'GBP')"
        )
        return [charge for charge in found if charge["created_at"] > self.too_old][nth]

    def subscription(self) -> dict[str, Any]:
        return self.old_rows("subscriptions", "status = 'active' and not is_cancel_at_period_end")[0]

    def customer(self) -> dict[str, Any]:
        """Return the newest old customer to whom none of the other deeds is done."""
        busy = [
            self.charge(0)["customer_ref"],
            self.charge(1)["customer_ref"],
            self.subscription()["customer_ref"],
        ]
        found = self.old_rows("customers", "not is_deleted and email is not null")
        return [customer for customer in found if customer["customer_ref"] not in busy][-1]

    def act(self, **asked: Any) -> Any:
        return self.sandbox.control("act", vendor=self.gateway, **asked)

    def send(self, method: str, path: str, **body: Any) -> Any:
        """Ask the vendor's API; `data` is a form, `json` a document. Return the parsed answer."""
        answer = httpx.request(method, f"{self.config.base_url}{path}", timeout=60, **self._signed(), **body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def _signed(self) -> dict[str, Any]:
        if self.gateway == "stripe":
            return {"auth": (self.config.secret_key.get_secret_value(), "")}
        if self.gateway == "woocommerce":
            return {"auth": (self.config.consumer_key, self.config.consumer_secret.get_secret_value())}
        if self.gateway == "recurly":
            version = {"accept": "application/vnd.recurly.v2021-02-25"}
            return {"auth": (self.config.api_key.get_secret_value(), ""), "headers": version}
        told = httpx.post(
            f"{self.config.base_url}/v1/oauth2/token",
            auth=(self.config.client_id, self.config.client_secret.get_secret_value()),
            data={"grant_type": "client_credentials"},
        )
        return {"headers": {"authorization": f"Bearer {told.json()['access_token']}"}}


Deed = Callable[[Desk], list[Shown]]


def _refund(make: Callable[[Desk, dict[str, Any]], Any], status: str = "succeeded") -> Deed:
    """Give 1.50 of an old charge back; `make` asks the vendor for it and returns the refund's id."""

    def deed(desk: Desk) -> list[Shown]:
        charge = desk.charge(0)
        made = make(desk, charge)
        charged = {"refunded_minor": AMOUNT_MINOR, "status": "partially_refunded"}
        given = {"charge_ref": charge["charge_ref"], "amount_minor": AMOUNT_MINOR, "status": status}
        return [Shown("charges", charge["charge_ref"], charged), Shown("refunds", desk.ref(made), given)]

    return deed


def _dispute(**asked: str) -> Deed:
    """A bank disputes an old charge: `asked` names the sandbox's deed and the argument that takes the charge."""

    def deed(desk: Desk) -> list[Shown]:
        charge = desk.charge(1)
        more = {"account": desk.account} if desk.gateway == "stripe" else {}
        made = desk.act(deed=asked["deed"], **{asked.get("of", "id"): charge["charge_id"]}, **more)
        quarrel = {"charge_ref": charge["charge_ref"], "status": "needs_response"}
        disputed = {"is_disputed": True, "status": "disputed"}
        return [
            Shown("charges", charge["charge_ref"], disputed),
            Shown("disputes", desk.ref(made["id"]), quarrel),
        ]

    return deed


def _charge_back(desk: Desk) -> list[Shown]:
    """Recurly has no disputes: a bank's chargeback is the payment's last state."""
    charge = desk.charge(1)
    desk.act(deed="charge_back", id=charge["charge_id"])
    told = {"is_disputed": True, "status": "disputed", "raw_status": "chargeback", "refundable_minor": 0}
    return [Shown("charges", charge["charge_ref"], told)]


def _cancellation(end: Callable[[Desk, str], Any]) -> Deed:
    def deed(desk: Desk) -> list[Shown]:
        running = desk.subscription()
        end(desk, running["subscription_id"])
        return [Shown("subscriptions", running["subscription_ref"], {"status": "canceled"})]

    return deed


def _tax_id(write: Callable[[Desk, str], Any]) -> Deed:
    def deed(desk: Desk) -> list[Shown]:
        owner = desk.charge(0)["customer_ref"]
        write(desk, owner.rpartition(":")[2])
        return [Shown("customers", owner, {"tax_id": TAX_ID})]

    return deed


def _paypal_tax_id(desk: Desk) -> list[Shown]:
    """PayPal has no field for it: it is written into an invoice that was sent long ago."""
    invoice = desk.act(label="nord_open")["id"]
    (known,) = desk.house.reader.rows("select * from invoices where invoice_id = $id", {"id": invoice})
    recipients = desk.send("GET", f"/v2/invoicing/invoices/{invoice}")["primary_recipients"]
    recipients[0]["billing_info"]["additional_info"] = f"VAT {TAX_ID}"
    desk.send("PUT", f"/v2/invoicing/invoices/{invoice}", json={"primary_recipients": recipients})
    return [Shown("customers", known["customer_ref"], {"tax_id": TAX_ID})]


def _deletion(remove: Callable[[Desk, str], Any]) -> Deed:
    """A customer is deleted: their bills stay, so the row does, marked."""

    def deed(desk: Desk) -> list[Shown]:
        gone = desk.customer()
        remove(desk, gone["customer_id"])
        kept = {"is_deleted": True, "email": gone["email"]}
        return [Shown("customers", gone["customer_ref"], kept)]

    return deed


def _paypal_deletion(desk: Desk) -> list[Shown]:
    """PayPal keeps no customers that could be deleted; of all that we load, a draft of an invoice can be."""
    draft = desk.act(label="nord_draft")["id"]
    desk.send("DELETE", f"/v2/invoicing/invoices/{draft}")
    return [Shown("invoices", desk.ref(draft), None)]


def _sdk(desk: Desk) -> Any:
    return BraintreeApi(desk.config).gateway


def _stripe_refund(desk: Desk, charge: dict[str, Any]) -> Any:
    return desk.send("POST", "/v1/refunds", data={"charge": charge["charge_id"], "amount": AMOUNT_MINOR})[
        "id"
    ]


def _paypal_refund(desk: Desk, charge: dict[str, Any]) -> Any:
    body = {"amount": {"value": AMOUNT, "currency_code": charge["currency"]}}
    return desk.send("POST", f"/v2/payments/captures/{charge['charge_id']}/refund", json=body)["id"]


def _woocommerce_refund(desk: Desk, charge: dict[str, Any]) -> Any:
    body = {"amount": AMOUNT, "api_refund": False}
    return desk.send("POST", f"/wp-json/wc/v3/orders/{charge['charge_id']}/refunds", json=body)["id"]


def _recurly_refund(desk: Desk, charge: dict[str, Any]) -> Any:
    invoice = charge["invoice_ref"].rpartition(":")[2]
    body = {"type": "amount", "amount": float(AMOUNT)}
    return desk.send("POST", f"/invoices/{invoice}/refund", json=body)["transactions"][0]["id"]


_META = [{"key": "vat_number", "value": TAX_ID}]

DEEDS: Mapping[str, Mapping[str, Deed | str]] = {
    "stripe": {
        "refund": _refund(_stripe_refund),
        "dispute": _dispute(deed="dispute"),
        "cancellation": _cancellation(lambda desk, id: desk.send("DELETE", f"/v1/subscriptions/{id}")),
        "tax_id": _tax_id(
            lambda desk, id: desk.send(
                "POST", f"/v1/customers/{id}/tax_ids", data={"type": "eu_vat", "value": TAX_ID}
            )
        ),
        "deletion": _deletion(lambda desk, id: desk.send("DELETE", f"/v1/customers/{id}")),
    },
    "paypal": {
        "refund": _refund(_paypal_refund),
        "dispute": _dispute(deed="open_dispute", of="capture"),
        "cancellation": _cancellation(
            lambda desk, id: desk.send(
                "POST", f"/v1/billing/subscriptions/{id}/cancel", json={"reason": "enough"}
            )
        ),
        "tax_id": _paypal_tax_id,
        "deletion": _paypal_deletion,
    },
    "braintree": {
        "refund": _refund(
            lambda desk, charge: _sdk(desk).transaction.refund(charge["charge_id"], AMOUNT).transaction.id,
            status="pending",
        ),
        "dispute": _dispute(deed="dispute"),
        "cancellation": _cancellation(lambda desk, id: _sdk(desk).subscription.cancel(id)),
        "tax_id": _tax_id(
            lambda desk, id: _sdk(desk).customer.update(id, {"custom_fields": {"vat_number": TAX_ID}})
        ),
        "deletion": _deletion(lambda desk, id: _sdk(desk).customer.delete(id)),
    },
    "woocommerce": {
        "refund": _refund(_woocommerce_refund),
        "dispute": "A shop knows no disputes: they are between the bank and whoever takes the shop's cards.",
        "cancellation": _cancellation(
            lambda desk, id: desk.send(
                "PUT", f"/wp-json/wc/v3/subscriptions/{id}", json={"status": "cancelled"}
            )
        ),
        "tax_id": _tax_id(
            lambda desk, id: desk.send("PUT", f"/wp-json/wc/v3/customers/{id}", json={"meta_data": _META})
        ),
        "deletion": _deletion(
            lambda desk, id: desk.send("DELETE", f"/wp-json/wc/v3/customers/{id}?force=true")
        ),
    },
    "recurly": {
        "refund": _refund(_recurly_refund),
        "dispute": _charge_back,
        "cancellation": _cancellation(lambda desk, id: desk.send("PUT", f"/subscriptions/{id}/cancel")),
        "tax_id": _tax_id(lambda desk, id: desk.send("PUT", f"/accounts/{id}", json={"vat_number": TAX_ID})),
        "deletion": _deletion(lambda desk, id: desk.send("DELETE", f"/accounts/{id}")),
    },
}
