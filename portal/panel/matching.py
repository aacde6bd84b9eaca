"""A ticket -> the customers that its requester may be. Nobody else's bills are ever shown beside it.

An e-mail address is a claim, not a proof, and what a ticket's text names may be another person's: whoever acts
confirms first that this is the customer, and that stands in the audit log. On the same ticket it is then not asked
again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from billing.errors import NotFound
from billing.store import audit, people, transaction
from billing.store.audit import Actor, Entry
from billing.warehouse import customers
from billing.warehouse import people as person_customers
from billing.warehouse.customers import CustomerPage
from billing.warehouse.lookup import Match
from billing.warehouse.matching import NAMED, find
from helpdesk_sync.ports import Ticket
from portal.panel.house import House

CONFIRMED = "customer.match.confirmed"
_MOST = 20
_GUEST = "guest:"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer whom a requester may be; `key` names them to the page, `how` says how they were matched."""

    key: str
    customer_ref: str | None
    charge_ref: str | None
    """Of a guest, who is no customer at the gateway: one of their charges."""
    gateway: str
    account: str
    name: str | None
    email: str | None
    how: str
    is_exact: bool = False
    last_at: datetime | None = None


def candidates(house: House, ticket: Ticket, ticket_name: str) -> list[Candidate]:
    """Return the requester's candidates, who paid or tried to last first.

    Args:
        house: the opened parts.
        ticket: as its helpdesk tells it.
        ticket_name: helpdesk:account:id, by which confirmations are on record.

    Raises:
        NotFound: nothing was published yet.
    """
    matches = find(house.reader, ticket.emails, ticket.text, _MOST)
    found = {one.key: one for one in map(_of_match, matches)}
    for one in list(found.values()):
        for other in _same_person(house, one):
            found.setdefault(other.key, other)
    return _ordered(house, _confirmed(house, found.values(), ticket_name))


def choose(found: Sequence[Candidate], key: str | None) -> Candidate | None:
    """Return the candidate that the page asks for, the first one without a wish; None where there is nobody.

    Raises:
        NotFound: the requester of this ticket cannot be that customer.
    """
    if not key:
        return found[0] if found else None
    chosen = next((one for one in found if one.key == key), None)
    if chosen is None:
        raise NotFound("This customer is not the requester of this ticket.")
    return chosen


def page_of(house: House, one: Candidate) -> CustomerPage:
    """Read a candidate's page.

    Raises:
        NotFound: they are not in the published copy any more.
    """
    if one.customer_ref:
        return customers.page(house.reader, one.customer_ref)
    return customers.guest_page(house.reader, one.charge_ref or "")


def confirm(house: House, one: Candidate, ticket_name: str, actor: Actor, action_id: str) -> None:
    """Put on record, once a ticket, that an agent has made sure that a candidate is its requester.

    The action's id stands among the data: an entry's own `action_id` is for what an action asked and came to.
    """
    entry = Entry(
        CONFIRMED,
        actor,
        object_ref=_ref(one),
        ticket=ticket_name,
        data={"matched": one.how, "email": one.email, "before_action": action_id},
    )
    with transaction(house.engine) as connection:
        said = audit.entries(connection, kind=CONFIRMED, about=ticket_name)
        if _ref(one) not in {row["object_ref"] for row in said}:  # a second click says it once
            audit.record(connection, entry)


def _of_match(match: Match) -> Candidate:
    key = match.customer_ref or f"{_GUEST}{match.charge_ref}"
    how = match.confidence
    if how == NAMED:
        how = f"{NAMED} by {match.matched_by}, not the sender's address"
    return Candidate(
        key,
        match.customer_ref,
        None if match.customer_ref else match.charge_ref,
        match.gateway,
        match.account,
        match.name,
        match.email,
        how,
    )


def _same_person(house: House, one: Candidate) -> list[Candidate]:
    if one.customer_ref is None:
        return []
    with transaction(house.engine) as connection:
        said = people.statements(connection, one.customer_ref)
    known = person_customers.others(house.reader, one.customer_ref)
    rows = person_customers.lay_over(known, said, one.customer_ref, house.reader)
    return [
        Candidate(
            row["customer_ref"],
            row["customer_ref"],
            None,
            row["gateway"],
            row["account"],
            row["name"],
            row["email"],
            person_customers.how(row),
        )
        for row in rows
    ]


def _confirmed(house: House, found: Iterable[Candidate], ticket_name: str) -> list[Candidate]:
    """Mark who was confirmed on this ticket before, and by whom."""
    with transaction(house.engine) as connection:
        entries = audit.entries(connection, kind=CONFIRMED, about=ticket_name)
    by = {entry["object_ref"]: entry["actor"] for entry in entries}
    return [
        replace(one, how=f"confirmed by {by[ref]}", is_exact=True) if (ref := _ref(one)) in by else one
        for one in found
    ]


def _ref(one: Candidate) -> str | None:
    return one.customer_ref or one.charge_ref


def _ordered(house: House, found: Sequence[Candidate]) -> list[Candidate]:
    refs = [one.customer_ref for one in found if one.customer_ref]
    rows = house.reader.rows(_LAST, {"refs": refs}) if refs else []
    last = {row["customer_ref"]: row["last_at"] for row in rows}
    dated = [replace(one, last_at=last.get(one.customer_ref)) for one in found]
    return sorted(dated, key=lambda one: str(one.last_at or ""), reverse=True)


_LAST = """
    select customer_ref, max(created_at) as last_at from charges
    where customer_ref = any($refs) group by customer_ref"""
