"""Finance's questions to the published copy: revenue, recurring revenue, invoices, tax and disputes.

Every sum is of one currency: `Choice` names it. Amounts are ISO minor units, days are UTC; rows carry `currency`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from billing.warehouse.reader import Reader

Row = dict[str, Any]
Mart = Literal["revenue_daily", "mrr_monthly", "invoice_status", "tax_summary", "disputes"]
LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page's filters chose; None is everything. Days are included on both sides."""

    currency: str
    account: str | None = None
    country: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def params(self) -> dict[str, Any]:
        """Return the parameters of the queries below."""
        return {
            "currency": self.currency,
            "account": self.account or "",
            "country": self.country or "",
            "since": self.since or date(1900, 1, 1),
            "until": self.until or date(9999, 12, 31),
        }


def currencies(reader: Reader, mart: Mart) -> list[str]:
    """Return the currencies that a mart holds, the most frequent first."""
    query = f"select currency, count(*) as n from {mart} group by currency order by 2 desc, 1"  # noqa: S608 - names are ours
    return [str(row["currency"]) for row in reader.rows(query)]


def accounts(reader: Reader, mart: Mart) -> list[tuple[str, str]]:
    """Return the (gateway, account) pairs that a mart holds."""
    query = f"select distinct gateway, account from {mart} order by gateway, account"  # noqa: S608 - names are ours
    return [(str(row["gateway"]), str(row["account"])) for row in reader.rows(query)]


def countries(reader: Reader, mart: Literal["revenue_daily", "tax_summary"]) -> list[str]:
    """Return the countries that a mart holds."""
    rows = reader.rows(f"select distinct country from {mart} order by country")  # noqa: S608 - names are ours
    return [str(row["country"]) for row in rows]


def revenue(reader: Reader, choice: Choice) -> list[Row]:
    """Return gross, refunds, disputes, fees, tax and net of each month, oldest first."""
    return _ask(reader, _REVENUE, choice.params)


def revenue_rows(reader: Reader, choice: Choice) -> list[Row]:
    """Return the charges and refunds of the chosen days, newest first, at most LIMIT of them."""
    return _ask(reader, _REVENUE_ROWS, choice.params)


def recurring(reader: Reader, choice: Choice) -> list[Row]:
    """Return opening, movements and closing of each month, oldest first."""
    return _ask(reader, _RECURRING, choice.params)


def movements(reader: Reader, choice: Choice, month: date) -> list[Row]:
    """Return the customers whose recurring revenue changed in a month, the largest change first."""
    return _ask(reader, _MOVEMENTS, choice.params | {"month": month})


def receivables(reader: Reader, choice: Choice) -> list[Row]:
    """Return invoices by status and ageing: how many, their totals and what is due."""
    return _ask(reader, _RECEIVABLES, choice.params)


def invoices(reader: Reader, choice: Choice, status: str, ageing: str | None) -> list[Row]:
    """Return the invoices of one status (and, where open, of one age), the longest overdue first."""
    return _ask(reader, _INVOICES, choice.params | {"status": status, "ageing": ageing or ""})


def taxes(reader: Reader, choice: Choice) -> list[Row]:
    """Return the tax of each month, country, rate and category, newest month first."""
    return _ask(reader, _TAXES, choice.params)


def tax_documents(reader: Reader, choice: Choice, row: Row) -> list[Row]:
    """Return the documents that make up one row of `taxes`."""
    names = ("period_month", "gateway", "account", "country", "rate_percent", "category")
    return _ask(reader, _TAX_DOCUMENTS, {"currency": choice.currency, **{name: row[name] for name in names}})


def disputes(reader: Reader, choice: Choice) -> list[Row]:
    """Return disputes by month and status, oldest first: how many and over how much."""
    return _ask(reader, _DISPUTES, choice.params)


def dispute_rows(reader: Reader, choice: Choice, status: str | None = None) -> list[Row]:
    """Return the disputes themselves; those that need an answer first, by when evidence is due."""
    return _ask(reader, _DISPUTE_ROWS, choice.params | {"status": status or ""})


def _ask(reader: Reader, query: str, params: dict[str, Any]) -> list[Row]:
    """Ask with those parameters alone that the query names: DuckDB refuses any other."""
    return reader.rows(query, {name: value for name, value in params.items() if f"${name}" in query})


_OF_ACCOUNT = "currency = $currency and ($account = '' or account = $account)"

_REVENUE = f"""
    select cast(date_trunc('month', day) as date) as month, currency,
        cast(sum(gross_minor) as bigint) as gross_minor, cast(sum(refunds_minor) as bigint) as refunds_minor,
        cast(sum(disputes_minor) as bigint) as disputes_minor, cast(sum(fees_minor) as bigint) as fees_minor,
        cast(sum(tax_minor) as bigint) as tax_minor, cast(sum(net_minor) as bigint) as net_minor
    from revenue_daily
    where {_OF_ACCOUNT} and ($country = '' or country = $country) and day >= $since and day <= $until
    group by cast(date_trunc('month', day) as date), currency order by 1"""  # noqa: S608 - our own text

