"""The refund dialog: amount, reason, what will happen in one sentence, and the outcome in words.

The action's id is made when the dialog opens and kept until it has an outcome, so a second click, a rerun or a
second tab's resend is the same action. Nothing here decides: `actions.service` does.
"""

from dataclasses import dataclass

import streamlit as st

from actions import acts, inputs
from actions.commands import Command
from actions.drafts import carry_out
from actions.effects import effect
from actions.outcomes import ActionResult
from billing.errors import BillhouseError, Terminal
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.verbs import REASONS, REASONS_FOR, ObjectKind, Verb
from billing.vocabulary import ActionStatus
from billing.warehouse.wording import figure
from dashboards import resources
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, bold, method, money, safe

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
    left, right = st.columns(2)
    typed = left.text_input(f"Amount in {currency}", value=figure(draft.refundable))
    reason = right.selectbox(
        "Reason",
        REASONS_FOR[Verb.REFUND],
        index=None,
        format_func=lambda key: REASONS[key],
        placeholder="Choose a reason",
    )
    note = left.text_input("Note for the record", placeholder="Optional, except for goodwill")
    ticket = right.text_input(
        "Ticket", placeholder="Optional: 41; among several helpdesks zendesk:zendesk:41"
    )
    asked, problem = _amount(typed, draft.refundable, row)
    if asked:
        through = house.title(row["gateway"], row["account"])
        words = effect(acts.Refund(amount=asked), draft.refundable, row, through, invoice)
        st.markdown(bold(words, asked))
    else:
        st.markdown(f":red[{safe(problem)}]")
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
        result = carry_out(house.desk, command, person.actor)
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


def _amount(typed: str | None, refundable: Money, row: Row) -> tuple[Money | None, str]:
    try:
        act = inputs.read(Verb.REFUND, {"amount": typed or ""}, refundable, row)
    except Terminal as cause:
        return None, str(cause)
    return acts.amount_of(act), ""


def _standing(row: Row, draft: _Draft) -> str:
    of = money(row, "amount_minor")
    if draft.refundable == of:
        return f"{of} paid by {safe(method(row))}, all of it refundable"
    return f"{of} paid by {safe(method(row))}, {draft.refundable} refundable now"
