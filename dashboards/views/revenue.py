"""Revenue: what charges brought in month by month, what went off again, and the charges behind each month."""

from collections.abc import Sequence

import streamlit as st

from billing.warehouse import finance
from billing.warehouse.finance import Choice
from dashboards import charts, report
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, day, money

_FIGURES = ("gross_minor", "refunds_minor", "disputes_minor", "fees_minor", "tax_minor", "net_minor")


def show(house: House, person: Person) -> None:
    """Show the page."""
    if not report.head(house, person, "Revenue"):
        return
    countries = finance.countries(house.reader, "revenue_daily")
    choice = report.filters(
        house, "revenue_daily", countries=countries, moment="UTC days of the money's movement"
    )
    rows = finance.revenue(house.reader, choice) if choice else []
    if not choice or not rows:
        st.info("No money moved in these days.")
        return
    newest_first = rows[::-1]
    report.finding(_finding(rows), newest_first, ("month", "currency", *_FIGURES), "revenue.csv")
    shown = [{**row, "label": report.bar(row["month"])} for row in rows[-24:]]
    charts.bars(shown, "label", [("net_minor", "Net"), ("gross_minor", "Gross")])
    st.caption(
        "Net is gross less refunds, disputes, fees and the tax inside. Choose a month to see its charges."
    )
    columns: dict[str, report.Column] = {"Month": lambda row: report.month(row["month"])}
    for column in _FIGURES:
        columns[column.removesuffix("_minor").capitalize()] = report.amount(column)
    chosen = report.table(newest_first, columns, "months", opens=True)
    if chosen:
        _charges(house, choice, chosen)


def _charges(house: House, choice: Choice, chosen: Row) -> None:
    month = chosen["month"]
    rows = finance.revenue_rows(house.reader, report.within(choice, month, report.next_month(month)))
    count = f"The newest {finance.LIMIT}" if len(rows) == finance.LIMIT else str(len(rows))
    st.subheader(f"{count} charges and refunds of {report.month(month)}", anchor=False)
    report.table(
        rows,
        {
            "Day": lambda row: day(row["booked_at"]),
            "Kind": lambda row: row["kind"],
            "Customer": lambda row: row["who"],
            "What": lambda row: row["title"],
            "Amount": report.amount("minor"),
            "Account": lambda row: house.title(row["gateway"], row["account"]),
            "Customer page": report.link,
        },
        "charges",
    )


def _finding(rows: Sequence[Row]) -> str:
    """Say what the last month that is over brought, beside the one before it."""
    over = [row for row in rows if report.is_over(row["month"])]
    last = over[-1] if over else rows[-1]
    brought = f"{report.month(last['month'])} brought {money(last, 'net_minor')} net"
    before = over[-2] if len(over) > 1 else None
    if before is None or before["net_minor"] <= 0:
        return brought
    return (
        f"{brought}, {report.change(last['net_minor'], before['net_minor'])} {report.month(before['month'])}"
    )
