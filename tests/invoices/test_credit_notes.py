"""Refunds take back what was invoiced, to the minor unit and never more; what has no invoice is only receipted."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from billing.settings_model import Settings
from billing.store import transaction
from billing.store.tables import documents, outbox
from billing.warehouse.reader import DuckDBReader
from invoices import corrections, einvoice, run
from invoices.sharing import share
from invoices.snapshot import Category, HomeTax, Issued, Kind
from tests.invoices import marts
from tests.invoices.issued import issued, line

Publish = Callable[..., None]


def refund(amount: int, name: str = "re_1") -> dict[str, Any]:
    return marts.refund(name, "ch_1", amount_minor=amount) | {"moved_at": marts.PAID_AT}


def mixed(**changed: Any) -> Issued:
    """An invoice of two rates and a discount's line."""
    lines = [line(9999), line(3333, "7"), line(-1001), line(1, "7")]
    return issued(lines=lines, **changed)


def credit(original: Issued, amounts: list[int]) -> list[Issued]:
    made: list[Issued] = []
    for number, amount in enumerate(amounts, 1):
        draft = corrections.correct(original, made, refund(amount, f"re_{number}"))
        label, when = f"CN-2026-{number:05d}", original.issued_at
        made.append(Issued(**draft.model_dump(), label=label, issued_at=when))
    return made


def stored(engine: Engine) -> list[Issued]:
    with transaction(engine) as connection:
        rows = connection.execute(select(documents.c.snapshot).order_by(documents.c.id)).scalars().all()
    return [Issued.model_validate_json(row) for row in rows]


def test_a_full_refund_takes_back_each_line_and_tax_as_it_was() -> None:
    original = mixed()
    (note,) = credit(original, [original.total_minor])
    assert note.kind is Kind.CREDIT_NOTE
    assert (note.lines, note.taxes) == (original.lines, original.taxes)
    assert (note.corrects_label, note.corrects_issued_at) == (original.label, original.issued_at)
    assert einvoice.problems(einvoice.cii(note)) == []


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=6))
def test_partial_refunds_add_up_and_never_exceed_the_invoice(amounts: list[int]) -> None:
    original = mixed()
    left = original.total_minor
    for note, amount in zip(credit(original, amounts), amounts, strict=True):
        assert note.paid_minor == amount
        assert note.kind is (Kind.CREDIT_NOTE if left else Kind.REFUND_RECEIPT)
        if left:
            assert note.total_minor == min(amount, left)
            left -= note.total_minor
        assert sum(one.net_minor for one in note.lines) == note.net_minor
        assert sum(one.tax_minor for one in note.taxes) == note.tax_minor
        assert note.net_minor + note.tax_minor == note.total_minor


@given(st.lists(st.integers(1, 14_000), min_size=1, max_size=5))
def test_credit_notes_up_to_the_total_leave_nothing_of_any_rate(amounts: list[int]) -> None:
    original = mixed()
    notes = [note for note in credit(original, [*amounts, original.total_minor]) if note.kind.is_tax_document]
    for one in original.taxes:
        same = [row for note in notes for row in note.taxes if row.rate_percent == one.rate_percent]
        assert sum(row.tax_minor for row in same) == one.tax_minor
        assert sum(row.taxable_minor or 0 for row in same) == one.taxable_minor


@pytest.mark.parametrize("amount", [1, 2, 99, 1000, 5000, 14_000])
def test_partial_credit_notes_are_valid_e_invoices(amount: int) -> None:
    for note in credit(mixed(), [amount, 777]):
        if note.kind is Kind.CREDIT_NOTE:
            assert einvoice.problems(einvoice.cii(note)) == []


def test_untaxed_supplies_are_credited_in_their_category() -> None:
    original = issued(lines=[line(5000, "0", Category.REVERSE_CHARGE)])
    (note,) = credit(original, [1250])
    assert [(row.category, row.taxable_minor, row.tax_minor) for row in note.taxes] == [
        (Category.REVERSE_CHARGE, 1250, 0)
    ]
    assert einvoice.problems(einvoice.cii(note)) == []


