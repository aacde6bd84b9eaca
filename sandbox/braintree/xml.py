"""Braintree's XML: typed elements with hyphens out, what the SDKs send in."""

from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.state import Json

# What the elements of an array are called; `item` where nothing is said.
_ITEMS = {
    "add-ons": "add-on",
    "addresses": "address",
    "credit-cards": "credit-card",
    "discounts": "discount",
    "disputes": "dispute",
    "evidence": "evidence",
    "line-items": "line-item",
    "plans": "plan",
    "records": "record",
    "transactions": "transaction",
}


def render(tag: str, value: Any) -> bytes:
    """Return a document with one root element."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + element(tag, value).encode()


def element(tag: str, value: Any, inside: str = "") -> str:
    """Return one element. Keys that begin with _ are the sandbox's own and stay out.

    Texts get their type by their name, as the gateway's do: "...-at" is a moment, "...-date" a day.
    """
    if value is None:
        return f'<{tag} nil="true"/>'
    if isinstance(value, bool):
        return f'<{tag} type="boolean">{str(value).lower()}</{tag}>'
    if isinstance(value, int):
        return f'<{tag} type="integer">{value}</{tag}>'
    if isinstance(value, list):
        name = _item(tag, inside)
        return f'<{tag} type="array">{"".join(element(name, one, tag) for one in value)}</{tag}>'
    if isinstance(value, dict):
        return f"<{tag}>{children(value, tag)}</{tag}>"
    return f"<{tag}{_text_type(tag)}>{escape(str(value))}</{tag}>"


def children(value: Json, inside: str = "") -> str:
    """Return an object's elements without one around them."""
    return "".join(element(key, one, inside) for key, one in value.items() if not key.startswith("_"))


def parse(body: bytes) -> Json:
    """Read a request: {root: contents}, names with underscores, arrays as lists, all else as texts.

    Raises:
        ValueError: it is not XML.
    """
    if not body.strip():
        return {}
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - our own tests and pipelines send it
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    return {_name(root): _read(root)}


def _read(node: ElementTree.Element) -> Any:
    if node.get("type") == "array":
        return [_read(child) for child in node]
    if len(node):
        return {_name(child): _read(child) for child in node}
    text = node.text or ""
    return text == "true" if node.get("type") == "boolean" else text


def _name(node: ElementTree.Element) -> str:
    return node.tag.replace("-", "_")


def _item(tag: str, inside: str) -> str:
    if tag == "status-history":
        return "status-history" if inside == "dispute" else "status-event"
    return _ITEMS.get(tag, "item")


def _text_type(tag: str) -> str:
    if tag.endswith("-at") or tag == "timestamp":
        return ' type="datetime"'
    if tag.endswith("-date") or tag.startswith("date-"):
        return ' type="date"'
    return ""
