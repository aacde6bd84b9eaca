"""Audit log: who did what to which object, when and why; each entry whole; whether the chain still holds.

The filters stand in the address, so that a filtered log can be passed on.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from billing import clock, spreadsheet
from billing.money import Money
from billing.store import audit, transaction
from billing.store.clocktext import from_text, to_text
from billing.verbs import REASONS
from dashboards import frame
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import DASH, Row, minute, safe

LIMIT = 500
COLUMNS = (
    "seq", "occurred_at", "type", "actor", "role", "channel", "action_id", "object_ref", "ticket", "reason",
    "snapshot", "data", "previous_hash", "hash",
)  # fmt: skip


def show(house: House, person: Person) -> None:
    """Show the page."""
    frame.head(person, "Audit log")
    rows = _filtered(house)
    count = f"the newest {LIMIT}" if len(rows) == LIMIT else str(len(rows))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[{count} entries]", width="stretch")
        verify = st.button("Verify the chain", help="Recompute every hash from the first entry on.")
        st.download_button("Download CSV", _csv(rows), "audit-log.csv", "text/csv", on_click="ignore")
    if verify:
        _verify(house)
    if not rows:
        st.info("No entry fits these filters; without any, nothing is on record yet.")
        return
    table, detail = st.columns([3, 2], gap="medium")
    with table:
        chosen = _table(rows)
    with detail:
        _detail(house, rows[chosen])


def _filtered(house: House) -> list[Row]:
    with transaction(house.engine) as connection:
        types, actors = audit.known(connection)
    what, who, about, since, until = st.columns([2, 2, 2, 1.4, 1.4])
    kind = what.selectbox("Type", types, index=None, placeholder="All", key="type", bind="query-params")
    actor = who.selectbox("Actor", actors, index=None, placeholder="All", key="actor", bind="query-params")
    text = about.text_input("Object", key="object", bind="query-params", placeholder="Id, action or ticket")
    first = since.date_input("From", value=None, key="from", bind="query-params", format="YYYY-MM-DD")
    last = until.date_input("To", value=None, key="to", bind="query-params", format="YYYY-MM-DD")
    with transaction(house.engine) as connection:
        return audit.entries(
            connection,
            kind=kind,
            actor=actor,
            about=(text or "").strip() or None,
            since=to_text(datetime.combine(first, time(), UTC)) if first else None,
            until=to_text(datetime.combine(last, time(), UTC) + timedelta(days=1)) if last else None,
            limit=LIMIT,
        )


def _verify(house: House) -> None:
    with transaction(house.engine) as connection:
        faults = audit.verify(connection)
        newest = audit.entries(connection, limit=1)
    if faults:
        st.error("**The chain is broken.**  \n" + "  \n".join(safe(fault) for fault in faults))
    elif newest:
        st.success(
            f"The chain is whole: {newest[0]['seq']} entries, each follows the one before it. "
            f"Checked {minute(clock.now())}."
        )
    else:
        st.success("The log is empty, and nothing was removed from it.")


def _table(rows: Sequence[Row]) -> int:
    """Show the entries, and return which of them is chosen (the newest at first)."""
    data = {
        "No": [row["seq"] for row in rows],
        "When (UTC)": [f"{from_text(row['occurred_at']):%Y-%m-%d %H:%M:%S}" for row in rows],
        "Type": [row["type"] for row in rows],
        "Actor": [row["actor"] for row in rows],
        "Amount": [_amount(row["data"]) for row in rows],
        "Object": [(row["object_ref"] or DASH).rpartition(":")[2] for row in rows],
    }
    event = st.dataframe(
        data,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="entries",
        height=560,
        column_config={
            "No": st.column_config.TextColumn(width=50, alignment="right"),
            "When (UTC)": st.column_config.TextColumn(width=150),
            "Amount": st.column_config.TextColumn(width=100, alignment="right"),
        },
    )
    chosen = event["selection"]["rows"]
    return int(chosen[0]) if chosen and chosen[0] < len(rows) else 0


def _detail(house: House, row: Row) -> None:
    data = {name: value for name, value in row["data"].items() if name not in ("before", "after", "note")}
    with st.container(border=True, gap="xsmall", key="card-entry"):
        st.markdown(f"**{safe(row['type'])}** :gray[no. {row['seq']}]")
        by = " · ".join(safe(row[part]) for part in ("actor", "role", "channel") if row[part])
        st.markdown(f"{minute(from_text(row['occurred_at']))} · {by}")
        around = _around(house, row)
        facts = {
            "Object": row["object_ref"],
            "Reason": REASONS.get(row["reason"], row["reason"]),
            "Note": around["note"],
            "Ticket": row["ticket"],
            "Action": row["action_id"],
            "Published copy": row["snapshot"],
        }
        st.markdown("  \n".join(f":gray[{name}] {safe(value)}" for name, value in facts.items() if value))
        if around["before"] or around["after"]:
            _before_after(around["before"] or {}, around["after"] or {})
        if data:
            st.markdown(":small[:gray[**Details**]]")
            st.json(data, expanded=True)
        st.markdown(f":small[:gray[hash {row['hash'][:16]}… follows {row['previous_hash'][:16]}…]]")


def _around(house: House, row: Row) -> dict[str, Any]:
    """Return what an action's entries keep: its note, and its object before and after it, as far as known."""
    found = [row]
    if row["action_id"]:
        with transaction(house.engine) as connection:
            found = audit.entries(connection, action_id=row["action_id"])
    oldest_first = [entry["data"] for entry in reversed(found)]
    names = ("note", "before", "after")
    return {name: next((d[name] for d in oldest_first if d.get(name)), None) for name in names}


def _before_after(before: dict[str, Any], after: dict[str, Any]) -> None:
    st.markdown(":small[:gray[**Before and after, as the gateway said**]]")
    names = sorted(
        {*before, *after}, key=lambda name: (bool(after) and before.get(name) == after.get(name), name)
    )
    data: dict[str, list[str]] = {"Field": names, "Before": [_text(before.get(name)) for name in names]}
    if after:
        data["After"] = [_text(after.get(name)) for name in names]
    st.dataframe(data, hide_index=True)


def _text(value: Any) -> str:
    if value is None:
        return DASH
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _amount(data: dict[str, Any]) -> str:
    minor, currency = data.get("amount_minor"), data.get("currency")
    if isinstance(minor, int) and isinstance(currency, str):
        return str(Money(minor, currency))
    return str(data.get("asked") or "")


def _csv(rows: Sequence[Row]) -> str:
    """Write what is shown as CSV."""
    return spreadsheet.write(COLUMNS, [[row[name] for name in COLUMNS] for row in rows])
