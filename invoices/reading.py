"""What the marts tell of a page of payments or invoices: customers, invoices, lines and taxes, in four queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.warehouse.reader import Reader

Row = dict[str, Any]

_CUSTOMERS = """
    select customer_ref, name, address_line1, address_city, address_postal_code, address_country, tax_id,
        tax_id_status
    from customers where customer_ref = any($refs)"""
_INVOICES = """
    select invoice_ref, number, is_tax_invoice, tax_minor, total_minor, currency
    from invoices where invoice_ref = any($refs)"""
_LINES = """
    select invoice_ref, invoice_line_ref, description, quantity, amount_minor, net_minor, tax_minor,
        period_start_at, period_end_at
    from invoice_lines where invoice_ref = any($refs) order by invoice_ref, position, invoice_line_ref"""
_TAXES = """
    select invoice_ref, invoice_line_ref, tax_minor, taxable_minor, rate_percent, tax_name, is_inclusive,
        taxability_reason, jurisdiction_country
    from tax_lines where invoice_ref = any($refs) order by invoice_ref, tax_line_ref"""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one payment or invoice; amounts are whole minor units."""

    customer: Row | None
    invoice: Row | None
    lines: list[Row]
    taxes: list[Row]


def read(reader: Reader, rows: Sequence[Row]) -> list[Told]:
    """Return what the marts tell of each row, in their order, by its `customer_ref` and `invoice_ref`."""
    customers = _by(reader, _CUSTOMERS, "customer_ref", rows)
    invoices = _by(reader, _INVOICES, "invoice_ref", rows)
    lines = _by(reader, _LINES, "invoice_ref", rows)
    taxes = _by(reader, _TAXES, "invoice_ref", rows)
    return [
        Told(
            customer=next(iter(customers[row["customer_ref"]]), None),
            invoice=next(iter(invoices[row["invoice_ref"]]), None),
            lines=lines[row["invoice_ref"]],
            taxes=taxes[row["invoice_ref"]],
        )
        for row in rows
    ]


def _by(reader: Reader, query: str, key: str, rows: Sequence[Row]) -> dict[str, list[Row]]:
    refs = sorted({row[key] for row in rows if row[key]})
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in reader.rows(query, {"refs": refs}) if refs else ():
        grouped[row[key]].append(row)
    return grouped
