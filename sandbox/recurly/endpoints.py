"""The API's paths: lists, single objects, and what can be done to them."""

import re
from collections.abc import Callable
from decimal import Decimal

from sandbox.recurly import accounts, buying, changing, invoicing, life, redeeming, refunding, shapes
from sandbox.recurly.call import Call, Declined, amount, one_of, permitted, whole
from sandbox.recurly.errors import bad_request, invalid
from sandbox.recurly.listing import Filter, page
from sandbox.recurly.refunding import Refusal
from sandbox.recurly.site import ACCOUNT, VENDOR, described
from sandbox.state import Json, Jsons

KINDS = {
    "accounts": "account", "subscriptions": "subscription", "invoices": "invoice",
    "transactions": "transaction", "credit_payments": "credit_payment", "plans": "plan", "coupons": "coupon",
}  # fmt: skip
_LIVE = ("active", "canceled", "future", "paused")
_REFUND_METHODS = ("transaction_first", "credit_first", "all_credit", "all_transaction")
_FILTERS: dict[str, dict[str, Filter]] = {
    "accounts": {"email": lambda thing, value: thing["email"] == value},
    "subscriptions": {
        "state": lambda thing, value: thing["state"] in (_LIVE if value == "live" else (value,)),
    },
    "invoices": {
        "type": lambda thing, value: value in (thing["type"], "non-legacy"),
        "state": lambda thing, value: thing["state"] == value,
    },
    "transactions": {
        "type": lambda thing, value: thing["type"] in (("purchase", "capture") if value == "payment" else (value,)),
        "success": lambda thing, value: str(thing["success"]).lower() == value,
    },
    "plans": {"state": lambda thing, value: thing["state"] == value},
    "coupons": {}, "credit_payments": {},
}  # fmt: skip


def list_of(name: str) -> Callable[[Call], Json]:
    """Return the endpoint of a site-wide list."""

    def endpoint(call: Call) -> Json:
        things = call.books.state.list(VENDOR, ACCOUNT, KINDS[name])
        return _page(call, name, things)

    return endpoint


def list_within(name: str, owner: str) -> Callable[..., Json]:
    """Return the endpoint of a list below an account or a subscription."""

    def endpoint(call: Call, id: str) -> Json:
        found = call.find(owner, id)
        return _page(call, name, call.books.linked(KINDS[name], owner, found["id"]))

    return endpoint


def one(name: str) -> Callable[..., Json]:
    """Return the endpoint of a single object."""

    def endpoint(call: Call, id: str) -> Json:
        return shapes.shown(call.books, KINDS[name], call.find(KINDS[name], id))

    return endpoint


def sites(call: Call) -> Json:
    """List the one site."""
    del call
    return {"object": "list", "has_more": False, "next": None, "data": [described()]}


def line_items(call: Call, id: str) -> Json:
    """List an invoice's lines, all of them."""
    invoice = call.find("invoice", id)
    return page(
        invoice["line_items"], call.path, call.query, {}, lambda thing: shapes.line_item(call.books, thing)
    )


def balance(call: Call, id: str) -> Json:
    """Tell what credit an account holds."""
    return shapes.balance(call.books, call.find("account", id))


_ACCOUNT_FIELDS = {
    "email", "first_name", "last_name", "company", "vat_number", "tax_exempt", "username", "cc_emails", "address",
    "preferred_locale",
}  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_VAT = re.compile(r"[A-Z]{2}[0-9A-Z+*.]{5,13}")


def create_account(call: Call) -> Json:
    """Open an account; its code must be new."""
    body = permitted(call.body, "AccountCreate", ("code",))
    code = str(body["code"])
    if accounts.find(call.books, f"code-{code}"):
        raise invalid("Code has already been taken", "code")
    card = str((body.get("billing_info") or {}).get("number") or "")[-4:] or None
    return accounts.shown(
        call.books, accounts.open_account(call.books, code, card=card, **_account_fields(body))
    )


