"""The one merchant at Braintree: its keys, its merchant accounts (one per currency), its limits."""

VENDOR = "braintree"
ACCOUNT = "braintree_main"
MERCHANT_ID = "bt_sandbox_merchant"
PUBLIC_KEY = "bt_sandbox_public"
PRIVATE_KEY = "bt_sandbox_private"

MERCHANT_ACCOUNTS = {
    "lampa_eur": "EUR",
    "lampa_usd": "USD",
    "lampa_gbp": "GBP",
    "lampa_jpy": "JPY",
}
BY_CURRENCY = {currency: name for name, currency in MERCHANT_ACCOUNTS.items()}
DEFAULT = "lampa_eur"

PAGE_SIZE = 50
# The most ids that one search gives; the rest is left out without a word.
SEARCH_CAP = "braintree.search_cap"
"""A setting that lowers both caps below, so that a test need not make 50,000 transactions."""
TRANSACTION_CAP = 50_000
OTHER_CAP = 20_000

DECIMALS = {"JPY": 0}
"""How many decimals an amount has, where it is not two."""
