"""The states of WooCommerce Subscriptions: what may follow what, and the dates that go with transition_status."""

from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.state import Json
from sandbox.woocommerce import subscriptions
from sandbox.woocommerce.books import Books, plain, seconds
from sandbox.woocommerce.errors import crashed

_ENDED = ("cancelled", "expired", "switched", "trash", "pending-cancel")
_SOON = 2 * 3600
_BEFORE = "~before_cancellation"


def update_status(books: Books, found: Json, status: str) -> None:
    """Bring a subscription into another state, with its dates; nothing if it is there already.

    Raises:
        WooError: 500, the plug-in's exception "Unable to change subscription status" is caught by nobody.
    """
    if status == found["status"]:
        return
    may = _MAY.get(status)
    if may is None or not may(books, found):
        raise crashed()
    before = found["status"]
    if status == "pending-cancel":
        found[_BEFORE] = {name: found[name] for name in ("end_date_gmt", "trial_end_date_gmt")}
    if status == "active":
        _activates(books, found, before)
    else:
        subscriptions.move(books, found, status)
    if status in ("pending-cancel", "cancelled", "expired", "switched"):
        found["trial_end_date_gmt"] = ""
    if status == "pending-cancel" and not _is_ahead(books, found["end_date_gmt"]):
        found["end_date_gmt"] = found["cancelled_date_gmt"]


def paid(books: Books, order: Json) -> None:
    """Let the subscriptions that waited for their first order begin, now that it is paid."""
    for found in books.every("subscription"):
        if found["parent_id"] == order["id"] and found["status"] == "pending":
            for name in ("payment_method", "payment_method_title"):
                found[name] = order[name]
            found["requires_manual_renewal"] = not order["payment_method"]
            found["last_payment_date_gmt"] = plain(datetime.fromtimestamp(books.now, UTC))
            update_status(books, found, "active")
            books.touch("subscription", found)


def _activates(books: Books, found: Json, before: str) -> None:
    found["status"] = "active"
    if before == "pending-cancel":
        found |= {"cancelled_date_gmt": "", "next_payment_date_gmt": found["end_date_gmt"]}
        found |= found.pop(_BEFORE, {"end_date_gmt": "", "trial_end_date_gmt": ""})
        return
    due = subscriptions.due_at(found)
    while due is not None and due < books.now + _SOON:
        found["next_payment_date_gmt"] = plain(subscriptions.after(found))
        due = subscriptions.due_at(found)


def _may_begin(books: Books, found: Json) -> bool:
    if found["status"] == "pending-cancel":
        return _is_ahead(books, found["end_date_gmt"])
    return found["status"] in ("on-hold", "pending")


def _may_end_later(books: Books, found: Json) -> bool:
    if found["status"] in ("on-hold", "cancelled"):
        latest = next(iter(subscriptions.related(books, found)), None)
        return latest is None or latest["status"] not in ("pending", "failed")
    return bool(found["status"] == "active")


def _is_ahead(books: Books, gmt: str) -> bool:
    return bool(gmt) and seconds(gmt) > books.now


_MAY: dict[str, Callable[[Books, Json], bool]] = {
    "active": _may_begin,
    "on-hold": lambda _books, found: found["status"] in ("active", "pending"),
    "cancelled": lambda _books, found: found["status"] == "pending-cancel" or found["status"] not in _ENDED,
    "pending-cancel": _may_end_later,
    "expired": lambda _books, found: found["status"] not in ("cancelled", "trash", "switched"),
}
