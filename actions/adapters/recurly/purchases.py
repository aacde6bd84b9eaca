"""What a Recurly account buys outside of subscriptions: charged, held on the card, or asked for by an invoice.

What was made is found by our action id in the invoice's notes, which are printed on it.
"""

from decimal import Decimal
from typing import Any

from actions.adapters.recurly.sending import (
    NEWEST,
    Thing,
    failure_of,
    is_ours,
    money,
    notes,
    once,
    path_of,
    status_of,
    write,
)
from actions.ports import Effect, Order
from billing.errors import Refused
from billing.money import Money
from billing.verbs import Verb
from billing.vocabulary import EffectStatus
from gateways.recurly.api import RecurlyApi

_DAYS_TO_PAY = 14
_LOOKS = 4
FOR_THEM_ALONE = "give its link to the customer alone: whoever opens it is signed in as them"


class Purchases:
    """Sells one item for an exact amount."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers = {
            Verb.CHARGE: once(self._charge, self._find_charge),
            Verb.AUTHORIZE: once(self._authorize, self._find_authorization),
            Verb.REQUEST_PAYMENT: once(self._request, self._find_request),
        }

    def _charge(self, order: Order) -> Effect:
        """Charge the account's card, and account credit is left alone. MONEY MOVES TO THE SELLER.

        A declined card is a refusal (422 `transaction`): no invoice is made and nothing moved.
        """
        body = self._basket(order, _of_card(order))
        written = write(self._api, order, "POST", "/purchases", body)
        return _charge_effect(written.body["charge_invoice"], order, written.request_id)

    def _find_charge(self, order: Order) -> Effect | None:
        invoice = self._made(order)
        return None if invoice is None else _charge_effect(invoice, order, None)

    def _authorize(self, order: Order) -> Effect:
        """Hold an amount on the account's card. NO MONEY MOVES YET; it is captured whole, within about a week."""
        body = self._basket(order, _of_card(order))
        written = write(self._api, order, "POST", "/purchases/authorize", body)
        [held] = written.body["charge_invoice"]["transactions"]
        return _held_effect(held, order, written.request_id)

    def _find_authorization(self, order: Order) -> Effect | None:
        """Find an authorization by its amount among those that are newer than the account as it was read.

        Until it is captured Recurly shows no invoice of it, and so no notes: only one that bears somebody else's
        is known not to be ours.
        """
        before = order.before.get("newest_authorization")
        path = path_of("accounts", order.target.id, "transactions")
        for page in self._api.pages(path, {**NEWEST, "type": "authorization"}):
            for held in page:
                if held["id"] == before:
                    return None
                if money(held["amount"], held["currency"]) == order.amount and self._may_be_ours(held, order):
                    return _held_effect(held, order, None)
        return None

    def _request(self, order: Order) -> Effect:
        """Make an invoice to be paid by hand within 14 days. NO MONEY MOVES.

        Its page takes payments where the site's "Online Payments" are on
        (docs.recurly.com/docs/hosted-account-management).
        """
        body = self._basket(order, {"collection_method": "manual", "net_terms": _DAYS_TO_PAY})
        written = write(self._api, order, "POST", "/purchases", body)
        return self._request_effect(written.body["charge_invoice"], order, written.request_id)

    def _find_request(self, order: Order) -> Effect | None:
        invoice = self._made(order)
        return None if invoice is None else self._request_effect(invoice, order, None)

    def _request_effect(self, invoice: Thing, order: Order, request_id: str | None) -> Effect:
        url = hosted_page(self._api, order.target.id, f"invoices/{invoice['number']}")
        return Effect(
            EffectStatus.SUCCEEDED,
            invoice["state"],
            made_id=invoice["id"],
            amount=money(invoice["total"], invoice["currency"]),
            url=url,
            explanation=FOR_THEM_ALONE,
            touched=(("account", order.target.id), ("invoice", invoice["id"])),
            request_id=request_id,
        )

    def _basket(self, order: Order, how: dict[str, Any]) -> dict[str, Any]:
        """Return a purchase whose total is exactly the order's amount, tax inside. MONEY NEVER MOVES.

        Recurly adds tax to the price of an item and takes coupons off, so the price is found by its own preview. A
        total that no price leads to, for tax is rounded, gets a line of one cent, which is untaxed.

        Raises:
            Refused: the total cannot be had.
        """
        assert order.amount is not None
        account = self._api.get(path_of("accounts", order.target.id))
        wanted, cent = order.amount.to_decimal(), _smallest(order.amount)
        tried: dict[Decimal, Decimal] = {}
        price = wanted
        while len(tried) < _LOOKS and price not in tried:
            body = _body(order, account, price, how)
            tried[price] = self._total(body)
            if tried[price] == wanted:
                return body
            price = _nearer(price, tried[price], wanted, cent)
        for price, total in tried.items():
            body = _body(order, account, price, how, rounding=cent)
            if wanted - total == cent and self._total(body) == wanted:
                return body
        found = ", ".join(str(money(total, order.amount.currency)) for total in tried.values())
        raise Refused(
            f"With its tax and coupons Recurly would take another amount ({found})", "total_differs"
        )

    def _total(self, body: dict[str, Any]) -> Decimal:
        """Ask what a purchase would come to."""
        return Decimal(self._api.writer.ask("/purchases/preview", body)["charge_invoice"]["total"])

    def _made(self, order: Order) -> Thing | None:
        """Return the invoice that an order made, among the account's 200 newest."""
        path = path_of("accounts", order.target.id, "invoices")
        page = next(self._api.pages(path, {**NEWEST, "type": "charge"}), [])
        return next((invoice for invoice in page if is_ours(invoice, order)), None)

    def _may_be_ours(self, held: Thing, order: Order) -> bool:
        mini = held.get("invoice")
        if not (mini and mini.get("id")):
            return True
        return is_ours(self._api.get(path_of("invoices", mini["id"])), order)


