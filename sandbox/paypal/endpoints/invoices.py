"""Writing invoices. Nothing here is idempotent: PayPal keeps no request ids for invoices."""

from decimal import Decimal

from sandbox.paypal import invoicing
from sandbox.paypal.accounts import VENDOR
from sandbox.paypal.call import Answer, Call, Endpoint, link
from sandbox.paypal.errors import refused
from sandbox.paypal.money import asked
from sandbox.paypal.shapes import PATHS, shown


def _create(call: Call) -> Answer:
    """Make a draft; recipients come as in the API, and become a person of the sandbox."""
    try:
        currency = str(call.body["detail"]["currency_code"])
        info = call.body["primary_recipients"][0]["billing_info"]
        rows = [
            (
                str(item["name"]), int(item["quantity"]), str(item["unit_amount"]["value"]),
                str(item.get("tax", {}).get("percent", "0")),
            )
            for item in call.body["items"]
        ]  # fmt: skip
        person = {
            "name": info.get("name", {}).get("full_name") or info["email_address"],
            "email": info["email_address"], "country": "DE",
            "address": {"line1": "Lindenallee 1", "city": "Berlin", "postal_code": "10115", "country": "DE"},
        }  # fmt: skip
    except (KeyError, IndexError, TypeError, ValueError):
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/detail", "INVALID_REQUEST") from None
    made = invoicing.draft(call.books, person, rows, currency)
    if call.wants_everything:
        return 201, shown(made, call.url)
    return 201, link(call.url, f"{PATHS['invoice']}/{made.id}", "self")


def _send(call: Call, id: str) -> Answer:
    invoicing.send(call.books, call.find("invoice", id))
    return 202, {"links": [link(call.url, f"{PATHS['invoice']}/{id}", "self")]}


def _cancel(call: Call, id: str) -> Answer:
    invoicing.cancel(call.books, call.find("invoice", id))
    return 204, None


def _change(call: Call, id: str) -> Answer:
    found = call.find("invoice", id)
    invoicing.change(call.books, found, call.body)
    return 200, shown(found, call.url)


def _delete(call: Call, id: str) -> Answer:
    """Delete a draft; there is no event, it is just gone."""
    found = call.find("invoice", id)
    if found.body["status"] not in ("DRAFT", "SCHEDULED", "CANCELLED"):
        raise refused(422, "CANNOT_DELETE_INVOICE")
    call.books.state.delete(VENDOR, call.books.account.name, "invoice", id)
    return 204, None


def _pay(call: Call, id: str) -> Answer:
    found = call.find("invoice", id)
    if found.body["status"] not in ("SENT", "UNPAID", "PARTIALLY_PAID"):
        raise refused(422, "INVALID_INVOICE_STATUS")
    invoicing.record_payment(call.books, found, _amount(call), str(call.body.get("method", "OTHER")))
    return 200, {"payment_id": f"EXTR-{id[5:]}"}


def _refund(call: Call, id: str) -> Answer:
    found = call.find("invoice", id)
    if "payments" not in found.body:
        raise refused(422, "INVALID_INVOICE_STATUS")
    invoicing.record_refund(call.books, found, _amount(call), str(call.body.get("method", "OTHER")))
    return 200, {"refund_id": f"EXTR-{id[5:]}"}


def _amount(call: Call) -> Decimal | None:
    return asked(call.body["amount"])[0] if call.body.get("amount") else None


_ONE = PATHS["invoice"] + "/{id}"
ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", PATHS["invoice"], _create),
    ("POST", f"{_ONE}/send", _send),
    ("POST", f"{_ONE}/cancel", _cancel),
    ("PUT", _ONE, _change),
    ("DELETE", _ONE, _delete),
    ("POST", f"{_ONE}/payments", _pay),
    ("POST", f"{_ONE}/refunds", _refund),
)
