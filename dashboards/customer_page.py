"""One customer on one page. Left: who, what is wrong, what they have. Right: what happened, in tabs."""

from collections.abc import Callable

import streamlit as st

from actions.notices import Notice, notices
from actions.overlay import lay_over
from actions.store import recent
from billing.ids import GatewayRef
from billing.verbs import ObjectKind, Verb
from billing.warehouse.customers import CustomerPage
from billing.warehouse.lookup import Match
from billing.warehouse.wording import renewal
from dashboards import (
    action_dialog,
    action_menu,
    charge_list,
    document_detail,
    listings,
    mail_card,
    person_card,
    refund_dialog,
)
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import DASH, Row, amount, day, link, money, period, pill, safe
from invoices import register
from invoices.register import Entry

_SHOW = {"error": st.error, "warning": st.warning, "info": st.info}


def show(house: House, person: Person, page: CustomerPage, match: Match, snapshot: str) -> None:
    """Show the page; `snapshot` names the published copy that it was read from."""
    refs = [GatewayRef(c["gateway"], c["account"], c["charge_id"]) for c in page.charges]
    page, charges = lay_over(page, recent(house.engine, refs, [Verb.REFUND]))
    with st.container(key="page"):
        refund_dialog.show_outcome()
        action_dialog.show_outcome()
        left, right = st.columns([1, 2.3], gap="medium")
        with left:
            _identity(house, person, page.customer, match, snapshot)
            others: list[Row] = []
            if page.customer["customer_ref"]:
                others = person_card.show(house, person, page.customer, page.others)
            mail_card.show(house, person, [row["email"] for row in (page.customer, *others)])
            for notice in notices(page, charges):
                _notice(notice)
            _subscriptions(house, person, page.subscriptions, snapshot)
            _totals(page.totals, page.customer)
        with right:
            issued = register.about(house.engine, _refs(page))
            names = ["Charges", "Invoices", "Disputes", "Documents", "Timeline"]
            each = (charges, page.invoices, page.disputes, issued, page.timeline)
            counts = [len(rows) for rows in each]
            tabs = st.tabs([f"{name} {count}" for name, count in zip(names, counts, strict=True)])
            with tabs[0]:
                charge_list.show(house, person, charges, page.invoices, snapshot)
            with tabs[1]:
                _acted(house, person, ObjectKind.INVOICE, page.invoices, snapshot, listings.invoices)
            with tabs[2]:
                _acted(house, person, ObjectKind.DISPUTE, page.disputes, snapshot, listings.disputes)
            with tabs[3]:
                _documents(house, person, issued)
            with tabs[4]:
                listings.timeline(page.timeline)


def _acted(
    house: House,
    person: Person,
    kind: ObjectKind,
    rows: list[Row],
    snapshot: str,
    table: Callable[[list[Row]], Row | None],
) -> None:
    """Show a table; the row that is chosen in it has its menu of actions below."""
    if (chosen := table(rows)) is not None:
        action_menu.show(house, person, kind, chosen, snapshot)


def _documents(house: House, person: Person, issued: list[Entry]) -> None:
    """Show what we issued; the one that is chosen has its files below, and can be sent again."""
    if (chosen := listings.documents([one.as_row() for one in issued])) is not None:
        document_detail.show(house, person, next(one for one in issued if one.id == chosen["id"]))


def _refs(page: CustomerPage) -> list[str]:
    """Return all that a document may have been issued for."""
    parts = ((page.charges, "charge_ref"), (page.refunds, "refund_ref"), (page.invoices, "invoice_ref"))
    return [row[name] for rows, name in parts for row in rows]


def _identity(house: House, person: Person, customer: Row, match: Match, snapshot: str) -> None:
    with st.container(border=True, gap="xsmall", key="card-identity"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            name = customer["name"] or customer["email"] or "Guest"
            st.markdown(f"### {safe(name)}", anchors=False, width="content")
            is_exact = match.confidence == "exact"
            st.badge(
                match.confidence, color="green" if is_exact else "orange", help=None if is_exact else _CLAIM
            )
            if not customer["customer_ref"]:
                st.badge("guest", color="gray", help="Paid without an account at the gateway.")
        facts = [safe(customer["email"] or "no e-mail address"), safe(customer["phone"])]
        since = customer["created_at"]
        where = [
            safe(house.title(customer["gateway"], customer["account"])),
            f"since {since:%b %Y}" if since and customer["customer_ref"] else "",
            link(customer),
        ]
        lines = (" · ".join(part for part in line if part) for line in (facts, where))
        st.markdown("  \n".join(f":gray[{line}]" for line in lines))
        if customer["customer_ref"]:
            action_menu.show(house, person, ObjectKind.CUSTOMER, customer, snapshot)


_CLAIM = "Who writes may not be who pays. Confirm something only this customer knows before money moves."


def _notice(notice: Notice) -> None:
    _SHOW[notice.level](f"**{safe(notice.title)}**  \n{safe(notice.words)}")


def _subscriptions(house: House, person: Person, rows: list[Row], snapshot: str) -> None:
    with st.container(border=True, gap="xsmall", key="card-subscriptions"):
        _heading("Subscriptions")
        if not rows:
            st.markdown(":gray[None]")
        for row in rows:
            what, much = st.columns([3, 1.3], gap="xsmall")
            what.markdown(
                f"**{safe(row['plan_name'] or 'Plan without a name')}** {pill(row['status'])}  \n"
                f":small[:gray[{renewal(row)}]]"
            )
            much.markdown(
                amount(money(row, "amount_minor"))
                + f"  \n:small[:gray[{period(row['interval_count'], row['interval_unit'])}]]",
                text_alignment="right",
            )
            action_menu.show(house, person, ObjectKind.SUBSCRIPTION, row, snapshot)


def _totals(rows: list[Row], customer: Row) -> None:
    with st.container(border=True, gap="xsmall", key="card-totals"):
        _heading("Lifetime")
        if not rows:
            st.markdown(":gray[Nothing was charged yet]")
        for row in rows:
            much, rest = st.columns([1, 1.6], gap="xsmall")
            much.markdown(amount(money(row, "lifetime_minor")))
            rest.markdown(
                f":small[:gray[{_counted(row['charge_count'])}, {money(row, 'refunded_minor')} refunded]]  \n"
                f":small[:gray[{day(row['first_charge_at'])} to {day(row['last_charge_at'])}]]",
                text_alignment="right",
            )
        _heading("Tax id and address")
        tax = safe(customer["tax_id"]) or DASH
        status = f" {pill(customer['tax_id_status'])}" if customer["tax_id_status"] else ""
        place = ["address_line1", "address_postal_code", "address_city", "address_country"]
        address = ", ".join(safe(customer[part]) for part in place if customer[part])
        st.markdown(f"{tax}{status}" + (f"  \n:small[:gray[{address}]]" if address else ""))


def _counted(charges: int) -> str:
    return "1 charge" if charges == 1 else f"{charges} charges"


def _heading(words: str) -> None:
    st.markdown(f":small[:gray[**{words}**]]")
