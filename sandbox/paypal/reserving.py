"""Money that is reserved first: authorizations, which are captured or let go."""

from sandbox.paypal import payments, people
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.money import major, moment
from sandbox.paypal.payments import DAY, cart


def authorize(books: Books, order: Thing) -> Thing:
    """Reserve the money of an approved order for 29 days."""
    unit = order.body["purchase_units"][0]
    id = books.new_id("authorization")
    body = {
        "id": id,
        "status": "CREATED",
        "amount": {key: unit["amount"][key] for key in ("currency_code", "value")},
        "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED"]},
        "expiration_time": moment(books.at + 29 * DAY),
        "create_time": books.now,
        "update_time": books.now,
        "supplementary_data": {"related_ids": {"order_id": order.id}},
    }
    held = books.make("authorization", id, body, {"order": order.id})
    person, is_guest = order.inner["person"], order.inner["is_guest"]
    books.report(
        "T1300", id, major(unit["amount"]), unit["amount"]["currency_code"], reference=("ODR", order.id),
        info={**people.account_info(person, is_guest), "transaction_subject": unit["description"]},
        more=cart(person, is_guest, unit["description"], major(unit["amount"]), unit["amount"]["currency_code"]),
    )  # fmt: skip
    order.body |= {"status": "COMPLETED", "update_time": books.now}
    unit.setdefault("payments", {})["authorizations"] = [dict(body)]
    books.put(order)
    books.emit("PAYMENT.AUTHORIZATION.CREATED", "authorization", held.body)
    return held


def capture_authorization(books: Books, held: Thing) -> Thing:
    """Take reserved money, all of it."""
    order = books.must("order", held.inner["order"])
    amount = held.body["amount"]
    taken = payments.take(
        books, order.inner["person"], major(amount), amount["currency_code"],
        order.body["purchase_units"][0]["description"], order=order.id, authorization=held.id,
        is_guest=order.inner["is_guest"],
    )  # fmt: skip
    held.body |= {"status": "CAPTURED", "update_time": books.now}
    books.put(held)
    return taken


def void(books: Books, held: Thing) -> None:
    """Let reserved money go."""
    held.body |= {"status": "VOIDED", "update_time": books.now}
    books.put(held)
    amount = held.body["amount"]
    books.report(
        "T1302", books.new_id("void"), -major(amount), amount["currency_code"], reference=("TXN", held.id)
    )
    books.rereport("T1300", held.id, lambda told: told.update(transaction_status="V"))
    books.emit("PAYMENT.AUTHORIZATION.VOIDED", "authorization", held.body)
