"""Rows of the published marts -> drafts of documents, a page of charges at a time in four queries."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from billing.errors import ConfigError, Terminal
from billing.rates import NoRate, Rates, kept_in
from billing.settings import Settings
from billing.settings_documents import LegalEntity
from billing.store.clocktext import to_text
from billing.warehouse.reader import Reader
from invoices import breakdown, due, issuer, parties, tax
from invoices.breakdown import Breakdown
from invoices.obstacles import obstacle
from invoices.snapshot import Buyer, Draft, HomeTax, Kind

Row = dict[str, Any]
NO_ADDRESS = "there is no e-mail address to send it to"

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
        taxability_reason
    from tax_lines where invoice_ref = any($refs) order by invoice_ref, tax_line_ref"""


def drafts(settings: Settings, reader: Reader, charges: Sequence[Row], skipped: Counter[str]) -> list[Draft]:
    """Build a draft for each due charge, in their order; count those that get none by reason in `skipped`.

    Raises:
        ConfigError: a legal entity's settings cannot be used, such as a logo that is not there.
    """
    customers = _by(reader, _CUSTOMERS, "customer_ref", charges)
    invoices = _by(reader, _INVOICES, "invoice_ref", charges)
    lines = _by(reader, _LINES, "invoice_ref", charges)
    taxes = _by(reader, _TAXES, "invoice_ref", charges)
    made = []
    for charge in charges:
        customer = next(iter(customers.get(charge["customer_ref"], ())), None)
        invoice = next(iter(invoices.get(charge["invoice_ref"], ())), None)
        told = _told(
            charge, invoice, lines.get(charge["invoice_ref"], []), taxes.get(charge["invoice_ref"], [])
        )
        try:
            draft = _draft(settings, charge, customer, invoice, told)
        except ConfigError:
            raise  # it is the same for all of them, and a person must mend it
        except Terminal as cause:
            skipped[str(cause)] += 1
            continue
        if isinstance(draft, str):
            skipped[draft] += 1
        else:
            made.append(draft)
    return made


def _by(reader: Reader, query: str, key: str, charges: Sequence[Row]) -> dict[str, list[Row]]:
    refs = sorted({charge[key] for charge in charges if charge[key]})
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in reader.rows(query, {"refs": refs}) if refs else ():
        grouped[row[key]].append(row)
    return grouped


def _told(charge: Row, invoice: Row | None, lines: list[Row], taxes: list[Row]) -> Breakdown | None:
    """Return what the gateway told of a payment; None where what it told does not add up."""
    if invoice is None or not (lines or taxes or invoice["tax_minor"]):
        return breakdown.of_charge(charge)
    return breakdown.of_invoice(charge, invoice, lines, taxes)


def _draft(
    settings: Settings, charge: Row, customer: Row | None, invoice: Row | None, told: Breakdown | None
) -> Draft | str:
    """Put one draft together, or say why there is none."""
    if not due.can_receive(charge["customer_email"]):
        return NO_ADDRESS
    name, policy = parties.policy_of(settings, charge["gateway"], charge["account"])
    entity = settings.entity_of(charge["gateway"], charge["account"])
    is_tax_invoice = bool(invoice and invoice["is_tax_invoice"])
    kind, why = issuer.kind_of(
        policy, gateway_issued_tax_invoice=is_tax_invoice, has_seller_tax_id=bool(entity.tax_id)
    )
    if kind is None:
        return why
    buyer = parties.buyer(charge, customer)
    day = charge["moved_at"].replace(tzinfo=UTC).astimezone(ZoneInfo(entity.time_zone)).date()
    items, home_tax = told or breakdown.of_charge(charge), None
    if kind is Kind.INVOICE:
        taxed = _taxed(settings, entity, charge, buyer, day, told)
        if isinstance(taxed, str):
            kind, why = Kind.RECEIPT, f"no invoice, because {taxed}"
        else:
            items, why = taxed, f"{why}; {taxed.note}" if taxed.note else why
            home_tax = _home_tax(settings, entity, taxed.tax_minor, charge["currency"], day)
    assert settings.mail is not None, "documents are only made where mail can be sent"
    return Draft(
        kind=kind,
        why=why,
        language=parties.language(buyer.country, entity.language),
        look=parties.look(entity),
        seller=parties.seller(name, entity),
        buyer=buyer,
        reply_to=entity.reply_to or settings.mail.reply_to,
        object_ref=charge["charge_ref"],
        charge_ref=charge["charge_ref"],
        charge_id=charge["charge_id"],
        invoice_number=invoice["number"] if invoice else None,
        is_tax_invoice=is_tax_invoice,
        paid_at=to_text(charge["moved_at"].replace(tzinfo=UTC)),
        method=parties.method(charge),
        time_zone=entity.time_zone,
        currency=charge["currency"],
        lines=items.lines,
        taxes=items.taxes,
        net_minor=items.total_minor - items.tax_minor,
        tax_minor=items.tax_minor,
        total_minor=items.total_minor,
        paid_minor=charge["captured_minor"],
        refunded_minor=charge["refunded_minor"] or 0,
        home_tax=home_tax,
    )


def _taxed(
    settings: Settings, entity: LegalEntity, charge: Row, buyer: Buyer, day: date, told: Breakdown | None
) -> Breakdown | str:
    """Return what an invoice says of a payment, or why it cannot get one."""
    if charge["lead_ref"] != charge["charge_ref"]:
        return "it was paid in parts, and the first payment's document is the invoice"
    if told is None:
        return "the gateway's lines and taxes do not add up to its total"
    rounding = settings.documents.rounding
    taxed = (
        told if told.is_taxed else breakdown.split(told, entity.country, buyer, day, entity.taxes, rounding)
    )
    return obstacle(taxed, buyer, charge["currency"]) or taxed


def _home_tax(
    settings: Settings, entity: LegalEntity, tax_minor: int, currency: str, day: date
) -> HomeTax | None:
    """Convert the tax to the seller's currency, where there is a rate for it."""
    rates = Rates(kept_in(settings.var), settings.policy.rates)
    try:
        return tax.home_tax(tax_minor, currency, entity.currency, day, rates)
    except NoRate:
        return None
