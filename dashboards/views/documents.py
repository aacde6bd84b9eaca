"""Documents: what was issued to customers and why, how each one's mail stands, and that no number is missing.

Shows the operational store, so what was issued a second ago is here. The filters stand in the address.
"""

from collections.abc import Sequence
from urllib.parse import quote

import streamlit as st

from billing.money import Money
from billing.store.clocktext import from_text
from dashboards import document_detail, frame, report
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import minute, spaced
from invoices import register
from invoices.register import Series, State, Wanted
from invoices.snapshot import Kind

COLUMNS = (
    "label", "kind", "entity", "issued_at", "customer", "email", "currency", "amount_minor", "state", "problem",
    "why", "corrects_label", "charge_ref",
)  # fmt: skip


def show(house: House, person: Person) -> None:
    """Show the page."""
    frame.head(person, "Documents")
    numbers = register.series(house.engine)
    if not numbers:
        st.info(
            "No document was issued yet. `billhouse documents run` issues what is due; so does every cycle."
        )
        return
    entities = [name for name in house.settings.entities if len(house.settings.entities) > 1]
    wanted = _filters(entities)
    found = register.entries(house.engine, wanted)
    rows = [one.as_row() for one in found]
    report.finding(_finding(register.counts(house.engine, wanted)), rows, COLUMNS, "documents.csv")
    if len(rows) == register.MOST:
        st.caption(f"The newest {register.MOST} are shown.")
    if not rows:
        st.info("No document fits these filters.")
    elif chosen := report.table(rows, _shown(bool(entities)), "documents", opens=True):
        document_detail.show(house, person, next(one for one in found if one.id == chosen["id"]))
    _series(numbers)


def _filters(entities: Sequence[str]) -> Wanted:
    one, two, three, four = st.columns([2, 2, 2, 1.4])
    kind = one.selectbox(
        "Kind", list(Kind), index=None, placeholder="All", key="kind", bind="query-params", format_func=spaced
    )
    state = two.selectbox(
        "State", list(State), index=None, placeholder="All", key="state", bind="query-params",
        format_func=spaced, help="How its mail stands.",
    )  # fmt: skip
    entity = None
    if entities:
        entity = three.selectbox(
            "Legal entity", entities, index=None, placeholder="All", key="entity", bind="query-params"
        )
    since = four.date_input(
        "From", value=None, key="from", bind="query-params", format="YYYY-MM-DD", help="UTC day of issue"
    )
    return Wanted(kind and Kind(kind), entity, state and State(state), since or None)


def _shown(has_entities: bool) -> dict[str, report.Column]:
    columns: dict[str, report.Column] = {
        "Number": lambda row: row["label"],
        "Kind": lambda row: spaced(row["kind"]),
        "Issued": lambda row: minute(from_text(row["issued_at"])),
        "Customer": lambda row: row["customer"],
        "Total": lambda row: str(Money(row["amount_minor"], row["currency"])),
        "State": lambda row: row["state"],
        "Customer page": lambda row: f"./?q={quote(row['charge_ref'], safe='')}",
    }
    if has_entities:
        columns["Legal entity"] = lambda row: row["entity"]
    return columns | {"Problem": lambda row: row["problem"] or "", "Why this kind": lambda row: row["why"]}


def _finding(counts: dict[State, int]) -> str:
    """Say what stands out: "2 of 120 documents did not arrive; 3 wait for their turn"."""
    total = sum(counts.values())
    if not total:
        return "No document"
    failed, waiting = (
        counts.get(State.INVALID, 0) + counts.get(State.REFUSED, 0),
        counts.get(State.WAITING, 0),
    )
    waits = f"; {waiting} wait for their turn" if waiting > 1 else "; 1 waits for its turn" if waiting else ""
    whole = f"{total:,} document{'s' if total > 1 else ''}"
    if failed:
        return f"{failed} of {whole} did not arrive{waits}"
    return f"{whole}, and none was held back or refused{waits}"


def _series(numbers: Sequence[Series]) -> None:
    faults = [one for one in numbers if one.fault]
    st.subheader("Numbers are missing" if faults else "No number is missing", anchor=False)
    for one in faults:
        st.error(
            f"**{one.name}**: {one.fault}. Restore the store from a copy, and keep this one for the auditor."
        )
    data = {
        "Series": [one.name for one in numbers],
        "First": [f"{one.name}-{one.first:05d}" if one.first else "" for one in numbers],
        "Last": [f"{one.name}-{one.last:05d}" if one.last else "" for one in numbers],
        "Documents": [one.issued for one in numbers],
        "Without a gap": ["no" if one.fault else "yes" for one in numbers],
    }
    st.dataframe(data, hide_index=True, key="series", height="content")
    st.caption(
        "A number is given in the transaction that keeps its document: none is lost, none is given twice."
    )
