"""`billhouse demo`: the whole road on the sandbox's company, proven against the sandbox's own ledger.

The sandbox is started as what it is to us: a few vendors behind a URL. Its ledger is kept apart from the objects
that its API shows, so that equal totals mean that nothing was lost, doubled or misread on the way.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from billhouse import demo_config, demo_helpdesks
from billhouse.cycle import CycleReport, run_cycle
from billhouse.demo_finance import finance
from billhouse.house import House, open_house
from billhouse.output import Progress
from billhouse.supervisor import stop_all
from billing.errors import BillhouseError
from invoices import register, tax_sums

COUNTED = ("customers", "charges", "refunds", "subscriptions", "invoices", "disputes", "balance_transactions")
FIXED_PORTS = ("--port", "12110", "--smtp-port", "12125")
FREE_PORTS = ("--port", "0", "--smtp-port", "0")
DOCUMENTED = timedelta(days=30)
"""How far back documents are issued: long enough for refunds and their credit notes."""


@dataclass(frozen=True, slots=True)
class Vendors:
    """The running sandbox: where it answers, and its control endpoints."""

    url: str
    smtp_port: int

    def ask(self, path: str) -> Any:
        """GET /<path> of the sandbox as JSON."""
        answer = httpx.get(f"{self.url}/{path}", timeout=60)
        answer.raise_for_status()
        return answer.json()

    def tell(self, path: str, body: dict[str, Any]) -> None:
        """POST a JSON body to /<path> of the sandbox."""
        httpx.post(f"{self.url}/{path}", json=body, timeout=60).raise_for_status()


@contextmanager
def running_sandbox(folder: Path, *, seed: int, customers: int, ports: tuple[str, ...]) -> Iterator[Vendors]:
    """Start the sandbox on a fresh company and stop it at the end.

    Raises:
        BillhouseError: it did not start; its log's end is in the text.
    """
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "sandbox", "up", "--state", str(folder / "sandbox"), *ports]
    command += ["--seed", str(seed), "--customers", str(customers)]
    log = folder / "sandbox.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise BillhouseError(f"The sandbox did not start:\n{log.read_text(errors='replace')[-1500:]}")
        ready = json.loads(line)
        yield Vendors(ready["url"], ready["smtp_port"])
    finally:
        stop_all([process])


@contextmanager
def demo_house(folder: Path, vendors: Vendors) -> Iterator[House]:
    """Write the demo's configuration into `folder` and open it."""
    today = date.fromisoformat(vendors.ask("control/clock")["now"][:10])
    config = demo_config.write(
        folder,
        documents_from=today - DOCUMENTED,
        url=vendors.url,
        smtp_port=vendors.smtp_port,
        dashboard_port=8501,
        portal_port=8600,
        dagster_port=3000,
    )
    with open_house(config) as house:
        demo_helpdesks.prepare(vendors.url)
        yield house


def empty_folder(folder: Path) -> Path:
    """Remove what an earlier demo left, so that every demo is the same."""
    if folder.exists():
        if not (folder / "sandbox.log").exists():
            raise BillhouseError(f"{folder} is not a demo's folder. Remove it yourself, or name another one.")
        shutil.rmtree(folder)
    return folder


def main_job(house: House, vendors: Vendors, progress: Progress) -> dict[str, Any]:
    """Run two cycles and return what they did: counts, figures beside the company's books, checks and seconds."""
    begun = monotonic()
    first = run_cycle(house, progress)
    totals, days = control_totals(house, vendors), control_totals_by_day(house, vendors)
    figures = finance(house.reader, vendors.ask("control/finance"))
    helpdesks = demo_helpdesks.compare(house.settings, house.reader, vendors.url, progress)
    documents = issued(house)
    mails, writes = _received(vendors)
    second = run_cycle(house, lambda _name, _total: None)
    mails_again, writes_again = _received(vendors)
    for name, part in helpdesks.items():
        part["second_cycle_writes"] = writes_again[name] - writes[name]
    return {
        "counts": {**_counts(house), **_delivered(first)},
        "control_totals": totals,
        "control_totals_by_day": days,
        "finance": figures,
        "helpdesks": helpdesks,
        "documents": documents,
        "second_cycle": {
            "rows_changed": second.rows_changed,
            "helpdesk_writes": sum(writes_again.values()) - sum(writes.values()),
            "documents_issued": second.documents_issued,
            "mails_sent": mails_again - mails,
        },
        "checks": {
            "passed": first.checks_passed,
            "failed": len(first.checks_failed) + len(second.checks_failed),
        },
        "problems": first.problems + first.checks_failed + second.problems + second.checks_failed,
        "seconds": {
            **first.seconds,
            "second_cycle": round(sum(second.seconds.values()), 2),
            "total": round(monotonic() - begun, 2),
        },
    }


