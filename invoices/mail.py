"""A document -> an e-mail -> the SMTP server of billhouse.toml. Moves no money.

Delivery is at least once: when the server does not answer after the message was sent, it is sent again, with the
same Message-ID, by which mail systems recognise a copy. Replies go to the helpdesk's address (Reply-To).
"""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from billing.errors import ConfigError, Refused, Transient
from billing.settings_model import Mail
from billing.store.clocktext import from_text
from invoices import render
from invoices.archive import Document

_TIMEOUT = 30


class ServerDown(Transient):
    """The mail server takes nothing at the moment, whoever it is for: no letter is to blame."""


class LineLost(Transient):
    """The line broke while a letter was on it: that letter may have arrived, and the line is of no more use."""


def compose(mail: Mail, document: Document, pdf: bytes) -> EmailMessage:
    """Write the e-mail of a document; the same document always gives the same Message-ID."""
    receipt = document.receipt
    message = EmailMessage()
    message["From"] = Address(_one_line(receipt.seller.name), addr_spec=mail.sender)
    message["To"] = document.email
    message["Subject"] = _one_line(render.subject(receipt))
    message["Reply-To"] = mail.reply_to
    message["Date"] = format_datetime(from_text(receipt.issued_at))
    message["Message-ID"] = message_id(mail, document)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in return, please
    message.set_content(render.text("mail.txt.j2", receipt))
    message.add_alternative(render.text("mail.html.j2", receipt), subtype="html")
    message.add_attachment(
        pdf, maintype="application", subtype="pdf", filename=f"Receipt-{document.label}.pdf"
    )
    return message


def message_id(mail: Mail, document: Document) -> str:
    """Return "<R-2026-00001.1f0c...@sender's domain>": the hash keeps two installations apart."""
    digest = hashlib.sha256(document.receipt.model_dump_json().encode()).hexdigest()[:20]
    return f"<{document.label}.{digest}@{mail.sender.rpartition('@')[2]}>"


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
        Refused: this letter will never be taken (no such mailbox, too large): do not send it again.
        Transient: not now. Send it again later.
        LineLost: no answer came; it may have arrived. Send it again later, it has the same Message-ID.
        ServerDown: the server takes nothing at the moment.
    """
    address = str(message["To"])
    try:
        recipient = validate_email(address, check_deliverability=False)
    except EmailNotValidError as cause:
        raise Refused(f"{address!r} is not an address that mail can be sent to.") from cause
    try:
        server.send_message(message, mail.sender, [recipient.ascii_email or recipient.normalized])
    except smtplib.SMTPRecipientsRefused as cause:
        code, said = next(iter(cause.recipients.values()))
        raise _verdict(code, said, f"{address} was refused") from cause
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


def _words(cause: Exception) -> str:
    return str(cause) or type(cause).__name__


def _one_line(words: str) -> str:
    return " ".join(words.split())
