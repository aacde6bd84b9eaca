"""The view as plain JSON, for widgets that fill a template: the same words and amounts, and no acts."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from billing.money import Money
from portal.panel.model import View


def as_json(view: View) -> dict[str, Any]:
    """Return the view as JSON's own types: amounts as {"amount": "29.00", "currency": "EUR"}, times as ISO 8601."""
    found = _plain(view)
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": str(value.to_decimal()), "currency": value.currency}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value
