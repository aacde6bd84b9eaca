"""Letters of the outbox -> the mail server, one by one: each one's outcome is stored before the next is sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import EmailMessage

from sqlalchemy import Connection, Engine

from billing.errors import BillhouseError, Refused
from billing.ids import email_key
from billing.settings_model import Mail
from billing.store import audit, mail_preferences, outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from billing.store.outbox import Parcel
from billing.store.sent_mail import Sent
from invoices import mail
from invoices.einvoice import NotValid
from invoices.issue import ACTOR


@dataclass(slots=True)
class Delivery:
    """Letters sent, failed (now or for good) and not wanted, and what is wrong with the server, if anything is."""

    sent: int = 0
    failed: int = 0
    unwanted: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One letter on its way. `write` makes the mail, or raises why it must not leave.

    `about` names it in the audit log ("document", "notice"); `is_due_anyway` ignores that its address is gone.
    """

    parcel: Parcel
    about: str
    to: str
    object_ref: str
    label: str | None
    topic: Topic | None
    write: Callable[[], EmailMessage]
    is_due_anyway: bool = False


def carry(engine: Engine, settings: Mail, posts: Iterable[Post], report: Delivery) -> None:
    """Send letters over one line until it breaks; what was not sent stays as it was, for the next line.

    Raises:
        ServerDown, ConfigError: nothing can be sent at the moment.
    """
    with mail.connect(settings) as server:
        for post in posts:
            if not _is_wanted(engine, post):
                report.unwanted += 1
                continue
            message: EmailMessage | None = None
            try:
                _refuse_gone(engine, post)
                message = post.write()
                mail.send(server, settings, message, post.label or post.parcel.key)
            except mail.ServerDown:
                raise
            except BillhouseError as cause:
                _failed(engine, post, message, cause)
                report.failed += 1
                if isinstance(cause, mail.LineLost):
                    return  # the next batch gets a new line, on which this letter is not the first
            else:
                _sent(engine, post, message)
                report.sent += 1


def _is_wanted(engine: Engine, post: Post) -> bool:
    """Say whether the customer wants this mail; one who does not is never asked again for it."""
    with transaction(engine) as connection:
        if post.topic is None or mail_preferences.wants(connection, post.to, post.topic):
            return True
        outbox.withdraw(connection, post.parcel)
        audit.record(connection, _entry(post, "not_mailed", f"They want no {post.topic} by mail."))
    return False


def _refuse_gone(engine: Engine, post: Post) -> None:
    """Keep a letter from an address that bounced.

    Raises:
        Refused: it did, and this letter is none that must be tried.
    """
    if post.is_due_anyway:
        return
    with transaction(engine) as connection:
        bounce = sent_mail.gone(connection, post.to)
    if bounce:
        raise Refused(
            f"{post.to} takes no mail since {bounce.happened_at[:10]} ({bounce.status} {bounce.reason}). "
            "Correct the customer's address at the gateway."
        )


def _sent(engine: Engine, post: Post, message: EmailMessage) -> None:
    with transaction(engine) as connection:
        outbox.done(connection, post.parcel)
        _remember(connection, post, message)
        audit.record(connection, _entry(post, "mailed"))


def _failed(engine: Engine, post: Post, message: EmailMessage | None, cause: BillhouseError) -> None:
    final = isinstance(cause, (Refused, NotValid))
    with transaction(engine) as connection:
        outbox.failed(connection, post.parcel, str(cause), final=final)
        if message is not None and isinstance(cause, mail.LineLost):
            _remember(connection, post, message)  # it may have arrived, and bounce
        if message is not None and isinstance(cause, mail.NoMailbox):
            code, identity = cause.code or "550", str(message["Message-ID"])
            sent_mail.bounced(connection, identity, post.to, post.label, code, str(cause))
        if final:
            audit.record(connection, _entry(post, "mail_failed", str(cause)))


def _remember(connection: Connection, post: Post, message: EmailMessage) -> None:
    identity = str(message["Message-ID"])
    sent_mail.note(
        connection, Sent(identity, post.parcel.topic, post.object_ref, post.label, email_key(post.to))
    )


def _entry(post: Post, what: str, reason: str | None = None) -> audit.Entry:
    return audit.Entry(
        type=f"{post.about}.{what}",
        actor=ACTOR,
        object_ref=post.object_ref,
        reason=reason,
        data={"label": post.label or post.parcel.key, "to": post.to},
    )
