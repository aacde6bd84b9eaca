"""The words for a payment method on a document -> the payment means of EN 16931 (UNTDID 4461)."""

import re
from dataclasses import dataclass

_CARDS = (
    "visa",
    "mastercard",
    "american express",
    "diners",
    "jcb",
    "unionpay",
    "discover",
    "maestro",
    "card",
)
_CARD, _DIRECT_DEBIT, _ONLINE, _AGREED = "48", "59", "68", "ZZZ"
_WALLETS = ("paypal", "venmo", "apple pay", "google pay", "link", "klarna", "amazon pay")


@dataclass(frozen=True)
class Means:
    """How money moved: `code` and words; `network` and `card_end` (its last digits) only of a card."""

    code: str
    words: str | None = None
    network: str | None = None
    card_end: str | None = None


def means(method: str | None, said: str | None = None) -> Means:
    """Classify "Visa ending in 4242", "SEPA Direct Debit" ...; what is not known is "as mutually agreed".

    `said` are the same words in the document's language, where that is not English.

    Credit transfer is never said: it needs the seller's account number (BR-61), which a gateway keeps to itself.
    """
    if not method:
        return Means(_AGREED)
    known, said = method.lower(), said or method
    if known.startswith(_CARDS):
        ending = re.search(r"ending in (\d{4})$", method)
        network = method.split(" ending in ")[0]
        return Means(_CARD, said, network, ending.group(1) if ending else None)
    if known.startswith("sepa direct debit"):
        return Means(_DIRECT_DEBIT, said)
    return Means(_ONLINE if known.startswith(_WALLETS) else _AGREED, said)
