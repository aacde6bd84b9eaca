"""Issued documents and their files, written once and found again by content hash.

Files lie at an fsspec URL as <sha256>.pdf and <sha256>.xml. What is lost or damaged is made anew from the snapshot.
An invoice or credit note whose XML breaks a rule of EN 16931 has no file: its row says which rule.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import fsspec.core
from sqlalchemy import Engine, select

from billing.errors import ConfigError, NotFound, Terminal, Transient
from billing.settings_model import Settings
from billing.store import transaction
from billing.store.tables import documents
from invoices import einvoice
from invoices.einvoice import NotValid
from invoices.render import NotPrinted, Press
from invoices.snapshot import Issued

FOLDER = "documents"


@dataclass(frozen=True, slots=True)
class Document:
    """An issued document. The hashes name its files once they were made; `problem` is why it is held back."""

    id: int
    label: str
    email: str
    issued: Issued
    snapshot_sha256: str
    content_sha256: str | None
    xml_sha256: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """What a document is delivered as; the XML, which tax documents have, is inside the PDF as well."""

    pdf: bytes
    xml: bytes | None


class Storage:
    """A folder or bucket, by fsspec URL: "/srv/documents", "file:///srv/documents", "s3://bucket/documents".

    Raises:
        ConfigError: the URL is not understood, or the driver of its protocol is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except ImportError as cause:
            raise ConfigError(
                f"documents.storage: {url} needs a driver ({cause}). Install it with pip."
            ) from cause
        except ValueError as cause:
            raise ConfigError(f"documents.storage: {url} is no URL that fsspec knows ({cause}).") from cause
        self._url = url

    def read(self, digest: str | None, ending: str) -> bytes | None:
        """Return the file of this hash; None when it is not there or is not what its name says.

        Raises:
            Transient: the storage does not answer.
        """
        if digest is None:
            return None
        try:
            content = bytes(self._files.cat_file(self._path(digest, ending)))
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise self._down(cause) from cause
        return content if hashlib.sha256(content).hexdigest() == digest else None

    def keep(self, content: bytes, ending: str) -> str:
        """Write a file and return its hash. One that is cut off half-way does not have it, so is never taken.

        Raises:
            Transient: the storage does not answer, or takes nothing.
        """
        digest = hashlib.sha256(content).hexdigest()
        try:
            self._files.makedirs(self._root, exist_ok=True)
            self._files.pipe_file(self._path(digest, ending), content)
        except OSError as cause:
            raise self._down(cause) from cause
        return digest

    def _path(self, digest: str, ending: str) -> str:
        return f"{self._root}/{digest}.{ending}"

    def _down(self, cause: OSError) -> Transient:
        return Transient(f"documents.storage: {self._url} does not answer ({cause}).")


def storage(settings: Settings) -> Storage:
    """Open the storage that billhouse.toml names, which is <var>/documents by default.

    Raises:
        ConfigError: see `Storage`.
    """
    return Storage(settings.documents.storage or str(settings.var / FOLDER))


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
            Issued.model_validate_json(row["snapshot"]),
            hashlib.sha256(row["snapshot"].encode()).hexdigest(),
            row["content_sha256"],
            row["xml_sha256"],
            row["problem"],
        )
        for row in rows
    ]


def files(
    engine: Engine, kept: Storage, wanted: Sequence[Document], press: Press
) -> dict[int, Files | Terminal]:
    """Return document id -> its files: as stored where their hashes still hold, else made from the snapshot.

    In the place of one that must not be delivered stands why: NotValid (its XML breaks a rule) or NotPrinted.

    Raises:
        Transient: the storage does not answer.
    """
    found: dict[int, Files | Terminal] = {}
    for document in wanted:
        if stored := _stored(kept, document):
            found[document.id] = stored
    absent = [document for document in wanted if document.id not in found]
    sound: list[tuple[Document, bytes | None]] = []
    for document, xml in zip(absent, press.each(structured, [one.issued for one in absent]), strict=True):
        if isinstance(xml, Terminal):
            found[document.id] = xml
            _note(engine, document, problem=str(xml))
        else:
            sound.append((document, xml))
    made = press.pdfs([(document.issued, xml) for document, xml in sound])
    for (document, xml), printed in zip(sound, made, strict=True):
        if isinstance(printed, NotPrinted):
            found[document.id] = printed
            continue
        found[document.id] = Files(printed, xml)
        _note(
            engine,
            document,
            content_sha256=kept.keep(printed, "pdf"),
            xml_sha256=kept.keep(xml, "xml") if xml else None,
            problem=None,
        )
    return found


def _stored(kept: Storage, document: Document) -> Files | None:
    """Return a document's files when all that it should have are there."""
    pdf = kept.read(document.content_sha256, "pdf")
    if pdf is None:
        return None
    if not document.issued.kind.is_tax_document:
        return Files(pdf, None)
    xml = kept.read(document.xml_sha256, "xml")
    return Files(pdf, xml) if xml else None


def structured(issued: Issued, write: Callable[[Issued], bytes] = einvoice.cii) -> bytes | Terminal | None:
    """Return the structured form of a tax document, or why it has none that is valid; None for the others.

    `write` is of the syntax: `einvoice.cii`, which the PDF carries, or `einvoice.ubl`.
    """
    if not issued.kind.is_tax_document:
        return None
    try:
        xml = write(issued)
        found = einvoice.problems(xml)
    except Terminal as cause:
        return cause
    if found:
        return NotValid(f"{issued.label} is held back, it is no valid e-invoice: {'; '.join(found)}")
    return xml


def _note(engine: Engine, document: Document, **values: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(documents.update().where(documents.c.id == document.id).values(**values))
