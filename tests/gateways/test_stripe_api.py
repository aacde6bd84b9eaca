"""The client against the emulated Stripe: key, paging, reading and writing."""

import dataclasses
import uuid
from collections.abc import Callable

import orjson
import pytest
from pydantic import SecretStr

from billing.errors import BadCredential, NotFound
from billing.settings_model import StripeAccount
from gateways.stripe.api import StripeApi
from tests.conftest import Sandbox
from tests.gateways.conftest import Answer, Scripted, stripe_error


def api(sandbox: Sandbox, key: str = "sk_test_sandbox_eu") -> StripeApi:
    return StripeApi(
        StripeAccount(
            account="stripe_eu",
            title="Lampa EU",
            secret_key=SecretStr(key),
            base_url=f"{sandbox.url}/stripe",
            requests_per_second=80,
        )
    )


def test_a_good_key_is_described(sandbox: Sandbox) -> None:
    words = api(sandbox).check()
    assert "stripe_eu" in words
    assert "Lampa Studio GmbH" in words


def test_a_bad_key_is_refused_in_words(sandbox: Sandbox) -> None:
    with pytest.raises(BadCredential) as caught:
        api(sandbox, "sk_test_wrong_key_of_mine").check()
    assert "wrong_key_of_mine" not in str(caught.value)


def test_two_accounts_live_side_by_side(sandbox: Sandbox) -> None:
    eu, us = api(sandbox), api(sandbox, "sk_test_sandbox_us")
    ids = {one.client.v1.accounts.retrieve_current().id for one in (eu, us)}
    assert ids == {eu.get("/v1/account")["id"], us.get("/v1/account")["id"]}
    assert len(ids) == 2


def test_pages_hold_every_object_once(sandbox: Sandbox) -> None:
    pages = list(api(sandbox).pages("/v1/charges"))
    ids = [charge["id"] for page in pages for charge in page]
    assert len(ids) == len(set(ids)) == sandbox.control("ledger")["counts"]["stripe_eu"]["charges"]
    assert all(len(page) == 100 for page in pages[:-1])


def test_paging_starts_where_it_is_told(sandbox: Sandbox) -> None:
    one = api(sandbox)
    everything = [customer["id"] for page in one.pages("/v1/customers") for customer in page]
    rest = [customer["id"] for page in one.pages("/v1/customers", after=everything[4]) for customer in page]
    assert rest == everything[5:]


def test_what_is_not_there_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound):
        api(sandbox).get("/v1/charges/ch_nothing")


def test_a_write_goes_through_the_sdk(sandbox: Sandbox) -> None:
    one = api(sandbox)
    key = uuid.uuid4().hex

    def make() -> dict[str, object]:
        params = {"description": "made by a test", "metadata": {"test": key}}
        return one.write(lambda client: client.v1.customers.create(params, {"idempotency_key": key}))

    made = make()
    assert made == make(), "the same key gives the same customer"
    assert one.get(f"/v1/customers/{made['id']}")["metadata"] == {"test": key}
    one.write(lambda client: client.v1.customers.delete(str(made["id"])))


def test_a_list_is_read_anew_when_its_place_is_lost(
    scripted: Callable[..., Scripted], sandbox: Sandbox
) -> None:
    def page(*ids: str, has_more: bool) -> Answer:
        data = [{"id": key} for key in ids]
        return Answer(200, orjson.dumps({"object": "list", "data": data, "has_more": has_more}))

    lost = Answer(400, stripe_error("invalid_request_error", "resource_missing"))
    server = scripted(page("b", has_more=True), lost, page("c", has_more=True), page("a", has_more=False))
    one = api(dataclasses.replace(sandbox, url=server.url))
    assert [thing["id"] for found in one.pages("/v1/charges") for thing in found] == ["b", "c", "a"]
