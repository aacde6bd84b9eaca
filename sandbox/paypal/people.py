"""How PayPal names a payer: in reports, in orders, in subscriptions and on invoices."""

from typing import Any

from sandbox.paypal.books import ident
from sandbox.state import Json


def payer_id(person: Json) -> str:
    """Return the payer's id at PayPal: thirteen letters and digits, one per person."""
    return ident(f"payer:{person['email']}", 13)


def _names(person: Json) -> tuple[str, str]:
    given, _, surname = person["name"].partition(" ")
    return given, surname or given


def order_payer(person: Json, *, is_guest: bool = False) -> Json:
    """Return the payer of an order; a guest who paid by card has no PayPal account."""
    given, surname = _names(person)
    found: Json = {
        "email_address": person["email"],
        "name": {"given_name": given, "surname": surname},
        "address": {"country_code": person["country"]},
    }
    return found if is_guest else {**found, "payer_id": payer_id(person)}


def subscriber(person: Json) -> Json:
    """Return the subscriber of a subscription."""
    given, surname = _names(person)
    return {
        "email_address": person["email"],
        "payer_id": payer_id(person),
        "name": {"given_name": given, "surname": surname},
    }


def reported(person: Json, *, is_guest: bool = False) -> Json:
    """Return payer_info and shipping_info of a report's line."""
    given, surname = _names(person)
    home = person["address"]
    info: Json = {
        "email_address": person["email"],
        "address_status": "Y",
        "payer_status": "N" if is_guest else "Y",
        "payer_name": {
            "given_name": given,
            "surname": surname,
            "alternate_full_name": person["name"],
        },
        "country_code": person["country"],
        "address": {
            "line1": home["line1"],
            "city": home["city"],
            "country_code": home["country"],
            "postal_code": home["postal_code"],
        },
    }
    if not is_guest:
        info["account_id"] = payer_id(person)
    return {
        "payer_info": info,
        "shipping_info": {},
        "store_info": {},
        "auction_info": {},
        "incentive_info": {},
    }


def recipient(person: Json) -> Json:
    """Return the recipient of an invoice. A buyer's tax number has no field of its own."""
    given, surname = _names(person)
    home = person["address"]
    info: Json = {
        "name": {"given_name": given, "surname": surname, "full_name": person["name"]},
        "address": {
            "address_line_1": home["line1"],
            "admin_area_2": home["city"],
            "postal_code": home["postal_code"],
            "country_code": home["country"],
        },
        "email_address": person["email"],
        "language": "en-US",
    }
    if person.get("tax_id"):
        info["additional_info"] = f"VAT {person['tax_id']}"
    return {"billing_info": info}


def account_info(person: Json, is_guest: bool) -> dict[str, Any]:
    """Return the counterparty's account for transaction_info; nothing for a guest."""
    return {} if is_guest else {"paypal_account_id": payer_id(person)}
