"""Tax: what is owed per month, country, rate and category, and the documents behind each figure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import streamlit as st

from billing.money import Money
from billing.warehouse import finance
from billing.warehouse.finance import Choice
from dashboards import charts, report
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, day

_UNRATED = "rate not told"  # a category: the gateway knows an amount of tax alone


def show(house: House, person: Person) -> None:
    """Show the page."""
    if not report.head(house, person, "Tax"):
        return
    countries = finance.countries(house.reader, "tax_summary")
    choice = report.filters(house, "tax_summary", countries=countries, moment="First days of the months, UTC")
    rows = finance.taxes(house.reader, choice) if choice else []
    if not choice or not rows:
        st.info("No taxed document was issued in these months.")
        return
    months = _by_month(rows)
    columns = (
        "period_month", "gateway", "account", "country", "rate_percent", "category", "currency",
        "taxable_minor", "invoiced_tax_minor", "credited_tax_minor", "refunded_tax_minor", "tax_minor",
    )  # fmt: skip
    report.finding(_finding(rows, months), rows, columns, "tax.csv")
    charts.bars(months[-24:], "label", [("tax_minor", "Tax owed")])
    st.caption(
        "Booked by issue, not by payment, but for payments without an invoice; "
        "credit notes and refunds lessen the month they happen in. Choose a row to see its documents."
    )
    chosen = report.table(
        rows,
        {
            "Month": lambda row: report.month(row["period_month"]),
            "Country": lambda row: report.place(row["country"]),
            "Rate": _rate,
            "Category": lambda row: row["category"],
            "Taxable": report.amount("taxable_minor"),
            "Invoiced": report.amount("invoiced_tax_minor"),
            "Credit notes": report.amount("credited_tax_minor"),
            "Refunds": report.amount("refunded_tax_minor"),
            "Tax": report.amount("tax_minor"),
            "Account": lambda row: house.title(row["gateway"], row["account"]),
        },
        "rates",
        opens=True,
    )
    if chosen:
        _documents(house, choice, chosen)


def _documents(house: House, choice: Choice, chosen: Row) -> None:
    rows = finance.tax_documents(house.reader, choice, chosen)
    what = f"{report.place(chosen['country'])}, {_rate(chosen)}, {chosen['category']}"
    st.subheader(f"{len(rows)} documents of {report.month(chosen['period_month'])}: {what}", anchor=False)
    report.table(
        rows,
        {
            "Day": lambda row: day(row["booked_at"]),
            "Document": lambda row: row["document"],
            "Invoice": lambda row: row["number"] or "",
            "Customer": lambda row: row["who"],
            "Taxable": report.amount("taxable_minor"),
            "Tax": report.amount("tax_minor"),
            "Customer page": report.link,
        },
        "documents",
    )


def _rate(row: Row) -> str:
    return "not told" if row["category"] == _UNRATED else f"{row['rate_percent'].normalize():f} %"


def _by_month(rows: Sequence[Row]) -> list[Row]:
    sums: dict[date, int] = defaultdict(int)
    for row in rows:
        sums[row["period_month"]] += int(row["tax_minor"])
    currency = rows[0]["currency"]
    return [
        {"label": report.bar(month), "month": month, "currency": currency, "tax_minor": sums[month]}
        for month in sorted(sums)
    ]


def _finding(rows: Sequence[Row], months: Sequence[Row]) -> str:
    """Say what is owed for the last month that is over, and where most of it."""
    last = next((row for row in reversed(months) if report.is_over(row["month"])), months[-1])
    owed = Money(last["tax_minor"], last["currency"])
    by_country: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["period_month"] == last["month"]:
            by_country[row["country"]] += int(row["tax_minor"])
    most = max(by_country, key=lambda country: by_country[country])
    tail = f", most of it in {report.place(most)}" if len(by_country) > 1 and by_country[most] > 0 else ""
    return f"{owed} of tax is owed for {report.month(last['month'])}{tail}"
