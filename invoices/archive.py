"""Issued documents and their PDFs: <var>/documents/<sha256>.pdf, written once, found again by content hash."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from billing.errors import NotFound
from billing.store import transaction
from billing.store.tables import documents
from invoices.render import NotPrinted, Press
from invoices.snapshot import Receipt

FOLDER = "documents"


@dataclass(frozen=True, slots=True)
class Document:
    """An issued document; `content_sha256` names its PDF once that was made."""

    id: int
    label: str
    email: str
    receipt: Receipt
    content_sha256: str | None


def load(engine: Engine, document_ids: Sequence[int]) -> list[Document]:
    """Return issued documents, oldest first.

    Raises:
        NotFound: one of them does not exist.
    """
    query = select(documents).where(documents.c.id.in_(document_ids)).order_by(documents.c.id)
    with transaction(engine) as connection:
        rows = connection.execute(query).mappings().all()
    if len(rows) != len(set(document_ids)):
        missing = sorted(set(document_ids) - {row["id"] for row in rows})
        raise NotFound(f"No document {missing[0]} in the store.")
    return [
        Document(
            row["id"],
            row["label"],
            row["email"],
            Receipt.model_validate_json(row["snapshot"]),
            row["content_sha256"],
        )
        for row in rows
    ]


def pdfs(
    engine: Engine, var: Path, wanted: Sequence[Document], press: Press
) -> dict[int, bytes | NotPrinted]:
    """Return document id -> PDF: the stored file where its hash still holds, else made from the snapshot."""
    found: dict[int, bytes | NotPrinted] = {}
    for document in wanted:
        content = _stored(var, document.content_sha256)
        if content is not None:
            found[document.id] = content
    absent = [document for document in wanted if document.id not in found]
    made = press.pdfs([document.receipt for document in absent])
    for document, printed in zip(absent, made, strict=True):
        found[document.id] = printed
        if isinstance(printed, bytes):
            _keep(engine, var, document, printed)
    return found


def _stored(var: Path, digest: str | None) -> bytes | None:
    if digest is None:
        return None
    try:
        content = (var / FOLDER / f"{digest}.pdf").read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def _keep(engine: Engine, var: Path, document: Document, content: bytes) -> None:
    """Write the file whole, under its hash, and only then name it in the store."""
    digest = hashlib.sha256(content).hexdigest()
    folder = var / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(handle.name, folder / f"{digest}.pdf")
    with transaction(engine) as connection:
        connection.execute(
            documents.update().where(documents.c.id == document.id).values(content_sha256=digest)
        )
