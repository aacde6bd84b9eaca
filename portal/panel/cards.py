"""The view and its forms as cards of Intercom's Canvas Kit: texts, lists, inputs and buttons, drawn by Intercom.

Its limits are held here: 64 KB for what is shown and for what is stored, 2 to 10 options in a dropdown, bold and
links as the only markup, which nobody's text can make. Source: developers.intercom.com, "Canvas Kit", components.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from actions.inputs import Choice, Input, InputKind
from billing.errors import Terminal
from portal.panel.forms import Form
from portal.panel.model import Customer, Item, View
from portal.panel.pages import Outcome

Card = dict[str, Any]
MOST_BYTES = 64 * 1024 - 2048  # what stands around the components counts as well
MOST_OPTIONS = 10
LONGEST = 300
SHORTENED = "Shortened to what Intercom can show. Open the whole panel for the rest."
SUBMIT = {"type": "submit"}


def canvas(cards: Sequence[Card], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request of Canvas Kit, cut visibly where it would be too large.

    Raises:
        Terminal: what would be stored is too large.
    """
    if len(orjson.dumps(dict(stored))) > MOST_BYTES:
        raise Terminal("This text is too long for Intercom. Open the whole panel.")
    return {"canvas": {"content": {"components": _fitting(list(cards))}, "stored_data": dict(stored)}}


def overview(view: View, address: str, outcome: Outcome | None = None) -> list[Card]:
    """Return the first canvas: who, what is wrong, what they have, and a list of what can be opened."""
    cards: list[Card] = []
    if outcome:
        cards += [
            text(f"{outcome.title}: {outcome.words}", "error" if outcome.tone == "bad" else "paragraph")
        ]
        cards += [_input("url", "Send this address to the customer", outcome.url)] if outcome.url else []
    customer = view.customer
    if customer is None:
        cards.append(text(view.nobody))
    else:
        cards += _who(view, customer)
        for banner in customer.banners:
            cards.append(
                text(f"{banner.title}. {banner.words}", "error" if banner.tone == "bad" else "paragraph")
            )
        for section in customer.sections:
            if section.total:
                cards += _list(section.title, section.items, section.total)
        cards += [_totals(customer), *_log(customer)]
    return [*cards, text(" · ".join(filter(None, (view.as_of_words, view.behind))), "muted"), *_foot(address)]


def item(one: Item, customer_key: str) -> list[Card]:
    """Return the canvas of one object: its facts, and a button for each act."""
    cards = [text(one.title, "header"), text(one.line, "muted")] if one.line else [text(one.title, "header")]
    facts = [*((("Amount", str(one.amount)),) if one.amount else ()), *one.facts]
    facts += [("State", one.pill.words)] if one.pill else []
    if facts:
        cards.append(table(facts))
    for deed in one.deeds:
        if deed.why_not is None:
            cards.append(button(f"form|{deed.verb.value}|{one.ref}", f"{deed.title}…"))
        else:
            cards.append(text(f"{deed.title}: {deed.why_not}", "muted"))
    if not one.deeds:
        cards.append(text("Your role can do nothing here.", "muted"))
    return [*cards, button(f"show|{customer_key}", "Back", "secondary")]


def form(shown: Form, values: Mapping[str, str], customer_key: str) -> list[Card]:
    """Return the first step of an act: its inputs, the reason, and the confirmation of who the customer is."""
    cards = [text(shown.title, "header"), text(shown.about, "muted")]
    cards += [text(shown.problem, "error")] if shown.problem else []
    if shown.is_possible:
        for one in shown.inputs:
            cards += _asked(one)
        cards.append(
            _dropdown("reason", "Reason", shown.reasons, values.get("reason", ""), "Choose a reason")
        )
        cards.append(_input("note", "Note for the record", values.get("note")))
        if shown.must_confirm:
            cards.append(_check("confirmed", f"I have confirmed that this is {shown.who}", is_on=False))
        cards.append(button("check", "Continue"))
    return [*cards, button(f"show|{customer_key}", "Keep as it is", "secondary")]


def sure(shown: Form, customer_key: str) -> list[Card]:
    """Return the second step: one sentence, and the button that names the effect."""
    return [
        text(shown.title, "header"),
        text(shown.preview.words),
        button("act", shown.preview.label),
        button(f"show|{customer_key}", "Keep as it is", "secondary"),
    ]


def trouble(words: str, customer_key: str = "") -> list[Card]:
    """Return a canvas that says one thing, and leads back."""
    return [text(words, "error"), button(f"show|{customer_key}", "Show the customer", "secondary")]


def text(words: str, style: str = "paragraph") -> Card:
    """Return a text; what looks like Intercom's markup in it stays text."""
    return {"type": "text", "text": plain(words), "style": style}


def button(name: str, label: str, style: str = "primary") -> Card:
    """Return a button that submits the canvas under its own name."""
    return {"type": "button", "id": name, "label": plain(label), "style": style, "action": SUBMIT}


