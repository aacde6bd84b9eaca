"""A receipt's snapshot -> HTML, text and PDF. The same snapshot gives the same bytes: no clock, no network."""

import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from billing.errors import Terminal
from billing.store.clocktext import from_text
from invoices import wording
from invoices.snapshot import Line, Receipt

_TEMPLATES = Path(__file__).parent / "templates"
_POOL_FROM = 12  # workers take a second or two to start: fewer are quicker here
_WORKERS = 2


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
    )


def subject(receipt: Receipt) -> str:
    """Say what a mail brings: "Your receipt from Lampa: 49.00 EUR (R-2026-00001)"."""
    paid = wording.amount(receipt.paid_minor, receipt.currency).replace("\u00a0", " ")
    return f"Your receipt from {receipt.seller.name}: {paid} ({receipt.label})"


def text(template: str, receipt: Receipt) -> str:
    """Fill one of the templates with a receipt."""
    seller = receipt.seller
    tax_id = f"Tax ID {seller.tax_id}" if seller.tax_id else None
    address = ", ".join(wording.address(seller.address, seller.country))
    website = (seller.website or "").removeprefix("https://").rstrip("/")
    return (
        _environment()
        .get_template(template)
        .render(
            r=receipt,
            w=wording,
            subject=subject(receipt),
            foot=" · ".join(filter(None, (seller.name, address, tax_id, website))),
            issued_iso=from_text(receipt.issued_at).strftime("%Y-%m-%dT%H:%M:%SZ"),
            counted=any(line.quantity not in (None, 1) for line in receipt.lines),
            named=_names_its_days,
        )
    )


def _names_its_days(line: Line) -> bool:
    """Say whether a description tells its span of time itself, as "12 Oct – 12 Nov" does."""
    return " – " in line.description and any(letter.isdigit() for letter in line.description)


def pdf(receipt: Receipt) -> bytes:
    """Render a receipt to PDF."""
    fonts = FontConfiguration()
    nothing = URLFetcher(allowed_protocols=())  # a customer's name must not make us fetch anything
    style = CSS(filename=_TEMPLATES / "receipt.css", font_config=fonts)
    page = HTML(string=text("receipt.html.j2", receipt), url_fetcher=nothing)
    identifier = hashlib.sha256(receipt.model_dump_json().encode()).digest()[:16]
    rendered = page.write_pdf(
        stylesheets=[style], font_config=fonts, pdf_identifier=identifier, pdf_tags=True
    )
    return bytes(rendered)


class NotPrinted(Terminal):
    """A document that cannot be rendered, for which a person must look; others are not held up by it."""


def _printed(receipt: Receipt) -> bytes | NotPrinted:
    try:
        return pdf(receipt)
    except Exception as cause:  # noqa: BLE001 - whatever is wrong with one must not stop all that follow
        return NotPrinted(f"{receipt.label} cannot be rendered: {cause!r}")


class Press:
    """Renders receipts, many at once in two processes that start when there is enough for them."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def pdfs(self, receipts: Sequence[Receipt]) -> list[bytes | NotPrinted]:
        """Render receipts, in their order; in the place of one that fails stands why."""
        if len(receipts) >= _POOL_FROM and self._pool is None:
            # Not forked: this process may have threads and open databases.
            self._pool = ProcessPoolExecutor(_WORKERS, multiprocessing.get_context("spawn"))
        if self._pool:
            try:
                return list(self._pool.map(_printed, receipts))
            except (
                BrokenProcessPool
            ):  # a worker was killed, for want of memory say: this process is still here
                self.close()
        return [_printed(receipt) for receipt in receipts]

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
