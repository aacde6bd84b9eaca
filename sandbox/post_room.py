"""Mail to a helpdesk's address becomes a ticket of the sender's there, and an answer to one joins its ticket.

As the five vendors describe their inbound mail: the sender (From) is the requester, a stranger becomes a contact;
a message whose In-Reply-To or References names one that opened or continued a ticket is written to that ticket;
one that came before (by its Message-ID) or that a machine sent (RFC 3834) opens none.
"""

from collections.abc import Callable, Iterable, Mapping
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from sandbox.clock import Clock
from sandbox.state import State

TABLE = """create table if not exists mail_threads (
    helpdesk text, message_id text, ticket text not null, primary key (helpdesk, message_id)) without rowid"""
Act = Callable[[State, Clock, Mapping[str, Any]], dict[str, Any] | None]

ADDRESSES: Mapping[str, str] = {
    "support@lampa.zendesk.com": "zendesk",
    "support@lampa.freshdesk.com": "freshdesk",
    "support@lampa.helpscoutapp.com": "helpscout",
    "support@lampa.intercom-mail.com": "intercom",
    "support@lampa.example": "front",
}
"""Whose inbox an address is; Front reads the company's own address, the others have one at the vendor's."""


class PostRoom:
    """Carries what the mail catcher took to the helpdesks; `act` lets people do something at one of them."""

    def __init__(self, state: State, clock: Clock, act: Act) -> None:
        self._state = state
        self._clock = clock
        self._act = act
        state.execute(TABLE)

    def deliver(self, message: EmailMessage, recipients: Iterable[str]) -> list[str]:
        """Hand a message to each helpdesk that it is for; return a word on each, as "zendesk: ticket 35"."""
        found = dict.fromkeys(ADDRESSES[to.lower()] for to in recipients if to.lower() in ADDRESSES)
        return [f"{helpdesk}: {self._take(helpdesk, message)}" for helpdesk in found]

    def _take(self, helpdesk: str, message: EmailMessage) -> str:
        if str(message.get("Auto-Submitted", "no")).lower() != "no":
            return "no ticket, a machine wrote it"
        own = str(message.get("Message-ID", "")).strip()
        if self._ticket(helpdesk, [own]):
            return "no ticket, it came before"
        earlier = f"{message.get('In-Reply-To', '')} {message.get('References', '')}".split()
        try:
            with self._state.transaction():
                ticket = self._write(helpdesk, message, self._ticket(helpdesk, earlier))
                if own:
                    self._state.execute("insert into mail_threads values (?, ?, ?)", (helpdesk, own, ticket))
        except (ValueError, LookupError) as refused:
            return f"no ticket, {refused}"
        return f"ticket {ticket}"

    def _write(self, helpdesk: str, message: EmailMessage, ticket: str | None) -> str:
        body = message.get_body(("plain", "html"))
        asked = {"vendor": helpdesk, "text": body.get_content().strip() if body else ""}
        if ticket:
            done = self._act(self._state, self._clock, {**asked, "deed": "reply", "ticket": ticket})
            return str((done or {}).get("ticket", ticket))  # another one where a closed ticket is followed up
        _, sender = parseaddr(str(message["From"]))
        asked |= {"deed": "ask", "email": sender, "subject": str(message.get("Subject", ""))}
        done = self._act(self._state, self._clock, asked)
        return str((done or {})["ticket"])

    def _ticket(self, helpdesk: str, message_ids: Iterable[str]) -> str | None:
        for message_id in message_ids:
            sql = "select ticket from mail_threads where helpdesk = ? and message_id = ?"
            for row in self._state.execute(sql, (helpdesk, message_id)):
                return str(row["ticket"])
        return None
