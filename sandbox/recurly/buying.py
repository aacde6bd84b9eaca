"""Purchases: bought at once, asked for by an invoice, only looked at, or held on the card and taken later."""

from decimal import Decimal
from typing import Any

from sandbox.recurly import accounts, catalogue, invoicing, paying, shapes, subscribing
from sandbox.recurly.books import seconds
from sandbox.recurly.call import Call, Declined, amount, currency, one_of, permitted, whole
from sandbox.recurly.errors import invalid, not_found
from sandbox.recurly.invoicing import DAY, Item
from sandbox.state import Json

_HELD_DAYS = 7  # most cards' banks; then the hold is gone


def purchase(call: Call) -> Json:
    """POST /purchases: single items and subscriptions. A declined card leaves no invoice behind."""
    account, items, unit = _basket(call)
    body, charged = call.body, None
    if items:
        manual, net = _manual_days(body), whole(body.get("net_terms", 0), "net_terms", 0)
        terms: dict[str, Any] = {
            "notes": body.get("customer_notes"),
            "po_number": body.get("po_number"),
            "uses_credit": _uses_credit(body),
        }
        if manual is None and not net:
            total = _total(call, account, items, unit) - _credit(call, account, unit)
            must_pay(call, account, total, unit)
        charged = invoicing.bill(call.books, account, items, unit, manual_days=manual, net_days=net, **terms)
    for wish in body.get("subscriptions", []):
        plan = catalogue.by_code(call.books, "plan", wish["plan_code"])
        begun = subscribing.begin(call.books, account, plan, unit)
        charged = charged or call.books.must("invoice", begun["active_invoice_id"])
    if charged is None:
        raise invalid("Nothing is bought", "line_items")
    return collection(shapes.shown(call.books, "invoice", call.books.must("invoice", charged["id"])))


def preview(call: Call) -> Json:
    """POST /purchases/preview: the invoice that a purchase would make; nothing is kept."""
    account, items, unit = _basket(call)
    shown = _drafted(call, account, items, unit)
    shown["customer_notes"] = call.body.get("customer_notes")
    return collection(shown)


def authorize(call: Call) -> Json:
    """POST /purchases/authorize: hold the total on the card. The invoice is in no list until it is captured."""
    account, items, unit = _basket(call)
    if _manual_days(call.body) is not None:
        raise invalid("Collection method must be automatic", "collection_method")
    shown = _drafted(call, account, items, unit)
    total = Decimal(shown["total"])
    must_pay(call, account, total, unit, type="authorization")
    held = paying.charge(call.books, account, total, unit, type="authorization", origin="api")
    held["purchase"] = {
        "notes": call.body.get("customer_notes"),
        "items": [[one.what, str(one.unit), one.quantity, one.is_untaxed] for one in items],
    }
    call.books.save("transaction", held)
    shown |= {
        "customer_notes": call.body.get("customer_notes"),
        "transactions": [shapes.shown(call.books, "transaction", held)],
    }
    return collection(shown)


def capture(call: Call, id: str) -> Json:
    """Take the money that an authorization holds, all of it: a charge invoice paid by a capture transaction."""
    held = _held(call, id)
    account, bought = call.books.must("account", held["account_id"]), held.get("purchase")
    if bought is None:
        items = [Item("Captured authorization", Decimal(held["amount"]), is_untaxed=True)]
    else:
        items = [
            Item(what, Decimal(price), quantity, is_untaxed=untaxed)
            for what, price, quantity, untaxed in bought["items"]
        ]
    charged = invoicing.bill(
        call.books, account, items, held["currency"], authorization=held, uses_credit=False,
        notes=bought["notes"] if bought else None,
    )  # fmt: skip
    return collection(shapes.shown(call.books, "invoice", charged))


def cancel(call: Call, id: str) -> Json:
    """Let go of the money that an authorization holds."""
    paying.void(call.books, _held(call, id), None)
    return collection(None)


def collection(invoice: Json | None) -> Json:
    """Return an invoice as purchases answer with it."""
    return {
        "object": "invoice_collection",
        "charge_invoice": invoice,
        "credit_invoices": [],
        "verification_transactions": [],
    }


