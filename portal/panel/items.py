"""Rows of the marts -> what the panel shows of each, with the acts that the agent's role allows beside it."""

from collections.abc import Collection
from urllib.parse import urlencode

from actions.offers import Offer, offers, permitted
from actions.overlay import Shown
from actions.store import Request
from billing.money import Money
from billing.verbs import FACTS, ObjectKind
from billing.vocabulary import OPEN_ACTIONS, ChargeStatus
from billing.warehouse.customers import CustomerPage
from billing.warehouse.matching import NAMED
from billing.warehouse.wording import (
    DASH,
    Row,
    colour,
    day,
    failure,
    method,
    money,
    period,
    renewal,
    spaced,
)
from gateways import REGISTRY
from portal.panel.agents import Agent
from portal.panel.house import House
from portal.panel.matching import Candidate
from portal.panel.model import Deed, Identity, Item, Pill, Tone

_TONES: dict[str, Tone] = {"green": "good", "orange": "warn", "red": "bad", "gray": "calm"}
_IN_PROGRESS = "Another action on this has no outcome yet. Wait for it."


def pill(status: str, words: str | None = None) -> Pill:
    """Return a state as a pill."""
    return Pill(words or spaced(status), _TONES[colour(status)])


def is_open(request: Request) -> bool:
    """Say whether an action has no outcome yet, so that nothing else may be done to its object."""
    return request.status in OPEN_ACTIONS


class Maker:
    """Makes the items of one customer's page for one agent (None: nobody is proven, so no acts are offered)."""

    def __init__(self, house: House, agent: Agent | None, page: CustomerPage, busy: Collection[str]) -> None:
        self._house = house
        self._agent = agent
        self._page = page
        self._busy = busy
        self._numbers = {i["invoice_ref"]: i["number"] for i in page.invoices if i["number"]}

    def identity(self, one: Candidate) -> Identity:
        """Return who is shown, and how they were matched."""
        row = self._page.customer
        name = row["name"] or row["email"] or "Guest"
        since = f"since {row['created_at']:%b %Y}" if row["created_at"] and row["customer_ref"] else "guest"
        lines = (
            " · ".join(part for part in (row["email"] or "no e-mail address", row["phone"]) if part),
            f"{self._house.title(row['gateway'], row['account'])} · {since}",
        )
        links = _links(row)
        return Identity(
            name=name,
            initials="".join(word[0] for word in name.split() if word[0].isalnum())[:2].upper(),
            lines=lines,
            match=Pill(one.how, _confidence(one)),
            is_exact=one.is_exact,
            link=links[0] if links else None,
            acts=self._item(ObjectKind.CUSTOMER, row, title=name, line="") if row["customer_ref"] else _GUEST,
        )

    def subscription(self, row: Row) -> Item:
        """Return a subscription with its next date."""
        where = self._house.title(row["gateway"], row["account"])
        return self._item(
            ObjectKind.SUBSCRIPTION,
            row,
            title=row["plan_name"] or "Plan without a name",
            line=f"{where} · {renewal(row)}",
            amount=money(row, "amount_minor") if row["amount_minor"] is not None else None,
            per=period(row["interval_count"], row["interval_unit"]),
            state=pill(row["status"]),
        )

    def charge(self, shown: Shown) -> Item:
        """Return a charge: why it happened, what of it came back and what still can."""
        row = shown.row
        facts = [("Paid by", method(row))]
        if number := self._numbers.get(row["invoice_ref"]):
            facts.append(("Invoice", number))
        if row["status"] == ChargeStatus.FAILED and (why := failure(row)):
            facts.append(("Declined", why))
        refundable = money(row, "refundable_minor")
        if refundable.minor > 0:
            facts.append(("Refundable", f"{refundable} by our last load"))
        return self._item(
            ObjectKind.CHARGE,
            row,
            title=row["sentence"] or row["explanation"] or "Charge",
            line=f"{day(row['created_at'])} · {self._house.title(row['gateway'], row['account'])}",
            amount=money(row, "amount_minor"),
            state=_charge_state(shown),
            facts=facts,
        )

    def invoice(self, row: Row) -> Item:
        """Return an invoice of the gateway, with what is due on it and its tax."""
        facts = [("Tax inside", str(money(row, "tax_minor")))] if row["tax_minor"] is not None else []
        if row["due_minor"]:
            facts.append(("Due", str(money(row, "due_minor"))))
        return self._item(
            ObjectKind.INVOICE,
            row,
            title=row["number"] or "Draft",
            line=f"{day(row['issued_at'] or row['created_at'])}",
            amount=money(row, "total_minor"),
            state=pill(row["status"]),
            facts=facts,
        )

    def dispute(self, row: Row) -> Item:
        """Return a dispute, with the day by which it must be answered."""
        due = f" · evidence due {day(row['evidence_due_at'])}" if row["evidence_due_at"] else ""
        return self._item(
            ObjectKind.DISPUTE,
            row,
            title=spaced(row["reason"] or "no reason given").capitalize(),
            line=f"{day(row['created_at'])}{due}",
            amount=money(row, "amount_minor"),
            state=pill(row["status"]),
        )

    def _item(
        self,
        kind: ObjectKind,
        row: Row,
        *,
        title: str,
        line: str,
        amount: Money | None = None,
        per: str = "",
        state: Pill | None = None,
        facts: list[tuple[str, str]] | None = None,
    ) -> Item:
        ref = row[f"{kind.value}_ref"]
        links, deeds = _links(row), self._deeds(kind, row, ref)
        return Item(kind, ref, title, line, amount, per, state, tuple(facts or ()), links, deeds)

    def _deeds(self, kind: ObjectKind, row: Row, ref: str) -> tuple[Deed, ...]:
        if self._agent is None or (row["gateway"], row["account"]) not in self._house.desk.gateways:
            return ()
        found = permitted(offers(kind, row), self._agent.may)
        found.sort(key=lambda offer: offer.why_not is not None)
        return tuple(self._deed(offer, ref) for offer in found)

    def _deed(self, offer: Offer, ref: str) -> Deed:
        why_not = _IN_PROGRESS if ref in self._busy else offer.why_not
        return Deed(offer.verb, FACTS[offer.verb].title, why_not)


