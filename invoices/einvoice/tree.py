"""A small way to write XML in schema order with lxml: names with a prefix, and what is not known is left out."""

from collections.abc import Mapping

from lxml import etree

Spaces = Mapping[str | None, str]  # prefix -> namespace; None is the one that needs no prefix


class Node:
    """An element under construction. `add` returns the child, so that trees read like trees."""

    def __init__(self, element: "etree._Element", spaces: Spaces) -> None:
        self.element = element
        self._spaces = spaces

    @classmethod
    def root(cls, name: str, spaces: Spaces) -> "Node":
        """Start a document."""
        return cls(etree.Element(_tag(name, spaces), nsmap=dict(spaces)), spaces)

    def add(self, name: str, text: str | None = None, /, **attributes: str) -> "Node":
        """Add a child, with text where given."""
        child = etree.SubElement(self.element, _tag(name, self._spaces), attributes)
        child.text = text
        return Node(child, self._spaces)

    def maybe(self, name: str, text: str | None, /, **attributes: str) -> None:
        """Add a child only if there is something to say."""
        if text:
            self.add(name, text, **attributes)

    def xml(self) -> bytes:
        """Return the document as UTF-8."""
        return bytes(etree.tostring(self.element, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _tag(name: str, spaces: Spaces) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{spaces[prefix or None]}}}{local}"
