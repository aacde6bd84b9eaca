"""What waits for a second person: who asked for what and why, and the two answers."""

from collections.abc import Callable

import streamlit as st

from actions import approvals
from actions.outcomes import ActionResult
from actions.store import Request
from billing.errors import BillhouseError
from billing.verbs import FACTS, REASONS
from billing.vocabulary import ActionStatus
from dashboards import frame
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import safe

_OUTCOME = "approval_outcome"


def show(house: House, person: Person) -> None:
    """Show the page."""
    frame.head(person, "Approvals")
    _outcome()
    waiting = approvals.waiting(house.engine)
    if not waiting:
        st.info("Nothing waits for approval. What is above somebody's limit comes here.")
    for request in waiting:
        _request(house, person, request)


def _outcome() -> None:
    result: ActionResult | None = st.session_state.pop(_OUTCOME, None)
    if result is None:
        return
    is_done = result.status in (ActionStatus.SUCCEEDED, ActionStatus.DECLINED)
    (st.success if is_done else st.warning)(safe(result.message))


def _request(house: House, person: Person, request: Request) -> None:
    ref = request.target
    is_own = request.actor.name == person.actor.name.casefold()
    with st.container(border=True, key=f"card-{request.action_id}"):
        what, answers = st.columns([4, 1.6], vertical_alignment="center")
        title = FACTS[request.verb].title + (f": {request.amount}" if request.amount else "")
        facts = [
            f"asked by {request.actor.name}",
            f"ticket {request.ticket}" if request.ticket else "",
            str(ref),
        ]
        asked = " \u00b7 ".join(safe(fact) for fact in facts if fact)
        why = REASONS[request.reason] + (f" \u2014 {request.note}" if request.note else "")
        until = f"until {request.expires_at:%d %b, %H:%M} UTC" if request.expires_at else ""
        what.markdown(
            f"**{safe(title)}** through {safe(house.title(ref.gateway, ref.account))}  \n"
            f"{safe(why)}  \n"
            f":small[:gray[{asked} \u00b7 {until}]]"
        )
        what.caption(safe(request.message or ""))
        with answers:
            if not is_own and st.button(
                "Approve", type="primary", key=f"approve-{request.action_id}", width="stretch"
            ):
                _answer(lambda: approvals.approve(house.desk, request.action_id, person.actor))
            with st.popover("Withdraw\u2026" if is_own else "Decline\u2026", width="stretch"):
                reason = st.text_input("Why", key=f"why-{request.action_id}")
                label = "Withdraw it" if is_own else "Decline it"
                if st.button(label, key=f"decline-{request.action_id}", disabled=not (reason or "").strip()):
                    _answer(
                        lambda: approvals.decline(house.desk, request.action_id, person.actor, reason or "")
                    )


def _answer(decide: Callable[[], ActionResult]) -> None:
    try:
        st.session_state[_OUTCOME] = decide()
    except BillhouseError as cause:
        st.session_state[_OUTCOME] = ActionResult("", ActionStatus.DENIED, str(cause))
    st.rerun()
