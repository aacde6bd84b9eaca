"""Every helpdesk that Billhouse knows, one line each."""

from collections.abc import Callable, Mapping

from billing.errors import NotFound
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


def helpdesk(settings: Settings, name: str) -> Helpdesk:
    """Open one account alone, by its name in the store, as "zendesk:zendesk".

    Raises:
        NotFound: billhouse.toml names no such account.
    """
    accounts = HELPDESKS.get(name.partition(":")[0])
    opened = accounts(settings) if accounts else []
    for other in opened:
        if other.name != name:
            other.close()
    found = next((one for one in opened if one.name == name), None)
    if found is None:
        raise NotFound(f"There is no account {name} in billhouse.toml.")
    return found
