"""Braintree's API for one account: the official SDK builds each request, the answer is kept as Braintree wrote it.

The SDK's objects would reshape what was sent (names, Decimals, lost fields); so its searches' criteria, its request
bodies and its credentials are used, and the XML itself becomes JSON by `xmljson`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import braintree
from braintree.configuration import Configuration
from braintree.exceptions.not_found_error import NotFoundError
from braintree.util.validation import is_invalid_path_segment

from billing.errors import BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from billing.settings_model import BraintreeAccount
from gateways.braintree.wire import Place, Wire
from gateways.braintree.xmljson import Json, document, members

PAGE_SIZE = 50  # the most objects that the second step of a search gives

# Kind -> (its paths' plural, the SDK's class of search terms).
_SEARCHED = {
    "transaction": ("transactions", braintree.TransactionSearch),
    "customer": ("customers", braintree.CustomerSearch),
    "subscription": ("subscriptions", braintree.SubscriptionSearch),
}
_FOUND = {kind: plural for kind, (plural, _) in _SEARCHED.items()} | {"dispute": "disputes", "plan": "plans"}


class BraintreeApi:
    """One Braintree merchant; safe to share between threads. `patience`: seconds that one read may take in all."""

    def __init__(self, account: BraintreeAccount, *, patience: float = 120.0) -> None:
        self.account = account.account
        self.title = account.title
        self._config = Configuration(
            environment=Place(account.base_url),
            merchant_id=account.merchant_id,
            public_key=account.public_key,
            private_key=account.private_key.get_secret_value(),
            http_strategy=lambda config, place: Wire(config, place, account, patience),
        )
        self._merchant_id = account.merchant_id
        self._wire: Wire = self._config.http_strategy()
        self.gateway = braintree.BraintreeGateway(self._config)
        """The SDK itself, over the same wire."""

    def search_ids(self, kind: str, *terms: Any) -> list[str]:
        """Return the ids of all objects that meet the SDK's search terms: at most Braintree's cap, in no order.

        Raises:
            BadCredential: the keys are unknown to Braintree or lack the permission.
            Refused: Braintree says the search is wrong.
            Transient: it could not be read, even after several attempts; "search timeout" included.
        """
        plural, _ = _SEARCHED[kind]
        found = self._post(f"/{plural}/advanced_search_ids", {"search": _criteria(terms)}, "search-results")
        ids: list[str] = found["ids"]
        return ids

    def search(self, kind: str, ids: Sequence[str]) -> list[Json]:
        """Return the objects of up to `PAGE_SIZE` ids; one that is gone is left out.

        Nothing but the ids is asked for: an object that has left the first step's criteria meanwhile is not lost.

        Raises:
            BillhouseError: see `search_ids`.
        """
        plural, terms = _SEARCHED[kind]
        criteria = {"search": {"ids": terms.ids.in_list(list(ids)).to_param()}}
        root = "credit_card_transactions" if kind == "transaction" else plural
        self._post(f"/{plural}/advanced_search", criteria, root.replace("_", "-"))
        return members(self._wire.heard, kind)

    def disputes(self, *terms: Any) -> Iterator[list[Json]]:
        """Yield pages of disputes that meet the SDK's search terms.

        Raises:
            BillhouseError: see `search_ids`.
        """
        body = {"search": _criteria(terms)}
        page, more = 0, True
        while more:
            page += 1
            answer = self._post(f"/disputes/advanced_search?page={page}", body, "disputes")
            more = page * answer["page-size"] < answer["total-items"]
            yield members(self._wire.heard, "dispute")

    def find(self, kind: str, object_id: str) -> Json:
        """Return one object by its id.

        Raises:
            NotFound: there is no such object.
            BillhouseError: see `search_ids`.
        """
        if is_invalid_path_segment(object_id):
            raise NotFound(f"{object_id!r} is no id of Braintree's.")
        found: Json = self._get(f"/{_FOUND[kind]}/{object_id}", kind)
        return found

    def every(self, plural: str) -> list[Json]:
        """Return all plans, discounts or add_ons: lists that Braintree gives whole.

        Raises:
            BillhouseError: see `search_ids`.
        """
        found: list[Json] = self._get(f"/{plural}/", plural.replace("_", "-"))
        return found

    def merchant_accounts(self) -> list[Json]:
        """Return all merchant accounts, each with its currency.

        Raises:
            BillhouseError: see `search_ids`.
        """
        found: list[Json] = []
        page, more = 0, True
        while more:
            page += 1
            answer = self._get(f"/merchant_accounts/?page={page}", "merchant-accounts")
            more = page * answer["page-size"] < answer["total-items"]
            found += members(self._wire.heard, "merchant-account")
        return found

    def settlement_batch_summary(self, day: date) -> Json:
        """Return what settled on a day, by card type, kind and merchant account.

        Raises:
            BillhouseError: see `search_ids`.
        """
        criteria = {"settlement_batch_summary": {"settlement_date": day.isoformat()}}
        found: Json = self._post("/settlement_batch_summary", criteria, "settlement-batch-summary")
        return found

    def write(self, call: Callable[[braintree.BraintreeGateway], Any], root: str = "") -> Json:
        """Carry out one request of the SDK that changes something, once. MONEY MAY MOVE.

        Args:
            call: makes the request with the SDK that it is given.
            root: what Braintree answers with ("transaction"); empty for what it answers with nothing.

        Returns:
            The contents of the answer as Braintree wrote it. A transaction that was made but declined is one too:
            its status says so.

        Raises:
            Refused: Braintree said no, and nothing was made; `code` is its validation error's, or the status.
            BadCredential: the keys are unknown to Braintree or lack the permission.
            Transient: Braintree did not begin (429, or there was no connection).
            OutcomeUnknown: the request left the house without a clear answer.
        """
        self._wire.forget()
        try:
            call(self.gateway)
        except NotFound as cause:
            raise Refused(str(cause), "404") from None
        except NotFoundError as cause:  # the SDK's own, of an id that it does not send
            raise Refused(f"Braintree account {self.account}: {cause}.", "404") from None
        except BillhouseError:
            raise
        except Exception as cause:  # noqa: BLE001 - the SDK could not read it, but it may have been carried out
            raise OutcomeUnknown(
                f"Braintree account {self.account}: the answer is not understood ({type(cause).__name__})."
            ) from None
        return self._written(root)

    def _written(self, root: str) -> Json:
        text = self._wire.heard
        if not text.strip():
            if root:
                raise OutcomeUnknown(f"Braintree account {self.account}: the answer is empty.")
            return {}
        name, contents = document(text)
        if name == "api-error-response":
            codes = [error["code"] for error in validation_errors(contents.get("errors"))]
            made = contents.get("transaction")
            if made and not codes and root == "transaction":
                return dict(made)
            code = codes[0] if codes else (made or {}).get("processor-response-code") or "422"
            raise Refused(
                f"Braintree: {str(contents.get('message') or 'refused').rstrip('.')} ({code}).", code
            )
        if root and name != root:
            raise OutcomeUnknown(f"Braintree account {self.account} answered {name}, not {root}.")
        return dict(contents) if isinstance(contents, dict) else {}

    def check(self) -> str:
        """Try the keys and say in words what they open.

        Raises:
            BillhouseError: the keys do not work or Braintree cannot be reached; the text says which.
        """
        found = self.merchant_accounts()
        currencies = ", ".join(sorted({str(one["currency-iso-code"]) for one in found})) or "no currency"
        return (
            f"Braintree account {self.account}: the keys open merchant {self._merchant_id} with"
            f" {len(found)} merchant accounts ({currencies})."
        )

    def close(self) -> None:
        """Close the connections."""
        self._config.close()

    def _get(self, path: str, root: str) -> Any:
        self._config.http().get(self._config.base_merchant_path() + path)
        return self._contents(root)

    def _post(self, path: str, body: Json, root: str) -> Any:
        self._config.http().post(self._config.base_merchant_path() + path, body)
        return self._contents(root)

    def _contents(self, root: str) -> Any:
        """Return what the last answer holds, which must be what was asked for."""
        name, contents = document(self._wire.heard)
        if name == "api-error-response":
            raise Refused(f"Braintree account {self.account}: {contents.get('message') or 'refused'}", "422")
        if name != root:
            # A search that took too long answers without its results.
            raise Transient(f"Braintree account {self.account} answered {name} where {root} was asked for.")
        return contents


def validation_errors(errors: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the errors of a refusal, wherever they are nested: each has code, attribute and message."""
    if isinstance(errors, list):
        for one in errors:
            yield from validation_errors(one)
    elif isinstance(errors, dict):
        if "code" in errors:
            yield errors
        else:
            yield from validation_errors(list(errors.values()))


def connect(account: BraintreeAccount) -> BraintreeApi:
    """Return the client of one account; nothing is sent yet."""
    return BraintreeApi(account)


def _criteria(terms: Sequence[Any]) -> Json:
    """Join the SDK's terms as its own gateways do: two about one field become one with both bounds."""
    found: Json = {}
    for term in terms:
        param = term.to_param()
        found[term.name] = {**found[term.name], **param} if term.name in found else param
    return found
