"""The paths of the emulated API and what answers them: (method, path, endpoint)."""

from sandbox.paypal import reporting
from sandbox.paypal.call import Endpoint
from sandbox.paypal.endpoints import billing, checkout, invoices, listing, quarrels

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/v1/reporting/transactions", reporting.search),
    ("GET", "/v1/reporting/balances", reporting.balances),
    *listing.ROUTES,
    *checkout.ROUTES,
    *billing.ROUTES,
    *invoices.ROUTES,
    *quarrels.ROUTES,
)
