"""The inputs that an act needs, by verb; what is typed becomes an act, or a sentence that says what is missing."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from actions import acts
from actions.acts import Act
from billing.errors import Terminal
from billing.money import Money, MoneyError
from billing.verbs import Verb
from dashboards.resources import House
from dashboards.wording import Row

Values = dict[str, Any]
V = Verb


def ask(house: House, verb: Verb, most: Money | None, row: Row) -> tuple[Act | None, str]:
    """Show the inputs of a verb and return the act, or None and what is still missing."""
    try:
        values = _INPUTS[verb](house, most, row) if verb in _INPUTS else {}
        return acts.parse({"verb": verb.value, **values}), ""
    except (MoneyError, Terminal) as cause:
        return None, str(cause)


def _missing(words: str) -> Terminal:
    return Terminal(words)


def _capture(_house: House, most: Money | None, row: Row) -> Values:
    return {"amount": _amount(most.currency if most else row["currency"], most)}


def _amount(currency: str, most: Money | None) -> Money:
    figure = str(most).replace(",", "").partition(" ")[0] if most else ""
    typed = st.text_input(f"Amount in {currency}", value=figure, placeholder="29.00")
    if not (typed or "").strip():
        raise _missing("Say how much.")
    amount = Money.parse(typed, currency)
    if amount.minor <= 0:
        raise _missing("The amount must be more than zero.")
    if most is not None and amount > most:
        raise _missing(f"{amount} is more than what is possible: {most}.")
    return amount


def _payment(house: House, _most: Money | None, row: Row) -> Values:
    currencies = sorted(
        {one["currency"] for one in house.reader.rows(_CURRENCIES, {"ref": row["customer_ref"]})}
    )
    left, right = st.columns([1, 2])
    with left:
        currency = st.selectbox("Currency", currencies or ["EUR", "GBP", "USD"])
    with right:
        amount = _amount(currency, None)
    description = (st.text_input("What for", placeholder="The customer reads this") or "").strip()
    if not description:
        raise _missing("Say what it is for: the customer reads it.")
    return {"amount": amount, "description": description}


def _to(_house: House, _most: Money | None, _row: Row) -> Values:
    typed = (st.text_input("To", placeholder="Another address; the customer's own without it") or "").strip()
    return {"to": typed or None}


def _email(_house: House, _most: Money | None, row: Row) -> Values:
    return {"email": (st.text_input("New e-mail address", value=row["email"] or "") or "").strip()}


def _tax(_house: House, _most: Money | None, row: Row) -> Values:
    tax_id = (
        st.text_input("VAT or GST number", value=row["tax_id"] or "", placeholder="DE811907980") or ""
    ).strip()
    company = (st.text_input("Company", placeholder="As it stands on invoices") or "").strip()
    line1 = (st.text_input("Street", value=row["address_line1"] or "") or "").strip()
    code, town, country = st.columns([1, 2, 1])
    address = {
        "line1": line1,
        "postal_code": code.text_input("Postal code", value=row["address_postal_code"] or ""),
        "city": town.text_input("Town", value=row["address_city"] or ""),
        "country": country.text_input("Country", value=row["address_country"] or "", max_chars=2).upper(),
    }
    return {"tax_id": tax_id or None, "company": company or None, "address": address if line1 else None}


def _plan(house: House, row: Row) -> Values:
    rows = house.reader.rows(_PLANS, {"gateway": row["gateway"], "account": row["account"]})
    names = {one["product_id"]: f"{one['name']} ({one['price']})" for one in (_priced(one) for one in rows)}
    chosen = st.selectbox("Plan", list(names), index=None, format_func=lambda key: names[key])
    typed = (st.text_input("or the plan's id at the gateway") or "").strip()
    if not (typed or chosen):
        raise _missing("Choose a plan.")
    quantity = st.number_input("Quantity", min_value=1, value=1, step=1)
    return {"plan_id": typed or chosen, "quantity": int(quantity)}


def _priced(row: Mapping[str, Any]) -> dict[str, Any]:
    has_price = row["price_minor"] is not None and row["currency"]
    return {**row, "price": Money(row["price_minor"], row["currency"]) if has_price else "no price"}


def _start(house: House, _most: Money | None, row: Row) -> Values:
    values = _plan(house, row)
    days = st.number_input("Trial days", min_value=0, value=0, step=1)
    return {**values, "trial_days": int(days) or None}


def _change(house: House, _most: Money | None, row: Row) -> Values:
    values = _plan(house, row)
    return {**values, "is_prorated": st.checkbox("Charge or credit the difference", value=True)}


def _cancel(_house: House, _most: Money | None, row: Row) -> Values:
    end = row["current_period_end_at"]
    later = f"With the period that is paid ({end:%d %b %Y})" if end else "With the period that is paid"
    when = st.radio("When", [later, "Now"], horizontal=True)
    return {"at_period_end": when == later}


def _coupon(house: House, _most: Money | None, row: Row) -> Values:
    rows = house.reader.rows(_COUPONS, {"gateway": row["gateway"], "account": row["account"]})
    names = {one["coupon_id"]: one["name"] or one["code"] or one["coupon_id"] for one in rows}
    chosen = st.selectbox("Coupon", list(names), index=None, format_func=lambda key: names[key])
    if chosen is None:
        raise _missing("Choose a coupon.")
    return {"coupon_id": chosen}


def _evidence(_house: House, _most: Money | None, _row: Row) -> Values:
    text = (st.text_area("What the bank should know", height=160) or "").strip()
    if not text:
        raise _missing("Write what the bank should know.")
    return {"text": text}


_CURRENCIES = "select distinct currency from charges where customer_ref = $ref"
_PLANS = """
    select product_id, name, price_minor, currency from products
    where gateway = $gateway and account = $account and is_active order by name"""
_COUPONS = """
    select coupon_id, code, name from coupons
    where gateway = $gateway and account = $account and is_active order by name, code"""
_INPUTS: Mapping[Verb, Callable[[House, Money | None, Row], Values]] = {
    V.CAPTURE: _capture,
    V.SEND_RECEIPT: _to,
    V.SEND_INVOICE: _to,
    V.AUTHORIZE: _payment,
    V.CHARGE: _payment,
    V.REQUEST_PAYMENT: _payment,
    V.SET_TAX_DETAILS: _tax,
    V.CHANGE_EMAIL: _email,
    V.CREATE_SUBSCRIPTION: _start,
    V.CHANGE_PLAN: _change,
    V.CANCEL_SUBSCRIPTION: _cancel,
    V.APPLY_COUPON: _coupon,
    V.SUBMIT_EVIDENCE: _evidence,
}
