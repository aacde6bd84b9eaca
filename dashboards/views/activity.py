"""Activity: what was done at the gateways, by whom and why; with cancellations as a log of their own.

The filters stand in the address, so that a filtered list can be passed on.
"""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from actions import store
from actions.store import Request, Search
from billing import spreadsheet
from billing.verbs import FACTS, REASONS, Verb
from billing.vocabulary import ActionStatus
from dashboards import frame
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import DASH

LIMIT = 1000
KINDS = {"All actions": tuple(Verb), "Cancellations": (Verb.CANCEL_SUBSCRIPTION,)}
COLUMNS = (
    "requested_at", "verb", "object_ref", "amount", "currency", "status", "actor", "approver", "reason", "note",
    "ticket", "channel", "settled_at", "action_id",
)  # fmt: skip


def show(house: House, person: Person) -> None:
    """Show the page."""
    frame.head(person, "Activity")
    wanted = _filters(house)
    found = store.search(house.engine, wanted, LIMIT)
    if not found:
        st.info("No action fits these filters; without any, nothing was done yet.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_finding(found, wanted), anchor=False, width="stretch")
        st.download_button("Download CSV", _csv(found), "activity.csv", "text/csv", on_click="ignore")
    _table(house, found)


def _filters(house: House) -> Search:
    kind, who, state, first, last = st.columns([1.6, 2, 1.6, 1.4, 1.4])
    shown = kind.selectbox("Shown", list(KINDS), key="shown", bind="query-params")
    actor = who.selectbox(
        "Who", store.actors(house.engine), index=None, placeholder="Everybody", key="who", bind="query-params"
    )
    status = state.selectbox(
        "State", [one.value for one in ActionStatus if one is not ActionStatus.DENIED], index=None,
        placeholder="All", key="state", bind="query-params", format_func=_word,
    )  # fmt: skip
    since = first.date_input("From", value=None, key="from", bind="query-params", format="YYYY-MM-DD")
    until = last.date_input("To", value=None, key="to", bind="query-params", format="YYYY-MM-DD")
    chosen = ActionStatus(status) if status else None
    return Search(KINDS[shown or "All actions"], actor, chosen, since or None, until or None)


def _finding(found: Sequence[Request], wanted: Search) -> str:
    """Say in a sentence what stands out: the most frequent reason."""
    thing = "cancellation" if wanted.verbs == KINDS["Cancellations"] else "action"
    reason, count = Counter(one.reason for one in found).most_common(1)[0]
    most = f"at least {LIMIT:,}" if len(found) == LIMIT else f"{len(found):,}"
    return (
        f"{most} {thing}{'s' if len(found) > 1 else ''}, {count:,} for this reason: {REASONS[reason].lower()}"
    )


def _table(house: House, found: Sequence[Request]) -> None:
    data = {
        "When (UTC)": [f"{one.requested_at:%Y-%m-%d %H:%M}" for one in found],
        "What": [FACTS[one.verb].title for one in found],
        "Amount": [str(one.amount) if one.amount else DASH for one in found],
        "State": [_word(one.status.value) for one in found],
        "By": [one.actor.name + (f", approved by {one.approver}" if one.approver else "") for one in found],
        "Why": [REASONS[one.reason] + (f": {one.note}" if one.note else "") for one in found],
        "Ticket": [one.ticket or DASH for one in found],
        "Through": [house.title(one.target.gateway, one.target.account) for one in found],
        "Object": [one.target.id for one in found],
    }
    config = {"Amount": st.column_config.TextColumn("Amount", alignment="right")}
    st.dataframe(data, hide_index=True, column_config=config, key="actions", height=560, width="stretch")


def _csv(found: Sequence[Request]) -> str:
    return spreadsheet.write(
        COLUMNS,
        [
            (
                one.requested_at.isoformat(), one.verb.value, str(one.target),
                one.amount.to_decimal() if one.amount else None, one.amount.currency if one.amount else None,
                one.status.value, one.actor.name, one.approver, one.reason, one.note, one.ticket,
                one.actor.channel.value, one.settled_at.isoformat() if one.settled_at else None, one.action_id,
            )
            for one in found
        ],
    )  # fmt: skip


def _word(value: str) -> str:
    return value.replace("_", " ")
