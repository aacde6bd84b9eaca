"""Refunds -> drafts of credit notes and refund receipts, each tied to the document of the payment that it undoes.

A refund of what we invoiced gets a credit note: lines and taxes of the invoice in proportion, each VAT category and
rate by itself. What earlier credit notes took back is gone, so that all of them together never exceed the invoice
and the last one of a full refund leaves nothing. A refund of what we only receipted gets a refund receipt.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from billing.money import Money
from billing.store.clocktext import to_text
from billing.store.tables import documents
from invoices.due import OF_CHARGES, OF_REFUNDS
from invoices.sharing import share
from invoices.snapshot import Category, Draft, HomeTax, Issued, Kind, Line, Tax
from invoices.tax import at_rate

NO_DOCUMENT = "the refunded payment has no document of ours"
OTHER_CURRENCY = "the refund is in another currency than the payment"

Row = dict[str, Any]
Key = tuple[Category | None, str]  # VAT category and rate


@dataclass(frozen=True)
class Left:
    """What is not taken back yet of a document: per line its net, per tax its amount, in their order."""

    nets: tuple[int, ...]
    taxes: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return lines and taxes together."""
        return sum(self.nets) + sum(self.taxes)

    def without(self, part: "Left") -> "Left":
        """Return what is left after a part was taken back."""
        nets = tuple(have - gone for have, gone in zip(self.nets, part.nets, strict=True))
        return Left(nets, tuple(have - gone for have, gone in zip(self.taxes, part.taxes, strict=True)))


def drafts(connection: Connection, refunds: Sequence[Row], skipped: Counter[str]) -> list[Draft]:
    """Draft a document for each refund that has none, in their order; count the others by reason in `skipped`.

    To be called where no other process issues: what is left to credit must not change meanwhile.
    """
    originals = _originals(connection, refunds)
    taken: dict[str, list[Draft]] = {}
    known = _known(connection, refunds)
    made: list[Draft] = []
    for row in refunds:
        original = _original(originals, row)
        if row["refund_ref"] in known:
            continue
        if original is None:
            skipped[NO_DOCUMENT] += 1
        elif original.currency != row["currency"]:
            skipped[OTHER_CURRENCY] += 1
        else:
            if original.label not in taken:
                taken[original.label] = _earlier(connection, original)
            draft = correct(original, taken[original.label], row)
            taken[original.label].append(draft)
            made.append(draft)
    return made


def correct(original: Issued, earlier: Sequence[Draft], refund: Row) -> Draft:
    """Draft the correction of a document by a refund, given the corrections that it had before."""
    left = _left(original, earlier)
    kind, why = _kind(original, left)
    amount: int = refund["amount_minor"]
    if kind is Kind.CREDIT_NOTE:
        amount = min(amount, left.total)
    if kind is _own_kind(original) and amount <= left.total and _is_broken_down(original):
        lines, taxes = _taken_back(original, left, amount)
    else:
        lines, taxes = (Line(description=original.lines[0].description, net_minor=amount),), ()
    tax = sum(row.tax_minor for row in taxes)
    return Draft(
        kind=kind,
        why=why,
        object_ref=refund["refund_ref"],
        refund_ref=refund["refund_ref"],
        corrects_label=original.label,
        corrects_issued_at=original.issued_at,
        paid_at=to_text(refund["moved_at"].replace(tzinfo=UTC)),
        lines=lines,
        taxes=taxes,
        net_minor=amount - tax,
        tax_minor=tax,
        total_minor=amount,
        paid_minor=refund["amount_minor"],
        refunded_minor=0,
        home_tax=_home_tax(original, tax) if kind is Kind.CREDIT_NOTE else None,
        **original.model_dump(include=_COPIED),
    )


_COPIED = {
    "language", "look", "seller", "buyer", "reply_to", "charge_ref", "charge_id", "invoice_number",
    "is_tax_invoice", "method", "time_zone", "currency",
}  # fmt: skip


def _kind(original: Issued, left: Left) -> tuple[Kind, str]:
    if original.kind is not Kind.INVOICE:
        return Kind.REFUND_RECEIPT, f"{original.label} is no tax document of ours, so there is none to credit"
    if left.total <= 0:
        return Kind.REFUND_RECEIPT, f"{original.label} was credited in full already"
    return Kind.CREDIT_NOTE, f"money went back that {original.label} had invoiced"


def _own_kind(original: Issued) -> Kind:
    return Kind.CREDIT_NOTE if original.kind is Kind.INVOICE else Kind.REFUND_RECEIPT


def _left(original: Issued, earlier: Sequence[Draft]) -> Left:
    """Take off what earlier corrections took, in their order: the same amounts are always shared out alike."""
    left = Left(
        tuple(line.net_minor for line in original.lines), tuple(tax.tax_minor for tax in original.taxes)
    )
    for draft in earlier:
        if draft.kind is _own_kind(original) and draft.total_minor <= left.total:
            left = left.without(_part(original, left, draft.total_minor))
    return left


def _is_broken_down(original: Issued) -> bool:
    """Say whether each tax belongs to lines of its own; taxes upon the same lines cannot be told apart."""
    keys = {_line_key(line) for line in original.lines}
    return all(len(line.rates) < 2 for line in original.lines) and all(
        _tax_key(tax) in keys for tax in original.taxes if tax.tax_minor
    )


