"""Braintree's XML as JSON, faithfully: element names as sent, values typed as their `type` attribute says.

<amount>9.30</amount>                             "amount": "9.30"          a text, also where it is a decimal
<created-at type="datetime">...Z</created-at>     "created-at": "...Z"      moments and days as sent
<count type="integer">3</count>                   "count": 3
<recurring type="boolean">true</recurring>        "recurring": true
<order-id nil="true"/>                            "order-id": null
<company></company>                               "company": ""
<refund-ids type="array"><item>a</item></...>     "refund-ids": ["a"]       an array's items lose their name
<page type="collection"><x/><size/></page>        "page": {"x": [...], ...} what may repeat is a list, always
<customer><id>1</id></customer>                   "customer": {"id": "1"}
"""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

Json = dict[str, Any]


class BrokenXml(ValueError):
    """An answer that is not XML, or not what its types say."""


def document(text: str) -> tuple[str, Any]:
    """Return the root element's name and its contents.

    Raises:
        BrokenXml: the text is not XML, or a typed value does not fit its type.
    """
    root = _parsed(text)
    return root.tag, _value(root)


def members(text: str, name: str) -> list[Json]:
    """Return the root element's children of one name, as a page of a search holds them.

    Raises:
        BrokenXml: see `document`.
    """
    return [_value(child) for child in _parsed(text) if child.tag == name]


def _parsed(text: str) -> ElementTree.Element:
    if "<!DOCTYPE" in text[:1000]:  # never sent by Braintree; HTML pages and entity tricks begin so
        raise BrokenXml("a document type is not expected")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - no document type, so there are no entities to expand
    except ElementTree.ParseError as cause:
        raise BrokenXml(str(cause)) from None


def _value(node: ElementTree.Element) -> Any:
    kind = node.get("type")
    if node.get("nil") == "true":
        return None
    if kind == "array":
        return [_value(child) for child in node]
    if len(node):
        return dict(_children(node, is_collection=kind == "collection"))
    text = node.text or ""
    if kind == "integer":
        try:
            return int(text)
        except ValueError:
            raise BrokenXml(f"<{node.tag}> is no whole number") from None
    if kind == "boolean":
        return text in ("true", "1")
    return text


def _children(node: ElementTree.Element, *, is_collection: bool) -> Iterator[tuple[str, Any]]:
    found: dict[str, list[Any]] = {}
    for child in node:
        found.setdefault(child.tag, []).append(_value(child))
    for name, values in found.items():
        yield (
            name,
            values if len(values) > 1 or (is_collection and isinstance(values[0], dict)) else values[0],
        )
