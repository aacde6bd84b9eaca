"""What an agent types -> the customers it may mean, each with how it was matched."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from billing.ids import email_key
from billing.warehouse.reader import Reader

# An e-mail address is a claim, not a proof; an id or number names one object and no other.
_CONFIDENCE = {
    "id": "exact",
    "e-mail": "matched by e-mail",
    "invoice number": "exact",
    "document number": "exact",
    "name": "matched by name",
    "last four digits": "one of several may share these digits",
}


ID = re.compile(r"[A-Za-z0-9_:]{6,}")
"""What may be the id of an object at a gateway, or a reference to one."""


Documents = Callable[[Sequence[str]], Sequence[str]]
"""Numbers in upper case -> references of the charges that those of our own documents are about."""


@dataclass(frozen=True, slots=True)
class Match:
    """One customer that the text may mean. Guests, no customer at the gateway, have `customer_ref` None."""

    customer_ref: str | None
    gateway: str
    account: str
    email: str | None
    name: str | None
    matched_by: str
    confidence: str
    charge_ref: str | None = None


def find(
    reader: Reader, text: str, limit: int = 50, *, documents: Documents = lambda _numbers: ()
) -> list[Match]:
    """Find customers by e-mail, id, number of a document or invoice, last four digits or part of a name.

    Returns:
        Matches of the most exact kind that gives any; [] when nothing matches or the text is blank.
    """
    wanted = text.strip()
    if not wanted:
        return []
    if found := by_document(reader, documents([wanted.upper()])):
        return found
    for matched_by, query, params in _attempts(wanted):
        rows = reader.rows(f"{query} limit {int(limit)}", params)
        if matched_by == "id":
            rows = _at_account(rows, wanted)
        if rows:
            return [match(row, matched_by) for row in rows]
    return []


def by_id(reader: Reader, wanted: str, limit: int = 50) -> list[Match]:
    """Find customers by the id of any object of theirs, or by a reference with its gateway and account."""
    rows = reader.rows(f"{_BY_ID} limit {int(limit)}", {"id": wanted.rpartition(":")[2]})
    return [match(row, "id") for row in _at_account(rows, wanted)]


def by_document(reader: Reader, charge_refs: Sequence[str]) -> list[Match]:
    """Find customers by what our documents were issued for."""
    found = [match for ref in charge_refs for match in by_id(reader, ref)]
    return [replace(match, matched_by="document number") for match in found]


def _at_account(rows: list[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    """A reference names one account; others may use the same id."""
    if ":" not in wanted:
        return rows
    return [row for row in rows if wanted.startswith(f"{row['gateway']}:{row['account']}:")]


def match(row: dict[str, Any], matched_by: str, confidence: str | None = None) -> Match:
    """Return a row of a search as a match, with the confidence that its kind has, or another one."""
    return Match(
        customer_ref=row["customer_ref"],
        gateway=row["gateway"],
        account=row["account"],
        email=row["email"],
        name=row["name"],
        matched_by=matched_by,
        confidence=confidence or _CONFIDENCE[matched_by],
        charge_ref=row.get("charge_ref"),
    )


def _attempts(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (how, query, parameters) in the order in which they are tried."""
    tried: list[tuple[str, str, dict[str, Any]]] = []
    if "@" in text:
        return [("e-mail", _BY_EMAIL, {"email": email_key(text)})]
    if ID.fullmatch(text):
        tried.append(("id", _BY_ID, {"id": text.rpartition(":")[2]}))
    tried.append(("invoice number", _BY_INVOICE_NUMBER, {"number": text.upper()}))
    if re.fullmatch(r"\d{4}", text):
        tried.append(("last four digits", _BY_LAST4, {"last_four": text}))
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    tried.append(("name", _BY_NAME, {"name": f"%{escaped}%"}))
    return tried


_BY_EMAIL = """
    select customer_ref, gateway, account, customer_id, email, name, null as charge_ref
    from customers where email_key = $email
    union all
    select null, gateway, account, null, customer_email, null, max(charge_ref) from charges
    where customer_ref is null and lower(trim(customer_email)) = $email
    group by gateway, account, customer_email
    order by 1 nulls last"""

_BY_ID = """
    select customer_ref, gateway, account, customer_id, email, name, null as charge_ref
    from customers where customer_id = $id
    union
    select h.customer_ref, h.gateway, h.account, c.customer_id, coalesce(c.email, h.customer_email), c.name,
        h.charge_ref
    from charges h left join customers c on c.customer_ref = h.customer_ref
    where h.charge_id = $id or h.payment_intent_id = $id
    union
    select h.customer_ref, h.gateway, h.account, c.customer_id, coalesce(c.email, h.customer_email), c.name,
        h.charge_ref
    from refunds r join charges h on h.charge_ref = r.charge_ref
    left join customers c on c.customer_ref = h.customer_ref
    where r.refund_id = $id
    union
    select c.customer_ref, c.gateway, c.account, c.customer_id, c.email, c.name, null
    from customers c join (
        select customer_ref from invoices where invoice_id = $id
        union select customer_ref from subscriptions where subscription_id = $id
    ) o on o.customer_ref = c.customer_ref"""

_BY_INVOICE_NUMBER = """
    select distinct c.customer_ref, c.gateway, c.account, c.customer_id, c.email, c.name, null as charge_ref
    from invoices i join customers c on c.customer_ref = i.customer_ref
    where upper(i.number) = $number"""

_BY_LAST4 = """
    select h.customer_ref, h.gateway, h.account, c.customer_id, coalesce(c.email, h.customer_email) as email,
        c.name, max(h.charge_ref) as charge_ref
    from charges h left join customers c on c.customer_ref = h.customer_ref
    where h.method_last4 = $last_four
    group by h.customer_ref, h.gateway, h.account, c.customer_id, coalesce(c.email, h.customer_email), c.name
    order by max(h.created_at) desc"""

_BY_NAME = """
    select customer_ref, gateway, account, customer_id, email, name, null as charge_ref
    from customers where lower(name) like $name escape '\\'
    order by name"""
