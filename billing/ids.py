"""Names of things: an object at a gateway, an action, an e-mail address as a key."""

import unicodedata
import uuid
from dataclasses import dataclass

from billing.errors import Terminal


@dataclass(frozen=True, slots=True)
class GatewayRef:
    """One object at one account of one gateway; its text form is the `<thing>_ref` of the marts."""

    gateway: str
    account: str
    id: str

    def __str__(self) -> str:
        return f"{self.gateway}:{self.account}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "GatewayRef":
        """Read "stripe:stripe_eu:ch_1".

        Raises:
            Terminal: the text does not have three parts.
        """
        gateway, _, rest = text.partition(":")
        account, _, object_id = rest.partition(":")
        if not (gateway and account and object_id):
            raise Terminal(f"{text!r} is not a reference. It has three parts: gateway:account:id.")
        return cls(gateway, account, object_id)


def new_action_id() -> str:
    """Return a new id for an action. It is made when the form opens, so a second click is the same action."""
    return uuid.uuid4().hex


def email_key(address: str) -> str:
    """Fold an e-mail address for comparison: Unicode NFKC, case, outer blanks. Plus-addresses stay apart.

    NFKC folds full-width and ligature look-alikes; letters of other scripts (a Cyrillic "a") stay different,
    so that a look-alike address never finds somebody else's bills.
    """
    return unicodedata.normalize("NFKC", address).strip().casefold()
