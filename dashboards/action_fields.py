"""Draws the inputs that an act needs (`actions.inputs` says which); what is typed becomes an act, or a question."""

import streamlit as st

from actions import inputs
from actions.acts import Act
from actions.inputs import Input, InputKind
from billing.errors import Terminal
from billing.money import Money
from billing.verbs import Verb
from dashboards.resources import House
from dashboards.wording import Row


def ask(house: House, verb: Verb, most: Money | None, row: Row) -> tuple[Act | None, str]:
    """Show the inputs of a verb and return the act, or None and what is still missing."""
    typed = {one.name: _draw(one) for one in inputs.inputs(house.reader, verb, most, row)}
    try:
        return inputs.read(verb, typed, most, row), ""
    except Terminal as cause:
        return None, str(cause)


def _draw(one: Input) -> str:
    names = {choice.key: choice.label for choice in one.choices}
    keys = list(names)
    match one.kind:
        case InputKind.LONG_TEXT:
            return st.text_area(one.label, value=one.value, height=160) or ""
        case InputKind.NUMBER:
            value = st.number_input(one.label, min_value=one.lowest, value=int(one.value), step=1)
            return str(int(value))
        case InputKind.CHECK:
            return "on" if st.checkbox(one.label, value=bool(one.value)) else ""
        case InputKind.CHOICE:
            index = keys.index(one.value) if one.value in names else None
            placeholder = one.placeholder or None
            return (
                st.selectbox(
                    one.label, keys, index=index, format_func=lambda key: names[key], placeholder=placeholder
                )
                or ""
            )
        case InputKind.RADIO:
            labels = list(names.values())
            pressed = st.radio(one.label, labels, index=keys.index(one.value), horizontal=True)
            return keys[labels.index(pressed)]
        case _:
            return st.text_input(one.label, value=one.value, placeholder=one.placeholder or None) or ""
