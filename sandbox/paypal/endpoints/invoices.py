"""Writing invoices. PayPal keeps no request ids for invoices; only sending one again has no effect."""

from decimal import Decimal

from sandbox.paypal import invoicing
from sandbox.paypal.accounts import VENDOR
from sandbox.paypal.books import Thing
from sandbox.paypal.call import Answer, Call, Endpoint, link
from sandbox.paypal.errors import refused
from sandbox.paypal.money import asked
from sandbox.paypal.shapes import PATHS, shown
from sandbox.state import Json


def _create(call: Call) -> Answer:
    """Make a draft; recipients come as in the API, and become a person of the sandbox. They may be left out."""
    try:
        currency = str(call.body["detail"]["currency_code"])
        recipients = call.body.get("primary_recipients")
        rows = [
            (
                str(item["name"]), int(item["quantity"]), str(item["unit_amount"]["value"]),
                str(item.get("tax", {}).get("percent", "0")),
            )
            for item in call.body["items"]
        ]  # fmt: skip
        person = _person(recipients[0]["billing_info"]) if recipients else None
    except (KeyError, IndexError, TypeError, ValueError):
        raise refused(400, "MISSING_REQUIRED_PARAMETER", "/detail", "INVALID_REQUEST") from None
    detail = call.body["detail"]
    told = {name: str(detail[name]) for name in _DETAILS if name in detail}
    if any(len(text) > _DETAILS[name] for name, text in told.items()):
        raise refused(400, "INVALID_STRING_MAX_LENGTH", "/detail", "INVALID_REQUEST")
    made = invoicing.draft(call.books, person, rows, currency, told=told)
    if call.wants_everything:
        return 201, shown(made, call.url)
    return 201, link(call.url, f"{PATHS['invoice']}/{made.id}", "self")


def _person(info: Json) -> Json:
    return {
        "name": info.get("name", {}).get("full_name") or info["email_address"],
        "email": info["email_address"], "country": "DE",
        "address": {"line1": "Lindenallee 1", "city": "Berlin", "postal_code": "10115", "country": "DE"},
    }  # fmt: skip


def _send(call: Call, id: str) -> Answer:
    found = call.find("invoice", id)
    _notified(call, found)
    invoicing.send(call.books, found)
    return 200, link(call.url, f"{PATHS['invoice']}/{id}", "self")


def _remind(call: Call, id: str) -> Answer:
    found = call.find("invoice", id)
    _notified(call, found)
    invoicing.remind(call.books, found)
    return 204, None


def _notified(call: Call, found: Thing) -> None:
    """Look through a notification: it may go to addresses of the invoice alone.

    Raises:
        PaypalError: a text is too long, a flag is none, or an address is not the invoice's.
    """
    body = call.body
    if any(len(str(body.get(name, ""))) > 4000 for name in ("subject", "note")):
        raise refused(400, "INVALID_STRING_MAX_LENGTH", "/note", "INVALID_REQUEST")
    if any(not isinstance(body.get(name, True), bool) for name in ("send_to_invoicer", "send_to_recipient")):
        raise refused(400, "INVALID_PARAMETER_SYNTAX", "/send_to_recipient", "INVALID_REQUEST")
    known = found.body.get("additional_recipients", [])
    if any(one not in known for one in body.get("additional_recipients", ())):
        raise refused(400, "INVALID_PARAMETER_VALUE", "/additional_recipients", "INVALID_REQUEST")


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


_DETAILS = {"memo": 500, "reference": 120, "note": 4000}
_ONE = PATHS["invoice"] + "/{id}"
ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", PATHS["invoice"], _create),
    ("POST", f"{_ONE}/send", _send),
    ("POST", f"{_ONE}/remind", _remind),
    ("POST", f"{_ONE}/cancel", _cancel),
    ("PUT", _ONE, _change),
    ("DELETE", _ONE, _delete),
    ("POST", f"{_ONE}/payments", _pay),
    ("POST", f"{_ONE}/refunds", _refund),
)
