"""A bounce message (RFC 3464) -> which mail did not arrive, and why. The mail is known by its Message-ID."""

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string, policy
from email.message import Message
from typing import Any

from sqlalchemy import Engine

from billing.errors import NotFound, Terminal
from billing.ids import email_key
from billing.store import audit, sent_mail, transaction
from billing.store.sent_mail import Bounce, Sent
from billing.vocabulary import Channel

ACTOR = audit.Actor("bounces", None, Channel.SYSTEM)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")


def record(engine: Engine, raw: bytes) -> list[Bounce]:
    """Note what a bounce message reports; reports of a delay or a success change nothing and give [].

    It is noted for the address that we wrote to, whichever the bounce names (mail may have been forwarded): who
    does not know the Message-ID of a mail to somebody cannot shut off their mail by a forged bounce.

    Raises:
        Terminal: it is no delivery report.
        NotFound: it speaks of no mail of ours.
    """
    # compat32 reads any bytes that ever came by mail; the newer policies raise on some broken headers.
    message = message_from_bytes(raw, policy=policy.compat32)
    reports = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    if not reports:
        raise Terminal(
            "This is no bounce message: it has no part of type message/delivery-status (RFC 3464)."
        )
    with transaction(engine) as connection:
        known = [sent for one in _returned(message) if (sent := sent_mail.find(connection, one))]
        if not known:
            raise NotFound("The bounce names no Message-ID of a mail that was sent from here.")
        found = []
        for email, status, reason in _failures(reports):
            sent = _matching(known, email)
            if sent is None:
                continue
            bounce = sent_mail.bounced(
                connection, sent.message_id, sent.email_key, sent.label, status, reason
            )
            data = {"to": sent.email_key, "status": status, "label": sent.label}
            audit.record(
                connection,
                audit.Entry("mail.bounced", ACTOR, object_ref=sent.object_ref, reason=reason, data=data),
            )
            found.append(bounce)
    return found


def _returned(message: Message) -> Iterator[str]:
    """Walk the Message-IDs that the bounce may be about: of the returned mail or headers, else what it answers."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            for inner in _parts(part):
                yield from _MESSAGE_ID.findall(str(inner.get("Message-ID", "")))
        elif kind == "text/rfc822-headers":
            headers = message_from_string(str(part.get_payload()), policy=policy.compat32)
            yield from _MESSAGE_ID.findall(str(headers.get("Message-ID", "")))
    for header in ("In-Reply-To", "References"):
        yield from _MESSAGE_ID.findall(str(message.get(header, "")))


def _failures(reports: list[Message]) -> Iterator[tuple[str, str, str]]:
    """Walk (address, status, reason) of each recipient that was given up."""
    for report in reports:
        for block in _parts(report):
            if str(block.get("Action", "")).strip().lower() != "failed":
                continue
            recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
            status = _STATUS.search(str(block.get("Status", "")))
            diagnostic = " ".join(str(block.get("Diagnostic-Code", "")).partition(";")[2].split())
            words = diagnostic or "The mail server gave no reason."
            yield recipient.partition(";")[2].strip(), status.group() if status else "5.0.0", words


def _parts(part: Message) -> list[Any]:
    inner = part.get_payload()
    return inner if isinstance(inner, list) else []


def _matching(known: list[Sent], email: str) -> Sent | None:
    """Return the mail that went to an address; a forwarded one bounces under another name, so one alone is it."""
    mine = [sent for sent in known if sent.email_key == email_key(email)]
    return mine[0] if mine else known[0] if len({sent.message_id for sent in known}) == 1 else None
