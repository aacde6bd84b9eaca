"""Our revenue, taxes and recurring revenue beside the books that the sandbox's company keeps by itself.

Rows are laid beside each other: what one side has and the other lacks differs too. Amounts are ISO minor units.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.warehouse import Reader

Figures = Counter[tuple[str, ...]]
"""Amounts by the names of their row and their measure."""

REVENUE = ("gross", "refunds", "disputes", "fees", "tax")
MRR = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
ROWS = {
    "revenue": ("gateway", "account", "day", "currency", "country"),
    "tax": ("gateway", "account", "day", "currency", "country", "rate", "category"),
    "mrr": ("gateway", "account", "month", "currency"),
}
_REVENUE = "select * from revenue_daily"
_TAX = """
    select gateway, account, cast(booked_at as date) as day, currency, country, rate_percent as rate, category,
        cast(sum(taxable_minor) as bigint) as taxable_minor, cast(sum(tax_minor) as bigint) as taxed_minor
    from tax_bookings
    group by gateway, account, cast(booked_at as date), currency, country, rate_percent, category"""
_MRR = "select * from mrr_monthly"


def finance(reader: Reader, books: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Compare every figure; `books` is the sandbox's GET /control/finance.

    Returns:
        For revenue, tax and mrr: how many figures were `compared`, and those that are `different` with both sides.
    """
    ours = {
        "revenue": _figures("revenue", reader.rows(_REVENUE), REVENUE),
        "tax": _figures("tax", reader.rows(_TAX), ("taxable", "taxed")),
        "mrr": _figures("mrr", reader.rows(_MRR), MRR),
    }
    theirs = {
        "revenue": _told("revenue", books["revenue"]),
        "tax": _told("tax", books["tax"]),
        "mrr": _told("mrr", (_measure(row, name) for row in books["mrr"] for name in MRR)),
    }
    return {name: _compared(name, ours[name], theirs[name]) for name in ROWS}


def _figures(name: str, rows: Iterable[Mapping[str, Any]], measures: Sequence[str]) -> Figures:
    """Read rows whose measures are columns, `<measure>_minor`."""
    found: Figures = Counter()
    for row in rows:
        key = tuple(str(row[part]) for part in ROWS[name])
        for measure in measures:
            found[(*key, measure)] += int(row[f"{measure}_minor"])
    return found


def _told(name: str, rows: Iterable[Mapping[str, Any]]) -> Figures:
    """Read rows of one measure each."""
    found: Figures = Counter()
    for row in rows:
        found[(*(str(row[part]) for part in ROWS[name]), row["measure"])] += int(row["minor"])
    return found


def _measure(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**row, "measure": name, "minor": row[name]}


def _compared(name: str, ours: Figures, ledger: Figures) -> dict[str, Any]:
    keys = sorted(key for key in ours.keys() | ledger.keys() if ours[key] or ledger[key])
    return {
        "compared": len(keys),
        "different": [
            {
                **dict(zip((*ROWS[name], "measure"), key, strict=True)),
                "ours_minor": ours[key],
                "ledger_minor": ledger[key],
            }
            for key in keys
            if ours[key] != ledger[key]
        ],
    }
