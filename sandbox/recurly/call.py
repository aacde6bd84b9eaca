"""One request that was let in: what it names, what it asks, what the API takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.recurly import accounts
from sandbox.recurly.books import Books
from sandbox.recurly.errors import RecurlyError, bad_request, invalid, not_found
from sandbox.recurly.permitted import PERMITTED
from sandbox.recurly.site import ACCOUNT, CURRENCIES, VENDOR
from sandbox.state import Json


@dataclass
class Call:
    """One request that has been let in."""

    books: Books
    path: str
    query: Mapping[str, str]
    body: Json = field(default_factory=dict)

    def find(self, kind: str, id: str) -> Json:
        """Return an object by its id, or by "code-...", "number-..." or "uuid-..." where it has one.

        Raises:
            RecurlyError: 404.
        """
        label, _, rest = id.partition("-")
        if kind == "account":
            found = accounts.find(self.books, id)
        elif rest and label in ("code", "number"):
            found = next(iter(self.books.linked(kind, label, rest)), None)
        elif rest and label == "uuid":
            every = self.books.state.list(VENDOR, ACCOUNT, kind)
            found = next((one for one in every if one.get("uuid") == rest), None)
        else:
            found = self.books.get(kind, id)
        if found is None:
            raise not_found(kind, id)
        return found


def permitted(body: Json, schema: str, required: tuple[str, ...] = ()) -> Json:
    """Return the body if the API's schema of that name has all of its fields.

    Raises:
        RecurlyError: 400 for a field that it has not, 422 for one that is missing.
    """
    if unknown := sorted(set(body) - PERMITTED[schema]):
        raise bad_request(f"{unknown[0]} is not permitted", unknown[0])
    for name in required:
        if body.get(name) in (None, ""):
            raise invalid("can't be blank", name)
    return body


def amount(value: Any, param: str = "amount") -> Decimal:
    """Read an amount in major units.

    Raises:
        RecurlyError: 422, it is no number.
    """
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise invalid("is not a number", param) from None


def currency(value: Any) -> str:
    """Read a currency that the site accepts.

    Raises:
        RecurlyError: 422.
    """
    if value not in CURRENCIES:
        raise invalid("is not an accepted currency", "currency")
    return str(value)


def whole(value: Any, param: str, least: int) -> int:
    """Read a whole number.

    Raises:
        RecurlyError: 422, it is none, or less than `least`.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise invalid(f"must be a whole number of at least {least}", param)
    return value


def one_of(value: Any, choices: tuple[str, ...], param: str) -> str:
    """Read one of a few words.

    Raises:
        RecurlyError: 400.
    """
    if value not in choices:
        raise bad_request(f"must be one of {', '.join(choices)}", param)
    return str(value)


class Declined(RecurlyError):
    """A card was declined: the transaction that says so stays, and nothing else was done."""

    def __init__(self, transaction: Json) -> None:
        super().__init__(422, "transaction", transaction["status_message"])
        self.body["error"]["transaction_error"] = {
            "object": "transaction_error",
            "transaction_id": transaction["id"],
            "category": "soft",
            "code": "declined",
            "decline_code": "generic_decline",
            "message": "The transaction was declined. Please use a different card or contact your bank.",
            "merchant_advice": "The card's bank declined without a reason. Ask the customer for another card.",
        }
