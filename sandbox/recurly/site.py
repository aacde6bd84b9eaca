"""The company's one Recurly site: its key, its secret, and what GET /sites tells of it."""

from sandbox.state import Json

VENDOR = "recurly"
ACCOUNT = "recurly_main"
API_KEY = "recurly_sandbox_key"
WEBHOOK_SECRET = "recurly_hook_secret"
API_VERSION = "v2021-02-25"
SITE_ID = "lampasite0001"
CURRENCIES = ("EUR", "GBP", "USD")


def described() -> Json:
    """Return the site as the API shows it."""
    return {
        "id": SITE_ID,
        "object": "site",
        "subdomain": "lampa-sandbox",
        "public_api_key": "ewr1-lampa",
        "mode": "sandbox",
        "address": {"street1": "Oranienstr. 25", "city": "Berlin", "postal_code": "10999", "country": "DE"},
        "settings": {
            "billing_address_requirement": "none",
            "accepted_currencies": list(CURRENCIES),
            "default_currency": "EUR",
        },
        "features": ["credit_memos", "manual_invoicing"],
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
        "deleted_at": None,
    }
