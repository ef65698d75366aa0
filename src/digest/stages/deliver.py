"""Handing editions to their readers, and keeping the ledger of it.

Before a mail is handed over, the ledger says so, committed; after it, what came of it. So a process
can die at any moment: what it left as ``sending`` may have arrived, and goes out again as the same
mail, Message-ID and all, by which mail programs know it. Whoever delivers holds the lock ``turn``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from digest.model import CHANNEL, Delivery, Edition
from digest.publish.files import edition_folder
from digest.publish.page import Templates
from digest.publish.smtp import Refusal
from digest.settings import Settings
from digest.stages.carry import Carrier, as_file, carrying
from digest.stages.ledger import Agenda, Due, agenda, on_purpose
from digest.store.store import Store

MAILS = Path(".digest/mails")
"""Where a dry run puts what it does not send, below the current folder."""

_UNSURE = "sent again as the same mail, as a run died before it could note whether it was taken"

logger = logging.getLogger(__name__)


def turn(name: str) -> str:
    """The lock (``Store.alone``) of who makes or sends an edition of this name."""
    return f"the edition {name}"


def owed(store: Store, edition: Edition, wanted: Sequence[str], insist: bool = False) -> Agenda:
    """What a run of this edition, which is published, is to hand over; see ``ledger.agenda``."""
    unsent, own = store.undelivered(edition.name), store.deliveries(edition.name, edition.slot)
    ledger = {(row.slot, row.recipient): row for row in (*unsent, *own)}.values()
    slots = {row.slot for row in unsent if row.status != "refused"} - {edition.slot}
    stored = (store.edition(edition.name, slot) for slot in slots)
    editions = {each.edition.slot: each.edition for each in stored if each}
    now, itself = datetime.now(UTC), store.edition(edition.name, edition.slot)
    published = itself.published_at if itself else None
    return agenda(edition, wanted, ledger, editions, published or now, now, insist)


def ordered(store: Store, edition: Edition, to: Iterable[str]) -> Agenda:
    """What is to be handed over where somebody sends this edition by name."""
    return on_purpose(edition, to, store.deliveries(edition.name, edition.slot))


def deliver(
    store: Store, agenda: Agenda, settings: Settings, still_alone: Callable[[], None]
) -> list[Delivery]:
    """Hands over what is due, all mails in one session; a refusal stops no other.

    Gives what came of each, and also who was given up, or refused this edition before.

    Raises:
        UsageError: there are mails, and the settings name no server; nothing was handed over then.
        PassingError: the lock is lost, or nobody can say now which server it is.
    """
    done = []
    for row in agenda.given_up:
        store.save_delivery(row)
        done.append(row)
    mails = any(not due.recipient.startswith(CHANNEL) for due in agenda.due)
    with carrying(settings, mails) as carry:
        for due in agenda.due:
            still_alone()
            done.append(_hand_over(store, due, carry))
    logger.info("handed over %d of %d", sum(row.status == "sent" for row in done), len(agenda.due))
    return [*done, *agenda.lacking]


def write_unsent(agenda: Agenda, settings: Settings) -> list[Path]:
    """Writes what is due into files below ``MAILS`` instead; the ledger does not hear of it."""
    templates = Templates(settings.templates)
    paths = []
    for due in agenda.due:
        name, data = as_file(settings, due.edition, due.recipient, templates)
        folder = Path.cwd() / MAILS / edition_folder(due.edition.name, due.edition.slot)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        paths.append(folder / name)
    templates.warn(logger)
    return paths


def _hand_over(store: Store, due: Due, carry: Carrier) -> Delivery:
    edition, before = due.edition, due.before
    has_one = before is not None and before.status == "sent"

    def row(status: Literal["sending", "sent", "deferred", "refused"], detail: str) -> Delivery:
        at = datetime.now(UTC)
        return Delivery(edition.name, edition.slot, due.recipient, status, at, detail)

    if not has_one:
        store.save_delivery(row("sending", ""))
    answer = carry(edition, due.recipient)
    if isinstance(answer, Refusal):
        logger.warning("%s of %s: %s", edition.name, edition.slot, answer.text)
        made = row("deferred" if answer.passing else "refused", answer.text)
    elif before is not None and before.status == "sending":
        made = row("sent", f"{answer}, {_UNSURE}")
    else:
        made = row("sent", answer)
    # A second copy that was refused does not take the first one back.
    if made.status == "sent" or not has_one:
        store.save_delivery(made)
    return made
