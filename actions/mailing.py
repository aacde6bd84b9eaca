"""What a customer is mailed, decided by an agent: which topics, again after a bounce, a document once more.

Each needs the role's permission "mail" and a reason, and stands in the audit log. Mails leave through the outbox.
"""

from collections.abc import Mapping

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Engine, select

from actions.permission import permitted
from billing.errors import ConfigError, NotAllowed, NotFound
from billing.ids import email_key
from billing.settings import Settings
from billing.settings_model import Permission
from billing.store import audit, mail_preferences, outbox, sent_mail
from billing.store.audit import Actor, Entry
from billing.store.clocktext import now_text
from billing.store.engine import transaction
from billing.store.mail_preferences import Topic
from billing.store.tables import documents

VERB: Permission = "mail"
ASKED = "document.resend.requested"


def prefer(
    engine: Engine, settings: Settings, email: str, wanted: Mapping[Topic, bool], reason: str, actor: Actor
) -> dict[Topic, bool]:
    """Set which topics an address is mailed on; return those that are different now.

    Raises:
        NotAllowed: the role may not, the reason is missing, or this is no address.
    """
    _check(email)
    denied = "mail.preferences.denied"
    actor = permitted(engine, settings, VERB, denied, actor, email_key(email), reason)
    with transaction(engine) as connection:
        return mail_preferences.change(connection, email, wanted, reason, actor)


def forgive(engine: Engine, settings: Settings, email: str, reason: str, actor: Actor) -> int:
    """Mail an address again whose mail came back; return how many reports that drops, 0 where there were none.

    Raises:
        NotAllowed: the role may not, the reason is missing, or this is no address.
    """
    _check(email)
    key = email_key(email)
    actor = permitted(engine, settings, VERB, "mail.bounces.forgive_denied", actor, key, reason)
    if not reason.strip():
        raise NotAllowed("Mailing an address again needs a reason. Nothing was changed.")
    with transaction(engine) as connection:
        dropped = sent_mail.forgive(connection, email)
        if dropped:
            data = {"reports": dropped}
            entry = Entry("mail.bounces.forgiven", actor, object_ref=key, reason=reason.strip(), data=data)
            audit.record(connection, entry)
    return dropped


def send_again(
    engine: Engine, settings: Settings, label: str, to: str | None, reason: str, actor: Actor, asking: str
) -> str:
    """Put one more mail of an issued document into the outbox and return the address that it goes to.

    Args:
        engine: the operational store.
        settings: roles, people and mail.
        label: the document's number, however it is capitalised.
        to: an address other than the document's; None for that one.
        reason: why, in words.
        actor: who asks.
        asking: names this asking; the same one a second time sends nothing more.

    Raises:
        NotFound: no document has this number.
        NotAllowed: the role may not, the reason is missing, it is held back, or `to` is no address.
        ConfigError: there is no mail server.
    """
    query = select(documents).where(documents.c.label.in_({label, label.upper()}))
    with transaction(engine) as connection:
        document = connection.execute(query).first()
    if document is None:
        raise NotFound(f"No document {label}. `billhouse documents list` shows what was issued.")
    actor = permitted(engine, settings, VERB, "document.resend.denied", actor, document.object_ref, reason)
    if not reason.strip():
        raise NotAllowed("Sending a document again needs a reason. Nothing was sent.")
    if document.problem:
        raise NotAllowed(f"{document.label} is held back and cannot be sent: {document.problem}")
    if settings.mail is None:
        raise ConfigError("There is no [mail] in billhouse.toml, so nothing can be sent.")
    address = to.strip() if to else document.email
    _check(address)
    letter = {"document_id": document.id, "label": document.label, "to": address, "asked_at": now_text()}
    with transaction(engine) as connection:
        if outbox.put(connection, outbox.DOCUMENT_AGAIN, asking, letter):
            is_other = email_key(address) != email_key(document.email)
            data = {"label": document.label, "to": address, "is_other_address": is_other}
            entry = Entry(ASKED, actor, asking, document.object_ref, reason=reason.strip(), data=data)
            audit.record(connection, entry)
    return address


def _check(email: str) -> None:
    try:
        validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError as cause:
        raise NotAllowed(f"{email.strip()!r} is no e-mail address. Nothing was changed.") from cause
