"""What Stripe's errors mean: for reads they may pass, for writes money may have moved."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from billing.settings_model import StripeAccount
from gateways.stripe.api import StripeApi
from tests.gateways.conftest import Answer, Scripted, stripe_error

KEY = "sk_test_very_secret"
Start = Callable[..., Scripted]


def api(server: Scripted, patience: float = 0.3) -> StripeApi:
    account = StripeAccount(
        account="acme", title="Acme", secret_key=SecretStr(KEY), base_url=server.url, requests_per_second=100
    )
    return StripeApi(account, patience=patience)


def refund(one: StripeApi) -> object:
    return one.write(
        lambda client: client.v1.refunds.create({"charge": "ch_1"}, {"idempotency_key": "key-1"})
    )


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        (Answer(401, stripe_error("invalid_request_error", message=f"Invalid key: {KEY}")), BadCredential, None),
        (Answer(403, stripe_error("invalid_request_error", "more_permissions_required")), BadCredential, None),
        (Answer(404, stripe_error("invalid_request_error", "resource_missing")), NotFound, None),
        (Answer(400, stripe_error("invalid_request_error", "parameter_unknown")), Refused, "parameter_unknown"),
        (Answer(429, stripe_error("invalid_request_error", "rate_limit"), {"Retry-After": "0"}), Transient, None),
        (Answer(500, b"<html>down</html>"), Transient, None),
        (Answer(404, b"<!DOCTYPE html><p>a proxy's page: nothing is gone"), Refused, None),
        (Answer(401, b"<html>a proxy's page</html>"), BadCredential, None),
        (Answer(kind="dropped"), Transient, None),
    ],
)  # fmt: skip
def test_reading(scripted: Start, answer: Answer, expected: type[BillhouseError], code: str | None) -> None:
    with pytest.raises(expected) as caught:
        api(scripted(answer)).get("/v1/charges/ch_1")
    assert type(caught.value) is expected
    assert "very_secret" not in str(caught.value)
    if code:
        assert getattr(caught.value, "code", None) == code


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        (Answer(kind="dropped"), OutcomeUnknown, None),
        (Answer(kind="truncated", body=b'{"id": "re_1", "object": "refund"}'), OutcomeUnknown, None),
        (Answer(200, b"<html>"), OutcomeUnknown, None),
        (Answer(500, stripe_error("api_error")), OutcomeUnknown, None),
        (Answer(502, b"bad gateway"), OutcomeUnknown, None),
        (Answer(409, stripe_error("idempotency_error", "idempotency_key_in_use")), OutcomeUnknown, None),
        (Answer(429, stripe_error("invalid_request_error", "rate_limit")), Transient, None),
        (Answer(401, stripe_error("invalid_request_error")), BadCredential, None),
        (Answer(403, stripe_error("invalid_request_error")), BadCredential, None),
        (Answer(400, stripe_error("invalid_request_error", "charge_disputed")), Refused, "charge_disputed"),
        (Answer(400, stripe_error("idempotency_error")), Refused, "idempotency_error"),
        (Answer(402, stripe_error("card_error", "card_declined")), Refused, "card_declined"),
        (Answer(404, stripe_error("invalid_request_error", "resource_missing")), Refused, "resource_missing"),
    ],
)  # fmt: skip
def test_writing(scripted: Start, answer: Answer, expected: type[BillhouseError], code: str | None) -> None:
    server = scripted(answer)
    with pytest.raises(expected) as caught:
        refund(api(server))
    assert type(caught.value) is expected
    assert getattr(caught.value, "code", None) == code or code is None
    assert len(server.requests) == 1, "a write is never repeated by itself"


def test_a_write_to_nowhere_has_no_known_outcome() -> None:
    with pytest.raises(OutcomeUnknown):
        refund(api(Scripted("http://127.0.0.1:9", [])))


def test_a_write_carries_version_and_key(scripted: Start) -> None:
    server = scripted(
        Answer(200, b'{"id": "re_1", "object": "refund", "amount": 2000, "status": "succeeded"}')
    )
    assert refund(api(server)) == {"id": "re_1", "object": "refund", "amount": 2000, "status": "succeeded"}
    method, path, headers = server.requests[0]
    assert (method, path) == ("POST", "/v1/refunds")
    assert headers["Idempotency-Key"] == "key-1"
    assert headers["Stripe-Version"] == "2026-10-28.endive"
    assert headers["Authorization"] == f"Bearer {KEY}"


def test_a_rate_limit_says_when_to_come_back(scripted: Start) -> None:
    with pytest.raises(Transient) as caught:
        refund(api(scripted(Answer(429, stripe_error("invalid_request_error"), {"Retry-After": "3"}))))
    assert caught.value.retry_after == 3


def test_keys_are_taken_out_of_stripes_own_words(scripted: Start) -> None:
    answer = Answer(
        400,
        stripe_error("invalid_request_error", message="No such key: 'rk_live_51abc'; use sk_live_51***xyz"),
    )
    with pytest.raises(Refused) as caught:
        refund(api(scripted(answer)))
    assert "51" not in str(caught.value)
