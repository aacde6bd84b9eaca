"""Every helpdesk that Billhouse knows, one line each."""

from collections.abc import Callable, Mapping

from billing.settings import Settings
from helpdesk_sync.helpdesks import freshdesk, front, helpscout, intercom, zendesk
from helpdesk_sync.ports import Helpdesk

HELPDESKS: Mapping[str, Callable[[Settings], list[Helpdesk]]] = {
    "zendesk": zendesk.accounts,
    "freshdesk": freshdesk.accounts,
    "helpscout": helpscout.accounts,
    "intercom": intercom.accounts,
    "front": front.accounts,
}


def helpdesks(settings: Settings) -> list[Helpdesk]:
    """Open every account of every helpdesk in billhouse.toml."""
    return [helpdesk for accounts in HELPDESKS.values() for helpdesk in accounts(settings)]
