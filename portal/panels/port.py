"""What each helpdesk's module in this package gives: how an opening proves itself, and who may frame the panel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Asked:
    """An opening as it came. Nothing of it is believed before it has proven itself."""

    method: str
    query: tuple[tuple[str, str], ...]
    """Decoded names and values, in the order in which they came."""
    headers: Mapping[str, str]
    """By lower-case names."""
    raw: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What an opening has proven."""

    ticket_id: str | None
    """None: the page learns it from the helpdesk around it. The ticket is read again in either case."""
    agent_id: str | None
    """The helpdesk's own id of the agent; None where the helpdesk does not prove who it is."""
    once: str | None = None
    """What to remember the proof by, where it is good for one opening."""
    until: datetime | None = None
    """When such a proof ends; None: never, so that it is remembered for good."""


class Panel(Protocol):
    """The module of one helpdesk. `account` is that helpdesk's class of `billing.settings_model`."""

    HOST: str
    """Whose frame the page's script speaks with to learn the ticket; empty where the opening says it."""

    def is_configured(self, account: Any) -> bool:
        """Say whether the account has what an opening is checked with."""

    def prove(self, asked: Asked, account: Any, now: datetime) -> Proof:
        """Return what an opening proves.

        Raises:
            Forged: it is not signed, signed wrongly or too old; the text says which, and repeats none of it.
        """

    def framed_by(self, account: Any) -> tuple[str, ...]:
        """Return the origins whose pages may hold the panel in a frame."""

    def data_secret(self, account: Any) -> SecretStr | None:
        """Return the secret by which a server of the helpdesk is given plain JSON; None where there is none."""
