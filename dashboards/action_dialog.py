"""The dialog of an act: what it needs, why, what will happen in one sentence, and the outcome in words.

The action's id is made when the dialog opens and kept until it has an outcome, so a second click, a rerun or a
second tab's resend is the same action. Nothing here decides: `actions.service` does.
"""

import streamlit as st

from actions.acts import Act, amount_of
from actions.commands import Command
from actions.drafts import Draft, begin, carry_out, label, look, seen
from actions.effects import effect
from actions.outcomes import ActionResult
from billing.ids import GatewayRef, new_action_id
from billing.verbs import FACTS, REASONS, REASONS_FOR, ObjectKind, Verb
from billing.vocabulary import ActionStatus
from dashboards import action_fields, resources
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, bold, safe

_DRAFT = "action_draft"
_OUTCOME = "action_outcome"


def open_for(kind: ObjectKind, target: GatewayRef, verb: Verb, _row: Row) -> None:
    """Begin an act, with what the gateway says is possible now."""
    st.session_state[_DRAFT] = begin(resources.house().desk, kind, target, verb)


def show(person: Person, target: GatewayRef, row: Row, snapshot: str) -> None:
    """Show the dialog if an act on this object was begun; it stays through any rerun until it is closed."""
    draft: Draft | None = st.session_state.get(_DRAFT)
    if draft and draft.target == target:
        st.dialog(FACTS[draft.verb].title, width="medium", on_dismiss=_forget)(_dialog)(person, row, snapshot)


def show_outcome() -> None:
    """Show, once, what became of the act that was confirmed a moment ago."""
    result: ActionResult | None = st.session_state.pop(_OUTCOME, None)
    if result is None:
        return
    say = {ActionStatus.SUCCEEDED: st.success, ActionStatus.FAILED: st.error}.get(result.status, st.warning)
    say(safe(result.message))
    if result.url:
        st.code(result.url, language=None)


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)


def _dialog(person: Person, row: Row, snapshot: str) -> None:
    house = resources.house()  # as it is now: this part reruns alone, and roles may have changed meanwhile
    draft: Draft = st.session_state[_DRAFT]
    if draft.problem:
        st.error(safe(draft.problem))
    if not draft.is_possible:
        return
    act, problem = action_fields.ask(house, draft.verb, draft.most, row)
    reason, note, ticket = _why(draft.verb)
    if act is not None:
        _effect(house, draft, act, row)
    elif problem:
        st.markdown(f":red[{safe(problem)}]")
    with st.container(horizontal=True):
        sure = st.button(
            label(draft, act),
            type="primary",
            disabled=act is None or reason is None,
            key=f"act-now-{draft.action_id}",
        )
        keep = st.button("Leave it as it is", key="act-keep")
    if reason is None:
        st.caption("This needs a reason.")
    if keep:
        _forget()
        st.rerun()
    if sure and act is not None and reason:
        command = Command(
            draft.action_id, draft.target, act, reason, note, ticket, seen(draft, act), snapshot
        )
        _carry_out(house, person, command, draft)


def _effect(house: House, draft: Draft, act: Act, row: Row) -> None:
    words = effect(act, draft.most, row, house.title(draft.target.gateway, draft.target.account))
    st.markdown(bold(words, amount_of(act) or draft.most))


def _why(verb: Verb) -> tuple[str | None, str | None, str | None]:
    left, right = st.columns(2)
    reason = left.selectbox(
        "Reason",
        REASONS_FOR[verb],
        index=None,
        format_func=lambda key: REASONS[key],
        placeholder="Choose a reason",
    )
    ticket = right.text_input(
        "Ticket", placeholder="Optional: 41; among several helpdesks zendesk:zendesk:41"
    )
    note = st.text_input(
        "Note for the record", placeholder="Optional, except for goodwill and something else"
    )
    return reason, (note or "").strip() or None, (ticket or "").strip() or None


def _carry_out(house: House, person: Person, command: Command, draft: Draft) -> None:
    with st.spinner(f"{FACTS[draft.verb].title}; waiting for the gateway's answer…"):
        result = carry_out(house.desk, command, person.actor)
    if result.status is ActionStatus.DENIED:  # nothing was sent: the dialog stays, with fresh figures
        draft.action_id = new_action_id()
        look(house.desk, draft)
        draft.problem = result.message
        st.rerun()
    st.session_state[_OUTCOME] = result
    _forget()
    st.rerun()
