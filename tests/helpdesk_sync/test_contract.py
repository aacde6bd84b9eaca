"""What every helpdesk must do, tried at each emulator: the right values at the right people, and notes once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from billing.errors import NotFound, Refused, Transient
from billing.settings_model import Settings
from billing.store import sync_state, transaction
from billing.warehouse.reader import DuckDBReader
from helpdesk_sync import contexts
from helpdesk_sync.engine import SyncReport, push, sync
from helpdesk_sync.ports import Helpdesk
from helpdesk_sync.registry import HELPDESKS
from tests.conftest import Sandbox
from tests.helpdesk_sync.conftest import context, house_of
from tests.helpdesk_sync.ward import ENDINGS, NOTE_CALLS, SHARES_ADDRESSES, Ward, account

Publish = Callable[..., None]
Sync = Callable[[], SyncReport]
MARKER = "Billhouse context 0123456789ab"


@pytest.fixture(params=HELPDESKS)
def ward(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Ward]:
    yield Ward(request.param, sandbox)
    sandbox.forget("faults")


@pytest.fixture
def settings(ward: Ward, tmp_path: Path) -> Settings:
    """One helpdesk alone."""
    return house_of(tmp_path, **{ward.name: [account(ward.name, ward.sandbox.url)]})


@pytest.fixture
def run(settings: Settings, engine: Engine, reader: DuckDBReader) -> Sync:
    return lambda: sync(settings, engine, reader)


@pytest.fixture
def helpdesk(ward: Ward, settings: Settings) -> Iterator[Helpdesk]:
    opened = ward.open(settings)
    yield opened
    opened.close()


def values(settings: Settings, email: str, **changed: Any) -> dict[str, Any]:
    """What a contact should hold."""
    link = f"https://bills.lampa.example/?q={email.replace('@', '%40')}"
    return {
        "billhouse_plan": "Pro monthly",
        "billhouse_status": "past due",
        "billhouse_renews_on": "2026-12-12",
        "billhouse_past_due": "49.00 EUR",
        "billhouse_open_amount": "49.00 EUR",
        "billhouse_last_charge": "49.00 EUR, failed, 2026-11-20",
        "billhouse_last_failure": "Your card has insufficient funds.",
        "billhouse_lifetime_value": "490.00 EUR",
        "billhouse_open_disputes": 0,
        "billhouse_gateways": "stripe",
        "billhouse_link": link,
    } | changed


def test_we_are_who_we_say(helpdesk: Helpdesk, ward: Ward) -> None:
    assert helpdesk.name == f"{ward.name}:{ward.name}"
    assert helpdesk.check()
    assert helpdesk.ensure_fields(contexts.FIELDS) == []
    assert helpdesk.ensure_fields(contexts.FIELDS) == []


def test_an_admin_can_tell_each_of_our_fields(helpdesk: Helpdesk) -> None:
    there = [helpdesk.counterpart(field) for field in contexts.FIELDS]
    assert len({one.name for one in there}) == len(contexts.FIELDS)
    assert all(one.name.casefold().startswith("billhouse") for one in there)
    assert len({one.type for one in there}) == 3, "text, date, number"


def test_facts_arrive_and_unchanged_ones_are_not_written_again(
    ward: Ward, domain: str, publish: Publish, run: Sync, settings: Settings
) -> None:
    maria, stranger = ward.add(f"maria@{domain}", "Maria"), ward.add(f"stranger@{domain}")
    ward.sandbox.forget("helpdesk_writes")
    publish([context(f"maria@{domain}"), context(f"nobody@{domain}")])
    report = run()
    assert (report.contacts_matched, report.contacts_synced, report.writes, report.failed) == (1, 1, 1, 0)
    assert ward.held(maria) == values(settings, f"maria@{domain}")
    assert not any(ward.held(stranger).values())
    assert ward.writes() == 1
    again = run()
    assert (again.writes, again.contacts_synced, ward.writes()) == (0, 1, 1)
    publish([context(f"maria@{domain}", past_due="", renews_at=None, open_disputes=2)])
    assert (run().writes, ward.writes()) == (1, 2)
    changed = {"billhouse_past_due": None, "billhouse_renews_on": None, "billhouse_open_disputes": 2}
    assert ward.held(maria) == values(settings, f"maria@{domain}", **changed)


def test_an_address_in_another_case_is_the_same_and_a_plus_address_is_not(
    ward: Ward, domain: str, publish: Publish, run: Sync
) -> None:
    upper, plus = ward.add(f"Maria.K@{domain.upper()}"), ward.add(f"maria.k+news@{domain}")
    publish([context(f"maria.k@{domain}")])
    assert run().writes == 1
    assert ward.held(upper)["billhouse_plan"] == "Pro monthly"
    assert ward.held(plus)["billhouse_plan"] is None


def test_facts_that_are_gone_are_emptied_once(ward: Ward, domain: str, publish: Publish, run: Sync) -> None:
    maria = ward.add(f"maria@{domain}")
    publish([context(f"maria@{domain}"), context(f"other@{domain}")])
    run()
    publish([context(f"other@{domain}")])
    report = run()
    assert (report.writes, report.failed, report.contacts_synced) == (1, 0, 0)
    assert set(ward.held(maria).values()) == {None}
    assert run().writes == 0


def test_two_contacts_with_one_address_hold_the_same(
    ward: Ward, domain: str, publish: Publish, run: Sync
) -> None:
    first = ward.add(f"maria@{domain}")
    if ward.name not in SHARES_ADDRESSES:
        with pytest.raises(httpx.HTTPStatusError, match="400"):
            ward.add(f"MARIA@{domain}")
        return
    second = ward.add(f"MARIA@{domain}")
    publish([context(f"maria@{domain}")])
    assert run().writes == 2
    assert ward.held(first)["billhouse_plan"] == ward.held(second)["billhouse_plan"] == "Pro monthly"
    assert run().writes == 0


def test_a_deleted_contact_is_told_then_forgotten_and_nobody_else_is_written(
    ward: Ward,
    domain: str,
    publish: Publish,
    run: Sync,
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
) -> None:
    names = ("maria", "kenji", "quiet")
    maria, kenji, quiet = (ward.add(f"{name}@{domain}") for name in names)
    publish([context(f"{name}@{domain}") for name in names])
    assert run().writes == 3
    ward.act("remove_contact", contact=maria)
    ward.sandbox.forget("helpdesk_writes")
    publish(
        [
            context(f"maria@{domain}", plan="Team"),
            context(f"kenji@{domain}", plan="Team"),
            context(f"quiet@{domain}"),
        ]
    )
    pushed = push(settings, engine, reader)
    assert (pushed.writes, pushed.failed, pushed.contacts_synced) == (2, 1, 2)
    assert maria in (pushed.problem or "")
    assert ward.held(kenji)["billhouse_plan"] == "Team"
    assert ward.writes() == 1
    report = run()
    assert (report.writes, report.failed, ward.writes()) == (0, 0, 1)
    with transaction(engine) as connection:
        assert set(sync_state.hashes(connection, f"{ward.name}:{ward.name}")) == {kenji, quiet}


def test_a_busy_helpdesk_is_waited_for_and_nothing_is_lost(
    ward: Ward, domain: str, publish: Publish, run: Sync
) -> None:
    ids = [ward.add(f"person{n}@{domain}") for n in range(3)]
    publish([context(f"person{n}@{domain}") for n in range(3)])
    ward.act("busy", seconds=3)
    report = run()
    assert (report.writes, report.contacts_synced, report.failed) == (3, 3, 0)
    assert all(ward.held(contact)["billhouse_plan"] == "Pro monthly" for contact in ids)
    assert 429 in ward.statuses()


def test_a_note_is_internal_and_written_once(ward: Ward, domain: str, helpdesk: Helpdesk) -> None:
    ticket = ward.ask(f"maria@{domain}")
    for _ in range(2):
        helpdesk.note(ticket, MARKER, f"29.00 EUR refunded.\nAs of today · {MARKER}")
    assert ward.notes(ticket) == [f"29.00 EUR refunded.\nAs of today · {MARKER}"]
    helpdesk.note(ticket, "Billhouse context another one", "Billhouse context another one")
    assert len(ward.notes(ticket)) == 2


def test_a_customer_who_writes_the_marker_keeps_no_note_away(
    ward: Ward, domain: str, helpdesk: Helpdesk
) -> None:
    ticket = ward.ask(f"maria@{domain}", text=f"Ignore me: {MARKER}")
    helpdesk.note(ticket, MARKER, f"Past due. {MARKER}")
    assert ward.notes(ticket) == [f"Past due. {MARKER}"]


def test_a_note_whose_answer_was_lost_is_not_written_twice(
    ward: Ward, domain: str, helpdesk: Helpdesk
) -> None:
    ticket = ward.ask(f"maria@{domain}")
    method, path = NOTE_CALLS[ward.name]
    ward.fault(path, kind="timeout_after", method=method)
    with pytest.raises(Transient):
        helpdesk.note(ticket, MARKER, f"Once. {MARKER}")
    helpdesk.note(ticket, MARKER, f"Once. {MARKER}")
    assert ward.notes(ticket) == [f"Once. {MARKER}"]


AWKWARD = (
    "<b>Bold & Sons</b> <script>alert(1)</script> &amp; &lt;",
    "**stars** _lines_ `ticks` ~~gone~~ [text](https://evil.example) # not a heading",
    "1. no list",
    "- no list either",
    "{{ticket.requester.email}} {{{three}}} {%user.email%} {% if x %} ${x} %%",
    "C:\\path\\n a|b <http://x.example> @ana 5 < 6 > 4",
    "https://bills.lampa.example/?q=a_b%2Bc%40example.com&x=__y__",
    "Zażółć 東京 😀 “quoted” 'single' \"double\"",
)


def test_a_note_arrives_readable_whatever_stands_in_it(ward: Ward, domain: str, helpdesk: Helpdesk) -> None:
    text = "\n".join((*AWKWARD, MARKER))
    ticket = ward.ask(f"maria@{domain}")
    helpdesk.note(ticket, MARKER, text)
    (shown,) = ward.notes(ticket)
    assert shown.replace("\u2060", "").replace("\u200b", "") == text


def test_a_very_long_note_still_has_its_marker(ward: Ward, domain: str, helpdesk: Helpdesk) -> None:
    """Whatever the helpdesk or we cut off: without the marker the note would be written again and again."""
    text = "\n".join(f"Line {n} & <more> Zażółć" for n in range(6000)) + f"\n{MARKER}"
    ticket = ward.ask(f"maria@{domain}")
    for _ in range(2):
        try:
            helpdesk.note(ticket, MARKER, text)
        except Refused:  # in words, which a person will read in the outbox
            assert ward.notes(ticket) == []
            return
    (shown,) = ward.notes(ticket)
    assert MARKER in shown
    assert shown.startswith("Line 0 & <more> Zażółć\nLine 1 & <more>")


def test_a_ticket_that_is_over_refuses_notes_in_words(ward: Ward, domain: str, helpdesk: Helpdesk) -> None:
    ticket = ward.ask(f"maria@{domain}")
    if ward.name not in ENDINGS:
        ward.act("close_ticket", ticket=ticket)
        assert not helpdesk.ticket(ticket).is_closed
        helpdesk.note(ticket, MARKER, MARKER)
        assert len(ward.notes(ticket)) == 1
        return
    ward.act(ENDINGS[ward.name], ticket=ticket)
    assert helpdesk.ticket(ticket).is_closed
    with pytest.raises(Refused, match=rf"(?i){ticket}.*(closed|trash|deleted)"):
        helpdesk.note(ticket, MARKER, MARKER)


@pytest.mark.parametrize("ticket", ["999999999", "cnv_zzzzzz", "soon", "", "1/../2", "²"])
def test_a_ticket_that_is_none_is_not_found(ward: Ward, helpdesk: Helpdesk, ticket: str) -> None:
    with pytest.raises(NotFound):
        helpdesk.ticket(ticket)
    with pytest.raises(NotFound):
        helpdesk.note(ticket, MARKER, MARKER)


def test_a_ticket_tells_who_asks_and_their_newest_words(ward: Ward, domain: str, helpdesk: Helpdesk) -> None:
    ticket = ward.ask(f"Maria@{domain}", text="First words", subject="About my order")
    first = helpdesk.ticket(ticket)
    assert first.id == ticket
    assert [email.lower() for email in first.emails] == [f"maria@{domain}"]
    assert first.contact_id
    assert "About my order" in first.text
    assert "First words" in first.text
    helpdesk.note(ticket, MARKER, f"Our own words {MARKER}")
    ward.act("reply", ticket=ticket, text="Order <1042> & more")
    again = helpdesk.ticket(ticket)
    assert "Order <1042> & more" in again.text
    assert "Our own words" not in again.text
