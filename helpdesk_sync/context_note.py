"""Candidates -> the note beside a ticket: who, what is wrong, what they subscribe to, what they paid, where to act.

Plain lines; the helpdesk's adapter escapes them. The same facts give the same words, whenever they are written.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from billing.money import Money
from billing.settings import Settings
from billing.vocabulary import ChargeStatus, DisputeStatus, SubscriptionStatus
from billing.warehouse import wording
from billing.warehouse.customers import CustomerPage
from billing.warehouse.matching import NAMED
from helpdesk_sync import links
from helpdesk_sync.candidates import Candidate
from helpdesk_sync.named_documents import Named

Row = dict[str, Any]

MOST_CANDIDATES = 3
_MOST_SUBSCRIPTIONS = 3
_MOST_DOCUMENTS = 3
_LONGEST = 300
_LIVE = (
    SubscriptionStatus.PAST_DUE,
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.PAUSED,
    SubscriptionStatus.PENDING,
)
_OPEN = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)


def write(settings: Settings, candidates: Sequence[Candidate], named: Sequence[Named] = ()) -> str:
    """Write what is known of the people a requester may be: three at most, the others are counted.

    Of the documents that the ticket names, each person's own are told with their charges, and nobody else's.
    """
    shown, more = candidates[:MOST_CANDIDATES], len(candidates) - MOST_CANDIDATES
    parts = ["\n".join(_about(settings, one, named)) for one in shown]
    if len(candidates) > 1:
        parts.insert(0, f"{len(candidates)} people may be meant. Find out which one before you act.")
    if more > 0:
        parts.append(f"And {more} more.")
    return "\n\n".join(parts)


def content_hash(text: str) -> str:
    """Return the hash by which an unchanged note is recognised."""
    return hashlib.sha256(text.encode()).hexdigest()


def _about(settings: Settings, one: Candidate, named: Sequence[Named]) -> Iterable[str]:
    pages, own = one.pages, [each for each in named if one.is_meant(each.match)][:_MOST_DOCUMENTS]
    yield _who(settings, one)
    yield from _wrong(pages)
    yield from _subscriptions(pages)
    yield from (f"Document in question: {_document(each)}" for each in own)
    charges = {each.charge["charge_ref"]: each.charge for each in own if each.charge}
    if one.match.confidence == NAMED and one.match.charge_ref:
        known = _all(pages, lambda page: page.charges)
        charges |= {row["charge_ref"]: row for row in known if row["charge_ref"] == one.match.charge_ref}
    yield from (f"Charge in question: {_charge(settings, row)}" for row in charges.values())
    yield _last_payment(settings, pages)
    yield _lifetime(pages)
    wanted = one.match.email or one.match.customer_ref or one.match.charge_ref or ""
    yield f"Look up: {links.look_up(settings, wanted)}"


def _who(settings: Settings, one: Candidate) -> str:
    names = [page.customer["name"] for page in one.pages] + [one.match.name]
    name = next((_line(name) for name in names if name), "A guest")
    who = f"{name}, {_line(one.match.email)}" if one.match.email else name
    how = one.match.confidence
    if how == NAMED:
        how = f"{NAMED} by {one.match.matched_by}; the sender's address is not theirs"
    accounts = {(page.customer["gateway"], page.customer["account"]): None for page in one.pages}
    titles = " and ".join(_title(settings, *account) for account in accounts)
    return f"{who} ({how}). Billed through {titles}."


def _wrong(pages: Sequence[CustomerPage]) -> Iterable[str]:
    if past_due := _sum(pages, "past_due_minor"):
        yield f"Past due: {past_due}."
    for row in _all(pages, lambda page: page.disputes):
        if row["status"] in _OPEN:
            until = f" by {wording.day(row['evidence_due_at'])}" if row["evidence_due_at"] else ""
            words = f"{wording.spaced(row['status'])}{until}"
            reason = f" ({wording.spaced(_line(row['reason']))})" if row["reason"] else ""
            yield f"Dispute over {_amount(row)}: {words}{reason}."
    newest = next(iter(_all(pages, lambda page: page.charges)), None)
    if newest and newest["status"] == ChargeStatus.FAILED:
        why = f": {_line(wording.failure(newest))}" if wording.failure(newest) else ""
        yield f"The last charge failed: {_amount(newest)} on {wording.day(newest['created_at'])}{why}."


def _subscriptions(pages: Sequence[CustomerPage]) -> Iterable[str]:
    """Say the subscriptions that run, the most urgent first; without any, the one that ended last."""
    known = _all(pages, lambda page: page.subscriptions)
    live = sorted((row for row in known if row["status"] in _LIVE), key=lambda r: _LIVE.index(r["status"]))
    for row in (live or known[:1])[:_MOST_SUBSCRIPTIONS]:
        price = ""
        if row["amount_minor"] is not None:
            price = f", {_amount(row)} {wording.period(row['interval_count'], row['interval_unit'])}".rstrip()
        plan = _line(row["plan_name"]) or "a plan without a name"
        yield f"Subscription: {plan}{price}, {_state(row)}."
    if len(live) > _MOST_SUBSCRIPTIONS:
        yield f"And {len(live) - _MOST_SUBSCRIPTIONS} more subscriptions."


def _state(row: Row) -> str:
    status = wording.spaced(row["status"])
    if row["status"] in _LIVE:
        return f"{status}, {wording.renewal(row)}"
    return f"{status} since {wording.day(row['canceled_at'])}" if row["canceled_at"] else status


def _document(named: Named) -> str:
    one = named.document
    return f"{wording.spaced(one.kind)} {one.label}, {one.total}, issued on {wording.day(one.issued_at)}."


def _last_payment(settings: Settings, pages: Sequence[CustomerPage]) -> str:
    for row in _all(pages, lambda page: page.charges):
        if row["captured_minor"]:
            return f"Last payment: {_charge(settings, row)}"
    return "Last payment: none."


def _charge(settings: Settings, row: Row) -> str:
    through = _title(settings, row["gateway"], row["account"])
    status = "" if row["status"] == ChargeStatus.PAID else f", {wording.spaced(row['status'])}"
    sentence = f". {_line(row['sentence'])}" if row["sentence"] else ""
    return (
        f"{_amount(row)}{status} on {wording.day(row['created_at'])} through {through}, "
        f"{wording.method(row)}{sentence}."
    )


def _lifetime(pages: Sequence[CustomerPage]) -> str:
    totals = [row for page in pages for row in page.totals if row["charge_count"]]
    if not totals:
        return "Lifetime: no payment yet."
    count = sum(row["charge_count"] for row in totals)
    since = min(row["first_charge_at"] for row in totals)
    payments = "1 payment" if count == 1 else f"{count} payments"
    total = _sum(pages, "lifetime_minor") or "all refunded"
    return f"Lifetime: {total} in {payments} since {wording.day(since)}."


def _sum(pages: Sequence[CustomerPage], column: str) -> str:
    """Add up a column of the totals, each currency by itself; empty where all are 0."""
    sums: dict[str, int] = defaultdict(int)
    for page in pages:
        for row in page.totals:
            sums[row["currency"]] += int(row[column] or 0)
    return " + ".join(str(Money(minor, currency)) for currency, minor in sorted(sums.items()) if minor)


def _all(pages: Sequence[CustomerPage], of: Callable[[CustomerPage], list[Row]]) -> list[Row]:
    """Return one kind of rows of all pages, the newest first."""
    return sorted(
        (row for page in pages for row in of(page)), key=lambda row: row["created_at"], reverse=True
    )


def _amount(row: Row) -> str:
    if row["amount_minor"] is None:
        return f"an amount that does not fit {row['currency']}"
    return str(wording.money(row, "amount_minor"))


def _title(settings: Settings, gateway: str, account: str) -> str:
    accounts = getattr(settings.gateways, gateway, [])
    return next((str(one.title) for one in accounts if one.account == account), account)


def _line(text: object) -> str:
    """Return what somebody typed as one line of bounded length."""
    line = re.sub(r"\s+", " ", str(text or "")).strip()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
