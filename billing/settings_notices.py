"""[documents.notices]: which mails customers get beside their documents. All are off until somebody asks for them.

Gateways mail such notices too; switch theirs off before ours are on, or customers hear everything twice.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from billing.settings_table import Table


def _in_order(days: list[int]) -> list[int]:
    return sorted(set(days))


Days = Annotated[list[Annotated[int, Field(strict=True, ge=0, le=365)]], AfterValidator(_in_order)]
"""Numbers of days, at each of which one mail is sent; an empty list sends none."""


class Notices(Table):
    """Schedules in days: reminders count from when it was due or failed, the others back from when it happens."""

    unpaid: Days = []
    """Reminders of an invoice or payment request after its due day: [3, 7, 14]."""
    failed_payment: Days = []
    """Requests for another payment method after the first automatic charge of an invoice failed: [0, 3, 7]."""
    trial_ending: Days = []
    """Words before a trial ends: [3]."""
    upcoming_payment: Days = []
    """Words before a subscription renews: [7]."""
    cancellation: bool = False
    """A confirmation when a subscription was cancelled."""
