"""Recurly's refusals: {"error": {"type", "message", "params"}}."""

from sandbox.state import Json, Jsons


class RecurlyError(Exception):
    """An answer of 400 and above."""

    def __init__(self, status: int, type: str, message: str, params: Jsons | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"type": type, "message": message, "params": params or []}}


def not_found(noun: str, id: str) -> RecurlyError:
    """Return the refusal for an object that does not exist."""
    message = f"Couldn't find {noun.title().replace('_', '')} with id = {id}"
    return RecurlyError(404, "not_found", message, [{"param": f"{noun}_id"}])


def invalid(message: str, param: str) -> RecurlyError:
    """Return the refusal for a request that makes sense but is not allowed."""
    return RecurlyError(422, "validation", message, [{"param": param, "message": message}])


def bad_request(message: str, param: str) -> RecurlyError:
    """Return the refusal for a parameter that cannot be read."""
    return RecurlyError(400, "bad_request", message, [{"param": param, "message": message}])
