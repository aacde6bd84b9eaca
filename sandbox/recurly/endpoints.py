"""The API's paths: lists, single objects, and what can be done to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.recurly import accounts, catalogue, invoicing, life, paying, refunding, shapes, subscribing
from sandbox.recurly.books import Books
from sandbox.recurly.errors import RecurlyError, invalid, not_found
from sandbox.recurly.invoicing import Item
from sandbox.recurly.listing import Filter, page
from sandbox.recurly.refunding import Refusal
from sandbox.recurly.site import ACCOUNT, VENDOR, described
from sandbox.state import Json, Jsons

KINDS = {
    "accounts": "account", "subscriptions": "subscription", "invoices": "invoice",
    "transactions": "transaction", "credit_payments": "credit_payment", "plans": "plan", "coupons": "coupon",
}  # fmt: skip
_LIVE = ("active", "canceled", "future", "paused")
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


@dataclass
class Call:
    """One request that has been let in."""

    books: Books
    path: str
    query: Mapping[str, str]
    body: Json = field(default_factory=dict)

    def find(self, kind: str, id: str) -> Json:
        """Return an object by its id, or by "code-...", "number-..." or "uuid-..." where it has one.

        Raises:
            RecurlyError: 404.
        """
        label, _, rest = id.partition("-")
        if kind == "account":
            found = accounts.find(self.books, id)
        elif rest and label in ("code", "number"):
            found = next(iter(self.books.linked(kind, label, rest)), None)
        elif rest and label == "uuid":
            every = self.books.state.list(VENDOR, ACCOUNT, kind)
            found = next((one for one in every if one.get("uuid") == rest), None)
        else:
            found = self.books.get(kind, id)
        if found is None:
            raise not_found(kind, id)
        return found


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


def create_account(call: Call) -> Json:
    """Open an account; its code must be new."""
    code = str(call.body.get("code") or "")
    if not code:
        raise invalid("Code can't be blank", "code")
    if accounts.find(call.books, f"code-{code}"):
        raise invalid("Code has already been taken", "code")
    card = str((call.body.get("billing_info") or {}).get("number") or "")[-4:] or None
    about = {name: call.body[name] for name in _ACCOUNT_FIELDS & call.body.keys()}
    return accounts.shown(call.books, accounts.open_account(call.books, code, card=card, **about))


def change_account(call: Call, id: str) -> Json:
    """Change an account's fields."""
    account = call.find("account", id)
    accounts.change(
        call.books, account, **{name: call.body[name] for name in _ACCOUNT_FIELDS & call.body.keys()}
    )
    return accounts.shown(call.books, account)


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


def purchase(call: Call) -> Json:
    """Sell single items and subscriptions at once: POST /purchases."""
    account = call.find("account", f"code-{(call.body.get('account') or {}).get('code')}")
    currency = str(call.body.get("currency", "EUR"))
    items = [
        Item(str(one.get("description", "Item")), _amount(one["unit_amount"]), int(one.get("quantity", 1)))
        for one in call.body.get("line_items", [])
    ]
    charged = invoicing.bill(call.books, account, items, currency) if items else None
    for wish in call.body.get("subscriptions", []):
        plan = catalogue.by_code(call.books, "plan", wish["plan_code"])
        begun = subscribing.begin(call.books, account, plan, currency)
        charged = charged or call.books.must("invoice", begun["active_invoice_id"])
    if charged is None:
        raise invalid("Nothing is bought", "line_items")
    shown = shapes.shown(call.books, "invoice", call.books.must("invoice", charged["id"]))
    return {
        "object": "invoice_collection",
        "charge_invoice": shown,
        "credit_invoices": [],
        "verification_transactions": [],
    }


def capture(call: Call, id: str) -> Json:
    """Take the money that an authorization holds: a charge invoice paid by a capture transaction."""
    held = call.find("transaction", id)
    if held["type"] != "authorization" or held["status"] != "success":
        raise invalid("Transaction is not a successful authorization", "transaction_id")
    account = call.books.must("account", held["account_id"])
    item = Item("Captured authorization", Decimal(held["amount"]))
    account_untaxed = account | {"tax_exempt": True}  # the amount held is the amount taken
    charged = invoicing.bill(call.books, account_untaxed, [item], held["currency"], authorization=held)
    shown = shapes.shown(call.books, "invoice", charged)
    return {
        "object": "invoice_collection",
        "charge_invoice": shown,
        "credit_invoices": [],
        "verification_transactions": [],
    }


