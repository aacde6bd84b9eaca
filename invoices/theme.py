"""A legal entity's look -> what templates may use of it: only plain colours, font names and data: URIs."""

import re
from dataclasses import dataclass

from invoices.snapshot import Look

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_FONT = re.compile(r"[\w][\w \-]{0,60}")
_LOGO = re.compile(r"data:image/(?:png|jpeg|svg\+xml)[;,]")


@dataclass(frozen=True, slots=True)
class Theme:
    """A colour and a font that cannot end the rule they stand in, and a logo that needs nothing from outside."""

    accent: str
    font: str
    logo: str | None


def of(look: Look) -> Theme:
    """Return a look's theme; what is not safe to print gives way to the default."""
    plain = Look()
    logo = look.logo_svg_or_png
    return Theme(
        accent=look.accent if _COLOUR.fullmatch(look.accent) else plain.accent,
        font=look.font if _FONT.fullmatch(look.font) else plain.font,
        logo=logo if logo and _LOGO.match(logo) else None,
    )
