"""What the merchant has set up at Braintree: its merchant accounts, each with one currency, and its plans."""

from billing.errors import NotFound, Refused
from gateways.braintree.api import BraintreeApi
from gateways.braintree.xmljson import Json


class Shop:
    """The set-up of one merchant; merchant accounts are read once, for they hardly ever change."""

    def __init__(self, api: BraintreeApi) -> None:
        self._api = api
        self._accounts: list[Json] = []

    def currency_of(self, merchant_account: str) -> str:
        """Return a merchant account's currency.

        Raises:
            NotFound: there is no such merchant account.
            BillhouseError: they could not be read.
        """
        for again in (False, True):
            for one in self._known(again=again):
                if one["id"] == merchant_account:
                    return str(one["currency-iso-code"])
        raise NotFound(f"Braintree lists no merchant account {merchant_account!r}.")

    def account_for(self, currency: str) -> str:
        """Return the merchant account that sells in a currency: the default one if it does, else the first.

        Raises:
            Refused: there is none.
            BillhouseError: they could not be read.
        """
        fit = [
            one
            for one in self._known()
            if one["currency-iso-code"] == currency
            and one.get("status", "active") == "active"
            and not one.get("sub-merchant-account")
        ]
        if not fit:
            raise Refused(f"This Braintree account has no merchant account for {currency}.", "no_currency")
        return str(next((one for one in fit if one.get("default")), fit[0])["id"])

    def plan(self, plan_id: str) -> Json:
        """Return a plan.

        Raises:
            Refused: there is none of this id.
            BillhouseError: it could not be read.
        """
        try:
            return self._api.find("plan", plan_id)
        except NotFound:
            raise Refused(f"Braintree has no plan {plan_id!r}.", "404") from None

    def _known(self, *, again: bool = False) -> list[Json]:
        if again or not self._accounts:
            self._accounts = self._api.merchant_accounts()
        return self._accounts
