"""The dialog that sends a document again: to which address, why, and the outcome in words.

The asking's id is made when the dialog opens and kept until it has an outcome, so a second click is the same.
"""

from dataclasses import dataclass

import streamlit as st

from actions import mailing
from billing.errors import BillhouseError
from billing.ids import email_key, new_action_id
from dashboards import resources
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import safe
from invoices.register import Entry

_DRAFT = "resend_draft"
_OUTCOME = "resend_outcome"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A document that somebody is about to send again."""

    asking: str
    document_id: int


def show(person: Person, one: Entry) -> None:
    """Show the button for a document, its dialog once it was pressed, and what came of it."""
    st.button("Send again…", key=f"resend-{one.id}", on_click=_begin, args=(one.id,))
    draft: _Draft | None = st.session_state.get(_DRAFT)
    if draft and draft.document_id == one.id:
        _dialog(person, one)


def show_outcome() -> None:
    """Show, once, what became of what was confirmed a moment ago."""
    if words := st.session_state.pop(_OUTCOME, None):
        st.success(safe(words), icon=":material/check:")


def _begin(document_id: int) -> None:
    st.session_state[_DRAFT] = _Draft(new_action_id(), document_id)


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)


@st.dialog("Send again", on_dismiss=_forget)
def _dialog(person: Person, one: Entry) -> None:
    house = resources.house()  # as it is now: this part reruns alone, and roles may have changed meanwhile
    draft: _Draft = st.session_state[_DRAFT]
    own = one.issued.buyer.email
    typed = st.text_input("To another address", key="resend-to", placeholder=f"Optional: else {own}")
    to = (typed or "").strip() or own
    reason = st.text_input("Reason", key="resend-reason", placeholder="Who asked for it, and how?")
    st.markdown(f"**{safe(one.issued.label)}** goes to **{safe(to)}** as it was issued, with the next run.")
    if email_key(to) != email_key(own):
        st.warning(f"The document's own address is {safe(own)}. Be sure that they may see this bill.")
    with st.container(horizontal=True):
        ready = bool((reason or "").strip())
        sure = st.button(
            f"Send to {safe(to)}", type="primary", disabled=not ready, key=f"resend-now-{draft.asking}"
        )
        if st.button("Send nothing", key="resend-keep"):
            _forget()
            st.rerun()
    if sure:
        _carry_out(house, person, one, draft.asking, to, reason or "")


def _carry_out(house: House, person: Person, one: Entry, asking: str, to: str, reason: str) -> None:
    label = one.issued.label
    try:
        mailing.send_again(house.engine, house.settings, label, to, reason, person.actor, asking)
    except BillhouseError as cause:
        st.error(safe(str(cause)))
        return
    st.session_state[_OUTCOME] = f"On record: {label} goes to {to} with the next run."
    _forget()
    st.rerun()
