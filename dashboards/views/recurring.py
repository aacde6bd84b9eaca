"""Recurring revenue: what subscriptions are worth in a month, how that moved, and whose subscriptions moved it."""

from collections.abc import Sequence

import streamlit as st

from billing.warehouse import finance
from billing.warehouse.finance import Choice
from dashboards import charts, report
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, money

_FIGURES = (
    "opening_minor", "new_minor", "expansion_minor", "contraction_minor", "churn_minor", "reactivation_minor",
    "closing_minor",
)  # fmt: skip


def show(house: House, person: Person) -> None:
    """Show the page."""
    if not report.head(house, person, "Recurring revenue"):
        return
    choice = report.filters(house, "mrr_monthly", moment="First days of the months, UTC")
    rows = finance.recurring(house.reader, choice) if choice else []
    if not choice or not rows:
        st.info("No subscription ran in these months.")
        return
    newest_first = rows[::-1]
    columns = ("month", "currency", *_FIGURES, "customers")
    report.finding(_finding(rows), newest_first, columns, "recurring-revenue.csv")
    shown = [{**row, "label": report.bar(row["month"])} for row in rows[-24:]]
    charts.bars(shown, "label", [("closing_minor", "Worth of a month")])
    st.caption(
        "Prices agreed for a month, before coupons and without tax; trials count from their end. The running "
        "month stands as of now. Choose a month to see whose subscriptions moved."
    )
    table: dict[str, report.Column] = {"Month": lambda row: report.month(row["month"])}
    for column in _FIGURES:
        table[column.removesuffix("_minor").capitalize()] = report.amount(column)
    table["Customers"] = lambda row: f"{row['customers']:,}"
    chosen = report.table(newest_first, table, "months", opens=True)
    if chosen:
        _moved(house, choice, chosen)


def _moved(house: House, choice: Choice, chosen: Row) -> None:
    rows = finance.movements(house.reader, choice, chosen["month"])
    if not rows:
        st.info(f"No customer's subscriptions changed in {report.month(chosen['month'])}.")
        return
    who = "1 customer" if len(rows) == 1 else f"{len(rows)} customers"
    st.subheader(f"{who} moved it in {report.month(chosen['month'])}", anchor=False)
    report.table(
        rows,
        {
            "Movement": lambda row: row["movement"],
            "Customer": lambda row: row["who"],
            "Before": report.amount("opening_minor"),
            "After": report.amount("closing_minor"),
            "Change": report.amount("minor"),
            "Account": lambda row: house.title(row["gateway"], row["account"]),
            "Customer page": report.link,
        },
        "movements",
    )


def _finding(rows: Sequence[Row]) -> str:
    last = rows[-1]
    stands = f"A month is worth {money(last, 'closing_minor')}"
    if len(rows) < 2 or not last["opening_minor"]:
        return stands
    words = report.change(last["closing_minor"], last["opening_minor"])
    return f"{stands}, {words} at the end of {report.month(rows[-2]['month'])}"
