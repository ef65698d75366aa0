"""Mails to their server: encrypted, logged in, many in one session.

What a server refuses is a value: it ends up in a footer, and stops no other mail.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal

from httpx import HTTPError

from digest.model import PassingError, UsageError
from digest.publish.plain import clean

if TYPE_CHECKING:
    from prefect_email import EmailServerCredentials

Security = Literal["starttls", "tls", "none"]
"""``none`` is for a server on this machine only."""

_TIMEOUT = 30.0
"""Seconds a mail server may take for each answer."""

_HANGING_UP = 421
"""The last word of a server on a connection (RFC 5321, 3.8)."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in.

    Raises:
        UsageError: an unencrypted connection to another machine, or a login SMTP cannot carry.
    """

    host: str
    port: int
    security: Security = "starttls"
    username: str = ""
    """Empty where the server asks for no login."""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.security == "none" and not _is_loopback(self.host):
            raise UsageError(
                f"The mail server {self.host} is not this machine, so mails and passwords may not "
                "go to it unencrypted: set its security to 'starttls' or 'tls'."
            )
        if not (self.username + self.password).isascii():
            raise UsageError(
                f"The user name or the password for the mail server {self.host} holds letters that "
                "a login cannot carry: use only unaccented Latin letters, digits and signs."
            )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail was not taken."""

    text: str
    """For a person, in the server's words where it gave any."""
    passing: bool
    """Whether the same mail may be taken later: nobody answered, or the answer said so (4xx)."""


class Session:
    """Hands in one mail after the other; ``session`` makes and ends it."""

    def __init__(self, server: MailServer, timeout: float) -> None:
        self._server = server
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None
        self._barred: Refusal | None = None

    def hand_over(self, message: EmailMessage) -> Refusal | None:
        """Hand in a mail: ``None`` when it was taken, else why not.

        A server that has hung up since the last mail is connected to anew. One that lets nobody in
        is not bothered again: each further mail gets the same refusal at once. If the connection
        breaks while a mail is handed in, whether it was taken is not known, and it is not repeated.
        """
        reused = self._is_open()
        if not (reused or self._barred):
            self._open()
        if self._smtp is None:
            return self._barred
        try:
            self._smtp.send_message(message)
        except smtplib.SMTPSenderRefused as refusal:
            # Some servers take so many mails a connection, and say so when the next one begins.
            if reused and refusal.smtp_code == _HANGING_UP:
                return self.hand_over(message)
            return _not_taken(self._server, message, refusal)
        except OSError as problem:  # every SMTPException is one
            return _not_taken(self._server, message, problem)
        return None

    def close(self) -> None:
        """Take leave, if the server is still there."""
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.quit()

    def _is_open(self) -> bool:
        if self._smtp is None:
            return False
        try:
            return self._smtp.noop()[0] == 250
        except OSError:
            return False

    def _open(self) -> None:
        self._smtp = None
        try:
            self._smtp = _connect(self._server, self._timeout)
        except OSError as problem:
            self._barred = _no_entry(self._server, problem)


@contextmanager
def session(server: MailServer, timeout: float = _TIMEOUT) -> Iterator[Session]:
    """A session for as long as the block lasts; the server is called when there is a mail.

    ``timeout`` is in seconds for each of the server's answers.
    """
    opened = Session(server, timeout)
    try:
        yield opened
    finally:
        opened.close()


def try_login(server: MailServer, timeout: float = _TIMEOUT) -> str | None:
    """Whether the server would take a mail from us, as far as that shows without sending one.

    ``None`` when it lets us in, encrypted and logged in as the settings say, else in words why not.
    """
    try:
        smtp = _connect(server, timeout)
    except OSError as problem:
        return _no_entry(server, problem).text
    with suppress(OSError):
        smtp.quit()
    return None


def server_from_block(name: str) -> MailServer:
    """The server that the Prefect block ``EmailServerCredentials`` of that name describes.

    Raises:
        UsageError: ``prefect-email`` is not installed, there is no such block, or what it asks for
            is not safe.
        PassingError: the Prefect server does not answer.
    """
    try:
        from prefect_email import EmailServerCredentials
    except ImportError:
        raise UsageError(
            "mail.block needs the package prefect-email, which is not installed: "
            "pip install --constraint constraints.txt --editable '.[blocks]'"
        ) from None
    try:
        block = EmailServerCredentials.load(name)
    except ValueError:
        raise UsageError(
            f"mail.block names {name!r}, and the Prefect server has no such block of the type "
            "Email Server Credentials: make it on the page Blocks of Prefect's UI"
        ) from None
    except HTTPError as problem:
        raise PassingError(
            f"the Prefect server cannot be asked for the block {name!r}, which mail.block names: "
            f"{clean(str(problem))}"
        ) from None
    return server_of(block, name)


def server_of(block: EmailServerCredentials, name: str) -> MailServer:
    """The server that a block describes; ``name`` names the block in errors.

    Raises:
        UsageError: what it asks for is not safe.
    """
    from prefect_email.credentials import SMTPServer, SMTPType

    if not block.verify:
        raise UsageError(
            f"the block {name!r}, which mail.block names, has the mail server's certificate not "
            "checked, so that anybody between might read the password: switch on its field Verify"
        )
    kind = SMTPType(block.smtp_type)
    security: dict[SMTPType, Security] = {
        SMTPType.SSL: "tls",
        SMTPType.STARTTLS: "starttls",
        SMTPType.INSECURE: "none",
    }
    host = block.smtp_server
    return MailServer(
        host.value if isinstance(host, SMTPServer) else host,
        block.smtp_port or kind.value,
        security[kind],
        block.username or "",
        block.password.get_secret_value(),
    )


def _connect(server: MailServer, timeout: float) -> smtplib.SMTP:
    """A connection that is encrypted and logged in as far as the settings want it."""
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.security == "tls":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.username:
            smtp.login(server.username, server.password)
    except OSError:
        smtp.close()
        raise
    return smtp


def _no_entry(server: MailServer, problem: OSError) -> Refusal:
    """Why a server lets nobody in."""
    match problem:
        case smtplib.SMTPAuthenticationError():
            text = f"{server.host} did not accept the user name and password: {_reply(problem)}"
        case smtplib.SMTPResponseException():
            text = f"{server.host} refused the connection: {_reply(problem)}"
        case _:
            text = f"{server.host}:{server.port} cannot be used: {clean(str(problem))}"
    return Refusal(text, _passing(problem))


def _not_taken(server: MailServer, message: EmailMessage, problem: OSError) -> Refusal:
    """Why a server that lets us in did not take a mail."""
    recipient = message["To"]
    match problem:
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            # One mail has one recipient.
            problem = smtplib.SMTPResponseException(*next(iter(recipients.values())))
            text = f"{server.host} refused mail to {recipient}: {_reply(problem)}"
        case smtplib.SMTPResponseException():
            text = f"{server.host} refused the mail to {recipient}: {_reply(problem)}"
        case _:
            text = f"{server.host} did not take the mail to {recipient}: {clean(str(problem))}"
    return Refusal(text, _passing(problem))


def _passing(problem: OSError) -> bool:
    if isinstance(problem, smtplib.SMTPResponseException):
        return problem.smtp_code // 100 != 5
    # What is left of smtplib's own errors is that the server cannot do what is needed.
    return isinstance(problem, smtplib.SMTPServerDisconnected) or not isinstance(
        problem, smtplib.SMTPException
    )


def _reply(refusal: smtplib.SMTPResponseException) -> str:
    said = refusal.smtp_error
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{refusal.smtp_code} {clean(words)}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
