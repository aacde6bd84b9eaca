"""Refusals in WordPress's and WooCommerce's own shapes and words."""

from typing import Any

from sandbox.state import Json


class WooError(Exception):
    """A refusal that the API answers with; `data` is usually an object, but a bare number for failed refunds.

    `is_deed`: what was done until the refusal stays done, like the number that a refused refund has used up.
    """

    def __init__(
        self, status: int, code: str, message: str, data: Any = None, *, is_deed: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_deed = is_deed
        self.body: Json = {
            "code": code,
            "message": message,
            "data": {"status": status} if data is None else data,
        }
        if code == "internal_server_error":
            self.body["additional_errors"] = []


_NOUNS = {
    "order": "shop_order", "refund": "order_refund", "subscription": "shop_order", "coupon": "shop_coupon",
    "product": "product", "webhook": "shop_webhook",
}  # fmt: skip


def invalid_id(kind: str) -> WooError:
    """Return the 404 for an object that does not exist."""
    if kind == "customer":
        return WooError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    if kind == "tax":
        return WooError(404, "woocommerce_rest_tax_invalid_id", "Invalid resource ID.")
    return WooError(404, f"woocommerce_rest_{_NOUNS[kind]}_invalid_id", "Invalid ID.")


def invalid_param(name: str, words: str, code: str = "rest_invalid_type") -> WooError:
    """Return the 400 for a parameter that WordPress will not take."""
    told = {
        "status": 400,
        "params": {name: words},
        "details": {name: {"code": code, "message": words, "data": None}},
    }
    return WooError(400, "rest_invalid_param", f"Invalid parameter(s): {name}", told)


def refund_refused(words: str) -> WooError:
    """Return the 500 with a bare number for `data`, which is how every refused refund looks."""
    return WooError(500, "woocommerce_rest_cannot_create_order_refund", words, 500, is_deed=True)


def crashed() -> WooError:
    """Return what WordPress answers when PHP dies of an exception that nobody catches."""
    words = "<p>There has been a critical error on this website.</p>"
    return WooError(500, "internal_server_error", words, {"status": 500})


def no_route() -> WooError:
    """Return the 404 for a path or method that is not there."""
    words = "No route was found matching the URL and request method."
    return WooError(404, "rest_no_route", words)
