"""A gateway's own word for a state -> Billhouse's, by gateway_status_map.csv (SQL reads the same)."""

from functools import cache

from billing.errors import Terminal
from gateways import seeds


class UnmappedStatus(Terminal):
    """A gateway sent a state that gateway_status_map.csv does not list."""


def status(gateway: str, entity: str, raw_status: str) -> str:
    """Translate a state, such as "stripe", "refund", "requires_action" -> "pending".

    `entity` is singular (charge, refund, subscription, invoice, dispute ...), as in the seed.

    Raises:
        UnmappedStatus: the seed has no such row; the text says which row is missing.
    """
    try:
        return _table()[gateway, entity, raw_status]
    except KeyError:
        raise UnmappedStatus(
            f"{gateway} calls a {entity} {raw_status!r}, which gateway_status_map.csv lacks. Add the row."
        ) from None


@cache
def _table() -> dict[tuple[str, str, str], str]:
    return {
        (row["gateway"], row["entity"], row["raw_status"]): row["status"]
        for row in seeds.rows("gateway_status_map")
    }
