"""Stripe's API for one account: raw JSON by httpx for reading, the official SDK for writing.

Reading keeps Stripe's own words (the SDK's objects would reshape them). Writing goes through a client object of
the SDK, so that several accounts live in one process; nothing is set on the `stripe` module.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import stripe

from billing.errors import NotFound, Refused
from billing.settings_model import StripeAccount
from gateways.http import JsonReader, Params, limiter
from gateways.stripe.errors import from_reading, writing
from gateways.stripe.manifest import STRIPE

PAGE_SIZE = 100  # the most that Stripe gives
_WRITE_TIMEOUT = (10, 60)  # seconds to connect, to answer; Stripe itself gives up well before


class StripeApi:
    """One Stripe account; safe to share between threads. `patience`: seconds that one read may take in all."""

    def __init__(self, account: StripeAccount, *, patience: float = 120.0) -> None:
        self.account = account.account
        self.title = account.title
        self._config = account
        self._limit = limiter(f"{account.base_url} {account.account}", account.requests_per_second)
        self._reader = JsonReader(
            title=f"Stripe account {account.account}",
            base_url=account.base_url,
            headers={
                "Authorization": f"Bearer {account.secret_key.get_secret_value()}",
                "Stripe-Version": STRIPE.api_version,
            },
            limit=self._limit,
            translate=from_reading,
            patience=patience,
        )

    def get(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """Return one object or one list page, such as that of "/v1/charges/ch_1".

        Raises:
            NotFound: there is no such object.
            BadCredential: the key is unknown to Stripe or lacks the permission.
            Refused: Stripe says the request is wrong.
            Transient: it could not be read, even after several attempts.
        """
        answer: dict[str, Any] = self._reader.get(path, params)
        return answer

    def pages(self, path: str, params: Params | None = None, after: str | None = None) -> Iterator[list[Any]]:
        """Yield a list's pages of up to 100 objects, newest first, beginning after the object `after`.

        An object may come twice when the list changes while it is read; none is missed.

        Raises:
            BillhouseError: see `get`.
        """
        first = after
        while True:
            query = {**(params or {}), "limit": PAGE_SIZE}
            if after is not None:
                query["starting_after"] = after
            try:
                page = self.get(path, query)
            except (NotFound, Refused) as refusal:
                if after == first or not _lost_place(refusal):
                    raise
                after = first  # the object that marked our place was deleted meanwhile: read the list anew
                continue
            data = page["data"]
            yield data
            if not page["has_more"] or not data:
                return
            after = data[-1]["id"]

    def write(self, call: Callable[[stripe.StripeClient], stripe.StripeObject]) -> dict[str, Any]:
        """Carry out one write by the SDK, once: `write(lambda c: c.v1.refunds.create(...))`. MONEY MAY MOVE.

        The caller gives the idempotency key in the SDK's `options`.

        Raises:
            OutcomeUnknown: it may or may not have been carried out; ask, never re-send.
            Transient: Stripe did not begin; the same call may be made again.
            BadCredential: the key is unknown to Stripe or lacks the permission.
            Refused: Stripe said no; `code` is its word.
        """
        self._limit.try_acquire(self.account)
        with writing():
            answer = call(self.client)
        done: dict[str, Any] = answer.to_dict()
        return done

    @cached_property
    def client(self) -> stripe.StripeClient:
        """The SDK's client, without retries: who writes decides about a second attempt."""
        return stripe.StripeClient(
            self._config.secret_key.get_secret_value(),
            stripe_version=STRIPE.api_version,
            base_addresses={"api": self._config.base_url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=_WRITE_TIMEOUT),
        )

    def check(self) -> str:
        """Try the key and say in words what it opens.

        Raises:
            BillhouseError: the key does not work or Stripe cannot be reached; the text says which.
        """
        found = self.get("/v1/account")
        name = ((found.get("settings") or {}).get("dashboard") or {}).get("display_name")
        name = name or (found.get("business_profile") or {}).get("name") or found["id"]
        currency = str(found.get("default_currency") or "").upper() or "no default currency"
        return f"Stripe account {self.account}: the key opens {name} ({found['id']}, {currency})."

    def close(self) -> None:
        """Close the connections used for reading."""
        self._reader.close()


def connect(account: StripeAccount) -> StripeApi:
    """Return the client of one account; nothing is sent yet."""
    return StripeApi(account)


def _lost_place(refusal: NotFound | Refused) -> bool:
    return isinstance(refusal, NotFound) or refusal.code == "resource_missing"
