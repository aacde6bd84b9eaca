"""What is asked for, verb by verb: each act is a small frozen model that says everything its gateway needs.

Acts are stored as JSON (`dump`, `load`), so an approval a day later carries out the very same act.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field, TypeAdapter, ValidationError

from billing.errors import Terminal
from billing.money import Money
from billing.verbs import Verb


class _Act(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Refund(_Act):
    """Give a charge's money back. `amount` None: all that is refundable when the charge is read again."""

    verb: Literal[Verb.REFUND] = Verb.REFUND
    amount: Money | None = None


class Void(_Act):
    """Release what was authorized, or stop a charge that is not settled yet; the customer pays nothing."""

    verb: Literal[Verb.VOID] = Verb.VOID


class Capture(_Act):
    """Take what was authorized. `amount` None: all that can be captured when the charge is read again."""

    verb: Literal[Verb.CAPTURE] = Verb.CAPTURE
    amount: Money | None = None


class SendReceipt(_Act):
    """Let the gateway mail its receipt of a charge (again), to `to` or to the address that it knows."""

    verb: Literal[Verb.SEND_RECEIPT] = Verb.SEND_RECEIPT
    to: EmailStr | None = None


class Authorize(_Act):
    """Reserve an amount on a customer's stored payment method (`method_id` None: their default one)."""

    verb: Literal[Verb.AUTHORIZE] = Verb.AUTHORIZE
    amount: Money
    description: str
    method_id: str | None = None


class Charge(_Act):
    """Take an amount from a customer's stored payment method (`method_id` None: their default one)."""

    verb: Literal[Verb.CHARGE] = Verb.CHARGE
    amount: Money
    description: str
    method_id: str | None = None


class RequestPayment(_Act):
    """Make a page on which the customer can pay an amount; its address comes back as the effect's `url`."""

    verb: Literal[Verb.REQUEST_PAYMENT] = Verb.REQUEST_PAYMENT
    amount: Money
    description: str


class CardUpdateLink(_Act):
    """Make a page on which the customer can change their payment method; comes back as the effect's `url`."""

    verb: Literal[Verb.CARD_UPDATE_LINK] = Verb.CARD_UPDATE_LINK


class Address(_Act):
    """A postal address; `country` is an ISO 3166 code."""

    line1: str
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    state: str = ""
    country: str = Field(pattern=r"^[A-Z]{2}$")


class SetTaxDetails(_Act):
    """Correct a customer's VAT or GST number, company name and address; None leaves a field as it is."""

    verb: Literal[Verb.SET_TAX_DETAILS] = Verb.SET_TAX_DETAILS
    tax_id: str | None = None
    company: str | None = None
    address: Address | None = None


class ChangeEmail(_Act):
    """Give a customer another e-mail address."""

    verb: Literal[Verb.CHANGE_EMAIL] = Verb.CHANGE_EMAIL
    email: EmailStr


class CreateSubscription(_Act):
    """Start a subscription to a plan on the customer's default payment method."""

    verb: Literal[Verb.CREATE_SUBSCRIPTION] = Verb.CREATE_SUBSCRIPTION
    plan_id: str
    quantity: int = Field(default=1, ge=1)
    trial_days: int | None = Field(default=None, ge=1, le=730)
    coupon_id: str | None = None


class ChangePlan(_Act):
    """Move a subscription to another plan or quantity; `is_prorated`: the difference is charged or credited."""

    verb: Literal[Verb.CHANGE_PLAN] = Verb.CHANGE_PLAN
    plan_id: str
    quantity: int | None = Field(default=None, ge=1)
    is_prorated: bool = True


class PauseSubscription(_Act):
    """Stop collecting until it is resumed."""

    verb: Literal[Verb.PAUSE_SUBSCRIPTION] = Verb.PAUSE_SUBSCRIPTION


class ResumeSubscription(_Act):
    """Go on after a pause, or take a cancellation at the period's end back."""

    verb: Literal[Verb.RESUME_SUBSCRIPTION] = Verb.RESUME_SUBSCRIPTION


class CancelSubscription(_Act):
    """End a subscription, at once or with the period that is paid; a refund is an act of its own."""

    verb: Literal[Verb.CANCEL_SUBSCRIPTION] = Verb.CANCEL_SUBSCRIPTION
    at_period_end: bool


class ApplyCoupon(_Act):
    """Apply a coupon of the gateway."""

    verb: Literal[Verb.APPLY_COUPON] = Verb.APPLY_COUPON
    coupon_id: str


class RemoveCoupon(_Act):
    """Take the coupon off again."""

    verb: Literal[Verb.REMOVE_COUPON] = Verb.REMOVE_COUPON


class SendInvoice(_Act):
    """Let the gateway mail an invoice (again), to `to` or to the address that it knows."""

    verb: Literal[Verb.SEND_INVOICE] = Verb.SEND_INVOICE
    to: EmailStr | None = None


class MarkUncollectible(_Act):
    """Give an open invoice up."""

    verb: Literal[Verb.MARK_UNCOLLECTIBLE] = Verb.MARK_UNCOLLECTIBLE


class RetryPayment(_Act):
    """Try to collect what is due once more, from the payment method on file."""

    verb: Literal[Verb.RETRY_PAYMENT] = Verb.RETRY_PAYMENT


class AcceptDispute(_Act):
    """Give a dispute up: the customer keeps the money."""

    verb: Literal[Verb.ACCEPT_DISPUTE] = Verb.ACCEPT_DISPUTE


class SubmitEvidence(_Act):
    """Answer a dispute in words; it goes to the bank as it is."""

    verb: Literal[Verb.SUBMIT_EVIDENCE] = Verb.SUBMIT_EVIDENCE
    text: str = Field(min_length=1, max_length=20_000)


Act = Annotated[
    Refund | Void | Capture | SendReceipt | Authorize | Charge | RequestPayment | CardUpdateLink | SetTaxDetails
    | ChangeEmail | CreateSubscription | ChangePlan | PauseSubscription | ResumeSubscription | CancelSubscription
    | ApplyCoupon | RemoveCoupon | SendInvoice | MarkUncollectible | RetryPayment | AcceptDispute | SubmitEvidence,
    Field(discriminator="verb"),
]  # fmt: skip
_ADAPTER: TypeAdapter[Act] = TypeAdapter(Act)


def dump(act: Act) -> str:
    """Return an act as JSON."""
    return _ADAPTER.dump_json(act).decode()


def load(text: str) -> Act:
    """Return the act that `dump` wrote."""
    return _ADAPTER.validate_json(text)


def parse(values: Mapping[str, object]) -> Act:
    """Return the act that a form or a command line describes: its `verb`, and what that verb takes.

    Raises:
        Terminal: a value is missing, unknown or not as it should be; says which.
    """
    try:
        return _ADAPTER.validate_python(values)
    except ValidationError as cause:
        faults = (
            f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'verb'}: {fault['msg']}"
            for fault in cause.errors()
        )
        raise Terminal(f"{values.get('verb')} is not described right. {'; '.join(faults)}.") from cause


def amount_of(act: Act) -> Money | None:
    """Return the amount that an act names; None where it names none ("all", or not a matter of an amount)."""
    return getattr(act, "amount", None)


def with_amount(act: Act, amount: Money) -> Act:
    """Return the act with its amount said, where it left it open."""
    if "amount" in type(act).model_fields and amount_of(act) is None:
        return act.model_copy(update={"amount": amount})
    return act
