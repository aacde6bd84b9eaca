"""The same person's other customers: a switch between them, how each was matched, links and unlinks by hand."""

from collections.abc import Sequence

import streamlit as st

from actions import linking
from billing.errors import BillhouseError
from billing.store import people as said
from billing.store.engine import transaction
from billing.warehouse import lookup, people
from dashboards import resources
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, safe

_DRAFT = "person_draft"
_OUTCOME = "person_outcome"
_MOST = 20


def show(house: House, person: Person, customer: Row, known: Sequence[Row]) -> list[Row]:
    """Show who else this customer is, and return them; a role that may `link` can change it."""
    ref, may = customer["customer_ref"], person.may("link")
    with transaction(house.engine) as connection:
        statements = said.statements(connection, ref)
    others = people.lay_over(known, statements, ref, house.reader)
    if words := st.session_state.pop(_OUTCOME, None):
        st.success(safe(words), icon=":material/check:")
    if not others and not may:
        return others
    with st.container(border=True, gap="xsmall", key="card-person"):
        st.markdown(":small[:gray[**Also the same person**]]" if others else ":small[:gray[**Same person**]]")
        if not others:
            st.markdown(":gray[No other customer is known]")
        for other in others:
            _other(house, other, may)
        if may:
            st.button("Link another customer…", key="link-another", on_click=_begin, args=(None,))
    if may and _DRAFT in st.session_state:
        _dialog(person, customer, [row["customer_ref"] for row in others])
    return others


def _other(house: House, other: Row, may: bool) -> None:
    who, act = st.columns([3, 2.2], gap="xsmall", vertical_alignment="center")
    name = other["name"] or other["email"] or other["customer_id"]
    where = house.title(other["gateway"], other["account"])
    color = "green" if other["source"] in ("agent", "explicit_id") else "orange"
    who.markdown(
        f"**{safe(name)}** :gray[{safe(where)}]  \n:{color}-badge[{safe(people.how(other))}] "
        f":small[:gray[{safe(other['email'] or '')}]]"
    )
    with act, st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        ref = other["customer_ref"]
        st.button("Open", key=f"switch-{ref}", on_click=_switch, args=(ref,), help=f"Open {safe(name)}")
        if may:
            st.button("Unlink…", key=f"unlink-{ref}", on_click=_begin, args=(other,))


def _switch(customer_ref: str) -> None:
    st.query_params.pop("guest", None)
    st.query_params["customer"] = customer_ref


def _begin(other: Row | None) -> None:
    st.session_state[_DRAFT] = other


def _forget() -> None:
    st.session_state.pop(_DRAFT, None)


@st.dialog("Who is who", on_dismiss=_forget)
def _dialog(person: Person, customer: Row, linked: Sequence[str]) -> None:
    house = resources.house()  # as it is now: this part reruns alone, and roles may have changed meanwhile
    taken_out: Row | None = st.session_state[_DRAFT]
    chosen = taken_out or _choose(house, customer["customer_ref"], linked)
    if taken_out:
        st.markdown(
            f"**{safe(taken_out['name'] or taken_out['email'])}** is somebody else than "
            f"**{safe(customer['name'] or customer['email'])}**, whatever e-mail address they share. "
            "Their bills are no longer shown together. No money moves."
        )
    reason = st.text_input("Reason", key="person-reason", placeholder="How do you know?")
    with st.container(horizontal=True):
        label = "Unlink" if taken_out else "Link"
        ready = chosen is not None and bool((reason or "").strip())
        sure = st.button(label, type="primary", disabled=not ready, key="person-now")
        if st.button("Keep as it is", key="person-keep"):
            _forget()
            st.rerun()
    if sure and chosen:
        _carry_out(house, person, customer["customer_ref"], chosen, reason or "", is_link=taken_out is None)


def _choose(house: House, me: str, linked: Sequence[str]) -> Row | None:
    typed = st.text_input(
        "The other customer", key="person-typed", placeholder="E-mail, name, customer or charge id"
    )
    found = {
        match.customer_ref: match
        for match in lookup.find(house.reader, typed or "", _MOST)
        if match.customer_ref and match.customer_ref not in (me, *linked)
    }
    if not found:
        if (typed or "").strip():
            st.caption("No other customer is found by that.")
        return None
    ref = st.selectbox(
        "Which one",
        list(found),
        format_func=lambda r: f"{found[r].name or found[r].email or r} · {found[r].email or ''} · {r}",
        key="person-which",
    )
    return {"customer_ref": ref} if ref else None


def _carry_out(house: House, person: Person, me: str, other: Row, reason: str, *, is_link: bool) -> None:
    act = linking.link if is_link else linking.unlink
    try:
        act(house.engine, house.settings, house.reader, me, other["customer_ref"], reason, person.actor)
    except BillhouseError as cause:
        st.error(safe(str(cause)))
        return
    said_so = "are one person" if is_link else "are not one person"
    st.session_state[_OUTCOME] = f"On record: {me} and {other['customer_ref']} {said_so}."
    _forget()
    st.rerun()
