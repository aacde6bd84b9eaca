"""The access token of one Help Scout application: by client credentials, without a refresh token, for two days.

Source: developer.helpscout.com/mailbox-api/overview/authentication. The secret travels in the form alone, never in
an address or an error's text.
"""

import threading
import time
from collections.abc import Generator

import httpx
import orjson

from billing.errors import BadCredential, Transient
from billing.settings_helpdesks import HelpscoutAccount

RETRY_AFTER = "x-ratelimit-retry-after"
_MARGIN_SECONDS = 60


class Token(httpx.Auth):
    """Puts an access token on requests: fetched when needed, shared by all threads, renewed once upon a 401."""

    requires_response_body = True

    def __init__(self, account: HelpscoutAccount) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._value: str | None = None
        self._until = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a request with a token, and once more with another one if Help Scout does not take it.

        Raises:
            BadCredential: Help Scout does not know the application.
            Transient: it gives no token now.
        """
        token = yield from self._token(None, request)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            token = yield from self._token(token, request)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _token(
        self, stale: str | None, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, str]:
        # The lock is held while Help Scout is asked: the other threads want the same answer, not one each.
        with self._lock:
            if self._value is None or self._value == stale or time.monotonic() >= self._until:
                response = yield httpx.Request(
                    "POST",
                    f"{self._account.base_url.rstrip('/')}/v2/oauth2/token",
                    data={
                        "grant_type": "client_credentials",
                        "client_id": self._account.app_id,
                        "client_secret": self._account.app_secret.get_secret_value(),
                    },
                    extensions=request.extensions,  # the client's time-outs
                )
                response.read()
                self._value, self._until = _granted(response)
            return self._value


def _granted(response: httpx.Response) -> tuple[str, float]:
    """Return the token that was given and until when (monotonic seconds) it is used."""
    status = response.status_code
    if status == 429 or status >= 500:
        wait = response.headers.get(RETRY_AFTER, "")
        raise Transient(
            f"Help Scout: no token now, it answered {status}.", int(wait) if wait.isdigit() else None
        )
    if status >= 400:
        raise BadCredential(
            f"Help Scout gives no token ({status}): check app_id and app_secret in helpdesks.helpscout."
        )
    try:
        answer = orjson.loads(response.content)
        return str(answer["access_token"]), time.monotonic() + int(answer["expires_in"]) - _MARGIN_SECONDS
    except (ValueError, KeyError, TypeError):
        raise Transient("Help Scout: something that cannot be read came in place of a token.") from None
