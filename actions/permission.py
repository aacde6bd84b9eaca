"""Whether a person's role has a permission that moves no money; a refusal stands in the audit log."""

from dataclasses import replace

from sqlalchemy import Engine

from billing.errors import NotAllowed
from billing.ids import email_key
from billing.settings import Settings
from billing.settings_model import Permission
from billing.store import audit
from billing.store.audit import Actor, Entry
from billing.store.engine import transaction


def permitted(
    engine: Engine, settings: Settings, permission: Permission, kind: str, actor: Actor, ref: str, reason: str
) -> Actor:
    """Return the actor by their one name, with the role they have now.

    Args:
        engine: the operational store.
        settings: roles and people.
        permission: what the role must list.
        kind: the refusal's type in the audit log, as customer.link.denied.
        actor: who asks.
        ref: the object that it is about.
        reason: why they ask, for the record.

    Raises:
        NotAllowed: the role may not.
    """
    actor = replace(actor, name=email_key(actor.name), role=settings.role_of(actor.name))
    if actor.role is not None and permission in settings.roles[actor.role].may:
        return actor
    role = f"The role {actor.role} may not do this." if actor.role else f"{actor.name} has no role here."
    with transaction(engine) as connection:
        audit.record(
            connection, Entry(kind, actor, object_ref=ref, reason=reason, data={"rule": "role.may_not"})
        )
    raise NotAllowed(f"{role} Nothing was changed.")
