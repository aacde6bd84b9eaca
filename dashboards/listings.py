"""Tables of a customer's invoices, disputes, documents and timeline. Amounts are text from `Money`: no float."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from billing.store.clocktext import from_text
from dashboards.wording import Row, day, money

Column = Callable[[Row], Any]


def invoices(rows: Sequence[Row]) -> Row | None:
    """Show the invoices; return the one that is chosen."""
    return _table(
        rows,
        "No invoices",
        {
            "Number": lambda r: r["number"] or "draft",
            "Issued": lambda r: day(r["issued_at"] or r["created_at"]),
            "Status": _status,
            "Total": lambda r: str(money(r, "total_minor")),
            "Tax inside": lambda r: str(money(r, "tax_minor")),
            "Due": lambda r: str(money(r, "due_minor")),
            "Document": lambda r: r["pdf_url"] or r["hosted_url"],
            "At the gateway": lambda r: r["dashboard_url"],
        },
        opens="invoices",
    )


def disputes(rows: Sequence[Row]) -> Row | None:
    """Show the disputes; return the one that is chosen."""
    return _table(
        rows,
        "No disputes",
        {
            "Opened": lambda r: day(r["created_at"]),
            "Status": _status,
            "Reason": lambda r: (r["reason"] or "").replace("_", " "),
            "Amount": lambda r: str(money(r, "amount_minor")),
            "Evidence due": lambda r: day(r["evidence_due_at"]),
            "At the gateway": lambda r: r["dashboard_url"],
        },
        opens="disputes",
    )


def documents(rows: Sequence[Row]) -> Row | None:
    """Show the documents that we issued, as the register tells them; return the one that is chosen."""
    return _table(
        rows,
        "No documents",
        {
            "Number": lambda r: r["label"],
            "Kind": lambda r: r["kind"].replace("_", " "),
            "Issued": lambda r: day(from_text(r["issued_at"])),
            "Amount": lambda r: str(money(r, "amount_minor")),
            "Mail": lambda r: r["state"],
            "Problem": lambda r: r["problem"] or "",
        },
        opens="documents",
    )


def timeline(rows: Sequence[Row]) -> None:
    """Show everything that happened, newest first."""
    _table(
        rows,
        "Nothing happened yet",
        {
            "When": lambda r: f"{day(r['occurred_at'])}, {r['occurred_at']:%H:%M}",
            "What": lambda r: r["title"],
            "Amount": lambda r: str(money(r, "amount_minor")) if r["amount_minor"] is not None else "",
            "Status": _status,
        },
    )


def _status(row: Row) -> str:
    return str(row["status"]).replace("_", " ")


_MONEY = ("Total", "Tax inside", "Due", "Amount")
_LINKS = {"Document": "open", "At the gateway": "open"}


def _table(
    rows: Sequence[Row], nothing: str, columns: dict[str, Column], *, opens: str | None = None
) -> Row | None:
    """Show a table; with `opens`, its key, a row can be chosen, which is returned."""
    if not rows:
        st.markdown(f":gray[{nothing}]")
        return None
    data = {name: [value(row) for row in rows] for name, value in columns.items()}
    config = {name: st.column_config.TextColumn(name, alignment="right") for name in _MONEY}
    links = {name: st.column_config.LinkColumn(name, display_text=text) for name, text in _LINKS.items()}
    if opens is None:
        st.dataframe(data, hide_index=True, column_config={**config, **links}, width="stretch")
        return None
    st.caption("Choose a row to act upon it.")
    event = st.dataframe(
        data, hide_index=True, column_config={**config, **links}, width="stretch", key=f"table-{opens}",
        on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    chosen = event["selection"]["rows"]
    return rows[chosen[0]] if chosen and chosen[0] < len(rows) else None
