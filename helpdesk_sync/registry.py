"""Every helpdesk that Billhouse knows, one line each."""

from collections.abc import Callable, Mapping

from billing.settings import Settings
from helpdesk_sync.helpdesks import zendesk
from helpdesk_sync.ports import Helpdesk

HELPDESKS: Mapping[str, Callable[[Settings], list[Helpdesk]]] = {
    "zendesk": zendesk.accounts,
}


def helpdesks(settings: Settings) -> list[Helpdesk]:
    """Open every account of every helpdesk in billhouse.toml."""
    return [helpdesk for accounts in HELPDESKS.values() for helpdesk in accounts(settings)]
