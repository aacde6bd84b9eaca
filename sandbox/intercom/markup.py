"""The HTML of Intercom's messages: what of it is kept, and how it reads as plain text."""

import html
import re

_KEPT = frozenset({"a", "b", "br", "code", "h1", "h2", "i", "img", "li", "ol", "p", "pre", "ul"})
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)\b[^>]*>")
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>|</p>|</li>|</h[12]>")


def kept(body: str) -> str:
    """Return a message as Intercom keeps it: unknown tags are gone, and all text stands in a block."""
    known = _TAG.sub(lambda tag: tag[0] if tag[1].lower() in _KEPT else "", body)
    return known if known.startswith("<") else f"<p>{known}</p>"


def from_plain(text: str) -> str:
    """Return what a person typed as a message."""
    return "<p>" + html.escape(text, quote=False).replace("\n", "<br>") + "</p>"


def plain(body: str) -> str:
    """Return a message as plain text, as `display_as=plaintext` and webhooks give it; a link is "label (url)"."""
    linked = _LINK.sub(r"\2 (\1)", body)
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", linked))).strip()
