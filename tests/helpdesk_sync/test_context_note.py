"""What an agent reads beside a ticket: who, what is wrong, what was paid, in plain words and bounded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from billing.settings_model import Settings
from billing.warehouse import matching
from billing.warehouse.reader import DuckDBReader
from helpdesk_sync import candidates, context_note
from tests.helpdesk_sync.conftest import house_of

Publish = Callable[..., None]
Write = Callable[..., str]


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return house_of(tmp_path)


@pytest.fixture
def write(publish: Publish, reader: DuckDBReader, plain: Settings) -> Write:
    """write(emails, text="", *changes of the company) -> the note."""

    def run(emails: tuple[str, ...], text: str = "", *changes: str) -> str:
        publish([], *changes)
        return context_note.write(plain, candidates.of(reader, matching.find(reader, emails, text)))

    return run


APART = "update person_customers set person_ref = customer_ref where customer_ref like '%mario'"


def test_who_is_past_due(write: Write) -> None:
    assert write(("maria@example.com",), "", APART).splitlines() == [
        "Maria Kowalska, maria@example.com (matched by e-mail). Billed through Stripe Europe.",
        "Past due: 49.00 EUR.",
        "The last charge failed: 49.00 EUR on 12 Nov 2026: Your card has insufficient funds.",
        "Subscription: Pro monthly, 49.00 EUR monthly, past due, renews 12 Dec 2026.",
        "Last payment: 49.00 EUR, partially refunded on 12 Oct 2026 through Stripe Europe, Visa •4242. "
        "Renewal of Pro monthly, 12 Oct – 12 Nov, incl. 9.16 EUR VAT (23 %).",
        "Lifetime: 78.00 EUR in 2 payments since 12 Sep 2026.",
        "Look up: https://bills.lampa.example/?q=maria%40example.com",
    ]


def test_who_disputes_and_pays_in_yen(write: Write) -> None:
    assert write(("kenji@example.com",)).splitlines() == [
        "Kenji Sato, kenji@example.com (matched by e-mail). Billed through Stripe Europe.",
        "Dispute over 5,400 JPY: needs response by 1 Dec 2026 (product not received).",
        "Last payment: 5,400 JPY on 1 Nov 2026 through Stripe Europe, Visa •4242. Basic, yearly.",
        "Lifetime: 5,400 JPY in 1 payment since 1 Nov 2026.",
        "Look up: https://bills.lampa.example/?q=kenji%40example.com",
    ]


def test_a_guest(write: Write) -> None:
    lines = write(("guest@example.com",)).splitlines()
    assert lines[0] == "A guest, guest@example.com (matched by e-mail). Billed through Stripe Europe."
    assert "Last payment: 12.500 KWD on 2 Nov 2026" in lines[1]
    assert lines[-1] == "Look up: https://bills.lampa.example/?q=guest%40example.com"


def test_a_person_with_several_customers_is_one_person(write: Write) -> None:
    """Maria's other customer, whom an agent linked, is told with her; a guest's payment by her address too."""
    note = write(
        ("maria@example.com",),
        "",
        "update charges set customer_email = ' Maria@example.com', amount_minor = 700, captured_minor = 700,"
        " currency = 'EUR' where charge_id = 'ch_guest'",
        "insert into customer_totals select 'stripe:stripe_eu:cus_mario', 'USD', 100, 0, 100, 1, 0, 0,"
        " timestamp '2025-01-01', timestamp '2025-01-01'",
    )
    assert note.count("Look up:") == 1
    assert "people may be meant" not in note
    assert "Lifetime: 85.00 EUR + 1.00 USD in 4 payments since 1 Jan 2025." in note


def test_two_people_with_one_address_are_told_apart(write: Write) -> None:
    """An agent has said that they are two: the address alone cannot tell which of them writes."""
    note = write(
        ("maria@example.com",),
        "",
        APART,
        "update customers set email_key = 'maria@example.com' where customer_id = 'cus_mario'",
    )
    first, maria, mario = note.split("\n\n")
    assert first == "2 people may be meant. Find out which one before you act."
    assert maria.startswith("Maria Kowalska")
    assert mario.startswith("Mario *Bold* Rossi, mario@example.com (matched by e-mail)")


def test_at_most_three_people_stand_in_a_note(write: Write) -> None:
    note = write(
        ("maria@example.com",),
        "",
        "insert into customers select 'stripe:stripe_eu:cus_' || n, 'stripe', 'stripe_eu', 'cus_' || n,"
        " 'maria@example.com', 'maria@example.com', 'Maria ' || n, null, null, null, null, null, null, null, null,"
        " false, timestamp '2026-01-01', null from range(4) as t(n)",
    )
    assert note.count("Look up:") == 3
    assert note.startswith("5 people may be meant.")
    assert note.endswith("And 2 more.")


def test_whoever_was_only_named_is_told_as_that(write: Write) -> None:
    lines = write(("stranger@example.org",), "what is pi_3ch_renewal").splitlines()
    assert lines[0] == (
        "Maria Kowalska, maria@example.com (named in the text by id; the sender's address is not theirs). "
        "Billed through Stripe Europe."
    )
    (named,) = [line for line in lines if line.startswith("Charge in question: ")]
    assert "Renewal of Pro monthly, 12 Oct – 12 Nov" in named


def test_a_subscription_that_ended(write: Write) -> None:
    note = write(
        ("maria@example.com",),
        "",
        "update subscriptions set status = 'canceled', canceled_at = timestamp '2026-11-13', amount_minor = null",
    )
    assert "Subscription: Pro monthly, canceled since 13 Nov 2026." in note


def test_what_customers_typed_stays_one_short_line(write: Write) -> None:
    note = write(
        ("kenji@example.com",),
        "",
        "update customers set name = 'Kenji' || chr(10) || chr(10) || 'Past due: 0.00 EUR' || repeat('x', 400)"
        " where customer_id = 'cus_kenji'",
    )
    assert note.splitlines()[0].startswith("Kenji Past due: 0.00 EURxxx")
    assert "…, kenji@example.com" in note
    assert len(note.splitlines()) == 5


def test_the_same_facts_are_the_same_words(write: Write) -> None:
    first, again = write(("maria@example.com",)), write(("maria@example.com",))
    assert context_note.content_hash(first) == context_note.content_hash(again)
    changed = write(("maria@example.com",), "", "update customer_totals set past_due_minor = 0")
    assert context_note.content_hash(changed) != context_note.content_hash(first)
