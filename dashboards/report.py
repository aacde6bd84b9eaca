"""What the finance pages share: head, filters kept in the address, a table whose rows open, and its file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

import streamlit as st

from billing import clock, spreadsheet
from billing.warehouse import finance
from billing.warehouse.finance import Choice, Mart
from dashboards import frame
from dashboards.access import Person
from dashboards.resources import House
from dashboards.wording import Row, money

Column = Callable[[Row], Any]
NOWHERE = "ZZ"


def head(house: House, person: Person, title: str) -> bool:
    """Show the title, how old the figures are and who is signed in; say whether anything is published."""
    left, chip, who = st.columns([5, 2, 1.2], vertical_alignment="center")
    left.title(title, anchor=False)
    with chip, st.container(horizontal=True, horizontal_alignment="right"):
        snapshot = frame.as_of(house)
    with who, st.container(horizontal=True, horizontal_alignment="right"):
        frame.account_menu(person)
    if snapshot is None:
        st.info("Nothing is published yet. This page works once the first load is done.")
    frame.warn_behind(house)
    return snapshot is not None


def filters(house: House, mart: Mart, *, countries: Sequence[str] = (), moment: str = "") -> Choice | None:
    """Show the filters, kept in the address, and return what they choose; None while the mart is empty.

    Args:
        house: the opened parts.
        mart: whose currencies and accounts are offered.
        countries: offered where there are any.
        moment: what the days mean, for the fields' help.
    """
    known = finance.currencies(house.reader, mart)
    if not known:
        st.info("There is nothing to show yet: no gateway has told of any.")
        return None
    names = {
        account: house.title(gateway, account) for gateway, account in finance.accounts(house.reader, mart)
    }
    one, two, three, first, last = st.columns([1, 2, 1.4, 1.4, 1.4])
    currency = one.selectbox(
        "Currency", known, key="currency", bind="query-params", help="Never added up or converted."
    )
    account = two.selectbox(
        "Account", list(names), index=None, placeholder="All", key="account", bind="query-params",
        format_func=lambda name: names.get(name, name),
    )  # fmt: skip
    country = None
    if countries:
        country = three.selectbox(
            "Country", countries, index=None, placeholder="All", key="country", bind="query-params",
            format_func=place,
        )  # fmt: skip
    since = first.date_input(
        "From", value=None, key="from", bind="query-params", format="YYYY-MM-DD", help=moment or None
    )
    until = last.date_input("To", value=None, key="to", bind="query-params", format="YYYY-MM-DD")
    return Choice(currency, account, country, since or None, until or None)


def finding(words: str, rows: Sequence[Row], columns: Sequence[str], file: str) -> None:
    """Show what the page has found as a heading, and beside it the rows as a file."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(words, anchor=False, width="stretch")
        download(rows, columns, file, f"csv-{file}")


def table(rows: Sequence[Row], columns: dict[str, Column], key: str, *, opens: bool = False) -> Row | None:
    """Show rows; with `opens`, return the row that was chosen. Columns that hold money are aligned right."""
    config: dict[str, Any] = {
        name: st.column_config.TextColumn(name, alignment="right") for name in columns if name in _RIGHT
    }
    config |= {
        name: st.column_config.LinkColumn(name, display_text="Look up")
        for name in columns
        if name == "Customer page"
    }
    config |= {
        name: st.column_config.LinkColumn(name, display_text="open")
        for name in columns
        if name == "At the gateway"
    }
    data = {name: [value(row) for row in rows] for name, value in columns.items()}
    if not opens:
        st.dataframe(data, hide_index=True, column_config=config, key=key, width="stretch")
        return None
    event = st.dataframe(
        data, hide_index=True, column_config=config, key=key, width="stretch",
        on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    chosen = event["selection"]["rows"]
    return rows[chosen[0]] if chosen and chosen[0] < len(rows) else None


def download(rows: Sequence[Row], columns: Sequence[str], name: str, key: str) -> None:
    """Offer rows as CSV: amounts as decimals of their currency, the currency beside them."""
    texts = [[_written(row, column) for column in columns] for row in rows]
    heads = [column.removesuffix("_minor") for column in columns]
    st.download_button(
        "Download CSV", spreadsheet.write(heads, texts), name, "text/csv", on_click="ignore", key=key
    )


def link(row: Row) -> str | None:
    """Return the address of the row's customer (or of a guest's charge) on the look-up page."""
    if row.get("customer_ref"):
        return f"./?customer={quote(row['customer_ref'], safe='')}"
    return f"./?guest={quote(row['charge_ref'], safe='')}" if row.get("charge_ref") else None


def amount(column: str) -> Column:
    """Return a column's money as text."""
    return lambda row: str(money(row, column))


def place(country: str) -> str:
    """Return a country as people read it."""
    return "unknown" if country == NOWHERE else country


def month(day: date) -> str:
    """Return a month as "Oct 2026"."""
    return f"{day:%b %Y}"


def within(choice: Choice, first: date, after: date) -> Choice:
    """Return the choice narrowed to the days from `first` to the one before `after`."""
    last = date.fromordinal(after.toordinal() - 1)
    return replace(choice, since=max(first, choice.since or first), until=min(last, choice.until or last))


def next_month(day: date) -> date:
    """Return the first day of the following month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def bar(day: date) -> str:
    """Return a month as it stands below its bar: "Oct 26", or "Nov so far" while it runs."""
    return f"{day:%b %y}" if is_over(day) else f"{day:%b} so far"


def is_over(month: date) -> bool:
    """Say whether the month that begins on this day is over (UTC)."""
    return next_month(month) <= clock.now().date()


def change(now: int, before: int) -> str:
    """Return how a figure stands to an earlier one above 0: "5 % more than", "as much as"."""
    if now == before:
        return "as much as"
    percent = round(abs(now - before) * 100 / before)
    return f"{percent} % {'more' if now > before else 'less'} than" if percent else "about as much as"


def _written(row: Row, column: str) -> Any:
    if column.endswith("_minor") or column == "minor":
        return money(row, column).to_decimal() if row[column] is not None else None
    return str(row[column]) if isinstance(row[column], date) else row[column]


_RIGHT = {
    "Gross", "Refunds", "Disputes", "Fees", "Tax", "Net", "Amount", "Opening", "New", "Expansion", "Contraction",
    "Churn", "Reactivation", "Closing", "Total", "Due", "Paid", "Before", "After", "Change", "Rate", "Taxable",
    "Invoiced", "Credit notes", "Invoices", "Customers", "Days late", "Cases",
}  # fmt: skip