def change_account(call: Call, id: str) -> Json:
    """Change an account's fields."""
    account = call.find("account", id)
    fields = _account_fields(permitted(call.body, "AccountUpdate"))
    if "address" in fields:
        fields["address"] = account["address"] | fields["address"]
    accounts.change(call.books, account, **fields)
    return accounts.shown(call.books, account)


def _account_fields(body: Json) -> Json:
    if body.get("email") and not _EMAIL.fullmatch(str(body["email"])):
        raise invalid("is invalid", "email")
    if body.get("vat_number") and not _VAT.fullmatch(str(body["vat_number"]).replace(" ", "")):
        raise invalid("is invalid", "vat_number")
    address = permitted(body.get("address") or {}, "Address")
    for name in ("street1", "street2"):
        if len(str(address.get(name) or "")) > 50:
            raise invalid("is too long (maximum is 50 characters)", f"address.{name}")
    return {name: body[name] for name in _ACCOUNT_FIELDS & body.keys()}


def close_account(call: Call, id: str) -> Json:
    """Close an account; it stays readable."""
    account = call.find("account", id)
    if account["state"] == "inactive":
        raise invalid("Account is already inactive", "id")
    life.leave(call.books, account)
    return accounts.shown(call.books, account)


def reopen_account(call: Call, id: str) -> Json:
    """Make a closed account active again."""
    account = call.find("account", id)
    accounts.reopen(call.books, account)
    return accounts.shown(call.books, account)


def refund(call: Call, id: str) -> Json:
    """Refund an invoice: POST /invoices/{id}/refund; the answer is the new credit invoice."""
    invoice = call.find("invoice", id)
    asked = permitted(call.body, "InvoiceRefund", ("type",))
    kind = one_of(asked["type"], ("amount", "percentage", "line_items"), "type")
    method = one_of(asked.get("refund_method", "transaction_first"), _REFUND_METHODS, "refund_method")
    if asked.get("amount") is not None and kind != "amount":
        raise bad_request("Can only be present if type is amount", "amount")
    wanted = amount(asked["amount"]) if asked.get("amount") is not None else None
    if kind == "percentage":
        percentage = whole(asked.get("percentage", 100), "percentage", 1)
        wanted = (Decimal(invoice["total"]) * percentage / 100).quantize(Decimal("0.01"))
    if invoice["collection_method"] == "manual" and method != "all_credit" and "external_refund" not in asked:
        raise invalid("External refund is required for manual invoices", "external_refund")
    lines = {one["id"]: int(one.get("quantity", 1)) for one in asked.get("line_items", [])} or None
    try:
        credit = refunding.refund(
            call.books, invoice, wanted, lines=lines, notes=asked.get("credit_customer_notes"), method=method
        )
    except Refusal as refusal:
        raise invalid(str(refusal), refusal.param) from refusal
    return shapes.shown(call.books, "invoice", call.books.must("invoice", credit["id"]))


def related_invoices(call: Call, id: str) -> Json:
    """List the credit invoices that refund a charge invoice, or the charge invoice that a credit refunds."""
    invoice = call.find("invoice", id)
    related = call.books.linked("invoice", "refunds", invoice["id"])
    if invoice["previous_invoice_id"]:
        related = [call.books.must("invoice", invoice["previous_invoice_id"])]
    return page(related, call.path, call.query, {}, lambda one: shapes.shown(call.books, "invoice", one))


def change_invoice(call: Call, id: str) -> Json:
    """Change an invoice's notes, or a charge invoice's order number."""
    invoice = call.find("invoice", id)
    body = permitted(call.body, "InvoiceUpdate")
    if invoice["type"] == "credit" and (stuck := {"po_number", "terms_and_conditions"} & set(body)):
        raise invalid("Not editable for credit invoices", min(stuck))
    fields = ("customer_notes", "po_number", "terms_and_conditions")
    invoice |= {name: body[name] for name in fields if name in body}
    call.books.save("invoice", invoice)
    return shapes.shown(call.books, "invoice", invoice)


def mark_failed(call: Call, id: str) -> Json:
    """Stop collecting an invoice."""
    invoice = call.find("invoice", id)
    if invoice["type"] != "charge" or invoice["state"] not in ("pending", "processing", "past_due"):
        raise invalid("Invoice cannot be marked failed", "id")
    invoicing.give_up(call.books, invoice)
    return shapes.shown(call.books, "invoice", invoice)


