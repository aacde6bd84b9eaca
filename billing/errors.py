"""The error tree. An error's type says whether trying again can help.

BillhouseError
 ├─ Terminal            trying again as it is cannot help
 │   ├─ ConfigError     billhouse.toml or a secret is wrong; says which key and how to mend it
 │   ├─ NotFound        no such object
 │   ├─ NotAllowed      policy says no, and why
 │   ├─ Refused         the gateway or helpdesk understood and said no
 │   │   └─ BadCredential  ... because it does not know our key
 │   └─ Forged          a webhook, link or token whose signature does not hold
 ├─ Transient           the same call may succeed later; may carry `retry_after` seconds
 └─ OutcomeUnknown      money may have moved: never re-send, ask what happened (actions.reconcile)
"""


class BillhouseError(Exception):
    """Root of all errors that Billhouse raises on purpose; its text is fit to be shown to a person."""


class Terminal(BillhouseError):
    """Trying the same thing again cannot help."""


class ConfigError(Terminal):
    """The configuration or a secret is missing or wrong; the text names the key and the remedy."""


class NotFound(Terminal):
    """The object asked for does not exist."""


class NotAllowed(Terminal):
    """Policy denies the act; the text says which rule."""


class Refused(Terminal):
    """The vendor understood the request and said no. `code` is the vendor's own word, when it has one."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class BadCredential(Refused):
    """The vendor does not accept our key, or the key lacks a permission."""


class Forged(Terminal):
    """A signature does not hold, or is too old."""


class Transient(BillhouseError):
    """A passing fault: rate limit, outage, broken connection. `retry_after` is in seconds, if known."""

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(BillhouseError):
    """The request left the house and no answer came back: money may or may not have moved."""
