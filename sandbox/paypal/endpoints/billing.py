"""Writing subscriptions: creation (which waits for its subscriber), suspension, cancellation; their payments."""

from decimal import Decimal

from sandbox.paypal import subscribing
from sandbox.paypal.books import Thing
from sandbox.paypal.call import Answer, Call, Endpoint, link
from sandbox.paypal.endpoints.checkout import answered
from sandbox.paypal.errors import refused
from sandbox.paypal.money import money, seconds
from sandbox.paypal.payments import DAY
from sandbox.paypal.requests import once
from sandbox.paypal.shapes import PATHS

_KEPT = 3 * DAY


def _create(call: Call) -> Answer:
    plan = call.find("plan", str(call.body.get("plan_id", "")))
    quantity = int(call.body.get("quantity", "1"))
    made = once(call, "subscription", _KEPT, lambda: subscribing.subscribe(call.books, plan, None, quantity))
    return answered(call, *made)


def _stop(status: str, allowed: tuple[str, ...]) -> Endpoint:
    def act(call: Call, id: str) -> Answer:
        found = _in_state(call, id, allowed)
        subscribing.end(call.books, found, status, str(call.body.get("reason", "")))
        return 204, None

    return act


def _activate(call: Call, id: str) -> Answer:
    subscribing.resume(call.books, _in_state(call, id, ("SUSPENDED",)))
    return 204, None


def _in_state(call: Call, id: str, allowed: tuple[str, ...]) -> Thing:
    found = call.find("subscription", id)
    if found.body["status"] not in allowed:
        raise refused(422, "SUBSCRIPTION_STATUS_INVALID")
    return found


def _transactions(call: Call, id: str) -> Answer:
    """GET the payments of one subscription between two moments."""
    found = call.find("subscription", id)
    start, end = (seconds(call.query.get(name, ""), name) for name in ("start_time", "end_time"))
    rows = []
    for taken in call.books.every("capture", since=start, until=end):
        if taken.inner["subscription"] != found.id:
            continue
        parts, currency = taken.body.get("seller_receivable_breakdown"), taken.body["amount"]["currency_code"]
        told = {"gross_amount": taken.body["amount"]}
        if parts:
            told |= {"fee_amount": parts["paypal_fee"], "net_amount": parts["net_amount"]}
        else:
            told["fee_amount"] = money(Decimal(0), currency)
        rows.append(
            {
                "id": taken.id, "status": taken.body["status"], "amount_with_breakdown": told,
                "payer_email": taken.inner["person"]["email"], "time": taken.body["create_time"],
            }
        )  # fmt: skip
    links = [link(call.url, f"{PATHS['subscription']}/{id}/transactions", "self")]
    return 200, {"transactions": rows, "total_items": len(rows), "total_pages": 1, "links": links}


ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/billing/subscriptions", _create),
    ("POST", "/v1/billing/subscriptions/{id}/suspend", _stop("SUSPENDED", ("ACTIVE",))),
    (
        "POST",
        "/v1/billing/subscriptions/{id}/cancel",
        _stop("CANCELLED", ("ACTIVE", "SUSPENDED", "APPROVED")),
    ),
    ("POST", "/v1/billing/subscriptions/{id}/activate", _activate),
    ("GET", "/v1/billing/subscriptions/{id}/transactions", _transactions),
)
