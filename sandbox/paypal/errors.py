"""PayPal's refusals: a name, a message and issues in detail."""

import secrets
from typing import Any

_MESSAGES = {
    "INVALID_REQUEST": "Request is not well-formed, syntactically incorrect, or violates schema.",
    "NOT_AUTHORIZED": "Authorization failed due to insufficient permissions.",
    "RESOURCE_NOT_FOUND": "The specified resource does not exist.",
    "UNPROCESSABLE_ENTITY": "The requested action could not be performed, semantically incorrect, or failed"
    " business validation.",
    "RATE_LIMIT_REACHED": "Too many requests. Blocked due to rate limiting.",
}


class PaypalError(Exception):
    """A refusal as PayPal words it; raised by endpoints."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("message") or body.get("error_description"))
        self.status = status
        self.body = body


def debug_id() -> str:
    """Return the id that PayPal's support asks for."""
    return secrets.token_hex(7)[:13]


def refused(
    status: int, issue: str, field: str = "", name: str = "UNPROCESSABLE_ENTITY", message: str | None = None
) -> PaypalError:
    """Make a refusal with one issue; `field` is a JSON pointer."""
    detail = {"issue": issue, "description": issue.replace("_", " ").capitalize() + "."}
    if field:
        detail |= {"field": field, "location": "body" if field.startswith("/") else "query"}
    return PaypalError(
        status,
        {
            "name": name,
            "message": message or _MESSAGES[name],
            "debug_id": debug_id(),
            "details": [detail],
            "links": [],
        },
    )


def missing() -> PaypalError:
    """Make the refusal of an object that does not exist."""
    return refused(404, "INVALID_RESOURCE_ID", name="RESOURCE_NOT_FOUND")


def bad_token(why: str) -> PaypalError:
    """Make the refusal of a token that is unknown or has expired."""
    return PaypalError(401, {"error": "invalid_token", "error_description": why})
