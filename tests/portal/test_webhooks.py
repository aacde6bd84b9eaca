"""Webhooks: verified and kept once, or refused in words without a trace."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from billing.store import inbox, transaction
from billing.store.tables import inbox as inbox_table
from portal.intake import MAX_BYTES
from tests.portal.conftest import SECRET, Sign

URL = "/webhooks/stripe/stripe_eu"


def kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(inbox_table)).scalar_one()


def test_a_signed_webhook_is_kept_and_answered(client: TestClient, engine: Engine, sign: Sign) -> None:
    raw, headers = sign()
    answer = client.post(URL, content=raw, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    with transaction(engine) as connection:
        (hint,) = inbox.pending(connection)
    assert (hint.gateway, hint.account, hint.event_id) == ("stripe", "stripe_eu", "evt_1")
    assert (hint.object_kind, hint.object_id) == ("charge", "ch_1")


def test_a_replay_is_answered_and_not_kept_again(client: TestClient, engine: Engine, sign: Sign) -> None:
    raw, headers = sign()
    assert [client.post(URL, content=raw, headers=headers).status_code for _ in range(3)] == [200, 200, 200]
    assert kept(engine) == 1


def test_thirty_duplicates_at_once_are_one_row(client: TestClient, engine: Engine, sign: Sign) -> None:
    requests = [sign(f"evt_{n % 3}") for n in range(30)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda r: client.post(URL, content=r[0], headers=r[1]), requests))
    assert {answer.status_code for answer in answers} == {200}
    assert kept(engine) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret": "whsec_of_a_stranger"}, "mismatched"),
        ({"at": int(time.time()) - 400}, "too old"),
        ({"data": {}}, "not a Stripe event"),
    ],
)
def test_what_does_not_hold_is_refused_in_words(
    client: TestClient,
    engine: Engine,
    sign: Sign,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, object],
    words: str,
) -> None:
    raw, headers = sign(**change)
    with caplog.at_level(logging.DEBUG):
        answer = client.post(URL, content=raw, headers=headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert kept(engine) == 0
    assert "refused" in caplog.text
    assert SECRET not in caplog.text
    assert headers["Stripe-Signature"] not in caplog.text


def test_a_changed_body_is_refused(client: TestClient, engine: Engine, sign: Sign) -> None:
    raw, headers = sign()
    answer = client.post(URL, content=raw.replace(b"ch_1", b"ch_2"), headers=headers)
    assert answer.status_code == 400
    assert kept(engine) == 0


@pytest.mark.parametrize("header", [None, "", "nonsense", "t=,v1=", "t=abc,v1=00", "v1=00"])
def test_a_missing_or_odd_signature_is_refused(
    client: TestClient, engine: Engine, sign: Sign, header: str | None
) -> None:
    raw, _ = sign()
    headers = {} if header is None else {"Stripe-Signature": header}
    assert client.post(URL, content=raw, headers=headers).status_code == 400
    assert kept(engine) == 0


@pytest.mark.parametrize("path", ["stripe/stripe_asia", "paypal/stripe_eu", "stripe_eu/stripe"])
def test_an_unknown_account_is_not_found(client: TestClient, sign: Sign, path: str) -> None:
    raw, headers = sign()
    assert client.post(f"/webhooks/{path}", content=raw, headers=headers).status_code == 404


def test_an_account_without_a_secret_says_so(client: TestClient, engine: Engine, sign: Sign) -> None:
    raw, headers = sign()
    answer = client.post("/webhooks/stripe/stripe_us", content=raw, headers=headers)
    assert answer.status_code == 503
    assert "No webhook secret" in answer.json()["error"]
    assert kept(engine) == 0


def test_a_large_body_is_refused_with_and_without_a_length(client: TestClient, sign: Sign) -> None:
    raw, headers = sign(padding="x" * MAX_BYTES)
    assert client.post(URL, content=raw, headers=headers).status_code == 413
    chunks = (raw[n : n + 65536] for n in range(0, len(raw), 65536))
    assert client.post(URL, content=chunks, headers=headers).status_code == 413


def test_webhooks_are_posted(client: TestClient) -> None:
    assert client.get(URL).status_code == 405


def test_a_store_that_cannot_write_asks_for_the_webhook_again(
    client: TestClient, engine: Engine, sign: Sign
) -> None:
    with engine.begin() as connection:
        inbox_table.drop(connection)
    raw, headers = sign()
    answer = client.post(URL, content=raw, headers=headers)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
