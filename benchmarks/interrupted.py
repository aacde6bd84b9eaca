"""`python -m benchmarks.interrupted [--number N] [--json]`: an invoice run that is killed again and again.

A run over N payments issues, prints and mails, to the sandbox's mail server over SMTP. It is killed (SIGKILL) while
it issues, while it prints and twice while it mails, each time begun again where the record says it was, and at last
let through. What arrived is counted from the mail server's own word, by the number in the subject.

    payments     payments, of which each must have one document
    kills        what stood at each kill: the stage, documents issued, printed and mailed by then
    documents    documents issued in the end, each with its invoice's XML inside
    issued_once  no payment has none or two, and no series of numbers has a gap or a twin
    printed_once each document has one file, which has the hash that its row says, and none has two
    mailed_once  each document arrived as one letter (one Message-ID), and nothing else arrived
    mails        mails that arrived
    twins        mails beyond the first of a letter: at most the one on the line at a kill, with the same Message-ID
    seconds      all of it, with what was lost at the kills
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, func, select

from billing.settings_model import Settings
from billing.store import open_store, transaction
from billing.store.tables import documents, outbox
from billing.warehouse import open_reader
from invoices import archive, deliver, due, run
from tests.conftest import start_sandbox
from tests.invoices import marts

POLL_SECONDS = 0.01
_LABEL = re.compile(r"\((INV-[0-9]+-[0-9]+)\)")


@dataclass(frozen=True, slots=True)
class Progress:
    """How many documents were issued, printed and mailed by the record."""

    issued: int
    printed: int
    mailed: int


Stage = Callable[[Progress, int], bool]
# When the run is killed, as (progress, payments). A batch is printed as a whole, then mailed letter by letter.
STAGES: tuple[tuple[str, Stage], ...] = (
    ("issuing", lambda now, all_of: all_of > now.issued >= all_of // 2),
    ("printing", lambda now, all_of: now.printed == now.mailed >= all_of // 4),
    ("mailing", lambda now, all_of: now.printed > now.mailed > all_of // 2),
    ("mailing", lambda now, all_of: now.printed > now.mailed > all_of * 3 // 4),
)


def measure(payments: int) -> dict[str, Any]:
    """Return the figures that the module's text lists; nothing leaves the machine."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="billhouse-interrupted-") as name:
        folder = Path(name)
        sandbox = start_sandbox(folder / "sandbox", "--only", "stripe", "--customers", "1")
        try:
            settings = _settings(folder, sandbox.smtp_port)
            charges = [_charge(n) for n in range(payments)]
            marts.publish(settings.warehouse.dir, charges=charges)
            store = open_store(_url(settings))
            kills = [_killed(settings, store, payments, stage) for stage in STAGES]
            last = _begun(settings, payments)
            last.join()
            if last.exitcode:
                sys.exit("The last run, which nobody killed, failed.")
            found = _counted(settings, store, {charge["charge_ref"] for charge in charges}, sandbox.url)
            store.dispose()
        finally:
            sandbox.stop()
    seconds = round(time.perf_counter() - begun, 1)
    return {"payments": payments, "kills": kills, **found, "seconds": seconds}


def _settings(folder: Path, smtp_port: int) -> Settings:
    return Settings.model_validate(
        {
            "company": {
                "name": "Bench",
                "address": ["Road 1"],
                "country": "DE",
                "tax_id": "DE136695976",
                "email": "bench@example.com",
            },
            "warehouse": {"dir": folder / "warehouse"},
            "var": folder,
            "documents": {"start": "2026-11-01"},
            "mail": {
                "host": "127.0.0.1",
                "port": smtp_port,
                "security": "none",
                "sender": "a@example.com",
                "reply_to": "b@example.com",
            },
        }
    )


def _charge(n: int) -> dict[str, Any]:
    moment = marts.PAID_AT + timedelta(seconds=n)
    payer = f"payer{n}@example.com"
    return marts.charge(
        f"ch_{n:06d}", created_at=moment, captured_at=moment, country="DE", customer_email=payer
    )


def _url(settings: Settings) -> str:
    return f"sqlite:///{settings.var}/store.db"


