"""What each customer wants to be mailed: everything, until they say otherwise. Documents can be fetched anyway."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from billing.errors import NotAllowed
from billing.ids import email_key
from billing.store import audit
from billing.store.audit import Actor, Entry
from billing.store.clocktext import now_text
from billing.store.tables import mail_preferences

CHANGED = "mail.preferences.changed"


class Topic(StrEnum):
    """What a mail is about, as a customer would choose it."""

    RECEIPTS = "receipts"
    REFUNDS = "refunds"
    REMINDERS = "reminders"
    NOTICES = "notices"


def change(
    connection: Connection, email: str, wanted: Mapping[Topic, bool], reason: str, actor: Actor
) -> dict[Topic, bool]:
    """Set what an address wants, for its owner, and put on the record what that changes.

    Args:
        connection: of the store; entry and preferences share its transaction.
        email: the address.
        wanted: topic -> whether mail on it is wanted; topics that are not named stay as they are.
        reason: why, in words.
        actor: who sets them.

    Returns:
        The topics that are different now. When none is, nothing is written.

    Raises:
        NotAllowed: the reason is missing.
    """
    if not reason.strip():
        raise NotAllowed("What somebody is mailed needs a reason. Nothing was changed.")
    before = of(connection, email)
    changed = {topic: is_wanted for topic, is_wanted in wanted.items() if before[topic] is not is_wanted}
    for topic, is_wanted in changed.items():
        prefer(connection, email, topic, is_wanted=is_wanted)
    if changed:
        data = {"is_wanted": {topic.value: is_wanted for topic, is_wanted in changed.items()}}
        key = email_key(email)
        audit.record(connection, Entry(CHANGED, actor, object_ref=key, reason=reason.strip(), data=data))
    return changed


def prefer(connection: Connection, email: str, topic: Topic, *, is_wanted: bool) -> None:
    """Note whether an address wants mail on a topic; the last word holds."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    said = {"is_wanted": int(is_wanted), "changed_at": now_text()}
    statement = insert(mail_preferences).values(email_key=email_key(email), topic=topic.value, **said)
    connection.execute(statement.on_conflict_do_update(index_elements=["email_key", "topic"], set_=said))


def wants(connection: Connection, email: str, topic: Topic) -> bool:
    """Say whether an address may be mailed on a topic."""
    query = select(mail_preferences.c.is_wanted).where(
        mail_preferences.c.email_key == email_key(email), mail_preferences.c.topic == topic.value
    )
    return connection.execute(query).scalar_one_or_none() != 0


def of(connection: Connection, email: str) -> dict[Topic, bool]:
    """Return every topic with whether this address wants it."""
    return {topic: wants(connection, email, topic) for topic in Topic}
