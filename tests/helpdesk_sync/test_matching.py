"""Who asks: by address, by what the text names, or nobody. A wrong match shows somebody else's bills."""

from collections.abc import Callable

import pytest

from billing.errors import NotFound
from billing.warehouse import matching
from billing.warehouse.reader import DuckDBReader

MARIA, MARIO, KENJI = (f"stripe:stripe_eu:cus_{name}" for name in ("maria", "mario", "kenji"))
GUEST = "stripe:stripe_eu:ch_guest"
Find = Callable[..., list[tuple[str | None, str, str]]]


@pytest.fixture
def find(publish: Callable[..., None], reader: DuckDBReader) -> Find:
    """find(text, *emails) -> (customer or guest's charge, matched by, confidence), of conftest.py's company."""
    publish([])

    def look(text: str, *emails: str) -> list[tuple[str | None, str, str]]:
        found = matching.find(reader, emails, text)
        return [(one.customer_ref or one.charge_ref, one.matched_by, one.confidence) for one in found]

    return look


def test_an_address_matches_whatever_its_case(find: Find) -> None:
    assert find("Hello", " Maria@Example.COM ") == [(MARIA, "e-mail", "matched by e-mail")]
    assert find("Hello", "guest@example.com") == [(GUEST, "e-mail", "matched by e-mail")]
    assert find("Hello", "maria+news@example.com") == []


def test_every_address_of_a_requester_counts(find: Find) -> None:
    found = find("Hello", "work@example.org", "kenji@example.com", "maria@example.com", "KENJI@example.com")
    assert [who for who, _, _ in found] == [KENJI, MARIA]


def test_what_the_text_names_is_not_looked_at_once_an_address_matches(find: Find) -> None:
    assert [who for who, _, _ in find("It is about ch_kenji, order #1042", "maria@example.com")] == [MARIA]


@pytest.mark.parametrize(
    ("text", "who", "how"),
    [
        ("My statement says cus_maria1? No: pi_3ch_renewal.", MARIA, "id"),
        ("See stripe:stripe_eu:ch_kenji for it", KENJI, "id"),
        ("(ch_guest1 was wrong) pi_3ch_guest", GUEST, "id"),
        ("refund re_maria2 or re_maria", MARIA, "id"),
        ("invoice lampa-0002, please", MARIA, "invoice number"),
        ("Where is my order #1042?", KENJI, "order number"),
        ("Bestellung Nr. 1042", KENJI, "order number"),
        ("order no 1043 came broken", GUEST, "order number"),
        ("card ending 4242, I was charged 5400 JPY", KENJI, "last four digits and amount"),
        ("49.00 EUR on my card 4242", MARIA, "last four digits and amount"),
        ("•4242 und 49,00 €", MARIA, "last four digits and amount"),
        ("KWD 12.500 on 4242", GUEST, "last four digits and amount"),
    ],
)
def test_what_a_stranger_names_is_said_to_be_named(find: Find, text: str, who: str, how: str) -> None:
    assert find(text, "stranger@example.org") == [(who, how, matching.NAMED)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, I was charged twice in 2026 and want my money back.",
        "stripe:stripe_us:ch_kenji",  # the reference names an account where there is no such charge
        "1042 reasons, 1043 more",  # a bare number is no order
        "49.00 EUR on my card 1881",
        "48.00 EUR on my card 4242",
        "49.00 and 4242",  # no currency
        "4242.00 EUR",  # an amount is no card
        "charge cus_nobody1, order #9999, invoice LAMPA-9999",
        "insufficient_funds 12345678",
    ],
)
def test_a_stranger_who_names_nothing_of_ours_matches_nobody(find: Find, text: str) -> None:
    assert find(text, "stranger@example.org") == []


def test_digits_and_amount_that_fit_two_people_match_nobody(
    publish: Callable[..., None], reader: DuckDBReader
) -> None:
    publish([], "update charges set amount_minor = 4900, currency = 'EUR' where charge_id = 'ch_kenji'")
    assert matching.find(reader, (), "49.00 EUR on 4242") == []


def test_the_charge_that_was_named_is_kept(publish: Callable[..., None], reader: DuckDBReader) -> None:
    publish([])
    (match,) = matching.find(reader, (), "What is ch_renewal?")
    assert (match.customer_ref, match.charge_ref) == (MARIA, "stripe:stripe_eu:ch_renewal")


def test_a_pasted_log_is_read_within_bounds(find: Find) -> None:
    noise = " ".join(f"token_{n}" for n in range(5000))
    assert find(f"charged my account for pi_3ch_kenji {noise}") == [(KENJI, "id", matching.NAMED)]
    assert find(f"{noise} pi_3ch_kenji") == []


def test_before_the_first_copy_it_says_so(reader: DuckDBReader) -> None:
    with pytest.raises(NotFound, match="Nothing is published"):
        matching.find(reader, ("maria@example.com",), "")
