"""The screens' entry point: `streamlit run dashboards/app.py -- --config billhouse.toml`.

Settings first, then who is signed in, then the pages that their role may see. Errors are said in words.
"""

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from billing.errors import BillhouseError, ConfigError
from dashboards import access, frame, resources
from dashboards.resources import House
from dashboards.views import (
    activity,
    approvals,
    audit_log,
    disputes,
    documents,
    helpdesks,
    invoices,
    look_up,
    recurring,
    revenue,
    tax,
)


def main() -> None:
    """Run the page that the address names, or say why it cannot be shown."""
    st.set_page_config(page_title="Billhouse", page_icon=":material/receipt_long:", layout="wide")
    st.html(frame.STYLE)
    try:
        house = resources.house()
    except ConfigError as cause:
        st.error(f"Billhouse cannot start.\n\n{cause}")
        return
    person = access.require_person(house.settings)
    pages = []
    if person.may("look_up"):
        pages.append(
            st.Page(
                lambda: look_up.show(house, person),
                title="Look up",
                icon=":material/search:",
                default=True,
            )
        )
    if person.may("look_up") or person.may("approve"):
        pages.append(
            st.Page(
                lambda: approvals.show(house, person),
                title=approvals.title(house, person),
                url_path="approvals",
                icon=":material/approval:",
            )
        )
    if person.may("read_finance"):
        pages += _finance(house, person)
    if person.may("read_audit"):
        pages.append(
            st.Page(
                lambda: helpdesks.show(house, person),
                title="Helpdesks",
                url_path="helpdesks",
                icon=":material/support_agent:",
            )
        )
        pages.append(
            st.Page(
                lambda: activity.show(house, person),
                title="Activity",
                url_path="activity",
                icon=":material/list_alt:",
            )
        )
        pages.append(
            st.Page(
                lambda: audit_log.show(house, person),
                title="Audit log",
                url_path="audit-log",
                icon=":material/history:",
            )
        )
    if not pages:
        st.info(f"The role {person.role_name} opens no page here. Ask an administrator.")
        return
    try:
        st.navigation(pages, position="top").run()
    except BillhouseError as cause:
        st.error(str(cause))


def _finance(house: House, person: access.Person) -> list[StreamlitPage]:
    pages = (
        ("Revenue", "revenue", ":material/payments:", revenue.show),
        ("Recurring", "recurring-revenue", ":material/autorenew:", recurring.show),
        ("Invoices", "invoices", ":material/receipt:", invoices.show),
        ("Documents", "documents", ":material/description:", documents.show),
        ("Tax", "tax", ":material/account_balance:", tax.show),
        ("Disputes", "disputes", ":material/gavel:", disputes.show),
    )
    return [
        st.Page(partial(show, house, person), title=title, url_path=path, icon=icon)
        for title, path, icon, show in pages
    ]


main()
