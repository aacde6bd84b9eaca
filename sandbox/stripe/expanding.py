"""expand[]: ids replaced by their objects, and lists that are shown only when asked for."""

from typing import Any

from sandbox.state import Json
from sandbox.stripe import shapes
from sandbox.stripe.books import Books
from sandbox.stripe.errors import StripeError
from sandbox.stripe.invoice_shapes import NESTED

_KINDS = {
    "ch": "charge", "cn": "credit_note", "cus": "customer", "di": "discount", "dp": "dispute", "in": "invoice",
    "inpay": "invoice_payment", "pi": "payment_intent", "pm": "payment_method", "po": "payout",
    "price": "price", "prod": "product", "re": "refund", "si": "subscription_item", "sub": "subscription",
    "txi": "tax_id", "txn": "balance_transaction", "txr": "tax_rate",
}  # fmt: skip

# (object, field): the kind that is listed there when expanded, by which link, under which address
_LISTS = {
    ("charge", "refunds"): ("refund", "charge", "/v1/charges/{id}/refunds"),
    ("customer", "tax_ids"): ("tax_id", "customer", "/v1/customers/{id}/tax_ids"),
    ("customer", "subscriptions"): ("subscription", "customer", "/v1/customers/{id}/subscriptions"),
    ("invoice", "payments"): ("invoice_payment", "invoice", "/v1/invoice_payments?invoice={id}"),
}

# Strings that look like ids and cannot be expanded all the same.
_PLAIN = {"id", "client_secret", "payment_method_details", "url", "object"}
_MOST_LEVELS = 4


def expand(books: Books, answer: Json, paths: list[str]) -> Json:
    """Return the answer with the given paths ("data.customer", "latest_charge.balance_transaction") expanded.

    Raises:
        StripeError: 400, a path leads nowhere or more than four levels down.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) - (steps[0] == "data") > _MOST_LEVELS:
            raise StripeError(
                400, f"You cannot expand more than {_MOST_LEVELS} levels of a property: {path}", is_kept=False
            )
        _walk(books, answer, steps, path)
    return answer


def _walk(books: Books, node: Json, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if not rest or name not in node or isinstance(node[name], str):
        _open(books, node, name, path)
    value = node.get(name)
    for inner in value if isinstance(value, list) else [value]:
        if rest and isinstance(inner, dict):
            _walk(books, inner, rest, path)


def _open(books: Books, node: Json, name: str, path: str) -> None:
    listed = _LISTS.get((node.get("object", ""), name))
    if listed is not None and not isinstance(node.get(name), dict):
        kind, link, url = listed
        node[name] = _nested(books, kind, link, node["id"], url.format(id=node["id"]))
        return
    if name not in node or name in _PLAIN:
        raise StripeError(400, f"This property cannot be expanded ({path}).", param="expand", is_kept=False)
    value = node[name]
    node[name] = [_object(books, one) for one in value] if isinstance(value, list) else _object(books, value)


def _object(books: Books, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kind = _KINDS.get(value.partition("_")[0], "coupon")
    found = books.get(kind, value) or (books.get("deleted_customer", value) if kind == "customer" else None)
    return found or value


def _nested(books: Books, kind: str, link: str, id: str, url: str) -> Json:
    active = [one for one in books.linked(kind, link, id) if one.get("status") != "canceled"]
    return shapes.empty_list(url) | {"data": active[:NESTED], "has_more": len(active) > NESTED}
