"""Refusals in Stripe's own shape and words."""

from sandbox.state import Json

_DOC = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """A refusal that the API answers with.

    `is_kept` False: the request never began, so its idempotency key stays free. `is_deed`: what was done until the
    refusal stays done, like the failed charge of a declined card.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        is_kept: bool = True,
        is_deed: bool = False,
        **more: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_kept = is_kept
        self.is_deed = is_deed
        error: Json = {"message": message, "type": type, **more}
        if code is not None:
            error |= {"code": code, "doc_url": _DOC + code.replace("_", "-")}
        if param is not None:
            error["param"] = param
        self.body: Json = {"error": error}


def bad_parameter(message: str, param: str, code: str | None = None) -> StripeError:
    """Return the 400 for a parameter that cannot be understood; such a request never begins."""
    return StripeError(400, message, code=code, param=param, is_kept=False)


def missing(noun: str, id: str, param: str = "id") -> StripeError:
    """Return the 404 for an object that does not exist."""
    return StripeError(404, f"No such {noun}: '{id}'", code="resource_missing", param=param)


def required(param: str) -> StripeError:
    """Return the 400 for a parameter that must be given."""
    return bad_parameter(f"Missing required param: {param}.", param, "parameter_missing")
