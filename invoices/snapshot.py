"""The frozen content of a receipt: everything a document says, copied when it is issued, never looked up again.

All amounts are whole ISO 4217 minor units of `currency`. Times are ISO 8601 UTC text.
"""

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Seller(_Frozen):
    """Who took the money, as billhouse.toml named it at the time."""

    name: str
    address: tuple[str, ...]
    country: str
    tax_id: str | None
    email: str
    website: str | None


class Buyer(_Frozen):
    """Who paid, as the gateway knew them at the time."""

    name: str | None
    email: str
    address: tuple[str, ...]
    country: str | None
    tax_id: str | None


class Line(_Frozen):
    """One thing that was paid for. `net_minor` is without tax and after `discount_minor`; rates in percent."""

    description: str
    period_start: str | None = None
    period_end: str | None = None
    quantity: int | None = None
    net_minor: int
    discount_minor: int = 0
    rates: tuple[str, ...] = ()


class Tax(_Frozen):
    """All tax of one name and rate. `reason` is the gateway's word for why it is what it is."""

    name: str
    rate_percent: str
    taxable_minor: int | None
    tax_minor: int
    reason: str | None = None


class Draft(_Frozen):
    """A receipt that has no number yet.

    `total_minor` = `net_minor` + `tax_minor` is what the lines cost. `paid_minor` is what this charge took; the
    two differ when a balance or another payment settled the rest. `refunded_minor` had gone back by the time
    of issue.
    """

    kind: str = "receipt"
    seller: Seller
    buyer: Buyer
    reply_to: str
    charge_ref: str
    charge_id: str
    invoice_number: str | None
    is_tax_invoice: bool
    paid_at: str
    method: str | None
    time_zone: str
    currency: str
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    paid_minor: int
    refunded_minor: int


class Receipt(Draft):
    """A receipt as it was issued: numbered and dated. This is what the store keeps."""

    label: str
    issued_at: str