def table(facts: Sequence[tuple[str, str]]) -> Card:
    """Return names and values."""
    items = [{"type": "field-value", "field": name, "value": plain(value)} for name, value in facts]
    return {"type": "data-table", "items": items}


def plain(words: str) -> str:
    """Return words that make neither bold nor a link, cut at a length that a card can hold."""
    cut = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return cut.replace("**", "*\u2060*").replace("](", "]\u2060(")


def _who(view: View, customer: Customer) -> list[Card]:
    identity = customer.identity
    lines = " · ".join((*identity.lines, identity.match.words))
    cards = [text(identity.name, "header"), text(lines, "muted")]
    if identity.acts.deeds:
        cards.append(button("item|customer", "Act on this customer", "secondary"))
    others = [choice for choice in view.choices if not choice.is_shown]
    if others:
        rows = [_row(f"show|{choice.key}", choice.words, "", "") for choice in others]
        cards += [text("May also be this requester", "muted"), {"type": "list", "items": rows}]
    return cards


def _list(title: str, items: Sequence[Item], total: int) -> list[Card]:
    more = f" ({len(items)} of {total})" if total > len(items) else ""
    rows = [
        _row(
            f"item|{one.ref}",
            one.title,
            one.line,
            " · ".join(filter(None, (str(one.amount or ""), one.per, one.pill.words if one.pill else ""))),
        )
        for one in items
    ]
    return [text(f"{title}{more}", "header"), {"type": "list", "items": rows}]


def _row(name: str, title: str, line: str, more: str) -> Card:
    return {
        "type": "item",
        "id": name,
        "title": plain(title),
        "subtitle": plain(line),
        "tertiary_text": plain(more),
        "action": SUBMIT,
    }


def _totals(customer: Customer) -> Card:
    lifetime = ", ".join(str(money) for money in customer.lifetime) or "–"
    return table([("Lifetime", lifetime), ("Tax id", customer.tax[0]), ("Address", customer.address or "–")])


def _log(customer: Customer) -> list[Card]:
    if not customer.log:
        return []
    lines = [text(f"{one.when} · {one.who}: {one.words} ({one.about})", "muted") for one in customer.log]
    return [text("Done here", "header"), *lines]


def _foot(address: str) -> list[Card]:
    whole = {"type": "url", "url": address}
    return [
        button("refresh", "Refresh", "secondary"),
        {"type": "button", "id": "whole", "label": "Open the whole panel", "style": "link", "action": whole},
    ]


def _asked(one: Input) -> list[Card]:
    if one.kind in (InputKind.CHOICE, InputKind.RADIO):
        if len(one.choices) == 1 and one.value:  # a dropdown needs two options
            return [_input(one.name, one.label, one.value)]
        cut = one.choices[: MOST_OPTIONS - 1]
        cards = [_dropdown(one.name, one.label, cut, one.value, one.placeholder)]
        if len(cut) < len(one.choices):
            cards.append(text(f"The first {len(cut)} of {len(one.choices)}. {SHORTENED}", "muted"))
        return cards
    if one.kind is InputKind.CHECK:
        return [_check(one.name, one.label, is_on=bool(one.value))]
    if one.kind is InputKind.LONG_TEXT:
        return [{"type": "textarea", "id": one.name, "label": one.label, "value": one.value}]
    return [_input(one.name, one.label, one.value, one.placeholder)]


def _input(name: str, label: str, value: str | None, placeholder: str = "") -> Card:
    return {"type": "input", "id": name, "label": label, "placeholder": placeholder, "value": value or ""}


def _dropdown(name: str, label: str, choices: Sequence[Choice], value: str, placeholder: str) -> Card:
    options = [{"type": "option", "id": one.key, "text": plain(one.label)} for one in choices]
    if value not in {one.key for one in choices} or len(options) < 2:
        options.insert(0, {"type": "option", "id": "none", "text": placeholder or "Choose"})
        value = "none"
    return {"type": "dropdown", "id": name, "label": label, "options": options, "value": value}


def _check(name: str, label: str, *, is_on: bool) -> Card:
    option = {"type": "option", "id": "on", "text": plain(label)}
    return {
        "type": "checkbox",
        "id": name,
        "label": " ",
        "option": [option],
        "value": ["on"] if is_on else [],
    }


def _fitting(cards: list[Card]) -> list[Card]:
    """Drop list items from the longest list until everything fits, and say so."""
    is_cut = False
    while len(orjson.dumps(cards)) > MOST_BYTES:
        longest = max(cards, key=lambda card: len(orjson.dumps(card)))
        if longest["type"] == "list" and len(longest["items"]) > 1:
            cards[cards.index(longest)] = {**longest, "items": longest["items"][:-1]}
        else:
            cards.remove(longest)
        is_cut = True
    return [*cards, text(SHORTENED, "muted")] if is_cut else cards
