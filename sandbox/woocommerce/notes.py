"""Notes at orders, and the mails that a shop sends on demand: each of those leaves a note of who asked for it."""

import re

from sandbox.state import Json, Jsons
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.errors import WooError, invalid_param

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SILENT = ("auto-draft", "draft", "new", "trash")
_TITLES = {
    "customer_invoice": "Order details",
    "customer_completed_order": "Completed order",
    "customer_failed_order": "Failed order",
    "customer_on_hold_order": "Order on-hold",
    "customer_processing_order": "Processing order",
    "customer_refunded_order": "Refunded order",
}
_OF_STATUS = {
    "completed": "customer_completed_order",
    "failed": "customer_failed_order",
    "on-hold": "customer_on_hold_order",
    "processing": "customer_processing_order",
    "refunded": "customer_refunded_order",
}


def of(books: Books, order: Json) -> Jsons:
    """Return an order's notes, newest first."""
    return sorted(books.every("note", order["id"]), key=lambda note: -int(note["id"]))


def add(books: Books, order: Json, words: str, *, is_for_customer: bool = False) -> Json:
    """Write a note at an order."""
    note = {
        "id": books.number("comments"),
        "author": "system",
        **books.dates("created", books.now),
        "note": words,
        "customer_note": is_for_customer,
    }
    return books.put("note", note, order["id"])


def templates(books: Books, order: Json) -> Jsons:
    """Return the mails that can be sent about an order now, as GET .../actions/email_templates does."""
    if not order["billing"]["email"] or order["status"] in _SILENT:
        return []
    ids = {"customer_invoice", _OF_STATUS.get(order["status"], "customer_invoice")}
    if books.every("refund", order["id"]):
        ids.add("customer_refunded_order")
    return [{"id": id, "title": _TITLES[id], "description": ""} for id in sorted(ids)]


def send_details(books: Books, order: Json, given: Json, agent: str) -> Json:
    """Mail an order's details, as POST .../actions/send_order_details does; returns {"message": ...}.

    Raises:
        WooError: 400, the order has another address, or none.
    """
    messages = [_readdressed(books, order, given)]
    messages.append(f"Order details sent to {order['billing']['email']}, via {agent or 'REST API'}.")
    return _noted(books, order, messages)


def send_email(books: Books, order: Json, given: Json, agent: str) -> Json:
    """Mail one of an order's templates, as POST .../actions/send_email does; returns {"message": ...}.

    Raises:
        WooError: 400, see `send_details`, or a template that is not there or does not fit the order.
    """
    template = given.get("template_id")
    if template is None:
        told = {"status": 400, "params": ["template_id"]}
        words = "Missing parameter(s): template_id"
        raise WooError(400, "rest_missing_callback_param", words, told)
    if template not in _TITLES:
        words = f"template_id is not one of {', '.join(_TITLES)}."
        raise invalid_param("template_id", words, "rest_not_in_enum")
    first = _readdressed(books, order, given)
    if template not in {one["id"] for one in templates(books, order)}:
        words = f"{template} is not a valid template for this order."
        raise WooError(400, "woocommerce_rest_invalid_email_template", words)
    if template == "customer_invoice":
        return send_details(books, order, given, agent)
    sent = f'Email template "{_TITLES[template]}" sent to {order["billing"]["email"]}'
    return _noted(books, order, [first, f"{sent}, via {agent or 'REST API'}."])


def _readdressed(books: Books, order: Json, given: Json) -> str:
    """Write the mail's address into the order, where it has none or force_email_update says so."""
    email, own = given.get("email"), order["billing"]["email"]
    if email is not None and not _EMAIL.fullmatch(email):
        raise invalid_param("email", "Invalid email address.", "rest_invalid_email")
    if not email or email == own:
        if not own:
            words = "Order does not have an email address."
            raise WooError(400, "woocommerce_rest_missing_email", words)
        return ""
    if own and given.get("force_email_update") is not True:
        words = "Order already has a billing email."
        raise WooError(400, "woocommerce_rest_order_billing_email_exists", words)
    order["billing"]["email"] = email
    books.touch("order", order)
    return f"Billing email updated to {email}."


def _noted(books: Books, order: Json, messages: list[str]) -> Json:
    kept = [message for message in messages if message]
    for message in kept:
        add(books, order, message)
    return {"message": " ".join(kept)}
