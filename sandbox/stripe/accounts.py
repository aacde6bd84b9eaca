"""The two Stripe accounts of the company, and what GET /v1/account tells of them."""

from dataclasses import dataclass
from typing import Any

from sandbox.state import State

VENDOR = "stripe"
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Account:
    """One Stripe account: how it is called, reached and verified."""

    name: str
    id: str
    secret_key: str
    webhook_secret: str
    title: str
    country: str
    default_currency: str


EU = Account(
    "stripe_eu", "acct_1SandboxLampaEU00", "sk_test_sandbox_eu", "whsec_sandbox_eu",
    "Lampa Studio GmbH", "DE", "eur",
)  # fmt: skip
US = Account(
    "stripe_us", "acct_1SandboxLampaUS00", "sk_test_sandbox_us", "whsec_sandbox_us",
    "Lampa Studio Inc.", "US", "usd",
)  # fmt: skip
ACCOUNTS = {account.name: account for account in (EU, US)}
BY_KEY = {account.secret_key: account for account in (EU, US)}


def set_opening(state: State, account: str, at: int) -> None:
    """Say when the account was opened (Unix seconds): the start of its history."""
    state.set_setting(f"stripe.{account}.created", at)


def described(state: State, account: Account) -> dict[str, Any]:
    """Return the account object. Its "created" is the start of the account's history."""
    return {
        "id": account.id,
        "object": "account",
        "business_profile": {"name": account.title, "url": "https://lampa.example", "mcc": "5734"},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": account.country,
        "created": state.get_setting(f"stripe.{account.name}.created", 0),
        "default_currency": account.default_currency,
        "details_submitted": True,
        "email": "billing@lampa.example",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": account.title, "timezone": "Etc/UTC"}},
        "type": "standard",
    }
