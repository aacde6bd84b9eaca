"""Invoices: what is due and for how long it has been, and every finalised invoice by its state."""

from collections.abc import Sequence

import streamlit as st

from billing.money import Money
from billing.warehouse import finance
from billing.warehouse.finance import Choice
from dashboards import charts, report
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, day

AGES = ("not due", "1-30", "31-60", "61-90", ">90")


def show(house: House, person: Person) -> None:
    """Show the page."""
    if not report.head(house, person, "Invoices"):
        return
    choice = report.filters(house, "invoice_status", moment="UTC days of issue")
    rows = finance.receivables(house.reader, choice) if choice else []
    if not choice or not rows:
        st.info("No invoice was issued in these days.")
        return
    columns = ("status", "ageing", "invoices", "currency", "total_minor", "due_minor")
    report.finding(_finding(rows, choice.currency), rows, columns, "invoices.csv")
    charts.bars(
        _by_age(rows, choice.currency), "label", [("late_minor", "Overdue"), ("waiting_minor", "Not due yet")]
    )
    st.caption("Ages are calendar days since the due date, or since issue where the card is charged at once.")
    chosen = report.table(
        rows,
        {
            "State": _state,
            "Invoices": lambda row: f"{row['invoices']:,}",
            "Total": report.amount("total_minor"),
            "Due": report.amount("due_minor"),
        },
        "states",
        opens=True,
    )
    if chosen:
        _invoices(house, choice, chosen)


def _invoices(house: House, choice: Choice, chosen: Row) -> None:
    rows = finance.invoices(house.reader, choice, chosen["status"], chosen["ageing"])
    count = f"The first {finance.LIMIT}" if len(rows) == finance.LIMIT else str(len(rows))
    columns = (
        "number", "invoice_ref", "customer_ref", "status", "ageing", "days_overdue", "issued_at", "due_at",
        "currency", "total_minor", "tax_minor", "paid_minor", "due_minor",
    )  # fmt: skip
    report.finding(f"{count} invoices {_state(chosen)}", rows, columns, f"invoices-{chosen['status']}.csv")
    report.table(
        rows,
        {
            "Number": lambda row: row["number"] or row["invoice_id"],
            "Issued": lambda row: day(row["issued_at"]),
            "Due by": lambda row: day(row["due_at"]),
            "Days late": lambda row: "" if row["days_overdue"] is None else str(row["days_overdue"]),
            "Customer": lambda row: row["who"],
            "Total": report.amount("total_minor"),
            "Due": report.amount("due_minor"),
            "Account": lambda row: house.title(row["gateway"], row["account"]),
            "Customer page": report.link,
            "At the gateway": lambda row: row["dashboard_url"],
        },
        "invoices",
    )


def _by_age(rows: Sequence[Row], currency: str) -> list[Row]:
    found = {row["ageing"]: int(row["due_minor"]) for row in rows if row["ageing"]}
    return [
        {
            "label": _age(age),
            "currency": currency,
            "late_minor": 0 if age == "not due" else found.get(age, 0),
            "waiting_minor": found.get(age, 0) if age == "not due" else 0,
        }
        for age in AGES
    ]


def _state(row: Row) -> str:
    return str(row["status"]) + (f", {_age(row['ageing'])}" if row["ageing"] else "")


def _age(ageing: str) -> str:
    return ageing if ageing == "not due" else f"{ageing.replace('-', ' to ')} days late".replace(">", "over ")


def _finding(rows: Sequence[Row], currency: str) -> str:
    late = {row["ageing"]: int(row["due_minor"]) for row in rows if row["ageing"] not in (None, "not due")}
    if not sum(late.values()):
        return "Nothing is overdue"
    old = late.get(">90", 0)
    tail = f", {Money(old, currency)} of it for more than 90 days" if old else ""
    return f"{Money(sum(late.values()), currency)} is overdue{tail}"
