"""Reading: objects by id, lists in each API's own manner of paging, past events and their signatures."""

import base64
import binascii

import orjson

from sandbox import deliveries
from sandbox.paypal import webhooks
from sandbox.paypal.books import Thing
from sandbox.paypal.call import Answer, Call, Endpoint, link
from sandbox.paypal.errors import refused
from sandbox.paypal.money import seconds
from sandbox.paypal.payments import DAY
from sandbox.paypal.shapes import PATHS, shown, summary
from sandbox.state import Json

_DISPUTE_DAYS = 180
_EVENT_DAYS = 30


def _by_id(kind: str) -> Endpoint:
    def read(call: Call, id: str) -> Answer:
        return 200, shown(call.find(kind, id), call.url)

    return read


def _pages(call: Call, things: list[Thing], size: int, page: int, path: str) -> tuple[list[Thing], Json]:
    """Cut a page out of a list by offset; totals are told only when asked for."""
    here = things[(page - 1) * size : page * size]
    links = [link(call.url, f"{path}?page={page}&page_size={size}", "self")]
    if page * size < len(things):
        links.append(link(call.url, f"{path}?page={page + 1}&page_size={size}", "next"))
    told: Json = {"links": links}
    if call.query.get("total_required") == "true":
        told |= {"total_items": len(things), "total_pages": -(-len(things) // size)}
    return here, told


def _plans(call: Call) -> Answer:
    size, page = call.number("page_size", 10, 1, 20), call.number("page", 1, 1, 100_000)
    here, told = _pages(call, call.books.every("plan"), size, page, PATHS["plan"])
    names = ("id", "product_id", "name", "status", "description", "usage_type", "create_time")
    return 200, {"plans": [{name: plan.body[name] for name in names} for plan in here], **told}


def _products(call: Call) -> Answer:
    size, page = call.number("page_size", 10, 1, 20), call.number("page", 1, 1, 100_000)
    here, told = _pages(call, call.books.every("product"), size, page, PATHS["product"])
    names = ("id", "name", "description", "create_time")
    return 200, {"products": [{name: one.body[name] for name in names} for one in here], **told}


def _invoices(call: Call) -> Answer:
    size, page = call.number("page_size", 20, 1, 100), call.number("page", 1, 1, 1000)
    here, told = _pages(call, call.books.every("invoice"), size, page, PATHS["invoice"])
    return 200, {"items": [_listed(one) for one in here], **told}


def _listed(invoice: Thing) -> Json:
    """Return an invoice as lists show it: without its items."""
    return {name: value for name, value in invoice.body.items() if name not in ("items", "configuration")}


def _search_invoices(call: Call) -> Answer:
    size, page = call.number("page_size", 20, 1, 100), call.number("page", 1, 1, 1000)
    states = call.body.get("status")
    chosen = [one for one in call.books.every("invoice") if not states or one.body["status"] in states]
    for name in ("memo", "reference", "invoice_number"):
        if name in call.body:
            chosen = [one for one in chosen if call.body[name] in one.body["detail"].get(name, "")]
    here, told = _pages(call, chosen, size, page, "/v2/invoicing/search-invoices")
    return 200, {"items": [_listed(one) for one in here], **told}


def _disputes(call: Call) -> Answer:
    """GET /v1/customer/disputes: newest change first, by a token that stands for a place in the list."""
    books, query = call.books, call.query
    size = call.number("page_size", 10, 1, 50)
    if "disputed_transaction_id" in query:
        if "start_time" in query:
            raise refused(400, "INVALID_PARAMETERS", "start_time", "INVALID_REQUEST")
        found = books.every("dispute", where=("capture", (query["disputed_transaction_id"],)))
    else:
        found = books.every("dispute")
        oldest = books.at - _DISPUTE_DAYS * DAY
        for name in ("start_time", "update_time_after", "update_time_before"):
            if name in query:
                at = seconds(query[name], name)
                if at < oldest:
                    raise refused(400, "INVALID_DATE_RANGE", name, "INVALID_REQUEST")
                found = [one for one in found if _is_within(one, name, at)]
    if "dispute_state" in query:
        found = [one for one in found if one.body["dispute_state"] in query["dispute_state"].split(",")]
    found.sort(key=lambda one: (-one.inner["updated"], one.id))
    place = _place(query.get("next_page_token"))
    links = [link(call.url, PATHS["dispute"], "self")]
    if len(found) > place + size:
        token = base64.b64encode(f"{place + size}".encode()).decode()
        links.append(link(call.url, f"{PATHS['dispute']}?page_size={size}&next_page_token={token}", "next"))
    return 200, {"items": [summary(one, call.url) for one in found[place : place + size]], "links": links}


def _is_within(dispute: Thing, name: str, at: int) -> bool:
    if name == "start_time":
        return dispute.created >= at
    changed = int(dispute.inner["updated"])
    return changed >= at if name == "update_time_after" else changed <= at


def _place(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error):
        raise refused(400, "INVALID_PAGE_TOKEN", "next_page_token", "INVALID_REQUEST") from None


def _events(call: Call) -> Answer:
    """GET /v1/notifications/webhooks-events: the last 30 days, newest first, by pages with a link to the next."""
    books, query = call.books, call.query
    size, place = call.number("page_size", 10, 1, 300), call.number("place", 0, 0, 10**9)
    start = seconds(query["start_time"], "start_time") if "start_time" in query else 0
    end = seconds(query["end_time"], "end_time") if "end_time" in query else books.at
    start = max(start, books.at - _EVENT_DAYS * DAY)
    found = books.every("event", since=start, until=end)
    if "transaction_id" in query:
        found = [one for one in found if one.body["resource"].get("id") == query["transaction_id"]]
    if "event_type" in query:
        found = [one for one in found if one.body["event_type"] == query["event_type"]]
    here = found[place : place + size]
    links = [link(call.url, PATHS["event"], "self")]
    if len(found) > place + size:
        asked = "&".join(
            f"{name}={query[name]}"
            for name in ("start_time", "end_time", "event_type", "transaction_id")
            if name in query
        )
        links.append(
            link(call.url, f"{PATHS['event']}?page_size={size}&place={place + size}&{asked}", "next")
        )
    return 200, {"events": [shown(one, call.url) for one in here], "count": len(here), "links": links}


def _resend(call: Call, id: str) -> Answer:
    found = call.find("event", id)
    deliveries.enqueue(call.books.state, call.books.account.name, id)
    return 202, shown(found, call.url)


def _verify(call: Call) -> Answer:
    """POST verify-webhook-signature: the event must come byte for byte as it was posted."""
    body = call.body
    names = (
        "auth_algo",
        "cert_url",
        "transmission_id",
        "transmission_sig",
        "transmission_time",
        "webhook_id",
    )
    if any(name not in body for name in (*names, "webhook_event")):
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/webhook_event", "INVALID_REQUEST")
    event = _after(call.raw, b'"webhook_event":')
    good = webhooks.is_genuine(
        call.books.state, body["transmission_sig"], body["transmission_id"], body["transmission_time"],
        body["webhook_id"], event,
    )  # fmt: skip
    return 200, {"verification_status": "SUCCESS" if good else "FAILURE"}


def _after(raw: bytes, marker: bytes) -> bytes:
    """Return the JSON value that stands behind a marker, exactly as it was sent."""
    rest = raw.partition(marker)[2].lstrip()
    for end in range(len(rest), 0, -1):
        if rest[end - 1 : end] == b"}":
            try:
                orjson.loads(rest[:end])
            except orjson.JSONDecodeError:
                continue
            return rest[:end]
    return b""


ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    *(("GET", f"{path}/{{id}}", _by_id(kind)) for kind, path in PATHS.items()),
    ("GET", "/v1/billing/plans", _plans),
    ("GET", "/v1/catalogs/products", _products),
    ("GET", "/v2/invoicing/invoices", _invoices),
    ("POST", "/v2/invoicing/search-invoices", _search_invoices),
    ("GET", "/v1/customer/disputes", _disputes),
    ("GET", "/v1/notifications/webhooks-events", _events),
    ("POST", "/v1/notifications/webhooks-events/{id}/resend", _resend),
    ("POST", "/v1/notifications/verify-webhook-signature", _verify),
)
