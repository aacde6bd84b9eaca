"""How a notice speaks: subject and body in the customer's language, from the catalogues of all documents."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from invoices.notices_due import NoticeKind
from invoices.wording import phrase, words

if TYPE_CHECKING:
    from invoices.notices import Notice

_TEMPLATES = Path(__file__).parent / "templates"
# {what} is an invoice's number or a plan's name.
_SUBJECTS = {
    NoticeKind.UNPAID: phrase("Reminder: {amount} for {what} was due on {day}"),
    NoticeKind.FAILED_PAYMENT: phrase("Your payment of {amount} for {what} did not go through"),
    NoticeKind.TRIAL_ENDING: phrase("Your trial of {what} ends on {day}"),
    NoticeKind.UPCOMING_PAYMENT: phrase("Your next payment for {what}: {day}"),
    NoticeKind.CANCELLATION: phrase("Your subscription to {what} is cancelled"),
}
_BODIES = {
    NoticeKind.UNPAID: phrase(
        "{amount} for {what} was due on {day} and has not reached us yet. If you have paid in the last few days, "
        "there is nothing left for you to do."
    ),
    NoticeKind.FAILED_PAYMENT: phrase(
        "On {day} we could not collect {amount} for {what}. Please check your payment method, or give us another "
        "one."
    ),
    NoticeKind.TRIAL_ENDING: phrase(
        "Your trial of {what} ends on {day}. After that it costs {amount} per period, before taxes and discounts. "
        "If you do not want to go on, cancel before that day."
    ),
    NoticeKind.UPCOMING_PAYMENT: phrase(
        "Your subscription to {what} renews on {day}. We will then charge {amount}, before taxes and discounts, "
        "to your payment method."
    ),
    NoticeKind.CANCELLATION: phrase(
        "Your subscription to {what} was cancelled on {day}. It will not be renewed."
    ),
}
_ENDS = phrase("You can use it until {ends}.")
_PAY = phrase("Pay online")
_QUESTION = phrase("A question? Reply to this e-mail and our support team sees what it is about at once.")
_INVOICE, _NO_PLAN = phrase("invoice {number}"), phrase("your plan")
_OPEN_INVOICE = phrase("your open invoice")
_GREETING, _GREETING_NOBODY = phrase("Hello {name},"), phrase("Hello,")


def subject(notice: "Notice") -> str:
    """Say what a notice is about: "Reminder: 49.00 EUR for invoice MARIA-0012 was due on 12 October 2026"."""
    return _say(notice, _SUBJECTS[notice.kind]).replace("\u00a0", " ")


def text(template: str, notice: "Notice") -> str:
    """Fill "notice.txt.j2" or "notice.html.j2"."""
    paragraphs = [_say(notice, _BODIES[notice.kind])]
    if notice.ends_at:
        paragraphs.append(_say(notice, _ENDS))
    return (
        _environment()
        .get_template(template)
        .render(
            n=notice,
            language=words(notice.language).language,
            subject=subject(notice),
            greeting=_say(notice, _GREETING if notice.customer else _GREETING_NOBODY),
            paragraphs=paragraphs,
            pay=_say(notice, _PAY),
            question=_say(notice, _QUESTION),
            foot=" · ".join((notice.seller, ", ".join(notice.address))),
        )
    )


def _say(notice: "Notice", message: str) -> str:
    speech = words(notice.language)
    amount = ""
    if notice.amount_minor is not None and notice.currency is not None:
        amount = speech.amount(notice.amount_minor, notice.currency)
    return speech.say(
        message,
        name=notice.customer or "",
        what=_what(notice),
        amount=amount,
        day=speech.day(notice.happens_at, notice.time_zone),
        ends=speech.day(notice.ends_at, notice.time_zone) if notice.ends_at else "",
    )


def _what(notice: "Notice") -> str:
    say = words(notice.language).say
    if not notice.kind.is_reminder:
        return notice.what or say(_NO_PLAN)
    return say(_INVOICE, number=notice.what) if notice.what else say(_OPEN_INVOICE)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
    )
