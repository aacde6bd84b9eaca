"""What a verified webhook tells: something happened to an object. Its state is read from the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A verified webhook. Its body is a hint, never the truth, so only the object's name is taken from it."""

    event_id: str
    type: str
    object_kind: str
    object_id: str
    account: str | None
    """The gateway's own account id, if the event names one (Stripe Connect); ours is known by the URL."""
