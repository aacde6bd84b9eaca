"""What the panel works with, opened once a process."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from actions.service import Desk
from actions.wiring import desk
from billing.settings import Settings
from billing.store import loads, transaction
from billing.warehouse.reader import Reader
from portal.panel.requesters import Requesters
from portal.panel.sessions import Seal


@dataclass(frozen=True, slots=True)
class House:
    """The opened parts."""

    settings: Settings
    engine: Engine
    reader: Reader
    desk: Desk
    requesters: Requesters
    seal: Seal

    @property
    def portal_url(self) -> str:
        """Return what helpdesks and their agents reach the portal by, without a slash at its end."""
        serve = self.settings.serve
        return (serve.portal_url or f"http://{serve.host}:{serve.portal_port}").rstrip("/")

    @property
    def dashboard_url(self) -> str:
        """Return where the screens are, without a slash at its end."""
        serve = self.settings.serve
        return (serve.dashboard_url or f"http://{serve.host}:{serve.dashboard_port}").rstrip("/")

    def title(self, gateway: str, account: str) -> str:
        """Return what people call an account: "Stripe Europe"."""
        accounts = getattr(self.settings.gateways, gateway, [])
        return next((str(one.title) for one in accounts if one.account == account), account)

    def behind(self, gateway: str, account: str, published_at: datetime) -> str | None:
        """Say since when an account has not been read, where it is older than the rest of the copy."""
        with transaction(self.engine) as connection:
            [last] = loads.last(connection, [(gateway, account)])
        return last.words(self.title(gateway, account)) if last.is_behind(published_at) else None


def open_house(settings: Settings, engine: Engine, reader: Reader) -> House | None:
    """Return the opened parts; None without a [sign_in] table, whose secret the panel signs with."""
    if settings.sign_in is None:
        return None
    seal = Seal(settings.sign_in.cookie_secret.get_secret_value())
    return House(settings, engine, reader, desk(settings, engine), Requesters(settings), seal)
