"""The pages on which agents see a ticket with an installed app beside it, one module a helpdesk."""

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.freshdesk import sidebar as freshdesk
from sandbox.front import sidebar as front
from sandbox.helpscout import sidebar as helpscout
from sandbox.state import State
from sandbox.zendesk import sidebar as zendesk


def routes(state: State, clock: Clock, url: str) -> list[BaseRoute]:
    """Return all pages; they come before the helpdesks' own applications, for their paths are longer."""
    return [
        *zendesk.routes(state, clock, f"{url}/zendesk"),
        *freshdesk.routes(state, clock, f"{url}/freshdesk"),
        *helpscout.routes(state, clock, f"{url}/helpscout"),
        *front.routes(state, clock, f"{url}/front"),
    ]
