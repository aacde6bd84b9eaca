"""A document -> an e-mail -> the SMTP server of billhouse.toml. Moves no money.

Delivery is at least once: when the server does not answer after the message was sent, it is sent again, with the
same Message-ID, by which mail systems recognise a copy. Replies go to the helpdesk's address (Reply-To).
"""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from billing.errors import ConfigError, Refused, Transient
from billing.settings_model import Mail
from billing.store.clocktext import from_text
from invoices import render
from invoices.archive import Document
from invoices.snapshot import Kind

_TIMEOUT = 30
_LONGEST_LINE = 998  # RFC 5322
_FILE_NAMES = {
    Kind.INVOICE: "Invoice",
    Kind.RECEIPT: "Receipt",
    Kind.BRANDED_COPY: "Invoice-copy",
    Kind.CREDIT_NOTE: "Credit-note",
    Kind.REFUND_RECEIPT: "Refund-receipt",
    Kind.PAYMENT_REQUEST: "Payment-request",
}


class ServerDown(Transient):
    """The mail server takes nothing at the moment, whoever it is for: no letter is to blame."""


class NoMailbox(Refused):
    """The server will never take mail for this address; `code` is its status, "5.1.1" or "550"."""


class LineLost(Transient):
    """The line broke while a letter was on it: that letter may have arrived, and the line is of no more use."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, and whom it is from and to. `answers` is the Message-ID that it continues, if any."""

    message_id: str
    sender_name: str
    to: str
    reply_to: str
    subject: str
    written_at: str
    text: str
    html: str
    answers: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """That somebody asked for a document once more: to which address, when, and the asking's own id."""

    to: str
    asked_at: str
    asking: str


def compose(mail: Mail, letter: Letter) -> EmailMessage:
    """Write the e-mail of a letter; the same letter always gives the same mail."""
    message = EmailMessage()
    message["From"] = Address(_one_line(letter.sender_name), addr_spec=mail.sender)
    message["To"] = letter.to
    message["Subject"] = _one_line(letter.subject)
    message["Reply-To"] = letter.reply_to
    message["Date"] = format_datetime(from_text(letter.written_at))
    message["Message-ID"] = letter.message_id
    if letter.answers:
        message["In-Reply-To"] = letter.answers
        message["References"] = letter.answers
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return, please
    for name, value in letter.headers.items():
        message[name] = _one_line(value)
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def compose_document(
    mail: Mail, document: Document, pdf: bytes, answers: str | None = None, again: Again | None = None
) -> EmailMessage:
    """Write the e-mail that brings a document; its number stands in the subject and in X-Billhouse-Document.

    What somebody asked for `again` is another mail than the first, with a Message-ID of its own.
    """
    issued, digest = document.issued, document.snapshot_sha256
    if again:
        digest = hashlib.sha256(f"{digest}:{again.asking}".encode()).hexdigest()
    letter = Letter(
        message_id=message_id(mail, document.label, digest),
        sender_name=issued.seller.name,
        to=again.to if again else document.email,
        reply_to=issued.reply_to or mail.reply_to,
        subject=render.subject(issued),
        written_at=again.asked_at if again else issued.issued_at,
        text=render.text("mail.txt.j2", issued),
        html=render.text("mail.html.j2", issued),
        answers=answers,
        headers={"X-Billhouse-Document": document.label},
    )
    message = compose(mail, letter)
    name = f"{_FILE_NAMES[issued.kind]}-{document.label}.pdf"
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return message


def message_id(mail: Mail, name: str, digest: str) -> str:
    """Return "<R-2026-00001.1f0c...@sender's domain>": the hash of the content keeps two installations apart."""
    return f"<{name}.{digest[:20]}@{mail.sender.rpartition('@')[2]}>"


@contextmanager
def connect(mail: Mail) -> Iterator[smtplib.SMTP]:
    """Open the SMTP server, secured and signed in as the settings say.

    Raises:
        ServerDown: it cannot be reached, or takes nothing at the moment.
        ConfigError: it does not accept our name or password, or does not offer the security asked for.
    """
    context = ssl.create_default_context()
    where = f"The mail server {mail.host}:{mail.port}"
    try:
        if mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT)
    except (OSError, smtplib.SMTPException) as cause:
        raise ServerDown(f"{where} cannot be reached ({_words(cause)}).") from cause
    try:
        with _translated(where):
            if mail.security == "starttls":
                server.starttls(context=context)
            if mail.username and mail.password:
                server.login(mail.username, mail.password.get_secret_value())
        yield server
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()  # the line is gone already; what was sent was sent


def send(server: smtplib.SMTP, mail: Mail, message: EmailMessage, label: str) -> None:
    """Send one letter; `label` names it in errors.

    Raises:
        NoMailbox: the address was refused for good.
        Refused: this letter will never be taken (too large, say): do not send it again.
        Transient: not now. Send it again later.
        LineLost: no answer came; it may have arrived. Send it again later, it has the same Message-ID.
        ServerDown: the server takes nothing at the moment.
    """
    address = str(message["To"])
    try:
        recipient = validate_email(address, check_deliverability=False)
    except EmailNotValidError as cause:
        raise Refused(f"{address!r} is not an address that mail can be sent to.") from cause
    # Folding would make an encoded word of a long Message-ID or address, which no server takes for one.
    message.policy = message.policy.clone(max_line_length=_LONGEST_LINE)
    try:
        server.send_message(message, mail.sender, [recipient.ascii_email or recipient.normalized])
    except smtplib.SMTPRecipientsRefused as cause:
        code, said = next(iter(cause.recipients.values()))
        verdict = _verdict(code, said, f"{address} was refused")
        if isinstance(verdict, Refused):
            verdict = NoMailbox(str(verdict), _status(code, said))
        raise verdict from cause
    except smtplib.SMTPSenderRefused as cause:
        raise ServerDown(f"The mail server refused the sender {mail.sender} ({_words(cause)}).") from cause
    except smtplib.SMTPDataError as cause:
        raise _verdict(cause.smtp_code, cause.smtp_error, f"{label} was refused") from cause
    except smtplib.SMTPNotSupportedError as cause:
        raise Refused(f"The mail server cannot send to addresses like {address}.") from cause
    except (OSError, smtplib.SMTPException) as cause:
        raise LineLost(f"The mail server did not confirm {label} ({_words(cause)}).") from cause


@contextmanager
def _translated(where: str) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPAuthenticationError as cause:
        raise ConfigError(f"{where} does not accept mail.username and mail.password.") from cause
    except smtplib.SMTPNotSupportedError as cause:
        raise ConfigError(f"{where} does not offer what mail.security and mail.username ask for.") from cause
    except (OSError, smtplib.SMTPException) as cause:
        raise ServerDown(f"{where} broke off ({_words(cause)}).") from cause


def _verdict(code: int, said: bytes | str, what: str) -> Refused | Transient:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if code == 421:
        return ServerDown(f"The mail server is closing the line ({text}).")
    if 500 <= code < 600:
        return Refused(f"{what}: {code} {text}", code=str(code))
    return Transient(f"{what} for now: {code} {text}")


def _status(code: int, said: bytes | str) -> str:
    """Return the enhanced status code that an answer begins with (RFC 2034), else SMTP's own."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    first = text.partition(" ")[0]
    return first if first.count(".") == 2 and first.replace(".", "").isdigit() else str(code)


def _words(cause: Exception) -> str:
    return str(cause) or type(cause).__name__


def _one_line(words: str) -> str:
    return " ".join(words.split())
