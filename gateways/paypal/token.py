"""The access token of one REST app: fetched when needed, shared by all threads, renewed when it has expired."""

import base64
import threading
import time
from collections.abc import Generator

import httpx
import orjson

from billing.errors import Transient
from billing.settings_model import PaypalAccount
from gateways.http import is_page
from gateways.paypal.errors import from_reading

TOKENS_AT = "/v1/oauth2/token"
_MARGIN_SECONDS = 60
_MOST_TOKENS = 4


class Token(httpx.Auth):
    """Puts `Authorization: Bearer ...` on requests. A 401 is answered with another token, a few times at most."""

    def __init__(self, account: PaypalAccount) -> None:
        pair = f"{account.client_id}:{account.client_secret.get_secret_value()}"
        self._url = f"{account.base_url.rstrip('/')}{TOKENS_AT}"
        self._basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._lock = threading.Lock()
        self._value: str | None = None
        self._until = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request with a token, and again with another one where PayPal does not take it.

        A token that another thread has just renewed may have ended again before it is our turn.

        Raises:
            BillhouseError: PayPal gives no token.
        """
        token: str | None = None
        for _ in range(_MOST_TOKENS):
            token = yield from self._token(token, request)
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code != 401:
                return

    def _token(
        self, stale: str | None, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, str]:
        # The lock is held while PayPal is asked: the other threads want the same answer, not one each.
        with self._lock:
            if self._value is None or self._value == stale or time.monotonic() >= self._until:
                response = yield httpx.Request(
                    "POST",
                    self._url,
                    headers={"Authorization": self._basic, "Accept": "application/json"},
                    data={"grant_type": "client_credentials"},
                    extensions=request.extensions,  # the client's time-outs
                )
                response.read()
                if response.status_code >= 400:
                    raise from_reading(response)
                try:
                    answer = orjson.loads(response.content)
                    self._value = str(answer["access_token"])
                    self._until = time.monotonic() + int(answer["expires_in"]) - _MARGIN_SECONDS
                except (ValueError, KeyError, TypeError):
                    came = "a page of HTML" if is_page(response) else "something that cannot be read"
                    raise Transient(f"PayPal: {came} came in place of a token.") from None
            return self._value
