"""Money that comes in: orders, authorizations, captures; at once, by e-check, or not at all."""

from decimal import Decimal
from typing import Any

from sandbox.paypal import accounting, agenda, people
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.money import fee, major, money
from sandbox.state import Json

DAY = 86_400
_ECHECK_DAYS = 5
_NOT_IN_ORDERS = ("payee", "supplementary_data")


def open_order(
    books: Books,
    person: Json | None,
    amount: Decimal,
    currency: str,
    what: str,
    *,
    intent: str = "CAPTURE",
    tax: Decimal = Decimal(0),
    discount: Decimal = Decimal(0),
    is_guest: bool = False,
    unit: Json | None = None,
) -> Thing:
    """Make an order that its payer has approved, or one that nobody has (without a person)."""
    id = books.new_id("order")
    item = amount - tax + discount
    made: Json = {
        "reference_id": "default",
        "amount": {
            **money(amount, currency),
            "breakdown": {
                "item_total": money(item, currency),
                "tax_total": money(tax, currency),
                "discount": money(discount, currency),
            },
        },
        "payee": {"email_address": books.account.email, "merchant_id": books.account.merchant_id},
        "description": what,
        "items": [
            {"name": what, "quantity": "1", "unit_amount": money(item, currency), "tax": money(tax, currency)}
        ],
        **(unit or {}),
    }
    body: Json = {
        "id": id,
        "intent": intent,
        "status": "CREATED",
        "purchase_units": [made],
        "create_time": books.now,
    }
    order = books.make("order", id, body, {"person": person, "is_guest": is_guest})
    if person is not None:
        approve(books, order, person, is_guest=is_guest)
    return order


def approve(books: Books, order: Thing, person: Json, *, is_guest: bool = False) -> None:
    """The payer agrees to pay an order."""
    payer = people.order_payer(person, is_guest=is_guest)
    source = {"card": {"last_digits": "1881", "brand": "VISA", "name": person["name"]}}
    wallet = {key: payer[key] for key in ("email_address", "name", "address")}
    order.body |= {
        "status": "APPROVED",
        "payer": payer,
        "payment_source": source if is_guest else {"paypal": {**wallet, "account_id": payer["payer_id"]}},
        "update_time": books.now,
    }
    order.inner |= {"person": person, "is_guest": is_guest}
    books.put(order)
    books.emit("CHECKOUT.ORDER.APPROVED", "checkout-order", order.body)


def capture_order(books: Books, order: Thing, *, fate: str = "paid") -> Thing:
    """Take the money of an approved order: fate is paid, echeck, echeck_bounces or declined."""
    unit = order.body["purchase_units"][0]
    info = {name: unit[name] for name in ("invoice_id", "custom_id") if name in unit}
    taken = take(
        books, order.inner["person"], major(unit["amount"]), unit["amount"]["currency_code"], unit["description"],
        order=order.id, fate=fate, is_guest=order.inner["is_guest"], info=info,
        tax=major(unit["amount"]["breakdown"]["tax_total"]) if "breakdown" in unit["amount"] else Decimal(0),
    )  # fmt: skip
    unit.setdefault("payments", {}).setdefault("captures", []).append(
        {key: value for key, value in taken.body.items() if key not in _NOT_IN_ORDERS}
    )
    order.body |= {"status": "COMPLETED", "update_time": books.now}
    books.put(order)
    if taken.body["status"] == "COMPLETED":
        books.emit("CHECKOUT.ORDER.COMPLETED", "checkout-order", order.body)
    return taken


def take(
    books: Books,
    person: Json,
    amount: Decimal,
    currency: str,
    what: str,
    *,
    order: str | None = None,
    authorization: str | None = None,
    subscription: str | None = None,
    invoice: Json | None = None,
    fate: str = "paid",
    is_guest: bool = False,
    tax: Decimal = Decimal(0),
    rate: str | None = None,
    is_tax_inclusive: bool = False,
    info: Json | None = None,
) -> Thing:
    """Make a capture and its line in the report; what it earns is in the ledger once it is completed.

    `rate` is the tax's percentage, where PayPal is told one.
    """
    id = books.new_id("capture")
    status = {"paid": "COMPLETED", "declined": "DECLINED"}.get(fate, "PENDING")
    related = {
        name: value
        for name, value in (("order_id", order), ("authorization_id", authorization))
        if value is not None
    }
    body: Json = {
        "id": id,
        "status": status,
        "amount": money(amount, currency),
        "final_capture": True,
        "seller_protection": {
            "status": "ELIGIBLE",
            "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
        },
        **(info or {}),
        "create_time": books.now,
        "update_time": books.now,
        "payee": {"email_address": books.account.email, "merchant_id": books.account.merchant_id},
    }
    if related:
        body["supplementary_data"] = {"related_ids": related}
    if status == "PENDING":
        body["status_details"] = {"reason": "ECHECK"}
    inner: Json = {
        "person": person,
        "what": what,
        "subscription": subscription,
        "invoice": invoice,
        "refunded": "0",
    }
    inner |= {"is_guest": is_guest, "order": order, "code": "T0002" if subscription else "T0006"}
    inner["authorization"] = authorization
    taken = Thing("capture", id, body, inner, books.at)
    accounting.agreed(
        books, id, person, amount, currency, tax=tax, rate=rate, is_inclusive=is_tax_inclusive,
        invoice=invoice["id"] if invoice else None,
    )  # fmt: skip
    if status == "COMPLETED":
        _earn(books, taken)
    books.put(taken)
    _report(books, taken, tax)
    _tell(books, taken)
    if status == "PENDING":
        agenda.plan(
            books.state, books.account.name, books.at + _ECHECK_DAYS * DAY, "clear",
            capture=id, fate="declined" if fate == "echeck_bounces" else "paid",
        )  # fmt: skip
    return taken


