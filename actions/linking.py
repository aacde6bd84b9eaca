"""Who is who, said by an agent: the role's permission, both customers known, then the statement on the record.

No money moves and no gateway is written to. The published copy follows with the next cycle; until then screens lay
the statements over it (`billing.warehouse.people.lay_over`).
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from actions.permission import permitted
from billing.errors import NotFound
from billing.ids import GatewayRef
from billing.settings import Settings
from billing.settings_model import Permission
from billing.store import people
from billing.store.audit import Actor
from billing.store.engine import transaction
from billing.store.people import Statement
from billing.warehouse import customers
from billing.warehouse.reader import Reader

VERB: Permission = "link"
DENIED = "customer.link.denied"
Say = Callable[[Connection, GatewayRef, GatewayRef, str, Actor], Statement]


def link(
    engine: Engine, settings: Settings, reader: Reader, a: str, b: str, reason: str, actor: Actor
) -> Statement:
    """Say that two customers, named by their references, are one person.

    Raises:
        NotAllowed: the role may not, the reason is missing, or both are the same customer.
        NotFound: the published copy has no such customer.
    """
    return _say(people.link, engine, settings, reader, (a, b), reason, actor)


def unlink(
    engine: Engine, settings: Settings, reader: Reader, a: str, b: str, reason: str, actor: Actor
) -> Statement:
    """Say that customer `b` is somebody else than `a`; `b` leaves the person, whatever address they share.

    Raises:
        NotAllowed: the role may not, the reason is missing, or both are the same customer.
        NotFound: the published copy has no such customer.
    """
    return _say(people.unlink, engine, settings, reader, (a, b), reason, actor)


def undo(engine: Engine, settings: Settings, a: str, b: str, reason: str, actor: Actor) -> Statement:
    """Take back what was last said about two customers: whatever was so before it is so again.

    Raises:
        NotAllowed: the role may not, or the reason is missing.
        NotFound: nothing was said about the two, or it was taken back.
    """
    pair = (GatewayRef.parse(a.strip()), GatewayRef.parse(b.strip()))
    actor = permitted(engine, settings, VERB, DENIED, actor, str(pair[0]), reason)
    with transaction(engine) as connection:
        standing = people.standing(connection, *pair)
        if standing is None:
            raise NotFound(f"Nobody said anything about {pair[0]} and {pair[1]} that stands.")
        return people.undo(connection, standing.id, reason, actor)


def _say(
    say: Say,
    engine: Engine,
    settings: Settings,
    reader: Reader,
    pair: tuple[str, str],
    reason: str,
    actor: Actor,
) -> Statement:
    a, b = (GatewayRef.parse(text.strip()) for text in pair)
    actor = permitted(engine, settings, VERB, DENIED, actor, str(a), reason)
    for ref in (a, b):
        customers.customer(reader, str(ref))
    with transaction(engine) as connection:
        return say(connection, a, b, reason, actor)
