"""Recurly's customers are accounts: e-mail, tax details, the page where they change their card.

Changes are found by comparing the account with what was wanted.
"""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.adapters.recurly.purchases import FOR_THEM_ALONE, hosted_page
from actions.adapters.recurly.sending import NEWEST, Thing, once, path_of, write
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.ids import email_key
from billing.verbs import Verb
from billing.vocabulary import EffectStatus
from gateways.recurly.api import RecurlyApi

_ADDRESS = {
    "line1": "street1", "line2": "street2", "city": "city", "state": "region", "postal_code": "postal_code",
    "country": "country",
}  # fmt: skip


class Customers:
    """Reads accounts and changes what they say of themselves."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers: Mapping[Verb, Handler] = {
            Verb.CHANGE_EMAIL: once(self._change_email, self._find_email),
            Verb.SET_TAX_DETAILS: once(self._set_tax_details, self._find_tax_details),
            Verb.CARD_UPDATE_LINK: Handler(self._link, self._link),
        }

    def read(self, customer_id: str) -> Live:
        """Read an account, and which authorization of it is the newest. MONEY NEVER MOVES."""
        account = self._api.get(path_of("accounts", customer_id))
        query = {**NEWEST, "type": "authorization"}
        held = next(self._api.pages(path_of("accounts", customer_id, "transactions"), query), [])
        return live.customer(
            account["id"],
            has_method=account.get("billing_info") is not None,
            is_deleted=account["state"] == "inactive",
            raw={**_recorded(account), "newest_authorization": held[0]["id"] if held else None},
        )

    def _change_email(self, order: Order) -> Effect:
        """Give the account another e-mail address. NO MONEY MOVES."""
        return self._update(order, {"email": order.act.email})

    def _find_email(self, order: Order) -> Effect | None:
        account = self._account(order)
        is_done = email_key(account["email"] or "") == email_key(order.act.email)
        return _effect(account, order, None) if is_done else None

    def _set_tax_details(self, order: Order) -> Effect:
        """Correct the account's VAT number, company and address. NO MONEY MOVES.

        The billing information beside it has fields of the same names. It is left alone: Recurly may collect what
        is past due when it changes.
        """
        return self._update(order, _wanted(order, self._account(order)))

    def _find_tax_details(self, order: Order) -> Effect | None:
        account = self._account(order)
        wanted = _wanted(order, account)
        is_done = all(
            _plain(account.get(name)) == _plain(value) for name, value in wanted.items() if name != "address"
        ) and all(
            _plain((account.get("address") or {}).get(name)) == _plain(value)
            for name, value in wanted.get("address", {}).items()
        )
        return _effect(account, order, None) if is_done else None

    def _link(self, order: Order) -> Effect:
        """Return the page where the customer changes their card; it is there already. NO MONEY MOVES.

        It needs no key and is never lost: reading it again is the same.
        """
        url = hosted_page(self._api, order.target.id, "billing_info/edit")
        return Effect(EffectStatus.SUCCEEDED, url=url, explanation=FOR_THEM_ALONE)

    def _update(self, order: Order, fields: Thing) -> Effect:
        written = write(self._api, order, "PUT", path_of("accounts", order.target.id), fields)
        return _effect(written.body, order, written.request_id)

    def _account(self, order: Order) -> Thing:
        return self._api.get(path_of("accounts", order.target.id))


def _wanted(order: Order, account: Thing) -> dict[str, Any]:
    """Return the account's fields as they should be; an address is sent with the parts that stay."""
    act = order.act
    found: dict[str, Any] = {}
    if act.tax_id is not None:
        found["vat_number"] = act.tax_id
    if act.company is not None:
        found["company"] = act.company
    if act.address is not None:
        address = {theirs: getattr(act.address, ours) or None for ours, theirs in _ADDRESS.items()}
        found["address"] = {**(account.get("address") or {}), **address}
    return found


def _plain(value: str | None) -> str:
    """Return a text for comparison: Recurly may write a number without its blanks."""
    return (value or "").replace(" ", "").casefold()


def _effect(account: Thing, order: Order, request_id: str | None) -> Effect:
    vat = (account.get("billing_info") or {}).get("vat_number")
    is_other = order.act.verb is Verb.SET_TAX_DETAILS and vat and _plain(vat) != _plain(order.act.tax_id)
    return Effect(
        EffectStatus.SUCCEEDED,
        account["state"],
        explanation="the billing information keeps a number of its own" if is_other else None,
        after=_recorded(account),
        touched=(("account", order.target.id),),
        request_id=request_id,
    )


def _recorded(account: Thing) -> dict[str, Any]:
    """Return the fields of an account that the audit log keeps: none that says who it is."""
    return {
        "id": account["id"],
        "state": account["state"],
        "has_vat_number": bool(account.get("vat_number")),
        "has_method": account.get("billing_info") is not None,
        "updated_at": account.get("updated_at"),
    }
