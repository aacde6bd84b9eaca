"""What an act asks for, by verb: inputs that any screen can draw, and what is typed into them -> an act.

One description for Streamlit, the panel beside a ticket and cards. Nothing here decides whether an act may be done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from actions import acts
from actions.acts import Act
from billing.errors import Terminal
from billing.money import Money
from billing.verbs import Verb
from billing.warehouse import stock
from billing.warehouse.reader import Reader
from billing.warehouse.wording import Row, day, figure

V = Verb


class InputKind(StrEnum):
    """How an input is drawn. A choice may stand empty at first; one of several radio buttons is always pressed."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CHECK = "check"
    CHOICE = "choice"
    RADIO = "radio"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, and how people call it."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form. Values are text; a check is "on" or empty."""

    name: str
    label: str
    kind: InputKind = InputKind.TEXT
    value: str = ""
    choices: tuple[Choice, ...] = ()
    placeholder: str = ""
    lowest: int = 0
    """The least that a number may be."""


Typed = Mapping[str, str]
Describe = Callable[[Reader, Money | None, Row], tuple[Input, ...]]
Read = Callable[[Typed, Money | None, Row], dict[str, Any]]


def inputs(reader: Reader, verb: Verb, most: Money | None, row: Row) -> tuple[Input, ...]:
    """Return what a verb asks for, filled in with what is known.

    Args:
        reader: of the published copy, for the plans and coupons on sale.
        verb: what is to be done.
        most: the most that it can move, as the gateway said a moment ago.
        row: the object, as the mart has it.
    """
    return _FORMS[verb][0](reader, most, row) if verb in _FORMS else ()


def read(verb: Verb, typed: Typed, most: Money | None, row: Row) -> Act:
    """Return the act that was typed.

    Raises:
        Terminal: something is missing, or not as it should be; the text says what.
    """
    values = _FORMS[verb][1](typed, most, row) if verb in _FORMS else {}
    return acts.parse({"verb": verb.value, **values})


def _word(typed: Typed, name: str) -> str:
    return typed.get(name, "").strip()


def _ask_amount(_reader: Reader, most: Money | None, row: Row) -> tuple[Input, ...]:
    currency = most.currency if most else row["currency"]
    value = figure(most) if most else ""
    return (Input("amount", f"Amount in {currency}", value=value, placeholder="29.00"),)


def _read_amount(typed: Typed, most: Money | None, row: Row) -> dict[str, Any]:
    amount = _amount(typed, most.currency if most else row["currency"])
    if most is not None and amount > most:
        raise Terminal(f"{amount} is more than what is possible: {most}.")
    return {"amount": amount}


def _read_refund(typed: Typed, most: Money | None, row: Row) -> dict[str, Any]:
    amount = _amount(typed, most.currency if most else row["currency"])
    if most is not None and amount > most:
        raise Terminal(f"{amount} is more than what can still be refunded: {most}.")
    return {"amount": amount}


def _amount(typed: Typed, currency: str) -> Money:
    amount = Money.parse(typed.get("amount", ""), currency)
    if amount.minor <= 0:
        raise Terminal("The amount must be more than zero.")
    return amount


def _ask_payment(reader: Reader, _most: Money | None, row: Row) -> tuple[Input, ...]:
    known = stock.currencies(reader, row["customer_ref"]) or ["EUR", "GBP", "USD"]
    choices = tuple(Choice(currency, currency) for currency in known)
    return (
        Input("currency", "Currency", InputKind.CHOICE, value=known[0], choices=choices),
        Input("amount", "Amount", placeholder="29.00"),
        Input("description", "What for", placeholder="The customer reads this"),
    )


