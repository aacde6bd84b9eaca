"""An opening, proven -> a session. Used proofs are remembered; a proven agent without a role gets nothing.

A proof that ends (Zendesk's token) opens once. One that never ends (Help Scout's address) proves its agent for the
life of one session after its first use; whoever has it later sees the data, and signs in before anything changes.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio.to_thread

from billing import clock
from billing.errors import Forged, NotAllowed
from billing.store import openings, transaction
from portal.panel import sessions
from portal.panel.agents import agent_of
from portal.panel.house import House
from portal.panel.sessions import Session
from portal.panels import PANELS
from portal.panels.port import Asked, Panel, Proof

FOR_GOOD = timedelta(days=3650)


def account_of(house: House, helpdesk: str, account: str) -> tuple[Panel, Any] | None:
    """Return a helpdesk's module and the configured account; None where there is no such account."""
    panel = PANELS.get(helpdesk)
    accounts = getattr(house.settings.helpdesks, helpdesk, []) if panel else []
    config = next((one for one in accounts if one.account == account), None)
    return (panel, config) if panel is not None and config is not None else None


async def exchange(house: House, helpdesk: str, account: str, proof: Proof) -> Session:
    """Return the session that a proof is good for.

    Raises:
        Forged: it was used before.
        NotAllowed: the proven agent is nobody's address here, or has no role that may look customers up.
        Transient: the helpdesk does not answer who the agent is.
    """
    agent = await _agent(house, f"{helpdesk}:{account}", proof)
    used_at = await anyio.to_thread.run_sync(partial(_use, house, f"{helpdesk}:{account}", proof))
    if used_at is not None:
        if proof.until is not None:
            raise Forged("This opening was used before. Open the panel anew.")
        if clock.now() - used_at > timedelta(minutes=sessions.MINUTES):
            agent = None
    return sessions.begin(helpdesk, account, proof.ticket_id, agent)


def address(house: House, session: Session) -> str:
    """Return an address that opens the panel of a session's ticket, once and within fifteen minutes."""
    claims = {"ticket": session.ticket, "agent": session.agent, "at": clock.now().timestamp()}
    sealed = house.seal.seal("opening", {**claims, "desk": session.desk})
    return f"{house.portal_url}/panels/{session.helpdesk}/{session.account}?opening={sealed}"


async def by_address(house: House, helpdesk: str, account: str, text: str) -> Session:
    """Return the session of an address that `address` made.

    Raises:
        Forged: it was not made here for this account, has ended, or was used before.
    """
    claims = house.seal.open("opening", text)
    if claims["desk"] != f"{helpdesk}:{account}":
        raise Forged("This opening was made for another account.")
    until = clock.now() + timedelta(minutes=sessions.MINUTES)
    proof = Proof(claims["ticket"], None, once=text, until=until)
    if await anyio.to_thread.run_sync(partial(_use, house, claims["desk"], proof)) is not None:
        raise Forged("This opening was used before. Open the panel anew from the ticket.")
    return sessions.begin(helpdesk, account, claims["ticket"], claims["agent"])


def asked(method: str, query: Any, headers: Any, raw: bytes) -> Asked:
    """Return a request as the helpdesks' modules take it."""
    return Asked(method, tuple(query), {name.lower(): value for name, value in headers}, raw)


async def _agent(house: House, desk: str, proof: Proof) -> str | None:
    if proof.agent_id is None:
        return None
    email = await house.requesters.agent_email(desk, proof.agent_id)
    agent = agent_of(house.settings, email) if email else None
    if agent is None:
        who = email or f"The agent {proof.agent_id} of {desk}"
        raise NotAllowed(
            f"{who} has no role in Billhouse that may look customers up. Ask an administrator to add you to "
            "[[people]] in billhouse.toml, with the address that you have in the helpdesk."
        )
    return agent.email


def _use(house: House, desk: str, proof: Proof) -> datetime | None:
    if proof.once is None:
        return None
    until = proof.until or clock.now() + FOR_GOOD
    with transaction(house.engine) as connection:
        return openings.use(connection, f"{desk}:{proof.once}", until)
