"""What must not pass in silence fails a check that names it."""

from tests.dbt import stripe_objects as stripe
from tests.dbt.company import raw_rows
from tests.dbt.warehouse import OF_STRIPE, Warehouse

LATER = "20261123T190000.000000"


def test_unknown_status_unfit_amount_vanished_and_changed_fields_are_named(company_built: Warehouse) -> None:
    without_reason = stripe.dispute("du_1", "ch_disputed", 2500)
    del without_reason["reason"]
    line = stripe.line("il_late", 4900, stripe.price("price_pro", "prod_pro", 4900))
    line["amount"] = "4900"
    faults = [
        stripe.refund("re_partial", "ch_maria", 2000, status="in_limbo"),
        stripe.charge("ch_bjork", 690050, "isk", customer="cus_bjork"),
        stripe.charge("ch_coin", 100, "usdc"),
        without_reason,
        stripe.invoice("in_late", "cus_maria", [line | {"amount": 4900}]),
    ]
    faults[-1]["lines"]["data"][0]["amount"] = "4900"
    company_built.load(raw_rows({"stripe_eu": faults}, LATER))
    outcome = company_built.dbt(*OF_STRIPE)
    assert not outcome.ok
    told = {name: text for name, text in outcome.failures.items() if outcome.statuses[name] == "fail"}

    def about(start: str) -> str:
        return next(text for name, text in told.items() if name.startswith(start))

    assert "'in_limbo', 1" in about("status_is_mapped_int_refunds")
    assert "('disputes.reason', 'has vanished', 'du_1')" in about("source_fields_hold_raw_stripe_disputes")
    changed = about("source_fields_hold_raw_stripe_invoices")
    assert "('invoices.lines.data.amount', 'is no longer money', 'in_late')" in changed
    assert outcome.statuses["stg_stripe__invoices"] == "skipped", "nothing may be built upon a changed field"


def test_unfit_amounts_are_shown_counted_and_never_rounded(company_built: Warehouse) -> None:
    company_built.load(
        raw_rows(
            {"stripe_eu": [stripe.charge("ch_bjork", 690050, "isk"), stripe.charge("ch_coin", 100, "usdc")]},
            LATER,
        )
    )
    outcome = company_built.dbt(*OF_STRIPE)
    assert [name for name, status in outcome.statuses.items() if status == "fail"] == [
        "no_unfit_amounts_unfit_amounts_"
    ]
    found = outcome.failures["no_unfit_amounts_unfit_amounts_"]
    assert "stripe:stripe_eu:ch_bjork" in found
    assert "ISK has 0 decimals" in found
    assert "USDC is not an ISO 4217 currency" in found
    shown = company_built.rows(
        "select field, raw_value from marts.unfit_amounts where object_ref like '%:ch_bjork'"
    )
    assert {row["field"]: row["raw_value"] for row in shown} == {
        "charges.amount": "690050",
        "charges.captured": "690050",
    }
    [charge] = company_built.rows("select amount_minor from marts.charges where charge_id = 'ch_bjork'")
    assert charge["amount_minor"] is None
