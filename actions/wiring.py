"""Settings -> an adapter for each configured account of each gateway that can refund."""

from collections.abc import Callable, Mapping
from importlib import import_module

from actions.ports import GatewayActions
from billing.settings import Settings
from gateways import REGISTRY, Capability

Connect = Callable[[Settings], Mapping[str, GatewayActions]]


def adapters(settings: Settings) -> dict[tuple[str, str], GatewayActions]:
    """Return (gateway, account) -> adapter. Nothing is sent until an adapter is used.

    The adapter of a gateway is `actions/adapters/<its name in the registry>.py`.
    """
    made: dict[tuple[str, str], GatewayActions] = {}
    for name, gateway in REGISTRY.items():
        if not gateway.can(Capability.REFUND):
            continue
        connect: Connect = import_module(f"actions.adapters.{name}").connect
        made |= {(name, account): adapter for account, adapter in connect(settings).items()}
    return made
