"""The routes of wc/v3 that the shops answer, below /wp-json/wc/v3/."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.state import Json
from sandbox.woocommerce import (
    beginning,
    catalogue,
    notes,
    orders,
    refunds,
    reports,
    subscriptions,
    transitions,
)
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.errors import WooError, invalid_id
from sandbox.woocommerce.listing import Page, Query, one
from sandbox.woocommerce.shapes import COLLECTIONS, nested, shown

_KINDS = {plural: kind for kind, plural in COLLECTIONS.items()}
_PLURALS = "|".join(_KINDS)
_MAKE: Mapping[str, Callable[[Books, Json], Json]] = {
    "order": orders.create, "subscription": subscriptions.create, "customer": catalogue.customer,
    "product": catalogue.product, "coupon": catalogue.coupon, "tax": catalogue.tax, "webhook": catalogue.webhook,
}  # fmt: skip
_SORTS = {"customer": ("name", "asc"), "tax": ("order", "asc")}
_NO_TRASH = ("customer", "tax", "webhook")


@dataclass(frozen=True)
class Call:
    """A request that has been let in: the shop's books, its parameters and where it was sent."""

    books: Books
    query: Query
    given: Json
    url: str
    method: str
    agent: str = ""


@dataclass(frozen=True)
class Answer:
    """An endpoint's answer before it becomes a response."""

    content: Any
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)


def list_objects(call: Call, plural: str) -> Answer:
    """GET /<plural>."""
    kind = _KINDS[plural]
    return _page(call, kind, call.books.every(kind))


def create_object(call: Call, plural: str) -> Answer:
    """POST /<plural>."""
    kind = _KINDS[plural]
    made = _MAKE[kind](call.books, call.given)
    if kind == "webhook":
        # Its letters go where it says; every letter is signed with the secret that the shop is set up with.
        sql = "insert or replace into webhook_targets values (?, ?)"
        call.books.state.execute(sql, (call.books.shop.name, made["delivery_url"]))
    return Answer(shown(call.books, kind, made), 201)


def read_object(call: Call, plural: str, id: str) -> Answer:
    """GET /<plural>/{id}."""
    kind = _KINDS[plural]
    return Answer(shown(call.books, kind, call.books.must(kind, id)))


def change_object(call: Call, plural: str, id: str) -> Answer:
    """PUT, PATCH or POST /<plural>/{id}."""
    kind = _KINDS[plural]
    obj = call.books.must(kind, id)
    if kind == "order":
        obj = orders.update(call.books, obj, call.given)
        if obj["status"] in orders.PAID:
            transitions.paid(call.books, obj)
    elif kind == "subscription":
        obj = _change_subscription(call, obj)
    else:
        obj = catalogue.change(call.books, kind, obj, call.given)
    return Answer(shown(call.books, kind, obj))


def _change_subscription(call: Call, found: Json) -> Json:
    """Set a status as it is, or let the plug-in move to it (transition_status) with the dates that go with it."""
    wanted = call.given.get("transition_status")
    if wanted:
        transitions.update_status(call.books, found, subscriptions.valid(wanted, "transition_status"))
    return subscriptions.update(call.books, found, call.given)


def delete_object(call: Call, plural: str, id: str) -> Answer:
    """DELETE /<plural>/{id}: into the trash, or with force=true for good."""
    kind = _KINDS[plural]
    obj = call.books.must(kind, id)
    is_forced = one(call.query, "force") == "true" or call.given.get("force") is True
    if kind in _NO_TRASH and not is_forced:
        words = (
            "Webhooks do not support trashing." if kind == "webhook" else "Customers do not support trashing."
        )
        raise WooError(501, "woocommerce_rest_trash_not_supported", words)
    answer = shown(call.books, kind, obj)
    if kind == "order":
        (orders.delete if is_forced else orders.trash)(call.books, obj)
    elif is_forced:
        catalogue.delete(call.books, kind, obj)
    else:
        obj["status"] = "trash"
        call.books.touch(kind, obj, "deleted")
    return Answer(answer)


def list_refunds(call: Call, order: str) -> Answer:
    """GET /orders/{id}/refunds: without parent_id."""
    call.books.must("order", order)
    found = call.books.every("refund", order)
    return _page(call, "refund", found, show=lambda refund: nested(shown(call.books, "refund", refund)))


def list_all_refunds(call: Call) -> Answer:
    """GET /refunds: of every order, with parent_id."""
    return _page(call, "refund", call.books.every("refund"))


def create_refund(call: Call, order: str) -> Answer:
    """POST /orders/{id}/refunds."""
    made = refunds.create(call.books, call.books.must("order", order), call.given)
    return Answer(nested(shown(call.books, "refund", made)), 201)


def one_refund(call: Call, order: str, id: str) -> Answer:
    """GET or, with force=true, DELETE /orders/{id}/refunds/{refund}."""
    refund = call.books.must("refund", id)
    if str(refund["parent_id"]) != order:
        raise invalid_id("refund")
    answer = nested(shown(call.books, "refund", refund))
    if call.method == "DELETE":
        if one(call.query, "force") != "true":
            words = "Refunds do not support trashing."
            raise WooError(501, "woocommerce_rest_trash_not_supported", words)
        refunds.delete(call.books, refund)
    return Answer(answer)


