"""How a notice speaks: subject and body in the customer's language, days and amounts by Babel's formats."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from billing.money import Money, exponent
from billing.store.clocktext import from_text
from invoices.notices_due import NoticeKind

if TYPE_CHECKING:
    from invoices.notices import Notice

_HERE = Path(__file__).parent
_LOCALES = _HERE / "notice_locales"
# Nobody's words but these: English is the catalogues' key. {what} is an invoice's number or a plan's name.
_SUBJECTS = {
    NoticeKind.UNPAID: "Reminder: {amount} for {what} was due on {day}",
    NoticeKind.FAILED_PAYMENT: "Your payment of {amount} for {what} did not go through",
    NoticeKind.TRIAL_ENDING: "Your trial of {what} ends on {day}",
    NoticeKind.UPCOMING_PAYMENT: "Your next payment for {what}: {day}",
    NoticeKind.CANCELLATION: "Your subscription to {what} is cancelled",
}
_BODIES = {
    NoticeKind.UNPAID: "{amount} for {what} was due on {day} and has not reached us yet. If you have paid in the "
    "last few days, there is nothing left for you to do.",
    NoticeKind.FAILED_PAYMENT: "On {day} we could not collect {amount} for {what}. Please check your payment "
    "method, or give us another one.",
    NoticeKind.TRIAL_ENDING: "Your trial of {what} ends on {day}. After that it costs {amount} per period, before "
    "taxes and discounts. If you do not want to go on, cancel before that day.",
    NoticeKind.UPCOMING_PAYMENT: "Your subscription to {what} renews on {day}. We will then charge {amount}, "
    "before taxes and discounts, to your payment method.",
    NoticeKind.CANCELLATION: "Your subscription to {what} was cancelled on {day}. It will not be renewed.",
}
_ENDS = "You can use it until {ends}."
_PAY = "Pay online"
_QUESTION = "A question? Reply to this e-mail and our support team sees what it is about at once."
_INVOICE, _NO_PLAN = "invoice {number}", "your plan"
_OPEN_INVOICE = "your open invoice"
_GREETING, _GREETING_NOBODY = "Hello {name},", "Hello,"
MESSAGES = (
    *_SUBJECTS.values(), *_BODIES.values(), _ENDS, _PAY, _QUESTION, _INVOICE, _NO_PLAN, _OPEN_INVOICE, _GREETING,
    _GREETING_NOBODY,
)  # fmt: skip
"""All that a catalogue has to translate."""


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
            subject=subject(notice),
            greeting=_say(notice, _GREETING if notice.customer else _GREETING_NOBODY),
            paragraphs=paragraphs,
            pay=_say(notice, _PAY),
            question=_say(notice, _QUESTION),
            foot=" · ".join((notice.seller, ", ".join(notice.address))),
        )
    )


@cache
def translations(language: str) -> dict[str, str]:
    """Return English -> a language; empty for English and for languages that nobody translated."""
    path = _LOCALES / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as handle:
        return {
            str(one.id): str(one.string) for one in read_po(handle, locale=language) if one.id and one.string
        }


def _say(notice: "Notice", words: str) -> str:
    known = translations(notice.language)
    translated = known.get(words, words)
    # A customer's or plan's name may hold braces: only our own words are a format, what they say is not.
    return translated.format(
        name=notice.customer,
        what=_what(notice, known),
        amount=_amount(notice),
        day=_day(notice, notice.happens_at),
        ends=_day(notice, notice.ends_at),
    )


def _what(notice: "Notice", known: dict[str, str]) -> str:
    if not notice.kind.is_reminder:
        return notice.what or known.get(_NO_PLAN, _NO_PLAN)
    if not notice.what:
        return known.get(_OPEN_INVOICE, _OPEN_INVOICE)
    return known.get(_INVOICE, _INVOICE).format(number=notice.what)


def _amount(notice: "Notice") -> str:
    """Write the amount with ISO 4217's decimals, kept on one line: "1,234.56 EUR"."""
    if notice.amount_minor is None or notice.currency is None:
        return ""
    digits = exponent(notice.currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    number = Money(notice.amount_minor, notice.currency).to_decimal()
    return f"{format_decimal(number, format=pattern, locale=_locale(notice.language))}\u00a0{notice.currency}"


def _day(notice: "Notice", moment: str | None) -> str:
    if moment is None:
        return ""
    local = from_text(moment).astimezone(ZoneInfo(notice.time_zone))
    return format_date(local, format="long", locale=_locale(notice.language))


def _locale(language: str) -> Locale:
    return Locale.parse("en_GB" if language == "en" else language)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
    )
