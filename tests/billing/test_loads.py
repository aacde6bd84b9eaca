"""When each account was last read, on both databases, and what that is called."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from billing import clock
from billing.store import loads, transaction
from billing.store.loads import LastLoad

AT = datetime(2026, 10, 12, 14, 5, 30, tzinfo=UTC)
PAYPAL = ("paypal", "paypal_main")


def of(engine: Engine) -> LastLoad:
    with transaction(engine) as connection:
        (found,) = loads.last(connection, [PAYPAL])
    return found


def test_a_failure_leaves_the_last_good_load_on_record(store: Engine) -> None:
    assert of(store) == LastLoad(*PAYPAL, None, None)
    with transaction(store) as connection:
        loads.read(connection, *PAYPAL, AT)
        loads.read(connection, "stripe", "stripe_eu", AT + timedelta(hours=1))
    assert of(store) == LastLoad(*PAYPAL, AT, None)
    with transaction(store) as connection:
        loads.failed(connection, *PAYPAL, "PayPal does not answer.")
    assert of(store) == LastLoad(*PAYPAL, AT, "PayPal does not answer.")
    with transaction(store) as connection:
        loads.read(connection, *PAYPAL, AT + timedelta(minutes=15))
    assert of(store) == LastLoad(*PAYPAL, AT + timedelta(minutes=15), None)


@pytest.mark.parametrize(
    ("read_at", "problem", "published_at", "is_behind"),
    [
        (None, None, AT, False),  # never tried: nothing is known of it
        (None, "refused", None, True),
        (AT, None, AT + timedelta(minutes=20), False),
        (AT, None, AT + timedelta(minutes=61), True),
        (AT, None, None, False),
        (AT, "refused", AT, True),
    ],
)
def test_an_account_is_behind_when_its_last_try_failed_or_it_was_left_out(
    read_at: datetime | None, problem: str | None, published_at: datetime | None, is_behind: bool
) -> None:
    assert LastLoad(*PAYPAL, read_at, problem).is_behind(published_at) is is_behind


def test_words_name_the_account_and_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_source", lambda: datetime(2026, 11, 23, tzinfo=UTC))
    since = LastLoad(*PAYPAL, AT, "refused")
    assert since.words("PayPal") == "PayPal (paypal_main) has not been read since 12 Oct, 14:05 UTC"
    monkeypatch.setattr(clock, "_source", lambda: datetime(2027, 1, 2, tzinfo=UTC))
    assert since.words("PayPal") == "PayPal (paypal_main) has not been read since 12 Oct 2026, 14:05 UTC"
    never = LastLoad(*PAYPAL, None, "refused")
    assert never.words("PayPal") == "PayPal (paypal_main) has never been read"
