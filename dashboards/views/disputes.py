"""Disputes: how much is contested, what became of it, and which cases need an answer by when."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import streamlit as st

from billing.money import Money
from billing.vocabulary import DisputeStatus
from billing.warehouse import finance
from billing.warehouse.finance import Choice
from dashboards import charts, report
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, day

_OPEN = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW)


def show(house: House, person: Person) -> None:
    """Show the page."""
    if not report.head(house, person, "Disputes"):
        return
    choice = report.filters(house, "disputes", moment="UTC days on which they were opened")
    rows = finance.disputes(house.reader, choice) if choice else []
    if not choice or not rows:
        st.info("No charge was disputed in these days.")
        return
    st.subheader(
        _finding(finance.dispute_rows(house.reader, choice, DisputeStatus.NEEDS_RESPONSE), rows), anchor=False
    )
    series = [("open_minor", "Open"), ("won_minor", "Won"), ("lost_minor", "Lost")]
    charts.bars(_by_month(rows)[-24:], "label", series, stacked=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "By the day they were opened, whatever came of them since. Choose a state to see its cases."
        )
        report.download(
            finance.dispute_rows(house.reader, choice),
            ("created_at", "dispute_ref", "status", "reason", "currency", "amount_minor", "evidence_due_at",
             "charge_ref", "customer_ref", "who"),
            "disputes.csv", "csv-disputes",
        )  # fmt: skip
    chosen = report.table(
        _by_status(rows),
        {
            "State": lambda row: row["status"].replace("_", " "),
            "Cases": lambda row: str(row["disputes"]),
            "Amount": report.amount("amount_minor"),
        },
        "states",
        opens=True,
    )
    if chosen:
        _cases(house, choice, chosen)


def _cases(house: House, choice: Choice, chosen: Row) -> None:
    rows = finance.dispute_rows(house.reader, choice, chosen["status"])
    st.subheader(f"{len(rows)} disputes: {chosen['status'].replace('_', ' ')}", anchor=False)
    report.table(
        rows,
        {
            "Opened": lambda row: day(row["created_at"]),
            "Answer by": lambda row: day(row["evidence_due_at"]),
            "Customer": lambda row: row["who"],
            "Charge": lambda row: row["explanation"] or "",
            "Reason": lambda row: (row["reason"] or "").replace("_", " "),
            "Amount": report.amount("amount_minor"),
            "Account": lambda row: house.title(row["gateway"], row["account"]),
            "Customer page": report.link,
            "At the gateway": lambda row: row["dashboard_url"],
        },
        "cases",
    )


def _by_status(rows: Sequence[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in rows:
        sums = found.setdefault(row["status"], {**row, "disputes": 0, "amount_minor": 0})
        sums["disputes"] += int(row["disputes"])
        sums["amount_minor"] += int(row["amount_minor"])
    order = list(DisputeStatus)
    return sorted(found.values(), key=lambda row: order.index(DisputeStatus(row["status"])))


def _by_month(rows: Sequence[Row]) -> list[Row]:
    months: dict[date, Row] = defaultdict(lambda: {"open_minor": 0, "won_minor": 0, "lost_minor": 0})
    for row in rows:
        kind = "open" if row["status"] in _OPEN else row["status"]
        months[row["month"]][f"{kind}_minor"] += int(row["amount_minor"])
    currency = rows[0]["currency"]
    return [{**months[month], "label": f"{month:%b %y}", "currency": currency} for month in sorted(months)]


def _finding(waiting: Sequence[Row], rows: Sequence[Row]) -> str:
    if waiting:
        due = [row["evidence_due_at"] for row in waiting if row["evidence_due_at"]]
        first = f", the first by {day(min(due))}" if due else ""
        return f"{len(waiting)} {'disputes need' if len(waiting) > 1 else 'dispute needs'} an answer{first}"
    lost = sum(int(row["amount_minor"]) for row in rows if row["status"] == DisputeStatus.LOST)
    return f"No dispute needs an answer; {Money(lost, rows[0]['currency'])} was lost so far"
