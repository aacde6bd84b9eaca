"""api_request_key: the same key within 30 days does a thing once, and a repeat answers with its present state."""

from collections.abc import Callable

from sandbox.braintree.books import DAY, Books
from sandbox.braintree.errors import Invalid
from sandbox.state import Json

ALLOWED = "braintree.request_keys"
"""A setting: False where the merchant checks duplicates instead, which excludes keys."""
_KEPT_FOR = 30 * DAY
_LONGEST = 255


def once(books: Books, what: str, params: Json, make: Callable[[], Json]) -> Json:
    """Return the transaction that `make` makes, or the one that this key made before, as it is now.

    `what` names the path, so that a key used for a refund is not good for a void.

    Raises:
        Invalid: keys are not allowed here, it is too long, or it was used for another request.
    """
    key = params.get("api_request_key")
    if not key:
        return make()
    if not books.state.get_setting(ALLOWED, True):
        raise _refusal("915231", "API request key is not allowed.")
    if len(key) > _LONGEST:
        raise _refusal("915230", "API request key is too long.")
    asked = {**params, "_what": what}
    before = books.get("request", key)
    if before is not None and books.at - before["at"] < _KEPT_FOR:
        if before["params"] != asked:
            raise _refusal("915232", "API request key can only be reused with the same request.")
        return books.must("transaction", before["transaction"])
    made = make()
    books.put("request", {"id": key, "at": books.at, "params": asked, "transaction": made["id"]})
    return made


def _refusal(code: str, message: str) -> Invalid:
    return Invalid("transaction", code, "api_request_key", message)
