"""What Billhouse says about a payment gateway: its name, its API version and what can be done there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Capability(StrEnum):
    """Something a gateway can do; a claimed one has its method in `actions/adapters/<gateway>.py`."""

    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class Gateway:
    """One payment gateway. `name` is the name of its folder, pipeline, adapter and raw schema everywhere."""

    name: str
    title: str
    api_version: str
    capabilities: frozenset[Capability]
    dashboard: Mapping[str, str] = field(default_factory=dict)
    """Kind of object -> URL at the gateway, with the places {mode} (empty or "test/") and {id}."""

    def can(self, capability: Capability) -> bool:
        """Say whether the gateway has a capability."""
        return capability in self.capabilities

    def dashboard_url(self, kind: str, object_id: str, *, is_live: bool = True) -> str | None:
        """Return where staff see an object at the gateway; None for a kind that has no page."""
        template = self.dashboard.get(kind)
        if template is None:
            return None
        return template.format(mode="" if is_live else "test/", id=object_id)