def _killed(settings: Settings, store: Engine, payments: int, stage: tuple[str, Stage]) -> dict[str, Any]:
    """Run in a process of its own, kill it at a stage, and return what stood then.

    Raises:
        SystemExit: the run was over, or failed, before it could be killed.
    """
    name, is_reached = stage
    process = _begun(settings, payments)
    while process.is_alive() and not is_reached(_progress(store), payments):
        time.sleep(POLL_SECONDS)
    if not process.is_alive():
        sys.exit(f"The run ended while {name}, before it could be killed: ask for more payments.")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return {"while": name, **asdict(_progress(store))}


def _begun(settings: Settings, payments: int) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(settings, payments))
    process.start()
    return process


def _run(settings: Settings, payments: int) -> None:
    # A page is issued at once and a batch is printed at once: a small run has several of them, too.
    due.PAGE = min(due.PAGE, payments // 8)
    deliver.BATCH = min(deliver.BATCH, max(12, payments // 8))
    store, reader = open_store(_url(settings)), open_reader(settings.warehouse)
    try:
        report = run.run(settings, store, reader)
    finally:
        reader.close()
        store.dispose()
    if report.problem or report.mails_failed or report.skipped:
        sys.exit(f"The run had a problem: {report}")


def _progress(store: Engine) -> Progress:
    issued, printed = func.count(), func.count(documents.c.content_sha256)
    with transaction(store) as connection:
        row = connection.execute(select(issued, printed).select_from(documents)).one()
        mailed = connection.execute(select(func.count()).select_from(outbox).where(outbox.c.state == "done"))
        return Progress(row[0], row[1], mailed.scalar_one())


def _counted(settings: Settings, store: Engine, charge_refs: set[str], sandbox_url: str) -> dict[str, Any]:
    with transaction(store) as connection:
        rows = connection.execute(select(documents).order_by(documents.c.number)).all()
    mails = httpx.get(f"{sandbox_url}/mail/messages", timeout=60).json()
    return {
        "documents": len(rows),
        "issued_once": is_issued_once(
            [(row.series, row.number, row.object_ref) for row in rows], charge_refs
        ),
        "printed_once": _is_printed_once(settings, rows),
        **mailed(letters_of(mails), {row.label for row in rows}),
    }


def is_issued_once(issued: Sequence[tuple[str, int, str]], charge_refs: set[str]) -> bool:
    """Say of (series, number, charge) in the order of numbers whether each charge has one and no number lacks."""
    series: dict[str, list[int]] = defaultdict(list)
    for name, number, _ in issued:
        series[name].append(number)
    has_no_gap = all(numbers == list(range(1, len(numbers) + 1)) for numbers in series.values())
    refs = [ref for _, _, ref in issued]
    return has_no_gap and len(refs) == len(charge_refs) and set(refs) == charge_refs


def letters_of(mails: Iterable[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """Return the number in the subject (without one, the subject) -> how often each Message-ID arrived with it."""
    letters: dict[str, Counter[str]] = defaultdict(Counter)
    for mail in mails:
        named = _LABEL.search(mail["subject"])
        letters[named[1] if named else mail["subject"]][mail["message_id"]] += 1
    return letters


def mailed(letters: Mapping[str, Counter[str]], labels: set[str]) -> dict[str, Any]:
    """Count what arrived against the numbers that were issued."""
    mails = sum(identities.total() for identities in letters.values())
    is_once = letters.keys() == labels and all(len(identities) == 1 for identities in letters.values())
    return {"mailed_once": is_once, "mails": mails, "twins": mails - sum(map(len, letters.values()))}


def _is_printed_once(settings: Settings, rows: Sequence[Any]) -> bool:
    """Say whether the stored files are those of the documents, a PDF and an XML each, and nothing beside them."""
    kept = settings.var / archive.FOLDER
    named = {f"{row.content_sha256}.pdf" for row in rows} | {f"{row.xml_sha256}.xml" for row in rows}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept.iterdir()}
    is_whole = all(path.startswith(digest) for path, digest in found.items())
    return is_whole and found.keys() == named and len(named) == 2 * len(rows)


def main() -> None:
    """Measure and print; ends with 1 if anything was left out or done twice."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.interrupted",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--number", type=int, default=2000, help="payments that get a document, 40 at least")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.number)
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            for line in value if isinstance(value, list) else [value]:
                print(f"{name:12} {line}")
    at_the_line = sum(1 for name, _ in STAGES if name == "mailing")
    is_once = found["issued_once"] and found["printed_once"] and found["mailed_once"]
    if not is_once or found["twins"] > at_the_line:
        sys.exit(1)


if __name__ == "__main__":
    main()
