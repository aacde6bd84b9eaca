"""Rows of the published marts -> drafts of documents, a page of charges at a time in four queries."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from billing.errors import ConfigError, Terminal
from billing.money import exponent
from billing.rates import NoRate, Rates, kept_in
from billing.settings import Settings
from billing.settings_documents import LegalEntity
from billing.store.clocktext import to_text
from billing.warehouse.reader import Reader
from invoices import breakdown, due, issuer, parties, reading, tax
from invoices.breakdown import Breakdown
from invoices.obstacles import obstacle
from invoices.parties import JudgeTaxId
from invoices.reading import Told
from invoices.snapshot import Buyer, Draft, HomeTax, Kind

Row = dict[str, Any]
NO_ADDRESS = "there is no e-mail address to send it to"


def drafts(
    settings: Settings,
    reader: Reader,
    charges: Sequence[Row],
    skipped: Counter[str],
    judge: JudgeTaxId = tax.tax_id_state,
) -> list[Draft]:
    """Build a draft for each due charge, in their order; count those that get none by reason in `skipped`.

    `judge` says what is known of a buyer's tax id, see `parties.buyer`.

    Raises:
        ConfigError: a legal entity's settings cannot be used, such as a logo that is not there.
    """
    made = []
    for charge, told in zip(charges, reading.read(reader, charges), strict=True):
        try:
            draft = _draft(settings, charge, told, judge)
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


def _broken_down(charge: Row, told: Told) -> Breakdown | None:
    """Return what the gateway told of a payment; None where what it told does not add up."""
    if told.invoice is None or not (told.lines or told.taxes or told.invoice["tax_minor"]):
        return breakdown.of_charge(charge)
    return breakdown.of_invoice(charge, told.invoice, told.lines, told.taxes)


def _draft(settings: Settings, charge: Row, told: Told, judge: JudgeTaxId) -> Draft | str:
    """Put one draft together, or say why there is none."""
    if not due.can_receive(charge["customer_email"]):
        return NO_ADDRESS
    name, policy = parties.policy_of(settings, charge["gateway"], charge["account"])
    entity = settings.entity_of(charge["gateway"], charge["account"])
    invoice, items = told.invoice, _broken_down(charge, told)
    is_tax_invoice = bool(invoice and invoice["is_tax_invoice"])
    kind, why = issuer.kind_of(
        policy, gateway_issued_tax_invoice=is_tax_invoice, has_seller_tax_id=bool(entity.tax_id)
    )
    if kind is None:
        return why
    buyer = parties.buyer(charge, told.customer, judge)
    day = charge["moved_at"].replace(tzinfo=UTC).astimezone(ZoneInfo(entity.time_zone)).date()
    home_tax = None
    if kind is Kind.INVOICE:
        taxed = _taxed(settings, entity, charge, buyer, day, items)
        if isinstance(taxed, str):
            kind, why = Kind.RECEIPT, f"no invoice, because {taxed}"
        else:
            items, home_tax = taxed
            why = f"{why}; {items.note}" if items.note else why
    items = items or breakdown.of_charge(charge)
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
        invoice_ref=charge["invoice_ref"],
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
) -> tuple[Breakdown, HomeTax | None] | str:
    """Return what an invoice says of a payment and its tax in the seller's currency, or why it cannot get one."""
    if charge["lead_ref"] != charge["charge_ref"]:
        return "it was paid in parts, and the first payment's document is the invoice"
    if told is None:
        return "the gateway's lines and taxes do not add up to its total"
    currency = charge["currency"]
    # Without decimals, lines rounded by themselves would stray from BR-CO-17, which reckons with two.
    rounding = settings.documents.rounding if exponent(currency) else "document"
    if told.is_taxed:
        taxed = breakdown.rated(told, entity.country, buyer, day, entity.taxes)
    else:
        taxed = breakdown.split(told, entity.country, buyer, day, entity.taxes, rounding)
    if words := obstacle(taxed, buyer, currency):
        return words
    rates = Rates(kept_in(settings.var), settings.policy.rates)
    try:
        return taxed, tax.home_tax(taxed.tax_minor, currency, entity.currency, day, rates)
    except NoRate as cause:
        return f"its tax cannot be told in {entity.currency}, as law asks. {cause}"
