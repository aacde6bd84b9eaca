"""The refund dialog: amount, reason, what will happen in one sentence, and the outcome in words.

The action's id is made when the dialog opens and kept until it has an outcome, so a second click, a rerun or a
second tab's resend is the same action. Nothing here decides: `actions.service` does.
"""

from dataclasses import dataclass

import streamlit as st

from actions import acts
from actions.commands import Command
from actions.outcomes import ActionResult
from actions.service import perform
from billing.errors import BillhouseError, OutcomeUnknown
from billing.ids import GatewayRef, new_action_id
from billing.money import Money, MoneyError
from billing.verbs import REASONS, REASONS_FOR, ObjectKind, Verb
from billing.vocabulary import ActionStatus
from dashboards import resources
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, method, money, safe

_DRAFT = "refund_draft"
_OUTCOME = "refund_outcome"


@dataclass(slots=True)
class _Draft:
    """A refund that somebody is about to confirm; `refundable` is what the gateway said a moment ago."""

    action_id: str
    charge: GatewayRef
    refundable: Money
    problem: str | None = None


def open_for(house: House, row: Row) -> None:
    """Begin a refund of a charge, with what the gateway says is refundable now."""
    ref = GatewayRef(row["gateway"], row["account"], row["charge_id"])
    draft = _Draft(new_action_id(), ref, money(row, "refundable_minor"))
    _read_live(house, draft)
    st.session_state[_DRAFT] = draft


def show(person: Person, row: Row, invoice: Row | None, snapshot: str) -> None:
    """Show the dialog if a refund of this charge was begun; it stays through any rerun until it is closed."""
    draft: _Draft | None = st.session_state.get(_DRAFT)
    if draft and str(draft.charge) == row["charge_ref"]:
        _dialog(person, row, invoice, snapshot)


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)


def show_outcome() -> None:
    """Show, once, what became of the refund that was confirmed a moment ago."""
    result: ActionResult | None = st.session_state.pop(_OUTCOME, None)
    if result is None:
        return
    words = safe(result.message)
    if result.status is ActionStatus.SUCCEEDED:
        st.success(words, icon=":material/check:")
    elif result.status is ActionStatus.FAILED:
        st.error(words)
    else:
        st.warning(words)


@st.dialog("Refund", width="medium", on_dismiss=_forget)
def _dialog(person: Person, row: Row, invoice: Row | None, snapshot: str) -> None:
    house = resources.house()  # as it is now: this part reruns alone, and roles may have changed meanwhile
    draft: _Draft = st.session_state[_DRAFT]
    st.markdown(f"**{safe(row['explanation'])}**  \n:gray[{_standing(row, draft)}]")
    if draft.problem:
        st.error(safe(draft.problem))
    if draft.refundable.minor <= 0:
        return
    currency = draft.refundable.currency
    figure, _, _ = str(draft.refundable).replace(",", "").partition(" ")
    left, right = st.columns(2)
    typed = left.text_input(f"Amount in {currency}", value=figure)
    reason = right.selectbox(
        "Reason",
        REASONS_FOR[Verb.REFUND],
        index=None,
        format_func=lambda key: REASONS[key],
        placeholder="Choose a reason",
    )
    note = left.text_input("Note for the record", placeholder="Optional, except for goodwill")
    ticket = right.text_input("Ticket", placeholder="Optional, its number")
    asked, problem = _amount(typed, draft.refundable)
    st.markdown(_effect(house, row, invoice, asked, draft.refundable) if asked else f":red[{safe(problem)}]")
    with st.container(horizontal=True):
        sure = st.button(
            f"Refund {asked or '…'}",
            type="primary",
            disabled=asked is None or reason is None,
            key=f"refund-now-{draft.action_id}",
        )
        keep = st.button("Keep", key="refund-keep")
    if reason is None:
        st.caption("A refund needs a reason.")
    if keep:
        _forget()
        st.rerun()
    if sure and asked and reason:
        command = Command(
            action_id=draft.action_id,
            target=draft.charge,
            act=acts.Refund(amount=asked),
            reason=reason,
            note=(note or "").strip() or None,
            ticket=(ticket or "").strip() or None,
            seen=draft.refundable,
            snapshot=snapshot,
        )
        _carry_out(house, person, command, draft)


def _carry_out(house: House, person: Person, command: Command, draft: _Draft) -> None:
    asked = acts.amount_of(command.act)
    with st.spinner(f"Refunding {asked}; waiting for the gateway's answer…"):
        try:
            result = perform(house.desk, command, person.actor)
        except OutcomeUnknown as cause:  # the intent is on record, and the reconciler settles it
            result = ActionResult(command.action_id, ActionStatus.UNKNOWN, str(cause), asked)
        except BillhouseError as cause:
            result = ActionResult(command.action_id, ActionStatus.DENIED, str(cause))
    if result.status is ActionStatus.DENIED:  # nothing was sent: the dialog stays, with fresh figures
        draft.action_id = new_action_id()
        _read_live(house, draft)
        draft.problem = result.message
        st.rerun()
    st.session_state[_OUTCOME] = result
    _forget()
    st.rerun()


def _read_live(house: House, draft: _Draft) -> None:
    """Take what is refundable from the gateway; where it does not answer, keep the figure and say so."""
    ref = draft.charge
    try:
        seen = house.desk.gateways[ref.gateway, ref.account].read(ObjectKind.CHARGE, ref.id)
        draft.refundable = seen.ceilings[Verb.REFUND]
        draft.problem = None
    except BillhouseError as cause:
        draft.problem = f"The charge could not be read at the gateway just now. {cause}"


def _amount(typed: str | None, refundable: Money) -> tuple[Money | None, str]:
    try:
        asked = Money.parse(typed or "", refundable.currency)
    except MoneyError as cause:
        return None, str(cause)
    if asked.minor <= 0:
        return None, "A refund must be more than zero."
    if asked > refundable:
        return None, f"{asked} is more than what can still be refunded: {refundable}."
    return asked, ""


def _standing(row: Row, draft: _Draft) -> str:
    of = money(row, "amount_minor")
    if draft.refundable == of:
        return f"{of} paid by {safe(method(row))}, all of it refundable"
    return f"{of} paid by {safe(method(row))}, {draft.refundable} refundable now"


def _effect(house: House, row: Row, invoice: Row | None, asked: Money, refundable: Money) -> str:
    """Say before money moves: how much, to what, through whom, how long, and what becomes of the invoice."""
    through = safe(house.title(row["gateway"], row["account"]))
    words = f"**{asked}** goes back to {safe(method(row))} through {through}; banks take 5 to 10 days."
    left = refundable - asked
    words += f" {left} stays refundable." if left.minor else " Nothing is left to refund after that."
    if invoice and invoice["number"]:
        words += f" The invoice {safe(invoice['number'])} stays {safe(invoice['status'])}."
    return words