def _read_payment(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    amount = _amount(typed, _word(typed, "currency"))
    if not (description := _word(typed, "description")):
        raise Terminal("Say what it is for: the customer reads it.")
    return {"amount": amount, "description": description}


def _ask_to(_reader: Reader, _most: Money | None, _row: Row) -> tuple[Input, ...]:
    return (Input("to", "To", placeholder="Another address; the customer's own without it"),)


def _read_to(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    return {"to": _word(typed, "to") or None}


def _ask_email(_reader: Reader, _most: Money | None, row: Row) -> tuple[Input, ...]:
    return (Input("email", "New e-mail address", value=row["email"] or ""),)


def _read_email(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    return {"email": _word(typed, "email")}


def _ask_tax(_reader: Reader, _most: Money | None, row: Row) -> tuple[Input, ...]:
    return (
        Input("tax_id", "VAT or GST number", value=row["tax_id"] or "", placeholder="DE811907980"),
        Input("company", "Company", placeholder="As it stands on invoices"),
        Input("line1", "Street", value=row["address_line1"] or ""),
        Input("postal_code", "Postal code", value=row["address_postal_code"] or ""),
        Input("city", "Town", value=row["address_city"] or ""),
        Input("country", "Country", value=row["address_country"] or "", placeholder="DE"),
    )


def _read_tax(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    address = {name: _word(typed, name) for name in ("line1", "postal_code", "city")}
    address["country"] = _word(typed, "country").upper()
    return {
        "tax_id": _word(typed, "tax_id") or None,
        "company": _word(typed, "company") or None,
        "address": address if address["line1"] else None,
    }


def _ask_plan(reader: Reader, _most: Money | None, row: Row) -> tuple[Input, ...]:
    choices = tuple(
        Choice(plan["product_id"], f"{plan['name']} ({_price(plan)})")
        for plan in stock.plans(reader, row["gateway"], row["account"])
    )
    return (
        Input("plan", "Plan", InputKind.CHOICE, choices=choices, placeholder="Choose a plan"),
        Input("plan_id", "or the plan's id at the gateway"),
        Input("quantity", "Quantity", InputKind.NUMBER, value="1", lowest=1),
    )


def _read_plan(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    if not (plan := _word(typed, "plan_id") or _word(typed, "plan")):
        raise Terminal("Choose a plan.")
    return {"plan_id": plan, "quantity": _whole(typed, "quantity", "1")}


def _price(plan: Row) -> str:
    has_price = plan["price_minor"] is not None and plan["currency"]
    return str(Money(plan["price_minor"], plan["currency"])) if has_price else "no price"


def _whole(typed: Typed, name: str, default: str) -> int:
    text = _word(typed, name) or default
    if not text.isascii() or not text.isdigit():
        raise Terminal(f"{text!r} is not a whole number.")
    return int(text)


def _ask_start(reader: Reader, most: Money | None, row: Row) -> tuple[Input, ...]:
    return (
        *_ask_plan(reader, most, row),
        Input("trial_days", "Trial days", InputKind.NUMBER, value="0"),
    )


def _read_start(typed: Typed, most: Money | None, row: Row) -> dict[str, Any]:
    return {**_read_plan(typed, most, row), "trial_days": _whole(typed, "trial_days", "0") or None}


def _ask_change(reader: Reader, most: Money | None, row: Row) -> tuple[Input, ...]:
    return (
        *_ask_plan(reader, most, row),
        Input("is_prorated", "Charge or credit the difference", InputKind.CHECK, value="on"),
    )


def _read_change(typed: Typed, most: Money | None, row: Row) -> dict[str, Any]:
    return {**_read_plan(typed, most, row), "is_prorated": bool(_word(typed, "is_prorated"))}


def _ask_cancel(_reader: Reader, _most: Money | None, row: Row) -> tuple[Input, ...]:
    end = row["current_period_end_at"]
    later = f"With the period that is paid ({day(end)})" if end else "With the period that is paid"
    choices = (Choice("later", later), Choice("now", "Now"))
    return (Input("when", "When", InputKind.RADIO, value="later", choices=choices),)


def _read_cancel(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    when = _word(typed, "when")
    if when not in ("later", "now"):
        raise Terminal("Say when it is to end.")
    return {"at_period_end": when == "later"}


def _ask_coupon(reader: Reader, _most: Money | None, row: Row) -> tuple[Input, ...]:
    choices = tuple(
        Choice(one["coupon_id"], one["name"] or one["code"] or one["coupon_id"])
        for one in stock.coupons(reader, row["gateway"], row["account"])
    )
    return (Input("coupon", "Coupon", InputKind.CHOICE, choices=choices, placeholder="Choose a coupon"),)


def _read_coupon(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    if not (coupon := _word(typed, "coupon")):
        raise Terminal("Choose a coupon.")
    return {"coupon_id": coupon}


def _ask_evidence(_reader: Reader, _most: Money | None, _row: Row) -> tuple[Input, ...]:
    return (Input("text", "What the bank should know", InputKind.LONG_TEXT),)


def _read_evidence(typed: Typed, _most: Money | None, _row: Row) -> dict[str, Any]:
    if not (text := _word(typed, "text")):
        raise Terminal("Write what the bank should know.")
    return {"text": text}


_FORMS: Mapping[Verb, tuple[Describe, Read]] = {
    V.REFUND: (_ask_amount, _read_refund),
    V.CAPTURE: (_ask_amount, _read_amount),
    V.SEND_RECEIPT: (_ask_to, _read_to),
    V.SEND_INVOICE: (_ask_to, _read_to),
    V.AUTHORIZE: (_ask_payment, _read_payment),
    V.CHARGE: (_ask_payment, _read_payment),
    V.REQUEST_PAYMENT: (_ask_payment, _read_payment),
    V.SET_TAX_DETAILS: (_ask_tax, _read_tax),
    V.CHANGE_EMAIL: (_ask_email, _read_email),
    V.CREATE_SUBSCRIPTION: (_ask_start, _read_start),
    V.CHANGE_PLAN: (_ask_change, _read_change),
    V.CANCEL_SUBSCRIPTION: (_ask_cancel, _read_cancel),
    V.APPLY_COUPON: (_ask_coupon, _read_coupon),
    V.SUBMIT_EVIDENCE: (_ask_evidence, _read_evidence),
}
