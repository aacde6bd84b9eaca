"""The made-up company: complete, decided by its seed, and its own ledger agrees with what the API shows."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from iso4217 import Currency

from sandbox import company, history, ledger
from sandbox.clock import Clock
from sandbox.state import State
from sandbox.stripe import life
from sandbox.stripe.currency import exponent, rounded, spoken, units

DATA = Path(__file__).parents[2].parent / "shared" / "data"
FINALISED = ("open", "paid", "uncollectible")


def summed(desk: Any, account: str) -> dict[tuple[str, str], int]:
    """The ledger's measures by (currency, measure) in ISO minor units, worked out from the API's objects."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)

    def add(currency: str, measure: str, amount: int) -> None:
        sums[currency.upper(), measure] += Decimal(amount).scaleb(-exponent(currency))

    for one in desk.every("/charges", account):
        if one["status"] == "succeeded":
            add(one["currency"], "charged", one["amount_captured"])
    for one in desk.every("/refunds", account):
        if one["status"] in ("succeeded", "pending"):
            add(one["currency"], "refunded", one["amount"])
    for one in desk.every("/invoices", account):
        if one["status"] in FINALISED:
            add(one["currency"], "invoiced", one["total"])
            add(one["currency"], "taxed", sum(tax["amount"] for tax in one["total_taxes"]))
    for one in desk.every("/disputes", account):
        add(one["currency"], "disputed", one["amount"])
    for one in desk.every("/balance_transactions", account):
        add(one["currency"], "fees", one["fee"])
        add(one["currency"], "net", one["net"])
    return {key: int(value.scaleb(int(Currency(key[0]).exponent or 0))) for key, value in sums.items()}


def told(desk: Any, account: str) -> dict[tuple[str, str], int]:
    return {
        (row["currency"], row["measure"]): row["minor"]
        for row in ledger.rows(desk.state)
        if row["account"] == account
    }


@pytest.mark.parametrize("account", ["stripe_eu", "stripe_us"])
def test_the_ledger_agrees_with_the_objects_to_the_cent(old_desk: Any, account: str) -> None:
    assert told(old_desk, account) == summed(old_desk, account)
    assert {measure for _, measure in told(old_desk, account)} == set(ledger.MEASURES)


def test_the_ledger_still_agrees_after_three_months_more(desk: Any) -> None:
    life.advance(desk.state, desk.clock, 92 * 86_400)
    assert told(desk, "stripe_eu") == summed(desk, "stripe_eu")
    assert told(desk, "stripe_us") == summed(desk, "stripe_us")


def test_invoices_add_up(old_desk: Any) -> None:
    for invoice in (*old_desk.every("/invoices"), *old_desk.every("/invoices", "stripe_us")):
        taxes = invoice["total_taxes"]
        on_top = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
        off = sum(one["amount"] for one in invoice["total_discount_amounts"])
        assert invoice["total"] == invoice["subtotal"] - off + on_top
        assert invoice["total_excluding_tax"] == invoice["total"] - sum(tax["amount"] for tax in taxes)
        assert sum(tax["taxable_amount"] for tax in taxes) in (invoice["total_excluding_tax"], 0)
        if invoice["status"] == "paid":
            assert invoice["amount_paid"] == invoice["total"] - invoice["pre_payment_credit_notes_amount"]


def test_every_tax_of_the_story_is_there(old_desk: Any) -> None:
    rates = {one["id"]: one for one in old_desk.every("/tax_rates")}
    used = defaultdict(set)
    for invoice in old_desk.every("/invoices"):
        for tax in invoice["total_taxes"]:
            rate = rates[tax["tax_rate_details"]["tax_rate"]]
            used[rate["percentage"]].add((tax["tax_behavior"], tax["taxability_reason"]))
    assert {19, 20, 21, 23, 25} <= set(used)
    assert {("inclusive", "standard_rated"), ("exclusive", "standard_rated")} == used[19]
    assert used[0] == {("exclusive", "reverse_charge")}


