"""What is due -> notices in the outbox -> mail: reminders, ends of trials, renewals, cancellations. Moves no money.

A notice is put into the outbox once per kind, object, day and step, frozen as it will be mailed; what no longer
holds when it comes to be sent (it was paid, say) is taken out again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, time
from email.message import EmailMessage
from functools import partial
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from billing import clock
from billing.errors import ConfigError, Transient
from billing.settings import Settings
from billing.settings_model import Mail
from billing.store import audit, outbox, sent_mail, transaction
from billing.store.clocktext import now_text, to_text
from billing.store.mail_preferences import Topic
from billing.store.outbox import Parcel
from billing.store.turn import turn
from billing.warehouse.reader import Reader
from invoices import due, mail, notices_due, notices_wording, parties, postman
from invoices.deliver import BATCH, TURN
from invoices.issue import ACTOR
from invoices.mail import Letter
from invoices.notices_due import Due, NoticeKind
from invoices.postman import Delivery, Post

TOPIC = "notice.mail"
Progress = Callable[[str, int], None]


class Notice(BaseModel):
    """A notice as it is mailed. `happens_at` is when it was due, failed, ends, renews or was cancelled, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: NoticeKind
    step: int
    object_ref: str
    email: str
    customer: str | None
    what: str | None
    """The gateway's number of the invoice, or the plan's name."""
    amount_minor: int | None
    currency: str | None
    happens_at: str
    ends_at: str | None
    """Until when a cancelled subscription still runs."""
    url: str | None
    """Where it can be paid; only https."""
    seller: str
    address: tuple[str, ...]
    accent: str
    language: str
    time_zone: str
    reply_to: str
    written_at: str

    @property
    def topic(self) -> Topic:
        """What a customer would switch off to be spared it."""
        return Topic.REMINDERS if self.kind.is_reminder else Topic.NOTICES


def run(
    settings: Settings, engine: Engine, reader: Reader, progress: Progress = lambda _what, _done: None
) -> Delivery:
    """Put what is due into the outbox and mail what waits there. Without mail settings nothing happens.

    Raises:
        NotFound: nothing was published yet.
    """
    report = Delivery()
    if settings.mail is None:
        return report
    put(settings, settings.mail, engine, reader)
    try:
        with turn(engine, TURN):
            while parcels := _pending(engine):
                posts = _posts(engine, reader, settings.mail, parcels)
                postman.carry(engine, settings.mail, posts, report)
                progress("notices mailed", report.sent)
    except (Transient, ConfigError) as cause:
        report.problem = str(cause)
    return report


def put(settings: Settings, sender: Mail, engine: Engine, reader: Reader) -> int:
    """Put every due notice that has an address into the outbox; return how many are new."""
    zone = ZoneInfo(settings.company.time_zone)
    start = clock.naive(datetime.combine(due.start_day(settings, engine), time(), tzinfo=zone))
    new = 0
    for one in notices_due.find(settings.documents.notices, reader, start, clock.naive(clock.now())):
        if not due.can_receive(one.row["email"]):
            continue
        notice = _notice(settings, sender, one)
        with transaction(engine) as connection:
            new += outbox.put(connection, TOPIC, one.key, notice.model_dump(mode="json"))
    return new


def _notice(settings: Settings, sender: Mail, one: Due) -> Notice:
    row = one.row
    entity = settings.entity_of(row["gateway"], row["account"])
    return Notice(
        kind=one.kind,
        step=one.step,
        object_ref=row["object_ref"],
        email=row["email"],
        customer=row["name"],
        what=row["what"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        happens_at=to_text(_happens_at(one, entity.time_zone)),
        ends_at=to_text(row["ends_at"].replace(tzinfo=UTC)) if row["ends_at"] else None,
        url=due.pay_url(row["url"]),
        seller=entity.name,
        address=tuple(entity.address),
        accent=entity.look.accent,
        language=parties.language((row["country"] or "").upper() or None, entity.language),
        time_zone=entity.time_zone,
        reply_to=entity.reply_to or sender.reply_to,
        written_at=now_text(),
    )


def _happens_at(one: Due, time_zone: str) -> datetime:
    """Return when it was due, failed, ends, renews or was cancelled."""
    if one.kind is NoticeKind.UNPAID:
        return due.due_at(one.at, time_zone)
    return one.at.replace(tzinfo=UTC)


def _pending(engine: Engine) -> list[Parcel]:
    with transaction(engine) as connection:
        return outbox.pending(connection, TOPIC, limit=BATCH)


def _posts(engine: Engine, reader: Reader, sender: Mail, parcels: list[Parcel]) -> list[Post]:
    """Address the letters of a batch, but for those that no longer hold, which are withdrawn."""
    written = [(parcel, Notice.model_validate(parcel.payload)) for parcel in parcels]
    refs: dict[NoticeKind, list[str]] = defaultdict(list)
    for _, notice in written:
        refs[notice.kind].append(notice.object_ref)
    standing = {kind: notices_due.standing(reader, kind, asked) for kind, asked in refs.items()}
    posts = []
    for parcel, notice in written:
        if notice.object_ref in standing[notice.kind]:
            posts.append(_post(engine, sender, parcel, notice))
        else:
            _withdraw(engine, parcel, notice)
    return posts


def _withdraw(engine: Engine, parcel: Parcel, notice: Notice) -> None:
    entry = audit.Entry(
        type="notice.not_mailed",
        actor=ACTOR,
        object_ref=notice.object_ref,
        reason="It does not hold any more.",
        data={"label": parcel.key, "to": notice.email},
    )
    with transaction(engine) as connection:
        outbox.withdraw(connection, parcel)
        audit.record(connection, entry)


def _post(engine: Engine, sender: Mail, parcel: Parcel, notice: Notice) -> Post:
    return Post(
        parcel=parcel,
        about="notice",
        to=notice.email,
        object_ref=notice.object_ref,
        label=None,
        topic=notice.topic,
        write=partial(_write, engine, sender, parcel, notice),
    )


def _write(engine: Engine, sender: Mail, parcel: Parcel, notice: Notice) -> EmailMessage:
    """Write the mail of a notice, which answers to the first mail about the same thing."""
    with transaction(engine) as connection:
        earlier = sent_mail.about(connection, notice.object_ref)
    digest = hashlib.sha256(f"{parcel.key}\n{notice.model_dump_json()}".encode()).hexdigest()
    identity = mail.message_id(sender, "notice", digest)
    asked = quote(f"unsubscribe {notice.topic}")
    letter = Letter(
        message_id=identity,
        sender_name=notice.seller,
        to=notice.email,
        reply_to=notice.reply_to,
        subject=notices_wording.subject(notice),
        written_at=notice.written_at,
        text=notices_wording.text("notice.txt.j2", notice),
        html=notices_wording.text("notice.html.j2", notice),
        answers=earlier.message_id if earlier and earlier.message_id != identity else None,
        headers={"List-Unsubscribe": f"<mailto:{notice.reply_to}?subject={asked}>"},
    )
    return mail.compose(sender, letter)
