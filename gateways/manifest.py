"""What Billhouse says about a payment gateway: its name, its API version and what can be done there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from billing.verbs import ObjectKind, Verb


@dataclass(frozen=True, slots=True)
class Cannot:
    """Why a gateway cannot do something, and what to do instead: two sentences that screens show."""

    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """One payment gateway. `name` is the name of its folder, pipeline, adapter and raw schema everywhere."""

    name: str
    title: str
    api_version: str
    has_webhooks: bool = False
    """Its `webhooks` module verifies what it posts."""
    verbs: Mapping[Verb, ObjectKind | Cannot] = field(default_factory=dict)
    """Every verb: the kind of object that it acts upon there, or why it cannot be done. A claimed one has its
    handler in `actions/adapters/<name>`; a gateway without any has no adapter."""
    dashboard: Mapping[str, str] = field(default_factory=dict)
    """Kind of object -> URL at the gateway, with the places {mode} (empty or "test/") and {id}."""

    @property
    def supported(self) -> frozenset[Verb]:
        """The verbs that can be done there."""
        return frozenset(verb for verb, can in self.verbs.items() if isinstance(can, ObjectKind))

    def dashboard_url(self, kind: str, object_id: str, *, is_live: bool = True) -> str | None:
        """Return where staff see an object at the gateway; None for a kind that has no page."""
        template = self.dashboard.get(kind)
        if template is None:
            return None
        return template.format(mode="" if is_live else "test/", id=object_id)


def on(kind: ObjectKind, verbs: Iterable[Verb]) -> dict[Verb, ObjectKind]:
    """Say that verbs act upon a kind of object."""
    return dict.fromkeys(verbs, kind)
