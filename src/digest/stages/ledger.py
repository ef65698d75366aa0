"""Who is to get what: decided from the ledger, the settings and the clock alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.addresses import masked
from digest.model import Delivery, Edition, Undelivered

PATIENCE = timedelta(days=3)
"""How old an edition may be that is still sent to somebody who could not be reached in time.

The newest one is tried once even later: between two runs there may be a weekend, or a week.
"""

_OPEN = ("sending", "deferred")
_GIVEN_UP = f"given up after {PATIENCE.days} days"
_REPLY = re.compile(r": ([245]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?)(?!\S)")
"""A server's reply code, and its enhanced status (RFC 3463) if it gave one."""


@dataclass(frozen=True, slots=True)
class Due:
    """An edition for somebody who is to get it now."""

    edition: Edition
    recipient: str
    before: Delivery | None = None
    """What the ledger says of it so far."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is to be done, and what is not."""

    due: tuple[Due, ...] = ()
    """In this order."""
    given_up: tuple[Delivery, ...] = ()
    """Of earlier editions: refused from now on."""
    lacking: tuple[Delivery, ...] = ()
    """Recipients who refused this edition, and are not asked again."""


def agenda(
    edition: Edition,
    wanted: Iterable[str],
    ledger: Iterable[Delivery],
    editions: Mapping[str, Edition],
    published: datetime,
    now: datetime,
    insist: bool = False,
) -> Agenda:
    """What a run of an edition is to hand over.

    First what earlier editions of its name still owe, then this one to its recipients and to whom
    else somebody has tried to send it. Nobody gets one that they have, and nobody new an old one
    that is only written again. What stands as ``sending`` goes out again: its run is dead, or it
    would still hold the edition's lock.

    Args:
        edition: The run's own.
        wanted: Its recipients.
        ledger: What is kept of this edition, and of others of its name what was not sent.
        editions: Those others by slot, as far as the store has them.
        published: When the edition first was.
        now: When that is.
        insist: Ask also those again who refused this edition.
    """
    rows = list(ledger)
    earlier = [
        row
        for row in rows
        if row.status in _OPEN
        and row.slot != edition.slot
        and (row.slot not in editions or editions[row.slot].cutoff < edition.cutoff)
    ]
    kept = [row for row in earlier if row.slot in editions]
    kept.sort(key=lambda row: (editions[row.slot].cutoff, row.recipient))
    limits = {row.slot: editions[row.slot].cutoff + PATIENCE for row in kept}
    late = [
        row
        for row in kept
        if now <= limits[row.slot] or (row.slot == kept[-1].slot and row.at <= limits[row.slot])
    ]
    own = {row.recipient: row for row in rows if row.slot == edition.slot}
    if now - published > PATIENCE:
        wanted = [recipient for recipient in wanted if recipient in own]
    tried = (recipient for recipient, row in own.items() if row.status in _OPEN)
    asked = [Due(edition, to, own.get(to)) for to in dict.fromkeys((*wanted, *tried))]
    settled = ("sent",) if insist else ("sent", "refused")
    return Agenda(
        due=(
            *(Due(editions[row.slot], row.recipient, row) for row in late),
            *(due for due in asked if not (due.before and due.before.status in settled)),
        ),
        given_up=tuple(_given_up(row, now) for row in earlier if row not in late),
        lacking=tuple(
            due.before
            for due in asked
            if due.before and due.before.status == "refused" and not insist
        ),
    )


def on_purpose(edition: Edition, to: Iterable[str], ledger: Iterable[Delivery]) -> Agenda:
    """What somebody sends by name: also to who has it, or has refused it."""
    own = {row.recipient: row for row in ledger if row.slot == edition.slot}
    return Agenda(tuple(Due(edition, each, own.get(each)) for each in dict.fromkeys(to)))


def unreached(ledger: Iterable[Delivery], slot: str, since: datetime) -> tuple[Undelivered, ...]:
    """What the footer of an edition tells: who refused an earlier one ``since`` the last came out.

    Nothing in it names a reader, as the page may be public: servers' words do, in ways that cannot
    be foreseen, so none of them is in it.
    """
    return tuple(
        Undelivered(masked(row.recipient), row.slot, _reason(row))
        for row in ledger
        if row.status == "refused" and row.slot < slot and row.at > since
    )


def _given_up(row: Delivery, now: datetime) -> Delivery:
    why = row.detail or "a run died while it was handed over"
    return replace(row, status="refused", at=now, detail=f"{_GIVEN_UP}: {why}")


def _reason(row: Delivery) -> str:
    """Why it was refused, in our words and the server's figures."""
    reply = _REPLY.search(row.detail)
    if row.detail.startswith(_GIVEN_UP):
        said = _GIVEN_UP
    else:
        said = "the server refused it" if reply else "it could not be handed over"
    return f"{said} ({reply[1]})" if reply else said