def _part(original: Issued, left: Left, amount: int) -> Left:
    """Return the part of what is left that makes up an amount."""
    line_keys, tax_keys = (
        [_line_key(one) for one in original.lines],
        [_tax_key(one) for one in original.taxes],
    )
    keys = list(dict.fromkeys([*line_keys, *tax_keys]))
    nets, taxes = [0] * len(line_keys), [0] * len(tax_keys)
    of_lines = {key: [place for place, one in enumerate(line_keys) if one == key] for key in keys}
    of_taxes = {key: [place for place, one in enumerate(tax_keys) if one == key] for key in keys}
    net_left = {key: sum(left.nets[place] for place in of_lines[key]) for key in keys}
    gross_left = [net_left[key] + sum(left.taxes[place] for place in of_taxes[key]) for key in keys]
    for key, gross in zip(keys, share(amount, gross_left), strict=True):
        net, *parts = share(gross, [net_left[key], *(left.taxes[place] for place in of_taxes[key])])
        for place, part in zip(of_taxes[key], parts, strict=True):
            taxes[place] = part
        shares = share(net, [left.nets[place] for place in of_lines[key]])
        for place, part in zip(of_lines[key], shares, strict=True):
            nets[place] = part
    return Left(tuple(nets), tuple(taxes))


def _taken_back(original: Issued, left: Left, amount: int) -> tuple[tuple[Line, ...], tuple[Tax, ...]]:
    """Return lines and taxes of a correction; those of which nothing goes back are left out."""
    part = _part(original, left, amount)
    lines = [
        line if net == line.net_minor else line.model_copy(update=_PARTIAL | {"net_minor": net})
        for line, net in zip(original.lines, part.nets, strict=True)
    ]
    kept = tuple(line for line in lines if line.net_minor) or tuple(lines[:1])
    keys = {_line_key(line) for line in kept}
    nets: Counter[Key] = Counter()
    for line in kept:
        nets[_line_key(line)] += line.net_minor
    taxes = tuple(
        tax.model_copy(update={"tax_minor": minor, "taxable_minor": _taxable(original, tax, nets)})
        for tax, minor in zip(original.taxes, part.taxes, strict=True)
        if minor or _tax_key(tax) in keys
    )
    return kept, taxes


_PARTIAL = {"quantity": None, "discount_minor": 0}  # a part of an amount is of no number of pieces


def _taxable(original: Issued, tax: Tax, nets: Counter[Key]) -> int | None:
    """Return what a tax is reckoned on now: its lines' nets, shared where several taxes have the same rate."""
    rows = [one for one in original.taxes if _tax_key(one) == _tax_key(tax)]
    known = [one.taxable_minor for one in rows if one.taxable_minor is not None]
    net = nets[_tax_key(tax)]
    if len(known) < len(rows) or not sum(known):
        return net if len(rows) == 1 else None
    return share(net, known)[next(place for place, one in enumerate(rows) if one is tax)]


def _line_key(line: Line) -> Key:
    return _key(line.category, line.rates[0] if line.rates else "0")


def _tax_key(tax: Tax) -> Key:
    return _key(tax.category, tax.rate_percent or "0")


def _key(category: Category | None, rate: str) -> Key:
    """Only the standard category has rates; what has no category at all is told apart by rate as well."""
    return category, rate if category in (None, Category.STANDARD) else "0"


def _home_tax(original: Issued, tax_minor: int) -> HomeTax | None:
    """Convert by the rate of the corrected document, as the law has it, so that a full credit leaves nothing."""
    known = original.home_tax
    if known is None:
        return None
    minor = at_rate(Money(tax_minor, original.currency), Decimal(known.rate), known.currency)
    return known.model_copy(update={"tax_minor": minor})


def _originals(connection: Connection, refunds: Sequence[Row]) -> dict[str, Issued]:
    """Return charge -> its document, of refunded charges and of the first that paid the same invoice."""
    refs = {row[name] for row in refunds for name in ("charge_ref", "lead_ref")}
    query = select(documents.c.object_ref, documents.c.snapshot).where(
        documents.c.object_ref.in_(refs), documents.c.kind.in_(OF_CHARGES)
    )
    return {row.object_ref: Issued.model_validate_json(row.snapshot) for row in connection.execute(query)}


def _original(originals: dict[str, Issued], refund: Row) -> Issued | None:
    """Return the invoice of what several payments settled, else the document of the refunded payment."""
    lead = originals.get(refund["lead_ref"])
    return lead if lead and lead.kind is Kind.INVOICE else originals.get(refund["charge_ref"])


def _earlier(connection: Connection, original: Issued) -> list[Draft]:
    query = (
        select(documents.c.snapshot)
        .where(documents.c.kind.in_(OF_REFUNDS))
        .where(documents.c.corrects_label == original.label)
        .order_by(documents.c.id)
    )
    snapshots: Sequence[str] = connection.execute(query).scalars().all()
    return [Issued.model_validate_json(snapshot) for snapshot in snapshots]


def _known(connection: Connection, refunds: Sequence[Row]) -> set[str]:
    query = select(documents.c.object_ref).where(
        documents.c.kind.in_(OF_REFUNDS), documents.c.object_ref.in_([row["refund_ref"] for row in refunds])
    )
    return set(connection.execute(query).scalars())
