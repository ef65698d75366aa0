"""From an edition to its readers: files, the archive, mails."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from digest.model import Delivery, Edition, UsageError
from digest.publish.archive import write_archive
from digest.publish.files import Written, write_edition
from digest.publish.health import write_health
from digest.publish.mail import MailServer, compose, send
from digest.publish.place import Outputs
from digest.publish.render import render
from digest.settings import MailSettings
from digest.stages.standing import past
from digest.store.store import Store

logger = logging.getLogger(__name__)


def publish(
    store: Store, edition: Edition, outputs: Outputs, site_url: str, schedule: str = ""
) -> Written:
    """Writes the edition's files and the list of editions; from then on it counts as published.

    With the ``schedule`` of its name, its history is written as well: a topic has none.
    """
    written = write_edition(outputs, edition, render(edition))
    store.publish_edition(edition.name, edition.slot, datetime.now(UTC))
    if schedule:
        write_history(store, edition, outputs, schedule)
    # Of two that list the editions, the second must see what the first has published.
    with store.alone("the outputs"):
        write_archive(outputs, site_url=site_url)
    state = "wrote" if written.changed else "unchanged:"
    logger.info("%s %d files in %s", state, len(written.paths), written.directory)
    return written


def write_history(store: Store, edition: Edition, outputs: Outputs, schedule: str) -> None:
    """Writes the page on how the editions of this one's name have done, as of the newest."""
    issues, newest = past(store, edition.name, schedule, edition.timezone)
    if newest:
        write_health(outputs, newest.edition, issues)


def mail_server(mail: MailSettings) -> MailServer:
    """The server that the settings name.

    Raises:
        UsageError: they name none, or no sender.
    """
    if not mail.host or not mail.sender:
        raise UsageError("mail needs the settings mail.host and mail.sender")
    return MailServer(
        mail.host, mail.port, mail.security, mail.username, mail.password.get_secret_value()
    )


def deliver(
    store: Store,
    edition: Edition,
    recipients: Sequence[str],
    mail: MailSettings,
    again: bool = False,
) -> list[Delivery]:
    """Mails the edition to each recipient who has not got it yet; one refusal stops no other.

    ``again`` is for somebody who sends it on purpose, also to those who have it.
    """
    had = {
        delivery.recipient
        for delivery in store.deliveries(edition.name, edition.slot)
        if delivery.status == "sent"
    }
    waiting = [to for to in dict.fromkeys(recipients) if again or to not in had]
    if not waiting:
        return []
    server = mail_server(mail)
    files = render(edition)
    deliveries = []
    for recipient in waiting:
        message = compose(edition, sender=mail.sender, recipient=recipient, files=files)
        refusal = send(message, server)
        delivery = Delivery(
            edition.name,
            edition.slot,
            recipient,
            "failed" if refusal else "sent",
            datetime.now(UTC),
            refusal or str(message["Message-ID"]),
        )
        # A second copy that was refused does not take the first one back.
        if not (refusal and recipient in had):
            store.save_delivery(delivery)
        deliveries.append(delivery)
        if refusal:
            logger.warning("mail to %s: %s", recipient, refusal)
    logger.info("sent %d mails", sum(d.status == "sent" for d in deliveries))
    return deliveries