def list_notes(call: Call, order: str) -> Answer:
    """GET /orders/{id}/notes."""
    found = notes.of(call.books, call.books.must("order", order))
    wanted = one(call.query, "type") or "any"
    if wanted != "any":
        found = [note for note in found if note["customer_note"] == (wanted == "customer")]
    base = f"{call.url.rpartition('/orders/')[0]}/orders/{order}"
    return Answer([{**note, "_links": _note_links(base, note)} for note in found])


def _note_links(order: str, note: Json) -> Json:
    return {
        "self": [{"href": f"{order}/notes/{note['id']}"}],
        "collection": [{"href": f"{order}/notes"}],
        "up": [{"href": order}],
    }


def list_templates(call: Call, order: str) -> Answer:
    """GET /orders/{id}/actions/email_templates."""
    return Answer(notes.templates(call.books, _order(call, order)))


def mail_order(call: Call, order: str, action: str) -> Answer:
    """POST /orders/{id}/actions/send_order_details or .../send_email."""
    send = notes.send_details if action == "send_order_details" else notes.send_email
    return Answer(send(call.books, _order(call, order), call.given, call.agent))


def _order(call: Call, order: str) -> Json:
    found = call.books.get("order", order)
    if found is None:
        raise WooError(404, "woocommerce_rest_not_found", "Order not found")
    return found


def begin_subscriptions(call: Call, order: str) -> Answer:
    """POST /orders/{id}/subscriptions: 204 where the order has no subscription products."""
    found = call.books.get("order", order)
    if found is None:
        words = f"Failed to load order object with the ID {order}."
        raise WooError(404, "woocommerce_rest_order_invalid_id", words)
    made = beginning.from_order(call.books, found)
    return Answer([shown(call.books, "subscription", one) for one in made], 200 if made else 204)


def subscription_orders(call: Call, id: str) -> Answer:
    """GET /subscriptions/{id}/orders; an empty list has one page here."""
    found = subscriptions.related(call.books, call.books.must("subscription", id))
    answer = _page(call, "order", found)
    headers = [
        (name, "1" if value == "0" and name.endswith("pages") else value) for name, value in answer.headers
    ]
    return Answer(answer.content, headers=headers)


def sales_report(call: Call) -> Answer:
    """GET /reports/sales: a list of one."""
    found = reports.sales(call.books, one(call.query, "date_min"), one(call.query, "date_max"))
    about = call.url.rpartition("/")[0]
    return Answer([{**found, "_links": {"about": [{"href": about}]}}])


def current_currency(call: Call) -> Answer:
    """GET /data/currencies/current."""
    shop = call.books.shop
    base = call.url.rpartition("/")[0]
    links = {"self": [{"href": f"{base}/{shop.currency}"}], "collection": [{"href": base}]}
    names = {"EUR": "Euro", "USD": "United States (US) dollar"}
    return Answer(
        {"code": shop.currency, "name": names[shop.currency], "symbol": shop.symbol, "_links": links}
    )


def _page(call: Call, kind: str, found: list[Json], show: Callable[[Json], Json] | None = None) -> Answer:
    page = Page(found, call.query, default=_SORTS.get(kind, ("date", "desc")))
    headers = [("x-wp-total", str(page.total)), ("x-wp-totalpages", str(page.pages))]
    if link := page.link(call.url, call.query):
        headers.append(("link", link))
    return Answer(
        [show(obj) if show else shown(call.books, kind, obj) for obj in page.items], headers=headers
    )


_READ, _WRITE = ("GET",), ("PUT", "PATCH", "POST")
_ONE = rf"(?P<plural>{_PLURALS})/(?P<id>\d+)"
ROUTES: tuple[tuple[tuple[str, ...], str, Callable[..., Answer]], ...] = (
    (_READ, r"refunds", list_all_refunds),
    (_READ, r"reports/sales", sales_report),
    (_READ, r"data/currencies/current", current_currency),
    (_READ, r"orders/(?P<order>\d+)/refunds", list_refunds),
    (("POST",), r"orders/(?P<order>\d+)/refunds", create_refund),
    (("GET", "DELETE"), r"orders/(?P<order>\d+)/refunds/(?P<id>\d+)", one_refund),
    (_READ, r"orders/(?P<order>\d+)/notes", list_notes),
    (_READ, r"orders/(?P<order>\d+)/actions/email_templates", list_templates),
    (("POST",), r"orders/(?P<order>\d+)/actions/(?P<action>send_order_details|send_email)", mail_order),
    (("POST",), r"orders/(?P<order>\d+)/subscriptions", begin_subscriptions),
    (_READ, r"subscriptions/(?P<id>\d+)/orders", subscription_orders),
    (_READ, rf"(?P<plural>{_PLURALS})", list_objects),
    (("POST",), rf"(?P<plural>{_PLURALS})", create_object),
    (_READ, _ONE, read_object),
    (_WRITE, _ONE, change_object),
    (("DELETE",), _ONE, delete_object),
)
