"""Look up: what an agent types -> one customer's page, or the list of those it may mean.

The address keeps both: `q` is what was typed, `customer` (or `guest`, a charge) which of the results is open.
"""

from functools import partial

import streamlit as st

from billing.store import document_labels
from billing.warehouse import customers
from billing.warehouse.lookup import Match, find
from dashboards import customer_page, frame
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import pill, safe

LIMIT = 50


def show(house: House, person: Person) -> None:
    """Show the page."""
    search, chip, who = st.columns([5, 2, 1.2], vertical_alignment="center")
    with search:
        typed = st.text_input(
            "Find a customer",
            key="q",
            bind="query-params",
            type="search",
            placeholder="E-mail, name, charge or customer id, invoice number, last four digits",
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=_close,
        )
    with chip, st.container(horizontal=True, horizontal_alignment="right"):
        snapshot = frame.as_of(house)
    with who, st.container(horizontal=True, horizontal_alignment="right"):
        frame.account_menu(person)
    frame.warn_behind(house)
    if snapshot is None:
        st.info(
            "Nothing is published yet. The first load may still be running; this page works once it is done."
        )
        return
    matches = find(house.reader, typed or "", LIMIT, documents=document_labels.reader(house.engine))
    if (match := _opened(matches)) is not None:
        _page(house, person, match, snapshot)
    elif not (typed or "").strip():
        st.caption(
            "Type an e-mail address, part of a name, the id of a charge, refund, invoice, subscription or "
            "customer, the number of an invoice or another document, or a card's last four digits."
        )
    elif matches:
        _results(house, matches)
    else:
        st.info(
            f"Nobody matches {safe(typed)}. Names match in part, everything else must be whole. "
            "A customer of the last minutes may be newer than the published copy."
        )


def _opened(matches: list[Match]) -> Match | None:
    """Return the match that the address names, or the only one there is."""
    wanted = (st.query_params.get("customer"), st.query_params.get("guest"))
    if wanted == (None, None):
        return matches[0] if len(matches) == 1 else None
    customer_ref, guest = wanted
    for match in matches:
        if (match.customer_ref or None, None if match.customer_ref else match.charge_ref) == wanted:
            return match
    return Match(customer_ref, "", "", None, None, "link", "opened by link", guest)


def _page(house: House, person: Person, match: Match, snapshot: str) -> None:
    if match.customer_ref:
        page = customers.page(house.reader, match.customer_ref)
    else:
        page = customers.guest_page(house.reader, match.charge_ref or "")
    customer_page.show(house, person, page, match, snapshot)


def _results(house: House, matches: list[Match]) -> None:
    count = f"the first {LIMIT}" if len(matches) == LIMIT else str(len(matches))
    st.markdown(f"**{count} customers** :gray[· {safe(matches[0].confidence)} · choose one]")
    with st.container(border=True, gap="xsmall", key="card-results"):
        for number, match in enumerate(matches):
            if number:
                st.divider()
            who, where, how, action = st.columns([4, 2.2, 2.2, 1], vertical_alignment="center")
            name = match.name or "Guest"
            who.markdown(f"**{safe(name)}**  \n:small[:gray[{safe(match.email or 'no e-mail address')}]]")
            where.markdown(
                safe(house.title(match.gateway, match.account))
                + ("" if match.customer_ref else "  \n:small[:gray[guest]]")
            )
            how.markdown(pill("matched", match.confidence))
            action.button(
                "Open",
                key=f"open-{match.customer_ref or match.charge_ref}",
                help=f"Open {safe(match.name or match.email or name)}",
                on_click=partial(_open, match),
                width="stretch",
            )


def _open(match: Match) -> None:
    if match.customer_ref:
        st.query_params["customer"] = match.customer_ref
    else:
        st.query_params["guest"] = match.charge_ref or ""


def _close() -> None:
    for name in ("customer", "guest"):
        st.query_params.pop(name, None)
