"""Settings -> the portal as an ASGI application: routes, the store, the reader and their end of life."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from billing.settings import Settings
from billing.store import open_store
from billing.warehouse.reader import open_reader
from portal.health import Health
from portal.helpdesk_events import HelpdeskEvents
from portal.panel.house import open_house
from portal.panel.routes import Panels
from portal.webhooks import Webhooks


def build(settings: Settings) -> Starlette:
    """Return the portal; the store is opened (and migrated) at once, so a wrong address is said at the start.

    Raises:
        ConfigError: the store cannot be opened.
    """
    password = settings.store.password
    engine = open_store(settings.store.url, password.get_secret_value() if password else None)
    reader = open_reader(settings.warehouse)
    webhooks, events = Webhooks(engine, settings), HelpdeskEvents(engine, settings)
    house = open_house(settings, engine, reader)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if house:
                house.requesters.close()
            reader.close()
            engine.dispose()

    return Starlette(
        routes=[
            Route("/healthz", Health(engine, reader).show, methods=["GET"]),
            Route("/webhooks/{gateway}/{account}", webhooks.receive, methods=["POST"]),
            Route("/webhooks/{gateway}/{account}", webhooks.confirm, methods=["GET"]),
            Route("/helpdesks/{helpdesk}/{account}", events.receive, methods=["POST"]),
            Route("/helpdesks/{helpdesk}/{account}", events.confirm, methods=["GET"]),  # and HEAD
            *(Panels(house).routes() if house else ()),
        ],
        lifespan=lifespan,
    )
