"""How an edition gets to a reader: as a mail, as a post to a channel, or as a file to look at."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from email.utils import getaddresses

from digest.model import CHANNEL, Edition, UsageError
from digest.publish import message, smtp
from digest.publish.channel import Channel, short_form
from digest.publish.files import page_address
from digest.publish.page import Templates
from digest.publish.smtp import MailServer, Refusal
from digest.settings import MailSettings, Settings, mail_address

logger = logging.getLogger(__name__)

Carrier = Callable[[Edition, str], str | Refusal]
"""Hands an edition to a recipient; gives the Message-ID, or what else says that it was taken."""

_UNUSUAL = re.compile(r"[^\w.@+-]")
"""What is not taken over from an address into the name of a file."""

_NO_SERVER = "mail needs the settings mail.host and mail.sender"


def recipient(settings: Settings, to: str) -> str:
    """Whom somebody means by a mail address, with or without a name, or the name of a channel.

    The ledger knows a reader by the bare address.

    Raises:
        UsageError: it is neither.
    """
    if to in settings.channels:
        return f"{CHANNEL}{to}"
    try:
        [(_, address)] = getaddresses([to])
        return mail_address(address)
    except ValueError:
        known = ", ".join(settings.channels) or "none"
        raise UsageError(
            f"{to!r} is no mail address, and no channel of the settings ({known})"
        ) from None


def mail_server(mail: MailSettings) -> MailServer:
    """The server that the settings name.

    Raises:
        UsageError: they name none, or no sender.
        PassingError: Prefect keeps its description (``mail.block``), and does not answer.
    """
    if not mail.sender or not (mail.host or mail.block):
        raise UsageError(_NO_SERVER)
    if mail.block:
        return smtp.server_from_block(mail.block)
    return MailServer(
        mail.host, mail.port, mail.security, mail.username, mail.password.get_secret_value()
    )


def channel(settings: Settings, name: str) -> Channel:
    """A channel of the settings.

    Raises:
        UsageError: there is none of that name, or its address is wrong.
    """
    if name not in settings.channels:
        raise UsageError(f"the settings have no channel {name!r} any more")
    return Channel(name, settings.channels[name].get_secret_value())


@contextmanager
def carrying(settings: Settings, mails: bool) -> Iterator[Carrier]:
    """A carrier for mails, all in one session, and for posts.

    Args:
        settings: All settings.
        mails: Whether there will be any: then the settings must name a server.

    Raises:
        UsageError, PassingError: as ``mail_server``.
    """
    with ExitStack() as held:
        server = mail_server(settings.mail) if mails else None
        session = held.enter_context(smtp.session(server)) if server else None
        templates = Templates(settings.templates)

        def carry(edition: Edition, to: str) -> str | Refusal:
            try:
                if to.startswith(CHANNEL):
                    there = channel(settings, to.removeprefix(CHANNEL))
                    post = there.short_form(edition, page_address(settings.site_url, edition))
                    return there.take(post) or f"posted: {post.title}"
                assert session
                mail = _mail(settings, edition, to, templates)
            except UsageError as wrong:
                return Refusal(str(wrong), passing=False)
            return session.hand_over(mail) or str(mail["Message-ID"])

        yield carry
        templates.warn(logger)


def as_file(
    settings: Settings, edition: Edition, to: str, templates: Templates
) -> tuple[str, bytes]:
    """The name and the bytes of a file with what a carrier would hand over; a post is its text.

    Raises:
        UsageError: the settings have no sender, or no such channel.
    """
    if to.startswith(CHANNEL):
        post = short_form(edition, page_address(settings.site_url, edition))
        return f"{to.removeprefix(CHANNEL)}.txt", f"{post.title}\n\n{post.text}\n".encode()
    if not settings.mail.sender:
        raise UsageError(_NO_SERVER)
    mail = _mail(settings, edition, to, templates)
    return f"{_UNUSUAL.sub('_', to)}.eml", bytes(mail)


def _mail(settings: Settings, edition: Edition, to: str, templates: Templates) -> EmailMessage:
    return message.compose(
        edition,
        sender=settings.mail.sender,
        recipient=to,
        page_url=page_address(settings.site_url, edition),
        unsubscribe=settings.mail.unsubscribe,
        templates=templates,
    )