def cancel_authorization(call: Call, id: str) -> Json:
    """Let go of the money that an authorization holds."""
    held = call.find("transaction", id)
    paying.void(call.books, held, None)
    return {
        "object": "invoice_collection",
        "charge_invoice": None,
        "credit_invoices": [],
        "verification_transactions": [],
    }


def subscription(verb: str) -> Callable[..., Json]:
    """Return the endpoint that cancels, reactivates, pauses or resumes a subscription."""

    def endpoint(call: Call, id: str) -> Json:
        found = call.find("subscription", id)
        needed = {"cancel": "active", "reactivate": "canceled", "pause": "active", "resume": "paused"}[verb]
        if found["state"] != needed:
            raise RecurlyError(
                422, "immutable_subscription", f"A subscription in state {found['state']} cannot {verb}"
            )
        cycles = {"cycles": int(call.body.get("remaining_pause_cycles", 1))} if verb == "pause" else {}
        getattr(subscribing, verb)(call.books, found, **cycles)
        return shapes.shown(call.books, "subscription", found)

    return endpoint


def terminate(call: Call, id: str) -> Json:
    """End a subscription now: DELETE /subscriptions/{id}?refund=full|partial|none."""
    found = call.find("subscription", id)
    try:
        subscribing.terminate(call.books, found, call.query.get("refund", "none"))
    except Refusal as refusal:
        raise invalid(str(refusal), refusal.param) from refusal
    return shapes.shown(call.books, "subscription", found)


def refund(call: Call, id: str) -> Json:
    """Refund an invoice: POST /invoices/{id}/refund; the answer is the new credit invoice."""
    invoice = call.find("invoice", id)
    asked = call.body
    amount = (
        _amount(asked["amount"])
        if asked.get("type") == "amount" and asked.get("amount") is not None
        else None
    )
    if asked.get("type") == "percentage":
        amount = (Decimal(invoice["total"]) * int(asked.get("percentage", 100)) / 100).quantize(
            Decimal("0.01")
        )
    lines = {one["id"]: int(one.get("quantity", 1)) for one in asked.get("line_items", [])} or None
    try:
        credit = refunding.refund(
            call.books, invoice, amount, lines=lines, notes=asked.get("credit_customer_notes"),
            method=str(asked.get("refund_method", "transaction_first")),
        )  # fmt: skip
    except Refusal as refusal:
        raise invalid(str(refusal), refusal.param) from refusal
    return shapes.shown(call.books, "invoice", call.books.must("invoice", credit["id"]))


def mark_failed(call: Call, id: str) -> Json:
    """Stop collecting an invoice."""
    invoice = call.find("invoice", id)
    if invoice["state"] not in ("pending", "past_due"):
        raise invalid("Invoice cannot be marked failed", "id")
    invoicing.give_up(call.books, invoice)
    return shapes.shown(call.books, "invoice", invoice)


def collect(call: Call, id: str) -> Json:
    """Try the card for an open invoice at once."""
    invoice = call.find("invoice", id)
    if invoice["state"] not in ("pending", "past_due"):
        raise invalid("Invoice is not collectible", "id")
    invoicing.collect(call.books, invoice)
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
    ("POST", "/purchases", purchase, 201),
    ("POST", "/purchases/{id}/capture", capture, 200),
    ("POST", "/purchases/{id}/cancel", cancel_authorization, 200),
    *(
        ("PUT", f"/subscriptions/{{id}}/{verb}", subscription(verb), 200)
        for verb in ("cancel", "reactivate", "pause", "resume")
    ),
    ("DELETE", "/subscriptions/{id}", terminate, 200),
    ("POST", "/invoices/{id}/refund", refund, 201),
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


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise invalid("is not a number", "amount") from None
