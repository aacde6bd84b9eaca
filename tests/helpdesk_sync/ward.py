"""The five helpdesks of the sandbox under one roof: their accounts, what their people do, and what they hold."""

from typing import Any

from billhouse import demo_helpdesks
from billing.settings_model import Settings
from helpdesk_sync.ports import Helpdesk
from helpdesk_sync.registry import HELPDESKS
from tests.conftest import Sandbox

SECRETS: dict[str, dict[str, str]] = {
    "zendesk": {
        "email": "api@lampa.example",
        "api_token": "zendesk_sandbox_token",
        "webhook_secret": "zendesk_sandbox_hook",
    },
    "freshdesk": {"api_key": "freshdesk_sandbox_key", "webhook_secret": "freshdesk_sandbox_hook"},
    "helpscout": {
        "app_id": "helpscout_sandbox_app",
        "app_secret": "helpscout_sandbox_secret",
        "webhook_secret": "helpscout_sandbox_hook",
    },
    "intercom": {
        "access_token": "intercom_sandbox_token",
        "admin_id": "5001",
        "client_secret": "intercom_sandbox_client",
    },
    "front": {"api_token": "front_sandbox_token", "webhook_secret": "front_sandbox_key"},
}
# What sends a note, by which a lost answer can be aimed at it.
NOTE_CALLS = {
    "zendesk": ("PUT", "/zendesk/api/v2/tickets/*"),
    "freshdesk": ("POST", "/freshdesk/api/v2/tickets/*/notes"),
    "helpscout": ("POST", "/helpscout/v2/conversations/*/notes"),
    "intercom": ("POST", "/intercom/conversations/*/reply"),
    "front": ("POST", "/front/conversations/*/comments"),
}
# How a ticket comes to take no more notes, at the helpdesks where it ever does.
ENDINGS = {"zendesk": "close_ticket", "freshdesk": "trash_ticket", "front": "close_ticket"}
# Two contacts with one address are possible here, and refused elsewhere.
SHARES_ADDRESSES = frozenset({"intercom"})


def account(helpdesk: str, url: str) -> dict[str, str]:
    """The table of billhouse.toml for a helpdesk of the sandbox at `url`."""
    return {"base_url": f"{url}/{helpdesk}", **SECRETS[helpdesk]}


class Ward:
    """One helpdesk of the sandbox, as its people see it."""

    def __init__(self, name: str, sandbox: Sandbox) -> None:
        self.name = name
        self.sandbox = sandbox
        sandbox.forget("faults")
        sandbox.forget("requests")
        self._relax()
        demo_helpdesks.make_fields(sandbox.url)
        sandbox.forget("helpdesk_writes")

    def open(self, settings: Settings) -> Helpdesk:
        """Our adapter for it."""
        (opened,) = HELPDESKS[self.name](settings)
        return opened

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        done: dict[str, Any] = self.sandbox.control("act", vendor=self.name, deed=deed, **asked)
        return done

    def add(self, email: str, name: str = "Somebody") -> str:
        return str(self.act("add_contact", email=email, name=name)["contact"])

    def ask(self, email: str, text: str = "Hello", subject: str = "A question") -> str:
        return str(self.act("ask", email=email, subject=subject, text=text)["ticket"])

    def notes(self, ticket: str) -> list[str]:
        """What was noted on a ticket; nothing of it may be seen by the customer."""
        found = self.act("notes", ticket=ticket)["notes"]
        assert all(one["is_internal"] for one in found), found
        return [one["text"] for one in found]

    def held(self, contact: str) -> dict[str, Any]:
        """Our fields of a contact by our keys, in our form, whatever the helpdesk calls and keeps them."""
        return demo_helpdesks.in_our_form(self.act("fields", contact=contact)["fields"])

    def writes(self) -> int:
        return int(self.sandbox.control("helpdesk_writes")[self.name])

    def fault(self, path: str, **what: Any) -> None:
        self.sandbox.control("faults", path=path, **what)

    def statuses(self) -> list[int]:
        """The answers to all requests since the ward was entered."""
        return [one["status"] for one in self.sandbox.control(f"requests?prefix=/{self.name}")]

    def _relax(self) -> None:
        """Lift the limits that a test would spend a minute waiting for."""
        many = 100_000
        if self.name == "zendesk":
            names = ("account", "user_updates", "user", "ticket_updates", "ticket")
            self.sandbox.control("limits", **{f"zendesk.{name}": many for name in names})
        elif self.name == "freshdesk":
            names = ("account", "contacts_list", "tickets_list", "ticket_create", "ticket_update")
            self.act("limits", limits={f"freshdesk.{name}": many for name in names})
        elif self.name == "helpscout":
            self.act("limit", per_minute=many)
        elif self.name == "intercom":
            self.act("allow", requests=many)
        else:
            self.act("rate", requests=many)
