"""Objects as the API shows them: what is stored, with what it refers to as that is now."""

from decimal import Decimal

from sandbox.recurly import accounts
from sandbox.recurly.books import Books
from sandbox.state import Json

INLINE_LINES = 20  # Recurly's own limit is higher; small enough here that somebody exceeds it
_INTERNAL = frozenset(
    {
        "account_id", "plan_id", "coupon_id", "coupon_codes", "invoice_id", "voided_by_invoice_id",
        "applied_to_invoice_id", "original_invoice_id", "refund_transaction_id", "purchase",
    }
)  # fmt: skip


def shown(books: Books, kind: str, record: Json) -> Json:
    """Return an object of a kind (account, invoice, transaction ...) as the API shows it."""
    if kind == "account":
        return accounts.shown(books, record)
    if kind == "subscription":
        return _subscription(books, record)
    if kind == "invoice":
        return _invoice(books, record)
    if kind == "transaction":
        return _transaction(books, record)
    if kind == "credit_payment":
        return _credit_payment(books, record)
    return record


def line_item(books: Books, line: Json) -> Json:
    """Return an invoice's line as the API shows it."""
    found = {name: value for name, value in line.items() if name != "account_id"}
    return found | {"account": _account(books, line)}


def balance(books: Books, account: Json) -> Json:
    """Return what an account owes or holds as credit, by currency (GET /accounts/{id}/balance)."""
    credit: dict[str, str] = {}
    for one in books.linked("invoice", "account", account["id"]):
        if one["type"] == "credit" and one["state"] == "open":
            before = credit.get(one["currency"])
            credit[one["currency"]] = one["balance"] if before is None else _sum(before, one["balance"])
    invoices = books.linked("invoice", "account", account["id"])
    return {
        "object": "account_balance",
        "account": accounts.mini(account),
        "past_due": any(one["state"] == "past_due" for one in invoices),
        "balances": [
            {
                "currency": currency, "amount": amount, "processing_prepayment_amount": "0.00",
                "available_credit_amount": amount.lstrip("-"),
            }
            for currency, amount in credit.items()
        ],
    }  # fmt: skip


def _subscription(books: Books, record: Json) -> Json:
    plan = books.must("plan", record["plan_id"])
    redeemed = [
        one for one in books.linked("redemption", "account", record["account_id"])
        if one["subscription_id"] == record["id"] and one["state"] == "active"
    ]  # fmt: skip
    subtotal = _times(record["unit_amount"], record["quantity"])
    return _plain(record) | {
        "account": _account(books, record),
        "plan": {"id": plan["id"], "object": "plan", "code": plan["code"], "name": plan["name"]},
        "coupon_redemptions": [_redemption(one, books.must("coupon", one["coupon_id"])) for one in redeemed],
        "pending_change": None, "shipping": None, "add_ons": [], "add_ons_total": "0.00", "ramp_intervals": [],
        "subtotal": subtotal, "tax": None, "tax_info": None, "total": subtotal, "custom_fields": [],
        "po_number": record.get("po_number"), "customer_notes": record.get("customer_notes"),
        "terms_and_conditions": None, "gateway_code": None, "started_with_gift": False, "converted_at": None,
        "resume_at": None,
    }  # fmt: skip


def _invoice(books: Books, record: Json) -> Json:
    lines = record["line_items"]
    transactions = books.linked("transaction", "invoice", record["id"])
    side = "original" if record["type"] == "credit" else "applied"
    uses = books.linked("credit_payment", side, record["id"])
    coupons = [books.must("coupon", id) for id in record["coupon_codes"]]
    return _plain(record) | {
        "account": _account(books, record),
        "coupon_redemptions": [_redemption(record, coupon) for coupon in coupons],
        "line_items": [line_item(books, one) for one in lines[:INLINE_LINES]],
        "has_more_line_items": len(lines) > INLINE_LINES,
        "transactions": [_transaction(books, one) for one in transactions],
        "credit_payments": [_credit_payment(books, one) for one in uses],
        "shipping_address": None, "custom_fields": [],
    }  # fmt: skip


def _transaction(books: Books, record: Json) -> Json:
    return _plain(record) | {
        "account": _account(books, record),
        "invoice": _invoice_mini(books, record["invoice_id"]),
        "voided_by_invoice": _invoice_mini(books, record["voided_by_invoice_id"]),
        "payment_gateway": {
            "id": "lampagateway1", "object": "payment_gateway_mini", "type": "TestGateway", "name": "Test gateway",
        },
    }  # fmt: skip


def _credit_payment(books: Books, record: Json) -> Json:
    refund = (
        books.get("transaction", record["refund_transaction_id"]) if record["refund_transaction_id"] else None
    )
    return _plain(record) | {
        "account": _account(books, record),
        "applied_to_invoice": _invoice_mini(books, record["applied_to_invoice_id"]),
        "original_invoice": _invoice_mini(books, record["original_invoice_id"]),
        "refund_transaction": _transaction(books, refund) if refund else None,
    }


def _account(books: Books, record: Json) -> Json:
    return accounts.mini(books.must("account", record["account_id"]))


def _invoice_mini(books: Books, id: str | None) -> Json | None:
    if id is None:
        return None
    invoice = books.must("invoice", id)
    return {"object": "invoice", **{name: invoice[name] for name in ("id", "number", "type", "state")}}


def _redemption(record: Json, coupon: Json) -> Json:
    names = ("id", "object", "code", "name", "state", "discount", "coupon_type", "expired_at")
    return {
        "id": record["id"] if record["object"] == "coupon_redemption" else f"r{record['id'][1:]}",
        "object": "coupon_redemption", "coupon": {name: coupon[name] for name in names}, "state": "active",
        "discounted": record.get("discount", "0.00"), "created_at": record["created_at"],
    }  # fmt: skip


def _plain(record: Json) -> Json:
    return {name: value for name, value in record.items() if name not in _INTERNAL}


def _times(amount: str, quantity: int) -> str:
    return str(Decimal(amount) * quantity)


def _sum(one: str, other: str) -> str:
    return str(Decimal(one) + Decimal(other))
