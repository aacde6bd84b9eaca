"""How the contract suite meets each gateway: `tests/actions/counters/<gateway>.py` has a class `Counter`.

A counter makes objects at the emulator through the vendor's own API (never through our adapters) and counts effects
there, so that the suite's judge is the vendor's ledger and not our store.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from actions.acts import Act
from billing.ids import GatewayRef
from billing.verbs import Verb
from tests.conftest import Sandbox


@dataclass(frozen=True)
class Case:
    """One verb on a new object on which it is possible.

    Attributes:
        target: the object.
        act: the act, with parameters that are right for it.
        count: how often the act has taken effect at the gateway, by the gateway's own word: 0 before, 1 after.
        path: the path (with `*`) of the request that carries it out, for faults; method: its HTTP method.
    """

    target: GatewayRef
    act: Act
    count: Callable[[], int]
    path: str
    method: str = "POST"
    is_findable: bool = True
    """False for a harmless thing that the vendor does not list (a link): one whose answer was lost stays lost."""


class Counter(Protocol):
    """What the suite needs of a gateway."""

    account: str

    def __init__(self, sandbox: Sandbox) -> None: ...

    def settings(self) -> Mapping[str, Any]:
        """Return the account's table for [[gateways.<name>]]."""
        ...

    def case(self, verb: Verb) -> Case:
        """Prepare a new object on which the verb is possible."""
        ...

    def refused(self, verb: Verb) -> Case | None:
        """Prepare an object on which the verb is not possible now; None where no state forbids it."""
        ...


def counter(gateway: str, sandbox: Sandbox) -> Counter:
    """Return a gateway's counter; a registered gateway without one fails here, by name."""
    return cast(Counter, import_module(f"tests.actions.counters.{gateway}").Counter(sandbox))
