"""Settings -> an adapter for each configured account of each gateway that can be acted upon."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine

from actions.ports import GatewayActions
from actions.service import Desk
from billing.rates import Rates, kept_in
from billing.settings import Settings
from gateways import REGISTRY

Connect = Callable[[Settings], Mapping[str, GatewayActions]]


def adapters(settings: Settings) -> dict[tuple[str, str], GatewayActions]:
    """Return (gateway, account) -> adapter. Nothing is sent until an adapter is used.

    The adapter of a gateway is `actions/adapters/<its name in the registry>`.
    """
    made: dict[tuple[str, str], GatewayActions] = {}
    for name, gateway in REGISTRY.items():
        if gateway.supported:
            connect: Connect = import_module(f"actions.adapters.{name}").connect
            made |= {(name, account): adapter for account, adapter in connect(settings).items()}
    return made


def rates_file(settings: Settings) -> Path:
    """Return where the refreshed reference rates are kept."""
    return kept_in(settings.var)


def desk(settings: Settings, engine: Engine) -> Desk:
    """Return everything that acting needs. Nothing is sent until it is used."""
    rates = Rates(rates_file(settings), settings.policy.rates)
    return Desk(engine, settings, adapters(settings), rates)
