"""The gateway's objects as it sends them: element names with hyphens, amounts as texts in major units."""

from decimal import Decimal

from sandbox.braintree.books import money
from sandbox.state import Json, Jsons

CARD: Json = {"card-type": "Visa", "bin": "411111", "last-4": "1111"}
_ADDRESS = (
    "id", "first-name", "last-name", "company", "street-address", "extended-address", "locality", "region",
    "postal-code", "country-name", "country-code-alpha2", "country-code-alpha3", "country-code-numeric",
)  # fmt: skip


def address(known: Json | None = None) -> Json:
    """Return an address; what is not known is nil."""
    return {name: (known or {}).get(name) for name in _ADDRESS}


def card(token: str | None, choice: Json | None = None, holder: str = "") -> Json:
    """Return a card; `choice` has card-type, bin, last-4 and, privately, _declines (a processor's code)."""
    chosen = {**CARD, **(choice or {})}
    return {
        "token": token,
        **({} if token is None else {"default": True}),
        **chosen,
        "expiration-month": "12",
        "expiration-year": "2029",
        "customer-location": "International",
        "cardholder-name": holder,
        "prepaid": "No",
        "debit": "Unknown",
        "commercial": "Unknown",
        "country-of-issuance": "Unknown",
        "issuing-bank": "Unknown",
        "image-url": "https://assets.braintreegateway.com/payment_method_logo/visa.png?environment=sandbox",
        "venmo-sdk": False,
    }


def customer(id: str, at: str, **known: str | None) -> Json:
    """Return a customer with neither addresses nor cards."""
    return {
        "id": id,
        "merchant-id": "bt_sandbox_merchant",
        "first-name": known.get("first_name"),
        "last-name": known.get("last_name"),
        "company": known.get("company"),
        "email": known.get("email"),
        "phone": known.get("phone"),
        "fax": None,
        "website": None,
        "created-at": at,
        "updated-at": at,
        "custom-fields": {"vat_number": known["vat_number"]} if known.get("vat_number") else "",
        "credit-cards": [],
        "addresses": [],
        "global-id": f"customer_{id}",
    }


def buyer(known: Json | None, email: str | None, name: tuple[str, str]) -> Json:
    """Return who paid, as a transaction keeps it: a customer's copy, or a guest without an id."""
    if known is None:
        first, last = name
        return {"id": None, "first-name": first, "last-name": last, "company": None, "email": email,
                "website": None, "phone": None, "fax": None}  # fmt: skip
    names = ("id", "first-name", "last-name", "company", "email", "website", "phone", "fax")
    return {name: known[name] for name in names}


def transaction(
    id: str, at: str, *, type: str, amount: Decimal, currency: str, merchant_account: str
) -> Json:
    """Return a transaction of which nothing but its amount (major units) is known yet."""
    return {
        "id": id,
        "status": "authorizing",
        "type": type,
        "currency-iso-code": currency,
        "amount": money(amount, currency),
        "merchant-account-id": merchant_account,
        "sub-merchant-account-id": None,
        "master-merchant-account-id": None,
        "order-id": None,
        "created-at": at,
        "updated-at": at,
        "customer": {},
        "billing": address(),
        "refund-id": None,
        "refund-ids": [],
        "refunded-transaction-id": None,
        "partial-settlement-transaction-ids": [],
        "authorized-transaction-id": None,
        "settlement-batch-id": None,
        "shipping": address(),
        "custom-fields": "",
        "cvv-response-code": "M",
        "gateway-rejection-reason": None,
        "processor-authorization-code": None,
        "processor-response-code": "",
        "processor-response-text": "",
        "processor-response-type": None,
        "additional-processor-response": None,
        "purchase-order-number": None,
        "tax-amount": None,
        "tax-exempt": False,
        "discount-amount": None,
        "shipping-amount": None,
        "credit-card": {},
        "status-history": [],
        "plan-id": None,
        "subscription-id": None,
        "subscription": {"billing-period-end-date": None, "billing-period-start-date": None},
        "add-ons": [],
        "discounts": [],
        "descriptor": {"name": None, "phone": None, "url": None},
        "recurring": False,
        "channel": None,
        "disbursement-details": {
            "disbursement-date": None,
            "settlement-amount": None,
            "settlement-currency-iso-code": None,
            "settlement-currency-exchange-rate": None,
            "funds-held": None,
            "success": None,
        },
        "disputes": [],
        "authorization-adjustments": [],
        "payment-instrument-type": "credit_card",
        "processor-settlement-response-code": "",
        "processor-settlement-response-text": "",
        "network-transaction-id": None,
        "authorization-expires-at": None,
        "global-id": f"transaction_{id}",
        "graphql-id": f"transaction_{id}",
        "retried": False,
    }


