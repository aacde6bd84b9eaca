"""Coupons redeemed by a whole account or by one of its subscriptions, until they are taken off again."""

from collections.abc import Callable

from sandbox.recurly import accounts
from sandbox.recurly.books import Books
from sandbox.recurly.call import Call, amount, currency, one_of, permitted, whole
from sandbox.recurly.errors import RecurlyError, invalid, not_found
from sandbox.recurly.listing import page
from sandbox.recurly.numbers import text
from sandbox.state import Json, Jsons

_KIND = "redemption"
_LIVE = ("active", "canceled", "future", "paused")


def begin(books: Books, coupon: Json, subscription: Json) -> None:
    """Note that a subscription began with a coupon."""
    owner = subscription["id"] if coupon["redemption_resource"] == "subscription" else None
    unit = subscription["currency"]
    _add(books, f"r{subscription['id'][1:]}", subscription["account_id"], owner, coupon, unit)


def of_account(call: Call, id: str) -> Json:
    """GET /accounts/{id}/coupon_redemptions, also those that were taken off."""
    found = call.find("account", id)
    every = call.books.linked(_KIND, "account", found["id"])
    states = {"state": lambda thing, value: thing["state"] == value}
    return page(every, call.path, call.query, states, lambda one: shown(call.books, one))


def active_of_account(call: Call, id: str) -> Json:
    """GET /accounts/{id}/coupon_redemptions/active."""
    found = call.find("account", id)
    return page(
        _active(call.books, found["id"]), call.path, call.query, {}, lambda one: shown(call.books, one)
    )


def redeem(call: Call, id: str) -> Json:
    """POST /accounts/{id}/coupon_redemptions/active; a coupon is redeemed once at a time."""
    account = call.find("account", id)
    body = permitted(call.body, "CouponRedemptionCreate", ("coupon_id",))
    coupon = call.find("coupon", str(body["coupon_id"]))
    if coupon["state"] != "redeemable":
        raise invalid("Coupon is not redeemable", "coupon_id")
    subscription = None
    if coupon["redemption_resource"] == "subscription":
        if not body.get("subscription_id"):
            raise invalid("Subscription is required for this coupon", "subscription_id")
        subscription = call.find("subscription", str(body["subscription_id"]))
        if subscription["account_id"] != account["id"] or subscription["state"] not in _LIVE:
            raise invalid("Subscription cannot redeem coupons", "subscription_id")
    elif body.get("subscription_id"):
        raise invalid("Coupon applies to accounts, not to subscriptions", "subscription_id")
    unit = currency(body.get("currency", "EUR"))
    if coupon["discount"]["type"] == "fixed" and unit not in _currencies(coupon):
        raise invalid("Coupon has no discount in this currency", "currency")
    owner = subscription["id"] if subscription else None
    if any(
        one["coupon_id"] == coupon["id"] and one["subscription_id"] == owner
        for one in _active(call.books, account["id"])
    ):
        raise invalid("Coupon has already been redeemed", "coupon_id")
    made = _add(call.books, call.books.new_id(), account["id"], owner, coupon, unit)
    for one in [subscription] if subscription else _living(call.books, account["id"]):
        _let_off(call.books, one, coupon["id"])
    return shown(call.books, made)


def remove_from_account(call: Call, id: str, redemption: str) -> Json:
    """DELETE /accounts/{id}/coupon_redemptions/{redemption}."""
    account = call.find("account", id)
    return _remove(call, redemption, lambda one: bool(one["account_id"] == account["id"]))


def remove_from_subscription(call: Call, id: str, redemption: str) -> Json:
    """DELETE /subscriptions/{id}/coupon_redemptions/{redemption}."""
    subscription = call.find("subscription", id)
    return _remove(call, redemption, lambda one: bool(one["subscription_id"] == subscription["id"]))


def create_coupon(call: Call) -> Json:
    """POST /coupons: a percentage or fixed amounts, for ever."""
    body = permitted(call.body, "CouponCreate", ("code", "name", "discount_type"))
    code = str(body["code"])
    if call.books.linked("coupon", "code", code):
        raise invalid("Code has already been taken", "code")
    kind = one_of(body["discount_type"], ("percent", "fixed"), "discount_type")
    if kind == "percent":
        discount: Json = {"type": kind, "percent": whole(body.get("discount_percent"), "discount_percent", 1)}
    else:
        off = [
            {"currency": currency(one["currency"]), "amount": text(amount(one["discount"], "currencies"))}
            for one in body.get("currencies", [])
        ]
        discount = {"type": kind, "currencies": off}
    resource = one_of(
        body.get("redemption_resource", "account"), ("account", "subscription"), "redemption_resource"
    )
    coupon: Json = {
        "id": call.books.new_id(), "object": "coupon", "code": code, "name": str(body["name"]),
        "state": "redeemable", "max_redemptions": None, "max_redemptions_per_account": None,
        "unique_coupon_codes_count": 0, "duration": "forever", "applies_to_all_plans": True,
        "applies_to_all_items": False, "applies_to_non_plan_charges": False, "plans": [], "items": [],
        "redemption_resource": resource, "discount": discount, "coupon_type": "single_code", "redeem_by": None,
        "redeem_by_interval_unit": None, "redeem_by_interval_amount": None, "expired_at": None,
    }  # fmt: skip
    return call.books.add("coupon", coupon, code=code)


def shown(books: Books, record: Json) -> Json:
    """Return a redemption as the API shows it."""
    coupon, account = books.must("coupon", record["coupon_id"]), books.must("account", record["account_id"])
    hidden = ("coupon_id", "account_id")
    return {name: value for name, value in record.items() if name not in hidden} | {
        "account": accounts.mini(account),
        "coupon": coupon,
        "remaining_duration": {"type": "forever"},
    }


def _remove(call: Call, redemption: str, belongs: Callable[[Json], bool]) -> Json:
    found = call.books.get(_KIND, redemption)
    if found is None or not belongs(found):
        raise not_found("coupon_redemption", redemption)
    if found["state"] != "active":
        raise RecurlyError(422, "validation", "Coupon redemption is already inactive")
    found |= {"state": "inactive", "removed_at": call.books.now}
    call.books.save(_KIND, found)
    for one in _living(call.books, found["account_id"]):
        if one["coupon_id"] == found["coupon_id"] and found["subscription_id"] in (None, one["id"]):
            _let_off(call.books, one, None)
    return shown(call.books, found)


def _add(
    books: Books, id: str, account_id: str, subscription_id: str | None, coupon: Json, unit: str
) -> Json:
    made = {
        "id": id, "object": "coupon_redemption", "account_id": account_id, "subscription_id": subscription_id,
        "coupon_id": coupon["id"],
        "state": "active", "currency": unit, "discounted": "0.00", "removed_at": None,
    }  # fmt: skip
    return books.add(_KIND, made, account=account_id)


def _let_off(books: Books, subscription: Json, coupon_id: str | None) -> None:
    subscription["coupon_id"] = coupon_id
    books.save("subscription", subscription)


def _active(books: Books, account_id: str) -> Jsons:
    return [one for one in books.linked(_KIND, "account", account_id) if one["state"] == "active"]


def _living(books: Books, account_id: str) -> Jsons:
    return [one for one in books.linked("subscription", "account", account_id) if one["state"] in _LIVE]


def _currencies(coupon: Json) -> set[str]:
    return {one["currency"] for one in coupon["discount"]["currencies"]}
