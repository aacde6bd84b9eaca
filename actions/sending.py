"""The one place from which an act leaves the house."""

from datetime import timedelta

import stamina

from actions import outcomes
from actions.outcomes import Outcome
from actions.ports import GatewayActions
from actions.store import Request
from actions.wording import WORDS, say
from billing import clock
from billing.errors import Refused, Transient

SEND_WITHIN = timedelta(seconds=30)
"""An intent that is older is not sent any more: this process was asleep, and the reconciler may have ruled."""
_RETRY_SECONDS = 20.0
_LONGEST_PAUSE = 5


def send(gateway: GatewayActions, request: Request) -> Outcome:
    """Ask the gateway, outside of any transaction, and say what came of it. MONEY MAY MOVE.

    Only what the gateway says that it did not begin is sent again, within 20 seconds, under the same key.
    """
    name, thing = outcomes.title(request.target.gateway), say(WORDS[request.verb].thing, request.amount)
    if clock.now() - request.requested_at > SEND_WITHIN:
        return outcomes.failed(request, "Recording it took too long, so it was not sent.")
    handler = gateway.handlers[request.verb]
    try:
        for attempt in stamina.retry_context(
            on=_not_begun, attempts=3, timeout=_RETRY_SECONDS, wait_initial=0.3, wait_max=_LONGEST_PAUSE
        ):
            with attempt:
                effect = handler.send(request.order)
        return outcomes.of_effect(request, effect)
    except Transient as cause:
        return outcomes.failed(request, f"{name} is too busy to take {thing}.", error=str(cause))
    except Refused as cause:
        return outcomes.failed(
            request, f"{name} refused {thing} ({cause}).", error=str(cause), code=cause.code
        )
    except Exception as cause:  # noqa: BLE001 - whatever went wrong, the request may have left the house
        return outcomes.unknown(request, f"{type(cause).__name__}: {cause}")


def _not_begun(error: Exception) -> bool | timedelta:
    """Tell stamina to send again only what the gateway did not begin, and to wait as long as it asks for."""
    if not isinstance(error, Transient) or (error.retry_after or 0) > _LONGEST_PAUSE:
        return False
    return timedelta(seconds=error.retry_after) if error.retry_after else True
