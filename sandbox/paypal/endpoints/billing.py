"""Writing subscriptions: creation and revision (which wait for the subscriber), states; their payments."""

from decimal import Decimal

from sandbox.paypal import subscribing
from sandbox.paypal.books import Thing
from sandbox.paypal.call import Answer, Call, Endpoint, link
from sandbox.paypal.endpoints.checkout import answered
from sandbox.paypal.errors import refused
from sandbox.paypal.money import asked, money, seconds
from sandbox.paypal.payments import DAY
from sandbox.paypal.requests import once
from sandbox.paypal.shapes import PATHS
from sandbox.state import Json

_KEPT = 3 * DAY
_LATE = 300  # seconds that a start may lie back


def _create(call: Call) -> Answer:
    plan, quantity = _plan(call), _quantity(call)
    if plan.body["status"] != "ACTIVE":
        raise refused(422, "PLAN_STATUS_INVALID")
    told = {name: call.body[name] for name in ("custom_id", "start_time", "subscriber") if name in call.body}
    if "start_time" in told and seconds(told["start_time"], "/start_time") < call.books.at - _LATE:
        raise refused(400, "INVALID_PARAMETER_VALUE", "/start_time", "INVALID_REQUEST")
    if not 0 < len(told.get("custom_id", "-")) <= 127:
        raise refused(400, "INVALID_STRING_LENGTH", "/custom_id", "INVALID_REQUEST")
    made = once(
        call, "subscription", _KEPT, lambda: subscribing.subscribe(call.books, plan, None, quantity, told)
    )
    return answered(call, *made)


def _plan(call: Call) -> Thing:
    return call.find("plan", str(call.body.get("plan_id", "")))


def _quantity(call: Call) -> int:
    text = str(call.body.get("quantity", "1"))
    if not text.isdigit() or not int(text):
        raise refused(400, "INVALID_PARAMETER_SYNTAX", "/quantity", "INVALID_REQUEST")
    return int(text)


def _reason(call: Call, name: str = "reason") -> str:
    text = call.body.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= 128:
        issue = "INVALID_STRING_LENGTH" if text else "MISSING_REQUIRED_PARAMETER"
        raise refused(400, issue, f"/{name}", "INVALID_REQUEST")
    return text


def _stop(status: str, allowed: tuple[str, ...]) -> Endpoint:
    def act(call: Call, id: str) -> Answer:
        reason = _reason(call)
        subscribing.end(call.books, _in_state(call, id, allowed), status, reason)
        return 204, None

    return act


def _revise(call: Call, id: str) -> Answer:
    """POST revise: a proposal, whose approve link only this answer has; GETs of the subscription do not show it."""
    found = _in_state(call, id, ("ACTIVE", "SUSPENDED"))
    wanted = {"plan_id": _plan(call).id} if "plan_id" in call.body else {}
    if "quantity" in call.body:
        wanted["quantity"] = str(_quantity(call))
    subscribing.propose(call.books, found, wanted)
    path, token = f"{PATHS['subscription']}/{id}", f"BA-{found.inner['revisions']}{id[2:]}"
    links = [
        link(call.url, f"/webapps/billing/subscriptions/update?ba_token={token}", "approve"),
        link(call.url, path, "self"),
    ]
    return 200, {**wanted, "plan_overridden": False, "links": links}


def _capture(call: Call, id: str) -> Answer:
    """POST capture: collect what failed payments left outstanding; a request id is good for 72 hours."""
    _reason(call, "note")
    if call.body.get("capture_type") != "OUTSTANDING_BALANCE":
        raise refused(400, "INVALID_PARAMETER_VALUE", "/capture_type", "INVALID_REQUEST")
    amount, currency = asked(call.body.get("amount"))
    found = _in_state(call, id, ("ACTIVE", "SUSPENDED", "EXPIRED"))
    if currency != found.body["billing_info"]["outstanding_balance"]["currency_code"]:
        raise refused(422, "CURRENCY_MISMATCH", "/amount/currency_code")
    taken, _ = once(call, "capture", _KEPT, lambda: subscribing.collect(call.books, found, amount))
    return 200, _transaction(taken)


def _activate(call: Call, id: str) -> Answer:
    if "reason" in call.body:
        _reason(call)
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
        rows.append(_transaction(taken))
    links = [link(call.url, f"{PATHS['subscription']}/{id}/transactions", "self")]
    return 200, {"transactions": rows, "total_items": len(rows), "total_pages": 1, "links": links}


def _transaction(taken: Thing) -> Json:
    """Return a payment of a subscription as its own API shows it."""
    parts, currency = taken.body.get("seller_receivable_breakdown"), taken.body["amount"]["currency_code"]
    told = {"gross_amount": taken.body["amount"]}
    if parts:
        told |= {"fee_amount": parts["paypal_fee"], "net_amount": parts["net_amount"]}
    else:
        told["fee_amount"] = money(Decimal(0), currency)
    return {
        "id": taken.id, "status": taken.body["status"], "amount_with_breakdown": told,
        "payer_email": taken.inner["person"]["email"], "time": taken.body["create_time"],
    }  # fmt: skip


ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/billing/subscriptions", _create),
    ("POST", "/v1/billing/subscriptions/{id}/suspend", _stop("SUSPENDED", ("ACTIVE",))),
    (
        "POST",
        "/v1/billing/subscriptions/{id}/cancel",
        _stop("CANCELLED", ("ACTIVE", "SUSPENDED")),
    ),
    ("POST", "/v1/billing/subscriptions/{id}/activate", _activate),
    ("POST", "/v1/billing/subscriptions/{id}/revise", _revise),
    ("POST", "/v1/billing/subscriptions/{id}/capture", _capture),
    ("GET", "/v1/billing/subscriptions/{id}/transactions", _transactions),
)
