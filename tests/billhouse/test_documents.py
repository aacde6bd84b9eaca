"""`billhouse documents`: what was issued, its files, is it valid, is a number missing, what came back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine, insert
from typer.testing import CliRunner

import invoices.run
from billhouse.main import app
from billing.errors import NotAllowed, NotFound, Terminal
from billing.store import audit, open_store, outbox, transaction
from billing.store.tables import document_series
from invoices import bounces, einvoice
from invoices.run import RunReport
from invoices.snapshot import Kind
from tests.invoices import by_hand

Run = Callable[..., Result]

CONFIG = """
[company]
name = "Lampa Studio GmbH"
address = ["Oranienstr. 25", "10999 Berlin"]
country = "DE"
email = "billing@lampa.example"

[store]
url = "sqlite:///store.db"

[warehouse]
dir = "warehouse"

[[gateways.stripe]]
account = "stripe_eu"
title = "Stripe Europe"
secret_key = "file:secret"

[mail]
host = "127.0.0.1"
port = 1
security = "none"
sender = "bills@lampa.example"
reply_to = "help@lampa.example"

[roles.agent]
may = ["mail"]

[[people]]
email = "ana@lampa.example"
role = "agent"
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A store with an invoice, its credit note and a receipt."""
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    by_hand.keep(opened, "R-2026-00001", Kind.RECEIPT, "done")
    by_hand.keep(opened, "INV-2026-00001", Kind.INVOICE, "failed", "550 no such mailbox")
    by_hand.keep(opened, "CN-2026-00001", Kind.CREDIT_NOTE, corrects_label="INV-2026-00001")
    with transaction(opened) as connection:
        for name in ("R-2026", "INV-2026", "CN-2026"):
            connection.execute(insert(document_series).values(series=name, last_number=1))
    yield opened
    opened.dispose()


@pytest.fixture
def run(engine: Engine, tmp_path: Path) -> Run:
    """run("list", "--json") -> what `billhouse documents list --json` did."""
    path = tmp_path / "billhouse.toml"
    path.write_text(CONFIG)
    (tmp_path / "secret").write_text("sk_test_1")

    def invoke(*words: str, **given: Any) -> Result:
        return CliRunner().invoke(app, ["--config", str(path), "documents", *words], **given)

    return invoke


def test_list_shows_kind_total_state_and_reason(run: Run) -> None:
    shown = run("list")
    assert shown.exit_code == 0, shown.output
    line = next(line for line in shown.output.splitlines() if line.startswith("INV-2026-00001"))
    for part in (
        "invoice",
        "Maria",
        "0.90 EUR",
        "refused",
        "550 no such mailbox",
        "The gateway issued none.",
    ):
        assert part in line
    assert "1 mailed" in shown.output


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (["--kind", "receipt"], ["R-2026-00001"]),
        (["--state", "refused"], ["INV-2026-00001"]),
        (["--limit", "2"], ["CN-2026-00001", "INV-2026-00001"]),
        (["--since", "2026-11-03"], []),
        (["--entity", "nobody"], []),
    ],
)
def test_list_is_filtered(run: Run, words: list[str], labels: list[str]) -> None:
    assert [one["label"] for one in json.loads(run("list", "--json", *words).output)] == labels


def test_show_tells_what_a_document_says(run: Run) -> None:
    shown = run("show", "cn-2026-00001")
    assert "Corrects INV-2026-00001" in shown.output
    assert json.loads(run("show", "CN-2026-00001", "--json").output)["snapshot"]["net_minor"] == 100
    assert isinstance(run("show", "CN-2026-00009").exception, NotFound)


def test_show_writes_structured_invoices_and_says_where_there_are_none(run: Run, tmp_path: Path) -> None:
    xml, ubl = tmp_path / "cii.xml", tmp_path / "ubl.xml"
    assert run("show", "INV-2026-00001", "--xml", str(xml), "--ubl", str(ubl)).exit_code == 0
    assert b"INV-2026-00001" in xml.read_bytes()
    assert b"INV-2026-00001" in ubl.read_bytes()
    refused = run("show", "R-2026-00001", "--ubl", str(ubl))
    assert isinstance(refused.exception, Terminal)
    assert "only invoices and credit notes" in str(refused.exception)


@pytest.mark.parametrize("form", ["--pdf", "--xml", "--ubl"])
def test_show_hands_out_no_file_of_one_that_is_held_back(
    run: Run, engine: Engine, tmp_path: Path, form: str
) -> None:
    seller = by_hand.issued("x", Kind.INVOICE).seller.model_copy(update={"tax_id": None})
    by_hand.keep(engine, "INV-2026-00002", Kind.INVOICE, seller=seller)
    file = tmp_path / "file"
    refused = run("show", "INV-2026-00002", form, str(file))
    assert isinstance(refused.exception, Terminal)
    assert "BR-CO-26" in str(refused.exception)
    assert not file.exists()


def test_show_writes_the_pdf_as_it_was_mailed(run: Run, tmp_path: Path) -> None:
    first, again = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for path in (first, again):
        assert run("show", "R-2026-00001", "--pdf", str(path)).exit_code == 0
    assert first.read_bytes().startswith(b"%PDF")
    assert first.read_bytes() == again.read_bytes()


def test_check_names_the_rule_of_a_broken_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = "BR-CO-10: the sum of the lines is not the net"
    monkeypatch.setattr(einvoice, "problems", lambda xml: [rule] if b"CN-2026" in xml else [])
    shown = run("check")
    assert shown.exit_code == 1
    assert f"CN-2026-00001: {rule}" in shown.output
    assert "2 invoices and credit notes checked, 1 invalid." in shown.output
    assert json.loads(run("check", "INV-2026-00001", "--json").output) == {"checked": 1, "invalid": []}


def test_series_end_with_one_when_a_number_is_missing(run: Run, engine: Engine) -> None:
    assert run("series").exit_code == 0
    with transaction(engine) as connection:
        connection.execute(document_series.update().values(last_number=2))
    gap = run("series")
    assert gap.exit_code == 1
    assert "missing 2" in gap.output


def test_bounce_hands_the_message_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    monkeypatch.setattr(bounces, "record", lambda _engine, raw: heard.append(raw) or [])
    file = tmp_path / "bounce.eml"
    file.write_bytes(b"Subject: Undelivered\n\n")
    assert run("bounce", str(file)).exit_code == 0
    assert run("bounce", "-", input=b"Subject: From a pipe\n\n").exit_code == 0
    assert heard == [b"Subject: Undelivered\n\n", b"Subject: From a pipe\n\n"]


def test_run_tells_what_got_no_document_and_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    report = RunReport(3, 3, 0, 0.1, skipped={"there is no e-mail address to send it to": 2})
    monkeypatch.setattr(invoices.run, "run", lambda *_, **__: report)
    shown = run("run")
    assert shown.exit_code == 0
    assert "3 documents issued" in shown.output
    assert "2 got none: there is no e-mail address to send it to." in shown.output


def test_resend_puts_a_letter_out_on_the_record(run: Run, engine: Engine) -> None:
    why = ("--reason", "Never arrived", "--as")
    done = run("resend", "R-2026-00001", *why, "ana@lampa.example")
    assert done.exit_code == 0, done.output
    assert "R-2026-00001 goes to maria@example.com" in done.output
    asked = run("resend", "R-2026-00001", "--to", "tax@example.com", *why, "ana@lampa.example", "--json")
    assert json.loads(asked.output) == {"label": "R-2026-00001", "to": "tax@example.com"}
    assert isinstance(run("resend", "R-2026-00001", *why, "eve@lampa.example").exception, NotAllowed)
    with transaction(engine) as connection:
        letters = [one.payload["to"] for one in outbox.pending(connection, outbox.DOCUMENT_AGAIN)]
        kinds = [(one["type"], one["channel"]) for one in audit.entries(connection)]
    assert letters == ["maria@example.com", "tax@example.com"]
    assert kinds == [("document.resend.denied", "cli"), *[("document.resend.requested", "cli")] * 2]