def lifetime(page: CustomerPage) -> tuple[Money, ...]:
    """Return what a customer paid less what went back, one amount a currency."""
    return tuple(money(row, "lifetime_minor") for row in page.totals)


def tax(row: Row) -> tuple[str, Pill | None]:
    """Return a customer's tax id, and what is known of it."""
    return row["tax_id"] or DASH, pill(row["tax_id_status"]) if row["tax_id_status"] else None


def address(row: Row) -> str:
    """Return a customer's postal address in one line."""
    parts = ("address_line1", "address_postal_code", "address_city", "address_country")
    return ", ".join(row[part] for part in parts if row[part])


def more_url(house: House, one: Candidate) -> str:
    """Return the candidate's page on the screens."""
    if one.customer_ref:
        where = {"q": one.email or one.customer_ref, "customer": one.customer_ref}
    else:
        where = {"q": one.email or one.charge_ref or "", "guest": one.charge_ref or ""}
    return f"{house.dashboard_url}/?{urlencode(where)}"


def _confidence(one: Candidate) -> Tone:
    if one.is_exact:
        return "good"
    return "bad" if one.how.startswith(NAMED) else "warn"


def _charge_state(shown: Shown) -> Pill:
    row = shown.row
    if shown.open_action:
        return Pill(f"{shown.open_action.amount} refund open", "bad")
    if row["status"] == ChargeStatus.PARTIALLY_REFUNDED:
        return pill(row["status"], f"{money(row, 'refunded_minor')} refunded")
    return pill(row["status"])


def _links(row: Row) -> tuple[tuple[str, str], ...]:
    """Return the pages about a row; an address that is not one of the web is left out."""
    found = [
        (REGISTRY[row["gateway"]].title, row.get("dashboard_url")),
        ("Document", row.get("pdf_url") or row.get("hosted_url")),
    ]
    return tuple((words, url) for words, url in found if url and url.startswith(("https://", "http://")))


_GUEST = Item(ObjectKind.CUSTOMER, "", "Guest", "")
