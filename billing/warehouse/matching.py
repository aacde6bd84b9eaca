"""Who asks: a requester's addresses, else what their words name -> the customers they may be.

An address is a claim. What the text names may be another person's, by mistake or on purpose: such a match says so,
and is for the eyes of staff alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from billing.ids import email_key
from billing.money import Money, MoneyError
from billing.warehouse import lookup
from billing.warehouse.lookup import Documents, Match
from billing.warehouse.reader import Reader

NAMED = "named in the text"
_MOST_TOKENS = 20  # each id is one question to the copy; a pasted log file names hundreds
_LONGEST_TEXT = 20_000

_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "zł": "PLN"}
_CURRENCY = r"[€$£¥]|zł|[A-Za-z]{3}"
_AMOUNT = re.compile(
    rf"(?:(?<!\w)(?P<before>{_CURRENCY})[ \u00a0]?|(?<![\w.,]))(?P<figure>\d+(?:[.,'\u00a0]\d+)*)"
    rf"(?:[ \u00a0]?(?P<after>{_CURRENCY})(?!\w))?"
)
_FOUR = re.compile(r"(?<!\d)\d{4}(?!\d)")
# "order 1042", "Rechnung Nr. R-7", "#1042": a bare number is an amount, a year or a telephone more often.
_CUED = re.compile(
    r"(?:#|(?:\b(?:order|invoice|receipt|bestellung|auftrag|rechnung|commande|facture|pedido|factura|"
    r"ordine|fattura|zamówienie|faktura)|\b(?:no|nr|number|nummer|numer|número|n°)\b)"
    r"[\s.:#]*(?:(?:no|nr|number|nummer|numer|número|n°)\b[\s.:#]*)?)(?P<number>[A-Z0-9][A-Z0-9_-]*)",
    re.IGNORECASE,
)
# An invoice number speaks for itself when letters and digits stand around a hyphen: "LAMPA-0007".
_HYPHENED = re.compile(r"(?<![\w-])(?=[\w-]*[A-Za-z])(?=[\w-]*\d)\w+(?:-\w+)+(?![\w-])")


def find(
    reader: Reader,
    emails: Iterable[str],
    text: str,
    limit: int = 20,
    *,
    documents: Documents = lambda _numbers: (),
) -> list[Match]:
    """Return the customers and guests that a requester may be, at most `limit`; [] for a stranger.

    By the addresses where one is known; else by ids and by numbers of documents, orders and invoices in the text;
    else by a card's last four digits with an amount, where these fit one person alone.

    Raises:
        NotFound: nothing was published yet.
    """
    keys = dict.fromkeys(key for email in emails if "@" in (key := email_key(email)))
    matches = [match for key in keys for match in lookup.find(reader, key, limit)]
    if not matches:
        words = text[:_LONGEST_TEXT]
        found = numbers(words)
        matches = _by_id(reader, words)
        by_document = lookup.by_document(reader, documents(found))
        matches += [replace(match, confidence=NAMED) for match in by_document] + _by_number(reader, found)
        matches = matches or _by_card(reader, words)
    each: dict[str | None, Match] = {}
    for match in matches:
        each.setdefault(match.customer_ref or match.charge_ref, match)
    return list(each.values())[:limit]


def _by_id(reader: Reader, text: str) -> list[Match]:
    """Match whatever has the form of an id, and is one."""
    # Words are tried last: nearly every id has a digit, and "subscription" has the form of one too.
    tokens = sorted(dict.fromkeys(lookup.ID.findall(text)), key=lambda token: not re.search(r"\d", token))
    found = [match for token in _some(tokens) for match in lookup.by_id(reader, token)]
    return [replace(match, confidence=NAMED) for match in found]


def numbers(text: str) -> list[str]:
    """Return what may be the number of a document, an order or an invoice, in upper case; twenty at most."""
    text = text[:_LONGEST_TEXT]
    cued = [found["number"].strip("-_") for found in _CUED.finditer(text)]
    tokens = dict.fromkeys(token.upper() for token in (*cued, *_HYPHENED.findall(text)))
    return _some(token for token in tokens if re.search(r"\d", token))


def _by_number(reader: Reader, named: Sequence[str]) -> list[Match]:
    """Match order and invoice numbers."""
    if not named:
        return []
    rows = reader.rows(_BY_NUMBER, {"numbers": list(named)})
    return [lookup.match(row, row["matched_by"], NAMED) for row in rows]


def _by_card(reader: Reader, text: str) -> list[Match]:
    """Match last four digits with an amount, where the charges they fit are all one person's."""
    amounts = _amounts(text)
    digits = _some(dict.fromkeys(_FOUR.findall(_AMOUNT.sub(_without_amount, text))))
    if not amounts or not digits:
        return []
    fitting = [f"{amount.currency} {amount.minor}" for amount in amounts]
    rows = reader.rows(_BY_CARD, {"digits": digits, "amounts": fitting})
    return [lookup.match(rows[0], "last four digits and amount", NAMED)] if len(rows) == 1 else []


def _amounts(text: str) -> list[Money]:
    """Return the amounts that a text names with their currency, in any of the usual ways to write them."""
    found = (money for one in _AMOUNT.finditer(text) for money in _readings(one))
    return list(islice(dict.fromkeys(found), _MOST_TOKENS))


def _readings(found: re.Match[str]) -> Iterator[Money]:
    """Read an amount: the last mark is a decimal point, or groups thousands, whichever its currency takes."""
    *groups, last = re.split(r"\D", found["figure"])
    figures = [f"{''.join(groups)}.{last}"] if groups else []
    figures += ["".join((*groups, last))] if not groups or len(last) == 3 else []
    for word in (found["after"], found["before"]):
        for figure in figures if word else ():
            try:
                yield Money.parse(figure, _SYMBOLS.get(word.lower(), word.upper()))
            except MoneyError:
                continue


def _without_amount(found: re.Match[str]) -> str:
    return " " if any(_readings(found)) else found[0]


def _some(tokens: Iterable[str]) -> list[str]:
    return list(islice(tokens, _MOST_TOKENS))


_BY_NUMBER = """
    select c.customer_ref, c.gateway, c.account, c.email, c.name, null as charge_ref,
        'invoice number' as matched_by
    from invoices i join customers c on c.customer_ref = i.customer_ref
    where upper(i.number) = any($numbers)
    union
    select c.customer_ref, c.gateway, c.account, c.email, c.name, null, 'order number'
    from orders o join customers c on c.customer_ref = o.customer_ref
    where upper(o.number) = any($numbers)
    union
    select h.customer_ref, h.gateway, h.account, coalesce(c.email, h.customer_email),
        coalesce(c.name, h.customer_name), h.charge_ref, 'order number'
    from charge_explanations e join charges h on h.charge_ref = e.charge_ref
    left join customers c on c.customer_ref = h.customer_ref
    where upper(e.order_number) = any($numbers)
    order by 1 nulls last, 6 nulls last
    limit 20"""

# Two rows are enough to know that it is not one person.
_BY_CARD = """
    select h.customer_ref, h.gateway, h.account, coalesce(c.email, h.customer_email) as email,
        coalesce(c.name, min(h.customer_name)) as name, max(h.charge_ref) as charge_ref
    from charges h left join customers c on c.customer_ref = h.customer_ref
    where h.method_last4 = any($digits)
        and h.currency || ' ' || cast(h.amount_minor as varchar) = any($amounts)
    group by h.customer_ref, h.gateway, h.account, coalesce(c.email, h.customer_email), c.name
    order by 1 nulls last, 6
    limit 2"""
