"""What the paths of Braintree's API do: each takes the books, the request's contents and the path's ids."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.braintree import disputes, searching, shapes, subscriptions, transactions, xml
from sandbox.braintree.books import Books, moment, money
from sandbox.braintree.errors import Invalid
from sandbox.braintree.merchant import DEFAULT, MERCHANT_ACCOUNTS, PAGE_SIZE
from sandbox.state import Json

Answer = tuple[int, bytes]
Endpoint = Callable[..., Answer]

# The root that the second step of a search answers with.
_PAGES = {
    "transaction": "credit-card-transactions",
    "customer": "customers",
    "subscription": "subscriptions",
}
_NONCES = {
    "fake-processor-declined-visa-nonce": {"_declines": "2000"},
    "fake-valid-mastercard-nonce": {"card-type": "MasterCard", "bin": "555555", "last-4": "4444"},
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
        made["credit-cards"].append(shapes.card(books.new_id("card", 7), _NONCES.get(nonce)))
    return _show("customer", books.put("customer", made), 201)


def update_customer(books: Books, given: Json, id: str) -> Answer:
    """Change a customer's fields."""
    params = given.get("customer") or {}
    known = books.must("customer", id)
    fields = {name: value for name, value in params.items() if name.replace("_", "-") in known}
    return _show("customer", books.touch("customer", known, **fields))


def delete_customer(books: Books, _given: Json, id: str) -> Answer:
    """Delete a customer; the subscriptions end, the transactions stay."""
    books.must("customer", id)
    for one in books.every("subscription"):
        if one["_customer"] == id and one["status"] not in ("Canceled", "Expired"):
            subscriptions.cancel(books, one)
    books.remove("customer", id)
    return 200, b""


def create_transaction(books: Books, given: Json) -> Answer:
    """Make a sale: to a customer's card, or to a nonce."""
    params = given.get("transaction") or {}
    key = params.get("api_request_key")
    if key and (before := books.get("request", key)):
        return _again(books, before, params)
    customer = books.must("customer", params["customer_id"]) if params.get("customer_id") else None
    if customer and customer["credit-cards"]:
        card = customer["credit-cards"][0]
    else:
        card = shapes.card(None, _NONCES.get(params.get("payment_method_nonce", "")))
    buyer = params.get("customer") or {}
    made = transactions.sale(
        books,
        _amount(params.get("amount")),
        params.get("merchant_account_id") or DEFAULT,
        customer=customer,
        card=card,
        email=buyer.get("email"),
        guest=(buyer.get("first_name", ""), buyer.get("last_name", "")),
        submit=bool((params.get("options") or {}).get("submit_for_settlement")),
        order_id=params.get("order_id"),
    )
    _remember(books, params, made)
    return _show("transaction", transactions.require_done(made, given), 201)


def refund(books: Books, given: Json, id: str) -> Answer:
    """Refund a sale, or a part of it; the same api_request_key gives the same credit."""
    params = given.get("transaction") or {}
    if (key := params.get("api_request_key")) and (before := books.get("request", key)):
        return _again(books, before, {**params, "refunds": id})
    wanted = _amount(params["amount"]) if params.get("amount") else None
    made = transactions.refund(books, books.must("transaction", id), wanted, params.get("order_id"))
    _remember(books, {**params, "refunds": id}, made)
    return _show("transaction", made, 201)


def submit(books: Books, given: Json, id: str) -> Answer:
    """Capture an authorisation."""
    amount = (given.get("transaction") or {}).get("amount")
    made = books.must("transaction", id)
    return _show(
        "transaction", transactions.submit_for_settlement(books, made, _amount(amount) if amount else None)
    )


def void(books: Books, _given: Json, id: str) -> Answer:
    """Void a sale or credit."""
    return _show("transaction", transactions.void(books, books.must("transaction", id)))


def reverse(books: Books, _given: Json, id: str) -> Answer:
    """Void what can be voided, refund the rest in full."""
    made = books.must("transaction", id)
    if made["status"] in ("authorized", "submitted_for_settlement"):
        return _show("transaction", transactions.void(books, made))
    return _show("transaction", transactions.refund(books, made, None))


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


def finalize_dispute(books: Books, _given: Json, id: str) -> Answer:
    """Finalize a dispute."""
    disputes.finalize(books, books.must("dispute", id))
    return 200, b""


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
            key = (one["credit-card"]["card-type"], one["type"], one["merchant-account-id"])
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


def _amount(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        raise Invalid("transaction", "81503", "amount", "Amount is an invalid format.") from None


def _remember(books: Books, params: Json, made: Json) -> None:
    if key := params.get("api_request_key"):
        books.put("request", {"id": key, "params": params, "transaction": made["id"]})


def _again(books: Books, before: Json, params: Json) -> Answer:
    if before["params"] != params:
        raise Invalid(
            "transaction", "915232", "api_request_key",
            "API request key can only be reused with the same request.",
        )  # fmt: skip
    return _show("transaction", books.must("transaction", before["transaction"]))
