"""Braintree's refusals: a bare status, or 422 with nested validation errors."""

from sandbox.braintree import xml
from sandbox.state import Json


class BraintreeError(Exception):
    """A refusal with its HTTP status and body, XML or empty."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body


class Invalid(BraintreeError):
    """422: one validation error of one object, with the request's parameters."""

    def __init__(
        self, kind: str, code: str, attribute: str, message: str, params: Json | None = None
    ) -> None:
        error = (
            f"<code>{code}</code><attribute type='symbol'>{attribute}</attribute><message>{message}</message>"
        )
        errors = f"<{kind}><errors type='array'><error>{error}</error></errors></{kind}>"
        super().__init__(422, _answer(f"<errors type='array'/>{errors}", message, params))


class NotDone(BraintreeError):
    """422 for a transaction that was made but declined or rejected: the transaction comes with the answer."""

    def __init__(self, transaction: Json, message: str, params: Json | None = None) -> None:
        made = xml.element("transaction", transaction)
        super().__init__(422, _answer("<errors type='array'/>", message, params, made))


def not_found() -> BraintreeError:
    """Return the refusal of a path or an id that is not there."""
    return BraintreeError(404)


def _answer(errors: str, message: str, params: Json | None, more: str = "") -> bytes:
    inner = (
        f"<errors>{errors}</errors>{xml.element('params', params or {})}<message>{message}</message>{more}"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<api-error-response>{inner}</api-error-response>'.encode()
    )
