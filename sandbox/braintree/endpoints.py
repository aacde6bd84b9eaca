"""What the paths of Braintree's API do: each takes the books, the request's contents and the path's ids."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.braintree import (
    changing,
    disputes,
    keys,
    searching,
    selling,
    shapes,
    subscriptions,
    transactions,
    xml,
)
from sandbox.braintree.books import Books, moment, money
from sandbox.braintree.errors import Invalid
from sandbox.braintree.merchant import DEFAULT, MERCHANT_ACCOUNTS, PAGE_SIZE
from sandbox.state import Json

Answer = tuple[int, bytes]
Endpoint = Callable[..., Answer]

# An address needs one "@" and a dot behind it.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_EMAIL = 255
# The root that the second step of a search answers with.
_PAGES = {
    "transaction": "credit-card-transactions",
    "customer": "customers",
    "subscription": "subscriptions",
}


def _show(tag: str, thing: Any, status: int = 200) -> Answer:
    return status, xml.render(tag, thing)


def _shown(books: Books, kind: str, one: Json) -> Json:
    """Return an object as it is answered: a subscription with its transactions' present states."""
    if kind != "subscription":
        return one
    sales = (books.get("transaction", sale["id"]) or sale for sale in one["transactions"])
    names = ("id", "status", "amount", "created-at")
    return {**one, "transactions": [{name: sale[name] for name in names} for sale in sales]}


def line_items(books: Books, _given: Json, id: str) -> Answer:
    """Answer a transaction's lines, which it does not carry itself."""
    return _show("line-items", books.must("transaction", id).get("_line-items", []))


def search_ids(kind: str) -> Endpoint:
    """Return the first step of a kind's search."""

    def answer(books: Books, given: Json) -> Answer:
        found = searching.ids(books, kind, given.get("search") or {})
        return _show("search-results", {"page-size": PAGE_SIZE, "ids": found})

    return answer


def search(kind: str) -> Endpoint:
    """Return the second step of a kind's search: the objects themselves."""

    def answer(books: Books, given: Json) -> Answer:
        found = searching.page(books, kind, given.get("search") or {})
        inner = "".join(xml.element(kind, _shown(books, kind, one)) for one in found)
        root = _PAGES[kind]
        return (
            200,
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} type="collection">{inner}</{root}>'.encode(),
        )

    return answer


def search_disputes(books: Books, given: Json, query: Mapping[str, str]) -> Answer:
    """Answer a page of disputes."""
    criteria = given.get("search") or {}
    found = [one for one in books.every("dispute") if searching.matches("dispute", one, criteria)]
    return _page("disputes", "dispute", found, query)


def merchant_accounts(_books: Books, _given: Json, query: Mapping[str, str]) -> Answer:
    """Answer a page of merchant accounts."""
    return _page(
        "merchant-accounts", "merchant-account", shapes.merchant_accounts(MERCHANT_ACCOUNTS, DEFAULT), query
    )


def _page(root: str, tag: str, found: list[Json], query: Mapping[str, str]) -> Answer:
    number = int(query.get("page", "1"))
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    sizes = {"current-page-number": number, "page-size": PAGE_SIZE, "total-items": len(found)}
    inner = xml.children(sizes) + "".join(xml.element(tag, one) for one in shown)
    return 200, f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} type="collection">{inner}</{root}>'.encode()


def every(kind: str, tag: str) -> Endpoint:
    """Return a list that is given whole, as plans and discounts are."""

    def answer(books: Books, _given: Json) -> Answer:
        return _show(tag, books.every(kind, oldest_first=True))

    return answer


def find(kind: str) -> Endpoint:
    """Return the answer to a look-up by id."""

    def answer(books: Books, _given: Json, id: str) -> Answer:
        return _show(kind, _shown(books, kind, books.must(kind, id)))

    return answer


def create_customer(books: Books, given: Json) -> Answer:
    """Make a customer, with a card if a nonce comes along."""
    params = given.get("customer") or {}
    names = ("first_name", "last_name", "company", "email", "phone")
    made = shapes.customer(
        books.new_id("customer", 10), moment(books.at), **{name: params.get(name) for name in names}
    )
    if nonce := params.get("payment_method_nonce"):
        made["credit-cards"].append(shapes.card(books.new_id("card", 7), selling.NONCES.get(nonce)))
    return _show("customer", books.put("customer", made), 201)


def update_customer(books: Books, given: Json, id: str) -> Answer:
    """Change a customer's fields."""
    params = given.get("customer") or {}
    known = books.must("customer", id)
    if params.get("email") and not _EMAIL.fullmatch(params["email"]):
        raise Invalid("customer", "81604", "email", "Email is an invalid format.", given)
    if len(params.get("email") or "") > _LONGEST_EMAIL:
        raise Invalid("customer", "81605", "email", "Email is too long.", given)
    fields = {name: value for name, value in params.items() if name.replace("_", "-") in known}
    return _show("customer", books.touch("customer", known, **fields))


def create_payment_method(books: Books, given: Json) -> Answer:
    """Store a nonce's card for a customer; the first one is the default, another if it is asked for."""
    params = given.get("payment_method") or {}
    owner = books.get("customer", params.get("customer_id", ""))
    if owner is None:
        raise Invalid("payment_method", "93105", "customer_id", "Customer ID is invalid.", given)
    made = shapes.card(books.new_id("card", 7), selling.NONCES.get(params.get("payment_method_nonce", "")))
    made["default"] = not owner["credit-cards"] or bool((params.get("options") or {}).get("make_default"))
    cards = owner["credit-cards"]
    if made["default"]:
        cards = [{**one, "default": False} for one in cards]
    books.touch("customer", owner, credit_cards=[*cards, made])
    return _show("credit-card", made, 201)


