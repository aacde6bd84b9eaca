"""Lines and taxes as EN 16931 knows them: one VAT category and rate per line, one sum for each such pair."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.einvoice import values
from invoices.einvoice.values import Amounts, NotValid, clean, mapped
from invoices.snapshot import Category, Issued, Line, Tax
from invoices.wording import Words, phrase, words

_EXEMPTIONS = {
    Category.REVERSE_CHARGE: ("VATEX-EU-AE", phrase("Reverse charge: the recipient accounts for the VAT.")),
    Category.EXPORT: ("VATEX-EU-G", phrase("Export outside the EU, exempt from VAT.")),
    Category.OUTSIDE: ("VATEX-EU-O", phrase("Not subject to VAT")),
}
_CODES = {
    "exempt": phrase("Exempt"),
    "customer_exempt": phrase("Customer exempt"),
    "product_exempt": phrase("Product exempt"),
}
"""Gateways' codes for why a supply is exempt, which are no words for a customer."""
_PRICE_DECIMALS = Decimal("0.000001")

Key = tuple[Category, str | None]  # category and rate


@dataclass(frozen=True)
class Item:
    """One line. The price is of `base_quantity` pieces, so that one third of an amount stays exact."""

    name: str
    start: date | None
    end: date | None
    quantity: str
    price: str
    base_quantity: str | None
    discount: str | None
    discount_reason: str
    net: str
    category: Category
    rate: str | None


@dataclass(frozen=True)
class Breakdown:
    """All tax of one category and rate; `rate` is None only outside the scope of VAT."""

    category: Category
    rate: str | None
    taxable: str
    tax: str
    exemption: str | None
    exemption_code: str | None


def items(issued: Issued) -> tuple[Item, ...]:
    """Return the lines in their order; NotValid where one has no category, two taxes or an impossible date."""
    money = Amounts(issued.currency)
    discounted = words(issued.language).say("Discount")
    return tuple(_item(number, line, money, discounted) for number, line in enumerate(issued.lines, 1))


def _item(number: int, line: Line, money: Amounts, discounted: str) -> Item:
    category, rate = _line_key(number, line)
    # A discount that adds to the price is no allowance: such a line shows its net price alone.
    discount = max(line.discount_minor, 0)
    gross = line.net_minor + discount
    quantity = line.quantity or 1
    if (gross < 0) != (quantity < 0):
        quantity = -quantity  # a price is never negative (BR-27): what is taken back has its count below 0
    price, base = _price(money.exact(abs(gross)), abs(quantity))
    return Item(
        name=clean(line.description),
        start=values.day(line.period_start, f"start of line {number}"),
        end=values.day(line.period_end, f"end of line {number}"),
        quantity=str(quantity),
        price=price,
        base_quantity=base,
        discount=money.text(discount) if discount else None,
        discount_reason=discounted,
        net=money.text(line.net_minor),
        category=category,
        rate=rate,
    )


def _price(amount: Decimal, quantity: int) -> tuple[str, str | None]:
    """Return the exact price of one piece, or of all of them where one alone has too many decimals."""
    single = (amount / quantity).quantize(_PRICE_DECIMALS)
    if single * quantity == amount:
        return f"{single.normalize():f}", None
    return f"{amount:f}", str(quantity)


def breakdowns(issued: Issued) -> tuple[Breakdown, ...]:
    """Return one for each category and rate, in order of appearance; untaxed lines need no tax row of their own."""
    rows: dict[Key, list[Tax]] = {}
    for tax in issued.taxes:
        rows.setdefault(_tax_key(tax), []).append(tax)
    nets: dict[Key, int] = {}
    for number, line in enumerate(issued.lines, 1):
        key = _line_key(number, line)
        nets[key] = nets.get(key, 0) + line.net_minor
    for key in nets:
        if key[0] is not Category.STANDARD:
            rows.setdefault(key, [])
    money, speech = Amounts(issued.currency), words(issued.language)
    return tuple(_breakdown(key, of_key, nets.get(key, 0), money, speech) for key, of_key in rows.items())


def _breakdown(key: Key, rows: list[Tax], net: int, money: Amounts, speech: Words) -> Breakdown:
    category, rate = key
    known = [row.taxable_minor for row in rows if row.taxable_minor is not None]
    code, reason = _exemption(category, rows, speech)
    return Breakdown(
        category=category,
        rate=rate,
        taxable=money.text(sum(known) if rows and len(known) == len(rows) else net),
        tax=money.text(sum(row.tax_minor for row in rows)),
        exemption=reason,
        exemption_code=code,
    )


def _exemption(category: Category, rows: list[Tax], speech: Words) -> tuple[str | None, str | None]:
    """Return the code and the words of why there is no tax; an exempt supply without any breaks BR-E-10."""
    if category is not Category.EXEMPT:
        code, said = _EXEMPTIONS.get(category, (None, None))
        return code, speech.say(said) if said else None
    reasons = list(dict.fromkeys(clean(row.reason) for row in rows if clean(row.reason)))
    if len(reasons) == 1 and reasons[0].startswith("VATEX-"):
        return reasons[0], None
    return None, "; ".join(speech.say(_CODES.get(reason) or _words(reason)) for reason in reasons) or None


def _words(reason: str) -> str:
    """Turn a gateway's rarer code into words: "product_exempt_holiday" -> "Product exempt holiday"."""
    return reason.replace("_", " ").capitalize() if reason.islower() else reason


def _line_key(number: int, line: Line) -> Key:
    category = mapped(line.category, f"Line {number}")
    if len(line.rates) > 1:
        raise NotValid(
            f"Line {number} has {len(line.rates)} taxes ({', '.join(line.rates)} %), "
            "and EN 16931 knows one per line. Issue receipts for this account."
        )
    return category, _rate(category, line.rates[0] if line.rates else "0", f"line {number}")


def _tax_key(tax: Tax) -> Key:
    category = mapped(tax.category, f"The tax {tax.name!r}")
    return category, _rate(category, tax.rate_percent, f"tax {tax.name!r}")


def _rate(category: Category, text: str, where: str) -> str | None:
    """Only the standard category has a rate above 0, whatever a gateway calls it; outside of VAT there is none."""
    if category is Category.OUTSIDE:
        return None
    return values.rate(text, where) if category is Category.STANDARD else "0"
