"""An edition as a mail, and the mail to its server.

The same edition for the same recipient is the same message, byte for byte, however often it is
composed: its date is the edition's cut-off and its Message-ID follows from what it is, so that a
mail sent twice after a lost answer can be recognised as one.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from ipaddress import ip_address
from typing import Literal

from digest.model import Edition, UsageError
from digest.publish.plain import clean
from digest.publish.view import view

_TIMEOUT = 30.0
"""Seconds a mail server may take for each answer."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in.

    Raises:
        UsageError: an unencrypted connection to another machine.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    """Empty where the server asks for no login."""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.security == "none" and not _is_loopback(self.host):
            raise UsageError(
                f"The mail server {self.host} is not this machine, so mails and passwords may not "
                "go to it unencrypted: set its security to 'starttls' or 'tls'."
            )


def compose(
    edition: Edition, *, sender: str, recipient: str, files: Mapping[str, bytes]
) -> EmailMessage:
    """The edition's ``digest.txt`` and ``digest.html`` as the two forms of one mail.

    ``sender`` and ``recipient`` are addresses, with or without a name (``Ada <ada@example.org>``).

    Raises:
        UsageError: one of them is not an address.
    """
    domain = _address(sender).rpartition("@")[2]
    identity = _hash(edition.name, edition.slot, _address(recipient))
    shown = view(edition)
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = f"{shown.name}, {shown.date}"
    message["Date"] = format_datetime(edition.cutoff)
    message["Message-ID"] = f"<{identity}@{domain}>"
    message["List-Id"] = f"<{_label(edition.name)}.digest.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(files["digest.txt"].decode())
    message.add_alternative(files["digest.html"].decode(), subtype="html")
    message.set_boundary(_hash(identity, "boundary"))
    return message


def send(message: EmailMessage, server: MailServer) -> str | None:
    """Hand a mail to its server: ``None`` when it was taken, else in words why not."""
    recipient = message["To"]
    try:
        with _session(server) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPAuthenticationError as refusal:
        return f"{server.host} did not accept the user name and password: {_reply(refusal)}"
    except smtplib.SMTPRecipientsRefused as refusal:
        code, reply = next(iter(refusal.recipients.values()))
        return f"{server.host} refused mail to {recipient}: {code} {_text(reply)}"
    except smtplib.SMTPResponseException as refusal:
        return f"{server.host} refused the mail to {recipient}: {_reply(refusal)}"
    except (smtplib.SMTPException, OSError) as problem:
        return f"Could not hand the mail to {server.host}:{server.port}: {clean(str(problem))}"
    return None


def try_login(server: MailServer, timeout: float) -> str | None:
    """Whether the server would take a mail from us, as far as that shows without sending one.

    ``None`` when it lets us in, encrypted and logged in as the settings say, else in words why not.
    ``timeout`` is in seconds for each of its answers.
    """
    try:
        with _session(server, timeout) as smtp:
            smtp.noop()
    except smtplib.SMTPAuthenticationError as refusal:
        return f"{server.host} did not accept the user name and password: {_reply(refusal)}"
    except smtplib.SMTPResponseException as refusal:
        return f"{server.host} refused the connection: {_reply(refusal)}"
    except (smtplib.SMTPException, OSError) as problem:
        return f"{server.host}:{server.port} cannot be used: {clean(str(problem))}"
    return None


@contextmanager
def _session(server: MailServer, timeout: float = _TIMEOUT) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and logged in as far as the settings want it."""
    with _connection(server, timeout) as smtp:
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if server.username:
            smtp.login(server.username, server.password)
        yield smtp


def _connection(server: MailServer, timeout: float) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host, server.port, timeout=timeout, context=ssl.create_default_context()
        )
    return smtplib.SMTP(server.host, server.port, timeout=timeout)


def _address(text: str) -> str:
    address = parseaddr(text)[1]
    local, _, domain = address.rpartition("@")
    if not (local and domain) or clean(text) != text:
        raise UsageError(f"{text!r} is not a mail address: write name@example.org.")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _label(name: str) -> str:
    """An edition's name as part of a List-Id (RFC 2919)."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or _hash(name)


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def _reply(refusal: smtplib.SMTPResponseException) -> str:
    return f"{refusal.smtp_code} {_text(refusal.smtp_error)}"


def _text(reply: bytes | str) -> str:
    return clean(reply.decode(errors="replace") if isinstance(reply, bytes) else reply)
