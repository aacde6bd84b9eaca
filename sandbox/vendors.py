"""The gateways that the sandbox plays: VENDORS has one entry each; its name is its path on the HTTP port."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from sandbox import company, ledger
from sandbox.braintree import acting as braintree_acting
from sandbox.braintree import app as braintree_app
from sandbox.braintree import company as braintree_company
from sandbox.braintree import life as braintree_life
from sandbox.braintree import webhooks as braintree_webhooks
from sandbox.braintree.merchant import ACCOUNT as BRAINTREE_ACCOUNT
from sandbox.clock import Clock
from sandbox.deliveries import Writer
from sandbox.paypal import acting as paypal_acting
from sandbox.paypal import app as paypal_app
from sandbox.paypal import company as paypal_company
from sandbox.paypal import life as paypal_life
from sandbox.paypal import webhooks as paypal_webhooks
from sandbox.paypal.accounts import ACCOUNTS as PAYPAL_ACCOUNTS
from sandbox.recurly import acting as recurly_acting
from sandbox.recurly import app as recurly_app
from sandbox.recurly import company as recurly_company
from sandbox.recurly import life as recurly_life
from sandbox.recurly import webhooks as recurly_webhooks
from sandbox.recurly.site import ACCOUNT as RECURLY_ACCOUNT
from sandbox.state import State
from sandbox.stripe import acting as stripe_acting
from sandbox.stripe import app as stripe_app
from sandbox.stripe import webhooks as stripe_webhooks
from sandbox.stripe.accounts import ACCOUNTS as STRIPE_ACCOUNTS
from sandbox.woocommerce import app as woocommerce_app
from sandbox.woocommerce import company as woocommerce_company
from sandbox.woocommerce import life as woocommerce_life
from sandbox.woocommerce import webhooks as woocommerce_webhooks
from sandbox.woocommerce.shops import SHOPS as WOOCOMMERCE_SHOPS


@dataclass(frozen=True)
class Vendor:
    """One emulated gateway."""

    name: str
    accounts: tuple[str, ...]
    build: Callable[[State, Clock, str], ASGIApp]
    """(state, clock, the vendor's own base URL) -> its application."""
    seed: Callable[[State, Clock, int, int], None]
    """(state, clock, seed, number of customers): make up its part of the company; nothing if it is there."""
    letter: Writer
    """Turns one of its events into a signed webhook."""
    counts: Callable[[State], Mapping[str, Mapping[str, int]]]
    """account -> plural kind -> how many of them its API would list."""
    pass_time: Callable[[State, int, int], None] | None = None
    """(state, since, until): what happens by itself in (since, until], in Unix seconds. Stripe's life moves the
    clock itself and is asked first."""
    act: Callable[[State, Clock, Mapping[str, Any]], dict[str, Any]] | None = None
    """What has no word in its API (a buyer's deed, a knob): takes and answers JSON, for POST /control/act."""


VENDORS = (
    Vendor(
        "stripe",
        tuple(STRIPE_ACCOUNTS),
        lambda state, clock, _url: stripe_app.build(state, clock),
        lambda state, clock, seed, customers: company.seed(state, clock, seed=seed, customers=customers),
        stripe_webhooks.letter,
        ledger.counts,
        act=stripe_acting.act,
    ),
    Vendor(
        "paypal",
        tuple(PAYPAL_ACCOUNTS),
        paypal_app.build,
        paypal_company.seed,
        paypal_webhooks.letter,
        paypal_company.counts,
        paypal_life.pass_time,
        paypal_acting.act,
    ),
    Vendor(
        "braintree",
        (BRAINTREE_ACCOUNT,),
        lambda state, clock, _url: braintree_app.build(state, clock),
        braintree_company.seed,
        braintree_webhooks.letter,
        braintree_app.counts,
        braintree_life.pass_time,
        braintree_acting.act,
    ),
    Vendor(
        "recurly",
        (RECURLY_ACCOUNT,),
        lambda state, clock, _url: recurly_app.build(state, clock),
        recurly_company.seed,
        recurly_webhooks.letter,
        recurly_app.counts,
        recurly_life.pass_time,
        recurly_acting.act,
    ),
    Vendor(
        "woocommerce",
        tuple(WOOCOMMERCE_SHOPS),
        woocommerce_app.build,
        woocommerce_company.seed,
        woocommerce_webhooks.letter,
        woocommerce_company.counts,
        woocommerce_life.pass_time,
    ),
)

WRITERS: Mapping[str, Writer] = {account: vendor.letter for vendor in VENDORS for account in vendor.accounts}


def counts(state: State) -> dict[str, Mapping[str, int]]:
    """Return what every vendor's API would list: account -> plural kind -> number."""
    return {account: found for vendor in VENDORS for account, found in vendor.counts(state).items()}


def pass_time(state: State, since: int, until: int) -> None:
    """Let what fell due in (since, until], in Unix seconds, happen at every vendor but Stripe."""
    for vendor in VENDORS:
        if vendor.pass_time is not None:
            vendor.pass_time(state, since, until)


def act(state: State, clock: Clock, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Let a vendor do what its API has no word for.

    Raises:
        ValueError: there is no such vendor, or it has no deeds.
        LookupError: the deed's object does not exist.
    """
    for vendor in VENDORS:
        if vendor.name == asked.get("vendor") and vendor.act is not None:
            return vendor.act(state, clock, asked)
    raise ValueError(f"vendor {asked.get('vendor')!r} has no deeds")
