"""A process that refunds a charge and stops at a given step, saying so on stdout, until it is killed there.

Arguments: step, store URL, sandbox URL, charge id, action id. The steps are patched in here, in this process only.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from actions import acts, outcomes, service, store
from actions.adapters.stripe.charges import Charges
from actions.commands import Command
from actions.wiring import desk
from billing.ids import GatewayRef
from billing.money import Money
from billing.settings_model import Settings
from billing.store import open_store
from billing.store.audit import Actor
from billing.vocabulary import Channel

STEPS: dict[str, tuple[object, str, bool]] = {
    # step: where, which function, and whether it is carried out before the process stops
    "intent_not_committed": (store, "add", True),
    "before_the_call": (Charges, "_refund", False),
    "after_the_call": (Charges, "_refund", True),
    "outcome_not_committed": (outcomes, "_put_on_record", True),
    "after_the_outcome": (service.outcomes, "result_of", False),
}


def stop() -> None:
    """Say that the step is reached and wait for the end."""
    print("here", flush=True)
    time.sleep(120)


def stopping(function: Callable[..., Any], is_carried_out: bool) -> Callable[..., Any]:
    def stopped(*args: Any, **more: Any) -> Any:
        if is_carried_out:
            function(*args, **more)
        stop()

    return stopped


def main(step: str, store_url: str, settings: str, charge: str, action_id: str) -> None:
    if step in STEPS:
        place, name, is_carried_out = STEPS[step]
        setattr(place, name, stopping(getattr(place, name), is_carried_out))
    staff = Settings.model_validate(json.loads(settings))
    asked = Command(
        action_id,
        GatewayRef("stripe", "stripe_eu", charge),
        acts.Refund(amount=Money(2000, "EUR")),
        "requested_by_customer",
    )
    service.perform(
        desk(staff, open_store(store_url)), asked, Actor("ana@lampa.example", None, Channel.DASHBOARD)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
