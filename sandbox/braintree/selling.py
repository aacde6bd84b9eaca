"""POST /transactions: a sale to a stored payment method or a nonce, or the retry of a past due subscription."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.braintree import keys, retrying, shapes, transactions, xml
from sandbox.braintree.books import Books
from sandbox.braintree.errors import Invalid
from sandbox.braintree.merchant import DEFAULT, MERCHANT_ACCOUNTS
from sandbox.state import Json

NONCES: dict[str, Json] = {
    "fake-processor-declined-visa-nonce": {"_declines": "2000"},
    "fake-valid-mastercard-nonce": {"card-type": "MasterCard", "bin": "555555", "last-4": "4444"},
}
_PAYPAL_NONCE = "fake-paypal-one-time-nonce"
_LINE_TEXTS = (("name", 35, "95823"), ("description", 127, "95803"))


def create(books: Books, given: Json) -> tuple[int, bytes]:
    """Make a sale; one with a subscription_id is a retry of what is due on that subscription."""
    params = given.get("transaction") or {}
    made = keys.once(books, "sale", params, lambda: _sell(books, params))
    return 201, xml.render("transaction", transactions.require_done(made, given))


def amount(text: Any) -> Decimal:
    """Read an amount of a request.

    Raises:
        Invalid: it is missing, no number, or not more than zero.
    """
    if text in (None, ""):
        raise Invalid("transaction", "81502", "amount", "Amount is required.")
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        raise Invalid("transaction", "81503", "amount", "Amount is an invalid format.") from None
    if value <= 0:
        raise Invalid("transaction", "81531", "amount", "Amount must be greater than zero.")
    return value


def _sell(books: Books, params: Json) -> Json:
    submits = bool((params.get("options") or {}).get("submit_for_settlement"))
    if params.get("subscription_id"):
        wanted = amount(params["amount"]) if params.get("amount") else None
        return retrying.retry(books, params["subscription_id"], wanted, submit=submits)
    wanted = amount(params.get("amount"))
    merchant_account = params.get("merchant_account_id") or DEFAULT
    if merchant_account not in MERCHANT_ACCOUNTS:
        raise Invalid("transaction", "91513", "merchant_account_id", "Merchant account ID is invalid.")
    customer, card = _payer(books, params)
    buyer = params.get("customer") or {}
    extra: Json = {"payment-instrument-type": "paypal_account"} if card.get("_is_paypal") else {}
    return transactions.sale(
        books, wanted, merchant_account, customer=customer, card=card, email=buyer.get("email"),
        guest=(buyer.get("first_name", ""), buyer.get("last_name", "")), submit=submits,
        checks_duplicates=not params.get("api_request_key"), order_id=params.get("order_id"),
        line_items=_lines(params.get("line_items") or []), **extra,
    )  # fmt: skip


def _payer(books: Books, params: Json) -> tuple[Json | None, Json]:
    """Return who pays and with what: a token, a customer's default, or a nonce."""
    customer = books.get("customer", params["customer_id"]) if params.get("customer_id") else None
    if params.get("customer_id") and customer is None:
        raise Invalid("transaction", "91510", "customer_id", "Customer ID is invalid.")
    if token := params.get("payment_method_token"):
        owner, card = vaulted(books, token)
        if customer is not None and owner["id"] != customer["id"]:
            raise Invalid(
                "transaction", "91516", "base",
                "Cannot provide both payment_method_token and customer_id unless the payment_method belongs to the"
                " customer.",
            )  # fmt: skip
        return owner, card
    if customer is not None and not params.get("payment_method_nonce"):
        if not customer["credit-cards"]:
            raise Invalid("transaction", "91511", "customer_id", "Customer does not have any credit cards.")
        return customer, default_card(customer)
    nonce = params.get("payment_method_nonce", "")
    if nonce == _PAYPAL_NONCE:
        return customer, {"card-type": None, "last-4": None, "_is_paypal": True}
    return customer, shapes.card(None, NONCES.get(nonce))


def default_card(customer: Json) -> Json:
    """Return the card that pays where nothing else is said."""
    cards = customer["credit-cards"]
    found: Json = next((card for card in cards if card.get("default")), cards[0])
    return found


def vaulted(books: Books, token: str) -> tuple[Json, Json]:
    """Return a stored card and whose it is.

    Raises:
        Invalid: there is no such token.
    """
    for customer in books.every("customer"):
        for card in customer["credit-cards"]:
            if card["token"] == token:
                return customer, card
    raise Invalid("transaction", "91518", "payment_method_token", "Payment method token is invalid.")


def _lines(lines: list[Json]) -> list[Json]:
    made = []
    for line in lines:
        for name, most, code in _LINE_TEXTS:
            if len(line.get(name) or "") > most:
                words = f"{name.title()} is too long."
                raise Invalid("transaction", code, name, words)
        if not line.get("name"):
            raise Invalid("transaction", "95822", "name", "Name is required.")
        shown = shapes.line_item(line["name"], line["total_amount"])
        made.append({**shown, **{name.replace("_", "-"): value for name, value in line.items()}})
    return made
