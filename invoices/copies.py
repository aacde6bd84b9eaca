"""The files of an issued document for whoever asks: as they were delivered, else made anew from its snapshot."""

from typing import Literal

from sqlalchemy import Engine

from billing.errors import Terminal
from billing.settings import Settings
from invoices import archive, einvoice, render

Form = Literal["pdf", "cii", "ubl"]
"""PDF and CII as they were mailed; UBL, EN 16931's other syntax, is written when somebody asks."""


def of(settings: Settings, engine: Engine, document_id: int, form: Form) -> bytes:
    """Return a document as a file.

    Raises:
        NotFound: there is no such document.
        Terminal: it has no such form (receipts are no structured invoices), or it cannot be made or is not valid.
        Transient: the storage does not answer.
    """
    (document,) = archive.load(engine, [document_id])
    issued = document.issued
    if form != "pdf" and not issued.kind.is_tax_document:
        kind = issued.kind.replace("_", " ")
        raise Terminal(
            f"{issued.label} is a {kind}: only invoices and credit notes are structured invoices too."
        )
    with render.press() as press:
        made = archive.files(engine, archive.storage(settings), [document], press)[document_id]
    if isinstance(made, Terminal):
        raise made
    if form == "pdf":
        return made.pdf
    structured = made.xml if form == "cii" else archive.structured(issued, einvoice.ubl)
    if isinstance(structured, Terminal):
        raise structured
    assert structured is not None, "every tax document has its structured form"
    return structured
