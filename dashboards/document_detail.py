"""One issued document: what it says, why it was issued, its files to download."""

import streamlit as st

from billing.store.clocktext import from_text
from dashboards import resend_dialog
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import amount, minute, safe, spaced
from invoices import copies
from invoices.register import Entry, State


def show(house: House, person: Person, one: Entry) -> None:
    """Show the document with its files; they are fetched, or made anew from the snapshot, when somebody asks.

    A role that may `mail` can send it again.
    """
    issued, row = one.issued, one.as_row()
    resend_dialog.show_outcome()
    with st.container(border=True, gap="xsmall", key="card-document"):
        st.markdown(f"**{safe(issued.label)}** · {safe(spaced(issued.kind))} · {amount(one.amount)}")
        facts = {
            "Issued": minute(from_text(issued.issued_at)),
            "To": issued.buyer.email,
            "By": issued.seller.name,
            "For": row["charge_ref"],
            "Corrects": issued.corrects_label,
            "Why": issued.why,
            "Mail": one.state,
            "Problem": one.problem,
        }
        st.markdown("  \n".join(f":gray[{name}] {safe(value)}" for name, value in facts.items() if value))
        if one.state is State.INVALID:  # no file of it leaves the house
            return
        with st.container(horizontal=True):
            _download(house, one, "pdf", "application/pdf")
            if issued.kind.is_tax_document:
                _download(house, one, "cii", "application/xml")
                _download(house, one, "ubl", "application/xml")
            if person.may("mail"):
                resend_dialog.show(person, one)


_WORDS = {"pdf": "Download PDF", "cii": "Factur-X XML", "ubl": "UBL XML"}


def _download(house: House, one: Entry, form: copies.Form, mime: str) -> None:
    label = one.issued.label
    st.download_button(
        _WORDS[form],
        lambda: copies.of(house.settings, house.engine, one.id, form),
        f"{label}.pdf" if form == "pdf" else f"{label}-{form}.xml",
        mime,
        on_click="ignore",
        key=f"{form}-{one.id}",
    )
