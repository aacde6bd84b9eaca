"""What is wrong with a customer's billing, worst first, in one plain sentence each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from actions.overlay import Shown
from billing.verbs import Verb
from billing.vocabulary import ChargeStatus, DisputeStatus, InvoiceStatus, SubscriptionStatus
from billing.warehouse.customers import CustomerPage
from billing.warehouse.wording import Row, day, failure, method, money, spaced


@dataclass(frozen=True, slots=True)
class Notice:
    """One matter: `title` says what, `words` since when, why, or what one can do. Plain text, not markup."""

    level: Literal["error", "warning", "info"]
    title: str
    words: str
    helps: tuple[Verb, ...] = ()
    """Verbs for the customer that may mend it."""


def notices(page: CustomerPage, charges: Sequence[Shown]) -> list[Notice]:
    """Return what an agent should know before anything else."""
    found = [_unsettled(shown) for shown in charges if shown.open_action]
    found += [_past_due(page, row) for row in page.totals if row["past_due_minor"]]
    found += [_dispute(row) for row in page.disputes if row["status"] == DisputeStatus.NEEDS_RESPONSE]
    found += [
        Notice(
            "warning",
            f"{s['plan_name'] or 'The subscription'} ends on {day(s['current_period_end_at'])}",
            "It is cancelled at the end of the period that is paid.",
        )
        for s in page.subscriptions
        if s["is_cancel_at_period_end"] and s["status"] in _RUNNING
    ]
    if page.customer.get("is_deleted"):
        found.append(Notice("info", "Deleted at the gateway", "What was billed before stays on record."))
    return found


_ASKS_TO_PAY = (Verb.REQUEST_PAYMENT, Verb.CARD_UPDATE_LINK)
_RUNNING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE)


def _unsettled(shown: Shown) -> Notice:
    action = shown.open_action
    assert action is not None
    return Notice(
        "warning",
        f"A refund of {action.amount} has no outcome yet",
        action.message or "The gateway is being asked. It will not be sent twice.",
    )


def _past_due(page: CustomerPage, total: Row) -> Notice:
    unpaid = [
        i for i in page.invoices if i["status"] == InvoiceStatus.OPEN and i["currency"] == total["currency"]
    ]
    since = min(
        (i["due_at"] or i["issued_at"] for i in unpaid if i["due_at"] or i["issued_at"]), default=None
    )
    last = next((c for c in page.charges if c["currency"] == total["currency"]), None)
    title = f"Past due {money(total, 'past_due_minor')}" + (f" since {day(since)}" if since else "")
    if last is None or last["status"] != ChargeStatus.FAILED:
        return Notice("error", title, "No payment was tried for it lately.", _ASKS_TO_PAY)
    why = failure(last) or "no reason given"
    return Notice(
        "error", title, f"{method(last)} declined on {day(last['created_at'])}: {why}.", _ASKS_TO_PAY
    )


def _dispute(row: Row) -> Notice:
    due = f" Evidence is due by {day(row['evidence_due_at'])}." if row["evidence_due_at"] else ""
    return Notice(
        "error",
        f"Dispute of {money(row, 'amount_minor')} needs a response",
        f"The bank says: {spaced(row['reason'] or 'no reason given')}.{due} "
        "Do not refund this charge; answer the dispute at the gateway.",
    )
