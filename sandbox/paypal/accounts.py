"""The company's PayPal business account, its REST app, and the knobs that tests turn."""

from dataclasses import dataclass
from typing import Any

from sandbox.state import State

VENDOR = "paypal"


@dataclass(frozen=True)
class Account:
    """One business account: how it is called, reached and named to others."""

    name: str
    client_id: str
    client_secret: str
    webhook_id: str
    merchant_id: str
    email: str
    time_zone: str
    """Reports tell times in the account's own zone, with its offset."""


MAIN = Account(
    "paypal_main", "paypal_sandbox_client", "paypal_sandbox_secret", "WH-SANDBOX", "LAMPA2STUD9GM",
    "billing@lampa.example", "Europe/Berlin",
)  # fmt: skip
ACCOUNTS = {MAIN.name: MAIN}

_KNOBS: dict[str, int] = {
    "reporting_delay_seconds": 3 * 3600,  # how far reports lag behind
    "reporting_limit": 10_000,  # rows of a search from which it is refused as too large
    "token_requests": 0,  # after so many requests a token counts as expired; 0 is never
    "requests_per_second": 200,  # PayPal publishes no limit
}


def knob(state: State, name: str) -> int:
    """Return a knob's present value."""
    return int(state.get_setting(f"{VENDOR}.{name}", _KNOBS[name]))


def turn(state: State, wanted: dict[str, Any]) -> None:
    """Set knobs by name.

    Raises:
        ValueError: there is no such knob, or its value is negative.
    """
    for name, value in wanted.items():
        if name not in _KNOBS or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} must be a whole number; the knobs are {', '.join(_KNOBS)}")
        state.set_setting(f"{VENDOR}.{name}", value)


def knobs(state: State) -> dict[str, int]:
    """Return every knob's present value."""
    return {name: knob(state, name) for name in _KNOBS}


def base_url(state: State) -> str:
    """Return the emulated API's own address, as links and certificates name it."""
    return str(state.get_setting(f"{VENDOR}.url", "http://127.0.0.1"))


def set_base_url(state: State, url: str) -> None:
    """Remember the address under which this process serves."""
    state.set_setting(f"{VENDOR}.url", url)
