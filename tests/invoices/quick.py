"""Documents whose sums agree, put straight into the store, and a press that prints at once, to test delivery."""

from typing import Any

from sqlalchemy import Engine

from invoices.render import Press
from invoices.snapshot import Kind
from tests.invoices import by_hand
from tests.invoices.issued import issued


class CountingPress(Press):
    """Prints a line of text, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.printed: list[str] = []

    def pdfs(self, pairs: Any) -> list[Any]:
        self.printed += [one.label for one, _ in pairs]
        return [b"%PDF " + one.label.encode() + (xml or b"") for one, xml in pairs]


def keep(engine: Engine, label: str, kind: Kind, **changed: Any) -> int:
    """Put a document and its letter into the store; return the document's id."""
    whole = issued(kind, **{"label": label, "object_ref": f"o:{label}"} | changed)
    values = {name: getattr(whole, name) for name in type(whole).model_fields}
    return by_hand.keep(engine, values.pop("label"), values.pop("kind"), **values)
