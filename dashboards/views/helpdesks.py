"""Helpdesks, for administrators: is each in order, what was not taken, what waits, what our fields are there."""

from collections.abc import Sequence

import streamlit as st

from billing.store import helpdesk_runs, transaction
from billing.store.clocktext import from_text
from dashboards import frame, helpdesk_accounts, helpdesk_queues
from dashboards.access import Person
from dashboards.helpdesk_accounts import Account
from dashboards.helpdesk_queues import Queues
from dashboards.resources import House
from dashboards.wording import DASH, minute
from helpdesk_sync import contexts

RUNS = 100


def show(house: House, person: Person) -> None:
    """Show the page."""
    frame.head(person, "Helpdesks")
    accounts = helpdesk_accounts.configured(house.settings)
    if not accounts:
        st.info("No helpdesk is configured. Add one to billhouse.toml: docs/helpdesks/ has a page for each.")
        return
    titles = {account.name: account.title for account in accounts}
    queues = helpdesk_queues.read(house)
    helpdesk_queues.outcome()
    st.subheader(_finding(queues), anchor=False)
    for account in accounts:
        helpdesk_accounts.show(house, account)
    helpdesk_queues.show(house, person, queues, titles)
    runs, fields = st.tabs(["Last runs", "Fields"])
    with runs:
        _runs(house, titles)
    with fields:
        _fields(accounts)


def _finding(queues: Queues) -> str:
    """Say what stands out: "1 contact and 2 ticket events did not come through; 3 wait for their turn"."""
    failed = [f"{count} {what}{'s' if count > 1 else ''}" for what, count in queues.failed.items() if count]
    waits = f"{queues.fresh} wait for their turn" if queues.fresh > 1 else "1 waits for its turn"
    waits = waits if queues.fresh else ""
    if not failed:
        return f"Nothing failed; {waits}" if waits else "Nothing failed and nothing waits"
    listed = " and ".join([", ".join(failed[:-1]), failed[-1]] if len(failed) > 1 else failed)
    return f"{listed} did not come through" + (f"; {waits}" if waits else "")


def _runs(house: House, titles: helpdesk_queues.Titles) -> None:
    with transaction(house.engine) as connection:
        runs = helpdesk_runs.recent(connection, RUNS)
    if not runs:
        st.info("There was no run yet. `billhouse sync` makes one; so does every cycle.")
        return
    data = {
        "When (UTC)": [minute(from_text(run.started_at)) for run in runs],
        "Helpdesk": [titles.get(run.helpdesk, run.helpdesk) for run in runs],
        "Run": [run.kind for run in runs],
        "Looked at": [run.contacts_seen for run in runs],
        "With billing": [run.contacts_matched for run in runs],
        "Writes": [run.writes for run in runs],
        "In vain": [run.failed for run in runs],
        "Seconds": [run.milliseconds / 1000 for run in runs],
        "Why": [(run.problem or DASH).splitlines()[0] for run in runs],
    }
    config = {
        "Seconds": st.column_config.NumberColumn(format="%.1f"),
        "Why": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(data, hide_index=True, column_config=config, key="runs")
    st.caption(
        "A sweep looks at every contact, a push at those that a sweep has matched. Quiet runs share a row."
    )


def _fields(accounts: Sequence[Account]) -> None:
    data = {"Ours": [field.title for field in contexts.FIELDS]}
    for account in accounts:
        data[account.title] = [f"{there.name} ({there.type})" for there in account.fields]
    data["Meaning"] = [field.description for field in contexts.FIELDS]
    st.dataframe(data, hide_index=True, key="fields", height="content")