def test_home_tax_goes_back_at_the_rate_of_the_invoice() -> None:
    home = HomeTax(currency="EUR", tax_minor=1636, rate="0.8612", source="ECB", dated="2026-10-01")
    original = issued(currency="USD", home_tax=home)
    (note,) = credit(original, [original.total_minor])
    assert note.home_tax == home
    (half,) = credit(original, [original.total_minor // 2])
    assert half.home_tax is not None
    assert half.home_tax.tax_minor == 818


@given(st.integers(0, 10**9), st.lists(st.integers(-(10**6), 10**9), min_size=1, max_size=9))
def test_shares_add_up_and_are_fair(amount: int, weights: list[int]) -> None:
    whole = sum(weights)
    if whole <= 0:
        return
    parts = share(amount, weights)
    assert sum(parts) == amount
    assert all(
        abs(part * whole - amount * weight) < whole for part, weight in zip(parts, weights, strict=True)
    )


def test_refunds_of_a_run_are_corrected_once(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader, publish: Publish
) -> None:
    """Two refunds of an invoice, one of a copied invoice, one that failed, one of a payment before the start."""
    before = marts.PAID_AT - timedelta(days=40)
    publish(
        charges=[
            marts.charge("ch_1"),
            marts.charge("ch_2", invoice_ref="stripe:stripe_eu:in_2"),
            marts.charge("ch_3", captured_at=before, created_at=before),
        ],
        customers=[marts.customer(tax_id=None)],
        invoices=[marts.invoice("in_2")],
        invoice_lines=[marts.line("in_2")],
        tax_lines=[marts.tax("in_2")],
        refunds=[
            marts.refund("re_1", "ch_1", amount_minor=1000),
            marts.refund("re_2", "ch_1", amount_minor=3900),
            marts.refund("re_3", "ch_2", amount_minor=2450),
            marts.refund("re_4", "ch_1", status="failed"),
            marts.refund("re_5", "ch_3"),
            marts.refund("re_6", "ch_2", currency="USD"),
        ],
    )
    settings = make_settings()
    count, skipped = run.issue_due(settings, engine, reader)
    assert count == 5
    assert skipped == {corrections.NO_DOCUMENT: 1, corrections.OTHER_CURRENCY: 1}
    made = {one.label: one for one in stored(engine)}
    assert set(made) == {
        "INV-2026-00001", "COPY-2026-00001", "CN-2026-00001", "CN-2026-00002", "RR-2026-00001",
    }  # fmt: skip
    notes = [made["CN-2026-00001"], made["CN-2026-00002"]]
    assert sum(note.tax_minor for note in notes) == made["INV-2026-00001"].tax_minor
    assert {note.corrects_label for note in notes} == {"INV-2026-00001"}
    copied = made["RR-2026-00001"]
    assert (copied.net_minor, copied.tax_minor, copied.corrects_label) == (1992, 458, "COPY-2026-00001")
    assert run.issue_due(settings, engine, reader)[0] == 0
    with transaction(engine) as connection:
        assert len(connection.execute(select(outbox.c.key)).all()) == 5


def test_a_refund_of_any_payment_of_an_invoice_credits_the_one_invoice(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader, publish: Publish
) -> None:
    """A supply paid in two parts is invoiced once, with the first; the second gets a receipt that says why."""
    invoice_ref = "stripe:stripe_eu:in_1"
    later = marts.PAID_AT + timedelta(hours=1)
    publish(
        charges=[
            marts.charge("ch_1", invoice_ref=invoice_ref, captured_minor=2000),
            marts.charge("ch_2", invoice_ref=invoice_ref, captured_minor=2900, captured_at=later),
        ],
        customers=[marts.customer()],
        invoices=[marts.invoice("in_1", is_tax_invoice=False)],
        invoice_lines=[marts.line("in_1")],
        tax_lines=[marts.tax("in_1")],
        refunds=[marts.refund("re_1", "ch_2", amount_minor=2900, created_at=later)],
    )
    run.issue_due(make_settings(), engine, reader)
    first, second, note = stored(engine)
    assert (first.kind, first.total_minor, first.paid_minor) == (Kind.INVOICE, 4900, 2000)
    assert second.kind is Kind.RECEIPT
    assert "paid in parts" in second.why
    assert (note.kind, note.corrects_label, note.total_minor) == (Kind.CREDIT_NOTE, first.label, 2900)


def test_refunds_without_documents_are_counted_not_raised(engine: Engine) -> None:
    skipped: Counter[str] = Counter()
    with transaction(engine) as connection:
        rows = [refund(5) | {"lead_ref": "stripe:stripe_eu:ch_1"}]
        assert corrections.drafts(connection, rows, skipped) == []
    assert skipped == {corrections.NO_DOCUMENT: 1}