def hosted_page(api: RecurlyApi, account_id: str, page: str) -> str:
    """Return the address of one of the account's own pages at Recurly, such as billing_info/edit.

    Raises:
        BillhouseError: the account or the site could not be read.
    """
    token = api.get(path_of("accounts", account_id))["hosted_login_token"]
    subdomain = api.get("/sites")["data"][0]["subdomain"]
    return f"https://{subdomain}.recurly.com/account/{page}?ht={token}"


def _of_card(order: Order) -> dict[str, Any]:
    """Return the part of a purchase that takes money from a card; naming one needs Recurly's Wallet feature."""
    return {
        "collection_method": "automatic",
        "transaction": {"initiator": "merchant"},
        **({"billing_info_id": order.act.method_id} if order.act.method_id else {}),
    }


def _body(
    order: Order, account: Thing, price: Decimal, how: dict[str, Any], rounding: Decimal | None = None
) -> dict[str, Any]:
    assert order.amount is not None
    line = {"type": "charge", "currency": order.amount.currency}
    lines = [{**line, "unit_amount": price, "description": order.act.description[:255]}]
    if rounding is not None:
        lines.append({**line, "unit_amount": rounding, "description": "Rounding", "tax_exempt": True})
    return {
        "currency": order.amount.currency,
        "account": {"id": account["id"], "code": account["code"]},
        "line_items": lines,
        "customer_notes": notes(order),
        "credit_application_policy_override": {"mode": "none"},
        **how,
    }


def _smallest(amount: Money) -> Decimal:
    return Money(1, amount.currency).to_decimal()


def _nearer(price: Decimal, total: Decimal, wanted: Decimal, cent: Decimal) -> Decimal:
    """Return a price whose total should be what is wanted, knowing what another price came to."""
    if total <= 0 or abs(total - wanted) <= cent:
        return price + (cent if total < wanted else -cent)
    return (price * wanted / total).quantize(cent)


def _charge_effect(invoice: Thing, order: Order, request_id: str | None) -> Effect:
    tried = [one for one in invoice["transactions"] if one["type"] in ("purchase", "capture")]
    made = max(tried, key=lambda one: (one["success"], one["created_at"]), default=None)
    if made is None:
        status = EffectStatus.SUCCEEDED if invoice["state"] == "paid" else EffectStatus.PENDING
        words = None
    else:
        status, words = status_of("charge", made["status"])
    return Effect(
        status,
        made["status"] if made else invoice["state"],
        made_id=made["id"] if made else None,
        amount=money(invoice["total"], invoice["currency"]),
        explanation=failure_of(made) if made and status is EffectStatus.FAILED else words,
        touched=(
            ("account", order.target.id),
            ("invoice", invoice["id"]),
            *((("transaction", made["id"]),) if made else ()),
        ),
        request_id=request_id,
    )


def _held_effect(held: Thing, order: Order, request_id: str | None) -> Effect:
    status, words = status_of("charge", held["status"])
    return Effect(
        status,
        held["status"],
        made_id=held["id"],
        amount=money(held["amount"], held["currency"]),
        explanation=failure_of(held) if status is EffectStatus.FAILED else words,
        touched=(("account", order.target.id), ("transaction", held["id"])),
        request_id=request_id,
    )
