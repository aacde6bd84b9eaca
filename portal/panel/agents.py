"""A proven agent's e-mail address -> what their role allows. The panel shows nothing to a proven stranger."""

from dataclasses import dataclass

from billing.ids import email_key
from billing.settings import Settings
from billing.settings_model import Permission, Role
from billing.store.audit import Actor
from billing.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Agent:
    """A member of staff, proven by their helpdesk or by our sign-in."""

    email: str
    role_name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Say whether their role lists a verb or another permission."""
        return permission in self.role.may

    @property
    def actor(self) -> Actor:
        """Return them as the audit log names them."""
        return Actor(self.email, self.role_name, Channel.PANEL)


def agent_of(settings: Settings, email: str) -> Agent | None:
    """Return the agent with an address; None without a role that may look customers up."""
    role_name = settings.role_of(email)
    if role_name is None or "look_up" not in settings.roles[role_name].may:
        return None
    return Agent(email_key(email), role_name, settings.roles[role_name])
