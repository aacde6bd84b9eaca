"""A published copy made by hand: the columns of the marts that receipts are made from."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from billing.warehouse import paths

TABLES = {
    "charges": (
        "charge_ref text, charge_id text, gateway text, account text, customer_ref text, invoice_ref text, "
        "customer_email text, customer_name text, status text, captured_minor bigint, refunded_minor bigint, "
        "currency text, description text, explanation text, method_brand text, method_last4 text, "
        "method_type text, created_at timestamp, captured_at timestamp, country text, amount_minor bigint, "
        "tax_minor bigint, tax_rate_percent decimal(9, 4)"
    ),
    "customers": (
        "customer_ref text, email text, name text, address_line1 text, address_city text, "
        "address_postal_code text, address_country text, tax_id text, tax_id_status text"
    ),
    "invoices": (
        "invoice_ref text, gateway text, account text, customer_ref text, number text, status text, "
        "is_tax_invoice boolean, is_collected_automatically boolean, tax_minor bigint, total_minor bigint, "
        "due_minor bigint, currency text, hosted_url text, created_at timestamp, issued_at timestamp, "
        "due_at timestamp"
    ),
    "invoice_lines": (
        "invoice_ref text, invoice_line_ref text, position integer, description text, quantity bigint, "
        "amount_minor bigint, net_minor bigint, tax_minor bigint, period_start_at timestamp, "
        "period_end_at timestamp"
    ),
    "refunds": (
        "refund_ref text, charge_ref text, status text, amount_minor bigint, currency text, created_at timestamp"
    ),
    "tax_lines": (
        "tax_line_ref text, invoice_ref text, invoice_line_ref text, tax_minor bigint, taxable_minor bigint, "
        "rate_percent decimal(9, 4), tax_name text, is_inclusive boolean, taxability_reason text, "
        "jurisdiction_country text, currency text"
    ),
}
PAID_AT = datetime.fromisoformat("2026-11-23T09:15")


def publish(folder: Path, **tables: list[dict[str, Any]]) -> None:
    """Write the next serve-N.duckdb with these rows and point CURRENT at it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = paths.serve_name(len(paths.published_copies(folder)) + 1)
    with duckdb.connect(str(folder / name)) as connection:
        connection.execute("create schema marts")
        connection.execute("use marts")
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
            for row in tables.get(table, []):
                names = ", ".join(row)
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
    (folder / paths.CURRENT).write_text(name)


def charge(name: str, **changed: Any) -> dict[str, Any]:
    """A charge of 49.00 EUR, paid by card by Maria, without an invoice."""
    return {
        "charge_ref": f"stripe:stripe_eu:{name}",
        "charge_id": name,
        "gateway": "stripe",
        "account": "stripe_eu",
        "customer_ref": "stripe:stripe_eu:cus_1",
        "invoice_ref": None,
        "customer_email": "maria@example.com",
        "customer_name": "Maria Kowalska",
        "status": "paid",
        "captured_minor": 4900,
        "refunded_minor": 0,
        "currency": "EUR",
        "description": "Subscription update",
        "explanation": "Renewal of Pro monthly, 23 Nov - 23 Dec",
        "method_brand": "visa",
        "method_last4": "4242",
        "method_type": "card",
        "created_at": PAID_AT,
        "captured_at": PAID_AT,
        "country": "ZZ",
        "amount_minor": 4900,
        "tax_minor": None,
        "tax_rate_percent": None,
    } | changed


def due_charge(name: str, **changed: Any) -> dict[str, Any]:
    """A charge as the walk of what is due gives it."""
    row = charge(name, **changed)
    return row | {"moved_at": row["captured_at"], "lead_ref": row["charge_ref"]}


def refund(name: str, charge_name: str, **changed: Any) -> dict[str, Any]:
    """A refund of 49.00 EUR, half an hour after the payment."""
    return {
        "refund_ref": f"stripe:stripe_eu:{name}",
        "charge_ref": f"stripe:stripe_eu:{charge_name}",
        "status": "succeeded",
        "amount_minor": 4900,
        "currency": "EUR",
        "created_at": PAID_AT + timedelta(minutes=30),
    } | changed


def customer(**changed: Any) -> dict[str, Any]:
    """Maria, in Poland, with a tax number."""
    return {
        "customer_ref": "stripe:stripe_eu:cus_1",
        "email": "maria@example.com",
        "name": "Maria Kowalska",
        "address_line1": "ul. Długa 7",
        "address_city": "Gdańsk",
        "address_postal_code": "80-827",
        "address_country": "PL",
        "tax_id": "PL5252344078",
        "tax_id_status": None,
    } | changed


def invoice(name: str, **changed: Any) -> dict[str, Any]:
    """An invoice of 49.00 EUR including 23 % VAT."""
    return {
        "invoice_ref": f"stripe:stripe_eu:{name}",
        "number": "MARIA-0012",
        "is_tax_invoice": True,
        "tax_minor": 916,
        "total_minor": 4900,
        "currency": "EUR",
    } | changed


def open_invoice(name: str, **changed: Any) -> dict[str, Any]:
    """The same invoice, sent to Maria to be paid within 14 days."""
    return (
        invoice(name)
        | {
            "gateway": "stripe",
            "account": "stripe_eu",
            "customer_ref": "stripe:stripe_eu:cus_1",
            "status": "open",
            "is_collected_automatically": False,
            "due_minor": 4900,
            "hosted_url": "https://pay.example/in_1?key=a&b=c",
            "created_at": PAID_AT - timedelta(hours=1),
            "issued_at": PAID_AT,
            "due_at": PAID_AT + timedelta(days=14),
        }
        | changed
    )


def line(invoice_name: str, position: int = 0, **changed: Any) -> dict[str, Any]:
    """The invoice's line: Pro monthly."""
    return {
        "invoice_ref": f"stripe:stripe_eu:{invoice_name}",
        "invoice_line_ref": f"stripe:stripe_eu:{invoice_name}:il_{position}",
        "position": position,
        "description": "1 × Pro monthly",
        "quantity": 1,
        "amount_minor": 4900,
        "net_minor": 3984,
        "tax_minor": 916,
        "period_start_at": datetime.fromisoformat("2026-11-23"),
        "period_end_at": datetime.fromisoformat("2026-12-23"),
    } | changed


def tax(invoice_name: str, position: int = 0, **changed: Any) -> dict[str, Any]:
    """The line's tax: 23 % Polish VAT, included in the price."""
    return {
        "tax_line_ref": f"stripe:stripe_eu:{invoice_name}:il_{position}:0",
        "invoice_ref": f"stripe:stripe_eu:{invoice_name}",
        "invoice_line_ref": f"stripe:stripe_eu:{invoice_name}:il_{position}",
        "tax_minor": 916,
        "taxable_minor": 3984,
        "rate_percent": "23.0000",
        "tax_name": "VAT",
        "is_inclusive": True,
        "taxability_reason": "standard_rated",
        "jurisdiction_country": None,
        "currency": "EUR",
    } | changed