_REVENUE_ROWS = f"""
    select booked_at, kind, title, minor, currency, account, gateway, customer_ref, charge_ref, who from (
        select coalesce(captured_at, created_at) as booked_at, 'charge' as kind, explanation as title,
            captured_minor as minor, currency, account, gateway, customer_ref, charge_ref, country,
            coalesce(customer_name, customer_email, '') as who
        from charges where captured_minor > 0
        union all
        select r.created_at, 'refund', coalesce(h.explanation, ''), -r.amount_minor, r.currency, r.account,
            r.gateway, r.customer_ref, r.charge_ref, h.country, coalesce(h.customer_name, h.customer_email, '')
        from refunds r left join charges h on h.charge_ref = r.charge_ref
        where r.status in ('succeeded', 'pending')
    ) as booked
    where {_OF_ACCOUNT} and ($country = '' or country = $country)
        and cast(booked_at as date) >= $since and cast(booked_at as date) <= $until
    order by booked_at desc, charge_ref limit {LIMIT}"""  # noqa: S608 - our own text

_RECURRING = f"""
    select month, currency, cast(sum(opening_minor) as bigint) as opening_minor,
        cast(sum(new_minor) as bigint) as new_minor, cast(sum(expansion_minor) as bigint) as expansion_minor,
        cast(sum(contraction_minor) as bigint) as contraction_minor,
        cast(sum(churn_minor) as bigint) as churn_minor,
        cast(sum(reactivation_minor) as bigint) as reactivation_minor,
        cast(sum(closing_minor) as bigint) as closing_minor, cast(sum(customer_count) as bigint) as customers
    from mrr_monthly
    where {_OF_ACCOUNT} and month >= $since and month <= $until
    group by month, currency order by month"""  # noqa: S608 - our own text

_MOVEMENTS = f"""
    select m.movement, m.opening_minor, m.closing_minor, m.closing_minor - m.opening_minor as minor, m.currency,
        m.account, m.gateway, m.customer_ref, coalesce(c.name, c.email, '') as who
    from (select * from mrr_movements where {_OF_ACCOUNT} and month = $month and movement <> 'none') as m
    left join customers c on c.customer_ref = m.customer_ref
    order by abs(m.closing_minor - m.opening_minor) desc, m.customer_ref limit {LIMIT}"""  # noqa: S608 - our own text

_RECEIVABLES = f"""
    select status, ageing, currency, count(*) as invoices, cast(sum(total_minor) as bigint) as total_minor,
        cast(sum(due_minor) as bigint) as due_minor, max(days_overdue) as days_overdue
    from invoice_status
    where {_OF_ACCOUNT} and cast(issued_at as date) >= $since and cast(issued_at as date) <= $until
    group by status, ageing, currency
    order by case status when 'open' then 0 else 1 end, max(days_overdue) desc nulls last, status"""  # noqa: S608 - our own text

_INVOICES = f"""
    select i.*, coalesce(c.name, c.email, '') as who
    from (
        select * from invoice_status
        where {_OF_ACCOUNT} and cast(issued_at as date) >= $since and cast(issued_at as date) <= $until
            and status = $status and ($ageing = '' or ageing = $ageing)
    ) as i left join customers c on c.customer_ref = i.customer_ref
    order by i.days_overdue desc nulls last, i.issued_at desc, i.invoice_ref limit {LIMIT}"""  # noqa: S608 - our own text

_TAXES = f"""
    select * from tax_summary
    where {_OF_ACCOUNT} and ($country = '' or country = $country)
        and period_month >= $since and period_month <= $until
    order by period_month desc, country, rate_percent desc, category, gateway, account"""  # noqa: S608 - our own text

_TAX_DOCUMENTS = f"""
    select b.document, b.booked_at, b.taxable_minor, b.tax_minor, b.currency, b.account, b.gateway,
        i.number, b.customer_ref, coalesce(c.name, c.email, '') as who
    from tax_bookings b
    left join invoices i on i.invoice_ref = b.invoice_ref
    left join customers c on c.customer_ref = b.customer_ref
    where b.currency = $currency and b.gateway = $gateway and b.account = $account and b.country = $country
        and b.rate_percent = $rate_percent and b.category = $category
        and cast(date_trunc('month', b.booked_at) as date) = $period_month
    order by b.booked_at desc, b.document_ref limit {LIMIT}"""  # noqa: S608 - our own text

_DISPUTES = f"""
    select cast(date_trunc('month', created_at) as date) as month, status, currency, count(*) as disputes,
        cast(sum(amount_minor) as bigint) as amount_minor
    from disputes
    where {_OF_ACCOUNT} and cast(created_at as date) >= $since and cast(created_at as date) <= $until
    group by cast(date_trunc('month', created_at) as date), status, currency order by 1, 2"""  # noqa: S608 - our own text

_DISPUTE_ROWS = f"""
    select d.*, coalesce(h.customer_name, h.customer_email, '') as who, h.explanation
    from (
        select * from disputes
        where {_OF_ACCOUNT} and cast(created_at as date) >= $since and cast(created_at as date) <= $until
            and ($status = '' or status = $status)
    ) as d left join charges h on h.charge_ref = d.charge_ref
    order by case d.status when 'needs_response' then 0 when 'under_review' then 1 else 2 end,
        d.evidence_due_at nulls last, d.created_at desc limit {LIMIT}"""  # noqa: S608 - our own text
