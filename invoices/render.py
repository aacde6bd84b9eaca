"""A document's snapshot -> HTML, text and PDF. The same snapshot gives the same bytes: no clock, no network."""

import hashlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from billing.errors import Terminal
from billing.store.clocktext import from_text
from invoices import facturx_pdf, theme
from invoices.document_wording import Speech, direction
from invoices.snapshot import Issued

_TEMPLATES = Path(__file__).parent / "templates"
_DOCUMENT = "document.html.j2"
_POOL_FROM = 12  # workers take a second or two to start: fewer are quicker here
_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def subject(issued: Issued) -> str:
    """Say what a mail brings: "Your receipt from Lampa: 49.00 EUR (R-2026-00001)"."""
    return Speech(issued).subject


def text(template: str, issued: Issued) -> str:
    """Fill one of the templates with a document, in its language."""
    speech = Speech(issued)
    return (
        _environment()
        .get_template(template)
        .render(
            d=issued,
            s=speech,
            _=speech.say,
            direction=direction,
            theme=theme.of(issued.look),
            issued_iso=from_text(issued.issued_at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    )


def pdf(issued: Issued, xml: bytes | None = None) -> bytes:
    """Render a document to PDF/A-3b; a tax document's XML becomes its one attachment, "factur-x.xml"."""
    page = HTML(string=text(_DOCUMENT, issued), url_fetcher=_nothing_from_outside())
    identifier = hashlib.sha256(issued.model_dump_json().encode() + (xml or b"")).digest()[:16]
    rendered = page.write_pdf(
        stylesheets=[_style()],
        font_config=_fonts(),
        pdf_identifier=identifier,
        pdf_variant="pdf/a-3b",
        pdf_tags=True,
        attachments=[facturx_pdf.attachment(xml, from_text(issued.issued_at))] if xml else None,
        finisher=facturx_pdf.finish if xml else None,
    )
    return bytes(rendered)


class NotPrinted(Terminal):
    """A document that cannot be rendered, for which a person must look; others are not held up by it."""


class Press:
    """Renders documents; `close` it, or take it from `press`, so that its processes end."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or max(1, os.cpu_count() or 1)
        self._pool: ProcessPoolExecutor | None = None

    def pdfs(self, pairs: Sequence[tuple[Issued, bytes | None]]) -> list[bytes | NotPrinted]:
        """Render documents, each with its XML if it has one, in their order; for one that fails stands why."""
        return self.each(_printed, pairs)

    def each(self, work: Callable[[_Item], _Made], items: Sequence[_Item]) -> list[_Made]:
        """Do a module's function, which keeps no state, to each item, in their order, on all cores."""
        if len(items) >= _POOL_FROM and self._pool is None:
            # Not forked: this process may have threads and open databases.
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, spawn, initializer=_end_with_parent)
        if self._pool:
            try:
                return list(self._pool.map(work, items))
            except BrokenProcessPool:
                self.close()  # a worker was killed, for want of memory say: this process is still here
        return [work(item) for item in items]

    def close(self) -> None:
        """Stop the processes."""
        if self._pool:
            self._pool.shutdown()
        self._pool = None


@contextmanager
def press() -> Iterator[Press]:
    """Give a press and stop its processes afterwards."""
    made = Press()
    try:
        yield made
    finally:
        made.close()


def _end_with_parent() -> None:
    """Let this worker end when the process that started it does: a killed one cannot tell its workers to."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _printed(pair: tuple[Issued, bytes | None]) -> bytes | NotPrinted:
    issued, xml = pair
    try:
        return pdf(issued, xml)
    except Exception as cause:  # noqa: BLE001 - whatever is wrong with one must not stop all that follow
        return NotPrinted(f"{issued.label} cannot be rendered: {cause!r}")


def _nothing_from_outside() -> URLFetcher:
    """Fetch a logo's data: URI and nothing else: a customer's name must not make us ask the network."""
    return URLFetcher(allowed_protocols=("data",))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _fonts() -> FontConfiguration:
    """Look for the system's fonts once a process: it takes longer than a document."""
    return FontConfiguration()


@cache
def _style() -> CSS:
    return CSS(filename=_TEMPLATES / "document.css", font_config=_fonts())
