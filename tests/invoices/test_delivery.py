"""Delivery under trouble: killed processes, two at once, servers that are down, letters that fail."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from billing.settings_model import Settings
from billing.store import open_store, transaction
from billing.store.tables import outbox
from billing.warehouse.reader import DuckDBReader
from invoices import deliver, mail, render
from invoices.run import RunReport, run
from invoices.snapshot import Issued
from tests.invoices import marts
from tests.invoices.conftest import Mailbox, MovableClock

Publish = Callable[..., None]


def test_killed_between_issue_and_mail_it_is_mailed_once_afterwards(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    monkeypatch: Any,
) -> None:
    publish(charges=[marts.charge("ch_1")])

    def gone(*_args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deliver, "deliver", gone)
    with pytest.raises(KeyboardInterrupt):
        run(settings, engine, reader)
    assert mailbox.messages() == []
    monkeypatch.undo()
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent) == (0, 1)
    assert len(mailbox.messages()) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_killed_sender_is_taken_over_at_once_and_nothing_is_mailed_twice(
    settings: Settings, tmp_path: Path, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    """The process dies between its second and its third letter, in the middle of its turn."""
    publish(charges=[marts.charge(f"ch_{n}") for n in range(5)])
    url = f"sqlite:///{tmp_path}/killed.db"
    open_store(url).dispose()
    child = os.fork()
    if child == 0:
        send, sent = mail.send, []

        def dies(*args: Any) -> None:
            if len(sent) == 2:
                os._exit(9)
            send(*args)
            sent.append(1)

        mail.send = dies
        run(settings, open_store(url), reader)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(mailbox.messages()) == 2
    engine = open_store(url)
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent) == (0, 3)
    assert len({message["message_id"] for message in mailbox.messages()}) == len(mailbox.messages()) == 5
    engine.dispose()


def test_two_senders_at_once_mail_everything_once(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(6)])
    reports: list[RunReport] = []
    threads = [
        threading.Thread(target=lambda: reports.append(run(settings, engine, reader))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.documents_issued for report in reports) == 6
    assert sum(report.mails_sent for report in reports) == 6
    assert len(mailbox.messages()) == 6


def test_a_server_that_is_down_blames_no_letter(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(3)])
    report = run(make_settings(smtp_port=1), engine, reader)
    assert (report.documents_issued, report.mails_sent, report.mails_failed) == (3, 0, 0)
    assert "cannot be reached" in (report.problem or "")
    with transaction(engine) as connection:
        assert set(connection.execute(select(outbox.c.attempts)).scalars()) == {0}
    assert run(make_settings(mailbox.sandbox.smtp_port), engine, reader).mails_sent == 3


@pytest.mark.parametrize("kind", ["smtp_tempfail", "smtp_after"])
def test_a_letter_that_failed_is_sent_again_with_the_same_message_id(
    kind: str,
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    """Put off (451), or taken without an answer: at least once, and recognisable as the same letter."""
    publish(charges=[marts.charge("ch_1")])
    mailbox.sandbox.control("faults", path="smtp", kind=kind, times=1)
    report = run(settings, engine, reader)
    assert (report.mails_sent, report.mails_failed) == (0, 1)
    moment.now += timedelta(seconds=10)
    assert run(settings, engine, reader).mails_sent == 1
    arrived = [message["message_id"] for message in mailbox.messages()]
    assert len(arrived) == (2 if kind == "smtp_after" else 1)
    assert len(set(arrived)) == 1


def test_a_refused_connection_ends_the_run_and_the_letters_wait(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    publish(charges=[marts.charge("ch_1")])
    mailbox.sandbox.control("faults", path="smtp", kind="smtp_refuse", times=1)
    report = run(settings, engine, reader)
    assert (report.mails_sent, report.mails_failed) == (0, 0)
    assert report.problem
    assert run(settings, engine, reader).mails_sent == 1


def test_a_document_that_cannot_be_rendered_does_not_hold_up_the_others(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    monkeypatch: Any,
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(3)])
    pdf = render.pdf

    def fails_on_the_first(issued: Issued, xml: bytes | None = None) -> bytes:
        if issued.label.endswith("1"):
            raise ValueError("no such glyph")
        return pdf(issued, xml)

    monkeypatch.setattr(render, "pdf", fails_on_the_first)
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent, report.mails_failed) == (3, 2, 1)
    with transaction(engine) as connection:
        assert (
            "no such glyph"
            in connection.execute(select(outbox.c.error).where(outbox.c.error.is_not(None))).scalar()
        )


def test_a_broken_line_blames_only_the_letter_that_was_on_it(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(4)])
    mailbox.sandbox.control("faults", path="smtp", kind="smtp_after", times=1, skip=1)
    report = run(settings, engine, reader)
    assert (report.mails_sent, report.mails_failed, report.problem) == (3, 1, None)
    with transaction(engine) as connection:
        attempts = connection.execute(select(outbox.c.attempts).order_by(outbox.c.id)).scalars().all()
    assert attempts == [0, 1, 0, 0]
