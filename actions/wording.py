"""The sentences of every verb: what is under way, what was done, what did not happen. Fit to be shown."""

from dataclasses import dataclass

from billing.money import Money
from billing.verbs import Verb

V = Verb


@dataclass(frozen=True, slots=True)
class Words:
    """`{amount}` stands for the amount. doing/done are sentences without their end; `thing` is a noun."""

    doing: str
    done: str
    thing: str
    undone: str
    after: str = ""
    """What else to know once it is done, as a sentence."""


WORDS: dict[Verb, Words] = {
    V.REFUND: Words(
        "{amount} is being refunded", "{amount} refunded", "the refund of {amount}", "{amount} was not refunded",
        "Banks take up to 10 days to show it.",
    ),
    V.VOID: Words(
        "The charge is being stopped", "Charge stopped", "the void", "The charge was not stopped",
        "Nothing of it will reach the customer's bill.",
    ),
    V.CAPTURE: Words(
        "{amount} is being captured", "{amount} captured", "the capture of {amount}", "{amount} was not captured"
    ),
    V.SEND_RECEIPT: Words("The receipt is being sent", "Receipt sent", "the receipt", "The receipt was not sent"),
    V.AUTHORIZE: Words(
        "{amount} is being authorized", "{amount} authorized", "the authorization of {amount}",
        "{amount} was not authorized", "It must be captured before it expires.",
    ),
    V.CHARGE: Words(
        "{amount} is being charged", "{amount} charged", "the charge of {amount}", "{amount} was not charged"
    ),
    V.REQUEST_PAYMENT: Words(
        "A request for {amount} is being made", "Request for {amount} made", "the request for {amount}",
        "No request for {amount} was made", "Send its link to the customer.",
    ),
    V.CARD_UPDATE_LINK: Words(
        "A link is being made", "Link to update the card made", "the link", "No link was made",
        "Send it to the customer; it works for a while only.",
    ),
    V.SET_TAX_DETAILS: Words(
        "The tax details are being changed", "Tax details changed", "the change of tax details",
        "The tax details were not changed", "Invoices that are issued already stay as they are.",
    ),
    V.CHANGE_EMAIL: Words(
        "The e-mail address is being changed", "E-mail address changed", "the change of e-mail address",
        "The e-mail address was not changed",
    ),
    V.CREATE_SUBSCRIPTION: Words(
        "The subscription is being started", "Subscription started", "the new subscription",
        "No subscription was started",
    ),
    V.CHANGE_PLAN: Words(
        "The plan is being changed", "Plan changed", "the change of plan", "The plan was not changed"
    ),
    V.PAUSE_SUBSCRIPTION: Words(
        "The subscription is being paused", "Subscription paused", "the pause", "The subscription was not paused"
    ),
    V.RESUME_SUBSCRIPTION: Words(
        "The subscription is being resumed", "Subscription resumed", "the resumption",
        "The subscription was not resumed",
    ),
    V.CANCEL_SUBSCRIPTION: Words(
        "The subscription is being cancelled", "Subscription cancelled", "the cancellation",
        "The subscription was not cancelled",
    ),
    V.APPLY_COUPON: Words(
        "The coupon is being applied", "Coupon applied", "the coupon", "The coupon was not applied"
    ),
    V.REMOVE_COUPON: Words(
        "The coupon is being removed", "Coupon removed", "the removal of the coupon", "The coupon was not removed"
    ),
    V.SEND_INVOICE: Words("The invoice is being sent", "Invoice sent", "the invoice", "The invoice was not sent"),
    V.MARK_UNCOLLECTIBLE: Words(
        "The invoice is being given up", "Invoice marked as uncollectible", "the write-off",
        "The invoice was not marked as uncollectible",
    ),
    V.RETRY_PAYMENT: Words(
        "{amount} is being collected again", "{amount} collected", "the new try for {amount}",
        "{amount} was not collected",
    ),
    V.ACCEPT_DISPUTE: Words(
        "The dispute is being accepted", "Dispute accepted", "the acceptance", "The dispute was not accepted",
        "The customer keeps {amount}.",
    ),
    V.SUBMIT_EVIDENCE: Words(
        "The evidence is being submitted", "Evidence submitted", "the evidence", "The evidence was not submitted",
        "The bank decides; that can take weeks.",
    ),
}  # fmt: skip


def say(template: str, amount: Money | None) -> str:
    """Fill the amount in."""
    return template.format(amount=amount)