def collect(call: Call, id: str) -> Json:
    """Try the card for an open invoice at once; when it is declined, the invoice says so as well."""
    invoice = call.find("invoice", id)
    permitted(call.body, "InvoiceCollect")
    if invoice["collection_method"] != "automatic" or invoice["state"] not in ("pending", "past_due"):
        raise invalid("Invoice is not collectible", "id")
    tried = invoicing.collect(call.books, invoice, origin="api_force_collect")
    if not tried["success"]:
        raise Declined(tried)
    return shapes.shown(call.books, "invoice", invoice)


def withdraw(name: str) -> Callable[..., Json]:
    """Return the endpoint that takes a plan or coupon off the shelves."""

    def endpoint(call: Call, id: str) -> Json:
        thing = call.find(KINDS[name], id)
        life.withdraw(call.books, KINDS[name], thing)
        return thing

    return endpoint


Endpoint = Callable[..., Json]
ROUTES: tuple[tuple[str, str, Endpoint, int], ...] = (
    ("GET", "/sites", sites, 200),
    *(("GET", f"/{name}", list_of(name), 200) for name in KINDS),
    *(("GET", f"/{name}/{{id}}", one(name), 200) for name in KINDS),
    *(
        ("GET", f"/accounts/{{id}}/{name}", list_within(name, "account"), 200)
        for name in ("subscriptions", "invoices", "transactions", "credit_payments")
    ),
    ("GET", "/accounts/{id}/balance", balance, 200),
    ("GET", "/invoices/{id}/line_items", line_items, 200),
    ("POST", "/accounts", create_account, 201),
    ("PUT", "/accounts/{id}", change_account, 200),
    ("DELETE", "/accounts/{id}", close_account, 200),
    ("PUT", "/accounts/{id}/reactivate", reopen_account, 200),
    ("POST", "/purchases", buying.purchase, 201),
    ("POST", "/purchases/preview", buying.preview, 200),
    ("POST", "/purchases/authorize", buying.authorize, 200),
    ("POST", "/purchases/{id}/capture", buying.capture, 200),
    ("POST", "/purchases/{id}/cancel/", buying.cancel, 200),
    ("POST", "/subscriptions", changing.create, 201),
    ("POST", "/subscriptions/{id}/change", changing.change, 201),
    *(
        ("PUT", f"/subscriptions/{{id}}/{verb}", changing.act(verb), 200)
        for verb in ("cancel", "reactivate", "pause", "resume")
    ),
    ("DELETE", "/subscriptions/{id}", changing.terminate, 200),
    ("GET", "/accounts/{id}/coupon_redemptions", redeeming.of_account, 200),
    ("GET", "/accounts/{id}/coupon_redemptions/active", redeeming.active_of_account, 200),
    ("POST", "/accounts/{id}/coupon_redemptions/active", redeeming.redeem, 200),
    ("DELETE", "/accounts/{id}/coupon_redemptions/{redemption}", redeeming.remove_from_account, 200),
    ("DELETE", "/subscriptions/{id}/coupon_redemptions/{redemption}", redeeming.remove_from_subscription, 200),
    ("POST", "/coupons", redeeming.create_coupon, 201),
    ("GET", "/invoices/{id}/related_invoices", related_invoices, 200),
    ("POST", "/invoices/{id}/refund", refund, 201),
    ("PUT", "/invoices/{id}", change_invoice, 200),
    ("PUT", "/invoices/{id}/mark_failed", mark_failed, 200),
    ("PUT", "/invoices/{id}/collect", collect, 200),
    ("DELETE", "/plans/{id}", withdraw("plans"), 200),
    ("DELETE", "/coupons/{id}", withdraw("coupons"), 200),
)  # fmt: skip


def _page(call: Call, name: str, things: Jsons) -> Json:
    return page(
        things,
        call.path,
        call.query,
        _FILTERS[name],
        lambda thing: shapes.shown(call.books, KINDS[name], thing),
    )
