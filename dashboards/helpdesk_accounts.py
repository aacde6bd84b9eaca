"""Helpdesk accounts as cards: in order or not, what each holds, what the last runs did, whether our key works."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from billing.errors import BillhouseError
from billing.settings import Settings
from billing.store import helpdesk_runs, sync_state, transaction
from billing.store.clocktext import from_text
from billing.store.helpdesk_runs import Run
from dashboards import patience
from dashboards.resources import House
from dashboards.wording import DASH, minute, safe
from helpdesk_sync import contexts, registry
from helpdesk_sync.ports import Counterpart

PATIENCE_SECONDS = 20.0
_TRIED = "helpdesk_connections"


@dataclass(frozen=True, slots=True)
class Account:
    """A configured account: its name in the store, what people call it, and what it calls our fields."""

    name: str
    title: str
    host: str
    hears_tickets: bool
    fields: Sequence[Counterpart]


def configured(settings: Settings) -> list[Account]:
    """Return the accounts in billhouse.toml, in the registry's order."""
    found = []
    for kind in registry.HELPDESKS:
        for one in getattr(settings.helpdesks, kind):
            name = f"{kind}:{one.account}"
            title, fields = _described(settings, name)
            found.append(
                Account(
                    name=name,
                    title=title if one.account == kind else f"{title} ({one.account})",
                    host=urlsplit(one.base_url).netloc,
                    hears_tickets=import_module(f"helpdesk_sync.webhooks.{kind}").is_configured(one),
                    fields=fields,
                )
            )
    return found


@st.cache_data(show_spinner=False)
def _described(_settings: Settings, name: str) -> tuple[str, list[Counterpart]]:
    helpdesk = registry.helpdesk(_settings, name)
    try:
        return helpdesk.title, [helpdesk.counterpart(field) for field in contexts.FIELDS]
    finally:
        helpdesk.close()


def show(house: House, account: Account) -> None:
    """Show an account's card."""
    with transaction(house.engine) as connection:
        count, last = sync_state.extent(connection, account.name)
        sweep = helpdesk_runs.latest(connection, account.name, "sweep")
        push = helpdesk_runs.latest(connection, account.name, "push")
    problem = _problem(sweep, push)
    with st.container(border=True, gap="xsmall", key=f"card-{account.name.replace(':', '-')}"):
        who, holds, swept, pushed, answer = st.columns([2, 2, 2.4, 2.4, 1.7], vertical_alignment="top")
        who.markdown(f"**{safe(account.title)}** {_pill(sweep, push, problem)}  \n{_small(account.host)}")
        holds.markdown(_fact("Contacts with billing", f"{count:,}", _written(last)))
        swept.markdown(_fact("Last sweep of all", _when(sweep), _did(sweep)))
        pushed.markdown(_fact("Last push of changes", _when(push), _did(push)))
        with answer:
            if st.button("Try the connection", key=f"try-{account.name}", width="stretch"):
                _try(house, account)
        _say(account, problem)


def _problem(sweep: Run | None, push: Run | None) -> str | None:
    """Return what stands in the way: the sweep's reason, which a push cannot mend, or a later push's."""
    if sweep and sweep.problem:
        return sweep.problem
    if push and push.problem and (sweep is None or push.started_at > sweep.started_at):
        return push.problem
    return None


def _pill(sweep: Run | None, push: Run | None, problem: str | None) -> str:
    if problem:
        return ":orange-badge[needs attention]"
    return ":green-badge[in order]" if sweep or push else ":gray-badge[not run yet]"


def _fact(heading: str, figure: str, more: str) -> str:
    return f":small[:gray[{heading}]]  \n**{figure}**  \n{_small(more)}"


def _small(text: str) -> str:
    return f":small[:gray[{safe(text)}]]"


def _written(last: str | None) -> str:
    return f"last written {minute(from_text(last))}" if last else "nothing written yet"


def _when(run: Run | None) -> str:
    return minute(from_text(run.started_at)) if run else DASH


def _did(run: Run | None) -> str:
    """Say what a run did: "3,400 looked at, 12 writes, 1 in vain in 41.3 s"."""
    if run is None:
        return "none yet"
    if run.failed and not run.contacts_seen:
        return "ended before any contact"
    taken = f"{run.writes:,} write{'s' if run.writes > 1 else ''}" if run.writes else "nothing to write"
    failed = f", {run.failed:,} in vain" if run.failed else ""
    return f"{run.contacts_seen:,} looked at, {taken}{failed} in {run.milliseconds / 1000:,.1f} s"


def _try(house: House, account: Account) -> None:
    """Ask whom the helpdesk takes us for and keep the answer for this session."""

    def ask() -> str:
        helpdesk = registry.helpdesk(house.settings, account.name)
        try:
            return helpdesk.check()
        finally:
            helpdesk.close()

    tried: dict[str, Any] = st.session_state.setdefault(_TRIED, {})
    with st.spinner(f"Asking {account.title}\u2026"):
        try:
            tried[account.name] = (True, patience.within(PATIENCE_SECONDS, account.title, ask))
        except BillhouseError as cause:
            tried[account.name] = (False, str(cause))


def _say(account: Account, problem: str | None) -> None:
    """Say what the connection's trial told, what stands in the way, and whether new tickets are heard of."""
    is_known, words = st.session_state.get(_TRIED, {}).get(account.name, (None, ""))
    if is_known is not None:
        said = f"**The credentials work**: {safe(words)}" if is_known else f"**No connection.** {safe(words)}"
        (st.success if is_known else st.error)(said)
    if problem:
        lines = problem.splitlines()
        st.warning("  \n".join(safe(line) for line in lines[:3]))
        if len(lines) > 3:
            with st.expander(f"{len(lines) - 3} more to do"):
                st.markdown("  \n".join(safe(line) for line in lines[3:]))
    if not account.hears_tickets:
        st.caption(
            "New tickets and replies are not heard of, so they get no note: what verifies this helpdesk's "
            "webhooks is not set in billhouse.toml."
        )
