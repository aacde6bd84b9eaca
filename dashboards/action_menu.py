"""The menu of what can be done to an object: a button each, greyed with its reason where it cannot be done now."""

import streamlit as st

from actions.offers import Offer, offers, permitted
from billing.ids import GatewayRef
from billing.verbs import FACTS, ObjectKind, Verb
from dashboards import action_dialog
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, safe

_HAS_ITS_OWN = frozenset({Verb.REFUND})  # the refund stands as a button of its own beside the charge


def show(house: House, person: Person, kind: ObjectKind, row: Row, snapshot: str) -> None:
    """Show the menu of an object, and the dialog of the act that was begun there; nothing to who may do none."""
    ref = GatewayRef(row["gateway"], row["account"], row[f"{kind.value}_id"])
    found = permitted(offers(kind, row), person.may)
    found = [offer for offer in found if offer.verb not in _HAS_ITS_OWN]
    if not found or (ref.gateway, ref.account) not in house.desk.gateways:
        return
    with st.popover("Actions", icon=":material/bolt:", key=f"actions-{ref}"):
        for offer in sorted(found, key=lambda one: one.why_not is not None):
            _button(offer, kind, ref, row)
    action_dialog.show(person, ref, row, snapshot)


def _button(offer: Offer, kind: ObjectKind, ref: GatewayRef, row: Row) -> None:
    st.button(
        f"{FACTS[offer.verb].title}…",
        key=f"{offer.verb.value}-{ref}",
        width="stretch",
        disabled=offer.why_not is not None,
        help=safe(offer.why_not) if offer.why_not else None,
        on_click=action_dialog.open_for,
        args=(kind, ref, offer.verb, row),
    )