def is_right(result: dict[str, Any]) -> bool:
    """Say whether a result proves what the demo claims: equal totals, right contacts, a quiet second cycle."""
    return (
        all(row["ours_minor"] == row["ledger_minor"] for row in result["control_totals"])
        and not result["control_totals_by_day"]["different"]
        and all(part["compared"] and not part["different"] for part in result["finance"].values())
        and all(_is_held(part) for part in result["helpdesks"].values())
        and _is_whole(result["documents"])
        and not any(result["second_cycle"].values())
        and not result["problems"]
        and bool(result["control_totals"])
    )


def _is_held(helpdesk: dict[str, Any]) -> bool:
    is_right = bool(helpdesk["contacts_compared"]) and not helpdesk["different"]
    return is_right and helpdesk["second_cycle_writes"] == 0


def _is_whole(documents: dict[str, Any]) -> bool:
    taxes = documents["taxes"]
    return bool(taxes["compared"]) and not taxes["different"] and not documents["gaps"]


def control_totals(house: House, vendors: Vendors) -> list[dict[str, Any]]:
    """Lay our totals beside the sandbox's ledger, in ISO minor units; a total that one side lacks counts as 0."""
    ours = {
        (row["gateway"], row["account"], row["currency"], row["measure"]): row["ours_minor"]
        for row in house.reader.rows(
            "select gateway, account, currency, measure, ours_minor from control_totals"
        )
    }
    ledger = {
        (row["gateway"], row["account"], row["currency"], row["measure"]): row["minor"]
        for row in vendors.ask("control/ledger")["rows"]
    }
    return [
        {
            "gateway": key[0],
            "account": key[1],
            "currency": key[2],
            "measure": key[3],
            "ours_minor": int(ours.get(key) or 0),
            "ledger_minor": int(ledger.get(key) or 0),
        }
        for key in sorted(ours.keys() | ledger.keys())
    ]


def control_totals_by_day(house: House, vendors: Vendors) -> dict[str, Any]:
    """Compare our days with the ledger's: how many were compared, and those that differ (ISO minor units).

    A day is UTC, the event's own; a figure that one side lacks counts as 0.
    """
    names = ("gateway", "account", "day", "currency", "measure")
    query = "select gateway, account, day, currency, measure, ours_minor from control_totals_daily"
    ours = {
        tuple(str(row[name]) for name in names): int(row["ours_minor"] or 0)
        for row in house.reader.rows(query)
    }
    ledger = {
        tuple(str(row[name]) for name in names): int(row["minor"])
        for row in vendors.ask("control/ledger")["days"]
    }
    keys = sorted(ours.keys() | ledger.keys())
    return {
        "compared": len(keys),
        "different": [
            {
                **dict(zip(names, key, strict=True)),
                "ours_minor": ours.get(key, 0),
                "ledger_minor": ledger.get(key, 0),
            }
            for key in keys
            if ours.get(key, 0) != ledger.get(key, 0)
        ],
    }


def issued(house: House) -> dict[str, Any]:
    """Return how many documents of each kind there are, their taxes beside the marts', and series with a gap."""
    kinds = Counter(entry.issued.kind.value for entry in register.walk(house.engine))
    sums = tax_sums.sums(house.engine, house.reader)
    return {
        "kinds": dict(sorted(kinds.items())),
        "taxes": {
            "compared": len(sums),
            "different": [one.as_row() for one in sums if not one.is_equal],
        },
        "gaps": [one.fault for one in register.series(house.engine) if one.fault],
    }


def _counts(house: House) -> dict[str, int]:
    query = " union all ".join(f"select '{mart}' as mart, count(*) as n from {mart}" for mart in COUNTED)  # noqa: S608
    return {row["mart"]: row["n"] for row in house.reader.rows(query)}


def _delivered(report: CycleReport) -> dict[str, int]:
    return {
        "documents_issued": report.documents_issued,
        "mails_sent": report.mails_sent,
        "contacts_synced": report.contacts_synced,
    }


def _received(vendors: Vendors) -> tuple[int, dict[str, int]]:
    """Return how many mails the vendors have seen, and each helpdesk's contact writes: their count, not ours."""
    return len(vendors.ask("mail/messages")), vendors.ask("control/helpdesk_writes")
