"""Runs a gateway's pipeline by the gateway's name: `pipelines/<gateway>` offers `load` and `reread`."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import cast

from billing.errors import NotFound
from billing.settings import Settings
from gateways import REGISTRY
from gateways.wiring import Account
from pipelines.report import LoadReport, Progress


def accounts(settings: Settings, gateway: str | None = None) -> Iterator[tuple[str, Account]]:
    """Yield (gateway, account) of every configured account, of one gateway or of all.

    Raises:
        NotFound: there is no gateway of that name.
    """
    if gateway is not None and gateway not in REGISTRY:
        raise NotFound(f"There is no gateway {gateway!r}. Known: {', '.join(REGISTRY)}.")
    for name in REGISTRY:
        if gateway in (None, name):
            yield from ((name, account) for account in getattr(settings.gateways, name))


def account_named(settings: Settings, gateway: str, account: str) -> Account:
    """Return the settings of one account.

    Raises:
        NotFound: it is not configured.
    """
    for _, found in accounts(settings, gateway):
        if found.account == account:
            return found
    raise NotFound(f"{gateway} has no account {account!r} in the configuration.")


def load(settings: Settings, gateway: str, account: Account, progress: Progress | None = None) -> LoadReport:
    """Load one account: everything the first time, then what changed. The caller holds the writer lock.

    Raises:
        Transient: the gateway or the warehouse could not be reached; nothing of this load counts.
        Terminal: the gateway refuses, or what it lists cannot be true.
    """
    pipeline = import_module(f"pipelines.{gateway}")
    return cast(LoadReport, pipeline.load(settings, account, progress))


def reread(
    settings: Settings, gateway: str, account: Account, targets: Iterable[tuple[str, str]]
) -> LoadReport:
    """Load single objects anew, given as (the gateway's kind, id). The caller holds the writer lock.

    Raises:
        BillhouseError: see `load`.
    """
    pipeline = import_module(f"pipelines.{gateway}")
    return cast(LoadReport, pipeline.reread(settings, account, targets))
