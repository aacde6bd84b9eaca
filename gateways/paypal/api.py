"""PayPal's API for one account: raw JSON by httpx, a token that renews itself, each list's paging, writes."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from billing.errors import OutcomeUnknown, Refused, Transient
from billing.settings_model import PaypalAccount
from gateways.http import JsonReader, Params, limiter
from gateways.paypal.errors import from_reading
from gateways.paypal.token import Token
from gateways.paypal.writing import Writer

Thing = dict[str, Any]

REPORT_PAGE = 500  # the most that transaction search gives
_INVOICE_PAGE, _CATALOGUE_PAGE, _DISPUTE_PAGE, _EVENT_PAGE = 100, 20, 50, 100
_ATTEMPTS = 4


class TooLarge(Refused):
    """A search found 10,000 lines or more: a smaller window must be asked for."""


class PaypalApi:
    """One PayPal account; safe to share between threads. `patience`: seconds that one read may take in all."""

    def __init__(self, account: PaypalAccount, *, patience: float = 120.0) -> None:
        self.account = account.account
        self.title = account.title
        title, token = f"PayPal account {account.account}", Token(account)
        limit = limiter(f"{account.base_url} {account.account}", account.requests_per_second)
        self.writer = Writer(title, account.base_url, limit, token)
        self._reader = JsonReader(
            title=title,
            base_url=account.base_url,
            # Without it some lists give less than the objects by their ids.
            headers={"Prefer": "return=representation"},
            limit=limit,
            translate=from_reading,
            patience=patience,
            auth=token,
        )

    def get(self, path: str, params: Params | None = None) -> Thing:
        """Return one object or one list page, such as that of "/v2/payments/captures/3C6...".

        Raises:
            NotFound: there is no such object.
            BadCredential: the app is unknown to PayPal or lacks the permission.
            Refused: PayPal says the request is wrong.
            Transient: it could not be read, even after several attempts.
        """
        answer = self._reader.get(path, params)
        if not isinstance(answer, dict):
            raise Transient(
                f"PayPal account {self.account}: GET {path} answered with something else than an object."
            )
        return answer

    def report(self, start: str, end: str, page: int, **filters: str) -> Thing:
        """Return one page of transaction search between two moments (ISO 8601, at most 31 days apart).

        Raises:
            TooLarge: the window holds too many lines.
            BillhouseError: see `get`.
        """
        params: dict[str, str | int] = {
            "start_date": start,
            "end_date": end,
            "fields": "all",
            # The default leaves out authorizations, pending and denied payments without a word.
            "balance_affecting_records_only": "N",
            "page_size": REPORT_PAGE,
            "page": page,
            **filters,
        }
        try:
            return self.get("/v1/reporting/transactions", params)
        except Refused as refusal:
            if refusal.code == "RESULTSET_TOO_LARGE":
                raise TooLarge(str(refusal), refusal.code) from None
            raise

    def plans(self) -> Iterator[Thing]:
        """Yield every plan as the list shows it."""
        return self._numbered("/v1/billing/plans", "plans", _CATALOGUE_PAGE)

    def products(self) -> Iterator[Thing]:
        """Yield every product as the list shows it."""
        return self._numbered("/v1/catalogs/products", "products", _CATALOGUE_PAGE)

    def invoices(self, *, is_whole: bool = True) -> list[Thing]:
        """Return every invoice as the list shows it, without its items; or the hundred newest.

        The list is paged by number, so what is made meanwhile moves the rest: it has been seen to show invoices
        twice and to leave others out. It is read again until it holds as many as it says, and until none is deleted
        meanwhile: that would pull another one over a page's edge, unseen.

        Raises:
            Transient: it never did.
            BillhouseError: see `get`.
        """
        for _ in range(_ATTEMPTS):
            found: dict[str, Thing] = {}
            totals: list[int] = []
            while not totals or len(totals) * _INVOICE_PAGE < totals[-1]:
                params: dict[str, str | int] = {"page": len(totals) + 1, "page_size": _INVOICE_PAGE}
                answer = self.get(
                    "/v2/invoicing/invoices", {**params, "total_required": "true", "fields": "all"}
                )
                found.update((invoice["id"], invoice) for invoice in answer.get("items", ()))
                totals.append(int(answer["total_items"]))
                if not is_whole:
                    return list(found.values())
            if len(found) >= totals[-1] and totals == sorted(totals):
                return list(found.values())
        raise Transient(
            f"PayPal account {self.account}: the list of invoices does not hold as many as it says."
        )

    def search_invoices(self, **criteria: str) -> list[Thing]:
        """Return the newest hundred invoices that meet all criteria, such as memo; PayPal looks for parts of texts.

        Raises:
            BillhouseError: see `get`; it is asked once.
        """
        path = f"/v2/invoicing/search-invoices?page=1&page_size={_INVOICE_PAGE}"
        try:
            found = self.writer.post(path, criteria).body
        except OutcomeUnknown as cause:  # a search changes nothing, so it may as well not have been asked
            raise Transient(str(cause)) from None
        return list(found.get("items", ()))

    def disputes(self, **filters: str) -> Iterator[Thing]:
        """Yield disputes as the list shows them, by filters such as update_time_after."""
        params: dict[str, str | int] = {**filters, "page_size": _DISPUTE_PAGE}
        return self._linked("/v1/customer/disputes", "items", params)

    def events(self, start: str, **filters: str) -> Iterator[Thing]:
        """Yield the webhook events since a moment (ISO 8601), at most 30 days back, newest first.

        PayPal keeps them where the app has a webhook. Filters are those of the API, such as event_type.
        """
        params: dict[str, str | int] = {"start_time": start, "page_size": _EVENT_PAGE, **filters}
        return self._linked("/v1/notifications/webhooks-events", "events", params)

    def check(self) -> str:
        """Try the app's credentials and say in words what they open.

        Raises:
            BillhouseError: they do not work or PayPal cannot be reached; the text says which.
        """
        found = self.get("/v1/reporting/balances")
        currencies = ", ".join(sorted(balance["currency"] for balance in found["balances"]))
        return (
            f"PayPal account {self.account}: the app opens merchant {found.get('account_id', 'without a name')} "
            f"({currencies or 'no balance yet'}), reporting included."
        )

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
        self.writer.close()

    def _numbered(self, path: str, name: str, size: int) -> Iterator[Thing]:
        seen: set[str] = set()
        page = 1
        while True:
            answer = self.get(path, {"page": page, "page_size": size})
            for thing in answer.get(name, ()):
                if thing["id"] not in seen:
                    seen.add(thing["id"])
                    yield thing
            if _next(answer) is None:
                return
            page += 1

    def _linked(self, path: str, name: str, params: dict[str, str | int]) -> Iterator[Thing]:
        """Follow links to the next page. Only their query is used: our token goes to no other host or path."""
        asked: Params = params
        while True:
            answer = self.get(path, asked)
            yield from answer.get(name, ())
            further = _next(answer)
            if further is None:
                return
            asked = {**params, **dict(parse_qsl(urlsplit(further).query))}


def connect(account: PaypalAccount) -> PaypalApi:
    """Return the client of one account; nothing is sent yet."""
    return PaypalApi(account)


def _next(answer: Thing) -> str | None:
    return next((link["href"] for link in answer.get("links", ()) if link.get("rel") == "next"), None)