def test_the_cast_plays_its_parts(old_desk: Any) -> None:
    maria = old_desk.every("/customers", email="maria@example.com")[0]
    subscription = old_desk.every("/subscriptions", customer=maria["id"])[0]
    assert (subscription["status"], maria["delinquent"]) == ("past_due", True)
    price = subscription["items"]["data"][0]["price"]
    assert (price["nickname"], price["unit_amount"], price["currency"]) == ("Pro monthly", 4900, "eur")
    paid = [one for one in old_desk.every("/charges", customer=maria["id"]) if one["paid"]]
    assert (paid[0]["amount"], paid[0]["amount_refunded"]) == (4900, 2000)
    invoice = old_desk.every("/invoices", customer=maria["id"], status="paid")[0]
    assert invoice["total_taxes"][0]["amount"] == 916  # 23 % within 49.00
    assert invoice["customer_tax_ids"] == [{"type": "eu_vat", "value": "PL5252344078"}]
    for account in ("stripe_eu", "stripe_us"):
        assert len(old_desk.every("/customers", account, email="sofia@example.com")) == 1


def test_every_state_of_the_story_is_there(old_desk: Any) -> None:
    disputes = [*old_desk.every("/disputes"), *old_desk.every("/disputes", "stripe_us")]
    wanted = {"won", "lost", "needs_response", "under_review", "warning_needs_response"}
    assert wanted <= {one["status"] for one in disputes}
    refunds = {one["status"] for one in old_desk.every("/refunds")}
    assert refunds == {"succeeded", "failed", "pending"}
    invoices = {one["status"] for one in old_desk.every("/invoices")}
    assert {"open", "paid", "void", "uncollectible"} <= invoices
    assert {one["type"] for one in old_desk.every("/credit_notes")} == {"pre_payment", "post_payment"}
    charges = old_desk.every("/charges")
    assert any(one["customer"] is None and one["billing_details"]["email"] for one in charges)
    assert any(one["paid"] and not one["captured"] for one in charges)
    assert any(one["captured"] and one["balance_transaction"] is None for one in charges)
    subscriptions = old_desk.every("/subscriptions", status="all")
    assert any(one["cancel_at_period_end"] for one in subscriptions)
    assert any(one["discounts"] for one in subscriptions)
    assert any(one["items"]["data"][0]["price"]["recurring"]["interval"] == "year" for one in subscriptions)
    assert {one["status"] for one in old_desk.every("/payouts")} <= {"paid", "in_transit"}


@pytest.mark.parametrize("account", ["stripe_eu", "stripe_us"])
def test_some_charges_were_paid_today_and_none_tomorrow(old_desk: Any, account: str) -> None:
    now = old_desk.clock.now()
    midnight = int(datetime(now.year, now.month, now.day, tzinfo=UTC).timestamp())
    charges = old_desk.every("/charges", account)
    assert sum(one["created"] >= midnight and one["paid"] for one in charges) >= 3
    assert max(one["created"] for one in charges) <= int(now.timestamp())


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    def make(name: str, seed: int) -> list[tuple[Any, ...]]:
        state = State(tmp_path / name)
        company.seed(state, clock_at_noon(state), seed=seed, customers=40)
        found = state.execute("select account, kind, id, created, json from objects order by seq")
        return [tuple(row) for row in found]

    first, same, other = make("a", 7), make("b", 7), make("c", 8)
    assert first == same
    assert first != other


def clock_at_noon(state: State) -> Clock:
    clock = Clock(state)
    clock.set(clock.now().replace(hour=12, minute=0, second=0, microsecond=500_000))
    return clock


def test_seeding_again_changes_nothing_and_a_restart_finds_everything(tmp_path: Path) -> None:
    state = State(tmp_path / "s")
    clock = Clock(state)
    company.seed(state, clock, customers=1)
    before = ledger.counts(state)
    company.seed(state, clock, seed=9, customers=99)
    assert ledger.counts(state) == before
    clock.advance(1000)
    state.close()
    again = State(tmp_path / "s")
    assert ledger.counts(again) == before
    assert abs(Clock(again).timestamp() - clock.timestamp()) <= 1