def clear(books: Books, capture: str, fate: str) -> None:
    """An e-check clears, or bounces."""
    taken = books.must("capture", capture)
    if taken.body["status"] != "PENDING":
        return
    taken.body |= {"status": "COMPLETED" if fate == "paid" else "DECLINED", "update_time": books.now}
    del taken.body["status_details"]
    if fate == "paid":
        _earn(books, taken)
    books.put(taken)
    _mirror(books, taken)

    def settle(told: Json) -> None:
        told["transaction_status"] = "S" if fate == "paid" else "D"
        if fate == "paid":
            told["fee_amount"] = money(-_kept(taken), taken.body["amount"]["currency_code"])

    books.rereport(taken.inner["code"], taken.id, settle, settles=fate == "paid")
    _tell(books, taken)


def change_status(books: Books, taken: Thing, status: str) -> None:
    """Give a capture another state, in its order as well."""
    taken.body |= {"status": status, "update_time": books.now}
    books.put(taken)
    _mirror(books, taken)


def show_in_order(books: Books, order: Thing, kind: str, thing: Thing, above: str) -> None:
    """Show a payment, or its new state, in its order as well; `above` is the path of what it belongs to."""
    shown: Json = {key: value for key, value in thing.body.items() if key not in _NOT_IN_ORDERS}
    shown["links"] = [
        {"href": f"https://api.paypal.com{above}", "rel": "up", "method": "GET"},
    ]
    listed = order.body["purchase_units"][0].setdefault("payments", {}).setdefault(kind, [])
    listed[:] = [one for one in listed if one["id"] != thing.id] + [shown]
    order.body["update_time"] = books.now
    books.put(order)


def _earn(books: Books, taken: Thing) -> None:
    amount, currency = major(taken.body["amount"]), taken.body["amount"]["currency_code"]
    kept = fee(amount, currency)
    taken.body["seller_receivable_breakdown"] = {
        "gross_amount": money(amount, currency),
        "paypal_fee": money(kept, currency),
        "net_amount": money(amount - kept, currency),
    }
    books.record(currency, "charged", amount)
    accounting.received(books, taken.id, amount, kept, is_invoiced=taken.inner["invoice"] is not None)


def _kept(taken: Thing) -> Decimal:
    parts = taken.body.get("seller_receivable_breakdown")
    return major(parts["paypal_fee"]) if parts else Decimal(0)


def _report(books: Books, taken: Thing, tax: Decimal) -> None:
    inner, amount, currency = taken.inner, major(taken.body["amount"]), taken.body["amount"]["currency_code"]
    reference = None
    if inner["subscription"]:
        reference = ("SUB", inner["subscription"])
    elif inner["order"]:
        reference = ("ODR", inner["order"])
    more = cart(inner["person"], inner["is_guest"], inner["what"], amount, currency, tax)
    info: dict[str, Any] = {
        **people.account_info(inner["person"], inner["is_guest"]),
        "transaction_subject": inner["what"],
        "instrument_type": "CREDITCARD" if inner["is_guest"] else "PAYPAL",
    }
    info |= {"custom_field": taken.body["custom_id"]} if "custom_id" in taken.body else {}
    if tax:
        info["sales_tax_amount"] = money(tax, currency)
    if inner["invoice"]:
        info["invoice_id"] = inner["invoice"]["number"]
        more["cart_info"]["paypal_invoice_id"] = inner["invoice"]["id"]
    books.report(
        inner["code"], taken.id, amount, currency, fee=_kept(taken), reference=reference, info=info, more=more,
        status={"COMPLETED": "S", "PENDING": "P"}.get(taken.body["status"], "D"),
    )  # fmt: skip


def cart(
    person: Json, is_guest: bool, what: str, amount: Decimal, currency: str, tax: Decimal = Decimal(0)
) -> Json:
    """Return payer_info, shipping_info and cart_info of a report's line."""
    item: Json = {
        "item_name": what,
        "item_quantity": "1",
        "item_unit_price": money(amount - tax, currency),
        "item_amount": money(amount - tax, currency),
        "total_item_amount": money(amount, currency),
    }
    if tax:
        item["tax_amounts"] = [{"tax_amount": money(tax, currency)}]
    return {**people.reported(person, is_guest=is_guest), "cart_info": {"item_details": [item]}}


def _tell(books: Books, taken: Thing) -> None:
    status = taken.body["status"]
    if taken.inner["subscription"] and status == "COMPLETED":
        # Payments of subscriptions still arrive as sales of the first API.
        amount = taken.body["amount"]
        sale = {
            "id": taken.id,
            "state": "completed",
            "amount": {"total": amount["value"], "currency": amount["currency_code"]},
            "billing_agreement_id": taken.inner["subscription"],
            "create_time": taken.body["create_time"],
            "update_time": taken.body["update_time"],
        }
        books.emit("PAYMENT.SALE.COMPLETED", "sale", sale)
        return
    books.emit(f"PAYMENT.CAPTURE.{status}", "capture", taken.body)


def _mirror(books: Books, taken: Thing) -> None:
    """Carry a capture's state into the order that shows it."""
    order = books.find("order", taken.inner["order"]) if taken.inner["order"] else None
    if order is None:
        return
    for shown in order.body["purchase_units"][0].get("payments", {}).get("captures", ()):
        if shown["id"] == taken.id:
            shown |= {"status": taken.body["status"], "update_time": taken.body["update_time"]}
            shown.pop("status_details", None)
            if "seller_receivable_breakdown" in taken.body:
                shown["seller_receivable_breakdown"] = taken.body["seller_receivable_breakdown"]
    order.body["update_time"] = books.now
    books.put(order)
