"""One sentence before an act: how much, to what, through whom, and what becomes of invoice and subscription."""

from collections.abc import Callable
from typing import Any

from actions import acts
from actions.acts import Act
from billing.money import Money
from dashboards.wording import Row, day, method, safe

Say = Callable[[Any, Money | None, Row, str], str]


def effect(act: Act, most: Money | None, row: Row, through: str) -> str:
    """Say what will happen, as Markdown. `most` is what is due or can be moved; `through` names the account."""
    return _SAY[type(act)](act, most, row, safe(through))


def _capture(act: acts.Capture, most: Money | None, row: Row, at: str) -> str:
    left = f" {most - act.amount} is released." if most and act.amount and act.amount != most else ""
    return f"**{act.amount or most}** is taken from {safe(method(row))} through {at}.{left}"


def _cancel(act: acts.CancelSubscription, _most: Money | None, row: Row, at: str) -> str:
    if not act.at_period_end:
        return f"It ends now at {at} and is not charged again. Nothing is refunded: that is an action of its own."
    end = row["current_period_end_at"]
    until = f"until {day(end)}" if end else "until the paid period ends"
    return f"It runs {until} and is not charged again. Nothing is refunded."


def _change_plan(act: acts.ChangePlan, _most: Money | None, _row: Row, at: str) -> str:
    cost = (
        "The difference is charged or credited."
        if act.is_prorated
        else "Nothing is charged before the renewal."
    )
    return f"The plan changes at {at} now. {cost}"


def _create(act: acts.CreateSubscription, _most: Money | None, _row: Row, at: str) -> str:
    first = f"after {act.trial_days} days of trial" if act.trial_days else "now"
    return f"A subscription begins at {at}; its first payment is taken {first}."


def _retry(_act: acts.RetryPayment, most: Money | None, _row: Row, at: str) -> str:
    due = f"**{most}**" if most else "What is due"
    return f"{due} is collected again from the payment method on file, through {at}."


def _send(act: acts.SendInvoice | acts.SendReceipt, _most: Money | None, _row: Row, at: str) -> str:
    return f"{at} mails it to {safe(act.to) if act.to else 'the address that it knows'}."


def _details(_act: Act, _most: Money | None, _row: Row, at: str) -> str:
    return f"It is changed at {at} from now on. Invoices that are issued already stay as they are."


def _coupon(_act: Act, _most: Money | None, _row: Row, at: str) -> str:
    return f"What is still to be paid changes at {at}; what is paid stays as it is."


_SAY: dict[type, Say] = {
    acts.Refund: lambda act, most, row, at: (
        f"**{act.amount or most}** goes back to {safe(method(row))} through {at}."
    ),
    acts.Void: lambda _act, _most, _row, at: f"The charge is stopped at {at}; the customer pays nothing.",
    acts.Capture: _capture,
    acts.SendReceipt: _send,
    acts.SendInvoice: _send,
    acts.Charge: lambda act, _most, _row, at: (
        f"**{act.amount}** is taken from the customer's stored payment method through {at}, now."
    ),
    acts.Authorize: lambda act, _most, _row, at: (
        f"**{act.amount}** is reserved on the customer's stored payment method through {at}; capture it later."
    ),
    acts.RequestPayment: lambda act, _most, _row, at: (
        f"{at} makes a page where the customer can pay **{act.amount}**. Nothing is charged until they do."
    ),
    acts.CardUpdateLink: lambda _act, _most, _row, at: (
        f"{at} makes a page where the customer can change their payment method. Nothing is charged."
    ),
    acts.SetTaxDetails: _details,
    acts.ChangeEmail: _details,
    acts.CreateSubscription: _create,
    acts.ChangePlan: _change_plan,
    acts.PauseSubscription: lambda _act, _most, _row, at: (
        f"{at} stops collecting until it is resumed. The customer is not charged meanwhile."
    ),
    acts.ResumeSubscription: lambda _act, _most, _row, at: (
        f"{at} collects again; the next renewal is charged."
    ),
    acts.CancelSubscription: _cancel,
    acts.ApplyCoupon: _coupon,
    acts.RemoveCoupon: _coupon,
    acts.MarkUncollectible: lambda _act, _most, _row, at: (
        f"{at} stops trying to collect this invoice; it counts as lost."
    ),
    acts.RetryPayment: _retry,
    acts.AcceptDispute: lambda _act, most, _row, _at: (
        f"The customer keeps **{most}**. This cannot be taken back."
    ),
    acts.SubmitEvidence: lambda _act, _most, _row, at: (
        f"The text goes to the bank through {at} as it is. It can be sent once."
    ),
}