def test_contacts_are_customers_and_a_few_strangers(old_desk: Any) -> None:
    contacts = company.contacts(old_desk.state)
    emails = [one["email"] for one in contacts]
    assert len({email.casefold() for email in emails}) == len(emails)
    assert any(email != email.casefold() for email in emails)
    assert {"petra@stranger.example", "maria+news@example.com"} <= set(emails)
    known = {one["id"] for one in (*old_desk.every("/customers"), *old_desk.every("/customers", "stripe_us"))}
    claimed = {one["external_id"] for one in contacts} - {None}
    assert claimed
    assert claimed < known


def test_small_hours_have_charges_too(tmp_path: Path) -> None:
    state = State(tmp_path / "s")
    clock = Clock(state)
    clock.set(clock.now().replace(hour=0, minute=1, second=0))
    company.seed(state, clock, customers=1)
    now = clock.timestamp()
    today = state.list("stripe", "stripe_eu", "charge", since=now // 86_400 * 86_400)
    assert len(today) >= 3
    assert max(one["created"] for one in today) <= now


PURCHASES = """customer_id,purchased_on,quantity,amount_usd
00001,1997-01-01,1,11.77
00002,1997-01-12,1,12.00
00002,1997-01-12,1,12.00
00003,1997-01-02,2,0.00
00003,1998-06-30,10,1286.01
"""


def test_a_history_replaces_the_american_company(tmp_path: Path) -> None:
    state = State(tmp_path / "s")
    clock = Clock(state)
    company.seed(state, clock, customers=1)
    europe = ledger.counts(state)["stripe_eu"]
    (tmp_path / "purchases.csv").write_text(PURCHASES)
    for _ in range(2):
        history.load(state, clock, tmp_path / "purchases.csv")
    counts = ledger.counts(state)
    assert counts["stripe_eu"] == europe
    assert {name: counts["stripe_us"][name] for name in ("customers", "charges", "invoices")} == {
        "customers": 3, "charges": 4, "invoices": 1,
    }  # fmt: skip
    charges = state.list("stripe", "stripe_us", "charge", oldest_first=True)
    assert [one["amount"] for one in charges] == [1177, 1200, 1200, 128_601]
    assert charges[1]["created"] + 1 == charges[2]["created"]
    assert charges[2]["metadata"] == {"quantity": "1", "row": "3"}
    noon = datetime(1997, 1, 12, 12, tzinfo=UTC)
    assert charges[1]["created"] == int(noon.timestamp())
    free = state.list("stripe", "stripe_us", "invoice")[0]
    assert (free["total"], free["status"], free["lines"]["data"][0]["quantity"]) == (0, "paid", 2)
    book = {row["measure"]: row["minor"] for row in ledger.rows(state) if row["account"] == "stripe_us"}
    assert (book["charged"], book["invoiced"]) == (132_178, 0)


@pytest.mark.slow
def test_the_whole_history_loads_quickly(tmp_path: Path) -> None:
    path = DATA / "cdnow_purchases.csv"
    if not path.exists():
        pytest.skip("the purchases are not on this machine")
    state = State(tmp_path / "s")
    clock = Clock(state)
    history.load(state, clock, path)
    counts = ledger.counts(state)["stripe_us"]
    assert counts["customers"] == 23_570
    assert counts["charges"] + counts["invoices"] == 69_659
    rows = (line.split(",") for line in path.read_text().splitlines()[1:])
    total = sum(Decimal(row[3]) for row in rows)
    assert ledger.major(state, "stripe", "stripe_us", "charged")["USD"] == total


@pytest.mark.parametrize(
    ("major", "currency", "expected"),
    [("29.00", "EUR", 2900), ("5400", "jpy", 5400), ("12.500", "kwd", 12_500), ("6900", "isk", 690_000)],
)
def test_amounts_in_stripes_minor_units(major: str, currency: str, expected: int) -> None:
    assert units(Decimal(major), currency) == expected


def test_amounts_that_do_not_fit_are_refused_and_rounding_is_to_what_can_be_paid() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        units(Decimal("1.5"), "JPY")
    assert rounded(Decimal("1.2349"), "KWD") == Decimal("1.23")
    assert rounded(Decimal("100.5"), "ISK") == Decimal(101)
    assert spoken(2900, "eur") == "€29.00"
