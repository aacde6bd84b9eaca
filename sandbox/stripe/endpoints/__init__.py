"""The endpoints by what they act on; ROUTES joins them: (method, path, endpoint)."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe.endpoints import (
    customers,
    disputing,
    hosted,
    invoicing,
    paying,
    reading,
    refunding,
    subscriptions,
)

ROUTES: list[tuple[str, str, Callable[..., Json | bytes]]] = [
    *reading.ROUTES,
    *customers.ROUTES,
    *refunding.ROUTES,
    *paying.ROUTES,
    *subscriptions.ROUTES,
    *invoicing.ROUTES,
    *disputing.ROUTES,
    *hosted.ROUTES,
]
