"""Accounts, which are Recurly's customers: opened, changed, closed; their card and what tax they owe."""

from decimal import Decimal
from typing import Any

from sandbox.recurly.books import Books
from sandbox.recurly.site import ACCOUNT, VENDOR
from sandbox.state import Json

GOOD_CARD, BAD_CARD = "1111", "0002"
_SELLER = "DE"
_VAT = {"DE": "0.19", "AT": "0.20", "FR": "0.20", "NL": "0.21", "PL": "0.23", "SE": "0.25", "GB": "0.20"}
_NEW_YORK = "0.08875"


def open_account(books: Books, code: str, *, card: str | None = GOOD_CARD, **about: Any) -> Json:
    """Open an account; `about` holds Recurly's own fields. `card` is its last four digits; None for no card."""
    account: Json = {
        "id": books.new_id(), "object": "account", "code": code, "state": "active",
        "hosted_login_token": books.new_uuid(), "username": None, "email": None, "preferred_locale": None,
        "cc_emails": None, "first_name": None, "last_name": None, "company": None, "vat_number": None,
        "tax_exempt": False, "parent_account_id": None, "bill_to": "self", "address": {},
        "card": None, "card_id": None, "card_at": None, "deleted_at": None,
    } | about  # fmt: skip
    if card is not None:
        account |= {"card": card, "card_id": books.new_id(), "card_at": books.now}
    books.add("account", account, code=code)
    books.notify("account", "created", account, account_code=code)
    return account


def change(books: Books, account: Json, **fields: Any) -> None:
    """Change an account's own fields."""
    account |= fields
    books.save("account", account)
    books.notify("account", "updated", account, account_code=account["code"])


def close(books: Books, account: Json) -> None:
    """Mark an account as closed. It stays in the lists; the caller has expired its subscriptions."""
    account |= {"state": "inactive", "deleted_at": books.now, "card": None}
    books.save("account", account)
    books.notify("account", "closed", account, account_code=account["code"])


def reopen(books: Books, account: Json) -> None:
    """Make a closed account active again."""
    account |= {"state": "active", "deleted_at": None}
    books.save("account", account)
    books.notify("account", "reopened", account, account_code=account["code"])


def find(books: Books, key: str) -> Json | None:
    """Return an account by its id or by "code-..."."""
    if key.startswith("code-"):
        return next(iter(books.linked("account", "code", key.removeprefix("code-"))), None)
    return books.get("account", key)


def tax_of(account: Json) -> Json | None:
    """Return Recurly's tax_info for what the account buys; None where no tax is charged."""
    country, region = account["address"].get("country"), account["address"].get("region")
    if account["tax_exempt"] or (account["vat_number"] and country != _SELLER):
        return None
    if country == "US":
        rate, kind = (_NEW_YORK, "usst") if region == "NY" else (None, "usst")
    else:
        rate, kind, region = _VAT.get(str(country)), "vat", country
    return None if rate is None else {"type": kind, "region": region, "rate": rate, "tax_details": []}


def open_credits(books: Books, account: Json, currency: str) -> list[Json]:
    """Return the account's credit invoices that still hold credit, oldest first."""
    return [
        invoice
        for invoice in books.linked("invoice", "account", account["id"])
        if invoice["type"] == "credit" and invoice["currency"] == currency and invoice["state"] == "open"
        and Decimal(invoice["balance"]) < 0
    ]  # fmt: skip


def mini(account: Json) -> Json:
    """Return the few fields by which other objects show their account, as they are now."""
    names = ("email", "first_name", "last_name", "company", "parent_account_id", "bill_to")
    shown = {name: account[name] for name in names}
    return {
        "id": account["id"],
        "object": "account",
        "code": account["code"],
        **shown,
        "dunning_campaign_id": None,
    }


def shown(books: Books, account: Json) -> Json:
    """Return an account as the API shows it: with its card and what its subscriptions and invoices make of it."""
    states = {one["state"] for one in books.linked("subscription", "account", account["id"])}
    invoices = books.linked("invoice", "account", account["id"])
    found = {name: value for name, value in account.items() if name not in ("card", "card_id", "card_at")}
    address = {name: account["address"].get(name) for name in _ADDRESS}
    return found | {
        "address": address,
        "billing_info": _billing_info(account) if account["card"] else None,
        "shipping_addresses": [],
        "custom_fields": [],
        "external_accounts": [],
        "has_live_subscription": bool(states & {"active", "canceled", "future", "paused"}),
        "has_active_subscription": "active" in states,
        "has_future_subscription": "future" in states,
        "has_canceled_subscription": "canceled" in states,
        "has_paused_subscription": "paused" in states,
        "has_past_due_invoice": any(one["state"] == "past_due" for one in invoices),
    }


def all_open(books: Books) -> list[Json]:
    """Return every account that is not closed, oldest first."""
    found = books.state.list(VENDOR, ACCOUNT, "account", oldest_first=True)
    return [account for account in found if account["state"] == "active"]


_ADDRESS = ("phone", "street1", "street2", "city", "region", "postal_code", "country")


def _billing_info(account: Json) -> Json:
    return {
        "id": account["card_id"], "object": "billing_info", "account_id": account["id"],
        "first_name": account["first_name"], "last_name": account["last_name"], "company": account["company"],
        "address": {name: account["address"].get(name) for name in _ADDRESS}, "vat_number": None,
        "valid": True, "payment_method": card(account), "primary_payment_method": True,
        "backup_payment_method": False, "created_at": account["card_at"], "updated_at": account["card_at"],
    }  # fmt: skip


def card(account: Json) -> Json:
    """Return the account's card as a payment method."""
    first_six = "411111" if account["card"] == GOOD_CARD else "400000"
    return {
        "object": "credit_card", "card_type": "Visa", "first_six": first_six, "last_four": account["card"],
        "last_two": account["card"][-2:], "exp_month": 12, "exp_year": 2030,
    }  # fmt: skip
