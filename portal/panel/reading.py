"""A ticket's requester -> the view: published marts, our recent actions laid over them, what the role may do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from actions.notices import Notice, notices
from actions.overlay import Shown, lay_over
from actions.store import Request, recent
from billing import clock
from billing.ids import GatewayRef
from billing.verbs import ObjectKind, Verb
from billing.warehouse.customers import CustomerPage
from billing.warehouse.reader import snapshot
from helpdesk_sync.ports import Ticket
from portal.panel import items, log
from portal.panel.agents import Agent
from portal.panel.house import House
from portal.panel.matching import Candidate, candidates, choose, page_of
from portal.panel.model import Banner, Choice, Customer, Item, Section, Tone, View
from portal.panel.sessions import Session

FEW, FEWER, MANY = 6, 3, 200
STALE_AFTER = timedelta(hours=1)
_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn", "info": "calm"}


def read(
    house: House, session: Session, agent: Agent | None, ticket: Ticket, key: str | None, *, is_all: bool
) -> View:
    """Return the view of a ticket.

    Args:
        house: the opened parts.
        session: who looks; its ticket is `ticket`.
        agent: the proven agent, for whom acts are offered.
        ticket: as its helpdesk tells it.
        key: which candidate the page asks for; None: the first one.
        is_all: show long lists to their end.

    Raises:
        NotFound: nothing was published yet, or the requester cannot be the customer that the page asks for.
    """
    name, at = snapshot(house.reader)
    found = candidates(house, ticket, ticket_name(session))
    chosen = choose(found, key)
    return View(
        helpdesk=session.helpdesk,
        account=session.account,
        ticket=ticket.id,
        agent=agent.email if agent else None,
        is_asking_sign_in=session.agent is None,
        choices=tuple(_choice(house, one, one is chosen) for one in found),
        customer=_customer(house, agent, chosen, is_all=is_all) if chosen else None,
        nobody=_nobody(ticket),
        as_of=at,
        as_of_words=_age(at),
        is_stale=clock.now() - at > STALE_AFTER,
        snapshot=name,
        behind=house.behind(chosen.gateway, chosen.account, at) if chosen else None,
    )


def snapshot_name(house: House) -> str:
    """Return the name of the published copy that is read now."""
    return snapshot(house.reader)[0]


def ticket_name(session: Session) -> str:
    """Return a session's ticket as actions record it: helpdesk:account:id."""
    return f"{session.desk}:{session.ticket}"


def laid_over(house: House, page: CustomerPage) -> tuple[CustomerPage, list[Shown], list[Request]]:
    """Return a page with our recent refunds counted, its charges as they are shown, and all recent actions."""
    done = recent(house.engine, _refs(page))
    refunds = [one for one in done if one.verb is Verb.REFUND]
    page, shown = lay_over(page, refunds)
    return page, shown, done


def _refs(page: CustomerPage) -> list[GatewayRef]:
    rows = {
        ObjectKind.CHARGE: page.charges,
        ObjectKind.SUBSCRIPTION: page.subscriptions,
        ObjectKind.INVOICE: page.invoices,
        ObjectKind.DISPUTE: page.disputes,
    }
    found = [
        GatewayRef(row["gateway"], row["account"], row[f"{kind.value}_id"])
        for kind, many in rows.items()
        for row in many
    ]
    customer = page.customer
    if customer["customer_ref"]:
        found.append(GatewayRef(customer["gateway"], customer["account"], customer["customer_id"]))
    return found


def _customer(house: House, agent: Agent | None, one: Candidate, *, is_all: bool) -> Customer:
    page, charges, done = laid_over(house, page_of(house, one))
    maker = items.Maker(house, agent, page, {str(r.target) for r in done if items.is_open(r)})
    identity = maker.identity(one)
    few, fewer = (MANY, MANY) if is_all else (FEW, FEWER)
    return Customer(
        key=one.key,
        identity=identity,
        banners=tuple(_banner(notice, identity.acts) for notice in notices(page, charges)),
        sections=(
            _section("Subscriptions", [maker.subscription(row) for row in page.subscriptions], fewer),
            _section("Charges", [maker.charge(shown) for shown in charges], few),
            _section("Disputes", [maker.dispute(row) for row in page.disputes], fewer),
            _section("Invoices", [maker.invoice(row) for row in page.invoices], fewer),
        ),
        lifetime=items.lifetime(page),
        tax=items.tax(page.customer),
        address=items.address(page.customer),
        log=log.lines(house, page, done),
        can_note=agent is not None and agent.may("note") and one.customer_ref is not None,
        more_url=items.more_url(house, one),
    )


def _banner(notice: Notice, customer: Item) -> Banner:
    deeds = tuple(deed for deed in customer.deeds if deed.verb in notice.helps and deed.why_not is None)
    helps = replace(customer, deeds=deeds) if deeds else None
    return Banner(_TONES[notice.level], notice.title, notice.words, helps)


def _section(title: str, found: Sequence[Item], most: int) -> Section:
    return Section(title, tuple(found[:most]), len(found), f"No {title.lower()}")


def _choice(house: House, one: Candidate, is_shown: bool) -> Choice:
    parts = [one.name or one.email or "Guest", house.title(one.gateway, one.account)]
    parts += [] if one.customer_ref else ["guest"]
    return Choice(one.key, " · ".join(parts), is_shown)


def _nobody(ticket: Ticket) -> str:
    if not ticket.emails:
        return "The requester of this ticket has no e-mail address, so nobody can be matched."
    return (
        f"Nobody is billed under {', '.join(ticket.emails)}. A customer of the last minutes may be newer than the "
        "published copy."
    )


def _age(at: datetime) -> str:
    minutes = int((clock.now() - at).total_seconds() // 60)
    if minutes < 1:
        age = "just now"
    elif minutes < 60:
        age = f"{minutes} min ago"
    else:
        age = f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
    return f"As of {at:%H:%M:%S} UTC, {age}"
