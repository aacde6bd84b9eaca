"""`python -m benchmarks.documents [--count N] [--json]`: how much does all that we do add to printing?

Invoices, credit notes and receipts in five languages, made by our press as an invoice run makes them (HTML from the
snapshot, EN 16931 XML, its check against all rules, PDF/A-3 with the XML inside), against WeasyPrint alone, which
turns the same finished HTML into a plain PDF: in the same processes, one a core, turn by turn.

    ours_per_s  documents per second by us
    bare_per_s  documents per second by WeasyPrint alone
    ratio       how much longer ours take; 1.15 is the most that we allow ourselves. It may be less than 1: we look
                for fonts and read the style sheet once a process, WeasyPrint alone does so for each document

`python -m benchmarks.interrupted` measures what becomes of a run that is killed.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML

from billing.errors import Terminal
from invoices import archive, render
from invoices.render import NotPrinted, Press
from invoices.snapshot import Issued, Kind
from tests.invoices.issued import issued, line

ROUNDS = 5
AT_MOST = 1.15
_STYLE = Path(render.__file__).parent / "templates" / "document.css"
_KINDS = (Kind.INVOICE, Kind.RECEIPT, Kind.INVOICE, Kind.CREDIT_NOTE)
_LANGUAGES = ("en", "de", "fr", "es", "pl")


def measure(count: int) -> dict[str, Any]:
    """Return the figures of `count` documents: the median of some rounds, after the processes have warmed up."""
    documents = [_document(n) for n in range(count)]
    pages = [render.text("document.html.j2", document) for document in documents]
    ours, bare = [], []
    with render.press() as press:
        our_turn, bare_turn = partial(_ours, press, documents), partial(_bare, press, pages)
        for turn in (our_turn, bare_turn):
            turn()
        for _ in range(ROUNDS):
            ours.append(_seconds(our_turn))
            bare.append(_seconds(bare_turn))
    ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    return {
        "documents": count,
        "ours_per_s": round(count / statistics.median(ours), 2),
        "bare_per_s": round(count / statistics.median(bare), 2),
        "ratio": round(statistics.median(ratios), 3),
    }


def _document(n: int) -> Issued:
    kind = _KINDS[n % len(_KINDS)]
    lines = [line(1000 + n + item, description=f"Plan {item}") for item in range(1 + n % 3)]
    taxes = None if kind.is_tax_document else ()
    label = f"{kind.value[:3].upper()}-2026-{n:05d}"
    return issued(kind, lines=lines, taxes=taxes, label=label, language=_LANGUAGES[n % len(_LANGUAGES)])


def _ours(press: Press, documents: Sequence[Issued]) -> None:
    pairs: list[tuple[Issued, bytes | None]] = []
    for document, xml in zip(documents, press.each(archive.structured, documents), strict=True):
        if isinstance(xml, Terminal):
            raise xml
        pairs.append((document, xml))
    for printed in press.pdfs(pairs):
        if isinstance(printed, NotPrinted):
            raise printed


def _bare(press: Press, pages: Sequence[str]) -> None:
    press.each(_plain, pages)


def _plain(page: str) -> bytes:
    return bytes(HTML(string=page).write_pdf(stylesheets=[CSS(filename=_STYLE)]))


def _seconds(turn: Callable[[], None]) -> float:
    begun = time.perf_counter()
    turn()
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print; ends with 1 if ours take too much longer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="documents in each of the rounds")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.count)
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:12} {value:>10,}")
    if found["ratio"] > AT_MOST:
        sys.exit(1)


if __name__ == "__main__":
    main()