def plan(id: str, name: str, price: str, currency: str, *, months: int, trial_days: int = 0) -> Json:
    """Return a plan, made at the shop's opening; a year is twelve months."""
    return {
        "id": id,
        "merchant-id": "bt_sandbox_merchant",
        "billing-day-of-month": None,
        "billing-frequency": months,
        "currency-iso-code": currency,
        "description": None,
        "name": name,
        "number-of-billing-cycles": None,
        "price": price,
        "trial-duration": trial_days or None,
        "trial-duration-unit": "day" if trial_days else None,
        "trial-period": bool(trial_days),
        "add-ons": [],
        "discounts": [],
    }


def modification(kind: str, id: str, name: str, amount: str) -> Json:
    """Return an add-on or a discount."""
    return {
        "id": id,
        "kind": kind,
        "merchant-id": "bt_sandbox_merchant",
        "name": name,
        "description": None,
        "amount": amount,
        "never-expires": True,
        "number-of-billing-cycles": None,
    }


def subscription(id: str, at: str, **known: object) -> Json:
    """Return a subscription; `known` has its plan's and its period's fields, underscores standing for hyphens."""
    found: Json = {
        "id": id,
        "plan-id": None,
        "payment-method-token": None,
        "merchant-account-id": None,
        "price": None,
        "status": "Pending",
        "balance": "0.00",
        "billing-day-of-month": None,
        "billing-period-start-date": None,
        "billing-period-end-date": None,
        "paid-through-date": None,
        "first-billing-date": None,
        "next-billing-date": None,
        "next-billing-period-amount": None,
        "number-of-billing-cycles": None,
        "never-expires": True,
        "current-billing-cycle": 0,
        "days-past-due": None,
        "failure-count": 0,
        "trial-period": False,
        "trial-duration": None,
        "trial-duration-unit": None,
        "created-at": at,
        "updated-at": at,
        "description": None,
        "descriptor": {"name": None, "phone": None, "url": None},
        "add-ons": [],
        "discounts": [],
        "transactions": [],
        "status-history": [],
    }
    return found | {name.replace("_", "-"): value for name, value in known.items()}


def dispute(id: str, at: str, sale: Json, *, amount: str, reason: str, received: str, reply_by: str) -> Json:
    """Return a chargeback that was just opened."""
    return {
        "id": id,
        "amount": amount,
        "amount-disputed": amount,
        "amount-won": "0.00",
        "case-number": f"CB{id[:8].upper()}",
        "created-at": at,
        "currency-iso-code": sale["currency-iso-code"],
        "forwarded-comments": None,
        "kind": "chargeback",
        "merchant-account-id": sale["merchant-account-id"],
        "original-dispute-id": None,
        "pre-dispute-program": "none",
        "processor-comments": None,
        "reason": reason,
        "reason-code": "83",
        "reason-description": None,
        "received-date": received,
        "reference-number": None,
        "reply-by-date": reply_by,
        "status": "open",
        "updated-at": at,
        "status-history": [],
        "evidence": [],
        "transaction": {
            "id": sale["id"],
            "amount": sale["amount"],
            "created-at": sale["created-at"],
            "order-id": sale["order-id"],
            "payment-instrument-subtype": sale["credit-card"].get("card-type"),
            "purchase-order-number": None,
        },
        "date-opened": received,
        "date-won": None,
        "global-id": f"dispute_{id}",
    }


def line_item(name: str, amount: str, tax: str | None = None) -> Json:
    """Return a line of a sale, of one piece."""
    return {"kind": "debit", "name": name, "description": None, "quantity": "1", "unit-amount": amount,
            "total-amount": amount, "unit-tax-amount": tax, "tax-amount": tax, "discount-amount": None,
            "product-code": None, "commodity-code": None, "unit-of-measure": None, "url": None}  # fmt: skip


def merchant_accounts(currencies: dict[str, str], default: str) -> Jsons:
    """Return the merchant accounts, one per currency."""
    return [
        {"id": name, "currency-iso-code": currency, "default": name == default, "status": "active",
         "sub-merchant-account": False}
        for name, currency in currencies.items()
    ]  # fmt: skip