def delete_customer(books: Books, _given: Json, id: str) -> Answer:
    """Delete a customer; the subscriptions end, the transactions stay."""
    books.must("customer", id)
    for one in books.every("subscription"):
        if one["_customer"] == id and one["status"] not in ("Canceled", "Expired"):
            subscriptions.cancel(books, one)
    books.remove("customer", id)
    return 200, b""


def refund(books: Books, given: Json, id: str) -> Answer:
    """Refund a sale, or a part of it; the same api_request_key gives the same credit."""
    params = given.get("transaction") or {}
    wanted = selling.amount(params["amount"]) if params.get("amount") else None
    paid = books.must("transaction", id)
    made = keys.once(
        books,
        f"refund {id}",
        params,
        lambda: transactions.refund(books, paid, wanted, params.get("order_id")),
    )
    return _show("transaction", made, 201)


def submit(books: Books, given: Json, id: str) -> Answer:
    """Capture an authorisation."""
    params = given.get("transaction") or {}
    wanted = selling.amount(params["amount"]) if params.get("amount") else None
    held = books.must("transaction", id)
    made = keys.once(
        books, f"submit {id}", params, lambda: transactions.submit_for_settlement(books, held, wanted)
    )
    return _show("transaction", made)


def submit_partially(books: Books, given: Json, id: str) -> Answer:
    """Capture a part of an authorisation as a transaction of its own."""
    params = given.get("transaction") or {}
    wanted, held = selling.amount(params.get("amount")), books.must("transaction", id)
    made = keys.once(
        books,
        f"part {id}",
        params,
        lambda: transactions.settle_partially(books, held, wanted, params.get("order_id")),
    )
    return _show("transaction", made, 201)


def void(books: Books, given: Json, id: str) -> Answer:
    """Void a sale or credit."""
    made, params = books.must("transaction", id), given.get("transaction") or {}
    return _show(
        "transaction", keys.once(books, f"void {id}", params, lambda: transactions.void(books, made))
    )


def reverse(books: Books, given: Json, id: str) -> Answer:
    """Void what can be voided, refund the rest in full."""
    made, params = books.must("transaction", id), given.get("transaction") or {}
    is_open = made["status"] in ("authorized", "submitted_for_settlement")
    deed = (
        (lambda: transactions.void(books, made))
        if is_open
        else (lambda: transactions.refund(books, made, None))
    )
    return _show("transaction", keys.once(books, f"reverse {id}", params, deed))


def settle(books: Books, _given: Json, id: str) -> Answer:
    """Settle at once, as the testing gateway can."""
    transactions.settle(books, books.must("transaction", id)["id"])
    return _show("transaction", books.must("transaction", id))


def decline_settlement(books: Books, _given: Json, id: str) -> Answer:
    """Decline at settlement, as the testing gateway can."""
    return _show("transaction", transactions.decline_settlement(books, books.must("transaction", id)))


def accept_dispute(books: Books, _given: Json, id: str) -> Answer:
    """Accept a dispute."""
    disputes.accept(books, books.must("dispute", id))
    return 200, b""


def add_evidence(books: Books, given: Json, id: str) -> Answer:
    """Add a text to what will be handed in for a dispute."""
    return _show(
        "evidence", disputes.add_text(books, books.must("dispute", id), given.get("evidence") or {}), 201
    )


def remove_evidence(books: Books, _given: Json, id: str, evidence: str) -> Answer:
    """Take a piece of evidence out again."""
    disputes.remove_evidence(books, books.must("dispute", id), evidence)
    return 200, b""


def finalize_dispute(books: Books, _given: Json, id: str) -> Answer:
    """Finalize a dispute."""
    disputes.finalize(books, books.must("dispute", id))
    return 200, b""


def create_subscription(books: Books, given: Json) -> Answer:
    """Begin a subscription; if its first payment is declined there is none."""
    made = changing.create(books, given.get("subscription") or {}, given)
    return _show("subscription", _shown(books, "subscription", made), 201)


def update_subscription(books: Books, given: Json, id: str) -> Answer:
    """Change a subscription's plan, price, discounts, payment method or number of cycles."""
    made = changing.update(books, books.must("subscription", id), given.get("subscription") or {}, given)
    return _show("subscription", _shown(books, "subscription", made))


def cancel_subscription(books: Books, _given: Json, id: str) -> Answer:
    """Cancel a subscription."""
    return _show("subscription", subscriptions.cancel(books, books.must("subscription", id)))


def make_past_due(books: Books, _given: Json, query: Mapping[str, str], id: str) -> Answer:
    """Make a subscription past due, as the testing gateway can."""
    days = int(query.get("days_past_due", "1"))
    return _show("subscription", subscriptions.past_due(books, books.must("subscription", id), days))


def settlement_batch_summary(books: Books, given: Json) -> Answer:
    """Answer what settled on a day, by card type, kind and merchant account."""
    wanted = str((given.get("settlement_batch_summary") or {}).get("settlement_date", ""))
    groups: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for one in books.every("transaction", where=("settled_on", [wanted[:10]])):
        if one["status"] == "settled":
            key = (one["credit-card"]["card-type"] or "PayPal", one["type"], one["merchant-account-id"])
            count, total = groups.get(key, (0, Decimal(0)))
            groups[key] = (count + 1, total + Decimal(one["amount"]))
    records = [
        {
            "card-type": card,
            "count": str(count),
            "kind": kind,
            "merchant-account-id": name,
            "amount-settled": money(total, MERCHANT_ACCOUNTS[name]),
        }
        for (card, kind, name), (count, total) in sorted(groups.items())
    ]
    return _show("settlement-batch-summary", {"records": records})
