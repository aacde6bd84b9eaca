"""A gateway's invoice taken apart: lines, discounts and taxes that agree with its total, or nothing of it."""

from typing import Any

from invoices import breakdown
from invoices.breakdown import Breakdown
from tests.invoices import marts


def taken_apart(
    lines: list[dict[str, Any]], taxes: list[dict[str, Any]], **of_invoice: Any
) -> Breakdown | None:
    invoice = marts.invoice("in_1", **of_invoice)
    return breakdown.of_invoice(marts.due_charge("ch_1"), invoice, lines, taxes)


def test_inclusive_vat_is_taken_out_and_adds_up() -> None:
    made = taken_apart([marts.line("in_1")], [marts.tax("in_1")])
    assert made
    assert ([line.net_minor for line in made.lines], made.tax_minor, made.total_minor) == ([3984], 916, 4900)


def test_a_discount_is_already_taken_off() -> None:
    """60.00 less 11.00 leaves 49.00 with VAT inside."""
    made = taken_apart([marts.line("in_1", amount_minor=6000)], [marts.tax("in_1")])
    assert made
    assert made.lines[0].discount_minor == 1100


def test_two_rates_are_kept_apart() -> None:
    lines = [
        marts.line("in_1", n, amount_minor=1000, net_minor=1000, tax_minor=minor)
        for n, minor in enumerate((210, 20))
    ]
    taxes = [
        marts.tax("in_1", n, tax_minor=minor, taxable_minor=1000, rate_percent=rate, is_inclusive=False)
        for n, (minor, rate) in enumerate(((210, "21"), (20, "2")))
    ]
    made = taken_apart(lines, taxes, tax_minor=230, total_minor=2230)
    assert made
    told = [(tax.rate_percent, tax.taxable_minor, tax.tax_minor) for tax in made.taxes]
    assert told == [("21", 1000, 210), ("2", 1000, 20)]


def test_what_does_not_add_up_is_not_broken_down() -> None:
    """Rather one true line than taxes that do not agree with the total."""
    assert taken_apart([marts.line("in_1", net_minor=3985)], [marts.tax("in_1")]) is None
