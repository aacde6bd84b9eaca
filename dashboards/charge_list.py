"""The charges of a customer, newest first: why, how much, how it stands, and what can still be refunded."""

from collections.abc import Sequence

import streamlit as st

from billing.verbs import ObjectKind, Verb
from billing.vocabulary import ChargeStatus
from dashboards import action_menu, refund_dialog
from dashboards.access import Person
from dashboards.overlay import Shown
from dashboards.resources import House
from dashboards.wording import Row, amount, day, link, method, money, pill, safe

PAGE_ROWS = 15


def show(
    house: House, person: Person, charges: Sequence[Shown], invoices: Sequence[Row], snapshot: str
) -> None:
    """Show the newest charges, and more of them on demand."""
    if not charges:
        st.markdown(":gray[No charges]")
        return
    limit = st.session_state.setdefault("charges_shown", PAGE_ROWS)
    numbers = {i["invoice_ref"]: i for i in invoices}
    with st.container(border=True, gap="xsmall", key="card-charges"):
        for position, shown in enumerate(charges[:limit]):
            if position:
                st.divider()
            _charge(house, person, shown, numbers.get(shown.row["invoice_ref"]), snapshot)
    if len(charges) > limit:
        st.button(f"Show more of {len(charges)} charges", on_click=_more)


def _more() -> None:
    st.session_state["charges_shown"] += PAGE_ROWS


def _charge(house: House, person: Person, shown: Shown, invoice: Row | None, snapshot: str) -> None:
    row = shown.row
    why, much, state, act = st.columns([5.6, 1.2, 1.95, 1.2], vertical_alignment="center")
    why.markdown(f"{safe(row['sentence'])}  \n:small[:gray[{_facts(row, invoice)}]]")
    much.markdown(amount(money(row, "amount_minor")), text_alignment="right")
    state.markdown(_state(shown))
    refundable = money(row, "refundable_minor")
    label, key = "Refund…", f"refund-{row['charge_ref']}"
    can = person.may(Verb.REFUND) and (row["gateway"], row["account"]) in house.desk.gateways
    if shown.open_action:
        why_not = "A refund of this charge has no outcome yet."
        act.button(label, key=key, disabled=True, width="stretch", help=why_not)
    elif can and refundable.minor > 0:
        effect = f"Up to {refundable} of: {safe(row['explanation'])}"
        act.button(
            label, key=key, width="stretch", help=effect, on_click=refund_dialog.open_for, args=(house, row)
        )
        refund_dialog.show(person, row, invoice, snapshot)
    with act:
        action_menu.show(house, person, ObjectKind.CHARGE, row, snapshot)


def _facts(row: Row, invoice: Row | None) -> str:
    facts = [day(row["created_at"]), safe(method(row))]
    if invoice and invoice["number"]:
        facts.append(f"invoice {safe(invoice['number'])}")
    if row["status"] == ChargeStatus.FAILED and (row["failure_message"] or row["failure_code"]):
        facts.append(safe((row["failure_message"] or row["failure_code"]).rstrip(".").replace("_", " ")))
    refundable = money(row, "refundable_minor")
    if row["refunded_minor"] and refundable.minor:
        facts.append(f"{refundable} refundable")
    return " · ".join(part for part in (*facts, link(row)) if part)


def _state(shown: Shown) -> str:
    row = shown.row
    if shown.open_action:
        return pill("unknown", f"{shown.open_action.amount} refund open")
    if row["status"] == ChargeStatus.PARTIALLY_REFUNDED:
        return pill(row["status"], f"{money(row, 'refunded_minor')} refunded")
    return pill(row["status"])
