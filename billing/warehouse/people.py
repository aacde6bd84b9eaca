"""Who else a customer is: the same person's other customers, how each was matched, what agents said since."""

from collections.abc import Iterable
from typing import Any

from billing.store.people import Kind, Statement
from billing.warehouse.reader import Reader

Row = dict[str, Any]

MATCHED = {
    "agent": "linked by",
    "explicit_id": "same id in your own system",
    "verified_email": "matched by e-mail",
}


def others(reader: Reader, customer_ref: str) -> list[Row]:
    """Return the person's other customers: their reference, name, where they are, and how they belong together.

    `source` and `confidence` say how this other one was matched; `matched_email` and `linked_by` by what or whom.
    """
    return reader.rows(_OTHERS, {"ref": customer_ref})


def lay_over(known: Iterable[Row], said: Iterable[Statement], customer_ref: str, reader: Reader) -> list[Row]:
    """Return the others as they are once the published copy has caught up with what agents said.

    Exact for what was said about this customer itself; what follows from it for third ones comes with the copy.
    """
    statements = {statement.other(customer_ref): statement for statement in said}
    parted = {ref for ref, statement in statements.items() if statement.kind is Kind.UNLINK}
    shown = [row for row in known if row["customer_ref"] not in parted]
    there = {row["customer_ref"] for row in shown}
    for ref, statement in statements.items():
        if statement.kind is Kind.LINK and ref not in there:
            facts = {"source": "agent", "confidence": "confirmed", "matched_email": None}
            found = reader.rows(_ONE, {"ref": ref})
            shown += [{**row, **facts, "linked_by": statement.actor} for row in found]
    return shown


def how(row: Row) -> str:
    """Say in words how another customer was matched."""
    words = MATCHED.get(row["source"] or "", "same person")
    return f"{words} {row['linked_by']}" if row["source"] == "agent" else words


_COLUMNS = "c.customer_ref, c.gateway, c.account, c.customer_id, c.name, c.email, c.is_deleted"

_OTHERS = f"""
    select {_COLUMNS}, o.source, o.confidence, o.matched_email, o.linked_by
    from person_customers me
    join person_customers o on o.person_ref = me.person_ref and o.customer_ref <> me.customer_ref
    join customers c on c.customer_ref = o.customer_ref
    where me.customer_ref = $ref
    order by c.customer_ref"""  # noqa: S608 - our own text

_ONE = f"select {_COLUMNS} from customers c where c.customer_ref = $ref"  # noqa: S608 - our own text