def must_pay(call: Call, account: Json, due: Decimal, unit: str, *, type: str = "purchase") -> None:
    """Look whether the account's card gives an amount before anything is made.

    Raises:
        RecurlyError: 422, there is no card.
        Declined: the card is declined; a transaction without an invoice says so.
    """
    if due <= 0:
        return
    if account["card"] is None:
        raise invalid("Billing info is required", "account.billing_info")
    if not paying.can_pay(account):
        raise Declined(paying.charge(call.books, account, due, unit, type=type, origin="api"))


def _basket(call: Call) -> tuple[Json, list[Item], str]:
    """Check a purchase and return who buys what in which currency."""
    body = permitted(call.body, "PurchaseCreate", ("currency", "account"))
    buyer = permitted(body["account"], "AccountPurchase")
    found = call.books.get("account", str(buyer["id"])) if buyer.get("id") else None
    found = found or accounts.find(call.books, f"code-{buyer.get('code')}")
    if found is None:
        raise not_found("account", str(buyer.get("id") or buyer.get("code")))
    if found["state"] != "active":
        raise invalid("Account is inactive", "account")
    if body.get("billing_info_id") not in (None, found["card_id"]):
        raise not_found("billing_info", str(body["billing_info_id"]))
    unit = currency(body["currency"])
    items = [_item(one, unit) for one in body.get("line_items", [])]
    return found, items, unit


def _item(asked: Json, unit: str) -> Item:
    permitted(asked, "LineItemCreate", ("currency", "unit_amount", "type"))
    one_of(asked["type"], ("charge", "credit"), "line_items.type")
    if asked["currency"] != unit:
        raise invalid("must be the purchase's currency", "line_items.currency")
    if asked["type"] == "credit":
        raise invalid("credits are not sold here", "line_items.type")
    return Item(
        str(asked.get("description") or "Item"),
        abs(amount(asked["unit_amount"], "line_items.unit_amount")),
        whole(asked.get("quantity", 1), "line_items.quantity", 1),
        is_untaxed=bool(asked.get("tax_exempt")),
    )


def _manual_days(body: Json) -> int | None:
    method = one_of(body.get("collection_method", "automatic"), ("automatic", "manual"), "collection_method")
    if method == "automatic":
        return None
    return whole(body.get("net_terms", 0), "net_terms", 0)


def _uses_credit(body: Json) -> bool:
    policy = body.get("credit_application_policy_override")
    if policy is None:
        return True
    return one_of(policy.get("mode"), ("all", "none"), "credit_application_policy_override.mode") == "all"


def _credit(call: Call, account: Json, unit: str) -> Decimal:
    if not _uses_credit(call.body):
        return Decimal(0)
    open_ = accounts.open_credits(call.books, account, unit)
    return -sum((Decimal(one["balance"]) for one in open_), Decimal(0))


def _total(call: Call, account: Json, items: list[Item], unit: str) -> Decimal:
    drafted = invoicing.draft(call.books, account, items, unit, origin="purchase", number="")
    return Decimal(drafted["total"])


def _drafted(call: Call, account: Json, items: list[Item], unit: str) -> Json:
    """Return the invoice of a basket as the API shows one that does not exist."""
    if not items:
        raise invalid("Nothing is bought", "line_items")
    drafted = invoicing.draft(call.books, account, items, unit, origin="purchase", number="")
    drafted |= {"created_at": None, "updated_at": None}
    return shapes.shown(call.books, "invoice", drafted) | {
        "id": None,
        "number": None,
        "refundable_amount": None,
    }


def _held(call: Call, id: str) -> Json:
    held = call.find("transaction", id)
    if held["type"] != "authorization" or held["status"] != "success":
        raise invalid("Transaction is not a successful authorization", "transaction_id")
    if call.books.linked("transaction", "captures", held["id"]):
        raise invalid("Authorization has already been captured", "transaction_id")
    if call.books.at > seconds(held["created_at"]) + _HELD_DAYS * DAY:
        raise invalid("Authorization has expired", "transaction_id")
    return held
