"""The helpdesks that the sandbox plays: HELPDESKS has one entry each; its name is its path and its account."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from sandbox.clock import Clock
from sandbox.deliveries import Writer
from sandbox.freshdesk import acting as freshdesk_acting
from sandbox.freshdesk import app as freshdesk_app
from sandbox.freshdesk import contacts as freshdesk_contacts
from sandbox.freshdesk import seed as freshdesk_seed
from sandbox.freshdesk import webhooks as freshdesk_webhooks
from sandbox.front import acting as front_acting
from sandbox.front import app as front_app
from sandbox.front import contacts as front_contacts
from sandbox.front import seed as front_seed
from sandbox.front import webhooks as front_webhooks
from sandbox.helpscout import acting as helpscout_acting
from sandbox.helpscout import app as helpscout_app
from sandbox.helpscout import customers as helpscout_customers
from sandbox.helpscout import seed as helpscout_seed
from sandbox.helpscout import webhooks as helpscout_webhooks
from sandbox.intercom import acting as intercom_acting
from sandbox.intercom import app as intercom_app
from sandbox.intercom import contacts as intercom_contacts
from sandbox.intercom import seed as intercom_seed
from sandbox.intercom import webhooks as intercom_webhooks
from sandbox.state import State
from sandbox.zendesk import acting as zendesk_acting
from sandbox.zendesk import app as zendesk_app
from sandbox.zendesk import seed as zendesk_seed
from sandbox.zendesk import users as zendesk_users
from sandbox.zendesk import webhooks as zendesk_webhooks

Asked = Mapping[str, Any]


@dataclass(frozen=True)
class Helpdesk:
    """One emulated helpdesk."""

    name: str
    build: Callable[[State, Clock, str], ASGIApp]
    """(state, clock, the helpdesk's own base URL) -> its application."""
    seed: Callable[[State, Clock, Iterable[Asked]], None]
    """(state, clock, people with name, email, external_id): the team, the contacts and the first tickets."""
    letter: Writer
    """Turns one of its events into a signed webhook."""
    writes: Callable[[State], int]
    """How many contacts were really written since they were last forgotten."""
    forget_writes: Callable[[State], None]
    act: Callable[[State, Clock, Asked], dict[str, Any]]
    """What people do there, for POST /control/act: {"deed": "ask", "email", "subject", "text"} answers {"ticket"},
    {"deed": "reply", "ticket", "text"} writes to it as the customer; and what its administrators do."""


HELPDESKS = (
    Helpdesk(
        "zendesk",
        zendesk_app.build,
        zendesk_seed.people,
        zendesk_webhooks.letter,
        zendesk_users.writes,
        zendesk_users.forget_writes,
        zendesk_acting.act,
    ),
    Helpdesk(
        "helpscout",
        helpscout_app.build,
        helpscout_seed.people,
        helpscout_webhooks.letter,
        helpscout_customers.writes,
        helpscout_customers.forget_writes,
        helpscout_acting.act,
    ),
    Helpdesk(
        "freshdesk",
        freshdesk_app.build,
        freshdesk_seed.people,
        freshdesk_webhooks.letter,
        freshdesk_contacts.writes,
        freshdesk_contacts.forget_writes,
        freshdesk_acting.act,
    ),
    Helpdesk(
        "front",
        front_app.build,
        front_seed.people,
        front_webhooks.letter,
        front_contacts.writes,
        front_contacts.forget_writes,
        front_acting.act,
    ),
    Helpdesk(
        "intercom",
        intercom_app.build,
        intercom_seed.people,
        intercom_webhooks.letter,
        intercom_contacts.writes,
        intercom_contacts.forget_writes,
        intercom_acting.act,
    ),
)

WRITERS: Mapping[str, Writer] = {helpdesk.name: helpdesk.letter for helpdesk in HELPDESKS}


def writes(state: State) -> dict[str, int]:
    """Return how many contacts each helpdesk was made to write since they were last forgotten."""
    return {helpdesk.name: helpdesk.writes(state) for helpdesk in HELPDESKS}


def forget_writes(state: State) -> None:
    """Count from zero again everywhere."""
    for helpdesk in HELPDESKS:
        helpdesk.forget_writes(state)


def act(state: State, clock: Clock, asked: Asked) -> dict[str, Any] | None:
    """Let people at a helpdesk do something; None when no helpdesk is meant.

    Raises:
        ValueError: no such deed.
        LookupError: its object does not exist.
    """
    for helpdesk in HELPDESKS:
        if helpdesk.name == asked.get("vendor"):
            return helpdesk.act(state, clock, asked)
    return None
