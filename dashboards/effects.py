"""One sentence before an act: how much, to what, through whom, and what becomes of invoice and subscription."""

from actions import acts
from actions.acts import Act
from billing.money import Money
from dashboards.wording import Row, day, method, safe


def effect(act: Act, most: Money | None, row: Row, through: str) -> str:  # noqa: PLR0911 - one line a verb
    """Say what will happen, as Markdown. `most` is what is due or can be moved; `through` names the account."""
    at = safe(through)
    match act:
        case acts.Capture():
            left = f" {most - act.amount} is released." if most and act.amount and act.amount != most else ""
            return f"**{act.amount or most}** is taken from {safe(method(row))} through {at}.{left}"
        case acts.Void():
            return f"The charge is stopped at {at}; the customer pays nothing and sees no refund."
        case acts.Charge():
            return f"**{act.amount}** is taken from the customer's stored payment method through {at}, now."
        case acts.Authorize():
            return f"**{act.amount}** is reserved on the customer's stored payment method through {at}; capture it later."
        case acts.RequestPayment():
            return f"{at} makes a page where the customer can pay **{act.amount}**. Nothing is charged until they do."
        case acts.CancelSubscription():
            end = row["current_period_end_at"]
            if act.at_period_end:
                return (
                    f"It runs until {day(end)} and is not charged again. Nothing is refunded."
                    if end
                    else _AT_END
                )
            return f"It ends now at {at} and is not charged again. Nothing is refunded; refund a charge if that is agreed."
        case acts.ChangePlan():
            cost = (
                "The difference is charged or credited."
                if act.is_prorated
                else "Nothing is charged before the renewal."
            )
            return f"The plan changes at {at} now. {cost}"
        case acts.PauseSubscription():
            return f"{at} stops collecting until it is resumed. The customer is not charged meanwhile."
        case acts.ResumeSubscription():
            return f"{at} collects again; the next renewal is charged."
        case acts.CreateSubscription():
            first = f"after {act.trial_days} days of trial" if act.trial_days else "now"
            return f"A subscription begins at {at}; its first payment is taken {first}."
        case acts.RetryPayment():
            return (
                f"**{most}** is collected again from the payment method on file through {at}."
                if most
                else _RETRY
            )
        case acts.AcceptDispute():
            return f"The customer keeps **{most}**. This cannot be taken back."
        case acts.SubmitEvidence():
            return f"The text goes to the bank through {at} as it is. It can be sent once."
        case acts.MarkUncollectible():
            return f"{at} stops trying to collect this invoice; it counts as lost."
        case acts.SetTaxDetails() | acts.ChangeEmail():
            return f"It is changed at {at} from now on. Invoices that are issued already stay as they are."
        case acts.ApplyCoupon() | acts.RemoveCoupon():
            return f"The next invoices of this subscription change at {at}; the last one stays as it is."
        case acts.SendInvoice() | acts.SendReceipt():
            return f"{at} mails it to {safe(act.to) if act.to else 'the address that it knows'}."
    return f"This is done at {at}. No money moves."


_AT_END = "It runs until the paid period ends and is not charged again. Nothing is refunded."
_RETRY = "What is due is collected again from the payment method on file."
