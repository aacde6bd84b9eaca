"""The emulated Braintree against the official SDK, unchanged: what it parses, refuses and forgets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import braintree
import httpx
import orjson
import pytest
from braintree.exceptions.authentication_error import AuthenticationError
from braintree.exceptions.not_found_error import NotFoundError

from sandbox import ledger
from sandbox.braintree import company, merchant, webhooks
from sandbox.braintree.books import Books
from sandbox.clock import Clock
from sandbox.state import State
from tests.sandbox.braintree_desk import Desk, serving

SALE = {
    "amount": "30.00",
    "payment_method_nonce": "fake-valid-nonce",
    "options": {"submit_for_settlement": True},
}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with serving(tmp_path_factory.mktemp("braintree")) as desk:
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path) as desk:
        yield desk


def booked(desk: Desk, measure: str) -> dict[str, Decimal]:
    return ledger.major(desk.state, "braintree", merchant.ACCOUNT, measure)


def test_the_sdk_reads_everything(old: Desk) -> None:
    sdk = old.sdk
    sales = list(sdk.transaction.search(braintree.TransactionSearch.type == "sale"))
    assert len(sales) > 80
    assert all(isinstance(sale.amount, Decimal) for sale in sales)
    assert {sale.currency_iso_code for sale in sales} == {"EUR", "USD", "GBP", "JPY"}
    assert all("." not in str(sale.amount) for sale in sales if sale.currency_iso_code == "JPY")
    assert {one.status for one in sdk.subscription.search(braintree.SubscriptionSearch.price >= "0")} >= {
        "Active", "Past Due", "Canceled", "Expired",
    }  # fmt: skip
    found = sdk.dispute.search(braintree.DisputeSearch.status.in_list(["open", "won", "lost", "expired"]))
    assert {one.status for one in found.disputes.items} == {"open", "won", "lost", "expired"}
    assert len(list(sdk.customer.all())) > 20
    assert {plan.id for plan in sdk.plan.all()} >= {"pro_month_eur", "team_year_usd"}
    assert [one.id for one in sdk.discount.all()] == ["welcome5", "loyal10"]
    assert [one.id for one in sdk.add_on.all()] == ["support"]
    assert {one.currency_iso_code for one in sdk.merchant_account.all().merchant_accounts.items} == {
        "EUR", "USD", "GBP", "JPY",
    }  # fmt: skip


def test_answers_have_the_fields_that_the_sdk_knows(old: Desk, specs: Path) -> None:
    known = orjson.loads((specs / "braintree.resources.json").read_bytes())["response_fields_read_by_sdk"]
    words = orjson.loads((specs / "braintree.resources.json").read_bytes())["enums"]
    names = {"transaction.detail_list": "transaction", "customer.detail_list": "customer"}
    for list_name, kind in names.items():
        shown = {
            name.replace("-", "_")
            for one in old.state.list("braintree", merchant.ACCOUNT, kind)
            for name in one
        }
        asked = {name for name in known[list_name] if not name.endswith("_details")}
        # What only other payment methods, newer features or mandated programmes bring along.
        assert len(asked & shown) >= len(asked) // 2, sorted(asked - shown)
    for kind, name in (("transaction", "Transaction.Status"), ("dispute", "Dispute.Status"),
                       ("subscription", "Subscription.Status")):  # fmt: skip
        sent = {one["status"] for one in old.state.list("braintree", merchant.ACCOUNT, kind)}
        assert sent <= set(words[name].values())


def test_times_are_searched_by_whole_minutes(desk: Desk) -> None:
    made = desk.sdk.transaction.sale({**SALE, "order_id": "minute"}).transaction
    minute = made.created_at.replace(second=0)
    search = braintree.TransactionSearch

    def found(low: datetime, high: datetime) -> bool:
        return made.id in desk.sdk.transaction.search(search.created_at.between(low, high)).ids

    assert found(minute, minute)
    assert found(minute + timedelta(seconds=59), minute + timedelta(seconds=59))
    assert not found(minute - timedelta(minutes=9), minute - timedelta(seconds=1))
    assert not found(minute + timedelta(minutes=1), minute + timedelta(minutes=9))


def test_a_search_is_cut_off_without_a_word_and_unordered(desk: Desk) -> None:
    search = braintree.TransactionSearch.type == "sale"
    every = desk.sdk.transaction.search(search).ids
    desk.state.set_setting(merchant.SEARCH_CAP, 40)
    assert len(desk.sdk.transaction.search(search).ids) == 40
    born = [desk.state.key("braintree", merchant.ACCOUNT, "transaction", id) for id in every]
    assert born != sorted(born, key=str)


def test_a_sale_settles_with_the_days_batch(desk: Desk) -> None:
    before = booked(desk, "charged").get("EUR", Decimal(0))
    made = desk.sdk.transaction.sale(SALE).transaction
    assert made.status == "submitted_for_settlement"
    assert booked(desk, "charged")["EUR"] == before + 30
    desk.pass_days(2)
    found = desk.sdk.transaction.find(made.id)
    assert [event.status for event in found.status_history] == [
        "authorized", "submitted_for_settlement", "settling", "settled",
    ]  # fmt: skip
    day = found.settlement_batch_id[:10]
    summary = desk.sdk.settlement_batch_summary.generate(day).settlement_batch_summary
    of_day = [
        one for one in summary.records if one["merchant_account_id"] == "lampa_eur" and one["kind"] == "sale"
    ]
    assert sum(Decimal(one["amount_settled"]) for one in of_day) >= 30
    assert found.disbursement_details.success


@pytest.mark.parametrize(
    ("amount", "status"),
    [
        ("2000.00", "processor_declined"),
        ("2046.00", "processor_declined"),
        ("3000.00", "failed"),
        ("5001.00", "gateway_rejected"),
        ("1999.99", "submitted_for_settlement"),
    ],
)
def test_the_amount_decides(desk: Desk, amount: str, status: str) -> None:
    result = desk.sdk.transaction.sale({**SALE, "amount": amount})
    assert result.transaction.status == status
    assert result.is_success == (status == "submitted_for_settlement")
    assert desk.sdk.transaction.find(result.transaction.id).status == status, "a declined sale is kept"


def test_the_same_sale_within_thirty_seconds_is_a_duplicate(desk: Desk) -> None:
    first = desk.sdk.transaction.sale({**SALE, "order_id": "o-1"})
    second = desk.sdk.transaction.sale({**SALE, "order_id": "o-1"})
    assert first.is_success
    assert second.transaction.gateway_rejection_reason == "duplicate"
    desk.clock.advance(31)
    assert desk.sdk.transaction.sale({**SALE, "order_id": "o-1"}).is_success


def test_a_key_makes_one_refund_of_two_calls(desk: Desk) -> None:
    sale = next(
        one for one in desk.state.list("braintree", merchant.ACCOUNT, "transaction")
        if one["status"] == "settled" and one["type"] == "sale" and not one["refund-ids"]
    )  # fmt: skip
    options = {"amount": "5.00" if sale["currency-iso-code"] != "JPY" else "5", "api_request_key": "k-1"}
    first = desk.sdk.transaction.refund(sale["id"], options)
    again = desk.sdk.transaction.refund(sale["id"], options)
    assert first.transaction.id == again.transaction.id
    other = desk.sdk.transaction.refund(sale["id"], {**options, "amount": "6"})
    assert [error.code for error in other.errors.deep_errors] == ["915232"]
    assert desk.sdk.transaction.find(sale["id"]).refund_ids == [first.transaction.id]


def codes(result: Any) -> list[str]:
    return [error.code for error in result.errors.deep_errors]


def test_refunds_are_refused_in_braintrees_words(desk: Desk) -> None:
    sdk = desk.sdk
    fresh = sdk.transaction.sale(SALE).transaction
    assert codes(sdk.transaction.refund(fresh.id)) == ["91506"]
    sdk.testing.settle_transaction(fresh.id)
    assert codes(sdk.transaction.refund(fresh.id, "30.01")) == ["91521"]
    part = sdk.transaction.refund(fresh.id, "10.00").transaction
    assert sdk.transaction.refund(fresh.id).transaction.amount == Decimal("20.00")
    assert codes(sdk.transaction.refund(fresh.id)) == ["91512"]
    assert codes(sdk.transaction.refund(part.id)) == ["91505"]
    assert codes(sdk.transaction.void(fresh.id)) == ["91504"]


def test_a_void_and_a_failed_refund_take_the_money_back_in_the_ledger(desk: Desk) -> None:
    before = (booked(desk, "charged")["EUR"], booked(desk, "refunded")["EUR"])
    made = desk.sdk.transaction.sale(SALE).transaction
    assert desk.sdk.transaction.void(made.id).transaction.status == "voided"
    sale = desk.sdk.transaction.sale({**SALE, "amount": "31.00"}).transaction
    desk.sdk.testing.settle_transaction(sale.id)
    credit = desk.sdk.transaction.refund(sale.id).transaction
    declined = desk.sdk.testing.settlement_decline_transaction(credit.id).transaction
    assert declined.status == "settlement_declined"
    assert (booked(desk, "charged")["EUR"], booked(desk, "refunded")["EUR"]) == (before[0] + 31, before[1])
    assert desk.sdk.transaction.refund(sale.id).is_success, "it can be refunded again"


def test_an_authorisation_expires_and_a_dispute_goes_unanswered(desk: Desk) -> None:
    held = desk.of("authorized")["id"]
    quarrel = next(iter(desk.sdk.dispute.search(braintree.DisputeSearch.status == "open").disputes.items))
    desk.pass_days(12)
    assert desk.sdk.transaction.find(held).status == "authorization_expired"
    assert desk.sdk.dispute.find(quarrel.id).status == "expired"
    assert desk.sdk.transaction.find(quarrel.transaction_details.id).disputes[0].status == "expired"


def test_subscriptions_are_billed_and_end(desk: Desk) -> None:
    trial = next(
        one for one in desk.sdk.subscription.search(braintree.SubscriptionSearch.status == "Active")
        if one.trial_period and one.current_billing_cycle == 0
    )  # fmt: skip
    desk.pass_days(20)
    billed = desk.sdk.subscription.find(trial.id)
    assert (billed.current_billing_cycle, len(billed.transactions)) == (1, 1)
    assert desk.sdk.subscription.cancel(trial.id).subscription.status == "Canceled"
    assert codes(desk.sdk.subscription.cancel(trial.id)) == ["81905"]
    owner = desk.sdk.transaction.find(billed.transactions[0].id).customer_details.id
    desk.sdk.customer.delete(owner)
    with pytest.raises(NotFoundError):
        desk.sdk.customer.find(owner)


def test_strangers_and_old_versions_are_turned_away(old: Desk) -> None:
    old_key = braintree.BraintreeGateway(
        braintree.Configuration(
            environment=old.sdk.config.environment, merchant_id=merchant.MERCHANT_ID,
            public_key=merchant.PUBLIC_KEY, private_key="another",
        )
    )  # fmt: skip
    with pytest.raises(AuthenticationError):
        old_key.plan.all()
    path = f"{old.url}/braintree/merchants/{merchant.MERCHANT_ID}/plans/"
    auth = (merchant.PUBLIC_KEY, merchant.PRIVATE_KEY)
    assert httpx.get(path, auth=auth).status_code == 426
    assert httpx.post(path, auth=auth, headers={"x-apiversion": "6"}, content=b"{").status_code == 404


def test_the_company_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        state = State(tmp_path / f"{name}.sqlite")
        company.seed(state, Clock(state), 7, 40)
        told.append(
            (ledger.rows(state), [one["id"] for one in state.list("braintree", merchant.ACCOUNT, "customer")])
        )
        state.close()
    assert told[0] == told[1]


def test_a_webhook_is_what_the_sdk_parses(desk: Desk) -> None:
    sale = desk.of("settled")
    Books(desk.state, int(datetime.now(UTC).timestamp())).announce("transaction_settled", "transaction", sale)
    event = desk.state.list("braintree", merchant.ACCOUNT, "event")[0]
    found = webhooks.letter(desk.state, merchant.ACCOUNT, event["id"])
    assert found is not None
    headers, body = found
    form = dict(httpx.QueryParams(body.decode()))
    told = desk.sdk.webhook_notification.parse(form["bt_signature"], form["bt_payload"])
    assert (told.kind, told.transaction.id) == ("transaction_settled", sale["id"])
    assert webhooks.letter(desk.state, merchant.ACCOUNT, "bt_none") is None
    assert headers["content-type"] == "application/x-www-form-urlencoded"
